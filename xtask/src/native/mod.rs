//! What ships natively: the Rust core built for Android and iOS with its bindings, and the checks before a release.
//! Both builds need what only some machines have (the NDK, Xcode) and say first what is missing; the project's CI has
//! both (.github/workflows/release.yml).

mod android;
mod check;
mod elf;
mod ios;
mod tools;

use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::process::Command;
use crate::repository::Repository;
use crate::ui;

pub(crate) use check::{Args, run as check};

/// What the package holds only once both builds have run.
pub(crate) const BUILT: &[&str] = &[
    "android/generated/dev/airlock/ffi/airlock_ffi.kt",
    "android/src/main/jniLibs/arm64-v8a/libairlock_ffi.so",
    "android/src/main/jniLibs/armeabi-v7a/libairlock_ffi.so",
    "android/src/main/jniLibs/x86_64/libairlock_ffi.so",
    "ios/Frameworks/AirlockFFI.xcframework/Info.plist",
    "ios/Sources/AirlockCore/Generated/AirlockFFI.swift",
];

/// A function with a frame pointer needs half as many words for unwinding (124 kB on x86-64), and LLVM's limit for inlining,
/// 5 at opt-level z, leaves calls that cost more than what they call (18 kB; 0 and 25 are worse).
const RUST_FLAGS: &str = "-C force-frame-pointers=yes -C llvm-args=-inline-threshold=15";

/// zstd's decoder with one kernel each for literals and sequences, as on ARM, where there is no BMI2 (53 kB on x86-64).
const C_FLAGS: &str =
    "-DDYNAMIC_BMI2=0 -DHUF_FORCE_DECOMPRESS_X1=1 -DZSTD_FORCE_DECOMPRESS_SEQUENCES_SHORT=1";

/// What the compilers are told beside the profile `phone`, which has no place for it.
pub(crate) fn for_phones(cargo: Command) -> Command {
    cargo
        .variable("RUSTFLAGS", RUST_FLAGS)
        .variable("CFLAGS", C_FLAGS)
}

/// An Android ABI, and what a library for it must be.
#[derive(Clone, Copy, Debug)]
struct Abi {
    /// As Android and cargo-ndk name it.
    name: &'static str,
    /// As Rust names it.
    target: &'static str,
    /// ELF's number of the processor (`EM_AARCH64` and so on).
    machine: u16,
    /// Devices with pages of 16 KiB are 64-bit only; Google Play asks for it there.
    pages: elf::Pages,
}

/// The ABIs of phones that run Android 7 or newer, and of emulators on a PC.
const ABIS: &[Abi] = &[
    Abi {
        name: "arm64-v8a",
        target: "aarch64-linux-android",
        machine: 183,
        pages: elf::Pages::Of16KiB,
    },
    Abi {
        name: "armeabi-v7a",
        target: "armv7-linux-androideabi",
        machine: 40,
        pages: elf::Pages::Of4KiB,
    },
    Abi {
        name: "x86_64",
        target: "x86_64-linux-android",
        machine: 62,
        pages: elf::Pages::Of16KiB,
    },
];

/// `npm run build:android`.
pub(crate) fn build_android(repository: &Repository) -> Result<ExitCode> {
    let ndk = tools::android()?;
    android::build(repository, &ndk)?;
    check::libraries(repository)
}

/// `npm run build:ios`.
pub(crate) fn build_ios(repository: &Repository) -> Result<ExitCode> {
    tools::ios()?;
    ios::build(repository)?;
    ui::line("ios/Frameworks/AirlockFFI.xcframework and its Swift bindings are in place");
    Ok(ExitCode::SUCCESS)
}

/// One message for everything that is missing: nobody likes to install tools one error at a time.
fn require(what: &str, missing: &[String]) -> Result<()> {
    if missing.is_empty() {
        return Ok(());
    }
    let list: String = missing.iter().map(|each| format!("\n  - {each}")).collect();
    bail!("{what} needs what is not here:{list}")
}
