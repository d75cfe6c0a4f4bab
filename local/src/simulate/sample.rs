//! One sample of one host, still open to change, and how it becomes a line.
//!
//! Most of a line says the same as the line before it: a process's path, arguments and ancestry. That part is put
//! into JSON once, by the contract's own types, and kept; what moves is written behind it, in the contract's order
//! ("what changes from minute to minute last"). A test reads every line back and serialises it anew: the bytes are
//! the same.

use std::sync::Arc;

use snapshot::{Item, List, Process, Snapshot, Socket, User};

/// What one host shows at one instant. A [`Change::Edit`](super::Change::Edit) may change any of it.
#[derive(Clone, Debug)]
pub struct Sample {
    /// The host's number in the fleet.
    pub host: u32,
    /// The minute, counted from 1970 UTC.
    pub minute: i64,
    /// The instant within it, in milliseconds since 1970 UTC.
    pub at_ms: i64,
    /// The host's own figures. Its lists of users, processes, sockets and inventory are empty: they are below.
    pub figures: Snapshot<'static>,
    /// Who is logged in.
    pub users: Vec<User<'static>>,
    /// What is configured; empty in most samples.
    pub inventory: Vec<Item<'static>>,
    pub(super) processes: Vec<Line>,
    pub(super) sockets: Vec<Line>,
}

/// A process or socket: its JSON without the closing brace, and what moves.
#[derive(Clone, Debug)]
pub(super) struct Line {
    /// Processes are listed by pid.
    pub(super) pid: i64,
    pub(super) json: Arc<[u8]>,
    pub(super) tail: Tail,
}

/// The members at the end of a process or socket, which change from sample to sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tail {
    /// All is said already.
    None,
    /// A process's.
    Process {
        cpu_ms: i64,
        read_bytes: i64,
        write_bytes: i64,
        child_faults: i64,
        rss_bytes: i64,
        virtual_bytes: i64,
    },
    /// A connection's.
    Socket { sent_bytes: i64, received_bytes: i64 },
}

impl Sample {
    /// A pid that nobody else on this host gets, for a planted process that started in `minute` (or, before that, in
    /// an earlier minute of the same boot). There are sixteen a minute: `which` is 0 to 15.
    pub fn spare_pid(&self, minute: i64, which: i64) -> i64 {
        let boot_ms = self.at_ms - self.figures.uptime_s.map_or(0, i64::from) * 1000;
        super::table::pid(boot_ms, minute, which.clamp(0, 15))
    }

    /// The process with this name and the lowest pid, if one runs.
    pub fn process_named(&self, name: &str) -> Option<Process<'static>> {
        self.processes.iter().filter_map(Line::process).find(|process| process.name.as_str() == name)
    }

    /// Every process.
    pub fn processes(&self) -> Vec<Process<'static>> {
        self.processes.iter().filter_map(Line::process).collect()
    }

    /// Adds a process, or replaces the one that has its pid.
    pub fn put_process(&mut self, process: &Process<'_>) -> anyhow::Result<()> {
        let line = Line::of(process.pid.get(), process, Tail::None)?;
        self.remove_process(line.pid);
        self.processes.push(line);
        self.processes.sort_by_key(|line| line.pid);
        Ok(())
    }

    /// Takes a process away, if it is there.
    pub fn remove_process(&mut self, pid: i64) {
        self.processes.retain(|line| line.pid != pid);
    }

    /// Adds a socket.
    pub fn add_socket(&mut self, socket: &Socket<'_>) -> anyhow::Result<()> {
        let pid = socket.pid.map_or(0, i64::from);
        self.sockets.push(Line::of(pid, socket, Tail::None)?);
        Ok(())
    }

    /// Takes away all sockets of a process.
    pub fn remove_sockets_of(&mut self, pid: i64) {
        self.sockets.retain(|line| line.pid != pid);
    }

    /// Writes the sample as one line of newline-delimited JSON.
    pub(super) fn write(&self, out: &mut Vec<u8>) -> anyhow::Result<()> {
        let figures = Snapshot { users: List::cut(self.users.clone()), ..self.figures.clone() };
        // Empty lists of sockets and items are left out, so that the processes' is the last member.
        serde_json::to_writer(&mut *out, &figures)?;
        anyhow::ensure!(
            out.ends_with(b"\"running_processes\":[]}"),
            "a snapshot does not end with its processes"
        );
        out.truncate(out.len() - 2);
        list(out, &self.processes);
        out.push(b']');
        if !self.sockets.is_empty() {
            out.extend_from_slice(b",\"sockets\":[");
            list(out, &self.sockets);
            out.push(b']');
        }
        if !self.inventory.is_empty() {
            out.extend_from_slice(b",\"inventory\":");
            serde_json::to_writer(&mut *out, &self.inventory)?;
        }
        out.push(b'}');
        out.push(b'\n');
        Ok(())
    }
}

fn list(out: &mut Vec<u8>, lines: &[Line]) {
    for (place, line) in lines.iter().enumerate() {
        if place > 0 {
            out.push(b',');
        }
        line.write(out);
    }
}

impl Line {
    /// Puts a process or a socket into JSON; `tail` follows what it says itself.
    pub(super) fn of(pid: i64, value: &impl serde::Serialize, tail: Tail) -> anyhow::Result<Self> {
        let mut json = serde_json::to_vec(value)?;
        json.pop();
        Ok(Self { pid, json: json.into(), tail })
    }

    fn process(&self) -> Option<Process<'static>> {
        let mut json = Vec::new();
        self.write(&mut json);
        serde_json::from_slice::<Process<'_>>(&json).ok().map(|process| process.to_static())
    }

    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.json);
        match self.tail {
            Tail::None => {}
            Tail::Process { cpu_ms, read_bytes, write_bytes, child_faults, rss_bytes, virtual_bytes } => {
                number(out, ",\"cpu_ms\":", cpu_ms);
                number(out, ",\"read_bytes\":", read_bytes);
                number(out, ",\"write_bytes\":", write_bytes);
                number(out, ",\"child_faults\":", child_faults);
                number(out, ",\"rss_bytes\":", rss_bytes);
                number(out, ",\"virtual_bytes\":", virtual_bytes);
            }
            Tail::Socket { sent_bytes, received_bytes } => {
                number(out, ",\"sent_bytes\":", sent_bytes);
                number(out, ",\"received_bytes\":", received_bytes);
            }
        }
        out.push(b'}');
    }
}

/// A member's name and its number, which is not below zero. By hand: `write!` took most of the time of a sample.
fn number(out: &mut Vec<u8>, member: &str, number: i64) {
    out.extend_from_slice(member.as_bytes());
    let (mut digits, mut at, mut left) = ([0; 20], 20, number.unsigned_abs());
    loop {
        at -= 1;
        digits[at] = b'0' + (left % 10) as u8;
        left /= 10;
        if left == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
}
