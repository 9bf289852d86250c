//! What functions find wrong with their arguments: patterns, formats, keys, indexes.

use crate::error::condition::conditions;

conditions! {
    LEGACY_3243 = "_LEGACY_ERROR_TEMP_3243", "XXKD0",
        "A step of <step> does not lead from <start> to <stop>.";
    CANNOT_LOAD_FUNCTION_CLASS = "CANNOT_LOAD_FUNCTION_CLASS", "46103",
        "The class <className> of the function <functionName> cannot be loaded: there is no JVM.";
    INVALID_PARAMETER_VALUE_PATTERN = "INVALID_PARAMETER_VALUE.PATTERN", "22023",
        "<parameter> of <functionName> is no regular expression: <value>.";
    INVALID_PARAMETER_VALUE_REGEX_GROUP_INDEX = "INVALID_PARAMETER_VALUE.REGEX_GROUP_INDEX", "22023",
        "<parameter> of <functionName> is group <groupIndex>, but the pattern has <groupCount> groups.";
    INVALID_PARAMETER_VALUE_CHARSET = "INVALID_PARAMETER_VALUE.CHARSET", "22023",
        "<parameter> of <functionName> is <charset>; it takes one of <charsets>.";
    INVALID_PARAMETER_VALUE_ZERO_INDEX = "INVALID_PARAMETER_VALUE.ZERO_INDEX", "22023",
        "<parameter> of <functionName> has %0$; arguments count from %1$.";
    INVALID_PARAMETER_VALUE_HMAC_ALGORITHM = "INVALID_PARAMETER_VALUE.HMAC_ALGORITHM", "22023",
        "<parameter> of <functionName> is <algorithm>; it takes SHA-224, SHA-256, SHA-384, SHA-512, SHA-1 or MD5.";
    INVALID_PARAMETER_VALUE_BINARY_FORMAT = "INVALID_PARAMETER_VALUE.BINARY_FORMAT", "22023",
        "<parameter> of <functionName> is <invalidFormat>; it takes 'base64', 'hex' or 'utf-8'.";
    INVALID_PARAMETER_VALUE_START = "INVALID_PARAMETER_VALUE.START", "22023",
        "<parameter> of <functionName> must not be 0.";
    INVALID_PARAMETER_VALUE_LENGTH = "INVALID_PARAMETER_VALUE.LENGTH", "22023",
        "<parameter> of <functionName> must not be negative, but is <length>.";
    INVALID_REGEXP_REPLACE = "INVALID_REGEXP_REPLACE", "22023",
        "\"<replacement>\" cannot replace what \"<pattern>\" matches in \"<source>\" from character <position>.";
    INVALID_ESCAPE_CHAR = "INVALID_ESCAPE_CHAR", "42604",
        "The escape of LIKE must be a constant of one character, not <sqlExpr>.";
    INVALID_FORMAT_ESC_IN_THE_MIDDLE = "INVALID_FORMAT.ESC_IN_THE_MIDDLE", "42601",
        "In the pattern <format> the escape character stands before <char>, which it may not.";
    INVALID_FORMAT_ESC_AT_THE_END = "INVALID_FORMAT.ESC_AT_THE_END", "42601",
        "The pattern <format> ends in the escape character.";
    INVALID_FORMAT_EMPTY = "INVALID_FORMAT.EMPTY", "42601", "The number format is empty: <format>.";
    INVALID_FORMAT_WRONG_NUM_DIGIT = "INVALID_FORMAT.WRONG_NUM_DIGIT", "42601",
        "The number format <format> has no digit.";
    INVALID_FORMAT_WRONG_NUM_TOKEN = "INVALID_FORMAT.WRONG_NUM_TOKEN", "42601",
        "The number format <format> has more than one <token>.";
    INVALID_FORMAT_UNEXPECTED_TOKEN = "INVALID_FORMAT.UNEXPECTED_TOKEN", "42601",
        "In the number format <format> the <token> is out of place.";
    INVALID_FORMAT_CUR_MUST_BEFORE_DIGIT = "INVALID_FORMAT.CUR_MUST_BEFORE_DIGIT", "42601",
        "In the number format <format> the $ must stand before the digits.";
    INVALID_FORMAT_CUR_MUST_BEFORE_DEC = "INVALID_FORMAT.CUR_MUST_BEFORE_DEC", "42601",
        "In the number format <format> the $ must stand before the point.";
    INVALID_FORMAT_CONT_THOUSANDS_SEPS = "INVALID_FORMAT.CONT_THOUSANDS_SEPS", "42601",
        "In the number format <format> a separator has no digit on one side.";
    INVALID_FORMAT_THOUSANDS_SEPS_MUST_BEFORE_DEC = "INVALID_FORMAT.THOUSANDS_SEPS_MUST_BEFORE_DEC", "42601",
        "In the number format <format> a separator stands behind the point.";
    INVALID_FORMAT_MISMATCH_INPUT = "INVALID_FORMAT.MISMATCH_INPUT", "42601",
        "The <inputType> <input> is not in the number format <format>.";
    CONVERSION_INVALID_INPUT = "CONVERSION_INVALID_INPUT", "22018",
        "<str> is not in the format <fmt> of a <targetType>. <suggestion> gives NULL instead.";
    MALFORMED_CHARACTER_CODING = "MALFORMED_CHARACTER_CODING", "22000",
        "<function> met a value that is not in the character set <charset>.";
    INVALID_UTF8_STRING = "INVALID_UTF8_STRING", "22029", "The text is not UTF-8: <str>.";
    INVALID_URL = "INVALID_URL", "22P02",
        "<url> is no URL. `try_parse_url` gives NULL instead.";
    CANNOT_DECODE_URL = "CANNOT_DECODE_URL", "22546", "<url> cannot be decoded.";
    FAILED_FUNCTION_CALL = "FAILED_FUNCTION_CALL", "38000",
        "<funcName> cannot be called with these arguments.";
    USER_RAISED_EXCEPTION = "USER_RAISED_EXCEPTION", "P0001", "<errorMessage>";
    INVALID_ARRAY_INDEX = "INVALID_ARRAY_INDEX", "22003",
        "There is no index <indexValue> in an array of <arraySize> elements. get() gives NULL instead.";
    INVALID_ARRAY_INDEX_IN_ELEMENT_AT = "INVALID_ARRAY_INDEX_IN_ELEMENT_AT", "22003",
        "There is no index <indexValue> in an array of <arraySize> elements. try_element_at gives NULL instead.";
    INVALID_INDEX_OF_ZERO = "INVALID_INDEX_OF_ZERO", "22003",
        "There is no index 0: the first element has index 1, the last one -1.";
    DUPLICATED_MAP_KEY = "DUPLICATED_MAP_KEY", "23505",
        "The key <key> comes twice in a map. Setting <mapKeyDedupPolicy> to \"LAST_WIN\" keeps the later value.";
    NULL_MAP_KEY = "NULL_MAP_KEY", "2200E", "A key of a map cannot be NULL.";
    UNEQUAL_MAP_ARRAYS = "_LEGACY_ERROR_TEMP_2128", "XXKCM",
        "The arrays of keys and of values must be of one length.";
    COLLECTION_SIZE_LIMIT_EXCEEDED_PARAMETER = "COLLECTION_SIZE_LIMIT_EXCEEDED.PARAMETER", "54000",
        "<functionName> would make an array of <numberOfElements> elements because of <parameter>; at most <maxRoundedArrayLength> are possible.";
    COLLECTION_SIZE_LIMIT_EXCEEDED_FUNCTION = "COLLECTION_SIZE_LIMIT_EXCEEDED.FUNCTION", "54000",
        "<functionName> would make an array of <numberOfElements> elements; at most <maxRoundedArrayLength> are possible.";
    ILLEGAL_SEQUENCE_STEP = "_LEGACY_ERROR_TEMP_3242", "XXKCM",
        "A sequence of dates cannot go by <intervalType> parts of days.";
    COMPARATOR_RETURNS_NULL = "COMPARATOR_RETURNS_NULL", "22004",
        "The comparator gave NULL for <firstValue> and <secondValue>; it must give a number below, at or above 0.";
    DATATYPE_MISMATCH_INPUT_SIZE_NOT_ONE = "DATATYPE_MISMATCH.INPUT_SIZE_NOT_ONE", "42K09",
        "In <sqlExpr> the parameter <exprName> must be one character.";
    DATATYPE_MISMATCH_ARRAY_FUNCTION_DIFF_TYPES = "DATATYPE_MISMATCH.ARRAY_FUNCTION_DIFF_TYPES", "42K09",
        "In <sqlExpr> <functionName> takes an <dataType> and a value of its element type, not [<leftType>, <rightType>].";
    DATATYPE_MISMATCH_BINARY_ARRAY_DIFF_TYPES = "DATATYPE_MISMATCH.BINARY_ARRAY_DIFF_TYPES", "42K09",
        "In <sqlExpr> <functionName> takes two <arrayType> of one element type, not [<leftType>, <rightType>].";
    DATATYPE_MISMATCH_MAP_FUNCTION_DIFF_TYPES = "DATATYPE_MISMATCH.MAP_FUNCTION_DIFF_TYPES", "42K09",
        "In <sqlExpr> <functionName> takes a <dataType> and a value of its key type, not [<leftType>, <rightType>].";
    DATATYPE_MISMATCH_MAP_CONCAT_DIFF_TYPES = "DATATYPE_MISMATCH.MAP_CONCAT_DIFF_TYPES", "42K09",
        "In <sqlExpr> <functionName> takes maps only, not <dataType>.";
    DATATYPE_MISMATCH_MAP_ZIP_WITH_DIFF_TYPES = "DATATYPE_MISMATCH.MAP_ZIP_WITH_DIFF_TYPES", "42K09",
        "In <sqlExpr> <functionName> takes two maps whose keys go together, not [<leftType>, <rightType>].";
    DATATYPE_MISMATCH_NULL_TYPE = "DATATYPE_MISMATCH.NULL_TYPE", "42K09",
        "In <sqlExpr> <functionName> does not take a bare NULL.";
    DATATYPE_MISMATCH_CREATE_MAP_KEY_DIFF_TYPES = "DATATYPE_MISMATCH.CREATE_MAP_KEY_DIFF_TYPES", "42K09",
        "In <sqlExpr> the keys of <functionName> must have one type, but they are <dataType>.";
    DATATYPE_MISMATCH_CREATE_MAP_VALUE_DIFF_TYPES = "DATATYPE_MISMATCH.CREATE_MAP_VALUE_DIFF_TYPES", "42K09",
        "In <sqlExpr> the values of <functionName> must have one type, but they are <dataType>.";
    DATATYPE_MISMATCH_INVALID_MAP_KEY_TYPE = "DATATYPE_MISMATCH.INVALID_MAP_KEY_TYPE", "42K09",
        "In <sqlExpr> the key of a map cannot be or hold a <keyType>.";
    DATATYPE_MISMATCH_SEQUENCE_WRONG_INPUT_TYPES = "DATATYPE_MISMATCH.SEQUENCE_WRONG_INPUT_TYPES", "42K09",
        "In <sqlExpr> <functionName> takes start and stop of one type: <startType> with a step of <stepType>, or <otherStartType> with a step of that type.";
    DATATYPE_MISMATCH_UNEXPECTED_RETURN_TYPE = "DATATYPE_MISMATCH.UNEXPECTED_RETURN_TYPE", "42K09",
        "In <sqlExpr> <functionName> must give <expectedType>, not <actualType>.";
    DATATYPE_MISMATCH_HASH_MAP_TYPE = "DATATYPE_MISMATCH.HASH_MAP_TYPE", "42K09",
        "In <sqlExpr> <functionName> cannot take a map: equal maps may lie in different order.";
    DATATYPE_MISMATCH_INVALID_JSON_SCHEMA = "DATATYPE_MISMATCH.INVALID_JSON_SCHEMA", "42K09",
        "In <sqlExpr> the schema <schema> must be a struct, an array or a map.";
    DATATYPE_MISMATCH_INVALID_JSON_MAP_KEY_TYPE = "DATATYPE_MISMATCH.INVALID_JSON_MAP_KEY_TYPE", "42K09",
        "In <sqlExpr> the schema <schema> has a map whose keys are not strings.";
    INVALID_SCHEMA_NON_STRING_LITERAL = "INVALID_SCHEMA.NON_STRING_LITERAL", "42K07",
        "The schema <inputSchema> must be a string constant that is not NULL.";
    INVALID_SCHEMA_NON_STRUCT_TYPE = "INVALID_SCHEMA.NON_STRUCT_TYPE", "42K07",
        "The schema <inputSchema> must be a struct, not <dataType>.";
    INVALID_OPTIONS_NON_MAP_FUNCTION = "INVALID_OPTIONS.NON_MAP_FUNCTION", "42K06",
        "Options must be given as map(..).";
    INVALID_OPTIONS_NON_STRING_TYPE = "INVALID_OPTIONS.NON_STRING_TYPE", "42K06",
        "Keys and values of options must be strings, but they are <mapType>.";
    PARSE_MODE_UNSUPPORTED = "PARSE_MODE_UNSUPPORTED", "42601",
        "<funcName> does not have the mode <mode>; it has PERMISSIVE and FAILFAST.";
}
