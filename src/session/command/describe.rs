//! DESCRIBE.

use super::texts;
use crate::error::{Error, Result, conditions::UNRESOLVED_ROUTINE, quote};
use crate::functions::{self, Function};
use crate::plan::unresolved::{Relation, RelationKind};
use crate::session::{DataFrame, Session};
use crate::types::{DataType, StructField, StructType, Value};

/// The table or view of a name.
pub fn resolve(session: &Session, name: &[String]) -> Result<DataFrame> {
    let kind = RelationKind::Table {
        name: name.to_vec(),
        options: Default::default(),
    };
    DataFrame::new(session, Relation::new(kind))
}

fn columns_schema() -> StructType {
    StructType::new([
        StructField::new("col_name", DataType::String, false),
        StructField::new("data_type", DataType::String, false),
        StructField::new("comment", DataType::String, true),
    ])
}

fn column_rows(schema: &StructType) -> Vec<Vec<Value>> {
    let row = |field: &StructField| {
        vec![
            Value::from(field.name.as_str()),
            Value::from(field.data_type.simple_string()),
            Value::from(field.comment.as_deref()),
        ]
    };
    schema.iter().map(row).collect()
}

/// `DESCRIBE TABLE name [column]`
pub fn table(
    session: &Session,
    name: &[String],
    _extended: bool,
    column: Option<&[String]>,
) -> Result<DataFrame> {
    let frame = resolve(session, name)?;
    let Some(column) = column else {
        return session.answer(columns_schema(), column_rows(frame.schema()));
    };
    let wanted = column.last().map_or("", String::as_str);
    let Some(index) = frame.schema().index_of(wanted) else {
        return frame.select([wanted]);
    };
    let field = &frame.schema()[index];
    let comment = field.comment.as_deref().unwrap_or("NULL").to_string();
    let rows = [
        ["col_name".to_string(), field.name.clone()],
        ["data_type".to_string(), field.data_type.simple_string()],
        ["comment".to_string(), comment],
    ];
    texts(session, ["info_name", "info_value"], rows)
}

/// `DESCRIBE DATABASE [EXTENDED] name`
pub fn database(session: &Session, name: &[String], _extended: bool) -> Result<DataFrame> {
    let database = name.last().map_or("", String::as_str);
    // Lists nothing we need; fails with Spark's condition if there is no such database.
    session.state.catalog.entries(database)?;
    let config = session.config();
    let warehouse = config.get("spark.sql.warehouse.dir").unwrap_or_default();
    let location = if database.eq_ignore_ascii_case("default") {
        format!("file:{warehouse}")
    } else {
        format!("file:{warehouse}/{database}.db")
    };
    let rows = [
        [
            "Catalog Name".to_string(),
            crate::catalog::CATALOG.to_string(),
        ],
        ["Namespace Name".to_string(), database.to_string()],
        ["Comment".to_string(), String::new()],
        ["Location".to_string(), location],
        ["Owner".to_string(), String::new()],
    ];
    texts(session, ["info_name", "info_value"], rows)
}

/// `DESCRIBE QUERY query`
pub fn query(session: &Session, relation: Relation) -> Result<DataFrame> {
    let frame = DataFrame::new(session, relation)?;
    session.answer(columns_schema(), column_rows(frame.schema()))
}

/// `DESCRIBE FUNCTION [EXTENDED] name`
pub fn function(session: &Session, name: &[String], extended: bool) -> Result<DataFrame> {
    let written = name.last().map_or("", String::as_str).to_lowercase();
    let mut lines = Vec::new();
    if let Some(found) = functions::lookup(&written) {
        lines.push(format!("Function: {written}"));
        lines.push(format!("Class: {}", kind_of(&found)));
        lines.push(format!(
            "Usage: {}",
            found.doc().usage.replace("_FUNC_", &written)
        ));
        if extended {
            lines.push("Extended Usage:\n    Examples:".to_string());
            for (query, answer) in found.doc().examples {
                lines.push(format!("      > SELECT {query};\n       {answer}"));
            }
            lines.push(format!("    Since: {}", found.doc().since));
        }
    } else if session.state.catalog.function(&written).is_some() {
        lines.push(format!("Function: {written}"));
        lines.push("Class: user-defined".to_string());
    } else {
        return Err(Error::new(
            &UNRESOLVED_ROUTINE,
            [
                ("routineName", quote::name(name)),
                (
                    "searchPath",
                    "[`system`.`builtin`, `system`.`session`, `spark_catalog`.`default`]"
                        .to_string(),
                ),
            ],
        ));
    }
    texts(
        session,
        ["function_desc"],
        lines.into_iter().map(|line| [line]),
    )
}

fn kind_of(function: &Function) -> &'static str {
    match function {
        Function::Scalar(_) => "scalar",
        Function::Aggregate(_) => "aggregate",
        Function::Window(_) => "window",
        Function::Generator(_) => "generator",
    }
}
