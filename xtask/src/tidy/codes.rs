//! One list of stable codes, whatever language names them. Read from the sources: the tool must build when the crate does not.

use std::collections::{BTreeMap, BTreeSet};

use super::{Facts, Problem, SourceFile};

const RUST: &str = "rust-core/protocol/src/code.rs";
const TYPESCRIPT: &str = "src-ts/errors.ts";

/// TypeScript names exactly the codes that Rust has.
pub(super) fn same_list(facts: &Facts) -> Vec<Problem> {
    let (Some(rust), Some(script)) = (facts.file(RUST), facts.file(TYPESCRIPT)) else {
        return vec![Problem::new(
            RUST,
            format!("this or {TYPESCRIPT} is gone; tell xtask/src/tidy/codes.rs where the list is"),
        )];
    };
    compare(rust, script)
}

/// Every code stands in the documentation, beside its exit code.
pub(super) fn documented(facts: &Facts) -> Vec<Problem> {
    let Some(rust) = facts.file(RUST) else {
        return vec![Problem::new(
            RUST,
            "is gone; tell xtask/src/tidy/codes.rs where the list is",
        )];
    };
    let pages = facts
        .files
        .iter()
        .filter(|file| file.path.starts_with("docs/") && file.path.ends_with(".md"));
    undocumented(rust, &pages.collect::<Vec<_>>())
}

fn compare(rust: &SourceFile, script: &SourceFile) -> Vec<Problem> {
    let ours: BTreeSet<&str> = words(&rust.text).into_values().collect();
    let theirs = listed(&script.text);
    let mut problems: Vec<Problem> = ours
        .difference(&theirs)
        .map(|code| Problem::new(TYPESCRIPT, format!("lacks the code {code}")))
        .collect();
    problems.extend(
        theirs
            .difference(&ours)
            .map(|code| Problem::new(RUST, format!("lacks {code}, which TypeScript has"))),
    );
    if ours.is_empty() {
        problems.push(Problem::new(
            RUST,
            "no code was found; has as_str() changed its form?",
        ));
    }
    problems
}

fn undocumented(rust: &SourceFile, pages: &[&SourceFile]) -> Vec<Problem> {
    let lines: Vec<&str> = pages.iter().flat_map(|page| page.text.lines()).collect();
    let exits = exit_codes(&rust.text);
    let mut problems = Vec::new();
    for (variant, word) in words(&rust.text) {
        let Some(exit) = exits.get(variant) else {
            problems.push(Problem::new(
                RUST,
                format!("{variant} has no exit code that xtask can read"),
            ));
            continue;
        };
        let quoted = format!("`{word}`");
        let beside = |line: &&str| {
            line.contains(&quoted)
                && line
                    .split(|c: char| !c.is_ascii_digit())
                    .any(|number| number == *exit)
        };
        if !lines.iter().any(beside) {
            problems.push(Problem::new(
                "docs/",
                format!("no page names {quoted} in one line with its exit code {exit}"),
            ));
        }
    }
    problems
}

/// Variant to word, from the arms `Code::Usage => "usage",`.
fn words(text: &str) -> BTreeMap<&str, &str> {
    let arms = text
        .lines()
        .filter_map(|line| line.trim().strip_prefix("Code::")?.split_once(" => \""));
    arms.filter_map(|(variant, rest)| Some((variant, rest.strip_suffix("\",")?)))
        .collect()
}

/// Variant to number, from the arms `Code::Usage | Code::ConfigInvalid => 2,`, which may span lines.
fn exit_codes(text: &str) -> BTreeMap<&str, &str> {
    let body = text.split("fn exit_code").nth(1).unwrap_or_default();
    let arms = body.split(" => ").zip(body.split(" => ").skip(1));
    let mut codes = BTreeMap::new();
    for (before, after) in arms {
        let number = after
            .split(|c: char| !c.is_ascii_digit())
            .next()
            .unwrap_or_default();
        let pattern = before.rsplit([',', '{']).next().unwrap_or_default();
        let variants = pattern
            .split('|')
            .filter_map(|variant| variant.trim().strip_prefix("Code::"));
        codes.extend(
            variants
                .filter(|_| !number.is_empty())
                .map(|variant| (variant, number)),
        );
    }
    codes
}

/// The quoted words of the list in TypeScript, one a line.
fn listed(text: &str) -> BTreeSet<&str> {
    let lines = text
        .lines()
        .skip_while(|line| !line.contains("AIRLOCK_ERROR_CODES = ["))
        .skip(1);
    let list = lines.take_while(|line| !line.starts_with(']'));
    list.filter_map(|line| line.trim().strip_prefix('\'')?.strip_suffix("',"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::samples::file;
    use super::*;

    const SAMPLE: &str = r#"
        match self {
            Code::Usage => "usage",
            Code::Locked => "locked",
        }
        pub fn exit_code(self) -> u8 {
            match self {
                Code::Usage
                | Code::Odd => 2,
                Code::Locked => 124,
            }
        }
    "#;

    fn script(codes: &[&str]) -> SourceFile {
        let lines: String = codes
            .iter()
            .map(|code| format!("  /** . */\n  '{code}',\n"))
            .collect();
        file(
            TYPESCRIPT,
            &format!(
                "export const AIRLOCK_ERROR_CODES = [\n{lines}] as const;\nconst other = [\n  'x',\n];\n"
            ),
        )
    }

    #[test]
    fn a_code_missing_on_either_side_is_found() {
        let rust = file(RUST, SAMPLE);
        assert_eq!(compare(&rust, &script(&["usage", "locked"])), []);
        assert_eq!(compare(&rust, &script(&["usage"])).len(), 1);
        assert_eq!(compare(&rust, &script(&["usage", "locked", "odd"])).len(), 1);
        assert_eq!(compare(&file(RUST, ""), &script(&[])).len(), 1);
    }

    #[test]
    fn a_code_needs_its_exit_code_in_the_same_line_of_the_documentation() {
        let rust = file(RUST, SAMPLE);
        let page = |text: &str| undocumented(&rust, &[&file("docs/errors.md", text)]).len();
        assert_eq!(page("| 2 | `usage` |\n| 124 | `locked` |\n"), 0);
        assert_eq!(page("| 2 | `usage` |\n| 12 | `locked` |\n"), 1);
        assert_eq!(page("| 2 | `usage` |\n"), 1);
    }
}
