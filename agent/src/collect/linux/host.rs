//! What stays the same while the host is up, through `sysinfo`, which knows it on every platform.

use sysinfo::System;

use super::tree::Tree;

/// What the machine is and runs.
#[derive(Clone, Debug, Default)]
pub(crate) struct Host {
    pub(crate) os_name: Option<String>,
    pub(crate) os_version: Option<String>,
    pub(crate) kernel: Option<String>,
    pub(crate) architecture: String,
    pub(crate) processor: Option<String>,
}

impl Host {
    /// Asks once: another kernel or processor needs a restart, another system nearly always does.
    pub(crate) fn read(tree: &Tree) -> Self {
        Self {
            os_name: System::name().ok(),
            os_version: System::os_version().ok(),
            kernel: System::kernel_version().ok(),
            architecture: System::cpu_arch(),
            processor: processor(&tree.text("proc/cpuinfo", "cpuinfo").unwrap_or_default()),
        }
    }
}

/// The processor's model. On arm64 the kernel gives no name, only the implementer's and the part's numbers; of
/// those, Amazon's own are named, others are shown as they are.
fn processor(cpuinfo: &str) -> Option<String> {
    let field = |name: &str| {
        cpuinfo.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            (key.trim() == name).then(|| value.trim().to_owned())
        })
    };
    if let Some(model) = field("model name") {
        return Some(model);
    }
    let (implementer, part) = (field("CPU implementer")?, field("CPU part")?);
    let name = match (implementer.as_str(), part.as_str()) {
        ("0x41", "0xd08") => "AWS Graviton (Cortex-A72)",
        ("0x41", "0xd0c") => "AWS Graviton2 (Neoverse-N1)",
        ("0x41", "0xd40") => "AWS Graviton3 (Neoverse-V1)",
        ("0x41", "0xd4f") => "AWS Graviton4 (Neoverse-V2)",
        _ => return Some(format!("arm64 implementer {implementer} part {part}")),
    };
    Some(name.to_owned())
}

/// The host's name, which may change while it is up.
pub(crate) fn name() -> Option<String> {
    System::host_name().ok()
}

/// Memory in bytes: total, available, swap, swap in use.
pub(crate) fn memory() -> Option<[u64; 4]> {
    let mut system = System::new().ok()?;
    system.refresh_memory();
    Some([system.total_memory(), system.available_memory(), system.total_swap(), system.used_swap()])
}

#[cfg(test)]
mod tests {
    use super::processor;

    #[test]
    fn every_processor_has_a_name() {
        assert_eq!(
            processor("processor\t: 0\nmodel name\t: AMD EPYC 7R13\n").as_deref(),
            Some("AMD EPYC 7R13")
        );
        let graviton = "CPU implementer\t: 0x41\nCPU part\t: 0xd40\n";
        assert_eq!(processor(graviton).as_deref(), Some("AWS Graviton3 (Neoverse-V1)"));
        let other = "CPU implementer\t: 0xc0\nCPU part\t: 0xac3\n";
        assert_eq!(processor(other).as_deref(), Some("arm64 implementer 0xc0 part 0xac3"));
        assert_eq!(processor(""), None);
    }
}
