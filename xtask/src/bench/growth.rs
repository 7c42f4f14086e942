//! How cost grows with a bundle: from 1 to 200 MB, and from 10 to 10,000 files. And one bundle of 100 MB with 1 % changed, beside
//! the copy of its tree.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::json;

use super::random::Random;
use super::sample::Samples;
use crate::airlock::Airlock;
use crate::device::{Device, expect};
use crate::process::Command;
use crate::repository::{Repository, text};
use crate::test::{Build, build_airlock};
use crate::ui;

const APP: &str = "dev.airlock.bench";
const FOLDER: &str = "target/bench/growth";
const MEGABYTE: usize = 1000 * 1000;

/// Bundles of a hundred files each.
const SIZES: [Shape; 5] = [
    Shape::of(1, 100),
    Shape::of(5, 100),
    Shape::of(20, 100),
    Shape::of(100, 100),
    Shape::of(200, 100),
];

/// Bundles of ten megabytes each.
const COUNTS: [Shape; 4] = [
    Shape::of(10, 10),
    Shape::of(10, 100),
    Shape::of(10, 1_000),
    Shape::of(10, 10_000),
];

/// What is held against `cp -r`.
const COPIED: Shape = Shape::of(100, 1_000);

#[derive(clap::Args)]
pub(super) struct Args {
    /// Runs of each kind
    #[arg(long, default_value_t = 5)]
    runs: usize,
    /// Only the bundle of 100 MB beside `cp -r`
    #[arg(long)]
    only_copy: bool,
    /// Put the numbers into docs/benchmarks.md
    #[arg(long)]
    pub(super) write: bool,
}

#[derive(Clone, Copy)]
struct Shape {
    megabytes: usize,
    files: usize,
}

impl Shape {
    const fn of(megabytes: usize, files: usize) -> Shape {
        Shape { megabytes, files }
    }
}

/// One bundle's installations: the whole archive, and a patch over 1 %.
struct Point {
    shape: Shape,
    archive: Samples,
    patch: Samples,
    copy: Samples,
    durable_copy: Samples,
    /// The same process with nothing to install.
    idle: Samples,
}

pub(super) fn measure(repository: &Repository, args: &Args) -> Result<String> {
    let airlock = Airlock::new(build_airlock(repository, Build::Release)?);
    let folder = repository.path(FOLDER);
    let points = |shapes: &[Shape]| {
        let all = shapes
            .iter()
            .map(|shape| point(&airlock, &folder, *shape, args.runs));
        all.collect::<Result<Vec<Point>>>()
    };
    let copied = points(&[COPIED])?;
    let (sizes, counts) = match args.only_copy {
        true => (Vec::new(), Vec::new()),
        false => (points(&SIZES)?, points(&COUNTS)?),
    };
    let tables = [
        beside_copy(args.runs, &copied),
        growing("MB (100 files)", &sizes, |shape| shape.megabytes),
        growing("files (10 MB)", &counts, |shape| shape.files),
    ];
    Ok(tables.concat().join("\n") + "\n")
}

fn point(airlock: &Airlock, folder: &Path, shape: Shape, runs: usize) -> Result<Point> {
    ui::line(&format!("  {} MB in {} files", shape.megabytes, shape.files));
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("remove {}", folder.display()))?;
    }
    let [old, new, empty] = ["old", "new", "empty"].map(|name| folder.join(name));
    write(&old, &new, shape)?;
    fs::create_dir_all(&empty).and_then(|()| fs::write(empty.join("index.html"), "nothing yet"))?;
    let project = folder.join("project");
    publish(airlock, &project, [&old, &new])?;
    let device = |name: String, embedded: &PathBuf| {
        let device = Device {
            airlock,
            state: text(&folder.join(name))?,
            embedded: text(embedded)?,
            config: text(&project.join("capacitor.airlock.json"))?,
            server: airlock.serve(&project.join("repository"))?,
        };
        device.verb(&["launch"])?;
        anyhow::Ok(device)
    };
    let script = "cp -r \"$0\" \"$1\" && sync -f \"$1\"";
    let mut columns = [const { Vec::new() }; 5];
    for run in 0..runs {
        let place = |name: &str| text(&folder.join(format!("{name}-{run}")));
        let (whole, patched) = (device(place("whole")?, &empty)?, device(place("patched")?, &old)?);
        let new = text(&new)?;
        let commands = [
            whole.command(&["sync"]),
            patched.command(&["sync"]),
            Command::new("cp").args(["-r", &new, &place("copied")?]),
            Command::new("sh").args(["-c", script, &new, &place("durable")?]),
            patched.command(&["sync"]),
        ];
        for (column, samples) in columns.iter_mut().zip(Samples::take(1, &commands)?) {
            column.push(samples);
        }
        for (device, route) in [(&whole, "archive"), (&patched, "patch")] {
            expect(&device.verb(&["status"])?, "/next/version", &json!("2.0.0"))
                .with_context(|| format!("the update by {route}"))?;
        }
        for name in ["whole", "patched", "copied", "durable"] {
            fs::remove_dir_all(place(name)?)?;
        }
    }
    let [archive, patch, copy, durable_copy, idle] = columns.map(Samples::join);
    Ok(Point {
        shape,
        archive,
        patch,
        copy,
        durable_copy,
        idle,
    })
}

