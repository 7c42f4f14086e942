//! What a power cut may leave: one of the disks that the rules of the disk port allow.
//!
//! Made durable is what a later flush of that file, that directory or everything covers. All else may be there
//! or not, in any combination: each name, each sector of each write, each length.

use std::collections::BTreeSet;

use super::journal::{Change, Doomed, Effect, write_at};
use super::tree::{Inode, Tree};
use crate::dice::Dice;

/// In which way the uncertain part is lost. Chance alone would rarely show the pure cases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Loss {
    /// All of it.
    Everything,
    /// None of it: what a killed process leaves.
    Nothing,
    /// Names are there and files are empty: a rename that overtook its data.
    Data,
    /// Names and lengths are there, and the bytes are zeros.
    Bytes,
    /// Data is there and the names are not.
    Names,
    /// Each name by chance, each 512 bytes by chance.
    Sectors,
    /// Each name by chance, each 4 KiB by chance.
    Pages,
    /// Each effect by chance, and what was never written may be old garbage.
    Chance,
}

const LOSSES: [Loss; 8] = [
    Loss::Everything,
    Loss::Data,
    Loss::Sectors,
    Loss::Names,
    Loss::Nothing,
    Loss::Pages,
    Loss::Bytes,
    Loss::Chance,
];

/// How many ways to lose there are; images are best asked for in multiples of it.
pub const WAYS_TO_LOSE: u64 = LOSSES.len() as u64;

const SECTOR: usize = 512;
const PAGE: usize = 4096;

/// The disk after a power cut that followed the effects `journal` on the disk `base`. `number` picks the way to
/// lose, and with the seed the chance in it.
pub(crate) fn after_power_cut(base: &Tree, journal: &[Effect], seed: u64, number: u64) -> Tree {
    let loss = LOSSES[(number % WAYS_TO_LOSE) as usize];
    let mut dice = Dice::new(seed, number.wrapping_mul(1_000_003) ^ journal.len() as u64);
    let durable = durable(journal);
    let mut tree = base.clone();
    for effect in journal {
        effect.change.allot(&mut tree);
    }
    for (effect, durable) in journal.iter().zip(durable) {
        if durable {
            effect.change.apply(&mut tree);
        } else {
            apply_uncertain(&effect.change, loss, &mut dice, &mut tree);
        }
    }
    tree.prune();
    tree
}

/// For each effect whether a later flush covers it.
fn durable(journal: &[Effect]) -> Vec<bool> {
    let mut flushed = Flushed::default();
    let mut durable: Vec<bool> = journal
        .iter()
        .rev()
        .map(|effect| flushed.meet(&effect.change))
        .collect();
    durable.reverse();
    durable
}

/// What is flushed later, on the way from the end of a journal to its beginning.
#[derive(Default)]
struct Flushed {
    everything: bool,
    some: BTreeSet<Inode>,
    /// A flush of these failed later than `everything` flushed them.
    except: BTreeSet<Inode>,
}

impl Flushed {
    fn meet(&mut self, change: &Change) -> bool {
        match change {
            Change::SyncAll => {
                self.everything = true;
                self.except.clear();
            }
            Change::SyncFile { file: inode } | Change::SyncDirectory { directory: inode } => {
                self.some.insert(*inode);
            }
            Change::Doomed(Doomed::Everything) => *self = Self::default(),
            Change::Doomed(Doomed::File(inode) | Doomed::Directory(inode)) => {
                self.some.remove(inode);
                self.except.insert(*inode);
            }
            Change::Make { directory, .. } | Change::Unlink { directory, .. } => {
                return self.covers(*directory);
            }
            Change::Rename { from, to, .. } => return self.covers(from.0) && self.covers(to.0),
            Change::Empty { file } | Change::Write { file, .. } => return self.covers(*file),
        }
        true
    }

    fn covers(&self, inode: Inode) -> bool {
        self.some.contains(&inode) || self.everything && !self.except.contains(&inode)
    }
}

fn apply_uncertain(change: &Change, loss: Loss, dice: &mut Dice, tree: &mut Tree) {
    match change {
        Change::Write { file, at, bytes } => write_uncertain(*file, *at, bytes, loss, dice, tree),
        other => {
            let happens = match loss {
                Loss::Everything | Loss::Names => {
                    matches!(other, Change::Empty { .. }) && loss == Loss::Names
                }
                Loss::Nothing | Loss::Data | Loss::Bytes => true,
                Loss::Sectors | Loss::Pages | Loss::Chance => dice.one_in(2),
            };
            if happens {
                other.apply(tree);
            }
        }
    }
}

fn write_uncertain(file: Inode, at: usize, bytes: &[u8], loss: Loss, dice: &mut Dice, tree: &mut Tree) {
    match loss {
        Loss::Everything | Loss::Data => {}
        Loss::Nothing | Loss::Names => write_at(tree, file, at, bytes),
        Loss::Bytes => extend(tree, file, at + bytes.len(), 0),
        Loss::Sectors => write_torn(file, at, bytes, SECTOR, dice, tree),
        Loss::Pages => write_torn(file, at, bytes, PAGE, dice, tree),
        Loss::Chance => match dice.roll(4) {
            0 => {}
            1 => write_at(tree, file, at, bytes),
            2 => write_torn(file, at, bytes, SECTOR, dice, tree),
            _ => {
                let garbage = (dice.bits() & 0xff) as u8;
                extend(tree, file, at + bytes.len(), garbage);
                write_torn(file, at, bytes, PAGE, dice, tree);
            }
        },
    }
}

