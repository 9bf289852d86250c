//! SHOW.

use super::{describe, fits, texts};
use crate::catalog::{Entry, GLOBAL_TEMP};
use crate::error::Result;
use crate::functions as builtin;
use crate::session::{DataFrame, Session};
use crate::types::{DataType, StructField, StructType, Value, quote_if_needed};
use std::collections::BTreeSet;

/// Namespace, name and whether it is temporary.
type Named = (String, String, bool);

fn answer(session: &Session, name: &str, mut rows: Vec<Named>) -> Result<DataFrame> {
    rows.sort_by(|a, b| a.1.cmp(&b.1));
    let schema = StructType::new([
        StructField::new("namespace", DataType::String, false),
        StructField::new(name, DataType::String, false),
        StructField::new("isTemporary", DataType::Boolean, false),
    ]);
    let row = |(namespace, name, temporary): Named| {
        vec![
            Value::from(namespace),
            Value::from(name),
            Value::from(temporary),
        ]
    };
    session.answer(schema, rows.into_iter().map(row).collect())
}

/// The temporary views, and with `global` the global ones.
fn temporary(session: &Session, global: bool) -> Vec<Named> {
    let catalog = &session.state.catalog;
    let own = catalog.temporary_views().into_iter();
    let mut rows: Vec<Named> = own.map(|(name, _)| (String::new(), name, true)).collect();
    if global {
        let shared = catalog.global_views().list().into_iter();
        rows.extend(shared.map(|(name, _)| (GLOBAL_TEMP.to_string(), name, true)));
    }
    rows
}

/// Entries of a database (the current one if none is named), and the temporary views.
fn entries(
    session: &Session,
    database: Option<&[String]>,
    wanted: impl Fn(&Entry) -> bool,
) -> Result<Vec<Named>> {
    let catalog = &session.state.catalog;
    let database = match database.and_then(|name| name.last()) {
        Some(name) => name.clone(),
        None => catalog.current_database(),
    };
    let mut rows = temporary(session, database.eq_ignore_ascii_case(GLOBAL_TEMP));
    if !database.eq_ignore_ascii_case(GLOBAL_TEMP) {
        let found = catalog.entries(&database)?.into_iter();
        let found = found.filter(|(_, entry)| wanted(entry));
        rows.extend(found.map(|(name, _)| (database.to_lowercase(), name, false)));
    }
    Ok(rows)
}

/// `SHOW TABLES`
pub fn tables(
    session: &Session,
    database: Option<&[String]>,
    pattern: Option<&str>,
) -> Result<DataFrame> {
    let mut rows = entries(session, database, |_| true)?;
    rows.retain(|(_, name, _)| fits(name, pattern));
    answer(session, "tableName", rows)
}

/// `SHOW VIEWS`
pub fn views(
    session: &Session,
    database: Option<&[String]>,
    pattern: Option<&str>,
) -> Result<DataFrame> {
    let mut rows = entries(session, database, |entry| matches!(entry, Entry::View(_)))?;
    rows.retain(|(_, name, _)| fits(name, pattern));
    answer(session, "viewName", rows)
}

/// `SHOW COLUMNS IN table`
pub fn columns(session: &Session, table: &[String]) -> Result<DataFrame> {
    let frame = describe::resolve(session, table)?;
    texts(
        session,
        ["col_name"],
        frame.columns().into_iter().map(|name| [name]),
    )
}

/// `SHOW FUNCTIONS`
pub fn functions(session: &Session, pattern: Option<&str>) -> Result<DataFrame> {
    let built_in = builtin::functions().flat_map(|function| {
        std::iter::once(function.name()).chain(function.aliases().iter().copied())
    });
    let mut names: BTreeSet<String> = built_in.map(str::to_string).collect();
    names.extend(session.state.catalog.functions());
    let shown = names.into_iter().filter(|name| fits(name, pattern));
    texts(session, ["function"], shown.map(|name| [name]))
}

/// `SHOW DATABASES`
pub fn databases(session: &Session, pattern: Option<&str>) -> Result<DataFrame> {
    let names = session
        .state
        .catalog
        .databases()
        .into_iter()
        .filter(|name| fits(name, pattern));
    texts(session, ["namespace"], names.map(|name| [name]))
}

