//! Who must have signed a document before anybody reads it.

use crate::error::{MinisignFault, Result};
use crate::minisign::{PublicKey, Signature, Verified};

/// Whom a remote configuration must come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trust {
    /// Only what this key signed.
    Key(PublicKey),
    /// HTTPS is all there is.
    Unsigned,
}

impl Trust {
    /// Lets the exact bytes of a document through to the parser, with the bytes of its `.minisig` if there are
    /// any. There is no other way to an [`Accepted`]: with a key, unverified bytes are never parsed.
    ///
    /// # Errors
    /// `metadata_invalid` with a key and no signature, one that cannot be read, or one that does not verify.
    pub fn accept<'a>(&self, body: &'a [u8], signature: Option<&[u8]>) -> Result<Accepted<'a>> {
        match self {
            Trust::Unsigned => Ok(Accepted(Origin::Unsigned(body))),
            Trust::Key(key) => {
                let signature = Signature::parse(signature.ok_or(MinisignFault::Missing)?)?;
                Ok(Accepted(Origin::Signed(key.verify(body, &signature)?)))
            }
        }
    }
}

/// A document that may be parsed: it was verified, or no key was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted<'a>(Origin<'a>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Origin<'a> {
    Signed(Verified<'a>),
    Unsigned(&'a [u8]),
}

impl<'a> Accepted<'a> {
    /// The document.
    pub fn body(&self) -> &'a [u8] {
        match &self.0 {
            Origin::Signed(verified) => verified.body(),
            Origin::Unsigned(body) => body,
        }
    }

    /// What the signer said about it; nothing without a key.
    pub fn trusted_comment(&self) -> Option<&str> {
        match &self.0 {
            Origin::Signed(verified) => Some(verified.trusted_comment()),
            Origin::Unsigned(_) => None,
        }
    }
}
