//! Finding a target through delegations.

use airlock_protocol::tuf::{Answer, Search, Step, Stored, TargetFile, TargetName};
use airlock_protocol::{Code, Error, Sha256Digest, limits};
use serde_json::json;

use crate::support::{Device, Repository};

/// The result, and the roles that were fetched on the way.
pub(crate) fn search(
    repository: &Repository,
    stored: &mut Stored,
    name: &str,
) -> (Result<Option<TargetFile>, Error>, Vec<String>) {
    let trusted = Device::new().follow(repository);
    let name: TargetName = name.parse().unwrap();
    let mut asked = Vec::new();
    let mut search = Search::start(&trusted, stored.clone(), name);
    while let Step::Fetch(fetch) = search.step() {
        let answer = repository
            .files
            .get(&fetch.name)
            .cloned()
            .map_or(Answer::Missing, Answer::Found);
        asked.push(fetch.name);
        match search.receive(answer) {
            Ok(ops) => ops.iter().for_each(|op| stored.apply(op)),
            Err(refusal) => {
                assert_eq!(search.outcome().unwrap_err(), refusal);
                return (Err(refusal), asked);
            }
        }
    }
    (search.outcome(), asked)
}

fn visited(repository: &Repository, name: &str) -> Vec<String> {
    let (result, asked) = search(repository, &mut Stored::default(), name);
    assert_eq!(result.unwrap(), None);
    asked
        .iter()
        .map(|name| name.trim_start_matches("1.").trim_end_matches(".json").to_owned())
        .collect()
}

/// A repository with these delegations (from, to, scope), without the channel in the way.
pub(crate) fn with_delegations(delegations: &[(&str, &str, serde_json::Value)]) -> Repository {
    let mut repository = Repository::new();
    for (number, (from, to, scope)) in (40..).zip(delegations) {
        repository.delegate(from, to, number, scope.clone());
    }
    // A role that several delegate to is signed for all of them.
    for (_, role, _) in delegations {
        let numbers = (40..).zip(delegations).filter(|(_, (_, to, _))| to == role);
        let numbers: Vec<u8> = numbers.map(|(number, _)| number).collect();
        repository.signers(role, &numbers);
    }
    let mut roles: Vec<&str> = delegations.iter().map(|(_, to, _)| *to).collect();
    roles.sort_unstable();
    roles.dedup();
    repository.publish(&roles);
    repository.publish(&["targets", "snapshot", "timestamp"]);
    repository
}

pub(crate) fn all() -> serde_json::Value {
    json!({"paths": ["*"]})
}

#[test]
fn roles_are_visited_depth_first_in_the_order_of_their_delegators() {
    let repository = with_delegations(&[
        ("targets", "a", all()),
        ("targets", "b", all()),
        ("a", "c", all()),
        ("a", "d", all()),
    ]);
    assert_eq!(visited(&repository, "missing"), ["a", "c", "d", "b"]);
}

#[test]
fn a_terminating_delegation_ends_the_search() {
    let stop = json!({"paths": ["*"], "terminating": true});
    let repository = with_delegations(&[
        ("targets", "a", all()),
        ("targets", "b", all()),
        ("a", "c", stop.clone()),
        ("a", "d", all()),
    ]);
    assert_eq!(visited(&repository, "missing"), ["a", "c"]);
    // One that does not cover the name ends nothing.
    let elsewhere = json!({"paths": ["other/*"], "terminating": true});
    let repository = with_delegations(&[("targets", "a", elsewhere), ("targets", "b", all())]);
    assert_eq!(visited(&repository, "missing"), ["b"]);
}

#[test]
fn cycles_end() {
    let repository = with_delegations(&[("targets", "a", all()), ("a", "b", all()), ("b", "a", all())]);
    assert_eq!(visited(&repository, "missing"), ["a", "b"]);
}

#[test]
fn too_long_a_way_is_refused() {
    let names: Vec<String> = (0..=limits::DELEGATIONS)
        .map(|index| format!("role{index}"))
        .collect();
    let roles = |count: usize| -> Vec<_> {
        names
            .iter()
            .take(count)
            .map(|name| ("targets", name.as_str(), all()))
            .collect()
    };
    let repository = with_delegations(&roles(limits::DELEGATIONS));
    assert_eq!(visited(&repository, "missing").len(), limits::DELEGATIONS);
    let repository = with_delegations(&roles(limits::DELEGATIONS + 1));
    let (result, _) = search(&repository, &mut Stored::default(), "missing");
    assert_eq!(result.unwrap_err().code(), Code::MetadataInvalid);
}

