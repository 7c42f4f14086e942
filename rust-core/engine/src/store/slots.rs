//! The state file: two slots of fixed size, written in turn, the newest valid one wins.
//!
//! A slot is `AIRLOCK1`, the write's number (u64, little endian), the length of the record (u32),
//! the SHA-256 of number, length and record, then the record (JSON). What follows, up to [`SLOT_SIZE`],
//! means nothing: zeros, and what longer records left.
//! A write goes to the slot that does not hold the newest state, in place, and is flushed before it
//! counts; a cut in the middle leaves the other slot as it was. Both files keep their full size from
//! their creation on, so a rollback needs no free space. Only the used part is read and written: mostly one
//! page of flash a launch instead of sixteen.

use std::io::{self, Read as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use airlock_protocol::Sha256Digest;

use super::disk::{exists, open_plain};
use crate::error::Error;
use crate::machine::{State, Unusable, check, read};
use crate::ports::{Disk, Open};

/// Bytes of one slot. A state with [`crate::machine::Limits`] of everything, each field at its
/// longest, takes 40,411 bytes (test `the_largest_state_fits_a_slot`).
pub const SLOT_SIZE: usize = 64 * 1024;

const MAGIC: &[u8; 8] = b"AIRLOCK1";
const HEADER: usize = 8 + 8 + 4 + 32;

/// Bytes that are read first. A state with a few bundles fits.
const PAGE: usize = 4 * 1024;

/// The two slots of one store.
pub(crate) struct Slots {
    paths: [PathBuf; 2],
    /// Number of the newest write that this process knows to be durable; 0 for none.
    durable: AtomicU64,
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
    /// Whole, and written by a newer engine.
    Newer,
    Valid(u64, Box<State>),
}

impl Slots {
    pub(crate) fn new(root: &Path) -> Self {
        Self {
            paths: [root.join("state.a"), root.join("state.b")],
            durable: AtomicU64::new(0),
        }
    }

    /// Reads both slots; needs no lock, because a slot is replaced only when the other is newest.
    pub(crate) fn load(&self, disk: &dyn Disk) -> Loaded {
        match self.read_both(disk) {
            Ok(slots) => newest(slots),
            Err(error) => Loaded::Unreadable(error),
        }
    }

    /// Reads both slots for somebody who holds the state lock and will build on what they say: it is durable
    /// when this returns. A process that was killed between a write and its flush leaves a state that only the
    /// running system knows; to answer from it, or to write over the older slot, would promise what a power cut
    /// takes back. Flushed once in a process.
    pub(crate) fn load_durable(&self, disk: &dyn Disk) -> Loaded {
        let slots = match self.read_both(disk) {
            Ok(slots) => slots,
            Err(error) => return Loaded::Unreadable(error),
        };
        let number = |slot: &Slot| match slot {
            Slot::Valid(number, _) => *number,
            _ => 0,
        };
        let newest_slot = slots
            .iter()
            .zip(&self.paths)
            .max_by_key(|(slot, _)| number(slot))
            .map(|(slot, path)| (number(slot), path));
        match newest_slot {
            Some((number, path)) if number > 0 && self.durable.load(Ordering::Relaxed) != number => {
                if let Err(error) = flush(disk, path) {
                    return Loaded::Unreadable(error);
                }
                self.durable.store(number, Ordering::Relaxed);
            }
            _ => {}
        }
        newest(slots)
    }

    /// Writes `state` durably into the older slot. The caller holds the state lock.
    pub(crate) fn save(&self, disk: &dyn Disk, state: &State) -> Result<(), Error> {
        if let Err(broken) = check(state) {
            return Err(Error::Internal(format!("refusing to save a state: {broken}")));
        }
        let record = serde_json::to_vec(state).map_err(|error| Error::Internal(error.to_string()))?;
        let failed = |source| Error::storage("save the state", source);
        let slots = self.read_both(disk).map_err(failed)?;
        if let Some(newer) = newer(&slots) {
            return Err(failed(newer));
        }
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
        let number = first.max(second).saturating_add(1);
        let bytes = encode(number, &record)?;
        self.keep_evidence(disk, &slots);
        if !exists(disk, other) {
            overwrite(disk, other, &[0; SLOT_SIZE]).map_err(failed)?;
        }
        overwrite(disk, target, &bytes).map_err(|source| {
            // R7: a write that was not confirmed must not surface at a later start.
            let _best_effort = overwrite(disk, target, &[0; SLOT_SIZE]);
            Error::storage("save the state", source)
        })?;
        self.durable.store(number, Ordering::Relaxed);
        Ok(())
    }

    fn read_both(&self, disk: &dyn Disk) -> io::Result<[Slot; 2]> {
        let [a, b] = &self.paths;
        Ok([read_slot(disk, a)?, read_slot(disk, b)?])
    }

    /// Copies slots that hold something unreadable aside before the first write after them.
    fn keep_evidence(&self, disk: &dyn Disk, slots: &[Slot; 2]) {
        if slots.iter().any(|slot| matches!(slot, Slot::Valid(..))) {
            return;
        }
        for (slot, path) in slots.iter().zip(&self.paths) {
            if matches!(slot, Slot::Invalid) {
                let mut name = path.clone().into_os_string();
                name.push(".corrupt");
                let _best_effort = disk.rename(path, Path::new(&name));
            }
        }
    }
}

fn newest(slots: [Slot; 2]) -> Loaded {
    if let Some(newer) = newer(&slots) {
        return Loaded::Unreadable(newer);
    }
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

/// A store that a newer app wrote, met by an older one that replaced it, is not corrupt: it is left as
/// it is, and works again when the newer app comes back.
fn newer(slots: &[Slot; 2]) -> Option<io::Error> {
    let text = "it was written by a newer version of the app; update the app";
    let found = slots.iter().any(|slot| matches!(slot, Slot::Newer));
    found.then(|| io::Error::new(io::ErrorKind::Unsupported, text))
}

fn read_slot(disk: &dyn Disk, path: &Path) -> io::Result<Slot> {
    let mut file = match open_plain(disk, path, Open::Read) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Slot::Absent),
        Err(error) => return Err(error),
    };
    let mut bytes = Vec::with_capacity(PAGE);
    file.by_ref().take(PAGE as u64).read_to_end(&mut bytes)?;
    if unseal(&bytes).is_none() {
        file.take((SLOT_SIZE - PAGE) as u64).read_to_end(&mut bytes)?;
    }
    Ok(decode(&bytes))
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
    Ok(bytes)
}

