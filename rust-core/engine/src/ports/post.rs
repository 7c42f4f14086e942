//! Telling a server something and reading its answer, both small.

use crate::error::RetryAfter;

/// How a server is addressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// `POST`, with the body.
    Post,
    /// `PUT`, with the body.
    Put,
    /// `GET`, without a body: all that is said stands in the URL.
    Get,
}

impl Verb {
    /// The method's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Get => "GET",
        }
    }
}

/// A request with a JSON body.
#[derive(Clone, Copy, Debug)]
pub struct Post<'a> {
    /// How it is asked.
    pub verb: Verb,
    /// The whole URL, query included.
    pub url: &'a str,
    /// The body, JSON.
    pub body: &'a [u8],
    /// Who is asking, where the protocol fixes that.
    pub user_agent: &'a str,
    /// An answer of more bytes than this is refused: it is held in memory.
    pub max_bytes: u64,
}

/// An answer, whatever its status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// When the server wants to be asked again, where its head says so.
    pub retry_after: Option<RetryAfter>,
    /// The body, whole.
    pub body: Vec<u8>,
}
