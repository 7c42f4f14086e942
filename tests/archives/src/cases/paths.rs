//! Names that leave the bundle, or mean different places on different devices.

use airlock_protocol::Code::{ArchiveUnsafe, PathUnsafe};

use crate::case::Case;
use crate::zip::{Entry, Zip, crc32, extra_field};

const EVIL: &[u8] = b"evil()";

/// (class, name of the case, name in the archive, words of the refusal)
const NAMES: &[(&str, &str, &str, &str)] = &[
    ("../", "parent", "../evil.js", "`.` or `..`"),
    (
        "../",
        "parent in the middle",
        "assets/../../evil.js",
        "`.` or `..`",
    ),
    (
        "../",
        "parent that stays inside",
        "assets/../evil.js",
        "`.` or `..`",
    ),
    ("../", "parent alone", "..", "`.` or `..`"),
    ("../", "parent at the end", "assets/..", "`.` or `..`"),
    ("../", "parent as a directory", "../", "`.` or `..`"),
    ("absolute", "absolute", "/tmp/airlock-evil.js", "it is absolute"),
    (
        "absolute",
        "absolute with two slashes",
        "//server/share/evil.js",
        "it is absolute",
    ),
    (
        "absolute",
        "absolute directory",
        "/tmp/airlock-evil/",
        "it is absolute",
    ),
    ("absolute", "root alone", "/", "it is empty"),
    ("drive", "drive", "C:\\evil.js", "backslash"),
    ("drive", "drive with a slash", "c:/evil.js", "colon"),
    ("drive", "drive-relative", "C:evil.js", "colon"),
    ("drive", "alternate data stream", "evil.js:stream", "colon"),
    ("unc", "unc path", "\\\\server\\share\\evil.js", "backslash"),
    ("backslash", "backslash traversal", "..\\evil.js", "backslash"),
    (
        "backslash",
        "backslash in the middle",
        "assets\\..\\..\\evil.js",
        "backslash",
    ),
    (
        "backslash",
        "backslash as a separator",
        "assets\\evil.js",
        "backslash",
    ),
    ("nul", "nul in a name", "evil.html\0.js", "control character"),
    ("nul", "nul alone", "\0", "control character"),
    (
        "control characters",
        "line feed",
        "evil\n.js",
        "control character",
    ),
    (
        "control characters",
        "carriage return",
        "evil\r.js",
        "control character",
    ),
    (
        "control characters",
        "escape sequence",
        "evil\u{1b}[2J.js",
        "control character",
    ),
    ("control characters", "delete", "evil\u{7f}", "control character"),
    (
        "control characters",
        "c1 control",
        "evil\u{85}.js",
        "control character",
    ),
    ("empty name", "empty name", "", "it is empty"),
    ("empty components", "dot component", "./evil.js", "`.` or `..`"),
    (
        "empty components",
        "dot in the middle",
        "assets/./evil.js",
        "`.` or `..`",
    ),
    ("empty components", "dot alone", ".", "`.` or `..`"),
    (
        "empty components",
        "empty component",
        "assets//evil.js",
        "empty component",
    ),
    (
        "empty components",
        "empty component at the end",
        "assets//",
        "empty component",
    ),
    (
        "trailing dot or space",
        "trailing dot",
        "evil.",
        "ends in a dot or space",
    ),
    (
        "trailing dot or space",
        "trailing space",
        "evil ",
        "ends in a dot or space",
    ),
    (
        "trailing dot or space",
        "directory with a trailing dot",
        "dir./evil.js",
        "ends in a dot or space",
    ),
    ("device names", "con", "CON", "Windows device"),
    ("device names", "nul device", "assets/nul.txt", "Windows device"),
    ("device names", "com1", "COM1.tar.gz", "Windows device"),
    (
        "device names",
        "com superscript one",
        "COM\u{b9}",
        "Windows device",
    ),
    (
        "compatibility forms",
        "two dots in one character",
        "\u{2025}/evil.js",
        "compatibility forms",
    ),
    (
        "compatibility forms",
        "full-width dots",
        "\u{ff0e}\u{ff0e}/evil.js",
        "compatibility forms",
    ),
    (
        "compatibility forms",
        "full-width slash",
        "..\u{ff0f}evil.js",
        "compatibility forms",
    ),
    (
        "compatibility forms",
        "full-width backslash",
        "a\u{ff3c}evil.js",
        "compatibility forms",
    ),
    (
        "compatibility forms",
        "full-width colon",
        "\u{ff23}\u{ff1a}evil.js",
        "compatibility forms",
    ),
];

