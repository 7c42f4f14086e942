//! Vicius' remote configuration as a list of bundles (docs/protocol.md, "vicius").

use airlock_foreign::minisign::SIGNATURE_BYTES;
use airlock_foreign::remote_config::limits::{CONFIG_BYTES, COUNTER_BYTES};
use airlock_foreign::remote_config::{
    Counter, DownloadUrl, PlainHttp, Release, RemoteConfig, Selection, Trust as Signer, Version,
};
use airlock_protocol::{Checksum, Code, limits};

use super::{Answer, Offered, Run, Source, update_url};
use crate::config::Trust;
use crate::engine::Engine;
use crate::error::Error;
use crate::ports::Insecure;
use crate::records::{Bundle, Route};
use crate::store;
use crate::transfer::{Absence, Place, Wanted, without_query};

pub(crate) struct Vicius;

/// Where the archive of a release is, and what it must be.
pub(crate) struct Archived {
    pub(crate) url: String,
    pub(crate) size: Option<u64>,
    pub(crate) checksum: Option<Checksum>,
}

impl Source for Vicius {
    type How = Archived;

    fn ask(&self, run: &mut Run<'_>) -> Result<Answer<Archived>, Error> {
        let url = update_url(&run.engine.config)?.to_owned();
        let plain = match run.engine.config.insecure {
            Insecure::LoopbackOnly => PlainHttp::LoopbackOnly,
            Insecure::Refused => PlainHttp::Refused,
        };
        let signer = signer(run.engine)?;
        let body = fetch(run, &url, CONFIG_BYTES)?.ok_or_else(|| run.transfer.missing(Place::Url(&url)))?;
        let signature = match &signer {
            Signer::Unsigned => None,
            Signer::Key(_) => {
                let address = DownloadUrl::parse(&url, plain)
                    .map_err(|rule| Error::config(format!("the updateUrl {rule}")))?
                    .signature();
                fetch(run, address.as_str(), SIGNATURE_BYTES as u64)?
            }
        };
        let accepted = signer
            .accept(&body, signature.as_deref())
            .map_err(|error| refused(&url, &error))?;
        let remote = RemoteConfig::parse(&accepted, plain).map_err(|error| refused(&url, &error))?;
        count(run.engine, &url, remote.manifest_version())?;
        match remote.select(Some(&Version::read(&run.running.version))) {
            Selection::Disabled | Selection::UpToDate(_) | Selection::Empty => Ok(Answer::UpToDate),
            Selection::Outdated(release) => offered(&signer, release).map(Answer::Offered),
        }
    }

    fn fetch(&self, run: &mut Run<'_>, offered: &Offered<Archived>) -> Result<(Bundle, Route), Error> {
        let bundle = run.engine.download_listed(run, &offered.version, &offered.how)?;
        Ok((bundle, Route::Archive))
    }
}

fn signer(engine: &Engine) -> Result<Signer, Error> {
    match engine.config.trust()? {
        Trust::Document(key) => Ok(Signer::Key(*key)),
        Trust::Unsigned => Ok(Signer::Unsigned),
        Trust::Keys(_) | Trust::Peer(_) => {
            Err(Error::config("this kind of key signs no remote configuration"))
        }
    }
}

fn fetch(run: &mut Run<'_>, url: &str, max_bytes: u64) -> Result<Option<Vec<u8>>, Error> {
    let wanted = Wanted {
        place: Place::Url(url),
        max_bytes,
        absence: Absence::Answers,
    };
    run.transfer.document(wanted, &mut |_| Ok(()))
}

/// A signature is worth what it covers: without a checksum in the document, that is not the archive.
fn offered(signer: &Signer, release: &Release) -> Result<Offered<Archived>, Error> {
    if matches!(signer, Signer::Key(_)) && release.checksum.is_none() {
        let text = format!(
            "release {} has no checksum, so the signature does not cover its archive; publish one",
            release.version
        );
        return Err(Error::bundle(Code::SignatureMissing, text));
    }
    let how = Archived {
        url: release.download_url.as_str().to_owned(),
        size: release.download_size,
        checksum: release.checksum,
    };
    let notes =
        Some(release.summary.clone()).filter(|notes| !notes.is_empty() && notes.len() <= limits::NOTES_BYTES);
    let named = Offered::named(release.version.to_string(), how);
    Ok(Offered {
        bytes: release.download_size.unwrap_or(0),
        notes,
        ..named
    })
}

/// The counter is on the disk before anything of the document counts.
fn count(engine: &Engine, url: &str, offered: Option<u64>) -> Result<(), Error> {
    let path = engine.layout.counter();
    let stored = store::read_capped(engine.disk(), &path, COUNTER_BYTES)
        .map_err(|source| Error::storage("read the highest manifestVersion", source))?;
    let counter = match stored {
        Some(bytes) => Counter::from_record(&bytes).map_err(|rule| {
            let source = std::io::Error::new(std::io::ErrorKind::InvalidData, rule);
            Error::storage("read the highest manifestVersion", source)
        })?,
        None => Counter::NEVER,
    };
    let advanced = counter.advance(offered).map_err(|error| refused(url, &error))?;
    match advanced.to_record() {
        Some(record) if advanced != counter => {
            store::create_own_dir(engine.disk(), &engine.layout.metadata())?;
            store::write_durable(engine.disk(), &path, &record)
        }
        _ => Ok(()),
    }
}

fn refused(url: &str, error: &airlock_foreign::Error) -> Error {
    match error.code() {
        Code::ResponseUnusable => Error::Response {
            url: without_query(url),
            reason: error.to_string(),
        },
        code => Error::bundle(code, error.to_string()),
    }
}
