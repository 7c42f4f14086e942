//! The browser half: tests/e2e/demo.mjs plays the story and tells every step as a line of JSON, shown here.

use std::path::Path;
use std::time::Duration;

use anyhow::{Result, bail};
use serde::Deserialize;

use crate::airlock::Airlock;
use crate::repository::{Repository, text};
use crate::ui;

/// The last step of the story; without it something was left untold.
const LAST: &str = "relaunched";

/// One step, as demo.mjs tells it.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Step {
    chapter: String,
    /// Milliseconds since the start.
    at: u64,
    version: String,
    from: String,
    sequence: Option<u64>,
    /// What a device has to download, or has downloaded.
    bytes: Option<u64>,
    milliseconds: Option<u64>,
    heard: String,
    repository: String,
    screenshot: Option<Screenshot>,
}

#[derive(Deserialize)]
struct Screenshot {
    file: String,
}

pub(super) fn play(repository: &Repository, airlock: &Airlock, browser: &str, folder: &Path) -> Result<()> {
    let mut last = String::new();
    let played = repository
        .command("node")
        .args(["tests/e2e/demo.mjs".to_owned(), text(folder)?])
        .variable("AIRLOCK", airlock.path())
        .variable("CHROME_PATH", browser)
        .lines(|line| {
            match serde_json::from_str::<Step>(line) {
                Ok(step) => {
                    show(&step);
                    last = step.chapter;
                }
                Err(_) => ui::line(line),
            }
            Ok(())
        })?;
    if !played || last != LAST {
        bail!("the story broke off after `{last}`; node's words are above");
    }
    Ok(())
}

fn show(step: &Step) {
    let time = ui::duration(Duration::from_millis(step.at));
    let (style, title, detail) = words(step);
    let title = ui::paint(style, format!("{title:<24}"));
    ui::line(&format!(
        "{} {} {title} {detail}",
        ui::paint(ui::FAINT, format!("{time:>8}")),
        ui::paint(style, "●")
    ));
    if let Some(Screenshot { file }) = &step.screenshot {
        let name = Path::new(file).file_name().unwrap_or_default().to_string_lossy();
        ui::line(&ui::paint(ui::FAINT, format!("{:>36}screenshots/{name}", "")));
    }
}

fn words(step: &Step) -> (anstyle::Style, String, String) {
    let Step {
        version, from, heard, ..
    } = step;
    match step.chapter.as_str() {
        "keys" => (
            ui::ACCENT,
            "keys made".into(),
            "root and release key, a repository, 1.0.0 published and embedded in the app".into(),
        ),
        "serving" => (ui::ACCENT, "repository served".into(), step.repository.clone()),
        "embedded" => (
            ui::GOOD,
            format!("{version} runs"),
            "the bundle that came with the app".into(),
        ),
        "published" => (ui::ACCENT, format!("{version} published"), published(step)),
        "staged" => (ui::GOOD, format!("{version} downloaded"), downloaded(step)),
        "activated" => (
            ui::NOTE,
            format!("{version} on trial"),
            "left the app and came back: the new bundle took over".into(),
        ),
        "confirmed" => (
            ui::GOOD,
            format!("{version} confirmed"),
            "its page reported ready; it is the fallback from now on".into(),
        ),
        "rolledBack" => (
            ui::BAD,
            format!("{from} rolled back"),
            format!("it never reported ready; {version} runs again"),
        ),
        "updateFailed" => (ui::GOOD, "the page was told".into(), heard.clone()),
        "relaunched" => (
            ui::GOOD,
            format!("{version} runs"),
            "after a kill and a cold start; the broken release stays away".into(),
        ),
        other => (ui::NOTE, other.into(), String::new()),
    }
}

fn published(step: &Step) -> String {
    step.sequence
        .map(|sequence| format!("signed, sequence {sequence}"))
        .unwrap_or_default()
}

fn downloaded(step: &Step) -> String {
    let size = step
        .bytes
        .map(|bytes| format!("{}, ", ui::size(bytes)))
        .unwrap_or_default();
    let time = step
        .milliseconds
        .map(|time| format!(" in {}", ui::duration(Duration::from_millis(time))))
        .unwrap_or_default();
    format!("{size}verified and staged{time}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_told_with_its_size_and_time() {
        let told =
            r#"{"chapter":"staged","at":900,"version":"2.0.0","bytes":3500,"milliseconds":42,"unknown":1}"#;
        let (_, title, detail) = words(&serde_json::from_str(told).unwrap());
        assert_eq!(title, "2.0.0 downloaded");
        assert_eq!(detail, "3.4 KiB, verified and staged in 42 ms");
    }
}
