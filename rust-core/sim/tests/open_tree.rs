//! The simulated disk does below an open directory what the real one does; each case runs on both.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::io::{self, ErrorKind, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use airlock_engine::ports::{Disk, Open, RealDisk};
use airlock_sim::disk::{FakeDisk, Tree, WAYS_TO_LOSE};

/// Runs a case in an empty directory of the real disk, and of the simulated one.
fn on_both(case: impl Fn(&dyn Disk, &Path)) {
    let home = tempfile::tempdir().unwrap();
    case(&RealDisk, home.path());
    let fake = FakeDisk::new(Tree::default());
    fake.create_dir(Path::new("/home")).unwrap();
    case(&fake, Path::new("/home"));
}

fn write(disk: &dyn Disk, root: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let mut tree = disk.open_tree(root)?;
    tree.create(&name.parse().unwrap())?.write_all(bytes)
}

fn read(disk: &dyn Disk, path: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut file = disk.open(path, Open::Read).unwrap();
    file.read_to_end(&mut bytes).unwrap();
    bytes
}

#[test]
fn a_file_is_made_with_the_directories_above_it_and_never_twice() {
    on_both(|disk, root| {
        let mut tree = disk.open_tree(root).unwrap();
        for name in ["a/b/one", "a/b/two", "a/three", "four"] {
            let mut file = tree.create(&name.parse().unwrap()).unwrap();
            file.write_all(name.as_bytes()).unwrap();
        }
        for name in ["a/b/one", "a/b/two", "a/three", "four"] {
            assert_eq!(read(disk, &root.join(name)), name.as_bytes());
            let again = write(disk, root, name, b"again").unwrap_err();
            assert_eq!(again.kind(), ErrorKind::AlreadyExists, "{name}");
            assert_eq!(read(disk, &root.join(name)), name.as_bytes());
        }
    });
}

#[test]
fn a_file_in_the_place_of_a_directory_is_an_error() {
    on_both(|disk, root| {
        write(disk, root, "a", b"a file").unwrap();
        let error = write(disk, root, "a/b", b"below it").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotADirectory);
        assert_eq!(read(disk, &root.join("a")), b"a file");
    });
}

#[test]
fn only_a_directory_that_is_there_opens() {
    on_both(|disk, root| {
        write(disk, root, "a", b"a file").unwrap();
        let kind = |name: &str| disk.open_tree(&root.join(name)).err().map(|error| error.kind());
        assert_eq!(kind("a"), Some(ErrorKind::NotADirectory));
        assert_eq!(kind("b"), Some(ErrorKind::NotFound));
        assert_eq!(kind("."), None);
    });
}

#[test]
fn replace_takes_the_place_of_a_file_and_of_no_directory() {
    on_both(|disk, root| {
        write(disk, root, "name", b"a longer old content").unwrap();
        let mut tree = disk.open_tree(root).unwrap();
        for bytes in [b"new", b"two"] {
            tree.replace("name").unwrap().write_all(bytes).unwrap();
            assert_eq!(read(disk, &root.join("name")), bytes);
        }
        tree.replace("fresh")
            .unwrap()
            .write_all(b"was not there")
            .unwrap();
        assert_eq!(read(disk, &root.join("fresh")), b"was not there");
        disk.create_dir(&root.join("directory")).unwrap();
        assert!(tree.replace("directory").is_err());
        assert!(disk.open_tree(&root.join("directory")).is_ok());
    });
}

#[test]
fn the_directory_stays_what_it_is_when_its_name_moves() {
    on_both(|disk, root| {
        let (old, new) = (root.join("old"), root.join("new"));
        disk.create_dir(&old).unwrap();
        let mut tree = disk.open_tree(&old).unwrap();
        tree.create(&"a/one".parse().unwrap()).unwrap();
        disk.rename(&old, &new).unwrap();
        disk.create_dir(&old).unwrap();
        for name in ["a/two", "b/three"] {
            tree.create(&name.parse().unwrap()).unwrap();
            assert!(disk.metadata(&new.join(name)).is_ok(), "{name}");
        }
        assert!(disk.read_dir(&old).unwrap().is_empty());
    });
}

#[test]
fn what_is_created_new_is_read_through_the_same_open_file() {
    on_both(|disk, root| {
        let path = root.join("part");
        let mut file = disk.open(&path, Open::CreateNew).unwrap();
        file.write_all(b"what was checked").unwrap();
        disk.rename(&path, &root.join("moved")).unwrap();
        let mut other = disk.open(&path, Open::CreateNew).unwrap();
        other.write_all(b"something else").unwrap();
        let mut bytes = Vec::new();
        file.seek(SeekFrom::Start(0)).unwrap();
        file.read_to_end(&mut bytes).unwrap();
        assert_eq!(bytes, b"what was checked");
        let taken = disk.open(&path, Open::CreateNew).err().unwrap();
        assert_eq!(taken.kind(), ErrorKind::AlreadyExists);
    });
}

#[test]
fn a_clone_has_the_same_bytes_or_is_not_there_at_all() {
    on_both(|disk, root| {
        write(disk, root, "base", b"what is shared").unwrap();
        let mut tree = disk.open_tree(root).unwrap();
        for name in ["odd", "even", "a/odd", "a/even"] {
            match tree.clone_from(&name.parse().unwrap(), &root.join("base")) {
                Some(mut clone) => {
                    let mut bytes = Vec::new();
                    clone.read_to_end(&mut bytes).unwrap();
                    assert_eq!(bytes, b"what is shared");
                    let again = write(disk, root, name, b"again").unwrap_err();
                    assert_eq!(again.kind(), ErrorKind::AlreadyExists, "{name}");
                }
                None => write(disk, root, name, b"copied").unwrap(),
            }
        }
        assert!(
            tree.clone_from(&"one".parse().unwrap(), &root.join("missing"))
                .is_none()
        );
        write(disk, root, "one", b"still free").unwrap();
        assert_eq!(read(disk, &root.join("base")), b"what is shared");
    });
}

#[test]
fn a_tree_is_durable_after_its_barrier_and_not_before() {
    let disk = FakeDisk::new(Tree::default());
    let root = Path::new("/home");
    disk.create_dir(root).unwrap();
    disk.sync_dir(Path::new("/")).unwrap();
    write(&disk, root, "a/b", b"bytes").unwrap();
    disk.open_tree(root)
        .unwrap()
        .replace("c")
        .unwrap()
        .write_all(b"more")
        .unwrap();
    let before = disk.effects();
    disk.barrier(root).unwrap();
    let whole = |effects, number| {
        let files = disk.after_power_cut(effects, 1, number).files_below(root);
        let holds = |name: &str, bytes: &[u8]| files.get(name).is_some_and(|found| found.as_slice() == bytes);
        holds("a/b", b"bytes") && holds("c", b"more")
    };
    let ways = 0..WAYS_TO_LOSE;
    assert!(ways.clone().any(|number| !whole(before, number)));
    assert!(ways.clone().all(|number| whole(disk.effects(), number)));
}
