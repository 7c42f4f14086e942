//! One API in four languages: the plugin's name, its methods, its events, its codes and its configuration are the same
//! in TypeScript, Rust, Kotlin and Swift. Read from the sources, so that a side that cannot be built here is held to it
//! as well; what TypeScript says is what the others are measured against.

mod kotlin;
mod rust;
mod scan;
mod script;
mod swift;

use std::collections::BTreeSet;

use super::{Facts, Problem, SourceFile};

type Names = BTreeSet<String>;

/// What Capacitor's own plugin classes answer, so that no plugin writes it again.
const OF_CAPACITOR: &[&str] = &["addListener", "removeAllListeners"];

/// The API as one language has it.
#[derive(Debug, Default, PartialEq, Eq)]
struct Side {
    /// The file to mend.
    place: String,
    /// The name under which Capacitor registers the plugin.
    plugin: String,
    methods: Names,
    events: Names,
    /// The codes that this side gives by itself.
    codes: Names,
}

/// Name, methods and events, and no code that is not on the list.
pub(super) fn same_api(facts: &Facts) -> Vec<Problem> {
    let files = &facts.files;
    let Some(api) = script::api(files) else {
        return vec![Problem::new(
            "src-ts/",
            "the plugin's interface was not found; tell xtask/src/tidy/wiring where it is",
        )];
    };
    let mut problems = empty(&api);
    for (folder, side) in [("android/", kotlin::side(files)), ("ios/", swift::side(files))] {
        match side {
            Some(side) => problems.extend(compare(&api, &side)),
            None => problems.push(Problem::new(folder, "holds no plugin class named `Airlock`")),
        }
    }
    problems.extend(swift::undeclared(files));
    problems.extend(rust::facade(files, &api));
    problems.extend(rust::simulator(files, &api));
    problems
}

/// The keys of `plugins.Airlock` that TypeScript offers are those that the engine reads.
pub(super) fn same_configuration(facts: &Facts) -> Vec<Problem> {
    let (script, rust) = (
        script::configuration(&facts.files),
        rust::configuration(&facts.files),
    );
    if script.is_empty() || rust.is_empty() {
        return vec![Problem::new(
            "src-ts/config.ts",
            "the configuration's keys were not found here or in the engine; tell xtask/src/tidy/wiring where they are",
        )];
    }
    differences(script::CONFIG, "configuration key", &rust, &script, "the engine")
}

/// A list that was not found would agree with anything.
fn empty(api: &Side) -> Vec<Problem> {
    let lists = [
        ("methods", &api.methods),
        ("events", &api.events),
        ("codes", &api.codes),
    ];
    lists
        .into_iter()
        .filter(|(_, names)| names.is_empty())
        .map(|(what, _)| Problem::new("src-ts/", format!("no {what} were found")))
        .collect()
}

fn compare(api: &Side, side: &Side) -> Vec<Problem> {
    let own = without(&api.methods, OF_CAPACITOR);
    let mut problems = differences(&side.place, "method", &own, &side.methods, "TypeScript");
    problems.extend(differences(
        &side.place,
        "event",
        &api.events,
        &side.events,
        "TypeScript",
    ));
    problems.extend(side.codes.difference(&api.codes).map(|code| {
        Problem::new(
            &side.place,
            format!("gives the code {code}, which is not on the list"),
        )
    }));
    if side.plugin != api.plugin {
        problems.push(Problem::new(
            &side.place,
            format!("registers as `{}`, TypeScript as `{}`", side.plugin, api.plugin),
        ));
    }
    problems
}

/// What is wanted and not there, and what is there and not wanted.
fn differences(place: &str, what: &str, wanted: &Names, there: &Names, whose: &str) -> Vec<Problem> {
    let lacks = wanted
        .difference(there)
        .map(|name| Problem::new(place, format!("lacks the {what} {name} of {whose}")));
    let more = there
        .difference(wanted)
        .map(|name| Problem::new(place, format!("has the {what} {name}, which {whose} has not")));
    lacks.chain(more).collect()
}

fn without(names: &Names, others: &[&str]) -> Names {
    names
        .iter()
        .filter(|name| !others.contains(&name.as_str()))
        .cloned()
        .collect()
}

fn file<'f>(files: &'f [SourceFile], path: &str) -> Option<&'f SourceFile> {
    files.iter().find(|file| file.path == path)
}

fn below<'f>(files: &'f [SourceFile], folder: &str, ending: &str) -> Vec<&'f SourceFile> {
    files
        .iter()
        .filter(|file| file.path.starts_with(folder) && file.path.ends_with(ending))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(words: &[&str]) -> Names {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    fn api() -> Side {
        Side {
            place: "src-ts/definitions.ts".to_owned(),
            plugin: "Airlock".to_owned(),
            methods: names(&["sync", "list", "addListener", "removeAllListeners"]),
            events: names(&["set", "appReady"]),
            codes: names(&["usage", "locked"]),
        }
    }

    fn native() -> Side {
        Side {
            place: "android/Plugin.kt".to_owned(),
            methods: names(&["sync", "list"]),
            codes: names(&["usage"]),
            ..api()
        }
    }

    #[test]
    fn a_side_that_has_all_of_it_is_fine_and_one_that_lacks_a_thing_is_not() {
        assert_eq!(compare(&api(), &native()), []);
        let poorer = [
            Side {
                methods: names(&["sync"]),
                ..native()
            },
            Side {
                methods: names(&["sync", "list", "extra"]),
                ..native()
            },
            Side {
                events: names(&["set"]),
                ..native()
            },
            Side {
                events: names(&["set", "appReady", "extra"]),
                ..native()
            },
            Side {
                codes: names(&["oops"]),
                ..native()
            },
            Side {
                plugin: "AirLock".to_owned(),
                ..native()
            },
        ];
        for side in poorer {
            assert_eq!(compare(&api(), &side).len(), 1, "{side:?}");
        }
    }

    #[test]
    fn a_list_that_was_not_found_is_a_problem() {
        assert_eq!(empty(&api()), []);
        assert_eq!(
            empty(&Side {
                events: Names::new(),
                ..api()
            })
            .len(),
            1
        );
    }
}
