//! DESCRIBE.

use super::partitions::{self, Place};
use super::texts;
use crate::catalog::{CATALOG, Entry, TableDefinition, TableSource, ViewKind, not_found};
use crate::error::conditions::{FORBIDDEN_OPERATION, PARTITIONS_NOT_FOUND, UNRESOLVED_ROUTINE};
use crate::error::{Error, Result, quote};
use crate::functions::{self, Function};
use crate::plan::unresolved::{PartitionSpec, Relation, RelationKind};
use crate::session::SPARK_VERSION;
use crate::session::{DataFrame, Session};
use crate::types::{DataType, StructField, StructType, Value, quote_if_needed};

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
    extended: bool,
    column: Option<&[String]>,
) -> Result<DataFrame> {
    let frame = resolve(session, name)?;
    let entry = session.state.catalog.find(name);
    let schema = match &entry {
        Some(Entry::Table(table)) => &table.schema,
        _ => frame.schema(),
    };
    let Some(column) = column else {
        let mut rows = column_rows(schema);
        if let Some(Entry::Table(table)) = &entry {
            rows.extend(partition_rows(table));
        }
        if extended && let Some(entry) = &entry {
            rows.extend(details(entry));
        }
        return session.answer(columns_schema(), rows);
    };
    let wanted = column.last().map_or("", String::as_str);
    let Some(index) = schema.index_of(wanted) else {
        return frame.select([wanted]);
    };
    let field = &schema[index];
    let comment = field.comment.as_deref().unwrap_or("NULL").to_string();
    let rows = [
        ["col_name".to_string(), field.name.clone()],
        ["data_type".to_string(), field.data_type.simple_string()],
        ["comment".to_string(), comment],
    ];
    texts(session, ["info_name", "info_value"], rows)
}

fn line(name: &str, value: impl Into<String>) -> Vec<Value> {
    vec![
        Value::from(name),
        Value::from(value.into()),
        Value::from(""),
    ]
}

/// The columns that are folders, once more.
fn partition_rows(table: &TableDefinition) -> Vec<Vec<Value>> {
    if table.partitioned_by.is_empty() {
        return Vec::new();
    }
    let is_partition = |field: &&StructField| {
        let mut columns = table.partitioned_by.iter();
        columns.any(|column| column.eq_ignore_ascii_case(&field.name))
    };
    let columns = StructType::new(table.schema.iter().filter(is_partition).cloned());
    let mut rows = vec![
        line("# Partition Information", ""),
        vec![
            Value::from("# col_name"),
            Value::from("data_type"),
            Value::from("comment"),
        ],
    ];
    rows.extend(column_rows(&columns));
    rows
}

/// `DESCRIBE [EXTENDED] name PARTITION (..)`
pub fn partition(
    session: &Session,
    name: &[String],
    extended: bool,
    spec: &PartitionSpec,
) -> Result<DataFrame> {
    let table = match session.state.catalog.find(name) {
        Some(Entry::Table(table)) => table,
        Some(Entry::View(view)) => {
            let kind = match view.kind {
                ViewKind::Persistent => "VIEW",
                ViewKind::Temporary | ViewKind::GlobalTemporary => "TEMPORARY VIEW",
            };
            return Err(Error::new(
                &FORBIDDEN_OPERATION,
                [
                    ("statement", "DESC PARTITION".to_string()),
                    ("objectType", kind.to_string()),
                    ("objectName", quote::name(name)),
                ],
            ));
        }
        None => return Err(not_found(name)),
    };
    let place = Place::of(session, &table, spec)?;
    if !place.path.is_dir() {
        return Err(Error::new(
            &PARTITIONS_NOT_FOUND,
            [
                ("partitionList", place.sql),
                ("tableName", quote::name(&table.name)),
            ],
        ));
    }
    let mut rows = column_rows(&table.schema);
    rows.extend(partition_rows(&table));
    if extended {
        let root = partitions::root(&table)?.display();
        rows.extend([line("", ""), line("# Detailed Partition Information", "")]);
        for (label, part) in ["Database", "Table"].into_iter().zip(&table.name[1..]) {
            rows.push(line(label, part.as_str()));
        }
        rows.push(line("Partition Values", format!("[{}]", place.values)));
        rows.push(line("Location", format!("file:{}", place.path.display())));
        rows.push(line("Created Time", "UNKNOWN"));
        rows.push(line("Last Access", "UNKNOWN"));
        rows.extend([line("", ""), line("# Storage Information", "")]);
        rows.push(line("Location", format!("file:{root}")));
    }
    session.answer(columns_schema(), rows)
}

