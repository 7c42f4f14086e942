//! Paths inside a bundle: one type for archives, checksum.json and the store.

use std::{fmt, str::FromStr};

use unicode_normalization::char::{canonical_combining_class, decompose_canonical};

use crate::{Error, PathFault, limits, text::serde_as_text};

/// A relative path of a file in a bundle, such as `assets/index-4f2a.js`, that means the same harmless
/// place on every system Airlock runs on.
///
/// Joining it to a directory cannot leave that directory. Names that are written differently but may be
/// one file (other case, other Unicode normal form) share a [`BundlePath::fold_key`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BundlePath(String);

impl BundlePath {
    /// Reads a path; the list of what is refused is reference and test alike (see the tests below).
    ///
    /// # Errors
    /// `path_unsafe`, naming the rule.
    pub fn parse(text: &str) -> Result<BundlePath, Error> {
        match broken_rule(text) {
            None => Ok(BundlePath(text.to_owned())),
            Some(rule) => Err(PathFault {
                path: text.chars().take(80).collect(),
                rule,
            }
            .into()),
        }
    }

    /// The path as it is written in checksum.json, with `/` between its components.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The components in order; at least one.
    pub fn components(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.0.split('/')
    }

    /// The directories above the file, outermost first: `a/b/c.js` has `a` and `a/b`.
    pub fn parents(&self) -> impl Iterator<Item = &str> {
        self.0.match_indices('/').filter_map(|(end, _)| self.0.get(..end))
    }

    /// A key that two paths share if some file system may take them for the same file.
    pub fn fold_key(&self) -> String {
        fold(&self.0)
    }
}

/// The lower case of the upper case of the NFD: that also joins `ß` and `SS`, and the three sigmas, as
/// case-insensitive APFS does. What comes out is in NFD again (see the tests), so it needs no second pass.
///
/// An archive may hold megabytes of names, so this stays linear and cheap: three look-ups a character.
pub(crate) fn fold(text: &str) -> String {
    // The same, and much quicker.
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let mut key = String::with_capacity(text.len());
    for (_, _, character) in nfd(text) {
        if character.is_ascii() {
            key.push(character.to_ascii_lowercase());
        } else {
            key.extend(character.to_uppercase().flat_map(char::to_lowercase));
        }
    }
    key
}

/// A character of a decomposed text: its combining class, its place before marks were put in order, itself.
type Placed = (u8, usize, char);

/// Unicode's canonical decomposition (NFD, UAX #15): marks behind a character stand in the order of their classes, those of
/// one class as they came. The crate's own iterator can do the compatibility forms too, and brings 62 kB of data for them.
fn nfd(text: &str) -> Vec<Placed> {
    let mut plain: Vec<Placed> = Vec::with_capacity(text.len());
    for character in text.chars() {
        decompose_canonical(character, |part| {
            plain.push((canonical_combining_class(part), plain.len(), part));
        });
    }
    for marks in plain.chunk_by_mut(|one, other| one.0 != 0 && other.0 != 0) {
        marks.sort_unstable();
    }
    plain
}

impl FromStr for BundlePath {
    type Err = Error;

    /// # Errors
    /// As [`BundlePath::parse`].
    fn from_str(text: &str) -> Result<BundlePath, Error> {
        BundlePath::parse(text)
    }
}

impl fmt::Display for BundlePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

serde_as_text!(BundlePath);

fn broken_rule(text: &str) -> Option<&'static str> {
    if text.is_empty() {
        return Some("it is empty");
    }
    if text.len() > limits::PATH_BYTES {
        return Some("it is longer than 768 bytes");
    }
    if text.chars().any(char::is_control) {
        return Some("it holds a control character");
    }
    if text.contains('\\') {
        return Some("it holds a backslash");
    }
    if text.contains(':') {
        return Some("it holds a colon");
    }
    if text.starts_with('/') {
        return Some("it is absolute");
    }
    text.split('/').find_map(broken_component_rule)
}

