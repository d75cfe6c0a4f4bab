//! Handing a sealed batch to the server, and what its answers mean.
//!
//! Only a 2xx lets a batch go. Everything that may pass (throttling, a failing server, a network, a key that is being
//! rotated) keeps it; what the server will never take is set aside, loudly.

mod backoff;

use std::time::Duration;

use anyhow::{Context, bail};
use reqwest::header::{CONTENT_TYPE, DATE, HeaderMap, RETRY_AFTER};
use reqwest::{StatusCode, Url};
use serde::Deserialize;

use crate::clock::{Clock, DAY_MS, day_text};
use crate::notice;
use crate::redact;
use crate::settings::{Access, Settings};
use crate::spool::Parcel;
pub(crate) use backoff::Backoff;

/// For the connection: a host that is there answers within a second or two.
const CONNECT: Duration = Duration::from_secs(10);
/// For the whole request: longer than the gateway's own 29 s, so that its answer is heard, also on a slow line.
const WHOLE: Duration = Duration::from_secs(45);
/// API Gateway hands at most 4.4 MB of a binary body to a Lambda; what is larger is halved before it is tried.
const LARGEST_BODY: usize = 4_000_000;
/// As much of an answer is read: it is for a person or a few numbers.
const LONGEST_ANSWER: usize = 16 * 1024;

/// What became of one attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// It is stored (or was already).
    Accepted,
    /// The key is not, or no longer, the right one.
    KeyRefused(String),
    /// The filed day is out of the server's range; its own time.
    FileAnew { now_ms: Option<i64> },
    /// Too many bytes.
    TooLarge,
    /// It will never be taken; why.
    Malformed(String),
    /// It may be taken later; not before so many milliseconds, if the server said so.
    Later { after_ms: Option<i64>, cause: String },
}

/// An answer and what it taught about time.
#[derive(Clone, Debug)]
pub(crate) struct Delivery {
    pub(crate) answer: Answer,
    /// The server's clock minus the host's, at the middle of the exchange.
    pub(crate) offset_ms: Option<i64>,
}

/// Address and keys are read anew so often, so that a rotation reaches hosts whose key still works. Two secrets a host
/// and day cost $0.30 a month on 1,000 hosts; hourly it would be $7.
const READ_ANEW_MS: i64 = DAY_MS;
/// And after a failed reading so soon.
const READ_AGAIN_MS: i64 = DAY_MS / 24;

/// Carries batches to one address with one key.
#[derive(Debug)]
pub(crate) struct Courier {
    client: reqwest::Client,
    access: Access,
    settings: Settings,
    allow_http: bool,
    /// When the settings are due to be read anew, by the host's clock.
    due_ms: i64,
}

