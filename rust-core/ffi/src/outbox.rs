//! Events on their way to the app: thinned out, and held back until the page they are meant for is there.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use airlock_engine::Event;

use crate::error::{guarded, locked};
use crate::events::{AirlockEvent, Delivery, EventSink};

/// At most ten progress events a second (design section 7): each crosses into another language and into the
/// page, and one for each percent of a small file would slow the download down.
const PROGRESS_INTERVAL: Duration = Duration::from_millis(100);

/// The engine's listener. It calls the app's while no lock is held, so that the app may call back.
pub(crate) struct Outbox {
    sink: Arc<dyn EventSink>,
    held: Mutex<Held>,
    last_progress: Mutex<Option<Instant>>,
}

#[derive(Default)]
struct Held {
    waiting: VecDeque<AirlockEvent>,
    /// Transitions under way: each may switch the page.
    transitions: usize,
    page: Page,
}

/// Whether the web view shows what the last launch says.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Page {
    /// It was told and has not said that it does.
    #[default]
    Switching,
    /// It does.
    Shown,
}

/// Retained events wait while this lives.
pub(crate) struct Transition<'o>(&'o Outbox);

impl Drop for Transition<'_> {
    fn drop(&mut self) {
        let mut held = locked(&self.0.held);
        held.transitions = held.transitions.saturating_sub(1);
    }
}

impl Outbox {
    pub(crate) fn new(sink: Arc<dyn EventSink>) -> Self {
        Self {
            sink,
            held: Mutex::default(),
            last_progress: Mutex::default(),
        }
    }

    /// From now on the page may be switched; nothing that should reach the next page goes to this one.
    pub(crate) fn transition(&self) -> Transition<'_> {
        locked(&self.held).transitions += 1;
        Transition(self)
    }

    /// The web view is about to show another launch.
    pub(crate) fn switching(&self) {
        locked(&self.held).page = Page::Switching;
    }

    /// The web view shows the last launch.
    pub(crate) fn shown(&self) {
        locked(&self.held).page = Page::Shown;
    }

    pub(crate) fn push(&self, event: AirlockEvent) {
        locked(&self.held).waiting.push_back(event);
    }

    /// Hands over what may go now, in its order.
    pub(crate) fn deliver(&self) {
        while let Some(event) = self.next() {
            self.hand_over(event);
        }
    }

    fn next(&self) -> Option<AirlockEvent> {
        let mut held = locked(&self.held);
        let free = held.transitions == 0 && held.page == Page::Shown;
        let may_go = |event: &AirlockEvent| free || event.delivery() == Delivery::Now;
        let place = held.waiting.iter().position(may_go)?;
        held.waiting.remove(place)
    }

    /// An update does not fail because a listener did.
    fn hand_over(&self, event: AirlockEvent) {
        let delivery = event.delivery();
        let _ = guarded(|| self.sink.on_event(event, delivery));
    }

    fn progress(&self, percent: u8, event: AirlockEvent) {
        let too_much = is_too_much(&mut locked(&self.last_progress), percent, Instant::now());
        if !too_much {
            self.hand_over(event);
        }
    }
}

/// What the engine holds of the outbox.
pub(crate) struct Ears(pub(crate) Arc<Outbox>);

impl airlock_engine::EventSink for Ears {
    /// Progress goes out at once, from the middle of a transfer; the rest when the call is over and the
    /// state's lock is free.
    fn event(&self, event: &Event) {
        match event {
            Event::Download { percent, .. } => self.0.progress(*percent, event.into()),
            _ => self.0.push(event.into()),
        }
    }
}

/// Whether a progress event at `now` is one too many. The last one, 100 percent, never is.
fn is_too_much(last: &mut Option<Instant>, percent: u8, now: Instant) -> bool {
    let too_soon = last.is_some_and(|last| now.saturating_duration_since(last) < PROGRESS_INTERVAL);
    if too_soon && percent < 100 {
        return true;
    }
    *last = Some(now);
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::AirlockError;
    use crate::records::BundleInfo;

    #[derive(Default)]
    struct Heard(Mutex<Vec<AirlockEvent>>);

    impl EventSink for Heard {
        fn on_event(&self, event: AirlockEvent, delivery: Delivery) -> Result<(), AirlockError> {
            assert_eq!(delivery, event.delivery());
            self.0.lock().unwrap().push(event);
            Err(AirlockError::new(
                airlock_protocol::Code::Internal,
                "a listener fails",
            ))
        }
    }

    fn failed(version: &str) -> AirlockEvent {
        AirlockEvent::DownloadFailed {
            version: version.to_owned(),
            code: "download_failed".to_owned(),
            reason: String::new(),
            attempt: 1,
            phase: "download".to_owned(),
        }
    }

    fn outbox() -> (Arc<Heard>, Outbox) {
        let heard = Arc::new(Heard::default());
        (Arc::clone(&heard), Outbox::new(heard))
    }

    #[test]
    fn a_retained_event_waits_for_the_page_and_the_others_do_not() {
        let (heard, outbox) = outbox();
        outbox.push(AirlockEvent::AppReloaded);
        outbox.push(failed("1"));
        outbox.deliver();
        assert_eq!(*heard.0.lock().unwrap(), [failed("1")]);
        outbox.shown();
        outbox.deliver();
        outbox.deliver();
        assert_eq!(*heard.0.lock().unwrap(), [failed("1"), AirlockEvent::AppReloaded]);
    }

    #[test]
    fn while_a_transition_runs_no_page_hears_what_the_next_one_should() {
        let (heard, outbox) = outbox();
        outbox.shown();
        let transition = outbox.transition();
        outbox.push(AirlockEvent::AppReloaded);
        outbox.deliver();
        assert!(heard.0.lock().unwrap().is_empty());
        outbox.switching();
        drop(transition);
        outbox.deliver();
        assert!(heard.0.lock().unwrap().is_empty(), "the old page is still there");
        outbox.shown();
        outbox.deliver();
        assert_eq!(heard.0.lock().unwrap().len(), 1);
    }

    #[test]
    fn progress_is_told_ten_times_a_second_and_its_end_always() {
        let start = Instant::now();
        let mut last = None;
        // One percent each millisecond: a hundred in a tenth of a second, then on for ten seconds.
        let told = (0..10_000_u32).filter(|ms| {
            let percent = u8::try_from(ms % 100).unwrap();
            !is_too_much(&mut last, percent, start + Duration::from_millis((*ms).into()))
        });
        assert_eq!(told.count(), 100, "ten seconds");
        assert!(is_too_much(&mut last, 99, start + Duration::from_millis(9_999)));
        assert!(!is_too_much(&mut last, 100, start + Duration::from_millis(9_999)));
    }

    #[test]
    fn percent_of_a_bundle_reaches_the_app_through_the_same_gate() {
        let (heard, outbox) = outbox();
        let bundle = BundleInfo {
            id: "ab".to_owned(),
            version: "1".to_owned(),
            downloaded: String::new(),
            checksum: "ab".to_owned(),
            status: "downloading".to_owned(),
            sequence: Some(1),
        };
        let event = |percent| AirlockEvent::Download {
            percent,
            bundle: bundle.clone(),
        };
        *locked(&outbox.last_progress) = Some(Instant::now() + Duration::from_secs(3_600));
        outbox.progress(50, event(50));
        outbox.progress(100, event(100));
        assert_eq!(*heard.0.lock().unwrap(), [event(100)]);
    }
}
