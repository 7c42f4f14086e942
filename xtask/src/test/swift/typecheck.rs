//! The plugin's sources as they ship, `@objc` and all, through the compiler's type-checker. Swift on Linux generates no
//! code for Objective-C, but it can be told to understand it.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::process::Command;
use crate::repository::Repository;
use crate::swift::Swift;
use crate::test::layer::Outcome;
use crate::ui;

use super::assemble::{PACKAGE, PLUGIN};
use super::objc;

/// Where stand-ins and copies for this check lie.
const PLACE: &str = "target/swift/objc";

/// The stand-ins, each after what it imports.
const MODULES: &[&str] = &[
    "ObjectiveC",
    "Combine",
    "Security",
    "Network",
    "UIKit",
    "WebKit",
    "Capacitor",
];

/// Internal to the compiler, tried on 6.0.3 and 6.2.3.
const FLAGS: &[&str] = &[
    "-Xfrontend",
    "-enable-objc-interop",
    "-Xfrontend",
    "-disable-objc-attr-requires-foundation-module",
    "-parse-as-library",
    "-swift-version",
    "5",
];

/// Mistakes that a person makes: a file, what stands there, what is put in its place. Each must be refused.
const MISTAKES: &[(&str, &str, &str)] = &[
    (
        "AirlockPlugin.swift",
        "call.jsObjectRepresentation",
        "call.jsObject",
    ),
    (
        "AirlockPlugin.swift",
        "perform(.sync, call)",
        "perform(.synch, call)",
    ),
    (
        "AirlockPlugin.swift",
        "override public func load()",
        "override public func loaded()",
    ),
    (
        "AirlockPlugin.swift",
        "call.reject(rejection.message, rejection.code)",
        "call.reject(rejection)",
    ),
    (
        "AirlockPlugin.swift",
        "public let jsName = \"Airlock\"",
        "public let jsNam = \"Airlock\"",
    ),
    (
        "BridgePage.swift",
        "injectionTime: .atDocumentStart",
        "injectionTime: .atStart",
    ),
    (
        "BridgePage.swift",
        "bridge.setServerBasePath(root.path)",
        "bridge.setServerBasePath(root)",
    ),
    (
        "NavigationWatch.swift",
        "didFail navigation: WKNavigation!",
        "didFailed navigation: WKNavigation!",
    ),
    (
        "AppLife.swift",
        "didEnterBackgroundNotification",
        "didLeaveNotification",
    ),
    ("AppPlace.swift", "platform: .ios", "platform: .iphone"),
    (
        "KeychainStore.swift",
        "SecItemDelete(item(key) as CFDictionary)",
        "SecItemDelete(key)",
    ),
    ("KeychainStore.swift", "kSecAttrAccount", "kSecAttributeAccount"),
    ("KeychainIdentity.swift", "key, .sign, $0", "key, .signing, $0"),
    (
        "KeychainIdentity.swift",
        ".rsaSignatureMessagePSSSHA256",
        ".rsaSignaturePSSSHA256",
    ),
];

/// The plugin passes, and the same plugin with one mistake does not.
pub(super) fn check(repository: &Repository, swift: &Swift) -> Result<Outcome> {
    let sources = sources(repository)?;
    let checker = Checker::new(repository, swift)?;
    ui::line(&ui::paint(ui::FAINT, "     type-checking the plugin as it ships"));
    checker.accepts(&sources)?;
    let mut outcome = Outcome::single(true);
    for (file, right, wrong) in MISTAKES {
        let spoilt = spoil(&sources, file, right, wrong)?;
        let refused = checker.accepts(&spoilt).is_err();
        if !refused {
            ui::line(&format!(
                "  {} `{wrong}` in {file} passes",
                ui::paint(ui::BAD, "FAIL")
            ));
        }
        outcome = outcome.plus(Outcome::single(refused));
    }
    Ok(outcome)
}

struct Source {
    name: String,
    text: String,
}

fn sources(repository: &Repository) -> Result<Vec<Source>> {
    let mut sources = Vec::new();
    for entry in
        std::fs::read_dir(repository.path(PLUGIN)).with_context(|| format!("read the folder {PLUGIN}"))?
    {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.ends_with(".swift") {
            let text = repository.read(format!("{PLUGIN}/{name}"))?;
            sources.push(Source { name, text });
        }
    }
    sources.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(sources)
}

