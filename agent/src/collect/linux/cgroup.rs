//! What a control group's path says: the systemd unit, the login session, the container.
//!
//! The path is the one thing about its origin that a process without privileges cannot change, and it outlives
//! the parent that started it.

/// What was found in `/proc/PID/cgroup`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Group {
    /// The innermost unit (`nginx.service`, `session-3.scope`).
    pub(crate) unit: Option<String>,
    /// logind's session id (`3`).
    pub(crate) session: Option<String>,
    /// 64 hexadecimal digits, or an LXC or nspawn machine's name.
    pub(crate) container: Option<String>,
}

/// Reads the file: of the unified hierarchy where there is one, else of systemd's own.
pub(crate) fn parse(text: &str) -> Group {
    let path_of = |wanted: fn(&str, &str) -> bool| {
        text.lines().find_map(|line| {
            let mut parts = line.splitn(3, ':');
            let (number, controllers, path) = (parts.next()?, parts.next()?, parts.next()?);
            wanted(number, controllers).then_some(path)
        })
    };
    let unified = path_of(|number, controllers| number == "0" && controllers.is_empty());
    let systemd = path_of(|_, controllers| controllers == "name=systemd");
    // A hybrid host leaves the unified path at `/` and files its processes under the old hierarchy.
    let path = unified.filter(|path| *path != "/").or(systemd).or(unified).unwrap_or("/");
    let mut group = Group::default();
    for part in path.split('/').filter(|part| !part.is_empty()) {
        if part.ends_with(".service") || part.ends_with(".scope") {
            group.unit = Some(part.to_owned());
        }
        if let Some(id) = part.strip_prefix("session-").and_then(|rest| rest.strip_suffix(".scope")) {
            group.session = Some(id.to_owned());
        }
        if let Some(id) = container_of(part) {
            group.container = Some(id);
        }
    }
    group
}

/// The container that a part of the path names: `docker-ID.scope`, `cri-containerd-ID.scope`, `libpod-ID.scope`,
/// a bare `ID` (Docker's cgroupfs driver, ECS), `lxc.payload.NAME`, `machine-NAME.scope`.
fn container_of(part: &str) -> Option<String> {
    let stem = part.strip_suffix(".scope").unwrap_or(part);
    if let Some(name) = stem.strip_prefix("lxc.payload.").or_else(|| stem.strip_prefix("machine-")) {
        return Some(name.to_owned());
    }
    let id = stem.rsplit('-').next()?;
    (id.len() == 64 && id.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte)))
        .then(|| id.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_real_hosts() {
        let id = "0123456789abcdef".repeat(4);
        let some = |text: &str| Some(text.to_owned());
        let table = [
            ("0::/system.slice/nginx.service\n".to_owned(), (some("nginx.service"), None, None)),
            (
                "0::/user.slice/user-1000.slice/session-3.scope\n".to_owned(),
                (some("session-3.scope"), some("3"), None),
            ),
            (
                "0::/user.slice/user-1000.slice/user@1000.service/app.slice/dbus.service".to_owned(),
                (some("dbus.service"), None, None),
            ),
            (
                format!("0::/system.slice/docker-{id}.scope"),
                (Some(format!("docker-{id}.scope")), None, Some(id.clone())),
            ),
            (format!("0::/ecs/9f8e/{id}"), (None, None, Some(id.clone()))),
            (
                format!("0::/kubepods.slice/kubepods-pod7.slice/cri-containerd-{id}.scope"),
                (Some(format!("cri-containerd-{id}.scope")), None, Some(id.clone())),
            ),
            (
                "4:memory:/x\n1:name=systemd:/system.slice/sshd.service\n0::/\n".to_owned(),
                (some("sshd.service"), None, None),
            ),
            ("0::/\n".to_owned(), (None, None, None)),
            ("garbage".to_owned(), (None, None, None)),
            (String::new(), (None, None, None)),
        ];
        for (text, (unit, session, container)) in table {
            assert_eq!(parse(&text), Group { unit, session, container }, "{text}");
        }
    }
}