#[test]
fn a_target_is_found_where_the_way_to_it_is_delegated() {
    let mut repository = with_delegations(&[
        ("targets", "a", json!({"paths": ["docs/*.md"]})),
        ("targets", "b", json!({"paths": ["docs/*"]})),
    ]);
    repository.add_target("a", "docs/read me.md", b"by a", Some(json!({"lang": "en"})));
    repository.add_target("b", "docs/read me.md", b"by b", None);
    repository.add_target("a", "docs/secret.txt", b"a may not", None);
    repository.publish(&["a", "b", "snapshot", "timestamp"]);
    let mut stored = Stored::default();
    let (found, asked) = search(&repository, &mut stored, "docs/read me.md");
    let file = found.unwrap().unwrap();
    assert_eq!(asked, ["2.a.json"]);
    assert_eq!(file.custom, Some(json!({"lang": "en"})));
    assert_eq!(
        file.url_path(),
        format!("docs/{}.read%20me.md", Sha256Digest::of(b"by a"))
    );
    assert!(file.check(b"by a").is_ok());
    assert_eq!(file.check(b"by b").unwrap_err().code(), Code::ChecksumMismatch);
    // What was fetched once is verified again, not fetched again.
    assert_eq!(search(&repository, &mut stored, "docs/read me.md").1, [""; 0]);
    assert_eq!(
        search(&repository, &mut stored, "docs/secret.txt").0.unwrap(),
        None
    );
}

#[test]
fn the_top_level_speaks_first() {
    let mut repository = with_delegations(&[("targets", "a", all())]);
    repository.add_target("targets", "x", b"top", None);
    repository.publish(&["targets", "snapshot", "timestamp"]);
    let (found, asked) = search(&repository, &mut Stored::default(), "x");
    assert!(found.unwrap().unwrap().check(b"top").is_ok());
    assert!(asked.is_empty());
}

#[test]
fn a_role_that_is_not_in_the_snapshot_is_not_used() {
    let mut repository = with_delegations(&[("targets", "a", all())]);
    repository.signed("snapshot")["meta"]
        .as_object_mut()
        .unwrap()
        .remove("a.json");
    repository.publish(&["snapshot", "timestamp"]);
    let (result, asked) = search(&repository, &mut Stored::default(), "x");
    assert_eq!(result.unwrap_err().code(), Code::MetadataInvalid);
    assert!(asked.is_empty());
}

/// A role must be signed for the delegator it is reached through, also if it was stored by way of another.
#[test]
fn stored_roles_do_not_carry_trust_from_one_delegator_to_another() {
    let mut repository = with_delegations(&[
        ("targets", "one", json!({"paths": ["one/*"]})),
        ("targets", "two", json!({"paths": ["two/*"]})),
        ("one", "release", json!({"paths": ["one/*"]})),
        ("two", "release", json!({"paths": ["two/*"]})),
    ]);
    repository.signers("release", &[42]);
    repository.add_target("release", "one/x", b"one", None);
    repository.add_target("release", "two/x", b"two", None);
    repository.publish(&["release", "snapshot", "timestamp"]);
    let mut stored = Stored::default();
    assert!(search(&repository, &mut stored, "one/x").0.unwrap().is_some());
    assert!(stored.files.contains_key("release.json"));
    assert_eq!(
        search(&repository, &mut stored, "two/x").0.unwrap_err().code(),
        Code::MetadataInvalid
    );
    // Signed for both, it serves both.
    repository.signers("release", &[42, 43]);
    repository.publish(&["release", "snapshot", "timestamp"]);
    assert!(search(&repository, &mut stored, "two/x").0.unwrap().is_some());
}

#[test]
fn names_of_roles_are_quoted_in_urls_and_file_names() {
    for (role, quoted) in [
        ("?", "%3F"),
        ("#", "%23"),
        ("/abs", "%2Fabs"),
        ("../up", "..%2Fup"),
        ("a\\b\0", "a%5Cb%00"),
    ] {
        let mut repository = with_delegations(&[("targets", role, all())]);
        let bytes = repository.files[&format!("1.{role}.json")].clone();
        repository.files.insert(format!("1.{quoted}.json"), bytes.clone());
        repository.files.remove(&format!("1.{role}.json"));
        let mut stored = Stored::default();
        let (result, asked) = search(&repository, &mut stored, "missing");
        assert_eq!(result.unwrap(), None, "{role}");
        assert_eq!(asked, [format!("1.{quoted}.json")]);
        assert_eq!(stored.files[&format!("{quoted}.json")], bytes);
    }
}

#[test]
fn a_target_without_a_hash_we_know_is_refused() {
    let mut repository = Repository::new();
    repository.add_target("targets", "x", b"x", None);
    repository.signed("targets")["targets"]["x"]["hashes"] =
        json!({"md5": "9dd4e461268c8034f5c8564e155c67a6"});
    repository.publish(&["targets", "snapshot", "timestamp"]);
    let (result, _) = search(&repository, &mut Stored::default(), "x");
    assert_eq!(result.unwrap_err().code(), Code::ChecksumMismatch);
}

#[test]
fn unsafe_names_cannot_even_be_asked_for() {
    for name in ["../x", "/etc/passwd", "a//b", "a\\b", "", "a/../b"] {
        assert_eq!(
            name.parse::<TargetName>().unwrap_err().code(),
            Code::PathUnsafe,
            "{name:?}"
        );
    }
}
