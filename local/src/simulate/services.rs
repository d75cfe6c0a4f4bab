//! The services of each role: what systemd starts, in which order, as whom, and what each of them starts.
//!
//! Paths, users and units are those of Amazon Linux 2023. A row is a program; parents come before their children.

use super::identity::Role;
use super::process::{Account, ROOT};
use super::rhythm::Kind;

/// When a service's process is started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Starts {
    /// When the host boots.
    Boot,
    /// Anew every day at this minute of the day: a reload after its logs were rotated.
    Daily(i64),
    /// Anew after so many minutes: a worker that has served its share, a connection that was closed.
    Every(i64),
    /// Anew with each release of our own software, on some weekdays.
    Release,
}

/// One program that runs as a service, in one or more copies.
#[derive(Clone, Copy, Debug)]
pub(super) struct Service {
    pub(super) name: &'static str,
    pub(super) exe: &'static str,
    pub(super) version: &'static str,
    /// `{n}` stands for the copy's number, `{release}` for the release, `{host}` for the host's name.
    pub(super) cmdline: &'static str,
    pub(super) unit: &'static str,
    /// The name of the row that starts it; process 1 when empty.
    pub(super) parent: &'static str,
    pub(super) account: Account,
    pub(super) cwd: &'static str,
    pub(super) copies: i64,
    pub(super) threads: i64,
    pub(super) nice: i64,
    pub(super) kind: Kind,
    /// Per busy minute.
    pub(super) cpu_ms: i64,
    /// Per busy minute.
    pub(super) read_kib: i64,
    /// Per busy minute.
    pub(super) write_kib: i64,
    pub(super) rss_mib: i64,
    pub(super) virtual_mib: i64,
    /// A child ends every so many seconds, and leaves so many page faults.
    pub(super) children: (i64, i64),
    pub(super) starts: Starts,
    pub(super) contained: bool,
    pub(super) capabilities: Option<&'static str>,
}

const fn service(
    unit: &'static str,
    name: &'static str,
    exe: &'static str,
    cmdline: &'static str,
) -> Service {
    Service {
        name,
        exe,
        version: "2023.9.20260803",
        cmdline,
        unit,
        parent: "",
        account: ROOT,
        cwd: "/",
        copies: 1,
        threads: 1,
        nice: 0,
        kind: Kind::Steady,
        cpu_ms: 4,
        read_kib: 0,
        write_kib: 0,
        rss_mib: 9,
        virtual_mib: 220,
        children: (0, 0),
        starts: Starts::Boot,
        contained: false,
        capabilities: None,
    }
}

impl Service {
    const fn of(mut self, name: &'static str, uid: i64) -> Self {
        self.account = Account { name, uid, gid: uid };
        self
    }
    const fn below(mut self, parent: &'static str) -> Self {
        self.parent = parent;
        self
    }
    const fn copies(mut self, copies: i64, starts: Starts) -> Self {
        self.copies = copies;
        self.starts = starts;
        self
    }
    const fn works(mut self, kind: Kind, cpu_ms: i64, read_kib: i64, write_kib: i64) -> Self {
        self.kind = kind;
        self.cpu_ms = cpu_ms;
        self.read_kib = read_kib;
        self.write_kib = write_kib;
        self
    }
    const fn sized(mut self, threads: i64, rss_mib: i64, virtual_mib: i64) -> Self {
        self.threads = threads;
        self.rss_mib = rss_mib;
        self.virtual_mib = virtual_mib;
        self
    }
    const fn children(mut self, every_s: i64, faults: i64) -> Self {
        self.children = (every_s, faults);
        self
    }
    const fn version(mut self, version: &'static str) -> Self {
        self.version = version;
        self
    }
    const fn at(mut self, cwd: &'static str) -> Self {
        self.cwd = cwd;
        self
    }
    const fn nice(mut self, nice: i64) -> Self {
        self.nice = nice;
        self
    }
    const fn contained(mut self) -> Self {
        self.contained = true;
        self
    }
    const fn may(mut self, capabilities: &'static str) -> Self {
        self.capabilities = Some(capabilities);
        self
    }
}

