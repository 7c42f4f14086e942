//! Path patterns of delegations (specification section 4.5, `PATHPATTERN`): glob(7), component by component.

use std::str::Chars;

/// Whether `path` is one that `pattern` describes. No wildcard crosses a `/`.
///
/// `*` is any run of characters, `?` any one, `[a-z_]` one of a set, `[!a-z]` one outside of it; everything
/// else stands for itself, an unclosed `[` too. A leading dot is nothing special. The verdicts are those of
/// python-tuf, which splits at `/` and asks Python's `fnmatch`.
pub(super) fn path_matches(pattern: &str, path: &str) -> bool {
    let (patterns, components) = (pattern.split('/'), path.split('/'));
    patterns.clone().count() == components.clone().count()
        && patterns
            .zip(components)
            .all(|(pattern, component)| component_matches(&elements(pattern), component))
}

#[derive(Clone, Copy)]
enum Element<'p> {
    /// `*`
    Run,
    /// `?`
    AnyOne,
    /// `[…]`, or `[!…]` with `inside: false`.
    Set {
        members: &'p str,
        inside: bool,
    },
    Exactly(char),
}

impl Element<'_> {
    fn stands_for(self, found: char) -> bool {
        match self {
            Element::Run => false,
            Element::AnyOne => true,
            Element::Set { members, inside } => is_member(members, found) == inside,
            Element::Exactly(expected) => expected == found,
        }
    }
}

/// Takes a pattern apart once, so that matching never reads it again.
fn elements(pattern: &str) -> Vec<Element<'_>> {
    let mut elements = Vec::new();
    let mut rest = pattern.chars();
    // Looked for once: without this, many unclosed brackets would each search to the end.
    let mut may_close = pattern.contains(']');
    while let Some(letter) = rest.next() {
        elements.push(match letter {
            '*' => Element::Run,
            '?' => Element::AnyOne,
            '[' if may_close => take_set(&mut rest).unwrap_or_else(|| {
                may_close = false;
                Element::Exactly('[')
            }),
            other => Element::Exactly(other),
        });
    }
    elements
}

/// Takes the set that a `[` has begun, with its `]`, off the front of `rest`; nothing if it is not closed.
fn take_set<'p>(rest: &mut Chars<'p>) -> Option<Element<'p>> {
    let text = rest.as_str();
    let (body, inside) = match text.strip_prefix('!') {
        Some(body) => (body, false),
        None => (text, true),
    };
    // A bracket that comes first is a member.
    let (end, _) = body.char_indices().skip(1).find(|(_, letter)| *letter == ']')?;
    let (members, after) = body.split_at_checked(end)?;
    *rest = after.strip_prefix(']')?.chars();
    Some(Element::Set { members, inside })
}

/// Whether `found` is one of `members`: single letters, and ranges with a `-` between two.
fn is_member(members: &str, found: char) -> bool {
    let mut rest = members.chars();
    while let Some(low) = rest.next() {
        let mut ahead = rest.clone();
        let high = match (ahead.next(), ahead.next()) {
            (Some('-'), Some(high)) => {
                rest = ahead;
                high
            }
            _ => low,
        };
        if (low..=high).contains(&found) {
            return true;
        }
    }
    false
}

/// Remembers only the last `*`, so that the time is at worst the product of both lengths.
fn component_matches(elements: &[Element<'_>], component: &str) -> bool {
    let (mut left, mut rest) = (elements, component.chars());
    let mut retry: Option<(&[Element<'_>], Chars<'_>)> = None;
    loop {
        let mut ahead = rest.clone();
        match (left.split_first(), ahead.next()) {
            (None, None) => return true,
            (Some((Element::Run, after)), _) => {
                left = after;
                retry = Some((after, rest.clone()));
            }
            (Some((element, after)), Some(found)) if element.stands_for(found) => {
                left = after;
                rest = ahead;
            }
            _ => {
                // Let the last `*` swallow one character more.
                let Some((after_run, mut swallowed)) = retry.take() else {
                    return false;
                };
                if swallowed.next().is_none() {
                    return false;
                }
                left = after_run;
                rest = swallowed.clone();
                retry = Some((after_run, swallowed));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_match_as_in_a_shell() {
        for (pattern, path) in [
            ("*", "x"),
            ("*", ""),
            ("a", "a"),
            ("*.tgz", "foo.tgz"),
            ("foo-version-?.tgz", "foo-version-2.tgz"),
            ("stable/*/*", "stable/1042/checksum.json"),
            ("a*b*c", "aXbYbZc"),
            ("**", "abc"),
            ("*", ".hidden"),
            ("?", "é"),
            ("a[1]", "a1"),
            ("[a-c]*.[!x]", "beta.y"),
            ("[]]", "]"),
            ("[!]]", "a"),
            ("[a-]", "-"),
            ("[a-c-e]", "-"),
            ("[--a]", "_"),
            ("[^a]", "^"),
            ("[à-é]", "è"),
            ("[ab", "[ab"),
            ("[!]", "[!]"),
            ("[[", "[["),
            ("*[0-9].zip", "v10.zip"),
        ] {
            assert!(path_matches(pattern, path), "{pattern} {path}");
        }
    }

    #[test]
    fn wildcards_match_no_more_than_that() {
        for (pattern, path) in [
            ("*", "a/b"),
            ("*/*", "a"),
            ("stable/*/*", "stable/1/2/3"),
            ("stable/*/*", "stable-beta/1/x"),
            ("stable/*", "Stable/x"),
            ("foo-?.tgz", "foo-10.tgz"),
            ("?", ""),
            ("a*b", "aXbc"),
            ("", "a"),
            ("a", "ab"),
            ("[ab]", "ab"),
            ("[ab]", "[ab]"),
            ("[a-c]", "d"),
            ("[z-a]", "m"),
            ("[!ab]", "a"),
            ("[!ab]", ""),
            ("[a-c-e]", "d"),
            ("[^a]", "b"),
            ("[a/b]", "a"),
            ("[A-Z]", "a"),
        ] {
            assert!(!path_matches(pattern, path), "{pattern} {path}");
        }
    }

    #[test]
    fn patterns_built_to_be_slow_are_not() {
        let component = "a".repeat(99) + &"b".repeat(1000);
        for pattern in ["*a".repeat(100), "*[a-b".repeat(100_000), "*[!b]".repeat(100)] {
            assert!(!path_matches(&pattern, &component));
        }
        assert!(path_matches(&"*a".repeat(100), &"a".repeat(1000)));
    }
}
