//! What lies in the store: each line as it was sent, byte for byte, behind what ingest knows better.

use std::io::{self, Write};

use aws_lambda_events::apigw::ApiGatewayProxyRequest;
use serde::Serialize;
use snapshot::{Millis, Offset, Text};

use crate::limits;

/// The members that join each line, in the contract's order, before its own.
#[derive(Debug, Serialize)]
pub(crate) struct Added {
    received_at_ms: Millis,
    #[serde(skip_serializing_if = "Option::is_none")]
    source_ip: Option<Text<'static, 64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    principal: Option<Text<'static, 256>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    clock_offset_ms: Option<Offset>,
}

impl Added {
    pub(crate) fn of(request: &ApiGatewayProxyRequest, sent_at_ms: Option<i64>, now_ms: i64) -> Self {
        let identity = &request.request_context.identity;
        // A role says more than a key: its session name is the instance's id.
        let principal = identity.user_arn.as_deref().or(identity.api_key_id.as_deref());
        let known = |text: &&str| !text.is_empty();
        Self {
            received_at_ms: Millis::clamp(now_ms),
            source_ip: identity.source_ip.as_deref().filter(known).map(Text::cut),
            principal: principal.filter(known).map(Text::cut),
            clock_offset_ms: sent_at_ms.map(|sent| Offset::clamp(now_ms.saturating_sub(sent))),
        }
    }
}

/// The object: lines separated by newlines, in one zstd frame. Written straight into the compressor, so that a batch
/// is never in memory twice. The lines have been checked: each is an object with members.
pub(crate) fn object(lines: &[&str], added: &Added) -> io::Result<Vec<u8>> {
    let added = serde_json::to_string(added)?;
    let prefix = added.strip_suffix('}').unwrap_or(&added);
    // Known, so that the compressor clears tables of this size and not of the largest, and readers know it too.
    let bytes: usize = lines.iter().map(|line| prefix.len() + 1 + members(line).len() + 1).sum();
    // Room for all that it may become, of which only what is written to takes memory: growing, it would be there twice.
    let mut frame = zstd::stream::write::Encoder::new(Vec::with_capacity(bytes), limits::LEVEL)?;
    frame.set_pledged_src_size(Some(bytes as u64))?;
    for line in lines {
        frame.write_all(prefix.as_bytes())?;
        frame.write_all(b",")?;
        frame.write_all(members(line).as_bytes())?;
        frame.write_all(b"\n")?;
    }
    frame.finish()
}

/// What follows a line's opening brace.
fn members(line: &str) -> &str {
    line.split_once('{').map_or(line, |(_, members)| members)
}
