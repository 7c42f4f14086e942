//! One entry of `releases`.

use std::collections::BTreeSet;

use airlock_protocol::{Checksum, ChecksumAlgorithm};

use super::fields::Fields;
use super::url::{DownloadUrl, PlainHttp};
use super::version::Version;
use super::{limits, unsupported};
use crate::error::Result;

/// A release that is offered, or was and is `disabled`.
#[derive(Debug, Clone)]
pub struct Release {
    /// For people; empty if the document has none. One line.
    pub name: String,
    /// Decides the order.
    pub version: Version,
    /// Markdown, for people; empty if the document has none. May hold line feeds and other control characters.
    pub summary: String,
    /// When it was published, as the document says it (ISO 8601). For people; decides nothing.
    pub published_at: Option<String>,
    /// Where its file lies.
    pub download_url: DownloadUrl,
    /// Bytes of the file, if the document says so: no more, no fewer.
    pub download_size: Option<u64>,
    /// What the file must hash to, if the document says so.
    pub checksum: Option<Checksum>,
    /// What the installed version is compared with, where that is not `version`.
    pub detection_version: Option<Version>,
    pub(super) disabled: bool,
}

impl Release {
    /// What the installed version is compared with. One that cannot be read does not count.
    pub fn compared_version(&self) -> &Version {
        self.detection_version
            .as_ref()
            .filter(|version| version.is_readable())
            .unwrap_or(&self.version)
    }

    pub(super) fn read(
        fields: &Fields<'_>,
        plain: PlainHttp,
        ignored: &mut BTreeSet<String>,
    ) -> Result<Release> {
        let line = |key| fields.line(key, limits::TEXT_BYTES);
        let required = |key| fields.fault(key, "is missing");
        let detection_version = line("detectionVersion")?.map(Version::read);
        if detection_version
            .as_ref()
            .is_some_and(|version| !version.is_readable())
        {
            ignored.insert("releases[].detectionVersion".to_owned());
        }
        // Read by Vicius for its ways of detection only; a mistake in them is one all the same.
        for (key, found) in [
            (
                "detectionChecksum",
                checksum(fields, "detectionChecksum")?.is_some(),
            ),
            ("detectionSize", fields.number("detectionSize")?.is_some()),
        ] {
            if found {
                ignored.insert(format!("releases[].{key}"));
            }
        }
        unsupported::note(fields, &unsupported::RELEASE, ignored)?;
        Ok(Release {
            name: line("name")?.unwrap_or_default().to_owned(),
            version: Version::read(line("version")?.ok_or_else(|| required("version"))?),
            summary: fields
                .text("summary", limits::SUMMARY_BYTES)?
                .unwrap_or_default()
                .to_owned(),
            published_at: line("publishedAt")?.map(str::to_owned),
            download_url: DownloadUrl::read(fields, "downloadUrl", plain)?
                .ok_or_else(|| required("downloadUrl"))?,
            download_size: fields.number("downloadSize")?,
            checksum: checksum(fields, "checksum")?,
            detection_version,
            disabled: fields.flag("disabled")?.unwrap_or(false),
        })
    }
}

/// A `{checksum, checksumAlg}`; both must be there, because Vicius takes a missing algorithm for MD5.
pub(super) fn checksum(fields: &Fields<'_>, key: &str) -> Result<Option<Checksum>> {
    let Some(inner) = fields.object(key)? else {
        return Ok(None);
    };
    let text = |name| {
        inner
            .line(name, limits::TEXT_BYTES)?
            .ok_or_else(|| inner.fault(name, "is missing"))
    };
    let algorithm: ChecksumAlgorithm = text("checksumAlg")?
        .parse()
        .map_err(|fault| inner.fault("checksumAlg", format_args!("is not usable: {fault}")))?;
    let checksum = Checksum::parse(algorithm, text("checksum")?)
        .map_err(|fault| inner.fault("checksum", format_args!("is not usable: {fault}")))?;
    Ok(Some(checksum))
}
