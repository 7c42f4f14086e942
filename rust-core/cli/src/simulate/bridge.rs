//! The bridge: messages of the app's page to the plugin and back, over one WebSocket a page
//! (`androidBridge.postMessage` and `onmessage` on a phone, MessageHandler.java).

use std::sync::Arc;

use axum::extract::ws::{CloseFrame, Message, WebSocket, close_code};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::phone::Phone;
use super::plugin::{self, Rejection};
use super::web_view::{PageId, ToPage};

/// Longest message of a page. Options of plugin calls are small; a bundle never travels this way.
pub(crate) const MAX_MESSAGE_BYTES: usize = 1024 * 1024;

/// "The page's launch is over, do not come back" (4000 to 4999 are free for private use, RFC 6455 section 7.4.2).
const LAUNCH_OVER: u16 = 4001;

/// The first message of every page.
#[derive(Debug, Deserialize)]
struct Greeting {
    hello: Hello,
}

#[derive(Debug, Deserialize)]
struct Hello {
    token: String,
}

/// A call as native-bridge.js posts it.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Call {
    callback_id: String,
    plugin_id: String,
    method_name: String,
    #[serde(default)]
    options: Map<String, Value>,
}

/// Serves one page until its connection or its launch ends.
pub(crate) async fn serve(mut socket: WebSocket, phone: Arc<Phone>) {
    let Some(Greeting { hello }) = next_text(&mut socket)
        .await
        .and_then(|text| serde_json::from_str(&text).ok())
    else {
        let _ = close(
            &mut socket,
            close_code::POLICY,
            "say hello with the launch token first",
        )
        .await;
        return;
    };
    let (sender, receiver) = unbounded_channel();
    let page = phone.web_view.attach(hello.token, sender);
    relay(&mut socket, receiver, &phone, page).await;
    phone.web_view.detach(page);
}

async fn relay(
    socket: &mut WebSocket,
    mut receiver: UnboundedReceiver<ToPage>,
    phone: &Arc<Phone>,
    page: PageId,
) {
    loop {
        tokio::select! {
            message = receiver.recv() => {
                let Some(message) = message else {
                    let _ = close(socket, LAUNCH_OVER, "this launch is over").await;
                    return;
                };
                let text = json!(message).to_string();
                if socket.send(Message::Text(text.into())).await.is_err() {
                    return;
                }
            }
            text = next_text(socket) => {
                let Some(text) = text else { return };
                receive(phone, page, &text);
            }
        }
    }
}

/// A message of a page whose launch is over goes nowhere: its web view does not exist any more.
fn receive(phone: &Arc<Phone>, page: PageId, text: &str) {
    if !phone.web_view.is_current(page) {
        return;
    }
    let Ok(message) = serde_json::from_str::<Value>(text) else {
        return;
    };
    if message.get("type").and_then(Value::as_str) == Some("js.error") {
        let text = message
            .pointer("/error/message")
            .and_then(Value::as_str)
            .unwrap_or("unknown");
        phone.timeline.record("pageError", json!({ "message": text }));
        return;
    }
    if let Ok(call) = serde_json::from_value::<Call>(message) {
        dispatch(phone, page, call);
    }
}

/// Listeners are registered at once and in order; everything else may take its time, on a thread of its own.
fn dispatch(phone: &Arc<Phone>, page: PageId, call: Call) {
    let option = |name: &str| call.options.get(name).and_then(Value::as_str).unwrap_or_default();
    if call.plugin_id != "Airlock" {
        let message = format!("unable to find plugin : {}", call.plugin_id);
        return phone.web_view.answer(
            page,
            result(
                &call,
                Err(Rejection {
                    code: "UNIMPLEMENTED".into(),
                    message,
                }),
            ),
        );
    }
    match call.method_name.as_str() {
        "addListener" => phone
            .web_view
            .add_listener(page, option("eventName"), &call.callback_id),
        "removeListener" => phone
            .web_view
            .remove_listener(page, option("eventName"), option("callbackId")),
        "removeAllListeners" => {
            phone.web_view.remove_all_listeners(page);
            phone.web_view.answer(page, result(&call, Ok(None)));
        }
        _ => {
            let phone = Arc::clone(phone);
            tokio::task::spawn_blocking(move || {
                let answer = plugin::call(&phone, &call.method_name, &call.options);
                phone.web_view.answer(page, result(&call, answer));
            });
        }
    }
}

/// The result as MessageHandler.sendResponseMessage words it.
fn result(call: &Call, answer: Result<Option<Value>, Rejection>) -> Value {
    let mut result = json!({
        "save": false,
        "callbackId": call.callback_id,
        "pluginId": call.plugin_id,
        "methodName": call.method_name,
        "success": answer.is_ok(),
    });
    let outcome = match answer {
        Ok(None) => return result,
        Ok(Some(data)) => ("data", data),
        Err(Rejection { code, message }) => ("error", json!({ "code": code, "message": message })),
    };
    if let Some(object) = result.as_object_mut() {
        object.insert(outcome.0.to_owned(), outcome.1);
    }
    result
}

/// The next text message; `None` when the connection ended or broke its rules.
async fn next_text(socket: &mut WebSocket) -> Option<String> {
    loop {
        match socket.recv().await?.ok()? {
            Message::Text(text) => return Some(text.to_string()),
            Message::Ping(_) | Message::Pong(_) => {}
            Message::Binary(_) | Message::Close(_) => return None,
        }
    }
}

async fn close(socket: &mut WebSocket, code: u16, reason: &'static str) -> Result<(), axum::Error> {
    socket
        .send(Message::Close(Some(CloseFrame {
            code,
            reason: reason.into(),
        })))
        .await
}
