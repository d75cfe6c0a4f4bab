//! A moment written as text, `2026-11-20 09:30:00`: some copies of the original program send it so. Read by hand, since
//! it is the one such form and a library of calendars would be larger than this crate.

const DAYS_BEFORE: [i64; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
const DAYS_IN: [i64; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/// Seconds since 1970 UTC of a moment from 1970 on, or none when the text is anything else.
pub(crate) fn seconds(text: &str) -> Option<i64> {
    let form = b"0000-00-00 00:00:00";
    let fits = |(found, form): (u8, &u8)| if *form == b'0' { found.is_ascii_digit() } else { found == *form };
    if text.len() != form.len() || !text.bytes().zip(form).all(fits) {
        return None;
    }
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<i64>().ok();
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    let leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let place = usize::try_from(month - 1).ok()?;
    let leap_day = i64::from(leap(year));
    let last = DAYS_IN.get(place)? + if month == 2 { leap_day } else { 0 };
    if year < 1970 || !(1..=last).contains(&day) || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let leaps_before = |year: i64| (year - 1) / 4 - (year - 1) / 100 + (year - 1) / 400;
    let days = (year - 1970) * 365 + leaps_before(year) - leaps_before(1970)
        + DAYS_BEFORE.get(place)?
        + if month > 2 { leap_day } else { 0 }
        + (day - 1);
    Some(((days * 24 + hour) * 60 + minute) * 60 + second)
}

#[cfg(test)]
mod tests {
    use super::seconds;

    #[test]
    fn moments_are_those_of_the_calendar() {
        for (text, expected) in [
            ("1970-01-01 00:00:00", 0),
            ("2000-02-29 23:59:59", 951_868_799),
            ("2000-03-01 00:00:00", 951_868_800),
            ("2026-11-20 12:00:00", 1_795_176_000),
            ("2100-01-01 00:00:00", 4_102_444_800),
        ] {
            assert_eq!(seconds(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_moment_is_none() {
        for text in [
            "",
            "2026-11-20",
            "2026-11-20T12:00:00",
            "2026-11-20 12:00:00Z",
            "2026-02-29 00:00:00",
            "2026-00-01 00:00:00",
            "2026-13-01 00:00:00",
            "2026-11-00 00:00:00",
            "2026-11-31 00:00:00",
            "2026-11-20 24:00:00",
            "2026-11-20 12:60:00",
            "2026-11-20 12:00:60",
            "1969-12-31 23:59:59",
            "+026-11-20 12:00:00",
            "2026-11-20 1é:00:0",
        ] {
            assert_eq!(seconds(text), None, "{text}");
        }
    }
}
