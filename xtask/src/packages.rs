//! A web app from npm or PyPI, as its authors published it, and the comparison with what a device installed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::process::Command;
use crate::repository::{Repository, text};

/// What Airlock adds to a bundle on the device.
const DESCRIPTION: &[&str] = &["checksum.json", "checksum.json.sig"];

/// Fetches one version of an npm package and unpacks it; returns the folder with its files.
pub(crate) fn fetch(repository: &Repository, name: &str, version: &str, folder: &Path) -> Result<PathBuf> {
    let target = folder.join(version);
    std::fs::create_dir_all(&target).with_context(|| format!("create {}", target.display()))?;
    let package = format!("{name}@{version}");
    let pack = [
        "pack".to_owned(),
        package,
        "--loglevel=error".to_owned(),
        "--pack-destination".to_owned(),
        text(&target)?,
    ];
    let printed = repository.command("npm").args(pack).output()?;
    let tarball = printed
        .trim()
        .lines()
        .last()
        .context("npm pack named no file")?
        .to_owned();
    Command::new("tar")
        .args(["-xzf", &tarball])
        .in_folder(&target)
        .output()?;
    Ok(target.join("package"))
}

/// Fetches one version of a pure Python package and unpacks its wheel; returns the folder with its files.
pub(crate) fn wheel(repository: &Repository, name: &str, version: &str, folder: &Path) -> Result<PathBuf> {
    let target = folder.join(version);
    let place = text(&target)?;
    let package = format!("{name}=={version}");
    let fetch = [
        "-m",
        "pip",
        "download",
        "--quiet",
        "--disable-pip-version-check",
        "--no-deps",
        "--dest",
        &place,
        &package,
    ];
    repository.command("python3").args(fetch).quietly()?;
    let wheel = std::fs::read_dir(&target)
        .with_context(|| format!("read {place}"))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(|path| path.extension().is_some_and(|extension| extension == "whl"))
        .with_context(|| format!("pip brought no wheel of {package}"))?;
    let unpack = ["-m", "zipfile", "-e", &text(&wheel)?, &place];
    repository.command("python3").args(unpack).quietly()?;
    Ok(target)
}

/// What two trees have in common, when they are the same.
pub(crate) struct Same {
    pub(crate) files: usize,
    pub(crate) bytes: u64,
}

/// Compares every byte of an installed bundle with the folder it was published from.
pub(crate) fn compare(published: &Path, installed: &Path) -> Result<Same> {
    let (theirs, mut ours) = (tree(published)?, tree(installed)?);
    for name in DESCRIPTION {
        ours.remove(*name);
    }
    let names = |tree: &BTreeMap<String, PathBuf>| tree.keys().cloned().collect::<BTreeSet<_>>();
    let odd: Vec<String> = names(&theirs)
        .symmetric_difference(&names(&ours))
        .cloned()
        .collect();
    if !odd.is_empty() {
        bail!(
            "these files are only in one of {} and {}: {odd:?}",
            published.display(),
            installed.display()
        );
    }
    let mut bytes = 0;
    for (name, path) in &theirs {
        let original = read(path)?;
        let Some(copy) = ours.get(name).map(|path| read(path)).transpose()? else {
            continue;
        };
        if original != copy {
            bail!(
                "{name} differs between {} and {}",
                published.display(),
                installed.display()
            );
        }
        bytes += original.len() as u64;
    }
    Ok(Same {
        files: theirs.len(),
        bytes,
    })
}

/// Every file below `folder`, by its path with `/`.
fn tree(folder: &Path) -> Result<BTreeMap<String, PathBuf>> {
    let mut files = BTreeMap::new();
    let mut waiting = vec![(folder.to_path_buf(), String::new())];
    while let Some((folder, prefix)) = waiting.pop() {
        for entry in
            std::fs::read_dir(&folder).with_context(|| format!("read the folder {}", folder.display()))?
        {
            let entry = entry?;
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            if entry.file_type()?.is_dir() {
                waiting.push((entry.path(), format!("{name}/")));
            } else {
                files.insert(name, entry.path());
            }
        }
    }
    Ok(files)
}

fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).with_context(|| format!("read {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str, files: &[(&str, &str)]) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("xtask-compare-{}-{name}", std::process::id()));
        for (path, text) in files {
            let path = folder.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        folder
    }

    #[test]
    fn a_changed_a_missing_and_an_additional_file_are_found() {
        let original = folder("original", &[("index.html", "a"), ("deep/er.js", "b")]);
        let same = folder(
            "same",
            &[("index.html", "a"), ("deep/er.js", "b"), ("checksum.json", "{}")],
        );
        let changed = folder("changed", &[("index.html", "a"), ("deep/er.js", "B")]);
        let less = folder("less", &[("index.html", "a")]);
        let more = folder("more", &[("index.html", "a"), ("deep/er.js", "b"), ("c", "c")]);
        let found = compare(&original, &same).unwrap();
        assert_eq!((found.files, found.bytes), (2, 2));
        for other in [&changed, &less, &more] {
            assert!(compare(&original, other).is_err(), "{}", other.display());
        }
        for made in [original, same, changed, less, more] {
            std::fs::remove_dir_all(made).unwrap();
        }
    }
}
