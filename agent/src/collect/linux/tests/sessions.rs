//! Who is logged in, and who no longer is.

use snapshot::Snapshot;

use super::{BOOT, Fixture, look, process};
use crate::collect::linux::utmp;

fn session(class: &str, state: &str, leader: u32) -> String {
    format!(
        "# private\nUID=1000\nUSER=alice\nSTATE={state}\nREMOTE=1\nTTY=pts/0\nREMOTE_HOST=198.51.100.7\nSERVICE=sshd\nCLASS={class}\nLEADER={leader}\nREALTIME=1795392000123456\n"
    )
}

/// Source, user and leader of each session.
fn sessions(snapshot: &Snapshot<'static>) -> Vec<(String, String, i64)> {
    let row = |user: &snapshot::User<'_>| {
        (user.source.as_deref().unwrap().to_owned(), user.user.as_str().to_owned(), user.pid.unwrap().get())
    };
    snapshot.users.iter().map(row).collect()
}

#[test]
fn sessions_are_those_that_live() {
    let fixture = Fixture::new();
    fixture.process(812, "sshd", 1, 0, 700, 0);
    fixture.process(900, "login", 1, 0, 700, 0);
    fixture.file("run/systemd/sessions/3", session("user", "active", 812));
    fixture.file("run/systemd/sessions/4", session("user", "closing", 812));
    fixture.file("run/systemd/sessions/5", session("manager", "active", 812));
    fixture.file("run/systemd/sessions/c1", session("background", "active", 812));
    fixture.file("run/systemd/sessions/6", session("user", "active", 4040));
    fixture.fifo("run/systemd/sessions/3.ref");
    let mut records = utmp::tests::bytes(7, 812, "pts/0", b"alice", "198.51.100.7", 1_795_392_000);
    records.extend(utmp::tests::bytes(7, 900, "tty1", b"root", "", 1_795_392_000));
    records.extend(utmp::tests::bytes(7, 4040, "pts/9", b"ghost", "", 1_795_392_000));
    fixture.file("run/utmp", records);
    let snapshot = look(&mut fixture.collector());
    let users: Vec<(&str, Option<&str>, Option<&str>, i64)> = snapshot
        .users
        .iter()
        .map(|user| {
            (user.user.as_str(), user.source.as_deref(), user.session_id.as_deref(), user.pid.unwrap().get())
        })
        .collect();
    assert_eq!(users, [("alice", Some("logind"), Some("3"), 812), ("root", Some("utmp"), None, 900)]);
    let alice = &snapshot.users[0];
    assert_eq!((alice.terminal.as_deref(), alice.host.as_deref()), (Some("pts/0"), Some("198.51.100.7")));
    assert_eq!(alice.started.unwrap().millis(), 1_795_392_000_123);
}

#[test]
fn history_is_not_presence() {
    let fixture = Fixture::new();
    // Two logins of logind; the pid of one leader now leads another session, the other is closing but still there.
    fixture.process(812, "sshd", 1, 0, 700, 0);
    fixture.file("proc/812/cgroup", "0::/user.slice/user-1000.slice/session-9.scope\n");
    fixture.process(813, "sshd", 1, 0, 700, 0);
    fixture.file("run/systemd/sessions/3", session("user", "active", 812));
    fixture.file("run/systemd/sessions/4", session("user", "closing", 813));
    // In utmp: what logind says is over; a pid that a later process has now; a zombie; and one that is right.
    let login_s = u32::try_from(BOOT / 1000).unwrap() + 10;
    fixture.process(900, "nginx", 1, 0, 100_000, 33);
    fixture.process(901, "login", 1, 0, 700, 0);
    fixture.file("proc/901/stat", "901 (login) Z 1 9 9 0 9 0 1 2 3 4 50 25 1 1 20 0 1 0 700 0 0 0\n");
    fixture.process(902, "login", 1, 0, 700, 0);
    let mut records = Vec::new();
    for (pid, line, name) in
        [(813, "pts/0", "alice"), (900, "pts/1", "bob"), (901, "pts/2", "carol"), (902, "tty1", "www")]
    {
        records.extend(utmp::tests::bytes(7, pid, line, name.as_bytes(), "", login_s));
    }
    fixture.file("run/utmp", &records);
    let snapshot = look(&mut fixture.collector());
    assert_eq!(sessions(&snapshot), [("utmp".into(), "www".into(), 902)]);
    assert_eq!(snapshot.users[0].uid.unwrap().get(), 33);
    assert_eq!(snapshot.unreadable, None);
    // Where processes are hidden, logind's word stands and that of utmp cannot be checked.
    fixture.gone(1);
    fixture.gone(812);
    fixture.gone(902);
    let snapshot = look(&mut fixture.collector());
    assert_eq!(sessions(&snapshot), [("logind".into(), "alice".into(), 812)]);
    assert_eq!(snapshot.unreadable.as_deref(), Some("hidepid=1 utmp_unchecked=1"));
}

#[test]
fn shells_of_ssm_are_sessions() {
    let fixture = Fixture::new();
    let id = "alice-0123456789abcdef0";
    let worker = |pid: u32, id: &str, uid: u32| {
        fixture.process(pid, "ssm-session-wor", 1, 0, 500, uid);
        fixture.exe(pid, "usr/bin/ssm-session-worker");
        fixture.file(&format!("proc/{pid}/cmdline"), format!("/usr/bin/ssm-session-worker\0{id}\0"));
        fixture.file(&format!("proc/{pid}/cgroup"), "0::/system.slice/amazon-ssm-agent.service\n");
    };
    worker(50, id, 0);
    // A forwarded port: a worker and no shell. And a user's own program of that name.
    worker(60, "bob-00000000000000001", 0);
    worker(70, "mallory-0", 1000);
    fixture.process(51, "sh", 50, 0, 600, 1000);
    fixture.file("proc/51/cgroup", "0::/system.slice/amazon-ssm-agent.service\n");
    fixture.process(52, "sudo", 51, 0, 700, 0);
    fixture.process(71, "sh", 70, 0, 600, 1000);
    // What the shell opened by `su -` is logind's session, and logind says so.
    fixture.process(53, "su", 52, 0, 800, 0);
    fixture.file("proc/53/cgroup", "0::/user.slice/user-0.slice/session-c1.scope\n");
    let mut collector = fixture.collector();
    let snapshot = look(&mut collector);
    assert_eq!(sessions(&snapshot), [("ssm".into(), "alice".into(), 51)]);
    let alice = &snapshot.users[0];
    assert_eq!((alice.session_id.as_deref(), alice.service.as_deref()), (Some(id), Some("ssm")));
    assert_eq!((alice.terminal.as_deref(), alice.uid.unwrap().get()), (Some("pts/0"), 1000));
    assert_eq!(alice.started.unwrap().millis(), BOOT + 6_000);
    let session_of = |pid: i64| process(&snapshot, pid).session_id.as_deref();
    assert_eq!([50, 51, 52].map(session_of), [Some(id); 3]);
    assert_eq!([53, 60, 70, 71].map(session_of), [Some("c1"), Some("bob-00000000000000001"), None, None]);
    // The session ends; what it left behind is nobody's login, and still known as its own.
    fixture.gone(50);
    fixture.gone(51);
    fixture.process(52, "sudo", 1, 0, 700, 0);
    let snapshot = look(&mut collector);
    assert_eq!(sessions(&snapshot), []);
    assert_eq!(process(&snapshot, 52).session_id.as_deref(), Some(id));
}
