//! Takes the engine's events: to the timeline at once, to the page's listeners when the right page is there.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use airlock_engine::{Event, EventSink};
use serde_json::Value;

use super::locked;
use super::payload;
use super::timeline::Timeline;
use super::web_view::{Delivery, WebView};

/// At most ten progress events a second (design section 7): a page that draws each must not slow the download down.
const PROGRESS_INTERVAL: Duration = Duration::from_millis(100);

/// The phone's ears on the engine.
pub(crate) struct Events {
    timeline: Arc<Timeline>,
    web_view: Arc<WebView>,
    /// Retained events wait here until the web view has switched: an outgoing page must not be the one that hears
    /// that it was rolled back.
    outbox: Mutex<Vec<(&'static str, Value)>>,
    last_progress: Mutex<Option<Instant>>,
}

impl Events {
    pub(crate) fn new(timeline: Arc<Timeline>, web_view: Arc<WebView>) -> Events {
        Events {
            timeline,
            web_view,
            outbox: Mutex::default(),
            last_progress: Mutex::default(),
        }
    }

    /// Hands the waiting retained events to the page that the web view shows now, or keeps them for its listeners.
    pub(crate) fn deliver(&self) {
        for (name, data) in std::mem::take(&mut *locked(&self.outbox)) {
            self.web_view.notify(name, &data, Delivery::Retained);
        }
    }

    fn is_throttled(&self, event: &Event) -> bool {
        match event {
            Event::Download { percent, .. } => {
                is_too_much(&mut locked(&self.last_progress), *percent, Instant::now())
            }
            _ => false,
        }
    }
}

/// Whether a progress event at `now` is one too many. The last one, 100 percent, never is.
fn is_too_much(last: &mut Option<Instant>, percent: u8, now: Instant) -> bool {
    let too_soon = last.is_some_and(|last| now.duration_since(last) < PROGRESS_INTERVAL);
    if too_soon && percent < 100 {
        return true;
    }
    *last = Some(now);
    false
}

impl EventSink for Events {
    fn event(&self, event: &Event) {
        if self.is_throttled(event) {
            return;
        }
        let (name, data, delivery) = payload::plugin_event(event);
        self.timeline.record(name, with_bytes(data.clone(), event));
        match delivery {
            Delivery::Now => self.web_view.notify(name, &data, delivery),
            Delivery::Retained => locked(&self.outbox).push((name, data)),
        }
    }
}

/// The timeline shows the bytes so far, which the plugin's event does not carry.
fn with_bytes(mut data: Value, event: &Event) -> Value {
    if let (Event::Download { bytes, .. }, Some(object)) = (event, data.as_object_mut()) {
        object.insert("bytes".into(), (*bytes).into());
    }
    data
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_of_progress_is_thinned_out_but_its_end_is_told() {
        let start = Instant::now();
        let mut last = None;
        let told: Vec<u8> = (0..=100)
            .filter(|percent| {
                !is_too_much(
                    &mut last,
                    *percent,
                    start + Duration::from_millis(5) * u32::from(*percent),
                )
            })
            .collect();
        assert_eq!(told, [0, 20, 40, 60, 80, 100]);
        assert!(is_too_much(&mut last, 0, start + Duration::from_millis(501)));
        assert!(
            !is_too_much(&mut last, 100, start + Duration::from_millis(502)),
            "the end is always told"
        );
    }
}
