//! Random numbers for what must not be the same on every host: the instant of sampling, jitter, a stream's id.
//!
//! The generator is SplitMix64: eight bytes of state, seeded once. It hides nothing (keys come straight from the
//! kernel, see `redact::key`), and a test that gives the seed knows every instant in advance.

/// A seeded generator.
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    /// The generator that starts from `seed`.
    pub(crate) fn seeded(seed: u64) -> Self {
        Self(seed)
    }

    /// A generator seeded by the kernel.
    pub(crate) fn from_kernel() -> anyhow::Result<Self> {
        let mut seed = [0; 8];
        getrandom::fill(&mut seed)
            .map_err(|error| anyhow::anyhow!("random bytes from the kernel: {error}"))?;
        Ok(Self::seeded(u64::from_le_bytes(seed)))
    }

    /// The next number, any of 64 bits.
    pub(crate) fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// The next number below `limit`; 0 when the limit is 0. The bias of a 64-bit modulo is far below what timing
    /// could show.
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        if limit == 0 { 0 } else { self.number() % limit }
    }
}

#[cfg(test)]
mod tests {
    use super::Random;

    #[test]
    fn a_seed_fixes_the_sequence() {
        // The published test vector of SplitMix64 for seed 1234567.
        let mut random = Random::seeded(1_234_567);
        assert_eq!(random.number(), 6_457_827_717_110_365_317);
        assert_eq!(random.number(), 3_203_168_211_198_807_973);
        assert!((0..100).all(|_| random.below(60) < 60));
        assert_eq!(random.below(0), 0);
    }
}
