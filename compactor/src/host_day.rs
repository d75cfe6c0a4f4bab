//! One host-day: snapshots in, columns out. The only place where a snapshot becomes rows; the lake's files and a query
//! over what is still raw both come from here, so they cannot differ.

use std::collections::BTreeMap;

use arrow::array::RecordBatch;
use lake::{CommitId, Day, TableName};
use snapshot::{HostId, Snapshot};

use crate::tables::{self, Coverage, ProcessRuns, Programs, Rows, SocketRuns, Table};
use crate::write::ROW_GROUP_ROWS;

/// Rows of a table that are held before they are written: those of a day of 180 processes, and a row group's.
const PIECE_ROWS: usize = ROW_GROUP_ROWS;

/// The snapshots of one host filed under one day, on their way into rows.
pub struct HostDay {
    day_ms: i64,
    rows: BTreeMap<TableName, Rows>,
    process_runs: Option<ProcessRuns>,
    programs: Option<Programs>,
    socket_runs: Option<SocketRuns>,
    coverage: Option<Coverage>,
}

impl HostDay {
    /// Ready to take the snapshots that `host` has filed under `day`, for these tables. The commit is named in every
    /// row; there is none while the rows are still raw.
    pub fn new(host: &HostId, day: Day, commit: Option<CommitId>, wanted: &[TableName]) -> Self {
        let commit = commit.map(|commit| commit.to_string());
        let rows = |name: &TableName| (*name, Rows::new(Table::of(*name), host.as_str(), commit.clone()));
        Self {
            day_ms: day.start_ms(),
            rows: wanted.iter().map(rows).collect(),
            process_runs: wanted.contains(&TableName::ProcessRuns).then(ProcessRuns::default),
            programs: wanted.contains(&TableName::Programs).then(Programs::default),
            socket_runs: wanted.contains(&TableName::SocketRuns).then(SocketRuns::default),
            coverage: wanted.contains(&TableName::Coverage).then(Coverage::default),
        }
    }

    /// Takes the next snapshot, in the order of (stream, sequence).
    pub fn take(&mut self, s: &Snapshot<'_>) -> anyhow::Result<()> {
        for (name, rows) in &mut self.rows {
            rows.host_name(s.host_name.as_deref());
            match name {
                TableName::Hosts => tables::hosts::append(rows, s)?,
                TableName::Processes => {
                    s.running_processes.iter().try_for_each(|p| tables::processes::append(rows, s, p))?;
                }
                TableName::Logins => s.users.iter().try_for_each(|u| tables::logins::append(rows, s, u))?,
                TableName::Disks => s.disks.iter().try_for_each(|d| tables::disks::append(rows, s, d))?,
                TableName::Networks => {
                    s.networks.iter().try_for_each(|n| tables::networks::append(rows, s, n))?
                }
                TableName::Sockets => {
                    s.sockets.iter().try_for_each(|k| tables::sockets::append(rows, s, k))?
                }
                TableName::Inventory => {
                    s.inventory.iter().try_for_each(|i| tables::inventory::append(rows, s, i))?
                }
                // These add up over the day and are written at its end.
                TableName::ProcessRuns
                | TableName::Programs
                | TableName::SocketRuns
                | TableName::Coverage => {}
            }
        }
        if let Some(runs) = &mut self.process_runs {
            runs.take(s, self.day_ms);
        }
        if let Some(programs) = &mut self.programs {
            programs.take(s, self.day_ms);
        }
        if let Some(runs) = &mut self.socket_runs {
            runs.take(s);
        }
        if let Some(coverage) = &mut self.coverage {
            coverage.take(s);
        }
        Ok(())
    }

    /// The rows of tables that have become so many that they are written before the host-day is over, each piece sorted
    /// as its table declares. A host of 2,000 processes has 2.9 million samples of them a day: memory is that of one
    /// piece.
    pub fn overflow(&mut self) -> anyhow::Result<Vec<(TableName, RecordBatch)>> {
        let mut pieces = Vec::new();
        for (name, rows) in self.rows.iter_mut().filter(|(_, rows)| rows.len() >= PIECE_ROWS) {
            pieces.extend(rows.take()?.map(|batch| (*name, batch)));
        }
        Ok(pieces)
    }

    /// The rows, table by table, sorted as each declares; tables without rows are left out.
    pub fn finish(mut self) -> anyhow::Result<Vec<(TableName, RecordBatch)>> {
        let mut batches = Vec::new();
        for (name, mut rows) in self.rows {
            match name {
                TableName::ProcessRuns => {
                    self.process_runs.take().map(|it| it.finish(&mut rows)).transpose()?
                }
                TableName::Programs => self.programs.take().map(|it| it.finish(&mut rows)).transpose()?,
                TableName::SocketRuns => {
                    self.socket_runs.take().map(|it| it.finish(&mut rows)).transpose()?
                }
                TableName::Coverage => self.coverage.take().map(|it| it.finish(&mut rows)).transpose()?,
                _ => None,
            };
            if let Some(batch) = rows.take()? {
                batches.push((name, batch));
            }
        }
        Ok(batches)
    }
}
