//! One archive by URL, as JavaScript's `download()` asks for it.

use airlock_foreign::capgo::SealedArchive;
use airlock_protocol::tuf::Release;
use airlock_protocol::{
    Checksum, ChecksumFields, ChecksumJson, ChecksumWarning, Code, Sequence, Sha256Digest, limits,
};

use super::archive::{Archive, name_of};
use super::routes::Source;
use crate::config::Trust;
use crate::engine::Engine;
use crate::error::Error;
use crate::feed::{Archived, Repository, Run};
use crate::install::{Contents, unpack};
use crate::machine::{Refusal, State};
use crate::records::{Bundle, DownloadRequest, Downloaded};
use crate::store::{self, Downloads, Lock};
use crate::transfer::{Partial, Place, Transfer};

/// What the archive is held against. Settled from configuration and request alone, before anything is asked of
/// anybody.
enum Proof {
    /// A release in the repository's signed metadata, and the checksum that was asked for.
    Release(Option<Checksum>),
    /// What the holder of the peer's key signed.
    Sealed(SealedArchive),
    /// `allowUnsigned`: the checksum that was asked for, or nothing at all.
    Checksum(Option<Checksum>),
}

impl Engine {
    /// Fetches one archive by URL. With a key configured it must be the archive of a release that
    /// the repository has signed, or with `updateProtocol: capgo` one that the holder of the key has
    /// encrypted, wherever it is fetched from; without one (`allowUnsigned`) its checksum is all there
    /// is. The bundle is kept, not activated. Errors: as for [`Engine::sync`], and
    /// `signature_missing`, `signature_invalid`, `usage`.
    pub fn download(&self, request: &DownloadRequest) -> Result<Downloaded, Error> {
        let outcome = self.download_inner(request);
        self.note_outcome(&request.version, &outcome);
        outcome
    }

    fn download_inner(&self, request: &DownloadRequest) -> Result<Downloaded, Error> {
        let (proof, warning) = self.proof_asked_for(request)?;
        let _sync = self.clean_lock()?;
        let bundle = match proof {
            Proof::Release(checksum) => self.download_signed(request, checksum)?,
            proof => {
                let state = self.device_state()?;
                let mut transfer = Transfer::open(self, Vec::new())?;
                self.download_undescribed(&mut transfer, request, proof, &state)?
            }
        };
        Ok(Downloaded {
            bundle,
            warnings: warning.iter().map(ToString::to_string).collect(),
        })
    }

    /// The configuration alone decides which kind of proof is wanted; a request that lacks it is refused.
    fn proof_asked_for(&self, request: &DownloadRequest) -> Result<(Proof, Option<ChecksumWarning>), Error> {
        let checksum = request.checksum.as_deref().unwrap_or_default();
        let session_key = request.session_key.as_deref().unwrap_or_default();
        let trust = self.config.trust()?;
        if let Trust::Peer(key) = &trust {
            let sealed = SealedArchive::open(key, checksum, session_key)?;
            return Ok((Proof::Sealed(sealed), None));
        }
        if !session_key.is_empty() {
            let text = "a sessionKey was given, which needs updateProtocol `capgo` and the peer's publicKey; leave it \
                        out for an archive that is not encrypted";
            return Err(usage(text));
        }
        let checksum = Some(checksum).filter(|text| !text.is_empty());
        let checksum = checksum.map(parse_checksum).transpose()?;
        // Signed metadata gives a release its SHA-256: leaving the checksum out takes nothing away there.
        let is_worth_judging = checksum.is_some() || matches!(trust, Trust::Unsigned);
        let warning = match is_worth_judging {
            true => self.config.strictness().judge("the download", checksum.as_ref()),
            false => Ok(None),
        };
        let warning = warning.map_err(Error::rejected("before anything was downloaded"))?;
        let proof = match trust {
            Trust::Unsigned => Proof::Checksum(checksum),
            Trust::Keys(_) | Trust::Peer(_) | Trust::Document(_) => Proof::Release(checksum),
        };
        Ok((proof, warning))
    }

    fn clean_lock(&self) -> Result<Lock, Error> {
        let lock = self.sync_lock()?;
        store::collect(self.disk(), &self.layout, Downloads::Stay, None);
        Ok(lock)
    }

