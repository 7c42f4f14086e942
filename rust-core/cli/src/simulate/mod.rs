//! `airlock simulate`: a phone in a browser tab. The engine is the real one, the page talks to it through Capacitor's
//! own bridge; only the process, the screen and the user's thumb are played.
//!
//! Read in this order: `phone`, `process` and `updates` (what the phone does), `plugin` and `payload` (what JavaScript asks and hears),
//! `web_view`, `bridge` and `inject` (how a page and its native side meet), `server` and `guard` (who may come in),
//! `control`, `state` and `assets/` (the page beside the phone).

mod bridge;
mod channels;
mod control;
mod events;
mod guard;
mod inject;
mod listen;
mod native_bridge;
mod network;
mod payload;
mod phone;
mod plugin;
mod process;
mod server;
mod shim;
mod shim_phone;
mod state;
mod static_files;
mod timeline;
mod updates;
mod web_view;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use airlock_engine::ports::{SystemClock, SystemRandom};
use airlock_engine::{Config, Engine, Event, EventSink, Host};
use airlock_protocol::{Code, NativeVersion, Platform};
use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use crate::exit::Failure;
use crate::output::Output;
use crate::request_key;

use events::Events;
use guard::Origins;
use network::{Lifeline, PhoneTransport};
use phone::{Parts, Phone};
use server::Site;
use shim::Shim;
use timeline::Timeline;
use web_view::WebView;

/// Run the app on a pretend phone in a browser tab
///
/// Serves the device's current bundle as a Capacitor web view does, with Capacitor's own bridge and this engine behind
/// it, and beside it a control page: the phone, a timeline, the bundles on the device, and keys to kill, relaunch,
/// background and foreground the app. Ends with Ctrl-C.
#[derive(Debug, Args)]
#[command(after_help = "\
Example, in the folder of a Capacitor app:
  airlock simulate --state /tmp/phone --embedded dist --config capacitor.airlock.json --open")]
pub(crate) struct SimulateArgs {
    /// The device's storage; created when it is missing
    #[arg(long, value_name = "DIR")]
    state: PathBuf,
    /// The web bundle that the app ships with
    #[arg(long, value_name = "DIR")]
    embedded: PathBuf,
    /// The app's configuration: capacitor.config.json, or the JSON under plugins.Airlock plus appId
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Ask this repository instead of the configured updateUrl
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// The phone's system
    #[arg(long, value_enum, default_value_t = Phones::Android)]
    platform: Phones,
    /// The version of the native app
    #[arg(long, value_name = "VERSION", default_value = "1.0.0")]
    native_version: NativeVersion,
    /// The port on this machine; 0 takes a free one
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Capacitor's native-bridge.js; default: the one of @capacitor/android in the nearest node_modules
    #[arg(long, value_name = "FILE")]
    bridge: Option<PathBuf>,
    /// Foreground time in milliseconds that a new bundle has to call notifyAppReady; default: the configured one
    #[arg(long, value_name = "MS", value_parser = clap::value_parser!(u64).range(1_000..))]
    app_ready_timeout: Option<u64>,
    /// A program that runs one of Airlock's shims, to be the app's process (for tests of Airlock itself)
    #[arg(long, value_name = "FILE", hide = true)]
    shim: Option<PathBuf>,
    /// Open the control page in the browser
    #[arg(long)]
    open: bool,
}

/// The phones that can be played.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Phones {
    /// Capacitor's Android web view
    Android,
}

/// Where a Capacitor app's configuration has the plugin's part.
const SECTION: &str = "/plugins/Airlock";

/// Runs until Ctrl-C or SIGTERM.
///
/// # Errors
/// `usage` for a folder, file or port that cannot be used, `config_invalid` for a configuration that cannot.
pub(crate) fn run(args: &SimulateArgs, output: &Output) -> Result<(), Failure> {
    let here = std::env::current_dir().map_err(|error| {
        Failure::new(
            Code::StorageFailure,
            format!("cannot find the working folder: {error}"),
        )
    })?;
    let native_bridge = native_bridge::read(args.bridge.as_deref(), &here)?;
    let phone = Arc::new(build_phone(args)?);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new(Code::Internal, format!("cannot start the server: {error}")))?;
    let outcome = runtime.block_on(serve(args, output, phone, native_bridge.into()));
    // A sync in flight is cut off as on a phone that loses its battery: the engine is made for it.
    runtime.shutdown_background();
    outcome
}

async fn serve(
    args: &SimulateArgs,
    output: &Output,
    phone: Arc<Phone>,
    native_bridge: Arc<str>,
) -> Result<(), Failure> {
    let (port, listeners) = listen::bind(args.port).await?;
    let origins = Arc::new(Origins::new(port));
    let started = Arc::clone(&phone);
    let stopped = Arc::clone(&phone);
    // The phone is switched on before anybody can look at it.
    let _ = tokio::task::spawn_blocking(move || started.relaunch()).await;
    tokio::spawn(pass_time(Arc::clone(&phone)));
    let routes = server::routes(Site {
        phone,
        origins: Arc::clone(&origins),
        native_bridge,
    });
    for listener in listeners {
        tokio::spawn(axum::serve(listener, routes.clone()).into_future());
    }
    announce(args, output, &origins);
    listen::stop_signal().await;
    if let Some(shim) = &stopped.shim {
        shim.kill();
    }
    output.say("stopped");
    Ok(())
}

