//! Everything that is refused, with what the client is told, and that nothing is stored then.

use aws_lambda_events::apigw::ApiGatewayProxyRequest;
use aws_lambda_events::http::{HeaderValue, Method};
use ingest::limits;
use serde_json::Value;

use crate::adding::Adding;
use crate::fixture::{Bucket, NOON_MS, batch, gzip, line, request, with, zstd};

/// Sends it, and wants this code, words in the message, and nothing stored or even asked of the store.
async fn refused(request: &ApiGatewayProxyRequest, status: i64, words: &[&str]) -> Value {
    let bucket = Bucket::new();
    let (got, told) = bucket.send(request).await;
    assert_eq!(got, status, "{told}");
    let error = told["error"].as_str().unwrap();
    for word in words {
        assert!(error.contains(word), "'{error}' has no '{word}'");
    }
    assert!(error.len() < 600 && !error.ends_with('.') && !error.contains('\n'), "{error}");
    assert_eq!(bucket.puts(), [""; 0]);
    told
}

/// A batch of three whose second line is changed.
async fn second_line(from: &str, to: &str, field: Option<&str>, words: &[&str]) {
    assert!(line(2).contains(from), "{from}");
    let body = [line(1), line(2).replacen(from, to, 1), line(3)].join("\n");
    let told = refused(&request(&zstd(body.as_bytes())), 400, &[&["line 2: "], words].concat()).await;
    assert_eq!((told["line"].as_i64(), told["field"].as_str()), (Some(2), field), "{told}");
}

