//! Tools for the tests and the demo: found, or installed where the machine allows it.

use std::path::Path;

use anyhow::{Result, bail};

use crate::process::Command;
use crate::ui;

/// What a person can do when there is no browser.
pub(crate) const NO_BROWSER: &str = "no Chromium or Chrome was found; install one (Debian and Ubuntu: `apt-get install chromium`), \
     or set CHROME_PATH to the executable";

const PROGRAMS: &[&str] = &[
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
];

const ELSEWHERE: &[&str] = &[
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/snap/bin/chromium",
];

/// The path of a browser; installs Debian's Chromium when there is none and the machine lets us.
pub(crate) fn browser() -> Result<Option<String>> {
    if let Some(found) = find(std::env::var("CHROME_PATH").ok()) {
        return Ok(Some(found));
    }
    if !may_install() {
        return Ok(None);
    }
    let installed = install(&["chromium", "fonts-dejavu-core"])?;
    Ok(find(None).filter(|_| installed))
}

/// What keeps the fault tests from running here, if anything: they trace system calls and mount small disks.
/// Installs strace when there is none and the machine lets us.
pub(crate) fn missing_for_faults() -> Result<Option<&'static str>> {
    if !is_root() {
        return Ok(Some("mounting a small disk needs root"));
    }
    let has_strace = || Command::new("strace").args(["-V"]).output().is_ok();
    if has_strace() || (may_install() && install(&["strace"])? && has_strace()) {
        return Ok(None);
    }
    Ok(Some(
        "strace is missing (Debian and Ubuntu: `apt-get install strace`)",
    ))
}

/// Installs Debian's packages where the machine lets us; `false` where it does not.
pub(crate) fn install_if_allowed(packages: &[&str]) -> Result<bool> {
    Ok(may_install() && install(packages)?)
}

/// Programs whose Debian packages have their names: found, or installed where the machine lets us.
///
/// # Errors
/// Those that are missing, with what to do.
pub(crate) fn programs(names: &[&str]) -> Result<()> {
    let missing = absent(names);
    if missing.is_empty() || (install_if_allowed(&missing)? && absent(names).is_empty()) {
        return Ok(());
    }
    let missing = missing.join(" ");
    bail!("not found: {missing} (Debian and Ubuntu: `apt-get install {missing}`)")
}

/// Some answer to no question with success, so they are looked for by their files.
fn absent<'n>(names: &[&'n str]) -> Vec<&'n str> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<_> = std::env::split_paths(&path).collect();
    let is_absent = |name: &&&str| !folders.iter().any(|folder| folder.join(name).is_file());
    names.iter().filter(is_absent).copied().collect()
}

/// Whether a program is there to be run.
pub(crate) fn has(program: &str) -> bool {
    Command::new(program).args(["--version"]).output().is_ok()
}

fn install(packages: &[&str]) -> Result<bool> {
    let names = packages.join(", ");
    ui::line(&ui::paint(
        ui::FAINT,
        format!("     installing {names} from the system's packages"),
    ));
    let apt = |args: &[&str]| {
        Command::new("apt-get")
            .args(args.iter().copied())
            .variable("DEBIAN_FRONTEND", "noninteractive")
            .succeeds()
    };
    let options = ["install", "-y", "-qq", "--no-install-recommends"];
    Ok(apt(&["update", "-qq"])? && apt(&[&options[..], packages].concat())?)
}

/// CHROME_PATH first: whoever set it meant it.
fn find(named: Option<String>) -> Option<String> {
    if let Some(path) = named.filter(|path| !path.is_empty()) {
        return Path::new(&path).is_file().then_some(path);
    }
    let on_path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&on_path).collect::<Vec<_>>();
    let programs = PROGRAMS
        .iter()
        .flat_map(|program| folders.iter().map(move |folder| folder.join(program)));
    let fixed = ELSEWHERE.iter().map(|path| Path::new(path).to_path_buf());
    programs
        .chain(fixed)
        .find(|path| path.is_file())
        .map(|path| path.display().to_string())
}

/// Debian's packages, as root and without a question.
pub(crate) fn may_install() -> bool {
    is_root() && has("apt-get")
}

fn is_root() -> bool {
    Command::new("id")
        .args(["-u"])
        .output()
        .is_ok_and(|id| id.trim() == "0")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_on_the_path_is_found_and_nothing_else() {
        assert_eq!(absent(&["sh", "no-such-program"]), ["no-such-program"]);
    }

    #[test]
    fn a_named_browser_is_taken_as_it_is_and_never_replaced_by_another() {
        let this = std::env::current_exe().unwrap().display().to_string();
        assert_eq!(find(Some(this.clone())), Some(this));
        assert_eq!(find(Some("/no/such/browser".to_owned())), None);
    }
}
