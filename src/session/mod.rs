//! The public API: sessions, DataFrames, columns, readers and writers.
//!
//! ```
//! use firesteel::prelude::*;
//! use firesteel::prelude::functions::count;
//!
//! # fn main() -> firesteel::Result<()> {
//! let spark = Session::builder().app_name("tour").get_or_create()?;
//! let numbers = spark.range(0, 100, 1)?;
//! let tens = numbers
//!     .group_by([(col("id") % lit(10i64)).alias("digit")])
//!     .agg([count("*").alias("n")])?
//!     .order_by(["digit"])?;
//! assert_eq!(tens.count()?, 10);
//! # Ok(())
//! # }
//! ```
//!
//! Names are Spark's, in snake case. A [`Session`] may be used from several threads at once.

mod builder;
mod cache;
mod column;
mod command;
mod dataframe;
mod execution;
pub mod functions;
mod reader;
mod rows;
mod session_catalog;
mod show;
mod stack;
mod substitution;
pub mod text;
mod udf;
mod window;
mod writer;

pub use builder::SessionBuilder;
pub use column::{Column, IntoColumn, IntoDataType, IntoOperand};
pub use dataframe::{DataFrame, GroupedData, NaFunctions};
pub use execution::{CancelHandle, PlanningTimes};
pub use reader::DataFrameReader;
pub use session_catalog::SessionCatalog;
pub use udf::UdfRegistration;
pub use window::{Window, WindowSpec};
pub use writer::{DataFrameWriter, SaveMode};

use crate::analyzer::Analyzer;
use crate::catalog::Catalog;
use crate::config::{Config, Setting};
use crate::error::{Error, Result};
use crate::expr::ColumnIds;
use crate::kernel::convert::to_engine_encoding;
use crate::pipeline::Progress;
use crate::plan::LogicalPlan;
use crate::plan::unresolved::{Relation, RelationKind, Statement};
use crate::sql;
use crate::types::{Row, StructType, Value, arrow_schema, from_arrow_schema};
use arrow::array::RecordBatch;
use cache::Cache;
use stack::with_deep_stack;
use std::fmt;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError, RwLock, Weak};

/// A session: settings, temporary views, functions, and the threads that queries run on. Cheap to clone;
/// clones are the same session.
#[derive(Clone)]
pub struct Session {
    pub(crate) state: Arc<State>,
}

/// A session that may have ended.
#[derive(Clone)]
pub(crate) struct WeakSession(Weak<State>);

impl WeakSession {
    fn upgrade(&self) -> Result<Session> {
        let state = self.0.upgrade();
        state
            .map(|state| Session { state })
            .ok_or_else(|| Error::internal("the session has ended"))
    }
}

/// What a session is made of.
pub(crate) struct State {
    config: RwLock<Arc<Config>>,
    /// The settings the session began with, which RESET goes back to.
    initial: Arc<Config>,
    pub(crate) catalog: Catalog,
    /// Unique over the session, so that plans of several DataFrames can be put together.
    ids: ColumnIds,
    pub(crate) cache: Cache,
    threads: Arc<execution::Threads>,
    cancelled: Arc<AtomicBool>,
    progress: Mutex<Option<Arc<Progress>>>,
}

impl Session {
    /// Begins to build a session.
    pub fn builder() -> SessionBuilder {
        SessionBuilder::default()
    }

    fn with_state(config: Config, catalog: Catalog, threads: Arc<execution::Threads>) -> Session {
        let initial = Arc::new(config);
        Session {
            state: Arc::new(State {
                config: RwLock::new(initial.clone()),
                initial,
                catalog,
                ids: ColumnIds::default(),
                cache: Cache::default(),
                threads,
                cancelled: Arc::default(),
                progress: Mutex::default(),
            }),
        }
    }

    /// A session with its own settings, temporary views and functions that shares threads and global
    /// temporary views with this one.
    pub fn new_session(&self) -> Session {
        let catalog = Catalog::new(self.state.catalog.global_views().clone());
        Session::with_state(
            (*self.config()).clone(),
            catalog,
            self.state.threads.clone(),
        )
    }

    pub(crate) fn weak(&self) -> WeakSession {
        WeakSession(Arc::downgrade(&self.state))
    }

