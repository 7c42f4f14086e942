//! A test's own folder and the real binary.
#![allow(dead_code, reason = "every test binary uses its own part of this")]
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics is a test that fails, its helpers included"
)]

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// A moment in 2027, for runs that must not depend on the clock.
pub(crate) const NOW: &str = "1800000000000";

/// A folder of its own, in which commands run.
pub(crate) struct Desk {
    folder: TempDir,
}

/// What a command left behind.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Desk {
    pub(crate) fn new() -> Desk {
        Desk {
            folder: tempfile::tempdir().expect("a temporary folder"),
        }
    }

    /// A desk with a web app in `dist` and a project in `.`, keys in the clear.
    pub(crate) fn with_project() -> Desk {
        let desk = Desk::new();
        desk.web_app("dist", "one");
        desk.run([
            "init",
            "--app-id",
            "com.example.app",
            "--no-passphrase",
            "--now",
            NOW,
        ])
        .succeeds();
        desk
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, content).expect("a file");
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// A small web app whose start page says `text`.
    pub(crate) fn web_app(&self, folder: &str, text: &str) {
        self.write(&format!("{folder}/index.html"), format!("<h1>{text}</h1>"));
        self.write(
            &format!("{folder}/assets/app.js"),
            "console.log('hello');\n".repeat(100),
        );
    }

    /// The command, not started yet; nothing of the tester's environment gets in.
    pub(crate) fn command<I: IntoIterator<Item: AsRef<OsStr>>>(&self, args: I) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_airlock"));
        command
            .args(args)
            .current_dir(self.folder.path())
            .stdin(Stdio::null());
        command
            .env_remove("AIRLOCK_PASSPHRASE")
            .env_remove("NO_COLOR")
            .env_remove("CLICOLOR_FORCE");
        command
    }

    pub(crate) fn run<I: IntoIterator<Item: AsRef<OsStr>>>(&self, args: I) -> Outcome {
        Outcome::of(&mut self.command(args))
    }

    /// The files below `folder`, sorted, with their content.
    pub(crate) fn tree(&self, folder: &str) -> Vec<(PathBuf, Vec<u8>)> {
        let mut files = Vec::new();
        collect(&self.path(folder), &mut files);
        files.sort();
        files
    }

    /// The only file in `folder` whose name ends so.
    pub(crate) fn find(&self, folder: &str, suffix: &str) -> PathBuf {
        let found: Vec<PathBuf> = self
            .tree(folder)
            .into_iter()
            .map(|(path, _)| path)
            .filter(|path| path.to_string_lossy().ends_with(suffix))
            .collect();
        assert_eq!(found.len(), 1, "{suffix} in {folder}: {found:?}");
        found[0].clone()
    }
}

impl Outcome {
    pub(crate) fn of(command: &mut Command) -> Outcome {
        let output = command.output().expect("the binary starts");
        Outcome {
            code: output.status.code().expect("no signal"),
            stdout: String::from_utf8(output.stdout).expect("UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("UTF-8"),
        }
    }

    pub(crate) fn succeeds(self) -> Outcome {
        assert_eq!(self.code, 0, "{self:#?}");
        self
    }

    /// Fails with this exit code, and the sentence contains these words and, in brackets, the stable code.
    pub(crate) fn fails(self, exit_code: i32, code: &str, words: &str) -> Outcome {
        assert_eq!(self.code, exit_code, "{self:#?}");
        assert!(
            self.stderr.contains(&format!("[{code}]")),
            "no [{code}] in {self:#?}"
        );
        assert!(self.stderr.contains(words), "no {words:?} in {self:#?}");
        assert!(self.stderr.starts_with("error: "), "{self:#?}");
        self
    }

    /// The same when another program had its say on stderr before.
    pub(crate) fn fails_with(self, exit_code: i32, code: &str, words: &str) -> Outcome {
        assert_eq!(self.code, exit_code, "{self:#?}");
        let sentence = self.stderr.lines().last().unwrap_or_default();
        assert!(sentence.starts_with("error: "), "{self:#?}");
        assert!(
            sentence.contains(&format!("[{code}]")) && sentence.contains(words),
            "{self:#?}"
        );
        self
    }

    /// The one JSON object on stdout.
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.stdout.lines().count(), 1, "{self:#?}");
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:#?}"))
    }
}

fn collect(folder: &Path, files: &mut Vec<(PathBuf, Vec<u8>)>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.map(|entry| entry.expect("an entry")) {
        if entry.path().is_dir() {
            collect(&entry.path(), files);
        } else {
            files.push((entry.path(), fs::read(entry.path()).expect("a file")));
        }
    }
}
