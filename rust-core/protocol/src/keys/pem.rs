//! Strict PEM (RFC 7468): blocks and white space, nothing else.

use super::{PublicKey, der};
use crate::{Error, KeyFault, base64, limits};

/// Every key in `text`, at least one, at most [`limits::KEYS_MAX`].
pub(super) fn public_keys(text: &str) -> Result<Vec<PublicKey>, Error> {
    if text.trim().is_empty() {
        return Err(KeyFault::Empty.into());
    }
    if text.len() > limits::PEM_BYTES {
        return Err(KeyFault::NotPem {
            rule: "it is longer than 64 KiB",
        }
        .into());
    }
    let mut keys = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let (label, content, after) = block(rest)?;
        keys.push(key(label, &content)?);
        rest = after.trim_start();
        if keys.len() > limits::KEYS_MAX {
            return Err(KeyFault::TooMany {
                count: keys.len(),
                max: limits::KEYS_MAX,
            }
            .into());
        }
    }
    Ok(keys)
}

/// A PEM block with lines of 64 letters.
pub(super) fn encode(label: &str, der: &[u8]) -> String {
    let body = base64::encode(der);
    let lines: String = body
        .chars()
        .enumerate()
        .fold(String::new(), |mut lines, (index, letter)| {
            if index > 0 && index % 64 == 0 {
                lines.push('\n');
            }
            lines.push(letter);
            lines
        });
    format!("-----BEGIN {label}-----\n{lines}\n-----END {label}-----\n")
}

fn key(label: &str, content: &[u8]) -> Result<PublicKey, Error> {
    match label {
        "PUBLIC KEY" => der::key_from_spki(content),
        "RSA PUBLIC KEY" => der::key_from_pkcs1(content),
        _ => Err(KeyFault::WrongLabel {
            label: label.chars().take(64).collect(),
        }
        .into()),
    }
}

/// Splits the first block off `text`: label, decoded content, and what follows it.
fn block(text: &str) -> Result<(&str, Vec<u8>, &str), Error> {
    let not_pem = |rule| Error::from(KeyFault::NotPem { rule });
    let opened = text.strip_prefix("-----BEGIN ").ok_or_else(|| {
        not_pem("expected `-----BEGIN PUBLIC KEY-----`, line feeds and all (in JSON they are written \\n)")
    })?;
    let (label, rest) = opened
        .split_once("-----")
        .ok_or_else(|| not_pem("its first line does not end in `-----`"))?;
    // Said before anything else about the block, and without reading it.
    if label.contains("PRIVATE KEY") {
        return Err(KeyFault::PrivateKey.into());
    }
    let end = format!("-----END {label}-----");
    let (body, after) = rest
        .split_once(end.as_str())
        .ok_or_else(|| not_pem("its last line does not match its first"))?;
    if !body.starts_with(['\r', '\n']) || !body.ends_with('\n') {
        return Err(not_pem("the BEGIN and END lines must stand alone"));
    }
    if !(after.is_empty() || after.starts_with(['\r', '\n'])) {
        return Err(not_pem("something follows the END line"));
    }
    let letters: String = body.lines().map(str::trim_end).collect();
    let content = base64::decode(&letters).ok_or_else(|| not_pem("its body is not base64"))?;
    Ok((label, content, after))
}