/// What every host runs. The first row is process 1.
const EVERYWHERE: &[Service] = &[
    service(
        "init.scope",
        "systemd",
        "/usr/lib/systemd/systemd",
        "/usr/lib/systemd/systemd --switched-root --system --deserialize=32",
    )
    .works(Kind::Steady, 12, 8, 4)
    .sized(1, 17, 172)
    .children(47, 310),
    service("systemd-journald.service", "systemd-journal", "/usr/lib/systemd/systemd-journald", "/usr/lib/systemd/systemd-journald")
        .works(Kind::Queues, 25, 4, 900)
        .sized(1, 24, 66),
    service("systemd-udevd.service", "systemd-udevd", "/usr/lib/systemd/systemd-udevd", "/usr/lib/systemd/systemd-udevd").sized(1, 11, 35),
    service("systemd-resolved.service", "systemd-resolve", "/usr/lib/systemd/systemd-resolved", "/usr/lib/systemd/systemd-resolved")
        .of("systemd-resolve", 193)
        .works(Kind::Requests, 14, 0, 0)
        .sized(1, 13, 21)
        .may("cap_net_bind_service cap_net_raw"),
    service("systemd-networkd.service", "systemd-network", "/usr/lib/systemd/systemd-networkd", "/usr/lib/systemd/systemd-networkd")
        .of("systemd-network", 192)
        .sized(1, 9, 18)
        .may("cap_net_admin cap_net_bind_service cap_net_broadcast cap_net_raw"),
    service("systemd-userdbd.service", "systemd-userdbd", "/usr/lib/systemd/systemd-userdbd", "/usr/lib/systemd/systemd-userdbd").sized(1, 7, 16),
    service("systemd-userdbd.service", "systemd-userwor", "/usr/lib/systemd/systemd-userwork", "systemd-userwork: waiting...")
        .below("systemd-userdbd")
        .copies(3, Starts::Every(97))
        .sized(1, 7, 16),
    service("systemd-homed.service", "systemd-homed", "/usr/lib/systemd/systemd-homed", "/usr/lib/systemd/systemd-homed").sized(1, 8, 17),
    service("auditd.service", "auditd", "/usr/sbin/auditd", "/sbin/auditd").works(Kind::Queues, 6, 0, 60).sized(2, 3, 90).nice(-4),
    service("rngd.service", "rngd", "/usr/sbin/rngd", "/usr/sbin/rngd -f -x pkcs11 -x nist").of("rngd", 982).sized(3, 7, 100),
    service("dbus-broker.service", "dbus-broker-lau", "/usr/bin/dbus-broker-launch", "/usr/bin/dbus-broker-launch --scope system --audit")
        .of("dbus", 81)
        .sized(1, 5, 10),
    service(
        "dbus-broker.service",
        "dbus-broker",
        "/usr/bin/dbus-broker",
        "dbus-broker --log 4 --controller 9 --machine-id ec2b1f0c5d6a4e0f9c3d --max-bytes 536870912 --max-fds 4096 --max-matches 131072 --audit",
    )
    .of("dbus", 81)
    .below("dbus-broker-lau")
    .works(Kind::Steady, 9, 0, 0)
    .sized(1, 3, 8),
    service("systemd-logind.service", "systemd-logind", "/usr/lib/systemd/systemd-logind", "/usr/lib/systemd/systemd-logind").sized(1, 10, 18),
    service("libstoragemgmt.service", "lsmd", "/usr/bin/lsmd", "/usr/bin/lsmd -d").of("libstoragemgmt", 991).sized(1, 2, 18),
    service("polkit.service", "polkitd", "/usr/lib/polkit-1/polkitd", "/usr/lib/polkit-1/polkitd --no-debug").of("polkitd", 997).sized(3, 9, 230),
    service("rsyslog.service", "rsyslogd", "/usr/sbin/rsyslogd", "/usr/sbin/rsyslogd -n").works(Kind::Queues, 12, 0, 300).sized(3, 6, 220),
    service("irqbalance.service", "irqbalance", "/usr/sbin/irqbalance", "/usr/sbin/irqbalance --foreground").sized(2, 3, 80),
    service("tuned.service", "tuned", "/usr/bin/python3.9", "/usr/bin/python3 -Es /usr/sbin/tuned -l -P").version("3.9.23").sized(4, 27, 340),
    service("acpid.service", "acpid", "/usr/sbin/acpid", "/usr/sbin/acpid -f").sized(1, 2, 3),
    service("gssproxy.service", "gssproxy", "/usr/sbin/gssproxy", "/usr/sbin/gssproxy -D").sized(6, 6, 300),
    service("sssd.service", "sssd", "/usr/sbin/sssd", "/usr/sbin/sssd -i --logger=files").sized(1, 14, 60),
    service("sssd.service", "sssd_be", "/usr/libexec/sssd/sssd_be", "/usr/libexec/sssd/sssd_be --domain files --logger=files").below("sssd").sized(1, 17, 74),
    service("sssd.service", "sssd_nss", "/usr/libexec/sssd/sssd_nss", "/usr/libexec/sssd/sssd_nss --logger=files")
        .below("sssd")
        .works(Kind::Steady, 8, 0, 0)
        .sized(1, 40, 78),
    service("sssd.service", "sssd_pam", "/usr/libexec/sssd/sssd_pam", "/usr/libexec/sssd/sssd_pam --logger=files").below("sssd").sized(1, 14, 60),
    service("chronyd.service", "chronyd", "/usr/sbin/chronyd", "/usr/sbin/chronyd -F 2")
        .of("chrony", 993)
        .sized(1, 3, 81)
        .may("cap_net_bind_service cap_sys_time"),
    service("crond.service", "crond", "/usr/sbin/crond", "/usr/sbin/crond -n").sized(1, 4, 8).children(60, 1_240),
    service("atd.service", "atd", "/usr/sbin/atd", "/usr/sbin/atd -f").sized(1, 2, 5),
    service("sshd.service", "sshd", "/usr/sbin/sshd", "sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups").version("8.7p1").sized(1, 9, 16).children(780, 2_900),
    service("getty@tty1.service", "agetty", "/usr/sbin/agetty", "/sbin/agetty -o -p -- \\u --noclear tty1 linux").sized(1, 2, 220),
    service("serial-getty@ttyS0.service", "agetty", "/usr/sbin/agetty", "/sbin/agetty -o -p -- \\u --keep-baud 115200,57600,38400,9600 ttyS0 vt220").sized(1, 2, 220),
    service("amazon-ssm-agent.service", "amazon-ssm-agent", "/usr/bin/amazon-ssm-agent", "/usr/bin/amazon-ssm-agent").version("3.3.2746").sized(9, 22, 1_250),
    service("amazon-ssm-agent.service", "ssm-agent-worker", "/usr/bin/ssm-agent-worker", "/usr/bin/ssm-agent-worker")
        .version("3.3.2746")
        .below("amazon-ssm-agent")
        .works(Kind::Steady, 20, 0, 6)
        .sized(12, 38, 1_290),
    service(
        "amazon-cloudwatch-agent.service",
        "amazon-cloudwat",
        "/opt/aws/amazon-cloudwatch-agent/bin/amazon-cloudwatch-agent",
        "/opt/aws/amazon-cloudwatch-agent/bin/amazon-cloudwatch-agent -config /opt/aws/amazon-cloudwatch-agent/etc/amazon-cloudwatch-agent.toml",
    )
    .version("1.300059")
    .of("cwagent", 989)
    .works(Kind::Steady, 90, 2, 20)
    .sized(11, 88, 1_700),
    service("node_exporter.service", "node_exporter", "/usr/local/bin/node_exporter", "/usr/local/bin/node_exporter --web.listen-address=:9100")
        .version("1.10.2")
        .of("node_exporter", 985)
        .works(Kind::Steady, 30, 0, 0)
        .sized(6, 19, 1_240),
    service("endpoint-metrics-agent.service", "endpoint-metric", "/usr/bin/endpoint-metrics-agent", "/usr/bin/endpoint-metrics-agent")
        .version("0.1.0")
        .of("endpoint-metrics", 986)
        .works(Kind::Steady, 11, 0, 8)
        .sized(3, 8, 30)
        .may("cap_dac_read_search cap_sys_ptrace"),
];

