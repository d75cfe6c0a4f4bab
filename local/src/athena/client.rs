//! The one place that builds an Athena client.

use std::time::Duration;

use anyhow::Context;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region};
use aws_sdk_athena::Client;
use aws_smithy_http_client::tls::{self, rustls_provider::CryptoMode};
use aws_smithy_http_client::{Builder, Connector};

/// Tries of a call. Athena throttles at 5 to 20 calls a second and account, and a person can wait some seconds.
const TRIES: u32 = 8;

/// A client with credentials, endpoint and proxy from the environment, as all AWS tools take them.
pub(super) async fn client(region: Option<&str>) -> anyhow::Result<Client> {
    let proxy = agent::https_proxy(|name| std::env::var(name).ok());
    let http = Builder::new().build_with_connector_fn(move |settings, components| {
        let mut builder = Connector::builder();
        if let Some(settings) = settings {
            builder = builder.connector_settings(settings.clone());
        }
        if let Some(components) = components {
            builder.set_sleep_impl(components.sleep_impl());
        }
        builder.set_proxy_config(proxy.clone());
        builder.tls_provider(tls::Provider::Rustls(CryptoMode::Ring)).build()
    });
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(5))
        .operation_attempt_timeout(Duration::from_secs(30))
        .build();
    let mut settings = aws_config::defaults(BehaviorVersion::latest())
        .http_client(http)
        .timeout_config(timeouts)
        .retry_config(RetryConfig::standard().with_max_attempts(TRIES));
    if let Some(region) = region {
        settings = settings.region(Region::new(region.to_owned()));
    }
    let settings = settings.load().await;
    settings
        .region()
        .context("no Region is set, expected --region or AWS_REGION, for example eu-central-1")?;
    Ok(Client::new(&settings))
}
