//! What the request's headers say about a batch: when it was sent and under which day it is filed.

use std::fmt::Display;
use std::str::FromStr;

use aws_lambda_events::apigw::ApiGatewayProxyRequest;
use lake::Day;
use snapshot::{EARLIER_DAYS, FILED_DAY, MAX_EARLIER_DAYS, Millis, SENT_AT_MS};

use crate::limits;
use crate::refusal::{Kind, Refusal, expectation, shorten};

/// The headers of a batch, parsed.
#[derive(Debug)]
pub(crate) struct Sending {
    pub(crate) filed: Day,
    /// Absent from the original program's requests.
    pub(crate) sent_at_ms: Option<i64>,
    pub(crate) earlier: Vec<Day>,
}

impl Sending {
    pub(crate) fn of(request: &ApiGatewayProxyRequest, now_ms: i64) -> Result<Self, Refusal> {
        let filed = parsed(FILED_DAY, required(request, FILED_DAY)?)?;
        let sent_at_ms = required(request, SENT_AT_MS)?;
        let earlier = match value(request, EARLIER_DAYS)? {
            Some(days) => earlier_days(days, filed)?,
            None => Vec::new(),
        };
        let sent_at_ms =
            parsed::<i64>(SENT_AT_MS, sent_at_ms).ok().and_then(Millis::new).ok_or_else(|| {
                const MOMENT: &str = "expected milliseconds since 1970, from 1980 to 2100";
                let told = format!("header {SENT_AT_MS} '{}', {MOMENT}", shorten(sent_at_ms));
                Refusal::malformed(told).logged(format_args!("header {SENT_AT_MS}, {MOMENT}"))
            })?;
        in_reach(filed, now_ms)?;
        Ok(Self { filed, sent_at_ms: Some(sent_at_ms.get()), earlier })
    }
}

/// Whether anything may still be filed under that day.
fn in_reach(filed: Day, now_ms: i64) -> Result<(), Refusal> {
    let today = Day::of_ms(now_ms);
    let (oldest, newest) = (today.back(limits::OLDEST_FILED_DAYS), today.next());
    if (oldest..=newest).contains(&filed) {
        return Ok(());
    }
    let told = format!("header {FILED_DAY} {filed}, expected {oldest} to {newest}: file the batch anew");
    Err(Refusal::new(Kind::FileAnew, told).logged_as_told())
}

fn earlier_days(text: &str, filed: Day) -> Result<Vec<Day>, Refusal> {
    let mut days = Vec::new();
    for day in text.split(',') {
        let day: Day = parsed(EARLIER_DAYS, day.trim())?;
        if day == filed || days.contains(&day) {
            let told =
                format!("header {EARLIER_DAYS} has {day} twice, expected days other than the filed one");
            return Err(Refusal::malformed(told).logged_as_told());
        }
        days.push(day);
        if days.len() > MAX_EARLIER_DAYS {
            let told =
                format!("header {EARLIER_DAYS} has too many days, expected at most {MAX_EARLIER_DAYS}");
            return Err(Refusal::malformed(told).logged_as_told());
        }
    }
    Ok(days)
}

fn parsed<T: FromStr<Err: Display>>(name: &str, text: &str) -> Result<T, Refusal> {
    // A day's own message repeats what it found: a header can be 10 kB long.
    if text.len() > limits::MAX_TOLD_CHARS {
        let told = format!("header {name} '{}' is too long", shorten(text));
        return Err(Refusal::malformed(told).logged(format_args!("header {name} is too long")));
    }
    text.parse().map_err(|error| {
        let told = format!("header {name}: {error}");
        let expected = expectation(&told).unwrap_or("expected another value");
        Refusal::malformed(&told).logged(format_args!("header {name}, {expected}"))
    })
}

fn required<'r>(request: &'r ApiGatewayProxyRequest, name: &str) -> Result<&'r str, Refusal> {
    value(request, name)?.ok_or_else(|| missing(name))
}

pub(crate) fn missing(name: &str) -> Refusal {
    Refusal::malformed(format!("header {name} is missing")).logged_as_told()
}

/// A header's one value. Its event has it twice, once in each of two maps, of which a test event may lack one; sent
/// twice with different values it says nothing.
fn value<'r>(request: &'r ApiGatewayProxyRequest, name: &str) -> Result<Option<&'r str>, Refusal> {
    let mut values = request.multi_value_headers.get_all(name).iter().chain(request.headers.get_all(name));
    let Some(first) = values.next() else { return Ok(None) };
    if values.any(|other| other != first) {
        let told = format!("header {name} is given twice, expected one value");
        return Err(Refusal::malformed(told).logged_as_told());
    }
    let text = first.to_str().map(str::trim);
    text.map(Some)
        .map_err(|_| Refusal::malformed(format!("header {name} is not plain text")).logged_as_told())
}
