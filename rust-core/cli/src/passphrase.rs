//! Where the passphrase of a private key comes from: a file, the environment, or the person at the terminal.

use std::fs;
use std::io::{self, IsTerminal, Read};
use std::path::{Path, PathBuf};

use airlock_publisher::key::Passphrase;
use airlock_publisher::{Error, Result};
use clap::Args;

/// The environment variable that is read when no file is named.
const VARIABLE: &str = "AIRLOCK_PASSPHRASE";

/// Where the passphrase comes from, as far as the command line says.
#[derive(Debug, Clone, Args)]
pub(crate) struct PassphraseArgs {
    /// Read the passphrase from the first line of FILE, `-` for standard input [default: ask]
    ///
    /// Without it the environment variable AIRLOCK_PASSPHRASE is used, and without that you are asked.
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
}

impl PassphraseArgs {
    /// The passphrase of an existing key. `what` names the key in the question.
    pub(crate) fn existing(&self, what: &Path) -> Result<Passphrase> {
        match self.given()? {
            Some(passphrase) => Ok(passphrase),
            None => ask(&format!("Passphrase of {}: ", what.display())),
        }
    }

    /// A passphrase for keys that are about to be made; asked for twice, since nobody can ask for it later.
    pub(crate) fn new_one(&self) -> Result<Passphrase> {
        if let Some(passphrase) = self.given()? {
            return Ok(passphrase);
        }
        if !io::stdin().is_terminal() {
            return Err(Error::Usage(format!(
                "a new private key needs a passphrase and there is no terminal to ask on: set {VARIABLE}, use \
                 --passphrase-file, or --no-passphrase to store it unprotected"
            )));
        }
        let first = ask_words("New passphrase: ")?;
        let second = ask_words("The same again: ")?;
        if first != second {
            return Err(Error::Usage(
                "the two passphrases differ: nothing was made, try again".into(),
            ));
        }
        Passphrase::new(first)
    }

    fn given(&self) -> Result<Option<Passphrase>> {
        if let Some(path) = &self.passphrase_file {
            return Passphrase::new(first_line(path)?).map(Some);
        }
        match std::env::var(VARIABLE) {
            Ok(words) => Passphrase::new(words).map(Some),
            Err(_) => Ok(None),
        }
    }
}

fn first_line(path: &Path) -> Result<String> {
    let text = if path == Path::new("-") {
        let mut text = String::new();
        io::stdin().read_to_string(&mut text).map(|_| text)
    } else {
        fs::read_to_string(path)
    };
    let text = text.map_err(|error| {
        Error::Usage(format!(
            "cannot read --passphrase-file {}: {error}",
            path.display()
        ))
    })?;
    Ok(text.lines().next().unwrap_or_default().to_owned())
}

fn ask(question: &str) -> Result<Passphrase> {
    Passphrase::new(ask_words(question)?)
}

fn ask_words(question: &str) -> Result<String> {
    if !io::stdin().is_terminal() {
        return Err(Error::Usage(format!(
            "a private key needs its passphrase and there is no terminal to ask on: set {VARIABLE} or use \
             --passphrase-file"
        )));
    }
    rpassword::prompt_password(question)
        .map_err(|error| Error::Usage(format!("cannot ask for the passphrase: {error}")))
}