/// What EXTENDED adds: nothing for temporary views.
fn details(entry: &Entry) -> Vec<Vec<Value>> {
    let name = match entry {
        Entry::View(view) if view.kind == ViewKind::Persistent => &view.name,
        Entry::View(_) => return Vec::new(),
        Entry::Table(table) => &table.name,
    };
    let mut rows = vec![line("", ""), line("# Detailed Table Information", "")];
    for (label, part) in ["Catalog", "Database", "Table"].into_iter().zip(name) {
        rows.push(line(label, part.as_str()));
    }
    // When it was made is not kept.
    rows.push(line("Created Time", "UNKNOWN"));
    rows.push(line("Last Access", "UNKNOWN"));
    rows.push(line("Created By", format!("Spark {SPARK_VERSION}")));
    match entry {
        Entry::View(view) => {
            let text = view.text.clone().unwrap_or_default();
            rows.push(line("Type", "VIEW"));
            rows.push(line("View Text", text.as_str()));
            rows.push(line("View Original Text", text));
            rows.push(line("View Schema Mode", "COMPENSATION"));
            let catalog = [CATALOG, &view.database].map(quote_if_needed).join(".");
            rows.push(line("View Catalog and Namespace", catalog));
            let names: Vec<String> = match &view.schema {
                Some(schema) => schema
                    .iter()
                    .map(|field| quote::identifier(&field.name))
                    .collect(),
                None => Vec::new(),
            };
            rows.push(line(
                "View Query Output Columns",
                format!("[{}]", names.join(", ")),
            ));
        }
        Entry::Table(table) => table_details(table, &mut rows),
    }
    rows
}

fn table_details(table: &TableDefinition, rows: &mut Vec<Vec<Value>>) {
    if let TableSource::Files {
        format,
        location,
        options,
        managed,
    } = &table.source
    {
        rows.push(line("Type", if *managed { "MANAGED" } else { "EXTERNAL" }));
        rows.push(line("Provider", format.as_str()));
        if let Some(comment) = &table.comment {
            rows.push(line("Comment", comment.as_str()));
        }
        if !table.properties.is_empty() {
            let properties: Vec<String> = (table.properties.iter())
                .map(|(key, value)| format!("{key}={}", redacted(key, value)))
                .collect();
            rows.push(line(
                "Table Properties",
                format!("[{}]", properties.join(", ")),
            ));
        }
        let place = location.strip_prefix("file:").unwrap_or(location);
        rows.push(line("Location", format!("file:{place}")));
        if !options.is_empty() {
            let options: Vec<String> = (options.iter())
                .map(|(key, value)| format!("{key}={}", redacted(key, value)))
                .collect();
            rows.push(line(
                "Storage Properties",
                format!("[{}]", options.join(", ")),
            ));
        }
    }
    if !table.partitioned_by.is_empty() {
        rows.push(line("Partition Provider", "Catalog"));
    }
}

/// A value as it is shown: what looks like a secret is not.
pub fn redacted<'v>(key: &str, value: &'v str) -> &'v str {
    let key = key.to_lowercase();
    let secrets = ["password", "secret", "token", "access.key"];
    match secrets.iter().any(|word| key.contains(word)) {
        true => "*********(redacted)",
        false => value,
    }
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