#[tokio::test]
async fn a_value_that_breaks_the_contract_is_named_with_its_place() {
    let long = format!(r#""name":"{}""#, "x".repeat(5000));
    for (from, to, field, words) in [
        (
            r#""pid":4001"#,
            r#""pid":-1"#,
            "/running_processes/1/pid",
            ["number -1", "expected 0 to 2147483647"],
        ),
        (r#""pid":4001"#, r#""pid":2147483648"#, "/running_processes/1/pid", ["2147483648", "expected"]),
        (
            r#""pid":4001"#,
            r#""pid":1.0"#,
            "/running_processes/1/pid",
            ["floating point", "expected a whole number"],
        ),
        (
            r#""pid":4001"#,
            r#""pid":"4001""#,
            "/running_processes/1/pid",
            ["string \"4001\"", "expected a whole"],
        ),
        (r#""pid":4001"#, r#""pid":null"#, "/running_processes/1/pid", ["null", "expected a whole number"]),
        (r#""pid":4001,"#, "", "/running_processes/1/pid", ["missing field", "`pid`"]),
        (
            r#""name":"bash""#,
            &long,
            "/running_processes/1/name",
            ["text of 5000 bytes", "expected at most 255"],
        ),
        (r#""running_processes":["#, r#""running_processes":[7,"#, "/running_processes/0", ["7", "expected"]),
        (r#""host_id":"i-0"#, r#""host_id":"../i-0"#, "/host_id", ["../i-0", "expected 1 to 64 letters"]),
        (r#""stream":"00c0"#, r#""stream":"00C0"#, "/stream", ["00C0", "expected 16 lower-case"]),
        (r#""seq":2"#, r#""seq":10000000000"#, "/seq", ["10000000000", "expected 0 to 9999999999"]),
        (r#""version":1"#, r#""version":2"#, "/version", ["number 2", "expected 1 to 1"]),
        (r#""started":1795170000.5"#, r#""started":17"#, "/users/0/started", ["17 seconds", "expected 1980"]),
        (
            r#""local_port":22"#,
            r#""local_port":65536"#,
            "/sockets/0/local_port",
            ["65536", "expected 0 to 65535"],
        ),
        (r#""boot_id":"3a6f","#, "", "/boot_id", ["missing field", "`boot_id`"]),
        (r#""load1":0.25"#, r#""load1":true"#, "/load1", ["boolean `true`", "expected a number"]),
    ] {
        second_line(from, to, Some(field), &words).await;
    }
}

#[tokio::test]
async fn what_is_no_json_is_told_where() {
    let cut = line(2)[..200].to_owned();
    for (to, words) in [
        (cut.as_str(), ["cut short at column 200", "expected a whole JSON object"]),
        ("", ["empty", "expected a snapshot"]),
        ("null", ["null", "expected a JSON object"]),
        ("[]", ["type: list", "expected a JSON object"]),
        ("{}{}", ["missing field", "version"]),
        ("{'a':1}", ["key must be a string", "at column 2"]),
        ("{\"a\":\"\u{1}\"}", ["control character", "at column"]),
        ("{\"version\":1,}", ["trailing comma", "at column"]),
        ("{\"version\":01}", ["invalid number", "at column"]),
        ("{\"version\":NaN,\"seq\":1}", ["at column 12 (\"NaN,\\\"seq\\\":1}\")", "expected JSON"]),
    ] {
        let body = [line(1), to.to_owned(), line(3)].join("\n");
        let told = refused(&request(body.as_bytes()), 400, &[&["line 2: "][..], &words].concat()).await;
        assert_eq!(told["line"], 2, "{told}");
    }
    let trailing = line(1) + " x";
    refused(&request(trailing.as_bytes()), 400, &["line 1: ", "trailing characters"]).await;
    let mut bytes = batch(1, 2).into_bytes();
    let position = bytes.len() - 20;
    bytes[position] = 0xff;
    let told = refused(&request(&bytes), 400, &["line 2: byte 0xff, expected UTF-8"]).await;
    assert_eq!(told["line"], 2);
}

#[tokio::test]
async fn a_line_must_stay_readable_for_others_too() {
    let deep = |levels| format!(r#""from_tomorrow":{}{}"#, "[".repeat(levels), "]".repeat(levels));
    let nested =
        |levels| line(1).replacen(r#""from_tomorrow":{"deep":[1,{"er":"\u00e9"}]}"#, &deep(levels), 1);
    assert_eq!(Bucket::new().send(&request(nested(15).as_bytes())).await.0, 200);
    for levels in [16, 100, 100_000] {
        refused(&request(nested(levels).as_bytes()), 400, &["line 1: nested deeper, expected at most 16"])
            .await;
    }
    let members = |count: usize| {
        let many: Vec<String> = (0..count).map(|n| format!(r#""m{n}":0"#)).collect();
        line(1).replacen(r#"{"deep""#, &format!(r#"{{{},"deep""#, many.join(",")), 1)
    };
    assert_eq!(Bucket::new().send(&request(members(255).as_bytes())).await.0, 200);
    refused(&request(members(256).as_bytes()), 400, &["more members, expected at most 256"]).await;

    let twice = "expected each once in any case";
    second_line(r#""er":"#, r#""eR":0,"Er":"#, Some("/from_tomorrow/deep/1/Er"), &[twice]).await;
    second_line(r#""er":"#, r#""twice":0,"TWICE":0,"er":"#, Some("/from_tomorrow/deep/1/TWICE"), &[twice])
        .await;
    second_line(r#""pid":4001"#, r#""pid":4001,"new":1,"New":1"#, Some("/running_processes/1/New"), &[twice])
        .await;
    let alone = "differs from 'load1' in case alone";
    second_line(r#""load1":"#, r#""LOAD1":1,"load1":"#, Some("/LOAD1"), &[alone]).await;
    second_line(r#""load1":"#, r#""Load1":"#, Some("/Load1"), &[alone]).await;
    let place = Some("/running_processes/1/PID");
    second_line(r#""pid":4001"#, r#""PID":4001"#, place, &["differs from 'pid' in case alone"]).await;
    second_line(
        r#"{"pid":4001"#,
        r#"[4001],{"pid":4001"#,
        Some("/running_processes/1"),
        &["type: list", "expected a JSON object"],
    )
    .await;
    second_line(r#""load1":"#, r#""l\u006fad1":1,"load1":"#, Some("/load1"), &["duplicate field"]).await;
    second_line(r#""sockets":"#, r#""sockets":[],"sockets":"#, Some("/sockets"), &["duplicate field"]).await;
}

/// Athena's reader lower-cases names by Unicode's rules: the sign for kelvin is a k to it.
#[tokio::test]
async fn names_beyond_ascii_are_the_same_in_another_case() {
    let twice = "expected each once in any case";
    second_line(r#""er":"#, r#""é":0,"É":"#, Some("/from_tomorrow/deep/1/É"), &[twice]).await;
    second_line(r#""er":"#, r#""k":0,"\u212a":"#, Some("/from_tomorrow/deep/1/\u{212a}"), &[twice]).await;
    let kernel = "differs from 'kernel' in case alone";
    second_line(r#""load1":"#, r#""\u212aernel":"","load1":"#, Some("/\u{212a}ernel"), &[kernel]).await;
    let others = line(1).replacen(r#""er":"#, r#""é":0,"e":0,"É2":0,"ß":0,"ss":"#, 1);
    assert_eq!(Bucket::new().send(&request(others.as_bytes())).await.0, 200);
}

#[tokio::test]
async fn a_name_has_an_end() {
    let named = |name: &str| line(1).replacen(r#""er":"#, &format!(r#""{name}":0,"er":"#), 1);
    assert_eq!(Bucket::new().send(&request(named(&"x".repeat(255)).as_bytes())).await.0, 200);
    let words = ["a name of 256 bytes, expected at most 255"];
    refused(&request(named(&"x".repeat(256)).as_bytes()), 400, &words).await;
    refused(&request(named(&"é".repeat(128)).as_bytes()), 400, &words).await;
    refused(&request(line(1).replacen("load1", &"x".repeat(256), 1).as_bytes()), 400, &words).await;
}

/// Line ends between values are space, in text they are none of JSON's: nor may they turn into what is.
#[tokio::test]
async fn a_line_end_in_text_is_refused() {
    for end in ["\r", "\n", "\r\n", "\t"] {
        let folded = format!("{:#}", serde_json::from_str::<Value>(&line(1)).unwrap());
        for body in [line(1), folded] {
            let body = body.replacen("bash -l", &format!("bash{end}-l"), 1);
            refused(&request(body.as_bytes()), 400, &["line 1: "]).await;
        }
    }
}

#[tokio::test]
async fn an_event_with_more_headers_than_anybody_sends_is_answered() {
    // Each name, and one in as many spellings.
    let others: Vec<String> = (0..40_000).map(|n| format!("x-{n}")).collect();
    let letters: Vec<char> = snapshot::EARLIER_DAYS.chars().collect();
    let upper = |n: usize, (at, letter): (usize, &char)| match n >> at & 1 {
        1 => letter.to_ascii_uppercase(),
        _ => *letter,
    };
    let spelled: Vec<String> = (1..1 << letters.len().min(17))
        .map(|n| letters.iter().enumerate().map(|letter| upper(n, letter)).collect())
        .collect();
    for (names, status) in [(others, 200), (spelled, 400)] {
        let mut event = serde_json::to_value(request(batch(1, 1).as_bytes())).unwrap();
        let many = |value: Value| names.iter().map(move |name| (name.clone(), value.clone()));
        event["headers"].as_object_mut().unwrap().extend(many("1".into()));
        event["multiValueHeaders"] = many(vec!["1"; 2].into()).collect::<serde_json::Map<_, _>>().into();
        event["multiValueHeaders"]["x-filed-day"] = vec!["2026-11-20"; 40_000].into();
        let (bucket, clock) = (Bucket::new(), lake::SetClock::new(NOON_MS));
        let answer = ingest::answer_event(event, &clock, &Adding(&bucket)).await;
        assert_eq!(crate::fixture::read(answer, NOON_MS).0, status);
    }
}

#[tokio::test]
async fn nobody_sends_what_the_server_adds() {
    for owned in ["received_at_ms", "source_ip", "principal", "clock_offset_ms"] {
        let field = format!("/{owned}");
        for value in ["null", "1", "\"x\""] {
            let to = format!(r#"{{"{owned}":{value},"version":1"#);
            second_line(r#"{"version":1"#, &to, Some(&field), &["a member that the server adds"]).await;
        }
    }
    // Spelled in another case it would be the same column to Athena.
    second_line(
        r#"{"version":1"#,
        r#"{"Source_IP":"x","version":1"#,
        Some("/Source_IP"),
        &["differs from 'source_ip' in case alone"],
    )
    .await;
}

#[tokio::test]
async fn a_batch_is_of_one_host_and_stream_and_has_no_gap() {
    second_line("i-0123", "i-9123", Some("/host_id"), &["i-9123", "expected i-0123456789abcdef0"]).await;
    second_line("00c0ffee00c0ffee", "00c0ffee00c0ffef", Some("/stream"), &["expected 00c0ffee00c0ffee"])
        .await;
    for seq in [0, 1, 3] {
        second_line(r#""seq":2"#, &format!(r#""seq":{seq}"#), Some("/seq"), &["expected 2"]).await;
    }
}

#[tokio::test]
async fn a_header_that_is_missing_or_wrong_is_named() {
    let good = || request(&zstd(batch(1, 1).as_bytes()));
    let many = "2026-11-01,2026-11-02,2026-11-03,2026-11-04,2026-11-05";
    let long = "2".repeat(9000);
    for (name, value, words) in [
        (snapshot::FILED_DAY, None, ["x-filed-day", "missing"]),
        (snapshot::FILED_DAY, Some("today"), ["x-filed-day: day 'today'", "expected YYYY-MM-DD"]),
        (snapshot::FILED_DAY, Some("2026-02-30"), ["'2026-02-30'", "expected YYYY-MM-DD"]),
        (snapshot::FILED_DAY, Some(&long), ["x-filed-day", "too long"]),
        (snapshot::SENT_AT_MS, None, ["x-sent-at-ms", "missing"]),
        (snapshot::SENT_AT_MS, Some("12:00"), ["'12:00'", "expected milliseconds"]),
        (snapshot::SENT_AT_MS, Some("-1"), ["'-1'", "from 1980 to 2100"]),
        (snapshot::SENT_AT_MS, Some(&long), ["222…", "expected milliseconds"]),
        (snapshot::EARLIER_DAYS, Some(""), ["x-earlier-filed-days", "expected YYYY-MM-DD"]),
        (snapshot::EARLIER_DAYS, Some("2026-11-01;"), ["'2026-11-01;'", "expected YYYY-MM-DD"]),
        (snapshot::EARLIER_DAYS, Some("2026-11-20"), ["2026-11-20 twice", "other than the filed one"]),
        (snapshot::EARLIER_DAYS, Some("2026-11-01,2026-11-01"), ["2026-11-01 twice", "expected"]),
        (snapshot::EARLIER_DAYS, Some(many), ["too many days", "expected at most 4"]),
    ] {
        refused(&with(good(), name, value), 400, &words).await;
    }
    let mut twice = good();
    twice.multi_value_headers.insert(snapshot::FILED_DAY, HeaderValue::from_static("2026-11-19"));
    refused(&twice, 400, &["x-filed-day is given twice"]).await;
}

#[tokio::test]
async fn what_is_damaged_on_the_way_is_refused() {
    let plain = batch(1, 15).into_bytes();
    let (zstd, gzip) = (zstd(&plain), gzip(&plain));
    for (body, words) in [
        (&[] as &[u8], "the body is empty"),
        (&zstd[..zstd.len() - 1], "begins as zstd and is damaged"),
        (&zstd[..4], "begins as zstd and is damaged"),
        (&gzip[..gzip.len() - 1], "begins as gzip and is damaged"),
        (&[&gzip[..], b"x"].concat(), "begins as gzip and is damaged"),
        (&crate::fixture::zstd(b""), "zstd of nothing"),
        (&crate::fixture::gzip(b""), "gzip of nothing"),
        (b"\n", "line 1: empty"),
        (b"hello", "line 1: 'h', expected '{'"),
    ] {
        refused(&request(body), 400, &[words]).await;
    }
    let mut broken = request(&zstd);
    broken.body = Some("KLUv/Q=*".into());
    refused(&broken, 400, &["not base64"]).await;
    broken.body = None;
    refused(&broken, 400, &["the body is empty"]).await;
}

#[tokio::test]
async fn what_is_too_large_is_told_the_limit() {
    let bomb = || vec![b' '; limits::MAX_BATCH_BYTES + 1];
    let largest = limits::MAX_BATCH_BYTES.to_string();
    refused(&request(&zstd(&bomb())), 413, &["decompressed batch", &largest]).await;
    refused(&request(&gzip(&bomb())), 413, &["decompressed batch", &largest]).await;
    let body = vec![b' '; limits::MAX_BODY_BYTES + 1];
    let largest = limits::MAX_BODY_BYTES.to_string();
    refused(&request(&body), 413, &["body", &largest]).await;
    let mut text = request(b"");
    (text.is_base64_encoded, text.body) = (false, Some(String::from_utf8(body).unwrap()));
    refused(&text, 413, &["body", &largest]).await;

    let long = line(1).replacen("web-1", &" ".repeat(limits::MAX_LINE_BYTES), 1);
    let told =
        refused(&request(&zstd(long.as_bytes())), 413, &["line 1: ", "expected at most 31000000"]).await;
    assert_eq!(told["line"], 1);
    let many = batch(1, snapshot::MAX_BATCH as i64 + 1);
    refused(&request(&zstd(many.as_bytes())), 413, &["line 16", "at most 15"]).await;
}

#[tokio::test]
async fn a_list_longer_than_the_contracts_is_refused() {
    let processes = |count: usize| {
        let list = vec![r#"{"pid":1,"name":""}"#; count].join(",");
        line(1).replacen(r#""running_processes":["#, &format!(r#""running_processes":[{list},"#), 1)
    };
    assert_eq!(Bucket::new().send(&request(&zstd(processes(65_534).as_bytes()))).await.0, 200);
    let body = zstd(processes(65_535).as_bytes());
    let told = refused(&request(&body), 400, &["more items, expected at most 65536"]).await;
    assert_eq!(told["field"], "/running_processes");
}

#[tokio::test]
async fn an_encoding_that_is_not_spoken_is_named() {
    for (body, words) in [
        (&b"\xfd7zXZ\0\0\0"[..], "is xz"),
        (b"BZh91AY", "is bzip2"),
        (b"PK\x03\x04\x14", "is zip"),
        (b"\x04\x22\x4d\x18\x60", "is lz4"),
        (b"\xff\x06\x00\x00sNaPpY", "is snappy"),
        (b"\x5d\x00\x00\x80\0", "is lzma"),
        (b"7z\xbc\xaf\x27\x1c", "is 7z"),
        (b"Rar!\x1a\x07\x01\0", "is rar"),
        (b"x\x9c\xed\xbd", "is zlib"),
        (b"\xef\xbb\xbf{", "is text with a byte order mark"),
        (b"\x00\x01\x02", "neither text nor known"),
        (b"\xff\xfe{\0", "neither text nor known"),
    ] {
        refused(&request(body), 415, &[words, "expected zstd, gzip or plain JSON"]).await;
    }
}

#[tokio::test]
async fn a_window_larger_than_readers_take_is_refused() {
    let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 3).unwrap();
    encoder.window_log(limits::MAX_WINDOW_LOG + 1).unwrap();
    std::io::Write::write_all(&mut encoder, batch(1, 1).as_bytes()).unwrap();
    let words = ["zstd window is too large", "expected at most 8388608 bytes"];
    refused(&request(&encoder.finish().unwrap()), 413, &words).await;
}

#[tokio::test]
async fn a_frame_that_needs_a_dictionary_is_no_damaged_one() {
    // Of nothing, packed with the dictionary of number 7.
    let frame = b"\x28\xb5\x2f\xfd\x21\x07\x00\x01\x00\x00";
    refused(&request(frame), 415, &["needs a dictionary", "expected zstd without one"]).await;
}

/// The first thing that somebody tries by hand, without the header that makes it binary to the gateway.
#[tokio::test]
async fn what_was_taken_for_text_is_told_how_to_be_sent() {
    for (packed, kind) in [(zstd(batch(1, 1).as_bytes()), "zstd"), (gzip(batch(1, 1).as_bytes()), "gzip")] {
        let mut text = request(b"");
        (text.is_base64_encoded, text.body) = (false, Some(String::from_utf8_lossy(&packed).into_owned()));
        let kind = format!("expected it sent as Content-Type: application/{kind}");
        refused(&text, 415, &["taken for text", &kind]).await;
    }
}

#[tokio::test]
async fn a_text_has_an_end_wherever_it_stands() {
    let long = |bytes: usize| "\u{7f}".repeat(bytes);
    let most = limits::MAX_TEXT_BYTES;
    let unknown = |bytes| line(1).replacen(r#""er":"#, &format!(r#""x":"{}","er":"#, long(bytes)), 1);
    assert_eq!(Bucket::new().send(&request(unknown(most).as_bytes())).await.0, 200);
    let kind = line(1).replacen(r#""version":1"#, &format!(r#""version":"{}""#, long(most + 1)), 1);
    let name = line(1).replacen(r#""er":"#, &format!(r#""{}":1,"er":"#, long(most + 1)), 1);
    let pid = line(1).replacen(r#""pid":4001"#, &format!(r#""pid":"{}""#, long(most + 1)), 1);
    for (body, field) in [
        (unknown(most + 1), Some("/from_tomorrow/deep/1/x")),
        (kind, Some("/version")),
        (name, Some("/from_tomorrow/deep/1")),
        (pid, Some("/running_processes/1/pid")),
    ] {
        let words = ["line 1: a text longer than 65536 bytes, expected at most so many, from column "];
        let told = refused(&request(&zstd(body.as_bytes())), 413, &words).await;
        assert_eq!(told["field"].as_str(), field, "{told}");
    }
    // What is wrong before it is said first.
    let both = line(1).replacen(r#""version":1"#, r#""version":7"#, 1);
    let both = both.replacen(r#""er":"#, &format!(r#""x":"{}","er":"#, long(most + 1)), 1);
    refused(&request(both.as_bytes()), 400, &["number 7"]).await;
}

#[tokio::test]
async fn other_paths_and_methods() {
    for path in ["", "/", "/put-metric", "/Prod/Prod/put-metrics", "/put-metrics/", "/Prodput-metrics"] {
        let mut nowhere = request(b"");
        nowhere.path = Some(path.into());
        refused(&nowhere, 404, &["expected /Prod/put-metrics"]).await;
    }
    for (method, path, allowed) in [
        (Method::GET, "/put-metrics", "POST"),
        (Method::PUT, "/put-metrics", "POST"),
        (Method::POST, "/health", "GET"),
        (Method::HEAD, "/health", "GET"),
    ] {
        let mut other = request(b"");
        (other.http_method, other.path) = (method, Some(path.into()));
        refused(&other, 405, &["expected", allowed]).await;
    }
}

#[tokio::test]
async fn an_event_that_is_no_request_is_answered_too() {
    let bucket = Bucket::new();
    for event in
        ["null", "[]", "{}", r#"{"httpMethod":7}"#, r#"{"requestContext":{"http":{}},"version":"2.0"}"#]
    {
        let event = serde_json::from_str(event).unwrap();
        let answer = ingest::answer_event(event, &lake::SetClock::new(1), &Adding(&bucket)).await;
        assert_eq!(crate::fixture::read(answer, 1).0, 400);
    }
}
