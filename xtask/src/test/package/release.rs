//! The package of a release, rehearsed: with everything that only machines with NDK and Xcode build, would npm pack it?
//! What is built is kept out of commits, and npm reads the same lists of ignored files.

use std::path::Path;

use anyhow::{Context as _, Result};

use super::Verdict;
use super::app::copy;
use super::contents;
use crate::native::BUILT;
use crate::process::Command;
use crate::repository::Repository;

/// What decides over the package's content, and the folders that hold it.
const COPIED: &[&str] = &["package.json", ".gitignore", "README.md", "android", "ios"];

/// Lays the package out in a folder of its own, with a stand-in for each file that a build would make.
pub(super) fn rehearsal(repository: &Repository, folder: &Path) -> Result<Vec<Verdict>> {
    let stage = folder.join("rehearsal");
    std::fs::create_dir_all(&stage).with_context(|| format!("make {}", stage.display()))?;
    for name in COPIED {
        copy(&repository.path(name), &stage.join(name))?;
    }
    for path in BUILT {
        let built = stage.join(path);
        let parent = built.parent().context("a built file without a folder")?;
        std::fs::create_dir_all(parent).with_context(|| format!("make {}", parent.display()))?;
        std::fs::write(&built, "stands in for what is built").with_context(|| format!("write {path}"))?;
    }
    let npm = Command::new("npm").in_folder(&stage);
    let packed = contents::packed(&npm, &["--dry-run"])?;
    let verdicts = BUILT
        .iter()
        .map(|path| Verdict::new(format!("once built, it holds {path}"), packed.holds(path)));
    Ok(verdicts.collect())
}
