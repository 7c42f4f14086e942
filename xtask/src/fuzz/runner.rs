//! Running the programs: bounded in time and memory, with a fixed seed, two at once at most.

use std::fmt;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{ExitCode, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};

use crate::process::Command;
use crate::repository::Repository;
use crate::ui;

use super::log::Stats;
use super::report::{Ended, Row};
use super::targets::{CONTROL, FOLDER, Target};

/// Two, because the machines of continuous integration have two cores.
const AT_ONCE: usize = 2;

/// What a run may take: an input that needs longer, or a process that grows larger, is a finding. The largest honest
/// archive of 16 KiB unpacks 16 MiB; coverage and corpus take some 100 MiB.
const LIMITS: [&str; 3] = ["-timeout=10", "-rss_limit_mb=768", "-malloc_limit_mb=256"];

/// The same mutations in the same order, as far as libFuzzer allows: what it learns from compared addresses and from the
/// seeds of hash maps differs from run to run.
const SEED: &str = "-seed=1";

/// The planted bug took between 8,000 and 591,162 executions; this many are the end of patience.
const CONTROL_LIMITS: [&str; 1] = ["-runs=2000000"];

/// When a target has run enough.
#[derive(Clone, Copy, Debug)]
pub(super) enum Patience {
    /// After this time; keeps its corpus for the next run.
    Each(Duration),
    /// After the target's own count, from its seeds alone: a fast machine searches no further than a slow one.
    Counted,
}

impl fmt::Display for Patience {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Patience::Each(time) => write!(f, "for {} each", ui::duration(*time)),
            Patience::Counted => f.write_str("for as many executions as Cargo.toml says"),
        }
    }
}

/// Where programs are, and where what they leave goes.
pub(super) struct Runner<'r> {
    repository: &'r Repository,
    programs: PathBuf,
    scratch: Scratch,
}

/// A folder for what the oracles unpack: in memory where there is such a place. Removed in the end, because a process
/// that aborts on a finding leaves its files.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Result<Scratch> {
        let memory = Path::new("/dev/shm");
        let parent = if memory.is_dir() {
            memory.to_path_buf()
        } else {
            std::env::temp_dir()
        };
        let path = parent.join(format!("airlock-fuzz-{}", std::process::id()));
        fs::create_dir_all(&path).with_context(|| format!("make {}", path.display()))?;
        Ok(Scratch(path))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _best_effort = fs::remove_dir_all(&self.0);
    }
}

