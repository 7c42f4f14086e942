//! `airlock device`: the engine of the phone, driven from a shell (the host contract, design section 9).

use std::path::{Path, PathBuf};
use std::sync::Arc;

use airlock_engine::install::Stages;
use airlock_engine::ports::{
    Clock, Conditions, FixedClock, HttpTransport, Random, SeededRandom, SystemClock, SystemRandom,
};
use airlock_engine::{
    Config, DelayCondition, DownloadRequest, Engine, Host, NoEvents, ResetTo, Rollback, Verified,
};
use airlock_protocol::{Code, NativeVersion, Platform, UnixMillis};
use clap::{Args, Subcommand};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::client_identity::PemIdentity;
use crate::exit::Failure;
use crate::output::Output;
use crate::request_key;

/// Drive one device's engine from a shell, for tests, CI and support
///
/// The same engine as on the phone. Prints one JSON object a line on stdout. A verb that exits 0 has made
/// its effect durable; `launch` always exits 0 and names a bundle as long as the embedded one is there.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  airlock device --state /tmp/phone --embedded www --config capacitor.airlock.json launch
  airlock device --state /tmp/phone --embedded www --config capacitor.airlock.json sync
  airlock device --state /tmp/phone --embedded www --config capacitor.airlock.json ready --token 4f2a…")]
pub(crate) struct DeviceArgs {
    /// The store's directory; made if it is not there
    #[arg(long, value_name = "DIR")]
    state: PathBuf,
    /// The embedded bundle: the web directory that the app binary ships
    #[arg(long, value_name = "DIR")]
    embedded: PathBuf,
    /// The JSON under plugins.Airlock plus appId, or a whole capacitor.config.json
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Ask this repository instead of the configured updateUrl
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// The system the device pretends to run
    #[arg(long, value_name = "android|ios", default_value = "android")]
    platform: Platform,
    /// The native app's version; default: what the device was last told
    #[arg(long, value_name = "V")]
    native_version: Option<NativeVersion>,
    /// The time of day, for repeatable runs
    #[arg(long, value_name = "UNIX_MS")]
    now: Option<u64>,
    /// Repeatable launch tokens; for tests only
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// The device is on a connection that is paid by volume, for wifiOnly
    #[arg(long)]
    metered: bool,
    /// The device's battery is low, for wifiOnly
    #[arg(long)]
    low_battery: bool,
    /// As if the configuration said strictVerification: a download without a SHA-256 is refused before it begins
    #[arg(long)]
    strict_verification: bool,
    /// Say so to the app's own servers: `Authorization: Bearer …`
    #[arg(
        long,
        value_name = "TOKEN",
        env = "AIRLOCK_REQUEST_TOKEN",
        hide_env_values = true
    )]
    request_token: Option<String>,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Cold start: what the web view shows now
    Launch,
    /// Ask whether there is something newer
    Check,
    /// Check, download, verify and make it the next bundle
    Sync,
    /// Fetch one archive, as JavaScript's download() does
    Download {
        /// Where the archive lies
        #[arg(long)]
        url: String,
        /// Its version for people
        #[arg(long)]
        version: String,
        /// What the archive must hash to: SHA-256 (64 hex digits), SHA-1 or MD5; with the peer's key the signed
        /// checksum that `capgo bundle encrypt` prints
        #[arg(long)]
        checksum: Option<String>,
        /// The `ivSessionKey` that `capgo bundle encrypt` prints, for updateProtocol `capgo`
        #[arg(long)]
        session_key: Option<String>,
    },
    /// Make an installed bundle the next one
    Next {
        /// The bundle's id
        id: String,
    },
    /// Serve an installed bundle now, on trial
    Set {
        /// The bundle's id
        id: String,
    },
    /// Load the web view again, with the next bundle if there is one
    Reload,
    /// Go back to the embedded bundle
    Reset {
        /// Go back to the last confirmed bundle instead
        #[arg(long)]
        to_last_successful: bool,
    },
    /// Delete a bundle that has no part to play
    Delete {
        /// The bundle's id
        id: String,
    },
    /// The page of a launch reports that it works
    Ready {
        /// The launch token
        #[arg(long)]
        token: String,
    },
    /// The page of a launch, or the system, reports a crash
    Crash {
        /// The launch token
        #[arg(long)]
        token: String,
        /// What happened
        #[arg(long)]
        reason: Option<String>,
    },
    /// The app goes to the background
    Background,
    /// The app comes to the foreground
    Foreground,
    /// The native app was replaced by another version
    NativeUpdate {
        /// The new version
        #[arg(long, value_name = "V")]
        native_version: NativeVersion,
    },
    /// That many milliseconds pass in the foreground
    Elapse {
        /// Milliseconds
        ms: u64,
    },
    /// Say what must be true before the next bundle is applied by itself; without an option, show it
    Delay {
        /// The conditions, as JavaScript's setMultiDelay() takes them, for example
        /// '[{"kind":"background","value":"60000"},{"kind":"kill"}]'; kinds: background (ms), kill, date,
        /// nativeVersion
        #[arg(long, value_name = "JSON", conflicts_with = "cancel")]
        conditions: Option<String>,
        /// Wait for nothing any more
        #[arg(long)]
        cancel: bool,
    },
    /// The channel that the device follows; with a name, follow that one from now on
    Channel {
        /// The channel to follow, through restarts
        #[arg(conflicts_with_all = ["unset", "list"])]
        name: Option<String>,
        /// Follow the configured channel again
        #[arg(long, conflicts_with = "list")]
        unset: bool,
        /// Show the channels there are
        #[arg(long)]
        list: bool,
    },
    /// The device's id
    Id,
    /// What the app calls the device, for the peer's servers; kept with persistCustomId alone
    CustomId {
        /// The name; an empty one ends it
        name: String,
    },
    /// Send what waits for statsUrl, as check and sync do besides
    FlushStatistics,
    /// The last rollback, once
    FailedUpdate,
    /// Every bundle on the device
    List,
    /// The whole device at a glance
    Status,
    /// Check every byte of one bundle, or of all
    Verify {
        /// The bundle's id; default: all
        id: Option<String>,
    },
    /// Remove what is temporary or named by nothing
    Gc,
}

