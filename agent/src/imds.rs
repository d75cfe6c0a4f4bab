//! The instance metadata service, version 2: what EC2 knows about this host.
//!
//! Asked directly, never through a proxy (a proxy would answer with *its* instance), and for at most a second, since off EC2
//! nobody answers. Where the firmware says that this is EC2 somebody will: an agent that starts before the network is up
//! asks again for a while, or it would not know account and Region until the next boot.

use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

/// Where it answers on every EC2 instance.
pub(crate) const ADDRESS: &str = "http://169.254.169.254";
/// For all questions together.
const PATIENCE: Duration = Duration::from_secs(1);
/// On EC2 it is asked again until so long has passed, with pauses between.
const PATIENCE_ON_EC2: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(200);
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

/// Why there is no answer.
enum Miss {
    /// It says no: switched off by the owner, or somebody else who listens there.
    Refused,
    /// Nobody is there, or not yet.
    Silent,
}

/// Asks; none when nobody answered as EC2 does. `is_ec2` says that somebody must.
pub(crate) async fn ask(address: &str, is_ec2: bool) -> Option<Instance> {
    // Before the second begins: a client reads all the roots of TLS first.
    let client = client()?;
    let began = Instant::now();
    loop {
        match tokio::time::timeout(PATIENCE, asked(&client, address)).await {
            Ok(Ok(instance)) => return Some(instance),
            Ok(Err(Miss::Refused)) => return None,
            Ok(Err(Miss::Silent)) | Err(_) if is_ec2 && began.elapsed() < PATIENCE_ON_EC2 => {
                tokio::time::sleep(PAUSE).await;
            }
            Ok(Err(Miss::Silent)) | Err(_) => return None,
        }
    }
}

fn client() -> Option<reqwest::Client> {
    crate::tls::install();
    let client = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
    client.connect_timeout(PATIENCE).build().ok()
}

async fn asked(client: &reqwest::Client, address: &str) -> Result<Instance, Miss> {
    let token = client
        .put(format!("{address}/latest/api/token"))
        .header("x-aws-ec2-metadata-token-ttl-seconds", "60");
    let token = short(token).await?;
    let get = async |path: &str| {
        let request = client.get(format!("{address}/latest/{path}"));
        short(request.header("x-aws-ec2-metadata-token", &token)).await
    };
    let document = get("dynamic/instance-identity/document").await?;
    let mut instance: Instance = serde_json::from_str(&document).map_err(|_| Miss::Refused)?;
    if instance.instance_id.is_none() {
        return Err(Miss::Refused);
    }
    instance.public_ip = get("meta-data/public-ipv4").await.ok();
    instance.iam_profile = get("meta-data/iam/info").await.ok().and_then(|info| {
        let info: serde_json::Value = serde_json::from_str(&info).ok()?;
        Some(info.get("InstanceProfileArn")?.as_str()?.to_owned())
    });
    Ok(instance)
}

async fn short(request: reqwest::RequestBuilder) -> Result<String, Miss> {
    let answer = request.send().await.map_err(|_| Miss::Silent)?;
    if answer.status().is_server_error() {
        return Err(Miss::Silent);
    }
    if !answer.status().is_success() || answer.content_length().is_some_and(|length| length > LONGEST) {
        return Err(Miss::Refused);
    }
    Ok(answer.text().await.map_err(|_| Miss::Silent)?.trim().to_owned())
}
