//! Packing: a web folder becomes a bundle with a signed description, as a zip file or in place.

use std::collections::BTreeSet;
use std::io::{Seek, Write};
use std::path::Path;

use airlock_protocol::envelope::{self, Envelope, Signature};
use airlock_protocol::keys::PublicKey;
use airlock_protocol::{CHECKSUM_FILE, ChecksumFields, ChecksumJson, SIGNATURE_FILE};

use unicode_normalization::UnicodeNormalization;

use crate::archive;
use crate::error::Result;
use crate::files::{self, Audience};
use crate::progress::Progress;
use crate::signer::Signers;
use crate::tree::WebTree;

/// A web folder together with its `checksum.json` and perhaps its signature.
#[derive(Debug)]
pub struct Bundle<'t> {
    tree: &'t WebTree,
    checksum: ChecksumJson,
    checksum_bytes: Vec<u8>,
    signature: Option<Vec<u8>>,
}

impl<'t> Bundle<'t> {
    /// Describes the tree: `fields` are what the author says, the rest of `checksum.json` follows from the
    /// files.
    ///
    /// # Errors
    /// `metadata_invalid` for what [`ChecksumJson::new`] refuses: too many or too large files, an empty
    /// version.
    pub fn describe(tree: &'t WebTree, mut fields: ChecksumFields) -> Result<Bundle<'t>> {
        // The version stands in signed metadata as well, where only this form is possible (docs/adr/0004).
        fields.version = fields.version.nfc().collect();
        let checksum = ChecksumJson::new(fields, tree.files().to_vec())?;
        let checksum_bytes = checksum.to_bytes();
        Ok(Bundle {
            tree,
            checksum,
            checksum_bytes,
            signature: None,
        })
    }

    /// Signs `checksum.json` (DSSE) with every one of the keys, so that the bundle can be verified without a
    /// repository.
    ///
    /// # Errors
    /// As [`Signers::sign`].
    pub fn signed(mut self, signers: &Signers<'_>) -> Result<Bundle<'t>> {
        let message = envelope::pae(envelope::PAYLOAD_TYPE, &self.checksum_bytes);
        let sign = |key: &PublicKey| -> Result<Signature> {
            Ok(Signature {
                keyid: key.key_id(),
                sig: signers.sign(key, &message)?,
            })
        };
        // Sorted, so that the order of key files changes nothing.
        let keys: BTreeSet<&PublicKey> = signers.public_keys().collect();
        let signatures = keys.into_iter().map(sign).collect::<Result<Vec<_>>>()?;
        self.signature = Some(Envelope::new(signatures).to_bytes());
        Ok(self)
    }

    /// The files.
    pub fn tree(&self) -> &'t WebTree {
        self.tree
    }

    /// The description.
    pub fn checksum(&self) -> &ChecksumJson {
        &self.checksum
    }

    /// The exact bytes of `checksum.json`, which are what is signed.
    pub fn checksum_bytes(&self) -> &[u8] {
        &self.checksum_bytes
    }

    /// The exact bytes of `checksum.json.sig`, if the bundle is signed.
    pub fn signature(&self) -> Option<&[u8]> {
        self.signature.as_deref()
    }

    /// Writes the archive and gives `out` back.
    ///
    /// # Errors
    /// `tree_invalid` when a file changed since the tree was read; `storage_failure` or `no_space` from
    /// `out`.
    pub fn write_archive<W: Write + Seek>(&self, out: W, progress: &dyn Progress) -> Result<W> {
        archive::write(self, out, progress)
    }

    /// Writes the archive to a file, which appears whole or not at all.
    ///
    /// # Errors
    /// As [`Bundle::write_archive`].
    pub fn write_archive_file(&self, path: &Path, progress: &dyn Progress) -> Result<()> {
        let folder = files::parent(path);
        let staged = files::stage(folder, Audience::Everyone, |file| {
            self.write_archive(std::io::BufWriter::new(file), progress)
                .map(drop)
        })?;
        staged.replace(path)
    }

    /// Writes `checksum.json` and, if signed, `checksum.json.sig` into the web folder itself: what an app
    /// embeds.
    ///
    /// # Errors
    /// `storage_failure` or `no_space`.
    pub fn write_in_place(&self) -> Result<()> {
        let write =
            |name: &str, bytes: &[u8]| files::write(&self.tree.root().join(name), Audience::Everyone, bytes);
        write(CHECKSUM_FILE, &self.checksum_bytes)?;
        match &self.signature {
            Some(signature) => write(SIGNATURE_FILE, signature),
            // The signature of an earlier pack would belong to other bytes.
            None => files::remove_if_there(&self.tree.root().join(SIGNATURE_FILE)),
        }
    }
}
