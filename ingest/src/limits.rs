//! Every bound of a request, each with its reason. What a field may hold is bounded in the `snapshot` crate, by the
//! field's own type.

use std::time::Duration;

/// A body as it arrives, in bytes, still compressed. A Lambda's event is at most 6 MiB, so nothing larger comes through
/// the gateway: the check is for another front door.
pub const MAX_BODY_BYTES: usize = 6 * 1024 * 1024;
/// A batch, decompressed, in bytes. It is held once, so that a request stays well within 128 MB whatever is sent:
/// 15 snapshots of 2,000 processes are 20 MB.
pub const MAX_BATCH_BYTES: usize = 32_000_000;
/// A line, in bytes. Athena reads rows of at most 32 MB; the rest is for what ingest adds.
pub const MAX_LINE_BYTES: usize = 31_000_000;
/// A text, in bytes as it stands in the line, escapes and all: a value or a name, known or not. The contract's longest has
/// 8,192 bytes, six times as many where each is escaped. What is no longer can be refused in words that cost little.
pub const MAX_TEXT_BYTES: usize = 65_536;
/// How far back zstd may refer, as a power of two: 8 MiB. A frame can claim 128 MB and more, which a decoder would
/// allocate; compression levels up to 19 stay within this.
pub const MAX_WINDOW_LOG: u32 = 23;
/// How deep objects and lists may lie in one another. The contract needs 3; a reader that recurses must survive the rest.
pub const MAX_DEPTH: usize = 16;
/// Members of one object that the contract does not know. Their names are held as long as the object is read.
pub const MAX_MEMBERS: usize = 256;
/// The name of such a member, in bytes: a column of Glue's is not called longer.
pub const MAX_NAME_BYTES: usize = 255;

/// A filed day may lie so many days before the day of arrival. The compactor lets a raw day expire when it is older
/// than 14 days, so what is filed must not come later than that.
pub const OLDEST_FILED_DAYS: u64 = 13;
/// From so long after its filed day's end a batch is late: the first commit of a day begins half an hour later, and a
/// marker must lie there before that.
pub const LATE_AFTER_MS: i64 = 30 * 60 * 1000;

/// From its arrival a request has so long until all that it stores is stored, then the answer is 503. The gateway waits
/// for 29 s: so the client always gets our answer and not the gateway's.
pub const STORE_WITHIN: Duration = Duration::from_secs(25);
/// What a 503 asks the client to wait, in seconds: longer than a throttled S3 partition needs to split its load.
pub const RETRY_AFTER_S: u32 = 30;

/// zstd's level for what is stored: at 3 a core compresses faster than it parses, and higher levels save few per cent.
pub const LEVEL: i32 = 3;
/// Of a value that was found wrong the answer repeats so many characters.
pub const MAX_TOLD_CHARS: usize = 80;
/// A member's pointer stands whole in an answer up to so many bytes, else not at all.
pub const MAX_FIELD_BYTES: usize = 1024;
