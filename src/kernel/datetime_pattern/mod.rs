//! Datetime patterns: `yyyy-MM-dd HH:mm:ss.SSS` as `date_format`, `to_timestamp` and the text readers take
//! them ([Spark's description](https://spark.apache.org/docs/latest/sql-ref-datetime-pattern.html)).
//!
//! ```text
//!   compile   "yyyy-MM-dd['T'HH]"  ──►  [Number(year,4) '-' Number(month,2) '-' Number(day,2) [ 'T' Number(hour,2) ]]
//!   format    fields of a local time, written item by item
//!   parse     item by item into fields ──► resolve: missing ones get 1970-01-01 00:00, conflicts are errors
//! ```
//!
//! Semantics are those of Java's `DateTimeFormatter` under Spark's settings: case-insensitive, strict about
//! digits and ranges, US English. Letters Spark refuses are refused with its conditions, telling apart what
//! Spark 2 would have taken. A second fraction is read with any number of digits up to the letters given.
//!
//! Limits: names of zones are abbreviations from the time-zone database (`PDT`), long names exist for the
//! zones of North America and Western Europe only.

mod compile;
mod fields;
mod format;
mod parse;
mod zone_names;

pub use fields::Parsed;

use compile::Item;

/// A compiled pattern. Cheap to clone.
#[derive(Debug, Clone)]
pub struct DatetimePattern {
    items: std::sync::Arc<[Item]>,
}

impl DatetimePattern {
    /// Compiles a pattern for writing. Errors are `INCONSISTENT_BEHAVIOR_CROSS_VERSION.*` where Spark 2 took
    /// the pattern, else `INVALID_DATETIME_PATTERN.*`.
    pub fn for_format(pattern: &str) -> crate::error::Result<DatetimePattern> {
        compile::compile(pattern, false).map(DatetimePattern::new)
    }

    /// Compiles a pattern for reading; fewer letters are allowed than for writing.
    pub fn for_parse(pattern: &str) -> crate::error::Result<DatetimePattern> {
        compile::compile(pattern, true).map(DatetimePattern::new)
    }

