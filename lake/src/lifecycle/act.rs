//! The part that S3 plays itself: objects that a rule takes are removed when their time has come.

use super::{Lifecycle, Rule};
use crate::{Store, StoreError};

/// Removes what the rules expire at this moment, in milliseconds since 1970 UTC, and gives how many objects that were.
/// For a folder, which has nobody else to do it; S3 does the same once a day, soon after midnight UTC.
///
/// Objects in a folder have no tags: rules that ask for some take nothing there.
pub async fn act(store: &dyn Store, lifecycle: &dyn Lifecycle, now_ms: i64) -> Result<u64, StoreError> {
    let mut removed = 0;
    for rule in lifecycle.read().await?.rules {
        if rule.enabled && rule.expires.is_some() && rule.tags.is_empty() {
            removed += one(store, &rule, now_ms).await?;
        }
    }
    Ok(removed)
}

async fn one(store: &dyn Store, rule: &Rule, now_ms: i64) -> Result<u64, StoreError> {
    let (mut removed, mut after) = (0, String::new());
    loop {
        let page = store.list(&rule.prefix, &after).await?;
        for found in page.entries {
            let due = rule.expires_at_ms(found.put_at_ms).is_some_and(|at_ms| at_ms <= now_ms);
            if due && rule.may_take(&found.key, found.bytes) {
                store.delete(&found.key).await?;
                removed += 1;
            }
            after = found.key;
        }
        if !page.more {
            return Ok(removed);
        }
    }
}
