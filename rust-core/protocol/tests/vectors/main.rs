//! Vectors that others wrote: Wycheproof's for signatures, JSONTestSuite's for JSON. Each test prints its counts.

#[cfg(test)]
mod json_test_suite;
#[cfg(test)]
mod wycheproof;

/// Prints a line that the test runner does not swallow when the test passes: the counts are to be seen.
#[cfg(test)]
fn report(line: &str) {
    use std::io::Write as _;
    writeln!(std::io::stdout(), "{line}").unwrap();
}
