//! Key files: the private half in `NAME.pem`, the public half beside it in `NAME.pub.pem`.

use std::cell::OnceCell;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use airlock_protocol::keys::PublicKey;
use zeroize::Zeroizing;

use crate::error::{Error, Result};
use crate::files::{self, Audience};
use crate::key::{Passphrase, PrivateKey, Protection};
use crate::signer::Sign;

/// Asks for the passphrase of the key in a file.
pub type AskPassphrase<'k> = &'k dyn Fn(&Path) -> Result<Passphrase>;

/// Reads a private key file. `passphrase` is called only when the key is encrypted.
///
/// # Errors
/// `config_invalid` when the file holds no usable key or the passphrase does not open it, naming the file;
/// `storage_failure` when it cannot be read.
pub fn read_private_key(path: &Path, passphrase: impl FnOnce() -> Result<Passphrase>) -> Result<PrivateKey> {
    let pem = fs::read_to_string(path).map_err(Error::storage("reading the private key", path))?;
    let pem = Zeroizing::new(pem);
    PrivateKey::from_pem(&pem, passphrase).map_err(|error| match error {
        Error::Project(reason) => Error::Project(format!("{}: {reason}", path.display())),
        other => other,
    })
}

/// Reads the public half of a key: from a file that holds it, or from the `.pub.pem` beside a private key.
///
/// # Errors
/// `config_invalid` when no usable public key is there, naming the file; `storage_failure` when it cannot be
/// read.
pub fn read_public_key(path: &Path) -> Result<PublicKey> {
    let beside = public_path(path);
    let path = if beside.is_file() { &beside } else { path };
    let pem = fs::read_to_string(path).map_err(Error::storage("reading the public key", path))?;
    PublicKey::from_pem(&pem).map_err(|error| Error::Project(format!("{}: {error}", path.display())))
}

/// Writes both halves of a new key, the private one to `path` (mode 0600), the public one beside it.
///
/// # Errors
/// `config_invalid` when either file is there already, before anything is written; `storage_failure` or
/// `no_space`.
pub fn write_key_pair(path: &Path, key: &PrivateKey, protection: &Protection) -> Result<()> {
    let public = public_path(path);
    if let Some(taken) = [path, public.as_path()].into_iter().find(|file| file.exists()) {
        return Err(files::already_there(taken));
    }
    files::create(path, Audience::Owner, key.to_pem(protection)?.as_bytes())?;
    files::create(&public, Audience::Everyone, key.public_key()?.to_pem().as_bytes())
}

/// `keys/release.pub.pem` for `keys/release.pem`.
pub fn public_path(private: &Path) -> PathBuf {
    private.with_extension("pub.pem")
}

/// A private key that is opened when it is needed, so that nobody is asked for the passphrase of a key that
/// does not sign.
pub struct KeyFile<'k> {
    path: PathBuf,
    public: PublicKey,
    ask: AskPassphrase<'k>,
    opened: OnceCell<PrivateKey>,
}

impl<'k> KeyFile<'k> {
    /// The key in `path`. It is opened right away only if its public half does not lie beside it.
    ///
    /// # Errors
    /// As [`read_private_key`].
    pub fn new(path: &Path, ask: AskPassphrase<'k>) -> Result<KeyFile<'k>> {
        let opened = OnceCell::new();
        let public = if public_path(path).is_file() {
            read_public_key(path)?
        } else {
            let key = read_private_key(path, || ask(path))?;
            let public = key.public_key()?;
            let _was_empty = opened.set(key);
            public
        };
        Ok(KeyFile {
            path: path.to_owned(),
            public,
            ask,
            opened,
        })
    }

    fn open(&self) -> Result<&PrivateKey> {
        if let Some(key) = self.opened.get() {
            return Ok(key);
        }
        let key = read_private_key(&self.path, || (self.ask)(&self.path))?;
        if key.public_key()? != self.public {
            return Err(Error::Project(format!(
                "{} does not belong to {}: put the right file back, or remove the public one",
                self.path.display(),
                public_path(&self.path).display()
            )));
        }
        Ok(self.opened.get_or_init(|| key))
    }
}

impl Sign for KeyFile<'_> {
    fn public_key(&self) -> Result<PublicKey> {
        Ok(self.public.clone())
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>> {
        self.open()?.sign(message)
    }

    fn unlock(&self) -> Result<()> {
        self.open().map(drop)
    }
}

impl fmt::Debug for KeyFile<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path.display())
    }
}
