//! A web page where something else should be: somebody else answers, most often a network that wants a sign-in.

use super::without_query;
use crate::error::Error;
use crate::ports::{Head, Media, PORTAL};

/// What should come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expects {
    /// JSON, which does not begin with `<`.
    Json,
    /// A zip, a patch or a Zstandard frame, which do not begin with `<` either.
    Packed,
    /// Any bytes: a page is one that the server calls so, too.
    Anything,
    /// A file of a web bundle, which may well be a page; its hash tells.
    WebFile,
}

/// Looks at the first bytes of a body.
pub(super) struct Watch<'a> {
    url: &'a str,
    expects: Expects,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Called(Media),
    Seen,
}

impl<'a> Watch<'a> {
    pub(super) fn new(url: &'a str, expects: Expects) -> Self {
        Self {
            url,
            expects,
            state: State::Called(Media::Other),
        }
    }

    pub(super) fn begin(&mut self, head: &Head) {
        // The rest of a file may begin with anything.
        self.state = match head.offset {
            0 => State::Called(head.media),
            _ => State::Seen,
        };
    }

    /// Errors: `response_unusable`.
    pub(super) fn piece(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let State::Called(media) = std::mem::replace(&mut self.state, State::Seen) else {
            return Ok(());
        };
        let is_markup = bytes.trim_ascii_start().starts_with(b"<");
        let is_foreign = match self.expects {
            Expects::Json | Expects::Packed => is_markup,
            Expects::Anything => is_markup && media == Media::Page,
            Expects::WebFile => false,
        };
        match is_foreign {
            true => Err(Error::Response {
                url: without_query(self.url),
                reason: PORTAL.to_owned(),
            }),
            false => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refuses(expects: Expects, media: Media, offset: u64, bytes: &[u8]) -> bool {
        let mut watch = Watch::new("https://example.com/a?secret", expects);
        watch.begin(&Head {
            offset,
            media,
            ..Head::default()
        });
        let first = watch.piece(bytes);
        assert!(watch.piece(b"<html>").is_ok(), "later bytes say nothing");
        first
            .inspect_err(|error| assert!(!error.to_string().contains("secret")))
            .is_err()
    }

    #[test]
    fn a_page_is_known_by_its_first_byte_and_where_that_may_be_anything_by_its_name_too() {
        let page = b" \r\n<!DOCTYPE html>";
        for expects in [Expects::Json, Expects::Packed] {
            assert!(refuses(expects, Media::Other, 0, page));
            assert!(
                !refuses(expects, Media::Page, 0, b"{}"),
                "a server that names all files so"
            );
        }
        assert!(refuses(Expects::Anything, Media::Page, 0, page));
        assert!(!refuses(Expects::Anything, Media::Other, 0, page));
        assert!(
            !refuses(Expects::Packed, Media::Other, 9, page),
            "the middle of a file"
        );
    }
}
