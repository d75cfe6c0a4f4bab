//! The one place where an AWS client is built.
//!
//! TLS is rustls with ring, as for the agent's own requests: the SDK's default would bring a second library, 19 MB of
//! C to compile and resident memory on every host. A client of one's own knows no proxy, so the environment's is
//! given to it, for `https` alone: the credentials' endpoints (instance metadata, containers) are plain `http` and
//! must be asked directly, since a proxy would answer with its own identity.

use std::time::Duration;

use anyhow::{Context, anyhow};
use aws_config::BehaviorVersion;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{self, rustls_provider::CryptoMode};
use aws_smithy_http_client::{Builder, Connector};

/// For one question with all its repetitions, credentials included.
const PATIENCE: Duration = Duration::from_secs(20);

/// Reads secrets.
pub(crate) struct Secrets {
    client: aws_sdk_secretsmanager::Client,
}

/// A client with the environment's Region and credentials.
pub(crate) async fn secrets() -> Secrets {
    let proxy = https_proxy(|name| std::env::var(name).ok());
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
        .connect_timeout(Duration::from_secs(3))
        .operation_attempt_timeout(Duration::from_secs(6))
        .operation_timeout(PATIENCE)
        .build();
    let config = aws_config::defaults(BehaviorVersion::latest())
        .http_client(http)
        .timeout_config(timeouts)
        .retry_config(RetryConfig::standard().with_max_attempts(3))
        .load()
        .await;
    Secrets { client: aws_sdk_secretsmanager::Client::new(&config) }
}

impl Secrets {
    /// The secret's text.
    pub(crate) async fn get(&self, name: &str) -> anyhow::Result<String> {
        let question = self.client.get_secret_value().secret_id(name).send();
        let answer = tokio::time::timeout(PATIENCE, question)
            .await
            .map_err(|_| anyhow!("AWS Secrets Manager did not answer within {} s", PATIENCE.as_secs()))?;
        let answer = answer.map_err(|error| {
            // The SDK's own display says "service error" and hides the reason in its sources.
            anyhow!("AWS Secrets Manager: {}", aws_sdk_secretsmanager::error::DisplayErrorContext(&error))
        })?;
        answer.secret_string().map(str::to_owned).context("the secret is binary, expected text")
    }
}

/// The environment's proxy for `https`, with its exceptions.
pub fn https_proxy(variable: impl Fn(&str) -> Option<String>) -> Option<ProxyConfig> {
    let first =
        |names: &[&str]| names.iter().find_map(|name| variable(name)).filter(|value| !value.is_empty());
    let address = first(&["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"])?;
    let proxy = ProxyConfig::https(address.as_str()).ok()?;
    match first(&["NO_PROXY", "no_proxy"]) {
        Some(rules) => Some(proxy.no_proxy(rules)),
        None => Some(proxy),
    }
}

#[cfg(test)]
mod tests {
    use super::https_proxy;

    #[test]
    fn the_environments_proxy_is_taken() {
        let some = |name: &str| (name == "https_proxy").then(|| "http://proxy.test:3128".to_owned());
        assert!(https_proxy(some).is_some_and(|proxy| !proxy.is_disabled()));
        assert!(https_proxy(|_| None).is_none());
        assert!(https_proxy(|name| (name == "HTTP_PROXY").then(|| "http://proxy.test".to_owned())).is_none());
    }
}
