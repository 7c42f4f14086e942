//! Fields, types, words, addresses and caps; each mistake beside the document it was made in.

use airlock_foreign::remote_config::{PlainHttp, RemoteConfig, Trust, limits};
use airlock_protocol::{ChecksumAlgorithm, Code};
use serde_json::{Value, json};

use crate::support::{SHA256, parse, parse_as, refused, release};

/// A document with all that Airlock reads.
fn whole() -> Value {
    json!({
        "$comment": "unknown keys are ignored",
        "manifestVersion": 7,
        "instance": {
            "updatesDisabled": false,
            "latestVersion": "3.1.0.2",
            "latestUrl": "https://updates.example.com/airlock",
            "latestChecksum": { "checksum": SHA256.to_uppercase(), "checksumAlg": "SHA256" },
            "emergencyUrl": "https://example.com/emergency",
            "helpUrl": "https://example.com/help",
            "errorFallbackUrl": "https://example.com/error",
        },
        "shared": { "productName": "Example" },
        "releases": [release("2.0.0")],
    })
}

/// The document with the value at `pointer` replaced.
fn with(pointer: &str, value: Value) -> Value {
    let mut document = whole();
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    document.pointer_mut(parent).unwrap()[key] = value;
    document
}

#[test]
fn a_whole_document_is_read_field_by_field() {
    let config = parse(&whole()).unwrap();
    assert_eq!(config.manifest_version(), Some(7));
    let updater = config.updater().unwrap();
    assert_eq!(updater.version.to_string(), "3.1.0.2");
    assert_eq!(
        updater.url.as_ref().unwrap().as_str(),
        "https://updates.example.com/airlock"
    );
    assert_eq!(updater.checksum.unwrap().to_hex(), SHA256);
    let links = config.links();
    assert_eq!(
        links.emergency.as_ref().unwrap().as_str(),
        "https://example.com/emergency"
    );
    assert_eq!(links.help.as_ref().unwrap().as_str(), "https://example.com/help");
    assert_eq!(
        links.error_fallback.as_ref().unwrap().as_str(),
        "https://example.com/error"
    );
    let release = &config.releases()[0];
    assert_eq!(release.name, "Example 2.0.0");
    assert_eq!(release.summary, "what is new\n\n* all");
    assert_eq!(release.published_at.as_deref(), Some("2026-11-24T00:00:00Z"));
    assert_eq!(release.download_size, Some(3));
    assert_eq!(release.checksum.unwrap().algorithm(), ChecksumAlgorithm::Sha256);
    assert!(release.download_url.as_str().ends_with("?token=secret"));
    assert!(
        !release.download_url.to_string().contains("secret"),
        "what is shown holds no query"
    );
    assert_eq!(config.ignored().collect::<Vec<_>>(), ["shared.productName"]);
}

#[test]
fn absent_and_null_are_the_default() {
    let least = json!({"releases": [{"version": "2.0.0", "downloadUrl": "https://example.com/a"}]});
    let mut nulls = whole();
    for pointer in [
        "/manifestVersion",
        "/instance",
        "/shared",
        "/releases/0/name",
        "/releases/0/summary",
        "/releases/0/publishedAt",
        "/releases/0/downloadSize",
        "/releases/0/checksum",
    ] {
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        nulls.pointer_mut(parent).unwrap()[key] = Value::Null;
    }
    for document in [least, nulls] {
        let config = parse(&document).unwrap();
        assert_eq!(config.manifest_version(), None);
        assert!(config.updater().is_none());
        assert!(config.links().help.is_none());
        let release = &config.releases()[0];
        assert_eq!((release.name.as_str(), release.summary.as_str()), ("", ""));
        assert_eq!((release.download_size, release.checksum), (None, None));
        assert_eq!(release.published_at, None);
        assert_eq!(config.ignored().count(), 0);
    }
}

