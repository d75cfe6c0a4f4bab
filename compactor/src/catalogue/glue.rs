//! The two calls of the Glue catalogue that move a start, `GetTable` and `UpdateTable`, as JSON.
//!
//! Not by `aws-sdk-glue`: for two of its calls it would compile for two minutes and 3.2 GB, every time in every profile, more
//! than any other crate here. And it knows a table's members by name, so that one that Glue learns
//! later would be lost in the update; here what was read goes back as it came. Signing, retries, time-outs and the connection
//! are the SDK's own, which the S3 client links already.

use std::time::{Duration, SystemTime};

use anyhow::Context;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, ConfigLoader};
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use aws_smithy_http_client::tls;
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime::client::retries::classifiers::{HttpStatusCodeClassifier, TransientErrorClassifier};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError};
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::retry::RetryConfig;
use lake::Clock;
use serde_json::{Map, Value, json};

/// What a `TableInput` takes of a `Table`, as far as tables over files have it; the rest says when and by whom it was made.
const INPUT: [&str; 12] = [
    "Name",
    "Description",
    "Owner",
    "LastAccessTime",
    "LastAnalyzedTime",
    "Retention",
    "StorageDescriptor",
    "PartitionKeys",
    "ViewOriginalText",
    "ViewExpandedText",
    "TableType",
    "Parameters",
];

/// A database in the Glue catalogue.
#[derive(Debug)]
pub struct Catalogue {
    database: String,
    endpoint: String,
    region: String,
    credentials: SharedCredentialsProvider,
    call: Operation<Signed, Value, Refused>,
}

/// Why the catalogue did not do what it was asked for.
#[derive(Debug, thiserror::Error)]
pub(super) enum GlueError {
    /// Somebody else changed the table after it was read.
    #[error("table {0} was changed meanwhile")]
    Changed(String),
    /// Anything else.
    #[error(transparent)]
    Other(#[from] anyhow::Error),
}

/// A request on its way, signed: a retry sends the same one, well within the five minutes for which it is good.
#[derive(Debug)]
struct Signed {
    headers: Vec<(&'static str, String)>,
    body: String,
}

/// The catalogue's own words.
#[derive(Debug, thiserror::Error)]
#[error("{status} {code}: {message}")]
struct Refused {
    status: u16,
    code: String,
    message: String,
}

impl Catalogue {
    /// The catalogue of the environment's account and region; `AWS_ENDPOINT_URL_GLUE` and `AWS_ENDPOINT_URL` put another in
    /// its place. Fails when there are no credentials or no region.
    pub async fn open(database: &str) -> anyhow::Result<Self> {
        let settings = aws_config::defaults(BehaviorVersion::latest());
        let settings = match std::env::var("AWS_ENDPOINT_URL_GLUE") {
            Ok(url) => settings.endpoint_url(url),
            Err(_) => settings,
        };
        Self::open_with(database, settings).await
    }

    /// The same, where `settings` come before those of the environment.
    pub async fn open_with(database: &str, settings: ConfigLoader) -> anyhow::Result<Self> {
        let http = aws_smithy_http_client::Builder::new()
            .tls_provider(tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring))
            .build_https();
        let shared = settings.http_client(http.clone()).load().await;
        let region =
            shared.region().context("AWS_REGION is not set, expected the region of the catalogue")?;
        let region = region.to_string();
        let endpoint = shared.endpoint_url().map_or_else(|| endpoint(&region), str::to_owned);
        let credentials = shared.credentials_provider().context("no AWS credentials for the catalogue")?;
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(2))
            .operation_attempt_timeout(Duration::from_secs(8))
            .operation_timeout(Duration::from_secs(20))
            .build();
        let retries = shared.retry_config().cloned().unwrap_or_else(RetryConfig::standard);
        let call = Operation::builder()
            .service_name("glue")
            .operation_name("call")
            .behavior_version(BehaviorVersion::latest())
            .http_client(http)
            .endpoint_url(&endpoint)
            .no_auth()
            .standard_retry(&retries)
            .retry_classifier(HttpStatusCodeClassifier::default())
            .retry_classifier(TransientErrorClassifier::<Refused>::new())
            .timeout_config(timeouts)
            .serializer(|signed: Signed| request(signed))
            .deserializer(answer)
            .build();
        Ok(Self { database: database.to_owned(), endpoint, region, credentials, call })
    }

