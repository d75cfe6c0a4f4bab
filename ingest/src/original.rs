//! The original program's request: one JSON document that says neither whose it is, nor when, nor which one.
//!
//! It sends no headers of ours and no identity, and there is none to be had but the request's own. So the document gets
//! one that reads like any other snapshot's: the host is the sender's address, the stream follows from the gateway's
//! request id, the moment and the filed day are those of the arrival. A retry of such a client is a request of its own:
//! only what has an identity can be known again.

use std::net::IpAddr;

use aws_lambda_events::apigw::ApiGatewayProxyRequest;
use lake::{Day, Digest};
use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer, Serialize};
use snapshot::{EARLIER_DAYS, FILED_DAY, HostId, Millis, SENT_AT_MS, Stream, VERSION};

use crate::refusal::{Refusal, shorten};
use crate::sending::{self, Sending};
use crate::{batch, line, surrogates};

/// What stands for the boot id that such a sender does not tell.
const BOOT: &str = "original";

/// What tells the two kinds of document apart: whether the members of an identity are there, `null` or not.
#[derive(Deserialize)]
struct Claims {
    #[serde(default, deserialize_with = "there")]
    version: bool,
    #[serde(default, deserialize_with = "there")]
    host_id: bool,
    #[serde(default, deserialize_with = "there")]
    stream: bool,
    #[serde(default, deserialize_with = "there")]
    seq: bool,
    #[serde(default, deserialize_with = "there")]
    boot_id: bool,
    #[serde(default, deserialize_with = "there")]
    observed_at_ms: bool,
    /// The original program sends it always, so that a stray `{}` is not taken for a host without processes.
    #[serde(rename = "running_processes")]
    _processes: IgnoredAny,
}

fn there<'de, D: Deserializer<'de>>(value: D) -> Result<bool, D::Error> {
    IgnoredAny::deserialize(value).map(|_| true)
}

/// The members that such a document lacks, in the contract's order.
#[derive(Serialize)]
struct Identity {
    version: i64,
    host_id: HostId,
    stream: Stream,
    seq: i64,
    boot_id: &'static str,
    observed_at_ms: Millis,
}

/// Whether none of the headers is there that each agent sends.
pub(crate) fn is_bare(request: &ApiGatewayProxyRequest) -> bool {
    [FILED_DAY, SENT_AT_MS, EARLIER_DAYS]
        .iter()
        .all(|name| !request.headers.contains_key(*name) && !request.multi_value_headers.contains_key(*name))
}

/// Gives the document an identity, where it lies, since there is no room for another of its size, and says how it is
/// filed. A batch that has an identity already only lacks its headers, and is told so.
pub(crate) fn identify(
    request: &ApiGatewayProxyRequest,
    body: &mut Vec<u8>,
    now_ms: i64,
) -> Result<Sending, Refusal> {
    surrogates::replace_alone(body);
    let text = batch::text(body)?;
    let mut documents = batch::lines(text);
    let document = documents.next().unwrap_or_default();
    line::bounded(document).map_err(|refusal| refusal.at_line(1))?;
    let claims: Claims = match serde_json::from_str(document) {
        Ok(claims) => claims,
        Err(_) => {
            let refusal = line::explained(document, |reader| Claims::deserialize(reader).map(drop));
            return Err(refusal.at_line(1));
        }
    };
    let Claims { version, host_id, stream, seq, boot_id, observed_at_ms, .. } = claims;
    if version || host_id || stream || seq || boot_id || observed_at_ms {
        return Err(sending::missing(FILED_DAY));
    }
    let brace = text.find('{').unwrap_or_default();
    let followed = documents.next().is_some();
    drop(documents);
    if followed {
        let told = "a document without identity is followed by another, expected one a request";
        return Err(Refusal::malformed(told).logged_as_told().at_line(2));
    }
    let identity = Identity {
        version: VERSION,
        host_id: host(request)?,
        stream: stream_of(request)?,
        seq: 0,
        boot_id: BOOT,
        observed_at_ms: Millis::clamp(now_ms),
    };
    let mut identity = serde_json::to_string(&identity)
        .map_err(|error| Refusal::malformed(format!("the document cannot be given an identity: {error}")))?;
    // The document has a member at least, as its claims were read.
    identity.truncate(identity.len() - 1);
    identity.push(',');
    drop(body.splice(..=brace, identity.into_bytes()));
    Ok(Sending { filed: Day::of_ms(now_ms), sent_at_ms: None, earlier: Vec::new() })
}

/// The sender's address as a host id: `203.0.113.7`, and `2001-db8--7` for `2001:db8::7`, since a folder's name has no
/// colons; with a zero in front where it would begin with one.
fn host(request: &ApiGatewayProxyRequest) -> Result<HostId, Refusal> {
    let found = request.request_context.identity.source_ip.as_deref().unwrap_or_default();
    let wrong = |_| {
        const ADDRESS: &str = "expected an IP address to file it by";
        Refusal::malformed(format!("source address '{}', {ADDRESS}", shorten(found))).logged(ADDRESS)
    };
    let address = found.parse::<IpAddr>().map_err(|_| wrong(String::new()))?.to_canonical().to_string();
    let zero = if address.starts_with(':') { "0" } else { "" };
    format!("{zero}{}", address.replace(':', "-")).parse().map_err(wrong)
}

/// The first 64 bits of the SHA-256 of the gateway's request id: by it an object is found from a line in the gateway's
/// log, and two requests are never one.
fn stream_of(request: &ApiGatewayProxyRequest) -> Result<Stream, Refusal> {
    match request.request_context.request_id.as_deref() {
        None | Some("") => {
            let told = "the event has no request id, expected the gateway's";
            Err(Refusal::malformed(told).logged_as_told())
        }
        Some(id) => Ok(Stream((Digest::of(id.as_bytes()).0 >> 64) as u64)),
    }
}
