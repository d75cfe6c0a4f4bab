//! The one place that builds an S3 client.

use std::time::Duration;

use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, ConfigLoader};
use aws_sdk_s3::Client;
use aws_smithy_http_client::tls;

use crate::S3Store;

/// Nobody said where the bucket lies. No region is guessed: a wrong one would be told by S3 as a redirect or a wrong
/// signature, on the first request and not at the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("AWS_REGION is not set, expected the region of the buckets, for example eu-central-1")]
pub struct NoRegion;

impl S3Store {
    /// A client with region, credentials and endpoint from the environment, as all AWS tools take them. With
    /// `AWS_ENDPOINT_URL` set, buckets are addressed by path, since a server on an IP address has no names for them.
    /// No proxy: a Lambda reaches S3 directly. Fails when neither the environment nor the profile has a region.
    pub async fn client() -> Result<Client, NoRegion> {
        Self::client_with(aws_config::defaults(BehaviorVersion::latest())).await
    }

    /// The same, where `settings` come before those of the environment.
    pub async fn client_with(settings: ConfigLoader) -> Result<Client, NoRegion> {
        let http = aws_smithy_http_client::Builder::new()
            .tls_provider(tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring))
            .build_https();
        // Each try is short, so that a put that hangs is tried again well within the gateway's 29 s.
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(2))
            .operation_attempt_timeout(Duration::from_secs(8))
            .operation_timeout(Duration::from_secs(20))
            .build();
        let shared = settings.http_client(http).timeout_config(timeouts).load().await;
        // Asked here, since the SDK would only miss it in its first request.
        if shared.region().is_none() {
            return Err(NoRegion);
        }
        let by_path = shared.endpoint_url().is_some();
        let config = aws_sdk_s3::config::Builder::from(&shared).force_path_style(by_path);
        Ok(Client::from_conf(config.build()))
    }
}
