//! `cargo xtask native-check`: whether what was built natively may be released.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, ensure};

use super::elf::{Pages, Shared};
use super::{ABIS, Abi, BUILT, android};
use crate::repository::Repository;
use crate::ui;

/// The largest library an app may get, per ABI: the budget of the phone's library (a bare one with TLS, zip, zstd and
/// HTTP/2 measures 3.4 MB for x86-64).
const MOST_BYTES: u64 = 3_800_000;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Libraries to look at; those of the Android build, and all that the package needs, when none is named
    libraries: Vec<PathBuf>,
    /// The page size in KiB that named libraries must be loadable with
    #[arg(long, value_enum, default_value = "16")]
    pages: Pages,
}

pub(crate) fn run(repository: &Repository, args: &Args) -> Result<ExitCode> {
    if args.libraries.is_empty() {
        let missing = BUILT.iter().filter(|path| !repository.path(path).is_file());
        let missing: Vec<String> = missing.map(|path| (*path).to_owned()).collect();
        super::require(
            "the package (`npm run build:android` and `npm run build:ios` make it)",
            &missing,
        )?;
        return libraries(repository);
    }
    let verdicts = args.libraries.iter().map(|path| {
        let verdict = size(path).and_then(|bytes| {
            let library = read(path)?;
            library.loads_with(args.pages)?;
            Ok((library, bytes))
        });
        (path.display().to_string(), verdict)
    });
    Ok(report(verdicts))
}

/// One library an ABI, for the right processor, aligned, and no larger than allowed.
pub(super) fn libraries(repository: &Repository) -> Result<ExitCode> {
    let verdicts = ABIS.iter().map(|abi| {
        let path = repository.path(format!("{}/{}/libairlock_ffi.so", android::LIBRARIES, abi.name));
        (abi.name.to_owned(), one(abi, &path))
    });
    Ok(report(verdicts))
}

fn one(abi: &Abi, path: &Path) -> Result<(Shared, u64)> {
    let bytes = size(path)?;
    let library = read(path)?;
    ensure!(
        library.machine == abi.machine,
        "it is for another processor (ELF machine {}, not {})",
        library.machine,
        abi.machine
    );
    library.loads_with(abi.pages)?;
    ensure!(
        bytes <= MOST_BYTES,
        "it has {bytes} bytes and may have {MOST_BYTES}; is it stripped, and of the profile `phone`?"
    );
    Ok((library, bytes))
}

fn size(path: &Path) -> Result<u64> {
    let file = std::fs::metadata(path).with_context(|| format!("find {}", path.display()))?;
    Ok(file.len())
}

fn read(path: &Path) -> Result<Shared> {
    let bytes = std::fs::read(path).with_context(|| format!("read {}", path.display()))?;
    Shared::parse(&bytes)
}

fn report(verdicts: impl Iterator<Item = (String, Result<(Shared, u64)>)>) -> ExitCode {
    let mut code = ExitCode::SUCCESS;
    for (name, verdict) in verdicts {
        match verdict {
            Ok((library, bytes)) => ui::line(&format!(
                "  {} {name}: {bytes} bytes, aligned to {}",
                ui::paint(ui::GOOD, "ok  "),
                ui::size(library.alignment)
            )),
            Err(error) => {
                code = ExitCode::FAILURE;
                ui::line(&format!("  {} {name}: {error:#}", ui::paint(ui::BAD, "FAIL")));
            }
        }
    }
    code
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_abi_has_its_library_in_the_package() {
        for abi in ABIS {
            let path = format!("{}/{}/libairlock_ffi.so", android::LIBRARIES, abi.name);
            assert!(BUILT.contains(&path.as_str()), "{path}");
        }
    }

    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    #[test]
    fn a_library_of_another_processor_is_refused_for_it() {
        let own = std::env::current_exe().unwrap();
        let arm = ABIS.iter().find(|abi| abi.name == "arm64-v8a").unwrap();
        let error = one(arm, &own).unwrap_err().to_string();
        assert!(
            error.contains("another processor (ELF machine 62, not 183)"),
            "{error}"
        );
        let pc = Abi {
            pages: Pages::Of4KiB,
            ..*ABIS.iter().find(|abi| abi.name == "x86_64").unwrap()
        };
        let error = one(&pc, &own).unwrap_err().to_string();
        assert!(
            error.contains(&format!("and may have {MOST_BYTES}")),
            "tests are large and not stripped: {error}"
        );
    }
}