/// Some pieces of a write arrive and others do not; the length may run ahead of them.
fn write_torn(file: Inode, at: usize, bytes: &[u8], grain: usize, dice: &mut Dice, tree: &mut Tree) {
    let mut from = 0;
    while from < bytes.len() {
        let to = ((at + from) / grain + 1) * grain - at;
        let to = to.min(bytes.len());
        if dice.one_in(2) {
            write_at(tree, file, at + from, &bytes[from..to]);
        }
        from = to;
    }
    if dice.one_in(2) {
        extend(tree, file, at + bytes.len(), 0);
    }
}

fn extend(tree: &mut Tree, file: Inode, len: usize, fill: u8) {
    if let Some(content) = tree.bytes_mut(file)
        && content.len() < len
    {
        content.resize(len, fill);
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use airlock_engine::ports::{Disk as _, Open};

    use super::super::FakeDisk;
    use super::*;

    fn images(disk: &FakeDisk) -> Vec<Tree> {
        (0..64)
            .map(|number| disk.after_power_cut(disk.effects(), 1, number))
            .collect()
    }

    fn written(disk: &FakeDisk, path: &str, bytes: &[u8]) -> Box<dyn airlock_engine::ports::DiskFile> {
        let mut file = disk.open(Path::new(path), Open::Replace).unwrap();
        file.write_all(bytes).unwrap();
        file
    }

    fn contents(images: &[Tree], path: &str) -> BTreeSet<Option<Vec<u8>>> {
        let read = |tree: &Tree| {
            tree.find(Path::new(path))
                .ok()
                .map(|inode| tree.bytes(inode).to_vec())
        };
        images.iter().map(read).collect()
    }

    #[test]
    fn bytes_are_safe_after_sync_and_a_name_after_sync_of_its_directory() {
        let disk = FakeDisk::new(Tree::default());
        let file = written(&disk, "/f", b"new");
        let unsynced = contents(&images(&disk), "/f");
        assert!(
            unsynced.contains(&None)
                && unsynced.contains(&Some(vec![]))
                && unsynced.contains(&Some(vec![0; 3]))
        );
        file.sync().unwrap();
        assert_eq!(
            contents(&images(&disk), "/f"),
            BTreeSet::from([None, Some(b"new".to_vec())])
        );
        disk.sync_dir(Path::new("/")).unwrap();
        assert_eq!(
            contents(&images(&disk), "/f"),
            BTreeSet::from([Some(b"new".to_vec())])
        );
    }

    #[test]
    fn a_rename_without_a_flush_can_leave_an_empty_file_and_never_half_a_name() {
        let mut tree = Tree::default();
        tree.furnish(Path::new("/f"), b"old");
        let disk = FakeDisk::new(tree);
        let _file = written(&disk, "/t", b"new");
        disk.rename(Path::new("/t"), Path::new("/f")).unwrap();
        let found = contents(&images(&disk), "/f");
        assert!(found.contains(&Some(vec![])) && found.contains(&Some(b"old".to_vec())));
        assert!(!found.contains(&None), "the old file or the new one, always");
    }

    #[test]
    fn an_overwrite_is_torn_at_sectors_and_never_within_one() {
        let mut tree = Tree::default();
        tree.furnish(Path::new("/f"), &[1; 8192]);
        let disk = FakeDisk::new(tree);
        disk.open(Path::new("/f"), Open::Overwrite)
            .unwrap()
            .write_all(&[2; 8192])
            .unwrap();
        let found = contents(&images(&disk), "/f");
        assert!(found.len() > 10, "{} different ends", found.len());
        for bytes in found.iter().flatten() {
            assert!(
                bytes
                    .chunks(SECTOR)
                    .all(|sector| sector.iter().all(|byte| *byte == sector[0]))
            );
        }
    }

    #[test]
    fn a_barrier_covers_everything_before_it_and_nothing_after() {
        let disk = FakeDisk::new(Tree::default());
        disk.create_dir(Path::new("/d")).unwrap();
        let _before = written(&disk, "/d/before", b"1");
        disk.barrier(Path::new("/d")).unwrap();
        let _after = written(&disk, "/d/after", b"2");
        let images = images(&disk);
        assert_eq!(
            contents(&images, "/d/before"),
            BTreeSet::from([Some(b"1".to_vec())])
        );
        assert!(contents(&images, "/d/after").len() > 1);
    }

    #[test]
    fn a_flush_that_failed_is_not_mended_by_one_that_succeeds() {
        let disk = FakeDisk::new(Tree::default());
        let file = written(&disk, "/f", b"new");
        disk.sync_dir(Path::new("/")).unwrap();
        disk.inject(super::super::Fault::once(super::super::Errno::Io, 0));
        file.sync().unwrap_err();
        file.sync().unwrap();
        assert!(contents(&images(&disk), "/f").contains(&Some(vec![])));
    }
}
