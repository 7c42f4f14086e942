//! The document-start script and where it goes: before anything of the app runs, as on a phone.
//!
//! A phone hands this script to the web view (`addDocumentStartJavaScript`, Capacitor 8); a browser has no such
//! door, so the server writes it into the HTML of navigations. What `fetch` reads stays byte for byte the bundle's.

use serde::Serialize;
use serde_json::{Value, json};

use super::plugin::METHODS;

/// What one page is told at document start.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Boot {
    /// The launch token of this page.
    pub(crate) token: String,
    /// The app's origin, Capacitor's `WEBVIEW_SERVER_URL`.
    pub(crate) server_url: String,
    /// Where `androidBridge` sends its messages.
    pub(crate) bridge_url: String,
}

/// The `<script>` element for one page: token and globals, Capacitor's own bridge, the plugin's header and proxy.
pub(crate) fn document_start(boot: &Boot, native_bridge: &str) -> String {
    let boot = json!(boot);
    let headers = plugin_headers();
    let start = call(
        include_str!("assets/document-start.js"),
        "airlockDocumentStart",
        &boot,
    );
    let plugins = call(
        include_str!("assets/plugin-headers.js"),
        "airlockPluginHeaders",
        &headers,
    );
    let script = format!("{start}\n{native_bridge}\n{plugins}\n");
    format!("<script>{}</script>", harmless_in_html(&script))
}

/// The function that `source` declares, called at once and seen by nobody else.
fn call(source: &str, name: &str, argument: &Value) -> String {
    format!("(() => {{\n{source}{name}({argument});\n}})();")
}

/// `html` with `script` as the first thing that runs: at the start of its head, or where a head would begin.
pub(crate) fn inject(html: &[u8], script: &str) -> Vec<u8> {
    let (before, after) = html.split_at(head_start(html));
    [before, script.as_bytes(), after].concat()
}

/// The headers that Capacitor's JSExport writes; a method without `rtype` takes a callback.
fn plugin_headers() -> Value {
    let callbacks = ["addListener", "removeListener"].map(|name| json!({ "name": name }));
    let promises = METHODS
        .iter()
        .map(|name| json!({ "name": name, "rtype": "promise" }));
    json!([{ "name": "Airlock", "methods": callbacks.into_iter().chain(promises).collect::<Vec<_>>() }])
}

/// The script text with nothing in it that ends or nests a script element (HTML, "script data state"). Both words
/// can only stand inside string or regular expression literals, where the added backslash means nothing.
fn harmless_in_html(script: &str) -> String {
    script
        .replace("</script", "<\\/script")
        .replace("</SCRIPT", "<\\/SCRIPT")
        .replace("<!--", "<\\!--")
}

/// Where the head's content starts, found the way the HTML parser does: past a byte order mark, white space,
/// comments, the doctype, `<html …>` and `<head …>`, whichever of them are there.
fn head_start(html: &[u8]) -> usize {
    let mut at = if html.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
    for tag in ["<!doctype", "<html", "<head"] {
        let start = skip_blank(html, at);
        match skip_tag(html, start, tag.as_bytes()) {
            Some(end) => at = end,
            None => at = start,
        }
    }
    at
}

/// Past white space and comments. An unfinished comment swallows the rest of the document, as in a browser.
fn skip_blank(html: &[u8], mut at: usize) -> usize {
    loop {
        let rest = html.get(at..).unwrap_or_default();
        let spaces = rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        let after = rest.get(spaces..).unwrap_or_default();
        at += spaces;
        if !after.starts_with(b"<!--") {
            return at;
        }
        let end = after.windows(3).position(|window| window == b"-->");
        at += end.map_or(after.len(), |end| end + 3);
    }
}

/// Past the tag that starts exactly at `at`, if it is `<name …>`. A `>` inside a quoted attribute does not end it.
fn skip_tag(html: &[u8], at: usize, name: &[u8]) -> Option<usize> {
    let rest = html.get(at..)?;
    let (found, attributes) = rest.split_at_checked(name.len())?;
    let ends_word = attributes
        .first()
        .is_some_and(|byte| matches!(byte, b'>' | b'/') || byte.is_ascii_whitespace());
    if !found.eq_ignore_ascii_case(name) || !ends_word {
        return None;
    }
    let mut quote = None;
    for (offset, &byte) in attributes.iter().enumerate() {
        match (quote, byte) {
            (None, b'>') => return Some(at + name.len() + offset + 1),
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), _) if open == byte => quote = None,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn injected(html: &str) -> String {
        String::from_utf8(inject(html.as_bytes(), "◆")).unwrap()
    }

    #[test]
    fn the_script_is_the_first_thing_in_the_head() {
        for (html, expected) in [
            (
                "<!doctype html><html><head><title>a</title>",
                "<!doctype html><html><head>◆<title>a</title>",
            ),
            (
                "<!DOCTYPE HTML>\n<HTML lang=en>\n<HEAD class=x>\n<base>",
                "<!DOCTYPE HTML>\n<HTML lang=en>\n<HEAD class=x>◆\n<base>",
            ),
            (
                "<html data-a='>'><head data-b=\">\"><title>",
                "<html data-a='>'><head data-b=\">\">◆<title>",
            ),
            (
                "\u{feff}<!doctype html><head><p>",
                "\u{feff}<!doctype html><head>◆<p>",
            ),
            (
                "<!-- <head> --><!doctype html><!--x--><head><p>",
                "<!-- <head> --><!doctype html><!--x--><head>◆<p>",
            ),
        ] {
            assert_eq!(injected(html), expected);
        }
    }

    #[test]
    fn without_a_head_it_goes_where_one_would_begin() {
        for (html, expected) in [
            ("", "◆"),
            ("plain text", "◆plain text"),
            ("<title>a</title>", "◆<title>a</title>"),
            (
                "<!doctype html><script>1</script>",
                "<!doctype html>◆<script>1</script>",
            ),
            ("<html><body>", "<html>◆<body>"),
            (
                "<!doctype html><header>no head</header>",
                "<!doctype html>◆<header>no head</header>",
            ),
            ("<html unfinished", "◆<html unfinished"),
        ] {
            assert_eq!(injected(html), expected);
        }
    }

    #[test]
    fn an_unfinished_comment_hides_the_script_as_it_hides_everything() {
        assert_eq!(injected("<!-- no end <head>"), "<!-- no end <head>◆");
    }

    #[test]
    fn bytes_that_are_not_utf_8_stay_as_they_are() {
        let html = b"<head>\xff\xfe</head>";
        assert_eq!(inject(html, "x"), b"<head>x\xff\xfe</head>");
    }

    #[test]
    fn the_script_carries_token_bridge_and_headers_and_cannot_be_ended_early() {
        let boot = Boot {
            token: "a1</script>".into(),
            server_url: "http://localhost:1".into(),
            bridge_url: "ws://localhost:1/__airlock/bridge".into(),
        };
        let script = document_start(&boot, "/* native */ '</script><!--'");
        assert_eq!(script.matches("</script").count(), 1, "only its own end");
        assert!(!script.contains("<!--"));
        for part in [
            "AirlockLaunch",
            "/* native */",
            "WEBVIEW_SERVER_URL",
            r#""name":"notifyAppReady","rtype":"promise""#,
        ] {
            assert!(script.contains(part), "{part}");
        }
    }
}
