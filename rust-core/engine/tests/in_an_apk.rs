//! The embedded bundle as Android has it: entries of the installed APK files.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that panics is a test that fails"
)]

use std::fs;
use std::io::{Cursor, Write as _};
use std::path::PathBuf;

use airlock_archives::{Description, File};
use airlock_engine::ports::{FixedClock, Get, Got, SeededRandom, Transport};
use airlock_engine::{Config, EmbeddedSource, Engine, Error, Host, NoEvents, Origin};
use airlock_protocol::{Platform, UnixMillis};
use tempfile::TempDir;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

const PAGE: &[u8] = b"<h1>embedded</h1>";
const SCRIPT: &[u8] = b"console.log('embedded')";

struct NoNetwork;

impl Transport for NoNetwork {
    fn get(&self, request: &Get<'_>, _: &mut dyn FnMut(&[u8]) -> Result<(), Error>) -> Result<Got, Error> {
        Err(Error::Download {
            url: request.url.to_owned(),
            reason: "there is no network here".to_owned(),
        })
    }
}

fn files() -> Vec<File> {
    vec![File::of("app.js", SCRIPT), File::of("index.html", PAGE)]
}

/// An APK as the Android tools write it: resources beside the assets, those stored or deflated, and a signing
/// block in the gap before the list of entries.
fn apk(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let methods = [CompressionMethod::Stored, CompressionMethod::Deflated];
    writer
        .start_file(
            "resources.arsc",
            SimpleFileOptions::default().compression_method(methods[0]),
        )
        .unwrap();
    writer.write_all(&[0; 64]).unwrap();
    for (place, (name, bytes)) in entries.iter().enumerate() {
        let options = SimpleFileOptions::default().compression_method(methods[place % 2]);
        writer.start_file(*name, options.with_alignment(4)).unwrap();
        writer.write_all(bytes).unwrap();
    }
    signed(writer.finish().unwrap().into_inner())
}

fn signed(mut zip: Vec<u8>) -> Vec<u8> {
    const SIGNING_BLOCK: &[u8] = b"\x18\0\0\0\0\0\0\0\x18\0\0\0\0\0\0\0APK Sig Block 42";
    let end = zip.len() - 22;
    let offset = u32::from_le_bytes(zip[end + 16..end + 20].try_into().unwrap());
    let moved = offset + u32::try_from(SIGNING_BLOCK.len()).unwrap();
    zip[end + 16..end + 20].copy_from_slice(&moved.to_le_bytes());
    let gap = usize::try_from(offset).unwrap();
    zip.splice(gap..gap, SIGNING_BLOCK.iter().copied());
    zip
}

struct Phone {
    directory: TempDir,
    apks: Vec<PathBuf>,
}

impl Phone {
    fn with(apks: &[Vec<u8>]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let apks = apks.iter().enumerate().map(|(number, bytes)| {
            let path = directory.path().join(format!("{number}.apk"));
            fs::write(&path, bytes).unwrap();
            path
        });
        let apks = apks.collect();
        Self { directory, apks }
    }

    fn engine(&self) -> Engine {
        let host = Host {
            root: self.directory.path().join("store"),
            embedded: EmbeddedSource::Apk(self.apks.clone()),
            platform: Platform::Android,
            native_version: Some("3.1.0".parse().unwrap()),
            clock: Box::new(FixedClock(UnixMillis::new(1_795_587_000_000))),
            random: Box::new(SeededRandom(7)),
            transport: Box::new(NoNetwork),
            events: Box::new(NoEvents),
        };
        Engine::new(Config::parse(br#"{"appId":"com.example.app"}"#).unwrap(), host)
    }
}

fn described(script: &[u8]) -> Vec<u8> {
    let checksum = Description::of(&files()).bytes;
    apk(&[
        ("assets/public/checksum.json", &checksum),
        ("assets/public/index.html", PAGE),
        ("assets/public/app.js", script),
        ("assets/public/cordova.js", b""),
        ("assets/capacitor.config.json", b"{}"),
    ])
}

#[test]
fn the_bundle_is_known_by_its_description_and_checked_byte_for_byte() {
    let phone = Phone::with(&[described(SCRIPT)]);
    let engine = phone.engine();
    let launch = engine.launch();
    assert_eq!(launch.bundle.origin, Origin::Embedded);
    assert_eq!(launch.bundle.id.len(), 64, "{:?}", launch.bundle);
    assert!(launch.root.ends_with("0.apk/assets/public"), "{:?}", launch.root);
    let verdicts = engine.verify(None).unwrap();
    assert!(verdicts[0].valid, "{verdicts:?}");

    let other = Phone::with(&[described(b"console.log('something')")]);
    let verdict = other.engine().verify(None).unwrap().remove(0);
    assert!(!verdict.valid && verdict.message.unwrap().contains("app.js"));
}

#[test]
fn a_split_may_hold_a_part_and_a_broken_one_is_missed() {
    let checksum = Description::of(&files()).bytes;
    let base = apk(&[
        ("assets/public/checksum.json", &checksum),
        ("assets/public/index.html", PAGE),
    ]);
    let split = apk(&[("assets/public/app.js", SCRIPT)]);
    let valid = |phone: &Phone| phone.engine().verify(None).unwrap()[0].valid;
    assert!(valid(&Phone::with(&[base.clone(), split])));
    assert!(!valid(&Phone::with(&[base, b"not an apk".to_vec()])));
}

#[test]
fn without_a_description_or_without_an_apk_it_boots_under_the_native_version() {
    let plain = Phone::with(&[apk(&[("assets/public/index.html", PAGE)])]);
    let broken = Phone::with(&[b"PK".to_vec()]);
    let none = Phone::with(&[]);
    for phone in [plain, broken, none] {
        let launch = phone.engine().launch();
        assert_eq!(
            (launch.bundle.id.as_str(), launch.bundle.version.as_str()),
            ("embedded", "3.1.0")
        );
    }
}

#[test]
fn what_could_not_be_read_once_is_read_the_next_time() {
    let phone = Phone::with(&[b"PK".to_vec()]);
    let engine = phone.engine();
    assert_eq!(engine.launch().bundle.id, "embedded");
    fs::write(&phone.apks[0], described(SCRIPT)).unwrap();
    assert_eq!(engine.list().unwrap()[0].id.len(), 64);
}
