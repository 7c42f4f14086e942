//! Python, only where another implementation of TUF is driven: virtual environments below target/.

use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::process::Command;
use crate::provision;
use crate::repository::Repository;
use crate::ui;

pub(crate) const MISSING: &str =
    "python3 with venv is missing (Debian and Ubuntu: `apt-get install python3-venv`)";

/// The interpreter of an environment in `folder` with exactly what pip installs for `requirements` (its
/// arguments). Nothing where there is no Python and none may be installed.
pub(crate) fn environment(
    repository: &Repository,
    folder: &str,
    requirements: &[&str],
) -> Result<Option<PathBuf>> {
    let place = repository.path(folder);
    let python = place.join("bin/python");
    let wish = wish(repository, requirements)?;
    let record = place.join("airlock-installed.txt");
    if python.is_file() && std::fs::read_to_string(&record).is_ok_and(|installed| installed == wish) {
        return Ok(Some(python));
    }
    if !can_make_environments() && !provision::install_if_allowed(&["python3", "python3-venv"])? {
        return Ok(None);
    }
    ui::line(&ui::paint(
        ui::FAINT,
        format!("     installing Python packages in {folder}"),
    ));
    let folder_text = place.display().to_string();
    Command::new("python3")
        .args(["-m", "venv", "--clear", folder_text.as_str()])
        .quietly()?;
    repository
        .command(python.display().to_string())
        .args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--only-binary",
            ":all:",
        ])
        .args(requirements.iter().copied())
        .quietly()?;
    std::fs::write(&record, wish).with_context(|| format!("write {}", record.display()))?;
    Ok(Some(python))
}

/// What the environment must hold; another wish makes a new one.
fn wish(repository: &Repository, requirements: &[&str]) -> Result<String> {
    let mut wish = requirements.join(" ");
    for file in requirements.iter().filter(|argument| argument.ends_with(".txt")) {
        wish.push('\n');
        wish.push_str(&repository.read(file)?);
    }
    Ok(wish)
}

/// Debian's python3 has the module, but not without the package python3-venv.
fn can_make_environments() -> bool {
    Command::new("python3")
        .args(["-c", "import ensurepip, venv"])
        .output()
        .is_ok()
}