impl Verb {
    fn asks_the_server(&self) -> bool {
        matches!(
            self,
            Verb::Check | Verb::Sync | Verb::Download { .. } | Verb::Channel { .. } | Verb::FlushStatistics
        )
    }
}

/// Runs the verb; a failure is printed as JSON too, because this command's stdout is for programs.
pub(crate) fn run(args: &DeviceArgs, output: &Output) -> Result<(), Failure> {
    let outcome = open(args, output).and_then(|engine| {
        let outcome = run_verb(&engine, &args.verb, output);
        engine.keep_statistics();
        outcome
    });
    outcome.inspect_err(|failure| {
        if !output.is_json() {
            output.object(&json!({"error": {"code": failure.code().as_str(), "message": failure.message()}}));
        }
    })
}

fn open(args: &DeviceArgs, output: &Output) -> Result<Engine, Failure> {
    if !args.embedded.is_dir() {
        let text = format!("--embedded: {} is not a directory", args.embedded.display());
        return Err(Failure::usage(text));
    }
    let config = match (read_config(&args.config), &args.verb) {
        (Ok(config), _) => config,
        (Err(failure), Verb::Launch) => {
            output.warn(format_args!("{}; launching without updates", failure.message()));
            Config::offline()?
        }
        (Err(failure), _) => return Err(failure),
    };
    let config = match &args.url {
        Some(url) => config.with_update_url(url.clone()),
        None => config,
    };
    let config = match args.strict_verification {
        true => config.with_strict_verification(),
        false => config,
    };
    for warning in config.warnings().iter().filter(|_| args.verb.asks_the_server()) {
        output.warn(warning);
    }
    let host = Host {
        root: args.state.clone(),
        embedded: args.embedded.clone().into(),
        platform: args.platform,
        native_version: args.native_version.clone(),
        clock: clock(args.now),
        random: random(args.seed),
        transport: Box::new(transport(args, &config)?),
        events: Box::new(NoEvents),
    };
    let told = Told {
        is_metered: args.metered,
        is_low_on_power: args.low_battery,
    };
    Ok(Engine::new(config, host).with_conditions(Box::new(told)))
}

/// The connection and the battery as the command line tells them.
struct Told {
    is_metered: bool,
    is_low_on_power: bool,
}