#[test]
fn wrong_types_are_refused_with_their_place() {
    for (pointer, value) in [
        ("/manifestVersion", json!("7")),
        ("/manifestVersion", json!(-1)),
        ("/instance", json!([])),
        ("/instance/updatesDisabled", json!("true")),
        ("/instance/updatesDisabled", json!(1)),
        ("/instance/latestVersion", json!(3)),
        ("/instance/latestUrl", json!(["https://example.com/"])),
        ("/instance/latestChecksum", json!(SHA256)),
        ("/instance/helpUrl", json!({})),
        ("/instance/runAsAdmin", json!("no")),
        ("/shared", json!("x")),
        ("/shared/hideRemindButton", json!(0)),
        ("/shared/detection", json!([])),
        ("/shared/iconBase64", json!(1)),
        ("/releases", json!({})),
        ("/releases/0/name", json!(2)),
        ("/releases/0/version", json!(2)),
        ("/releases/0/downloadSize", json!(-3)),
        ("/releases/0/downloadSize", json!("3")),
        ("/releases/0/disabled", json!("false")),
        ("/releases/0/checksum", json!([])),
        ("/releases/0/launchArguments", json!(["/S"])),
        ("/releases/0/detectionSize", json!("x")),
        ("/releases/0/detectionChecksum", json!({})),
        ("/releases/0/exitCode", json!(3)),
    ] {
        let key = pointer.rsplit('/').next().unwrap();
        refused(&with(pointer, value), key);
    }
    refused(&json!([]), "object");
    refused(&json!({"releases": [1]}), "releases");
    refused(&json!({"releases": [release("1.0.0"), null]}), "releases");
    assert!(parse(&whole()).is_ok());
}

#[test]
fn a_release_without_version_or_address_is_refused_even_when_disabled() {
    for key in ["version", "downloadUrl"] {
        for disabled in [true, false] {
            let mut document = with("/releases/0/disabled", json!(disabled));
            assert!(parse(&document).is_ok());
            document["releases"][0].as_object_mut().unwrap().remove(key);
            refused(&document, &format!("releases[0].{key} is missing"));
        }
    }
}

#[test]
fn checksums_are_whole_or_refused() {
    let md5 = "900150983cd24fb0d6963f7d28e17f72";
    for (algorithm, hex) in [
        ("SHA256", SHA256),
        ("MD5", md5),
        ("SHA1", "a9993e364706816aba3e25717850c26c9cd0d89d"),
    ] {
        let value = json!({"checksum": hex, "checksumAlg": algorithm});
        for place in ["/releases/0/checksum", "/instance/latestChecksum"] {
            assert!(parse(&with(place, value.clone())).is_ok(), "{algorithm}");
        }
    }
    for bad in [
        json!({}),
        json!({"checksum": SHA256}),
        json!({"checksum": md5}),
        json!({"checksum": md5, "checksumAlg": null}),
        json!({"checksumAlg": "SHA256"}),
        json!({"checksum": null, "checksumAlg": "SHA256"}),
        json!({"checksum": "", "checksumAlg": "SHA256"}),
        json!({"checksum": SHA256, "checksumAlg": "sha256"}),
        json!({"checksum": SHA256, "checksumAlg": "SHA512"}),
        json!({"checksum": SHA256, "checksumAlg": "Invalid"}),
        json!({"checksum": SHA256, "checksumAlg": 2}),
        json!({"checksum": md5, "checksumAlg": "SHA256"}),
        json!({"checksum": &SHA256[1..], "checksumAlg": "SHA256"}),
        json!({"checksum": format!("{SHA256} "), "checksumAlg": "SHA256"}),
        json!({"checksum": SHA256.replace('b', "g"), "checksumAlg": "SHA256"}),
    ] {
        for place in ["/releases/0/checksum", "/instance/latestChecksum"] {
            refused(&with(place, bad.clone()), "hecksum");
        }
    }
}

#[test]
fn one_address_that_is_not_https_refuses_the_document() {
    let places = ["/releases/1/downloadUrl", "/instance/latestUrl"];
    let document = |place: &str, url: &str| {
        let mut document = whole();
        // The offending release is neither the newest nor enabled: it counts all the same.
        let mut second = release("1.0.0");
        second["disabled"] = json!(true);
        document["releases"].as_array_mut().unwrap().push(second);
        *document.pointer_mut(place).unwrap() = json!(url);
        document
    };
    for place in places {
        assert!(parse(&document(place, "https://example.com/a")).is_ok());
        assert!(parse(&document(place, "HTTPS://EXAMPLE.COM/a")).is_ok());
        for url in [
            "http://example.com/a",
            "http://localhost/a",
            "http://127.0.0.1:8080/a",
            "http://[::1]/a",
            "ftp://example.com/a",
            "file:///etc/passwd",
            "//example.com/a",
            "a.zip",
            "",
            " ",
            "https://",
            "javascript:alert(1)",
        ] {
            refused(&document(place, url), "Url");
        }
        refused(&document(place, "https://me:secret@example.com/a"), "password");
        refused(&document(place, "https://me@example.com/a"), "user name");
    }
}

