//! One archive by URL, as JavaScript's `download()` asks for it.

use std::str::FromStr as _;

use airlock_protocol::tuf::Release;
use airlock_protocol::{ChecksumFields, ChecksumJson, Code, Sequence, Sha256Digest, limits};

use super::archive::Archive;
use crate::config::Trust;
use crate::engine::Engine;
use crate::error::Error;
use crate::events::Event as AppEvent;
use crate::feed::Repository;
use crate::install::{Contents, unpack};
use crate::machine::{Refusal, State};
use crate::records::{Bundle, DownloadRequest};
use crate::store;

impl Engine {
    /// Fetches one archive by URL. With a key configured it must be the archive of a release that
    /// the repository has signed, wherever it is fetched from; without one (`allowUnsigned`) its
    /// checksum is all there is. The bundle is kept, not activated. Errors: as for [`Engine::sync`],
    /// and `signature_missing`, `usage`.
    pub fn download(&self, request: &DownloadRequest) -> Result<Bundle, Error> {
        self.download_inner(request).inspect_err(|error| {
            let (version, code, message) = (request.version.clone(), error.code(), error.to_string());
            self.emit(&AppEvent::DownloadFailed {
                version,
                code,
                message,
            });
        })
    }

    fn download_inner(&self, request: &DownloadRequest) -> Result<Bundle, Error> {
        if request.session_key.as_ref().is_some_and(|key| !key.is_empty()) {
            let text =
                "encrypted bundles are not supported by this version; publish an unencrypted, signed release";
            return Err(Error::Usage {
                code: Code::Usage,
                text: text.to_owned(),
            });
        }
        let checksum = request
            .checksum
            .as_deref()
            .filter(|checksum| !checksum.is_empty());
        let digest = checksum.map(parse_checksum).transpose()?;
        let _sync = self.sync_lock()?;
        store::collect(&self.layout, None);
        match self.config.trust()? {
            Trust::Keys(_) => self.download_signed(&mut Repository::open(self)?, request, digest),
            Trust::Unsigned => self.download_unsigned(&mut Repository::without_feed(self), request, digest),
        }
    }

    fn download_signed(
        &self,
        repository: &mut Repository<'_>,
        request: &DownloadRequest,
        digest: Option<Sha256Digest>,
    ) -> Result<Bundle, Error> {
        let snapshot = repository.refresh()?;
        let state = self.device_state()?;
        let matches = |release: &Release| {
            let named = release.version == request.version;
            let archive = release.archive.as_ref().map(|archive| archive.digest);
            named && (digest.is_none() || digest == archive)
        };
        let release = self
            .releases(&snapshot)?
            .into_iter()
            .filter(matches)
            .max_by_key(|release| release.sequence);
        let release = release.ok_or_else(|| {
            Error::bundle(
                Code::SignatureMissing,
                format!(
                    "no signed release `{}` has this archive; publish it first",
                    request.version
                ),
            )
        })?;
        if state
            .verdict(&release.id, release.sequence, self.now().get())
            .is_some()
        {
            return Err(Error::Refused(Refusal::FailedBefore));
        }
        if release.sequence.get() < state.floor {
            return Err(Error::Refused(Refusal::BelowFloor));
        }
        let installed = self.install_release(repository, &release, &state, Some(&request.url));
        installed.map(|(bundle, _)| bundle)
    }

    fn download_unsigned(
        &self,
        repository: &mut Repository<'_>,
        request: &DownloadRequest,
        digest: Option<Sha256Digest>,
    ) -> Result<Bundle, Error> {
        if digest.is_none() && self.config.requires_checksum() {
            let text = "strictVerification is on and the download has no checksum; pass its sha-256";
            return Err(Error::bundle(Code::ChecksumMismatch, text));
        }
        let state = self.device_state()?;
        let name = digest.unwrap_or_else(|| Sha256Digest::of(request.url.as_bytes()));
        let mut archive = Archive::create(self, &name)?;
        archive.receive(
            repository,
            &request.url,
            limits::BUNDLE_BYTES,
            digest,
            &mut |_| {},
        )?;
        self.install_undescribed(archive, request, &state)
    }

    fn install_undescribed(
        &self,
        mut archive: Archive,
        request: &DownloadRequest,
        state: &State,
    ) -> Result<Bundle, Error> {
        let staged = self.empty_staging("undescribed")?;
        let unpacked = unpack(archive.file(), Contents::Undescribed, &staged)?;
        // Nothing signed numbers it: at the floor, and newer than what the binary embeds.
        let embedded = self.embedded(state).sequence().map_or(0, Sequence::get);
        let sequence = Sequence::try_from(state.floor.max(embedded.saturating_add(1)))
            .map_err(Error::rejected("numbering an unsigned bundle"))?;
        let fields = ChecksumFields {
            app_id: self.config.app_id.clone(),
            version: request.version.clone(),
            sequence,
            platforms: Vec::new(),
            native: Default::default(),
            timestamp: self.now(),
            expires: None,
        };
        let checksum = ChecksumJson::new(fields, unpacked.files().to_vec())
            .map_err(Error::rejected("describing the downloaded archive"))?;
        if let Some(adopted) = self.adopt(&checksum)? {
            return Ok(adopted);
        }
        unpacked.write_checksum(&checksum.to_bytes())?;
        self.move_into_place(&staged, &checksum)
    }
}

fn parse_checksum(text: &str) -> Result<Sha256Digest, Error> {
    Sha256Digest::from_str(text).map_err(|_| Error::Usage {
        code: Code::Usage,
        text: "the checksum must be a sha-256 of 64 hexadecimal digits".to_owned(),
    })
}
