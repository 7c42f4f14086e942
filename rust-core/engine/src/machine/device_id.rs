//! The device's id: random, and the same for as long as can be.

use airlock_protocol::Sha256Digest;

/// Hex digits of 128 random bits.
const DIGITS: usize = 32;

/// Decides staged rollouts, and is sent nowhere by the engine. As text: 32 lower-case hex digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceId(String);

impl DeviceId {
    /// The id that these random bytes make.
    pub fn from_random(bytes: &[u8; 32]) -> Self {
        let digest = Sha256Digest::of(bytes).to_string();
        Self(digest.chars().take(DIGITS).collect())
    }

    /// What somebody else kept for us, if it is an id.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let digit = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        let text = std::str::from_utf8(bytes).ok()?;
        (bytes.len() == DIGITS && bytes.iter().all(digit)).then(|| Self(text.to_owned()))
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_could_have_been_made_here_is_an_id() {
        let made = DeviceId::from_random(&[7; 32]);
        assert_eq!(DeviceId::parse(made.as_str().as_bytes()), Some(made.clone()));
        let upper = made.as_str().to_uppercase();
        let longer = format!("{}0", made.as_str());
        for bad in [upper.as_bytes(), longer.as_bytes(), b"", &[0xff; 32], &[b' '; 32]] {
            assert_eq!(DeviceId::parse(bad), None, "{bad:?}");
        }
    }
}
