//! Tells the linker of the small library (profile `phone`) to keep one of functions that are the same, instruction by
//! instruction, and one of constants that are the same: nothing here compares the addresses of either. And to pack
//! relocations: as Android's loader reads them since API 23, and as glibc's does since 2.36. docs/benchmarks.md says what
//! it saves.

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let is = |name: &str, value: &str| env::var(name).is_ok_and(|found| found == value);
    let small = is("OPT_LEVEL", "z");
    // Where lld links: the NDK's, and Rust's own for this system.
    let android = is("CARGO_CFG_TARGET_OS", "android");
    let linux = is("TARGET", "x86_64-unknown-linux-gnu");
    let packed = match (android, linux) {
        (true, _) => "-Wl,--pack-dyn-relocs=android",
        (_, true) => "-Wl,-z,pack-relative-relocs",
        _ => return,
    };
    if small {
        println!("cargo::rustc-cdylib-link-arg=-Wl,--icf=all,--ignore-data-address-equality");
        println!("cargo::rustc-cdylib-link-arg={packed}");
    }
}