impl Conditions for Told {
    fn is_metered(&self) -> bool {
        self.is_metered
    }

    fn is_low_on_power(&self) -> bool {
        self.is_low_on_power
    }
}

/// The network, with what the configuration says of who asks. Only what asks a server reads the files of it.
fn transport(args: &DeviceArgs, config: &Config) -> Result<HttpTransport, Failure> {
    let http = config.transport();
    if !args.verb.asks_the_server() {
        return Ok(http);
    }
    let key = request_key::read(config, &args.config)?;
    let credentials = config.credentials(key.as_deref(), clock(args.now), random(args.seed))?;
    if let Some(token) = &args.request_token {
        credentials.set_token(Some(token))?;
    }
    let http = http.with_credentials(Arc::new(credentials));
    match (&config.client_identity, &config.update_url) {
        (Some(files), Some(url)) => {
            let identity = PemIdentity::read(files, &args.config)?;
            Ok(http.identified(Arc::new(identity), url))
        }
        _ => Ok(http),
    }
}

/// Reads the configuration of a device.
pub(crate) fn read_config(path: &Path) -> Result<Config, Failure> {
    let json = std::fs::read(path).map_err(|error| {
        Failure::new(
            Code::ConfigInvalid,
            format!("cannot read {}: {error}", path.display()),
        )
    })?;
    Ok(Config::parse(&json)?)
}

fn clock(now: Option<u64>) -> Box<dyn Clock> {
    match now {
        Some(now) => Box::new(FixedClock(UnixMillis::new(now))),
        None => Box::new(SystemClock),
    }
}

fn random(seed: Option<u64>) -> Box<dyn Random> {
    match seed {
        Some(seed) => Box::new(SeededRandom(seed)),
        None => Box::new(SystemRandom),
    }
}

fn run_verb(engine: &Engine, verb: &Verb, output: &Output) -> Result<(), Failure> {
    match verb {
        Verb::List => engine.list()?.iter().for_each(|bundle| output.object(bundle)),
        Verb::Verify { id } => return verify(&engine.verify(id.as_deref())?, output),
        other => output.object(&answer(engine, other, output)?),
    }
    Ok(())
}

/// The one object that most verbs print.
fn answer(engine: &Engine, verb: &Verb, output: &Output) -> Result<Value, Failure> {
    match verb {
        Verb::Launch => object(&engine.launch()),
        Verb::Check => object(&engine.check()?),
        Verb::Sync => Ok(timed(object(&engine.sync()?)?, engine.stages())),
        Verb::Download {
            url,
            version,
            checksum,
            session_key,
        } => {
            let (url, version) = (url.clone(), version.clone());
            let (checksum, session_key) = (checksum.clone(), session_key.clone());
            let downloaded = engine.download(&DownloadRequest {
                url,
                version,
                checksum,
                session_key,
            })?;
            downloaded
                .warnings
                .iter()
                .for_each(|warning| output.warn(warning));
            object(&downloaded)
        }
        Verb::Next { id } => Ok(json!({"bundle": object(&engine.next(id)?)?})),
        Verb::Set { id } => Ok(json!({"launch": object(&engine.set(id)?)?})),
        Verb::Reload => Ok(json!({"launch": object(&engine.reload()?)?})),
        Verb::Reset {
            to_last_successful: true,
        } => Ok(json!({"launch": object(&engine.reset(ResetTo::LastSuccessful)?)?})),
        Verb::Reset { .. } => Ok(json!({"launch": object(&engine.reset(ResetTo::Embedded)?)?})),
        Verb::Delete { id } => {
            engine.delete(id)?;
            Ok(json!({"deleted": id}))
        }
        Verb::Ready { token } => object(&engine.ready(token)?),
        Verb::Crash { token, reason } => rollback(&engine.crash(token, reason.as_deref())?),
        Verb::Elapse { ms } => rollback(&engine.elapse(*ms)?),
        Verb::Background => match engine.background()? {
            Some(launch) => Ok(json!({"switched": true, "launch": object(&launch)?})),
            None => Ok(json!({"switched": false})),
        },
        Verb::Foreground => {
            engine.foreground()?;
            Ok(json!({"foreground": true}))
        }
        Verb::NativeUpdate { native_version } => {
            engine.native_update(native_version)?;
            Ok(json!({"nativeVersion": native_version.to_string()}))
        }
        Verb::Delay { conditions, cancel } => delay(engine, conditions.as_deref(), *cancel),
        Verb::Channel { name, unset, list } => channel(engine, name.as_deref(), *unset, *list),
        Verb::Id => Ok(json!({"deviceId": engine.device_id()?})),
        Verb::CustomId { name } => {
            engine.set_custom_id(name)?;
            Ok(json!({"customId": name}))
        }
        Verb::FlushStatistics => {
            engine.flush_statistics()?;
            Ok(json!({"flushed": true}))
        }
        Verb::FailedUpdate => Ok(json!({"failed": object(&engine.take_failed_update()?)?})),
        Verb::Gc => object(&engine.gc()?),
        Verb::Status => status(engine, output),
        Verb::List | Verb::Verify { .. } => Ok(Value::Null),
    }
}

