//! What travels beside a batch, as HTTP headers: it is about the sending, not about the host.

/// The key that API Gateway's usage plan knows.
pub const API_KEY: &str = "x-api-key";
/// The day under which the sealed batch is filed, for good: `YYYY-MM-DD`.
pub const FILED_DAY: &str = "x-filed-day";
/// The agent's clock at the moment of sending, in milliseconds since 1970 UTC. Against the arrival it gives the
/// clock's offset, which a backlog of ten days cannot be mistaken for.
pub const SENT_AT_MS: &str = "x-sent-at-ms";
/// The days under which this batch was filed before it was refused with 409, oldest first, separated by
/// commas. Absent from an ordinary batch.
pub const EARLIER_DAYS: &str = "x-earlier-filed-days";
/// At most so many earlier days: each stands for 13 days in a spool that holds less than a month.
pub const MAX_EARLIER_DAYS: usize = 4;
