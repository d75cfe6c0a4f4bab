//! Our tables as Athena would read them: a Trino over a Glue catalogue and an S3 server, all real, started by `.ci/trino`.

mod bytes;
mod never_both;
mod odd;
mod older;
mod raw;
pub(crate) mod servers;
mod views;
