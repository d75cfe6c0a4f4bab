//! `inventory`: what rarely changes.

use snapshot::{Item, Snapshot};

use super::table;

table! {
    Inventory "one row a thing configured on the host, in full once a day and otherwise when it changed"
    sorted by ["kind", "name", "ts"]
    for (s: &Snapshot<'_>, i: &Item<'_>)
    {
        ts timestamp "the instant of sampling" = Some(s.observed_at_ms);
        modified_at timestamp "when its contents changed last" = i.modified_at_ms;
        kind string "user, group, authorized_key, cron, unit, timer, module, package, suid, preload, file" = Some(&i.kind);
        name string "what it is called: a path, a package, a unit" = Some(&i.name);
        value string "its version, command or fingerprint, at most 512 bytes" = i.value.as_deref();
        sha256 string "SHA-256 of its contents" = i.sha256.as_deref();
        mode string "permission bits, octal" = i.mode.as_deref();
        change string "added, changed, removed: against the list before, in the day's full one too; present: as it was, or no list before is known" = Some(&i.change);
        uid bigint "owner" = i.uid;
    }
}
