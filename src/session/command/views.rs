//! CREATE VIEW.

use super::nothing;
use crate::catalog::{View, ViewKind};
use crate::error::{Error, Result, conditions, quote};
use crate::plan::unresolved::{CreateView, Options, Relation, RelationKind};
use crate::session::{DataFrame, Session};
use crate::types::StructType;

/// `CREATE [OR REPLACE] [GLOBAL] [TEMPORARY] VIEW name AS query`. The query is resolved once to see that it
/// can be.
pub fn create(session: &Session, command: CreateView) -> Result<DataFrame> {
    let frame = DataFrame::new(session, command.query.clone())?;
    check_columns(&command, frame.schema())?;
    let catalog = &session.state.catalog;
    let config = session.config();
    let name = command.name.last().cloned().unwrap_or_default();
    let view = View {
        name: command.name.clone(),
        kind: if command.global {
            ViewKind::GlobalTemporary
        } else if command.temporary {
            ViewKind::Temporary
        } else {
            ViewKind::Persistent
        },
        query: command.query,
        text: Some(command.text),
        columns: command.columns,
        settings: config
            .explicit()
            .map(|(k, v)| (k.to_string(), v.to_string()))
            .collect(),
        database: catalog.current_database(),
        schema: (!command.temporary && !command.global).then(|| frame.schema().clone()),
    };
    if command.global {
        catalog
            .global_views()
            .create(&name, view, command.replace)?;
    } else if command.temporary {
        catalog.create_temporary_view(&name, view, command.replace)?;
    } else {
        catalog.create_view(view, command.replace, command.if_not_exists)?;
    }
    nothing(session)
}

/// `CREATE TEMPORARY VIEW name [(schema)] USING format OPTIONS (..)`.
pub fn create_using(
    session: &Session,
    name: &[String],
    replace: bool,
    global: bool,
    (format, schema, mut options): (String, Option<StructType>, Options),
) -> Result<DataFrame> {
    let path = options
        .keys()
        .find(|key| key.eq_ignore_ascii_case("path"))
        .cloned();
    let paths = path
        .and_then(|key| options.remove(&key))
        .into_iter()
        .collect();
    let query = Relation::new(RelationKind::Read {
        format,
        schema,
        options,
        paths,
    });
    let frame = DataFrame::new(session, query)?;
    let name = name.last().cloned().unwrap_or_default();
    let view = View::temporary(&name, frame.relation().clone());
    let catalog = &session.state.catalog;
    if global {
        catalog.global_views().create(&name, view, replace)?;
    } else {
        catalog.create_temporary_view(&name, view, replace)?;
    }
    nothing(session)
}

/// Whether the query's columns are as many as the view names, and distinct.
fn check_columns(command: &CreateView, schema: &StructType) -> Result<()> {
    let given: Vec<String> = schema.iter().map(|f| quote::identifier(&f.name)).collect();
    let named = command.columns.iter();
    let named: Vec<String> = named.map(|(name, _)| quote::identifier(name)).collect();
    if !named.is_empty() && named.len() != given.len() {
        let condition = if named.len() < given.len() {
            &conditions::TOO_MANY_DATA_COLUMNS
        } else {
            &conditions::NOT_ENOUGH_DATA_COLUMNS
        };
        return Err(Error::new(
            condition,
            [
                ("viewName", quote::name(&command.name)),
                ("viewColumns", named.join(", ")),
                ("dataColumns", given.join(", ")),
            ],
        ));
    }
    let columns = if named.is_empty() { given } else { named };
    let columns: Vec<String> = columns.iter().map(|column| column.to_lowercase()).collect();
    for (index, column) in columns.iter().enumerate() {
        if columns[..index].contains(column) {
            let name = ("columnName", column.as_str());
            return Err(Error::new(&conditions::COLUMN_ALREADY_EXISTS, [name]));
        }
    }
    Ok(())
}
