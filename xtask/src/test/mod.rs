//! `cargo xtask test`: every layer in order, live, and one table at the end.

mod arm64;
mod cargo;
mod ffi;
mod kotlin;
mod layer;
mod layers;
mod leftovers;
mod node;
mod package;
mod summary;
mod swift;

use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Result, bail};

use crate::repository::Repository;
use crate::ui;

pub(crate) use cargo::{Build, build_airlock};

use cargo::TestPrograms;
use layer::{Layer, Outcome, Skipped};
use layers::LAYERS;
use summary::Row;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The layers to run; all of them when none is named
    layers: Vec<String>,
    /// Print the layers and what each one proves, and run nothing
    #[arg(long)]
    list: bool,
    /// Remove what a layer built for itself alone once it has run, for machines with little disk
    #[arg(long)]
    drop_builds: bool,
}

/// What the layers share.
pub(crate) struct Context<'r> {
    repository: &'r Repository,
    programs: TestPrograms,
    /// CI=true: nothing may be skipped.
    strict: bool,
}

pub(crate) fn run(repository: &Repository, args: &Args) -> Result<ExitCode> {
    if args.list {
        list();
        return Ok(ExitCode::SUCCESS);
    }
    let chosen = choose(&args.layers)?;
    let strict = std::env::var("CI").is_ok_and(|value| value == "true" || value == "1");
    let context = Context {
        repository,
        programs: TestPrograms::default(),
        strict,
    };
    let rows: Vec<Row> = chosen
        .into_iter()
        .map(|layer| {
            let row = run_layer(&context, layer);
            if args.drop_builds
                && let Err(error) = leftovers::drop_of(repository, layer.name)
            {
                ui::warning(&format!("{error:#}"));
            }
            row
        })
        .collect();
    Ok(if summary::print(&rows) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn list() {
    for layer in LAYERS {
        ui::line(&format!("{:<12}{}", layer.name, layer.proves));
    }
}

/// The named layers in their own order, whatever order they were named in.
fn choose(names: &[String]) -> Result<Vec<&'static Layer>> {
    if let Some(unknown) = names
        .iter()
        .find(|name| LAYERS.iter().all(|layer| layer.name != **name))
    {
        bail!("there is no layer `{unknown}`; `cargo xtask test --list` prints them all");
    }
    Ok(LAYERS
        .iter()
        .filter(|layer| names.is_empty() || names.iter().any(|name| name == layer.name))
        .collect())
}

fn run_layer(context: &Context, layer: &'static Layer) -> Row {
    ui::heading(layer.name, layer.proves);
    let start = Instant::now();
    let outcome = match (layer.run)(context) {
        Ok(outcome) => outcome.or_failed_when_empty(),
        Err(error) => match error.downcast::<Skipped>() {
            Ok(skipped) if !context.strict => {
                ui::warning(&format!("skipped: {}", skipped.reason));
                Outcome::skipped(skipped.reason)
            }
            Ok(skipped) => Outcome::broken(format!(
                "with CI=true no layer may be skipped: {}",
                skipped.reason
            )),
            Err(error) => Outcome::broken(format!("{error:#}")),
        },
    };
    if let (true, Some(note)) = (outcome.failed > 0, &outcome.note) {
        ui::error(note);
    }
    Row {
        layer: layer.name,
        outcome,
        time: start.elapsed(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_run_in_their_own_order_and_an_unknown_one_is_refused() {
        let names = |wanted: &[&str]| -> Vec<&str> {
            let wanted: Vec<String> = wanted.iter().map(|name| (*name).to_owned()).collect();
            choose(&wanted).unwrap().iter().map(|layer| layer.name).collect()
        };
        assert_eq!(names(&["engine", "format"]), ["format", "engine"]);
        assert_eq!(names(&[]).len(), LAYERS.len());
        assert!(choose(&["engin".to_owned()]).is_err());
    }

    #[test]
    fn a_skipped_layer_is_a_failure_when_strict_and_only_then() {
        static ABSENT: Layer = Layer {
            name: "absent",
            proves: "",
            run: |_| Err(Skipped::because("no browser")),
        };
        let repository = Repository::find().unwrap();
        let outcome = |strict| {
            let context = Context {
                repository: &repository,
                programs: TestPrograms::default(),
                strict,
            };
            run_layer(&context, &ABSENT).outcome
        };
        assert_eq!((outcome(false).skipped, outcome(false).failed), (1, 0));
        assert_eq!((outcome(true).skipped, outcome(true).failed), (0, 1));
    }
}