impl<'r> Runner<'r> {
    pub(super) fn new(repository: &'r Repository, programs: PathBuf) -> Result<Runner<'r>> {
        Ok(Runner {
            repository,
            programs,
            scratch: Scratch::new()?,
        })
    }

    /// The target on one input, shown.
    pub(super) fn replay(&self, target: &Target, file: &Path) -> Result<ExitCode> {
        let good = self
            .command(&target.name)
            .args(LIMITS)
            .args([file.display().to_string()])
            .succeeds()?;
        Ok(if good {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        })
    }

    /// Runs the target whose bug must be found, from nothing.
    pub(super) fn control(&self) -> Result<Row> {
        let corpus = self.fresh(&format!("corpus/{CONTROL}"))?;
        self.fuzz(CONTROL, CONTROL_LIMITS.map(str::to_owned).to_vec(), &[corpus])
    }

    /// All of them, in the order given.
    pub(super) fn run_all(&self, targets: &[Target], patience: Patience) -> Result<Vec<Row>> {
        let next = AtomicUsize::new(0);
        let rows: Mutex<Vec<(usize, Result<Row>)>> = Mutex::new(Vec::new());
        let work = || {
            while let Some((index, target)) = {
                let index = next.fetch_add(1, Ordering::Relaxed);
                targets.get(index).map(|target| (index, target))
            } {
                let row = self.run(target, patience);
                if let Ok(mut rows) = rows.lock() {
                    rows.push((index, row));
                }
            }
        };
        std::thread::scope(|scope| {
            for _ in 0..AT_ONCE {
                scope.spawn(work);
            }
        });
        let mut rows = rows.into_inner().unwrap_or_default();
        rows.sort_by_key(|(index, _)| *index);
        rows.into_iter().map(|(_, row)| row).collect()
    }

    fn run(&self, target: &Target, patience: Patience) -> Result<Row> {
        // The first folder is where libFuzzer puts what it keeps; the others it only reads.
        let (enough, corpus) = match patience {
            Patience::Each(time) => (
                format!("-max_total_time={}", time.as_secs().max(1)),
                self.folder(&format!("corpus/{}", target.name))?,
            ),
            Patience::Counted => (
                format!("-runs={}", target.runs),
                self.fresh(&format!("corpus-counted/{}", target.name))?,
            ),
        };
        let mut options = vec![enough, format!("-max_len={}", target.length)];
        let dictionary = self
            .repository
            .path(format!("{FOLDER}/dictionaries/{}.dict", target.name));
        if dictionary.is_file() {
            options.push(format!("-dict={}", dictionary.display()));
        }
        let mut folders = vec![corpus];
        let seeds = target.seeds.iter().map(|folder| self.repository.path(folder));
        folders.extend(seeds.filter(|folder| folder.is_dir()));
        self.fuzz(&target.name, options, &folders)
    }

    fn fuzz(&self, name: &str, options: Vec<String>, folders: &[PathBuf]) -> Result<Row> {
        let findings = self.fresh(&format!("findings/{name}"))?;
        let log = self.folder("logs")?.join(format!("{name}.log"));
        let file = File::create(&log).with_context(|| format!("write {}", log.display()))?;
        let prefix = format!("-artifact_prefix={}/", findings.display());
        let mut child = self
            .command(name)
            .args([SEED, "-print_final_stats=1", "-reload=0"])
            .args(LIMITS)
            .args([prefix])
            .args(options)
            .args(folders.iter().map(|folder| folder.display().to_string()))
            .start(Stdio::null(), Stdio::from(file))?;
        let status = child.wait().with_context(|| format!("wait for {name}"))?;
        let printed = fs::read(&log).with_context(|| format!("read {}", log.display()))?;
        let row = Row {
            target: name.to_owned(),
            stats: Stats::parse(&String::from_utf8_lossy(&printed)),
            findings: files(&findings)?,
            log,
            ended: if status.success() {
                Ended::Well
            } else {
                Ended::Badly
            },
        };
        let mark = if row.is_good() {
            ui::paint(ui::GOOD, "ok  ")
        } else {
            ui::paint(ui::BAD, "FAIL")
        };
        ui::line(&format!("  {mark} {name}: {} executions", row.stats.executions));
        Ok(row)
    }

    fn command(&self, name: &str) -> Command {
        Command::new(self.programs.join(name).display().to_string())
            .in_folder(&self.scratch.0)
            .variable("TMPDIR", self.scratch.0.display().to_string())
    }

    /// A folder below target/fuzz.
    fn folder(&self, name: &str) -> Result<PathBuf> {
        let path = self.repository.path("target/fuzz").join(name);
        fs::create_dir_all(&path).with_context(|| format!("make {}", path.display()))?;
        Ok(path)
    }

    /// The same, empty.
    fn fresh(&self, name: &str) -> Result<PathBuf> {
        let path = self.folder(name)?;
        for file in files(&path)? {
            fs::remove_file(&file).with_context(|| format!("remove {}", file.display()))?;
        }
        Ok(path)
    }
}

fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let reading = || format!("read {}", folder.display());
    let entries = fs::read_dir(folder).with_context(reading)?;
    let mut files = Vec::new();
    for entry in entries {
        files.push(entry.with_context(reading)?.path());
    }
    files.sort();
    Ok(files)
}
