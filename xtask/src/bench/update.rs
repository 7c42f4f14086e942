//! From one version of a real web app to the next: bytes on the wire and time, by Airlock's route and by others.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::chart::{self, Group};
use super::rivals::{Changes, Cost};
use super::sample::Samples;
use crate::airlock::Airlock;
use crate::device::{self, Device, expect};
use crate::process::Command;
use crate::repository::{Repository, text};
use crate::test::{Build, build_airlock};
use crate::{packages, ui};

const APP: &str = "dev.airlock.bench";
const FOLDER: &str = "target/bench/update";

/// Installations of each kind.
const RUNS: usize = 5;

#[derive(clap::Args)]
pub(super) struct Args {
    /// Only the pairs whose name contains this
    #[arg(long)]
    only: Option<String>,
    /// Put the numbers into docs/benchmarks.md
    #[arg(long)]
    pub(super) write: bool,
}

enum From {
    Npm,
    PyPi,
}

/// Two versions of one app.
struct Pair {
    package: &'static str,
    from: From,
    /// Where the web app lies in the package.
    folder: &'static str,
    versions: [&'static str; 2],
    built: &'static str,
}

const PAIRS: &[Pair] = &[
    Pair {
        package: "jupyterlab",
        from: From::PyPi,
        folder: "jupyterlab/static",
        versions: ["4.6.5", "4.6.6"],
        built: "webpack",
    },
    Pair {
        package: "jupyterlab",
        from: From::PyPi,
        folder: "jupyterlab/static",
        versions: ["4.5.11", "4.6.6"],
        built: "webpack",
    },
    Pair {
        package: "swagger-ui-dist",
        from: From::Npm,
        folder: "",
        versions: ["5.34.1", "5.35.0"],
        built: "webpack, few large files",
    },
    Pair {
        package: "streamlit",
        from: From::PyPi,
        folder: "streamlit/static",
        versions: ["1.66.1", "1.67.0"],
        built: "Vite",
    },
    Pair {
        package: "homebridge-config-ui-x",
        from: From::Npm,
        folder: "public",
        versions: ["5.10.0", "5.28.0"],
        built: "Angular",
    },
    Pair {
        package: "home-assistant-frontend",
        from: From::PyPi,
        folder: "hass_frontend",
        versions: ["20250109.0", "20250109.2"],
        built: "thousands of files, each beside its gzip and Brotli",
    },
];

/// The bytes of a patch, by what they are for.
struct Patch {
    description: u64,
    files: u64,
}

impl Patch {
    /// Two `dcz` streams, one behind the other, each with the same eight bytes before it (RFC 9842 section 5).
    fn read(path: &Path) -> Result<Patch> {
        let bytes = fs::read(path).with_context(|| format!("read {}", path.display()))?;
        let magic = bytes.get(..8).context("a patch has a head")?;
        let second = bytes
            .windows(8)
            .skip(1)
            .position(|window| window == magic)
            .context("a patch has two streams")?;
        let description = second as u64 + 1;
        Ok(Patch {
            description,
            files: bytes.len() as u64 - description,
        })
    }
}

/// What one pair cost.
struct Row {
    pair: String,
    files: String,
    archive: u64,
    brotli: Cost,
    zstd: Cost,
    bsdiff: Option<Cost>,
    patch: Option<Patch>,
    publish: Duration,
    synced: Value,
    /// The same from nothing, so by the archive.
    synced_whole: Value,
    install: [Samples; 4],
}

impl Row {
    fn fetched(&self) -> u64 {
        let bytes = self.synced.get("bytesDownloaded");
        bytes.and_then(Value::as_u64).unwrap_or_default()
    }

    fn group(&self) -> Group {
        Group {
            name: self.pair.clone(),
            bytes: [self.archive, self.brotli.bytes, self.zstd.bytes, self.fetched()],
        }
    }
}

pub(super) fn measure(repository: &Repository, args: &Args) -> Result<String> {
    let airlock = Airlock::new(build_airlock(repository, Build::Release)?);
    let folder = repository.path(FOLDER);
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("remove {}", folder.display()))?;
    }
    let mut rows = Vec::new();
    for (number, pair) in PAIRS.iter().enumerate() {
        let name = format!("{} {} → {}", pair.package, pair.versions[0], pair.versions[1]);
        if args.only.as_ref().is_none_or(|only| name.contains(only)) {
            ui::line(&format!("  {name}"));
            rows.push(row(
                repository,
                &airlock,
                &folder.join(number.to_string()),
                pair,
                name,
            )?);
        }
    }
    if args.write {
        let groups: Vec<Group> = rows.iter().map(Row::group).collect();
        chart::write(repository, &groups)?;
    }
    Ok(tables(&rows))
}