#[test]
fn plain_http_is_for_this_machine_alone_and_only_when_allowed() {
    let at = |url: &str| with("/releases/0/downloadUrl", json!(url));
    for url in [
        "http://localhost/a",
        "http://127.0.0.1:8080/a",
        "http://127.9.9.9/a",
        "http://[::1]:8080/a",
        "https://example.com/a",
    ] {
        assert!(parse_as(&at(url), PlainHttp::LoopbackOnly).is_ok(), "{url}");
    }
    for url in [
        "http://example.com/a",
        "http://localhost.example.com/a",
        "http://127.0.0.1.example.com/a",
        "http://localhost@example.com/a",
        "http://0.0.0.0/a",
        "http://10.0.0.1/a",
        "ftp://localhost/a",
    ] {
        assert!(parse_as(&at(url), PlainHttp::LoopbackOnly).is_err(), "{url}");
    }
}

#[test]
fn pages_for_people_are_handed_on_only_if_they_are_https() {
    for url in [
        "http://example.com/",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "intent://x",
        "https://me:secret@example.com/",
        "nonsense",
        "",
    ] {
        let config = parse(&with("/instance/emergencyUrl", json!(url))).unwrap();
        assert_eq!(config.links().emergency, None, "{url}");
        assert!(config.ignored().any(|field| field == "instance.emergencyUrl"));
    }
}

#[test]
fn what_is_not_supported_is_reported_and_its_words_are_checked() {
    for (pointer, good, bad) in [
        ("/shared/signaturePolicy", "Strict", "strict"),
        ("/shared/signatureVerificationMode", "Required", "require"),
        ("/shared/signatureStrategy", "FromConfiguration", "FromConfig"),
        ("/shared/detectionMethod", "RegistryValue", "Invalid"),
        ("/releases/0/signaturePolicy", "Relaxed", ""),
        ("/releases/0/signatureStrategy", "FromUpdaterBinary", "None"),
        (
            "/releases/0/zipExtractDefaultFileDisposition",
            "CreateOrReplace",
            "createOrReplace",
        ),
    ] {
        let config = parse(&with(pointer, json!(good))).unwrap();
        let reported = pointer
            .replacen('/', "", 1)
            .replace("/0/", "[].")
            .replace('/', ".");
        assert!(config.ignored().any(|field| field == reported), "{reported}");
        refused(&with(pointer, json!(bad)), pointer.rsplit('/').next().unwrap());
    }
    let overrides = "/releases/0/zipExtractFileDispositionOverrides";
    let config = parse(&with(overrides, json!({"a.ini": "DeleteIfPresent"}))).unwrap();
    assert!(
        config
            .ignored()
            .any(|field| field == "releases[].zipExtractFileDispositionOverrides")
    );
    refused(&with(overrides, json!({"a.ini": "Delete"})), "Overrides");
    refused(&with(overrides, json!({"a.ini": 1})), "Overrides");
    refused(&with(overrides, json!([])), "Overrides");
    // Reported once, however many releases have it.
    let mut document = with("/releases/0/launchArguments", json!("/S"));
    let release = document["releases"][0].clone();
    document["releases"].as_array_mut().unwrap().push(release);
    let config = parse(&document).unwrap();
    let mut ignored: Vec<&str> = config.ignored().collect();
    ignored.retain(|field| field.starts_with("releases"));
    assert_eq!(ignored, ["releases[].launchArguments"]);
}

