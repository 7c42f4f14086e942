//! The plugin class of the phone in miniature: a method's name and options become an engine call, its outcome the
//! payload or the rejection that JavaScript sees.

use std::borrow::Cow;
use std::sync::Arc;

use airlock_engine::{Bundle, DelayCondition, DownloadRequest, Engine, Error, Origin, ResetTo};
use airlock_protocol::Code;
use serde_json::{Map, Value, json};

use super::channels;
use super::payload::{self, BUILTIN};
use super::phone::Phone;
use super::web_view::Delivery;

/// Every method that answers with a promise, for the plugin's header; [`call`] knows the same names.
pub(crate) const METHODS: &[&str] = &[
    "notifyAppReady",
    "current",
    "getLatest",
    "sync",
    "download",
    "next",
    "set",
    "reload",
    "reset",
    "list",
    "delete",
    "getNextBundle",
    "getFailedUpdate",
    "setMultiDelay",
    "cancelDelay",
    "getDelayConditions",
    "cancelDownload",
    "setRequestToken",
    "setRequestKey",
    "getFailures",
    "setChannel",
    "unsetChannel",
    "getChannel",
    "listChannels",
    "getDeviceId",
    "setCustomId",
    "triggerUpdateCheck",
    "removeAllListeners",
];

/// Capacitor's `call.reject(message, code)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rejection {
    pub(crate) code: Cow<'static, str>,
    pub(crate) message: String,
}

/// What a method answers: the data of `call.resolve(data)`, or `None` for `call.resolve()`.
pub(crate) type Answer = Result<Option<Value>, Rejection>;

/// Carries out one method call. Blocks; `removeAllListeners` belongs to the bridge and is not known here.
pub(crate) fn call(phone: &Arc<Phone>, method: &str, options: &Map<String, Value>) -> Answer {
    if let Some(shim) = &phone.shim {
        return phone.call_shim(shim, method, options);
    }
    let answer = call_engine(phone, method, options);
    phone.engine.keep_statistics();
    answer
}

fn call_engine(phone: &Arc<Phone>, method: &str, options: &Map<String, Value>) -> Answer {
    let engine = &phone.engine;
    match method {
        "notifyAppReady" => notify_app_ready(phone, options),
        "current" => current(engine),
        "getLatest" => phone.fetch(|| Ok(Some(payload::latest_version(&engine.check()?)))),
        "sync" => Ok(Some(payload::sync_result(&phone.sync("the page asked for it")?))),
        "download" => download(phone, options),
        "next" => next(phone, options),
        "set" => set(phone, options),
        "reload" => reload(phone),
        "reset" => reset(phone, options),
        "list" => {
            let bundles: Vec<Value> = engine.list()?.iter().map(payload::bundle_info).collect();
            Ok(Some(json!({ "bundles": bundles })))
        }
        "delete" => delete(phone, options),
        "getNextBundle" => Ok(Some(
            engine
                .status()?
                .next
                .as_ref()
                .map_or(Value::Null, payload::bundle_info),
        )),
        "getFailedUpdate" => {
            let failure = engine.take_failed_update()?;
            Ok(Some(failure.map_or(
                Value::Null,
                |failure| json!({ "bundle": payload::failure_info(&failure) }),
            )))
        }
        "setMultiDelay" => set_multi_delay(phone, options),
        "cancelDelay" => delay_until(phone, &[]),
        "getDelayConditions" => Ok(Some(json!({ "delayConditions": engine.delay_conditions()? }))),
        "cancelDownload" => {
            engine.cancel();
            Ok(None)
        }
        "setRequestToken" => {
            phone
                .credentials
                .set_token(optional(options, "token")?.as_deref())?;
            Ok(None)
        }
        "setRequestKey" => {
            phone.credentials.set_key(optional(options, "key")?.as_deref())?;
            Ok(None)
        }
        "triggerUpdateCheck" => Ok(Some(json!({ "status": phone.trigger_update_check() }))),
        "getFailures" => Ok(Some(json!({ "failures": engine.failures() }))),
        "getDeviceId" => Ok(Some(json!({ "deviceId": engine.device_id()? }))),
        "setCustomId" => {
            let id = optional(options, "customId")?;
            let missing =
                || usage("`customId` is missing; pass a string, and an empty one to end it".to_owned());
            engine.set_custom_id(&id.ok_or_else(missing)?)?;
            Ok(None)
        }
        "setChannel" | "unsetChannel" | "getChannel" | "listChannels" => {
            channels::call(phone, method, options)
        }
        other => Err(Rejection {
            code: "UNIMPLEMENTED".into(),
            message: format!("the plugin Airlock has no method `{other}`"),
        }),
    }
}

