//! `airlock tuf`: the device's TUF client under the command line of the official conformance suite.
//!
//! The metadata directory is kept the way the suite looks at it: one file a role with its plain name, and
//! `root_history/` beside them. Exit codes are 0 and 1 only, as the suite demands.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use airlock_engine::ports::{Clock as _, Get, Got, HttpTransport, Insecure, SystemClock, Transport as _};
use airlock_protocol::Code;
use airlock_protocol::tuf::{
    Anchor, Answer, Fetch, Mode, Refresh, Search, Step, StoreOp, Stored, TargetFile, TargetName, Trusted,
};
use clap::{Args, Subcommand};

use crate::exit::Failure;
use crate::output::Output;

const AFTER_HELP: &str = "\
Examples:
  airlock tuf --metadata-dir trusted init repository/metadata/1.root.json
  airlock tuf --metadata-dir trusted --metadata-url http://127.0.0.1:8080/metadata refresh
  pytest tuf_conformance --entrypoint \"airlock tuf\"

Exit codes: 0 done, 1 refused or failed.";

/// Run the device's TUF client as the tuf-conformance suite drives it
///
/// For testing Airlock against other TUF repositories. Its command line is that of
/// github.com/theupdateframework/tuf-conformance (CLIENT-CLI.md); it exits with 0 or 1.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct TufArgs {
    /// Where trusted metadata is kept
    #[arg(long, global = true, value_name = "DIR")]
    metadata_dir: Option<PathBuf>,
    /// URL of the repository's metadata (https, or plain http on this machine)
    #[arg(long, global = true, value_name = "URL")]
    metadata_url: Option<String>,
    /// Name of a target to download; may be repeated
    #[arg(long, global = true, value_name = "NAME")]
    target_name: Vec<String>,
    /// URL of the repository's targets
    #[arg(long, global = true, value_name = "URL")]
    target_base_url: Option<String>,
    /// Where downloaded targets are kept
    #[arg(long, global = true, value_name = "DIR")]
    target_dir: Option<PathBuf>,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Trust a root.json from now on
    Init {
        /// The root.json to begin with
        root: PathBuf,
    },
    /// Bring the metadata up to date
    Refresh,
    /// Bring the metadata up to date, then download targets that are not there yet
    Download,
}

/// How long the server may stay silent.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(20);

/// Largest target this command accepts, in bytes: they are held in memory until they are verified.
const TARGET_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// # Errors
/// Every refusal of the TUF client, with exit code 1.
pub(crate) fn run(args: &TufArgs, output: &Output) -> Result<(), Failure> {
    let done = match &args.verb {
        Verb::Init { root } => init(args, root),
        Verb::Refresh => Client::open(args).and_then(|client| client.refresh()).map(drop),
        Verb::Download => Client::open(args).and_then(|client| download(args, &client, output)),
    };
    done.map_err(|failure| failure.with_exit_code(1))
}

fn init(args: &TufArgs, root: &Path) -> Result<(), Failure> {
    let directory = required(args.metadata_dir.as_ref(), "--metadata-dir")?;
    let bytes = fs::read(root).map_err(|error| storage("read the root", root, &error))?;
    write(&directory.join("root.json"), &bytes)
}

fn download(args: &TufArgs, client: &Client, output: &Output) -> Result<(), Failure> {
    let base = required(args.target_base_url.as_ref(), "--target-base-url")?;
    let directory = required(args.target_dir.as_ref(), "--target-dir")?;
    if args.target_name.is_empty() {
        return Err(Failure::usage("`download` needs --target-name"));
    }
    let trusted = client.refresh()?;
    for name in &args.target_name {
        let target = client.find(&trusted, name.parse()?)?;
        let path = directory.join(target.name.to_segment());
        if fs::read(&path).is_ok_and(|bytes| target.check(&bytes).is_ok()) {
            output.say(format_args!("{name} is already there"));
            continue;
        }
        write(&path, &client.fetch_target(base, &target)?)?;
        output.done(format_args!("downloaded {name}"));
    }
    Ok(())
}

/// A metadata directory and the server behind it.
struct Client {
    directory: PathBuf,
    metadata_url: String,
    transport: HttpTransport,
}

impl Client {
    fn open(args: &TufArgs) -> Result<Client, Failure> {
        Ok(Client {
            directory: required(args.metadata_dir.as_ref(), "--metadata-dir")?.clone(),
            metadata_url: required(args.metadata_url.as_ref(), "--metadata-url")?.clone(),
            transport: HttpTransport::new(RESPONSE_TIMEOUT, Insecure::LoopbackOnly),
        })
    }

