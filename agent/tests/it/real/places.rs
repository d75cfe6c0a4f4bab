//! Where a process lives: control group, namespaces, and with which rights.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use super::{Subject, find, is_root, of, print_arguments, shown, shown_by, works};

/// A control group, removed at the end.
struct Group(PathBuf);

impl Group {
    /// None where this user may not make one.
    fn make(name: &str) -> Option<Self> {
        // The unified hierarchy, and systemd's own where both are mounted.
        let roots = ["/sys/fs/cgroup/unified", "/sys/fs/cgroup"];
        let root = roots.iter().map(Path::new).find(|root| root.join("cgroup.procs").exists())?;
        let folder = root.join(name);
        std::fs::create_dir(&folder).ok()?;
        Some(Self(folder))
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir(&self.0);
    }
}

/// A shell that first moves itself into the group, as another user when one is given.
fn inside(group: &Group, starter: &[&str]) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", "echo $$ > \"$0/cgroup.procs\" && exec \"$@\""]).arg(&group.0).args(starter);
    command.args(["sh", "-c", "echo ready; read line"]);
    command
}

#[test]
fn a_process_in_a_control_group() {
    let own = std::process::id();
    let container = format!("{own:064x}");
    let Some(service) = Group::make(&format!("endpoint-metrics-test-{own}.service")) else { return };
    let Some(scope) = Group::make(&format!("docker-{container}.scope")) else { return };
    let daemon = Subject::start(&mut inside(&service, &[]));
    let as_nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
    let contained = Subject::start(&mut inside(&scope, &as_nobody));
    let shown = shown();
    let (daemon_row, contained_row) = (of(&shown, &daemon), of(&shown, &contained));
    // Removed only when nobody is in them.
    drop((daemon, contained));
    assert_eq!(daemon_row["unit"], service.0.file_name().unwrap().to_str().unwrap());
    assert_eq!((&daemon_row["container_id"], &daemon_row["user_name"]), (&Value::Null, &Value::from("root")));
    assert_eq!(contained_row["container_id"], container);
    assert_eq!(contained_row["user_name"], "#65534", "the host's name for the number is not the container's");
}

/// In a pid namespace of its own the test starts process 1 itself, and so may read its namespaces wherever root may
/// make one.
#[test]
fn processes_in_other_namespaces() {
    if !is_root() || !works(&["unshare", "-mpf", "--mount-proc", "unshare", "-n", "-U", "true"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    // Each child tells its pid and then lets go of the pipe, so that the substitution ends. All die with process 1.
    let script = r#"
        start() { "$@" sh -c 'echo $$; exec sleep 600 >&- 2>&-' & }
        plain=$(start env)
        net=$(start unshare -n)
        user=$(start unshare -U)
        rights=$(start setpriv --reuid=65534 --clear-groups --inh-caps=-all,+net_raw,+net_admin --ambient-caps=+net_raw,+net_admin)
        none=$(start setpriv --reuid=65534 --clear-groups)
        echo "$plain $net $user $rights $none" > "$0/pids"
        "$@"
    "#;
    let mut command = Command::new("unshare");
    command.args(["-mpf", "--mount-proc", "sh", "-c", script]).arg(folder.path());
    command.arg(crate::program()).args(print_arguments(folder.path())).stdin(Stdio::null());
    let shown = shown_by(command);
    let pids = std::fs::read_to_string(folder.path().join("pids")).unwrap();
    let rows: Vec<&Value> =
        pids.split_ascii_whitespace().map(|pid| find(&shown, pid.parse().unwrap()).unwrap()).collect();
    let shared: Vec<&str> = rows.iter().map(|row| row["host_namespaces"].as_str().unwrap()).collect();
    let all = "mnt net pid user";
    assert_eq!(shared, [all, "mnt pid user", "mnt net pid", all, all]);
    let users: Vec<&str> = rows.iter().map(|row| row["user_name"].as_str().unwrap()).collect();
    assert_eq!(users[..3], ["root", "root", "#0"], "root of another user namespace is not root");
    assert_eq!(rows[3]["capabilities"], "cap_net_admin cap_net_raw");
    assert_eq!(rows[4]["capabilities"], "");
    let plain = rows[0]["capabilities"].as_str().unwrap();
    assert!(plain.contains("cap_chown") && plain.contains("cap_setuid"), "{plain}");
    assert_eq!(shown["threads_unlisted"], Value::Null, "the kernel's count is not this namespace's");
}
