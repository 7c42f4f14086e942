//! clean.rs.

use std::fs;
use std::os::unix::fs::symlink;

use airlock_protocol::{BundleId, Sequence};

use super::super::{Collected, Downloads, collect, discard, discard_bundle, disk_bytes, keep_downloads};
use super::{Home, names};
use crate::machine::{Installed, State};

fn id(digit: &str) -> BundleId {
    digit.repeat(64).parse().unwrap()
}

fn state_with(id: BundleId) -> State {
    let mut state = State::new("device".to_owned());
    let installed = Installed {
        version: "1.0.0".to_owned(),
        sequence: Sequence::try_from(1).unwrap(),
        installed_at: 0,
        native: None,
    };
    state.bundles.insert(id, installed);
    state
}

#[test]
fn what_is_discarded_goes_through_the_trash() {
    let home = Home::new();
    let bundle = format!("bundles/{}", id("1"));
    home.write(&format!("{bundle}/index.html"), b"1");
    home.write("bundles/other/index.html", b"2");
    discard_bundle(&home.disk, &home.layout, &id("1"));
    assert_eq!(names(&home.path("bundles")), ["other"]);
    assert!(names(&home.path("trash")).is_empty());
    let moved = format!("rename {bundle} to trash/{}", id("1"));
    assert!(home.disk.take().contains(&moved));
}

#[test]
fn a_name_that_is_taken_in_the_trash_is_no_obstacle() {
    let home = Home::new();
    home.write("trash/tree/old", b"");
    home.write("trash/tree~/old", b"");
    home.write("tree/new", b"");
    discard(&home.disk, &home.layout, &home.path("tree"));
    assert!(
        home.disk
            .take()
            .contains(&"rename tree to trash/tree~~".to_owned())
    );
    assert_eq!(names(&home.path("trash")), ["tree", "tree~"]);
    assert!(!home.has("tree"));
}

#[test]
fn where_the_trash_is_a_link_nothing_is_moved_through_it() {
    let home = Home::new();
    home.write("elsewhere/kept", b"");
    symlink(home.path("elsewhere"), home.path("trash")).unwrap();
    home.write("tree/file", b"");
    discard(&home.disk, &home.layout, &home.path("tree"));
    assert!(!home.has("tree"));
    assert_eq!(names(&home.path("elsewhere")), ["kept"]);
    assert!(home.disk.take().is_empty());
}

#[test]
fn a_clean_up_removes_and_counts_what_is_temporary_or_unnamed() {
    let home = Home::new();
    home.write("trash/old", b"123");
    home.write("staging/half/index.html", b"12");
    home.write("staging/half/deep/app.js", b"345");
    home.write("downloads/x.part", b"1234567");
    home.write(&format!("bundles/{}/index.html", id("1")), b"named");
    home.write(&format!("bundles/{}/index.html", id("2")), b"12345678901");
    home.write("bundles/notes", b"12");
    let kept_without_a_state = collect(&home.disk, &home.layout, Downloads::Go, None);
    assert_eq!(
        kept_without_a_state,
        Collected {
            removed: 3,
            bytes: 3 + 5 + 7
        }
    );
    assert_eq!(names(&home.path("bundles")).len(), 3);
    let collected = collect(
        &home.disk,
        &home.layout,
        Downloads::Go,
        Some(&state_with(id("1"))),
    );
    assert_eq!(
        collected,
        Collected {
            removed: 2,
            bytes: 11 + 2
        }
    );
    assert_eq!(names(&home.path("bundles")), [id("1").to_string()]);
    for name in ["trash", "staging", "downloads"] {
        assert!(names(&home.path(name)).is_empty(), "{name}");
    }
    assert_eq!(disk_bytes(&home.disk, &home.layout), 5);
}

#[test]
fn a_run_that_begins_keeps_what_it_may_go_on_with_and_one_that_ends_does_not() {
    let home = Home::new();
    let digest = "ab".repeat(32);
    let (part, resume) = (format!("{digest}.part"), format!("{digest}.resume"));
    for name in [&*part, &*resume, "quiet", "quiet.tmp", "x.part", "abab.resume"] {
        home.write(&format!("downloads/{name}"), b"12");
    }
    collect(&home.disk, &home.layout, Downloads::Stay, None);
    assert_eq!(names(&home.path("downloads")), [&*part, &*resume, "quiet"]);
    keep_downloads(&home.disk, &home.layout, &[digest.parse().unwrap()]);
    assert_eq!(names(&home.path("downloads")), [&*part, &*resume, "quiet"]);
    keep_downloads(&home.disk, &home.layout, &["cd".repeat(32).parse().unwrap()]);
    assert_eq!(names(&home.path("downloads")), ["quiet"]);
    home.write(&format!("downloads/{part}"), b"12");
    collect(&home.disk, &home.layout, Downloads::Go, None);
    assert_eq!(names(&home.path("downloads")), ["quiet"]);
}

#[test]
fn no_link_is_followed_out_of_the_store() {
    let home = Home::new();
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("kept"), b"1234").unwrap();
    for name in ["staging", "bundles"] {
        symlink(outside.path(), home.path(name)).unwrap();
    }
    let state = state_with(id("1"));
    let collected = collect(&home.disk, &home.layout, Downloads::Go, Some(&state));
    assert_eq!(collected, Collected::default());
    assert_eq!(names(outside.path()), ["kept"]);
}
