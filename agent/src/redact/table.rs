//! The redactor's table: real command lines on both sides.

use std::sync::LazyLock;

use super::{Key, Redactor};
use crate::random::Random;

fn redacted(arguments: &[&str]) -> String {
    let arguments: Vec<String> = arguments.iter().map(|&argument| argument.to_owned()).collect();
    REDACTOR.command_line(&arguments)
}

static REDACTOR: LazyLock<Redactor> = LazyLock::new(|| Redactor::new(Key::from_bytes([7; 32])));

/// Arguments, the secret in them, and what must stay readable beside it.
const SECRETS: &[(&[&str], &str, &str)] = &[
    (&["mysql", "-uroot", "-phunter2", "shop"], "hunter2", "shop"),
    (&["/usr/bin/mysqldump", "--user=root", "--password=hunter2", "shop"], "hunter2", "--user=root"),
    (&["sudo", "mysql", "-phunter2"], "hunter2", "sudo mysql -p"),
    (&["sh", "-c", "mysql -u root -phunter2 shop < dump.sql"], "hunter2", "< dump.sql"),
    (&["tool", "--password", "hunter2", "--verbose"], "hunter2", "--verbose"),
    (&["tool", "--password", "-leading-dash"], "-leading-dash", "--password"),
    (&["tool", "--db-password", "two words"], "two words", "--db-password"),
    (&["tool", "--token", "abc"], "abc", "--token"),
    (&["tool", "--secret", "/Bx/7q=="], "Bx", "--secret"),
    (&["tool", "--password", "/swordfish"], "swordfish", "--password"),
    (&["tool", "--secret=abc123"], "abc123", "--secret="),
    (&["tool", "-Dspring.datasource.password=hunter2"], "hunter2", "-Dspring.datasource.password="),
    (&["java", "-Djavax.net.ssl.keyStorePassword=changeit", "-jar", "app.jar"], "changeit", "app.jar"),
    (&["env", "API_TOKEN=s3cr3t", "run"], "s3cr3t", "run"),
    (&["docker", "run", "-e", "POSTGRES_PASSWORD=hunter2", "-p", "5432:5432"], "hunter2", "5432:5432"),
    (&["docker", "login", "-u", "bot", "-p", "hunter2"], "hunter2", "-u bot"),
    (&["curl", "-u", "alice:hunter2", "https://x.test/"], "hunter2", "alice:"),
    (&["curl", "-ualice:hunter2", "https://x.test/"], "hunter2", "alice:"),
    (&["curl", "--user", "alice:hunter2", "https://x.test/"], "hunter2", "alice:"),
    (&["curl", "-H", "Authorization: Bearer abc.def", "https://x.test/"], "abc.def", "https://x.test/"),
    (&["curl", "-H", "authorization:Basic YWxpY2U6aHVudGVyMg=="], "YWxpY2U6aHVudGVyMg==", "-H"),
    (&["curl", "-H", "X-Api-Key: 0123456789abcdef"], "0123456789abcdef", "X-Api-Key:"),
    (&["sh", "-c", "curl -H 'Authorization: token abcdef' https://x.test/a"], "abcdef", "https://x.test/a"),
    (&["curl", "-X", "POST", "https://x.test/mysql", "-u", "alice:hunter2"], "hunter2", "alice:"),
    (&["wget", "https://alice:hunter2@x.test/file"], "hunter2", "@x.test/file"),
    (
        &["git", "clone", "https://0123456789abcdef0123456789abcdef01234567@github.com/a/b"],
        "0123456789abcdef",
        "github.com/a/b",
    ),
    (&["psql", "postgres://app:p@ss@db.internal:5432/shop"], "p@ss", "db.internal:5432/shop"),
    (&["app", "Server=db;User=sa;Password=hunter2;Encrypt=true"], "hunter2", "Encrypt=true"),
    (&["curl", "https://x.test/?token=abcdef&page=2"], "abcdef", "&page=2"),
    (&["curl", "https://x.test/maps?key=AbCdEf0123456789"], "AbCdEf0123456789", "maps?key="),
    (
        &["curl", "-d", "{\"user\":\"alice\",\"password\":\"hunter2\",\"n\":1}"],
        "hunter2",
        "\"user\":\"alice\"",
    ),
    (&["curl", "-d", "{\"password\": \"two words\"}", "x"], "two words", "password"),
    (&["aws", "configure", "set", "x", "AKIAIOSFODNN7EXAMPLE"], "AKIAIOSFODNN7EXAMPLE", "configure"),
    (&["x", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"], "wJalrXUtnFEMI", "x "),
    (&["x", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"], "c2lnbmF0dXJl", "x "),
    (&["gh", "auth", "ghp_0123456789abcdefghijABCDEFGHIJ012345"], "ghp_0123", "gh auth"),
    (&["x", "-----BEGIN RSA PRIVATE KEY-----\\nMIIEow\\n-----END RSA PRIVATE KEY-----"], "MIIEow", "x "),
    (&["x", "-----BEGIN PRIVATE KEY-----", "MIIEow", "-----END PRIVATE KEY-----", "y"], "MIIEow", " y"),
    (&["redis-cli", "-h", "cache", "-a", "hunter2", "PING"], "hunter2", "PING"),
    (&["sshpass", "-p", "hunter2", "ssh", "-p", "2222", "root@x"], "hunter2", "-p 2222 root@x"),
    (&["sshpass", "-phunter2", "ssh", "root@x"], "hunter2", "root@x"),
    (&["ldapsearch", "-D", "cn=admin", "-w", "hunter2"], "hunter2", "cn=admin"),
    (&["smbclient", "//x/share", "-U", "alice%hunter2"], "hunter2", "alice%"),
    (&["openssl", "rsa", "-passin", "pass:hunter2"], "hunter2", "pass:"),
    (&["aws", "--secret-access-key", "abc/def"], "abc/def", "aws"),
    (&["bash", "-c", "export DB_PASS='hunter2'; ./run"], "hunter2", "./run"),
    (&["sh", "-c", "mysql -phunter2 x; curl -H 'Cookie: sid=1; b=2' x"], "hunter2", "mysql -p"),
    (&["ansible-playbook", "-e", "{\"a\":1, \"db_password\": \"two words\"}"], "words", "\"a\":1"),
    // Lines of a script.
    (&["sh", "-c", "set -e\nmysql -uroot -phunter2 shop\nexec app"], "hunter2", "shop\nexec app"),
    (&["sh", "-c", "mysql -uroot \\\n  -phunter2 shop"], "hunter2", "\\\n  -p"),
    (&["sh", "-c", "export DB_PASSWORD=hunter2\nexec app"], "hunter2", "\nexec app"),
    (
        &["sh", "-c", "H='Authorization: Bearer hunter2'\ncurl -H \"$H\" x"],
        "hunter2",
        "Authorization: Bearer ‹",
    ),
    (&["sh", "-c", "printf 'Cookie: a=hunter2\\r\\nHost: x'"], "hunter2", "\\r\\nHost: x"),
    (&["sh", "-c", "echo begin; echo hunter2 | sudo -S ls"], "hunter2", "echo begin; echo ‹"),
    (
        &["sh", "-c", "echo hunter2 | sudo -S ls; curl -H 'Cookie: a=1' x"],
        "hunter2",
        "sudo -S ls; curl -H 'Cookie: ‹",
    ),
    // Several words, quotes within quotes.
    (&["tool", "--password=correct horse battery"], "horse", "tool --password=‹"),
    (&["docker", "run", "-e", "DB_PASSWORD=correct horse", "db"], "horse", "DB_PASSWORD=‹"),
    (&["su", "-c", "PGPASSWORD=hunter2 psql -h db"], "hunter2", "psql -h db"),
    (&["app --password=hunter2 --port 80"], "hunter2", "--port 80"),
    (
        &["sh", "-c", "curl -d \"{\\\"password\\\": \\\"hunter2\\\", \\\"n\\\": 1}\" x"],
        "hunter2",
        "\\\", \\\"n\\\": 1}",
    ),
    (&["curl", "-d", "{\"password\": \"a\\\"hunter2 x\", \"n\": 1}"], "hunter2", "\"n\": 1}"),
    (&["sh", "-c", "mysql -p'hunter2' shop"], "hunter2", "mysql -p'‹"),
    (
        &["aws", "secretsmanager", "create-secret", "--secret-string", "{\"x\":\"hunter2\"}"],
        "hunter2",
        "create-secret",
    ),
    (
        &["expect", "-c", "expect \"Password:\"; send \"$P\"; x --token hunter2"],
        "hunter2",
        "expect \"Password:\"; send \"$P\"",
    ),
    // Statements.
    (
        &["mysql", "-e", "CREATE USER 'a'@'%' IDENTIFIED BY 'hunter2' REQUIRE SSL"],
        "hunter2",
        "IDENTIFIED BY '‹",
    ),
    (&["mysql", "-e", "set password for a = PASSWORD('hunter2')"], "hunter2", "PASSWORD('‹"),
    (&["psql", "-c", "ALTER ROLE a LOGIN PASSWORD 'hunter2';"], "hunter2", "LOGIN PASSWORD '‹"),
    (&["vault", "login", "hvs.CAESIJ0123456789abcdef"], "CAESIJ", "vault login"),
];

/// Command lines of ordinary hosts in which nothing is a secret.
const HARMLESS: &[&[&str]] = &[
    &["/usr/lib/systemd/systemd", "--switched-root", "--system", "--deserialize", "31"],
    &["sshd: alice [priv]"],
    &["ssh", "-p", "2222", "-i", "/home/alice/.ssh/id_ed25519", "git@github.com"],
    &["git", "clone", "ssh://git@github.com/a/b.git"],
    &["nginx: master process /usr/sbin/nginx -g daemon on; master_process on;"],
    &["docker", "run", "-p", "80:80", "nginx"],
    &["mysql", "-p", "shop"],
    &["sort", "-k", "2", "--key=3"],
    &["curl", "-u", "alice", "https://x.test/a?page=2"],
    &["tool", "--password-file", "/run/secrets/db"],
    &["tool", "--password-file=/run/secrets/db", "--key=/etc/ssl/private/x.pem", "--key", "/etc/x.pem"],
    &["kubelet", "--tls-private-key-file=/etc/k.pem", "--token-ttl=24h"],
    &["aws", "secretsmanager", "get-secret-value", "--secret-id", "prod/db"],
    &["tool", "--token=$TOKEN", "--password=***", "--no-password"],
    &["sh", "-c", "echo $PASSWORD | tool --password-stdin"],
    &["git", "checkout", "3344a8b0123456789abcdef0123456789abcdef0"],
    &["sha256sum", "-c", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],
    &["java", "-Xmx1G", "-XX:+UseSerialGC", "-cp", "lib/*", "com.example.tokenizer.Main"],
    &["/usr/lib/jvm/java-21-openjdk-amd64/lib/server/Classes0"],
    &["python3", "train.py", "--max-tokens=512", "--tokenizer", "bpe"],
    &["psql", "-h", "db.internal", "-U", "app", "postgres://app@db.internal/shop"],
    &["php-fpm: pool www"],
    &["openvpn", "--secret", "/etc/openvpn/ta.key", "--password", "path/to/passwords.txt"],
    &["docker", "run", "--name", "mongo", "-p", "27017:27017", "mongo:7"],
    &["mysqld", "--datadir", "/var/lib/mysql", "-p3306"],
    &["rsync", "-a", "host:/srv/a", "host:/srv/b"],
    &["ffmpeg", "-i", "http://x.test:8080/a.ts?id=4"],
    &["psql", "-c", "COMMENT ON COLUMN users.password IS 'never shown'"],
    &["mysql", "-e", "SHOW COLUMNS FROM users LIKE 'password'"],
    &["sh", "-c", "read -p \"password \" x; echo 'password' \"ok\""],
    &["sh", "-c", "grpcurl -H \"Authorization: Bearer $TOKEN\" h:443 list"],
    &["tool", "--secret", "{name}", "--format={{.Token}}"],
    &["gpg", "--export", "--armor", "--public-key=0xDEADBEEFDEADBEEF"],
];

#[test]
fn secrets_are_caught() {
    for (arguments, secret, stays) in SECRETS {
        let line = redacted(arguments);
        assert!(!line.contains(secret), "{arguments:?} gave {line}");
        assert!(line.contains("‹redacted:") && line.contains('›'), "{arguments:?} gave {line}");
        assert!(line.contains(stays), "{arguments:?} lost {stays}: {line}");
    }
}

#[test]
fn harmless_lines_stay_as_they_are() {
    for arguments in HARMLESS {
        assert_eq!(redacted(arguments), arguments.join(" "));
    }
}

#[test]
fn a_line_without_end_is_cut_between_words() {
    let text = r#"password="two words" --password hunter2 Authorization: Basic hunter2" "#.repeat(20_000);
    let line = redacted(&["sh", "-c", &text]);
    assert!(!line.contains("hunter2") && !line.contains("two"));
    for line in [line, redacted(&text.split(' ').collect::<Vec<_>>())] {
        assert!(line.ends_with('…') && line.len() < 32 * 1024, "{}", line.len());
    }
    // Beyond so many, what follows is left out and not looked at.
    let many = redacted(&["sh", "-c", &"IDENTIFIED BY 'hunter2' ".repeat(100), "after"]);
    assert!(
        many.matches('‹').count() == 64 && many.ends_with("… after") && !many.contains("hunter2"),
        "{many}"
    );
    let one_word = "x".repeat(100_000);
    assert_eq!(redacted(&["tool", &one_word]), "tool …");
}

#[test]
fn one_secret_has_one_hash_and_keys_differ() {
    let line = redacted(&["a", "--token", "abc", "--token=abc", "--password", "abd"]);
    let hashes: Vec<&str> = line.split('‹').skip(1).collect();
    assert_eq!(hashes[0].split('›').next(), hashes[1].split('›').next());
    assert_ne!(hashes[0].split('›').next(), hashes[2].split('›').next());
    let arguments = ["a".to_owned(), "--token=abc".to_owned()];
    let other = Redactor::new(Key::from_bytes([8; 32])).command_line(&arguments);
    assert!(!line.contains(other.trim_start_matches("a --token=")));
}

#[test]
fn no_mixture_panics_or_grows_without_bound() {
    const PIECES: &str = "mysql -p --password pass = : :// @ @tcp( ' \" \\ ; | & ? ¦ é ‹ › 𝄞 \u{a0} Authorization: Cookie: Bearer \
        curl -u -b sqlplus / oracle: ?.x eyJ . .. AKIAIOSFODNN7EXAMPLE $6$ $ arn: secret echo sudo chpasswd htpasswd \
        -----BEGIN PRIVATE KEY -----END , { } => 0x hooks.slack.com/services/ q8Zk2LxV9mTb4NcR7yWd3HgJ SHA256: --buildid";
    const SEED: u64 = 11;
    let pieces: Vec<&str> = PIECES.split(' ').chain([" ", "\n", "", "\t"]).collect();
    let mut random = Random::seeded(SEED);
    for round in 0..50_000 {
        let arguments: Vec<String> = (0..=random.below(4))
            .map(|_| {
                (0..random.below(8)).map(|_| pieces[random.below(pieces.len() as u64) as usize]).collect()
            })
            .collect();
        let line = REDACTOR.command_line(&arguments);
        let bytes: usize = arguments.iter().map(String::len).sum();
        assert!(
            line.len() <= 30 * (bytes + arguments.len()),
            "round {round} of seed {SEED}: {arguments:?} gave {line}"
        );
    }
}

#[test]
fn no_cut_of_any_line_panics() {
    for (arguments, ..) in SECRETS {
        let line = arguments.join(" ") + " ‹é›=:\"'@://";
        for (at, _) in line.char_indices() {
            redacted(&["x", &line[..at], &line[at..]]);
        }
    }
}
