//! A device alone in a directory, with a home, a temporary and a working directory of its own, so that
//! whatever a process leaves anywhere is seen.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::airlock::Run;
use crate::identity::Identity;
use crate::listing::Listing;
use crate::world::{Device, World};

/// What a sync may write in: all below the store, none of it what an app runs.
const SCRATCH: &[&str] = &["staging", "downloads", "trash"];

/// The roots that a yard's processes trust: one, and the server speaks plain HTTP on loopback anyway. To read the
/// system's is two thirds of a small sync's time, and memory that would hide what an archive costs.
const ROOTS: &str = "roots.pem";

/// The directory of one device.
pub struct Yard<'w> {
    root: PathBuf,
    device: Device<'w>,
}

/// How a process ended, and the most memory it held, in bytes.
pub struct Measured {
    /// Its end.
    pub run: Run,
    /// Peak resident set, in bytes.
    pub peak: u64,
}

impl<'w> Yard<'w> {
    /// A copy of the world's device in `name`, which may lie in a yard that was there before.
    pub fn copy(world: &'w World, name: &str) -> Self {
        let root = world.path(name);
        for directory in ["home", "tmp", "cwd"] {
            fs::create_dir_all(root.join(directory)).unwrap();
            fs::write(root.join(directory).join("keep"), directory).unwrap();
        }
        Identity::of("localhost").write(&root.join(ROOTS));
        let state = root.join("state");
        let copied = Command::new("cp")
            .arg("-a")
            .arg(world.device().state())
            .arg(&state)
            .status();
        assert!(copied.expect("cp starts").success());
        let device = world.device_in(state);
        Self { root, device }
    }

    /// The device.
    pub fn device(&self) -> &Device<'w> {
        &self.device
    }

    /// `airlock device … sync`, at home here. `program` is airlock-test-peak.
    pub fn sync(&self, program: &str) -> Measured {
        let peak = self.root.with_extension("peak");
        let mut command = Command::new(program);
        command.arg(&peak);
        self.at_home(command, &["sync"], |mut command| {
            let run = Run::of(&mut command);
            let peak = fs::read_to_string(&peak).expect("the peak was written");
            Measured {
                run,
                peak: peak.parse().unwrap(),
            }
        })
    }

    /// A verb under another program, such as strace, whose command line it ends.
    pub fn at_home<T>(&self, mut outer: Command, verb: &[&str], run: impl FnOnce(Command) -> T) -> T {
        let plain = self.device.command(verb);
        outer.arg(plain.get_program()).args(plain.get_args());
        outer
            .env("HOME", self.root.join("home"))
            .env("TMPDIR", self.root.join("tmp"))
            .env("SSL_CERT_FILE", self.root.join(ROOTS));
        outer.current_dir(self.root.join("cwd"));
        run(outer)
    }

    /// Everything but what a sync may change: the metadata it accepted, and its scratch directories.
    pub fn listing(&self) -> Listing {
        let open: Vec<String> = SCRATCH
            .iter()
            // What failed is written down, for people.
            .chain(&["metadata", "failures.json"])
            .map(|name| format!("state/{name}"))
            .collect();
        let open: Vec<&str> = open.iter().map(String::as_str).collect();
        // To make its directories changes the time of the store's own.
        Listing::of(&self.root, &open).without_time_of("state")
    }

    /// Bytes of files in the scratch directories.
    pub fn scratch_bytes(&self) -> u64 {
        let below = SCRATCH.iter().map(|name| bytes(&self.device.state().join(name)));
        below.sum()
    }

    /// The files of an installed bundle and their bytes.
    pub fn bundle(&self, id: &str) -> BTreeMap<String, Vec<u8>> {
        let root = self.device.state().join("bundles").join(id);
        let mut files = BTreeMap::new();
        collect(&root, "", &mut files);
        files
    }

    /// Removes it.
    pub fn clear(self) {
        fs::remove_dir_all(&self.root).unwrap();
    }
}

fn bytes(path: &Path) -> u64 {
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_dir() => fs::read_dir(path)
            .unwrap()
            .map(|entry| bytes(&entry.unwrap().path()))
            .sum(),
        Ok(metadata) => metadata.len(),
        Err(_) => 0,
    }
}

/// Files are plain ones that nobody may execute, directories ones that can be emptied.
fn collect(directory: &Path, prefix: &str, files: &mut BTreeMap<String, Vec<u8>>) {
    use std::os::unix::fs::MetadataExt as _;
    for entry in fs::read_dir(directory).unwrap() {
        let entry = entry.unwrap();
        let key = format!("{prefix}{}", entry.file_name().to_str().unwrap());
        let metadata = fs::symlink_metadata(entry.path()).unwrap();
        if metadata.is_dir() {
            assert_eq!(metadata.mode() & 0o700, 0o700, "{key}");
            collect(&entry.path(), &format!("{key}/"), files);
        } else {
            assert!(metadata.is_file(), "{key} is not a file");
            assert_eq!(
                metadata.mode() & 0o7111,
                0,
                "{key} has permissions of the archive"
            );
            assert_eq!(metadata.mode() & 0o600, 0o600, "{key}");
            files.insert(key, fs::read(entry.path()).unwrap());
        }
    }
}
