//! Who listens, and who talks to whom.
//!
//! A connection has two ends, and both hosts must tell the same story: so a link belongs to its client and a place
//! among the client's links, and what it looks like follows from that at either end. It is opened anew after an hour
//! or two, and when one of the two hosts has rebooted.

use snapshot::{Port, Socket, Text};

use super::chance::Chance;
use super::identity::{Role, cell, ip, role};
use super::life::Timeline;
use super::people::{Seen, Session};
use super::rhythm::{Kind, MINUTE_MS, Rhythm};
use super::sample::{Line, Tail};
use super::table::Table;

/// Where it runs (none: everywhere), who listens, protocol, address, port.
const LISTENERS: &[(Option<Role>, &str, &str, &str, i64)] = &[
    (None, "sshd", "tcp", "0.0.0.0", 22),
    (None, "sshd", "tcp", "::", 22),
    (None, "systemd-resolve", "udp", "127.0.0.53", 53),
    (None, "systemd-resolve", "tcp", "127.0.0.53", 53),
    (None, "systemd-network", "udp", "0.0.0.0", 68),
    (None, "chronyd", "udp", "127.0.0.1", 323),
    (None, "node_exporter", "tcp", "::", 9100),
    (Some(Role::Web), "nginx", "tcp", "0.0.0.0", 80),
    (Some(Role::Web), "nginx", "tcp", "0.0.0.0", 443),
    (Some(Role::Web), "php-fpm", "tcp", "127.0.0.1", 9000),
    (Some(Role::Web), "valkey-server", "tcp", "127.0.0.1", 6379),
    (Some(Role::Api), "orders-api", "tcp", "::", 8080),
    (Some(Role::Api), "gunicorn", "tcp", "127.0.0.1", 8090),
    (Some(Role::Api), "envoy", "tcp", "0.0.0.0", 9901),
    (Some(Role::Db), "postgres", "tcp", "0.0.0.0", 5432),
    (Some(Role::Db), "pgbouncer", "tcp", "0.0.0.0", 6432),
    (Some(Role::Db), "postgres_expor", "tcp", "::", 9187),
    (Some(Role::Batch), "java", "tcp", "::", 8081),
];

/// Whose backends are whose: client, its process, how many links, server, its process, its port.
const LINKS: &[(Role, &str, i64, Role, &str, i64)] = &[
    (Role::Web, "nginx", 3, Role::Api, "orders-api", 8080),
    (Role::Api, "orders-api", 3, Role::Db, "pgbouncer", 6432),
    (Role::Worker, "celery", 2, Role::Db, "pgbouncer", 6432),
    (Role::Batch, "java", 2, Role::Db, "pgbouncer", 6432),
];

/// AWS endpoints that every host keeps a connection to: process, address.
const ENDPOINTS: &[(&str, &str)] =
    &[("ssm-agent-worker", "52.94.139.11"), ("amazon-cloudwat", "52.94.140.96")];

/// Customers' connections to a web server at a time.
const CUSTOMERS: i64 = 4;

/// One end of a connection that is opened again and again.
#[derive(Clone, Debug)]
struct End {
    /// The link's: the same at both ends.
    chance: Chance,
    /// How many minutes a connection lasts.
    minutes: i64,
    process: &'static str,
    which: i64,
    outbound: bool,
    /// The other host, when it is of the fleet.
    peer: Option<u32>,
    /// Fixed when outbound or of the fleet; customers change with each connection.
    address: Option<String>,
    /// The server's port.
    port: i64,
    /// The client's rhythm.
    rhythm: Rhythm,
    /// What was shown last.
    shown: Option<Shown>,
}

#[derive(Clone, Debug)]
struct Shown {
    turn: i64,
    pid: i64,
    opened_ms: i64,
    line: Line,
}

/// A host's sockets.
#[derive(Clone, Debug)]
pub(super) struct Sockets {
    role: Role,
    ip: String,
    ends: Vec<End>,
    listening: Vec<Line>,
}

