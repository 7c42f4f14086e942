//! From the engine's records to those of the JavaScript API.

use airlock_engine::{
    Bundle, BundleStatus, Check, Downloaded, Failure, Offer, Origin, Route, Served, Sync, failure_reason,
};

use crate::error::{AirlockError, internal};
use crate::records::{
    BUILTIN, BundleInfo, Collected, DelayCondition, DownloadRequest, DownloadResult, FailedUpdate,
    LatestVersion, Launch, ResetTo, ServedBundle, Status, SyncResult,
};

/// The id that JavaScript sees.
pub(crate) fn public_id(id: &str, origin: Origin) -> String {
    match origin {
        Origin::Embedded => BUILTIN.to_owned(),
        Origin::Ota => id.to_owned(),
    }
}

/// What a call that always switches the page answers with.
pub(crate) fn switched(launch: Option<Launch>) -> Result<Launch, AirlockError> {
    launch.ok_or_else(|| internal("a switch served nothing"))
}

fn route(route: Route) -> String {
    match route {
        Route::None => "none",
        Route::Patch => "patch",
        Route::Files => "files",
        Route::Archive => "archive",
    }
    .to_owned()
}

impl From<&Bundle> for BundleInfo {
    fn from(bundle: &Bundle) -> Self {
        let status = match bundle.status {
            BundleStatus::Confirmed => "success",
            BundleStatus::Downloaded | BundleStatus::Next | BundleStatus::Trial => "pending",
            BundleStatus::Failed => "error",
        };
        Self {
            id: public_id(&bundle.id, bundle.origin),
            version: bundle.version.clone(),
            downloaded: bundle.installed_at.clone().unwrap_or_default(),
            checksum: match bundle.origin {
                Origin::Embedded => String::new(),
                Origin::Ota => bundle.id.clone(),
            },
            status: status.to_owned(),
            sequence: bundle.sequence,
        }
    }
}

impl From<&Offer> for BundleInfo {
    fn from(offer: &Offer) -> Self {
        Self {
            id: offer.id.clone(),
            version: offer.version.clone(),
            downloaded: String::new(),
            checksum: offer.id.clone(),
            status: "downloading".to_owned(),
            sequence: Some(offer.sequence),
        }
    }
}

impl From<&Served> for ServedBundle {
    fn from(served: &Served) -> Self {
        Self {
            id: public_id(&served.id, served.origin),
            version: served.version.clone(),
        }
    }
}

impl From<&airlock_engine::Launch> for Launch {
    fn from(launch: &airlock_engine::Launch) -> Self {
        Self {
            root: match launch.bundle.origin {
                Origin::Embedded => None,
                Origin::Ota => Some(launch.root.display().to_string()),
            },
            token: launch.token.clone(),
            attempt: launch.attempt,
            bundle: (&launch.bundle).into(),
        }
    }
}

impl Launch {
    /// What a panic at the launch leaves: the embedded bundle, whose page can confirm nothing.
    pub(crate) fn embedded_unrecorded() -> Self {
        Self {
            root: None,
            token: String::new(),
            attempt: 1,
            bundle: ServedBundle {
                id: BUILTIN.to_owned(),
                version: String::new(),
            },
        }
    }
}

impl From<Check> for LatestVersion {
    fn from(check: Check) -> Self {
        let of = |offer: Offer| Self {
            version: offer.version,
            kind: None,
            sequence: Some(offer.sequence),
            checksum: Some(offer.id),
            error: None,
            message: None,
        };
        match check {
            Check::UpToDate { bundle } => Self {
                version: bundle.version,
                kind: Some("up_to_date".to_owned()),
                sequence: None,
                checksum: None,
                error: None,
                message: None,
            },
            Check::Available { bundle } => of(bundle),
            Check::Blocked {
                bundle,
                code,
                message,
            } => Self {
                kind: Some("blocked".to_owned()),
                error: Some(code.as_str().to_owned()),
                message: Some(message),
                ..of(bundle)
            },
        }
    }
}

