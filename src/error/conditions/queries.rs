//! The clauses of queries: grouping, windows, set operations, joins, generators and subqueries.

use crate::error::condition::conditions;

conditions! {
    LEGACY_1039 = "_LEGACY_ERROR_TEMP_1039", "XXKD0",
        "An operator takes one window of time or session only.";
    LEGACY_1207 = "_LEGACY_ERROR_TEMP_1207", "XXKD0",
        "Durations of a window of time are literals: an integer or a string.";
    LEGACY_3231 = "_LEGACY_ERROR_TEMP_3231", "XXKD0",
        "Windows of time have no months: <interval>.";
    CANNOT_PARSE_INTERVAL = "CANNOT_PARSE_INTERVAL", "22006",
        "<intervalString> is not an interval.";
    MISSING_AGGREGATION = "MISSING_AGGREGATION", "42803",
        "<expression> is neither grouped by nor aggregated. Group by it, or take <expressionAnyValue>.";
    MISSING_GROUP_BY = "MISSING_GROUP_BY", "42803",
        "Columns stand beside aggregates without GROUP BY.";
    GROUP_BY_POS_OUT_OF_RANGE = "GROUP_BY_POS_OUT_OF_RANGE", "42805",
        "GROUP BY position <index> is outside the select list, which has positions 1 to <size>.";
    GROUP_BY_POS_AGGREGATE = "GROUP_BY_POS_AGGREGATE", "42903",
        "GROUP BY position <index> is <aggExpr>, which contains an aggregate.";
    GROUP_BY_AGGREGATE = "GROUP_BY_AGGREGATE", "42903",
        "GROUP BY contains the aggregate <sqlExpr>.";
    STAR_GROUP_BY_POS = "STAR_GROUP_BY_POS", "0A000",
        "GROUP BY positions do not go with * in the select list.";
    ORDER_BY_POS_OUT_OF_RANGE = "ORDER_BY_POS_OUT_OF_RANGE", "42805",
        "ORDER BY position <index> is outside the select list, which has positions 1 to <size>.";
    UNRESOLVED_ALL_IN_GROUP_BY = "UNRESOLVED_ALL_IN_GROUP_BY", "42803",
        "What GROUP BY ALL groups by does not follow from the select list. Name the columns.";
    NESTED_AGGREGATE_FUNCTION = "NESTED_AGGREGATE_FUNCTION", "42607",
        "An aggregate stands inside the argument of another. Compute the inner one in a subquery.";
    UNSUPPORTED_GROUPING_EXPRESSION = "UNSUPPORTED_GROUPING_EXPRESSION", "42K0E",
        "grouping() and grouping_id() go with GROUPING SETS, CUBE and ROLLUP only.";
    GROUPING_COLUMN_MISMATCH = "GROUPING_COLUMN_MISMATCH", "42803",
        "grouping(<grouping>) is asked for, but the grouping columns are <groupingColumns>.";
    GROUPING_ID_COLUMN_MISMATCH = "GROUPING_ID_COLUMN_MISMATCH", "42803",
        "grouping_id(<groupingIdColumn>) is asked for, but the grouping columns are <groupByColumns>.";
    GROUP_EXPRESSION_TYPE_IS_NOT_ORDERABLE = "GROUP_EXPRESSION_TYPE_IS_NOT_ORDERABLE", "42822",
        "<sqlExpr> cannot be grouped by: values of type <dataType> do not compare.";
    EXPRESSION_TYPE_IS_NOT_ORDERABLE = "EXPRESSION_TYPE_IS_NOT_ORDERABLE", "42822",
        "<expr> cannot be sorted by: values of type <exprType> have no order.";
    LATERAL_COLUMN_ALIAS_IN_AGGREGATE_FUNC =
        "UNSUPPORTED_FEATURE.LATERAL_COLUMN_ALIAS_IN_AGGREGATE_FUNC", "0A000",
        "The aggregate <aggFunc> cannot use <lca>, an alias of the same select list.";
    LATERAL_COLUMN_ALIAS_IN_WINDOW = "UNSUPPORTED_FEATURE.LATERAL_COLUMN_ALIAS_IN_WINDOW", "0A000",
        "The window expression <windowExpr> cannot use <lca>, an alias of the same select list.";
    LATERAL_COLUMN_ALIAS_IN_GROUP_BY = "UNSUPPORTED_FEATURE.LATERAL_COLUMN_ALIAS_IN_GROUP_BY", "0A000",
        "GROUP BY cannot use an alias that refers to another alias of the same select list.";
    LATERAL_COLUMN_ALIAS_IN_AGGREGATE_WITH_WINDOW_AND_HAVING =
        "UNSUPPORTED_FEATURE.LATERAL_COLUMN_ALIAS_IN_AGGREGATE_WITH_WINDOW_AND_HAVING", "0A000",
        "<lca>, an alias of the same select list, cannot be used beside both window functions and HAVING.";
    AGGREGATE_FILTER_NOT_BOOLEAN = "INVALID_AGGREGATE_FILTER.NOT_BOOLEAN", "42903",
        "The condition <filterExpr> of FILTER is not a BOOLEAN.";
    AGGREGATE_FILTER_CONTAINS_AGGREGATE = "INVALID_AGGREGATE_FILTER.CONTAINS_AGGREGATE", "42903",
        "The condition <filterExpr> of FILTER contains the aggregate <aggExpr>.";
    AGGREGATE_FILTER_CONTAINS_WINDOW_FUNCTION =
        "INVALID_AGGREGATE_FILTER.CONTAINS_WINDOW_FUNCTION", "42903",
        "The condition <filterExpr> of FILTER contains the window function <windowExpr>.";
    WINDOW_FUNCTION_INSIDE_CLAUSE = "_LEGACY_ERROR_TEMP_1034", "XXKD0",
        "Window functions cannot stand in the <clauseName> clause.";
    INVALID_WHERE_CONDITION = "INVALID_WHERE_CONDITION", "42903",
        "The condition <condition> contains what WHERE cannot have: <expressionList>.";
    DATATYPE_MISMATCH_FILTER_NOT_BOOLEAN = "DATATYPE_MISMATCH.FILTER_NOT_BOOLEAN", "42K09",
        "The condition <filter> is a <type>, not a BOOLEAN.";
    JOIN_CONDITION_IS_NOT_BOOLEAN_TYPE = "JOIN_CONDITION_IS_NOT_BOOLEAN_TYPE", "42K0E",
        "The join condition <joinCondition> is a <conditionType>, not a BOOLEAN.";
    UNRESOLVED_USING_COLUMN_FOR_JOIN = "UNRESOLVED_USING_COLUMN_FOR_JOIN", "42703",
        "The <side> side of the join has no column <colName>; it has [<suggestion>].";
    INVALID_LATERAL_JOIN_TYPE = "INVALID_LATERAL_JOIN_TYPE", "42613",
        "A <joinType> JOIN cannot be LATERAL.";
    LATERAL_JOIN_USING = "UNSUPPORTED_FEATURE.LATERAL_JOIN_USING", "0A000",
        "USING does not go with LATERAL.";
    NUM_COLUMNS_MISMATCH = "NUM_COLUMNS_MISMATCH", "42826",
        "<operator> needs inputs of as many columns: the first has <firstNumColumns>, the <invalidOrdinalNum> <invalidNumColumns>.";
    INCOMPATIBLE_COLUMN_TYPE = "INCOMPATIBLE_COLUMN_TYPE", "42825",
        "<operator>: the <columnOrdinalNumber> column of the <tableOrdinalNumber> input is a <dataType1>, that of the first a <dataType2>.<hint>";
    SET_OPERATION_ON_MAP_TYPE = "UNSUPPORTED_FEATURE.SET_OPERATION_ON_MAP_TYPE", "0A000",
        "<colName> is a <dataType>; maps cannot be compared, so no set operation works on them.";
    UNSUPPORTED_GENERATOR_MULTI_GENERATOR = "UNSUPPORTED_GENERATOR.MULTI_GENERATOR", "42K0E",
        "A select list takes one generator; here are <num>: <generators>.";
    UNSUPPORTED_GENERATOR_NESTED_IN_EXPRESSIONS = "UNSUPPORTED_GENERATOR.NESTED_IN_EXPRESSIONS", "42K0E",
        "A generator cannot stand inside another expression: <expression>.";
    UNSUPPORTED_GENERATOR_NOT_GENERATOR = "UNSUPPORTED_GENERATOR.NOT_GENERATOR", "42K0E",
        "<functionName> is no generator, it is a <classCanonicalName>.";
    UNSUPPORTED_GENERATOR_OUTSIDE_SELECT = "UNSUPPORTED_GENERATOR.OUTSIDE_SELECT", "42K0E",
        "A generator can stand in a select list only; here it is in <plan>.";
    UDTF_ALIAS_NUMBER_MISMATCH = "UDTF_ALIAS_NUMBER_MISMATCH", "42802",
        "The generator makes <aliasesSize> columns; the names given are <aliasesNames>.";
    NUM_TABLE_VALUE_ALIASES_MISMATCH = "NUM_TABLE_VALUE_ALIASES_MISMATCH", "42826",
        "<funcName> makes <outColsNum> columns, and <aliasesNum> names are given.";
    ASSIGNMENT_ARITY_MISMATCH = "ASSIGNMENT_ARITY_MISMATCH", "42802",
        "<numTarget> names are given for <numExpr> columns.";
    INVALID_LIMIT_LIKE_EXPRESSION_IS_UNFOLDABLE = "INVALID_LIMIT_LIKE_EXPRESSION.IS_UNFOLDABLE", "42K0E",
        "The <name> must be a constant, not <expr>.";
    INVALID_LIMIT_LIKE_EXPRESSION_DATA_TYPE = "INVALID_LIMIT_LIKE_EXPRESSION.DATA_TYPE", "42K0E",
        "The <name> must be an integer; <expr> is a <dataType>.";
    INVALID_LIMIT_LIKE_EXPRESSION_IS_NULL = "INVALID_LIMIT_LIKE_EXPRESSION.IS_NULL", "42K0E",
        "The <name> <expr> is NULL.";
    INVALID_LIMIT_LIKE_EXPRESSION_IS_NEGATIVE = "INVALID_LIMIT_LIKE_EXPRESSION.IS_NEGATIVE", "42K0E",
        "The <name> <expr> is negative: <v>.";
    SCALAR_SUBQUERY_RETURN_MORE_THAN_ONE_OUTPUT_COLUMN =
        "INVALID_SUBQUERY_EXPRESSION.SCALAR_SUBQUERY_RETURN_MORE_THAN_ONE_OUTPUT_COLUMN", "42823",
        "A subquery that stands for a value must have one column; this has <number>.";
    DATATYPE_MISMATCH_IN_SUBQUERY_LENGTH_MISMATCH = "DATATYPE_MISMATCH.IN_SUBQUERY_LENGTH_MISMATCH", "42K09",
        "IN compares <leftLength> columns [<leftColumns>] with a subquery of <rightLength> [<rightColumns>].";
    DATATYPE_MISMATCH_IN_SUBQUERY_DATA_TYPE_MISMATCH =
        "DATATYPE_MISMATCH.IN_SUBQUERY_DATA_TYPE_MISMATCH", "42K09",
        "IN cannot compare [<mismatchedColumns>]: the left side is [<leftType>], the subquery [<rightType>].";
    NON_DETERMINISTIC_LATERAL_SUBQUERIES =
        "UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY.NON_DETERMINISTIC_LATERAL_SUBQUERIES", "0A000",
        "A LATERAL subquery computes something that may differ each time from the other side's columns: <treeNode>";
    CORRELATED_REFERENCE = "UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY.CORRELATED_REFERENCE", "0A000",
        "Columns of the outer query can be used in WHERE and HAVING only: <sqlExprs>.";
    MUST_AGGREGATE_CORRELATED_SCALAR_SUBQUERY =
        "UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY.MUST_AGGREGATE_CORRELATED_SCALAR_SUBQUERY", "0A000",
        "A correlated subquery that stands for a value must aggregate to one row.";
    AGGREGATE_FUNCTION_MIXED_OUTER_LOCAL_REFERENCES =
        "UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY.AGGREGATE_FUNCTION_MIXED_OUTER_LOCAL_REFERENCES", "0A000",
        "The aggregate <function> uses columns of the outer query beside its own.";
    UNSUPPORTED_CORRELATED_SCALAR_SUBQUERY =
        "UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY.UNSUPPORTED_CORRELATED_SCALAR_SUBQUERY", "0A000",
        "A correlated subquery cannot stand here: <treeNode>";
    UNSUPPORTED_IN_EXISTS_SUBQUERY =
        "UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY.UNSUPPORTED_IN_EXISTS_SUBQUERY", "0A000",
        "IN and EXISTS with a subquery cannot stand here: <treeNode>";
    UNSUPPORTED_CORRELATED_EXPRESSION_IN_JOIN_CONDITION =
        "UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY.UNSUPPORTED_CORRELATED_EXPRESSION_IN_JOIN_CONDITION", "0A000",
        "A subquery of a join condition cannot use columns of both sides: <subqueryExpression>";
    UNSUPPORTED_CORRELATED_REFERENCE_DATA_TYPE =
        "UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY.UNSUPPORTED_CORRELATED_REFERENCE_DATA_TYPE", "0A000",
        "A subquery cannot be correlated by <expr>, a <dataType>.";
    UNSUPPORTED_EXPR_FOR_OPERATOR = "UNSUPPORTED_EXPR_FOR_OPERATOR", "42K0E",
        "The operator <operator> cannot have aggregates, window functions or generators: <invalidExprSqls>.";
    UNSUPPORTED_EXPR_FOR_WINDOW = "UNSUPPORTED_EXPR_FOR_WINDOW", "42P20",
        "<sqlExpr> is no function for windows.";
    INVALID_WINDOW_SPEC_FOR_AGGREGATION_FUNC = "INVALID_WINDOW_SPEC_FOR_AGGREGATION_FUNC", "42601",
        "<aggFunc> takes neither ORDER BY nor a frame in its window.";
    WINDOW_FUNCTION_WITHOUT_OVER_CLAUSE = "WINDOW_FUNCTION_WITHOUT_OVER_CLAUSE", "42601",
        "The window function <funcName> needs OVER.";
    WINDOW_FUNCTION_AND_FRAME_MISMATCH = "WINDOW_FUNCTION_AND_FRAME_MISMATCH", "42K0E",
        "<funcName> does not go with the frame of <windowExpr>.";
    DISTINCT_WINDOW_FUNCTION_UNSUPPORTED = "DISTINCT_WINDOW_FUNCTION_UNSUPPORTED", "0A000",
        "DISTINCT does not go with windows: <windowExpr>.";
    MISSING_WINDOW_SPECIFICATION = "MISSING_WINDOW_SPECIFICATION", "42P20",
        "The WINDOW clause defines no window <windowName>.";
    WINDOW_FRAME_NOT_ORDERED = "WINDOW_FUNCTION_FRAME_NOT_ORDERED", "42601",
        "The window function <wf_name> needs an ORDER BY in its window: <wf_expr>.";
    WINDOW_FUNCTION_NOT_ALLOWED_IN_CLAUSE = "WINDOW_FUNCTION_NOT_ALLOWED_IN_CLAUSE", "42601",
        "<clauseName> comes before windows are looked at; it cannot have window functions.";
    WINDOW_INSIDE_AGGREGATE = "_LEGACY_ERROR_TEMP_1031", "XXKD0",
        "A window function cannot stand inside an aggregate. Compute it in a subquery.";
    EXCEPT_OVERLAPPING_COLUMNS = "EXCEPT_OVERLAPPING_COLUMNS", "42702",
        "The columns of EXCEPT overlap: <columns>.";
    REQUIRES_SINGLE_PART_NAMESPACE = "REQUIRES_SINGLE_PART_NAMESPACE", "42K05",
        "There is no catalog but <sessionCatalog>, and its tables are in databases; <identifier> is none.";
    INVALID_TABLESAMPLE_FRACTION = "INVALID_TABLESAMPLE_FRACTION", "22023",
        "A sample is between nothing and everything, not <fraction>.";
    WINDOW_FRAME_MUST_MATCH = "_LEGACY_ERROR_TEMP_1036", "XXKD0",
        "The frame <wf> is not the one the function has, <required>.";
    SPECIFIED_WINDOW_FRAME_DIFF_TYPES = "DATATYPE_MISMATCH.SPECIFIED_WINDOW_FRAME_DIFF_TYPES", "42K09",
        "In <sqlExpr> the frame's bounds <lower> and <upper> have different types, <lowerType> and <upperType>.";
    SPECIFIED_WINDOW_FRAME_INVALID_BOUND = "DATATYPE_MISMATCH.SPECIFIED_WINDOW_FRAME_INVALID_BOUND", "42K09",
        "In <sqlExpr> the frame's upper bound <upper> does not follow the lower bound <lower>.";
    SPECIFIED_WINDOW_FRAME_UNACCEPTED_TYPE =
        "DATATYPE_MISMATCH.SPECIFIED_WINDOW_FRAME_UNACCEPTED_TYPE", "42K09",
        "In <sqlExpr> the frame's <location> bound is a <exprType>; it must be a <expectedType>.";
    SPECIFIED_WINDOW_FRAME_WITHOUT_FOLDABLE =
        "DATATYPE_MISMATCH.SPECIFIED_WINDOW_FRAME_WITHOUT_FOLDABLE", "42K09",
        "In <sqlExpr> the frame's <location> bound <expression> is not constant.";
    SPECIFIED_WINDOW_FRAME_WRONG_COMPARISON =
        "DATATYPE_MISMATCH.SPECIFIED_WINDOW_FRAME_WRONG_COMPARISON", "42K09",
        "In <sqlExpr> the frame's lower bound must be <comparison> to the upper bound.";
    RANGE_FRAME_INVALID_TYPE = "DATATYPE_MISMATCH.RANGE_FRAME_INVALID_TYPE", "42K09",
        "In <sqlExpr> a sort key of type <orderSpecType> does not go with a range of <valueBoundaryType>.";
    RANGE_FRAME_MULTI_ORDER = "DATATYPE_MISMATCH.RANGE_FRAME_MULTI_ORDER", "42K09",
        "In <sqlExpr> a range takes one sort key, not <orderSpec>.";
    RANGE_FRAME_WITHOUT_ORDER = "DATATYPE_MISMATCH.RANGE_FRAME_WITHOUT_ORDER", "42K09",
        "In <sqlExpr> a range needs a sort key.";
    FUNCTION_WITH_UNSUPPORTED_SYNTAX = "INVALID_SQL_SYNTAX.FUNCTION_WITH_UNSUPPORTED_SYNTAX", "42000",
        "The function <prettyName> does not go with <syntax>.";
    WITHIN_GROUP_MISSING = "INVALID_WITHIN_GROUP_EXPRESSION.WITHIN_GROUP_MISSING", "42K0K",
        "<funcName> needs WITHIN GROUP.";
    WITHIN_GROUP_DISTINCT_UNSUPPORTED = "INVALID_WITHIN_GROUP_EXPRESSION.DISTINCT_UNSUPPORTED", "42K0K",
        "<funcName> does not take DISTINCT beside WITHIN GROUP.";
    WITHIN_GROUP_WRONG_NUM_ORDERINGS = "INVALID_WITHIN_GROUP_EXPRESSION.WRONG_NUM_ORDERINGS", "42K0K",
        "<funcName> takes <expectedNum> keys in WITHIN GROUP, not <actualNum>.";
    WITHIN_GROUP_MISMATCH_WITH_DISTINCT_INPUT =
        "INVALID_WITHIN_GROUP_EXPRESSION.MISMATCH_WITH_DISTINCT_INPUT", "42K0K",
        "<funcName> with DISTINCT orders by <orderingExpr>, which is not its argument <funcArg>.";
    INLINE_TABLE_NUM_COLUMNS_MISMATCH = "INVALID_INLINE_TABLE.NUM_COLUMNS_MISMATCH", "42000",
        "Row <rowIndex> of VALUES has <actualNumCols> columns, the first has <expectedNumCols>.";
    INLINE_TABLE_CANNOT_EVALUATE_EXPRESSION =
        "INVALID_INLINE_TABLE.CANNOT_EVALUATE_EXPRESSION_IN_INLINE_TABLE", "42000",
        "<expr> cannot be computed in VALUES.";
    INLINE_TABLE_INCOMPATIBLE_TYPES = "INVALID_INLINE_TABLE.INCOMPATIBLE_TYPES_IN_INLINE_TABLE", "42000",
        "The types of the column <colName> of VALUES do not go together.";
    INLINE_TABLE_FAILED_SQL_EXPRESSION_EVALUATION =
        "INVALID_INLINE_TABLE.FAILED_SQL_EXPRESSION_EVALUATION", "42000",
        "<sqlExpr> in VALUES failed.";
    CANNOT_MERGE_INCOMPATIBLE_DATA_TYPE = "CANNOT_MERGE_INCOMPATIBLE_DATA_TYPE", "42825",
        "The recursion starts with a column of type <left>, and goes on with <right>. Cast one.";
    INVALID_RECURSIVE_CTE = "INVALID_RECURSIVE_CTE", "42836",
        "A recursive query must be a UNION [ALL] of two inputs, the first of them without reference to itself.";
    INVALID_RECURSIVE_REFERENCE_PLACE = "INVALID_RECURSIVE_REFERENCE.PLACE", "42836",
        "A recursive reference cannot stand in a subquery, an aggregate, or the optional side of a join.";

    UNION_NOT_SUPPORTED_IN_RECURSIVE_CTE = "UNION_NOT_SUPPORTED_IN_RECURSIVE_CTE", "42836",
        "A recursive query takes UNION ALL, not UNION.";
    PIVOT_AGGREGATE_EXPECTED = "_LEGACY_ERROR_TEMP_1006", "XXKD0",
        "PIVOT takes aggregates; <sql> is none.";
    PIVOT_VALUE_DATA_TYPE_MISMATCH = "PIVOT_VALUE_DATA_TYPE_MISMATCH", "42K09",
        "The pivot value <value> is a <valueType>, the pivot column a <pivotType>.";
    NON_LITERAL_PIVOT_VALUES = "NON_LITERAL_PIVOT_VALUES", "42K08",
        "Pivot values are constants; <expression> is not.";
    INCOMPARABLE_PIVOT_COLUMN = "INCOMPARABLE_PIVOT_COLUMN", "42818",
        "The pivot column <columnName> has values that cannot be compared.";
    UNPIVOT_REQUIRES_VALUE_COLUMNS = "UNPIVOT_REQUIRES_VALUE_COLUMNS", "42K0A",
        "UNPIVOT has no value column left; all are identifiers.";
    UNPIVOT_VALUE_DATA_TYPE_MISMATCH = "UNPIVOT_VALUE_DATA_TYPE_MISMATCH", "42K09",
        "The value columns of UNPIVOT have no common type: [<types>].";
    UNPIVOT_VALUE_SIZE_MISMATCH = "UNPIVOT_VALUE_SIZE_MISMATCH", "428C4",
        "Every set of value columns of UNPIVOT must be as long as the names <names>.";
    UNPIVOT_REQUIRES_ATTRIBUTES = "UNPIVOT_REQUIRES_ATTRIBUTES", "42K0A",
        "UNPIVOT takes columns as <given> when no <empty> are given; these are none: [<expressions>].";
    INVALID_NON_DETERMINISTIC_EXPRESSIONS = "INVALID_NON_DETERMINISTIC_EXPRESSIONS", "42K0E",
        "<sqlExprs> may differ from call to call and cannot be used here.";
    AGGREGATE_FUNCTION_WITH_NONDETERMINISTIC_EXPRESSION =
        "AGGREGATE_FUNCTION_WITH_NONDETERMINISTIC_EXPRESSION", "42845",
        "The argument of the aggregate <sqlExpr> may differ from call to call.";
}