const WEB: &[Service] = &[
    service(
        "nginx.service",
        "nginx",
        "/usr/sbin/nginx",
        "nginx: master process /usr/sbin/nginx -c /etc/nginx/nginx.conf",
    )
    .version("1.28.0")
    .sized(1, 6, 20)
    .children(21_600, 4_200),
    service("nginx.service", "nginx", "/usr/sbin/nginx", "nginx: worker process")
        .version("1.28.0")
        .of("nginx", 992)
        .below("nginx")
        .copies(4, Starts::Daily(1))
        .works(Kind::Requests, 1_400, 30, 700)
        .sized(1, 14, 24),
    service("php-fpm.service", "php-fpm", "/usr/sbin/php-fpm", "php-fpm: master process (/etc/php-fpm.conf)")
        .version("8.4.12")
        .sized(1, 28, 420)
        .children(610, 5_100),
    service("php-fpm.service", "php-fpm", "/usr/sbin/php-fpm", "php-fpm: pool www")
        .version("8.4.12")
        .of("apache", 48)
        .below("php-fpm")
        .copies(18, Starts::Every(183))
        .works(Kind::Requests, 2_300, 40, 60)
        .sized(1, 46, 430),
    service(
        "valkey.service",
        "valkey-server",
        "/usr/bin/valkey-server",
        "/usr/bin/valkey-server 127.0.0.1:6379",
    )
    .version("8.1.3")
    .of("valkey", 984)
    .works(Kind::Requests, 300, 0, 90)
    .sized(6, 61, 150),
    service(
        "fluent-bit.service",
        "fluent-bit",
        "/opt/fluent-bit/bin/fluent-bit",
        "/opt/fluent-bit/bin/fluent-bit -c /etc/fluent-bit/fluent-bit.conf",
    )
    .version("4.1.1")
    .works(Kind::Requests, 120, 400, 10)
    .sized(9, 34, 360),
    service(
        "shop-queue@.service",
        "php",
        "/usr/bin/php",
        "/usr/bin/php /srv/shop/bin/console messenger:consume async --worker={n} --release={release}",
    )
    .version("8.4.12")
    .of("apache", 48)
    .at("/srv/shop")
    .copies(4, Starts::Release)
    .works(Kind::Queues, 420, 20, 120)
    .sized(1, 58, 440),
];