fn row(repository: &Repository, airlock: &Airlock, folder: &Path, pair: &Pair, name: String) -> Result<Row> {
    fs::create_dir_all(folder).with_context(|| format!("create {}", folder.display()))?;
    let [old, new] = pair
        .versions
        .map(|version| unpacked(repository, pair, version, folder));
    let (old, new) = (old?, new?);
    let project = folder.join("project");
    device::begin(airlock, &project, APP, &old, pair.versions[0])?;
    let project_text = text(&project)?;
    let web = text(&new)?;
    let start = Instant::now();
    let published = airlock.json([
        "publish",
        &web,
        "--version",
        pair.versions[1],
        "--project",
        &project_text,
    ])?;
    let publish = start.elapsed();
    let archive = target(&project, 2, ".bundle.zip")?;
    let (synced, synced_whole, install) = installations(airlock, folder, (&old, &new), &archive)?;
    // After the installations: what it holds in memory would count as theirs.
    let changes = Changes::between(
        (&old, &description(&project, 1)?),
        (&new, &description(&project, 2)?),
    )?;
    let made = published.pointer("/patches/0/bytes").and_then(Value::as_u64);
    let patch = made
        .map(|_| Patch::read(&target(&project, 2, ".dcz")?))
        .transpose()?;
    Ok(Row {
        pair: format!("{name} ({})", pair.built),
        files: format!("{} of {}", changes.changed.len(), changes.files),
        archive: fs::metadata(&archive)?.len(),
        brotli: changes.brotli(repository, &new)?,
        zstd: changes.zstd(folder)?,
        bsdiff: changes.bsdiff(folder)?,
        patch,
        publish,
        synced,
        synced_whole,
        install,
    })
}

/// Installs the new version several times: from the old one, and from nothing, each beside what a shell would do.
fn installations(
    airlock: &Airlock,
    folder: &Path,
    (old, new): (&Path, &Path),
    archive: &Path,
) -> Result<(Value, Value, [Samples; 4])> {
    let project = folder.join("project");
    let empty = folder.join("empty");
    fs::create_dir_all(&empty).and_then(|()| fs::write(empty.join("index.html"), "nothing yet"))?;
    let place = |name: &str, run: usize| text(&folder.join(format!("{name}-{run}")));
    let device = |name: &str, run: usize, embedded: &Path| {
        let device = Device {
            airlock,
            state: place(name, run)?,
            embedded: text(embedded)?,
            config: text(&project.join("capacitor.airlock.json"))?,
            server: airlock.serve(&project.join("repository"))?,
        };
        device.verb(&["launch"])?;
        Ok::<_, anyhow::Error>(device)
    };
    let script = "sha256sum \"$0\" >/dev/null && unzip -q \"$0\" -d \"$1\" && sync -f \"$1\"";
    let mut columns = [const { Vec::new() }; 4];
    for run in 0..RUNS {
        let (patched, whole) = (device("patched", run, old)?, device("whole", run, &empty)?);
        let commands = [
            patched.command(&["sync"]),
            Command::new("cp").args(["-r", &text(new)?, &place("copied", run)?]),
            whole.command(&["sync"]),
            Command::new("sh").args(["-c", script, &text(archive)?, &place("unzipped", run)?]),
        ];
        for (column, samples) in columns.iter_mut().zip(Samples::take(1, &commands)?) {
            column.push(samples);
        }
    }
    let told = |name: &str, embedded: &Path| {
        let synced = device(name, 0, embedded)?.verb(&["sync"])?;
        expect(&synced, "/result", &json!("staged"))?;
        anyhow::Ok(synced)
    };
    Ok((
        told("told", old)?,
        told("told-whole", &empty)?,
        columns.map(Samples::join),
    ))
}

fn unpacked(repository: &Repository, pair: &Pair, version: &str, folder: &Path) -> Result<PathBuf> {
    let unpacked = match pair.from {
        From::Npm => packages::fetch(repository, pair.package, version, folder)?,
        From::PyPi => packages::wheel(repository, pair.package, version, folder)?,
    };
    Ok(unpacked.join(pair.folder))
}

fn description(project: &Path, sequence: u64) -> Result<Value> {
    let path = target(project, sequence, ".checksum.json")?;
    let bytes = fs::read(&path).with_context(|| format!("read {}", path.display()))?;
    serde_json::from_slice(&bytes).with_context(|| format!("read {}", path.display()))
}

fn target(project: &Path, sequence: u64, end: &str) -> Result<PathBuf> {
    let folder = project.join(format!("repository/targets/stable/{sequence}"));
    let entries = fs::read_dir(&folder).with_context(|| format!("read {}", folder.display()))?;
    let found = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(|path| path.to_string_lossy().ends_with(end));
    found.with_context(|| format!("{} has no {end}", folder.display()))
}

fn tables(rows: &[Row]) -> String {
    [bytes(rows), waiting(rows), installing(rows), stages(rows)]
        .concat()
        .join("\n")
        + "\n"
}

