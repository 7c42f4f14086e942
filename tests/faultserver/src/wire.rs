//! The connection, as raw as faults need it.

use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use crate::request::Request;
use crate::site::File;

/// Longest wait for a client that gives up; a client that never does must not keep a test for ever.
const PATIENCE: Duration = Duration::from_secs(60);

/// An open connection and the address it was reached by. Every call fails once the client is gone.
pub struct Wire {
    stream: TcpStream,
    /// `http://127.0.0.1:<port>`.
    pub url: String,
    /// The address of another, honest server with the same site, where there is one.
    pub elsewhere: Option<String>,
}

impl Wire {
    pub(crate) fn new(stream: TcpStream, url: String, elsewhere: Option<String>) -> Self {
        Self {
            stream,
            url,
            elsewhere,
        }
    }

    /// Sends bytes as they are.
    pub fn raw(&mut self, bytes: impl AsRef<[u8]>) -> io::Result<()> {
        self.stream.write_all(bytes.as_ref())?;
        self.stream.flush()
    }

    /// Sends a status line and headers (each `Name: value`), and the empty line.
    pub fn head(&mut self, status: u16, headers: &[String]) -> io::Result<()> {
        let mut text = format!("HTTP/1.1 {status} Answer\r\n");
        for header in headers {
            text.push_str(header);
            text.push_str("\r\n");
        }
        text.push_str("\r\n");
        self.raw(text)
    }

    /// A whole answer with its length.
    pub fn answer(&mut self, status: u16, headers: &[String], body: &[u8]) -> io::Result<()> {
        let length = format!("Content-Length: {}", body.len());
        self.head(status, &[headers, &[length]].concat())?;
        self.raw(body)
    }

    /// The answer of an honest server.
    pub fn honest(&mut self, request: &Request, file: &File) -> io::Result<()> {
        let etag = format!("ETag: {}", file.etag);
        let ranges = "Accept-Ranges: bytes".to_owned();
        let unchanged = request.header("if-range").is_none_or(|tag| tag == file.etag);
        let total = file.bytes.len();
        match request.range().filter(|_| unchanged) {
            Some(start) if start < total => {
                let range = format!("Content-Range: bytes {start}-{}/{total}", total - 1);
                self.answer(206, &[etag, range], &file.bytes[start..])
            }
            Some(_) => self.answer(416, &[format!("Content-Range: bytes */{total}")], b""),
            None => self.answer(200, &[etag, ranges], &file.bytes),
        }
    }

    /// Waits until the client has gone.
    pub fn until_gone(&mut self) -> io::Result<()> {
        self.stream.set_read_timeout(Some(PATIENCE))?;
        let mut buffer = [0; 512];
        while self.stream.read(&mut buffer)? > 0 {}
        Ok(())
    }

    /// Waits that long, or ends as soon as the client has gone.
    pub fn pause(&mut self, time: Duration) -> io::Result<()> {
        self.stream.set_read_timeout(Some(time))?;
        match self.stream.read(&mut [0; 64]) {
            Ok(0) => Err(io::ErrorKind::BrokenPipe.into()),
            Ok(_) => Ok(()),
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    /// Resets the connection when it is closed (RST instead of FIN).
    pub fn reset(&mut self) -> io::Result<()> {
        socket2::SockRef::from(&self.stream).set_linger(Some(Duration::ZERO))
    }
}
