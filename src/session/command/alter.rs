//! Changes of a table's definition and of its partitions.

use super::partitions::{self, Place};
use super::{describe, nothing};
use crate::catalog::{Entry, TableDefinition, TableSource, not_found};
use crate::error::conditions::{
    COLUMN_ALREADY_EXISTS, EXPECT_TABLE_NOT_VIEW_NO_ALTERNATIVE, NOT_A_PARTITIONED_TABLE,
    NOT_SUPPORTED_CHANGE_COLUMN, PARTITIONS_ALREADY_EXIST, PARTITIONS_NOT_FOUND,
    UNSUPPORTED_FEATURE_TABLE_OPERATION,
};
use crate::error::{Error, Result, quote};
use crate::plan::unresolved::{ChangeTable, TableChange};
use crate::session::{DataFrame, Session};
use crate::types::{StructField, StructType};
use std::path::Path;
use std::sync::Arc;

/// The table of a name; an error for views.
pub fn table_of(
    session: &Session,
    name: &[String],
    operation: &str,
) -> Result<Arc<TableDefinition>> {
    match session.state.catalog.find(name) {
        Some(Entry::Table(table)) => Ok(table),
        Some(Entry::View(view)) => Err(Error::new(
            &EXPECT_TABLE_NOT_VIEW_NO_ALTERNATIVE,
            [
                ("viewName", quote::name(&view.name)),
                ("operation", operation.to_string()),
            ],
        )),
        None => Err(not_found(name)),
    }
}

fn operation_of(change: &TableChange) -> &'static str {
    match change {
        TableChange::Rename(_) => "ALTER TABLE ... RENAME TO",
        TableChange::AddColumns(_) => "ALTER TABLE ... ADD COLUMNS",
        TableChange::SetProperties(_) => "ALTER TABLE ... SET TBLPROPERTIES",
        TableChange::UnsetProperties(_) => "ALTER TABLE ... UNSET TBLPROPERTIES",
        TableChange::ColumnComment(..) | TableChange::ColumnType(..) => {
            "ALTER TABLE ... ALTER COLUMN"
        }
        TableChange::Comment(_) => "COMMENT ON TABLE",
        TableChange::AddPartitions(..) => "ALTER TABLE ... ADD PARTITION ...",
        TableChange::DropPartitions(..) => "ALTER TABLE ... DROP PARTITION ...",
        TableChange::RecoverPartitions(operation) => operation,
        TableChange::Truncate(_) => "TRUNCATE TABLE",
        TableChange::Analyze => "ANALYZE TABLE",
        TableChange::Refused(operation) => operation,
    }
}

/// Changes a table.
pub fn change(session: &Session, command: ChangeTable) -> Result<DataFrame> {
    let ChangeTable {
        name,
        change,
        origin,
    } = command;
    let changed = apply(session, &name, change);
    changed.map_err(|error| match error.condition().main_name() {
        "TABLE_OR_VIEW_NOT_FOUND" | "EXPECT_TABLE_NOT_VIEW" => error.at(origin.as_ref()),
        _ => error,
    })?;
    nothing(session)
}

fn apply(session: &Session, name: &[String], change: TableChange) -> Result<()> {
    let operation = operation_of(&change);
    if let TableChange::Analyze = change {
        // What a table's files hold is looked at when a query is planned; nothing is kept.
        return describe::resolve(session, name).map(|_| ());
    }
    let table = table_of(session, name, operation)?;
    let mut definition = (*table).clone();
    match change {
        TableChange::Refused(operation) => {
            return Err(Error::new(
                &UNSUPPORTED_FEATURE_TABLE_OPERATION,
                [
                    ("tableName", quote::name(&table.name)),
                    ("operation", operation.to_string()),
                ],
            ));
        }
        TableChange::Rename(to) => return rename(session, name, &table, &to),
        TableChange::AddColumns(columns) => definition.schema = with_columns(&table, columns)?,
        TableChange::SetProperties(properties) => definition.properties.extend(properties),
        TableChange::UnsetProperties(keys) => {
            definition.properties.retain(|key, _| !keys.contains(key));
        }
        TableChange::Comment(comment) => definition.comment = comment,
        TableChange::ColumnComment(column, comment) => {
            let index = column_index(session, name, &table, &column)?;
            definition.schema =
                changed_field(&table.schema, index, |field| field.with_comment(comment));
        }
        TableChange::ColumnType(column, to) => {
            let index = column_index(session, name, &table, &column)?;
            let field = &table.schema[index];
            if field.data_type != to {
                let column = quote::identifier(&field.name);
                return Err(Error::new(
                    &NOT_SUPPORTED_CHANGE_COLUMN,
                    [
                        ("table", quote::name(&table.name)),
                        ("originName", column.clone()),
                        ("originType", quote::sql_type(&field.data_type)),
                        ("newName", column),
                        ("newType", quote::sql_type(&to)),
                    ],
                ));
            }
        }
        TableChange::RecoverPartitions(operation) => {
            if table.partitioned_by.is_empty() {
                return Err(Error::new(
                    &NOT_A_PARTITIONED_TABLE,
                    [
                        ("operation", operation.to_string()),
                        ("tableIdentWithDB", quote::name(&table.name)),
                    ],
                ));
            }
            // Partitions are the folders that are there.
            return Ok(());
        }
        TableChange::AddPartitions(specs, tolerant) => {
            for spec in &specs {
                let place = Place::of(session, &table, spec)?;
                if place.path.is_dir() && !tolerant {
                    return Err(missing_or_there(&PARTITIONS_ALREADY_EXIST, &place, &table));
                }
                make_folder(&place.path)?;
            }
            return Ok(());
        }
        TableChange::DropPartitions(specs, tolerant) => {
            for spec in &specs {
                let found = partitions::matching(session, &table, Some(spec))?;
                if found.is_empty() && !tolerant {
                    let place = Place::of(session, &table, spec)?;
                    return Err(missing_or_there(&PARTITIONS_NOT_FOUND, &place, &table));
                }
                for folder in found {
                    remove(&partitions::root(&table)?.join(folder))?;
                }
            }
            return Ok(());
        }
        TableChange::Truncate(spec) => {
            let root = partitions::root(&table)?;
            match &spec {
                None => empty(root)?,
                Some(spec) => {
                    for folder in partitions::matching(session, &table, Some(spec))? {
                        empty(&root.join(folder))?;
                    }
                }
            }
            return Ok(());
        }
        TableChange::Analyze => return Ok(()),
    }
    session
        .state
        .catalog
        .create_table(definition, true, false)?;
    Ok(())
}

