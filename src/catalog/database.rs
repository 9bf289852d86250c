//! Databases and the tables and persistent views in them.

use super::{Catalog, Entry, TableDefinition, View, check_database, key, not_found};
use crate::error::{Error, Result, conditions, quote};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A database.
#[derive(Debug, Default)]
pub(super) struct Database {
    /// Tables and views by lower-case name.
    pub entries: BTreeMap<String, Entry>,
}

impl Catalog {
    /// Makes a database; `SCHEMA_ALREADY_EXISTS` if it is there, unless `if_not_exists`.
    pub fn create_database(&self, name: &str, if_not_exists: bool) -> Result<()> {
        let mut state = self.write();
        if state.databases.contains_key(&key(name)) {
            if if_not_exists {
                return Ok(());
            }
            let name = ("schemaName", quote::identifier(name));
            return Err(Error::new(&conditions::SCHEMA_ALREADY_EXISTS, [name]));
        }
        state.databases.insert(key(name), Database::default());
        Ok(())
    }

    /// Drops a database. One with tables goes only with `cascade`.
    pub fn drop_database(&self, name: &str, if_exists: bool, cascade: bool) -> Result<()> {
        let mut state = self.write();
        let Some(database) = state.databases.get(&key(name)) else {
            if if_exists {
                return Ok(());
            }
            return Err(super::database_not_found(name));
        };
        if !cascade && !database.entries.is_empty() {
            let name = ("schemaName", quote::identifier(name));
            return Err(Error::new(&conditions::SCHEMA_NOT_EMPTY, [name]));
        }
        state.databases.remove(&key(name));
        Ok(())
    }

    /// Makes a database current.
    pub fn use_database(&self, name: &str) -> Result<()> {
        let mut state = self.write();
        check_database(&state, &key(name))?;
        state.current = key(name);
        Ok(())
    }

    /// Whether there is such a database.
    pub fn has_database(&self, name: &str) -> bool {
        self.read().databases.contains_key(&key(name))
    }

    /// All databases, in order of their names.
    pub fn databases(&self) -> Vec<String> {
        self.read().databases.keys().cloned().collect()
    }

    /// Puts a table into the named or current database; false if there was one and `if_not_exists`.
    pub fn create_table(
        &self,
        mut table: TableDefinition,
        replace: bool,
        if_not_exists: bool,
    ) -> Result<bool> {
        table.name = self.full_name(&table.name);
        let name = table.name.clone();
        self.create_entry(&name, Entry::Table(Arc::new(table)), replace, if_not_exists)
    }

    /// Puts a persistent view into the named or current database; false if there was one and
    /// `if_not_exists`.
    pub fn create_view(&self, mut view: View, replace: bool, if_not_exists: bool) -> Result<bool> {
        view.name = self.full_name(&view.name);
        let name = view.name.clone();
        self.create_entry(&name, Entry::View(Arc::new(view)), replace, if_not_exists)
    }

    fn create_entry(
        &self,
        name: &[String],
        entry: Entry,
        replace: bool,
        if_not_exists: bool,
    ) -> Result<bool> {
        let (database, table) = self.qualify(name).ok_or_else(|| not_found(name))?;
        let mut state = self.write();
        check_database(&state, &database)?;
        let entries = state.databases.get_mut(&database);
        let entries = &mut entries
            .ok_or_else(|| super::database_not_found(&database))?
            .entries;
        if entries.contains_key(&table) && !replace {
            if if_not_exists {
                return Ok(false);
            }
            return Err(Error::new(
                &conditions::TABLE_OR_VIEW_ALREADY_EXISTS,
                [("relationName", quote::name(name))],
            ));
        }
        entries.insert(table, entry);
        Ok(true)
    }

    /// Removes a table or persistent view and gives it back.
    pub fn drop_entry(&self, name: &[String]) -> Option<Entry> {
        let (database, table) = self.qualify(name)?;
        let mut state = self.write();
        state.databases.get_mut(&database)?.entries.remove(&table)
    }

    /// The tables and persistent views of a database, in order of their names.
    pub fn entries(&self, database: &str) -> Result<Vec<(String, Entry)>> {
        let state = self.read();
        check_database(&state, &key(database))?;
        let found = state.databases.get(&key(database));
        let entries = found.into_iter().flat_map(|database| &database.entries);
        Ok(entries
            .map(|(name, entry)| (name.clone(), entry.clone()))
            .collect())
    }
}
