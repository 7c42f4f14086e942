//! Documents of each role, and scripts of answers.

use serde_json::json;

use super::Seed;
use crate::tuf::signed_documents;

pub(super) fn roles() -> Vec<Seed> {
    let documents = signed_documents();
    let letters = [
        ("root", 'r'),
        ("timestamp", 't'),
        ("snapshot", 's'),
        ("targets", 'g'),
        ("stable", 'c'),
    ];
    let mut seeds = Vec::new();
    for (role, letter) in letters {
        let document = &documents[role];
        seeds.push(Seed::new(
            "tuf_role",
            format!("good-{role}"),
            format!("{letter}{document}"),
        ));
        let mut expired = document.clone();
        expired["expires"] = "2020-01-01T00:00:00Z".into();
        seeds.push(Seed::new(
            "tuf_role",
            format!("bad-{role}-expired"),
            format!("{letter}{expired}"),
        ));
    }
    let mut prefixes = documents["targets"].clone();
    let delegation = prefixes["delegations"]["roles"][0].as_object_mut().unwrap();
    delegation.remove("paths");
    delegation.insert("path_hash_prefixes".to_owned(), json!(["0", "1", "8f"]));
    seeds.push(Seed::new(
        "tuf_role",
        "good-targets-hash-prefixes",
        format!("g{prefixes}"),
    ));
    let mut meta = documents["snapshot"].clone();
    meta["meta"]["targets.json"] = json!({"version": 2, "length": 1, "hashes": {"sha256": "00"}});
    seeds.push(Seed::new("tuf_role", "bad-snapshot-hash", format!("s{meta}")));
    seeds
}

/// Seen, mode, time; then one byte an answer, and more where it takes more (`tuf/refresh.rs`).
pub(super) fn scripts() -> Vec<Seed> {
    let seed = |name: &str, bytes: &[u8]| Seed::new("tuf_refresh", name, bytes);
    vec![
        seed("good-first", &[0, 0, 0]),
        seed("good-first-quick", &[0, 1, 0]),
        seed("good-after-the-first", &[1, 0, 0]),
        seed("good-after-the-second-quick", &[2, 1, 1]),
        seed("good-nothing-new-quick", &[3, 1, 0]),
        seed("bad-expired", &[0, 0, 2]),
        seed("bad-attacker", &[0, 0, 0, 3, 3, 3, 3, 3, 3]),
        seed("bad-attacker-later", &[1, 0, 0, 2, 3]),
        seed("bad-withheld", &[0, 0, 0, 2]),
        seed("bad-old-timestamp", &[3, 0, 0, 2, 1]),
        seed("bad-signed-as-something-else", &[0, 0, 0, 0, 0, 0, 2, 0x24]),
        seed(
            "bad-edited-timestamp",
            &[0, 0, 0, 0, 0, 0, 2, 5, 90, 0, 4, 4, b'2', b'0', b'9', b'9'],
        ),
        seed("bad-signatures-moved", &[0, 0, 0, 0, 0, 0, 2, 6]),
        seed(
            "bad-web-page",
            &[0, 0, 0, 7, 6, b'<', b'h', b't', b'm', b'l', b'>'],
        ),
    ]
}
