//! The state file: two slots of fixed size, written in turn, the newest valid one wins.
//!
//! A slot is `AIRLOCK1`, the write's number (u64, little endian), the length of the record (u32),
//! the SHA-256 of number, length and record, then the record (JSON) and zeros up to [`SLOT_SIZE`].
//! A write goes to the slot that does not hold the newest state, in place, and is flushed before it
//! counts; a cut in the middle leaves the other slot as it was. Both files keep their full size from
//! their creation on, so a rollback needs no free space.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use airlock_protocol::Sha256Digest;

use crate::error::Error;
use crate::machine::{State, check};

/// Bytes of one slot. A state with [`crate::machine::Limits`] of everything, each field at its
/// longest, takes 27,400 bytes (test `the_largest_state_fits_a_slot`).
pub const SLOT_SIZE: usize = 32 * 1024;

const MAGIC: &[u8; 8] = b"AIRLOCK1";
const HEADER: usize = 8 + 8 + 4 + 32;

/// The two slots of one store.
pub(crate) struct Slots {
    paths: [PathBuf; 2],
}

/// What was found on the disk.
pub(crate) enum Loaded {
    /// Nothing was ever written.
    Fresh,
    /// The newest valid state.
    State(Box<State>),
    /// Slots are there and none is valid. The evidence is kept beside them before a new state
    /// replaces them.
    Corrupt,
    /// The disk would not say (permissions, I/O error, data protection before the first unlock):
    /// nothing is erased, nothing is written.
    Unreadable(io::Error),
}

enum Slot {
    Absent,
    Empty,
    Invalid,
    Valid(u64, Box<State>),
}

impl Slots {
    pub(crate) fn new(root: &Path) -> Self {
        Self {
            paths: [root.join("state.a"), root.join("state.b")],
        }
    }

    /// Reads both slots; needs no lock, because a slot is replaced only when the other is newest.
    pub(crate) fn load(&self) -> Loaded {
        match self.read_both() {
            Ok(slots) => newest(slots),
            Err(error) => Loaded::Unreadable(error),
        }
    }

    /// Writes `state` durably into the older slot. The caller holds the state lock.
    pub(crate) fn save(&self, state: &State) -> Result<(), Error> {
        if let Err(broken) = check(state) {
            return Err(Error::Internal(format!("refusing to save a state: {broken}")));
        }
        let record = serde_json::to_vec(state).map_err(|error| Error::Internal(error.to_string()))?;
        let failed = |source| Error::storage("save the state", source);
        let slots = self.read_both().map_err(failed)?;
        let numbers = slots.each_ref().map(|slot| match slot {
            Slot::Valid(number, _) => *number,
            _ => 0,
        });
        let [first, second] = numbers;
        let [path_a, path_b] = &self.paths;
        let (target, other) = if first <= second {
            (path_a, path_b)
        } else {
            (path_b, path_a)
        };
        let bytes = encode(first.max(second).saturating_add(1), &record)?;
        self.keep_evidence(&slots);
        if !other.exists() {
            overwrite(other, &[0; SLOT_SIZE]).map_err(failed)?;
        }
        overwrite(target, &bytes).map_err(|source| {
            // R7: a write that was not confirmed must not surface at a later start.
            let _best_effort = overwrite(target, &[0; SLOT_SIZE]);
            Error::storage("save the state", source)
        })
    }

    fn read_both(&self) -> io::Result<[Slot; 2]> {
        let [a, b] = &self.paths;
        Ok([read_slot(a)?, read_slot(b)?])
    }

    /// Copies slots that hold something unreadable aside before the first write after them.
    fn keep_evidence(&self, slots: &[Slot; 2]) {
        if slots.iter().any(|slot| matches!(slot, Slot::Valid(..))) {
            return;
        }
        for (slot, path) in slots.iter().zip(&self.paths) {
            if matches!(slot, Slot::Invalid) {
                let mut name = path.clone().into_os_string();
                name.push(".corrupt");
                let _best_effort = std::fs::rename(path, name);
            }
        }
    }
}

fn newest(slots: [Slot; 2]) -> Loaded {
    let corrupt = slots.iter().any(|slot| matches!(slot, Slot::Invalid));
    let valid = slots.into_iter().filter_map(|slot| match slot {
        Slot::Valid(number, state) => Some((number, state)),
        _ => None,
    });
    match valid.max_by_key(|(number, _)| *number) {
        Some((_, state)) => Loaded::State(state),
        None if corrupt => Loaded::Corrupt,
        None => Loaded::Fresh,
    }
}

fn read_slot(path: &Path) -> io::Result<Slot> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Slot::Absent),
        Err(error) => return Err(error),
    };
    let mut bytes = Vec::with_capacity(SLOT_SIZE);
    file.take(SLOT_SIZE as u64).read_to_end(&mut bytes)?;
    Ok(match decode(&bytes) {
        Some((number, state)) => Slot::Valid(number, Box::new(state)),
        None if bytes.iter().all(|byte| *byte == 0) => Slot::Empty,
        None => Slot::Invalid,
    })
}

fn encode(number: u64, record: &[u8]) -> Result<Vec<u8>, Error> {
    if record.len() > SLOT_SIZE - HEADER {
        return Err(Error::Internal(format!(
            "a state of {} bytes does not fit its slot",
            record.len()
        )));
    }
    let mut sealed = number.to_le_bytes().to_vec();
    sealed.extend_from_slice(&(record.len() as u32).to_le_bytes());
    sealed.extend_from_slice(record);
    let digest = Sha256Digest::of(&sealed);
    let mut bytes = MAGIC.to_vec();
    bytes.extend(sealed.iter().take(12));
    bytes.extend_from_slice(digest.as_bytes());
    bytes.extend_from_slice(record);
    bytes.resize(SLOT_SIZE, 0);
    Ok(bytes)
}

fn decode(bytes: &[u8]) -> Option<(u64, State)> {
    let (magic, rest) = bytes.split_first_chunk::<8>()?;
    let (number, rest) = rest.split_first_chunk::<8>()?;
    let (length, rest) = rest.split_first_chunk::<4>()?;
    let (digest, rest) = rest.split_first_chunk::<32>()?;
    let record = rest.get(..u32::from_le_bytes(*length) as usize)?;
    let sealed = [&number[..], &length[..], record].concat();
    if magic != MAGIC || Sha256Digest::of(&sealed).as_bytes() != digest {
        return None;
    }
    let state: State = serde_json::from_slice(record).ok()?;
    check(&state).ok()?;
    Some((u64::from_le_bytes(*number), state))
}

/// Writes a whole slot in place and flushes it; a slot that is new gets its directory flushed too.
fn overwrite(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let is_new = !path.exists();
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)?;
    file.seek(SeekFrom::Start(0))?;
    file.write_all(bytes)?;
    file.sync_all()?;
    match path.parent() {
        Some(parent) if is_new => File::open(parent)?.sync_all(),
        _ => Ok(()),
    }
}
