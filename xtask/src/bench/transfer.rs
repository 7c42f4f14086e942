//! The downloader: one large file beside `curl`, and many small ones over a slow line beside a client that asks for one after
//! the other. On loopback, so that the network is as fast as it gets and what is measured is us.

use std::fmt::Write as _;
use std::fs;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::Path;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::json;

use super::random::Random;
use super::sample::Samples;
use crate::airlock::{Airlock, Server};
use crate::device::{self, Device, expect};
use crate::process::Command;
use crate::repository::{Repository, text};
use crate::test::{Build, build_airlock};
use crate::ui;

const APP: &str = "dev.airlock.bench";
const FOLDER: &str = "target/bench/transfer";
const LARGE_BYTES: usize = 100 * 1000 * 1000;
const PIECE_BYTES: usize = 100 * 1000;
const SMALL_FILES: usize = 1000;
const LATENCY: Duration = Duration::from_millis(20);

#[derive(clap::Args)]
pub(super) struct Args {
    /// Runs of each kind
    #[arg(long, default_value_t = 5)]
    runs: usize,
    /// Put the numbers into docs/benchmarks.md
    #[arg(long)]
    pub(super) write: bool,
}

pub(super) fn measure(repository: &Repository, args: &Args) -> Result<String> {
    let airlock = Airlock::new(build_airlock(repository, Build::Release)?);
    let folder = repository.path(FOLDER);
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("remove {}", folder.display()))?;
    }
    fs::create_dir_all(&folder).with_context(|| format!("create {}", folder.display()))?;
    let large = one_large(&airlock, &folder, args.runs)?;
    let small = many_small(&airlock, &folder, args.runs)?;
    Ok(table(args.runs, &large, &small))
}

/// `airlock fetch`, which is the downloader and nothing else, beside curl, and beside curl with what else airlock does.
fn one_large(airlock: &Airlock, folder: &Path, runs: usize) -> Result<[Samples; 3]> {
    ui::line(&format!("  one file of {LARGE_BYTES} bytes"));
    let site = folder.join("large");
    fs::create_dir_all(&site)?;
    write_large(&site.join("app.zip"))?;
    let server = airlock.serve(&site)?;
    let url = address(&server, "app.zip");
    let digest = Command::new("sha256sum")
        .args([text(&site.join("app.zip"))?])
        .output()?;
    let digest = digest.split(' ').next().unwrap_or_default();
    let release = json!({
        "version": "2.0.0", "downloadUrl": url, "downloadSize": LARGE_BYTES,
        "checksum": { "checksum": digest, "checksumAlg": "SHA256" },
    });
    let config = folder.join("large.json");
    fs::write(&config, json!({ "releases": [release] }).to_string())?;
    let place = |name: &str| text(&folder.join(name));
    let (ours, theirs) = (place("ours.zip")?, place("theirs.zip")?);
    let curl = ["-s", "-f", "-o"];
    let fetch = ["--quiet", "--allow-insecure-loopback", "--config"];
    let commands = [
        airlock
            .command(["fetch"])
            .args(fetch)
            .args([text(&config)?, "-o".to_owned(), ours]),
        Command::new("curl")
            .args(curl)
            .args([theirs.clone(), url.clone()]),
        Command::new("sh").args([
            "-c",
            "curl -s -f -o \"$0\" \"$1\" && sha256sum \"$0\" >/dev/null && sync \"$0\"",
            &theirs,
            &url,
        ]),
    ];
    Samples::take(runs, &commands)
}

/// A device whose feed is a folder of many files, beside curl with the same list of files, one after the other over one
/// connection.
fn many_small(airlock: &Airlock, folder: &Path, runs: usize) -> Result<[Samples; 2]> {
    ui::line(&format!(
        "  {SMALL_FILES} files, each answer {} ms late",
        LATENCY.as_millis()
    ));
    let project = folder.join("project");
    let (site, empty) = (folder.join("small"), folder.join("empty"));
    write_small(&site)?;
    fs::create_dir_all(&empty).and_then(|()| fs::write(empty.join("index.html"), "nothing yet"))?;
    airlock.json(["init", &text(&project)?, "--app-id", APP, "--no-passphrase"])?;
    let key = text(&project.join("keys/root.pem"))?;
    airlock
        .command(["pack", &text(&site)?, "--in-place", "--app-id", APP])
        .args(["--version", "2.0.0", "--sequence", "2", "--key", &key])
        .output()?;
    let config = folder.join("small.json");
    let feed = [("updateProtocol", json!("checksum-json"))];
    device::configure(&project.join("capacitor.airlock.json"), &config, &feed)?;
    let server = airlock.serve(&site)?;
    let slow = slow_line(&server.url)?;
    let list = folder.join("small.list");
    fs::write(&list, curl_list(&slow, &folder.join("curl"))?)?;
    let curl = Command::new("curl").args(["-s", "-f", "--create-dirs", "-K", &text(&list)?]);
    let mut device = Device {
        airlock,
        state: String::new(),
        embedded: text(&empty)?,
        config: text(&config)?,
        server,
    };
    device.server.url = slow;
    let mut columns = [const { Vec::new() }; 2];
    for run in 0..runs {
        device.state = text(&folder.join(format!("device-{run}")))?;
        device.verb(&["launch"])?;
        let taken = Samples::take(1, &[device.command(&["sync"]), curl.clone()])?;
        for (column, samples) in columns.iter_mut().zip(taken) {
            column.push(samples);
        }
    }
    device.state = text(&folder.join("device-told"))?;
    device.verb(&["launch"])?;
    expect(&device.verb(&["sync"])?, "/result", &json!("staged"))?;
    Ok(columns.map(Samples::join))
}

