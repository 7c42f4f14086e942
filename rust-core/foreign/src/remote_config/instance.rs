//! `instance`: what holds for all releases, and the updater itself.

use std::collections::BTreeSet;

use airlock_protocol::Checksum;

use super::fields::Fields;
use super::release::checksum;
use super::url::{DownloadUrl, Link, PlainHttp};
use super::version::Version;
use super::{limits, unsupported};
use crate::error::Result;

/// Whether the author has stopped all updates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Updates {
    /// Releases are offered.
    #[default]
    Enabled,
    /// `updatesDisabled`: nothing is to be done even if there is something newer.
    Disabled,
}

/// The newest version of the updater itself.
#[derive(Debug, Clone)]
pub struct UpdaterRelease {
    /// Its version.
    pub version: Version,
    /// Where its binary lies, if the document says so.
    pub url: Option<DownloadUrl>,
    /// What the binary must hash to, if the document says so.
    pub checksum: Option<Checksum>,
}

/// Pages for people. Airlock opens none of them by itself.
#[derive(Debug, Clone, Default)]
pub struct Links {
    /// To be shown before anything else.
    pub emergency: Option<Link>,
    /// Help.
    pub help: Option<Link>,
    /// To be shown with an error.
    pub error_fallback: Option<Link>,
}

/// What the document says for all releases.
#[derive(Debug, Clone, Default)]
pub(super) struct Instance {
    pub(super) updates: Updates,
    pub(super) updater: Option<UpdaterRelease>,
    pub(super) links: Links,
}

impl Instance {
    pub(super) fn read(
        fields: &Fields<'_>,
        plain: PlainHttp,
        ignored: &mut BTreeSet<String>,
    ) -> Result<Instance> {
        unsupported::note(fields, &unsupported::INSTANCE, ignored)?;
        let url = DownloadUrl::read(fields, "latestUrl", plain)?;
        let checksum = checksum(fields, "latestChecksum")?;
        let version = fields.line("latestVersion", limits::TEXT_BYTES)?;
        Ok(Instance {
            updates: match fields.flag("updatesDisabled")? {
                Some(true) => Updates::Disabled,
                _ => Updates::Enabled,
            },
            updater: version.map(|version| UpdaterRelease {
                version: Version::read(version),
                url,
                checksum,
            }),
            links: Links {
                emergency: link(fields, "emergencyUrl", ignored)?,
                help: link(fields, "helpUrl", ignored)?,
                error_fallback: link(fields, "errorFallbackUrl", ignored)?,
            },
        })
    }
}

/// A page that is not https is not handed on, and that is reported.
fn link(fields: &Fields<'_>, key: &str, ignored: &mut BTreeSet<String>) -> Result<Option<Link>> {
    let Some(text) = fields.text(key, limits::URL_BYTES)? else {
        return Ok(None);
    };
    let link = Link::parse(text);
    if link.is_none() {
        ignored.insert(format!("instance.{key}"));
    }
    Ok(link)
}
