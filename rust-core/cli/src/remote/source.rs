//! Where a remote configuration comes from, and what must hold before it is listened to.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use airlock_engine::ports::{Get, Got, HttpTransport, Insecure, Transport as _};
use airlock_foreign::minisign::{PUBLIC_KEY_BYTES, PublicKey, SIGNATURE_BYTES};
use airlock_foreign::remote_config::{DownloadUrl, PlainHttp, RemoteConfig, Trust, limits};
use airlock_protocol::{Code, Strictness};
use clap::Args;

use super::{counter, download};
use crate::exit::Failure;
use crate::output::Output;

/// How long a server may stay silent.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(20);

/// The options about the configuration, shared by `fetch` and `self-update`.
#[derive(Debug, Clone, Args)]
pub(crate) struct SourceArgs {
    /// The remote configuration (Vicius): an https URL or a file
    #[arg(long, value_name = "URL|FILE")]
    config: OsString,
    /// The minisign key that must have signed it: a .pub file, or the key itself (RW…). The signature lies
    /// beside the configuration, with .minisig after its name [default: unsigned]
    #[arg(long, value_name = "MINISIGN_PUB")]
    public_key: Option<PathBuf>,
    /// Refuse what has no SHA-256, before it is downloaded
    #[arg(long)]
    strict_verification: bool,
    /// Remember the configuration's manifestVersion in this file, and refuse an older one ever after
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// Allow plain http to this very machine, for tests
    #[arg(long)]
    allow_insecure_loopback: bool,
}

/// A configuration that everything was checked of.
pub(crate) struct Loaded {
    pub(crate) config: RemoteConfig,
    /// What the signer wrote into the signature; nothing without a key.
    pub(crate) trusted_comment: Option<String>,
}

enum Place {
    Url(DownloadUrl),
    File(PathBuf),
}

impl SourceArgs {
    /// How much a checksum must be worth.
    pub(crate) fn strictness(&self) -> Strictness {
        match self.strict_verification {
            true => Strictness::Strict,
            false => Strictness::Lenient,
        }
    }

    /// What downloads, under the same rules as the configuration itself.
    pub(crate) fn transport(&self) -> HttpTransport {
        let insecure = match self.plain() {
            PlainHttp::LoopbackOnly => Insecure::LoopbackOnly,
            PlainHttp::Refused => Insecure::Refused,
        };
        HttpTransport::new(RESPONSE_TIMEOUT, insecure)
    }

    /// Gets the configuration, verifies and reads it, and moves the counter. The key is read first, so that a
    /// mistyped one asks nobody anything.
    ///
    /// # Errors
    /// `usage`, `public_key_invalid`, `download_failed`, `response_unusable`, `metadata_invalid`,
    /// `downgrade_refused`, `storage_failure`, `locked`.
    pub(crate) fn load(&self, transport: &HttpTransport, output: &Output) -> Result<Loaded, Failure> {
        let trust = self.trust()?;
        let place = self.place()?;
        let body = place.body(transport)?;
        let signature = match trust {
            Trust::Key(_) => place.signature(transport)?,
            Trust::Unsigned => None,
        };
        let accepted = trust.accept(&body, signature.as_deref())?;
        let config = RemoteConfig::parse(&accepted, self.plain())?;
        self.count(&config, output)?;
        warn(&trust, &config, output);
        Ok(Loaded {
            config,
            trusted_comment: accepted.trusted_comment().map(str::to_owned),
        })
    }

    fn plain(&self) -> PlainHttp {
        match self.allow_insecure_loopback {
            true => PlainHttp::LoopbackOnly,
            false => PlainHttp::Refused,
        }
    }