impl From<Sync> for SyncResult {
    fn from(sync: Sync) -> Self {
        let of = |result: &str, bundle, bytes_downloaded, taken| Self {
            result: result.to_owned(),
            bundle,
            bytes_downloaded,
            route: route(taken),
            code: None,
            message: None,
            reason: None,
        };
        match sync {
            Sync::Staged {
                bundle,
                bytes_downloaded,
                route,
                ..
            } => of("staged", Some((&bundle).into()), bytes_downloaded, route),
            Sync::Downloaded {
                bundle,
                bytes_downloaded,
                route,
                ..
            } => of("downloaded", Some((&bundle).into()), bytes_downloaded, route),
            Sync::UpToDate {
                bytes_downloaded,
                route,
                ..
            } => of("up-to-date", None, bytes_downloaded, route),
            Sync::Blocked {
                bundle,
                bytes_downloaded,
                route,
                code,
                message,
            } => Self {
                code: Some(code.as_str().to_owned()),
                message: Some(message),
                ..of("blocked", Some((&bundle).into()), bytes_downloaded, route)
            },
            Sync::Postponed {
                bundle,
                bytes_downloaded,
                route,
                reason,
            } => Self {
                reason: Some(reason.as_str().to_owned()),
                ..of("postponed", Some((&bundle).into()), bytes_downloaded, route)
            },
        }
    }
}

impl From<Downloaded> for DownloadResult {
    fn from(downloaded: Downloaded) -> Self {
        Self {
            bundle: (&downloaded.bundle).into(),
            warnings: downloaded.warnings,
        }
    }
}

impl From<DownloadRequest> for airlock_engine::DownloadRequest {
    fn from(request: DownloadRequest) -> Self {
        Self {
            url: request.url,
            version: request.version,
            checksum: request.checksum,
            session_key: request.session_key,
        }
    }
}

impl From<DelayCondition> for airlock_engine::DelayCondition {
    fn from(condition: DelayCondition) -> Self {
        Self {
            kind: condition.kind,
            value: condition.value,
        }
    }
}

impl From<airlock_engine::DelayCondition> for DelayCondition {
    fn from(condition: airlock_engine::DelayCondition) -> Self {
        Self {
            kind: condition.kind,
            value: condition.value,
        }
    }
}

impl From<&Failure> for FailedUpdate {
    fn from(failure: &Failure) -> Self {
        Self {
            bundle: BundleInfo {
                id: failure.id.clone(),
                version: failure.version.clone(),
                downloaded: String::new(),
                checksum: failure.id.clone(),
                status: "error".to_owned(),
                sequence: Some(failure.sequence),
            },
            code: failure.code.to_owned(),
            reason: failure_reason(failure.code, failure.reason.as_deref()),
            at: failure.at.clone(),
            expires: failure.expires.clone(),
        }
    }
}

impl From<&airlock_engine::Status> for Status {
    fn from(status: &airlock_engine::Status) -> Self {
        Self {
            current: (&status.current).into(),
            fallback: (&status.fallback).into(),
            next: status.next.as_ref().map(BundleInfo::from),
            trial: status.trial.as_ref().map(BundleInfo::from),
            failed: status.failed.iter().map(FailedUpdate::from).collect(),
            floor: status.floor,
            native_version: status.native_version.clone(),
            disk_bytes: status.disk_bytes,
        }
    }
}

impl From<airlock_engine::Collected> for Collected {
    fn from(collected: airlock_engine::Collected) -> Self {
        Self {
            removed: collected.removed,
            bytes: collected.bytes,
        }
    }
}

impl From<ResetTo> for airlock_engine::ResetTo {
    fn from(to: ResetTo) -> Self {
        match to {
            ResetTo::Embedded => Self::Embedded,
            ResetTo::LastSuccessful => Self::LastSuccessful,
        }
    }
}
