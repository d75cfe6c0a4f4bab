//! Moments as people write them.

use chrono::{DateTime, NaiveDateTime};
use lake::Day;

/// Reads `2026-11-20T03:12:00+01:00`, or without an offset, which means UTC; seconds may be left out, and the time of
/// day too. Gives milliseconds since 1970 UTC.
pub fn parse(text: &str) -> Result<i64, String> {
    if let Ok(day) = text.parse::<Day>() {
        return Ok(day.start_ms());
    }
    for form in ["%Y-%m-%dT%H:%M:%S%.f%#z", "%Y-%m-%dT%H:%M%#z"] {
        if let Ok(moment) = DateTime::parse_from_str(&text.replace('Z', "+00:00"), form) {
            return Ok(moment.timestamp_millis());
        }
    }
    for form in ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d %H:%M"] {
        if let Ok(moment) = NaiveDateTime::parse_from_str(text, form) {
            return Ok(moment.and_utc().timestamp_millis());
        }
    }
    Err(format!(
        "moment '{text}', expected 2026-11-20T03:12, with Z or an offset like +01:00 (UTC where none is given)"
    ))
}

/// A moment as people read it, `2026-11-20 03:12:07 UTC`; given in milliseconds since 1970 UTC.
pub fn utc(ms: impl std::borrow::Borrow<i64>) -> String {
    let moment = DateTime::from_timestamp_millis(*ms.borrow()).unwrap_or_default();
    moment.format("%Y-%m-%d %H:%M:%S UTC").to_string()
}

#[cfg(test)]
mod tests {
    use super::{parse, utc};

    #[test]
    fn a_moment_reads_well() {
        assert_eq!(utc(1_795_140_720_123), "2026-11-20 02:12:00 UTC");
    }

    #[test]
    fn one_moment_in_many_spellings() {
        for text in [
            "2026-11-20T03:12:00+01:00",
            "2026-11-20T03:12+01:00",
            "2026-11-20T03:12+01",
            "2026-11-20T02:12Z",
            "2026-11-20T02:12:00.000Z",
            "2026-11-20T02:12:00",
            "2026-11-20 02:12:00.000",
            "2026-11-20T02:12",
            "2026-11-20 02:12",
        ] {
            assert_eq!(parse(text), Ok(1_795_140_720_000), "{text}");
        }
        assert_eq!(parse("2026-11-20"), Ok(1_795_132_800_000));
    }

    #[test]
    fn what_is_no_moment_is_refused() {
        for text in ["", "yesterday", "2026-13-01", "2026-11-20T25:00", "03:12", "2026-11-20T03:12+1"] {
            assert!(parse(text).unwrap_err().contains("expected"), "{text}");
        }
    }
}
