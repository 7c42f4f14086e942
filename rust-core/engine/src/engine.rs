//! The engine: a configuration, a host, and nothing that decides anything remembered between two calls but on the disk.

use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::sync::{Mutex, OnceLock};

use airlock_protocol::{ChecksumHead, Device, NativeVersion, Platform, UnixMillis};

use crate::config::Config;
use crate::embedded::{self, Embedded, EmbeddedSource};
use crate::error::Error;
use crate::events::{Event, EventSink};
use crate::install::Stages;
use crate::machine::{self, CustomId, NativeBuild, State, transition};
use crate::ports::{Clock, Conditions, Disk, Random, RealDisk, SecureStore, Transport};
use crate::statistics::Statistics;
use crate::store::{Layout, Loaded, Slots};

/// What the platform gives the engine.
pub struct Host {
    /// The store's directory: private to the app, not restored from backups.
    pub root: PathBuf,
    /// Where the embedded bundle lies.
    pub embedded: EmbeddedSource,
    /// The system the app runs on.
    pub platform: Platform,
    /// The native app's version; `None` keeps the one that was last told.
    pub native_version: Option<NativeVersion>,
    /// Time of day.
    pub clock: Box<dyn Clock>,
    /// Randomness for launch tokens and the device id.
    pub random: Box<dyn Random>,
    /// The network.
    pub transport: Box<dyn Transport>,
    /// The app's listeners.
    pub events: Box<dyn EventSink>,
}

/// The updater of one app. Send and Sync; every call blocks and leaves nothing in memory whose loss an update, a launch or
/// a rollback would notice: between two calls a process may die.
pub struct Engine {
    pub(crate) config: Config,
    pub(crate) host: Host,
    pub(crate) disk: Box<dyn Disk>,
    pub(crate) layout: Layout,
    pub(crate) slots: Slots,
    /// Where the time of installations went, for whoever measures.
    pub(crate) stages: Stages,
    pub(crate) secure_store: Option<Box<dyn SecureStore>>,
    pub(crate) conditions: Option<Box<dyn Conditions>>,
    /// Whether this process serves a launch that could not be written down: the time that its page
    /// takes must not be charged to the launch that the state knows.
    pub(crate) unrecorded: AtomicBool,
    /// Whether the run in progress is to end ([`Engine::cancel`]).
    pub(crate) cancelled: AtomicBool,
    /// What the app calls the device where that is not to be kept (`persistCustomId`).
    pub(crate) custom_id: Mutex<Option<CustomId>>,
    /// What is told to the server at `statsUrl`, as far as it is not on the disk.
    pub(crate) statistics: Statistics,
    /// What an APK says of its bundle, once it could be read.
    in_apk: OnceLock<ChecksumHead>,
}

impl Engine {
    /// An engine on the system's own files. Does no I/O.
    pub fn new(config: Config, host: Host) -> Self {
        Self::on_disk(config, host, Box::new(RealDisk))
    }

    /// An engine on another disk: all its file access goes there. Does no I/O.
    pub fn on_disk(config: Config, host: Host, disk: Box<dyn Disk>) -> Self {
        let root = std::path::absolute(&host.root).unwrap_or_else(|_| host.root.clone());
        let slots = Slots::new(&root);
        Self {
            config,
            host,
            disk,
            layout: Layout::new(root),
            slots,
            stages: Stages::default(),
            secure_store: None,
            conditions: None,
            unrecorded: AtomicBool::new(false),
            cancelled: AtomicBool::new(false),
            custom_id: Mutex::default(),
            statistics: Statistics::default(),
            in_apk: OnceLock::new(),
        }
    }

    /// The same engine, keeping the device's id in the platform's secure store as well. A store that fails never stops
    /// anything.
    #[must_use]
    pub fn with_secure_store(self, store: Box<dyn SecureStore>) -> Self {
        Self {
            secure_store: Some(store),
            ..self
        }
    }

