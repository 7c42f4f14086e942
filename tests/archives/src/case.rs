//! One attack: an archive, what is signed beside it, and how a device must answer.

use airlock_protocol::Code;

use crate::description::{File, of_entries};
use crate::zip::Zip;

/// One archive of the table.
pub struct Case {
    /// The class of attack, in the words of docs/threat-model.md.
    pub class: &'static str,
    /// Unique in the table.
    pub name: String,
    build: Box<dyn Fn() -> Forged + Send + Sync>,
    /// How a device answers when the sound bundle's description is signed beside it.
    pub beside_sound: Verdict,
    /// How it answers when a description is signed that says what the archive says.
    pub as_described: Verdict,
    /// Words of the refusal that name the rule; empty for what is not refused.
    pub reason: &'static str,
    /// The same beside the sound bundle's description, where a difference from it may be found first.
    pub reason_beside_sound: &'static str,
}

/// What a device makes of a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is refused with this code.
    Refused(Code),
    /// Harmless as it is: it installs, byte for byte as described.
    Installs,
}

/// An archive and what is true of it.
#[derive(Clone)]
pub struct Forged {
    /// The archive.
    pub bytes: Vec<u8>,
    /// What a reader that trusts its directory finds.
    pub files: Vec<File>,
    /// Sum of the sizes in its directory, in bytes.
    pub declared: u64,
}

impl Case {
    /// An archive that breaks a rule of the profile: refused whatever is signed beside it.
    pub fn refused(
        class: &'static str,
        name: impl Into<String>,
        code: Code,
        reason: &'static str,
        build: impl Fn() -> Zip + Send + Sync + 'static,
    ) -> Self {
        Self::forged(class, name, code, reason, move || Forged::from(build()))
    }

    /// The same for an archive that is more than its entries.
    pub fn forged(
        class: &'static str,
        name: impl Into<String>,
        code: Code,
        reason: &'static str,
        build: impl Fn() -> Forged + Send + Sync + 'static,
    ) -> Self {
        Self {
            class,
            name: name.into(),
            build: Box::new(build),
            beside_sound: Verdict::Refused(code),
            as_described: Verdict::Refused(code),
            reason,
            reason_beside_sound: reason,
        }
    }

    /// An honest archive of another bundle than the signed one: refused beside the sound description,
    /// installed beside its own.
    pub fn unlike(
        class: &'static str,
        name: impl Into<String>,
        code: Code,
        reason: &'static str,
        build: impl Fn() -> Zip + Send + Sync + 'static,
    ) -> Self {
        Self {
            as_described: Verdict::Installs,
            ..Self::refused(class, name, code, reason, build)
        }
    }

    /// An archive that looks dangerous and is not: it holds the sound bundle and installs.
    pub fn harmless(
        class: &'static str,
        name: impl Into<String>,
        build: impl Fn() -> Zip + Send + Sync + 'static,
    ) -> Self {
        Self {
            class,
            name: name.into(),
            build: Box::new(move || Forged::from(build())),
            beside_sound: Verdict::Installs,
            as_described: Verdict::Installs,
            reason: "",
            reason_beside_sound: "",
        }
    }

    /// The description that says what the archive says is itself refused, with this code.
    #[must_use]
    pub fn described(mut self, code: Code) -> Self {
        self.as_described = Verdict::Refused(code);
        self
    }

    /// Beside the sound bundle's description the archive is refused for being another bundle, before its
    /// data is looked at.
    #[must_use]
    pub fn in_its_data(mut self) -> Self {
        self.reason_beside_sound = "checksum.json";
        self
    }

    /// Builds the archive; the same each time.
    pub fn build(&self) -> Forged {
        (self.build)()
    }
}

impl From<Zip> for Forged {
    fn from(zip: Zip) -> Self {
        Self {
            bytes: zip.bytes(),
            files: of_entries(&zip),
            declared: zip.declared(),
        }
    }
}

impl Forged {
    /// An archive that is not built from entries; described as the sound bundle.
    pub fn of_bytes(bytes: Vec<u8>) -> Self {
        Self {
            bytes,
            ..Self::from(Zip::honest())
        }
    }
}
