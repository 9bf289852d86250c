//! `CREATE FUNCTION` and `DROP FUNCTION` for functions written in SQL.

use super::nothing;
use crate::analyzer::Analyzer;
use crate::error::{Error, Result, conditions, quote};
use crate::plan::unresolved::{CreateFunction, FunctionBody};
use crate::session::{DataFrame, Session, reader};

/// Checks a definition and registers the function.
pub fn create(session: &Session, definition: &CreateFunction) -> Result<DataFrame> {
    if let FunctionBody::Class(class) = &definition.body {
        return Err(Error::new(
            &conditions::CANNOT_LOAD_FUNCTION_CLASS,
            [
                ("className", class.clone()),
                ("functionName", quote::name(&definition.name)),
            ],
        ));
    }
    let files = reader::Files;
    let ids = session.state.ids.clone();
    let analyzer = Analyzer::new(&session.state.catalog, session.config(), ids, &files);
    let function = analyzer.define_function(definition)?;
    let catalog = &session.state.catalog;
    catalog.create_sql_function(function, definition.replace, definition.if_not_exists)?;
    nothing(session)
}

/// Drops a function; one registered by the program goes by its plain name.
pub fn drop(
    session: &Session,
    name: &[String],
    temporary: bool,
    if_exists: bool,
) -> Result<DataFrame> {
    let catalog = &session.state.catalog;
    let registered = matches!(name, [single] if catalog.drop_function(single));
    if !registered {
        catalog.drop_sql_function(name, temporary, if_exists)?;
    }
    nothing(session)
}
