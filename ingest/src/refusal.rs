//! Why a request is not taken. What the client is told and what is logged are two texts: the answer may repeat what
//! was sent, the log never does.

use std::fmt;

use aws_lambda_events::http::StatusCode;

use crate::{limits, names};

/// Why, as far as the answer's code depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Not what the contract says.
    Malformed,
    /// No such path.
    NoRoute,
    /// The path is there, the method is not; it allows this one.
    NoMethod(&'static str),
    /// The filed day is out of reach; the sender files the batch anew by the time it is told.
    FileAnew,
    /// Over a limit.
    TooLarge,
    /// Compressed by something that is not spoken here.
    UnknownEncoding,
    /// The store did not take it; later it may.
    NotStored,
}

impl Kind {
    pub(crate) fn status(self) -> StatusCode {
        match self {
            Self::Malformed => StatusCode::BAD_REQUEST,
            Self::NoRoute => StatusCode::NOT_FOUND,
            Self::NoMethod(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::FileAnew => StatusCode::CONFLICT,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnknownEncoding => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::NotStored => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The name by which the log counts.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::NoRoute => "no route",
            Self::NoMethod(_) => "no method",
            Self::FileAnew => "file anew",
            Self::TooLarge => "too large",
            Self::UnknownEncoding => "unknown encoding",
            Self::NotStored => "not stored",
        }
    }

    /// The name of the metric that counts it: `RejectedTooLarge`.
    pub(crate) fn metric(self) -> String {
        let upper = |word: &str| word[..1].to_ascii_uppercase() + &word[1..];
        self.name().split(' ').map(upper).fold("Rejected".to_owned(), |name, word| name + &word)
    }
}

/// A request that is not taken.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    pub(crate) kind: Kind,
    /// For the client.
    pub(crate) told: String,
    /// For the log, besides `kind`: what was expected, or the store's own words. Nothing of what was sent.
    pub(crate) logged: Option<String>,
    /// Which line of the body, from 1.
    pub(crate) line: Option<usize>,
    /// Which member of that line, as a JSON pointer.
    pub(crate) field: Option<String>,
}

impl Refusal {
    pub(crate) fn new(kind: Kind, told: impl fmt::Display) -> Self {
        Self { kind, told: told.to_string(), logged: None, line: None, field: None }
    }

    pub(crate) fn malformed(told: impl fmt::Display) -> Self {
        Self::new(Kind::Malformed, told)
    }

    /// The same, of which the log has this.
    pub(crate) fn logged(mut self, text: impl fmt::Display) -> Self {
        self.logged = Some(text.to_string());
        self
    }

    /// The same, of which the log has what the client is told: there is nothing in it of what was sent.
    pub(crate) fn logged_as_told(self) -> Self {
        let told = self.told.clone();
        self.logged(told)
    }

    /// The same, of this line.
    pub(crate) fn at_line(mut self, line: usize) -> Self {
        self.told = format!("line {line}: {}", self.told);
        self.line = Some(line);
        self
    }

    /// The same, of this member.
    pub(crate) fn at_field(mut self, pointer: impl Into<String>) -> Self {
        self.field = Some(pointer.into());
        self
    }

    /// The member, if its name is the contract's: other names are payload, which no log line holds.
    pub(crate) fn field_to_log(&self) -> Option<&str> {
        self.field.as_deref().filter(|field| names::are_the_contracts(field))
    }
}

/// What a message in the contract's form (`found, expected form`) expects: the end of it, in which nothing is of the
/// sender's. Of other messages nothing.
pub(crate) fn expectation(message: &str) -> Option<&str> {
    message.rfind(", expected ").and_then(|at| message.get(at + 2..))
}

/// A value for an answer: enough to recognise it, never a page of it.
pub(crate) fn shorten(text: &str) -> String {
    match text.char_indices().nth(limits::MAX_TOLD_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
