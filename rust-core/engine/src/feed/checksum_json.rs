//! A plain web root with a checksum.json: only what changed is fetched, and every hash is checked
//! (docs/protocol.md, "checksum-json").

use airlock_foreign::PlainChecksumJson;
use airlock_protocol::envelope::Envelope;
use airlock_protocol::{CHECKSUM_FILE, Checksum, ChecksumFields, ChecksumJson, Code, SIGNATURE_FILE, limits};

use super::{Answer, Offered, Run, Source, update_url};
use crate::config::Trust;
use crate::error::Error;
use crate::records::{Bundle, Route};
use crate::transfer::{Absence, Place, Wanted};
use crate::update::WebFile;

pub(crate) struct WebRoot;

/// What the web root says it holds.
pub(crate) enum Listing {
    /// Airlock's own form, with its bytes.
    Described(ChecksumJson, Vec<u8>),
    /// The older form: hashes alone.
    Plain(PlainChecksumJson),
}

impl Source for WebRoot {
    type How = Listing;

    fn ask(&self, run: &mut Run<'_>) -> Result<Answer<Listing>, Error> {
        update_url(&run.engine.config)?;
        let bytes = file(run, CHECKSUM_FILE, limits::CHECKSUM_JSON_BYTES, Absence::Fails)?;
        let bytes = bytes.ok_or_else(|| run.transfer.missing(Place::Repository(CHECKSUM_FILE)))?;
        verify(run, &bytes)?;
        match PlainChecksumJson::is_written_in(&bytes) {
            true => {
                let list = PlainChecksumJson::parse(&bytes)
                    .map_err(Error::rejected("reading the web root's checksum.json"))?;
                let strictness = run.engine.config.strictness();
                strictness
                    .judge("the web root", list.weakest())
                    .map_err(Error::rejected("before anything was downloaded"))?;
                let version = list.id().to_owned();
                Ok(Answer::Offered(Offered::named(version, Listing::Plain(list))))
            }
            false => described(run, bytes),
        }
    }

    fn fetch(&self, run: &mut Run<'_>, offered: &Offered<Listing>) -> Result<(Bundle, Route), Error> {
        let engine = run.engine;
        let bundle = match &offered.how {
            Listing::Described(checksum, bytes) => {
                let files: Vec<WebFile> = checksum
                    .files()
                    .iter()
                    .map(|file| WebFile {
                        path: file.path.clone(),
                        checksum: Checksum::Sha256(file.digest),
                        size: Some(file.size),
                    })
                    .collect();
                engine.install_web_root(run, &files, &mut |_| Ok((checksum.clone(), bytes.clone())))
            }
            Listing::Plain(list) => {
                let files: Vec<WebFile> = list
                    .files()
                    .iter()
                    .map(|file| WebFile {
                        path: file.path.clone(),
                        checksum: file.checksum,
                        size: None,
                    })
                    .collect();
                let sequence = engine.unnumbered(&run.state)?;
                engine.install_web_root(run, &files, &mut |files| {
                    let fields = ChecksumFields {
                        app_id: engine.config.app_id.clone(),
                        version: list.id().to_owned(),
                        sequence,
                        platforms: Vec::new(),
                        native: Default::default(),
                        timestamp: list.timestamp(),
                        expires: None,
                    };
                    let checksum = ChecksumJson::new(fields, files)
                        .map_err(Error::rejected("describing the web root"))?;
                    let bytes = checksum.to_bytes();
                    Ok((checksum, bytes))
                })
            }
        }?;
        Ok((bundle, Route::Files))
    }
}

/// With a key, nothing of an unsigned list is parsed.
fn verify(run: &mut Run<'_>, bytes: &[u8]) -> Result<(), Error> {
    let keys = match run.engine.config.trust()? {
        Trust::Unsigned => return Ok(()),
        Trust::Keys(keys) => keys,
        Trust::Peer(_) | Trust::Document(_) => {
            return Err(Error::config("this kind of key signs no checksum.json"));
        }
    };
    let envelope = file(run, SIGNATURE_FILE, limits::ENVELOPE_BYTES, Absence::Answers)?.ok_or_else(|| {
        let text = "the web root has no checksum.json.sig, and a publicKey is configured; pack it with `airlock pack`";
        Error::bundle(Code::SignatureMissing, text)
    })?;
    Envelope::parse(&envelope)
        .and_then(|envelope| envelope.verify(bytes, &keys))
        .map_err(Error::rejected("checking the web root's checksum.json"))
}

/// Airlock's own form says whom it is for and is numbered, so more is asked of it than of a name.
fn described(run: &Run<'_>, bytes: Vec<u8>) -> Result<Answer<Listing>, Error> {
    let checksum =
        ChecksumJson::parse(&bytes).map_err(Error::rejected("reading the web root's checksum.json"))?;
    let (id, sequence) = (checksum.id(), checksum.sequence());
    let state = &run.state;
    let embedded = run.engine.embedded(state);
    let running = state
        .current()
        .map_or(embedded.sequence(), |id| state.sequence_of(&id));
    let above = [running, embedded.sequence()].into_iter().flatten();
    // Below the floor is refused aloud, by whoever holds the answer against the state.
    let is_older = above.into_iter().any(|other| sequence <= other) && sequence.get() >= state.floor;
    if is_older {
        return Ok(Answer::UpToDate);
    }
    checksum
        .check_device(&run.engine.device(state)?)
        .map_err(Error::rejected("checking whom the bundle is for"))?;
    Ok(Answer::Offered(Offered {
        version: checksum.version().to_owned(),
        tree: Some((id, sequence)),
        bytes: checksum.total_size(),
        notes: None,
        how: Listing::Described(checksum, bytes),
    }))
}

fn file(run: &mut Run<'_>, name: &str, max_bytes: u64, absence: Absence) -> Result<Option<Vec<u8>>, Error> {
    let wanted = Wanted {
        place: Place::Repository(name),
        max_bytes,
        absence,
    };
    run.transfer.document(wanted, &mut |_| Ok(()))
}
