//! A key that lives elsewhere, in a KMS, an HSM or on another machine, behind a program that signs for it.
//!
//! The protocol (docs/protocol.md, docs/adr/0013-external-signer.md): the program is started once a request,
//! without a shell. It reads one JSON object from its standard input and writes one to its standard output.

use std::fmt;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use airlock_protocol::base64;
use airlock_protocol::keys::PublicKey;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::error::{Error, Result};
use crate::signer::Sign;

/// Most bytes that a program may answer with. An RSA-16384 signature is 2,732 bytes of base64; a program that
/// writes without end must not fill the memory.
const ANSWER_BYTES: u64 = 64 * 1024;

/// How long a program has for one answer, unless the project says otherwise: a person who has to find and
/// touch a token needs most of a minute.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(60);

/// How often the end of a program that has closed its output is looked for.
const POLL: Duration = Duration::from_millis(5);

/// A program that signs as one key.
#[derive(Clone)]
pub struct ExternalSigner {
    program: PathBuf,
    arguments: Vec<String>,
    folder: Option<PathBuf>,
    timeout: Duration,
    public: PublicKey,
}

impl ExternalSigner {
    /// The program `command[0]` with the rest as its arguments, run in `folder` or else the current one.
    ///
    /// A program with a `/` in its name is looked for from `folder`, any other in `PATH`. Without `public_key`
    /// the program is asked for it.
    ///
    /// # Errors
    /// `config_invalid` when there is no program, or it does not tell a public key that devices accept.
    pub fn new(
        command: &[String],
        folder: Option<&Path>,
        timeout: Duration,
        public_key: Option<PublicKey>,
    ) -> Result<ExternalSigner> {
        let (program, arguments) = command
            .split_first()
            .filter(|(program, _)| !program.is_empty())
            .ok_or_else(|| Error::Project("the command of an external signer is empty".into()))?;
        let program = match folder {
            Some(folder) if program.contains('/') => absolute(&folder.join(program))?,
            _ if program.contains('/') => absolute(Path::new(program))?,
            _ => PathBuf::from(program),
        };
        let call = Call {
            program: &program,
            arguments,
            folder,
            timeout,
        };
        let public = match public_key {
            Some(key) => key,
            None => {
                let answer: PublicKeyAnswer = call.ask(&json!({"request": "public-key"}))?;
                PublicKey::from_pem(&answer.public_key)
                    .map_err(|error| call.failed(format!("its \"publicKey\" is unusable: {error}")))?
            }
        };
        Ok(ExternalSigner {
            program: program.clone(),
            arguments: arguments.to_vec(),
            folder: folder.map(Path::to_owned),
            timeout,
            public,
        })
    }

    fn call(&self) -> Call<'_> {
        Call {
            program: &self.program,
            arguments: &self.arguments,
            folder: self.folder.as_deref(),
            timeout: self.timeout,
        }
    }
}

impl Sign for ExternalSigner {
    fn public_key(&self) -> Result<PublicKey> {
        Ok(self.public.clone())
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>> {
        let request = json!({
            "request": "sign",
            "keyid": self.public.key_id(),
            "algorithm": self.public.to_tuf().get("scheme"),
            "message": base64::encode(message),
        });
        let call = self.call();
        let answer: SignatureAnswer = call.ask(&request)?;
        base64::decode(&answer.signature)
            .ok_or_else(|| call.failed("its \"signature\" is not base64 (RFC 4648, padded, one line)"))
    }
}

impl fmt::Debug for ExternalSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the signer {}", self.program.display())
    }
}

#[derive(Deserialize)]
struct SignatureAnswer {
    signature: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PublicKeyAnswer {
    public_key: String,
}

/// One run of the program.
struct Call<'a> {
    program: &'a Path,
    arguments: &'a [String],
    folder: Option<&'a Path>,
    timeout: Duration,
}

impl Call<'_> {
    fn ask<T: DeserializeOwned>(&self, request: &Value) -> Result<T> {
        let answer = self.run(request)?;
        serde_json::from_slice(&answer).map_err(|error| {
            self.failed(format!(
                "its answer is not the JSON object that the protocol asks for ({error}): see docs/protocol.md"
            ))
        })
    }

    /// Runs the program to its end, or kills it. What it writes to standard error goes to the terminal: it may
    /// be a question to the person there.
    fn run(&self, request: &Value) -> Result<Vec<u8>> {
        let deadline = Instant::now() + self.timeout;
        let mut command = Command::new(self.program);
        command.args(self.arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        if let Some(folder) = self.folder {
            command.current_dir(folder);
        }
        let mut child = command
            .spawn()
            .map_err(|error| self.failed(format!("it cannot be started: {error}")))?;
        let answer = self.exchange(&mut child, request, deadline);
        if answer.is_err() {
            let _already_gone = child.kill();
        }
        let status = self.wait(&mut child, deadline)?;
        match (status.success(), answer) {
            (true, answer) => answer,
            // Its own failure explains a missing answer better than the missing answer does.
            (false, Ok(_)) => Err(self.failed(format!("it ended with {status}; what it said stands above"))),
            (false, Err(error)) => Err(error),
        }
    }

    /// Writes the request and reads the answer on threads of their own, so that neither side can block the
    /// other and the deadline holds.
    fn exchange(&self, child: &mut Child, request: &Value, deadline: Instant) -> Result<Vec<u8>> {
        let (Some(mut stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(Error::Internal("a program was started without pipes".into()));
        };
        let mut line = request.to_string().into_bytes();
        line.push(b'\n');
        thread::spawn(move || {
            // A program that does not read its input may still answer; it is judged by its answer.
            let _closed = stdin.write_all(&line);
        });
        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || {
            let mut bytes = Vec::new();
            let read = stdout.take(ANSWER_BYTES + 1).read_to_end(&mut bytes);
            let _nobody_waits = sender.send(read.map(|_| bytes));
        });
        let left = deadline.saturating_duration_since(Instant::now());
        match receiver.recv_timeout(left) {
            Ok(Ok(bytes)) if bytes.len() as u64 > ANSWER_BYTES => {
                Err(self.failed(format!("its answer is longer than {ANSWER_BYTES} bytes")))
            }
            Ok(Ok(bytes)) => Ok(bytes),
            Ok(Err(error)) => Err(self.failed(format!("its answer cannot be read: {error}"))),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => Err(self.too_slow()),
        }
    }

    /// A program may close its output and stay; it has until the deadline all the same.
    fn wait(&self, child: &mut Child, deadline: Instant) -> Result<ExitStatus> {
        loop {
            match child.try_wait() {
                Ok(Some(status)) => return Ok(status),
                Ok(None) if Instant::now() < deadline => thread::sleep(POLL),
                Ok(None) => {
                    let _already_gone = child.kill();
                    let _reaped = child.wait();
                    return Err(self.too_slow());
                }
                Err(error) => return Err(self.failed(format!("its end cannot be awaited: {error}"))),
            }
        }
    }

    fn too_slow(&self) -> Error {
        self.failed(format!(
            "it did not answer within {} seconds and was stopped: try again, or raise \"timeoutSeconds\"",
            self.timeout.as_secs()
        ))
    }

    fn failed(&self, reason: impl fmt::Display) -> Error {
        Error::Project(format!(
            "the external signer {}: {reason}",
            self.program.display()
        ))
    }
}

/// A relative program is looked for from different places on different systems once the folder is changed.
fn absolute(path: &Path) -> Result<PathBuf> {
    std::path::absolute(path).map_err(Error::storage("looking for", path))
}