    /// The settings as they are now.
    pub fn config(&self) -> Arc<Config> {
        self.state
            .config
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Sets a setting, as `SET key=value` does.
    pub fn set_config(&self, key: &str, value: impl ToString) -> Result<()> {
        let value = value.to_string();
        if let Some(setting) = Setting::find(key) {
            setting.check(&value)?;
        }
        self.change_config(|config| config.set(key, value));
        Ok(())
    }

    /// Sets a setting back to its default.
    pub fn unset_config(&self, key: &str) {
        self.change_config(|config| config.unset(key));
    }

    /// The settings the session began with.
    pub(crate) fn initial_config(&self) -> &Config {
        &self.state.initial
    }

    /// Takes back all settings made since the session began, or one.
    pub(crate) fn reset_config(&self, key: Option<&str>) {
        let initial = self.initial_config();
        match key {
            None => self.change_config(|config| *config = initial.clone()),
            Some(key) => match initial.get(key) {
                Some(value) => self.change_config(|config| config.set(key, value)),
                None => self.unset_config(key),
            },
        }
    }

    fn change_config(&self, change: impl FnOnce(&mut Config)) {
        let mut guard = self
            .state
            .config
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        let mut config = (**guard).clone();
        change(&mut config);
        *guard = Arc::new(config);
    }

    /// Runs a statement. A query gives a DataFrame that has not run yet; a command runs at once and gives
    /// its answer.
    pub fn sql(&self, text: &str) -> Result<DataFrame> {
        self.sql_statement(self.parse(text)?)
    }

    /// Parses a statement under the session's settings, variables like `${name}` put in before.
    pub(crate) fn parse(&self, text: &str) -> Result<Statement> {
        self.parse_with(text, &self.parse_options())
    }

    /// The same with options of its own.
    pub(crate) fn parse_with(&self, text: &str, options: &sql::ParseOptions) -> Result<Statement> {
        let text = substitution::substitute(text, &self.config());
        with_deep_stack(|| sql::parse_statement(&text, options))
    }

    /// Runs a statement that was parsed before.
    pub(crate) fn sql_statement(&self, statement: Statement) -> Result<DataFrame> {
        with_deep_stack(|| match statement {
            Statement::Query(relation) => DataFrame::new(self, relation),
            Statement::Command(command) => command::run(self, command),
        })
    }

    /// How SQL text is read under the session's settings.
    pub(crate) fn parse_options(&self) -> sql::ParseOptions {
        sql::ParseOptions::of(&self.config())
    }

    /// The table or view of a name.
    pub fn table(&self, name: &str) -> Result<DataFrame> {
        let name = sql::parse_identifier(name)?;
        DataFrame::new(
            self,
            Relation::new(RelationKind::Table {
                name,
                options: Default::default(),
            }),
        )
    }

    /// The integers from `start` to before `end`, as a column `id BIGINT`.
    pub fn range(&self, start: i64, end: i64, step: i64) -> Result<DataFrame> {
        DataFrame::new(
            self,
            Relation::new(RelationKind::Range {
                start,
                end,
                step,
                partitions: None,
            }),
        )
    }

    /// A DataFrame of rows under a schema.
    pub fn create_dataframe(&self, rows: Vec<Vec<Value>>, schema: StructType) -> Result<DataFrame> {
        let columns = (schema.iter().enumerate())
            .map(|(index, field)| {
                let cells: Vec<Value> = rows
                    .iter()
                    .map(|row| row.get(index).cloned().unwrap_or(Value::Null))
                    .collect();
                crate::kernel::value::values_to_array(&cells, &field.data_type)
            })
            .collect::<Result<Vec<_>>>()?;
        let arrow = Arc::new(arrow_schema(&schema));
        let options = arrow::array::RecordBatchOptions::new().with_row_count(Some(rows.len()));
        let batch = RecordBatch::try_new_with_options(arrow, columns, &options)?;
        self.local(schema, vec![batch])
    }

    /// A DataFrame of Arrow batches, which must all have one schema; `INCOMPATIBLE…` types are refused.
    pub fn create_dataframe_from_batches(&self, batches: Vec<RecordBatch>) -> Result<DataFrame> {
        let Some(first) = batches.first() else {
            return self.local(StructType::default(), Vec::new());
        };
        let schema = from_arrow_schema(&first.schema())
            .map_err(|column| Error::unsupported(format!("the Arrow type of column {column}")))?;
        let arrow = Arc::new(arrow_schema(&schema));
        let batches = batches
            .into_iter()
            .map(|batch| {
                let fields = arrow.fields().iter();
                let columns = (batch.columns().iter().zip(fields))
                    .map(|(array, field)| to_engine_encoding(array, field.data_type()))
                    .collect::<Result<Vec<_>>>()?;
                Ok(RecordBatch::try_new(arrow.clone(), columns)?)
            })
            .collect::<Result<Vec<_>>>()?;
        self.local(schema, batches)
    }

    /// A DataFrame of rows that already have a schema.
    pub fn create_dataframe_from_rows(&self, rows: &[Row]) -> Result<DataFrame> {
        let schema = rows
            .first()
            .map_or_else(StructType::default, |row| row.schema().clone());
        self.create_dataframe(
            rows.iter().map(|row| row.values().to_vec()).collect(),
            schema,
        )
    }

    fn local(&self, schema: StructType, batches: Vec<RecordBatch>) -> Result<DataFrame> {
        let batches = batches.into();
        DataFrame::new(self, Relation::new(RelationKind::Local { schema, batches }))
    }

    /// The reader of files.
    pub fn read(&self) -> DataFrameReader {
        DataFrameReader::new(self.clone())
    }

    /// Registration of functions.
    pub fn udf(&self) -> UdfRegistration {
        UdfRegistration::new(self.clone())
    }

    /// Tables, views, databases and functions.
    pub fn catalog(&self) -> SessionCatalog {
        SessionCatalog::new(self.clone())
    }

    /// The names of the tables and views of the current database and the temporary views.
    pub fn table_names(&self) -> Result<Vec<String>> {
        self.catalog().table_names()
    }

    /// Drops a temporary view; says whether there was one.
    pub fn drop_temp_table(&self, name: &str) -> bool {
        self.state.catalog.drop_temporary_view(name)
    }

    /// The version of Spark whose behaviour this is.
    pub fn version(&self) -> &'static str {
        SPARK_VERSION
    }

    /// Resolves a relation.
    pub(crate) fn analyze(&self, relation: &Relation) -> Result<LogicalPlan> {
        let files = reader::Files;
        let ids = self.state.ids.clone();
        let analyzer = Analyzer::new(&self.state.catalog, self.config(), ids, &files);
        with_deep_stack(|| analyzer.analyze(relation))
    }

    /// The rows of a command's answer as a DataFrame.
    pub(crate) fn answer(&self, schema: StructType, rows: Vec<Vec<Value>>) -> Result<DataFrame> {
        self.create_dataframe(rows, schema)
    }
}

/// The version of Spark whose behaviour Firesteel has.
pub const SPARK_VERSION: &str = "4.3.0";

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Session")
    }
}
