//! Chance without state: a number that follows from the seed and from what is asked, and from nothing else.
//!
//! A generator that is drawn from would tie a host's bytes to the order in which hosts and minutes are asked for. Here
//! each question has an address (`seed → host → purpose → minute`), and the answer is a hash of it, so that hosts can
//! be made in parallel and a day can be made without the days before it.

/// A place in the tree of questions.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chance(u64);

impl Chance {
    /// The root.
    pub(super) fn of(seed: u64) -> Self {
        Self(mix(seed ^ 0x5eed_f1ee_7000_0001))
    }

    /// The place below this one that is called `what`.
    pub(super) fn at(self, what: i64) -> Self {
        Self(mix(self.0 ^ (what as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15)))
    }

    /// The place below this one that is called by a name.
    pub(super) fn named(self, name: &str) -> Self {
        name.bytes().fold(self.at(i64::MIN), |chance, byte| chance.at(i64::from(byte)))
    }

    /// All 64 bits.
    pub(super) fn bits(self) -> u64 {
        self.0
    }

    /// A number from 0 to `limit` - 1; 0 when the limit is not positive.
    pub(super) fn below(self, limit: i64) -> i64 {
        match u64::try_from(limit) {
            Ok(limit) if limit > 0 => (self.0 % limit) as i64,
            _ => 0,
        }
    }

    /// A number from `low` to `high` - 1.
    pub(super) fn within(self, low: i64, high: i64) -> i64 {
        low + self.below(high - low)
    }

    /// One of them; the first of an array of one.
    pub(super) fn pick<T: Copy, const N: usize>(self, from: [T; N]) -> T {
        from[self.below(N as i64) as usize]
    }
}

/// SplitMix64's finisher: every bit of the input reaches every bit of the output.
fn mix(bits: u64) -> u64 {
    let mut z = bits.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
