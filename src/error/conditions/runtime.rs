//! What goes wrong with values while a query runs.

use crate::error::condition::conditions;

conditions! {
    INTERNAL_ERROR = "INTERNAL_ERROR", "XX000",
        "This is a bug in Firesteel, please report it: <message>";
    UNSUPPORTED_FEATURE = "UNSUPPORTED_FEATURE", "0A000",
        "Firesteel does not support <feature> yet.";
    DIVIDE_BY_ZERO = "DIVIDE_BY_ZERO", "22012",
        "Division by zero. try_divide gives NULL instead, and so does setting <config> to \"false\".";
    ARITHMETIC_OVERFLOW = "ARITHMETIC_OVERFLOW", "22003",
        "<message>.<alternative> Setting <config> to \"false\" turns the check off.";
    CAST_INVALID_INPUT = "CAST_INVALID_INPUT", "22018",
        "The <sourceType> value <expression> is not a valid <targetType>. try_cast gives NULL instead.";
    CAST_OVERFLOW = "CAST_OVERFLOW", "22003",
        "The <sourceType> value <value> does not fit <targetType>. try_cast gives NULL instead.";
    SPILL_OUT_OF_MEMORY = "SPILL_OUT_OF_MEMORY", "82003",
        "The <consumerToSpill> has more rows than memory allows, and they could not be written to disk: <message>";
    OPERATION_CANCELED = "OPERATION_CANCELED", "HY008", "The query was cancelled.";
}
