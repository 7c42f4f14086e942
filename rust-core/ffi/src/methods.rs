//! The plugin's methods (src-ts/definitions.ts), one call each.

use airlock_engine::{Engine, Origin};

use crate::airlock::Airlock;
use crate::convert::switched;
use crate::error::{AirlockError, guarded, internal, locked};
use crate::events::AirlockEvent;
use crate::records::{
    BUILTIN, BundleInfo, Collected, Current, DelayCondition, DownloadRequest, DownloadResult, FailedUpdate,
    LatestVersion, Launch, Ready, ResetTo, Status, SyncResult, Verified,
};

/// What the engine takes for the embedded bundle, whatever its tree is.
const EMBEDDED: &str = "embedded";

#[uniffi::export]
impl Airlock {
    /// `notifyAppReady()`: the page with this token works. Another launch's token changes nothing (R2).
    /// Errors: `locked`, `storage_failure`, `no_space`, `incompatible_app`.
    pub fn ready(&self, token: String) -> Result<Ready, AirlockError> {
        self.call(|engine| {
            let mut running = locked(&self.process);
            let ready = engine.ready(&token)?;
            let current = running.as_mut().filter(|process| process.token() == token);
            if let Some(process) = current.filter(|_| ready.accepted) {
                process.confirm();
            }
            Ok(Ready {
                accepted: ready.accepted,
                bundle: (&ready.bundle).into(),
            })
        })
    }

    /// `current()`. Reads without a lock. Errors: `storage_failure`, `incompatible_app`.
    pub fn current(&self) -> Result<Current, AirlockError> {
        self.call(|engine| {
            let status = engine.status()?;
            Ok(Current {
                bundle: (&status.current).into(),
                native: status.native_version.unwrap_or_default(),
            })
        })
    }

    /// `getLatest()`: asks the repository. Uses the network: on a worker. Errors: `download_failed`,
    /// `response_unusable`, `metadata_invalid`, `metadata_expired`, `signature_invalid`, `downgrade_refused`,
    /// `config_invalid`, `public_key_invalid`, `storage_failure`, `locked`.
    pub fn check(&self) -> Result<LatestVersion, AirlockError> {
        self.fetch(|engine| Ok(engine.check()?.into()))
    }

    /// `sync()`: check, download, verify, stage. Uses the network: on a worker. Calls take turns. Errors: as
    /// for [`Airlock::check`], and `checksum_mismatch`, `archive_unsafe`, `path_unsafe`, `signature_missing`,
    /// `incompatible_app` and its kin, `bundle_expired`, `no_space`.
    pub fn sync(&self) -> Result<SyncResult, AirlockError> {
        self.fetch(|engine| Ok(engine.sync()?.into()))
    }

    /// `download()`: one archive, verified, not activated. Uses the network: on a worker. Errors: as for
    /// [`Airlock::sync`].
    pub fn download(&self, request: DownloadRequest) -> Result<DownloadResult, AirlockError> {
        self.fetch(|engine| Ok(engine.download(&request.into())?.into()))
    }

    /// `cancelDownload()`: ends the sync, check or download that runs; it fails with `download_failed`. What has arrived is
    /// kept and the next one goes on from there. Without one nothing happens. Quick, from any thread. Errors: `internal`.
    pub fn cancel(&self) -> Result<(), AirlockError> {
        self.call(|engine| {
            engine.cancel();
            Ok(())
        })
    }

    /// `setRequestToken()`: what the app's own servers, those of `updateUrl` and `mirrors`, are told of who asks, as
    /// `Authorization: Bearer`; nothing to forget it. Kept in the secure store where there is one: on a worker. Errors: `usage`
    /// for what is no token; `storage_failure` when the secure store does not take it, and then it counts until the process
    /// ends.
    pub fn set_request_token(&self, token: Option<String>) -> Result<(), AirlockError> {
        guarded(|| Ok(self.credentials()?.set_token(token.as_deref())?))
    }

    /// `setRequestKey()`: the key of `requestSignature`, base64 for `HMAC-SHA256` and PEM for `Ed25519`; nothing to forget it.
    /// Kept in the secure store where there is one: on a worker. Errors: `usage` for what is no such key, and where no
    /// `requestSignature` is configured; `storage_failure` as with [`Airlock::set_request_token`].
    pub fn set_request_key(&self, key: Option<String>) -> Result<(), AirlockError> {
        guarded(|| Ok(self.credentials()?.set_key(key.as_deref())?))
    }

    /// `next()`: makes a bundle on the device the next one. Errors: `bundle_unknown`, `bundle_failed`,
    /// `downgrade_refused`, `incompatible_native`, and as for [`Airlock::ready`].
    pub fn next(&self, id: String) -> Result<BundleInfo, AirlockError> {
        self.call(|engine| Ok((&engine.next(engine_id(&id))?).into()))
    }

    /// `set()`: serves a bundle on the device now; show what this answers with. Errors: as for
    /// [`Airlock::next`].
    pub fn set(&self, id: String) -> Result<Launch, AirlockError> {
        switched(self.switch(|engine| Ok(Some(engine.set(engine_id(&id))?)))?)
    }

