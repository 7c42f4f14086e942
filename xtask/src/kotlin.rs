//! What the Kotlin tests run with: a JDK, and from Maven Central the compiler, Android's framework and Robolectric.
//! Maven's own settings say where Central is reached; each file is held against tests/kotlin/checksums.sha256.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::provision;
use crate::repository::Repository;
use crate::ui;

/// What a person can do without a JDK or Maven.
pub(crate) const MISSING: &str = "a JDK (17 or newer) or Maven is missing (Debian and Ubuntu: `apt-get install default-jdk-headless maven`)";

const CHECKSUMS: &str = "tests/kotlin/checksums.sha256";

/// Whether a JDK and Maven are there; installs them where the machine lets us.
pub(crate) fn has_tools() -> Result<bool> {
    let there = || provision::has("javac") && provision::has("mvn");
    Ok(there() || (provision::install_if_allowed(&["default-jdk-headless", "maven"])? && there()))
}

/// The folder with exactly the files that checksums.sha256 names.
pub(crate) fn libraries(repository: &Repository) -> Result<Libraries> {
    let folder = repository.path("target/kotlin/libraries");
    let wanted = repository.read(CHECKSUMS)?;
    let record = repository.path("target/kotlin/verified.txt");
    if std::fs::read_to_string(&record).is_ok_and(|verified| verified == wanted) {
        return Libraries::read(folder);
    }
    ui::line(&ui::paint(
        ui::FAINT,
        "     fetching Kotlin, Robolectric and Android's framework (390 MB, once)",
    ));
    std::fs::create_dir_all(&folder).with_context(|| format!("create {}", folder.display()))?;
    fetch(repository, &folder)?;
    verify(repository, &folder)?;
    std::fs::write(&record, wanted).with_context(|| format!("write {}", record.display()))?;
    Libraries::read(folder)
}

fn fetch(repository: &Repository, folder: &Path) -> Result<()> {
    repository
        .command("mvn")
        .args(["--quiet", "--batch-mode", "--file", "tests/kotlin/pom.xml"])
        .args(["dependency:copy-dependencies".to_owned(), format!("-DoutputDirectory={}", folder.display())])
        .quietly()
        .context("Maven could not fetch what tests/kotlin/pom.xml names; it uses the repositories of your settings.xml")
}

fn verify(repository: &Repository, folder: &Path) -> Result<()> {
    let list = repository.path(CHECKSUMS).display().to_string();
    crate::process::Command::new("sha256sum")
        .args(["--check", "--strict", "--quiet", list.as_str()])
        .in_folder(folder)
        .quietly()
        .with_context(|| {
            format!(
                "{} holds other files than {CHECKSUMS} names; remove it and try again",
                folder.display()
            )
        })
}

/// The fetched files, by name.
pub(crate) struct Libraries {
    folder: PathBuf,
    names: Vec<String>,
}

impl Libraries {
    fn read(folder: PathBuf) -> Result<Libraries> {
        let entries = std::fs::read_dir(&folder).with_context(|| format!("read {}", folder.display()))?;
        let mut names: Vec<String> = entries
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .collect();
        names.sort();
        Ok(Libraries { folder, names })
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The one file whose name is `artifact`, a dash and a version.
    pub(crate) fn one(&self, artifact: &str) -> Result<String> {
        let is_it = |name: &&String| {
            name.strip_prefix(artifact)
                .and_then(|rest| rest.strip_prefix('-'))
                .is_some_and(|version| version.starts_with(|first: char| first.is_ascii_digit()))
        };
        match self.names.iter().filter(is_it).collect::<Vec<_>>()[..] {
            [name] => Ok(self.path(name)),
            _ => bail!("{} holds no single {artifact}", self.folder.display()),
        }
    }

    /// The jars whose name starts with one of these.
    pub(crate) fn jars_of(&self, starts: &[&str]) -> Vec<String> {
        self.jars(|name| starts.iter().any(|start| name.starts_with(start)))
    }

    /// All jars but those whose name starts with one of these.
    pub(crate) fn jars_without(&self, starts: &[&str]) -> Vec<String> {
        self.jars(|name| !starts.iter().any(|start| name.starts_with(start)))
    }

    fn jars(&self, wanted: impl Fn(&str) -> bool) -> Vec<String> {
        self.names
            .iter()
            .filter(|name| name.ends_with(".jar") && wanted(name))
            .map(|name| self.path(name))
            .collect()
    }

    fn path(&self, name: &str) -> String {
        self.folder.join(name).display().to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn libraries() -> Libraries {
        let names = [
            "android-all-14-r-1.jar",
            "android-all-instrumented-14-i7.jar",
            "junit-4.13.2.jar",
            "framework-14.aar",
        ];
        Libraries {
            folder: PathBuf::from("/l"),
            names: names.map(str::to_owned).to_vec(),
        }
    }

    #[test]
    fn an_artifact_is_found_by_its_name_and_not_by_another_that_begins_like_it() {
        assert_eq!(
            libraries().one("android-all").unwrap(),
            "/l/android-all-14-r-1.jar"
        );
        assert!(libraries().one("android").is_err());
        assert!(libraries().one("kotlin-stdlib").is_err());
    }

    #[test]
    fn jars_are_left_out_by_the_start_of_their_names() {
        assert_eq!(
            libraries().jars_without(&["android-all"]),
            ["/l/junit-4.13.2.jar"]
        );
    }
}
