//! The start check: does a binary run here, and is it airlock?

use std::io::Read as _;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// How long `--version` may take. It does no work; a machine that is busy, or scans new programs first, needs
/// seconds.
const PATIENCE: Duration = Duration::from_secs(30);

/// How often the process is looked at.
const GLANCE: Duration = Duration::from_millis(10);

/// The most that is read of what it prints, in bytes.
const OUTPUT_BYTES: u64 = 4 * 1024;

/// Runs `path --version`; gives the version after `airlock `.
///
/// # Errors
/// A few words for a program that cannot be run, fails, is killed by a signal, prints something else, or takes too
/// long.
pub(super) fn start_once(path: &Path) -> Result<String, String> {
    start_within(path, PATIENCE)
}

fn start_within(path: &Path, patience: Duration) -> Result<String, String> {
    let mut child = Command::new(path)
        .arg("--version")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| error.to_string())?;
    let deadline = Instant::now() + patience;
    let printed = listen(&mut child);
    let status = wait(&mut child, deadline)?;
    if !status.success() {
        return Err(format!("--version ended with {status}"));
    }
    let rest = deadline.saturating_duration_since(Instant::now());
    let printed = printed.recv_timeout(rest).unwrap_or_default();
    let printed = String::from_utf8_lossy(&printed);
    let version = printed
        .strip_prefix("airlock ")
        .map(str::trim)
        .filter(|version| !version.is_empty() && !version.chars().any(char::is_control));
    version
        .map(str::to_owned)
        .ok_or_else(|| "--version did not print what airlock prints".to_owned())
}

/// On a thread of its own, because whoever holds the other end of the pipe may keep it open for ever.
fn listen(child: &mut Child) -> mpsc::Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    if let Some(stdout) = child.stdout.take() {
        thread::spawn(move || {
            let mut bytes = Vec::new();
            let _ = stdout.take(OUTPUT_BYTES).read_to_end(&mut bytes);
            let _ = sender.send(bytes);
        });
    }
    receiver
}

fn wait(child: &mut Child, deadline: Instant) -> Result<ExitStatus, String> {
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Ok(status),
            Ok(None) if Instant::now() < deadline => thread::sleep(GLANCE),
            Ok(None) => {
                let _ = child.kill().and_then(|()| child.wait().map(drop));
                return Err("--version did not end in time".to_owned());
            }
            Err(error) => return Err(error.to_string()),
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    /// Programs that lie ready: writing one here and starting it would race with other tests that fork.
    fn start(name: &str, patience: Duration) -> Result<String, String> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/programs");
        start_within(&folder.join(name), patience)
    }

    #[test]
    fn what_starts_as_airlock_does_is_let_through() {
        assert_eq!(start("starts.sh", PATIENCE).unwrap(), "9.9.9");
    }

    #[test]
    fn what_does_not_start_is_not() {
        for (name, words) in [
            ("fails.sh", "exit status: 3"),
            ("other.sh", "what airlock prints"),
            ("dies.sh", "signal"),
            ("text.sh", ""),
            ("nowhere.sh", ""),
        ] {
            let reason = start(name, PATIENCE).unwrap_err();
            assert!(reason.contains(words), "{name}: {reason}");
        }
    }

    #[test]
    fn nobody_waits_for_ever() {
        for name in ["hangs.sh", "babbles.sh"] {
            assert!(start(name, Duration::from_millis(200)).is_err(), "{name}");
        }
    }
}
