//! A schema as the tree that `print_schema` shows.

use super::{DataType, StructType};

impl StructType {
    /// The tree, ending in a newline:
    ///
    /// ```text
    /// root
    ///  |-- a: integer (nullable = true)
    ///  |-- b: array (nullable = false)
    ///  |    |-- element: string (containsNull = true)
    /// ```
    pub fn tree_string(&self) -> String {
        self.tree_string_to(usize::MAX)
    }

    /// The tree down to `levels` levels, as `print_schema(level)` shows it.
    pub fn tree_string_to(&self, levels: usize) -> String {
        let mut text = "root\n".to_string();
        write_fields(self, " |", levels, &mut text);
        text
    }
}

fn write_fields(schema: &StructType, prefix: &str, levels: usize, text: &mut String) {
    for field in schema.iter() {
        let note = format!(" (nullable = {})", field.nullable);
        write_node(&field.name, &field.data_type, &note, prefix, levels, text);
    }
}

fn write_node(
    name: &str,
    data_type: &DataType,
    note: &str,
    prefix: &str,
    levels: usize,
    text: &mut String,
) {
    if levels == 0 {
        return;
    }
    text.push_str(&format!(
        "{prefix}-- {name}: {}{note}\n",
        data_type.type_name()
    ));
    let inner = format!("{prefix}    |");
    let levels = levels - 1;
    match data_type {
        DataType::Array {
            element,
            contains_null,
        } => {
            let note = format!(" (containsNull = {contains_null})");
            write_node("element", element, &note, &inner, levels, text);
        }
        DataType::Map {
            key,
            value,
            value_contains_null,
        } => {
            let note = format!(" (valueContainsNull = {value_contains_null})");
            write_node("key", key, "", &inner, levels, text);
            write_node("value", value, &note, &inner, levels, text);
        }
        DataType::Struct(fields) => write_fields(fields, &inner, levels, text),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use crate::types::parse_schema;

    #[test]
    fn as_spark_prints_it() {
        let schema = parse_schema("a INT NOT NULL, b MAP<STRING, ARRAY<STRUCT<c: DATE>>>").unwrap();
        let expected = "root
 |-- a: integer (nullable = false)
 |-- b: map (nullable = true)
 |    |-- key: string
 |    |-- value: array (valueContainsNull = true)
 |    |    |-- element: struct (containsNull = true)
 |    |    |    |-- c: date (nullable = true)
";
        assert_eq!(schema.tree_string(), expected);
        assert_eq!(schema.tree_string_to(1).lines().count(), 3);
    }
}
