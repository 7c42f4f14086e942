//! Failures and their exit codes (design section 8). Every failure of every command passes through
//! [`Failure`].

use std::any::Any;
use std::io;
use std::path::Path;
use std::process::ExitCode;

use airlock_protocol::Code;

use crate::output;

/// Why a command did not do its work: a stable code for programs and a sentence for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    code: Code,
    message: String,
    exit_code: u8,
}

impl Failure {
    /// A failure with the exit code that belongs to `code`.
    ///
    /// `message` says what was being done, what is wrong and what to do; lower case, no trailing stop.
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Failure {
        Failure {
            code,
            message: message.into(),
            exit_code: code.exit_code(),
        }
    }

    /// The failure of a command line that cannot be carried out as it stands.
    pub(crate) fn usage(message: impl Into<String>) -> Failure {
        Failure::new(Code::Usage, message)
    }

    /// The failure of the disk while `doing` something with `path`; a full one has a code of its own.
    pub(crate) fn storage(doing: &str, path: &Path, error: &io::Error) -> Failure {
        let code = match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Code::NoSpace,
            _ => Code::StorageFailure,
        };
        Failure::new(code, format!("cannot {doing} {}: {error}", path.display()))
    }

    /// The failure that stands for a caught panic.
    pub(crate) fn from_panic(panic: &(dyn Any + Send)) -> Failure {
        let text = panic
            .downcast_ref::<&str>()
            .copied()
            .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
            .unwrap_or("no details");
        Failure::new(
            Code::Internal,
            format!("internal error, please report it: {text}"),
        )
    }

    /// The same failure under another exit code, for `airlock tuf`, whose caller expects 0 or 1 only.
    pub(crate) fn with_exit_code(self, exit_code: u8) -> Failure {
        Failure { exit_code, ..self }
    }

    /// The stable code.
    pub(crate) fn code(&self) -> Code {
        self.code
    }

    /// The sentence for people.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// What the process exits with.
    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(self.exit_code)
    }
}

impl From<airlock_engine::Error> for Failure {
    fn from(error: airlock_engine::Error) -> Failure {
        Failure::new(error.code(), error.to_string())
    }
}

impl From<airlock_foreign::Error> for Failure {
    fn from(error: airlock_foreign::Error) -> Failure {
        Failure::new(error.code(), error.to_string())
    }
}

impl From<airlock_protocol::Error> for Failure {
    fn from(error: airlock_protocol::Error) -> Failure {
        Failure::new(error.code(), error.to_string())
    }
}

impl From<airlock_publisher::Error> for Failure {
    fn from(error: airlock_publisher::Error) -> Failure {
        Failure::new(error.code(), error.to_string())
    }
}

/// Prints what clap has to say (help, version, or a usage error) and gives its exit code: 0 or 2.
///
/// The command line did not parse, so whether the caller reads JSON is looked up in the raw arguments.
pub(crate) fn from_clap(error: &clap::Error) -> ExitCode {
    // A closed pipe (`airlock --help | head -1`) is not a failure of the command.
    let _ = error.print();
    if !error.use_stderr() {
        return ExitCode::SUCCESS;
    }
    let failure = Failure::usage(first_line(&error.to_string()));
    if std::env::args_os().any(|argument| argument == "--json") {
        output::print_failure(&failure);
    }
    failure.exit_code()
}

fn first_line(text: &str) -> &str {
    let line = text.lines().next().unwrap_or_default();
    line.strip_prefix("error: ").unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_internal_error_whatever_it_carries() {
        for panic in [
            std::panic::catch_unwind(|| panic!("out of {}", "range")),
            std::panic::catch_unwind(|| panic!("out of range")),
        ] {
            let failure = Failure::from_panic(panic.unwrap_err().as_ref());
            assert_eq!(failure.code(), Code::Internal);
            assert!(
                failure.message().ends_with("out of range"),
                "{}",
                failure.message()
            );
        }
        let silent = std::panic::catch_unwind(|| std::panic::panic_any(7)).unwrap_err();
        assert!(
            Failure::from_panic(silent.as_ref())
                .message()
                .ends_with("no details")
        );
    }
}
