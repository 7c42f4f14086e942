//! A Capacitor app that has just been made, and what its developer types.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::process::Command;
use crate::repository::Repository;
use crate::ui;

/// The files of the app before it has the plugin.
const TEMPLATE: &str = "tests/package/app";

/// The app, and the Node that runs Capacitor's command line.
pub(super) struct App {
    folder: PathBuf,
    node: PathBuf,
}

impl App {
    /// Copies the template into `folder` and installs its packages as locked.
    pub(super) fn fresh(repository: &Repository, folder: &Path, node: PathBuf) -> Result<App> {
        let app = App {
            folder: folder.join("app"),
            node,
        };
        copy(&repository.path(TEMPLATE), &app.folder)?;
        app.npm(&["ci", "--ignore-scripts"]).quietly()?;
        Ok(app)
    }

    /// `npm install <tarball>`, as the README tells a developer.
    pub(super) fn install(&self, tarball: &Path) -> Result<()> {
        let tarball = tarball.to_str().context("the path of the tarball is not text")?;
        self.npm(&["install", tarball]).quietly()
    }

    /// `npx cap …`: what it said, both outputs together. An exit code other than 0 is an error that carries it.
    pub(super) fn cap(&self, args: &[&str]) -> Result<String> {
        let script = ["node_modules/@capacitor/cli/bin/capacitor"];
        let node = self.node.to_str().context("the path of node is not text")?;
        let mut command = std::process::Command::new(node);
        command.args(script).args(args).current_dir(&self.folder);
        // No colours in what is read, and no question to a person.
        command
            .env("CI", "true")
            .env("NO_COLOR", "1")
            .env_remove("FORCE_COLOR");
        let output = command
            .stdin(std::process::Stdio::null())
            .output()
            .with_context(|| format!("start `npx cap {}`", args.join(" ")))?;
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        let said = anstream::adapter::strip_str(&said).to_string();
        if !output.status.success() {
            ui::line(said.trim_end());
            bail!("`npx cap {}` failed; its output is above", args.join(" "));
        }
        Ok(said)
    }

    /// The app's own TypeScript compiler, over the app's own files.
    pub(super) fn compiles(&self) -> Result<bool> {
        Command::new("node")
            .args(["node_modules/typescript/bin/tsc", "--project", "."])
            .in_folder(&self.folder)
            .succeeds()
    }

    /// A file of the app; empty when it is not there, so that the rule about it fails by its name.
    pub(super) fn text(&self, relative: &str) -> String {
        std::fs::read_to_string(self.folder.join(relative)).unwrap_or_default()
    }

    pub(super) fn has(&self, relative: &str) -> bool {
        self.folder.join(relative).exists()
    }

    fn npm(&self, args: &[&str]) -> Command {
        Command::new("npm")
            .args(args.iter().copied())
            .args(["--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"])
            .in_folder(&self.folder)
    }
}

/// Copies a file, or a folder with everything in it but installed packages.
pub(super) fn copy(from: &Path, to: &Path) -> Result<()> {
    if from.is_file() {
        std::fs::copy(from, to).with_context(|| format!("copy {}", from.display()))?;
        return Ok(());
    }
    std::fs::create_dir_all(to).with_context(|| format!("make {}", to.display()))?;
    let entries = std::fs::read_dir(from).with_context(|| format!("read {}", from.display()))?;
    for entry in entries {
        let entry = entry.with_context(|| format!("read {}", from.display()))?;
        if entry.file_name() != "node_modules" {
            copy(&entry.path(), &to.join(entry.file_name()))?;
        }
    }
    Ok(())
}
