//! The iOS side on Linux: `swift test` over the real library and a real repository, the token's script in a page, and
//! the type-check of the plugin as it ships.

mod assemble;
mod count;
mod fixture;
mod manifest;
mod objc;
mod typecheck;

use std::path::Path;

use anyhow::Result;

use super::layer::{Outcome, Skipped};
use super::{Context, cargo, node};
use crate::airlock::Airlock;
use crate::bindings::{self, Language, Library};
use crate::swift::{self, Swift};
use crate::{npm, ui};

use fixture::Fixture;

pub(super) fn layer(context: &Context) -> Result<Outcome> {
    if let Some(missing) = npm::missing() {
        return Err(Skipped::because(missing));
    }
    let repository = context.repository;
    npm::install(repository)?;
    let Some(swift) = Swift::ready(repository)? else {
        return Err(Skipped::because(swift::MISSING));
    };
    let bindings = repository.path("target/swift/bindings");
    bindings::generate(repository, Language::Swift, Library::Faults, &bindings)?;
    let package = assemble::package(repository, &bindings)?;
    let airlock = Airlock::new(cargo::build_airlock(repository, cargo::Build::Dev)?);
    let fixture = Fixture::make(repository, &airlock)?;
    ui::line(&ui::paint(ui::FAINT, "     building the Swift package"));
    let swift_in = |arguments: &[&str]| {
        let command = swift
            .command(repository, &package, "swift")
            .args(arguments.iter().copied());
        command.variable("AIRLOCK_FIXTURE", fixture.folder.display().to_string())
    };
    swift_in(&["build", "--build-tests"]).quietly()?;
    let tested = count::tests(&swift_in(&["test", "--skip-build"]))?;
    let script = script(context, &fixture.folder)?;
    let manifest = manifest::check(repository, &swift)?;
    Ok(tested
        .plus(script)
        .plus(manifest)
        .plus(typecheck::check(repository, &swift)?))
}

/// The script that the tests wrote, run as a page runs it.
fn script(context: &Context, folder: &Path) -> Result<Outcome> {
    let arguments = ["--test", "--test-reporter=spec"];
    let command = context.repository.command("node").args(arguments);
    let command = command.args(node::files(context.repository, "tests/swift")?);
    node::count(&command.variable("AIRLOCK_LAUNCH_SCRIPTS", folder.display().to_string()))
}
