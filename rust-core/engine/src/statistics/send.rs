//! The batch to the server at `statsUrl`.

use airlock_foreign::capgo::ANSWER_BYTES;
use serde_json::Value;

use crate::engine::Engine;
use crate::error::Error;
use crate::feed::info;
use crate::machine::State;
use crate::ports::{Post, Verb};
use crate::transfer::Transfer;

impl Engine {
    /// Sends what waits, all at once, and keeps it where time may mend what went wrong: no network, 408, 429, 5xx, an answer
    /// that is not the server's. Another 4xx drops it. One attempt; `sync` and `check` make it too. Nothing without `statsUrl`.
    /// Uses the network: on a worker. Errors, for those who want to know: `download_failed`, `response_unusable`, `locked`,
    /// `config_invalid`, `storage_failure`.
    pub fn flush_statistics(&self) -> Result<(), Error> {
        let Some(url) = self.config.stats_url() else {
            return Ok(());
        };
        self.keep_statistics();
        let _sync = self.sync_lock()?;
        let waiting = self.waiting();
        if waiting.is_empty() {
            return Ok(());
        }
        let mut transfer = Transfer::open(self, Vec::new())?;
        let state = self.device_state()?;
        let told = waiting.iter().map(|entry| self.told(&state, entry));
        let body = Value::Array(told.collect()).to_string();
        let user_agent = info::user_agent(self);
        let post = Post {
            verb: Verb::Post,
            url,
            body: body.as_bytes(),
            user_agent: &user_agent,
            max_bytes: ANSWER_BYTES,
        };
        // A 2xx has taken it, and what another 4xx does not like it will not like later.
        transfer.post_once(&post, info::pause)?;
        self.forget(&waiting);
        Ok(())
    }

    /// After a run that reached a server, or did not need to.
    pub(crate) fn tell_statistics<T>(&self, outcome: &Result<T, Error>) {
        self.keep_statistics();
        let is_pointless = matches!(
            outcome,
            Err(Error::Download { .. }
                | Error::Handshake { .. }
                | Error::Quiet { .. }
                | Error::Cancelled
                | Error::Locked)
        );
        if !is_pointless {
            let _best_effort = self.flush_statistics();
        }
    }

    /// An entry with what the device says of itself; the entry's own fields stand.
    fn told(&self, state: &State, entry: &Value) -> Value {
        let mut told = info::of_device(self, state, "");
        if let (Some(fields), Some(own)) = (told.as_object_mut(), entry.as_object()) {
            fields.extend(own.clone());
        }
        told
    }
}
