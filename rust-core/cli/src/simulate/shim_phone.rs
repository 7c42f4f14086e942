//! What the phone does when a real process decides ([`super::shim`]): it shows, notes and passes on.

use std::time::Instant;

use airlock_engine::{Error, Launch};
use airlock_protocol::Code;
use serde_json::{Map, Value, json};

use super::phone::{Phone, millis};
use super::plugin::{Answer, Rejection};
use super::shim::Shim;
use super::web_view::Delivery;

/// The plugin's events (src-ts/events.ts), for the timeline, which keeps no text of others.
const EVENTS: &[&str] = &[
    "download",
    "updateAvailable",
    "downloadComplete",
    "downloadFailed",
    "updateFailed",
    "set",
    "appReady",
    "appReloaded",
];

impl Phone {
    /// Passes a call of the page on, and notes what the control page shows of it.
    pub(super) fn call_shim(&self, shim: &Shim, method: &str, options: &Map<String, Value>) -> Answer {
        let answer = match method {
            "sync" => self.sync_by_shim(shim, "the page asked for it"),
            "getLatest" | "download" => self.fetch(|| shim.call(method, options)),
            _ => shim.call(method, options),
        };
        if let ("notifyAppReady", Ok(Some(ready))) = (method, &answer) {
            let token = options.get("token").and_then(Value::as_str).unwrap_or_default();
            self.note_ready(token, ready);
        }
        self.timeline.state_changed();
        answer
    }

    /// The control page's sync key.
    pub(super) fn sync_key_by_shim(&self, shim: &Shim) -> Result<Value, Error> {
        let answer = self.sync_by_shim(shim, "the key was pressed");
        answer
            .map(Option::unwrap_or_default)
            .map_err(|Rejection { code, message }| Error::Usage {
                code: Code::Usage,
                text: format!("{code}: {message}"),
            })
    }

    fn sync_by_shim(&self, shim: &Shim, why: &str) -> Answer {
        self.fetch(|| {
            self.timeline.record("sync", json!({ "why": why }));
            self.timeline.state_changed();
            let started = Instant::now();
            let answer = shim.call("sync", &Map::new());
            let mut data = match &answer {
                Ok(result) => result.clone().unwrap_or_default(),
                Err(Rejection { code, message }) => {
                    json!({ "result": "failed", "code": code, "message": message })
                }
            };
            if let Some(object) = data.as_object_mut() {
                object.insert("ms".into(), millis(started.elapsed()).into());
            }
            self.timeline.record("synced", data);
            answer
        })
    }

    /// An event of the process, on its way to the page's listeners.
    pub(super) fn hear_from_shim(&self, name: &str, data: Value, retained: bool) {
        let delivery = if retained {
            Delivery::Retained
        } else {
            Delivery::Now
        };
        self.web_view.notify(name, &data, delivery);
        if let Some(known) = EVENTS.iter().find(|known| **known == name) {
            self.timeline.record(known, data);
        }
        self.timeline.state_changed();
    }

    /// The process wants another bundle shown, if `is_alive` says that it is still there to want it.
    pub(super) fn show_for_shim(&self, launch: Launch, is_alive: impl FnOnce() -> bool) {
        self.switch_if(launch, "the app's process showed it", is_alive);
        self.timeline.state_changed();
    }

    fn note_ready(&self, token: &str, ready: &Value) {
        let bundle = ready.get("bundle").cloned().unwrap_or_default();
        let accepted = bundle.get("status").and_then(Value::as_str) == Some("success") && self.confirm(token);
        let data = json!({ "accepted": accepted, "bundle": bundle, "afterMs": millis(self.page_age()) });
        self.timeline.record("ready", data);
    }
}