    /// The whole client workflow, in the order of the specification.
    fn refresh(&self) -> Result<Trusted, Failure> {
        let stored = load(&self.directory)?;
        let root = stored
            .files
            .get("root.json")
            .ok_or_else(|| Failure::usage("no root.json: run `init` first"))?;
        let anchor = Anchor::Root(root.clone());
        let mut refresh = Refresh::start(anchor, stored, SystemClock.now(), Mode::Full, None)?;
        while let Step::Fetch(fetch) = refresh.step() {
            self.keep(&refresh.receive(self.fetch_metadata(&fetch)?)?)?;
        }
        Ok(refresh.into_trusted()?)
    }

    fn find(&self, trusted: &Trusted, name: TargetName) -> Result<TargetFile, Failure> {
        let missing = Failure::new(
            Code::MetadataInvalid,
            format!("the repository has no target {name}"),
        );
        let mut search = Search::start(trusted, load(&self.directory)?, name);
        while let Step::Fetch(fetch) = search.step() {
            self.keep(&search.receive(self.fetch_metadata(&fetch)?)?)?;
        }
        search.outcome()?.ok_or(missing)
    }

    fn fetch_target(&self, base: &str, target: &TargetFile) -> Result<Vec<u8>, Failure> {
        let url = join(base, &target.url_path());
        let bytes = self.get(&url, target.length.min(TARGET_BYTES_MAX))?;
        let bytes = bytes.ok_or_else(|| Failure::new(Code::DownloadFailed, format!("there is no {url}")))?;
        target.check(&bytes)?;
        Ok(bytes)
    }

    fn fetch_metadata(&self, fetch: &Fetch) -> Result<Answer, Failure> {
        let bytes = self.get(&join(&self.metadata_url, &fetch.name), fetch.max_bytes)?;
        Ok(bytes.map_or(Answer::Missing, Answer::Found))
    }

    fn get(&self, url: &str, max_bytes: u64) -> Result<Option<Vec<u8>>, Failure> {
        let mut bytes = Vec::new();
        let got = self
            .transport
            .get(&Get::whole(url, max_bytes), &mut |piece: &[u8]| {
                bytes.extend_from_slice(piece);
                Ok(())
            })?;
        Ok((got == Got::Body).then_some(bytes))
    }

    fn keep(&self, ops: &[StoreOp]) -> Result<(), Failure> {
        ops.iter().try_for_each(|op| match op {
            StoreOp::Write { name, bytes } => write(&self.directory.join(name), bytes),
            StoreOp::Remove { name } => remove(&self.directory.join(name)),
        })
    }
}

fn required<'a, T>(value: Option<&'a T>, option: &str) -> Result<&'a T, Failure> {
    value.ok_or_else(|| Failure::usage(format!("this needs {option}")))
}

fn join(base: &str, path: &str) -> String {
    format!("{}/{path}", base.trim_end_matches('/'))
}

/// Every `.json` file of the directory and of its `root_history`.
fn load(directory: &Path) -> Result<Stored, Failure> {
    let mut stored = Stored::default();
    for folder in ["", "root_history/"] {
        let place = directory.join(folder);
        let entries = match fs::read_dir(&place) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(storage("list", &place, &error)),
        };
        for entry in entries {
            let path = entry.map_err(|error| storage("list", &place, &error))?.path();
            let name = path
                .file_name()
                .and_then(|name| name.to_str())
                .filter(|name| name.ends_with(".json"));
            let Some(name) = name else { continue };
            let bytes = fs::read(&path).map_err(|error| storage("read", &path, &error))?;
            stored.files.insert(format!("{folder}{name}"), bytes);
        }
    }
    Ok(stored)
}

/// Writes beside the file and renames, so that a reader sees the old or the new bytes and never half.
fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let failed = |error: io::Error| storage("write", path, &error);
    let parent = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(parent).map_err(failed)?;
    let mut file = tempfile::NamedTempFile::new_in(parent).map_err(failed)?;
    io::Write::write_all(&mut file, bytes).map_err(failed)?;
    file.persist(path).map_err(|error| failed(error.error)).map(drop)
}

fn remove(path: &Path) -> Result<(), Failure> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(storage("remove", path, &error)),
        _ => Ok(()),
    }
}

fn storage(what: &str, path: &Path, error: &io::Error) -> Failure {
    Failure::new(
        Code::StorageFailure,
        format!("cannot {what} {}: {error}", path.display()),
    )
}