const API: &[Service] = &[
    service(
        "orders-api.service",
        "orders-api",
        "/opt/orders/bin/orders-api",
        "/opt/orders/bin/orders-api --config /etc/orders/api.toml --listen :8080 --release {release}",
    )
    .of("orders", 1501)
    .at("/opt/orders")
    .copies(1, Starts::Release)
    .works(Kind::Requests, 21_000, 60, 500)
    .sized(14, 212, 1_900),
    service(
        "pricing.service",
        "gunicorn",
        "/usr/bin/python3.11",
        "/opt/pricing/venv/bin/python /opt/pricing/venv/bin/gunicorn pricing.wsgi -b 127.0.0.1:8090 -w 16",
    )
    .of("pricing", 1502)
    .at("/opt/pricing")
    .copies(1, Starts::Release)
    .sized(1, 29, 60)
    .children(7_300, 3_800),
    service(
        "pricing.service",
        "gunicorn",
        "/usr/bin/python3.11",
        "/opt/pricing/venv/bin/python /opt/pricing/venv/bin/gunicorn pricing.wsgi -b 127.0.0.1:8090 -w 16",
    )
    .of("pricing", 1502)
    .at("/opt/pricing")
    .below("gunicorn")
    .copies(16, Starts::Every(977))
    .works(Kind::Requests, 1_100, 20, 10)
    .sized(2, 74, 310),
    service(
        "envoy.service",
        "envoy",
        "/usr/bin/envoy",
        "/usr/bin/envoy -c /etc/envoy/envoy.yaml --service-node {host} --concurrency 4",
    )
    .version("1.36.2")
    .of("envoy", 983)
    .works(Kind::Requests, 3_900, 0, 200)
    .sized(11, 74, 2_400),
    service(
        "otelcol.service",
        "otelcol",
        "/usr/bin/otelcol",
        "/usr/bin/otelcol --config=/etc/otelcol/config.yaml",
    )
    .version("0.139.0")
    .of("otel", 981)
    .works(Kind::Requests, 500, 4, 4)
    .sized(10, 120, 1_500),
    service(
        "fluent-bit.service",
        "fluent-bit",
        "/opt/fluent-bit/bin/fluent-bit",
        "/opt/fluent-bit/bin/fluent-bit -c /etc/fluent-bit/fluent-bit.conf",
    )
    .version("4.1.1")
    .works(Kind::Requests, 90, 300, 10)
    .sized(9, 33, 360),
];

