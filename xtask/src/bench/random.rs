//! Bytes from a seed: the same in every run.

/// A generator (splitmix64).
pub(super) struct Random(u64);

/// What code is made of, as far as a compressor cares.
const WORDS: [&str; 32] = [
    "function",
    "return",
    "const",
    "this",
    "export",
    "import",
    "=>",
    "await",
    "({",
    "})",
    ";\n",
    "===",
    "null",
    "undefined",
    ".map(",
    ".length",
    "props",
    "children",
    "render",
    "state",
    "value",
    "key",
    "className",
    "style",
    "if(",
    "else{",
    "for(",
    "new ",
    "throw",
    "Error(",
    "Promise",
    "async",
];

impl Random {
    pub(super) fn new(seed: u64) -> Random {
        Random(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`, which is not 0.
    pub(super) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() >> 1).unwrap_or_default() % end.max(1)
    }

    /// Bytes that nothing makes smaller.
    pub(super) fn bytes(&mut self, count: usize) -> Vec<u8> {
        let mut bytes: Vec<u8> = (0..count.div_ceil(8))
            .flat_map(|_| self.next().to_le_bytes())
            .collect();
        bytes.truncate(count);
        bytes
    }

    /// Bytes that shrink as code does, to about a quarter: words, and names that occur once.
    pub(super) fn words(&mut self, count: usize) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(count + 16);
        while bytes.len() < count {
            let word = WORDS.get(self.below(WORDS.len())).copied().unwrap_or_default();
            bytes.extend_from_slice(word.as_bytes());
            if self.below(4) == 0 {
                bytes.extend_from_slice(format!(" {:x} ", self.next() & 0xff_ffff).as_bytes());
            }
        }
        bytes.truncate(count);
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_bytes_and_another_seed_others() {
        let of = |seed| (Random::new(seed).bytes(100), Random::new(seed).words(100));
        assert_eq!(of(1), of(1));
        assert_ne!(of(1).0, of(2).0);
        assert_eq!((of(1).0.len(), of(1).1.len()), (100, 100));
    }
}