fn broken_component_rule(component: &str) -> Option<&'static str> {
    if component.is_empty() {
        return Some("it has an empty component");
    }
    if component.len() > limits::PATH_COMPONENT_BYTES {
        return Some("it has a component longer than 255 bytes");
    }
    if component == "." || component == ".." {
        return Some("it has a `.` or `..` component");
    }
    if component.ends_with(['.', ' ']) {
        return Some("it has a component that ends in a dot or space");
    }
    if is_windows_device(component) {
        return Some("it has the name of a Windows device");
    }
    compatibility_form_rule(component)
}

/// Full-width slashes, one-character ellipses and the like turn into separators and dots where software
/// applies compatibility normalisation (NFKD) to file names. The few characters are listed here, and held against
/// Unicode's data by a test: the data itself is 62 kB in the library.
fn compatibility_form_rule(component: &str) -> Option<&'static str> {
    if component.is_ascii() {
        return None;
    }
    let mut dots = component.chars().map(dots_of);
    let becomes_dots = dots.try_fold(0, |sum, more| Some(sum + more?));
    let becomes_dots = becomes_dots.is_some_and(|dots: usize| dots <= 2);
    (becomes_dots || component.chars().any(holds_separator))
        .then_some("it turns into another path under Unicode compatibility forms")
}

/// How many dots a character becomes, if it becomes dots alone. Three are a name like any other.
fn dots_of(character: char) -> Option<usize> {
    match character {
        '.' | '\u{2024}' | '\u{fe52}' | '\u{ff0e}' => Some(1),
        '\u{2025}' | '\u{fe30}' => Some(2),
        _ => None,
    }
}

/// Whether a character becomes, or holds, a `/`, `\` or `:`.
fn holds_separator(character: char) -> bool {
    matches!(
        character,
        '\u{2100}'
            | '\u{2101}'
            | '\u{2105}'
            | '\u{2106}'
            | '\u{2a74}'
            | '\u{fe13}'
            | '\u{fe55}'
            | '\u{fe68}'
            | '\u{ff0f}'
            | '\u{ff1a}'
            | '\u{ff3c}'
    )
}

/// `CON`, `nul.txt`, `COM1` and their like, whatever their extension.
fn is_windows_device(component: &str) -> bool {
    let stem = component.split('.').next().unwrap_or(component).trim_end();
    let devices = ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"];
    devices.iter().any(|device| stem.eq_ignore_ascii_case(device)) || is_windows_port(stem)
}

fn is_windows_port(stem: &str) -> bool {
    let Some((port, number)) = stem.split_at_checked(3) else {
        return false;
    };
    ["COM", "LPT"].iter().any(|name| port.eq_ignore_ascii_case(name))
        && number.chars().count() == 1
        && number.chars().all(|digit| "123456789¹²³".contains(digit))
}

#[cfg(test)]
mod tests {
    use unicode_normalization::UnicodeNormalization as _;

    use super::*;
    use crate::Code;

    #[test]
    fn ordinary_paths_are_accepted() {
        for text in [
            "index.html",
            "assets/index-4f2a.js",
            ".well-known/apple-app-site-association",
            "a/b/c/d/e.txt",
            "..a/b..c/...d",
            "über/日本語.svg",
            "routes/[slug]+page.js",
            "with space/and 'quote'.css",
            "console/nullable/com10/comma",
            "x@2x~ipad.png",
        ] {
            assert_eq!(BundlePath::parse(text).unwrap().as_str(), text);
        }
    }

    #[test]
    fn paths_that_may_leave_the_bundle_are_refused() {
        for text in [
            "../x",
            "a/../../x",
            "a/..",
            "..",
            ".",
            "./a",
            "a/./b",
            "/etc/passwd",
            "//server/share",
            "a//b",
            "a/",
            "/",
            "\\\\server\\share",
            "..\\x",
            "a\\b",
            "C:\\x",
            "C:x",
            "c:/x",
            "file.txt:stream",
            "‥/x",
            "．．/x",
            "a／b",
            "a＼b",
            "Ｃ：x",
        ] {
            let refused = BundlePath::parse(text).unwrap_err();
            assert_eq!(refused.code(), Code::PathUnsafe, "{text:?}");
        }
    }

