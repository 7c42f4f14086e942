//! docs/benchmarks.md: prose by people, and between two marks what a run printed.

use anyhow::{Context, Result, bail};

use crate::repository::Repository;
use crate::ui;

const PAGE: &str = "docs/benchmarks.md";

/// Puts `section` between the marks of that name.
pub(super) fn replace(repository: &Repository, name: &str, section: &str) -> Result<()> {
    let page = replaced(&repository.read(PAGE)?, name, section)?;
    std::fs::write(repository.path(PAGE), page).with_context(|| format!("write {PAGE}"))?;
    ui::line(&format!("{PAGE} has the new numbers"));
    Ok(())
}

fn replaced(page: &str, name: &str, section: &str) -> Result<String> {
    let (begin, end) = (format!("<!-- bench:{name} -->\n"), "<!-- /bench -->");
    let Some((before, rest)) = page.split_once(&begin) else {
        bail!("{PAGE} has no line `{}`", begin.trim_end());
    };
    let Some((_, after)) = rest.split_once(end) else {
        bail!("{PAGE} has no `{end}` after `{}`", begin.trim_end());
    };
    Ok(format!("{before}{begin}{}\n{end}{after}", section.trim_end()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stands_between_the_marks_is_replaced() {
        let page = "a\n<!-- bench:x -->\nold\n<!-- /bench -->\nb\n<!-- bench:y -->\n<!-- /bench -->\n";
        let new = replaced(page, "x", "new\n").unwrap();
        assert_eq!(
            new,
            "a\n<!-- bench:x -->\nnew\n<!-- /bench -->\nb\n<!-- bench:y -->\n<!-- /bench -->\n"
        );
        assert!(replaced(page, "z", "").is_err());
        assert!(replaced("<!-- bench:x -->\n", "x", "").is_err());
    }
}
