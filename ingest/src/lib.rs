#![doc = include_str!("../README.md")]

mod answer;
mod batch;
mod body;
mod event;
mod handler;
mod known;
pub mod limits;
mod line;
mod names;
mod original;
mod refusal;
mod route;
mod sending;
mod shape;
mod stored;
mod streamed;

pub use event::answer_event;
pub use handler::put_metrics;
