//! An archive on its way from the network to the disk.

use airlock_foreign::capgo::SealedArchive;
use airlock_protocol::{Checksum, Sha256Digest, limits};

use crate::engine::Engine;
use crate::error::Error;
use crate::ports::{DiskFile, Get, Got};
use crate::transfer::{Absence, Expects, Keep, Leg, Partial, Place, Transfer, Wanted};

/// An archive that is the one it must be: the only thing the zip parser is given. Removed when dropped.
pub(super) struct Archive<'e>(Partial<'e>);

impl<'e> Archive<'e> {
    /// Fetches what is missing of an archive: it is one once every one of `checksums` fits, so the zip parser never
    /// sees a byte that nobody vouched for (none of them: `allowUnsigned`).
    pub(super) fn receive(
        mut partial: Partial<'e>,
        transfer: &mut Transfer<'_>,
        (place, max_bytes): (Place<'_>, u64),
        progress: &mut dyn FnMut(u64),
    ) -> Result<Self, Error> {
        let wanted = Wanted {
            place,
            max_bytes,
            absence: Absence::Fails,
        };
        match partial.fetch(transfer, wanted, progress)? {
            true => Ok(Self(partial)),
            false => Err(transfer.missing(place)),
        }
    }

    /// The same for an archive that the peer encrypted. Only the plain zip touches the disk, and it is no archive
    /// before the decryptor has agreed to the last byte. It cannot be gone on with: a decryptor begins at the start.
    pub(super) fn receive_sealed(
        engine: &'e Engine,
        transfer: &mut Transfer<'_>,
        url: &str,
        sealed: &SealedArchive,
    ) -> Result<Self, Error> {
        let mut partial = Partial::open(engine, &sealed.digest(), Keep::ThisRunOnly, Vec::new(), None)?;
        let wanted = Wanted {
            place: Place::Url(url),
            max_bytes: limits::BUNDLE_BYTES,
            absence: Absence::Fails,
        };
        let got = transfer.persist(wanted, &mut |transfer, url| {
            partial.begin_anew()?;
            let mut decryptor = sealed.decryptor();
            let get = Get::whole(url, limits::BUNDLE_BYTES);
            let got = transfer.ask(&get, Expects::Anything, &mut |piece: &[u8]| {
                partial.append(decryptor.update(piece))
            })?;
            match got {
                Got::Body => {
                    partial.append(&decryptor.finish()?)?;
                    Ok(Leg::Done(()))
                }
                Got::Missing => Ok(Leg::Missing),
                Got::NotThisRange => Ok(Leg::Again),
            }
        })?;
        match got {
            Some(()) => Ok(Self(partial)),
            None => Err(transfer.missing(wanted.place)),
        }
    }

    /// The checked bytes.
    pub(super) fn file(&mut self) -> &mut Box<dyn DiskFile> {
        self.0.file()
    }
}

/// What an archive without a release is told apart by, and whether its bytes are: only a SHA-256 names them.
pub(super) fn name_of(url: &str, checksum: Option<Checksum>) -> (Sha256Digest, Keep) {
    match checksum {
        Some(Checksum::Sha256(digest)) => (digest, Keep::ForTheNextRun),
        _ => (Sha256Digest::of(url.as_bytes()), Keep::ThisRunOnly),
    }
}
