//! Functions written in SQL (`CREATE FUNCTION f(x INT) RETURN x + 1`).

use super::{Catalog, key};
use crate::error::{Error, Result, conditions, quote};
use crate::plan::unresolved::{CreateFunction, FunctionReturn};
use std::sync::Arc;

/// A function written in SQL. Its body is resolved again at every call, under the settings of its creation.
#[derive(Debug, Clone)]
pub struct SqlFunction {
    /// Its full name: `[f]` if temporary, else catalog, database and name.
    pub name: Vec<String>,
    /// The statement that made it.
    pub definition: CreateFunction,
    /// What it returns, found out from the body if the statement does not say.
    pub returns: FunctionReturn,
    /// Settings that were in force at its creation.
    pub settings: Vec<(String, String)>,
    /// The database that was current at its creation.
    pub database: String,
}

impl SqlFunction {
    /// Whether calls of it stand in FROM.
    pub fn is_table(&self) -> bool {
        matches!(self.returns, FunctionReturn::Table(_))
    }

    /// Its name as calls of it are printed.
    pub fn display_name(&self) -> String {
        self.name.join(".")
    }
}

impl Catalog {
    /// The full name that a function is created under.
    pub fn function_name(&self, name: &[String], temporary: bool) -> Vec<String> {
        let simple = name.last().map(|name| key(name)).unwrap_or_default();
        if temporary {
            return vec![simple];
        }
        self.full_name(name)
    }

    /// Makes a function; false if there was one and `if_not_exists`.
    pub fn create_sql_function(
        &self,
        function: SqlFunction,
        replace: bool,
        if_not_exists: bool,
    ) -> Result<bool> {
        let mut state = self.write();
        if state.sql_functions.contains_key(&function.name) && !replace {
            if if_not_exists {
                return Ok(false);
            }
            let name = quote::name(&function.name);
            return Err(Error::new(
                &conditions::ROUTINE_ALREADY_EXISTS,
                [
                    ("routineName", name),
                    ("newRoutineType", "routine".to_string()),
                    ("existingRoutineType", "routine".to_string()),
                ],
            ));
        }
        state
            .sql_functions
            .insert(function.name.clone(), Arc::new(function));
        Ok(true)
    }

    /// The function of a name as written: temporary ones first.
    pub fn sql_function(&self, name: &[String]) -> Option<Arc<SqlFunction>> {
        if let [single] = name
            && let Some(function) = self.read().sql_functions.get(&vec![key(single)])
        {
            return Some(function.clone());
        }
        let full: Vec<String> = self.full_name(name);
        self.read().sql_functions.get(&full).cloned()
    }

    /// Drops a function; `ROUTINE_NOT_FOUND` if there is none, unless `if_exists`.
    pub fn drop_sql_function(
        &self,
        name: &[String],
        temporary: bool,
        if_exists: bool,
    ) -> Result<()> {
        let full = self.function_name(name, temporary);
        let dropped = self.write().sql_functions.remove(&full);
        if dropped.is_none() && !if_exists {
            return Err(Error::new(
                &conditions::ROUTINE_NOT_FOUND,
                [("routineName", quote::name(&full))],
            ));
        }
        Ok(())
    }

    /// All functions written in SQL, in order of their names.
    pub fn sql_functions(&self) -> Vec<Arc<SqlFunction>> {
        self.read().sql_functions.values().cloned().collect()
    }
}