impl Sockets {
    pub(super) fn new(fleet: Chance, hosts: u32, number: u32) -> Self {
        let mut ends = Vec::new();
        let host = |number: u32| fleet.at(i64::from(number));
        let end = |client: u32, place: i64, outbound: bool, process, address: Option<String>, port| End {
            chance: host(client).named("link").at(place),
            minutes: host(client).named("link").at(place).named("minutes").within(50, 170),
            process,
            which: place,
            outbound,
            peer: None,
            address,
            port,
            rhythm: Rhythm(host(client).named("rhythm")),
            shown: None,
        };
        for (place, (process, address)) in ENDPOINTS.iter().enumerate() {
            ends.push(end(number, 100 + place as i64, true, process, Some((*address).to_owned()), 443));
        }
        let cell = cell(number, hosts);
        for (client_role, client_process, count, server_role, server_process, port) in LINKS {
            let servers: Vec<u32> = cell.clone().filter(|other| role(*other) == *server_role).collect();
            for client in cell.clone().filter(|other| role(*other) == *client_role) {
                for place in 0..*count {
                    let chosen = host(client).named("server").at(place).below(servers.len() as i64) as usize;
                    let Some(server) = servers.get(chosen).copied() else { continue };
                    if client == number {
                        let end = end(client, place, true, client_process, Some(ip(server)), *port);
                        ends.push(End { peer: Some(server), ..end });
                    } else if server == number {
                        let end = end(client, place, false, server_process, Some(ip(client)), *port);
                        ends.push(End { peer: Some(client), ..end });
                    }
                }
            }
        }
        if role(number) == Role::Web {
            for place in 0..CUSTOMERS {
                let end = end(number, 200 + place, false, "nginx", None, 443);
                ends.push(End { minutes: 2 + place * 2, ..end });
            }
        }
        Self { role: role(number), ip: ip(number), ends, listening: Vec::new() }
    }

    /// What a sample shows. `boot` says since which minute a host of the cell is up.
    pub(super) fn lines(
        &mut self,
        table: &Table,
        boot_minute: i64,
        at_ms: i64,
        boot: &dyn Fn(u32) -> Option<i64>,
    ) -> anyhow::Result<Vec<Line>> {
        let minute = at_ms.div_euclid(MINUTE_MS);
        let mut lines = Vec::new();
        let listeners = LISTENERS.iter().filter(|(only, ..)| only.is_none_or(|only| only == self.role));
        for (place, (_, process, protocol, address, port)) in listeners.enumerate() {
            let Some(known) = table.known(process) else { continue };
            if self.listening.get(place).is_none_or(|line| line.pid != known.pid) {
                let socket = Socket {
                    protocol: Text::cut(*protocol),
                    state: (*protocol == "tcp").then(|| Text::cut("LISTEN")),
                    direction: Some(Text::cut("listen")),
                    local_address: Some(Text::cut(*address)),
                    local_port: Port::new(*port),
                    remote_address: None,
                    remote_port: None,
                    ..held_by(known.pid, known.user)
                };
                let line = Line::of(known.pid, &socket, Tail::None)?;
                self.listening.truncate(place);
                self.listening.push(line);
            }
            lines.extend(self.listening.get(place).cloned());
        }
        for end in &mut self.ends {
            let since = match end.peer {
                Some(peer) => match boot(peer) {
                    Some(since) => since.max(boot_minute),
                    None => continue,
                },
                None => boot_minute,
            };
            let phase = end.chance.named("phase").below(end.minutes);
            let turn = (minute + phase).div_euclid(end.minutes);
            let opened_ms = (turn * end.minutes - phase).max(since + 1) * MINUTE_MS + 700;
            let Some(holder) = table.worker(end.process, end.which) else { continue };
            if opened_ms > at_ms {
                continue;
            }
            let same =
                |shown: &Shown| (shown.turn, shown.pid, shown.opened_ms) == (turn, holder.pid, opened_ms);
            if !end.shown.as_ref().is_some_and(same) {
                let chance = end.chance.at(opened_ms);
                let client_port = chance.named("port").within(32_768, 60_999);
                let customer = || format!("192.0.2.{}", chance.named("customer").within(1, 255));
                let (local_port, remote_port) =
                    if end.outbound { (client_port, end.port) } else { (end.port, client_port) };
                let socket = Socket {
                    local_address: Some(Text::cut(self.ip.as_str())),
                    local_port: Port::new(local_port),
                    remote_address: Some(Text::cut(end.address.clone().unwrap_or_else(customer))),
                    remote_port: Port::new(remote_port),
                    ..established(end.outbound, holder.pid, holder.user)
                };
                let line = Line::of(holder.pid, &socket, Tail::None)?;
                end.shown = Some(Shown { turn, pid: holder.pid, opened_ms, line });
            }
            let work = end.rhythm.work(Kind::Requests, at_ms) - end.rhythm.work(Kind::Requests, opened_ms);
            let (request, answer) = (1_100 + 41_000 * work / 1000, 5_200 + 230_000 * work / 1000);
            let tail = match end.outbound {
                true => Tail::Socket { sent_bytes: request, received_bytes: answer },
                false => Tail::Socket { sent_bytes: answer, received_bytes: request },
            };
            lines.extend(end.shown.as_ref().map(|shown| Line { tail, ..shown.line.clone() }));
        }
        Ok(lines)
    }

