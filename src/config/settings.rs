//! The settings Firesteel knows: key, default, meaning.

use crate::error::conditions::{
    INVALID_CONF_VALUE_OUT_OF_RANGE_OF_OPTIONS, INVALID_CONF_VALUE_TYPE_MISMATCH,
};
use crate::error::{Error, Result, quote};

/// How the text of a setting is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `true` or `false`.
    Flag,
    /// An integer, perhaps with a size suffix (`10MB`, `64k`).
    Number,
    /// Any text.
    Text,
    /// One of some words, in any case.
    OneOf(&'static [&'static str]),
    /// A time zone.
    TimeZone,
}

/// A setting with a default.
#[derive(Debug)]
pub struct Setting {
    /// Spark's key.
    pub key: &'static str,
    /// Spark's default.
    pub default: &'static str,
    /// How it is read.
    pub kind: Kind,
    /// What it does.
    pub doc: &'static str,
}

/// Every setting that Firesteel reads.
#[rustfmt::skip]
pub static SETTINGS: &[Setting] = &[
    Setting { key: "spark.sql.ansi.enabled", default: "true", kind: Kind::Flag, doc: "Overflow, invalid casts and bad indexes are errors; false gives NULL or wraps." },
    Setting { key: "spark.sql.session.timeZone", default: "UTC", kind: Kind::TimeZone, doc: "Zone in which TIMESTAMP is read and shown. The session sets it to the system's zone." },
    Setting { key: "spark.sql.caseSensitive", default: "false", kind: Kind::Flag, doc: "Whether column and table names differ by case." },
    Setting { key: "spark.sql.decimalOperations.allowPrecisionLoss", default: "true", kind: Kind::Flag, doc: "Whether a decimal result that needs more than 38 digits gives up scale." },
    Setting { key: "spark.sql.autoBroadcastJoinThreshold", default: "10485760b", kind: Kind::Number, doc: "Largest estimated size in bytes of a join side that is broadcast; -1 turns it off." },
    Setting { key: "spark.sql.shuffle.partitions", default: "200", kind: Kind::Number, doc: "Partitions after a shuffle; by bytes unless set." },
    Setting { key: "spark.sql.optimizer.excludedRules", default: "", kind: Kind::Text, doc: "Comma-separated names of optimizer rules to leave out; * for all that may be." },
    Setting { key: "spark.sql.files.maxPartitionBytes", default: "128MB", kind: Kind::Number, doc: "Largest byte range of a file that one task reads." },
    Setting { key: "spark.sql.sources.default", default: "parquet", kind: Kind::Text, doc: "Format of load and save when none is given." },
    Setting { key: "spark.sql.sources.partitionOverwriteMode", default: "STATIC", kind: Kind::Text, doc: "Whether overwriting a partitioned folder replaces all of it or only the partitions written." },
    Setting { key: "spark.sql.sources.partitionColumnTypeInference.enabled", default: "true", kind: Kind::Flag, doc: "Whether Hive-style partition values get types other than STRING." },
    Setting { key: "spark.sql.parquet.compression.codec", default: "snappy", kind: Kind::Text, doc: "Compression of written Parquet files." },
    Setting { key: "spark.sql.parquet.outputTimestampType", default: "INT96", kind: Kind::OneOf(&["INT96", "TIMESTAMP_MICROS", "TIMESTAMP_MILLIS"]), doc: "How TIMESTAMP is stored in Parquet files: INT96, TIMESTAMP_MICROS or TIMESTAMP_MILLIS." },
    Setting { key: "spark.sql.parquet.mergeSchema", default: "false", kind: Kind::Flag, doc: "Whether the schemas of all files of a Parquet folder are merged." },
    Setting { key: "spark.sql.optimizer.nestedSchemaPruning.enabled", default: "true", kind: Kind::Flag, doc: "Whether only those fields of structs are read that a query uses." },
    Setting { key: "spark.sql.parquet.filterPushdown", default: "true", kind: Kind::Flag, doc: "Whether filters prune row groups, pages and rows of Parquet files." },
    Setting { key: "spark.sql.timestampType", default: "TIMESTAMP_LTZ", kind: Kind::Text, doc: "What a bare TIMESTAMP means: TIMESTAMP_LTZ or TIMESTAMP_NTZ." },
    Setting { key: "spark.sql.groupByOrdinal", default: "true", kind: Kind::Flag, doc: "Whether a number in GROUP BY is a position of the select list." },
    Setting { key: "spark.sql.orderByOrdinal", default: "true", kind: Kind::Flag, doc: "Whether a number in ORDER BY is a position of the select list." },
    Setting { key: "spark.sql.groupByAliases", default: "true", kind: Kind::Flag, doc: "Whether GROUP BY may use aliases of the select list." },
    Setting { key: "spark.sql.crossJoin.enabled", default: "true", kind: Kind::Flag, doc: "Whether a join without condition is allowed without CROSS." },
    Setting { key: "spark.sql.legacy.interval.enabled", default: "false", kind: Kind::Flag, doc: "Whether interval literals of one unit are calendar intervals." },
    Setting { key: "spark.sql.legacy.timeParserPolicy", default: "CORRECTED", kind: Kind::Text, doc: "EXCEPTION, CORRECTED or LEGACY handling of datetime text." },
    Setting { key: "spark.sql.legacy.sizeOfNull", default: "true", kind: Kind::Flag, doc: "Whether size(NULL) is -1 with ANSI mode off." },
    Setting { key: "spark.sql.variable.substitute", default: "true", kind: Kind::Flag, doc: "Whether ${name} in SQL text is replaced by the setting of that name." },
    Setting { key: "spark.sql.ansi.doubleQuotedIdentifiers", default: "false", kind: Kind::Flag, doc: "Whether \"x\" is an identifier instead of a string." },
    Setting { key: "spark.sql.ansi.enforceReservedKeywords", default: "false", kind: Kind::Flag, doc: "Whether reserved words of ANSI SQL may not name things." },
    Setting { key: "spark.sql.binaryOutputStyle", default: "", kind: Kind::Text, doc: "How BINARY is printed: UTF-8, BASIC, BASE64, HEX, HEX_DISCRETE." },
    Setting { key: "spark.sql.repl.eagerEval.maxNumRows", default: "20", kind: Kind::Number, doc: "Rows that show() prints." },
    Setting { key: "spark.sql.csv.filterPushdown.enabled", default: "true", kind: Kind::Flag, doc: "Whether filters are applied while CSV is parsed." },
    Setting { key: "spark.sql.maxConcurrentOutputFileWriters", default: "0", kind: Kind::Number, doc: "Open files of a partitioned write per task; 0: sort instead." },
    Setting { key: "spark.sql.sources.commitProtocolClass", default: "", kind: Kind::Text, doc: "Kept for compatibility; Firesteel always commits by rename." },
    Setting { key: "spark.sql.mapKeyDedupPolicy", default: "EXCEPTION", kind: Kind::Text, doc: "EXCEPTION or LAST_WIN for duplicate map keys." },
    Setting { key: "spark.sql.adaptive.enabled", default: "true", kind: Kind::Flag, doc: "Whether join strategy and partition counts are re-decided from true sizes." },
    Setting { key: "spark.sql.join.preferSortMergeJoin", default: "true", kind: Kind::Flag, doc: "Kept for compatibility; shuffled joins hash." },
    Setting { key: "spark.sql.cteRecursionLevelLimit", default: "100", kind: Kind::Number, doc: "Most rounds of a recursive CTE." },
    Setting { key: "spark.sql.cteRecursionRowLimit", default: "1000000", kind: Kind::Number, doc: "Most rows of a recursive CTE." },
    Setting { key: "spark.sql.pivotMaxValues", default: "10000", kind: Kind::Number, doc: "Most distinct values of a pivot without a value list." },
    Setting { key: "spark.sql.columnNameOfCorruptRecord", default: "_corrupt_record", kind: Kind::Text, doc: "Name of the column that keeps malformed records." },
    Setting { key: "spark.sql.warehouse.dir", default: "spark-warehouse", kind: Kind::Text, doc: "Folder of the default database's tables." },
    Setting { key: "spark.firesteel.memory.limit", default: "", kind: Kind::Number, doc: "Bytes that operators may hold before they spill; empty: three quarters of the machine's memory." },
    Setting { key: "spark.firesteel.join.sharedTableBytes", default: "", kind: Kind::Number, doc: "Bytes of a join's build side with its index up to which all threads share one table, unless a hint says otherwise; above, both sides are split by key. Empty: as measured for the kind of key." },
    Setting { key: "spark.local.dir", default: "", kind: Kind::Text, doc: "Folder of spilled data; empty: the system's temporary folder." },
];

