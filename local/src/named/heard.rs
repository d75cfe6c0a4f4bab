//! Why a question about one host at a moment found nothing: it was not heard of, it is not called so, or there was nothing.

use super::form::days_of;
use super::{Form, Question, Values};

/// What tells these apart, asked when an answer has no rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    host: String,
    at: String,
    /// Its SQL: the host, however its name or id was spelled, with its last sample in the hour before the moment, and, for
    /// a question about sockets, how many it had in all of them.
    pub sql: String,
    of_sockets: bool,
}

/// A host that was heard of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sampled {
    /// What it is called.
    pub host: String,
    /// Its last sample before the moment, as the engine spells it.
    pub ts: String,
    /// Sockets in its samples of that hour; 0 where they were not counted.
    pub sockets: u64,
}

impl Heard {
    /// None for a question about something else.
    pub fn of(question: &Question, values: &Values) -> anyhow::Result<Option<Self>> {
        let (Some(host), Some(at)) = (values.get("host"), values.get("at")) else { return Ok(None) };
        let (first, last) = days_of(at)?;
        let (name, moment) = (Form::Text.value(host)?, Form::Moment.value(at)?);
        let within = |alias: &str| {
            format!(
                "{alias}.dt BETWEEN '{first}' AND '{last}' AND {alias}.ts <= TIMESTAMP '{moment}' \
                 AND {alias}.ts > TIMESTAMP '{moment}' - INTERVAL '1' HOUR"
            )
        };
        let of_sockets = question.statement().contains("FROM sockets");
        let (counted, join) = match of_sockets {
            true => (
                "count(s.protocol)",
                format!(" LEFT JOIN sockets s ON s.host_id = h.host_id AND s.ts = h.ts AND {}", within("s")),
            ),
            false => ("0", String::new()),
        };
        let sql = format!(
            "SELECT h.host_name, CAST(max(h.ts) AS varchar) AS ts, {counted} AS sockets FROM hosts h{join} \
             WHERE {} AND (lower(h.host_name) = lower('{name}') OR h.host_id = '{name}') \
             GROUP BY h.host_name ORDER BY h.host_name",
            within("h")
        );
        Ok(Some(Self { host: host.to_owned(), at: format!("{moment} UTC"), sql, of_sockets }))
    }

    /// The reason in words.
    pub fn why(&self, sampled: &[Sampled]) -> String {
        let Self { host, at, .. } = self;
        let Some(one) = sampled.iter().find(|sampled| sampled.host == *host).or(sampled.first()) else {
            return format!("no host '{host}' was heard of in the hour before {at}");
        };
        if one.host != *host {
            return format!("no host is called '{host}': did you mean {}?", one.host);
        }
        let ts = one.ts.replace('T', " ");
        match self.of_sockets && one.sockets == 0 {
            true => format!(
                "{host} was sampled at {ts}, the last time before {at}; sockets are not collected there"
            ),
            false => format!(
                "{host} was sampled at {ts}, the last time before {at}, and nothing of that kind was there"
            ),
        }
    }
}
