//! The device's side: stored files, an anchor, a clock.

use airlock_protocol::tuf::{Anchor, Answer, Mode, Refresh, Step, StoreOp, Stored, Trusted};
use airlock_protocol::{Error, UnixMillis, keys::PublicKeys};

use super::{Repository, Signer, day};

/// What a device remembers between runs.
#[derive(Clone)]
pub(crate) struct Device {
    pub(crate) anchor: Anchor,
    pub(crate) stored: Stored,
    pub(crate) now: UnixMillis,
    pub(crate) mode: Mode,
}

/// One run of the client.
pub(crate) struct Run {
    /// The files asked for, in order.
    pub(crate) asked: Vec<String>,
    /// What was written or removed, in order.
    pub(crate) ops: Vec<StoreOp>,
    pub(crate) unchanged: bool,
    pub(crate) result: Result<Trusted, Error>,
}

impl Device {
    /// Trusts key number 1, has stored nothing, and walks in the order of the specification.
    pub(crate) fn new() -> Device {
        Device::trusting(&[1], 1)
    }

    pub(crate) fn trusting(numbers: &[u8], threshold: u32) -> Device {
        let pems: Vec<String> = numbers.iter().map(|number| Signer::new(*number).pem()).collect();
        let anchor = Anchor::Keys(PublicKeys::from_pems(&pems, threshold).unwrap());
        Device {
            anchor,
            stored: Stored::default(),
            now: day(0),
            mode: Mode::Full,
        }
    }

    /// Refreshes with the channel `stable`, keeping what the client says.
    pub(crate) fn refresh(&mut self, repository: &Repository) -> Run {
        let mut run = Run {
            asked: Vec::new(),
            ops: Vec::new(),
            unchanged: false,
            result: Err(no_result()),
        };
        run.result = self.walk(repository, &mut run.asked, &mut run.ops, &mut run.unchanged);
        run
    }

    /// A refresh that must succeed.
    pub(crate) fn follow(&mut self, repository: &Repository) -> Trusted {
        self.refresh(repository).result.unwrap()
    }

    pub(crate) fn version(&self, file: &str) -> Option<u64> {
        let value: serde_json::Value = serde_json::from_slice(self.stored.files.get(file)?).unwrap();
        value["signed"]["version"].as_u64()
    }

    fn walk(
        &mut self,
        repository: &Repository,
        asked: &mut Vec<String>,
        ops: &mut Vec<StoreOp>,
        unchanged: &mut bool,
    ) -> Result<Trusted, Error> {
        let (anchor, stored) = (self.anchor.clone(), self.stored.clone());
        let mut refresh = Refresh::start(anchor, stored, self.now, self.mode, Some("stable"))?;
        while let Step::Fetch(fetch) = refresh.step() {
            let file = repository.files.get(&fetch.name);
            let answer = file.map_or(Answer::Missing, |bytes| Answer::Found(bytes.clone()));
            asked.push(fetch.name);
            for op in refresh.receive(answer)? {
                self.stored.apply(&op);
                ops.push(op);
            }
        }
        *unchanged = refresh.unchanged();
        refresh.into_trusted()
    }
}

fn no_result() -> Error {
    "".parse::<airlock_protocol::AppId>().unwrap_err()
}