/// (name of the case, name in the archive): no UTF-8, whatever the flag says.
const NOT_UTF8: &[(&str, &[u8])] = &[
    ("latin-1", b"caf\xe9.js"),
    ("overlong slash", b"..\xc0\xafevil.js"),
    ("surrogate", b"\xed\xa0\x80.js"),
    ("cut sequence", b"evil\xe2\x82"),
];

pub(super) fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = NAMES
        .iter()
        .map(|&(class, name, text, reason)| {
            Case::refused(class, name, PathUnsafe, reason, move || Zip::with(entry(text)))
        })
        .collect();
    // A directory is not described, so there the archive is all that can be at fault.
    cases.extend(long_names());
    for &(name, bytes) in NOT_UTF8 {
        for (flag, flags) in [("declared to be utf-8", 1 << 11), ("undeclared", 0)] {
            let zip = move || Zip::with(Entry::stored(bytes, EVIL).everywhere(|header| header.flags = flags));
            let name = format!("{name}, {flag}");
            cases.push(Case::refused("not utf-8", name, ArchiveUnsafe, "not utf-8", zip));
        }
    }
    cases.push(Case::refused(
        "utf-8 flag lies",
        "utf-8 that is not declared",
        ArchiveUnsafe,
        "not declared to be utf-8",
        || Zip::with(Entry::stored("\u{fc}ber.js", EVIL).everywhere(|header| header.flags = 0)),
    ));
    cases.extend(unicode_paths());
    cases
}

fn entry(name: &'static str) -> Entry {
    match name.ends_with('/') {
        true => Entry::directory(name),
        false => Entry::deflated(name, EVIL),
    }
}

fn long_names() -> Vec<Case> {
    let long = |name: &'static str, text: String, reason| {
        let class = "long names";
        Case::refused(class, name, PathUnsafe, reason, move || {
            Zip::with(Entry::stored(&text, EVIL))
        })
    };
    vec![
        long("component of 256 bytes", "a".repeat(256), "longer than 255 bytes"),
        long(
            "component of 128 two-byte letters",
            "\u{e9}".repeat(128),
            "longer than 255 bytes",
        ),
        long(
            "path of 769 bytes",
            "abcdefg/".repeat(96) + "x",
            "longer than 768 bytes",
        ),
        long(
            "path of 4,097 bytes",
            "a/".repeat(2048) + "x",
            "longer than 768 bytes",
        ),
        long(
            "path of 64 KiB",
            "a/".repeat(32_000) + "x",
            "longer than 768 bytes",
        ),
    ]
}

/// A second name in an extra field (0x7075): some readers take it, some do not.
fn unicode_paths() -> Vec<Case> {
    let mut cases = Vec::new();
    let names = [
        ("another file", "index.html"),
        ("a path that goes up", "../evil.js"),
        ("nothing", ""),
    ];
    for (what, other) in names {
        for central in [true, false] {
            let zip = move || {
                let fixed = [&[1], crc32(b"evil.js").to_le_bytes().as_slice()].concat();
                let extra = extra_field(0x7075, &[&fixed, other.as_bytes()].concat());
                let entry = Entry::stored("evil.js", EVIL);
                Zip::with(match central {
                    true => entry.centrally(|header| header.extra = extra),
                    false => entry.locally(|header| header.extra = extra),
                })
            };
            let place = if central { "directory" } else { "entry" };
            let name = format!("unicode path of {what}, in the {place}");
            cases.push(Case::refused(
                "unicode path field",
                name,
                ArchiveUnsafe,
                "a second name",
                zip,
            ));
        }
    }
    cases
}