fn spoil(sources: &[Source], file: &str, right: &str, wrong: &str) -> Result<Vec<Source>> {
    let found = sources
        .iter()
        .any(|source| source.name == file && source.text.contains(right));
    found.then_some(()).with_context(|| {
        format!(
            "`{right}` is not in {file} any more; change the mistakes in xtask/src/test/swift/typecheck.rs"
        )
    })?;
    let with_mistake = |source: &Source| Source {
        name: source.name.clone(),
        text: if source.name == file {
            source.text.replacen(right, wrong, 1)
        } else {
            source.text.clone()
        },
    };
    Ok(sources.iter().map(with_mistake).collect())
}

struct Checker<'r> {
    repository: &'r Repository,
    swift: &'r Swift,
    place: PathBuf,
    package: PathBuf,
}

impl<'r> Checker<'r> {
    /// Compiles the stand-ins' interfaces, as classes of Objective-C.
    fn new(repository: &'r Repository, swift: &'r Swift) -> Result<Checker<'r>> {
        let checker = Checker {
            repository,
            swift,
            place: repository.path(PLACE),
            package: repository.path(PACKAGE),
        };
        std::fs::create_dir_all(checker.place.join("modules")).context("create target/swift/objc/modules")?;
        for module in MODULES {
            checker.module(module)?;
        }
        Ok(checker)
    }

    fn module(&self, name: &str) -> Result<()> {
        let mut files = Vec::new();
        for file in swift_files(&self.package.join("Stubs").join(name))? {
            let text = std::fs::read_to_string(&file).with_context(|| format!("read {}", file.display()))?;
            let copied = file.components().any(|part| part.as_os_str() == "Copied");
            let text = if copied { text } else { objc::added(&text) };
            let stem = file
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            files.push(self.put(&format!("{name}/{stem}"), &text)?);
        }
        let module = format!("{PLACE}/modules/{name}.swiftmodule");
        self.compiler()
            .args([
                "-suppress-warnings",
                "-emit-module",
                "-module-name",
                name,
                "-emit-module-path",
            ])
            .args([self.repository.path(module).display().to_string()])
            .args(files)
            .quietly()
            .with_context(|| format!("compile the stand-in for {name}"))
    }

    /// Errors: what the compiler says.
    fn accepts(&self, sources: &[Source]) -> Result<()> {
        let mut files = Vec::new();
        for source in sources {
            files.push(self.put(&format!("plugin/{}", source.name), &source.text)?);
        }
        files.push(self.package.join("Checked/NSObject.swift").display().to_string());
        let map = self.package.join("Sources/airlock_ffiFFI/module.modulemap");
        self.compiler()
            .args([
                "-typecheck",
                "-D",
                "SWIFT_PACKAGE",
                "-module-name",
                "AirlockPlugin",
                "-I",
            ])
            .args([self.package.join(".build/debug/Modules").display().to_string()])
            .args(["-Xcc".to_owned(), format!("-fmodule-map-file={}", map.display())])
            .args(files)
            .quietly()
    }

    fn compiler(&self) -> Command {
        self.swift
            .command(self.repository, &self.place, "swiftc")
            .args(FLAGS.iter().copied())
            .args(["-I".to_owned(), self.place.join("modules").display().to_string()])
    }

    fn put(&self, name: &str, text: &str) -> Result<String> {
        let path = self.place.join(name);
        let parent = path.parent().context("a file without a folder")?;
        std::fs::create_dir_all(parent).with_context(|| format!("create {}", parent.display()))?;
        std::fs::write(&path, text).with_context(|| format!("write {}", path.display()))?;
        Ok(path.display().to_string())
    }
}

fn swift_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(|| format!("read the folder {}", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            files.extend(swift_files(&path)?);
        } else if path.extension().is_some_and(|kind| kind == "swift") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mistake_has_its_place_in_the_plugin() {
        let repository = Repository::find().unwrap();
        let sources = sources(&repository).unwrap();
        for (file, right, wrong) in MISTAKES {
            assert!(spoil(&sources, file, right, wrong).is_ok(), "{right}");
        }
        assert!(spoil(&sources, "AppLife.swift", "no such text", "").is_err());
    }
}