    /// What a person's session holds: the way in, and on a bastion the way on.
    pub(super) fn of_session(&self, session: &Session, seen: &Seen, at_ms: i64) -> anyhow::Result<Vec<Line>> {
        let seconds = (at_ms - session.start_ms) / 1000;
        let (address, port) = &session.from;
        let inbound = Socket {
            local_address: Some(Text::cut(self.ip.as_str())),
            local_port: Port::new(22),
            remote_address: Some(Text::cut(address.as_str())),
            remote_port: Port::new(*port),
            ..established(false, seen.leader, "root")
        };
        let tail = Tail::Socket { sent_bytes: 4_000 + 310 * seconds, received_bytes: 3_600 + 24 * seconds };
        let mut lines = vec![Line::of(seen.leader, &inbound, tail)?];
        if let (Some((other, port)), Some(client)) = (session.to, seen.client) {
            let outbound = Socket {
                local_address: Some(Text::cut(self.ip.as_str())),
                local_port: Port::new(port),
                remote_address: Some(Text::cut(ip(other))),
                remote_port: Port::new(22),
                ..established(true, client, session.account.name)
            };
            let tail =
                Tail::Socket { sent_bytes: 3_600 + 24 * seconds, received_bytes: 4_000 + 310 * seconds };
            lines.push(Line::of(client, &outbound, tail)?);
        }
        Ok(lines)
    }
}

fn held_by(pid: i64, user: &str) -> Socket<'static> {
    Socket {
        protocol: Text::cut("tcp"),
        state: None,
        direction: None,
        local_address: None,
        local_port: None,
        remote_address: None,
        remote_port: None,
        pid: snapshot::Int::new(pid),
        user_name: Some(Text::cut(user)),
        container_id: None,
        sent_bytes: None,
        received_bytes: None,
    }
}

fn established(outbound: bool, pid: i64, user: &str) -> Socket<'static> {
    Socket {
        state: Some(Text::cut("ESTABLISHED")),
        direction: Some(Text::cut(if outbound { "out" } else { "in" })),
        ..held_by(pid, user)
    }
}

/// Since which minute the hosts of a cell are up.
pub(super) fn boot_of(timelines: &[(u32, Timeline)], number: u32, minute: i64) -> Option<i64> {
    timelines
        .iter()
        .find(|(other, _)| *other == number)
        .and_then(|(_, timeline)| timeline.boot_minute(minute))
}