fn missing_or_there(
    condition: &'static crate::error::Condition,
    place: &Place,
    table: &TableDefinition,
) -> Error {
    Error::new(
        condition,
        [
            ("partitionList", place.sql.clone()),
            ("tableName", quote::name(&table.name)),
        ],
    )
}

/// The position of a column; where there is none, the error of selecting it.
fn column_index(
    session: &Session,
    name: &[String],
    table: &TableDefinition,
    column: &[String],
) -> Result<usize> {
    let wanted = column.last().map_or("", String::as_str);
    match table.schema.index_of(wanted) {
        Some(index) => Ok(index),
        None => {
            describe::resolve(session, name)?.select([wanted])?;
            Err(Error::internal("a column that is not there was selected"))
        }
    }
}

fn changed_field(
    schema: &StructType,
    index: usize,
    change: impl FnOnce(StructField) -> StructField,
) -> StructType {
    let mut fields: Vec<StructField> = schema.iter().cloned().collect();
    let field = fields.remove(index);
    fields.insert(index, change(field));
    StructType::new(fields)
}

/// The schema with more columns, before those that are folders.
fn with_columns(table: &TableDefinition, columns: Vec<StructField>) -> Result<StructType> {
    let mut fields: Vec<StructField> = table.schema.iter().cloned().collect();
    for column in columns {
        if table.schema.index_of(&column.name).is_some() {
            return Err(Error::new(
                &COLUMN_ALREADY_EXISTS,
                [("columnName", quote::identifier(&column.name.to_lowercase()))],
            ));
        }
        let place = fields.len() - table.partitioned_by.len();
        fields.insert(place, column);
    }
    Ok(StructType::new(fields))
}

/// A managed table's folder goes with its name.
fn rename(
    session: &Session,
    name: &[String],
    table: &TableDefinition,
    to: &[String],
) -> Result<()> {
    let catalog = &session.state.catalog;
    let mut definition = table.clone();
    definition.name = match (to, table.name.split_last()) {
        ([only], Some((_, database))) => [database, std::slice::from_ref(only)].concat(),
        _ => catalog.full_name(to),
    };
    if let TableSource::Files {
        location,
        managed: true,
        ..
    } = &mut definition.source
        && let (Some(folder), Some(last)) = (Path::new(&*location).parent(), definition.name.last())
    {
        let target = folder.join(last);
        if target.exists() {
            return Err(Error::new(
                &crate::error::conditions::TABLE_OR_VIEW_ALREADY_EXISTS,
                [("relationName", quote::name(&definition.name))],
            ));
        }
        std::fs::rename(&*location, &target).map_err(|error| {
            Error::internal(format!("{location} could not be renamed")).caused_by(error)
        })?;
        *location = target.to_string_lossy().into_owned();
    }
    catalog.create_table(definition, false, false)?;
    catalog.drop_entry(name);
    Ok(())
}

fn make_folder(path: &Path) -> Result<()> {
    std::fs::create_dir_all(path).map_err(|error| failed(path, "made", error))
}

fn failed(path: &Path, what: &str, error: std::io::Error) -> Error {
    Error::internal(format!("{} could not be {what}", path.display())).caused_by(error)
}

fn remove(path: &Path) -> Result<()> {
    match path.is_dir() {
        true => std::fs::remove_dir_all(path).map_err(|error| failed(path, "removed", error)),
        false => Ok(()),
    }
}

/// Removes what is in a folder.
fn empty(folder: &Path) -> Result<()> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Ok(());
    };
    for entry in entries.flatten() {
        let path = entry.path();
        let removed = match path.is_dir() {
            true => std::fs::remove_dir_all(&path),
            false => std::fs::remove_file(&path),
        };
        removed.map_err(|error| failed(&path, "removed", error))?;
    }
    Ok(())
}
