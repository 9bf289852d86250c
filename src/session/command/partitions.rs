//! The partitions of a table: the folders below its own, one level for each partition column.

use super::alter::table_of;
use super::texts;
use crate::analyzer::Analyzer;
use crate::catalog::{TableDefinition, TableSource};
use crate::datasource::files::{DEFAULT_PARTITION_NAME, escape_path_name, unescape_path_name};
use crate::error::conditions::{
    INVALID_PARTITION_OPERATION_PARTITION_SCHEMA_IS_EMPTY, LEGACY_1232, PARTITIONS_NOT_FOUND,
};
use crate::error::{Error, Result, quote};
use crate::plan::unresolved::{Expression, ExpressionKind, PartitionSpec};
use crate::session::{DataFrame, Session, reader};
use crate::types::DataType;
use std::path::{Path, PathBuf};

/// The folder of a table.
pub fn root(table: &TableDefinition) -> Result<&Path> {
    match &table.source {
        TableSource::Files { location, .. } => Ok(Path::new(
            location.strip_prefix("file:").unwrap_or(location),
        )),
        TableSource::Provided(_) => Err(Error::unsupported(
            "changes of a table that the program registered",
        )),
    }
}

/// A partition that is named in full.
pub struct Place {
    /// Its folder.
    pub path: PathBuf,
    /// As errors show it: ``PARTITION (`y` = 2020)``.
    pub sql: String,
    /// As DESCRIBE shows it: `y=2020, m=a`.
    pub values: String,
}

impl Place {
    /// The partition of a spec that names every partition column.
    pub fn of(session: &Session, table: &TableDefinition, spec: &PartitionSpec) -> Result<Place> {
        let given = values(session, table, spec)?;
        let mut path = root(table)?.to_path_buf();
        if given.len() < table.partitioned_by.len() {
            let keys: Vec<&str> = given.iter().map(|(name, _)| name.as_str()).collect();
            return Err(Error::new(
                &LEGACY_1232,
                [
                    ("specKeys", keys.join(", ")),
                    ("partitionColumnNames", table.partitioned_by.join(", ")),
                    ("tableName", quote::name(&table.name)),
                ],
            ));
        }
        let mut parts = Vec::with_capacity(given.len());
        let mut shown = Vec::with_capacity(given.len());
        for column in &table.partitioned_by {
            let value = given
                .iter()
                .find(|(name, _)| name.eq_ignore_ascii_case(column));
            let Some((_, value)) = value else {
                return Err(not_there(table, &given));
            };
            path.push(format!(
                "{}={}",
                escape_path_name(column),
                escape_path_name(value)
            ));
            parts.push(format!("{} = {value}", quote::identifier(column)));
            shown.push(format!("{column}={value}"));
        }
        let sql = format!("PARTITION ({})", parts.join(", "));
        let values = shown.join(", ");
        Ok(Place { path, sql, values })
    }
}

fn not_there(table: &TableDefinition, given: &[(String, String)]) -> Error {
    let names: Vec<String> = given
        .iter()
        .map(|(name, _)| quote::identifier(name))
        .collect();
    Error::new(
        &PARTITIONS_NOT_FOUND,
        [
            ("partitionList", names.join(", ")),
            ("tableName", quote::name(&table.name)),
        ],
    )
}

/// The columns and values of a spec; columns without a value are left out.
fn values(
    session: &Session,
    table: &TableDefinition,
    spec: &PartitionSpec,
) -> Result<Vec<(String, String)>> {
    let files = reader::Files;
    let ids = session.state.ids.clone();
    let analyzer = Analyzer::new(&session.state.catalog, session.config(), ids, &files);
    let mut found = Vec::with_capacity(spec.len());
    for (name, value) in spec {
        if !table
            .partitioned_by
            .iter()
            .any(|column| column.eq_ignore_ascii_case(name))
        {
            return Err(not_there(table, &[(name.clone(), String::new())]));
        }
        let Some(value) = value else { continue };
        let text = Expression::new(ExpressionKind::Cast {
            operand: value.clone(),
            to: DataType::String,
            is_try: false,
        });
        let value = analyzer.fold(&analyzer.constant(&text)?)?;
        let text = value.as_ref().and_then(|value| value.as_str());
        let text = text.unwrap_or(DEFAULT_PARTITION_NAME).to_string();
        found.push((name.clone(), text));
    }
    Ok(found)
}

/// The partitions that a spec fits, as folders relative to the table's (`y=2020/m=1`), in order.
pub fn matching(
    session: &Session,
    table: &TableDefinition,
    spec: Option<&PartitionSpec>,
) -> Result<Vec<String>> {
    let wanted = match spec {
        Some(spec) => values(session, table, spec)?,
        None => Vec::new(),
    };
    let mut found = vec![String::new()];
    for column in &table.partitioned_by {
        let mut next = Vec::new();
        for parent in &found {
            let Ok(entries) = std::fs::read_dir(root(table)?.join(parent)) else {
                continue;
            };
            for entry in entries.flatten().filter(|entry| entry.path().is_dir()) {
                let folder = entry.file_name().to_string_lossy().into_owned();
                let Some((key, value)) = folder.split_once('=') else {
                    continue;
                };
                let value = unescape_path_name(value);
                let fits = (wanted.iter())
                    .filter(|(name, _)| name.eq_ignore_ascii_case(column))
                    .all(|(_, text)| *text == value);
                if unescape_path_name(key).eq_ignore_ascii_case(column) && fits {
                    next.push(match parent.is_empty() {
                        true => folder,
                        false => format!("{parent}/{folder}"),
                    });
                }
            }
        }
        found = next;
    }
    found.sort();
    Ok(found)
}

/// `SHOW PARTITIONS table [PARTITION (…)]`
pub fn show(session: &Session, name: &[String], spec: Option<&PartitionSpec>) -> Result<DataFrame> {
    let table = table_of(session, name, "SHOW PARTITIONS")?;
    if table.partitioned_by.is_empty() {
        return Err(Error::new(
            &INVALID_PARTITION_OPERATION_PARTITION_SCHEMA_IS_EMPTY,
            [("name", quote::name(&table.name))],
        ));
    }
    let found = matching(session, &table, spec)?;
    texts(
        session,
        ["partition"],
        found.into_iter().map(|folder| [folder]),
    )
}