    /// `reload()`: the web app again, with the staged bundle if there is one; show what this answers with. The
    /// page that comes hears `appReloaded`. Errors: as for [`Airlock::ready`].
    pub fn reload(&self) -> Result<Launch, AirlockError> {
        switched(self.switch(|engine| {
            let launch = engine.reload()?;
            self.outbox.push(AirlockEvent::AppReloaded);
            Ok(Some(launch))
        })?)
    }

    /// `reset()`: goes back now; show what this answers with. Errors: as for [`Airlock::ready`].
    pub fn reset(&self, to: ResetTo) -> Result<Launch, AirlockError> {
        switched(self.switch(|engine| Ok(Some(engine.reset(to.into())?)))?)
    }

    /// `list()`: the embedded bundle first. Reads without a lock. Errors: as for [`Airlock::current`].
    pub fn list(&self) -> Result<Vec<BundleInfo>, AirlockError> {
        self.call(|engine| Ok(engine.list()?.iter().map(BundleInfo::from).collect()))
    }

    /// `delete()`. Errors: `bundle_unknown`, `bundle_in_use`, and as for [`Airlock::ready`].
    pub fn delete(&self, id: String) -> Result<(), AirlockError> {
        self.call(|engine| Ok(engine.delete(engine_id(&id))?))
    }

    /// `getNextBundle()`. Reads without a lock. Errors: as for [`Airlock::current`].
    pub fn next_bundle(&self) -> Result<Option<BundleInfo>, AirlockError> {
        self.call(|engine| Ok(engine.status()?.next.as_ref().map(BundleInfo::from)))
    }

    /// `getFailedUpdate()`: the last rollback, once. Errors: as for [`Airlock::ready`].
    pub fn take_failed_update(&self) -> Result<Option<FailedUpdate>, AirlockError> {
        self.call(|engine| Ok(engine.take_failed_update()?.as_ref().map(FailedUpdate::from)))
    }

    /// `setMultiDelay()`; an empty list is `cancelDelay()`. Errors: `usage` for a condition that makes no sense,
    /// and then none is set; and as for [`Airlock::ready`].
    pub fn delay_until(&self, conditions: Vec<DelayCondition>) -> Result<(), AirlockError> {
        let conditions: Vec<_> = conditions.into_iter().map(Into::into).collect();
        self.call(|engine| Ok(engine.delay_until(&conditions)?))
    }

    /// `getDelayConditions()`. Reads without a lock. Errors: as for [`Airlock::current`].
    pub fn delay_conditions(&self) -> Result<Vec<DelayCondition>, AirlockError> {
        self.call(|engine| Ok(engine.delay_conditions()?.into_iter().map(Into::into).collect()))
    }

    /// The whole device at a glance. Reads without a lock. Errors: as for [`Airlock::current`].
    pub fn status(&self) -> Result<Status, AirlockError> {
        self.call(|engine| Ok((&engine.status()?).into()))
    }

    /// Checks every byte of one bundle, or of all. Reads without a lock, and long. Errors: `bundle_unknown`,
    /// `storage_failure`.
    pub fn verify(&self, id: Option<String>) -> Result<Vec<Verified>, AirlockError> {
        self.call(|engine| {
            let embedded = embedded(engine)?.id;
            let verdicts = engine.verify(id.as_deref().map(engine_id))?;
            let public = |id: String| match id == embedded {
                true => BUILTIN.to_owned(),
                false => id,
            };
            Ok(verdicts
                .into_iter()
                .map(|verdict| Verified {
                    id: public(verdict.id),
                    valid: verdict.valid,
                    code: verdict.code.map(|code| code.as_str().to_owned()),
                    message: verdict.message,
                })
                .collect())
        })
    }

    /// Removes what is temporary or named by nothing. Errors: `locked`, `storage_failure`.
    pub fn gc(&self) -> Result<Collected, AirlockError> {
        self.call(|engine| {
            let _turn = self.turns.take()?;
            Ok(engine.gc()?.into())
        })
    }

    /// The version of the embedded bundle. Errors: as for [`Airlock::current`].
    pub fn builtin_version(&self) -> Result<String, AirlockError> {
        self.call(|engine| Ok(embedded(engine)?.version))
    }
}

impl Airlock {
    /// A call that uses the network, when its turn has come.
    pub(crate) fn fetch<T>(
        &self,
        work: impl FnOnce(&Engine) -> Result<T, AirlockError>,
    ) -> Result<T, AirlockError> {
        let answer = guarded(|| {
            let engine = self.configured()?;
            let _turn = self.turns.take()?;
            work(engine)
        });
        self.settle();
        answer
    }
}

/// The engine's name for the id that JavaScript uses.
fn engine_id(id: &str) -> &str {
    match id {
        BUILTIN => EMBEDDED,
        id => id,
    }
}

fn embedded(engine: &Engine) -> Result<airlock_engine::Bundle, AirlockError> {
    let found = engine
        .list()?
        .into_iter()
        .find(|bundle| bundle.origin == Origin::Embedded);
    found.ok_or_else(|| internal("no bundle is embedded"))
}
