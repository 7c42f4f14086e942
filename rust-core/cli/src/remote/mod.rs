//! Remote configurations of Vicius on the command line: getting one, remembering its number, and downloading what
//! it names. `fetch` and `self-update` share this.

mod counter;
mod download;
mod source;

pub(crate) use download::{Expected, download};
pub(crate) use source::{Loaded, SourceArgs};
