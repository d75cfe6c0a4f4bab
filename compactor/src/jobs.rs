//! What the Lambda can be asked to do.
//!
//! An hourly schedule asks with any event, and all that is due is done, as far as time allows. A fleet that is too large
//! for one Lambda has Step Functions' Distributed Map ask for the same work piece by piece: the plan, then every shard in
//! parallel, then each commit. The events are values and the answers small, since a state machine may hold 256 KiB.

use anyhow::{Context, bail};
use lake::{Clock, CommitId, Key};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::record::{self, Plan};
use crate::{Buckets, Settings, commit, compact, due, metrics, plan, shard_at_cost};

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "job", rename_all = "lowercase", deny_unknown_fields)]
pub enum Job {
    /// All that is due.
    #[serde(skip)]
    Scheduled,
    /// `{"job":"plan"}`: which commits are due, and their shards.
    Plan,
    /// `{"job":"shard","commit":"2026-11-20.0","shard":3}`: one shard of a plan.
    Shard {
        /// Of which commit.
        commit: CommitId,
        /// Which.
        shard: u32,
    },
    /// `{"job":"commit","commit":"2026-11-20.0"}`: the commit, once its shards are done.
    Commit {
        /// Which.
        commit: CommitId,
    },
}

/// A commit that is due, in the answer of [`Job::Plan`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Planned {
    commit: CommitId,
    shards: Vec<u32>,
}

impl Job {
    /// What an event asks for: one without `job` is the schedule's, whatever it says. A job that is misspelled is an error;
    /// somebody's state machine is wrong.
    pub fn of(event: &Value) -> anyhow::Result<Self> {
        if event.get("job").is_none() {
            return Ok(Self::Scheduled);
        }
        Self::deserialize(event).with_context(|| {
            format!(
                "event {event}, expected {{\"job\":\"plan\"}}, {{\"job\":\"shard\",\"commit\":\"YYYY-MM-DD.N\",\
                 \"shard\":N}}, {{\"job\":\"commit\",\"commit\":\"YYYY-MM-DD.N\"}}, or none of these members"
            )
        })
    }

    /// Does it, and gives what a state machine may hold of it. Every job can be asked for twice: what is done is found.
    ///
    /// `function` is the Lambda's name, under which its figures are counted; `log` is given the line that counts them.
    pub async fn run(
        self,
        buckets: &Buckets,
        clock: &dyn Clock,
        settings: &Settings<'_>,
        function: &str,
        log: &mut (dyn FnMut(String) + Send),
    ) -> anyhow::Result<Value> {
        match self {
            Self::Scheduled => {
                let began_ms = clock.now_ms();
                let outcome = compact(buckets, clock, settings).await?;
                let figures = metrics::figures(buckets, clock, settings, &outcome, began_ms).await;
                let complaints = outcome.complaints();
                match figures {
                    Ok(figures) => log(figures.line(function, clock.now_ms())),
                    // What was done is done: the day does not fail for its figures.
                    Err(error) => tracing::error!("the run was not counted: {error:#}"),
                }
                if !complaints.is_empty() {
                    bail!(complaints.join("; "));
                }
                let committed: Vec<CommitId> = outcome.committed.iter().map(|it| it.commit_id).collect();
                Ok(json!({ "committed": committed, "left": outcome.left }))
            }
            Self::Plan => {
                let due = due(buckets, clock.now_ms(), settings.first_day).await?;
                let mut commits = Vec::new();
                let mut failed: Vec<String> =
                    due.failed.iter().map(|(commit, why)| format!("{commit}: {why}")).collect();
                for commit in due.commits {
                    match plan(buckets, commit, settings.hosts_per_shard, clock.now_ms()).await {
                        Ok(plan) => {
                            let shards = (0..plan.shards.len() as u32).collect();
                            commits.push(Planned { commit, shards });
                        }
                        Err(error) => failed.push(format!("{commit}: {error:#}")),
                    }
                }
                // One day that fails keeps no other back: the hourly run says it loudly.
                failed.iter().for_each(|words| tracing::error!("not planned: {words}"));
                Ok(json!({ "commits": commits, "failed": failed.len() }))
            }
            Self::Shard { commit, shard } => {
                let plan = planned(buckets, commit).await?;
                let report = shard_at_cost(buckets, &plan, shard, clock, settings.progress).await?;
                Ok(json!({ "snapshots": report.snapshots }))
            }
            Self::Commit { commit: commit_id } => {
                let plan = planned(buckets, commit_id).await?;
                let manifest = commit(buckets, &plan, clock, settings.held_above_percent).await?;
                Ok(json!({ "rows": manifest.rows }))
            }
        }
    }
}

async fn planned(buckets: &Buckets, commit: CommitId) -> anyhow::Result<Plan> {
    let plan = record::read(buckets.lake.as_ref(), &Key::Plan(commit)).await?;
    plan.with_context(|| format!("{commit} is not planned: ask for {{\"job\":\"plan\"}} first"))
}
