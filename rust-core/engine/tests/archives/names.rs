//! Names that leave the bundle, mean different files on different devices, or are two files at once.

use airlock_protocol::Code::{ArchiveUnsafe, PathUnsafe};

use crate::support::{Entry, Signature, Zip, accept, refuse};

fn refuse_name(name: &str, reason: &str) {
    for entry in [
        Entry::stored(name, b"evil"),
        Entry::deflated(name, b"evil").streamed(Signature::With),
    ] {
        refuse(&Zip::with(entry), PathUnsafe, reason);
    }
}

fn refuse_twins(one: &str, other: &str, reason: &str) {
    for (first, second) in [(one, other), (other, one)] {
        let zip = Zip::of([Entry::stored(first, b"first"), Entry::stored(second, b"second")]);
        refuse(&zip, ArchiveUnsafe, reason);
    }
}

#[test]
fn names_that_go_up_are_refused() {
    for name in [
        "../evil.js",
        "assets/../../evil.js",
        "..",
        "assets/..",
        "a/../index.html",
    ] {
        refuse_name(name, "`.` or `..`");
    }
    let directory = Entry::directory("../");
    refuse(&Zip::with(directory), PathUnsafe, "`.` or `..`");
}

#[test]
fn absolute_names_are_refused() {
    for name in ["/evil.js", "//server/share/evil.js"] {
        refuse_name(name, "it is absolute");
    }
    refuse(&Zip::with(Entry::directory("/")), PathUnsafe, "it is empty");
    refuse(
        &Zip::with(Entry::directory("/etc/")),
        PathUnsafe,
        "it is absolute",
    );
}

#[test]
fn windows_paths_are_refused() {
    for name in [
        "..\\evil.js",
        "a\\..\\..\\evil.js",
        "\\\\server\\share",
        "C:\\evil.js",
        "\\evil.js",
    ] {
        refuse_name(name, "backslash");
    }
    for name in ["C:evil.js", "c:/evil.js", "evil.js:stream"] {
        refuse_name(name, "colon");
    }
}

#[test]
fn control_characters_are_refused() {
    for name in [
        "index.html\0.js",
        "\0",
        "a\nb",
        "a\rb",
        "a\u{1b}[2Jb",
        "a\u{7f}",
        "a\u{85}b",
    ] {
        refuse_name(name, "control character");
    }
}

#[test]
fn empty_names_and_components_are_refused() {
    refuse(&Zip::with(Entry::stored("", b"evil")), PathUnsafe, "it is empty");
    refuse_name("a//b", "empty component");
    refuse(&Zip::with(Entry::directory("a//")), PathUnsafe, "empty component");
    for name in ["./index.html", "a/./b", "."] {
        refuse_name(name, "`.` or `..`");
    }
}

#[test]
fn names_that_windows_shortens_are_refused() {
    for name in ["evil.", "evil ", "dir./evil.js", "dir /evil.js"] {
        refuse_name(name, "ends in a dot or space");
    }
}

#[test]
fn names_of_devices_are_refused() {
    for name in [
        "CON",
        "nul",
        "aux.js",
        "assets/COM1.txt",
        "lpt9",
        "COM\u{b9}",
        "PRN.tar.gz",
    ] {
        refuse_name(name, "Windows device");
    }
}

#[test]
fn names_that_are_too_long_are_refused() {
    let component = "a".repeat(255);
    assert_eq!(accept(&Zip::with(Entry::stored(&component, b"long"))).len(), 3);
    refuse_name(&"a".repeat(256), "longer than 255 bytes");
    refuse_name(&"\u{e9}".repeat(128), "longer than 255 bytes");
    refuse_name(&("abcdefg/".repeat(96) + "x"), "longer than 768 bytes");
    refuse_name(&("a/".repeat(32_000) + "a"), "longer than 768 bytes");
}

#[test]
fn names_that_are_not_utf8_are_refused_whatever_the_flag_says() {
    // Latin-1, an overlong `/`, a surrogate, a cut sequence
    for name in [&b"caf\xe9.js"[..], b"a\xc0\xafb", b"\xed\xa0\x80", b"a\xe2\x82"] {
        for flags in [0, 1 << 11] {
            let entry = Entry::stored(name, b"evil").everywhere(|header| header.flags = flags);
            refuse(&Zip::with(entry), ArchiveUnsafe, "not utf-8");
        }
    }
}

