//! What the phone fetches: a sync when somebody asks, and the ones that `autoUpdate` wants. No page waits for them.

use std::sync::Arc;
use std::time::Instant;

use airlock_engine::{AutoUpdate, Error, Sync};
use airlock_protocol::Code;
use serde_json::json;

use super::locked;
use super::payload;
use super::phone::{Phone, millis};

impl Phone {
    /// Checks, downloads, verifies and stages. Takes turns with other fetches; ends early when the process is killed.
    /// Errors: `usage` while no process runs that could do it.
    pub(crate) fn sync(&self, why: &str) -> Result<Sync, Error> {
        if self.launch().is_none() {
            let text = "the app does not run; relaunch it first".to_owned();
            return Err(Error::Usage {
                code: Code::Usage,
                text,
            });
        }
        self.fetch(|| {
            self.timeline.record("sync", json!({ "why": why }));
            self.timeline.state_changed();
            let started = Instant::now();
            let outcome = self.engine.sync();
            let mut data = match &outcome {
                Ok(sync) => payload::sync_result(sync),
                Err(error) => {
                    json!({ "result": "failed", "code": error.code().as_str(), "message": error.to_string() })
                }
            };
            if let Some(object) = data.as_object_mut() {
                object.insert("ms".into(), millis(started.elapsed()).into());
            }
            self.timeline.record("synced", data);
            outcome
        })
    }

    /// Runs something that uses the network, one at a time.
    pub(crate) fn fetch<T>(&self, work: impl FnOnce() -> T) -> T {
        let turn = locked(&self.fetching);
        self.lifeline.borrow();
        let result = work();
        drop(turn);
        self.events.deliver();
        self.timeline.state_changed();
        result
    }

    /// Whether something is being fetched now.
    pub(crate) fn is_fetching(&self) -> bool {
        self.fetching.try_lock().is_err()
    }

    /// What `autoUpdate` asks for at launch and foreground, on a thread of its own.
    pub(super) fn sync_by_itself(self: &Arc<Self>, why: &'static str) {
        let policy = self.engine.config().auto_update;
        // A shim does that itself.
        if policy == AutoUpdate::Off || self.shim.is_some() {
            return;
        }
        let phone = Arc::clone(self);
        let launch = self.launch_number();
        std::thread::spawn(move || {
            let outcome = phone.sync(why);
            let staged = matches!(outcome, Ok(Sync::Staged { .. }));
            // Only in the process that asked for it, and only if the user has not moved on meanwhile.
            if staged && policy == AutoUpdate::AtOnce && phone.launch_number() == launch {
                let applied = phone.apply_next("applied as soon as it was staged");
                if let Err(error) = applied {
                    phone.record_error(&error);
                }
            }
        });
    }

    /// `triggerUpdateCheck()`: what happens by itself, now, unless something is fetched already.
    pub(super) fn trigger_update_check(self: &Arc<Self>) -> &'static str {
        let config = self.engine.config();
        if config.auto_update == AutoUpdate::Off || config.update_url.is_none() || self.launch().is_none() {
            return "unavailable";
        }
        if self.is_fetching() {
            return "already_running";
        }
        self.sync_by_itself("the page triggered it");
        "queued"
    }

    /// The number of the running launch; `None` while the app is killed.
    fn launch_number(&self) -> Option<u64> {
        self.with_process(|process| process.map(|process| process.number))
    }
}
