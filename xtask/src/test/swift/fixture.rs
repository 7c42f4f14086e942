//! An app with its repository for the Swift tests: the real command line makes it and serves it.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::airlock::{Airlock, Server};
use crate::repository::Repository;

/// Below target/, where the tests can see it from inside their root.
const FOLDER: &str = "target/swift/fixture";

const APP: &str = "dev.airlock.example";

/// The app: version 1.0.0 embedded, 2.0.0 published. Served until this is dropped.
pub(super) struct Fixture {
    pub(super) folder: PathBuf,
    /// Kept for its end.
    _server: Server,
}

impl Fixture {
    /// Makes it anew: keys, repository, the embedded bundle and `capacitor.config.json`.
    pub(super) fn make(repository: &Repository, airlock: &Airlock) -> Result<Fixture> {
        let folder = repository.path(FOLDER);
        if folder.exists() {
            std::fs::remove_dir_all(&folder).with_context(|| format!("remove {}", folder.display()))?;
        }
        let project = folder.join("project").display().to_string();
        airlock.json(["init", &project, "--app-id", APP, "--no-passphrase"])?;
        let embedded = web_app(&folder.join("public"), "1.0.0")?;
        let published = airlock.json(["publish", &embedded, "--version", "1.0.0", "--project", &project])?;
        let sequence = published
            .get("sequence")
            .and_then(Value::as_u64)
            .context("publish told no sequence")?;
        let key = format!("{project}/keys/release.pem");
        let sequence = sequence.to_string();
        let about = [
            "--app-id",
            APP,
            "--version",
            "1.0.0",
            "--sequence",
            &sequence,
            "--key",
            &key,
        ];
        airlock
            .command(["pack", &embedded, "--in-place"])
            .args(about)
            .quietly()?;
        let next = web_app(&folder.join("2.0.0"), "2.0.0")?;
        airlock.json(["publish", &next, "--version", "2.0.0", "--project", &project])?;
        let server = airlock.serve(&folder.join("project/repository"))?;
        configure(&folder, &server.url)?;
        Ok(Fixture {
            folder,
            _server: server,
        })
    }
}

/// A small web app that says its version.
fn web_app(folder: &Path, version: &str) -> Result<String> {
    std::fs::create_dir_all(folder).with_context(|| format!("create {}", folder.display()))?;
    let page = format!("<!doctype html><title>{version}</title><script src=\"app.js\"></script>\n");
    for (name, text) in [
        ("index.html", page),
        ("app.js", format!("document.title = '{version}';\n")),
    ] {
        std::fs::write(folder.join(name), text).with_context(|| format!("write {name}"))?;
    }
    Ok(folder.display().to_string())
}

/// As an app ships it, but with plain HTTP to this machine and nothing done by itself.
fn configure(folder: &Path, url: &str) -> Result<()> {
    let made = folder.join("project/capacitor.airlock.json");
    let text = std::fs::read_to_string(&made).with_context(|| format!("read {}", made.display()))?;
    let mut section: Value = serde_json::from_str(&text).context("read what airlock init configured")?;
    let fields = section
        .as_object_mut()
        .context("the configuration is no object")?;
    fields.insert("updateUrl".to_owned(), url.into());
    fields.insert("allowInsecureLoopback".to_owned(), true.into());
    fields.insert("autoUpdate".to_owned(), false.into());
    let config = serde_json::json!({ "appId": APP, "plugins": { "Airlock": section } });
    let place = folder.join("capacitor.config.json");
    std::fs::write(&place, config.to_string()).with_context(|| format!("write {}", place.display()))
}
