//! `cargo xtask`: the project's own tools. `test` runs every layer of checks, `tidy` enforces the rules of the house,
//! `fuzz` looks for bytes that break a promise, `bench` measures, `demo` shows the whole product at work, `bindings` makes
//! what Kotlin and Swift call, `build-android` and `build-ios` build what ships natively and `native-check` looks at it,
//! `tuf-conformance` runs the official suite of TUF clients. Nothing here ships.

mod airlock;
mod bench;
mod bindings;
mod conformance;
mod demo;
mod device;
mod fuzz;
mod kotlin;
mod native;
mod npm;
mod packages;
mod process;
mod provision;
mod python;
mod repository;
mod swift;
mod test;
mod tidy;
mod ui;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use repository::Repository;

/// Airlock's developer tools.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", disable_version_flag = true)]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Run every layer of checks and tests, cheapest first, and sum them up in one table
    Test(test::Args),
    /// Enforce the rules of the house: dependencies, file lengths, links, codes, lock files
    Tidy,
    /// Fuzz what reads bytes from outside: libFuzzer, on the pinned toolchain
    Fuzz(fuzz::Args),
    /// Update a real web app over the air in a real browser, break it, and watch it recover
    Demo(demo::Args),
    /// Measure what a user feels, beside something known, in one run
    Bench(bench::Args),
    /// Write the bindings of airlock-ffi for another language
    Bindings(bindings::Args),
    /// Build the Rust core and its Kotlin into android/; needs the NDK and cargo-ndk
    BuildAndroid,
    /// Build the Rust core and its Swift into ios/; needs a Mac with Xcode
    BuildIos,
    /// Look at what was built natively before it is released: processor, page size, size
    NativeCheck(native::Args),
    /// Compare what other languages can call with what was agreed on
    Interface(bindings::InterfaceArgs),
    /// Run the official TUF conformance suite against `airlock tuf`
    TufConformance(conformance::Args),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(cli.task) {
        Ok(code) => code,
        Err(error) => {
            ui::error(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(task: Task) -> anyhow::Result<ExitCode> {
    let repository = Repository::find()?;
    match task {
        Task::Test(args) => test::run(&repository, &args),
        Task::Tidy => tidy::run(&repository),
        Task::Fuzz(args) => fuzz::run(&repository, &args),
        Task::Demo(args) => demo::run(&repository, &args),
        Task::Bench(args) => bench::run(&repository, &args),
        Task::Bindings(args) => bindings::run(&repository, &args),
        Task::BuildAndroid => native::build_android(&repository),
        Task::BuildIos => native::build_ios(&repository),
        Task::NativeCheck(args) => native::check(&repository, &args),
        Task::Interface(args) => bindings::interface(&repository, &args),
        Task::TufConformance(args) => conformance::run(&repository, &args),
    }
}
