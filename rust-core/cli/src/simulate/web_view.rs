//! The web view as the native side sees it: the connected pages, their listeners, and the events kept for a page
//! that has yet to listen (Capacitor's `Plugin.notifyListeners` with `retainUntilConsumed`).

use std::collections::{BTreeMap, HashMap};
use std::sync::Mutex;

use serde::Serialize;
use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedSender;

use super::locked;

/// What the native side tells a page over the bridge.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ToPage {
    /// A plugin result as Capacitor's MessageHandler words it.
    Result(Value),
    /// A document event of the app's life: `pause` or `resume`.
    Lifecycle(&'static str),
    /// The page's time is over: load this instead. The connection ends after it.
    Navigate(&'static str),
}

/// Whether an event waits for its first listener.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Delivery {
    /// Whoever listens now hears it.
    Now,
    /// Kept until a page listens.
    Retained,
}

/// Names one connected page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PageId(u64);

/// The pages of the web view.
#[derive(Default)]
pub(crate) struct WebView {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    /// The token of the launch that the web view shows; `None` while no app process runs.
    token: Option<String>,
    last_page: u64,
    pages: BTreeMap<PageId, Page>,
    retained: HashMap<String, Vec<Value>>,
}

struct Page {
    token: String,
    sender: UnboundedSender<ToPage>,
    /// Callback ids by event name, in the order of their registration.
    listeners: HashMap<String, Vec<String>>,
}

impl WebView {
    /// Switches to the launch with this token (`None`: the process is gone). The pages of every other launch are
    /// told to load the start page, and forgotten.
    pub(crate) fn show(&self, token: Option<&str>) {
        let mut inner = locked(&self.inner);
        inner.token = token.map(str::to_owned);
        inner.pages.retain(|_, page| {
            let stays = Some(page.token.as_str()) == token;
            if !stays {
                let _ = page.sender.send(ToPage::Navigate("/"));
            }
            stays
        });
    }

    /// Takes note of a page that said hello with its launch's token. A page of an older launch is sent on at once;
    /// one that comes while no process runs waits for the next launch.
    pub(crate) fn attach(&self, token: String, sender: UnboundedSender<ToPage>) -> PageId {
        let mut inner = locked(&self.inner);
        inner.last_page += 1;
        let id = PageId(inner.last_page);
        match &inner.token {
            Some(current) if *current != token => {
                let _ = sender.send(ToPage::Navigate("/"));
            }
            _ => {
                inner.pages.insert(
                    id,
                    Page {
                        token,
                        sender,
                        listeners: HashMap::new(),
                    },
                );
            }
        }
        id
    }

    /// Forgets a page whose connection ended.
    pub(crate) fn detach(&self, id: PageId) {
        locked(&self.inner).pages.remove(&id);
    }

    /// Whether the page belongs to the launch that the web view shows.
    pub(crate) fn is_current(&self, id: PageId) -> bool {
        let inner = locked(&self.inner);
        inner
            .pages
            .get(&id)
            .is_some_and(|page| Some(&page.token) == inner.token.as_ref())
    }

    /// Registers a listener; the first one of an event gets what was kept for it.
    pub(crate) fn add_listener(&self, id: PageId, event: &str, callback: &str) {
        let Inner { pages, retained, .. } = &mut *locked(&self.inner);
        let Some(page) = pages.get_mut(&id) else { return };
        let kept = retained.remove(event).unwrap_or_default();
        page.listeners
            .entry(event.to_owned())
            .or_default()
            .push(callback.to_owned());
        for data in kept {
            page.tell(callback, &data);
        }
    }

    /// Removes one listener.
    pub(crate) fn remove_listener(&self, id: PageId, event: &str, callback: &str) {
        if let Some(page) = locked(&self.inner).pages.get_mut(&id)
            && let Some(callbacks) = page.listeners.get_mut(event)
        {
            callbacks.retain(|known| known != callback);
        }
    }

    /// Removes every listener of a page.
    pub(crate) fn remove_all_listeners(&self, id: PageId) {
        if let Some(page) = locked(&self.inner).pages.get_mut(&id) {
            page.listeners.clear();
        }
    }

    /// Tells the listeners of `event`. Without any, a retained event is kept.
    pub(crate) fn notify(&self, event: &str, data: &Value, delivery: Delivery) {
        let mut inner = locked(&self.inner);
        let mut heard = false;
        for page in inner.pages.values() {
            for callback in page.listeners.get(event).into_iter().flatten() {
                page.tell(callback, data);
                heard = true;
            }
        }
        if !heard && delivery == Delivery::Retained {
            inner
                .retained
                .entry(event.to_owned())
                .or_default()
                .push(data.clone());
        }
    }

