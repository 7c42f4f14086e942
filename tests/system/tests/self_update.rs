//! `airlock self-update` by copies of the real binary: good, bad and unstartable updates.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that panics is a test that fails"
)]

use std::fs;

use airlock_system_tests::{Copy, Fault, Remote, Run, binary};
use serde_json::json;

/// A small program that says it is airlock 9.9.9.
const NEW: &[u8] = b"#!/bin/sh\necho airlock 9.9.9\n";

/// Nothing was changed, and a good update works afterwards.
fn untouched_and_heals(remote: &Remote, copy: &Copy) {
    assert_eq!(copy.neighbours(), ["airlock"], "nothing is left behind");
    assert_eq!(fs::read(copy.path()).unwrap(), fs::read(binary()).unwrap());
    remote.server.fault(None);
    remote.publish_airlock("9.9.9", NEW, |_| {});
    assert_eq!(copy.update(&[]).ok()["result"], "updated");
    assert_eq!(copy.version(), "airlock 9.9.9");
    assert_eq!(copy.neighbours(), ["airlock"]);
    fs::remove_dir_all(copy.path().parent().unwrap()).unwrap();
}

/// Runs a copy that must refuse.
fn refused(remote: &Remote, options: &[&str], exit: i32, code: &str) -> Run {
    let copy = remote.install("bin");
    let run = copy.update(options).refused(exit, code);
    untouched_and_heals(remote, &copy);
    run
}

#[test]
fn a_good_update_is_installed_and_the_new_binary_is_airlock() {
    let remote = Remote::new();
    // The real binary, told apart by what stands behind its end.
    let new = [fs::read(binary()).unwrap(), b"newer".to_vec()].concat();
    remote.publish_airlock("9.9.9", &new, |_| {});
    let copy = remote.install("bin");
    let key = remote.path("updates.pub");
    let options = ["--public-key", key.to_str().unwrap(), "--strict-verification"];
    let run = copy.update(&options);
    assert!(run.stderr.contains("calls itself"), "{}", run.stderr);
    let done = run.ok();
    assert_eq!(
        (&done["result"], &done["version"]),
        (&json!("updated"), &json!("9.9.9"))
    );
    assert_eq!(done["signature"], "verified");
    assert_eq!(fs::read(copy.path()).unwrap(), new);
    assert_eq!(copy.neighbours(), ["airlock"]);
    // What was installed updates itself in its turn, with the same rights.
    remote.publish_airlock("9.9.10", NEW, |_| {});
    assert_eq!(copy.update(&options).ok()["result"], "updated");
    assert_eq!(copy.version(), "airlock 9.9.9");
}

#[test]
fn nothing_newer_is_no_error() {
    let remote = Remote::new();
    let copy = remote.install("bin");
    for version in ["0.0.1", "0.1.0", "0.1.0.0", "v0.1.0", "0.1.0-rc1"] {
        remote.publish_airlock(version, NEW, |_| {});
        remote.server.requests();
        assert_eq!(copy.update(&[]).ok()["result"], "up-to-date", "{version}");
        assert_eq!(remote.server.requests(), ["/updates.json"]);
    }
    remote.publish(&json!({ "releases": [remote.release("99.0.0")] }));
    assert_eq!(copy.update(&[]).ok()["result"], "up-to-date");
    remote.publish_airlock("9.9.9", NEW, |config| {
        config["instance"]["updatesDisabled"] = json!(true);
    });
    assert_eq!(copy.update(&[]).ok()["result"], "disabled");
    untouched_and_heals(&remote, &copy);
}

#[test]
fn a_binary_with_another_checksum_is_refused() {
    let remote = Remote::new();
    remote.publish_airlock("9.9.9", NEW, |_| {});
    fs::write(remote.path("site/airlock.bin"), [NEW, b"#"].concat()).unwrap();
    refused(&remote, &[], 115, "checksum_mismatch");
    remote.publish_airlock("9.9.9", NEW, |config| {
        config["instance"]["latestChecksum"] = Remote::checksum("SHA1", b"other");
    });
    refused(&remote, &[], 115, "checksum_mismatch");
}

#[test]
fn a_missing_or_weak_checksum_is_refused_before_the_download_begins() {
    let remote = Remote::new();
    let strict = ["--strict-verification"];
    for (checksum, lenient) in [
        (json!(null), false),
        (Remote::checksum("MD5", NEW), false),
        (Remote::checksum("SHA1", NEW), true),
    ] {
        for options in [&[][..], &strict] {
            remote.publish_airlock("9.9.9", NEW, |config| {
                config["instance"]["latestChecksum"] = checksum.clone();
            });
            if lenient && options.is_empty() {
                let copy = remote.install("bin");
                let run = copy.update(options);
                assert!(run.stderr.contains("finds accidents"), "{}", run.stderr);
                assert_eq!(run.ok()["result"], "updated");
                fs::remove_dir_all(remote.path("bin")).unwrap();
                continue;
            }
            let copy = remote.install("bin");
            remote.server.requests();
            copy.update(options).refused(115, "checksum_mismatch");
            assert_eq!(remote.server.requests(), ["/updates.json"]);
            untouched_and_heals(&remote, &copy);
        }
    }
}