const DB: &[Service] = &[
    service(
        "postgresql.service",
        "postgres",
        "/usr/bin/postgres",
        "/usr/bin/postgres -D /var/lib/pgsql/data",
    )
    .version("17.6")
    .of("postgres", 26)
    .at("/var/lib/pgsql/data")
    .sized(1, 190, 8_600)
    .children(310, 2_100),
    service("postgresql.service", "postgres", "/usr/bin/postgres", "postgres: checkpointer")
        .version("17.6")
        .of("postgres", 26)
        .at("/var/lib/pgsql/data")
        .below("postgres")
        .works(Kind::Queues, 260, 0, 30_000)
        .sized(1, 2_900, 8_600),
    service("postgresql.service", "postgres", "/usr/bin/postgres", "postgres: background writer")
        .version("17.6")
        .of("postgres", 26)
        .at("/var/lib/pgsql/data")
        .below("postgres")
        .works(Kind::Queues, 110, 0, 9_000)
        .sized(1, 900, 8_600),
    service("postgresql.service", "postgres", "/usr/bin/postgres", "postgres: walwriter")
        .version("17.6")
        .of("postgres", 26)
        .at("/var/lib/pgsql/data")
        .below("postgres")
        .works(Kind::Queues, 150, 0, 21_000)
        .sized(1, 25, 8_600),
    service("postgresql.service", "postgres", "/usr/bin/postgres", "postgres: autovacuum launcher")
        .version("17.6")
        .of("postgres", 26)
        .at("/var/lib/pgsql/data")
        .below("postgres")
        .sized(1, 11, 8_600),
    service("postgresql.service", "postgres", "/usr/bin/postgres", "postgres: logical replication launcher")
        .version("17.6")
        .of("postgres", 26)
        .at("/var/lib/pgsql/data")
        .below("postgres")
        .sized(1, 9, 8_600),
    service(
        "postgresql.service",
        "postgres",
        "/usr/bin/postgres",
        "postgres: archiver last was 00000001000000A{n}000000C3",
    )
    .version("17.6")
    .of("postgres", 26)
    .at("/var/lib/pgsql/data")
    .below("postgres")
    .sized(1, 9, 8_600),
    service(
        "postgresql.service",
        "postgres",
        "/usr/bin/postgres",
        "postgres: orders orders [local] idle {n}",
    )
    .version("17.6")
    .of("postgres", 26)
    .at("/var/lib/pgsql/data")
    .below("postgres")
    .copies(24, Starts::Every(131))
    .works(Kind::Requests, 900, 1_500, 300)
    .sized(1, 160, 8_620),
    service(
        "pgbouncer.service",
        "pgbouncer",
        "/usr/bin/pgbouncer",
        "/usr/bin/pgbouncer /etc/pgbouncer/pgbouncer.ini",
    )
    .version("1.25.0")
    .of("pgbouncer", 980)
    .works(Kind::Requests, 600, 0, 0)
    .sized(1, 12, 40),
    service(
        "postgres_exporter.service",
        "postgres_expor",
        "/usr/local/bin/postgres_exporter",
        "/usr/local/bin/postgres_exporter --web.listen-address=:9187",
    )
    .version("0.18.1")
    .of("postgres", 26)
    .works(Kind::Steady, 60, 0, 0)
    .sized(7, 21, 1_240),
];

