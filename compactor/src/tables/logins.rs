//! `logins`: one row a session and snapshot.

use snapshot::{Snapshot, User};

use super::table;

table! {
    Logins "one row a session of a person and snapshot: who was there at that moment"
    sorted by ["started_at", "session_id", "ts"]
    for (s: &Snapshot<'_>, u: &User<'_>)
    {
        ts timestamp "the instant of sampling" = Some(s.observed_at_ms);
        started_at timestamp "when the session began" = u.started.map(|started| started.millis());
        boot_id string "the kernel's boot id: session ids start anew with each" = Some(&s.boot_id);
        user_name string "who" = Some(&u.user);
        terminal string "terminal" = u.terminal.as_deref();
        remote_host string "from where, an address or a name" = u.host.as_deref();
        session_id string "the session's id: logind's, or SSM's own, which CloudTrail knows" = u.session_id.as_deref();
        service string "sshd, login, ssm" = u.service.as_deref();
        class string "user; cron jobs and managers are not logins" = u.class.as_deref();
        source string "which of the agent's readers said so: logind, utmp, ssm" = u.source.as_deref();
        pid int "the session's leader" = u.pid;
        uid bigint "user id" = u.uid;
    }
}
