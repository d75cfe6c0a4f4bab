//! Shells that AWS Systems Manager opened: no record of utmp or logind shows them, and their login user is unset.
//!
//! The SSM agent starts one `ssm-session-worker` a session, whose first argument is the session's id as CloudTrail
//! writes it, and that starts the shell. The worker is known by its *executable*, since its name is cut at 15 bytes
//! (`ssm-session-wor`), and it is root's: a name alone is anybody's to take.

use std::collections::HashMap;

use snapshot::{Process, Seconds, Text, User};

/// The base name of the worker's executable; in an ECS task it lies in a folder of its own.
const WORKER: &str = "ssm-session-worker";
/// Longest id that the contract holds.
const LONGEST: usize = 128;

/// The session's id, when a process is a session's worker.
pub(crate) fn worker(exe: Option<&str>, euid: Option<u64>, arguments: &[String]) -> Option<String> {
    if exe?.rsplit('/').next() != Some(WORKER) || euid != Some(0) {
        return None;
    }
    let id = arguments.get(1)?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.@+=,".contains(&byte);
    (!id.is_empty() && id.len() <= LONGEST && id.bytes().all(plain)).then(|| id.clone())
}

/// The shells of the workers that are alive, given by pid with their session's id: the oldest child that has a
/// terminal, else the oldest. A worker without one (a forwarded port) is no login; its process shows the session.
pub(crate) fn sessions(workers: &HashMap<i64, String>, processes: &[Process<'static>]) -> Vec<User<'static>> {
    let mut shells: HashMap<i64, &Process<'static>> = HashMap::new();
    for process in processes {
        let Some(parent) = process.ppid.map(|ppid| ppid.get()).filter(|ppid| workers.contains_key(ppid))
        else {
            continue;
        };
        if process.state.as_deref() == Some("Z") {
            continue;
        }
        let rank = |process: &Process<'_>| (process.tty.is_none(), process.start_time_ms, process.pid);
        let shell = shells.entry(parent).or_insert(process);
        if rank(process) < rank(shell) {
            *shell = process;
        }
    }
    let mut shells: Vec<_> = shells.into_iter().collect();
    shells.sort_unstable_by_key(|(worker, _)| *worker);
    shells.iter().filter_map(|(worker, shell)| Some(user(workers.get(worker)?, shell))).collect()
}

fn user(id: &str, shell: &Process<'static>) -> User<'static> {
    User {
        user: shell.user_name.clone().unwrap_or_default(),
        terminal: shell.tty.clone(),
        host: None,
        started: shell.start_time_ms.map(Seconds::from_millis),
        pid: Some(shell.pid),
        uid: shell.euid,
        session_id: Some(Text::cut(id)),
        service: Some(Text::cut("ssm")),
        class: Some(Text::cut("user")),
        source: Some(Text::cut("ssm")),
    }
}

#[cfg(test)]
mod tests {
    use super::worker;

    #[test]
    fn only_roots_own_worker_names_a_session() {
        let id = "alice-0123456789abcdef0";
        let arguments = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect::<Vec<_>>();
        let usual = arguments(&["/usr/bin/ssm-session-worker", id]);
        for exe in ["/usr/bin/ssm-session-worker", "/ecs-execute-command-6de6/ssm-session-worker"] {
            assert_eq!(worker(Some(exe), Some(0), &usual).as_deref(), Some(id));
        }
        assert_eq!(worker(Some("/usr/bin/ssm-session-worker"), Some(1000), &usual), None);
        assert_eq!(worker(Some("/tmp/ssm-session-wor"), Some(0), &usual), None);
        assert_eq!(worker(None, Some(0), &usual), None);
        for words in [&["w"][..], &["w", ""], &["w", "two words"], &["w", &"x".repeat(129)]] {
            assert_eq!(worker(Some("/x/ssm-session-worker"), Some(0), &arguments(words)), None, "{words:?}");
        }
    }
}
