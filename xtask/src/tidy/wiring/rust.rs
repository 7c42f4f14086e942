//! The API as Rust knows it: the facade's events and codes, the simulator's methods, the engine's configuration.

use super::scan::{between, camel, literal, word};
use super::{Names, Problem, Side, SourceFile, differences, file, without};

const EVENTS: &str = "rust-core/ffi/src/events.rs";
const ERRORS: &str = "rust-core/ffi/src/error.rs";
const SIMULATOR: &str = "rust-core/cli/src/simulate/plugin.rs";
const CONFIG: &str = "rust-core/engine/src/config/mod.rs";
/// Reads its own keys of the same section.
const NETWORK: &str = "rust-core/engine/src/config/network.rs";
/// The same.
const PEER: &str = "rust-core/engine/src/config/peer.rs";

/// The facade tells the events of the API and no others, and hands out the one list of codes.
pub(super) fn facade(files: &[SourceFile], api: &Side) -> Vec<Problem> {
    let (Some(events), Some(errors)) = (file(files, EVENTS), file(files, ERRORS)) else {
        return vec![Problem::new(
            EVENTS,
            format!("this or {ERRORS} is gone; tell xtask/src/tidy/wiring/rust.rs where they are"),
        )];
    };
    let there = variants(&events.text, "pub enum AirlockEvent {");
    let mut problems = differences(EVENTS, "event", &api.events, &there, "TypeScript");
    if !errors.text.contains("Code::ALL") {
        problems.push(Problem::new(ERRORS, "does not hand out `Code::ALL`"));
    }
    problems
}

/// The simulator stands in for the phone, so it offers what a phone offers.
pub(super) fn simulator(files: &[SourceFile], api: &Side) -> Vec<Problem> {
    let text = file(files, SIMULATOR).map_or("", |file| file.text.as_str());
    let listed = between(text, "METHODS: &[&str] = &[", "];");
    let there: Names = listed.lines().filter_map(literal).collect();
    differences(
        SIMULATOR,
        "method",
        &without(&api.methods, &["addListener"]),
        &there,
        "TypeScript",
    )
}

/// What the engine reads of `plugins.Airlock`: the names that `Fields` (and `flag`, which asks it) is asked for.
pub(super) fn configuration(files: &[SourceFile]) -> Names {
    let read = [CONFIG, NETWORK, PEER]
        .into_iter()
        .filter_map(|path| file(files, path));
    let sources = read.filter_map(|file| file.text.split("#[cfg(test)]\nmod tests {").next());
    // A call may be broken into lines.
    let joined: String = sources.flat_map(str::lines).map(str::trim).collect();
    let asked = READERS.iter().flat_map(|reader| joined.split(reader).skip(1));
    asked
        .filter_map(|rest| rest.split('"').next())
        .map(str::to_owned)
        .collect()
}

/// How a key is asked for.
const READERS: &[&str] = &[
    "fields.text(\"",
    "fields.texts(\"",
    "fields.named_texts(\"",
    "fields.number(\"",
    "fields.object(\"",
    "fields.value(\"",
    "flag(\"",
];

/// The variants of an enum as JavaScript writes them: the lines of its body with just one indentation.
fn variants(text: &str, start: &str) -> Names {
    let lines = between(text, start, "\n}").lines();
    let own = lines.filter_map(|line| line.strip_prefix("    "));
    own.filter(|line| line.starts_with(|c: char| c.is_ascii_uppercase()))
        .filter_map(|line| Some(camel(&word(line)?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::super::samples::file;
    use super::*;

    fn names(words: &[&str]) -> Names {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn the_facades_events_and_codes_are_held_against_the_api() {
        let api = Side {
            events: names(&["set", "appReady"]),
            ..Side::default()
        };
        let problems =
            |events: &str, errors: &str| facade(&[file(EVENTS, events), file(ERRORS, errors)], &api).len();
        let good = "pub enum AirlockEvent {\n    /// Words.\n    Set {\n        Bundle: X,\n    },\n    AppReady,\n}\npub enum Other {\n    Now,\n}\n";
        assert_eq!(problems(good, "Code::ALL.iter()"), 0);
        assert_eq!(problems(good, "vec![]"), 1);
        assert_eq!(problems(&good.replace("AppReady", "AppIsReady"), "Code::ALL"), 2);
        assert_eq!(facade(&[], &api).len(), 1);
    }

    #[test]
    fn the_simulators_methods_are_held_against_the_api() {
        let api = Side {
            methods: names(&["sync", "addListener"]),
            ..Side::default()
        };
        let problems = |list: &str| simulator(&[file(SIMULATOR, list)], &api).len();
        assert_eq!(problems("METHODS: &[&str] = &[\n    \"sync\",\n];"), 0);
        assert_eq!(problems("METHODS: &[&str] = &[\n];"), 1);
    }

    #[test]
    fn the_engines_keys_are_read_where_they_are_asked_for() {
        let text = "fields\n    .text(\"appId\")? x: flag(\"allowUnsigned\", false)?\n#[cfg(test)]\nmod tests {fields.text(\"no\")";
        assert_eq!(
            configuration(&[file(CONFIG, text)]),
            names(&["allowUnsigned", "appId"])
        );
        for more in [NETWORK, PEER] {
            let more = file(more, "fields.texts(\"mirrors\")");
            assert_eq!(
                configuration(&[file(CONFIG, text), more]),
                names(&["allowUnsigned", "appId", "mirrors"])
            );
        }
    }
}
