//! What other TUF clients were warned of, one test an advisory: tough, python-tuf and go-tuf.
//!
//! The names are those of the advisories. Half of CVE-2026-6968 (links in the target directory) is a matter of
//! disks; its test is in airlock-cli.

use airlock_protocol::tuf::{StoreOp, Stored, TargetName};
use airlock_protocol::{Code, limits};
use serde_json::{Value, json};

use crate::search::{all, search, with_delegations};
use crate::support::{Device, Repository, Signer, day};

fn refused(device: &mut Device, repository: &Repository) -> Code {
    device.refresh(repository).result.unwrap_err().code()
}

fn found(repository: &Repository, name: &str) -> Result<bool, Code> {
    let (result, _) = search(repository, &mut Stored::default(), name);
    result
        .map(|target| target.is_some())
        .map_err(|refusal| refusal.code())
}

/// tough wrote a target below a name that metadata chose, `../` included.
#[test]
fn cve_2021_41149_and_cve_2026_6968_no_target_name_leaves_its_directory() {
    for name in [
        "../x",
        "a/../../x",
        "/etc/passwd",
        "//x",
        "C:\\x",
        "a\\..\\b",
        "..",
        ".",
    ] {
        assert_eq!(name.parse::<TargetName>().unwrap_err().code(), Code::PathUnsafe);
        // Metadata may hold such a name; nobody can ask for it, and its neighbours are found.
        let mut repository = Repository::new();
        repository.add_target("targets", name, b"x", None);
        repository.add_target("targets", "a/x", b"x", None);
        repository.publish(&["targets", "snapshot", "timestamp"]);
        assert_eq!(found(&repository, "a/x"), Ok(true), "{name}");
    }
    let name: TargetName = "a/b.zip".parse().unwrap();
    assert_eq!(name.to_segment(), "a%2Fb.zip");
}

/// tough and python-tuf cached a role's metadata under the role's name, `../` included.
#[test]
fn cve_2021_41150_and_cve_2021_41131_no_role_name_leaves_the_metadata_directory() {
    for (role, file) in [
        ("../../up", "..%2F..%2Fup.json"),
        ("/abs", "%2Fabs.json"),
        ("a\\b", "a%5Cb.json"),
        ("plain", "plain.json"),
    ] {
        let mut repository = with_delegations(&[("targets", role, all())]);
        repository.add_target(role, "x", b"x", None);
        repository.publish(&[role, "snapshot", "timestamp"]);
        let bytes = repository.files.remove(&format!("2.{role}.json")).unwrap();
        repository.files.insert(format!("2.{file}"), bytes);
        let mut stored = Stored::default();
        assert!(
            search(&repository, &mut stored, "x").0.unwrap().is_some(),
            "{role}"
        );
        assert!(stored.files.contains_key(file), "{role}");
    }
    // Nor does one take the place of a top-level role, on disks that ignore case too.
    for role in ["root", "Root", "TIMESTAMP", "snapshot", "Targets", ""] {
        let mut repository = Repository::new();
        repository.delegate("targets", role, 40, all());
        repository.publish(&["targets", "snapshot", "timestamp"]);
        assert_eq!(
            refused(&mut Device::new(), &repository),
            Code::MetadataInvalid,
            "{role}"
        );
    }
}

/// tough took any higher version for the next root.
#[test]
fn cve_2025_2885_the_next_root_is_exactly_one_higher() {
    for (version, follows) in [(2, true), (3, false), (1, false)] {
        let (mut repository, mut device) = (Repository::new(), Device::new());
        device.follow(&repository);
        repository.signed("root")["version"] = version.into();
        repository.put("root");
        let bytes = repository.files[&format!("{version}.root.json")].clone();
        repository.put_bytes("root", 2, bytes);
        assert_eq!(device.refresh(&repository).result.is_ok(), follows, "{version}");
        assert_eq!(device.version("root.json"), Some(if follows { 2 } else { 1 }));
    }
}

/// tough went on behind a terminating delegation, and could prefer a later role to an earlier one.
#[test]
fn cve_2025_2886_terminating_and_order_of_delegations_count() {
    for (terminating, reached) in [(true, false), (false, true)] {
        let first = json!({"paths": ["*"], "terminating": terminating});
        let mut repository = with_delegations(&[("targets", "first", first), ("targets", "second", all())]);
        repository.add_target("first", "both", b"first", None);
        repository.add_target("second", "both", b"second", None);
        repository.add_target("second", "only", b"second", None);
        repository.publish(&["first", "second", "snapshot", "timestamp"]);
        assert_eq!(found(&repository, "only"), Ok(reached));
        let (target, _) = search(&repository, &mut Stored::default(), "both");
        assert!(target.unwrap().unwrap().check(b"first").is_ok());
    }
}

