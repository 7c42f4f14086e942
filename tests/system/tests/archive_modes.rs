//! What an archive says about permissions is never taken over: a bundle whose archive claims read-only and closed
//! directories, and files with odd modes, is later removed by a user who could not remove such a directory.

#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics is a test that fails"
)]

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;
use std::process::Command;

use airlock_archives::zip::{Entry, Zip};
use airlock_archives::{Description, Forged};
use airlock_system_tests::{Run, Scene, Yard, binary};
use serde_json::{Value, json};

/// The user and group `nobody` of Linux.
const NOBODY: &str = "65534";

/// Everything that a mode can take from its owner, and what it should not give.
fn locked_archive() -> Forged {
    let directory = |name: &str, mode: u32| Entry::directory(name).attributes(mode << 16 | 0x11);
    let mut zip = Zip::honest();
    zip.entries[0].attributes = 0o100_000 << 16;
    zip.entries[1].attributes = 0o107_777 << 16;
    zip.entries.insert(0, directory("assets/", 0o040_555));
    zip.entries.push(directory("closed/deep/", 0o040_000));
    zip.entries.push(directory("closed/", 0o040_000));
    let mut read_only = Entry::stored("closed/deep/data.json", b"{}");
    read_only.attributes = 0o100_444 << 16 | 0x01;
    zip.entries.push(read_only);
    Forged::from(zip)
}

/// A device whose processes are not root's.
struct Unprivileged<'w> {
    yard: Yard<'w>,
    /// The world, which is given to nobody; holds a copy of airlock that nobody can reach.
    root: &'w Path,
    is_root: bool,
}

impl<'w> Unprivileged<'w> {
    fn new(scene: &'w Scene, root: &'w Path) -> Self {
        let yard = Yard::copy(&scene.world, "yard");
        fs::copy(binary(), root.join("airlock")).unwrap();
        let device = Self {
            yard,
            root,
            is_root: fs::metadata(root).unwrap().uid() == 0,
        };
        device.give_away(root);
        device
    }

    fn give_away(&self, path: &Path) {
        if self.is_root {
            let owner = format!("{NOBODY}:{NOBODY}");
            assert!(
                Command::new("chown")
                    .args(["-R", &owner])
                    .arg(path)
                    .status()
                    .unwrap()
                    .success()
            );
        }
    }

    /// A command line for that user, to be continued; root may do anything, so it is left first.
    fn command(&self, program: &str) -> Command {
        if !self.is_root {
            return Command::new(program);
        }
        let mut command = Command::new("setpriv");
        command.args([
            "--reuid",
            NOBODY,
            "--regid",
            NOBODY,
            "--clear-groups",
            "--no-new-privs",
            "--",
            program,
        ]);
        command
    }

    fn verb(&self, verb: &[&str]) -> Value {
        // In the place of the binary's own path, which may lie where only root can go, comes the copy's.
        let mut shell = self.command("sh");
        shell
            .args(["-c", r#"shift; exec "$0" "$@""#])
            .arg(self.root.join("airlock"));
        self.yard
            .at_home(shell, verb, |mut command| Run::of(&mut command).ok())
    }

    fn sync_and_confirm(&self) -> String {
        assert_eq!(self.verb(&["sync"])["result"], "staged");
        let launch = self.verb(&["launch"]);
        let token = launch["token"].as_str().expect("a launch has a token");
        assert_eq!(self.verb(&["ready", "--token", token]), json!({"accepted": true}));
        launch["bundle"]["version"].as_str().unwrap().to_owned()
    }

    /// The control: this user cannot remove a directory that is read-only indeed.
    fn cannot_remove_read_only(&self) {
        let directory = self.root.join("read-only");
        fs::create_dir(&directory).unwrap();
        fs::write(directory.join("file"), b"").unwrap();
        self.give_away(&directory);
        fs::set_permissions(&directory, fs::Permissions::from_mode(0o555)).unwrap();
        let removed = self.command("rm").arg("-rf").arg(&directory).output().unwrap();
        assert!(!removed.status.success() && directory.join("file").exists());
        fs::set_permissions(&directory, fs::Permissions::from_mode(0o755)).unwrap();
        let removed = self.command("rm").arg("-rf").arg(&directory).output().unwrap();
        assert!(removed.status.success() && !directory.exists());
    }
}

#[test]
fn a_bundle_whose_archive_claims_closed_directories_is_removed_by_gc() {
    let scene = Scene::in_memory();
    let root = scene.world.path("");
    let device = Unprivileged::new(&scene, &root);
    device.cannot_remove_read_only();

    let forged = locked_archive();
    let description = Description::of(&forged.files);
    scene.world.forge().replace_release(&description, &forged.bytes);
    assert_eq!(device.sync_and_confirm(), "3.0.0");
    // Panics at any mode that locks the owner out, makes a file executable or sets its user.
    assert_eq!(device.yard.bundle(&description.id).len(), 4);

    for (name, version, sequence) in [("v4", "4.0.0", "4"), ("v5", "5.0.0", "5")] {
        scene.world.web(name, &[("index.html", version)]);
        scene.world.publish(name, version, &["--sequence", sequence]).ok();
        assert_eq!(device.sync_and_confirm(), version);
    }
    device.verb(&["gc"]);
    let bundles = device.yard.device().state().join("bundles");
    assert!(!bundles.join(&description.id).exists(), "gc removed it");
    assert!(
        fs::read_dir(&bundles).unwrap().count() > 0,
        "and not the one that runs"
    );
    assert_eq!(device.yard.scratch_bytes(), 0);
    device.yard.clear();
}
