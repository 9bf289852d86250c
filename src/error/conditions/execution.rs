//! What goes wrong with the shape of a query's rows while it runs.

use crate::error::condition::conditions;

conditions! {
    SCALAR_SUBQUERY_TOO_MANY_ROWS = "SCALAR_SUBQUERY_TOO_MANY_ROWS", "21000",
        "A subquery that stands for a value gave more than one row.";
    RECURSION_LEVEL_LIMIT_EXCEEDED = "RECURSION_LEVEL_LIMIT_EXCEEDED", "42836",
        "The recursion is not at its end after <levelLimit> rounds. MAX RECURSION LEVEL raises the limit.";
    RECURSION_ROW_LIMIT_EXCEEDED = "RECURSION_ROW_LIMIT_EXCEEDED", "42836",
        "The recursion is not at its end after <rowLimit> rows. A LIMIT on the query raises the limit.";
}