    fn download_signed(
        &self,
        request: &DownloadRequest,
        checksum: Option<Checksum>,
    ) -> Result<Bundle, Error> {
        let mut repository = Repository::open(self)?;
        let snapshot = repository.refresh()?;
        let state = self.device_state()?;
        let matches = |release: &Release| {
            let archive = release.archive.as_ref().map(|archive| archive.digest);
            let other = |digest: Sha256Digest| archive != Some(digest);
            let is_other = matches!(checksum, Some(Checksum::Sha256(digest)) if other(digest));
            release.version == request.version && !is_other
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
        let source = Source::Mirror {
            url: &request.url,
            checksum,
        };
        let installed = self.install_release(&mut repository, &release, &state, source);
        installed.map(|arrival| arrival.bundle)
    }

    /// The archive that a feed names, under the same rules as one that JavaScript names.
    pub(crate) fn download_named<'e>(
        &'e self,
        run: &mut Run<'e>,
        request: &DownloadRequest,
    ) -> Result<Bundle, Error> {
        let (proof, _) = self.proof_asked_for(request)?;
        self.download_undescribed(&mut run.transfer, request, proof, &run.state)
    }

    /// The archive of a release in a remote configuration: with a key that configuration is signed, and its checksum
    /// with it.
    pub(crate) fn download_listed(
        &self,
        run: &mut Run<'_>,
        version: &str,
        archived: &Archived,
    ) -> Result<Bundle, Error> {
        let judged = self
            .config
            .strictness()
            .judge("the release", archived.checksum.as_ref());
        judged.map_err(Error::rejected("before anything was downloaded"))?;
        let (name, keep) = name_of(&archived.url, archived.checksum);
        store::keep_downloads(self.disk(), &self.layout, &[name]);
        let partial = Partial::open(
            self,
            &name,
            keep,
            Vec::from_iter(archived.checksum),
            archived.size,
        )?;
        let from = (
            Place::Url(&archived.url),
            archived.size.unwrap_or(limits::BUNDLE_BYTES),
        );
        let archive = Archive::receive(partial, &mut run.transfer, from, &mut |_| {})?;
        self.install_undescribed(archive, version, &run.state)
    }

    fn download_undescribed<'e>(
        &'e self,
        transfer: &mut Transfer<'e>,
        request: &DownloadRequest,
        proof: Proof,
        state: &State,
    ) -> Result<Bundle, Error> {
        let archive = match proof {
            Proof::Sealed(sealed) => {
                store::keep_downloads(self.disk(), &self.layout, &[sealed.digest()]);
                Archive::receive_sealed(self, transfer, &request.url, &sealed)?
            }
            Proof::Checksum(checksum) => {
                let (name, keep) = name_of(&request.url, checksum);
                store::keep_downloads(self.disk(), &self.layout, &[name]);
                let partial = Partial::open(self, &name, keep, Vec::from_iter(checksum), None)?;
                let from = (Place::Url(&request.url), limits::BUNDLE_BYTES);
                Archive::receive(partial, transfer, from, &mut |_| {})?
            }
            Proof::Release(_) => return Err(Error::config("this feed has no signed releases")),
        };
        self.install_undescribed(archive, &request.version, state)
    }

    /// The number of what nothing numbers: at the floor, and newer than what the binary embeds.
    pub(crate) fn unnumbered(&self, state: &State) -> Result<Sequence, Error> {
        let embedded = self.embedded(state).sequence().map_or(0, Sequence::get);
        Sequence::try_from(state.floor.max(embedded.saturating_add(1)))
            .map_err(Error::rejected("numbering what nothing numbers"))
    }

    /// Installs an archive whose bytes are the right ones and which no release describes: not signed at all, or
    /// signed the peer's way, which names neither app nor version nor files.
    fn install_undescribed(
        &self,
        mut archive: Archive<'_>,
        version: &str,
        state: &State,
    ) -> Result<Bundle, Error> {
        let staged = self.empty_staging("undescribed")?;
        let unpacked = unpack(self.disk(), archive.file(), Contents::Undescribed, &staged)?;
        let fields = ChecksumFields {
            app_id: self.config.app_id.clone(),
            version: version.to_owned(),
            sequence: self.unnumbered(state)?,
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

/// Digits alone, or as Airlock prints a checksum: `SHA256:<digits>`.
fn parse_checksum(text: &str) -> Result<Checksum, Error> {
    let parsed = match text.split_once(':') {
        Some((algorithm, digits)) => algorithm
            .parse()
            .and_then(|algorithm| Checksum::parse(algorithm, digits)),
        None => text.parse(),
    };
    parsed.map_err(|_| {
        usage("the checksum must be a SHA256, SHA1 or MD5 of 64, 40 or 32 hexadecimal digits; use SHA256")
    })
}

fn usage(text: &str) -> Error {
    Error::Usage {
        code: Code::Usage,
        text: text.to_owned(),
    }
}
