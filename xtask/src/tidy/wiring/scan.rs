//! The little that reading names out of a source takes.

/// What follows each place where `needle` stands.
pub(super) fn after<'t>(text: &'t str, needle: &'t str) -> impl Iterator<Item = &'t str> {
    text.match_indices(needle)
        .filter_map(move |(at, _)| text.get(at + needle.len()..))
}

/// The text from behind `start` to the next `end`; empty when either is missing.
pub(super) fn between<'t>(text: &'t str, start: &str, end: &str) -> &'t str {
    text.split_once(start)
        .and_then(|(_, rest)| rest.split_once(end))
        .map_or("", |(inner, _)| inner)
}

/// The name that the text starts with.
pub(super) fn word(text: &str) -> Option<String> {
    let text = text.trim_start();
    let end = text
        .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .unwrap_or(text.len());
    text.get(..end).filter(|word| !word.is_empty()).map(str::to_owned)
}

/// The content of the quotes that the text starts with.
pub(super) fn literal(text: &str) -> Option<String> {
    let text = text.trim_start();
    let quote = text.chars().next().filter(|c| *c == '"' || *c == '\'')?;
    let (inner, _) = text.get(1..)?.split_once(quote)?;
    Some(inner.to_owned())
}

/// `DownloadFailed` or `download_failed` as JavaScript writes it: `downloadFailed`.
pub(super) fn camel(name: &str) -> String {
    let mut camel = String::new();
    let mut next_is_upper = false;
    for (at, c) in name.chars().enumerate() {
        match c {
            '_' => {}
            c if next_is_upper => camel.extend(c.to_uppercase()),
            c if at == 0 => camel.extend(c.to_lowercase()),
            c => camel.push(c),
        }
        next_is_upper = c == '_';
    }
    camel
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_quotes_are_read() {
        assert_eq!(
            after("a(1) b a(2)", "a(").collect::<Vec<_>>(),
            ["1) b a(2)", "2)"]
        );
        assert_eq!(between("x [1, 2] y]", "[", "]"), "1, 2");
        assert_eq!(between("x [1", "[", "]"), "");
        assert_eq!(word("  next(call)"), Some("next".to_owned()));
        assert_eq!(word("(call)"), None);
        assert_eq!(
            (literal(" \"a b\", c"), literal("a")),
            (Some("a b".to_owned()), None)
        );
        assert_eq!(
            (camel("DownloadFailed"), camel("app_id"), camel("set")),
            ("downloadFailed".to_owned(), "appId".to_owned(), "set".to_owned())
        );
    }
}
