//! Settings, variables, tables and views: what commands run into.

use crate::error::condition::conditions;

conditions! {
    UNSUPPORTED_JOIN_TYPE = "UNSUPPORTED_JOIN_TYPE", "0A000",
        "There is no join type '<typ>'. There are <supported>.";
    INVALID_CONF_VALUE_TIME_ZONE = "INVALID_CONF_VALUE.TIME_ZONE", "22022",
        "<confName> cannot be <confValue>: it takes a time zone such as Europe/Paris or +02:00.";
    SET_VARIABLE_USING_SET = "UNSUPPORTED_FEATURE.SET_VARIABLE_USING_SET", "0A000",
        "<variableName> is a variable: say SET VARIABLE.";
    DUPLICATE_ASSIGNMENTS = "DUPLICATE_ASSIGNMENTS", "42701",
        "These get more than one value: <nameList>.";
    DUPLICATE_VARIABLE_NAME_INSIDE_DECLARE = "DUPLICATE_VARIABLE_NAME_INSIDE_DECLARE", "42734",
        "The variable <variableName> is declared twice.";
    ROW_SUBQUERY_TOO_MANY_ROWS = "ROW_SUBQUERY_TOO_MANY_ROWS", "21000",
        "The query gave more than one row where one was to be assigned.";
    NULL_QUERY_STRING_EXECUTE_IMMEDIATE = "NULL_QUERY_STRING_EXECUTE_IMMEDIATE", "22004",
        "EXECUTE IMMEDIATE needs a statement, and <varName> is NULL.";
    NESTED_EXECUTE_IMMEDIATE = "NESTED_EXECUTE_IMMEDIATE", "07501",
        "EXECUTE IMMEDIATE cannot run another EXECUTE IMMEDIATE: <sqlString>";
    EXPECT_TABLE_NOT_VIEW_NO_ALTERNATIVE = "EXPECT_TABLE_NOT_VIEW.NO_ALTERNATIVE", "42809",
        "<operation> takes a table, and <viewName> is a view.";
    EXPECT_VIEW_NOT_TABLE_NO_ALTERNATIVE = "EXPECT_VIEW_NOT_TABLE.NO_ALTERNATIVE", "42809",
        "<operation> takes a view, and <tableName> is a table.";
    INSERT_COLUMN_ARITY_MISMATCH_NOT_ENOUGH_DATA_COLUMNS = "INSERT_COLUMN_ARITY_MISMATCH.NOT_ENOUGH_DATA_COLUMNS", "21S01",
        "<tableName> takes columns [<tableColumns>], and only [<dataColumns>] were given.";
    INSERT_COLUMN_ARITY_MISMATCH_TOO_MANY_DATA_COLUMNS = "INSERT_COLUMN_ARITY_MISMATCH.TOO_MANY_DATA_COLUMNS", "21S01",
        "<tableName> takes columns [<tableColumns>], and more, [<dataColumns>], were given.";
    INVALID_SAVE_MODE = "INVALID_SAVE_MODE", "42000",
        "There is no save mode <mode>. There are append, overwrite, ignore and error.";
}
