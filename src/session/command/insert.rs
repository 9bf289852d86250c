//! INSERT.

use super::nothing;
use crate::catalog::{Entry, TableDefinition, TableSource, not_found};
use crate::error::{
    Error, Result,
    conditions::{
        EXPECT_TABLE_NOT_VIEW_NO_ALTERNATIVE, INSERT_COLUMN_ARITY_MISMATCH_NOT_ENOUGH_DATA_COLUMNS,
        INSERT_COLUMN_ARITY_MISMATCH_TOO_MANY_DATA_COLUMNS,
    },
    quote,
};
use crate::plan::unresolved::{Expression, Options, Relation};
use crate::session::column::Column;
use crate::session::functions::{col, lit};
use crate::session::writer::{SaveMode, WriteSpec};
use crate::session::{DataFrame, Session};

/// `INSERT INTO | OVERWRITE table ..`
pub struct Insert {
    pub table: Vec<String>,
    pub columns: Vec<String>,
    pub partition: Vec<(String, Option<Expression>)>,
    pub overwrite: bool,
    pub by_name: bool,
    pub query: Relation,
}

/// Appends to a table's folder, or replaces what is in it.
pub fn into_table(session: &Session, insert: Insert) -> Result<DataFrame> {
    let catalog = &session.state.catalog;
    let entry = catalog.find(&insert.table);
    let table = match entry {
        Some(Entry::Table(table)) => table,
        Some(Entry::View(_)) => {
            return Err(Error::new(
                &EXPECT_TABLE_NOT_VIEW_NO_ALTERNATIVE,
                [
                    ("viewName", quote::name(&insert.table)),
                    ("operation", "INSERT".to_string()),
                ],
            ));
        }
        None => return Err(not_found(&insert.table)),
    };
    let TableSource::Files {
        format,
        location,
        options,
        ..
    } = &table.source
    else {
        return Err(Error::unsupported(
            "INSERT into a table that the program registered",
        ));
    };
    let frame = DataFrame::new(session, insert.query.clone())?;
    let frame = matched(&frame, &table, &insert)?;
    frame.save(&WriteSpec {
        format: format.clone(),
        path: location.clone(),
        mode: if insert.overwrite {
            SaveMode::Overwrite
        } else {
            SaveMode::Append
        },
        options: options.clone(),
        partition_by: table.partitioned_by.clone(),
    })?;
    nothing(session)
}

/// The query's columns as the table's: in their order, of their types.
fn matched(frame: &DataFrame, table: &TableDefinition, insert: &Insert) -> Result<DataFrame> {
    let fixed = insert
        .partition
        .iter()
        .filter_map(|(name, value)| Some((name.as_str(), value.clone()?)));
    let fixed: Vec<(&str, Expression)> = fixed.collect();
    let fixed_value = |name: &str| {
        let found = fixed
            .iter()
            .find(|(column, _)| column.eq_ignore_ascii_case(name));
        found.map(|(_, value)| Column::new(value.clone()))
    };
    // Columns that the query gives, in the order in which it gives them.
    let targets: Vec<String> = if insert.by_name {
        frame.columns()
    } else if insert.columns.is_empty() {
        let names = table.schema.names().into_iter();
        names.filter(|name| fixed_value(name).is_none()).collect()
    } else {
        insert.columns.clone()
    };
    let given = frame.columns();
    if given.len() != targets.len() {
        let condition = if given.len() < targets.len() {
            &INSERT_COLUMN_ARITY_MISMATCH_NOT_ENOUGH_DATA_COLUMNS
        } else {
            &INSERT_COLUMN_ARITY_MISMATCH_TOO_MANY_DATA_COLUMNS
        };
        let list = |names: &[String]| {
            names
                .iter()
                .map(|name| quote::identifier(name))
                .collect::<Vec<_>>()
                .join(", ")
        };
        return Err(Error::new(
            condition,
            [
                ("tableName", quote::name(&table.name)),
                ("tableColumns", list(&targets)),
                ("dataColumns", list(&given)),
            ],
        ));
    }
    // Names of the query may repeat; positions do not.
    let positions: Vec<String> = (0..given.len()).map(|index| format!("_{index}")).collect();
    let numbered = frame.to_df(positions.clone())?;
    let columns = table.schema.iter().map(|field| {
        let position = targets
            .iter()
            .position(|name| name.eq_ignore_ascii_case(&field.name));
        let value = match (position, fixed_value(&field.name)) {
            (Some(position), _) => col(&positions[position]),
            (None, Some(value)) => value,
            (None, None) => lit(Option::<bool>::None),
        };
        value.cast(field.data_type.clone()).alias(&field.name)
    });
    numbered.select(columns.collect::<Vec<_>>())
}

/// `INSERT OVERWRITE DIRECTORY 'path' USING format ..`
pub fn into_directory(
    session: &Session,
    path: String,
    format: String,
    options: Options,
    query: Relation,
) -> Result<DataFrame> {
    let frame = DataFrame::new(session, query)?;
    let partition_by = Vec::new();
    frame.save(&WriteSpec {
        format,
        path,
        mode: SaveMode::Overwrite,
        options,
        partition_by,
    })?;
    nothing(session)
}
