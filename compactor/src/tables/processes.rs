//! `processes`: one row a process and snapshot.

use snapshot::{Process, Snapshot};

use super::table;

table! {
    Processes "one row a process and snapshot"
    sorted by ["pid", "start_time", "ts"]
    for (s: &Snapshot<'_>, p: &Process<'_>)
    {
        ts timestamp "the instant of sampling" = Some(s.observed_at_ms);
        boot_id string "the kernel's boot id: a process is (host_id, boot_id, pid, start_time)" = Some(&s.boot_id);
        pid int "process id" = Some(p.pid);
        ppid int "the parent's id now" = p.ppid;
        threads int "threads" = p.threads;
        nice int "niceness, -20 to 19" = p.nice.map(i64::from);
        start_time timestamp "when it was started" = p.start_time_ms;
        name string "the kernel's comm, 15 bytes" = Some(&p.name);
        exe string "the executable's path" = p.exe.as_deref();
        exe_deleted boolean "no folder has the executable under its name any more" = p.exe_deleted;
        exe_memfd boolean "the executable lives in memory only" = p.exe_memfd;
        exe_sha256 string "SHA-256 of the executable, lower-case hexadecimal" = p.exe_sha256.as_deref();
        cmdline string "the arguments, bounded and redacted" = p.cmdline.as_deref();
        cwd string "the working directory" = p.cwd.as_deref();
        user_name string "the effective user's name; #1000 where none is known" = p.user_name.as_deref();
        uid bigint "real user id" = p.uid;
        euid bigint "effective user id" = p.euid;
        gid bigint "real group id" = p.gid;
        loginuid bigint "who logged in, whatever sudo did since; NULL when unset" = p.loginuid;
        session_id string "the login session, the same as in logins" = p.session_id.as_deref();
        tty string "the controlling terminal" = p.tty.as_deref();
        state string "the kernel's state letter" = p.state.as_deref();
        cpu_ms bigint "processor time since the process started, milliseconds" = p.cpu_ms;
        read_bytes bigint "bytes fetched from storage (not from the cache) since the process started" = p.read_bytes;
        write_bytes bigint "bytes sent to storage since the process started" = p.write_bytes;
        child_faults bigint "page faults of children that were waited for, since the process started: it rises when a child lived and died between samples" = p.child_faults;
        rss_bytes bigint "resident memory" = p.rss_bytes;
        virtual_bytes bigint "address space" = p.virtual_bytes;
        unit string "the systemd unit" = p.unit.as_deref();
        container_id string "the container's id" = p.container_id.as_deref();
        host_namespaces string "which of mnt net pid user it shares with process 1" = p.host_namespaces.as_deref();
        capabilities string "effective capabilities, sorted names" = p.capabilities.as_deref();
    }
}
