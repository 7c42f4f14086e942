//! One simulated phone, driven verb by verb through `airlock device`.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::airlock::{Airlock, Server};
use crate::process::Command;
use crate::repository::text;

/// The phone, and the server that its updates come from.
pub(crate) struct Device<'a> {
    pub(crate) airlock: &'a Airlock,
    pub(crate) state: String,
    pub(crate) embedded: String,
    pub(crate) config: String,
    pub(crate) server: Server,
}

impl Device<'_> {
    /// One verb, as a person would type it.
    pub(crate) fn command(&self, verb: &[&str]) -> Command {
        let device = [
            "--state",
            &self.state,
            "--embedded",
            &self.embedded,
            "--config",
            &self.config,
            "--url",
            &self.server.url,
        ];
        self.airlock
            .command(["device"])
            .args(device)
            .args(verb.iter().copied())
    }

    /// Runs one verb to its end and returns the last JSON object it printed.
    pub(crate) fn verb(&self, verb: &[&str]) -> Result<Value> {
        let printed = self.command(verb).output()?;
        let last = printed.lines().last().unwrap_or("null");
        serde_json::from_str(last).with_context(|| format!("airlock device {verb:?} printed no JSON: {last}"))
    }

    /// Reports ready with the launch's own token, as the page would.
    pub(crate) fn ready(&self, launch: &Value) -> Result<()> {
        let token = launch
            .get("token")
            .and_then(Value::as_str)
            .context("launch told no token")?;
        expect(
            &self.verb(&["ready", "--token", token])?,
            "/accepted",
            &json!(true),
        )
    }
}

/// An error that shows everything unless the value at `pointer` is the one wanted.
pub(crate) fn expect(printed: &Value, pointer: &str, wanted: &Value) -> Result<()> {
    ensure!(
        printed.pointer(pointer) == Some(wanted),
        "{pointer} should be {wanted}, but airlock printed {printed}"
    );
    Ok(())
}

/// The author's side of an app: keys and a repository in `project`, whose first release is the bundle that the app
/// embeds, described in place.
pub(crate) fn begin(
    airlock: &Airlock,
    project: &Path,
    app: &str,
    embedded: &Path,
    version: &str,
) -> Result<()> {
    let key = text(&project.join("keys/release.pem"))?;
    let (project, embedded) = (text(project)?, text(embedded)?);
    airlock.json(["init", &project, "--app-id", app, "--no-passphrase"])?;
    let first = airlock.json(["publish", &embedded, "--version", version, "--project", &project])?;
    expect(&first, "/sequence", &json!(1))?;
    airlock
        .command(["pack", &embedded, "--in-place", "--app-id", app])
        .args(["--version", version, "--sequence", "1", "--key", &key])
        .output()?;
    Ok(())
}

/// What `airlock init` wrote, leave to use plain HTTP on this machine, and more fields.
pub(crate) fn configure(made: &Path, config: &Path, more: &[(&str, Value)]) -> Result<()> {
    let made = std::fs::read(made).with_context(|| format!("read {}", made.display()))?;
    let mut value: Value = serde_json::from_slice(&made).context("read capacitor.airlock.json")?;
    let fields = value
        .as_object_mut()
        .context("capacitor.airlock.json is no object")?;
    fields.insert("allowInsecureLoopback".to_owned(), json!(true));
    fields.extend(
        more.iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone())),
    );
    std::fs::write(config, value.to_string()).with_context(|| format!("write {}", config.display()))
}
