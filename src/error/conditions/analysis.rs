//! Names, scopes, aggregation and subqueries: what the analyzer finds.

use crate::error::condition::conditions;

conditions! {
    UNRESOLVED_COLUMN_WITH_SUGGESTION = "UNRESOLVED_COLUMN.WITH_SUGGESTION", "42703",
        "There is no column, variable or parameter <objectName> here. Near names: [<proposal>].";
    UNRESOLVED_COLUMN_WITHOUT_SUGGESTION = "UNRESOLVED_COLUMN.WITHOUT_SUGGESTION", "42703",
        "There is no column, variable or parameter <objectName> here.";
    AMBIGUOUS_REFERENCE = "AMBIGUOUS_REFERENCE", "42704",
        "<name> could be any of <referenceNames>; qualify it.";
    TABLE_OR_VIEW_NOT_FOUND = "TABLE_OR_VIEW_NOT_FOUND", "42P01",
        "There is no table or view <relationName>. Check the spelling, or register it first.";
    UNRESOLVED_ROUTINE = "UNRESOLVED_ROUTINE", "42883",
        "There is no function <routineName> (searched <searchPath>).";
    MISSING_AGGREGATION = "MISSING_AGGREGATION", "42803",
        "<expression> is neither grouped by nor aggregated. Group by it, or take <expressionAnyValue>.";
    GROUP_BY_POS_OUT_OF_RANGE = "GROUP_BY_POS_OUT_OF_RANGE", "42805",
        "GROUP BY position <index> is outside the select list, which has positions 1 to <size>.";
    INVALID_CONF_VALUE_TYPE_MISMATCH = "INVALID_CONF_VALUE.TYPE_MISMATCH", "22022",
        "<confName> cannot be <confValue>: it takes a <confType>.";
}