/// Piece by piece: a child's memory is counted from its fork, with all that this process has.
fn write_large(path: &Path) -> Result<()> {
    let (mut file, mut random) = (fs::File::create(path)?, Random::new(1));
    for _ in 0..LARGE_BYTES / PIECE_BYTES {
        file.write_all(&random.bytes(PIECE_BYTES))?;
    }
    Ok(())
}

/// Files of 1 to 4 KiB in folders of a hundred, as a bundler leaves them.
fn write_small(site: &Path) -> Result<()> {
    let mut random = Random::new(2);
    for number in 0..SMALL_FILES - 1 {
        let folder = site.join(format!("chunks/{}", number / 100));
        fs::create_dir_all(&folder)?;
        let bytes = 1024 + random.below(3 * 1024);
        fs::write(folder.join(format!("{number}.js")), random.words(bytes))?;
    }
    Ok(fs::write(site.join("index.html"), "<!doctype html>")?)
}

fn curl_list(url: &str, target: &Path) -> Result<String> {
    let mut list = String::new();
    for number in 0..SMALL_FILES - 1 {
        let path = format!("chunks/{}/{number}.js", number / 100);
        let target = text(&target.join(&path))?;
        writeln!(
            list,
            "url = \"{}/{path}\"\noutput = \"{target}\"",
            url.trim_end_matches('/')
        )?;
    }
    Ok(list)
}

fn address(server: &Server, path: &str) -> String {
    format!("{}/{path}", server.url.trim_end_matches('/'))
}

/// The address of the same server at the end of a line on which every request is late.
fn slow_line(url: &str) -> Result<String> {
    let server = url
        .trim_end_matches('/')
        .strip_prefix("http://")
        .context("airlock serves plain HTTP")?
        .to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").context("listen for the slow line")?;
    let address = listener.local_addr()?;
    // It ends with this process.
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let server = server.clone();
            thread::spawn(move || carry(client, &server));
        }
    });
    Ok(format!("http://{address}"))
}

/// What the client sends goes on late, what comes back goes on at once. A connection that breaks is the client's to notice.
fn carry(client: TcpStream, server: &str) {
    let both = || {
        let server = TcpStream::connect(server)?;
        let _ = (client.set_nodelay(true), server.set_nodelay(true));
        let (back, to) = (server.try_clone()?, client.try_clone()?);
        thread::spawn(move || pour(back, to, Duration::ZERO));
        std::io::Result::Ok((client.try_clone()?, server))
    };
    if let Ok((client, server)) = both() {
        pour(client, server, LATENCY);
    }
}

fn pour(mut from: TcpStream, mut to: TcpStream, late: Duration) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(count) = from.read(&mut buffer) {
        let Some(piece) = buffer.get(..count).filter(|piece| !piece.is_empty()) else {
            break;
        };
        thread::sleep(late);
        if to.write_all(piece).is_err() {
            break;
        }
    }
    let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
}

fn table(runs: usize, [ours, curl, same]: &[Samples; 3], [device, one_by_one]: &[Samples; 2]) -> String {
    let best = |samples: &Samples| samples.wall(0).as_secs_f64();
    let megabytes = |samples: &Samples| LARGE_BYTES as f64 / 1e6 / best(samples);
    let memory = |samples: &Samples| ui::size(samples.memory());
    [
        format!("The best of {runs} runs each, in turn; memory is the largest of any run."),
        String::new(),
        "| one file of 100 MB | time | MB/s | Airlock to it | memory |".to_owned(),
        "| --- | ---: | ---: | ---: | ---: |".to_owned(),
        large_row("`airlock fetch`: hashed, durable", ours, megabytes(ours), 1.0),
        large_row("`curl -o`", curl, megabytes(curl), best(curl) / best(ours)),
        large_row(
            "`curl -o`, `sha256sum`, `sync`: the same promise",
            same,
            megabytes(same),
            best(same) / best(ours),
        ),
        String::new(),
        format!(
            "| {SMALL_FILES} files of 1 to 4 KiB, each request {} ms late | time | times as fast | memory |",
            LATENCY.as_millis()
        ),
        "| --- | ---: | ---: | ---: |".to_owned(),
        format!(
            "| `airlock device sync`, `checksum-json`: hashed, installed, durable | {:.2} s | {:.1} | {} |",
            best(device),
            best(one_by_one) / best(device),
            memory(device)
        ),
        format!(
            "| `curl`, one after the other over one connection | {:.2} s | 1 | {} |",
            best(one_by_one),
            memory(one_by_one)
        ),
        String::new(),
    ]
    .join("\n")
}

fn large_row(title: &str, samples: &Samples, speed: f64, ratio: f64) -> String {
    let milliseconds = samples.wall(0).as_secs_f64() * 1e3;
    let memory = ui::size(samples.memory());
    format!(
        "| {title} | {milliseconds:.0} ms | {speed:.0} | {:.0} % | {memory} |",
        ratio * 100.0
    )
}
