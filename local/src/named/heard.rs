//! Why a question about one host at a moment found nothing: it was not heard of, it is not called so, or there was nothing.

use super::form::days_of;
use super::{Form, Question, Values};

/// Of hosts with a name like it so many are looked at: in a large fleet a beginning is many hosts'.
const MOST_LIKE_IT: usize = 1000;

/// What tells these apart, asked when an answer has no rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    host: String,
    at: String,
    /// Its SQL: the host, however its name or id was spelled, and hosts of a name like it, with their last samples in the
    /// hour before the moment, and, for a question about sockets, how many they had in all of them.
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
    /// It has the id that was asked for, or the name in another case.
    pub is_it: bool,
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
        let is_it = format!("(lower(h.host_name) = lower('{name}') OR h.host_id = '{name}')");
        let sql = format!(
            "SELECT h.host_name, CAST(max(h.ts) AS varchar) AS ts, {counted} AS sockets, \
             max(CASE WHEN {is_it} THEN 1 ELSE 0 END) AS is_it FROM hosts h{join} \
             WHERE {} AND ({is_it}{}) GROUP BY h.host_name ORDER BY is_it DESC, h.host_name LIMIT {MOST_LIKE_IT}",
            within("h"),
            like_it(host)?
        );
        Ok(Some(Self { host: host.to_owned(), at: format!("{moment} UTC"), sql, of_sockets }))
    }

    /// The reason in words.
    pub fn why(&self, sampled: &[Sampled]) -> String {
        let Self { host, at, .. } = self;
        let exact = sampled.iter().find(|sampled| sampled.host == *host);
        let Some(one) = exact.or_else(|| sampled.iter().find(|sampled| sampled.is_it)) else {
            let near = crate::query::near(host, sampled.iter().map(|sampled| sampled.host.as_str()));
            return format!("no host '{host}' was heard of in the hour before {at}{near}");
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

/// The condition of a name that is about as long, and begins or ends as this one does: one letter is wrong, or a zero lacks.
/// What is near it in truth is found among those.
fn like_it(name: &str) -> anyhow::Result<String> {
    let letters: Vec<char> = name.to_lowercase().chars().collect();
    let half = letters.len() / 2;
    if half == 0 {
        return Ok(String::new());
    }
    let (begin, end): (String, String) = (letters[..half].iter().collect(), letters[half..].iter().collect());
    let (begin, end) = (Form::Text.value(&begin)?, Form::Text.value(&end)?);
    Ok(format!(
        " OR (length(h.host_name) BETWEEN {} AND {} AND (lower(h.host_name) LIKE '{begin}%' OR lower(h.host_name) LIKE '%{end}'))",
        letters.len().saturating_sub(2),
        letters.len() + 2
    ))
}
