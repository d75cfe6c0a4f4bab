//! Who this host is: its id, its boot, and where AWS says it lives.
//!
//! The id must not change while the instance lives, and the instance metadata service may be slow or away for a
//! moment. So what one start has found holds until the next boot: it is kept in the state folder with the boot's id,
//! and so is the moment of booting, which would otherwise wobble whenever the clock is set.

use std::path::Path;

use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};
use snapshot::HostId;

use crate::collect::{self, Facts};
use crate::durable;
use crate::imds::{self, Instance};

/// Where the findings are kept, below the state folder.
const FILE: &str = "identity.json";

/// What identifies the host for the length of a boot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Identity {
    /// EC2 instance id, or the machine id elsewhere.
    pub(crate) host_id: HostId,
    /// The kernel's boot id.
    pub(crate) boot_id: String,
    /// The moment of booting, pinned, in milliseconds since 1970 UTC.
    pub(crate) boot_time_ms: i64,
    /// What the instance metadata said, on EC2.
    pub(crate) instance: Option<Instance>,
}

/// How [`find`] is to look.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Looking<'l> {
    /// `/`, or a test's tree.
    pub(crate) root: &'l Path,
    /// Where findings are kept.
    pub(crate) state_dir: &'l Path,
    /// Whether new findings may be written there.
    pub(crate) keep: bool,
    /// The owner's own id for this host, instead of one that is found.
    pub(crate) host_id: Option<&'l HostId>,
    /// Base address of the instance metadata service; none does not ask.
    pub(crate) metadata: Option<&'l str>,
    /// The owner gave the address: it is asked also where nothing says that this is EC2.
    pub(crate) metadata_given: bool,
    /// Now, from which the moment of booting is counted back.
    pub(crate) now_ms: i64,
}

/// Finds out. Asks the instance metadata service only where this may be EC2, and only where it surely is for more than a
/// second.
pub(crate) async fn find(looking: Looking<'_>) -> anyhow::Result<Identity> {
    let facts = collect::facts(looking.root);
    let file = looking.state_dir.join(FILE);
    let kept = std::fs::read(&file).ok().and_then(|bytes| serde_json::from_slice::<Identity>(&bytes).ok());
    let boot_id = facts.boot_id.clone().context("the system has no boot id")?;
    let ask = async || match looking.metadata.filter(|_| facts.may_be_ec2 || looking.metadata_given) {
        Some(address) => imds::ask(address, facts.is_ec2).await,
        None => None,
    };
    let (mut identity, learnt) = match kept.filter(|kept| kept.boot_id == boot_id) {
        // It was away at this boot's first start. The id stays as it was found then.
        Some(kept) if kept.instance.is_none() && facts.is_ec2 => {
            let instance = ask().await;
            let learnt = instance.is_some();
            (Identity { instance, ..kept }, learnt)
        }
        Some(kept) => (kept, false),
        None => {
            let instance = ask().await;
            let identity = Identity {
                host_id: host_id(&facts, instance.as_ref(), looking.host_id)?,
                boot_id,
                // To 10 ms; the kernel's own `btime` has whole seconds, and processes would seem to have started before
                // they did.
                boot_time_ms: looking.now_ms - facts.uptime_ms,
                instance,
            };
            (identity, true)
        }
    };
    if looking.keep && learnt {
        durable::replace(&file, &serde_json::to_vec(&identity)?)?;
    }
    if let Some(own) = looking.host_id {
        identity.host_id = own.clone();
    }
    Ok(identity)
}

