#![doc = include_str!("../README.md")]

mod answer;
mod batch;
mod body;
mod event;
mod handler;
mod known;
pub mod limits;
mod line;
pub mod metrics;
mod names;
mod original;
mod refusal;
mod route;
mod sending;
mod shape;
mod stored;
mod streamed;
mod surrogates;
mod texts;

pub use event::{answer_event, answer_measured};
pub use handler::put_metrics;
pub use metrics::Metrics;
