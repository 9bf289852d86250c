//! What a table or view name stands for.

use crate::datasource::Table;
use crate::plan::unresolved::{Options, Relation};
use crate::types::StructType;
use std::sync::Arc;

/// A table or a view.
#[derive(Debug, Clone)]
pub enum Entry {
    /// A query under a name.
    View(Arc<View>),
    /// Data under a name.
    Table(Arc<TableDefinition>),
}

/// How long a view lives and who sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ViewKind {
    /// As long as its session.
    Temporary,
    /// As long as the application, in all its sessions.
    GlobalTemporary,
    /// In a database.
    Persistent,
}

/// A query under a name. It is resolved again at every use, under the settings of its creation.
#[derive(Debug, Clone)]
pub struct View {
    /// Its full name: `[v]`, `[global_temp, v]`, `[spark_catalog, default, v]`.
    pub name: Vec<String>,
    /// How long it lives.
    pub kind: ViewKind,
    /// The query.
    pub query: Relation,
    /// The query's text, if it came from SQL.
    pub text: Option<String>,
    /// Names and comments of its columns; empty: those of the query.
    pub columns: Vec<(String, Option<String>)>,
    /// Settings that were in force at its creation and change what the query means.
    pub settings: Vec<(String, String)>,
    /// The database that was current at its creation.
    pub database: String,
    /// Its schema at creation. A persistent view keeps these types: columns are cast to them.
    pub schema: Option<StructType>,
}

impl View {
    /// A temporary view of a query, as the DataFrame API makes it.
    pub fn temporary(name: &str, query: Relation) -> View {
        View {
            name: vec![name.to_string()],
            kind: ViewKind::Temporary,
            query,
            text: None,
            columns: Vec::new(),
            settings: Vec::new(),
            database: super::DEFAULT_DATABASE.to_string(),
            schema: None,
        }
    }

    /// The name as Spark puts it into the context of errors.
    pub fn display_name(&self) -> String {
        self.name.join(".")
    }
}

/// Data under a name.
#[derive(Debug, Clone)]
pub struct TableDefinition {
    /// Its full name: catalog, database, table.
    pub name: Vec<String>,
    /// Its columns as declared (CHAR and VARCHAR included).
    pub schema: StructType,
    /// Where its data is.
    pub source: TableSource,
    /// Columns that are folders instead of data.
    pub partitioned_by: Vec<String>,
    /// `COMMENT`
    pub comment: Option<String>,
    /// `TBLPROPERTIES`
    pub properties: Options,
}

/// Where a table's data is.
#[derive(Debug, Clone)]
pub enum TableSource {
    /// Registered by the program.
    Provided(Arc<dyn Table>),
    /// Files in a folder.
    Files {
        /// `parquet`, `csv`, …
        format: String,
        /// The folder.
        location: String,
        /// Options of the format.
        options: Options,
        /// Dropping the table deletes the folder.
        managed: bool,
    },
}
