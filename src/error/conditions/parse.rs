//! What the parser finds.

use crate::error::condition::conditions;

conditions! {
    PARSE_SYNTAX_ERROR = "PARSE_SYNTAX_ERROR", "42601", "Syntax error at or near <error><hint>.";
    PARSE_EMPTY_STATEMENT = "PARSE_EMPTY_STATEMENT", "42617", "The statement is empty.";
    UNCLOSED_BRACKETED_COMMENT = "UNCLOSED_BRACKETED_COMMENT", "42601",
        "A comment that starts with /* is not closed; it wants a */.";
    INVALID_IDENTIFIER = "INVALID_IDENTIFIER", "42602",
        "<ident> is not an identifier; write it in backticks: `<ident>`.";
    INVALID_TYPED_LITERAL = "INVALID_TYPED_LITERAL", "42604",
        "<value> is not a value of the type <valueType>.";
    UNSUPPORTED_TYPED_LITERAL = "UNSUPPORTED_TYPED_LITERAL", "0A000",
        "There are no literals of the type <unsupportedType>, only of <supportedTypes>.";
    INVALID_NUMERIC_LITERAL_RANGE = "INVALID_NUMERIC_LITERAL_RANGE", "22003",
        "The number <rawStrippedQualifier> does not fit the type <typeName>, which holds <minValue> to <maxValue>.";
    INVALID_ESC = "INVALID_ESC", "42604",
        "<invalidEscape> is no escape character; it must be one character.";
    UNSUPPORTED_DATATYPE = "UNSUPPORTED_DATATYPE", "0A000", "There is no data type <typeName>.";
    DATATYPE_MISSING_SIZE = "DATATYPE_MISSING_SIZE", "42K01",
        "The type <type> needs a length, as in <type>(10).";
    DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION = "DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION", "22003",
        "A decimal has at most <maxPrecision> digits, not <precision>.";
    DECIMAL_SCALE_EXCEEDS_PRECISION = "DECIMAL_SCALE_EXCEEDS_PRECISION", "22003",
        "A decimal of <precision> digits cannot have <scale> of them behind the point.";
    INCOMPLETE_TYPE_DEFINITION_ARRAY = "INCOMPLETE_TYPE_DEFINITION.ARRAY", "42K01",
        "ARRAY needs the type of its elements: ARRAY<elementType>.";
    INCOMPLETE_TYPE_DEFINITION_MAP = "INCOMPLETE_TYPE_DEFINITION.MAP", "42K01",
        "MAP needs the types of its keys and values, as in MAP<STRING, INT>.";
    INCOMPLETE_TYPE_DEFINITION_STRUCT = "INCOMPLETE_TYPE_DEFINITION.STRUCT", "42K01",
        "STRUCT needs its fields, as in STRUCT<name STRING, price DECIMAL(10, 2)>.";
    INVALID_JSON_DATA_TYPE = "INVALID_JSON_DATA_TYPE", "2203G",
        "This JSON is not a data type: <invalidType>.";
    INVALID_INTERVAL_FORMAT_UNSUPPORTED_FROM_TO_EXPRESSION =
        "INVALID_INTERVAL_FORMAT.UNSUPPORTED_FROM_TO_EXPRESSION", "22006",
        "An interval '<input>' cannot go from <from> to <to>.";
}
