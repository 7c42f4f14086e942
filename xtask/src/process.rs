//! Child processes: run live while every line is read along, or quietly for their output.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use anyhow::{Context, Result, bail};

/// A command about to be run. Its standard input is always empty: no tool may wait for an answer.
#[derive(Clone)]
pub(crate) struct Command {
    program: String,
    args: Vec<String>,
    folder: Option<PathBuf>,
    variables: Vec<(String, String)>,
    without: Vec<String>,
}

impl Command {
    pub(crate) fn new(program: impl Into<String>) -> Command {
        Command {
            program: program.into(),
            args: Vec::new(),
            folder: None,
            variables: Vec::new(),
            without: Vec::new(),
        }
    }

    pub(crate) fn args<A: Into<String>>(mut self, args: impl IntoIterator<Item = A>) -> Command {
        self.args.extend(args.into_iter().map(Into::into));
        self
    }

    pub(crate) fn in_folder(mut self, folder: &Path) -> Command {
        self.folder = Some(folder.to_path_buf());
        self
    }

    pub(crate) fn variable(mut self, name: &str, value: impl Into<String>) -> Command {
        self.variables.push((name.to_owned(), value.into()));
        self
    }

    /// Takes one of this process's own variables away from it.
    pub(crate) fn without(mut self, name: &str) -> Command {
        self.without.push(name.to_owned());
        self
    }

    /// As a person would type it.
    pub(crate) fn shown(&self) -> String {
        let mut words = vec![self.program.clone()];
        words.extend(self.args.iter().cloned());
        words.join(" ")
    }

    /// Runs with both outputs shown; `true` when it exits 0.
    pub(crate) fn succeeds(&self) -> Result<bool> {
        let mut child = self.start(Stdio::inherit(), Stdio::inherit())?;
        Ok(child
            .wait()
            .with_context(|| format!("wait for `{}`", self.shown()))?
            .success())
    }

    /// Runs with both outputs shown; an exit code other than 0 is an error.
    pub(crate) fn must_succeed(&self) -> Result<()> {
        if self.succeeds()? {
            return Ok(());
        }
        bail!("`{}` failed; its output is above", self.shown())
    }

    /// Runs without a word when all is well; on a failure everything it said is shown.
    pub(crate) fn quietly(&self) -> Result<()> {
        let child = self.start(Stdio::piped(), Stdio::piped())?;
        let output = child
            .wait_with_output()
            .with_context(|| format!("wait for `{}`", self.shown()))?;
        if output.status.success() {
            return Ok(());
        }
        let said = [output.stdout, output.stderr].concat();
        bail!(
            "`{}` ended with {}:\n{}",
            self.shown(),
            output.status,
            String::from_utf8_lossy(&said).trim()
        );
    }

    /// Runs with standard output handed to `line`, one line at a time as it comes; standard error is shown.
    pub(crate) fn lines(&self, mut line: impl FnMut(&str) -> Result<()>) -> Result<bool> {
        let mut child = self.start(Stdio::piped(), Stdio::inherit())?;
        let stdout = child.stdout.take().context("the child has no standard output")?;
        for text in BufReader::new(stdout).split(b'\n') {
            let text = text.with_context(|| format!("read what `{}` prints", self.shown()))?;
            line(String::from_utf8_lossy(&text).trim_end_matches('\r'))?;
        }
        Ok(child
            .wait()
            .with_context(|| format!("wait for `{}`", self.shown()))?
            .success())
    }

    /// Runs quietly and returns standard output; on an exit code other than 0 standard error is the error.
    pub(crate) fn output(&self) -> Result<String> {
        let child = self.start(Stdio::piped(), Stdio::piped())?;
        let output = child
            .wait_with_output()
            .with_context(|| format!("wait for `{}`", self.shown()))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            bail!("`{}` ended with {}: {}", self.shown(), output.status, said.trim());
        }
        String::from_utf8(output.stdout)
            .with_context(|| format!("`{}` printed bytes, not text", self.shown()))
    }

    /// Starts the program and leaves it running.
    pub(crate) fn start(&self, stdout: Stdio, stderr: Stdio) -> Result<Child> {
        let mut command = std::process::Command::new(&self.program);
        command
            .args(&self.args)
            .stdin(Stdio::null())
            .stdout(stdout)
            .stderr(stderr);
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        for name in &self.without {
            command.env_remove(name);
        }
        if let Some(folder) = &self.folder {
            command.current_dir(folder);
        }
        command
            .spawn()
            .with_context(|| format!("start `{}`", self.shown()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        Command::new("sh").args(["-c", script])
    }

    #[test]
    fn output_is_returned_and_a_failure_carries_what_the_program_said() {
        assert_eq!(shell("printf hello").output().unwrap(), "hello");
        let error = shell("echo sorry >&2; exit 3").output().unwrap_err().to_string();
        assert!(error.contains("sorry") && error.contains('3'), "{error}");
    }

    #[test]
    fn lines_come_one_by_one_with_the_verdict_at_the_end() {
        let mut seen = Vec::new();
        let ok = shell("echo one; echo two; exit 1").lines(|line| {
            seen.push(line.to_owned());
            Ok(())
        });
        assert_eq!(
            (seen, ok.unwrap()),
            (vec!["one".to_owned(), "two".to_owned()], false)
        );
    }

    #[test]
    fn a_quiet_command_tells_everything_once_it_fails() {
        assert!(shell("echo fine").quietly().is_ok());
        let error = shell("echo out; echo err >&2; exit 1")
            .quietly()
            .unwrap_err()
            .to_string();
        assert!(error.contains("out") && error.contains("err"), "{error}");
    }

    #[test]
    fn a_missing_program_is_an_error_that_names_it() {
        let error = Command::new("airlock-has-no-such-program")
            .succeeds()
            .unwrap_err();
        assert!(format!("{error:#}").contains("airlock-has-no-such-program"));
    }
}