/// tough looked for rollbacks of the top-level targets only.
#[test]
fn cve_2025_2887_delegated_targets_do_not_go_back_or_vanish() {
    type Change = fn(&mut Repository);
    let cases: [(Change, bool); 3] = [
        (
            |repository| repository.signed("snapshot")["meta"]["stable.json"]["version"] = 1.into(),
            false,
        ),
        (
            |repository| {
                let snapshot = repository.signed("snapshot");
                snapshot["meta"].as_object_mut().unwrap().remove("stable.json");
            },
            false,
        ),
        (|repository| repository.publish(&["stable"]), true),
    ];
    for (change, follows) in cases {
        let (mut repository, mut device) = (Repository::new(), Device::new());
        repository.publish_release(2);
        device.follow(&repository);
        change(&mut repository);
        repository.publish(&["snapshot", "timestamp"]);
        let result = device.refresh(&repository).result;
        assert_eq!(
            result.map(drop).map_err(|refusal| refusal.code()),
            if follows {
                Ok(())
            } else {
                Err(Code::DowngradeRefused)
            }
        );
    }
}

/// tough stored a timestamp before it found that its snapshot goes back; go-tuf compared with nothing at all
/// (CVE-2022-29173).
#[test]
fn cve_2025_2888_and_cve_2022_29173_a_refused_timestamp_is_not_stored() {
    let (mut repository, mut device) = (Repository::new(), Device::new());
    repository.publish(&["snapshot", "timestamp"]);
    device.follow(&repository);
    let before = device.stored.clone();
    repository.signed("timestamp")["meta"]["snapshot.json"]["version"] = 1.into();
    repository.publish(&["timestamp"]);
    let run = device.refresh(&repository);
    assert_eq!(run.result.unwrap_err().code(), Code::DowngradeRefused);
    assert!(run.ops.is_empty());
    assert_eq!(device.stored, before);
    repository.publish(&["snapshot", "timestamp"]);
    device.follow(&repository);
    assert_eq!(device.version("timestamp.json"), Some(4));
}

/// tough (CVE-2020-15093, CVE-2026-6966) and python-tuf (CVE-2020-6174) counted signatures instead of keys.
#[test]
fn cve_2026_6966_one_signature_meets_no_threshold_of_two() {
    // The same entry twice, the same signature in capitals, the same key under another id, and two keys.
    for (case, accepted) in [
        ("twice", false),
        ("capitals", false),
        ("alias", false),
        ("two keys", true),
    ] {
        let mut repository = Repository::new();
        repository.set_keys("timestamp", &[2, 7], 2);
        let key = Signer::new(2);
        if case == "alias" {
            let root = repository.signed("root");
            root["keys"]["alias"] = key.public().to_tuf();
            root["roles"]["timestamp"]["keyids"] = json!([key.key_id(), "alias"]);
        }
        repository.publish(&["root", "timestamp"]);
        let bytes = repository.files.get_mut("timestamp.json").unwrap();
        let mut document: Value = serde_json::from_slice(bytes).unwrap();
        if case != "two keys" {
            let one = document["signatures"][0].clone();
            let mut other = one.clone();
            match case {
                "capitals" => other["sig"] = one["sig"].as_str().unwrap().to_uppercase().into(),
                "alias" => other["keyid"] = "alias".into(),
                _ => {}
            }
            document["signatures"] = json!([one, other]);
        }
        *bytes = serde_json::to_vec(&document).unwrap();
        assert_eq!(
            Device::new().refresh(&repository).result.is_ok(),
            accepted,
            "{case}"
        );
    }
}

/// tough checked neither date nor hash nor length of metadata it reached through delegations.
#[test]
fn cve_2026_6967_delegated_metadata_is_checked_like_any_other() {
    for (case, expected) in [
        ("nothing", Ok(true)),
        ("expires", Err(Code::MetadataExpired)),
        ("hashes", Err(Code::MetadataInvalid)),
        ("length", Err(Code::MetadataInvalid)),
        ("version", Err(Code::MetadataInvalid)),
    ] {
        let mut repository = with_delegations(&[("targets", "outer", all()), ("outer", "inner", all())]);
        repository.add_target("inner", "x", b"x", None);
        if case == "expires" {
            repository.signed("inner")["expires"] = day(-1).to_rfc3339().into();
        }
        repository.publish(&["inner"]);
        let meta = &mut repository.signed("snapshot")["meta"]["inner.json"];
        match case {
            "hashes" => meta["hashes"]["sha256"] = "00".repeat(32).into(),
            "length" => meta["length"] = (meta["length"].as_u64().unwrap() + 1).into(),
            "version" => meta["version"] = 3.into(),
            _ => {}
        }
        let bytes = repository.files["2.inner.json"].clone();
        repository.put_bytes("inner", 3, bytes);
        repository.publish(&["snapshot", "timestamp"]);
        assert_eq!(found(&repository, "x"), expected, "{case}");
    }
}

