//! DataFrames: relations of a session, and what can be done with them.
//!
//! A [`DataFrame`] is an unresolved relation and its resolved plan. Every transformation makes a new relation
//! over the old one and resolves it at once, so that mistakes in names and types show where they are made;
//! no data is read before an action ([`DataFrame::collect`], [`DataFrame::show`], [`DataFrame::write`], …).
//!
//! | file | what |
//! |---|---|
//! | `transform` | select, filter, join, sort, … |
//! | `group` | `group_by` and its kin, pivot |
//! | `action` | collect, show, count, take, … |
//! | `na` | handling of NULLs |
//! | `statistics` | describe, summary |

mod action;
mod group;
mod na;
mod statistics;
mod transform;

pub use group::GroupedData;
pub use na::NaFunctions;

use super::Session;
use super::column::Column;
use crate::error::Result;
use crate::plan::LogicalPlan;
use crate::plan::unresolved::{ExpressionKind, Relation, RelationKind};
use crate::sql;
use crate::types::StructType;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A relation of a session, as in
/// [PySpark's `DataFrame`](https://spark.apache.org/docs/latest/api/python/reference/pyspark.sql/dataframe.html).
/// Cheap to clone.
#[derive(Clone)]
pub struct DataFrame {
    session: Session,
    relation: Relation,
    plan: Arc<LogicalPlan>,
    schema: StructType,
}

/// Identifies DataFrames of a process, so that `df.col("a")` can say whose column it means.
static NEXT_PLAN_ID: AtomicU64 = AtomicU64::new(1);

impl DataFrame {
    /// Resolves a relation of a session.
    pub(crate) fn new(session: &Session, mut relation: Relation) -> Result<DataFrame> {
        if relation.plan_id.is_none() {
            relation.plan_id = Some(NEXT_PLAN_ID.fetch_add(1, Ordering::Relaxed));
        }
        let plan = session.analyze(&relation)?;
        let schema = crate::analyzer::schema_of(&plan);
        Ok(DataFrame {
            session: session.clone(),
            relation,
            plan: Arc::new(plan),
            schema,
        })
    }

    /// A DataFrame over this one.
    fn over(&self, kind: impl FnOnce(Relation) -> RelationKind) -> Result<DataFrame> {
        DataFrame::new(&self.session, Relation::new(kind(self.relation.clone())))
    }

    /// The session.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// The unresolved relation.
    pub fn relation(&self) -> &Relation {
        &self.relation
    }

    /// The resolved plan, before optimisation.
    pub fn logical_plan(&self) -> &Arc<LogicalPlan> {
        &self.plan
    }

    /// The plan that would run: what the optimizer makes of [`DataFrame::logical_plan`].
    pub fn optimized_plan(&self) -> Result<LogicalPlan> {
        self.session.optimize(&self.plan)
    }

    /// Names, types and nullability of the columns.
    pub fn schema(&self) -> &StructType {
        &self.schema
    }

    /// The names of the columns.
    pub fn columns(&self) -> Vec<String> {
        self.schema.names()
    }

    /// Names and types of the columns, as in `("a", "int")`.
    pub fn dtypes(&self) -> Vec<(String, String)> {
        let dtype = |field: &crate::types::StructField| {
            (field.name.clone(), field.data_type.simple_string())
        };
        self.schema.iter().map(dtype).collect()
    }

    /// Prints the schema as a tree on standard output.
    pub fn print_schema(&self) {
        print!("{}", self.schema.tree_string());
    }

    /// A column of this very DataFrame, where a join has several of its name.
    pub fn col(&self, name: &str) -> Column {
        match sql::parse_identifier(name) {
            Ok(parts) => Column::of_kind(ExpressionKind::Attribute {
                parts,
                plan_id: self.relation.plan_id,
            }),
            Err(error) => Column::failed(error),
        }
    }

    /// Registers the DataFrame as a temporary view, replacing one of that name.
    pub fn create_or_replace_temp_view(&self, name: &str) -> Result<()> {
        self.create_view(name, true)
    }

    /// Registers the DataFrame as a temporary view; an error if there is one of that name.
    pub fn create_temp_view(&self, name: &str) -> Result<()> {
        self.create_view(name, false)
    }

    /// The name that Spark 1 had for [`DataFrame::create_or_replace_temp_view`].
    pub fn register_temp_table(&self, name: &str) -> Result<()> {
        self.create_view(name, true)
    }

    fn create_view(&self, name: &str, replace: bool) -> Result<()> {
        let view = self.as_view(name);
        self.session
            .state
            .catalog
            .create_temporary_view(name, view, replace)
    }

    /// Registers the DataFrame as `global_temp.name`, seen by all sessions of the application.
    pub fn create_or_replace_global_temp_view(&self, name: &str) -> Result<()> {
        self.session
            .state
            .catalog
            .global_views()
            .create(name, self.as_view(name), true)
    }

    /// Registers the DataFrame as `global_temp.name`; an error if there is one of that name.
    pub fn create_global_temp_view(&self, name: &str) -> Result<()> {
        self.session
            .state
            .catalog
            .global_views()
            .create(name, self.as_view(name), false)
    }

    /// The view keeps what the DataFrame means now, whatever happens to the views it reads.
    fn as_view(&self, name: &str) -> crate::catalog::View {
        let relation = Relation::new(RelationKind::Resolved(self.plan.clone()));
        crate::catalog::View::temporary(name, relation)
    }

    /// Keeps the rows in memory from the first action on; later queries with this plan in them use them.
    pub fn persist(&self) -> Result<DataFrame> {
        self.session.state.cache.add(&self.session, &self.plan);
        Ok(self.clone())
    }

    /// The same as [`DataFrame::persist`].
    pub fn cache(&self) -> Result<DataFrame> {
        self.persist()
    }

    /// Forgets the rows kept by [`DataFrame::persist`].
    pub fn unpersist(&self) -> Result<DataFrame> {
        self.session.state.cache.remove(&self.plan);
        Ok(self.clone())
    }

    /// Whether [`DataFrame::persist`] was called.
    pub fn is_cached(&self) -> bool {
        self.session.state.cache.contains(&self.plan)
    }

    /// The writer.
    pub fn write(&self) -> super::DataFrameWriter {
        super::DataFrameWriter::new(self.clone())
    }

    /// Functions over NULLs.
    pub fn na(&self) -> NaFunctions {
        NaFunctions::new(self.clone())
    }
}

/// `DataFrame[a: int, b: string]`, as PySpark prints it.
impl fmt::Debug for DataFrame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns = self
            .dtypes()
            .into_iter()
            .map(|(name, dtype)| format!("{name}: {dtype}"));
        write!(f, "DataFrame[{}]", columns.collect::<Vec<_>>().join(", "))
    }
}