#[test]
fn a_configuration_that_cannot_be_used_changes_nothing() {
    let remote = Remote::new();
    remote.publish_airlock("9.9.9", NEW, |config| {
        config["instance"]["latestUrl"] = json!(null)
    });
    refused(&remote, &[], 104, "response_unusable");
    remote.publish_airlock("9.9.9", NEW, |config| {
        config["instance"]["latestUrl"] = json!("http://example.com/airlock");
    });
    refused(&remote, &[], 104, "response_unusable");
    remote.publish_airlock("newest", NEW, |_| {});
    refused(&remote, &[], 104, "response_unusable");
    remote.publish_airlock("9.9.9", NEW, |_| {});
    fs::write(remote.path("site/updates.json.minisig"), remote.sign(b"{}")).unwrap();
    let key = remote.path("updates.pub");
    refused(
        &remote,
        &["--public-key", key.to_str().unwrap()],
        118,
        "metadata_invalid",
    );
}

#[test]
fn a_download_that_breaks_changes_nothing() {
    let remote = Remote::new();
    for (fault, exit, code) in [
        (Fault::Status("airlock.bin", 500), 104, "response_unusable"),
        (Fault::Status("airlock.bin", 404), 104, "response_unusable"),
        (Fault::CloseAfter("airlock.bin", 9), 107, "download_failed"),
    ] {
        remote.publish_airlock("9.9.9", NEW, |_| {});
        remote.server.fault(Some(fault));
        refused(&remote, &[], exit, code);
    }
}

#[test]
fn a_new_binary_that_does_not_start_never_takes_the_place_of_the_old_one() {
    let remote = Remote::new();
    for bad in [
        &b"\x7fELF of another machine"[..],
        b"",
        b"#!/bin/sh\necho airlock 9.9.9\nexit 7\n",
        b"#!/bin/sh\necho something else\n",
        b"#!/nowhere/interpreter\n",
        b"#!/bin/sh\nkill -9 $$\n",
    ] {
        remote.publish_airlock("9.9.9", bad, |_| {});
        let run = refused(&remote, &[], 121, "incompatible_platform");
        assert!(run.stderr.contains("nothing was changed"), "{}", run.stderr);
    }
}

#[test]
fn a_new_binary_that_does_not_start_at_its_place_gives_it_back() {
    let remote = Remote::new();
    // Starts beside the old one and fails under its name.
    let sly = b"#!/bin/sh\ncase $0 in *.new) echo airlock 9.9.9 ;; *) exit 1 ;; esac\n";
    remote.publish_airlock("9.9.9", sly, |_| {});
    let run = refused(&remote, &[], 121, "incompatible_platform");
    assert!(run.stderr.contains("put back"), "{}", run.stderr);
}

#[test]
fn the_old_binary_is_kept_until_the_new_one_has_started_at_its_place() {
    let remote = Remote::new();
    // Tells what it saw beside itself when it was started.
    let witness = format!(
        "#!/bin/sh\nls \"$(dirname \"$0\")\" > {}.$(basename \"$0\")\necho airlock 9.9.9\n",
        remote.path("seen").display()
    );
    remote.publish_airlock("9.9.9", witness.as_bytes(), |_| {});
    let copy = remote.install("bin");
    copy.update(&[]).ok();
    let seen = |name: &str| fs::read_to_string(remote.path(name)).unwrap();
    assert_eq!(seen("seen.airlock.new"), "airlock\nairlock.new\n");
    assert_eq!(seen("seen.airlock"), "airlock\nairlock.previous\n");
    assert_eq!(copy.neighbours(), ["airlock"]);
}

#[test]
fn what_a_killed_update_left_is_removed_by_the_next_one() {
    let remote = Remote::new();
    let copy = remote.install("bin");
    for name in ["airlock.new", "airlock.previous", "airlock.previous.part"] {
        fs::write(remote.path("bin").join(name), "left behind").unwrap();
    }
    fs::write(remote.path("bin/airlock.conf"), "not ours").unwrap();
    remote.publish_airlock("0.1.0", NEW, |_| {});
    assert_eq!(copy.update(&[]).ok()["result"], "up-to-date");
    assert_eq!(copy.neighbours(), ["airlock", "airlock.conf"]);
    fs::remove_file(remote.path("bin/airlock.conf")).unwrap();
    untouched_and_heals(&remote, &copy);
}

#[test]
fn two_updates_at_once_are_one_update_and_one_refusal() {
    let remote = Remote::new();
    remote.publish_airlock("9.9.9", NEW, |_| {});
    let copy = remote.install("bin");
    let held = fs::File::open(remote.path("bin")).unwrap();
    held.try_lock().unwrap();
    copy.update(&[]).refused(124, "locked");
    held.unlock().unwrap();
    untouched_and_heals(&remote, &copy);
}

#[test]
fn a_link_to_airlock_stays_a_link() {
    let remote = Remote::new();
    remote.publish_airlock("9.9.9", NEW, |_| {});
    let copy = remote.install("bin");
    let link = remote.path("airlock");
    std::os::unix::fs::symlink(copy.path(), &link).unwrap();
    let mut command = std::process::Command::new(&link);
    command.args(["self-update", "--json", "--allow-insecure-loopback", "--config"]);
    Run::of(command.arg(remote.url())).ok();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(copy.version(), "airlock 9.9.9");
}