fn bytes(rows: &[Row]) -> Vec<String> {
    let mut lines = vec![
        "Bytes on the wire:".to_owned(),
        String::new(),
        "| app | changed files | whole zip | peer: changed files, Brotli 11 | bsdiff | zstd -19 --patch-from | \
         Airlock's patch: files | to zstd | and checksum.json | all that Airlock fetched |"
            .to_owned(),
        "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |".to_owned(),
    ];
    for row in rows {
        let bsdiff = row.bsdiff.map_or("-".to_owned(), |cost| thousands(cost.bytes));
        let [files, to_zstd, description] = match &row.patch {
            Some(patch) => [
                thousands(patch.files),
                ratio(patch.files as f64, row.zstd.bytes as f64),
                thousands(patch.description),
            ],
            None => ["-"; 3].map(str::to_owned),
        };
        let route = row.synced.get("route").and_then(Value::as_str).unwrap_or("?");
        lines.push(format!(
            "| {} | {} | {} | {} | {bsdiff} | {} | {files} | {to_zstd} | {description} | {} ({route}) |",
            row.pair,
            row.files,
            thousands(row.archive),
            thousands(row.brotli.bytes),
            thousands(row.zstd.bytes),
            thousands(row.fetched()),
        ));
    }
    lines
}

fn waiting(rows: &[Row]) -> Vec<String> {
    let mut lines = vec![
        String::new(),
        "What the author waits for:".to_owned(),
        String::new(),
        "| app | Brotli | bsdiff | zstd | `airlock publish`: archive, files, patch, signatures |".to_owned(),
        "| --- | ---: | ---: | ---: | ---: |".to_owned(),
    ];
    for row in rows {
        let seconds = |time: Duration| format!("{:.1} s", time.as_secs_f64());
        lines.push(format!(
            "| {} | {} | {} | {} | {} |",
            row.pair,
            seconds(row.brotli.time),
            row.bsdiff.map_or("-".to_owned(), |cost| seconds(cost.time)),
            seconds(row.zstd.time),
            seconds(row.publish),
        ));
    }
    lines
}

fn installing(rows: &[Row]) -> Vec<String> {
    let mut lines = vec![
        String::new(),
        format!("Installation, median of {RUNS} runs each, in turn; memory is the largest of a process:"),
        String::new(),
        "| app | sync by that route | memory | `cp -r` of the tree | ratio | sync of the whole archive | memory | \
         `sha256sum`, `unzip -q`, `sync -f` | ratio |"
            .to_owned(),
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |".to_owned(),
    ];
    for row in rows {
        let [patched, copied, whole, shell] = &row.install;
        let wall = |samples: &Samples| samples.wall(50).as_secs_f64();
        lines.push(format!(
            "| {} | {:.0} ms | {:.0} MiB | {:.0} ms | {} | {:.0} ms | {:.0} MiB | {:.0} ms | {} |",
            row.pair,
            wall(patched) * 1e3,
            mebibytes(patched),
            wall(copied) * 1e3,
            ratio(wall(patched), wall(copied)),
            wall(whole) * 1e3,
            mebibytes(whole),
            wall(shell) * 1e3,
            ratio(wall(whole), wall(shell)),
        ));
    }
    lines
}

/// What each stage took in one run, of all threads together.
fn stages(rows: &[Row]) -> Vec<String> {
    const STAGES: [&str; 5] = ["read", "hash", "inflate", "write", "barrier"];
    let mut lines = vec![
        String::new(),
        "Where the time of one installation goes, all threads together (the rest is the process, the network and the \
         metadata):"
            .to_owned(),
        String::new(),
        format!("| app | route | {} |", STAGES.join(" | ")),
        "| --- | --- | ---: | ---: | ---: | ---: | ---: |".to_owned(),
    ];
    for (row, synced) in rows
        .iter()
        .flat_map(|row| [(row, &row.synced), (row, &row.synced_whole)])
    {
        let spent = STAGES.map(|stage| {
            synced
                .pointer(&format!("/stages/{stage}"))
                .and_then(Value::as_f64)
        });
        let spent = spent.map(Option::unwrap_or_default);
        let all = spent.iter().sum::<f64>().max(1.0);
        let cells = spent.map(|micros| format!("{:.0} ms, {:.0} %", micros / 1e3, micros / all * 100.0));
        let route = synced.get("route").and_then(Value::as_str).unwrap_or("?");
        lines.push(format!("| {} | {route} | {} |", row.pair, cells.join(" | ")));
    }
    lines
}

fn mebibytes(samples: &Samples) -> f64 {
    samples.memory() as f64 / 1024.0 / 1024.0
}

fn ratio(one: f64, other: f64) -> String {
    format!("{:.2}", one / other.max(f64::MIN_POSITIVE))
}

/// `1234567` as `1,234,567`.
pub(super) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let first = digits.len() % 3;
    let mut groups: Vec<&str> = Vec::new();
    if first > 0 {
        groups.extend(digits.get(..first));
    }
    let rest = digits.get(first..).unwrap_or_default();
    groups.extend(
        (0..rest.len())
            .step_by(3)
            .filter_map(|start| rest.get(start..start + 3)),
    );
    groups.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_in_groups_of_three() {
        let written = [0, 12, 999, 1_000, 12_345, 1_234_567].map(thousands);
        assert_eq!(written, ["0", "12", "999", "1,000", "12,345", "1,234,567"]);
        assert_eq!(ratio(1.0, 4.0), "0.25");
    }
}
