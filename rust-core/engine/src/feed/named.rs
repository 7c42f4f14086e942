//! What the feeds have in common that offer one bundle and name it.
//!
//! They keep no numbered list of releases, so the rules of [`super::select`] are not theirs: a name is equal to the one
//! that runs or it is another bundle. What failed here is not tried again under its name (R5), and the floor holds when
//! a bundle is made the next one (R9).

use airlock_protocol::{BundleId, Code, Sequence};

use super::Feed;
use crate::engine::Engine;
use crate::error::Error;
use crate::install::{Depth, verify_tree};
use crate::machine::{Refusal, State};
use crate::records::{Bundle, Check, Offer, Route, Served, Sync};
use crate::transfer::Transfer;
use crate::update::Urgency;

/// One run of a feed: one check or sync.
pub(crate) struct Run<'e> {
    pub(crate) engine: &'e Engine,
    pub(crate) transfer: Transfer<'e>,
    pub(crate) state: State,
    /// What runs now.
    pub(crate) running: Served,
}

/// A bundle on offer.
#[derive(Clone, Debug)]
pub(crate) struct Offered<T> {
    /// The name that the server gives it.
    pub(crate) version: String,
    /// What it is, where the server's description says so.
    pub(crate) tree: Option<(BundleId, Sequence)>,
    /// Bytes to download; 0 where nobody says.
    pub(crate) bytes: u64,
    /// What the publisher says about it.
    pub(crate) notes: Option<String>,
    /// What the feed needs to fetch it.
    pub(crate) how: T,
}

/// What a server says.
pub(crate) enum Answer<T> {
    /// What runs is what it would have us run.
    UpToDate,
    /// This, if we do not have it.
    Offered(Offered<T>),
    /// Something, and not on this device.
    Blocked(Offered<()>, Code, String),
}

/// How one feed asks and fetches.
pub(crate) trait Source {
    /// What it needs to fetch what it offers.
    type How;

