//! Where the repository is, and which files belong to it.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::process::Command;

/// The checked-out repository this tool was built from.
pub(crate) struct Repository {
    root: PathBuf,
}

impl Repository {
    /// The folder above xtask/, where the workspace's Cargo.toml is.
    pub(crate) fn find() -> Result<Repository> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"))
            .parent()
            .context("xtask has no parent folder")?;
        if !root.join("Cargo.toml").is_file() {
            bail!(
                "{} holds no Cargo.toml; build xtask again after moving the repository",
                root.display()
            );
        }
        Ok(Repository {
            root: root.to_path_buf(),
        })
    }

    /// Another folder, for the tools' own tests.
    #[cfg(test)]
    pub(crate) fn at(root: &Path) -> Repository {
        Repository {
            root: root.to_path_buf(),
        }
    }

    /// A path below the root.
    pub(crate) fn path(&self, relative: impl AsRef<Path>) -> PathBuf {
        self.root.join(relative)
    }

    /// A command that runs in the root.
    pub(crate) fn command(&self, program: impl Into<String>) -> Command {
        Command::new(program).in_folder(&self.root)
    }

    /// Every file that is committed, or would be by `git add -A`, relative to the root and sorted.
    pub(crate) fn files(&self) -> Result<Vec<String>> {
        let listed = self
            .command("git")
            .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
            .output()
            .context("list the repository's files; tidy needs git and a clone")?;
        let mut files: Vec<String> = listed
            .split('\0')
            .filter(|name| !name.is_empty() && self.path(name).is_file())
            .map(str::to_owned)
            .collect();
        files.sort();
        files.dedup();
        Ok(files)
    }

    pub(crate) fn read(&self, relative: impl AsRef<Path>) -> Result<String> {
        let path = self.path(relative);
        std::fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))
    }
}

/// A path as an argument.
pub(crate) fn text(path: &Path) -> Result<String> {
    path.to_str()
        .map(str::to_owned)
        .with_context(|| format!("{} is no text", path.display()))
}
