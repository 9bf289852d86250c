//! Type checks and argument counts.

use crate::error::condition::conditions;

conditions! {
    DATATYPE_MISMATCH_BINARY_OP_DIFF_TYPES = "DATATYPE_MISMATCH.BINARY_OP_DIFF_TYPES", "42K09",
        "In <sqlExpr> the left side is <left> and the right side <right>; they do not go together.";
    DATATYPE_MISMATCH_BINARY_OP_WRONG_TYPE = "DATATYPE_MISMATCH.BINARY_OP_WRONG_TYPE", "42K09",
        "In <sqlExpr> the operator needs <inputType>, not <actualDataType>.";
    DATATYPE_MISMATCH_UNEXPECTED_INPUT_TYPE = "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE", "42K09",
        "In <sqlExpr> the <paramIndex> argument must be <requiredType>, but <inputSql> is <inputType>.";
    DATATYPE_MISMATCH_DATA_DIFF_TYPES = "DATATYPE_MISMATCH.DATA_DIFF_TYPES", "42K09",
        "In <sqlExpr> all arguments of <functionName> must have one type, but they are <dataType>.";
    DATATYPE_MISMATCH_CAST_WITHOUT_SUGGESTION = "DATATYPE_MISMATCH.CAST_WITHOUT_SUGGESTION", "42K09",
        "In <sqlExpr>, <srcType> cannot be cast to <targetType>.";
    DATATYPE_MISMATCH_CAST_WITH_CONF_SUGGESTION = "DATATYPE_MISMATCH.CAST_WITH_CONF_SUGGESTION", "42K09",
        "In <sqlExpr>, <srcType> cannot be cast to <targetType> in ANSI mode. Setting <config> to <configVal> allows it.";
    WRONG_NUM_ARGS_WITHOUT_SUGGESTION = "WRONG_NUM_ARGS.WITHOUT_SUGGESTION", "42605",
        "<functionName> takes <expectedNum> arguments, not <actualNum>.";
    DATATYPE_MISMATCH_NON_FOLDABLE_INPUT = "DATATYPE_MISMATCH.NON_FOLDABLE_INPUT", "42K09",
        "In <sqlExpr> the argument <inputName> must be a constant <inputType>, not <inputExpr>.";
    DATATYPE_MISMATCH_UNEXPECTED_NULL = "DATATYPE_MISMATCH.UNEXPECTED_NULL", "42K09",
        "In <sqlExpr> the argument <exprName> must not be NULL.";
    DATATYPE_MISMATCH_PARAMETER_CONSTRAINT_VIOLATION = "DATATYPE_MISMATCH.PARAMETER_CONSTRAINT_VIOLATION", "42K09",
        "In <sqlExpr> the <leftExprName> (<leftExprValue>) must be <constraint> the <rightExprName> (<rightExprValue>).";
    WRONG_NUM_ARGS_WITH_SUGGESTION = "WRONG_NUM_ARGS.WITH_SUGGESTION", "42605",
        "<functionName> takes <expectedNum> arguments, not <actualNum>. Setting <legacyConfKey> to <legacyConfValue> allows none.";
    DATATYPE_MISMATCH_VALUE_OUT_OF_RANGE = "DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE", "42K09",
        "In <sqlExpr> <exprName> must lie in <valueRange>; it is <currentValue>.";
    DATATYPE_MISMATCH_INVALID_ORDERING_TYPE = "DATATYPE_MISMATCH.INVALID_ORDERING_TYPE", "42K09",
        "In <sqlExpr> <functionName> cannot order values of type <dataType>.";
    DATATYPE_MISMATCH_INVALID_ARG_VALUE = "DATATYPE_MISMATCH.INVALID_ARG_VALUE", "42K09",
        "In <sqlExpr> <inputName> must be a <requireType> literal of <validValues>, not <inputValue>.";
}