impl Courier {
    /// Reads address and keys from the settings, for the first time.
    pub(crate) async fn new(settings: Settings, allow_http: bool, now_ms: i64) -> anyhow::Result<Self> {
        let access = settings.access().await?;
        check_url(&access.url, allow_http)?;
        crate::tls::install();
        let client = reqwest::Client::builder()
            .user_agent(concat!("endpoint-metrics-agent/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT)
            .timeout(WHOLE)
            // A redirect would carry the key elsewhere.
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .context("build the HTTP client")?;
        Ok(Self { client, access, settings, allow_http, due_ms: now_ms + READ_ANEW_MS })
    }

    /// The fleet's redaction key as last read, if the fleet has one.
    pub(crate) fn fleet_key(&self) -> Option<&redact::Key> {
        self.access.redaction_key.as_ref()
    }

    /// Tries once, and when the key is refused once more with what was read anew, if that is another.
    pub(crate) async fn deliver(&mut self, parcel: &Parcel, clock: &dyn Clock) -> Delivery {
        let now_ms = clock.now_ms();
        // A clock that was set back must not put the reading off.
        if !(self.due_ms - READ_ANEW_MS..self.due_ms).contains(&now_ms)
            && let Err(error) = self.read_anew(now_ms).await
        {
            notice::warn(format_args!(
                "address and key could not be read anew, the old ones stay: {error:#}"
            ));
        }
        let delivery = self.attempt(parcel, clock).await;
        let Answer::KeyRefused(cause) = &delivery.answer else { return delivery };
        match self.read_anew(clock.now_ms()).await {
            Ok(true) => self.attempt(parcel, clock).await,
            Ok(false) => delivery,
            Err(error) => {
                let answer = Answer::KeyRefused(format!("{cause}; reading the key anew: {error:#}"));
                Delivery { answer, ..delivery }
            }
        }
    }

    /// Reads the settings anew, all of them or, after an error, none; says whether address or key are others now.
    async fn read_anew(&mut self, now_ms: i64) -> anyhow::Result<bool> {
        self.due_ms = now_ms + READ_AGAIN_MS;
        let access = self.settings.access().await?;
        check_url(&access.url, self.allow_http)?;
        self.due_ms = now_ms + READ_ANEW_MS;
        let before = std::mem::replace(&mut self.access, access);
        if before.redaction_key != self.access.redaction_key {
            notice::say(format_args!("the redaction key has changed: hashes differ from now on"));
        }
        Ok(before.key != self.access.key || before.url != self.access.url)
    }

    async fn attempt(&self, parcel: &Parcel, clock: &dyn Clock) -> Delivery {
        if parcel.body.len() > LARGEST_BODY && parcel.name.count > 1 {
            return Delivery { answer: Answer::TooLarge, offset_ms: None };
        }
        let sent_at_ms = clock.now_ms();
        let mut request = self
            .client
            .post(&self.access.url)
            .header(CONTENT_TYPE, "application/zstd")
            .header(snapshot::API_KEY, self.access.key.header())
            .header(snapshot::FILED_DAY, day_text(parcel.name.day))
            .header(snapshot::SENT_AT_MS, sent_at_ms);
        if !parcel.name.earlier.is_empty() {
            let days: Vec<String> = parcel.name.earlier.iter().copied().map(day_text).collect();
            request = request.header(snapshot::EARLIER_DAYS, days.join(","));
        }
        let response = match request.body(parcel.body.clone()).send().await {
            Ok(response) => response,
            // The key is in no header that the error would show, and the address may hold a user's name.
            Err(error) => {
                let cause = format!("{:#}", anyhow::Error::from(error.without_url()));
                return Delivery { answer: Answer::Later { after_ms: None, cause }, offset_ms: None };
            }
        };
        let answered_at_ms = clock.now_ms();
        let (status, headers) = (response.status(), response.headers().clone());
        let body = read(response).await;
        let told = serde_json::from_str::<Told>(&body).unwrap_or_default();
        let answer = answer(status, &headers, &told, &body);
        let trusted = matches!(answer, Answer::Accepted | Answer::FileAnew { .. });
        let server_ms = told.now_ms.or_else(|| date(&headers)).filter(|_| trusted);
        let offset_ms = server_ms.map(|server_ms| server_ms - (sent_at_ms + answered_at_ms) / 2);
        Delivery { answer, offset_ms }
    }
}

/// The members of an answer that the agent understands.
#[derive(Default, Deserialize)]
struct Told {
    now_ms: Option<i64>,
}

fn answer(status: StatusCode, headers: &HeaderMap, told: &Told, body: &str) -> Answer {
    let cause = || {
        let text: String = body.chars().filter(|c| !c.is_control()).take(300).collect();
        if text.is_empty() { status.to_string() } else { format!("{status}: {text}") }
    };
    match status.as_u16() {
        200..=299 => Answer::Accepted,
        400 => Answer::Malformed(format!("{status}: {body}")),
        401 | 403 => Answer::KeyRefused(cause()),
        409 => Answer::FileAnew { now_ms: told.now_ms.or_else(|| date(headers)) },
        413 => Answer::TooLarge,
        // Throttled, a server that fails, and what only its owner can mend (a wrong path, a redirect): later.
        _ => Answer::Later { after_ms: retry_after_ms(headers), cause: cause() },
    }
}

fn retry_after_ms(headers: &HeaderMap) -> Option<i64> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    match value.parse::<u32>() {
        Ok(seconds) => Some(i64::from(seconds) * 1000),
        // As a date it is measured against the answer's own, so that the host's clock does not matter.
        Err(_) => Some((http_date(value)? - date(headers)? + 500).max(0)),
    }
}

/// The `Date` header; it has whole seconds, so its middle is the best guess.
fn date(headers: &HeaderMap) -> Option<i64> {
    Some(http_date(headers.get(DATE)?.to_str().ok()?)? + 500)
}

fn http_date(text: &str) -> Option<i64> {
    Some(chrono::DateTime::parse_from_rfc2822(text).ok()?.timestamp_millis())
}

async fn read(mut response: reqwest::Response) -> String {
    let mut body = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        body.extend_from_slice(&chunk);
        if body.len() > LONGEST_ANSWER {
            body.truncate(LONGEST_ANSWER);
            break;
        }
    }
    String::from_utf8_lossy(&body).into_owned()
}

