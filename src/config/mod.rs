//! Session settings: Spark's `spark.sql.*` keys with types and defaults.
//!
//! A session owns a [`Config`]; a query takes a snapshot of it (`Arc`) when it is analyzed, so that a `SET`
//! never changes a query that is already running. Unknown keys are kept and returned, as Spark does.

mod settings;

pub use settings::{SETTINGS, Setting};

use std::collections::BTreeMap;

/// The settings of a session.
#[derive(Debug, Clone, Default)]
pub struct Config {
    values: BTreeMap<String, String>,
}

impl Config {
    /// The value of a key: as set, else Spark's default, else None.
    pub fn get(&self, key: &str) -> Option<&str> {
        match self.values.get(key) {
            Some(value) => Some(value),
            None => Setting::find(key).map(|setting| setting.default),
        }
    }

    /// Sets a key. The caller has checked the value with [`Setting::check`].
    pub fn set(&mut self, key: impl Into<String>, value: impl Into<String>) {
        self.values.insert(key.into(), value.into());
    }

    /// Removes a key, back to its default.
    pub fn unset(&mut self, key: &str) {
        self.values.remove(key);
    }

    /// The keys that were set, with their values.
    pub fn explicit(&self) -> impl Iterator<Item = (&str, &str)> {
        self.values
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// A boolean setting; unparsable text counts as the default `false`.
    pub fn flag(&self, key: &str) -> bool {
        self.get(key)
            .is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }

    /// A numeric setting.
    pub fn number(&self, key: &str) -> Option<i64> {
        self.get(key).and_then(settings::parse_size)
    }

    /// `spark.sql.ansi.enabled`: overflow, bad casts and bad indexes are errors instead of NULL.
    pub fn ansi(&self) -> bool {
        self.flag("spark.sql.ansi.enabled")
    }

    /// `spark.sql.session.timeZone`, as text.
    pub fn time_zone(&self) -> &str {
        self.get("spark.sql.session.timeZone").unwrap_or("UTC")
    }

    /// `spark.sql.caseSensitive`: whether names differ by case.
    pub fn case_sensitive(&self) -> bool {
        self.flag("spark.sql.caseSensitive")
    }

    /// `spark.sql.decimalOperations.allowPrecisionLoss`.
    pub fn allow_precision_loss(&self) -> bool {
        self.flag("spark.sql.decimalOperations.allowPrecisionLoss")
    }

    /// `spark.sql.autoBroadcastJoinThreshold` in bytes; negative turns broadcasting off.
    pub fn broadcast_threshold(&self) -> i64 {
        self.number("spark.sql.autoBroadcastJoinThreshold")
            .unwrap_or(10 << 20)
    }

    /// `spark.sql.shuffle.partitions`, if the user set it.
    pub fn shuffle_partitions(&self) -> Option<usize> {
        let value = self.values.get("spark.sql.shuffle.partitions")?;
        value
            .trim()
            .parse()
            .ok()
            .filter(|partitions| *partitions > 0)
    }
}