const WORKER: &[Service] = &[
    service("supervisord.service", "supervisord", "/usr/bin/python3.11", "/usr/bin/python3 /usr/bin/supervisord -n -c /etc/supervisord.conf").version("3.11.14").sized(1, 25, 40),
    service("supervisord.service", "celery", "/usr/bin/python3.11", "/opt/jobs/venv/bin/python -m celery -A jobs worker -n w{n}@{host} --release {release}")
        .version("3.11.14")
        .of("jobs", 1503)
        .at("/opt/jobs")
        .below("supervisord")
        .copies(12, Starts::Release)
        .works(Kind::Queues, 3_300, 150, 300)
        .sized(3, 96, 420),
    service("supervisord.service", "celery", "/usr/bin/python3.11", "/opt/jobs/venv/bin/python -m celery -A jobs beat")
        .version("3.11.14")
        .of("jobs", 1503)
        .at("/opt/jobs")
        .below("supervisord")
        .copies(1, Starts::Release)
        .sized(1, 62, 210),
    service("containerd.service", "containerd", "/usr/bin/containerd", "/usr/bin/containerd").version("2.1.4").works(Kind::Steady, 40, 0, 10).sized(10, 44, 1_500),
    service("docker.service", "dockerd", "/usr/bin/dockerd", "/usr/bin/dockerd -H fd:// --containerd=/run/containerd/containerd.sock").version("25.0.13").works(Kind::Steady, 30, 0, 10).sized(12, 81, 1_900),
    service("docker.service", "containerd-shim", "/usr/bin/containerd-shim-runc-v2", "/usr/bin/containerd-shim-runc-v2 -namespace moby -id {container} -address /run/containerd/containerd.sock")
        .version("2.1.4")
        .sized(11, 12, 1_230),
    service("docker.service", "thumbnailer", "/app/thumbnailer", "/app/thumbnailer --queue images --parallel 4")
        .version("5.2.0")
        .of("#10001", 10_001)
        .at("/app")
        .below("containerd-shim")
        .works(Kind::Queues, 9_000, 900, 700)
        .sized(8, 140, 1_400)
        .contained(),
];

const BASTION: &[Service] = &[
    service(
        "fail2ban.service",
        "fail2ban-server",
        "/usr/bin/python3.11",
        "/usr/bin/python3 -s /usr/bin/fail2ban-server -xf start",
    )
    .version("3.11.14")
    .works(Kind::Steady, 30, 4, 8)
    .sized(5, 31, 420),
    service("falcon-sensor.service", "falcond", "/opt/sensor/falcond", "/opt/sensor/falcond")
        .version("7.29")
        .works(Kind::Steady, 140, 10, 30)
        .sized(14, 90, 900),
    service(
        "consul.service",
        "consul",
        "/usr/bin/consul",
        "/usr/bin/consul agent -config-dir=/etc/consul.d/",
    )
    .version("1.22.0")
    .of("consul", 978)
    .works(Kind::Steady, 110, 0, 4)
    .sized(9, 84, 1_400),
    service(
        "osqueryd.service",
        "osqueryd",
        "/opt/osquery/bin/osqueryd",
        "/opt/osquery/bin/osqueryd --flagfile /etc/osquery/osquery.flags",
    )
    .version("5.19.0")
    .sized(2, 19, 380),
    service(
        "osqueryd.service",
        "osqueryd",
        "/opt/osquery/bin/osqueryd",
        "/opt/osquery/bin/osqueryd --worker",
    )
    .version("5.19.0")
    .below("osqueryd")
    .works(Kind::Steady, 90, 40, 20)
    .sized(15, 71, 620),
    service(
        "session-recorder.service",
        "session-recorde",
        "/usr/local/bin/session-recorder",
        "/usr/local/bin/session-recorder --to s3",
    )
    .version("2.4.0")
    .works(Kind::Requests, 30, 0, 60)
    .sized(7, 22, 1_240),
];

const BATCH: &[Service] = &[
    service("reports.service", "java", "/usr/lib/jvm/java-21-amazon-corretto/bin/java", "/usr/lib/jvm/java-21-amazon-corretto/bin/java -Xmx8g -jar /opt/reports/reports-{release}.jar --spring.profiles.active=prod")
        .version("21.0.9")
        .of("reports", 1504)
        .at("/opt/reports")
        .copies(1, Starts::Release)
        .works(Kind::Queues, 70_000, 5_000, 2_000)
        .sized(96, 6_200, 12_000),
    service("reports-render@.service", "wkhtmltopdf", "/usr/local/bin/wkhtmltopdf", "/usr/local/bin/wkhtmltopdf --serve --slot {n}")
        .version("0.12.6")
        .of("reports", 1504)
        .at("/opt/reports")
        .copies(6, Starts::Every(53))
        .works(Kind::Queues, 2_000, 10, 900)
        .sized(4, 77, 600),
];

/// What a host of this role runs, the common part first.
pub(super) fn of(role: Role) -> impl Iterator<Item = &'static Service> {
    let own = match role {
        Role::Web => WEB,
        Role::Api => API,
        Role::Db => DB,
        Role::Worker => WORKER,
        Role::Bastion => BASTION,
        Role::Batch => BATCH,
    };
    EVERYWHERE.iter().chain(own)
}
