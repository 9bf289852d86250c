//! The catalog as the API shows it.

use super::{DataFrame, Session};
use crate::error::Result;

/// Tables, views, databases and functions of a session, from [`Session::catalog`].
#[derive(Debug, Clone)]
pub struct SessionCatalog {
    session: Session,
}

/// A table or view in a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableEntry {
    /// Its name.
    pub name: String,
    /// Its database; empty for temporary views.
    pub namespace: String,
    /// Whether it is a temporary view.
    pub is_temporary: bool,
}

impl SessionCatalog {
    pub(super) fn new(session: Session) -> Self {
        SessionCatalog { session }
    }

    /// The tables and views of the current database and the temporary views.
    pub fn list_tables(&self) -> Result<Vec<TableEntry>> {
        let rows = self.session.sql("SHOW TABLES")?.collect()?;
        let text = |row: &crate::types::Row, index: usize| {
            row.get(index).as_str().unwrap_or_default().to_string()
        };
        let entry = |row: &crate::types::Row| TableEntry {
            namespace: text(row, 0),
            name: text(row, 1),
            is_temporary: row.get(2).as_bool().unwrap_or(false),
        };
        Ok(rows.iter().map(entry).collect())
    }

    /// Their names.
    pub fn table_names(&self) -> Result<Vec<String>> {
        Ok(self
            .list_tables()?
            .into_iter()
            .map(|table| table.name)
            .collect())
    }

    /// Whether there is a table or view of that name.
    pub fn table_exists(&self, name: &str) -> bool {
        self.session.table(name).is_ok()
    }

    /// Drops a temporary view; says whether there was one.
    pub fn drop_temp_view(&self, name: &str) -> bool {
        self.session.state.catalog.drop_temporary_view(name)
    }

    /// Drops a global temporary view; says whether there was one.
    pub fn drop_global_temp_view(&self, name: &str) -> bool {
        self.session.state.catalog.global_views().remove(name)
    }

    /// The current database.
    pub fn current_database(&self) -> String {
        self.session.state.catalog.current_database()
    }

    /// Makes a database the current one.
    pub fn set_current_database(&self, name: &str) -> Result<()> {
        self.session.state.catalog.use_database(name)
    }

    /// Keeps a table's rows in memory from their first use on.
    pub fn cache_table(&self, name: &str) -> Result<()> {
        self.table(name)?.persist().map(|_| ())
    }

    /// Forgets the rows kept of a table.
    pub fn uncache_table(&self, name: &str) -> Result<()> {
        self.table(name)?.unpersist().map(|_| ())
    }

    /// Whether a table's rows are kept.
    pub fn is_cached(&self, name: &str) -> Result<bool> {
        Ok(self.table(name)?.is_cached())
    }

    /// Forgets all kept rows.
    pub fn clear_cache(&self) {
        self.session.state.cache.clear();
    }

    fn table(&self, name: &str) -> Result<DataFrame> {
        self.session.table(name)
    }
}
