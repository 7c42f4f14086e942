//! checksum.json.

use std::collections::BTreeMap;

use airlock_protocol::{
    BundlePath, ChecksumFields, ChecksumHead, ChecksumJson, Code, Device, FileEntry, Platform, Sha256Digest,
    UnixMillis, limits, tree_digest,
};
use serde_json::{Value, json};

fn file(path: &str, content: &[u8]) -> FileEntry {
    let size = u64::try_from(content.len()).unwrap();
    FileEntry {
        path: BundlePath::parse(path).unwrap(),
        digest: Sha256Digest::of(content),
        size,
    }
}

fn fields() -> ChecksumFields {
    ChecksumFields {
        app_id: "com.example.app".parse().unwrap(),
        version: "1.4.2".to_owned(),
        sequence: 1042.try_into().unwrap(),
        platforms: vec![Platform::Android, Platform::Ios],
        native: BTreeMap::from([(Platform::Android, ">=1.4.0 <2.0.0".parse().unwrap())]),
        timestamp: "2026-11-22T00:00:00Z".parse().unwrap(),
        expires: Some("2027-01-01T00:00:00Z".parse().unwrap()),
    }
}

fn with(files: Vec<FileEntry>) -> Result<ChecksumJson, airlock_protocol::Error> {
    ChecksumJson::new(fields(), files)
}

fn example() -> ChecksumJson {
    with(vec![
        file("index.html", b"<h1>"),
        file("assets/app.js", b"go()"),
        file("Z.txt", b""),
    ])
    .unwrap()
}

/// The example, changed and with its id made right again unless the id is what was changed.
fn parse_changed(change: impl FnOnce(&mut Value)) -> Result<ChecksumJson, airlock_protocol::Error> {
    let mut value: Value = serde_json::from_slice(&example().to_bytes()).unwrap();
    change(&mut value);
    ChecksumJson::parse(&serde_json::to_vec(&value).unwrap())
}

#[test]
fn what_is_written_reads_back() {
    let checksum = example();
    let read = ChecksumJson::parse(&checksum.to_bytes()).unwrap();
    assert_eq!(read, checksum);
    assert_eq!(read.to_bytes(), checksum.to_bytes());
    assert_eq!(
        (read.version(), read.sequence().get(), read.total_size()),
        ("1.4.2", 1042, 8)
    );
    let paths: Vec<&str> = read.files().iter().map(|file| file.path.as_str()).collect();
    assert_eq!(paths, ["Z.txt", "assets/app.js", "index.html"]);
}

#[test]
fn the_head_is_what_the_whole_says() {
    let whole = example();
    let head = ChecksumHead::parse(&whole.to_bytes()).unwrap();
    assert_eq!(
        (head.id, head.version.as_str(), head.sequence),
        (whole.id(), whole.version(), whole.sequence())
    );
}

#[test]
fn a_head_that_lacks_or_repeats_something_is_refused() {
    let whole = String::from_utf8(example().to_bytes()).unwrap();
    for (from, to) in [
        ("\"id\":", "\"di\":"),
        ("\"sequence\":1042", "\"sequence\":-1"),
        ("\"version\":\"1.4.2\"", "\"version\":\"\""),
        ("\"version\":\"1.4.2\"", "\"version\":\"1\",\"version\":\"2\""),
        ("]}", "]"),
    ] {
        assert!(whole.contains(from), "{from}");
        let error = ChecksumHead::parse(whole.replace(from, to).as_bytes()).unwrap_err();
        assert_eq!(error.code(), Code::MetadataInvalid, "{to}");
    }
}

#[test]
fn the_id_is_the_digest_of_the_sorted_lines() {
    let hash = |content: &[u8]| Sha256Digest::of(content);
    let lines = format!(
        "{}  0  Z.txt\n{}  4  assets/app.js\n{}  4  index.html\n",
        hash(b""),
        hash(b"go()"),
        hash(b"<h1>")
    );
    assert_eq!(*example().id().digest(), Sha256Digest::of(lines.as_bytes()));
    let mut reversed = example().files().to_vec();
    reversed.reverse();
    assert_eq!(tree_digest(&reversed), example().id());
}