/// The pretend phone's clock: tells the engine how much foreground time passed.
async fn pass_time(phone: Arc<Phone>) {
    loop {
        let phone = Arc::clone(&phone);
        let pause = tokio::task::spawn_blocking(move || phone.tick())
            .await
            .unwrap_or(Duration::from_secs(1));
        tokio::time::sleep(pause).await;
    }
}

fn announce(args: &SimulateArgs, output: &Output, origins: &Origins) {
    let url = format!("{}/", origins.app());
    let control = format!("{}/__airlock/", origins.control());
    output.result(&json!({ "url": url, "control": control }));
    output.done(format_args!("the phone is on: {control}"));
    output.fields(&[("app alone", url), ("stop", "Ctrl-C".to_owned())]);
    if args.open {
        listen::open_browser(&control);
    }
}

fn build_phone(args: &SimulateArgs) -> Result<Phone, Failure> {
    if !args.embedded.join("index.html").is_file() {
        let folder = args.embedded.display();
        return Err(Failure::usage(format!(
            "{folder} has no index.html; build the web app, then name its folder with --embedded"
        )));
    }
    let config = read_config(args)?;
    let timeline = Arc::new(Timeline::new());
    let web_view = Arc::new(WebView::default());
    let events = Arc::new(Events::new(Arc::clone(&timeline), Arc::clone(&web_view)));
    let lifeline = Arc::new(Lifeline::default());
    let key = request_key::read(&config, &args.config)?;
    let credentials = config.credentials(key.as_deref(), Box::new(SystemClock), Box::new(SystemRandom))?;
    let credentials = Arc::new(credentials);
    let http = config.transport().with_credentials(Arc::clone(&credentials));
    let host = Host {
        root: args.state.clone(),
        embedded: args.embedded.clone().into(),
        platform: Platform::Android,
        native_version: Some(args.native_version.clone()),
        clock: Box::new(SystemClock),
        random: Box::new(SystemRandom),
        transport: Box::new(PhoneTransport::new(Box::new(http), Arc::clone(&lifeline))),
        events: Box::new(SharedEvents(Arc::clone(&events))),
    };
    let engine = Engine::new(config, host);
    let shim = args
        .shim
        .as_deref()
        .map(|program| shim_of(args, program))
        .transpose()?;
    // A shim's library does that itself.
    let native = match shim {
        Some(_) => Ok(()),
        None => engine.native_update(&args.native_version),
    };
    let phone = Phone::new(
        engine,
        Parts {
            timeline,
            web_view,
            events,
            lifeline,
            credentials,
            shim,
        },
    );
    // As on a phone: storage that fails is told, and the app starts nevertheless (R6).
    if let Err(error) = native {
        phone.record_error(&error);
    }
    Ok(phone)
}

fn shim_of(args: &SimulateArgs, program: &Path) -> Result<Shim, Failure> {
    let text = std::fs::read_to_string(&args.config)
        .map_err(|error| Failure::usage(format!("cannot read the configuration again: {error}")))?;
    let mut config: Value = serde_json::from_str(&text)
        .map_err(|error| Failure::usage(format!("the configuration is no JSON: {error}")))?;
    let section = if config.pointer(SECTION).is_some() {
        SECTION
    } else {
        ""
    };
    if let Some(section) = config.pointer_mut(section).and_then(Value::as_object_mut) {
        if let Some(url) = &args.url {
            section.insert("updateUrl".into(), json!(url));
        }
        if let Some(timeout) = args.app_ready_timeout {
            section.insert("appReadyTimeout".into(), json!(timeout));
        }
    }
    let setup = json!({
        "stateDir": args.state,
        "embedded": args.embedded,
        "config": config.to_string(),
        "nativeVersion": args.native_version.to_string(),
    });
    Ok(Shim::new(program, &args.embedded, setup))
}

fn read_config(args: &SimulateArgs) -> Result<Config, Failure> {
    let path = args.config.display();
    let json = std::fs::read(&args.config)
        .map_err(|error| Failure::usage(format!("cannot read the configuration {path}: {error}")))?;
    let mut config = Config::parse(&json)?;
    if let Some(url) = &args.url {
        config = config.with_update_url(url.clone());
    }
    if let Some(timeout) = args.app_ready_timeout {
        config.app_ready_timeout = Duration::from_millis(timeout);
    }
    Ok(config)
}

/// The engine owns its sink, the phone delivers from it: both hold the same one.
struct SharedEvents(Arc<Events>);

impl EventSink for SharedEvents {
    fn event(&self, event: &Event) {
        self.0.event(event);
    }
}

/// A lock whose holder panicked still guards whole values here: each critical section leaves none half-written.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
