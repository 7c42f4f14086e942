//! Which of the app's events are the peer's actions.

use airlock_protocol::Code;

use super::{Note, locked};
use crate::engine::Engine;
use crate::events::Event;

impl Engine {
    /// Notes what an event means to the peer.
    pub(crate) fn hear(&self, event: &Event) {
        if self.config.stats_url().is_none() {
            return;
        }
        match event {
            Event::Download { bundle, percent, .. } => self.hear_progress(&bundle.version, *percent),
            Event::DownloadComplete { bundle } => self.note(&Note::of("download_complete", &bundle.version)),
            Event::DownloadFailed { version, code, .. } => {
                let code = *code;
                for action in [cause(code), Some("download_fail")].into_iter().flatten() {
                    self.note(&Note {
                        code: Some(code.as_str()),
                        ..Note::of(action, version)
                    });
                }
            }
            Event::UpdateFailed { bundle, code, .. } => {
                if *code == "not_ready" {
                    self.note(&Note::of("app_launch_timeout", &bundle.version));
                }
                self.note(&Note {
                    code: Some(code),
                    ..Note::of("update_fail", &bundle.version)
                });
            }
            Event::AppReady { bundle } => self.note(&Note::of("app_launch_ready", &bundle.version)),
            Event::Set { .. } | Event::UpdateAvailable { .. } => {}
        }
    }

    /// Each ten that a download reaches from 10 to 90, once; of several at once the last.
    fn hear_progress(&self, version: &str, percent: u8) {
        let reached = percent - percent % 10;
        let mut tens = locked(&self.statistics.tens);
        let before = std::mem::replace(&mut *tens, reached);
        drop(tens);
        if reached > before && (10..=90).contains(&reached) {
            self.note(&Note::of(&format!("download_{reached}"), version));
        }
    }
}

/// The peer's own word for why a download failed, where it has one.
fn cause(code: Code) -> Option<&'static str> {
    match code {
        Code::ChecksumMismatch => Some("checksum_fail"),
        Code::SignatureInvalid => Some("decrypt_fail"),
        Code::NoSpace => Some("insufficient_disk_space"),
        Code::ArchiveUnsafe | Code::PathUnsafe => Some("unzip_fail"),
        _ => None,
    }
}
