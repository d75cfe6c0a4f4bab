//! What every host runs.

use super::{Kind, Service, Starts, service};

/// The first row is process 1.
pub(super) const EVERYWHERE: &[Service] = &[
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
