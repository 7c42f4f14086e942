//! Swift: the machine's own where there is one, else Debian's in a root of its own below target/.
//!
//! Debian 12 has no Swift, and the next release's would replace its C library. So the toolchain lives in a small
//! Debian of its own, entered with chroot in a private mount namespace: nothing stays mounted, and the folder may be
//! deleted at any time.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::process::Command;
use crate::provision;
use crate::repository::Repository;
use crate::ui;

/// What a person can do when there is no Swift.
pub(crate) const MISSING: &str = "no Swift: install a toolchain of 6.0 or newer so that `swift` is on the path; on Debian this \
     installs one by itself below target/, which needs root, apt-get and the right to mount";

/// The Debian release that the toolchain is taken from, and the version that was tried. A point release may rebuild it.
const SUITE: &str = "trixie";
const PACKAGES: &[&str] = &[
    "swiftlang=6.0.3*",
    "libstdc++-14-dev",
    "libc6-dev",
    "git",
    "ca-certificates",
];
const ROOT: &str = "target/swift-root";

/// Where `swift` and `swiftc` are.
pub(crate) enum Swift {
    /// On the path.
    Here,
    /// In a root of its own.
    Root(PathBuf),
}

impl Swift {
    /// Finds the toolchain, or installs it where the machine lets us. The download is 0.6 GB, the folder 2.7 GB.
    pub(crate) fn ready(repository: &Repository) -> Result<Option<Swift>> {
        if is_new_enough(
            &Command::new("swift")
                .args(["--version"])
                .output()
                .unwrap_or_default(),
        ) {
            return Ok(Some(Swift::Here));
        }
        let root = repository.path(ROOT);
        let record = root.join("airlock-installed.txt");
        let installed = || std::fs::read_to_string(&record).is_ok_and(|text| text == wish());
        if !may_mount() {
            return Ok(None);
        }
        if !installed() {
            let Some(mirror) = mirror()? else {
                return Ok(None);
            };
            install(&root, &mirror)?;
            std::fs::write(&record, wish()).with_context(|| format!("write {}", record.display()))?;
        }
        Ok(Some(Swift::Root(root)))
    }

    /// A program of the toolchain, run in `folder`, which must be in the repository: nothing else is seen from inside.
    pub(crate) fn command(&self, repository: &Repository, folder: &Path, program: &str) -> Command {
        match self {
            Swift::Here => Command::new(program).in_folder(folder),
            Swift::Root(root) => Command::new("unshare").args([
                "--mount".to_owned(),
                "--propagation=private".to_owned(),
                "sh".to_owned(),
                "-euc".to_owned(),
                INSIDE.to_owned(),
                program.to_owned(),
                root.display().to_string(),
                repository.path("").display().to_string(),
                folder.display().to_string(),
                program.to_owned(),
            ]),
        }
    }
}

/// $0 names the program in messages, $1 is the root, $2 what is bound into it at the same path, $3 the folder to run in.
const INSIDE: &str = r#"
root=$1 bound=${2%/} folder=$3; shift 3
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mkdir -p "$root$bound"
mount --bind "$bound" "$root$bound"
exec chroot "$root" /usr/bin/env HOME=/root LANG=C.UTF-8 PATH=/usr/bin:/bin sh -c 'cd "$1"; shift; exec "$@"' sh "$folder" "$@"
"#;

/// $1 is the root; the packages follow.
const INSTALL: &str = r#"
root=$1; shift
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
export DEBIAN_FRONTEND=noninteractive LANG=C.UTF-8
chroot "$root" apt-get update -qq
chroot "$root" apt-get install -y -qq --no-install-recommends "$@"
chroot "$root" apt-get clean
"#;

fn install(root: &Path, mirror: &str) -> Result<()> {
    ui::line(&ui::paint(
        ui::FAINT,
        format!("     installing Debian's Swift in {ROOT} (0.6 GB to fetch, a minute on a quick line)"),
    ));
    if !provision::has("debootstrap") && !provision::install_if_allowed(&["debootstrap"])? {
        bail!("debootstrap could not be installed; what apt-get said is above");
    }
    if root.exists() {
        std::fs::remove_dir_all(root).with_context(|| format!("remove {}", root.display()))?;
    }
    let place = root.display().to_string();
    Command::new("debootstrap")
        .args(["--variant=minbase", SUITE, &place, mirror])
        .quietly()
        .context("make a small Debian for Swift; check the network, then run this again")?;
    // Same names, same way out as this machine.
    std::fs::copy("/etc/resolv.conf", root.join("etc/resolv.conf")).context("copy /etc/resolv.conf")?;
    Command::new("unshare")
        .args([
            "--mount",
            "--propagation=private",
            "sh",
            "-euc",
            INSTALL,
            "install",
            &place,
        ])
        .args(PACKAGES.iter().copied())
        .quietly()
        .context("install swiftlang there; check the network and 3 GB of free disk, then run this again")
}

/// What the root must hold; another wish makes a new one.
fn wish() -> String {
    format!("{SUITE} {}\n", PACKAGES.join(" "))
}

/// Whether this may enter a root of its own: /proc must be mounted there, or the compiler does not find itself.
fn may_mount() -> bool {
    let probe = [
        "--mount",
        "--propagation=private",
        "mount",
        "-t",
        "tmpfs",
        "none",
        "/mnt",
    ];
    provision::may_install() && Command::new("unshare").args(probe).quietly().is_ok()
}

/// Debian's archive as this machine's apt reaches it; nothing on another system.
fn mirror() -> Result<Option<String>> {
    let printed = Command::new("apt-get")
        .args(["indextargets", "--format", "$(LABEL) $(REPO_URI)"])
        .output()?;
    if let Some(mirror) = archive(&printed) {
        return Ok(Some(mirror));
    }
    // A fresh machine knows its sources' names only after it has read them once.
    Command::new("apt-get").args(["update", "-qq"]).quietly()?;
    let printed = Command::new("apt-get")
        .args(["indextargets", "--format", "$(LABEL) $(REPO_URI)"])
        .output()?;
    Ok(archive(&printed))
}

fn archive(printed: &str) -> Option<String> {
    let of_debian = |line: &str| line.strip_prefix("Debian ").map(str::to_owned);
    printed
        .lines()
        .find_map(of_debian)
        .filter(|uri| uri.starts_with("http"))
}

/// `Swift version 6.0.3 (swift-6.0.3-RELEASE)`; Apple's own says `Apple Swift version …`.
fn is_new_enough(printed: &str) -> bool {
    let version = printed.split("Swift version ").nth(1).unwrap_or_default();
    let major = version.split('.').next().unwrap_or_default();
    major.parse::<u32>().is_ok_and(|major| major >= 6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_swift_is_not_taken() {
        assert!(is_new_enough(
            "Swift version 6.0.3 (swift-6.0.3-RELEASE)\nTarget: x"
        ));
        assert!(is_new_enough("Apple Swift version 6.2 (swiftlang-6.2.0.1)"));
        for old in ["Swift version 5.10.1 (swift-5.10.1-RELEASE)", "swift: 1.2", ""] {
            assert!(!is_new_enough(old), "{old}");
        }
    }

    #[test]
    fn the_archive_is_debians_own_and_not_its_security_updates() {
        let printed = "Debian-Security http://a.example/debian-security/\nDebian http://a.example/debian/\n";
        assert_eq!(archive(printed).as_deref(), Some("http://a.example/debian/"));
        assert_eq!(archive("Ubuntu http://b.example/ubuntu/\n"), None);
        assert_eq!(archive(""), None);
    }
}
