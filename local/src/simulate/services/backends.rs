//! What works behind the services: databases, queue workers, reports.

use super::{Kind, Service, Starts, service};

pub(super) const DB: &[Service] = &[
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

pub(super) const WORKER: &[Service] = &[
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

pub(super) const BATCH: &[Service] = &[
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
