//! The whole batch: taken whole or refused whole.

use snapshot::{HostId, MAX_BATCH, Stream};

use crate::line;
use crate::refusal::{Kind, Refusal};

/// What a batch says of itself, by which it is filed, and its lines: a snapshot each.
#[derive(Debug)]
pub(crate) struct Batch<'b> {
    pub(crate) host: HostId,
    pub(crate) stream: Stream,
    pub(crate) first_seq: i64,
    pub(crate) lines: Vec<&'b str>,
}

impl<'b> Batch<'b> {
    /// Every line is a snapshot, all of one host and stream, in unbroken order.
    pub(crate) fn of(body: &'b str) -> Result<Self, Refusal> {
        let mut batch: Option<Self> = None;
        for (number, line) in lines(body).enumerate() {
            let number = number + 1;
            if number > MAX_BATCH {
                let told = format!("the batch has more lines, expected at most {MAX_BATCH}");
                return Err(Refusal::new(Kind::TooLarge, told).logged_as_told().at_line(number));
            }
            let snapshot = line::read(line).map_err(|refusal| refusal.at_line(number))?;
            let seq = snapshot.seq.get();
            match &mut batch {
                None => {
                    let (host, stream) = (snapshot.host_id, snapshot.stream);
                    batch = Some(Self { host, stream, first_seq: seq, lines: vec![line] });
                }
                Some(batch) => {
                    let fits = batch.fits(&snapshot.host_id, snapshot.stream, seq);
                    fits.map_err(|refusal| refusal.at_line(number))?;
                    batch.lines.push(line);
                }
            }
        }
        let empty = || Refusal::malformed("the batch is empty, expected a snapshot a line").logged_as_told();
        batch.ok_or_else(empty)
    }

    /// Whether a snapshot is the next.
    fn fits(&self, host: &HostId, stream: Stream, seq: i64) -> Result<(), Refusal> {
        let expected = self.first_seq + self.lines.len() as i64;
        let differs = |field: &str, found: String, expected: String| {
            let told = format!("{found}, expected {expected} as the line before has it at {field}");
            Err(Refusal::malformed(told).logged("expected what the line before has").at_field(field))
        };
        if *host != self.host {
            return differs("/host_id", host.to_string(), self.host.to_string());
        }
        if stream != self.stream {
            return differs("/stream", stream.to_string(), self.stream.to_string());
        }
        if seq != expected {
            let told = format!("sequence number {seq}, expected {expected} after the line before at /seq");
            return Err(Refusal::malformed(told).logged("expected the next number").at_field("/seq"));
        }
        Ok(())
    }
}

/// The lines of a batch; the last newline is optional.
pub(crate) fn lines(body: &str) -> impl Iterator<Item = &str> {
    body.strip_suffix('\n').unwrap_or(body).split('\n')
}

/// Only a newline ends a line from here on, and only a snapshot's: Athena's reader also takes a carriage return for the
/// end of a row. Between values either is mere space, and so is the tab that takes its place; inside of text JSON has
/// none of the three, so that what was no JSON before is none afterwards.
///
/// One snapshot that was written over several lines, as pretty-printers do, becomes one line. It is known by its first
/// line, a bare `{`.
pub(crate) fn unfold(body: &mut [u8]) {
    let mut bytes = body.iter().filter(|byte| !matches!(byte, b' ' | b'\t' | b'\r'));
    let folded = (bytes.next(), bytes.next()) == (Some(&b'{'), Some(&b'\n'));
    // Without a branch, so that the compiler makes it a look at many bytes at once: an agent's batch has none.
    if !folded && !body.iter().fold(false, |found, byte| found | (*byte == b'\r')) {
        return;
    }
    let end = if body.ends_with(b"\n") { body.len() - 1 } else { body.len() };
    for byte in &mut body[..end] {
        if *byte == b'\r' || (folded && *byte == b'\n') {
            *byte = b'\t';
        }
    }
}

/// JSON is UTF-8. Checked once for all, so that members which nobody here reads are text too.
pub(crate) fn text(body: &[u8]) -> Result<&str, Refusal> {
    std::str::from_utf8(body).map_err(|error| {
        let before = &body[..error.valid_up_to()];
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        let byte = body.get(error.valid_up_to()).copied().unwrap_or_default();
        let refusal = Refusal::malformed(format!("byte {byte:#04x}, expected UTF-8"));
        refusal.logged("expected UTF-8").at_line(line)
    })
}
