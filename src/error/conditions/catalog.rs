//! Databases, tables, views and variables by name.

use crate::error::condition::conditions;

conditions! {
    FORBIDDEN_OPERATION = "FORBIDDEN_OPERATION", "42809",
        "<statement> is not for <objectName>, which is a <objectType>.";
    LEGACY_1232 = "_LEGACY_ERROR_TEMP_1232", "XXKD0",
        "A partition of <tableName> is named by all of <partitionColumnNames>, not by <specKeys>.";
    UNSUPPORTED_FEATURE_TABLE_OPERATION = "UNSUPPORTED_FEATURE.TABLE_OPERATION", "0A000",
        "The table <tableName> has no <operation>.";
    NOT_SUPPORTED_CHANGE_COLUMN = "NOT_SUPPORTED_CHANGE_COLUMN", "0A000",
        "The column <originName> (<originType>) of <table> cannot become <newName> (<newType>).";
    NOT_A_PARTITIONED_TABLE = "NOT_A_PARTITIONED_TABLE", "42809",
        "<operation> is for partitioned tables; <tableIdentWithDB> is none.";
    PARTITIONS_NOT_FOUND = "PARTITIONS_NOT_FOUND", "428FT",
        "The table <tableName> has no partition <partitionList>.";
    PARTITIONS_ALREADY_EXIST = "PARTITIONS_ALREADY_EXIST", "428FT",
        "The table <tableName> already has <partitionList>.";
    INVALID_PARTITION_OPERATION_PARTITION_SCHEMA_IS_EMPTY =
        "INVALID_PARTITION_OPERATION.PARTITION_SCHEMA_IS_EMPTY", "42601",
        "The table <name> is not partitioned.";
    LEGACY_0035 = "_LEGACY_ERROR_TEMP_0035", "XXKD0", "<message>.";
    TEMP_TABLE_OR_VIEW_ALREADY_EXISTS = "TEMP_TABLE_OR_VIEW_ALREADY_EXISTS", "42P07",
        "There is a temporary view <relationName> already. Drop or replace it.";
    TABLE_OR_VIEW_ALREADY_EXISTS = "TABLE_OR_VIEW_ALREADY_EXISTS", "42P07",
        "There is a table or view <relationName> already. Drop or replace it, or say IF NOT EXISTS.";
    SCHEMA_NOT_FOUND = "SCHEMA_NOT_FOUND", "42704", "There is no database <schemaName>.";
    SCHEMA_ALREADY_EXISTS = "SCHEMA_ALREADY_EXISTS", "42P06", "There is a database <schemaName> already.";
    SCHEMA_NOT_EMPTY = "SCHEMA_NOT_EMPTY", "2BP01",
        "The database <schemaName> still has tables or views; say CASCADE to drop them too.";
    VARIABLE_ALREADY_EXISTS = "VARIABLE_ALREADY_EXISTS", "42723",
        "There is a variable <variableName> already. Drop or replace it.";
    VARIABLE_NOT_FOUND = "VARIABLE_NOT_FOUND", "42883", "There is no variable <variableName>.";
    UNSUPPORTED_DATASOURCE_FOR_DIRECT_QUERY = "UNSUPPORTED_DATASOURCE_FOR_DIRECT_QUERY", "0A000",
        "Files of the format <dataSourceType> cannot be queried by path.";
    FAILED_TO_CREATE_PLAN_FOR_DIRECT_QUERY = "FAILED_TO_CREATE_PLAN_FOR_DIRECT_QUERY", "58030",
        "The <dataSourceType> files cannot be queried.";
    INVALID_EMPTY_LOCATION = "INVALID_EMPTY_LOCATION", "42K05", "A path is empty: <location>.";
    ROUTINE_ALREADY_EXISTS = "ROUTINE_ALREADY_EXISTS", "42723",
        "There is a <existingRoutineType> <routineName> already; the new <newRoutineType> cannot have its name.";
    ROUTINE_NOT_FOUND = "ROUTINE_NOT_FOUND", "42883", "There is no function <routineName>.";
    DUPLICATE_ROUTINE_PARAMETER_NAMES = "DUPLICATE_ROUTINE_PARAMETER_NAMES", "42734",
        "The function <routineName> has several parameters of one name: <names>.";
    DUPLICATE_ROUTINE_RETURNS_COLUMNS = "DUPLICATE_ROUTINE_RETURNS_COLUMNS", "42711",
        "The function <routineName> returns several columns of one name: <columns>.";
    UDF_CANNOT_CONTAIN_COMPLEX_FUNCTIONS = "USER_DEFINED_FUNCTIONS.CANNOT_CONTAIN_COMPLEX_FUNCTIONS", "42601",
        "The body of a scalar function cannot have aggregates, window functions or generators: <queryText>";
    UDF_NOT_A_VALID_DEFAULT_EXPRESSION = "USER_DEFINED_FUNCTIONS.NOT_A_VALID_DEFAULT_EXPRESSION", "42601",
        "The default of <functionName>.<parameterName> contains a subquery.";
    UDF_NOT_A_VALID_DEFAULT_PARAMETER_POSITION =
        "USER_DEFINED_FUNCTIONS.NOT_A_VALID_DEFAULT_PARAMETER_POSITION", "42601",
        "In <functionName> the parameter <nextParameterName> follows <parameterName> and needs a default, too.";
    UDF_NOT_NULL_ON_FUNCTION_PARAMETERS =
        "USER_DEFINED_FUNCTIONS.NOT_NULL_ON_FUNCTION_PARAMETERS", "42601",
        "Parameters cannot be NOT NULL: <input>";
    UDF_RETURN_COLUMN_COUNT_MISMATCH = "USER_DEFINED_FUNCTIONS.RETURN_COLUMN_COUNT_MISMATCH", "42601",
        "The body of <name> gives <outputSize> columns, its RETURNS clause has <returnParamSize>.";
    UDF_SQL_TABLE_UDF_BODY_MUST_BE_A_QUERY =
        "USER_DEFINED_FUNCTIONS.SQL_TABLE_UDF_BODY_MUST_BE_A_QUERY", "42601",
        "The body of the table function <name> must be a query.";
    CYCLIC_FUNCTION_REFERENCE = "CYCLIC_FUNCTION_REFERENCE", "42887", "Functions call each other: <path>.";
    INVALID_TEMP_OBJ_REFERENCE = "INVALID_TEMP_OBJ_REFERENCE", "42K0F",
        "The <obj> <objName> outlives the session, so it cannot use the temporary <tempObj> <tempObjName>.";
    INVALID_SQL_FUNCTION_DATA_ACCESS = "INVALID_SQL_FUNCTION_DATA_ACCESS", "42K0E",
        "A function that reads a table must say READS SQL DATA, not CONTAINS SQL.";
    NOT_A_TABLE_FUNCTION = "NOT_A_TABLE_FUNCTION", "42887",
        "<functionName> gives a value; it cannot stand in FROM.";
    NOT_A_SCALAR_FUNCTION = "NOT_A_SCALAR_FUNCTION", "42887",
        "<functionName> gives a table; it can stand in FROM only.";
    UNSUPPORTED_SQL_UDF_USAGE = "UNSUPPORTED_SQL_UDF_USAGE", "0A000",
        "The SQL function <functionName> cannot be called in <nodeName>.";
    UNSUPPORTED_CHAR_OR_VARCHAR_AS_STRING = "UNSUPPORTED_CHAR_OR_VARCHAR_AS_STRING", "0A000",
        "CHAR and VARCHAR cannot be used here; take STRING.";
    RECURSIVE_VIEW = "RECURSIVE_VIEW", "42K0H", "The view <viewIdent> uses itself: <newPath>.";
    INCOMPATIBLE_VIEW_SCHEMA_CHANGE = "INCOMPATIBLE_VIEW_SCHEMA_CHANGE", "51024",
        "The query of the view <viewName> no longer has the column <colName> (<expectedNum> expected, there are <actualCols>). Create it again: <suggestion>";
    NOT_ENOUGH_DATA_COLUMNS = "CREATE_VIEW_COLUMN_ARITY_MISMATCH.NOT_ENOUGH_DATA_COLUMNS", "21S01",
        "The view <viewName> names the columns <viewColumns>, but its query has fewer: <dataColumns>.";
    TOO_MANY_DATA_COLUMNS = "CREATE_VIEW_COLUMN_ARITY_MISMATCH.TOO_MANY_DATA_COLUMNS", "21S01",
        "The view <viewName> names the columns <viewColumns>, but its query has more: <dataColumns>.";
}
