//! Events as the gateway sends them, each damaged in some way, from a seed: the same seed gives the same events.

use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use fastrand::Rng;
use serde_json::{Value, json};

/// 2026-11-20 12:00 UTC, when all of them arrive.
pub(crate) const NOON_MS: i64 = 1_795_176_000_000;

/// What is worth meeting in the middle of a line.
const TOKENS: [&[u8]; 28] = [
    b"{",
    b"}",
    b"[",
    b"]",
    b"\"",
    b",",
    b":",
    b"\\",
    b"\n",
    b"\r",
    b"\r\n",
    b"\0",
    b"null",
    b"true",
    b"-",
    b"1e999",
    b"-0.0",
    b"99999999999999999999",
    b"\xff\xfe",
    b"\xed\xa0\x80",
    b"\\ud800",
    b"\\u0000",
    b"\"pid\":",
    b"\"PID\":1,",
    b"\"\\u212aernel\":\"\",", // a sign for kelvin, whose lower case is k
    b"\"\xc3\x89\":1,\"\xc3\xa9\":1,",
    b"\"version\":1,",
    b"\xe2\x82",
];

/// Makes damaged events.
pub(crate) struct Events {
    rng: Rng,
    /// Small bodies that unpack to more than a batch may be.
    bombs: [Vec<u8>; 2],
}

impl Events {
    pub(crate) fn new(seed: u64) -> Self {
        let spaces = vec![b' '; 40_000_000];
        Self { rng: Rng::with_seed(seed), bombs: [zstd(&spaces), gzip(&spaces)] }
    }

    /// The next event's JSON, and whether nothing of it is damaged.
    pub(crate) fn next(&mut self) -> (Vec<u8>, bool) {
        // One in eight is the original program's: a document without identity, no headers.
        let original = self.rng.u8(..8) == 0;
        let (first_seq, count) = (self.rng.i64(0..9_000_000_000), self.rng.i64(1..4));
        let mut body = if original { ORIGINAL.to_owned() } else { batch(first_seq, count) };
        match self.rng.u8(..16) {
            0 => body = body.replace('\n', "\r\n"),
            1 => body = folded(&body),
            2 => body = folded(&body).replace('\n', "\r\n"),
            _ => {}
        }
        let mut body = body.into_bytes();
        let place = self.rng.u8(..8);
        if place == 0 {
            self.damage(&mut body);
        }
        if place == 1 {
            match self.rng.u16(..500) {
                0 => self.lengthen(&mut body),
                _ => self.nest(&mut body),
            }
        }
        if place == 2 {
            body = (0..self.rng.usize(..300)).map(|_| self.rng.u8(..)).collect();
        }
        body = match self.rng.u8(..3) {
            0 => zstd(&body),
            1 => gzip(&body),
            _ => body,
        };
        if place == 3 {
            self.damage(&mut body);
        }
        // A bomb takes as long as hundreds of others.
        if self.rng.u16(..2000) == 0 {
            return (event(&self.bombs[self.rng.usize(..2)]).to_string().into_bytes(), false);
        }
        let mut event = event(&body);
        if original {
            event["headers"] = json!({});
        }
        match place {
            4 => self.break_base64(&mut event),
            5 => self.lie(&mut event),
            6 => self.change_member(&mut event),
            _ => {}
        }
        let mut event = event.to_string().into_bytes();
        let sound = place == 7 && self.rng.bool();
        if place == 7 && !sound {
            self.damage(&mut event);
        }
        (event, sound)
    }

    /// Cuts, flips, inserts, removes, repeats, replaces.
    fn damage(&mut self, body: &mut Vec<u8>) {
        for _ in 0..self.rng.usize(1..4) {
            if body.is_empty() {
                return;
            }
            let at = self.rng.usize(..body.len());
            let end = (at + self.rng.usize(..64)).min(body.len());
            let token = TOKENS[self.rng.usize(..TOKENS.len())];
            match self.rng.u8(..6) {
                0 => body.truncate(at),
                1 => body[at] ^= 1 << self.rng.u8(..8),
                2 => drop(body.splice(at..at, token.iter().copied())),
                3 => drop(body.drain(at..end)),
                4 => {
                    let piece = body[at..end].repeat(self.rng.usize(1..8));
                    drop(body.splice(at..at, piece));
                }
                _ => drop(body.splice(at..end, token.repeat(self.rng.usize(..200)))),
            }
        }
    }

    /// Puts lists or objects into one another in the place of a number.
    fn nest(&mut self, body: &mut Vec<u8>) {
        let (open, close) = [("[", "]"), ("{\"a\":", "}")][self.rng.usize(..2)];
        let levels = 1 << self.rng.u32(..15);
        let deep = [&open.repeat(levels), "1", &close.repeat(levels)].concat();
        let numbers: Vec<usize> =
            (1..body.len()).filter(|at| body[at - 1] == b':' && body[*at] == b'1').collect();
        if let Some(at) = self.rng.choice(numbers) {
            drop(body.splice(at..=at, deep.into_bytes()));
        }
    }

    /// Puts a long text in the place of a number or before a name, of what a reader repeats in one, two or six characters.
    fn lengthen(&mut self, body: &mut Vec<u8>) {
        let character = [" ", "~", "\u{7f}", "\\\"", "\\\\"][self.rng.usize(..5)];
        let text = character.repeat((1 << self.rng.u32(..24)) / character.len());
        let numbers: Vec<usize> =
            (1..body.len()).filter(|at| body[at - 1] == b':' && body[*at] == b'1').collect();
        let names: Vec<usize> = (1..body.len()).filter(|at| body[at - 1..=*at] == *b"{\"").collect();
        if self.rng.bool() {
            if let Some(at) = self.rng.choice(numbers) {
                drop(body.splice(at..=at, format!("\"{text}\"").into_bytes()));
            }
        } else if let Some(at) = self.rng.choice(names) {
            drop(body.splice(at..at, format!("\"{text}\":0,").into_bytes()));
        }
    }