#[test]
fn only_strict_json_is_read() {
    let read = |bytes: &[u8]| {
        let accepted = Trust::Unsigned.accept(bytes, None).unwrap();
        RemoteConfig::parse(&accepted, PlainHttp::Refused)
    };
    let good = serde_json::to_vec(&whole()).unwrap();
    assert!(read(&good).is_ok());
    let text = String::from_utf8(good.clone()).unwrap();
    for bad in [
        text.replacen('{', "{\"releases\":[],", 1).into_bytes(),
        [b"\xef\xbb\xbf", good.as_slice()].concat(),
        [good.as_slice(), b"{}"].concat(),
        [good.as_slice(), b"\xff"].concat(),
        text.replacen('7', "7.0", 1).into_bytes(),
        good[..good.len() - 1].to_vec(),
        Vec::new(),
        b"null".to_vec(),
        b"{} // comment".to_vec(),
        "[".repeat(100_000).into_bytes(),
    ] {
        let error = read(&bad).unwrap_err();
        assert_eq!(error.code(), Code::ResponseUnusable, "{error}");
    }
    let portal = read(b" <!doctype html><title>Log in</title>").unwrap_err();
    assert!(portal.to_string().contains("captive portal"), "{portal}");
}

#[test]
fn caps_hold_to_the_byte() {
    let text = |length: usize| json!("x".repeat(length));
    for (pointer, max) in [
        ("/releases/0/name", limits::TEXT_BYTES),
        ("/releases/0/version", limits::TEXT_BYTES),
        ("/releases/0/publishedAt", limits::TEXT_BYTES),
        ("/releases/0/detectionVersion", limits::TEXT_BYTES),
        ("/releases/0/summary", limits::SUMMARY_BYTES),
        ("/instance/latestVersion", limits::TEXT_BYTES),
        ("/instance/helpUrl", limits::URL_BYTES),
    ] {
        assert!(parse(&with(pointer, text(max))).is_ok(), "{pointer}");
        refused(&with(pointer, text(max + 1)), "longer");
    }
    let url = |length: usize| {
        let start = "https://example.com/";
        json!(format!("{start}{}", "x".repeat(length - start.len())))
    };
    for pointer in ["/releases/0/downloadUrl", "/instance/latestUrl"] {
        assert!(parse(&with(pointer, url(limits::URL_BYTES))).is_ok());
        refused(&with(pointer, url(limits::URL_BYTES + 1)), "longer");
    }
    let many = |count: usize| json!({"releases": vec![release("1.0.0"); count]});
    assert!(parse(&many(limits::RELEASES_MAX)).is_ok());
    refused(&many(limits::RELEASES_MAX + 1), "1000");

    let padded = |length: usize| {
        let mut bytes = serde_json::to_vec(&whole()).unwrap();
        bytes.resize(length, b' ');
        let accepted = Trust::Unsigned.accept(&bytes, None).unwrap();
        RemoteConfig::parse(&accepted, PlainHttp::Refused).map(drop)
    };
    let cap = usize::try_from(limits::CONFIG_BYTES).unwrap();
    assert!(padded(cap).is_ok());
    assert!(padded(cap + 1).is_err());
}

#[test]
fn control_characters_stay_out_of_what_is_shown_on_one_line() {
    for pointer in [
        "/releases/0/name",
        "/releases/0/version",
        "/releases/0/publishedAt",
        "/instance/latestVersion",
    ] {
        assert!(parse(&with(pointer, json!("Größe ✓"))).is_ok());
        for text in ["a\nb", "\u{1b}[2J", "a\u{0}"] {
            refused(&with(pointer, json!(text)), "control");
        }
    }
}

#[test]
fn whatever_byte_is_changed_a_document_is_read_or_refused() {
    let good = serde_json::to_vec(&whole()).unwrap();
    let (mut read, mut refused) = (0, 0);
    for position in 0..good.len() {
        for byte in *b"\0\"{}[]:,\\-0.ex\xff" {
            let mut bytes = good.clone();
            bytes[position] = byte;
            let accepted = Trust::Unsigned.accept(&bytes, None).unwrap();
            match RemoteConfig::parse(&accepted, PlainHttp::Refused) {
                Ok(_) => read += 1,
                Err(error) => {
                    assert_eq!(error.code(), Code::ResponseUnusable, "{error}");
                    refused += 1;
                }
            }
        }
    }
    assert!(read > 1_000 && refused > 1_000, "{read} read, {refused} refused");
}
