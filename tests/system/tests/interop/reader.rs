//! Two clients that do the same: ours and python-tuf's.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use airlock_system_tests::{Server, airlock};
use tempfile::TempDir;

/// The interpreter of an environment with python-tuf.
pub(crate) struct Python(PathBuf);

impl Python {
    /// As `cargo xtask test interop` names it. Elsewhere the tests say that they did not run; in CI they fail.
    pub(crate) fn find() -> Option<Python> {
        let python = std::env::var_os("AIRLOCK_PYTHON");
        assert!(
            python.is_some() || std::env::var_os("CI").is_none(),
            "AIRLOCK_PYTHON is not set; run `cargo xtask test interop`"
        );
        if python.is_none() {
            eprintln!("not run without python-tuf: `cargo xtask test interop` brings it");
        }
        python.map(|python| Python(python.into()))
    }

    /// Lets python-tuf write its repositories.
    pub(crate) fn write(&self, folder: &Path) {
        let output = self.run("write.py", |command| command.arg(folder));
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }

    fn run(&self, script: &str, arguments: impl FnOnce(&mut Command) -> &mut Command) -> Output {
        let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("../interop");
        let mut command = Command::new(&self.0);
        // Isolated from the user's environment; and nothing is written into the source tree.
        command.args(["-I", "-B"]).arg(scripts.join(script));
        arguments(&mut command).output().expect("python starts")
    }
}

/// Which client.
pub(crate) enum Reader<'p> {
    Airlock,
    PythonTuf(&'p Python),
}

impl<'p> Reader<'p> {
    /// A client that has seen nothing and trusts `root`.
    pub(crate) fn client(&self, server: &Server, root: &Path) -> Client<'p> {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let python = match self {
            Reader::PythonTuf(python) => Some(*python),
            Reader::Airlock => {
                let mut init = airlock();
                init.args(["tuf", "--metadata-dir"])
                    .arg(folder.path().join("state"));
                let init = init.arg("init").arg(root).output().expect("the binary starts");
                assert!(init.status.success(), "{}", String::from_utf8_lossy(&init.stderr));
                None
            }
        };
        Client {
            python,
            folder,
            url: server.url().to_owned(),
            root: root.to_owned(),
        }
    }
}

/// A client with its memory.
pub(crate) struct Client<'p> {
    python: Option<&'p Python>,
    folder: TempDir,
    url: String,
    root: PathBuf,
}

impl Client<'_> {
    /// Refreshes, then downloads.
    pub(crate) fn download(&self, names: &[&str]) -> Verdict {
        let (metadata, targets) = (format!("{}/metadata", self.url), format!("{}/targets", self.url));
        let (state, downloads) = (
            self.folder.path().join("state"),
            self.folder.path().join("downloads"),
        );
        let output = match self.python {
            Some(python) => python.run("read.py", |command| {
                let command = command.arg(metadata).arg(targets).arg(&self.root);
                command.arg(state).arg(downloads).args(names)
            }),
            None => {
                let mut command = airlock();
                command
                    .args(["tuf", "--metadata-url", &metadata, "--metadata-dir"])
                    .arg(state);
                command.arg("download").args(["--target-base-url", &targets]);
                command.arg("--target-dir").arg(downloads);
                names.iter().for_each(|name| {
                    command.args(["--target-name", name]);
                });
                command.output().expect("the binary starts")
            }
        };
        Verdict {
            client: if self.python.is_some() {
                "python-tuf"
            } else {
                "airlock tuf"
            },
            output,
        }
    }

    /// The content of a target that was downloaded. Both clients keep it under its percent-encoded name.
    pub(crate) fn downloaded(&self, name: &str) -> Vec<u8> {
        let file = name.replace('/', "%2F");
        fs::read(self.folder.path().join("downloads").join(file)).expect("it was downloaded")
    }
}

/// How a download ended.
pub(crate) struct Verdict {
    client: &'static str,
    output: Output,
}

impl Verdict {
    pub(crate) fn accepted(&self) {
        assert!(self.output.status.success(), "{}: {}", self.client, self.words());
    }

    /// Refused in so many words: exit code 1, and no traceback or panic.
    pub(crate) fn refused(&self, what: &str) {
        let words = self.words();
        assert_eq!(
            self.output.status.code(),
            Some(1),
            "{} accepted {what}: {words}",
            self.client
        );
        for accident in ["Traceback", "panicked"] {
            assert!(!words.contains(accident), "{}: {what}: {words}", self.client);
        }
    }

    fn words(&self) -> String {
        String::from_utf8_lossy(&self.output.stderr).into_owned()
    }
}
