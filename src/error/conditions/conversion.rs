//! Numbers, dates and intervals that do not fit or cannot be read.

use crate::error::condition::conditions;

conditions! {
    NUMERIC_VALUE_OUT_OF_RANGE_WITHOUT_SUGGESTION = "NUMERIC_VALUE_OUT_OF_RANGE.WITHOUT_SUGGESTION", "22003",
        "<roundedValue>, rounded from <originalValue>, does not fit DECIMAL(<precision>, <scale>).";
    NUMERIC_OUT_OF_SUPPORTED_RANGE = "NUMERIC_OUT_OF_SUPPORTED_RANGE", "22003",
        "<value> has more than 38 digits.";
    BINARY_ARITHMETIC_OVERFLOW = "BINARY_ARITHMETIC_OVERFLOW", "22003",
        "<value1> <symbol> <value2> overflows. <functionName> gives NULL instead.";
    REMAINDER_BY_ZERO = "REMAINDER_BY_ZERO", "22012",
        "Remainder of a division by zero. try_mod gives NULL instead, and so does setting <config> to \"false\".";
    INTERVAL_DIVIDED_BY_ZERO = "INTERVAL_DIVIDED_BY_ZERO", "22012",
        "An interval is divided by zero. try_divide gives NULL instead.";
    INTERVAL_ARITHMETIC_OVERFLOW_WITHOUT_SUGGESTION = "INTERVAL_ARITHMETIC_OVERFLOW.WITHOUT_SUGGESTION", "22015",
        "The interval overflows.";
    DATETIME_OVERFLOW = "DATETIME_OVERFLOW", "22008", "The date or time overflows: <operation>.";
    INVALID_TIMEZONE = "INVALID_TIMEZONE", "22009",
        "<timeZone> is no time zone. Give a region such as America/Los_Angeles, or an offset such as +01:00.";
    INVALID_INTERVAL_FORMAT_ARITHMETIC_EXCEPTION = "INVALID_INTERVAL_FORMAT.ARITHMETIC_EXCEPTION", "22006",
        "'<input>' is no interval: a number in it is too large.";
    INVALID_INTERVAL_FORMAT_DAY_TIME_PARSING = "INVALID_INTERVAL_FORMAT.DAY_TIME_PARSING", "22006",
        "'<input>' is no day-time interval: <msg>.";
    INVALID_INTERVAL_FORMAT_INPUT_IS_EMPTY = "INVALID_INTERVAL_FORMAT.INPUT_IS_EMPTY", "22006",
        "'<input>' is no interval: it is empty.";
    INVALID_INTERVAL_FORMAT_INTERVAL_PARSING = "INVALID_INTERVAL_FORMAT.INTERVAL_PARSING", "22006",
        "'<input>' is no <interval> interval.";
    INVALID_INTERVAL_FORMAT_INVALID_FRACTION = "INVALID_INTERVAL_FORMAT.INVALID_FRACTION", "22006",
        "'<input>' is no interval: <unit> takes no fraction.";
    INVALID_INTERVAL_FORMAT_INVALID_PRECISION = "INVALID_INTERVAL_FORMAT.INVALID_PRECISION", "22006",
        "'<input>' is no interval: <value> is finer than a nanosecond.";
    INVALID_INTERVAL_FORMAT_INVALID_PREFIX = "INVALID_INTERVAL_FORMAT.INVALID_PREFIX", "22006",
        "'<input>' is no interval: <prefix> is not the word INTERVAL.";
    INVALID_INTERVAL_FORMAT_INVALID_UNIT = "INVALID_INTERVAL_FORMAT.INVALID_UNIT", "22006",
        "'<input>' is no interval: <unit> is no unit.";
    INVALID_INTERVAL_FORMAT_INVALID_VALUE = "INVALID_INTERVAL_FORMAT.INVALID_VALUE", "22006",
        "'<input>' is no interval: <value> is no number.";
    INVALID_INTERVAL_FORMAT_MISSING_NUMBER = "INVALID_INTERVAL_FORMAT.MISSING_NUMBER", "22006",
        "'<input>' is no interval: a number is missing after <word>.";
    INVALID_INTERVAL_FORMAT_MISSING_UNIT = "INVALID_INTERVAL_FORMAT.MISSING_UNIT", "22006",
        "'<input>' is no interval: a unit is missing after <word>.";
    INVALID_INTERVAL_FORMAT_SECOND_NANO_FORMAT = "INVALID_INTERVAL_FORMAT.SECOND_NANO_FORMAT", "22006",
        "'<input>' is no interval: seconds look like ss.nnnnnnnnn.";
    INVALID_INTERVAL_FORMAT_UNMATCHED_FORMAT_STRING = "INVALID_INTERVAL_FORMAT.UNMATCHED_FORMAT_STRING", "22006",
        "'<input>' is no <typeName>: a <intervalStr> interval looks like <supportedFormat>.";
    INVALID_INTERVAL_FORMAT_UNMATCHED_FORMAT_STRING_WITH_NOTICE = "INVALID_INTERVAL_FORMAT.UNMATCHED_FORMAT_STRING_WITH_NOTICE", "22006",
        "'<input>' is no <typeName>: a <intervalStr> interval looks like <supportedFormat>.";
    INVALID_INTERVAL_FORMAT_UNRECOGNIZED_NUMBER = "INVALID_INTERVAL_FORMAT.UNRECOGNIZED_NUMBER", "22006",
        "'<input>' is no interval: <number> is no number.";
    DATATYPE_MISMATCH_CAST_WITH_FUNC_SUGGESTION = "DATATYPE_MISMATCH.CAST_WITH_FUNC_SUGGESTION", "42K09",
        "In <sqlExpr>, <srcType> cannot be cast to <targetType>. Use <functionNames> instead.";
    INVALID_INTERVAL_WITH_MICROSECONDS_ADDITION = "INVALID_INTERVAL_WITH_MICROSECONDS_ADDITION", "22006",
        "An interval with hours, minutes or seconds cannot be added to a date. Cast the date to TIMESTAMP.";
    INVALID_PARAMETER_VALUE_BIT_POSITION_RANGE = "INVALID_PARAMETER_VALUE.BIT_POSITION_RANGE", "22023",
        "<parameter> of <functionName> must be at least 0 and below <upper>; it is <invalidValue>.";
    SEED_EXPRESSION_IS_UNFOLDABLE = "SEED_EXPRESSION_IS_UNFOLDABLE", "42K08",
        "The seed <seedExpr> of <exprWithSeed> must be constant.";
}
