//! Percent-encoding (RFC 3986 section 2.1): role and target names may hold anything, URLs and file names not.

/// `text` as one path segment: everything but `A-Z a-z 0-9 - . _ ~` is encoded, `/` too.
///
/// The result is also a safe file name once `.json` is appended: it holds no separator, and role names are
/// bounded before they get here.
pub(super) fn segment(text: &str) -> String {
    text.bytes().fold(String::new(), |mut quoted, byte| {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                quoted.push(char::from(byte))
            }
            _ => quoted.push_str(&format!("%{byte:02X}")),
        }
        quoted
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_unreserved_characters_stay() {
        assert_eq!(segment("stable-1.0_x~y"), "stable-1.0_x~y");
        assert_eq!(segment("../a?b#c d"), "..%2Fa%3Fb%23c%20d");
        assert_eq!(segment("é\\\0%"), "%C3%A9%5C%00%25");
    }
}
