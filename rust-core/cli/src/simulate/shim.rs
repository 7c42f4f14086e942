//! The phone with a real process in it: a program that runs one of our shims over the library, as an app does. The
//! simulator is then only the web view and the user. For tests: what the browser sees goes through Kotlin and back.
//!
//! Both sides write one JSON object a line, to the program's standard input and output. The program ends with its input.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, Weak};

use airlock_engine::{Error, Launch, Origin, Served};
use airlock_protocol::Code;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::locked;
use super::payload::BUILTIN;
use super::phone::Phone;
use super::plugin::{Answer, Rejection};

/// The program, and its process while the app runs.
pub(crate) struct Shim {
    program: PathBuf,
    embedded: PathBuf,
    setup: Value,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    process: Option<Running>,
    /// Counts the processes, so that nothing of a dead one is taken for the living one's.
    number: u64,
}

struct Running {
    child: Child,
    input: ChildStdin,
    calls: HashMap<u64, Sender<Answer>>,
    last_call: u64,
    /// The launch that the web view shows, but whose page nobody has asked for.
    to_be_shown: Option<u64>,
}

/// What the program says.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Said {
    /// The launch of the process, once, and before anything else but events.
    Launch(LaunchSaid),
    /// Show this from now on; `{"shown": number}` when its page begins.
    Show { number: u64, launch: LaunchSaid },
    /// For the page's listeners.
    Event {
        name: String,
        data: Value,
        retained: bool,
    },
    /// Of the call with that number.
    Answer {
        number: u64,
        data: Option<Value>,
        error: Option<RejectionSaid>,
    },
}

#[derive(Debug, Deserialize)]
struct LaunchSaid {
    root: Option<PathBuf>,
    token: String,
    attempt: u32,
    id: String,
    version: String,
}

#[derive(Debug, Deserialize)]
struct RejectionSaid {
    code: String,
    message: String,
}

impl Shim {
    /// `setup` is the program's first line. Errors: `usage` where the program is not there.
    pub(crate) fn new(program: &Path, embedded: &Path, setup: Value) -> Shim {
        Shim {
            program: program.to_owned(),
            embedded: embedded.to_owned(),
            setup,
            inner: Mutex::default(),
        }
    }

