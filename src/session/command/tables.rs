//! CREATE TABLE and DROP.

use super::nothing;
use crate::catalog::{Entry, TableDefinition, TableSource, not_found};
use crate::error::{
    Error, Origin, Result,
    conditions::{EXPECT_TABLE_NOT_VIEW_NO_ALTERNATIVE, EXPECT_VIEW_NOT_TABLE_NO_ALTERNATIVE},
    quote,
};
use crate::plan::unresolved::CreateTable;
use crate::session::writer::{SaveMode, WriteSpec};
use crate::session::{DataFrame, Session};
use crate::types::{StructField, StructType};
use std::path::{Path, PathBuf};

/// The folder of a managed table.
fn managed_location(session: &Session, name: &[String]) -> PathBuf {
    let config = session.config();
    let warehouse = config
        .get("spark.sql.warehouse.dir")
        .unwrap_or("spark-warehouse");
    let warehouse = Path::new(warehouse.strip_prefix("file:").unwrap_or(warehouse));
    let table = name.last().map_or("", String::as_str);
    match name.iter().rev().nth(1) {
        Some(database) if database != "default" => {
            warehouse.join(format!("{database}.db")).join(table)
        }
        _ => warehouse.join(table),
    }
}

/// `CREATE TABLE`: the table's folder is made at once, its data comes from the query, if any.
pub fn create(session: &Session, command: CreateTable) -> Result<DataFrame> {
    let catalog = &session.state.catalog;
    let name = catalog.full_name(&command.name);
    if let Some(Entry::Table(_)) = catalog.find(&name) {
        if command.if_not_exists {
            return nothing(session);
        }
        if command.replace {
            drop_object(session, &command.name, false, true, None)?;
        }
    }
    let config = session.config();
    let default_format = config.get("spark.sql.sources.default").unwrap_or("parquet");
    let format = command
        .format
        .unwrap_or_else(|| default_format.to_string())
        .to_lowercase();
    let query = match command.query {
        Some(relation) => Some(DataFrame::new(session, relation)?),
        None => None,
    };
    let schema = match (&command.schema, &query) {
        (Some(schema), _) => schema.clone(),
        (None, Some(frame)) => nullable(frame.schema()),
        (None, None) => StructType::default(),
    };
    let managed = command.location.is_none();
    let location = match command.location {
        Some(location) => PathBuf::from(location),
        None => managed_location(session, &name),
    };
    let definition = TableDefinition {
        name: name.clone(),
        schema: partition_columns_last(&schema, &command.partitioned_by),
        source: TableSource::Files {
            format: format.clone(),
            location: location.to_string_lossy().into_owned(),
            options: command.options.clone(),
            managed,
        },
        partitioned_by: command.partitioned_by.clone(),
        comment: command.comment,
        properties: command.properties,
    };
    catalog.create_table(definition, command.replace, command.if_not_exists)?;
    std::fs::create_dir_all(&location).map_err(|error| {
        let place = location.display();
        Error::internal(format!("the folder {place} could not be made")).caused_by(error)
    })?;
    if let Some(frame) = query {
        frame.save(&WriteSpec {
            format,
            path: location.to_string_lossy().into_owned(),
            mode: SaveMode::Overwrite,
            options: command.options,
            partition_by: command.partitioned_by,
        })?;
    }
    nothing(session)
}

fn nullable(schema: &StructType) -> StructType {
    let fields = schema.iter();
    StructType::new(fields.map(|f| StructField {
        nullable: true,
        ..f.clone()
    }))
}

fn partition_columns_last(schema: &StructType, partitioned_by: &[String]) -> StructType {
    let is_partition = |field: &&StructField| {
        partitioned_by
            .iter()
            .any(|p| p.eq_ignore_ascii_case(&field.name))
    };
    let (last, first): (Vec<_>, Vec<_>) = schema.iter().partition(is_partition);
    StructType::new(first.into_iter().chain(last).cloned())
}

/// `DROP TABLE | VIEW [IF EXISTS] name`. A managed table's folder goes too.
pub fn drop_object(
    session: &Session,
    name: &[String],
    view: bool,
    if_exists: bool,
    origin: Option<&Origin>,
) -> Result<DataFrame> {
    let catalog = &session.state.catalog;
    let Some(entry) = catalog.find(name) else {
        if if_exists {
            return nothing(session);
        }
        let full = catalog.full_name(name);
        return Err(not_found(&full).at(origin));
    };
    match (&entry, view) {
        (Entry::Table(table), true) => {
            return Err(wrong_kind(
                &EXPECT_VIEW_NOT_TABLE_NO_ALTERNATIVE,
                "DROP VIEW",
                &table.name,
                origin,
            ));
        }
        (Entry::View(found), false) if found.kind == crate::catalog::ViewKind::Persistent => {
            return Err(wrong_kind(
                &EXPECT_TABLE_NOT_VIEW_NO_ALTERNATIVE,
                "DROP TABLE",
                &found.name,
                origin,
            ));
        }
        _ => {}
    }
    match entry {
        Entry::View(found) => match found.kind {
            crate::catalog::ViewKind::Temporary => {
                catalog.drop_temporary_view(name.last().map_or("", String::as_str));
            }
            crate::catalog::ViewKind::GlobalTemporary => {
                catalog
                    .global_views()
                    .remove(name.last().map_or("", String::as_str));
            }
            crate::catalog::ViewKind::Persistent => {
                catalog.drop_entry(name);
            }
        },
        Entry::Table(table) => {
            catalog.drop_entry(name);
            if let TableSource::Files {
                location,
                managed: true,
                ..
            } = &table.source
            {
                // A folder that is gone already is as good as one that is removed.
                let _ = std::fs::remove_dir_all(location);
            }
        }
    }
    nothing(session)
}

fn wrong_kind(
    condition: &'static crate::error::Condition,
    operation: &str,
    name: &[String],
    origin: Option<&Origin>,
) -> Error {
    let parameters = [
        (
            if operation.ends_with("VIEW") {
                "tableName"
            } else {
                "viewName"
            },
            quote::name(name),
        ),
        ("operation", operation.to_string()),
    ];
    Error::new(condition, parameters).at(origin)
}
