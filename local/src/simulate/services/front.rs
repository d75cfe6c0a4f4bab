//! What faces the world, or the people: web servers, the services behind them, bastions.

use super::{Kind, Service, Starts, service};

pub(super) const WEB: &[Service] = &[
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

pub(super) const API: &[Service] = &[
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

pub(super) const BASTION: &[Service] = &[
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