/// An address to which a key may be sent: `https`, or plain `http` to this very machine or by the owner's word.
fn check_url(text: &str, allow_http: bool) -> anyhow::Result<Url> {
    let url: Url = text
        .parse()
        .with_context(|| format!("{}: '{text}', expected https://HOST/PATH", crate::settings::URL))?;
    match (url.scheme(), url.host()) {
        (_, None) => bail!("{}: '{text}' names no host, expected https://HOST/PATH", crate::settings::URL),
        ("https", _) => Ok(url),
        ("http", Some(host)) if allow_http || is_loopback(&host.to_string()) => Ok(url),
        ("http", _) => bail!(
            "{}: '{text}' would send the key in the clear; use https://, or --allow-http if that is meant",
            crate::settings::URL
        ),
        _ => bail!("{}: '{text}', expected https://HOST/PATH", crate::settings::URL),
    }
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare == "localhost" || bare.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_never_travels_in_the_clear_by_mistake() {
        for fine in [
            "https://x.test/Prod/put-metrics",
            "http://127.0.0.1:8080/p",
            "http://localhost/p",
            "http://[::1]:1/p",
        ] {
            assert!(check_url(fine, false).is_ok(), "{fine}");
        }
        for wrong in [
            "http://x.test/p",
            "http://10.0.0.1/p",
            "http://127.0.0.1.x.test/",
            "ftp://x.test/",
            "x.test/p",
            "",
            "https://",
        ] {
            assert!(check_url(wrong, false).is_err(), "{wrong}");
        }
        assert!(check_url("http://x.test/p", true).is_ok());
    }

    #[test]
    fn answers_mean_what_the_contract_says() {
        let mut headers = HeaderMap::new();
        headers.insert(DATE, "Tue, 24 Nov 2026 00:00:00 GMT".parse().unwrap());
        let meaning = |status: u16, headers: &HeaderMap, body: &str| {
            let told = serde_json::from_str(body).unwrap_or_default();
            answer(StatusCode::from_u16(status).unwrap(), headers, &told, body)
        };
        assert_eq!(meaning(200, &headers, ""), Answer::Accepted);
        assert_eq!(meaning(409, &headers, "{\"now_ms\":5}"), Answer::FileAnew { now_ms: Some(5) });
        assert_eq!(meaning(409, &headers, ""), Answer::FileAnew { now_ms: Some(1_795_478_400_500) });
        assert_eq!(meaning(413, &headers, ""), Answer::TooLarge);
        assert!(matches!(meaning(403, &headers, ""), Answer::KeyRefused(_)));
        assert!(matches!(meaning(400, &headers, "line 3"), Answer::Malformed(why) if why.contains("line 3")));
        for status in [302, 404, 415, 429, 500, 502, 503, 504] {
            assert!(
                matches!(meaning(status, &headers, ""), Answer::Later { after_ms: None, .. }),
                "{status}"
            );
        }
        headers.insert(RETRY_AFTER, "120".parse().unwrap());
        assert!(matches!(meaning(429, &headers, ""), Answer::Later { after_ms: Some(120_000), .. }));
        headers.insert(RETRY_AFTER, "Tue, 24 Nov 2026 00:01:00 GMT".parse().unwrap());
        assert!(matches!(meaning(503, &headers, ""), Answer::Later { after_ms: Some(60_000), .. }));
    }
}
