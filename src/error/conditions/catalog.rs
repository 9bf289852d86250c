//! Databases, tables, views and variables by name.

use crate::error::condition::conditions;

conditions! {
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
    RECURSIVE_VIEW = "RECURSIVE_VIEW", "42K0H", "The view <viewIdent> uses itself: <newPath>.";
    INCOMPATIBLE_VIEW_SCHEMA_CHANGE = "INCOMPATIBLE_VIEW_SCHEMA_CHANGE", "51024",
        "The query of the view <viewName> no longer has the column <colName> (<expectedNum> expected, there are <actualCols>). Create it again: <suggestion>";
    NOT_ENOUGH_DATA_COLUMNS = "CREATE_VIEW_COLUMN_ARITY_MISMATCH.NOT_ENOUGH_DATA_COLUMNS", "21S01",
        "The view <viewName> names the columns <viewColumns>, but its query has fewer: <dataColumns>.";
    TOO_MANY_DATA_COLUMNS = "CREATE_VIEW_COLUMN_ARITY_MISMATCH.TOO_MANY_DATA_COLUMNS", "21S01",
        "The view <viewName> names the columns <viewColumns>, but its query has more: <dataColumns>.";
}