    /// Where the time of the installations since the engine's beginning went.
    pub fn stages(&self) -> &Stages {
        &self.stages
    }

    /// The same engine, asking the platform about connection and battery where `wifiOnly` wants to know.
    #[must_use]
    pub fn with_conditions(self, conditions: Box<dyn Conditions>) -> Self {
        Self {
            conditions: Some(conditions),
            ..self
        }
    }

    /// The configuration the engine works with.
    pub fn config(&self) -> &Config {
        &self.config
    }

    pub(crate) fn disk(&self) -> &dyn Disk {
        self.disk.as_ref()
    }

    pub(crate) fn now(&self) -> UnixMillis {
        self.host.clock.now()
    }

    pub(crate) fn emit(&self, event: &Event) {
        self.hear(event);
        self.host.events.event(event);
    }

    /// The newest state, read without a lock. A store that was never written, or whose state is
    /// corrupt, answers as a device that has never updated. Another app's is not shown.
    pub(crate) fn peek(&self) -> Result<State, Error> {
        match self.slots.load(self.disk()) {
            Loaded::State(state) => self.opened(&state),
            Loaded::Fresh | Loaded::Corrupt => Ok(State::new(String::new())),
            Loaded::Unreadable(source) => Err(Error::storage("read the state", source)),
        }
    }

    /// The state as this app opens it: its own, and without a choice of channel that its configuration does not allow. A
    /// configuration that cannot say its app changes nothing. Errors: `incompatible_app`.
    pub(crate) fn opened(&self, state: &State) -> Result<State, Error> {
        let Some(app) = self.config.owner().cloned() else {
            return Ok(state.clone());
        };
        let (policy, configured) = (self.config.policy(), self.config.channel.clone());
        let state = transition(state, machine::Event::OpenedBy(app, configured.clone()), &policy)?.state;
        match state.chosen_channel.is_some() && !self.config.allows_choice() {
            true => Ok(transition(&state, machine::Event::ChannelChosen(None, configured), &policy)?.state),
            false => Ok(state),
        }
    }

    pub(crate) fn embedded(&self, state: &State) -> Embedded {
        let native = self.native_version(state).map(|version| version.to_string());
        let fallback = self.config.version.clone().or(native);
        Embedded::new(
            self.host.embedded.clone(),
            self.describe_embedded(),
            fallback.as_deref().unwrap_or(embedded::UNNAMED),
        )
    }

    /// A directory may change under a developer's hands; an APK cannot, and its list of entries is long to read.
    fn describe_embedded(&self) -> Option<ChecksumHead> {
        match &self.host.embedded {
            EmbeddedSource::Directory(_) => self.host.embedded.describe(self.disk()),
            EmbeddedSource::Apk(_) => self.in_apk.get().cloned().or_else(|| {
                let described = self.host.embedded.describe(self.disk())?;
                Some(self.in_apk.get_or_init(|| described).clone())
            }),
        }
    }

    pub(crate) fn native_version(&self, state: &State) -> Option<NativeVersion> {
        self.host
            .native_version
            .clone()
            .or_else(|| state.native_version.clone())
    }

    /// The native build that runs.
    pub(crate) fn native_build(&self, state: &State, version: Option<NativeVersion>) -> NativeBuild {
        NativeBuild {
            version,
            embedded_sequence: self.embedded(state).sequence(),
            trust: self.config.trust_fingerprint(),
        }
    }

    /// The device as releases see it. A native version that was never told counts as 0, which no
    /// range that names a minimum contains.
    pub(crate) fn device(&self, state: &State) -> Result<Device, Error> {
        let unknown = || {
            "0".parse()
                .map_err(Error::rejected("naming an unknown native version"))
        };
        Ok(Device {
            app_id: self.config.app_id.clone(),
            platform: self.host.platform,
            native_version: self.native_version(state).map_or_else(unknown, Ok)?,
            now: self.now(),
        })
    }
}
