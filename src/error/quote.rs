//! How Spark quotes what it puts into error parameters.

/// A SQL type, upper case in double quotes: `"INT"`.
pub fn sql_type(data_type: &crate::types::DataType) -> String {
    format!("\"{}\"", data_type.sql())
}

/// An expression's SQL in double quotes: `"(a + b)"`.
pub fn sql_expression(sql: &str) -> String {
    format!("\"{sql}\"")
}

/// A setting's key in double quotes: `"spark.sql.ansi.enabled"`.
pub fn config(key: &str) -> String {
    format!("\"{key}\"")
}

/// One identifier in backticks: `` `a``b` ``.
pub fn identifier(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

/// A dotted name, every part in backticks: `` `t`.`a` ``.
pub fn name<S: AsRef<str>>(parts: &[S]) -> String {
    let quoted: Vec<String> = parts.iter().map(|part| identifier(part.as_ref())).collect();
    quoted.join(".")
}

/// A statement or clause name as Spark prints it in errors: upper case, unquoted.
pub fn statement(text: &str) -> String {
    text.to_uppercase()
}
