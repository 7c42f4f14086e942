//! The phone at a glance, as the control page and `/__airlock/state` show it.

use std::time::Duration;

use airlock_engine::{AutoUpdate, Bundle, BundleStatus, Error, Origin, Status};
use serde_json::{Value, json};

use super::payload::{self, public_id};
use super::phone::Phone;
use super::process::{Process, Visibility};

/// Characters of the launch token that are shown. Enough to tell launches apart, useless to confirm one.
const TOKEN_CHARS: usize = 8;

/// Everything but the timeline. Blocks: it reads the engine's state from the disk.
pub(crate) fn snapshot(phone: &Phone, app_origin: &str) -> Result<Value, Error> {
    let config = phone.engine.config();
    let status = phone.engine.status()?;
    let bundles = bundles(&phone.engine.list()?, &status);
    let timeout = phone.timeout();
    let (process, launch, timer) = phone.with_process(|process| {
        (
            process_state(process),
            process.map(|process| launch_state(process, &status)),
            timer_state(process, timeout),
        )
    });
    Ok(json!({
        "app": {
            "id": config.app_id.as_str(),
            "nativeVersion": status.native_version,
            "url": format!("{app_origin}/"),
            "autoUpdate": auto_update(config.auto_update),
        },
        "phone": process,
        "launch": launch,
        "timer": timer,
        "syncing": phone.is_fetching(),
        "status": status,
        "bundles": bundles,
    }))
}

fn process_state(process: Option<&Process>) -> Value {
    json!({
        "process": if process.is_some() { "running" } else { "killed" },
        "visibility": process.map_or(Visibility::Background, |process| process.visibility),
    })
}

fn launch_state(process: &Process, status: &Status) -> Value {
    let launch = &process.launch;
    let token: String = launch.token.chars().take(TOKEN_CHARS).chain(['…']).collect();
    json!({
        "bundle": payload::served(&launch.bundle),
        "attempt": launch.attempt,
        "token": token,
        "number": process.number,
        "confirmed": process.confirmed,
        "status": shown_status(&status.current),
    })
}

fn timer_state(process: Option<&Process>, timeout: Duration) -> Value {
    let elapsed = process.map_or(Duration::ZERO, Process::elapsed);
    json!({
        "elapsedMs": elapsed.as_millis(),
        "timeoutMs": timeout.as_millis(),
        "counting": process.is_some_and(|process| process.is_counting(timeout)),
    })
}

/// The bundles on the device, then those that failed and were deleted: the device remembers them.
fn bundles(list: &[Bundle], status: &Status) -> Vec<Value> {
    let present = list.iter().map(|bundle| {
        json!({
            "id": public_id(&bundle.id, bundle.origin),
            "version": bundle.version,
            "sequence": bundle.sequence,
            "status": shown_status(bundle),
            "origin": bundle.origin,
            "installedAt": bundle.installed_at,
        })
    });
    let is_gone = |id: &str| !list.iter().any(|bundle| bundle.id == id);
    let gone = status
        .failed
        .iter()
        .filter(|failure| is_gone(&failure.id))
        .map(|failure| {
            json!({
                "id": failure.id,
                "version": failure.version,
                "sequence": failure.sequence,
                "status": BundleStatus::Failed,
                "origin": Origin::Ota,
                "installedAt": null,
            })
        });
    present.chain(gone).collect()
}

/// The embedded bundle counts as confirmed; what the reader wants to know of it is that it is the embedded one.
fn shown_status(bundle: &Bundle) -> Value {
    match bundle.origin {
        Origin::Embedded => json!("embedded"),
        Origin::Ota => json!(bundle.status),
    }
}

fn auto_update(policy: AutoUpdate) -> &'static str {
    match policy {
        AutoUpdate::Off => "off",
        AutoUpdate::AtBackground => "at background",
        AutoUpdate::AtOnce => "at once",
        AutoUpdate::OnlyDownload => "only download",
    }
}