    fn new(items: Vec<Item>) -> Self {
        DatetimePattern {
            items: items.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::time_zone::TimeZone;

    fn formatted(pattern: &str, utc_micros: i64, zone: &str) -> String {
        let zone = TimeZone::parse(zone).unwrap();
        let pattern = DatetimePattern::for_format(pattern).unwrap();
        let mut out = String::new();
        pattern.write_timestamp(utc_micros, &zone, &mut out);
        out
    }

    #[test]
    fn writes_fields() {
        // 2016-04-08 10:11:12.034567 in Los Angeles
        let at = 1_460_135_472_034_567;
        let cases = [
            (
                "y yy yyyy M MM MMM MMMM d dd D DDD",
                "2016 16 2016 4 04 Apr April 8 08 99 099",
            ),
            (
                "E EEEE a h hh H HH K k m s",
                "Fri Friday AM 10 10 10 10 10 10 11 12",
            ),
            ("S SSS SSSSSS SSSSSSSSS", "0 034 034567 034567000"),
            ("VV z O OOOO", "America/Los_Angeles PDT GMT-7 GMT-07:00"),
            (
                "X XX XXX XXXXX x Z ZZZZ ZZZZZ",
                "-07 -0700 -07:00 -07:00 -07 -0700 GMT-07:00 -07:00",
            ),
            (
                "Q QQ QQQ QQQQ F G GGGG",
                "2 02 Q2 2nd quarter 1 AD Anno Domini",
            ),
            ("yyyy 'o''clock' ''", "2016 o'clock '"),
        ];
        for (pattern, expected) in cases {
            assert_eq!(
                formatted(pattern, at, "America/Los_Angeles"),
                expected,
                "{pattern}"
            );
        }
        assert_eq!(
            formatted("X XXX Z ZZZZZ O zzzz", 0, "UTC"),
            "Z Z +0000 Z GMT Coordinated Universal Time"
        );
        assert_eq!(formatted("yyyy", 253_402_300_800_000_000, "UTC"), "+10000");
    }

    fn parsed(pattern: &str, text: &str) -> Result<String, String> {
        let utc = TimeZone::utc();
        let micros = DatetimePattern::for_parse(pattern)
            .unwrap()
            .parse(text)
            .and_then(|fields| fields.timestamp(&utc))?;
        let mut out = String::new();
        crate::kernel::datetime_text::write_timestamp(micros, &utc, &mut out);
        Ok(out)
    }

    #[test]
    fn reads_what_it_should() {
        let cases = [
            (
                "yyyy-MM-dd HH:mm:ss.SSSSSS",
                "2020-01-27 20:06:11.847",
                "2020-01-27 20:06:11.847",
            ),
            ("yyyyMMdd", "20200127", "2020-01-27 00:00:00"),
            ("y", "1", "0001-01-01 00:00:00"),
            ("yy", "99", "2099-01-01 00:00:00"),
            ("D", "300", "1970-10-27 00:00:00"),
            ("DD", "100", "1970-04-10 00:00:00"),
            ("yyyy-dd-DDD", "2020-30-365", "2020-12-30 00:00:00"),
            ("dd-DDD", "31-365", "1970-12-31 00:00:00"),
            (
                "MMM d, yyyy h:mm a",
                "jan 2, 2021 12:30 PM",
                "2021-01-02 12:30:00",
            ),
            (
                "yyyy-MM-dd['T'HH:mm][XXX]",
                "2020-01-02T03:04+01:00",
                "2020-01-02 02:04:00",
            ),
            ("yyyy-MM-dd['T'HH:mm]", "2020-01-02", "2020-01-02 00:00:00"),
            (
                "yyyy-MM-dd HH:mm VV",
                "2020-07-02 03:04 Europe/Paris",
                "2020-07-02 01:04:00",
            ),
            (
                "yyyy-MM-dd HH:mm z",
                "2020-07-02 03:04 PDT",
                "2020-07-02 10:04:00",
            ),
            ("HH 'h'", "07 h", "1970-01-01 07:00:00"),
        ];
        for (pattern, text, expected) in cases {
            assert_eq!(parsed(pattern, text).as_deref(), Ok(expected), "{pattern}");
        }
    }

    #[test]
    fn refuses_with_javas_words() {
        let cases = [
            ("yy", "1", "Text '1' could not be parsed at index 0"),
            (
                "yy",
                "123",
                "Text '123' could not be parsed, unparsed text found at index 2",
            ),
            (
                "yyyy-MM-dd",
                "2020-01-27T20",
                "Text '2020-01-27T20' could not be parsed, unparsed text found at index 10",
            ),
            (
                "D",
                "366",
                "Invalid date 'DayOfYear 366' as '1970' is not a leap year",
            ),
            (
                "yyyy-DDD",
                "2019-366",
                "Text '2019-366' could not be parsed: Invalid date 'DayOfYear 366' as '2019' is not a leap year",
            ),
            (
                "dd-DDD",
                "30-365",
                "Conflict found: Field DayOfMonth 30 differs from DayOfMonth 31 derived from 1970-12-31.",
            ),
            (
                "yyyy-MM-dd-DDD",
                "2020-11-31-366",
                "Text '2020-11-31-366' could not be parsed: Invalid date 'NOVEMBER 31'",
            ),
            (
                "MM-dd",
                "02-29",
                "Invalid date 'February 29' as '1970' is not a leap year",
            ),
        ];
        for (pattern, text, expected) in cases {
            assert_eq!(parsed(pattern, text).unwrap_err(), expected, "{pattern}");
        }
    }

    #[test]
    fn refuses_patterns() {
        let cases = [
            (
                "YYYY",
                "INCONSISTENT_BEHAVIOR_CROSS_VERSION.DATETIME_PATTERN_RECOGNITION",
            ),
            (
                "yyyyyyy",
                "INCONSISTENT_BEHAVIOR_CROSS_VERSION.DATETIME_PATTERN_RECOGNITION",
            ),
            (
                "dd EEEEEE",
                "INCONSISTENT_BEHAVIOR_CROSS_VERSION.DATETIME_PATTERN_RECOGNITION",
            ),
            (
                "abc",
                "INCONSISTENT_BEHAVIOR_CROSS_VERSION.DATETIME_WEEK_BASED_PATTERN",
            ),
            ("yyyy-MM-dd n", "INVALID_DATETIME_PATTERN.ILLEGAL_CHARACTER"),
        ];
        for (pattern, expected) in cases {
            let error = DatetimePattern::for_parse(pattern).unwrap_err();
            assert_eq!(error.condition().name, expected, "{pattern}");
        }
    }
}