#[test]
fn the_shape_is_the_documented_one() {
    let value: Value = serde_json::from_slice(&example().to_bytes()).unwrap();
    assert_eq!(value["algorithm"], "SHA256");
    assert_eq!(value["appId"], "com.example.app");
    assert_eq!(value["timestamp"], "2026-11-22T00:00:00Z");
    assert_eq!(value["platforms"], json!(["android", "ios"]));
    assert_eq!(value["native"], json!({"android": ">=1.4.0 <2.0.0"}));
    assert_eq!(
        value["files"][2],
        json!({"path": "index.html", "hash": Sha256Digest::of(b"<h1>"), "size": 4})
    );
}

#[test]
fn optional_fields_may_be_missing_and_unknown_ones_present() {
    let read = parse_changed(|value| {
        for key in ["platforms", "native", "expires"] {
            value.as_object_mut().unwrap().remove(key);
        }
        value["future"] = json!([1]);
    });
    let read = read.unwrap();
    assert!(read.platforms().is_empty() && read.native().is_empty() && read.expires().is_none());
}

#[test]
fn a_wrong_field_is_refused() {
    for (key, wrong) in [
        ("id", json!("00".repeat(32))),
        ("id", json!(null)),
        ("algorithm", json!("MD5")),
        ("algorithm", json!("sha256")),
        ("timestamp", json!("yesterday")),
        ("appId", json!("../x")),
        ("version", json!("")),
        ("version", json!("a\u{1b}[31m")),
        ("sequence", json!(0)),
        ("sequence", json!("1042")),
        ("sequence", json!(1_u64 << 53)),
        ("platforms", json!(["ios", "ios"])),
        ("platforms", json!(["web"])),
        ("native", json!({"android": "*"})),
        ("expires", json!(1)),
        ("files", json!([])),
        ("files", json!({})),
    ] {
        let refused = parse_changed(|value| value[key] = wrong.clone()).unwrap_err();
        assert_eq!(refused.code(), Code::MetadataInvalid, "{key} {wrong}: {refused}");
    }
    for key in [
        "id",
        "timestamp",
        "algorithm",
        "appId",
        "version",
        "sequence",
        "files",
    ] {
        assert!(
            parse_changed(|value| drop(value.as_object_mut().unwrap().remove(key))).is_err(),
            "{key}"
        );
    }
}

#[test]
fn files_must_be_sorted_and_safe() {
    let swapped = parse_changed(|value| value["files"].as_array_mut().unwrap().reverse());
    assert_eq!(swapped.unwrap_err().code(), Code::MetadataInvalid);
    let unsafe_path = parse_changed(|value| value["files"][0]["path"] = "../evil".into());
    assert_eq!(unsafe_path.unwrap_err().code(), Code::PathUnsafe);
    let missing_size = parse_changed(|value| drop(value["files"][0].as_object_mut().unwrap().remove("size")));
    assert_eq!(missing_size.unwrap_err().code(), Code::MetadataInvalid);
}

