//! Names and scopes: what the analyzer finds when it looks something up.

use crate::error::condition::conditions;

conditions! {
    UNRESOLVED_COLUMN_WITH_SUGGESTION = "UNRESOLVED_COLUMN.WITH_SUGGESTION", "42703",
        "There is no column, variable or parameter <objectName> here. Near names: [<proposal>].";
    UNRESOLVED_COLUMN_WITHOUT_SUGGESTION = "UNRESOLVED_COLUMN.WITHOUT_SUGGESTION", "42703",
        "There is no column, variable or parameter <objectName> here.";
    UNRESOLVED_FIELD_WITH_SUGGESTION = "UNRESOLVED_FIELD.WITH_SUGGESTION", "42703",
        "The struct <columnPath> has no field <fieldName>. Near names: [<proposal>].";
    FIELD_NOT_FOUND = "FIELD_NOT_FOUND", "42704", "There is no field <fieldName> among <fields>.";
    AMBIGUOUS_REFERENCE = "AMBIGUOUS_REFERENCE", "42704",
        "<name> could be any of <referenceNames>; qualify it.";
    AMBIGUOUS_REFERENCE_TO_FIELDS = "AMBIGUOUS_REFERENCE_TO_FIELDS", "42000",
        "The struct has <count> fields of the name <field>.";
    AMBIGUOUS_LATERAL_COLUMN_ALIAS = "AMBIGUOUS_LATERAL_COLUMN_ALIAS", "42702",
        "<name> could be any of <n> aliases before it in the select list.";
    AMBIGUOUS_COLUMN_REFERENCE = "AMBIGUOUS_COLUMN_REFERENCE", "42702",
        "<name> could be a column of several joined DataFrames that are the same. Give them aliases.";
    CANNOT_RESOLVE_DATAFRAME_COLUMN = "CANNOT_RESOLVE_DATAFRAME_COLUMN", "42704",
        "The DataFrame whose column <name> is asked for is not an input here.";
    CANNOT_RESOLVE_STAR_EXPAND = "CANNOT_RESOLVE_STAR_EXPAND", "42704",
        "There is nothing called <targetString> to expand here; the columns are <columns>.";
    INVALID_USAGE_OF_STAR_OR_REGEX = "INVALID_USAGE_OF_STAR_OR_REGEX", "42000",
        "<elem> cannot stand in <prettyName>.";
    INVALID_USAGE_OF_STAR_WITH_TABLE_IDENTIFIER_IN_COUNT =
        "INVALID_USAGE_OF_STAR_WITH_TABLE_IDENTIFIER_IN_COUNT", "42000",
        "count(<tableName>.*) is not allowed; name the columns, or say count(*).";
    TABLE_OR_VIEW_NOT_FOUND = "TABLE_OR_VIEW_NOT_FOUND", "42P01",
        "There is no table or view <relationName>. Check the spelling, or register it first.";
    UNRESOLVED_ROUTINE = "UNRESOLVED_ROUTINE", "42883",
        "There is no function <routineName> (searched <searchPath>).";
    UNRESOLVED_TABLE_VALUED_FUNCTION = "UNRESOLVABLE_TABLE_VALUED_FUNCTION", "42883",
        "There is no table function <name>.";
    UNRESOLVED_VARIABLE = "UNRESOLVED_VARIABLE", "42883",
        "There is no variable <variableName> (searched <searchPath>).";
    UNBOUND_SQL_PARAMETER = "UNBOUND_SQL_PARAMETER", "42P02",
        "The parameter <name> was given no value.";
    IDENTIFIER_TOO_MANY_NAME_PARTS = "IDENTIFIER_TOO_MANY_NAME_PARTS", "42601",
        "<identifier> has more than <limit> parts.";
    NOT_A_CONSTANT_STRING_NOT_CONSTANT = "NOT_A_CONSTANT_STRING.NOT_CONSTANT", "42601",
        "<name> takes a constant string; <expr> is not constant.";
    NOT_A_CONSTANT_STRING_NULL = "NOT_A_CONSTANT_STRING.NULL", "42601",
        "<name> takes a constant string; <expr> is NULL.";
    NOT_A_CONSTANT_STRING_WRONG_TYPE = "NOT_A_CONSTANT_STRING.WRONG_TYPE", "42601",
        "<name> takes a constant string; <expr> is a <dataType>.";
    NAMED_PARAMETERS_NOT_SUPPORTED = "NAMED_PARAMETERS_NOT_SUPPORTED", "4274K",
        "<functionName> takes no named arguments.";
    DUPLICATE_ROUTINE_PARAMETER_ASSIGNMENT_BOTH_POSITIONAL_AND_NAMED =
        "DUPLICATE_ROUTINE_PARAMETER_ASSIGNMENT.BOTH_POSITIONAL_AND_NAMED", "4274K",
        "The call of <routineName> gives <parameterName> by position and by name.";
    DUPLICATE_ROUTINE_PARAMETER_ASSIGNMENT_DOUBLE_NAMED_ARGUMENT_REFERENCE =
        "DUPLICATE_ROUTINE_PARAMETER_ASSIGNMENT.DOUBLE_NAMED_ARGUMENT_REFERENCE", "4274K",
        "The call of <routineName> gives <parameterName> twice.";
    UNRECOGNIZED_PARAMETER_NAME = "UNRECOGNIZED_PARAMETER_NAME", "4274K",
        "<routineName> has no parameter <argumentName>. Near names: [<proposal>].";
    UNEXPECTED_POSITIONAL_ARGUMENT = "UNEXPECTED_POSITIONAL_ARGUMENT", "4274K",
        "In the call of <routineName> a positional argument follows the named one for <parameterName>.";
    REQUIRED_PARAMETER_NOT_FOUND = "REQUIRED_PARAMETER_NOT_FOUND", "4274K",
        "The call of <routineName> lacks its parameter <parameterName>, at position <index>.";
    INVALID_LAMBDA_FUNCTION_CALL_NON_HIGHER_ORDER_FUNCTION =
        "INVALID_LAMBDA_FUNCTION_CALL.NON_HIGHER_ORDER_FUNCTION", "42K0D",
        "<class> takes no lambda.";
    INVALID_LAMBDA_FUNCTION_CALL_NUM_ARGS_MISMATCH =
        "INVALID_LAMBDA_FUNCTION_CALL.NUM_ARGS_MISMATCH", "42K0D",
        "The lambda must have <expectedNumArgs> parameters, not <actualNumArgs>.";
    INVALID_LAMBDA_FUNCTION_CALL_DUPLICATE_ARG_NAMES =
        "INVALID_LAMBDA_FUNCTION_CALL.DUPLICATE_ARG_NAMES", "42K0D",
        "The lambda's parameters <args> are not distinct (see <caseSensitiveConfig>).";
    INVALID_EXTRACT_FIELD = "INVALID_EXTRACT_FIELD", "42601", "<field> cannot be taken from <expr>.";
    INVALID_EXTRACT_BASE_FIELD_TYPE = "INVALID_EXTRACT_BASE_FIELD_TYPE", "42000",
        "Nothing can be taken out of <base>: it is a <other>, neither struct, array nor map.";
    INVALID_EXTRACT_FIELD_TYPE = "INVALID_EXTRACT_FIELD_TYPE", "42000",
        "A field is named by a constant string, not by <extraction>.";
    INVALID_CONF_VALUE_OUT_OF_RANGE_OF_OPTIONS = "INVALID_CONF_VALUE.OUT_OF_RANGE_OF_OPTIONS", "22022",
        "<confName> cannot be <confValue>: it takes one of <confOptions>.";
    INVALID_CONF_VALUE_TYPE_MISMATCH = "INVALID_CONF_VALUE.TYPE_MISMATCH", "22022",
        "<confName> cannot be <confValue>: it takes a <confType>.";
    COLUMN_ALREADY_EXISTS = "COLUMN_ALREADY_EXISTS", "42711", "There is more than one column <columnName>.";
    CANNOT_UP_CAST_DATATYPE = "CANNOT_UP_CAST_DATATYPE", "42846",
        "<expression> of type <sourceType> cannot become <targetType> without loss. <details>";
    CREATE_NAMED_STRUCT_WITHOUT_FOLDABLE_STRING =
        "DATATYPE_MISMATCH.CREATE_NAMED_STRUCT_WITHOUT_FOLDABLE_STRING", "42K09",
        "In <sqlExpr> field names must be constant strings, not <inputExprs>.";
}
