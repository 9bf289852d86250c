//! What aggregate, window and generator functions find.

use crate::error::condition::conditions;

conditions! {
    NUMERIC_VALUE_OUT_OF_RANGE_WITH_SUGGESTION = "NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION", "22003",
        "<value> does not fit DECIMAL(<precision>, <scale>). Setting <config> to \"false\" gives NULL instead.";
    INTERVAL_ARITHMETIC_OVERFLOW_WITH_SUGGESTION = "INTERVAL_ARITHMETIC_OVERFLOW.WITH_SUGGESTION", "22015",
        "The interval is too long. <functionName> gives NULL instead.";
    LEGACY_1210 = "_LEGACY_ERROR_TEMP_1210", "XXKD0",
        "The second argument of <funcName> must be true or false.";
}