impl Setting {
    /// The setting of that key.
    pub fn find(key: &str) -> Option<&'static Setting> {
        SETTINGS.iter().find(|setting| setting.key == key)
    }

    /// Checks a value; `INVALID_CONF_VALUE.*` where it cannot be read.
    pub fn check(&self, value: &str) -> Result<()> {
        let valid = match self.kind {
            Kind::Flag => ["true", "false"].contains(&value.trim().to_lowercase().as_str()),
            Kind::Number => value.trim().is_empty() || parse_size(value).is_some(),
            Kind::OneOf(words) => {
                let known = |word: &&str| value.eq_ignore_ascii_case(word);
                if !words.iter().any(known) {
                    return Err(Error::new(
                        &INVALID_CONF_VALUE_OUT_OF_RANGE_OF_OPTIONS,
                        [
                            ("confName", quote::config(self.key)),
                            ("confValue", format!("'{value}'")),
                            ("confOptions", words.join(", ")),
                        ],
                    ));
                }
                true
            }
            Kind::Text | Kind::TimeZone => true,
        };
        if valid {
            return Ok(());
        }
        let kind = if self.kind == Kind::Flag {
            "boolean"
        } else {
            "int"
        };
        Err(Error::new(
            &INVALID_CONF_VALUE_TYPE_MISMATCH,
            [
                ("confName", quote::config(self.key)),
                ("confValue", format!("'{value}'")),
                ("confType", kind.to_string()),
            ],
        ))
    }
}

/// A number with an optional size suffix in powers of 1024: `64`, `10mb`, `1g`.
pub(super) fn parse_size(text: &str) -> Option<i64> {
    let text = text.trim().to_lowercase();
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let factor: i64 = match &text[digits.len()..] {
        "" | "b" => 1,
        "k" | "kb" => 1 << 10,
        "m" | "mb" => 1 << 20,
        "g" | "gb" => 1 << 30,
        "t" | "tb" => 1 << 40,
        _ => return None,
    };
    digits.trim().parse::<i64>().ok()?.checked_mul(factor)
}
