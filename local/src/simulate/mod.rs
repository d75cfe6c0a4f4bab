//! A believable fleet that lives through days in seconds and posts over HTTP as agents do.
//!
//! # The cast
//!
//! A fleet is laid out in cells of twenty hosts, and a cell of five already has one of each that matters:
//!
//! | host | is | who comes and goes there |
//! |---|---|---|
//! | `web-…` | nginx, php-fpm, the shop | php-fpm's workers, every three hours; customers on port 443; a cron job each minute that lives for seconds |
//! | `api-…` | the orders service behind the web servers, pricing, envoy | a new release on some Mondays to Thursdays, with a new digest |
//! | `db-…` | PostgreSQL behind pgbouncer | its backends; `pg_dump` at 01:30 |
//! | `worker-…` | queue workers, a container with `thumbnailer` | `jobs.reconcile` every five minutes |
//! | `bastion-…` | the way in | everybody who logs in to the cell |
//! | `batch-…` | reports in Java | switched off from 20:00 to 06:00 UTC, and so booted anew each morning |
//!
//! Each also runs what an Amazon Linux host runs: systemd and its daemons, sssd, chronyd, cron, sshd, the SSM agent,
//! CloudWatch's agent and ours; logs rotate at midnight, and **at 03:12 UTC the backup starts** and takes some minutes.
//!
//! Six people (anna, bruno, chen, dalia, erik, farid) come from the office, `198.51.100.0/24`, by ssh to the bastion and
//! go on from there, mostly by day, about once a day and host; somebody on call logs in at night now and then. Every
//! three to nine days a host reboots, one time in five because it crashed, which takes longer: new boot id, new
//! stream that follows the old one, pids from the bottom.
//!
//! # How
//!
//! Whatever a host shows in a minute follows from the seed, the host's number and the minute alone: by hashes instead
//! of a generator's state, and counters in closed form. So hosts are made in parallel, a day is made without the
//! days before it, a fleet goes on where an earlier run ended, and the same seed gives the same bytes, which ingest
//! then answers as duplicates. Nothing here reads the machine's clock.
//!
//! A test plants what it wants to find again by [`Fact`]s: the noise around them does not move.

mod batch;
mod chance;
mod fact;
mod figures;
mod fleet;
mod host;
mod identity;
mod inventory;
mod jobs;
mod life;
mod people;
mod post;
mod process;
mod rhythm;
mod run;
mod sample;
mod services;
mod sockets;
mod table;
#[cfg(test)]
mod tests;

pub use batch::Batch;
pub use fact::{Change, Fact};
pub use fleet::Fleet;
pub use host::Host;
pub use identity::{Identity, Role};
pub use post::Target;
pub use run::{Summary, minutes_from, simulate};
pub use sample::Sample;