/// The device at a glance with its last failures, which people get as a table too.
fn status(engine: &Engine, output: &Output) -> Result<Value, Failure> {
    let mut status = object(&engine.status()?)?;
    let failures = engine.failures();
    if !output.is_json() && !failures.is_empty() {
        let header = ["count", "last", "phase", "code", "version", "reason"];
        let rows: Vec<_> = failures
            .iter()
            .map(|failure| {
                vec![
                    failure.count.to_string(),
                    failure.last_at.clone(),
                    failure.phase.as_str().to_owned(),
                    failure.code.to_string(),
                    failure.version.clone(),
                    failure.reason.clone(),
                ]
            })
            .collect();
        output.table("What failed lately", &header, &rows);
    }
    if let Some(fields) = status.as_object_mut() {
        fields.insert("failures".to_owned(), object(&failures)?);
    }
    Ok(status)
}

/// Answers with the conditions that hold back the next bundle from now on.
fn delay(engine: &Engine, conditions: Option<&str>, cancel: bool) -> Result<Value, Failure> {
    let conditions: Option<Vec<DelayCondition>> = match conditions {
        Some(json) => Some(serde_json::from_str(json).map_err(|error| {
            Failure::usage(format!(
                r#"--conditions: {error}; write a list such as [{{"kind":"kill"}}]"#
            ))
        })?),
        None => cancel.then(Vec::new),
    };
    if let Some(conditions) = conditions {
        engine.delay_until(&conditions)?;
    }
    Ok(json!({"delayConditions": object(&engine.delay_conditions()?)?}))
}

/// Answers with the channel that the device follows from now on, or with those there are.
fn channel(engine: &Engine, name: Option<&str>, unset: bool, list: bool) -> Result<Value, Failure> {
    match (name, unset, list) {
        (Some(name), _, _) => object(&engine.set_channel(name)?),
        (None, true, _) => object(&engine.unset_channel()?),
        (None, false, true) => Ok(json!({"channels": object(&engine.channels()?)?})),
        (None, false, false) => object(&engine.channel()?),
    }
}

fn rollback(rollback: &Rollback) -> Result<Value, Failure> {
    object(rollback)
}

/// One object a bundle; the exit code is that of the first bundle that is not whole.
fn verify(verdicts: &[Verified], output: &Output) -> Result<(), Failure> {
    verdicts.iter().for_each(|verdict| output.object(verdict));
    match verdicts
        .iter()
        .find_map(|verdict| Some((verdict.code?, verdict.message.clone()?)))
    {
        Some((code, message)) => Err(Failure::new(code, message)),
        None => Ok(()),
    }
}

/// The answer, and what the installation's stages took, in microseconds of all threads together.
fn timed(mut answer: Value, stages: &Stages) -> Value {
    let micros = |stage| u64::try_from(stages.spent(stage).as_micros()).unwrap_or(u64::MAX);
    let spent: Map<String, Value> = Stages::ALL
        .iter()
        .map(|(stage, name)| ((*name).to_owned(), micros(*stage).into()))
        .collect();
    if let Some(fields) = answer.as_object_mut() {
        fields.insert("stages".to_owned(), spent.into());
    }
    answer
}

fn object(value: &impl Serialize) -> Result<Value, Failure> {
    serde_json::to_value(value).map_err(|error| Failure::new(Code::Internal, error.to_string()))
}
