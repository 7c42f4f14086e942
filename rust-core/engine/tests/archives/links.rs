//! Links that somebody else makes in the staging directory, before or while an archive is unpacked there.
#![allow(
    clippy::unwrap_used,
    reason = "a test that panics is a test that fails, its helpers included"
)]

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use airlock_engine::Error;
use airlock_engine::install::{Contents, unpack};
use airlock_engine::ports::RealDisk;
use airlock_protocol::Code;

use crate::support::{Entry, Zip};

/// A store's staging directory and a place outside of it.
struct Place {
    home: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        for name in ["outside", "store/staging/bundle"] {
            fs::create_dir_all(home.path().join(name)).unwrap();
        }
        Self { home }
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.home.path().join(name)
    }

    fn unpack(&self, zip: &Zip) -> Result<(), Error> {
        let archive = self.path("archive.zip");
        fs::write(&archive, zip.bytes()).unwrap();
        let target = self.path("store/staging/bundle");
        let mut archive = File::open(&archive).unwrap();
        unpack(&RealDisk, &mut archive, Contents::Undescribed, &target).map(|_| ())
    }

    fn assert_nothing_outside(&self) {
        assert_eq!(fs::read_dir(self.path("outside")).unwrap().count(), 0);
    }
}

fn refused(place: &Place) {
    let error = place.unpack(&Zip::honest()).unwrap_err();
    assert_eq!(error.code(), Code::StorageFailure, "{error}");
    place.assert_nothing_outside();
}

#[test]
fn without_a_link_it_unpacks() {
    let place = Place::new();
    place.unpack(&Zip::honest()).unwrap();
    place.assert_nothing_outside();
    assert!(place.path("store/staging/bundle/assets/app.js").is_file());
}

#[test]
fn a_link_in_the_place_of_a_directory_is_not_followed() {
    let place = Place::new();
    symlink(place.path("outside"), place.path("store/staging/bundle/assets")).unwrap();
    refused(&place);
}

#[test]
fn a_link_in_the_place_of_a_file_is_not_followed() {
    let place = Place::new();
    let link = place.path("store/staging/bundle/index.html");
    symlink(place.path("outside/index.html"), link).unwrap();
    refused(&place);
}

#[test]
fn a_link_in_the_place_of_the_staged_tree_or_of_staging_is_not_followed() {
    for name in ["store/staging/bundle", "store/staging"] {
        let place = Place::new();
        fs::rename(place.path(name), place.path("moved")).unwrap();
        fs::create_dir_all(place.path("outside/bundle")).unwrap();
        symlink(place.path("outside"), place.path(name)).unwrap();
        let error = place.unpack(&Zip::honest()).unwrap_err();
        assert_eq!(error.code(), Code::StorageFailure, "{error}");
        assert_eq!(fs::read_dir(place.path("outside/bundle")).unwrap().count(), 0);
        assert_eq!(fs::read_dir(place.path("outside")).unwrap().count(), 1);
    }
}

#[test]
fn a_directory_that_is_swapped_for_a_link_meanwhile_leads_nowhere() {
    let place = Place::new();
    // Two directories by turns, so that each is opened again for every file.
    let entries = (0..600).map(|index| Entry::stored(format!("{}/{index}.js", index % 2), b"script"));
    let zip = Zip::of(entries);
    let (finished, swaps) = (AtomicBool::new(false), std::sync::atomic::AtomicUsize::new(0));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !finished.load(Ordering::Relaxed) {
                if swap(&place.path("store/staging/bundle"), &place.path("outside")).is_ok() {
                    swaps.fetch_add(1, Ordering::Relaxed);
                }
            }
        });
        // Which of them end well is for the scheduler to say; where the files go is not.
        for _ in 0..5 {
            let _either_way = place.unpack(&zip);
            let _ = fs::remove_dir_all(place.path("store/staging/bundle"));
            fs::create_dir_all(place.path("store/staging/bundle")).unwrap();
        }
        finished.store(true, Ordering::Relaxed);
    });
    place.assert_nothing_outside();
    println!("{} swaps", swaps.into_inner());
}

/// Puts a link to `outside` where the directory `0` is, then the directory again.
fn swap(tree: &Path, outside: &Path) -> std::io::Result<()> {
    let (directory, aside) = (tree.join("0"), tree.join("aside"));
    fs::rename(&directory, &aside)?;
    symlink(outside, &directory)?;
    fs::remove_file(&directory)?;
    fs::rename(&aside, &directory)
}
