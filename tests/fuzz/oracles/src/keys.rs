//! Public keys: one key, one encoding, and never a private one.

use airlock_protocol::keys::{PublicKey, PublicKeys};

use crate::Verdict;

/// PEM text; or, after a byte that begins no text, DER to be wrapped: 0 for SPKI, 1 for PKCS#1.
pub(crate) fn public_key(data: &[u8]) -> Verdict {
    match data.split_first() {
        Some((0, der)) => {
            let pem = armoured("PUBLIC KEY", der);
            let key = PublicKey::from_pem(&pem);
            if let Ok(key) = &key {
                assert_eq!(key.to_pem(), pem, "a key has a second encoding");
            }
            judge(&pem)
        }
        Some((1, der)) => judge(&armoured("RSA PUBLIC KEY", der)),
        _ => std::str::from_utf8(data).map_or(Verdict::Refused, judge),
    }
}

fn judge(text: &str) -> Verdict {
    let parsed = PublicKey::from_pem(text);
    if let Ok(key) = &parsed {
        let pem = key.to_pem();
        assert_eq!(&PublicKey::from_pem(&pem).unwrap(), key);
        assert_eq!(PublicKey::from_pem(&pem).unwrap().to_pem(), pem);
        assert!(
            !text.contains("PRIVATE KEY"),
            "a private key is taken for a public one"
        );
        let id = key.key_id();
        assert!(id.len() == 64 && id.bytes().all(|digit| digit.is_ascii_hexdigit()));
        let set = PublicKeys::from_pems(&[text], 1).unwrap();
        assert!(set.contains(key) && set.iter().count() == 1);
        assert!(
            PublicKeys::from_pems(&[text, &pem], 1).is_err(),
            "one key counts twice"
        );
    } else if let Ok(set) = PublicKeys::from_pems(&[text], 1) {
        assert!(set.iter().count() > 1, "one reader takes what the other refuses");
    }
    Verdict::of(&parsed)
}

fn armoured(label: &str, der: &[u8]) -> String {
    let text = base64(der);
    let lines: Vec<&str> = text
        .as_bytes()
        .chunks(64)
        .map(|line| std::str::from_utf8(line).unwrap())
        .collect();
    format!(
        "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
        lines.join("\n")
    )
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let bits = (0..3).fold(0, |bits, at| {
            bits << 8 | usize::from(group.get(at).copied().unwrap_or(0))
        });
        for letter in 0..4 {
            let padding = letter > group.len();
            text.push(if padding {
                '='
            } else {
                char::from(LETTERS[bits >> (18 - 6 * letter) & 63])
            });
        }
    }
    text
}