    fn break_base64(&mut self, event: &mut Value) {
        let mut text = event["body"].as_str().unwrap_or_default().to_owned();
        if !text.is_empty() {
            let at = self.rng.usize(..text.len());
            let damage = ["=", "\n", "-", "é", ""][self.rng.usize(..5)];
            text.replace_range(at..at + 1, damage);
        }
        event["body"] = text.into();
        event["isBase64Encoded"] = self.rng.bool().into();
    }

    /// Headers that say something else than what is there.
    fn lie(&mut self, event: &mut Value) {
        const NAMES: [&str; 7] = [
            "x-filed-day",
            "x-sent-at-ms",
            "x-earlier-filed-days",
            "Content-Encoding",
            "Content-Type",
            "Content-Length",
            "X-Other",
        ];
        let values = [
            json!("2026-11-19"),
            json!("2026-11-31"),
            json!("1970-01-01"),
            json!("2026-11-18,2026-11-19"),
            json!("9223372036854775808"),
            json!("-1"),
            json!("gzip"),
            json!("zstd"),
            json!("é\u{0}\n"),
            json!("9".repeat(self.rng.usize(..20_000))),
            json!(7),
            Value::Null,
        ];
        if self.rng.u8(..8) == 0 {
            // Sound in itself, and perhaps out of reach.
            event["headers"]["x-filed-day"] = json!(format!("2026-11-{:02}", self.rng.u8(1..30)));
            return;
        }
        for _ in 0..self.rng.usize(1..4) {
            let (name, value) =
                (NAMES[self.rng.usize(..NAMES.len())], &values[self.rng.usize(..values.len())]);
            match self.rng.u8(..3) {
                0 => event["headers"][name] = value.clone(),
                1 => event["multiValueHeaders"][name] = json!([value, "2026-11-20"]),
                _ => drop(event["headers"].as_object_mut().and_then(|headers| headers.remove(name))),
            }
        }
    }

    /// Another path, method, body or context, of any type.
    fn change_member(&mut self, event: &mut Value) {
        const POINTERS: [&str; 9] = [
            "/path",
            "/httpMethod",
            "/body",
            "/headers",
            "/multiValueHeaders",
            "/isBase64Encoded",
            "/requestContext",
            "/requestContext/identity",
            "/requestContext/requestId",
        ];
        let values = [
            Value::Null,
            json!(true),
            json!(-1.5),
            json!("/Prod/health"),
            json!("/put-metrics/../health"),
            json!("GET"),
            json!("DELETE"),
            json!("\u{0}"),
            json!([1, [2]]),
            json!({"a": {"b": null}}),
        ];
        let member = event.pointer_mut(POINTERS[self.rng.usize(..POINTERS.len())]);
        if let Some(member) = member {
            *member = values[self.rng.usize(..values.len())].clone();
        }
    }
}

/// What the original program sends.
const ORIGINAL: &str = concat!(
    r#"{"processor":"x86_64","running_processes":[{"pid":1,"name":"systemd"},{"pid":77,"name":"cron"}],"users":[{"user":"ann","#,
    r#""terminal":"pts/0","host":"198.51.100.7","started":1795170000.5,"pid":4000}],"os_name":"Linux","os_version":"1","ip":"10.0.0.7"}"#
);

/// A sound batch.
fn batch(first_seq: i64, count: i64) -> String {
    (first_seq..first_seq + count)
        .map(|seq| {
            format!(
                concat!(
                    r#"{{"version":1,"host_id":"i-0123456789abcdef0","stream":"00c0ffee00c0ffee","seq":{seq},"boot_id":"3a6f","#,
                    r#""observed_at_ms":1795175940000,"host_name":"web-1","load1":0.25,"addresses":["10.0.0.7"],"#,
                    r#""disks":[{{"mount_point":"/","total_bytes":8589934592}}],"networks":[],"users":[{{"user":"ann","#,
                    r#""terminal":"pts/0","host":"198.51.100.7","started":1795170000.5,"pid":4000}}],"#,
                    r#""running_processes":[{{"pid":1,"name":"systemd"}},{{"pid":4001,"name":"bash","cmdline":"bash -l","#,
                    r#""user_name":"ann"}}],"sockets":[{{"protocol":"tcp","local_port":22}}],"#,
                    r#""from_tomorrow":{{"deep":[1,{{"er":"\u00e9"}}]}}}}"#,
                    "\n"
                ),
                seq = seq
            )
        })
        .collect()
}

/// The first snapshot written over many lines.
fn folded(lines: &str) -> String {
    let first: Value =
        lines.lines().next().and_then(|line| serde_json::from_str(line).ok()).unwrap_or_default();
    format!("{first:#}\n")
}

fn event(body: &[u8]) -> Value {
    json!({
        "resource": "/put-metrics", "path": "/put-metrics", "httpMethod": "POST",
        "headers": {"x-filed-day": "2026-11-20", "x-sent-at-ms": "1795175999750"}, "multiValueHeaders": {},
        "requestContext": {
            "httpMethod": "POST", "requestId": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
            "identity": {"sourceIp": "203.0.113.7", "apiKeyId": "k3y1d"},
        },
        "body": STANDARD.encode(body), "isBase64Encoded": true,
    })
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::bulk::compress(bytes, 1).unwrap_or_default()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).unwrap_or_default()
}