#[test]
fn a_tree_must_make_sense_on_every_file_system() {
    let index = || file("index.html", b"x");
    for (name, files) in [
        ("no index.html", vec![file("main.html", b"x")]),
        ("index.html elsewhere", vec![file("a/index.html", b"x")]),
        ("other case", vec![file("Index.html", b"x")]),
        ("the same path twice", vec![index(), index()]),
        ("case twins", vec![index(), file("a.js", b""), file("A.js", b"")]),
        (
            "normal form twins",
            vec![index(), file("caf\u{e9}", b""), file("cafe\u{301}", b"")],
        ),
        ("folder twins", vec![index(), file("a/x", b""), file("A/y", b"")]),
        ("file and folder", vec![index(), file("a", b""), file("a/b", b"")]),
        (
            "file and folder by case",
            vec![index(), file("A", b""), file("a/b", b"")],
        ),
        ("our own name", vec![index(), file("checksum.json", b"")]),
        ("our own signature", vec![index(), file("Checksum.JSON.sig", b"")]),
        (
            "our own name as a folder",
            vec![index(), file("checksum.json/x", b"")],
        ),
    ] {
        let refused = with(files).unwrap_err();
        assert_eq!(refused.code(), Code::MetadataInvalid, "{name}: {refused}");
    }
    let nested = file("deep/checksum.json", b"");
    assert!(
        with(vec![
            index(),
            nested,
            file("a/x", b""),
            file("a/y", b""),
            file("ab", b"")
        ])
        .is_ok()
    );
}

#[test]
fn counts_and_sizes_are_bounded() {
    let many = |count: usize| -> Vec<FileEntry> {
        (1..count)
            .map(|number| file(&format!("f{number}"), b""))
            .chain([file("index.html", b"")])
            .collect()
    };
    assert!(with(many(limits::FILES_MAX)).is_ok());
    assert!(with(many(limits::FILES_MAX + 1)).is_err());
    let sized = |size: u64| {
        vec![FileEntry {
            size,
            ..file("index.html", b"")
        }]
    };
    assert!(with(sized(limits::BUNDLE_BYTES)).is_ok());
    assert!(with(sized(limits::BUNDLE_BYTES + 1)).is_err());
    let overflowing = vec![
        FileEntry {
            size: u64::MAX,
            ..file("a", b"")
        },
        FileEntry {
            size: 2,
            ..file("index.html", b"")
        },
    ];
    assert!(with(overflowing).is_err());
}

#[test]
fn the_largest_tree_fits_into_the_largest_document() {
    let path = |number: usize| format!("assets/some-folder/{}-{number:05}.js", "x".repeat(80));
    let files = (1..limits::FILES_MAX)
        .map(|number| file(&path(number), b""))
        .chain([file("index.html", b"")]);
    let bytes = with(files.collect()).unwrap().to_bytes();
    assert!(
        u64::try_from(bytes.len()).unwrap() <= limits::CHECKSUM_JSON_BYTES,
        "{}",
        bytes.len()
    );
    assert!(ChecksumJson::parse(&bytes).is_ok());
}

#[test]
fn a_bundle_is_for_the_devices_it_names() {
    let device = Device {
        app_id: "com.example.app".parse().unwrap(),
        platform: Platform::Android,
        native_version: "1.9".parse().unwrap(),
        now: UnixMillis::from_rfc3339("2026-12-31T23:59:59Z").unwrap(),
    };
    let checksum = example();
    assert!(checksum.check_device(&device).is_ok());
    let ios = Device {
        platform: Platform::Ios,
        native_version: "99".parse().unwrap(),
        ..device.clone()
    };
    assert!(
        checksum.check_device(&ios).is_ok(),
        "no range for ios means every version"
    );

    let android_only = ChecksumJson::new(
        ChecksumFields {
            platforms: vec![Platform::Android],
            ..fields()
        },
        checksum.files().to_vec(),
    )
    .unwrap();
    for (checksum, device, code) in [
        (
            &checksum,
            Device {
                app_id: "com.example.other".parse().unwrap(),
                ..device.clone()
            },
            Code::IncompatibleApp,
        ),
        (&android_only, ios, Code::IncompatiblePlatform),
        (
            &checksum,
            Device {
                native_version: "2.0".parse().unwrap(),
                ..device.clone()
            },
            Code::IncompatibleNative,
        ),
        (
            &checksum,
            Device {
                now: UnixMillis::from_rfc3339("2027-01-01T00:00:00Z").unwrap(),
                ..device
            },
            Code::BundleExpired,
        ),
    ] {
        assert_eq!(checksum.check_device(&device).unwrap_err().code(), code);
    }
}
