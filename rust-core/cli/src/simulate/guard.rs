//! Who may talk to the simulator. It listens on loopback only, which keeps other machines out; this keeps other web
//! pages of the same browser out (DNS rebinding, cross-site requests, cross-site WebSockets), and the app on the
//! phone away from the phone's keys.
//!
//! The app lives at `http://localhost:PORT`, the control page at `http://127.0.0.1:PORT`: two origins, so that the
//! bundle under test can neither read the control page nor press its keys, and cannot freeze it.

use axum::http::HeaderMap;
use axum::http::header::{HOST, ORIGIN};

/// The two origins of one simulator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Origins {
    app_host: String,
    control_host: String,
}

/// The origin that a request was sent to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Door {
    App,
    Control,
}

/// Where a request wants to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Area {
    /// The app's files.
    App,
    /// The bridge between the app's page and its native side.
    Bridge,
    /// The control page and what it asks for.
    Control,
}

/// What becomes of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is answered.
    Pass,
    /// A page was asked for at the other origin's door: show it there.
    Redirect(String),
    /// It is refused; the text says why.
    Refuse(&'static str),
}

impl Origins {
    pub(crate) fn new(port: u16) -> Origins {
        // Browsers leave the default port out of Host and Origin.
        let suffix = if port == 80 {
            String::new()
        } else {
            format!(":{port}")
        };
        Origins {
            app_host: format!("localhost{suffix}"),
            control_host: format!("127.0.0.1{suffix}"),
        }
    }

    /// `http://localhost:PORT`, where the app lives.
    pub(crate) fn app(&self) -> String {
        format!("http://{}", self.app_host)
    }

    /// `http://127.0.0.1:PORT`, where the control page lives.
    pub(crate) fn control(&self) -> String {
        format!("http://{}", self.control_host)
    }

    /// Where the app's page opens its bridge.
    pub(crate) fn bridge_url(&self) -> String {
        format!("ws://{}/__airlock/bridge", self.app_host)
    }

    /// Decides about a request for `path_and_query` in `area`.
    pub(crate) fn judge(&self, area: Area, path_and_query: &str, headers: &HeaderMap) -> Verdict {
        let Some(door) = self.door(headers) else {
            return Verdict::Refuse("this host name is not the simulator's; use the address it printed");
        };
        if let Some(origin) = text(headers, ORIGIN.as_str())
            && origin != self.origin_for(area)
        {
            return Verdict::Refuse("requests of other origins are refused");
        }
        let navigation = text(headers, "sec-fetch-mode") == Some("navigate");
        if text(headers, "sec-fetch-site") == Some("cross-site") && !navigation {
            return Verdict::Refuse("requests of other sites are refused");
        }
        match (area, door) {
            (Area::App, Door::Control) => Verdict::Redirect(format!("{}{path_and_query}", self.app())),
            (Area::Control, Door::App) if navigation => {
                Verdict::Redirect(format!("{}{path_and_query}", self.control()))
            }
            (Area::Control, Door::App) if is_of_a_browser(headers) => {
                Verdict::Refuse("the app on the phone may not use the phone's keys")
            }
            _ => Verdict::Pass,
        }
    }

    fn origin_for(&self, area: Area) -> String {
        match area {
            Area::App | Area::Bridge => self.app(),
            Area::Control => self.control(),
        }
    }

    fn door(&self, headers: &HeaderMap) -> Option<Door> {
        let host = text(headers, HOST.as_str())?;
        if host.eq_ignore_ascii_case(&self.app_host) {
            Some(Door::App)
        } else {
            (host == self.control_host).then_some(Door::Control)
        }
    }
}

/// Browsers say where a request comes from, and pages cannot forge or omit it (Fetch Metadata).
fn is_of_a_browser(headers: &HeaderMap) -> bool {
    headers.contains_key("sec-fetch-site") || headers.contains_key(ORIGIN)
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    // A value that is not text matches nothing that is allowed.
    headers.get(name).map(|value| value.to_str().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderName;

    use super::*;

    fn judge(area: Area, headers: &[(&str, &str)]) -> Verdict {
        let headers = headers
            .iter()
            .map(|(name, value)| (name.parse::<HeaderName>().unwrap(), value.parse().unwrap()))
            .collect();
        Origins::new(4000).judge(area, "/x?y", &headers)
    }

    fn is_refused(verdict: &Verdict) -> bool {
        matches!(verdict, Verdict::Refuse(_))
    }

    #[test]
    fn the_two_hosts_pass_and_every_other_name_is_refused() {
        assert_eq!(judge(Area::App, &[("host", "localhost:4000")]), Verdict::Pass);
        assert_eq!(judge(Area::Control, &[("host", "127.0.0.1:4000")]), Verdict::Pass);
        for host in [
            "rebound.example:4000",
            "localhost",
            "localhost:4001",
            "127.0.0.1",
            "localhost.evil:4000",
            "",
        ] {
            assert!(is_refused(&judge(Area::App, &[("host", host)])), "{host}");
        }
        assert!(is_refused(&judge(Area::App, &[])));
    }

    #[test]
    fn only_the_own_origin_opens_the_bridge_or_presses_keys() {
        let app = ("host", "localhost:4000");
        let control = ("host", "127.0.0.1:4000");
        assert_eq!(
            judge(Area::Bridge, &[app, ("origin", "http://localhost:4000")]),
            Verdict::Pass
        );
        assert_eq!(
            judge(Area::Control, &[control, ("origin", "http://127.0.0.1:4000")]),
            Verdict::Pass
        );
        for origin in [
            "https://evil.example",
            "null",
            "http://localhost:4001",
            "http://127.0.0.1:4000",
        ] {
            assert!(
                is_refused(&judge(Area::Bridge, &[app, ("origin", origin)])),
                "{origin}"
            );
        }
        for origin in ["https://evil.example", "null", "http://localhost:4000"] {
            assert!(
                is_refused(&judge(Area::Control, &[control, ("origin", origin)])),
                "{origin}"
            );
        }
    }

    #[test]
    fn another_site_may_navigate_here_and_nothing_else() {
        let host = ("host", "localhost:4000");
        let site = ("sec-fetch-site", "cross-site");
        assert_eq!(
            judge(Area::App, &[host, site, ("sec-fetch-mode", "navigate")]),
            Verdict::Pass
        );
        assert!(is_refused(&judge(
            Area::App,
            &[host, site, ("sec-fetch-mode", "no-cors")]
        )));
    }

    #[test]
    fn the_app_cannot_reach_the_keys_through_its_own_door() {
        let host = ("host", "localhost:4000");
        let own = ("sec-fetch-site", "same-origin");
        assert!(is_refused(&judge(
            Area::Control,
            &[host, own, ("sec-fetch-mode", "cors")]
        )));
        assert_eq!(
            judge(Area::Control, &[host]),
            Verdict::Pass,
            "a script of the developer is no page"
        );
        let verdict = judge(Area::Control, &[host, own, ("sec-fetch-mode", "navigate")]);
        assert_eq!(verdict, Verdict::Redirect("http://127.0.0.1:4000/x?y".into()));
        let verdict = judge(Area::App, &[("host", "127.0.0.1:4000")]);
        assert_eq!(verdict, Verdict::Redirect("http://localhost:4000/x?y".into()));
    }
}