#[test]
fn the_utf8_flag_must_be_there_where_it_matters() {
    // Without it the name means something else in code page 437.
    let name = "\u{fc}ber.txt";
    let flagged = Entry::stored(name, b"text");
    assert_eq!(accept(&Zip::with(flagged.clone()))[name], b"text");
    let unflagged = flagged.everywhere(|header| header.flags = 0);
    refuse(&Zip::with(unflagged), ArchiveUnsafe, "not declared to be utf-8");
    let needless = Entry::stored("plain.txt", b"text").everywhere(|header| header.flags = 1 << 11);
    assert_eq!(accept(&Zip::with(needless))["plain.txt"], b"text");
}

#[test]
fn names_that_become_paths_under_compatibility_forms_are_refused() {
    for name in [
        "\u{2025}/x",
        "\u{ff0e}\u{ff0e}/x",
        "a\u{ff0f}b",
        "a\u{ff3c}b",
        "\u{ff23}\u{ff1a}x",
    ] {
        refuse_name(name, "compatibility forms");
    }
}

#[test]
fn compatibility_twins_stay_two_files() {
    // No file system joins them, so neither replaces the other.
    let zip = Zip::of([
        Entry::stored("1.js", b"plain"),
        Entry::stored("\u{2460}.js", b"circled"),
    ]);
    let tree = accept(&zip);
    assert_eq!(
        (&tree["1.js"][..], &tree["\u{2460}.js"][..]),
        (&b"plain"[..], &b"circled"[..])
    );
}

#[test]
fn exact_duplicates_are_refused() {
    refuse_twins("index.html", "index.html", "two entries have one name");
    let directories = ["assets/", "assets/"].map(Entry::directory);
    let zip = Zip::changed(|zip| zip.entries.extend(directories));
    refuse(&zip, ArchiveUnsafe, "two entries have one name");
}

#[test]
fn case_twins_are_refused() {
    for (one, other) in [
        ("index.html", "INDEX.HTML"),
        ("stra\u{df}e.txt", "STRASSE.TXT"),
        ("k.js", "\u{212a}.js"),
        (
            "\u{3bf}\u{3b4}\u{3bf}\u{3c2}.js",
            "\u{39f}\u{394}\u{39f}\u{3a3}.js",
        ),
    ] {
        refuse_twins(one, other, "two entries have one name");
    }
}

#[test]
fn normal_form_twins_are_refused() {
    refuse_twins("caf\u{e9}.js", "cafe\u{301}.js", "two entries have one name");
    refuse_twins("\u{ac00}.js", "\u{1100}\u{1161}.js", "two entries have one name");
}

#[test]
fn directory_twins_are_refused() {
    refuse_twins("assets/a.js", "Assets/b.js", "two directories are one");
    refuse_twins("caf\u{e9}/a.js", "cafe\u{301}/b.js", "two directories are one");
    let zip = Zip::changed(|zip| zip.entries.push(Entry::directory("ASSETS/")));
    refuse(&zip, ArchiveUnsafe, "written in two ways");
}

#[test]
fn a_file_that_is_also_a_directory_is_refused() {
    refuse_twins("assets", "assets/app.js", "a file is also a directory");
    refuse_twins("Assets", "assets/app.js", "a file is also a directory");
    refuse_twins("a/b", "a/b/c/d", "a file is also a directory");
    let zip = Zip::of([Entry::stored("assets", b"file"), Entry::directory("assets/")]);
    refuse(&zip, ArchiveUnsafe, "a file is also a directory");
}

#[test]
fn our_own_files_appear_once_and_as_files() {
    for name in ["checksum.json", "checksum.json.sig"] {
        refuse_twins(name, name, "two entries have one name");
        refuse_twins(name, &name.to_uppercase(), "two entries have one name");
        refuse_twins(name, &format!("{name}/x"), "a file is also a directory");
    }
}

#[test]
fn unusual_names_that_are_safe_are_accepted() {
    for name in [
        ".well-known/apple-app-site-association",
        "..a/b..c/...d",
        "routes/[slug]+page.js",
        "with space/and 'quote'.css",
        "\u{65e5}\u{672c}\u{8a9e}.svg",
        "-rf",
        "~/x",
        "$HOME",
        "%2e%2e%2fevil.js",
    ] {
        assert_eq!(accept(&Zip::with(Entry::stored(name, b"fine")))[name], b"fine");
    }
}
