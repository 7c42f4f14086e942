//! The key that signs a device's requests (`requestSignature`), from a file of this machine.

use std::path::{Path, PathBuf};

use airlock_engine::Config;
use airlock_protocol::Code;

use crate::exit::Failure;

/// What `keyFile` holds; a relative one is beside the configuration. `None` without `requestSignature`. Errors:
/// `config_invalid`.
pub(crate) fn read(config: &Config, config_file: &Path) -> Result<Option<String>, Failure> {
    let Some(file) = config.request_key_file() else {
        return Ok(None);
    };
    let path = config_file
        .parent()
        .map_or_else(|| PathBuf::from(file), |folder| folder.join(file));
    std::fs::read_to_string(&path).map(Some).map_err(|error| {
        Failure::new(
            Code::ConfigInvalid,
            format!("requestSignature: cannot read {}: {error}", path.display()),
        )
    })
}
