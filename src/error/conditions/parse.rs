//! What the parser finds.

use crate::error::condition::conditions;

conditions! {
    PARSE_SYNTAX_ERROR = "PARSE_SYNTAX_ERROR", "42601", "Syntax error at or near <error><hint>.";
    PARSE_EMPTY_STATEMENT = "PARSE_EMPTY_STATEMENT", "42617", "The statement is empty.";
}
