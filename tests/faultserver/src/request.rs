//! What the client asked.

use std::io::{BufRead, BufReader};
use std::net::TcpStream;

/// One request.
#[derive(Clone, Debug)]
pub struct Request {
    /// The path without the leading `/` and without a query.
    pub path: String,
    /// Header names in lower case, and their values.
    pub headers: Vec<(String, String)>,
}

impl Request {
    /// Reads the next request of a connection; nothing when the client has closed it.
    pub(crate) fn read(reader: &mut BufReader<TcpStream>) -> Option<Self> {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return None;
        }
        let target = line.split(' ').nth(1).unwrap_or("/").to_owned();
        let mut headers = Vec::new();
        loop {
            let mut header = String::new();
            reader.read_line(&mut header).ok()?;
            let Some((name, value)) = header.trim_end().split_once(':') else {
                break;
            };
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let path = target.split('?').next().unwrap_or_default();
        Some(Self {
            path: path.trim_start_matches('/').to_owned(),
            headers,
        })
    }

    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Where the range that is asked for begins (`Range: bytes=N-`).
    pub fn range(&self) -> Option<usize> {
        let range = self.header("range")?.strip_prefix("bytes=")?;
        range.strip_suffix('-')?.parse().ok()
    }
}