/// `SHOW TBLPROPERTIES name [(key)]`
pub fn table_properties(
    session: &Session,
    name: &[String],
    key: Option<&str>,
) -> Result<DataFrame> {
    let entry = session
        .state
        .catalog
        .find(name)
        .ok_or_else(|| crate::catalog::not_found(name))?;
    let properties = match entry {
        Entry::Table(table) => table.properties.clone(),
        Entry::View(_) => Default::default(),
    };
    let rows: Vec<[String; 2]> = match key {
        None => properties
            .into_iter()
            .map(|(key, value)| [key, value])
            .collect(),
        Some(key) => {
            let missing = || format!("Table {} does not have property: {key}", name.join("."));
            vec![[
                key.to_string(),
                properties.get(key).cloned().unwrap_or_else(missing),
            ]]
        }
    };
    texts(session, ["key", "value"], rows)
}

/// `SHOW CREATE TABLE name`
pub fn create_table(session: &Session, name: &[String]) -> Result<DataFrame> {
    let catalog = &session.state.catalog;
    let entry = catalog
        .find(name)
        .ok_or_else(|| crate::catalog::not_found(name))?;
    let text = match &entry {
        Entry::View(view) => view_statement(session, view)?,
        Entry::Table(table) => table_statement(table),
    };
    texts(session, ["createtab_stmt"], [[text]])
}

fn view_statement(session: &Session, view: &crate::catalog::View) -> Result<String> {
    let frame = DataFrame::new(session, view.query.clone())?;
    let names: Vec<String> = if view.columns.is_empty() {
        frame.columns()
    } else {
        view.columns.iter().map(|(name, _)| name.clone()).collect()
    };
    let names: Vec<String> = names
        .iter()
        .map(|name| format!("  {}", quote_if_needed(name)))
        .collect();
    let body = view.text.clone().unwrap_or_default();
    Ok(format!(
        "CREATE VIEW {} (\n{})\nWITH SCHEMA COMPENSATION\nAS {body}\n",
        view.name
            .iter()
            .skip(usize::from(view.name.len() > 2))
            .cloned()
            .collect::<Vec<_>>()
            .join("."),
        names.join(",\n")
    ))
}

fn table_statement(table: &crate::catalog::TableDefinition) -> String {
    use crate::catalog::TableSource;
    let column = |field: &StructField| {
        let not_null = if field.nullable { "" } else { " NOT NULL" };
        let comment = match &field.comment {
            Some(text) => format!(" COMMENT '{}'", text.replace('\'', "\\'")),
            None => String::new(),
        };
        format!(
            "  {} {}{not_null}{comment}",
            quote_if_needed(&field.name),
            field.data_type.sql()
        )
    };
    let columns: Vec<String> = table.schema.iter().map(column).collect();
    let mut text = format!(
        "CREATE TABLE {} (\n{})\n",
        table.name.join("."),
        columns.join(",\n")
    );
    if let TableSource::Files {
        format,
        location,
        options,
        managed,
    } = &table.source
    {
        text.push_str(&format!("USING {format}\n"));
        if !options.is_empty() {
            let options: Vec<String> = (options.iter())
                .map(|(key, value)| format!("  '{key}' = '{}'", describe::redacted(key, value)))
                .collect();
            text.push_str(&format!("OPTIONS (\n{})\n", options.join(",\n")));
        }
        if !managed {
            let place = location.strip_prefix("file:").unwrap_or(location);
            text.push_str(&format!("LOCATION 'file:{place}'\n"));
        }
    }
    if !table.partitioned_by.is_empty() {
        text.push_str(&format!(
            "PARTITIONED BY ({})\n",
            table.partitioned_by.join(", ")
        ));
    }
    if let Some(comment) = &table.comment {
        text.push_str(&format!("COMMENT '{}'\n", comment.replace('\'', "\\'")));
    }
    if !table.properties.is_empty() {
        let properties: Vec<String> = table
            .properties
            .iter()
            .map(|(key, value)| {
                let value = describe::redacted(key, value);
                format!("  '{key}' = '{value}'")
            })
            .collect();
        text.push_str(&format!("TBLPROPERTIES (\n{})\n", properties.join(",\n")));
    }
    text
}
