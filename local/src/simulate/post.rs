//! Posts batches as an agent does: the same body, headers and route, over HTTP.

use anyhow::{Context, bail};
use lake::Clock;

use super::batch::Batch;

/// Where batches go.
#[derive(Clone, Debug)]
pub struct Target {
    /// The whole address, `http://127.0.0.1:8080/Prod/put-metrics`.
    pub url: String,
    /// The key that the gateway asks for.
    pub api_key: String,
}

/// What came of a post.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Posted {
    /// Bytes of the body as it travelled.
    pub(super) bytes: usize,
    /// It was there already.
    pub(super) duplicate: bool,
}

/// Sends batches to one target.
#[derive(Clone, Debug)]
pub(super) struct Poster {
    client: reqwest::Client,
    target: Target,
}

/// The part of ingest's answer that is of interest here.
#[derive(serde::Deserialize)]
struct Answer {
    #[serde(default)]
    duplicate: bool,
}

impl Poster {
    pub(super) fn new(target: &Target) -> anyhow::Result<Self> {
        // The client asks for a provider of TLS even where only plain HTTP is spoken; somebody else in this process
        // may have installed one already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            // The gateway is on this machine or near it: neither a proxy nor the system's certificates, which a bare
            // machine may not have, have anything to do with it.
            .no_proxy()
            .tls_certs_only([])
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .context("the HTTP client")?;
        Ok(Self { client, target: target.clone() })
    }

    /// Posts one batch. Any answer but 2xx is an error that says which batch it was and what was answered.
    pub(super) async fn post(
        &self,
        batch: &Batch,
        body: Vec<u8>,
        clock: &dyn Clock,
    ) -> anyhow::Result<Posted> {
        let bytes = body.len();
        let response = self
            .client
            .post(&self.target.url)
            .header("content-type", "application/zstd")
            .header(snapshot::API_KEY, &self.target.api_key)
            .header(snapshot::FILED_DAY, batch.day.to_string())
            .header(snapshot::SENT_AT_MS, (clock.now_ms() - batch.clock_behind_ms).to_string())
            .body(body)
            .send()
            .await
            .with_context(|| format!("post {batch}"))?;
        let status = response.status();
        let answer = response.bytes().await.with_context(|| format!("answer to {batch}"))?;
        if !status.is_success() {
            let text = String::from_utf8_lossy(&answer);
            let text: String = text.trim().chars().take(400).collect();
            bail!("{batch}: answered {} {text}", status.as_u16());
        }
        let duplicate = serde_json::from_slice::<Answer>(&answer).is_ok_and(|answer| answer.duplicate);
        Ok(Posted { bytes, duplicate })
    }
}
