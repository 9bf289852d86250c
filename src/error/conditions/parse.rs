//! What the parser finds.

use crate::error::condition::conditions;

conditions! {
    INVALID_SQL_SYNTAX_EMPTY_IN_PREDICATE = "INVALID_SQL_SYNTAX.EMPTY_IN_PREDICATE", "42000",
        "IN needs at least one value.";
    LEGACY_0016 = "_LEGACY_ERROR_TEMP_0016", "XXKD0",
        "<bytesStr> is not a number of bytes: digits, then B, K, M or G.";
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
    FAILED_TO_PARSE_TOO_COMPLEX = "FAILED_TO_PARSE_TOO_COMPLEX", "54001",
        "The statement nests too deeply to be parsed; divide it into several simpler ones.";
    SYNTAX_DISCONTINUED_BANG_EQUALS_NOT = "SYNTAX_DISCONTINUED.BANG_EQUALS_NOT", "42601",
        "<clause> stands for NOT only before an expression; write NOT here.";
    TRAILING_COMMA_IN_SELECT = "TRAILING_COMMA_IN_SELECT", "42601",
        "The select list ends in a comma.";
    DUPLICATED_CTE_NAMES = "DUPLICATED_CTE_NAMES", "42602",
        "WITH defines the names <duplicateNames> more than once.";
    INVALID_SET_SYNTAX = "INVALID_SET_SYNTAX", "42000",
        "Write SET, SET key or SET key=value; a key with special characters belongs in backticks.";
    INVALID_SQL_SYNTAX_CREATE_FUNC_WITH_COLUMN_CONSTRAINTS =
        "INVALID_SQL_SYNTAX.CREATE_FUNC_WITH_COLUMN_CONSTRAINTS", "42000",
        "A parameter of a function cannot have a constraint.";
    INVALID_SQL_SYNTAX_CREATE_FUNC_WITH_GENERATED_COLUMNS_AS_PARAMETERS =
        "INVALID_SQL_SYNTAX.CREATE_FUNC_WITH_GENERATED_COLUMNS_AS_PARAMETERS", "42000",
        "A parameter of a function cannot be generated.";
    INVALID_SQL_SYNTAX_CREATE_ROUTINE_WITH_IF_NOT_EXISTS_AND_REPLACE =
        "INVALID_SQL_SYNTAX.CREATE_ROUTINE_WITH_IF_NOT_EXISTS_AND_REPLACE", "42000",
        "IF NOT EXISTS and OR REPLACE do not go together.";
    INVALID_SQL_SYNTAX_CREATE_TEMP_FUNC_WITH_DATABASE =
        "INVALID_SQL_SYNTAX.CREATE_TEMP_FUNC_WITH_DATABASE", "42000",
        "A temporary function belongs to no database, so not to <database> either.";
    INVALID_SQL_SYNTAX_CREATE_TEMP_FUNC_WITH_IF_NOT_EXISTS =
        "INVALID_SQL_SYNTAX.CREATE_TEMP_FUNC_WITH_IF_NOT_EXISTS", "42000",
        "A temporary function cannot be created IF NOT EXISTS.";
    INVALID_SQL_SYNTAX_MULTI_PART_NAME =
        "INVALID_SQL_SYNTAX.MULTI_PART_NAME", "42000",
        "<statement> takes a single name, not <name>.";
    INVALID_SQL_SYNTAX_INVALID_WINDOW_FRAME_BOUND =
        "INVALID_SQL_SYNTAX.INVALID_WINDOW_FRAME_BOUND", "42000",
        "The bound of a window frame must be a literal.";
    INVALID_SQL_SYNTAX_INVALID_WINDOW_REFERENCE =
        "INVALID_SQL_SYNTAX.INVALID_WINDOW_REFERENCE", "42000",
        "<windowName> only refers to another window.";
    INVALID_SQL_SYNTAX_REPETITIVE_WINDOW_DEFINITION =
        "INVALID_SQL_SYNTAX.REPETITIVE_WINDOW_DEFINITION", "42000",
        "The window <windowName> is defined more than once.";
    INVALID_SQL_SYNTAX_UNRESOLVED_WINDOW_REFERENCE =
        "INVALID_SQL_SYNTAX.UNRESOLVED_WINDOW_REFERENCE", "42000",
        "There is no window <windowName>.";
    INVALID_SQL_SYNTAX_LATERAL_WITHOUT_SUBQUERY_OR_TABLE_VALUED_FUNC =
        "INVALID_SQL_SYNTAX.LATERAL_WITHOUT_SUBQUERY_OR_TABLE_VALUED_FUNC", "42000",
        "LATERAL goes with a subquery or a table function only.";
    INVALID_SQL_SYNTAX_VARIABLE_TYPE_OR_DEFAULT_REQUIRED =
        "INVALID_SQL_SYNTAX.VARIABLE_TYPE_OR_DEFAULT_REQUIRED", "42000",
        "A variable needs a type or a default.";
    INVALID_SQL_SYNTAX_SHOW_FUNCTIONS_INVALID_SCOPE =
        "INVALID_SQL_SYNTAX.SHOW_FUNCTIONS_INVALID_SCOPE", "42000",
        "There are no <scope> functions to show.";
    INVALID_SQL_SYNTAX_CREATE_TEMP_TABLE_USING_PROVIDER =
        "INVALID_SQL_SYNTAX.CREATE_TEMP_TABLE_USING_PROVIDER", "42000",
        "There are no temporary tables; create a temporary view.";
    NOT_ALLOWED_IN_FROM_LATERAL_WITH_PIVOT = "NOT_ALLOWED_IN_FROM.LATERAL_WITH_PIVOT", "42601",
        "LATERAL and PIVOT do not go together in FROM.";
    NOT_ALLOWED_IN_FROM_LATERAL_WITH_UNPIVOT = "NOT_ALLOWED_IN_FROM.LATERAL_WITH_UNPIVOT", "42601",
        "LATERAL and UNPIVOT do not go together in FROM.";
    NOT_ALLOWED_IN_FROM_UNPIVOT_WITH_PIVOT = "NOT_ALLOWED_IN_FROM.UNPIVOT_WITH_PIVOT", "42601",
        "UNPIVOT and PIVOT do not go together in FROM.";
    UNSUPPORTED_FEATURE_COMBINATION_QUERY_RESULT_CLAUSES =
        "UNSUPPORTED_FEATURE.COMBINATION_QUERY_RESULT_CLAUSES", "0A000",
        "ORDER BY, SORT BY, DISTRIBUTE BY and CLUSTER BY cannot be combined like this.";
    UNSUPPORTED_FEATURE_CLAUSE_WITH_PIPE_OPERATORS =
        "UNSUPPORTED_FEATURE.CLAUSE_WITH_PIPE_OPERATORS", "0A000",
        "A pipe operator cannot have <clauses>.";
    MULTIPLE_QUERY_RESULT_CLAUSES_WITH_PIPE_OPERATORS =
        "MULTIPLE_QUERY_RESULT_CLAUSES_WITH_PIPE_OPERATORS", "42000",
        "<clause1> and <clause2> must be pipe operators of their own.";
    INVALID_INTERVAL_FORMAT_TIMEZONE_INTERVAL_OUT_OF_RANGE =
        "INVALID_INTERVAL_FORMAT.TIMEZONE_INTERVAL_OUT_OF_RANGE", "22006",
        "A time zone is at most 18 hours off UTC, in whole seconds: '<input>'.";
    TABLESAMPLE_EMPTY = "_LEGACY_ERROR_TEMP_0014", "42601",
        "TABLESAMPLE needs to be told how much to take.";
    TABLESAMPLE_NOT_SUPPORTED = "_LEGACY_ERROR_TEMP_0015", "0A000",
        "TABLESAMPLE(<msg>) is not supported.";
    INVALID_CLAUSE = "_LEGACY_ERROR_TEMP_0064", "42601", "<msg>.";
    TEMP_VIEW_NAME_TOO_MANY_NAME_PARTS = "TEMP_VIEW_NAME_TOO_MANY_NAME_PARTS", "428EK",
        "The name of a temporary view is a single word, not <actualName>.";
    DESCRIBE_JSON_NOT_EXTENDED = "DESCRIBE_JSON_NOT_EXTENDED", "0A000",
        "AS JSON goes with DESCRIBE EXTENDED only.";
    UNSUPPORTED_FEATURE_DESC_TABLE_COLUMN_JSON = "UNSUPPORTED_FEATURE.DESC_TABLE_COLUMN_JSON", "0A000",
        "A single column cannot be described AS JSON.";
    INVALID_SQL_SYNTAX_EMPTY_PARTITION_VALUE = "INVALID_SQL_SYNTAX.EMPTY_PARTITION_VALUE", "42000",
        "The partition column <partKey> needs a value.";
    INTERVAL_ONLY_ONE_FROM_TO = "_LEGACY_ERROR_TEMP_0024", "42601",
        "An interval literal can have one range of units only, and nothing beside it.";
    INTERVAL_VALUE_NOT_A_NUMBER = "_LEGACY_ERROR_TEMP_0026", "42601",
        "Before a unit there must be a number, not <value>.";
    INTERVAL_FROM_TO_MUST_BE_STRING = "_LEGACY_ERROR_TEMP_0027", "42601",
        "An interval with a range of units needs a string.";
    INTERVAL_FIELD_OUT_OF_RANGE = "_LEGACY_ERROR_TEMP_0063", "42601", "<msg>.";
    INTERVAL_MIXED_FIELDS = "_LEGACY_ERROR_TEMP_0029", "42601",
        "Years and months do not go together with days and times: <literal>.";
    OPERATION_NOT_ALLOWED = "_LEGACY_ERROR_TEMP_0035", "0A000", "Not allowed: <message>.";
    INVALID_TIME_ZONE_DISPLACEMENT = "_LEGACY_ERROR_TEMP_0045", "42601",
        "This is not the offset of a time zone.";
    GROUPING_SETS_EMPTY_SET = "_LEGACY_ERROR_TEMP_0051", "42601",
        "<element> cannot hold an empty set.";
    CREATE_TEMP_VIEW_IF_NOT_EXISTS = "_LEGACY_ERROR_TEMP_0053", "42601",
        "A temporary view cannot be created IF NOT EXISTS.";
}
