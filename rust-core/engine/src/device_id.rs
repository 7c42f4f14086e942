//! Where the device's id is kept besides the state.
//!
//! It lives in the state, because nothing may depend on a secure store. Where the host has one, the id lies there too, so
//! that it outlives a lost state and, on iOS, the app. The store is asked by what asks servers, on a worker, and never for
//! a launch: a Keystore takes tens of milliseconds, and a locked device has none.

use crate::engine::Engine;
use crate::machine::DeviceId;

/// Where the id lies in a secure store.
const KEY: &str = "device-id";

/// What the secure store knows of the id.
pub(crate) enum Kept {
    /// An id: it counts.
    Id(DeviceId),
    /// Nothing that is an id; the state's belongs there.
    Nothing,
    /// There is no store, or it would not say.
    Unknown,
}

impl Engine {
    /// Asks the secure store. Not under a lock of ours: it may take its time.
    pub(crate) fn kept_id(&self) -> Kept {
        let Some(store) = self.secure_store.as_deref() else {
            return Kept::Unknown;
        };
        match store.read(KEY) {
            Ok(Some(bytes)) => DeviceId::parse(&bytes).map_or(Kept::Nothing, Kept::Id),
            Ok(None) => Kept::Nothing,
            Err(_) => Kept::Unknown,
        }
    }

    /// Puts the state's id there. What is not taken now is offered again by the next call that asks a server.
    pub(crate) fn keep_id(&self, id: &str) {
        if let Some(store) = &self.secure_store {
            let _ = store.write(KEY, id.as_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use airlock_protocol::{Platform, UnixMillis};

    use super::*;
    use crate::error::Error;
    use crate::ports::{FixedClock, Get, Got, SecureStore, SeededRandom, Sink, Transport, Unavailable};
    use crate::{Config, Host, NoEvents};

    const OTHER: &[u8] = b"0123456789abcdef0123456789abcdef";

    /// A Keychain: it outlives the app.
    #[derive(Default)]
    struct Vault {
        value: Option<Vec<u8>>,
        locked: Option<Unavailable>,
        reads: usize,
        writes: usize,
    }

    impl SecureStore for Arc<Mutex<Vault>> {
        fn read(&self, key: &str) -> Result<Option<Vec<u8>>, Unavailable> {
            assert_eq!(key, KEY);
            let mut vault = self.lock().unwrap();
            vault.reads += 1;
            vault.locked.map_or(Ok(vault.value.clone()), Err)
        }

        fn write(&self, key: &str, value: &[u8]) -> Result<(), Unavailable> {
            assert_eq!(key, KEY);
            let mut vault = self.lock().unwrap();
            vault.writes += 1;
            match vault.locked {
                Some(unavailable) => Err(unavailable),
                None => {
                    vault.value = Some(value.to_vec());
                    Ok(())
                }
            }
        }

        fn remove(&self, _: &str) -> Result<(), Unavailable> {
            self.lock().unwrap().value = None;
            Ok(())
        }
    }

    struct NoNetwork;

    impl Transport for NoNetwork {
        fn get(&self, _: &Get<'_>, _: &mut dyn Sink) -> Result<Got, Error> {
            Ok(Got::Missing)
        }
    }

    /// An app that was installed anew, on a device whose random numbers are these.
    struct App {
        engine: Engine,
        _folder: tempfile::TempDir,
    }

    impl App {
        fn installed(seed: u64, vault: &Arc<Mutex<Vault>>) -> Self {
            let folder = tempfile::tempdir().unwrap();
            let host = Host {
                root: folder.path().join("store"),
                embedded: folder.path().to_owned().into(),
                platform: Platform::Android,
                native_version: None,
                clock: Box::new(FixedClock(UnixMillis::new(1_795_587_000_000))),
                random: Box::new(SeededRandom(seed)),
                transport: Box::new(NoNetwork),
                events: Box::new(NoEvents),
            };
            let config = Config::parse(br#"{"appId":"com.example.app"}"#).unwrap();
            let engine = Engine::new(config, host).with_secure_store(Box::new(Arc::clone(vault)));
            engine.launch();
            Self {
                engine,
                _folder: folder,
            }
        }

        /// What the state says.
        fn id(&self) -> Vec<u8> {
            self.engine.peek().unwrap().device_id.into_bytes()
        }

        /// What asking a server does first.
        fn ask(&self) -> Vec<u8> {
            let state = self.engine.device_state().unwrap();
            assert_eq!(
                state.device_id.as_bytes(),
                self.id(),
                "what is used is what is written down"
            );
            self.id()
        }
    }

    #[test]
    fn the_id_outlives_the_app_where_a_secure_store_does_and_no_launch_asks_it() {
        let vault = Arc::default();
        let first = App::installed(1, &vault);
        assert_eq!(vault.lock().unwrap().reads, 0);
        let id = first.ask();
        assert_eq!(vault.lock().unwrap().value.as_ref(), Some(&id));

        let second = App::installed(2, &vault);
        assert_ne!(second.id(), id, "the launch does not ask");
        assert_eq!(second.ask(), id);
        assert_eq!(second.ask(), id);
        assert_eq!(
            vault.lock().unwrap().writes,
            1,
            "what is there is not written again"
        );
        assert_ne!(App::installed(2, &Arc::default()).ask(), id);
    }

    #[test]
    fn a_locked_store_stops_nothing_and_is_asked_again() {
        let vault: Arc<Mutex<Vault>> = Arc::default();
        let app = App::installed(1, &vault);
        let own = app.id();
        vault.lock().unwrap().value = Some(OTHER.to_vec());
        vault.lock().unwrap().locked = Some(Unavailable);
        assert_eq!(app.ask(), own);
        assert_eq!(vault.lock().unwrap().writes, 0, "nothing is concluded from it");
        vault.lock().unwrap().locked = None;
        assert_eq!(app.ask(), OTHER);
    }

    #[test]
    fn a_store_that_lies_is_not_believed_and_gets_the_states_id() {
        for lie in [
            "",
            "device",
            "0123456789ABCDEF0123456789ABCDEF",
            "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
        ] {
            let vault: Arc<Mutex<Vault>> = Arc::default();
            vault.lock().unwrap().value = Some(lie.as_bytes().to_vec());
            let app = App::installed(1, &vault);
            let own = app.id();
            assert_eq!(app.ask(), own, "{lie:?}");
            assert_eq!(vault.lock().unwrap().value.as_ref(), Some(&own), "{lie:?}");
        }
    }
}
