//! `socket_runs`: one row a commit and flow, ephemeral ports dropped: the `programs` of the network.

use std::collections::{BTreeMap, HashMap};

use snapshot::{Process, Snapshot, Socket, Stream};

use super::{Rows, table};

table! {
    SocketRuns "one row a commit and flow: who listened, who talked to whom; ephemeral ports are dropped"
    sorted by ["protocol", "direction", "remote_address", "remote_port", "local_port"]
    for (f: &Flow, t: &Traffic)
    {
        boot_id string "the kernel's boot id" = Some(&f.boot_id);
        protocol string "tcp, udp, raw, packet" = Some(&f.protocol);
        direction string "listen, in, out" = f.direction.as_deref();
        local_address string "own address; NULL for what goes out" = f.local_address.as_deref();
        remote_address string "the peer's address" = f.remote_address.as_deref();
        name string "the process's comm" = f.name.as_deref();
        exe string "the process's executable" = f.exe.as_deref();
        user_name string "who opened it" = f.user_name.as_deref();
        unit string "the process's systemd unit" = f.unit.as_deref();
        container_id string "the container whose network it belongs to" = f.container_id.as_deref();
        local_port int "own port; NULL for what goes out" = f.local_port;
        remote_port int "the peer's port; NULL for what comes in" = f.remote_port;
        first_seen timestamp "the first sample with it" = Some(t.first_seen_ms);
        last_seen timestamp "the last sample with it" = Some(t.last_seen_ms);
        samples bigint "samples with it" = Some(t.samples);
        connections_max bigint "the most connections in one sample" = Some(t.connections_max);
        sent_bytes bigint "bytes sent while observed (TCP)" = t.sent_bytes;
        received_bytes bigint "bytes received while observed (TCP)" = t.received_bytes;
    }
}

/// What a row is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Flow {
    boot_id: String,
    protocol: String,
    direction: Option<String>,
    local_address: Option<String>,
    local_port: Option<i64>,
    remote_address: Option<String>,
    remote_port: Option<i64>,
    name: Option<String>,
    exe: Option<String>,
    user_name: Option<String>,
    unit: Option<String>,
    container_id: Option<String>,
}

/// What went over it.
#[derive(Debug)]
pub(crate) struct Traffic {
    first_seen_ms: i64,
    last_seen_ms: i64,
    samples: i64,
    connections_max: i64,
    sent_bytes: Option<i64>,
    received_bytes: Option<i64>,
    /// Of the sample being taken in.
    connections: i64,
}

/// One connection: both ends with their ports.
type Connection = (String, String, Option<String>, Option<i64>, Option<String>, Option<i64>);

/// The flows of one host-day.
#[derive(Debug, Default)]
pub(crate) struct SocketRuns {
    flows: BTreeMap<Flow, Traffic>,
    /// The counters of the connections in the sample before.
    last: HashMap<Connection, (i64, i64)>,
    /// The stream of the sample before.
    stream: Option<Stream>,
}

impl SocketRuns {
    /// Takes a snapshot in.
    pub(crate) fn take(&mut self, s: &Snapshot<'_>) {
        if s.sockets.is_empty() {
            return;
        }
        // What a connection carried before this commit's first sample of it belongs to an earlier row, or to nobody.
        let goes_on = self.stream.replace(s.stream) == Some(s.stream);
        let ts = s.observed_at_ms.get();
        let processes: HashMap<i64, &Process<'_>> =
            s.running_processes.iter().map(|p| (p.pid.get(), p)).collect();
        let mut open = HashMap::new();
        for k in &s.sockets {
            let holder = k.pid.and_then(|pid| processes.get(&pid.get()).copied());
            let connection = connection(s, k);
            let counters = (k.sent_bytes.map_or(0, i64::from), k.received_bytes.map_or(0, i64::from));
            let unseen = if goes_on { (0, 0) } else { counters };
            let before = self.last.get(&connection).copied().unwrap_or(unseen);
            open.insert(connection, counters);

            let traffic = self.flows.entry(flow(s, k, holder)).or_insert(Traffic {
                first_seen_ms: ts,
                last_seen_ms: ts,
                samples: 0,
                connections_max: 0,
                sent_bytes: None,
                received_bytes: None,
                connections: 0,
            });
            traffic.first_seen_ms = traffic.first_seen_ms.min(ts);
            traffic.last_seen_ms = traffic.last_seen_ms.max(ts);
            traffic.connections += 1;
            if k.sent_bytes.is_some() || k.received_bytes.is_some() {
                let add = |sum: Option<i64>, now: i64, before: i64| {
                    Some(sum.unwrap_or(0).saturating_add(if now >= before { now - before } else { now }))
                };
                traffic.sent_bytes = add(traffic.sent_bytes, counters.0, before.0);
                traffic.received_bytes = add(traffic.received_bytes, counters.1, before.1);
            }
        }
        self.last = open;
        for traffic in self.flows.values_mut().filter(|traffic| traffic.connections > 0) {
            traffic.samples += 1;
            traffic.connections_max = traffic.connections_max.max(std::mem::take(&mut traffic.connections));
        }
    }

    /// Writes the rows.
    pub(crate) fn finish(self, rows: &mut Rows) -> anyhow::Result<()> {
        self.flows.iter().try_for_each(|(flow, traffic)| append(rows, flow, traffic))
    }
}

fn text<const MAX: usize>(text: &Option<snapshot::Text<'_, MAX>>) -> Option<String> {
    text.as_deref().map(str::to_owned)
}

fn connection(s: &Snapshot<'_>, k: &Socket<'_>) -> Connection {
    (
        s.boot_id.to_string(),
        k.protocol.to_string(),
        text(&k.local_address),
        k.local_port.map(i64::from),
        text(&k.remote_address),
        k.remote_port.map(i64::from),
    )
}

fn flow(s: &Snapshot<'_>, k: &Socket<'_>, holder: Option<&Process<'_>>) -> Flow {
    // The side that chose its port at random says nothing by it.
    let out = k.direction.as_deref() == Some("out");
    let incoming = k.direction.as_deref() == Some("in");
    Flow {
        boot_id: s.boot_id.to_string(),
        protocol: k.protocol.to_string(),
        direction: text(&k.direction),
        local_address: if out { None } else { text(&k.local_address) },
        local_port: if out { None } else { k.local_port.map(i64::from) },
        remote_address: text(&k.remote_address),
        remote_port: if incoming { None } else { k.remote_port.map(i64::from) },
        name: holder.map(|p| p.name.to_string()),
        exe: holder.and_then(|p| text(&p.exe)),
        user_name: text(&k.user_name),
        unit: holder.and_then(|p| text(&p.unit)),
        container_id: text(&k.container_id),
    }
}
