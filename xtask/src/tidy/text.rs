//! What can be told from a file's text alone.

use super::{Problem, SourceFile};

/// Longer than this and a file has more than one reason to exist.
const MOST_LINES: usize = 500;

/// Pages that a tool makes: as long as what they describe, whose sources are held to the limit.
const GENERATED: &[&str] = &["docs/api.md"];

const CODE: &[&str] = &[
    "rs", "ts", "tsx", "js", "mjs", "cjs", "css", "html", "kt", "swift", "sh", "toml", "md",
];

/// Spelled in two halves, so that this file keeps its own rule.
const LEFT_FOR_LATER: &[&str] = &[
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("XX", "X"),
    concat!("dbg", "!("),
    concat!("unimplemen", "ted!("),
    concat!("to", "do!("),
];

/// How a test is switched off, or all others are, in Rust and in node's and vitest's runners.
const SWITCHED_OFF_RUST: &[&str] = &[concat!("#[ig", "nore")];
const SWITCHED_OFF_SCRIPT: &[&str] = &[
    "test.skip(",
    "it.skip(",
    "describe.skip(",
    "test.only(",
    "it.only(",
    "describe.only(",
    "test.todo(",
    "it.todo(",
    "xit(",
    "xdescribe(",
];

/// No file of code or prose is longer than [`MOST_LINES`].
pub(super) fn short(files: &[SourceFile]) -> Vec<Problem> {
    let written = |file: &&SourceFile| is_code(file) && !GENERATED.contains(&file.path.as_str());
    let long = files
        .iter()
        .filter(written)
        .filter(|file| file.text.lines().count() > MOST_LINES);
    long.map(|file| {
        Problem::new(
            &file.path,
            format!(
                "{} lines; split it, {MOST_LINES} are the most",
                file.text.lines().count()
            ),
        )
    })
    .collect()
}

/// No note to self, no stub, no debugging aid.
pub(super) fn finished(files: &[SourceFile]) -> Vec<Problem> {
    search(files, is_code, LEFT_FOR_LATER, "finish it, or file an issue")
}

/// No test is skipped, and none is run alone.
pub(super) fn tests_run(files: &[SourceFile]) -> Vec<Problem> {
    let advice = "a test that does not run proves nothing; mend it or delete it";
    let mut problems = search(
        files,
        |file| file.path.ends_with(".rs"),
        SWITCHED_OFF_RUST,
        advice,
    );
    let script = |file: &SourceFile| ["ts", "js", "mjs"].contains(&extension(&file.path));
    problems.extend(search(files, script, SWITCHED_OFF_SCRIPT, advice));
    problems
}

fn search(
    files: &[SourceFile],
    wanted: impl Fn(&SourceFile) -> bool,
    needles: &[&str],
    advice: &str,
) -> Vec<Problem> {
    let mut problems = Vec::new();
    for file in files.iter().filter(|file| wanted(file)) {
        for (number, line) in file.text.lines().enumerate() {
            for needle in needles.iter().filter(|needle| line.contains(**needle)) {
                problems.push(Problem::new(
                    format!("{}:{}", file.path, number + 1),
                    format!("`{needle}`: {advice}"),
                ));
            }
        }
    }
    problems
}

fn is_code(file: &SourceFile) -> bool {
    CODE.contains(&extension(&file.path))
}

fn extension(path: &str) -> &str {
    path.rsplit_once('.')
        .map(|(_, extension)| extension)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::samples::file;
    use super::*;

    #[test]
    fn the_line_after_the_last_allowed_one_is_too_much() {
        assert_eq!(
            short(&[
                file("a.rs", &"x\n".repeat(MOST_LINES)),
                file("Cargo.lock", &"x\n".repeat(9_999))
            ]),
            []
        );
        let too_long = "x\n".repeat(MOST_LINES + 1);
        assert_eq!(short(&[file("docs/api.md", &too_long)]), [], "a tool made it");
        for path in ["a.rs", "docs/other.md"] {
            assert_eq!(short(&[file(path, &too_long)]).len(), 1, "{path}");
        }
    }

    #[test]
    fn notes_to_self_and_stubs_are_found() {
        assert_eq!(finished(&[file("a.rs", "// done, and no todo list\n")]), []);
        for needle in LEFT_FOR_LATER {
            assert_eq!(
                finished(&[file("a.rs", &format!("// {needle} later\n"))]).len(),
                1,
                "{needle}"
            );
        }
    }

    #[test]
    fn switched_off_tests_are_found_and_iterators_are_not() {
        let fine = [
            file("a.rs", "list.iter().skip(1)"),
            file("a.mjs", "test('it skips nothing', () => list.skip(1))"),
        ];
        assert_eq!(tests_run(&fine), []);
        assert_eq!(
            tests_run(&[file("a.rs", concat!("#[ig", "nore = \"slow\"]"))]).len(),
            1
        );
        for needle in SWITCHED_OFF_SCRIPT {
            assert_eq!(
                tests_run(&[file("a.test.ts", &format!("{needle}'later')"))]).len(),
                1,
                "{needle}"
            );
        }
    }
}
