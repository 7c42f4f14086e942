//! Tells the linker of the small library (profile `phone`) to keep one of functions that are the same, instruction by
//! instruction. Nothing here compares the addresses of functions. docs/benchmarks.md says what it saves.

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let is = |name: &str, value: &str| env::var(name).is_ok_and(|found| found == value);
    let small = is("OPT_LEVEL", "z");
    // Where lld links: the NDK's, and Rust's own for this system.
    let android = is("CARGO_CFG_TARGET_OS", "android");
    let linux = is("TARGET", "x86_64-unknown-linux-gnu");
    if small && (android || linux) {
        println!("cargo::rustc-cdylib-link-arg=-Wl,--icf=all");
    }
}
