//! The engine's records in the words of the plugin's JavaScript API (src-ts/definitions.ts, events.ts).

use airlock_engine::{
    Bundle, BundleStatus, Check, Downloaded, Event, Failure, Offer, Origin, Route, Served, Sync,
    failure_reason,
};
use serde_json::{Value, json};

use super::web_view::Delivery;

/// The embedded bundle's id in JavaScript, as in the peer's API.
pub(crate) const BUILTIN: &str = "builtin";

/// The id that JavaScript sees.
pub(crate) fn public_id(id: &str, origin: Origin) -> &str {
    match origin {
        Origin::Embedded => BUILTIN,
        Origin::Ota => id,
    }
}

/// `BundleInfo` of a bundle on the device.
pub(crate) fn bundle_info(bundle: &Bundle) -> Value {
    let status = match bundle.status {
        BundleStatus::Confirmed => "success",
        BundleStatus::Downloaded | BundleStatus::Next | BundleStatus::Trial => "pending",
        BundleStatus::Failed => "error",
    };
    let checksum = match bundle.origin {
        Origin::Embedded => "",
        Origin::Ota => &bundle.id,
    };
    info(Fields {
        id: public_id(&bundle.id, bundle.origin),
        version: &bundle.version,
        downloaded: bundle.installed_at.as_deref().unwrap_or_default(),
        checksum,
        status,
        sequence: bundle.sequence,
    })
}

/// `DownloadResult`.
pub(crate) fn downloaded(downloaded: &Downloaded) -> Value {
    let mut info = bundle_info(&downloaded.bundle);
    if let Some(fields) = info.as_object_mut().filter(|_| !downloaded.warnings.is_empty()) {
        fields.insert("warnings".to_owned(), json!(downloaded.warnings));
    }
    info
}

/// `BundleInfo` of a bundle that was rolled back.
pub(crate) fn failure_info(failure: &Failure) -> Value {
    info(Fields {
        id: &failure.id,
        version: &failure.version,
        downloaded: "",
        checksum: &failure.id,
        status: "error",
        sequence: Some(failure.sequence),
    })
}

/// `LatestVersion`.
pub(crate) fn latest_version(check: &Check) -> Value {
    match check {
        Check::UpToDate { bundle } => json!({ "version": bundle.version, "kind": "up_to_date" }),
        Check::Available { bundle } => {
            json!({ "version": bundle.version, "sequence": bundle.sequence, "checksum": bundle.id })
        }
        Check::Blocked {
            bundle,
            code,
            message,
        } => json!({
            "version": bundle.version,
            "sequence": bundle.sequence,
            "checksum": bundle.id,
            "kind": "blocked",
            "error": code.as_str(),
            "message": message,
        }),
    }
}

/// `SyncResult`.
pub(crate) fn sync_result(sync: &Sync) -> Value {
    match sync {
        Sync::Staged {
            bundle,
            bytes_downloaded,
            route,
            ..
        } => arrived("staged", bundle, *bytes_downloaded, *route),
        Sync::Downloaded {
            bundle,
            bytes_downloaded,
            route,
            ..
        } => arrived("downloaded", bundle, *bytes_downloaded, *route),
        Sync::UpToDate {
            bytes_downloaded,
            route,
            ..
        } => {
            json!({ "result": "up-to-date", "bytesDownloaded": bytes_downloaded, "route": route })
        }
        Sync::Blocked {
            bundle,
            bytes_downloaded,
            route,
            code,
            message,
        } => json!({
            "result": "blocked",
            "bundle": offer_info(bundle),
            "bytesDownloaded": bytes_downloaded,
            "route": route,
            "code": code.as_str(),
            "message": message,
        }),
        Sync::Postponed {
            bundle,
            bytes_downloaded,
            route,
            reason,
        } => json!({
            "result": "postponed",
            "bundle": offer_info(bundle),
            "bytesDownloaded": bytes_downloaded,
            "route": route,
            "reason": reason,
        }),
    }
}

fn arrived(result: &str, bundle: &Bundle, bytes_downloaded: u64, route: Route) -> Value {
    json!({
        "result": result,
        "bundle": bundle_info(bundle),
        "bytesDownloaded": bytes_downloaded,
        "route": route,
    })
}

/// An engine event as the plugin's event: its name, its payload, and whether it waits for a listener.
pub(crate) fn plugin_event(event: &Event) -> (&'static str, Value, Delivery) {
    match event {
        Event::Download { bundle, percent, .. } => (
            "download",
            json!({ "percent": percent, "bundle": offer_info(bundle) }),
            Delivery::Now,
        ),
        Event::UpdateAvailable { bundle } => (
            "updateAvailable",
            json!({ "bundle": bundle_info(bundle) }),
            Delivery::Now,
        ),
        Event::DownloadComplete { bundle } => (
            "downloadComplete",
            json!({ "bundle": bundle_info(bundle) }),
            Delivery::Now,
        ),
        Event::DownloadFailed {
            version,
            code,
            reason,
            attempt,
            phase,
        } => {
            let data = json!({
                "version": version,
                "code": code.as_str(),
                "reason": reason,
                "attempt": attempt,
                "phase": phase,
            });
            ("downloadFailed", data, Delivery::Now)
        }
        Event::UpdateFailed {
            bundle,
            code,
            reason,
            attempt,
            phase,
        } => {
            let data = json!({
                "bundle": bundle_info(bundle),
                "version": bundle.version,
                "code": "bundle_failed",
                "reason": failure_reason(code, reason.as_deref()),
                "attempt": attempt,
                "phase": phase,
            });
            ("updateFailed", data, Delivery::Retained)
        }
        Event::Set { bundle } => (
            "set",
            json!({ "bundle": bundle_info(bundle) }),
            Delivery::Retained,
        ),
        Event::AppReady { bundle } => {
            let data = json!({ "bundle": bundle_info(bundle), "status": "confirmed by notifyAppReady" });
            ("appReady", data, Delivery::Retained)
        }
    }
}

/// What a launch serves, in the words of the API.
pub(crate) fn served(bundle: &Served) -> Value {
    json!({ "id": public_id(&bundle.id, bundle.origin), "version": bundle.version, "origin": bundle.origin })
}

fn offer_info(offer: &Offer) -> Value {
    info(Fields {
        id: &offer.id,
        version: &offer.version,
        downloaded: "",
        checksum: &offer.id,
        status: "downloading",
        sequence: Some(offer.sequence),
    })
}

struct Fields<'a> {
    id: &'a str,
    version: &'a str,
    downloaded: &'a str,
    checksum: &'a str,
    status: &'static str,
    sequence: Option<u64>,
}

fn info(fields: Fields<'_>) -> Value {
    let mut info = json!({
        "id": fields.id,
        "version": fields.version,
        "downloaded": fields.downloaded,
        "checksum": fields.checksum,
        "status": fields.status,
    });
    if let (Some(sequence), Some(object)) = (fields.sequence, info.as_object_mut()) {
        object.insert("sequence".into(), sequence.into());
    }
    info
}
