//! Dates and times: patterns, fields and units.

use crate::error::condition::conditions;

conditions! {
    CANNOT_PARSE_TIMESTAMP = "CANNOT_PARSE_TIMESTAMP", "22007", "<message>. <func> gives NULL instead.";
    INCONSISTENT_BEHAVIOR_CROSS_VERSION_DATETIME_PATTERN_RECOGNITION = "INCONSISTENT_BEHAVIOR_CROSS_VERSION.DATETIME_PATTERN_RECOGNITION", "42K0B",
        "The pattern <pattern> is not supported since Spark 3.0; see <docroot>/sql-ref-datetime-pattern.html.";
    INCONSISTENT_BEHAVIOR_CROSS_VERSION_DATETIME_WEEK_BASED_PATTERN = "INCONSISTENT_BEHAVIOR_CROSS_VERSION.DATETIME_WEEK_BASED_PATTERN", "42K0B",
        "Week-based patterns are not supported since Spark 3.0, and <c> is one; use EXTRACT instead.";
    INVALID_DATETIME_PATTERN_ILLEGAL_CHARACTER = "INVALID_DATETIME_PATTERN.ILLEGAL_CHARACTER", "22007",
        "The datetime pattern <pattern> must not have <c> in it.";
    INVALID_DATETIME_PATTERN_WITH_SUGGESTION = "INVALID_DATETIME_PATTERN.WITH_SUGGESTION", "22007",
        "The datetime pattern <pattern> means nothing; see <docroot>/sql-ref-datetime-pattern.html.";
    INVALID_DATETIME_PATTERN_LENGTH = "INVALID_DATETIME_PATTERN.LENGTH", "22007",
        "The datetime pattern <pattern> has too many letters in a row.";
    ILLEGAL_DAY_OF_WEEK = "ILLEGAL_DAY_OF_WEEK", "22009", "<string> is no day of the week.";
    DATETIME_FIELD_OUT_OF_BOUNDS_WITHOUT_SUGGESTION = "DATETIME_FIELD_OUT_OF_BOUNDS.WITHOUT_SUGGESTION", "22023",
        "<rangeMessage>.";
    INVALID_FRACTION_OF_SECOND = "INVALID_FRACTION_OF_SECOND", "22023",
        "Seconds lie between 0 and 60 (inclusive), but they are <secAndMicros>. try_make_timestamp gives NULL instead.";
}