/// A token that is not the current launch's changes nothing (R2); the answer names the bundle that really runs.
fn notify_app_ready(phone: &Phone, options: &Map<String, Value>) -> Answer {
    let token = optional(options, "token")?.unwrap_or_default();
    let ready = phone.ready(&token)?;
    Ok(Some(json!({ "bundle": payload::bundle_info(&ready.bundle) })))
}

fn current(engine: &Engine) -> Answer {
    let status = engine.status()?;
    let native = status.native_version.unwrap_or_default();
    Ok(Some(
        json!({ "bundle": payload::bundle_info(&status.current), "native": native }),
    ))
}

fn download(phone: &Phone, options: &Map<String, Value>) -> Answer {
    let request = DownloadRequest {
        url: required(options, "url")?,
        version: required(options, "version")?,
        checksum: optional(options, "checksum")?,
        session_key: optional(options, "sessionKey")?,
    };
    let downloaded = phone.fetch(|| phone.engine.download(&request))?;
    Ok(Some(payload::downloaded(&downloaded)))
}

fn next(phone: &Phone, options: &Map<String, Value>) -> Answer {
    let bundle = phone
        .engine
        .next(&engine_id(&phone.engine, &required(options, "id")?)?)?;
    phone.timeline.state_changed();
    Ok(Some(payload::bundle_info(&bundle)))
}

fn set(phone: &Phone, options: &Map<String, Value>) -> Answer {
    let id = required(options, "id")?;
    phone.switch_by("the page called set", |engine| match id.as_str() {
        BUILTIN => engine.reset(ResetTo::Embedded),
        id => engine.set(id),
    })?;
    Ok(None)
}

fn reload(phone: &Phone) -> Answer {
    phone.switch_by("the page called reload", Engine::reload)?;
    // Kept for the page that comes: the one that asked is gone.
    phone.timeline.record("appReloaded", json!({}));
    phone
        .web_view
        .notify("appReloaded", &json!({}), Delivery::Retained);
    Ok(None)
}

fn reset(phone: &Phone, options: &Map<String, Value>) -> Answer {
    let to = if flag(options, "toLastSuccessful")? {
        ResetTo::LastSuccessful
    } else {
        ResetTo::Embedded
    };
    phone.switch_by("the page called reset", |engine| engine.reset(to))?;
    Ok(None)
}

fn set_multi_delay(phone: &Phone, options: &Map<String, Value>) -> Answer {
    let conditions = options.get("delayConditions").cloned().unwrap_or_default();
    let conditions: Vec<DelayCondition> = serde_json::from_value(conditions).map_err(|error| {
        usage(format!(
            "`delayConditions` must be a list of objects with a kind: {error}"
        ))
    })?;
    delay_until(phone, &conditions)
}

fn delay_until(phone: &Phone, conditions: &[DelayCondition]) -> Answer {
    phone.engine.delay_until(conditions)?;
    phone.timeline.state_changed();
    Ok(None)
}

fn delete(phone: &Phone, options: &Map<String, Value>) -> Answer {
    phone
        .engine
        .delete(&engine_id(&phone.engine, &required(options, "id")?)?)?;
    phone.timeline.state_changed();
    Ok(None)
}

/// The engine's name for the id that JavaScript uses.
fn engine_id(engine: &Engine, id: &str) -> Result<String, Rejection> {
    if id != BUILTIN {
        return Ok(id.to_owned());
    }
    let embedded = engine
        .list()?
        .into_iter()
        .find(|Bundle { origin, .. }| *origin == Origin::Embedded);
    Ok(embedded.map_or_else(|| id.to_owned(), |bundle| bundle.id))
}

pub(super) fn required(options: &Map<String, Value>, name: &str) -> Result<String, Rejection> {
    optional(options, name)?
        .filter(|value| !value.is_empty())
        .ok_or_else(|| {
            usage(format!(
                "`{name}` is missing; pass it as a string that is not empty"
            ))
        })
}

/// A value of a wrong type is refused, never taken for one that is not there: as the shims do it.
pub(super) fn optional(options: &Map<String, Value>, name: &str) -> Result<Option<String>, Rejection> {
    match options.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(usage(format!("`{name}` must be a string"))),
    }
}

pub(super) fn flag(options: &Map<String, Value>, name: &str) -> Result<bool, Rejection> {
    match options.get(name) {
        None | Some(Value::Null) => Ok(false),
        Some(Value::Bool(flag)) => Ok(*flag),
        Some(_) => Err(usage(format!("`{name}` must be true or false"))),
    }
}

fn usage(message: String) -> Rejection {
    Rejection {
        code: Code::Usage.as_str().into(),
        message,
    }
}

impl From<Error> for Rejection {
    fn from(error: Error) -> Rejection {
        Rejection {
            code: error.code().as_str().into(),
            message: error.to_string(),
        }
    }
}
