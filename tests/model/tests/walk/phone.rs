//! The real engine on a temporary directory. Every call comes from a new process.

use std::fs;
use std::path::PathBuf;

use airlock_engine::ports::{FixedClock, SeededRandom};
use airlock_engine::{Config, DelayCondition, Engine, Error, Host, Launch, NoEvents, ResetTo};
use airlock_model_tests::device::{AWAY, DATE, Device, Event, KILL, Token, bit};
use airlock_protocol::{Platform, UnixMillis};
use tempfile::TempDir;

use crate::author::{Author, Files, NOW, URL};

pub(crate) struct Phone<'a> {
    author: &'a Author,
    directory: TempDir,
    config: String,
    pub(crate) native: u8,
    pub(crate) published: u8,
    token: String,
    older: String,
    pub(crate) shown: u8,
}

impl<'a> Phone<'a> {
    pub(crate) fn new(author: &'a Author, switches: [bool; 3]) -> Self {
        let [keep_previous, keep_failed, reset] = switches;
        let key = author.public_key.replace('\n', "\\n");
        let config = format!(
            r#"{{"appId":"com.example.app","updateUrl":"{URL}","publicKey":"{key}","autoDeletePrevious":{},
                "autoDeleteFailed":{},"resetWhenUpdate":{reset}}}"#,
            !keep_previous, !keep_failed
        );
        Self {
            author,
            directory: tempfile::tempdir().unwrap(),
            config,
            native: 1,
            published: 0,
            token: String::new(),
            older: "none".to_owned(),
            shown: 0,
        }
    }

    fn engine(&self) -> Engine {
        let host = Host {
            root: self.root(),
            embedded: self.author.embedded(self.native).into(),
            platform: Platform::Android,
            native_version: Some(format!("{}.0.0", self.native).parse().unwrap()),
            clock: Box::new(FixedClock(UnixMillis::new(NOW))),
            random: Box::new(SeededRandom(1)),
            transport: Box::new(Files(self.author.stage(self.published))),
            events: Box::new(NoEvents),
        };
        Engine::new(Config::parse(self.config.as_bytes()).unwrap(), host)
    }

    fn root(&self) -> PathBuf {
        self.directory.path().join("store")
    }

    fn show(&mut self, launch: &Launch) {
        self.older = std::mem::replace(&mut self.token, launch.token.clone());
        self.shown = self.author.number(&launch.bundle.id);
        let page = fs::read_to_string(launch.root.join("index.html")).unwrap();
        let expected = match self.shown {
            0 => "<h1>embedded</h1>".to_owned(),
            bundle => format!("<h1>{bundle}</h1>"),
        };
        assert_eq!(page, expected, "B2: what is served is what was published");
    }

    pub(crate) fn starts(&mut self) {
        let launch = self.engine().launch();
        self.show(&launch);
    }

    pub(crate) fn syncs(&self) {
        // No release is refused for good here; "blocked" and "up to date" are results.
        let outcome = self.engine().sync();
        if let Err(error) = outcome {
            assert_eq!(error.code().as_str(), "downgrade_refused", "{error}");
        }
    }

    pub(crate) fn bit_flips(&self, bundle: u8) {
        let id = self.author.id(bundle).to_string();
        let file = self.root().join("bundles").join(id).join("index.html");
        fs::write(file, format!("<h2>{bundle}</h1>")).unwrap();
    }

    pub(crate) fn happens(&mut self, event: Event) -> Result<(), Error> {
        let engine = self.engine();
        let id = |bundle: u8| self.author.id(bundle).to_string();
        let token = |which: Token| match which {
            Token::Current => self.token.clone(),
            Token::Other => self.older.clone(),
        };
        let launch = match event {
            Event::Set(bundle, _) => Some(engine.set(&id(bundle))?),
            Event::Reload(_) => Some(engine.reload()?),
            Event::Apply(_) => engine.apply_next()?,
            Event::Reset => Some(engine.reset(ResetTo::Embedded)?),
            Event::ToFallback => Some(engine.reset(ResetTo::LastSuccessful)?),
            Event::Background(_) => engine.background()?,
            Event::Foreground(_) => engine.foreground().map(|()| None)?,
            Event::HalfTimeout(_) => engine.elapse(5_000)?.launch,
            Event::Ready(which) => engine.ready(&token(which)).map(|_| None)?,
            Event::Crash(which, _) => engine.crash(&token(which), Some("test"))?.launch,
            Event::Next(bundle, _) => engine.next(&id(bundle)).map(|_| None)?,
            Event::Delete(bundle) => engine.delete(&id(bundle)).map(|()| None)?,
            Event::DelayUntil(bits) => engine.delay_until(&conditions(bits)).map(|()| None)?,
            other => panic!("{other:?} is no call"),
        };
        if let Some(launch) = launch {
            self.show(&launch);
        }
        Ok(())
    }

    /// What the engine tells of itself, as the model would write it. What it does not tell (how long
    /// the page has been there, since when the app is away) is taken from `expected`.
    pub(crate) fn seen(&self, expected: &Device) -> Device {
        let engine = self.engine();
        let status = engine.status().unwrap();
        let list = engine.list().unwrap();
        let number = |id: &str| self.author.number(id);
        let bits = |ids: &mut dyn Iterator<Item = &str>| ids.fold(0, |bits, id| bits | bit(number(id)));
        let first = list.iter().find(|bundle| number(&bundle.id) == 1);
        let failed = bits(&mut status.failed.iter().map(|failure| failure.id.as_str()));
        let delays = engine.delay_conditions().unwrap();
        Device {
            here: bits(&mut list.iter().map(|bundle| bundle.id.as_str())),
            confirmed: number(&status.fallback.id),
            trial: status.trial.map_or(0, |bundle| number(&bundle.id)),
            next: status.next.map_or(0, |bundle| number(&bundle.id)),
            floor: u8::try_from(status.floor).unwrap(),
            raised: first.is_some_and(|bundle| bundle.sequence == Some(5)),
            failed: [failed, 0],
            delays: delays.iter().map(kind).fold(0, |bits, bit| bits | bit),
            ..*expected
        }
    }

    /// Trees on the disk, as bits.
    pub(crate) fn trees(&self) -> u8 {
        let entries = fs::read_dir(self.root().join("bundles")).into_iter().flatten();
        entries.fold(0, |bits, entry| {
            bits | bit(self.author.number(entry.unwrap().file_name().to_str().unwrap()))
        })
    }
}

fn conditions(bits: u8) -> Vec<DelayCondition> {
    let condition = |kind: &str, value: Option<&str>| DelayCondition {
        kind: kind.to_owned(),
        value: value.map(str::to_owned),
    };
    [
        (KILL, condition("kill", None)),
        (AWAY, condition("background", Some("300000"))),
        (DATE, condition("date", Some("2999-01-01T00:00:00Z"))),
    ]
    .into_iter()
    .filter_map(|(bit, condition)| (bits & bit > 0).then_some(condition))
    .collect()
}

fn kind(condition: &DelayCondition) -> u8 {
    match condition.kind.as_str() {
        "kill" => KILL,
        "background" => AWAY,
        _ => DATE,
    }
}
