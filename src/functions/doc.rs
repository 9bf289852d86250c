//! What `DESCRIBE FUNCTION` and the reference pages say about a function.

/// Documentation of a function.
#[derive(Debug)]
pub struct Doc {
    /// Calls as a user writes them with what they give, one line each, `_FUNC_` for the name:
    /// `"_FUNC_(expr) - Returns the absolute value of `expr`."` (in our own words).
    pub usage: &'static str,
    /// Example queries, or expressions, and their results: `("abs(-1)", "1")`; values separated by tabs, a row
    /// a line. Run by `tests/function_examples.rs`.
    pub examples: &'static [(&'static str, &'static str)],
    /// Spark's group: `math_funcs`, `string_funcs`, `agg_funcs`, …
    pub group: &'static str,
    /// Spark version that introduced it.
    pub since: &'static str,
}