/// Two versions: in the newer one file in a hundred is another one, or in a smaller bundle a part of one file.
fn write(old: &Path, new: &Path, shape: Shape) -> Result<()> {
    let mut random = Random::new(shape.megabytes as u64 * 100_000 + shape.files as u64);
    let bytes = shape.megabytes * MEGABYTE / shape.files;
    for number in 0..shape.files {
        let name = match number {
            0 => "index.html".to_owned(),
            _ => format!("chunks/{}/{number}.js", number / 250),
        };
        let mut content = random.words(bytes);
        for folder in [old, new] {
            let path = folder.join(&name);
            fs::create_dir_all(path.parent().context("a file lies in a folder")?)?;
            if folder == new && number % 100 == 0 {
                let part = (bytes * shape.files.min(100) / 100).max(1);
                let changed = random.words(part);
                content.splice(..part.min(bytes), changed);
            }
            fs::write(path, &content)?;
        }
    }
    Ok(())
}

fn publish(airlock: &Airlock, project: &Path, folders: [&Path; 2]) -> Result<()> {
    let key = text(&project.join("keys/release.pem"))?;
    let project = text(project)?;
    airlock.json(["init", &project, "--app-id", APP, "--no-passphrase"])?;
    for (folder, version) in folders.iter().zip(["1.0.0", "2.0.0"]) {
        let folder = text(folder)?;
        airlock
            .command(["publish", &folder, "--version", version, "--project", &project])
            .args(["--no-single-files", "--patches", "1"])
            .output()?;
        if version == "1.0.0" {
            airlock
                .command([
                    "pack",
                    &folder,
                    "--in-place",
                    "--app-id",
                    APP,
                    "--version",
                    version,
                ])
                .args(["--sequence", "1", "--key", &key])
                .output()?;
        }
    }
    Ok(())
}

fn beside_copy(runs: usize, points: &[Point]) -> Vec<String> {
    let mut lines = vec![
        format!("The best of {runs} runs each, in turn; memory is the largest of any run, above that of the same process with nothing to install."),
        String::new(),
        "| bundle, 1 % changed | sync by patch | memory | `cp -r` of the tree | ratio | `cp -r`, `sync -f` | ratio |".to_owned(),
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |".to_owned(),
    ];
    for point in points {
        let above = point.patch.memory().saturating_sub(point.idle.memory());
        lines.push(format!(
            "| {} MB in {} files | {:.0} ms | {} | {:.0} ms | {:.2} | {:.0} ms | {:.2} |",
            point.shape.megabytes,
            point.shape.files,
            best(&point.patch) * 1e3,
            ui::size(above),
            best(&point.copy) * 1e3,
            best(&point.patch) / best(&point.copy),
            best(&point.durable_copy) * 1e3,
            best(&point.patch) / best(&point.durable_copy),
        ));
    }
    lines
}

fn growing(what: &str, points: &[Point], by: impl Fn(Shape) -> usize) -> Vec<String> {
    if points.is_empty() {
        return Vec::new();
    }
    let mut lines = vec![
        String::new(),
        format!("| {what} | sync of the archive | memory | sync by patch | memory | `cp -r` |"),
        "| ---: | ---: | ---: | ---: | ---: | ---: |".to_owned(),
    ];
    for point in points {
        lines.push(format!(
            "| {} | {:.0} ms | {} | {:.0} ms | {} | {:.0} ms |",
            by(point.shape),
            best(&point.archive) * 1e3,
            ui::size(point.archive.memory()),
            best(&point.patch) * 1e3,
            ui::size(point.patch.memory()),
            best(&point.copy) * 1e3,
        ));
    }
    let exponent = |of: fn(&Point) -> &Samples| {
        let places: Vec<(f64, f64)> = points
            .iter()
            .map(|point| ((by(point.shape) as f64).ln(), best(of(point)).ln()))
            .collect();
        slope(&places)
    };
    lines.push(format!(
        "| exponent | {:.2} | | {:.2} | | {:.2} |",
        exponent(|point| &point.archive),
        exponent(|point| &point.patch),
        exponent(|point| &point.copy),
    ));
    lines
}

fn best(samples: &Samples) -> f64 {
    samples.wall(0).as_secs_f64()
}

/// The slope of the line with the least squares: on logarithms, the exponent.
fn slope(places: &[(f64, f64)]) -> f64 {
    let count = places.len() as f64;
    let sum = |of: &dyn Fn(&(f64, f64)) -> f64| places.iter().map(of).sum::<f64>();
    let (x, y) = (sum(&|place| place.0) / count, sum(&|place| place.1) / count);
    sum(&|place| (place.0 - x) * (place.1 - y)) / sum(&|place| (place.0 - x).powi(2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exponent_of_a_power_is_found() {
        let places: Vec<(f64, f64)> = [1.0_f64, 10.0, 100.0]
            .iter()
            .map(|x| (x.ln(), (3.0 * x.powf(1.5)).ln()))
            .collect();
        assert!((slope(&places) - 1.5).abs() < 1e-9);
    }
}
