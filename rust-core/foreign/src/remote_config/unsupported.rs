//! What a remote configuration may hold and Airlock does not do: Authenticode, registry and file detection, how an
//! installer is run. Its shape is checked, its presence is reported, and nothing of it is obeyed.

use std::collections::BTreeSet;

use super::fields::Fields;
use crate::error::{Error, Result};

/// The shape of a value that is not used. A word outside its list is a mistake in the document that Vicius lets
/// pass (a misspelt policy is the lax one there), so it is refused.
#[derive(Clone, Copy)]
enum Shape {
    Text,
    Flag,
    Object,
    Word(&'static [&'static str]),
    /// An object whose values are such words.
    Words(&'static [&'static str]),
}

/// Fields by the name they are reported under, `place` and a dot before it.
pub(super) struct Table {
    place: &'static str,
    fields: &'static [(&'static str, Shape)],
}

const POLICIES: &[&str] = &["Relaxed", "Strict"];
const STRATEGIES: &[&str] = &["FromUpdaterBinary", "FromConfiguration"];
const DISPOSITIONS: &[&str] = &["CreateIfAbsent", "CreateOrReplace", "DeleteIfPresent"];

pub(super) const RELEASE: Table = Table {
    place: "releases[].",
    fields: &[
        ("launchArguments", Shape::Text),
        ("exitCode", Shape::Object),
        ("signature", Shape::Object),
        ("signaturePolicy", Shape::Word(POLICIES)),
        ("signatureStrategy", Shape::Word(STRATEGIES)),
        ("zipExtractDefaultFileDisposition", Shape::Word(DISPOSITIONS)),
        ("zipExtractFileDispositionOverrides", Shape::Words(DISPOSITIONS)),
        ("runAsAdmin", Shape::Flag),
    ],
};

pub(super) const INSTANCE: Table = Table {
    place: "instance.",
    fields: &[("exitCode", Shape::Object), ("runAsAdmin", Shape::Flag)],
};

pub(super) const SHARED: Table = Table {
    place: "shared.",
    fields: &[
        ("windowTitle", Shape::Text),
        ("productName", Shape::Text),
        (
            "detectionMethod",
            Shape::Word(&[
                "RegistryValue",
                "FileVersion",
                "FileSize",
                "FileChecksum",
                "CustomExpression",
                "FixedVersion",
            ]),
        ),
        ("detection", Shape::Object),
        ("installationErrorUrl", Shape::Text),
        ("downloadLocation", Shape::Object),
        ("runAsTemporaryCopy", Shape::Flag),
        (
            "signatureVerificationMode",
            Shape::Word(&["Disabled", "WhenPresent", "Required"]),
        ),
        ("signaturePolicy", Shape::Word(POLICIES)),
        ("signatureStrategy", Shape::Word(STRATEGIES)),
        ("signatureConfig", Shape::Object),
        ("hideRemindButton", Shape::Flag),
        ("iconBase64", Shape::Text),
        ("productBusyDetection", Shape::Object),
    ],
};

/// Checks the fields of `table` and notes the ones that are there.
pub(super) fn note(fields: &Fields<'_>, table: &Table, ignored: &mut BTreeSet<String>) -> Result<()> {
    for (key, shape) in table.fields {
        if fields.value(key).is_none() {
            continue;
        }
        check(fields, key, *shape)?;
        ignored.insert(format!("{}{key}", table.place));
    }
    Ok(())
}

fn check(fields: &Fields<'_>, key: &str, shape: Shape) -> Result<()> {
    match shape {
        Shape::Text => fields.text(key, usize::MAX).map(drop),
        Shape::Flag => fields.flag(key).map(drop),
        Shape::Object => fields.object(key).map(drop),
        Shape::Word(words) => match fields.text(key, usize::MAX)? {
            Some(word) if !words.contains(&word) => Err(unknown(fields, key, words)),
            _ => Ok(()),
        },
        Shape::Words(words) => {
            let map = fields.value(key).and_then(|value| value.as_object());
            let map = map.ok_or_else(|| fields.fault(key, "must be an object"))?;
            match map
                .values()
                .all(|value| value.as_str().is_some_and(|word| words.contains(&word)))
            {
                true => Ok(()),
                false => Err(unknown(fields, key, words)),
            }
        }
    }
}

fn unknown(fields: &Fields<'_>, key: &str, words: &[&str]) -> Error {
    fields.fault(
        key,
        format_args!("must be one of {}; the case counts", words.join(", ")),
    )
}
