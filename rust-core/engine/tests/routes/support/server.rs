//! A web server in memory. Clones are the same server.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use airlock_engine::Error;
use airlock_engine::ports::{Get, Got, Head, Media, Sink, StrongEtag, Transport};

pub(crate) const BASE: &str = "https://updates.example/app/";

#[derive(Clone)]
pub(crate) struct Server {
    state: Arc<Mutex<State>>,
    parallel: usize,
}

#[derive(Default)]
struct State {
    files: BTreeMap<String, Vec<u8>>,
    requests: Vec<String>,
    /// Paths whose answer breaks off after so many bytes.
    breaks: BTreeMap<String, usize>,
}

impl Server {
    pub(crate) fn new() -> Self {
        Self {
            state: Arc::default(),
            parallel: 1,
        }
    }

    /// The same, for a device that asks for so many things at once.
    pub(crate) fn asked_in_parallel(&self, parallel: usize) -> Self {
        Self {
            parallel,
            ..self.clone()
        }
    }

    pub(crate) fn put(&self, path: &str, bytes: Vec<u8>) {
        self.state.lock().unwrap().files.insert(path.to_owned(), bytes);
    }

    /// The one file whose path ends so.
    pub(crate) fn path(&self, end: &str) -> String {
        let state = self.state.lock().unwrap();
        let mut found = state.files.keys().filter(|path| path.ends_with(end));
        let path = found.next().unwrap().clone();
        assert_eq!(found.next(), None, "{end} is not one file");
        path
    }

    /// Changes a file without signing anything again.
    pub(crate) fn change(&self, path: &str, change: impl FnOnce(&mut Vec<u8>)) {
        change(self.state.lock().unwrap().files.get_mut(path).unwrap());
    }

    pub(crate) fn remove(&self, path: &str) {
        self.state.lock().unwrap().files.remove(path).unwrap();
    }

    pub(crate) fn break_off(&self, path: &str, after: usize) {
        self.state.lock().unwrap().breaks.insert(path.to_owned(), after);
    }

    pub(crate) fn mend(&self) {
        self.state.lock().unwrap().breaks.clear();
    }

    pub(crate) fn length(&self, path: &str) -> u64 {
        self.state.lock().unwrap().files[path].len() as u64
    }

    /// The paths asked for since the last time, metadata left out, each without what names its content, and with the
    /// first byte where a rest is asked for.
    pub(crate) fn requests(&self) -> Vec<String> {
        let requests = std::mem::take(&mut self.state.lock().unwrap().requests);
        let content = requests.into_iter().filter(|path| !path.starts_with("metadata/"));
        content
            .map(|path| match path.strip_prefix("targets/") {
                Some(target) => target.rsplit_once('/').unwrap().1[65..].to_owned(),
                None => path,
            })
            .collect()
    }
}

impl Transport for Server {
    fn get(&self, request: &Get<'_>, sink: &mut dyn Sink) -> Result<Got, Error> {
        let path = request.url.strip_prefix(BASE).unwrap();
        let (found, breaks) = {
            let mut state = self.state.lock().unwrap();
            let rest = request.resume.as_ref();
            let rest = rest.map_or_else(String::new, |rest| format!("@{}", rest.from));
            state.requests.push(format!("{path}{rest}"));
            (state.files.get(path).cloned(), state.breaks.get(path).copied())
        };
        let Some(bytes) = found else {
            return Ok(Got::Missing);
        };
        let offset = request.resume.as_ref().map_or(0, |resume| resume.from);
        sink.begin(&Head {
            offset,
            total: Some(bytes.len() as u64),
            etag: StrongEtag::parse("\"1\""),
            media: Media::Other,
        })?;
        let rest = &bytes[usize::try_from(offset).unwrap()..];
        let lost = || Error::Download {
            url: request.url.to_owned(),
            reason: "the connection ended".to_owned(),
        };
        let mut given = 0;
        for piece in rest.chunks(1000) {
            if breaks.is_some_and(|breaks| given >= breaks) {
                return Err(lost());
            }
            given += piece.len();
            if given as u64 > request.max_bytes {
                return Err(Error::Response {
                    url: request.url.to_owned(),
                    reason: "it is longer than it may be".to_owned(),
                });
            }
            sink.piece(piece)?;
        }
        Ok(Got::Body)
    }

    fn parallel(&self) -> usize {
        self.parallel
    }
}