    /// Answers one page, if it is still there.
    pub(crate) fn answer(&self, id: PageId, result: Value) {
        if let Some(page) = locked(&self.inner).pages.get(&id) {
            let _ = page.sender.send(ToPage::Result(result));
        }
    }

    /// Fires a document event in every page.
    pub(crate) fn lifecycle(&self, event: &'static str) {
        for page in locked(&self.inner).pages.values() {
            let _ = page.sender.send(ToPage::Lifecycle(event));
        }
    }
}

impl Page {
    /// An event is the repeated success of the `addListener` call (MessageHandler.sendResponseMessage, kept alive).
    fn tell(&self, callback: &str, data: &Value) {
        let _ = self.sender.send(ToPage::Result(json!({
            "save": true,
            "callbackId": callback,
            "pluginId": "Airlock",
            "methodName": "addListener",
            "success": true,
            "data": data,
        })));
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

    use super::*;

    fn page(view: &WebView, token: &str) -> (PageId, UnboundedReceiver<ToPage>) {
        let (sender, receiver) = unbounded_channel();
        (view.attach(token.to_owned(), sender), receiver)
    }

    fn heard(receiver: &mut UnboundedReceiver<ToPage>) -> Vec<Value> {
        std::iter::from_fn(|| receiver.try_recv().ok())
            .filter_map(|message| match message {
                ToPage::Result(result) => Some(result["data"].clone()),
                _ => None,
            })
            .collect()
    }

    #[test]
    fn a_retained_event_waits_for_the_first_listener_and_is_told_once() {
        let view = WebView::default();
        view.show(Some("one"));
        view.notify("updateFailed", &json!({"n": 1}), Delivery::Retained);
        view.notify("download", &json!({"n": 2}), Delivery::Now);
        let (id, mut messages) = page(&view, "one");
        for event in ["updateFailed", "download", "updateFailed"] {
            view.add_listener(id, event, "7");
        }
        assert_eq!(heard(&mut messages), [json!({"n": 1})]);
    }

    #[test]
    fn a_removed_listener_hears_nothing_more() {
        let view = WebView::default();
        view.show(Some("one"));
        let (id, mut messages) = page(&view, "one");
        view.add_listener(id, "set", "1");
        view.add_listener(id, "set", "2");
        view.remove_listener(id, "set", "1");
        view.notify("set", &json!("a"), Delivery::Now);
        assert_eq!(heard(&mut messages), [json!("a")]);
        view.remove_all_listeners(id);
        view.notify("set", &json!("b"), Delivery::Now);
        assert_eq!(heard(&mut messages), Vec::<Value>::new());
    }

    #[test]
    fn another_launch_sends_the_old_page_away_and_keeps_events_for_the_new_one() {
        let view = WebView::default();
        view.show(Some("old"));
        let (old, mut old_messages) = page(&view, "old");
        view.add_listener(old, "updateFailed", "1");
        view.show(Some("new"));
        view.notify("updateFailed", &json!({}), Delivery::Retained);
        assert_eq!(old_messages.try_recv(), Ok(ToPage::Navigate("/")));
        assert!(
            old_messages.try_recv().is_err(),
            "the outgoing page hears nothing"
        );
        assert!(!view.is_current(old));

        let (new, mut new_messages) = page(&view, "new");
        assert!(view.is_current(new));
        view.add_listener(new, "updateFailed", "1");
        assert_eq!(heard(&mut new_messages), [json!({})]);
    }

    #[test]
    fn a_late_page_of_an_older_launch_is_sent_on_and_never_current() {
        let view = WebView::default();
        view.show(Some("new"));
        let (late, mut messages) = page(&view, "old");
        assert!(!view.is_current(late));
        assert_eq!(messages.try_recv(), Ok(ToPage::Navigate("/")));
    }

    #[test]
    fn without_a_process_a_page_waits_for_the_next_launch() {
        let view = WebView::default();
        view.show(None);
        let (id, mut messages) = page(&view, "");
        assert!(!view.is_current(id));
        assert!(messages.try_recv().is_err());
        view.show(Some("new"));
        assert_eq!(messages.try_recv(), Ok(ToPage::Navigate("/")));
    }
}
