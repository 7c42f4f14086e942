//! The real binary, as anyone would call it.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use anyhow::{Context, Result};
use serde_json::Value;

use crate::process::Command;

/// The built `airlock`.
pub(crate) struct Airlock {
    binary: PathBuf,
}

/// `airlock serve`, ended when this is dropped.
pub(crate) struct Server {
    child: Child,
    /// Where the repository is served.
    pub(crate) url: String,
}

impl Airlock {
    pub(crate) fn new(binary: PathBuf) -> Airlock {
        Airlock { binary }
    }

    pub(crate) fn path(&self) -> String {
        self.binary.display().to_string()
    }

    pub(crate) fn command<const N: usize>(&self, args: [&str; N]) -> Command {
        Command::new(self.path()).args(args)
    }

    /// Runs one command to its end and returns the last JSON object it printed.
    pub(crate) fn json<const N: usize>(&self, args: [&str; N]) -> Result<Value> {
        let printed = self.command(args).args(["--json"]).output()?;
        let last = printed.lines().last().unwrap_or("null");
        serde_json::from_str(last)
            .with_context(|| format!("`{}` printed no JSON: {last}", self.command(args).shown()))
    }

    /// Serves `folder` on a port of the system's choice.
    pub(crate) fn serve(&self, folder: &Path) -> Result<Server> {
        let command = self
            .command(["serve"])
            .args([folder.display().to_string()])
            .args(["--port", "0", "--json", "--quiet"]);
        let mut child = command.start(Stdio::piped(), Stdio::inherit())?;
        let mut line = String::new();
        let stdout = child.stdout.take().context("the server has no standard output")?;
        BufReader::new(stdout)
            .read_line(&mut line)
            .context("read where airlock serves")?;
        let told: Value =
            serde_json::from_str(&line).context("read where airlock serves; it printed no JSON")?;
        let url = told
            .get("url")
            .and_then(Value::as_str)
            .context("airlock serve told no url")?
            .to_owned();
        Ok(Server { child, url })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself, on Ctrl-C for one; either way it is gone afterwards.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
