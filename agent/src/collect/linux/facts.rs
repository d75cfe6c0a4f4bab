//! What tells this host and this boot from others.

use std::path::Path;

use super::tree::Tree;
use crate::collect::Facts;

/// Reads them below `root`.
pub(crate) fn facts(root: &Path) -> Facts {
    let tree = Tree::new(root);
    let text = |path: &str, cause: &'static str| {
        let text = tree.text(path, cause).unwrap_or_default();
        Some(text.trim().to_owned()).filter(|text| !text.is_empty())
    };
    let vendor = text("sys/class/dmi/id/sys_vendor", "firmware");
    let xen = text("sys/hypervisor/uuid", "firmware").unwrap_or_default();
    let is_ec2 = vendor.as_ref().is_some_and(|vendor| vendor.starts_with("Amazon")) || xen.starts_with("ec2");
    Facts {
        boot_id: text("proc/sys/kernel/random/boot_id", "boot_id"),
        uptime_ms: uptime_ms(&tree),
        may_be_ec2: vendor.is_none() || is_ec2,
        is_ec2,
        instance_id: text("sys/class/dmi/id/board_asset_tag", "firmware").filter(|tag| tag.starts_with("i-")),
        machine_id: text("etc/machine-id", "machine_id")
            .or_else(|| text("var/lib/dbus/machine-id", "machine_id"))
            .filter(|id| id != "uninitialized"),
        machine_id_from: tree.at("etc/machine-id").display().to_string(),
    }
}

/// Milliseconds since boot, 0 when the kernel does not say.
pub(crate) fn uptime_ms(tree: &Tree) -> i64 {
    let text = tree.text("proc/uptime", "uptime").unwrap_or_default();
    let seconds: f64 = text.split(' ').next().and_then(|field| field.parse().ok()).unwrap_or(0.0);
    (seconds * 1000.0) as i64
}
