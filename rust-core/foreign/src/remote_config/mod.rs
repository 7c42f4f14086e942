//! The remote configuration of Vicius: which releases there are, and which one is to be installed.
//!
//! [`Trust::accept`] lets verified bytes through, [`RemoteConfig::parse`] reads them, [`Counter::advance`] refuses
//! an older document, [`RemoteConfig::select`] names the release. Unknown keys are ignored, and absent is null.
//! Where Vicius goes on after a mistake (an unknown word, a checksum without its algorithm, a counter that is gone)
//! this reader refuses; docs/protocol.md lists the differences.

mod counter;
mod fields;
mod instance;
pub mod limits;
mod release;
mod trust;
mod unsupported;
mod url;
mod version;

use std::collections::BTreeSet;

use airlock_protocol::json;

use crate::error::{RemoteConfigFault, Result};
use fields::Fields;
use instance::Instance;

pub use counter::Counter;
pub use instance::{Links, UpdaterRelease, Updates};
pub use release::Release;
pub use trust::{Accepted, Trust};
pub use url::{DownloadUrl, Link, PlainHttp};
pub use version::Version;

/// A remote configuration whose every rule holds.
#[derive(Debug, Clone)]
pub struct RemoteConfig {
    instance: Instance,
    /// Without the disabled ones, the newest first.
    releases: Vec<Release>,
    manifest_version: Option<u64>,
    ignored: BTreeSet<String>,
}

/// Which release is to be installed.
#[derive(Debug, Clone, Copy)]
pub enum Selection<'a> {
    /// The author has stopped all updates.
    Disabled,
    /// The newest release is not newer than what is installed.
    UpToDate(&'a Release),
    /// The newest release is newer.
    Outdated(&'a Release),
    /// There is no release, or all are disabled.
    Empty,
}

impl RemoteConfig {
    /// Reads a document. `plain` says whether its addresses may be plain http on this machine.
    ///
    /// # Errors
    /// `response_unusable` for what is not strict JSON of at most [`limits::CONFIG_BYTES`], for a known field of a
    /// wrong type or beyond its cap, for an unknown word where words are listed, for a checksum that is not whole,
    /// and for any address to download from that is not https: then nothing of the document counts.
    pub fn parse(document: &Accepted<'_>, plain: PlainHttp) -> Result<RemoteConfig> {
        let body = document.body();
        if json::first_byte(body) == Some(b'<') {
            let portal = "it is a web page and not JSON; a captive portal, or a wrong address";
            return Err(RemoteConfigFault::unusable(portal).into());
        }
        let value = json::parse(body, limits::CONFIG_BYTES).map_err(RemoteConfigFault::unusable)?;
        let root = Fields::root(&value)?;
        let mut ignored = BTreeSet::new();
        if let Some(shared) = root.object("shared")? {
            unsupported::note(&shared, &unsupported::SHARED, &mut ignored)?;
        }
        let instance = match root.object("instance")? {
            Some(fields) => Instance::read(&fields, plain, &mut ignored)?,
            None => Instance::default(),
        };
        let mut releases = Vec::new();
        for fields in root.objects("releases", limits::RELEASES_MAX)? {
            releases.push(Release::read(&fields, plain, &mut ignored)?);
        }
        releases.retain(|release| !release.disabled);
        // Stable: of two equal versions the first in the document wins.
        releases.sort_by(|one, two| two.version.cmp(&one.version));
        Ok(RemoteConfig {
            instance,
            releases,
            manifest_version: root.number("manifestVersion")?,
            ignored,
        })
    }

    /// Whether `installed` is older than the newest release that is not disabled. Nothing installed, or a version
    /// that cannot be read, is older than any: an installation that has lost its version is mended by an update.
    pub fn select(&self, installed: Option<&Version>) -> Selection<'_> {
        let Some(newest) = self.releases.first() else {
            return match self.instance.updates {
                Updates::Disabled => Selection::Disabled,
                Updates::Enabled => Selection::Empty,
            };
        };
        let installed = installed.filter(|version| version.is_readable());
        let outdated = installed.is_none_or(|installed| newest.compared_version() > installed);
        match (self.instance.updates, outdated) {
            (Updates::Disabled, _) => Selection::Disabled,
            (Updates::Enabled, true) => Selection::Outdated(newest),
            (Updates::Enabled, false) => Selection::UpToDate(newest),
        }
    }

    /// The releases that are not disabled, the newest first.
    pub fn releases(&self) -> &[Release] {
        &self.releases
    }

    /// Whether the author has stopped all updates, of the updater too.
    pub fn updates(&self) -> Updates {
        self.instance.updates
    }

    /// The newest updater, if the document names one.
    pub fn updater(&self) -> Option<&UpdaterRelease> {
        self.instance.updater.as_ref()
    }

    /// Pages for people.
    pub fn links(&self) -> &Links {
        &self.instance.links
    }

    /// What [`Counter::advance`] judges.
    pub fn manifest_version(&self) -> Option<u64> {
        self.manifest_version
    }

    /// The fields that the document has and Airlock does not obey, each once, for example
    /// `releases[].launchArguments`. To be told to whoever wonders.
    pub fn ignored(&self) -> impl Iterator<Item = &str> {
        self.ignored.iter().map(String::as_str)
    }
}
