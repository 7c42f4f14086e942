//! The real binary, as a process.

use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::Value;

/// A command of the binary that was built with these tests.
pub fn airlock() -> Command {
    let mut command = Command::new(binary());
    command.env_remove("AIRLOCK_PASSPHRASE");
    command
}

/// Where that binary is.
pub fn binary() -> PathBuf {
    let test = std::env::current_exe().expect("the test knows its own path");
    let target = test
        .ancestors()
        .nth(2)
        .expect("tests run from target/<profile>/deps");
    let binary = target.join("airlock");
    assert!(
        binary.exists(),
        "build the binary first: cargo build -p airlock-cli"
    );
    binary
}

/// How a process ended.
#[derive(Debug)]
pub struct Run {
    /// The exit code; `None` when a signal ended it.
    pub code: Option<i32>,
    /// The JSON objects on stdout, one a line.
    pub lines: Vec<Value>,
    /// What it said to people.
    pub stderr: String,
}

impl Run {
    /// Runs a command to its end.
    pub fn of(command: &mut Command) -> Self {
        Self::from(command.output().expect("the binary starts"))
    }

    /// The one object that was printed, after exit 0.
    pub fn ok(self) -> Value {
        assert_eq!(self.code, Some(0), "{}", self.stderr);
        assert_eq!(self.lines.len(), 1, "one object was expected: {:?}", self.lines);
        self.lines.into_iter().next().expect("counted above")
    }

    /// Checks a refusal: exit code, stable code, and a sentence on stderr that says it too.
    pub fn refused(self, exit: i32, code: &str) -> Self {
        assert_eq!(self.code, Some(exit), "stderr: {}", self.stderr);
        let printed = self.lines.last().map(|line| line["error"]["code"].clone());
        assert_eq!(
            printed.as_ref().and_then(Value::as_str),
            Some(code),
            "{:?}",
            self.lines
        );
        assert!(
            self.stderr.contains("error: ") && self.stderr.contains(code),
            "{}",
            self.stderr
        );
        assert!(!self.stderr.contains("panicked"), "{}", self.stderr);
        self
    }
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        let lines = output
            .stdout
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty());
        Self {
            code: output.status.code(),
            lines: lines
                .map(|line| serde_json::from_slice(line).expect("stdout is json"))
                .collect(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}
