//! What aggregate, window and generator functions find.

use crate::error::condition::conditions;

conditions! {
    NUMERIC_VALUE_OUT_OF_RANGE_WITH_SUGGESTION = "NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION", "22003",
        "<value> does not fit DECIMAL(<precision>, <scale>). Setting <config> to \"false\" gives NULL instead.";
    INTERVAL_ARITHMETIC_OVERFLOW_WITH_SUGGESTION = "INTERVAL_ARITHMETIC_OVERFLOW.WITH_SUGGESTION", "22015",
        "The interval is too long. <functionName> gives NULL instead.";
    DATATYPE_MISMATCH_STACK_COLUMN_DIFF_TYPES = "DATATYPE_MISMATCH.STACK_COLUMN_DIFF_TYPES", "42K09",
        "In <sqlExpr> column <columnIndex> is <leftType> by argument <leftParamIndex> but <rightType> by argument <rightParamIndex>.";
    DATATYPE_MISMATCH_NON_STRING_TYPE = "DATATYPE_MISMATCH.NON_STRING_TYPE", "42K09",
        "In <sqlExpr> all arguments of <funcName> must be strings.";
    DATATYPE_MISMATCH_UNSUPPORTED_INPUT_TYPE = "DATATYPE_MISMATCH.UNSUPPORTED_INPUT_TYPE", "42K09",
        "In <sqlExpr> <functionName> does not take values of type <dataType>.";
    NON_FOLDABLE_ARGUMENT = "NON_FOLDABLE_ARGUMENT", "42K08",
        "The argument <paramName> of <funcName> must be a constant <paramType>.";
    UNEXPECTED_INPUT_TYPE = "UNEXPECTED_INPUT_TYPE", "42K09",
        "The <paramIndex> argument of <functionName> must be <requiredType>, but <inputSql> is <inputType>.";
    NEGATIVE_VALUES_IN_FREQUENCY_EXPRESSION = "NEGATIVE_VALUES_IN_FREQUENCY_EXPRESSION", "22003",
        "A frequency must not be negative, but <frequencyExpression> is <negativeValue>.";
    INVALID_BITMAP_POSITION = "INVALID_BITMAP_POSITION", "22003",
        "There is no bit <bitPosition> in a bitmap of <bitmapNumBits> bits (<bitmapNumBytes> bytes).";
    LEGACY_1035 = "_LEGACY_ERROR_TEMP_1035", "XXKD0",
        "The window frame of <prettyName> is its offset, which must not be NULL; none can be written.";
    LEGACY_1104 = "_LEGACY_ERROR_TEMP_1104", "XXKD0",
        "The relative standard deviation must be a constant DECIMAL or DOUBLE.";
    LEGACY_1210 = "_LEGACY_ERROR_TEMP_1210", "XXKD0",
        "The second argument of <funcName> must be true or false.";
}