    #[test]
    fn names_that_differ_between_systems_are_refused() {
        let long = "a".repeat(256);
        let deep = "abcdefg/".repeat(100) + "x";
        for text in [
            "",
            "a\0b",
            "a\nb",
            "a\u{7f}",
            "a\u{85}b",
            "a.",
            "a ",
            "dir./x",
            "dir /x",
            "CON",
            "nul",
            "aux.js",
            "a/COM1.txt",
            "lpt9",
            "COM¹",
            "con .txt",
            &long,
            &deep,
        ] {
            assert!(BundlePath::parse(text).is_err(), "{text:?}");
        }
        assert!(BundlePath::parse(&"a".repeat(255)).is_ok());
    }

    /// No character composes with a dot or a separator, so the decomposition tells of the composed form too.
    #[test]
    fn the_characters_that_become_dots_or_separators_are_those_of_unicode() {
        let mut found = [0, 0];
        for character in '\u{80}'..=char::MAX {
            let plain: String = character.nfkd().collect();
            let separates = plain.contains(['/', '\\', ':']);
            assert_eq!(holds_separator(character), separates, "{character:?}");
            let dots = plain.chars().all(|plain| plain == '.').then_some(plain.len());
            assert_eq!(
                dots_of(character),
                dots.filter(|dots| *dots <= 2),
                "{character:?}"
            );
            found[0] += usize::from(separates);
            found[1] += usize::from(dots.is_some());
        }
        assert_eq!(found, [11, 7]);
        for (text, accepted) in [("．․", false), ("．．．", true), ("．‥", true), ("．a", true)] {
            assert_eq!(BundlePath::parse(text).is_ok(), accepted, "{text}");
        }
    }

    #[test]
    fn twins_share_a_fold_key() {
        let key = |text: &str| BundlePath::parse(text).unwrap().fold_key();
        for (one, other) in [
            ("Index.html", "index.HTML"),
            ("caf\u{e9}.js", "cafe\u{301}.js"),
            ("STRASSE.txt", "straße.txt"),
            ("\u{212a}.js", "k.js"),
            ("ΟΔΟΣ.js", "οδος.js"),
        ] {
            assert_eq!(key(one), key(other));
        }
        assert_ne!(key("a.js"), key("b.js"));
    }

    #[test]
    fn decomposed_as_unicode_says() {
        let nfd = |text: &str| nfd(text).into_iter().map(|(_, _, part)| part).collect::<String>();
        let every: String = ('\u{80}'..=char::MAX).collect();
        assert_eq!(nfd(&every), every.nfd().collect::<String>());
        // Marks of several classes, in every order of four.
        let marks = [
            '\u{301}', '\u{323}', '\u{327}', '\u{345}', '\u{300}', 'a', '\u{ac00}', '\u{1fb4}',
        ];
        for number in 0..8_usize.pow(4) {
            let text: String = (0..4).map(|place| marks[number >> (3 * place) & 7]).collect();
            assert_eq!(nfd(&text), text.nfd().collect::<String>(), "{text:?}");
        }
    }

    /// What lets the fold end without a second normalisation: no character of the NFD folds to one that
    /// decomposes, and no mark to one that another mark would have to change places with.
    #[test]
    fn a_folded_text_is_in_nfd() {
        let class = canonical_combining_class;
        let mut folded = 0;
        // Above are ideographs, tags and private use: nothing that has a case.
        for plain in ('\0'..='\u{1ffff}').nfd() {
            let key = || plain.to_uppercase().flat_map(char::to_lowercase);
            if key().eq([plain]) {
                continue;
            }
            assert!(key().nfd().eq(key()), "{plain:?}");
            // U+0345, of the highest class, folds to a letter: it stays behind all marks.
            let stays = key().all(|folded| class(folded) == class(plain));
            assert!(stays || plain == '\u{345}', "{plain:?}");
            folded += 1;
        }
        assert!(folded > 1000);
        assert_eq!(fold("\u{3b1}\u{345}\u{301}"), fold("\u{1fb4}"));
    }

    #[test]
    fn parents_are_the_directories_above() {
        let path = BundlePath::parse("a/b/c.js").unwrap();
        assert_eq!(path.parents().collect::<Vec<_>>(), ["a", "a/b"]);
        assert_eq!(path.components().collect::<Vec<_>>(), ["a", "b", "c.js"]);
        assert_eq!(BundlePath::parse("c.js").unwrap().parents().count(), 0);
    }
}
