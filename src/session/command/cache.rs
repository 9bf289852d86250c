//! CACHE TABLE and UNCACHE TABLE.

use super::{describe, nothing};
use crate::catalog::View;
use crate::error::Result;
use crate::plan::unresolved::Relation;
use crate::session::{DataFrame, Session};

/// `CACHE [LAZY] TABLE name [AS query]`
pub fn add(
    session: &Session,
    name: &[String],
    lazy: bool,
    query: Option<Relation>,
) -> Result<DataFrame> {
    if let Some(query) = query {
        let view = name.last().cloned().unwrap_or_default();
        DataFrame::new(session, query.clone())?;
        session
            .state
            .catalog
            .create_temporary_view(&view, View::temporary(&view, query), true)?;
    }
    let frame = describe::resolve(session, name)?;
    frame.persist()?;
    if !lazy {
        frame.count()?;
    }
    nothing(session)
}

/// `UNCACHE TABLE [IF EXISTS] name`
pub fn remove(session: &Session, name: &[String], if_exists: bool) -> Result<DataFrame> {
    match describe::resolve(session, name) {
        Ok(frame) => {
            frame.unpersist()?;
        }
        Err(_) if if_exists => {}
        Err(error) => return Err(error),
    }
    nothing(session)
}
