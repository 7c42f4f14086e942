//! Randomness, injected.

use ring::rand::{SecureRandom as _, SystemRandom as RingRandom};

use airlock_protocol::Sha256Digest;

use crate::error::Error;

/// Gives unpredictable bytes.
pub trait Random: Send + Sync {
    /// 32 fresh bytes. `counter` sets apart calls of a repeatable source in different processes.
    fn bytes(&self, counter: u64) -> Result<[u8; 32], Error>;
}

/// The operating system's generator.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    fn bytes(&self, _counter: u64) -> Result<[u8; 32], Error> {
        let mut bytes = [0; 32];
        RingRandom::new()
            .fill(&mut bytes)
            .map_err(|_| Error::Internal("the system's random generator failed".to_owned()))?;
        Ok(bytes)
    }
}

/// Repeatable bytes for tests (`--seed`). Never use it on a phone: launch tokens become predictable.
#[derive(Clone, Copy, Debug)]
pub struct SeededRandom(pub u64);

impl Random for SeededRandom {
    fn bytes(&self, counter: u64) -> Result<[u8; 32], Error> {
        let seed = [self.0.to_le_bytes(), counter.to_le_bytes()].concat();
        Ok(*Sha256Digest::of(&seed).as_bytes())
    }
}