    /// Starts the process and waits for its launch. Under the phone's lock, so that what it shows next waits for it.
    pub(super) fn start(&self, phone: &Arc<Phone>) -> Result<Launch, Error> {
        let failed = |error: std::io::Error| failure(&self.program, &error.to_string());
        let mut child = Command::new(&self.program)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(failed)?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(failure(&self.program, "it has no input and output"));
        };
        let number = self.keep(Running {
            child,
            input,
            calls: HashMap::new(),
            last_call: 0,
            to_be_shown: None,
        });
        self.tell(&json!({ "setup": self.setup }));
        let (launched, launch) = channel();
        let phone = Arc::downgrade(phone);
        std::thread::spawn(move || listen(output, number, &phone, &launched));
        let said = launch
            .recv()
            .map_err(|_| failure(&self.program, "it ended before it launched"))?;
        Ok(self.launch(said))
    }

    fn keep(&self, process: Running) -> u64 {
        let mut inner = locked(&self.inner);
        inner.number += 1;
        inner.process = Some(process);
        inner.number
    }

    /// The system ends the process: without a word, and whatever it does.
    pub(super) fn kill(&self) {
        let process = locked(&self.inner).process.take();
        if let Some(mut process) = process {
            let _ = process.child.kill();
            let _ = process.child.wait();
        }
    }

    /// Says that the app goes to the background or comes to the front.
    pub(super) fn life(&self, what: &'static str) {
        self.tell(&json!({ "life": what }));
    }

    /// The page of what is to be shown begins.
    pub(super) fn page_began(&self) {
        let number = locked(&self.inner)
            .process
            .as_mut()
            .and_then(|process| process.to_be_shown.take());
        if let Some(number) = number {
            self.tell(&json!({ "shown": number }));
        }
    }

    /// A call of the page. Blocks until it is answered, or the process is killed.
    pub(super) fn call(&self, method: &str, options: &Map<String, Value>) -> Answer {
        let (sender, answer) = channel();
        let number = {
            let mut inner = locked(&self.inner);
            let Some(process) = inner.process.as_mut() else {
                return Err(gone());
            };
            process.last_call += 1;
            process.calls.insert(process.last_call, sender);
            process.last_call
        };
        self.tell(&json!({ "call": { "number": number, "method": method, "options": options } }));
        answer.recv().unwrap_or_else(|_| Err(gone()))
    }

    /// What cannot be told ends with the process, which its reader notices.
    fn tell(&self, message: &Value) {
        if let Some(process) = locked(&self.inner).process.as_mut() {
            let _ = writeln!(process.input, "{message}").and_then(|()| process.input.flush());
        }
    }

    /// Whether this is the living process; then `number` is what it wants to hear when the page begins.
    fn is_to_be_shown(&self, process: u64, number: u64) -> bool {
        let mut inner = locked(&self.inner);
        let is_current = inner.number == process;
        match inner.process.as_mut().filter(|_| is_current) {
            Some(running) => {
                running.to_be_shown = Some(number);
                true
            }
            None => false,
        }
    }

    fn answered(&self, process: u64, call: u64, answer: Answer) {
        let mut inner = locked(&self.inner);
        let is_current = inner.number == process;
        let waiting = inner
            .process
            .as_mut()
            .filter(|_| is_current)
            .and_then(|running| running.calls.remove(&call));
        if let Some(waiting) = waiting {
            let _ = waiting.send(answer);
        }
    }

    /// The process is no more. Answers what is left of it, unless somebody killed it: whoever waits for an answer gets
    /// none once that is dropped.
    fn ended(&self, process: u64) -> Option<Running> {
        let mut inner = locked(&self.inner);
        (inner.number == process).then(|| inner.process.take()).flatten()
    }

    /// The library says "embedded" by naming no folder: a platform has these files in a place of its own.
    fn launch(&self, said: LaunchSaid) -> Launch {
        let origin = if said.id == BUILTIN {
            Origin::Embedded
        } else {
            Origin::Ota
        };
        Launch {
            bundle: Served {
                id: said.id,
                version: said.version,
                origin,
            },
            root: said.root.unwrap_or_else(|| self.embedded.clone()),
            token: said.token,
            attempt: said.attempt,
        }
    }
}

/// Hears one process until it ends.
fn listen(output: ChildStdout, process: u64, phone: &Weak<Phone>, launched: &Sender<LaunchSaid>) {
    for line in BufReader::new(output).lines() {
        let (Ok(line), Some(phone)) = (line, phone.upgrade()) else {
            break;
        };
        let Some(shim) = &phone.shim else { break };
        match serde_json::from_str(&line) {
            Ok(Said::Launch(launch)) => {
                let _ = launched.send(launch);
            }
            Ok(Said::Show { number, launch }) => {
                phone.show_for_shim(shim.launch(launch), || shim.is_to_be_shown(process, number))
            }
            Ok(Said::Event { name, data, retained }) => phone.hear_from_shim(&name, data, retained),
            Ok(Said::Answer { number, data, error }) => {
                let answer = match error {
                    Some(RejectionSaid { code, message }) => Err(Rejection {
                        code: code.into(),
                        message,
                    }),
                    None => Ok(data),
                };
                shim.answered(process, number, answer);
            }
            Err(error) => phone.record_error(&failure(&shim.program, &format!("it said {line}: {error}"))),
        }
    }
    if let Some(phone) = phone.upgrade()
        && let Some(shim) = &phone.shim
        && let Some(mut ended) = shim.ended(process)
    {
        let _ = ended.child.wait();
        phone.record_error(&failure(&shim.program, "it ended by itself"));
    }
}

fn gone() -> Rejection {
    Rejection {
        code: Code::Internal.as_str().into(),
        message: "the app's process is gone".to_owned(),
    }
}

fn failure(program: &Path, reason: &str) -> Error {
    Error::Usage {
        code: Code::Usage,
        text: format!("the app's process, {}, did not work: {reason}", program.display()),
    }
}
