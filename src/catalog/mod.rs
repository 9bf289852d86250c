//! What names mean in a session: views, tables, databases, functions and variables.
//!
//! ```text
//!   GlobalViews ──shared by──► Catalog (one a session, used from any thread)
//!   global_temp.v               ├─ temporary views      v            unresolved plans, resolved at every use
//!                               ├─ databases            default, …   tables and persistent views
//!                               ├─ functions            registered by the user
//!                               └─ variables            DECLARE VARIABLE
//! ```
//!
//! The catalog keeps what was declared and finds it again; it resolves nothing. Names compare without case
//! unless `spark.sql.caseSensitive` says otherwise, which Spark applies to columns only; tables, views and
//! functions always ignore it. Limits: one catalog (`spark_catalog`), and databases that live as long as
//! the session.

mod database;
mod entry;
mod functions;
mod sql_functions;
mod variables;
mod views;

pub use entry::{Entry, TableDefinition, TableSource, View, ViewKind};
pub use sql_functions::SqlFunction;
pub use variables::Variable;
pub use views::GlobalViews;

use crate::error::{Error, Result, conditions, quote};
use crate::expr::UserFunction;
use database::Database;
use std::collections::BTreeMap;
use std::sync::{Arc, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// The one catalog's name.
pub const CATALOG: &str = "spark_catalog";
/// The database a session starts in.
pub const DEFAULT_DATABASE: &str = "default";
/// The database of global temporary views.
pub const GLOBAL_TEMP: &str = "global_temp";

/// The names of one session. Every method may be called from any thread.
#[derive(Debug, Default)]
pub struct Catalog {
    state: RwLock<State>,
    global: Arc<GlobalViews>,
}

#[derive(Debug)]
struct State {
    current: String,
    databases: BTreeMap<String, Database>,
    temporary: BTreeMap<String, Arc<View>>,
    functions: BTreeMap<String, Arc<UserFunction>>,
    sql_functions: BTreeMap<Vec<String>, Arc<SqlFunction>>,
    variables: BTreeMap<String, Variable>,
}

impl Default for State {
    fn default() -> Self {
        State {
            current: DEFAULT_DATABASE.to_string(),
            databases: BTreeMap::from([(DEFAULT_DATABASE.to_string(), Database::default())]),
            temporary: BTreeMap::new(),
            functions: BTreeMap::new(),
            sql_functions: BTreeMap::new(),
            variables: BTreeMap::new(),
        }
    }
}

impl Catalog {
    /// An empty catalog that shares its global temporary views.
    pub fn new(global: Arc<GlobalViews>) -> Catalog {
        Catalog {
            state: RwLock::default(),
            global,
        }
    }

    /// The global temporary views, to be given to further sessions of the application.
    pub fn global_views(&self) -> &Arc<GlobalViews> {
        &self.global
    }

    fn read(&self) -> RwLockReadGuard<'_, State> {
        // A panic elsewhere cannot leave half a change behind: changes are single insertions and removals.
        self.state
            .read()
            .unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state
            .write()
            .unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// The current database.
    pub fn current_database(&self) -> String {
        self.read().current.clone()
    }

    /// Database and name of a table that is not a temporary view; None where the name has too many parts or
    /// another catalog.
    fn qualify(&self, name: &[String]) -> Option<(String, String)> {
        match name {
            [table] => Some((self.current_database(), key(table))),
            [database, table] => Some((key(database), key(table))),
            [catalog, database, table] if catalog.eq_ignore_ascii_case(CATALOG) => {
                Some((key(database), key(table)))
            }
            _ => None,
        }
    }

    /// The table or view of a name: temporary views first, then global ones (`global_temp.v`), then the
    /// named or current database.
    pub fn find(&self, name: &[String]) -> Option<Entry> {
        match name {
            [view] => {
                if let Some(view) = self.read().temporary.get(&key(view)) {
                    return Some(Entry::View(view.clone()));
                }
            }
            [database, view] if database.eq_ignore_ascii_case(GLOBAL_TEMP) => {
                return self.global.find(view).map(Entry::View);
            }
            _ => {}
        }
        let (database, table) = self.qualify(name)?;
        self.read()
            .databases
            .get(&database)?
            .entries
            .get(&table)
            .cloned()
    }

    /// The full name under which [`Catalog::find`] finds a table or persistent view.
    pub fn full_name(&self, name: &[String]) -> Vec<String> {
        match self.qualify(name) {
            Some((database, name)) => vec![CATALOG.to_string(), database, name],
            None => name.to_vec(),
        }
    }
}

/// The form in which names are compared.
fn key(name: &str) -> String {
    name.to_lowercase()
}

/// `TABLE_OR_VIEW_NOT_FOUND` for a name as written.
pub fn not_found(name: &[String]) -> Error {
    Error::new(
        &conditions::TABLE_OR_VIEW_NOT_FOUND,
        [("relationName", quote::name(name))],
    )
}

/// `TEMP_TABLE_OR_VIEW_ALREADY_EXISTS` for a view's name.
fn view_exists(name: &[String]) -> Error {
    Error::new(
        &conditions::TEMP_TABLE_OR_VIEW_ALREADY_EXISTS,
        [("relationName", quote::name(name))],
    )
}

/// `SCHEMA_NOT_FOUND` for a database's name.
fn database_not_found(name: &str) -> Error {
    Error::new(
        &conditions::SCHEMA_NOT_FOUND,
        [("schemaName", quote::name(&[CATALOG, name]))],
    )
}

/// Fails unless the database is there.
fn check_database(state: &State, name: &str) -> Result<()> {
    if state.databases.contains_key(name) {
        Ok(())
    } else {
        Err(database_not_found(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::unresolved::{Relation, RelationKind};

    fn view() -> View {
        View::temporary("v", Relation::new(RelationKind::OneRow))
    }

    #[test]
    fn temporary_views_hide_tables_and_ignore_case() {
        let catalog = Catalog::default();
        catalog.create_temporary_view("V", view(), false).unwrap();
        assert!(catalog.find(&["v".to_string()]).is_some());
        let again = catalog.create_temporary_view("v", view(), false);
        let condition = again.unwrap_err().condition().name;
        assert_eq!(condition, "TEMP_TABLE_OR_VIEW_ALREADY_EXISTS");
        assert!(catalog.drop_temporary_view("V"));
        assert!(catalog.find(&["v".to_string()]).is_none());
    }

    #[test]
    fn global_views_are_shared() {
        let one = Catalog::default();
        let two = Catalog::new(one.global_views().clone());
        one.global_views().create("g", view(), false).unwrap();
        assert!(
            two.find(&["global_temp".to_string(), "G".to_string()])
                .is_some()
        );
        assert!(two.find(&["g".to_string()]).is_none());
    }
}
