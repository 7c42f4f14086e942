//! What the feeds want to know of the configuration.

use super::Config;

/// Characters of the key's text that the peer's servers tell keys apart by.
const KEY_ID_CHARS: usize = 20;

impl Config {
    /// The channel that the app names; `None` leaves the choice to the server.
    pub(crate) fn named_channel(&self) -> Option<&str> {
        self.named_channel.as_deref()
    }

    /// The name of the peer's key: the first 20 characters of its base64 text. It proves nothing.
    pub(crate) fn peer_key_id(&self) -> Option<String> {
        let [pem] = self.public_key.as_deref()? else {
            return None;
        };
        let lines = pem.lines().filter(|line| !line.starts_with("-----"));
        let letters = lines
            .flat_map(str::chars)
            .filter(|letter| !letter.is_whitespace());
        Some(letters.take(KEY_ID_CHARS).collect())
    }
}