fn decode(bytes: &[u8]) -> Slot {
    match unseal(bytes).map(|(number, record)| (number, read(record))) {
        Some((number, Ok(state))) => Slot::Valid(number, Box::new(state)),
        Some((_, Err(Unusable::Newer))) => Slot::Newer,
        None if bytes.iter().all(|byte| *byte == 0) => Slot::Empty,
        None | Some((_, Err(Unusable::Corrupt))) => Slot::Invalid,
    }
}

/// The number and the record of a slot whose checksum is right.
fn unseal(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let (magic, rest) = bytes.split_first_chunk::<8>()?;
    let (number, rest) = rest.split_first_chunk::<8>()?;
    let (length, rest) = rest.split_first_chunk::<4>()?;
    let (digest, rest) = rest.split_first_chunk::<32>()?;
    let record = rest.get(..u32::from_le_bytes(*length) as usize)?;
    let sealed = [&number[..], &length[..], record].concat();
    let whole = magic == MAGIC && Sha256Digest::of(&sealed).as_bytes() == digest;
    whole.then(|| (u64::from_le_bytes(*number), record))
}

/// Makes a slot durable that somebody else wrote, bytes and name.
fn flush(disk: &dyn Disk, path: &Path) -> io::Result<()> {
    open_plain(disk, path, Open::Read)?.sync()?;
    path.parent().map_or(Ok(()), |parent| disk.sync_dir(parent))
}

