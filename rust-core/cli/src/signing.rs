//! Which keys sign: those that airlock.json names, and those of the command line.

use std::path::{Path, PathBuf};

use airlock_publisher::{
    AskPassphrase, DEFAULT_TIMEOUT, ExternalSigner, KeyFile, KeyGroup, Project, Result, Signers,
};
use clap::Args;

use crate::passphrase::PassphraseArgs;

/// Keys of the command line.
#[derive(Debug, Clone, Args)]
pub(crate) struct SigningArgs {
    /// Sign with this private key (PKCS#8 PEM), besides those in airlock.json; may be repeated
    #[arg(long, value_name = "PEM")]
    key: Vec<PathBuf>,
    /// Sign with this program, besides; its words are split at spaces, no shell is used; may be repeated
    #[arg(long, value_name = "COMMAND")]
    signer: Vec<String>,
    #[command(flatten)]
    pub(crate) passphrase: PassphraseArgs,
}

impl SigningArgs {
    /// The keys of the command line, then those of the project. Files are opened when they sign.
    pub(crate) fn signers<'k>(
        &self,
        project: &Project,
        groups: &[KeyGroup],
        ask: AskPassphrase<'k>,
    ) -> Result<Signers<'k>> {
        let mut signers = self.named(Some(project.folder()), ask)?;
        for group in groups {
            project.add_signers(*group, ask, &mut signers)?;
        }
        Ok(signers)
    }

    /// The keys of the command line only. Programs run in `folder`, else in the current one.
    pub(crate) fn named<'k>(&self, folder: Option<&Path>, ask: AskPassphrase<'k>) -> Result<Signers<'k>> {
        let mut signers = Signers::new();
        for path in &self.key {
            signers.add(KeyFile::new(path, ask)?)?;
        }
        for line in &self.signer {
            signers.add(ExternalSigner::new(&words(line), folder, DEFAULT_TIMEOUT, None)?)?;
        }
        Ok(signers)
    }
}

/// The words of a command line, split at spaces. There is no quoting: what needs it belongs into airlock.json,
/// where the words are a list, or into a script.
pub(crate) fn words(line: &str) -> Vec<String> {
    line.split_whitespace().map(str::to_owned).collect()
}