    /// A table as the catalogue has it.
    pub(super) async fn table(&self, name: &str, clock: &dyn Clock) -> anyhow::Result<Value> {
        let request = json!({"DatabaseName": self.database, "Name": name});
        let mut answer = self.ask("GetTable", name, &request, clock).await?;
        Ok(answer["Table"].take())
    }

    /// Puts a table in the place of the one that was read.
    pub(super) async fn update(&self, name: &str, table: Value, clock: &dyn Clock) -> Result<(), GlueError> {
        let member = |member: &&str| Some(((*member).to_owned(), table.get(*member)?.clone()));
        let input: Map<String, Value> = INPUT.iter().filter_map(member).collect();
        let mut request = json!({"DatabaseName": self.database, "TableInput": input});
        if let Some(version) = table.get("VersionId") {
            request["VersionId"] = version.clone();
        }
        self.ask("UpdateTable", name, &request, clock).await.map(|_| ())
    }

    async fn ask(
        &self,
        operation: &'static str,
        table: &str,
        request: &Value,
        clock: &dyn Clock,
    ) -> Result<Value, GlueError> {
        let signed = self.signed(operation, request, clock).await?;
        self.call.invoke(signed).await.map_err(|error| match &error {
            SdkError::ServiceError(refused) if refused.err().code == "ConcurrentModificationException" => {
                GlueError::Changed(table.to_owned())
            }
            _ => {
                let what = format!("could not {operation} {table} of {}", self.database);
                GlueError::Other(anyhow::Error::new(error).context(what))
            }
        })
    }

    async fn signed(
        &self,
        operation: &'static str,
        request: &Value,
        clock: &dyn Clock,
    ) -> anyhow::Result<Signed> {
        let identity = self.credentials.provide_credentials().await.context("no AWS credentials")?.into();
        let now = SystemTime::UNIX_EPOCH + Duration::from_millis(clock.now_ms().try_into()?);
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name("glue")
            .time(now)
            .settings(SigningSettings::default())
            .build()?
            .into();
        let body = request.to_string();
        let mut headers = vec![
            ("content-type", "application/x-amz-json-1.1".to_owned()),
            ("x-amz-target", format!("AWSGlue.{operation}")),
        ];
        let plain = headers.iter().map(|(name, value)| (*name, value.as_str()));
        let signable = SignableRequest::new(
            "POST",
            self.endpoint.as_str(),
            plain,
            SignableBody::Bytes(body.as_bytes()),
        )?;
        let (instructions, _) = sign(signable, &parameters)?.into_parts();
        let (added, _) = instructions.into_parts();
        headers.extend(added.iter().map(|header| (header.name(), header.value().to_owned())));
        Ok(Signed { headers, body })
    }
}

/// Where Glue is in a region.
fn endpoint(region: &str) -> String {
    let domain = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
    format!("https://glue.{region}.{domain}/")
}

fn request(signed: Signed) -> Result<HttpRequest, aws_smithy_runtime_api::box_error::BoxError> {
    let mut request = HttpRequest::new(SdkBody::from(signed.body));
    request.set_method("POST")?;
    request.set_uri("/")?;
    for (name, value) in signed.headers {
        request.headers_mut().try_insert(name, value)?;
    }
    Ok(request)
}

fn answer(response: &HttpResponse) -> Result<Value, OrchestratorError<Refused>> {
    let body = response.body().bytes().unwrap_or_default();
    let answer: Value = match body {
        [] => json!({}),
        body => serde_json::from_slice(body).unwrap_or_default(),
    };
    let status = response.status().as_u16();
    if response.status().is_success() && answer.is_object() {
        return Ok(answer);
    }
    // `com.amazonaws.glue#EntityNotFoundException`, with or without what comes before.
    let code =
        answer["__type"].as_str().unwrap_or_default().rsplit('#').next().unwrap_or_default().to_owned();
    let message = answer.get("Message").or(answer.get("message")).and_then(Value::as_str);
    let message = message.unwrap_or("no words").to_owned();
    Err(OrchestratorError::operation(Refused { status, code, message }))
}