/// Writes the beginning of a slot in place, the rest with zeros where the slot has not its full size yet, and
/// flushes it; a slot that is new gets its directory flushed too.
fn overwrite(disk: &dyn Disk, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let before = disk.metadata(path).ok();
    let mut file = open_plain(disk, path, Open::Overwrite)?;
    file.seek(SeekFrom::Start(0))?;
    file.write_all(bytes)?;
    if before.is_none_or(|found| found.len != SLOT_SIZE as u64) {
        file.write_all(&vec![0; SLOT_SIZE.saturating_sub(bytes.len())])?;
    }
    file.sync()?;
    match (before, path.parent()) {
        (None, Some(parent)) => disk.sync_dir(parent),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use airlock_protocol::{BundleId, Sequence, limits};

    use super::*;
    use crate::machine::{Delay, Failed, FailureCause, Installed, Limits};
    use crate::ports::RealDisk;

    fn state(launches: u64) -> State {
        State {
            launches,
            ..State::new("device".into())
        }
    }

    fn loaded(slots: &Slots) -> Option<u64> {
        match slots.load(&RealDisk) {
            Loaded::State(state) => Some(state.launches),
            _ => None,
        }
    }

    fn store() -> (tempfile::TempDir, Slots) {
        let directory = tempfile::tempdir().unwrap();
        let slots = Slots::new(directory.path());
        (directory, slots)
    }

    #[test]
    fn the_newest_write_wins_and_the_slots_take_turns() {
        let (directory, slots) = store();
        assert!(matches!(slots.load(&RealDisk), Loaded::Fresh));
        for number in 1..6 {
            slots.save(&RealDisk, &state(number)).unwrap();
            assert_eq!(loaded(&slots), Some(number));
        }
        for name in ["state.a", "state.b"] {
            assert_eq!(
                fs::metadata(directory.path().join(name)).unwrap().len(),
                SLOT_SIZE as u64
            );
        }
    }

    #[test]
    fn a_write_cut_at_any_byte_leaves_the_old_state_or_the_new_one() {
        let (directory, slots) = store();
        slots.save(&RealDisk, &state(1)).unwrap();
        slots.save(&RealDisk, &state(2)).unwrap();
        let target = directory.path().join("state.a");
        let old = fs::read(&target).unwrap();
        slots.save(&RealDisk, &state(3)).unwrap();
        let new = fs::read(&target).unwrap();
        assert_ne!(old, new, "the third write goes to the first slot");
        for cut in (0..1024).chain((1024..SLOT_SIZE).step_by(512)) {
            let torn = [&new[..cut], &old[cut..]].concat();
            fs::write(&target, &torn).unwrap();
            let expected = if torn == new { 3 } else { 2 };
            assert_eq!(loaded(&slots), Some(expected), "cut after {cut} bytes");
        }
    }

    #[test]
    fn every_flipped_bit_of_a_record_is_noticed() {
        let (_directory, slots) = store();
        slots.save(&RealDisk, &state(1)).unwrap();
        let bytes = fs::read(&slots.paths[0]).unwrap();
        let used = HEADER + serde_json::to_vec(&state(1)).unwrap().len();
        for position in 0..used {
            let mut damaged = bytes.clone();
            damaged[position] ^= 1;
            assert!(unseal(&damaged).is_none(), "byte {position}");
        }
        assert!(unseal(&bytes).is_some());
    }

    #[test]
    fn corrupt_slots_are_kept_as_evidence_and_replaced() {
        let (directory, slots) = store();
        fs::write(directory.path().join("state.a"), b"nonsense").unwrap();
        assert!(matches!(slots.load(&RealDisk), Loaded::Corrupt));
        slots.save(&RealDisk, &state(7)).unwrap();
        assert_eq!(loaded(&slots), Some(7));
        assert_eq!(
            fs::read(directory.path().join("state.a.corrupt")).unwrap(),
            b"nonsense"
        );
    }

    #[test]
    fn unreadable_is_not_corrupt() {
        let (directory, slots) = store();
        fs::create_dir(directory.path().join("state.a")).unwrap();
        assert!(matches!(slots.load(&RealDisk), Loaded::Unreadable(_)));
        assert!(slots.save(&RealDisk, &state(1)).is_err());
        fs::remove_dir(directory.path().join("state.a")).unwrap();
        slots.save(&RealDisk, &state(1)).unwrap();
        assert_eq!(loaded(&slots), Some(1));
    }

    #[test]
    fn what_a_newer_engine_wrote_is_unreadable_and_stays_as_it_is() {
        let (_directory, slots) = store();
        slots.save(&RealDisk, &state(1)).unwrap();
        let record = |schema: u32| serde_json::to_vec(&State { schema, ..state(2) }).unwrap();
        let [_, second] = &slots.paths;
        let newer = encode(9, &record(State::SCHEMA + 1)).unwrap();
        fs::write(second, &newer).unwrap();
        assert!(matches!(slots.load(&RealDisk), Loaded::Unreadable(_)));
        assert!(matches!(
            slots.save(&RealDisk, &state(3)),
            Err(Error::Storage { .. })
        ));
        assert_eq!(fs::read(second).unwrap(), newer);
        fs::write(second, encode(9, &record(State::SCHEMA)).unwrap()).unwrap();
        assert_eq!(loaded(&slots), Some(2), "the same record of this engine is read");
    }

    #[test]
    fn a_state_that_breaks_an_invariant_is_not_saved() {
        let (_directory, slots) = store();
        let broken = State {
            confirmed: Some(BundleId::from(Sha256Digest::of(b"gone"))),
            ..state(1)
        };
        assert!(matches!(slots.save(&RealDisk, &broken), Err(Error::Internal(_))));
        assert!(matches!(slots.load(&RealDisk), Loaded::Fresh));
    }

    #[test]
    fn the_largest_state_fits_a_slot() {
        let id = |number: usize| BundleId::from(Sha256Digest::of(&number.to_le_bytes()));
        let version = "\u{e9}".repeat(limits::TEXT_BYTES / 2);
        let sequence = Sequence::try_from(Sequence::MAX).unwrap();
        let failed = |number| Failed {
            id: id(number),
            version: version.clone(),
            sequence,
            cause: FailureCause::LaunchesExhausted,
            reason: Some("\u{1F4A5}".repeat(Limits::REASON_CHARS)),
            at: u64::MAX,
            expires: u64::MAX,
        };
        let longest_name = |bytes| format!("a.{}", "b".repeat(bytes - 2));
        let mut largest = State {
            app: Some(longest_name(limits::TEXT_BYTES).parse().unwrap()),
            channel: Some("c".repeat(64).parse().unwrap()),
            delays: vec![
                Delay::NativeVersion(
                    format!("1-{}", "d".repeat(limits::TEXT_BYTES - 2))
                        .parse()
                        .unwrap()
                );
                Limits::DELAYS
            ],
            background_since: Some(u64::MAX),
            floor: Sequence::MAX,
            launches: u64::MAX,
            ..state(0)
        };
        largest.failed = (0..Limits::FAILED).map(failed).collect();
        largest.unread_failure = Some(failed(0));
        for number in 0..Limits::BUNDLES {
            let native = Some(format!(">=1.0.0 <{}.0.0", u32::MAX).parse().unwrap());
            let installed = Installed {
                version: version.clone(),
                sequence,
                installed_at: u64::MAX,
                native,
            };
            largest.bundles.insert(id(number), installed);
        }
        let record = serde_json::to_vec(&largest).unwrap();
        assert!(encode(1, &record).is_ok(), "{} bytes", record.len());
    }
}
