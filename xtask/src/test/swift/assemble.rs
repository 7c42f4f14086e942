//! Lays the Swift package for Linux out in target/: the tests and stand-ins of tests/swift, the sources that ship, the
//! generated bindings, and the files of Capacitor that are Swift.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::repository::Repository;

use super::objc;

/// Where SwiftPM builds. It takes no source from outside its package's folder, so all of them are copied.
pub(super) const PACKAGE: &str = "target/swift/package";

/// What we wrote, and what ships as it is.
const TESTS: &str = "tests/swift";
pub(super) const CORE: &str = "ios/Sources/AirlockCore";
pub(super) const PLUGIN: &str = "ios/Sources/AirlockPlugin";

/// Capacitor's own Swift that a plugin meets: options, results, configuration, the bridge's protocol.
const CAPACITOR: &str = "node_modules/@capacitor/ios/Capacitor/Capacitor";
const CAPACITOR_FILES: &[&str] = &[
    "CAPBridgeProtocol",
    "CAPBridgedPlugin+getMethod",
    "CAPInstanceConfiguration",
    "CAPInstancePlugin",
    "CAPLog",
    "CAPPluginCall",
    "Codable/JSValueDecoder",
    "Codable/JSValueEncoder",
    "JSTypes",
    "KeyPath",
    "PluginCallResult",
    "PluginConfig",
];

/// One file of the package, by its path in there.
struct Placed {
    path: String,
    bytes: Vec<u8>,
}

/// Writes the package. Files that are as they should be are not touched, so that SwiftPM builds only what changed.
/// `bindings` holds what UniFFI generated and the host's library.
pub(super) fn package(repository: &Repository, bindings: &Path) -> Result<PathBuf> {
    let mut files = folder(&repository.path(TESTS), "")?;
    files.extend(folder(&repository.path(CORE), "Sources/AirlockCore/")?);
    files.push(copy(
        &bindings.join("AirlockFFI.swift"),
        "Sources/AirlockCore/AirlockFFI.swift",
    )?);
    files.push(copy(
        &bindings.join("airlock_ffiFFI.h"),
        "Sources/airlock_ffiFFI/airlock_ffiFFI.h",
    )?);
    files.push(Placed {
        path: "Sources/airlock_ffiFFI/module.modulemap".to_owned(),
        bytes: MODULE_MAP.into(),
    });
    files.push(copy(
        &bindings.join("libairlock_ffi.so"),
        "Library/libairlock_ffi.so",
    )?);
    for file in folder(&repository.path(PLUGIN), "Sources/AirlockPlugin/")? {
        files.extend(without_objc(file, "")?);
    }
    for name in CAPACITOR_FILES {
        let file = name.rsplit('/').next().unwrap_or(name);
        let place = format!("Stubs/Capacitor/Copied/{file}.swift");
        let copied = copy(&repository.path(CAPACITOR).join(format!("{name}.swift")), &place)?;
        files.extend(without_objc(copied, "import Foundation\nimport WebKit\n")?);
    }
    let package = repository.path(PACKAGE);
    write(&package, &files)?;
    Ok(package)
}

/// The one that UniFFI writes asks for a module of Apple's.
const MODULE_MAP: &str = "module airlock_ffiFFI [system] {\n    header \"airlock_ffiFFI.h\"\n    link \"airlock_ffi\"\n    export *\n}\n";

/// Swift on Linux refuses Objective-C's attributes; what is no Swift stays behind.
fn without_objc(file: Placed, imports: &str) -> Result<Option<Placed>> {
    if !file.path.ends_with(".swift") {
        return Ok(None);
    }
    let source = String::from_utf8(file.bytes).with_context(|| format!("read {} as text", file.path))?;
    Ok(Some(Placed {
        path: file.path,
        bytes: format!("{imports}{}", objc::removed(&source)).into_bytes(),
    }))
}

fn copy(from: &Path, to: &str) -> Result<Placed> {
    let bytes = std::fs::read(from).with_context(|| format!("read {}", from.display()))?;
    Ok(Placed {
        path: to.to_owned(),
        bytes,
    })
}

/// Every file below a folder. What a build left there for Xcode is not ours to copy.
fn folder(from: &Path, to: &str) -> Result<Vec<Placed>> {
    let mut files = Vec::new();
    let entries = std::fs::read_dir(from).with_context(|| format!("read the folder {}", from.display()))?;
    for entry in entries {
        let path = entry?.path();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if path.is_dir() && name != "Generated" && name != ".build" {
            files.extend(folder(&path, &format!("{to}{name}/"))?);
        } else if path.is_file() {
            files.push(copy(&path, &format!("{to}{name}"))?);
        }
    }
    Ok(files)
}

fn write(package: &Path, files: &[Placed]) -> Result<()> {
    for file in files {
        let place = package.join(&file.path);
        if std::fs::read(&place).is_ok_and(|there| there == file.bytes) {
            continue;
        }
        let parent = place.parent().context("a file without a folder")?;
        std::fs::create_dir_all(parent).with_context(|| format!("create {}", parent.display()))?;
        std::fs::write(&place, &file.bytes).with_context(|| format!("write {}", place.display()))?;
    }
    let wanted: BTreeSet<PathBuf> = files.iter().map(|file| package.join(&file.path)).collect();
    remove_others(package, &wanted)
}

/// A source that is gone from the repository must not be built on.
fn remove_others(folder: &Path, wanted: &BTreeSet<PathBuf>) -> Result<()> {
    for entry in std::fs::read_dir(folder).with_context(|| format!("read the folder {}", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() && !path.ends_with(".build") {
            remove_others(&path, wanted)?;
        } else if path.is_file()
            && path.extension().is_some_and(|kind| kind == "swift")
            && !wanted.contains(&path)
        {
            std::fs::remove_file(&path).with_context(|| format!("remove {}", path.display()))?;
        }
    }
    Ok(())
}
