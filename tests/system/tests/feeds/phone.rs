//! A device that asks one of the servers, and the bundles that they offer.

use std::path::PathBuf;

use airlock_system_tests::{Device, Reference, Run, Said, World, zip_of};
use serde_json::{Value, json};

/// Its clock stands still at this time, so that it waits for nothing between two attempts.
pub(crate) const NOW: &str = "1790000000000";

pub(crate) struct Phone {
    pub(crate) world: World,
    pub(crate) server: Reference,
    config: PathBuf,
}

impl Phone {
    /// Unsigned, unless `more` says otherwise.
    pub(crate) fn of(protocol: &str, path: &str, more: Value) -> Self {
        Self::with(protocol, path, |_| json!({}), more)
    }

    /// The same, with what the server's address says; `null` takes a key away.
    pub(crate) fn with(protocol: &str, path: &str, at: impl Fn(&str) -> Value, more: Value) -> Self {
        let world = World::new();
        let server = Reference::start();
        let url = format!("{}{path}", server.url());
        let config = world.config(|config| {
            let fields = config.as_object_mut().unwrap();
            fields.remove("publicKey");
            fields.extend([
                ("updateProtocol".to_owned(), json!(protocol)),
                ("updateUrl".to_owned(), json!(url)),
                ("allowUnsigned".to_owned(), json!(true)),
            ]);
            fields.extend(at(&server.url()).as_object().unwrap().clone());
            fields.extend(more.as_object().unwrap().clone());
            fields.retain(|_, value| !value.is_null());
        });
        Self {
            world,
            server,
            config,
        }
    }

    pub(crate) fn device(&self) -> Device<'_> {
        self.at(NOW)
    }

    pub(crate) fn at(&self, now: &str) -> Device<'_> {
        self.world
            .device()
            .with_config(self.config.clone())
            .with(&["--now", now])
    }

    /// A refusal that changes nothing.
    pub(crate) fn refuses(&self, exit: i32, code: &str) -> Run {
        let before = self.device().essence();
        let run = self.device().run(&["sync"]).refused(exit, code);
        assert_eq!(self.device().essence(), before, "a refusal changes nothing");
        run
    }

    /// A sync that stages `version`, which then runs.
    pub(crate) fn runs(&self, version: &str, route: &str) {
        let staged = self.device().ok(&["sync"]);
        assert_eq!(staged["result"], "staged", "{staged}");
        assert_eq!(staged["bundle"]["version"], version, "{staged}");
        assert_eq!(staged["route"], route, "{staged}");
        assert_eq!(self.device().confirm(), version);
    }
}

/// A bundle that says its name.
pub(crate) fn archive(name: &str) -> Vec<u8> {
    let page = format!("<h1>{name}</h1>");
    zip_of(&[("app.js", b"run()"), ("index.html", page.as_bytes())])
}

pub(crate) fn sha256(bytes: &[u8]) -> String {
    airlock_protocol::Sha256Digest::of(bytes).to_string()
}

/// JSON with status 200.
pub(crate) fn ok(value: &Value) -> Said {
    Said::new(200, value.to_string()).with("Content-Type", "application/json")
}
