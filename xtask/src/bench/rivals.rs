//! What other ways of updating would send for the same two folders.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde_json::Value;

use crate::process::Command;
use crate::repository::{Repository, text};

/// bsdiff takes seventeen times its input in memory, and minutes for what is larger than this.
const BSDIFF_BYTES: u64 = 24 * 1024 * 1024;

/// Prints the bytes that the named files have as one Brotli stream each, at the quality that the peer uses.
const BROTLI: &str = "const z=require('zlib'),f=require('fs');let n=0;for(const p of \
     f.readFileSync(0,'utf8').split('\\0').filter(Boolean)){n+=z.brotliCompressSync(f.readFileSync(p),{params:{\
     [z.constants.BROTLI_PARAM_QUALITY]:11}}).length}console.log(n)";

/// Bytes on the wire, and how long an author waits for them.
#[derive(Clone, Copy)]
pub(super) struct Cost {
    pub(super) bytes: u64,
    pub(super) time: Duration,
}

/// What tells two folders apart, by content, each described by its checksum.json.
pub(super) struct Changes {
    pub(super) files: usize,
    pub(super) changed: Vec<String>,
    old: Vec<u8>,
    new: Vec<u8>,
}

impl Changes {
    /// `describe` gives the checksum.json of a folder.
    pub(super) fn between(old: (&Path, &Value), new: (&Path, &Value)) -> Result<Changes> {
        let (before, after) = (files(old.1)?, files(new.1)?);
        let hashes = |files: &BTreeMap<String, String>| files.values().cloned().collect::<BTreeSet<_>>();
        let lacking = |files: &BTreeMap<String, String>, other: &BTreeSet<String>| {
            let paths = files.iter().filter(|(_, hash)| !other.contains(*hash));
            paths.map(|(path, _)| path.clone()).collect::<Vec<String>>()
        };
        let (gone, changed) = (
            lacking(&before, &hashes(&after)),
            lacking(&after, &hashes(&before)),
        );
        let joined = |folder: &Path, paths: &[String]| {
            let bytes = paths.iter().map(|path| {
                let path = folder.join(path);
                fs::read(&path).with_context(|| format!("read {}", path.display()))
            });
            Ok::<Vec<u8>, anyhow::Error>(bytes.collect::<Result<Vec<Vec<u8>>>>()?.concat())
        };
        Ok(Changes {
            files: after.len(),
            old: joined(old.0, &gone)?,
            new: joined(new.0, &changed)?,
            changed,
        })
    }

    /// The peer's delta: each changed file whole, with Brotli.
    pub(super) fn brotli(&self, repository: &Repository, folder: &Path) -> Result<Cost> {
        let list = folder.join("../brotli.list");
        let paths: Vec<String> = self
            .changed
            .iter()
            .map(|path| text(&folder.join(path)))
            .collect::<Result<_>>()?;
        fs::write(&list, paths.join("\0")).context("write the list of changed files")?;
        let script = format!("node -e \"$0\" < {}", text(&list)?);
        let start = Instant::now();
        let printed = repository.command("sh").args(["-c", &script, BROTLI]).output()?;
        Ok(Cost {
            bytes: printed.trim().parse().context("node printed no number")?,
            time: start.elapsed(),
        })
    }

    /// `zstd -19 --patch-from --long=27`, over what our own patch is made from.
    pub(super) fn zstd(&self, folder: &Path) -> Result<Cost> {
        self.with("zstd", folder, |old, new, out| {
            let base = format!("--patch-from={old}");
            Command::new("zstd").args([
                "-q",
                "-f",
                "-19",
                "--long=27",
                "--no-progress",
                &base,
                new,
                "-o",
                out,
            ])
        })
    }

    /// `bsdiff`, where it can be waited for.
    pub(super) fn bsdiff(&self, folder: &Path) -> Result<Option<Cost>> {
        if (self.old.len() + self.new.len()) as u64 > BSDIFF_BYTES {
            return Ok(None);
        }
        let cost = self.with("bsdiff", folder, |old, new, out| {
            Command::new("bsdiff").args([old, new, out])
        });
        cost.map(Some)
    }

    fn with(&self, name: &str, folder: &Path, command: impl Fn(&str, &str, &str) -> Command) -> Result<Cost> {
        let place = |end: &str| folder.join(format!("{name}.{end}"));
        let (old, new, out) = (place("old"), place("new"), place("out"));
        fs::write(&old, &self.old)
            .and_then(|()| fs::write(&new, &self.new))
            .context("write what changed")?;
        let start = Instant::now();
        command(&text(&old)?, &text(&new)?, &text(&out)?).quietly()?;
        let time = start.elapsed();
        let bytes = fs::metadata(&out)
            .with_context(|| format!("{name} wrote nothing"))?
            .len();
        Ok(Cost { bytes, time })
    }
}

fn files(description: &Value) -> Result<BTreeMap<String, String>> {
    let files = description
        .get("files")
        .and_then(Value::as_array)
        .context("a description has files")?;
    let one = |file: &Value| {
        let text = |key: &str| Some(file.get(key)?.as_str()?.to_owned());
        Some((text("path")?, text("hash")?))
    };
    Ok(files.iter().filter_map(one).collect())
}