/// python-tuf could be made to verify signatures without end.
#[test]
fn cve_2020_6173_the_number_of_signatures_is_bounded() {
    for (count, accepted) in [
        (limits::SIGNATURES_MAX - 1, true),
        (limits::SIGNATURES_MAX, false),
    ] {
        let mut repository = Repository::new();
        // timestamp.json has no room for so many.
        let bytes = repository.files.get_mut("1.root.json").unwrap();
        let mut document: Value = serde_json::from_slice(bytes).unwrap();
        let signatures = document["signatures"].as_array_mut().unwrap();
        signatures.extend((0..count).map(|number| json!({"keyid": number.to_string(), "sig": "00"})));
        *bytes = serde_json::to_vec(&document).unwrap();
        assert_eq!(
            Device::new().refresh(&repository).result.is_ok(),
            accepted,
            "{count}"
        );
    }
}

/// python-tuf kept a root that had failed, and began with it the next time.
#[test]
fn cve_2020_15163_a_root_that_failed_is_forgotten() {
    let (mut repository, mut device) = (Repository::new(), Device::new());
    device.follow(&repository);
    repository.signers("root", &[66]);
    repository.declare_keys("root", &[66], 1);
    repository.publish(&["root"]);
    let run = device.refresh(&repository);
    assert_eq!(run.result.unwrap_err().code(), Code::MetadataInvalid);
    let writes = |op: &StoreOp| matches!(op, StoreOp::Write { .. });
    assert!(!run.ops.iter().any(writes));
    repository.files.remove("2.root.json");
    assert_eq!(device.follow(&repository).versions().root, 1);
}

/// go-tuf judged a role by the keys of whichever delegator had loaded it first.
#[test]
fn cve_2024_47534_a_role_is_judged_by_the_delegator_it_is_reached_through() {
    for (signers, expected) in [(&[42][..], Err(Code::MetadataInvalid)), (&[42, 43], Ok(true))] {
        let mut repository = with_delegations(&[
            ("targets", "one", json!({"paths": ["one/*"]})),
            ("targets", "two", json!({"paths": ["two/*"]})),
            ("one", "shared", all_below("one")),
            ("two", "shared", all_below("two")),
        ]);
        repository.signers("shared", signers);
        repository.add_target("shared", "one/x", b"x", None);
        repository.add_target("shared", "two/x", b"x", None);
        repository.publish(&["shared", "snapshot", "timestamp"]);
        let mut stored = Stored::default();
        assert!(search(&repository, &mut stored, "one/x").0.unwrap().is_some());
        let (second, _) = search(&repository, &mut stored, "two/x");
        let verdict = second
            .map(|target| target.is_some())
            .map_err(|refusal| refusal.code());
        assert_eq!(verdict, expected);
    }
}

fn all_below(folder: &str) -> Value {
    json!({"paths": [format!("{folder}/*")]})
}

/// go-tuf panicked at metadata without the parts it expected. Every changed byte is tried in mutations.rs.
#[test]
fn cve_2026_23991_metadata_of_the_wrong_shape_is_refused_in_words() {
    for text in [
        "null",
        "[]",
        "{}",
        "1",
        "\"\"",
        "{\"signed\":null,\"signatures\":null}",
        "{\"signed\":{},\"signatures\":[]}",
    ] {
        for name in [
            "1.root.json",
            "timestamp.json",
            "1.snapshot.json",
            "1.targets.json",
            "1.stable.json",
        ] {
            let (mut repository, mut device) = (Repository::new(), Device::new());
            repository.hashes = false;
            repository.publish(&["stable", "targets", "snapshot", "timestamp"]);
            device.clone().follow(&repository);
            let name = if name.starts_with("1.root") {
                name.to_owned()
            } else {
                name.replace("1.", "2.")
            };
            repository.files.insert(name.clone(), text.into());
            assert_eq!(
                refused(&mut device, &repository),
                Code::MetadataInvalid,
                "{name} {text}"
            );
        }
    }
}

/// go-tuf took a threshold of 0 for one that is always met.
#[test]
fn cve_2026_23992_a_threshold_of_zero_is_refused() {
    for (threshold, accepted) in [(json!(1), true), (json!(0), false), (json!(-1), false)] {
        for role in ["root", "timestamp", "snapshot", "targets", "stable"] {
            let mut repository = Repository::new();
            if role == "stable" {
                repository.signed("targets")["delegations"]["roles"][0]["threshold"] = threshold.clone();
            } else {
                repository.signed("root")["roles"][role]["threshold"] = threshold.clone();
            }
            repository.publish(&["root", "targets", "snapshot", "timestamp"]);
            let result = Device::new().refresh(&repository).result;
            assert_eq!(result.is_ok(), accepted, "{role} {threshold}");
        }
    }
}
