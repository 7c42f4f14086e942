//! The control page: its files, the state, the keys, and the WebSocket that carries what happens.

use std::sync::Arc;

use airlock_engine::Error;
use axum::body::Body;
use axum::extract::ws::{Message, WebSocket};
use axum::http::header::{self, HeaderValue};
use axum::http::{Response, StatusCode};
use serde_json::{Value, json};
use tokio::sync::broadcast::error::RecvError;

use super::payload;
use super::phone::Phone;
use super::state;
use super::timeline::Update;

/// The files of the control page: name, MIME type, content.
const ASSETS: &[(&str, &str, &str)] = &[
    ("", "text/html", include_str!("assets/control.html")),
    ("icon.svg", "image/svg+xml", include_str!("assets/icon.svg")),
    ("control.css", "text/css", include_str!("assets/control.css")),
    ("phone.css", "text/css", include_str!("assets/phone.css")),
    ("panels.css", "text/css", include_str!("assets/panels.css")),
    ("timeline.css", "text/css", include_str!("assets/timeline.css")),
    ("main.js", "text/javascript", include_str!("assets/main.js")),
    ("keys.js", "text/javascript", include_str!("assets/keys.js")),
    ("panels.js", "text/javascript", include_str!("assets/panels.js")),
    ("phone.js", "text/javascript", include_str!("assets/phone.js")),
    (
        "sentences.js",
        "text/javascript",
        include_str!("assets/sentences.js"),
    ),
    (
        "timeline.js",
        "text/javascript",
        include_str!("assets/timeline.js"),
    ),
    ("words.js", "text/javascript", include_str!("assets/words.js")),
];

/// The file of the control page with this name.
pub(crate) fn asset(name: &str) -> Response<Body> {
    let Some((_, mime, content)) = ASSETS.iter().find(|(known, _, _)| *known == name) else {
        return answer(
            StatusCode::NOT_FOUND,
            &json!({ "error": { "code": "usage", "message": "no such page" } }),
        );
    };
    let mut response = Response::new(Body::from(*content));
    if let Ok(mime) = HeaderValue::from_str(&format!("{mime}; charset=utf-8")) {
        response.headers_mut().insert(header::CONTENT_TYPE, mime);
    }
    response
}

/// The state and the timeline, as one object. Blocks.
pub(crate) fn state_with_events(phone: &Phone, app_origin: &str) -> Result<Value, Error> {
    let mut state = state::snapshot(phone, app_origin)?;
    if let Some(object) = state.as_object_mut() {
        object.insert("events".into(), json!(phone.timeline.entries()));
    }
    Ok(state)
}

/// Presses a key. Blocks until its effect is there; `None` for a key that does not exist.
pub(crate) fn press(phone: &Arc<Phone>, key: &str) -> Option<Result<Value, Error>> {
    let done = json!({ "done": true });
    Some(match key {
        "kill" => {
            phone.kill();
            Ok(done)
        }
        "relaunch" => {
            phone.relaunch();
            Ok(done)
        }
        "background" => phone.background().map(|()| done),
        "foreground" => phone.foreground().map(|()| done),
        "sync" => match &phone.shim {
            Some(shim) => phone.sync_key_by_shim(shim),
            None => phone
                .sync("the key was pressed")
                .map(|sync| payload::sync_result(&sync)),
        },
        _ => return None,
    })
}

/// JSON with a status.
pub(crate) fn answer(code: StatusCode, body: &Value) -> Response<Body> {
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = code;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// The engine's refusal as JSON: `{"error":{"code","message"}}`, as on the command line.
pub(crate) fn failure(error: &Error) -> Response<Body> {
    let body = json!({ "error": { "code": error.code().as_str(), "message": error.to_string() } });
    answer(StatusCode::CONFLICT, &body)
}

/// Tells one control page everything so far, then what happens, until it goes away.
pub(crate) async fn follow(mut socket: WebSocket, phone: Arc<Phone>, app_origin: Arc<str>) {
    let mut updates = phone.timeline.subscribe();
    let mut last = 0;
    let mut behind = true;
    loop {
        if behind {
            let entries = phone.timeline.entries();
            last = entries.last().map_or(last, |entry| entry.n);
            let state = snapshot(&phone, &app_origin).await;
            if !send(&mut socket, &json!({ "events": entries, "state": state })).await {
                return;
            }
            behind = false;
        }
        tokio::select! {
            update = updates.recv() => {
                let message = match update {
                    Ok(Update::Entry(entry)) if entry.n <= last => continue,
                    Ok(Update::Entry(entry)) => json!({ "event": entry }),
                    Ok(Update::State) => json!({ "state": snapshot(&phone, &app_origin).await }),
                    Err(RecvError::Lagged(_)) => {
                        behind = true;
                        continue;
                    }
                    Err(RecvError::Closed) => return,
                };
                if !send(&mut socket, &message).await {
                    return;
                }
            }
            // The page says nothing; this notices when it goes away.
            message = socket.recv() => if !matches!(message, Some(Ok(_))) { return },
        }
    }
}

/// `null` while the state cannot be read, which the page skips.
async fn snapshot(phone: &Arc<Phone>, app_origin: &Arc<str>) -> Option<Value> {
    let (phone, app_origin) = (Arc::clone(phone), Arc::clone(app_origin));
    tokio::task::spawn_blocking(move || state::snapshot(&phone, &app_origin).ok())
        .await
        .ok()
        .flatten()
}

async fn send(socket: &mut WebSocket, message: &Value) -> bool {
    socket
        .send(Message::Text(message.to_string().into()))
        .await
        .is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_that_the_page_names_is_there_and_none_comes_from_elsewhere() {
        let mut named = 0;
        for (file, _, content) in ASSETS {
            for (before, after) in [("from './", "'"), ("src=\"", "\""), ("href=\"", "\"")] {
                for name in content
                    .split(before)
                    .skip(1)
                    .filter_map(|rest| rest.split(after).next())
                {
                    named += 1;
                    assert!(
                        ASSETS.iter().any(|(known, _, _)| *known == name),
                        "{file} names {name}"
                    );
                }
            }
        }
        assert!(named > 10, "the search finds what the page loads: {named}");
    }
}