/// In this order: the owner's word, the metadata, what Nitro's firmware says (the same id, readable without a
/// network), the machine id.
fn host_id(facts: &Facts, instance: Option<&Instance>, own: Option<&HostId>) -> anyhow::Result<HostId> {
    if let Some(own) = own {
        return Ok(own.clone());
    }
    let told = instance.and_then(|instance| instance.instance_id.as_deref());
    if let Some(id) = told.or(facts.instance_id.as_deref()) {
        return id.parse().map_err(anyhow::Error::msg).context("the instance id");
    }
    let from = &facts.machine_id_from;
    match &facts.machine_id {
        Some(id) => id.parse().map_err(anyhow::Error::msg).with_context(|| from.clone()),
        None => bail!("no host id: neither instance metadata nor {from} has one; give one with --host-id"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::peer::{Next, Peer};

    fn write(root: &Path, path: &str, text: &str) {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    async fn found(root: &Path, state: &Path, own: Option<&HostId>, now_ms: i64) -> anyhow::Result<Identity> {
        find(Looking {
            root,
            state_dir: state,
            keep: true,
            host_id: own,
            metadata: None,
            metadata_given: false,
            now_ms,
        })
        .await
    }

    #[tokio::test]
    async fn an_id_and_a_boot_time_hold_until_the_next_boot() {
        let (root, state) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (root, state) = (root.path(), state.path());
        write(root, "proc/sys/kernel/random/boot_id", "boot-1\n");
        write(root, "proc/uptime", "100.25 1.00\n");
        let error = found(root, state, None, 1_000_000).await.unwrap_err().to_string();
        assert!(error.contains("--host-id"), "{error}");
        write(root, "etc/machine-id", "0123456789abcdef0123456789abcdef\n");
        let first = found(root, state, None, 1_000_000).await.unwrap();
        assert_eq!(
            (first.host_id.as_str(), first.boot_time_ms),
            ("0123456789abcdef0123456789abcdef", 899_750)
        );
        // The clock is set, and the firmware is only now readable: nothing changes within the boot.
        write(root, "sys/class/dmi/id/board_asset_tag", "i-0123456789abcdef0\n");
        assert_eq!(found(root, state, None, 9_000_000).await.unwrap(), first);
        let own: HostId = "by-hand".parse().unwrap();
        assert_eq!(found(root, state, Some(&own), 9_000_000).await.unwrap().host_id, own);
        write(root, "proc/sys/kernel/random/boot_id", "boot-2\n");
        let second = found(root, state, None, 9_000_000).await.unwrap();
        assert_eq!((second.host_id.as_str(), second.boot_time_ms), ("i-0123456789abcdef0", 8_899_750));
    }

    /// What the service answers: a token, the document, no address, no profile.
    fn answers(peer: &Peer) {
        let document = r#"{"instanceId":"i-0123456789abcdef0","accountId":"123456789012"}"#;
        for (status, body) in [(200, "token"), (200, document), (404, ""), (404, "")] {
            peer.plan(Next::Answer(status, "", body.to_owned()));
        }
    }

    #[tokio::test]
    async fn on_ec2_it_is_asked_again_until_it_is_there() {
        let mut peer = Peer::start().await;
        let (root, state) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (root, state) = (root.path(), state.path());
        write(root, "proc/sys/kernel/random/boot_id", "boot-1\n");
        write(root, "proc/uptime", "100.25 1.00\n");
        write(root, "etc/machine-id", "0123456789abcdef0123456789abcdef\n");
        write(root, "sys/class/dmi/id/sys_vendor", "Amazon EC2\n");
        let address = peer.address.clone();
        let found = async |root| {
            let metadata = Some(address.as_str());
            find(Looking {
                root,
                state_dir: state,
                keep: true,
                host_id: None,
                metadata,
                metadata_given: false,
                now_ms: 1_000_000,
            })
            .await
        };
        // The owner has switched it off: that is an answer, and for this boot the id.
        peer.plan(Next::Answer(403, "", String::new()));
        assert_eq!(found(root).await.unwrap().instance, None);
        assert_eq!(peer.request().await.line, "PUT /latest/api/token");
        assert!(peer.arrived().is_none());
        // At a later start it is there, after a moment.
        peer.plan(Next::Answer(503, "", String::new()));
        peer.plan(Next::Reset);
        answers(&peer);
        let identity = found(root).await.unwrap();
        assert_eq!(identity.host_id.as_str(), "0123456789abcdef0123456789abcdef");
        assert_eq!(identity.instance.as_ref().unwrap().account_id.as_deref(), Some("123456789012"));
        // It is kept, and not asked for any more.
        while peer.arrived().is_some() {}
        assert_eq!(found(root).await.unwrap(), identity);
        assert!(peer.arrived().is_none());
        // The next boot's first start finds it, late.
        write(root, "proc/sys/kernel/random/boot_id", "boot-2\n");
        peer.plan(Next::Answer(503, "", String::new()));
        answers(&peer);
        assert_eq!(found(root).await.unwrap().host_id.as_str(), "i-0123456789abcdef0");
        // Elsewhere one silence is enough.
        while peer.arrived().is_some() {}
        write(root, "proc/sys/kernel/random/boot_id", "boot-3\n");
        std::fs::remove_file(root.join("sys/class/dmi/id/sys_vendor")).unwrap();
        peer.plan(Next::Reset);
        assert_eq!(found(root).await.unwrap().instance, None);
        peer.request().await;
        assert!(peer.arrived().is_none());
    }

    #[test]
    fn only_what_may_be_ec2_is_asked() {
        for (vendor, asked) in [("Amazon EC2\n", true), ("QEMU\n", false), ("", true)] {
            let root = tempfile::tempdir().unwrap();
            write(root.path(), "sys/class/dmi/id/sys_vendor", vendor);
            assert_eq!(collect::facts(root.path()).may_be_ec2, asked, "{vendor}");
        }
    }
}
