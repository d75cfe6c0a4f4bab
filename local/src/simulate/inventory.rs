//! What is configured on a host: full once a day and stream, and a package more when a release came.

use snapshot::{Count, Item, Millis, Text};

use super::identity::Role;

/// When the image was built: 2026-08-05.
const IMAGE_MS: i64 = 1_785_931_200_000;

/// Packages of every host, with their versions.
const PACKAGES: &[(&str, &str)] = &[
    ("bash", "5.2.15-1.amzn2023.0.2"),
    ("chrony", "4.3-1.amzn2023.0.5"),
    ("cronie", "1.5.7-1.amzn2023.0.3"),
    ("kernel", "6.12.40-63.114.amzn2023"),
    ("openssh-server", "8.7p1-8.amzn2023.0.13"),
    ("openssl", "3.2.2-1.amzn2023.0.2"),
    ("python3.9", "3.9.23-1.amzn2023.0.3"),
    ("sudo", "1.9.15-1.p5.amzn2023.0.2"),
    ("systemd", "252.23-3.amzn2023"),
    ("xz", "5.2.5-9.amzn2023.0.2"),
    ("amazon-ssm-agent", "3.3.2746.0-1"),
    ("endpoint-metrics-agent", "0.1.0-1"),
];

const PEOPLE: [&str; 6] = ["anna", "bruno", "chen", "dalia", "erik", "farid"];

fn own_packages(role: Role) -> &'static [(&'static str, &'static str)] {
    match role {
        Role::Web => &[("nginx", "1.28.0-1.amzn2023.0.2"), ("php8.4-fpm", "8.4.12-1.amzn2023.0.1")],
        Role::Api => &[("envoy", "1.36.2-1"), ("otelcol", "0.139.0-1")],
        Role::Db => &[("postgresql17-server", "17.6-1.amzn2023.0.1"), ("pgbouncer", "1.25.0-1")],
        Role::Worker => &[("docker", "25.0.13-1.amzn2023.0.1"), ("containerd", "2.1.4-1.amzn2023.0.1")],
        Role::Bastion => &[("fail2ban", "1.1.0-6.amzn2023")],
        Role::Batch => &[("java-21-amazon-corretto", "21.0.9+10-1.amzn2023.1")],
    }
}

fn item(kind: &str, name: &str, value: &str) -> Item<'static> {
    Item {
        kind: Text::cut(kind),
        name: Text::cut(name),
        value: Some(Text::cut(value)),
        sha256: None,
        mode: None,
        uid: None,
        modified_at_ms: Millis::new(IMAGE_MS),
        change: Text::cut("present"),
    }
}

/// The package of what we build ourselves, of which releases come.
fn release(role: Role, release: &str, since_ms: i64) -> Option<Item<'static>> {
    let name = match role {
        Role::Web => "shop",
        Role::Api => "orders-api",
        Role::Worker => "jobs",
        Role::Batch => "reports",
        Role::Db | Role::Bastion => return None,
    };
    Some(Item { modified_at_ms: Millis::new(since_ms), ..item("package", name, release) })
}

/// Everything, in a fixed order.
pub(super) fn full(role: Role, since_ms: i64, name: &str) -> Vec<Item<'static>> {
    let mut items: Vec<Item<'static>> = Vec::new();
    for (place, person) in PEOPLE.iter().enumerate() {
        let uid = Count::clamp(1001 + place as i64);
        items.push(Item { uid: Some(uid), ..item("user", person, "/bin/bash") });
        let path = format!("/home/{person}/.ssh/authorized_keys");
        let print = lake::Digest::of(person.as_bytes());
        let mode = Some(Text::cut("600"));
        items.push(Item {
            mode,
            uid: Some(uid),
            ..item("authorized_key", &path, &format!("ssh-ed25519 SHA256:{print}"))
        });
    }
    items.push(Item { uid: Some(Count::clamp(0)), ..item("user", "root", "/bin/bash") });
    items.push(item("group", "wheel", "anna,chen"));
    items.push(item("cron", "/etc/cron.d/0hourly", "01 * * * * root run-parts /etc/cron.hourly"));
    items.push(item(
        "cron",
        "/etc/cron.d/nightly-backup",
        "12 3 * * * root /usr/local/sbin/nightly-backup --target s3",
    ));
    items.push(item("timer", "dnf-makecache.timer", "enabled"));
    items.push(item("timer", "sysstat-collect.timer", "enabled"));
    items.push(item("unit", "sshd.service", "enabled"));
    items.push(item("unit", "endpoint-metrics-agent.service", "enabled"));
    items.push(Item {
        mode: Some(Text::cut("4755")),
        uid: Some(Count::clamp(0)),
        ..item("suid", "/usr/bin/sudo", "")
    });
    items.extend(
        PACKAGES.iter().chain(own_packages(role)).map(|(name, version)| item("package", name, version)),
    );
    items.extend(release(role, name, since_ms));
    items
}

/// What a release changed.
pub(super) fn changed(role: Role, since_ms: i64, name: &str) -> Vec<Item<'static>> {
    let changed = release(role, name, since_ms).map(|item| Item { change: Text::cut("changed"), ..item });
    changed.into_iter().collect()
}
