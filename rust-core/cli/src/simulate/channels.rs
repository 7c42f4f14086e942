//! The plugin's methods about channels.

use std::sync::Arc;

use airlock_engine::Followed;
use serde_json::{Map, Value, json};

use super::phone::Phone;
use super::plugin::{Answer, flag, required};

/// Carries out one of them; another name answers as `listChannels`.
pub(super) fn call(phone: &Arc<Phone>, method: &str, options: &Map<String, Value>) -> Answer {
    let engine = &phone.engine;
    match method {
        "setChannel" => {
            let (name, triggers) = (required(options, "channel")?, flag(options, "triggerAutoUpdate")?);
            let followed = phone.fetch(|| engine.set_channel(&name))?;
            changed(phone, &followed, triggers);
            Ok(Some(
                json!({ "status": "ok", "channel": followed.channel, "allowSet": followed.allow_set }),
            ))
        }
        "unsetChannel" => {
            let triggers = flag(options, "triggerAutoUpdate")?;
            let followed = phone.fetch(|| engine.unset_channel())?;
            changed(phone, &followed, triggers);
            Ok(None)
        }
        "getChannel" => Ok(Some(json!(phone.fetch(|| engine.channel())?))),
        _ => Ok(Some(json!({ "channels": phone.fetch(|| engine.channels())? }))),
    }
}

fn changed(phone: &Arc<Phone>, followed: &Followed, triggers: bool) {
    phone
        .timeline
        .record("channel", json!({ "channel": followed.channel }));
    phone.timeline.state_changed();
    if triggers {
        phone.sync_by_itself("the channel was changed");
    }
}
