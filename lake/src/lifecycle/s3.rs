//! Lifecycle rules on S3.

use async_trait::async_trait;
use aws_sdk_s3::error::{BuildError, ProvideErrorMetadata};
use aws_sdk_s3::primitives::DateTime;
use aws_sdk_s3::types::{
    BucketLifecycleConfiguration, ExpirationStatus, LifecycleExpiration, LifecycleRule,
    LifecycleRuleAndOperator, LifecycleRuleFilter, Tag,
};

use super::{Configuration, Expires, Lifecycle, Rule, Stored};
use crate::s3::{failed, unavailable};
use crate::{Day, S3Store, StoreError};

#[async_trait]
impl Lifecycle for S3Store {
    async fn read(&self) -> Result<Configuration, StoreError> {
        let got = self.client.get_bucket_lifecycle_configuration().bucket(&self.bucket).send().await;
        match got {
            Ok(got) => Ok(Configuration {
                rules: got.rules.unwrap_or_default().into_iter().map(from_s3).collect(),
                smallest_moved: got.transition_default_minimum_object_size,
            }),
            // Nobody put any. A bucket that does not exist is a 404 too, of another code, and no empty configuration.
            Err(error) if error.code() == Some("NoSuchLifecycleConfiguration") => {
                Ok(Configuration::default())
            }
            Err(error) => Err(failed("read the lifecycle rules of", &self.bucket, error)),
        }
    }

    async fn replace(&self, configuration: &Configuration) -> Result<(), StoreError> {
        const OPERATION: &str = "put the lifecycle rules of";
        // S3 takes no empty configuration.
        if configuration.rules.is_empty() {
            let deleted = self.client.delete_bucket_lifecycle().bucket(&self.bucket).send().await;
            return deleted.map(drop).map_err(|error| failed(OPERATION, &self.bucket, error));
        }
        let rules: Result<Vec<_>, BuildError> = configuration.rules.iter().map(to_s3).collect();
        let rules = rules
            .and_then(|rules| BucketLifecycleConfiguration::builder().set_rules(Some(rules)).build())
            .map_err(|error| unavailable(OPERATION, &self.bucket, error))?;
        self.client
            .put_bucket_lifecycle_configuration()
            .bucket(&self.bucket)
            .set_transition_default_minimum_object_size(configuration.smallest_moved.clone())
            .lifecycle_configuration(rules)
            .send()
            .await
            .map(drop)
            .map_err(|error| failed(OPERATION, &self.bucket, error))
    }
}

/// What S3 says of a rule; whatever else there is to it stays with it.
fn from_s3(stored: LifecycleRule) -> Rule {
    let tag = |tag: &Tag| (tag.key().to_owned(), tag.value().to_owned());
    let bytes = |bytes: i64| u64::try_from(bytes).unwrap_or_default();
    let mut rule = Rule {
        id: stored.id().unwrap_or_default().to_owned(),
        // A status that is not known may be one in which it acts.
        enabled: *stored.status() != ExpirationStatus::Disabled,
        moves: !stored.transitions().is_empty(),
        ..Rule::default()
    };
    #[allow(deprecated, reason = "rules from before filters have their prefix here")]
    let before_filters = stored.prefix();
    rule.prefix = before_filters.unwrap_or_default().to_owned();
    if let Some(filter) = stored.filter() {
        let and = filter.and();
        let prefix = filter.prefix().or(and.and_then(|and| and.prefix()));
        rule.prefix = prefix.unwrap_or_default().to_owned();
        let tags = filter.tag().into_iter().chain(and.into_iter().flat_map(|and| and.tags()));
        rule.tags = tags.map(tag).collect();
        let larger = filter.object_size_greater_than().or(and.and_then(|and| and.object_size_greater_than()));
        let smaller = filter.object_size_less_than().or(and.and_then(|and| and.object_size_less_than()));
        // Servers say 0 where nobody said anything.
        rule.larger_than_bytes = larger.map(bytes).filter(|least| *least > 0);
        rule.smaller_than_bytes = smaller.map(bytes);
    }
    rule.expires = stored.expiration().and_then(|expiration| {
        let days = expiration.days().map(|days| Expires::AfterDays(days.try_into().unwrap_or_default()));
        let on = expiration.date().and_then(|date| date.to_millis().ok());
        days.or(on.map(|ms| Expires::On(Day::of_ms(ms))))
    });
    rule.stored = Stored(Some(Box::new(stored)));
    rule
}

fn to_s3(rule: &Rule) -> Result<LifecycleRule, BuildError> {
    if let Stored(Some(stored)) = &rule.stored {
        return Ok(stored.as_ref().clone());
    }
    let expiration = rule.expires.map(|expires| match expires {
        Expires::AfterDays(days) => {
            LifecycleExpiration::builder().days(days.try_into().unwrap_or(i32::MAX)).build()
        }
        Expires::On(day) => {
            LifecycleExpiration::builder().date(DateTime::from_millis(day.start_ms())).build()
        }
    });
    let bytes = |bytes: u64| bytes.try_into().unwrap_or(i64::MAX);
    let mut tags = Vec::new();
    for (key, value) in &rule.tags {
        tags.push(Tag::builder().key(key).value(value).build()?);
    }
    let filter = LifecycleRuleFilter::builder();
    let by_prefix_alone =
        tags.is_empty() && rule.larger_than_bytes.is_none() && rule.smaller_than_bytes.is_none();
    let filter = if by_prefix_alone {
        filter.prefix(&rule.prefix)
    } else {
        let and = LifecycleRuleAndOperator::builder()
            .prefix(&rule.prefix)
            .set_tags(Some(tags))
            .set_object_size_greater_than(rule.larger_than_bytes.map(bytes))
            .set_object_size_less_than(rule.smaller_than_bytes.map(bytes));
        filter.and(and.build())
    };
    let status = if rule.enabled { ExpirationStatus::Enabled } else { ExpirationStatus::Disabled };
    LifecycleRule::builder()
        .id(&rule.id)
        .status(status)
        .filter(filter.build())
        .set_expiration(expiration)
        .build()
}
