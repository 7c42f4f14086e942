//! The only JSON reader of this crate: strict, bounded, and without a second meaning for any byte.
//!
//! `serde_json` alone keeps the last of two equal keys and turns large numbers into floats; two readers
//! could then see two documents under one signature. Here both are refused (faults.md section 3).

mod canonical;
mod parse;

pub use canonical::canonical;
pub(crate) use parse::StrictText;
pub use parse::parse;

/// The first byte of `bytes` that is not JSON white space: `<` tells a web page (a captive portal, say) from
/// a document, for a better error message.
pub fn first_byte(bytes: &[u8]) -> Option<u8> {
    bytes.iter().copied().find(|byte| !b" \t\r\n".contains(byte))
}
