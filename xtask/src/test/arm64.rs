//! The layer `arm64`: the processor that phones have. The core's own tests run as aarch64 under qemu; the library is
//! type-checked for Android, for which there is no linker without the NDK.

use anyhow::Result;

use super::Context;
use super::cargo;
use super::layer::{Outcome, Skipped};
use crate::process::Command;
use crate::{provision, ui};

const LINUX: &str = "aarch64-unknown-linux-gnu";
const ANDROID: &str = "aarch64-linux-android";

/// Debian's packages: what runs the programs, what compiles ring's C for them, and the C library of both.
const PACKAGES: &[&str] = &["qemu-user", "gcc-aarch64-linux-gnu", "libc6-dev-arm64-cross"];
const QEMU: &str = "qemu-aarch64";
const COMPILER: &str = "aarch64-linux-gnu-gcc";
const ARCHIVER: &str = "aarch64-linux-gnu-ar";
const C_LIBRARY: &str = "/usr/aarch64-linux-gnu";

pub(super) fn layer(context: &Context) -> Result<Outcome> {
    let has_tools = || provision::has(QEMU) && provision::has(COMPILER);
    let ready = has_tools() || (provision::install_if_allowed(PACKAGES)? && has_tools());
    if !ready {
        return Err(Skipped::because(
            "there is no emulator or compiler for aarch64 (Debian: `apt-get install qemu-user gcc-aarch64-linux-gnu \
             libc6-dev-arm64-cross`)",
        ));
    }
    let added = context
        .repository
        .command("rustup")
        .args(["target", "add", LINUX, ANDROID]);
    if added.quietly().is_err() {
        return Err(Skipped::because(
            "rustup has no standard library for aarch64 (`rustup target add aarch64-unknown-linux-gnu \
             aarch64-linux-android`)",
        ));
    }
    let tests = cargo::count(&emulated_tests(context))?;
    Ok(tests.plus(Outcome::single(android_check(context).succeeds()?)))
}

fn emulated_tests(context: &Context) -> Command {
    ui::line(&ui::paint(
        ui::FAINT,
        "     protocol and engine as aarch64, under qemu",
    ));
    for_target(context, "test", LINUX)
        .args(["--package", "airlock-protocol", "--package", "airlock-engine"])
        .args(["--lib", "--test", "protocol"])
        .variable("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER", COMPILER)
        .variable(
            "CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER",
            format!("{QEMU} -L {C_LIBRARY}"),
        )
}

/// ring's C is compiled against glibc's headers, which is good enough for a library that is never linked.
fn android_check(context: &Context) -> Command {
    ui::line(&ui::paint(ui::FAINT, "     checking the library for Android"));
    for_target(context, "check", ANDROID).args(["--package", "airlock-ffi"])
}

fn for_target(context: &Context, verb: &str, target: &str) -> Command {
    let under = target.replace('-', "_");
    context
        .repository
        .command("cargo")
        .args([verb, "--locked", "--target", target])
        .variable(&format!("CC_{under}"), COMPILER)
        .variable(&format!("AR_{under}"), ARCHIVER)
}