    fn trust(&self) -> Result<Trust, Failure> {
        let Some(given) = &self.public_key else {
            return Ok(Trust::Unsigned);
        };
        let text = match read_capped(given, PUBLIC_KEY_BYTES as u64) {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            // Not a file: the key itself, as `minisign -P` takes it.
            Err(error) => given
                .to_str()
                .filter(|text| text.starts_with("RW"))
                .map(str::to_owned)
                .ok_or_else(|| unreadable("--public-key", given, &error))?,
        };
        PublicKey::parse(&text)
            .map(Trust::Key)
            .map_err(|error| Failure::new(error.code(), format!("--public-key {}: {error}", given.display())))
    }

    fn place(&self) -> Result<Place, Failure> {
        let Some(url) = self.config.to_str().filter(|text| text.contains("://")) else {
            return Ok(Place::File(PathBuf::from(&self.config)));
        };
        DownloadUrl::parse(url, self.plain())
            .map(Place::Url)
            .map_err(|rule| {
                Failure::usage(format!(
                    "--config {rule}; for a server on this machine there is --allow-insecure-loopback"
                ))
            })
    }

    fn count(&self, config: &RemoteConfig, output: &Output) -> Result<(), Failure> {
        match (&self.state, config.manifest_version()) {
            (Some(path), offered) => counter::advance(path, offered),
            (None, Some(_)) => {
                output.warn(
                    "the configuration has a manifestVersion against downgrades, and nothing remembers it; \
                     name a file with --state",
                );
                Ok(())
            }
            (None, None) => Ok(()),
        }
    }
}

impl Place {
    fn body(&self, transport: &HttpTransport) -> Result<Vec<u8>, Failure> {
        match self {
            Place::Url(url) => {
                get(transport, url, limits::CONFIG_BYTES)?.ok_or_else(|| download::missing(url))
            }
            Place::File(path) => {
                read_capped(path, limits::CONFIG_BYTES).map_err(|error| unreadable("--config", path, &error))
            }
        }
    }

    /// Nothing if there is none.
    fn signature(&self, transport: &HttpTransport) -> Result<Option<Vec<u8>>, Failure> {
        match self {
            Place::Url(url) => get(transport, &url.signature(), SIGNATURE_BYTES as u64),
            Place::File(path) => {
                let mut name = path.clone().into_os_string();
                name.push(".minisig");
                let path = PathBuf::from(name);
                match read_capped(&path, SIGNATURE_BYTES as u64) {
                    Ok(bytes) => Ok(Some(bytes)),
                    Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
                    Err(error) => Err(unreadable("the signature", &path, &error)),
                }
            }
        }
    }
}

fn get(transport: &HttpTransport, url: &DownloadUrl, max_bytes: u64) -> Result<Option<Vec<u8>>, Failure> {
    let mut bytes = Vec::new();
    let request = Get::whole(url.as_str(), max_bytes);
    let got = transport.get(&request, &mut |piece: &[u8]| {
        bytes.extend_from_slice(piece);
        Ok(())
    });
    match got.map_err(download::network)? {
        Got::Body => Ok(Some(bytes)),
        Got::Missing | Got::NotThisRange => Ok(None),
    }
}

/// At most one byte more than allowed, which the parser then refuses.
fn read_capped(path: &Path, max: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?
        .take(max.saturating_add(1))
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn unreadable(what: &str, path: &Path, error: &io::Error) -> Failure {
    Failure::new(
        Code::Usage,
        format!("cannot read {what} {}: {error}", path.display()),
    )
}

/// What the user should know about the configuration, whatever is done with it.
fn warn(trust: &Trust, config: &RemoteConfig, output: &Output) {
    if *trust == Trust::Unsigned {
        output.warn(
            "the configuration is taken unsigned: whoever controls its server decides what is installed; \
             name a key with --public-key",
        );
    }
    let ignored: Vec<&str> = config.ignored().collect();
    if !ignored.is_empty() {
        output.warn(format_args!(
            "the configuration asks for what airlock does not do: {}",
            ignored.join(", ")
        ));
    }
    if let Some(link) = &config.links().emergency {
        output.warn(format_args!(
            "the publisher asks you to read {} before anything else",
            link.as_str()
        ));
    }
}
