//! As many and as long names as there may be, and letters that are work: what grows when it is folded or
//! brought into a normal form.

use airlock_protocol::Code::ArchiveUnsafe;

use crate::case::{Case, Forged};
use crate::zip::{Entry, Zip};

const CLASS: &str = "very many entries";
const ANOTHER: &str = "not in checksum.json";
const LONGER: &str = "names are longer";

pub(super) fn cases() -> Vec<Case> {
    [long(), unicode_names()].into_iter().flatten().collect()
}

fn long() -> Vec<Case> {
    vec![
        Case::unlike(
            CLASS,
            "20,000 files with long names",
            ArchiveUnsafe,
            ANOTHER,
            || long_names(19_998, 240),
        ),
        Case::unlike(
            CLASS,
            "9,000 files with the longest names",
            ArchiveUnsafe,
            ANOTHER,
            || long_names(9_000, 768),
        ),
        Case::forged(
            CLASS,
            "20,000 files with the longest names",
            ArchiveUnsafe,
            LONGER,
            || Forged::of_bytes(long_names(19_998, 768).bytes()),
        ),
        Case::forged(
            CLASS,
            "40,000 files with the longest names",
            ArchiveUnsafe,
            LONGER,
            || Forged::of_bytes(long_names(40_000, 768).bytes()),
        ),
    ]
}

/// Names that grow when they are folded, or in a normal form: the work, and the memory, behind a name.
fn unicode_names() -> Vec<Case> {
    let letters = [
        (9_000, "a letter that folds to three", '\u{390}'),
        (3_000, "a ligature that folds to three", '\u{fb03}'),
        (3_000, "a letter of eighteen in compatibility forms", '\u{fdfa}'),
        (3_000, "marks that have to be sorted", '\u{301}'),
    ];
    let mut cases = Vec::new();
    for (count, name, letter) in letters {
        cases.push(Case::unlike(
            CLASS,
            format!("{count} of the longest names in {name}"),
            ArchiveUnsafe,
            ANOTHER,
            move || unicode_zip(count, letter),
        ));
    }
    cases.push(Case::forged(
        CLASS,
        "20,000 of the longest names that grow",
        ArchiveUnsafe,
        LONGER,
        || Forged::of_bytes(unicode_zip(19_998, '\u{390}').bytes()),
    ));
    cases
}

/// Files whose names have nearly 768 bytes, of one letter; for marks, of two kinds by turns.
fn unicode_zip(count: usize, letter: char) -> Zip {
    let pair = match letter {
        '\u{301}' => "\u{301}\u{323}".to_owned(),
        letter => String::from_iter([letter; 2]),
    };
    let component = |bytes: usize| pair.repeat(bytes / pair.len());
    let directories = format!("{0}/{0}/", component(250));
    Zip::changed(|zip| {
        zip.entries.extend(
            (0..count).map(|index| Entry::stored(format!("{directories}{index:07}{}", component(240)), b"")),
        );
    })
}

/// Files with names of this many bytes, all in one directory.
fn long_names(count: usize, bytes: usize) -> Zip {
    let directory = ("d".repeat(200) + "/").repeat(bytes.saturating_sub(60) / 201);
    let letters = "x".repeat(bytes - directory.len() - 7);
    Zip::changed(|zip| {
        zip.entries
            .extend((0..count).map(|index| Entry::stored(format!("{directory}{index:07}{letters}"), b"")));
    })
}
