//! Bad input: a stable code, a sentence that says what to do, the running bundle and the state as
//! they were, and a clean sync right after without manual cleaning.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::airlock::Run;
use crate::forge::zip_of;
use crate::world::{Device, World};

/// A device that runs 2.0.0, and a 3.0.0 on the server that is about to go wrong; an archive is the only way to it.
pub struct Scene {
    /// Its surroundings.
    pub world: World,
}

impl Scene {
    /// Prepares it.
    pub fn new() -> Self {
        Self::of(World::with_v2())
    }

    /// The same in a world in memory.
    pub fn in_memory() -> Self {
        Self::of(World::in_memory().and_v2())
    }

    fn of(world: World) -> Self {
        world.device().ok(&["sync"]);
        assert_eq!(world.device().confirm(), "2.0.0");
        world.web("v3", &[("index.html", "<h1>three</h1>"), ("app.js", "three()")]);
        world.publish_whole("v3", "3.0.0", &["--sequence", "3"]).ok();
        Self { world }
    }

    /// The device. Its clock stands still, so that it waits for nothing between two attempts.
    pub fn device(&self) -> Device<'_> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        self.world.device().with(&["--now", &now.as_millis().to_string()])
    }

    /// The refusal, and that it changed nothing.
    pub fn refuses(&self, device: &Device<'_>, exit: i32, code: &str) -> Run {
        let before = device.essence();
        let run = device.run(&["sync"]).refused(exit, code);
        assert_eq!(device.essence(), before, "a refusal changes nothing");
        assert_eq!(self.device().confirm(), "2.0.0", "the running bundle still runs");
        run
    }

    /// The positive control: the same device, a good release, no cleaning.
    pub fn heals(&self) {
        self.world.server.fault(None);
        self.world.web("v4", &[("index.html", "<h1>four</h1>")]);
        self.world.publish("v4", "4.0.0", &["--sequence", "4"]).ok();
        assert_eq!(self.device().ok(&["sync"])["result"], "staged");
        assert_eq!(self.device().confirm(), "4.0.0");
    }

    /// Replaces the archive of 3.0.0 by a validly signed one.
    pub fn forge_archive(&self, change: impl FnOnce(&mut Vec<(String, Vec<u8>)>)) {
        let forge = self.world.forge();
        let checksum = forge.target("stable/3/checksum.json");
        let mut entries = vec![
            ("app.js".to_owned(), b"three()".to_vec()),
            ("checksum.json".to_owned(), checksum),
            ("index.html".to_owned(), b"<h1>three</h1>".to_vec()),
        ];
        change(&mut entries);
        let entries: Vec<_> = entries
            .iter()
            .map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
            .collect();
        forge.replace_target("stable/3/bundle.zip", &zip_of(&entries));
    }
}

impl Default for Scene {
    fn default() -> Self {
        Self::new()
    }
}
