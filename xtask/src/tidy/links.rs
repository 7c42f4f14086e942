//! Links in Markdown that point into the repository: the file must be there, and the heading too.

use std::collections::BTreeSet;

use super::{Problem, SourceFile};

pub(super) fn resolve(files: &[SourceFile]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for file in files.iter().filter(|file| file.path.ends_with(".md")) {
        for target in targets(&file.text).filter(|target| !is_elsewhere(target)) {
            let (path, heading) = target.split_once('#').unwrap_or((target, ""));
            let path = if path.is_empty() {
                file.path.clone()
            } else {
                join(&file.path, path)
            };
            problems.extend(
                check(files, &path, heading)
                    .map(|why| Problem::new(&file.path, format!("link {target}: {why}"))),
            );
        }
    }
    problems
}

fn check(files: &[SourceFile], path: &str, heading: &str) -> Option<String> {
    let folder = format!("{}/", path.trim_end_matches('/'));
    let linked = files.iter().find(|file| file.path == path);
    if linked.is_none() && !path.is_empty() && !files.iter().any(|file| file.path.starts_with(&folder)) {
        return Some(format!("there is no {path}"));
    }
    let is_page = path.ends_with(".md") && !heading.is_empty();
    let page = linked.filter(|_| is_page)?;
    (!anchors(&page.text).contains(heading)).then(|| format!("{path} has no such heading"))
}

/// What stands in `](…)` and in `[name]: …`, outside code.
fn targets(text: &str) -> impl Iterator<Item = &str> {
    prose(text).flat_map(|line| {
        let inline = line
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split([')', ' ']).next());
        let reference = line
            .starts_with('[')
            .then(|| line.split_once("]: ").map(|(_, target)| target.trim()))
            .flatten();
        inline.chain(reference)
    })
}

/// The lines outside fenced code.
fn prose(text: &str) -> impl Iterator<Item = &str> {
    let mut fenced = false;
    text.lines().filter(move |line| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        !fenced && !fence
    })
}

fn is_elsewhere(target: &str) -> bool {
    target.contains("://") || target.starts_with("mailto:")
}

/// Headings as the usual Markdown sites turn them into anchors.
fn anchors(text: &str) -> BTreeSet<String> {
    let headings = prose(text)
        .filter(|line| line.starts_with('#'))
        .map(|line| line.trim_start_matches('#').trim());
    headings
        .map(|heading| {
            let kept = heading
                .to_lowercase()
                .chars()
                .filter(|c| c.is_alphanumeric() || " -_".contains(*c))
                .collect::<String>();
            kept.replace(' ', "-")
        })
        .collect()
}

/// `link`, as seen from the file `from`, relative to the root.
fn join(from: &str, link: &str) -> String {
    let mut parts: Vec<&str> = if link.starts_with('/') {
        Vec::new()
    } else {
        from.split('/').collect()
    };
    parts.pop();
    for part in link.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            name => parts.push(name),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::super::samples::file;
    use super::*;

    fn broken(text: &str) -> usize {
        let other = file("docs/threats.md", "# Threats\n\n## Wrong key, or none\n");
        resolve(&[
            file("docs/a.md", text),
            other,
            file("rust-core/engine/src/lib.rs", ""),
        ])
        .len()
    }

    #[test]
    fn links_that_lead_somewhere_are_left_alone() {
        for good in [
            "[x](threats.md)",
            "[x](threats.md#wrong-key-or-none)",
            "[x](../rust-core/engine)",
            "[x](https://example.org/none.md)",
            "[x](#here)\n# Here",
            "```\n[x](none.md)\n```",
            "[x]: threats.md",
            "[root](..)",
        ] {
            assert_eq!(broken(good), 0, "{good}");
        }
    }

    #[test]
    fn links_into_nothing_are_found() {
        for bad in [
            "[x](none.md)",
            "[x](threats.md#right-key)",
            "[x](#here)",
            "[x](../rust-core/none)",
            "[x]: none.md",
        ] {
            assert_eq!(broken(bad), 1, "{bad}");
        }
    }
}
