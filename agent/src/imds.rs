//! The instance metadata service, version 2: what EC2 knows about this host.
//!
//! Asked directly, never through a proxy (a proxy would answer with *its* instance), and for at most a second in
//! all, since off EC2 nobody answers.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Where it answers on every EC2 instance.
pub(crate) const ADDRESS: &str = "http://169.254.169.254";
/// For all questions together.
const PATIENCE: Duration = Duration::from_secs(1);
/// An answer is a few hundred bytes; more is not from EC2.
const LONGEST: u64 = 16 * 1024;

/// What it said; each absent when it did not.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Instance {
    /// `i-…`.
    #[serde(alias = "instanceId")]
    pub(crate) instance_id: Option<String>,
    /// AWS account.
    #[serde(alias = "accountId")]
    pub(crate) account_id: Option<String>,
    /// AWS Region.
    pub(crate) region: Option<String>,
    /// Availability zone.
    #[serde(alias = "availabilityZone")]
    pub(crate) availability_zone: Option<String>,
    /// Instance type.
    #[serde(alias = "instanceType")]
    pub(crate) instance_type: Option<String>,
    /// Image.
    #[serde(alias = "imageId")]
    pub(crate) ami_id: Option<String>,
    /// Instance profile (its ARN).
    pub(crate) iam_profile: Option<String>,
    /// Public IPv4 address.
    pub(crate) public_ip: Option<String>,
}

/// Asks; none when nobody answered as EC2 does.
pub(crate) async fn ask(address: &str) -> Option<Instance> {
    tokio::time::timeout(PATIENCE, asked(address)).await.ok().flatten()
}

async fn asked(address: &str) -> Option<Instance> {
    crate::tls::install();
    let client = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(PATIENCE)
        .build()
        .ok()?;
    let token = client
        .put(format!("{address}/latest/api/token"))
        .header("x-aws-ec2-metadata-token-ttl-seconds", "60")
        .send()
        .await
        .ok()?
        .error_for_status()
        .ok()?;
    let token = short(token).await?;
    let get = async |path: &str| {
        let request =
            client.get(format!("{address}/latest/{path}")).header("x-aws-ec2-metadata-token", &token);
        short(request.send().await.ok()?.error_for_status().ok()?).await
    };
    let document = get("dynamic/instance-identity/document").await?;
    let mut instance: Instance = serde_json::from_str(&document).ok()?;
    instance.instance_id.as_ref()?;
    instance.public_ip = get("meta-data/public-ipv4").await;
    instance.iam_profile = get("meta-data/iam/info").await.and_then(|info| {
        let info: serde_json::Value = serde_json::from_str(&info).ok()?;
        Some(info.get("InstanceProfileArn")?.as_str()?.to_owned())
    });
    Some(instance)
}

async fn short(answer: reqwest::Response) -> Option<String> {
    if answer.content_length().is_some_and(|length| length > LONGEST) {
        return None;
    }
    Some(answer.text().await.ok()?.trim().to_owned())
}