    /// Asks the server.
    fn ask(&self, run: &mut Run<'_>) -> Result<Answer<Self::How>, Error>;

    /// Fetches, verifies and installs.
    fn fetch(&self, run: &mut Run<'_>, offered: &Offered<Self::How>) -> Result<(Bundle, Route), Error>;
}

/// A feed made of a [`Source`].
pub(crate) struct Named<S>(pub(crate) S);

impl<S: Source> Feed for Named<S> {
    fn check(&self, engine: &Engine) -> Result<Check, Error> {
        let mut run = Run::begin(engine)?;
        Ok(match self.judged(&mut run)? {
            Answer::UpToDate => Check::UpToDate { bundle: run.running },
            Answer::Offered(offered) => Check::Available {
                bundle: run.offer(&offered),
            },
            Answer::Blocked(offered, code, message) => Check::Blocked {
                bundle: run.offer(&offered),
                code,
                message,
            },
        })
    }

    fn sync(&self, engine: &Engine, version: &mut String) -> Result<Sync, Error> {
        let mut run = Run::begin(engine)?;
        let offered = match self.judged(&mut run)? {
            Answer::Offered(offered) => offered,
            Answer::UpToDate => {
                return Ok(Sync::UpToDate {
                    bytes_downloaded: run.transfer.received(),
                    bundle: run.running,
                    route: Route::None,
                });
            }
            Answer::Blocked(offered, code, message) => {
                return Ok(Sync::Blocked {
                    bundle: run.offer(&offered),
                    bytes_downloaded: run.transfer.received(),
                    route: Route::None,
                    code,
                    message,
                });
            }
        };
        version.clone_from(&offered.version);
        let (id, route) = match run.installed(&offered) {
            Some(id) => (id.to_string(), Route::None),
            None => {
                if let Some(reason) = engine.postponement(Urgency::Usual) {
                    return Ok(Sync::Postponed {
                        bundle: run.offer(&offered),
                        bytes_downloaded: run.transfer.received(),
                        route: Route::None,
                        reason,
                    });
                }
                let (bundle, route) = self.0.fetch(&mut run, &offered)?;
                (bundle.id, route)
            }
        };
        engine.staged(&id, run.transfer.received(), route, Vec::new())
    }
}

impl<S: Source> Named<S> {
    /// The server's answer, held against what this device knows.
    fn judged(&self, run: &mut Run<'_>) -> Result<Answer<S::How>, Error> {
        let offered = match self.0.ask(run)? {
            Answer::Offered(offered) => offered,
            other => return Ok(other),
        };
        if run.is_running(&offered) {
            return Ok(Answer::UpToDate);
        }
        if offered
            .tree
            .is_some_and(|(_, sequence)| sequence.get() < run.state.floor)
        {
            return Err(Error::Refused(Refusal::BelowFloor));
        }
        match run.has_failed(&offered) {
            Some(message) => Ok(Answer::Blocked(
                offered.without_how(),
                Code::BundleFailed,
                message,
            )),
            None => Ok(Answer::Offered(offered)),
        }
    }
}

impl<'e> Run<'e> {
    pub(super) fn begin(engine: &'e Engine) -> Result<Self, Error> {
        // No key and no `allowUnsigned`: nobody is asked anything.
        engine.config.trust()?;
        let transfer = Transfer::open(engine, engine.config.bases())?;
        let state = engine.device_state()?;
        let running = engine.served(&state, state.current());
        Ok(Self {
            engine,
            transfer,
            state,
            running,
        })
    }

    /// By content where it is known, else by name.
    fn is_running<T>(&self, offered: &Offered<T>) -> bool {
        match offered.tree {
            Some((id, _)) => id.to_string() == self.running.id,
            None => offered.version == self.running.version,
        }
    }

    /// Why it is not tried again, if it is not.
    fn has_failed<T>(&self, offered: &Offered<T>) -> Option<String> {
        let now = self.engine.now().get();
        let failed = match offered.tree {
            Some((id, sequence)) => self.state.verdict(&id, sequence, now),
            None => {
                let mut failed = self.state.failed.iter();
                failed.find(|failed| failed.version == offered.version && now < failed.expires)
            }
        }?;
        let (version, cause) = (&offered.version, failed.cause.as_str());
        Some(format!(
            "bundle {version} failed on this device ({cause}); publish a fixed one under another version"
        ))
    }

    /// The offered bundle, if it is on the device and whole.
    fn installed<T>(&self, offered: &Offered<T>) -> Option<BundleId> {
        let named = |id: &BundleId| match offered.tree {
            Some((tree, _)) => tree == *id,
            None => {
                let installed = self.state.bundles.get(id);
                installed.is_some_and(|installed| installed.version == offered.version)
            }
        };
        let id = self.state.bundles.keys().find(|id| named(id))?;
        let engine = self.engine;
        let directory = engine.layout.bundle(id);
        let whole = verify_tree(engine.disk(), &directory, Some(id), Depth::Bytes);
        whole.is_ok().then_some(*id)
    }

    fn offer<T>(&self, offered: &Offered<T>) -> Offer {
        let here = self.installed(offered).is_some();
        Offer {
            id: offered.tree.map_or_else(String::new, |(id, _)| id.to_string()),
            version: offered.version.clone(),
            sequence: offered.tree.map_or(0, |(_, sequence)| sequence.get()),
            download_bytes: if here { 0 } else { offered.bytes },
            mandatory: false,
            notes: offered.notes.clone(),
        }
    }
}

impl<T> Offered<T> {
    /// One of which nothing but its name is known.
    pub(crate) fn named(version: String, how: T) -> Self {
        Self {
            version,
            tree: None,
            bytes: 0,
            notes: None,
            how,
        }
    }

    fn without_how(self) -> Offered<()> {
        Offered {
            version: self.version,
            tree: self.tree,
            bytes: self.bytes,
            notes: self.notes,
            how: (),
        }
    }
}
