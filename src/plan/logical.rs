//! The logical plan: resolved, typed, and what the optimizer rewrites.
//!
//! Nodes refer to columns by id. Every node can say its output ([`LogicalPlan::output`]); expressions refer
//! to subqueries by id, and the subqueries' plans hang on the node whose expressions use them.

use crate::datasource::Table;
use crate::expr::{
    AggregateCall, Attribute, ColumnId, ColumnIds, Expr, Literal, NamedExpr, SortKey, SubqueryId,
    WindowCall,
};
use crate::functions::generator::GeneratorKernel;
use crate::plan::unresolved::JoinKind;
use hashbrown::HashSet;
use std::sync::Arc;

/// A resolved relational operator and its inputs.
#[derive(Debug, Clone)]
pub enum LogicalPlan {
    /// Rows of constants; `SELECT` without FROM is one row without columns.
    Values(Values),
    /// Integers from `start` to before `end`.
    Range(Range),
    /// A table.
    Scan(Scan),
    /// Computes columns.
    Project(Project),
    /// Keeps rows for which the predicate is true.
    Filter(Filter),
    /// Joins two inputs.
    Join(Join),
    /// Groups and aggregates. DISTINCT is an Aggregate without calls.
    Aggregate(Aggregate),
    /// Adds columns computed over windows; all of one partitioning and order.
    Window(Window),
    /// Orders rows.
    Sort(Sort),
    /// Skips and stops.
    Limit(Limit),
    /// Rows of all inputs, column by column.
    Union(Union),
    /// Set intersection or difference. Rewritten to joins before execution.
    SetOperation(SetOperation),
    /// Several output rows per input row, from several projections (grouping sets, unpivot).
    Expand(Expand),
    /// Rows that a generator makes of each input row, beside the input's columns.
    Generate(Generate),
    /// Spreads rows over partitions.
    Repartition(Repartition),
    /// A random part of the rows.
    Sample(Sample),
    /// A recursive CTE: runs `step` on the rows of the last round until there are none.
    Recursion(Recursion),
    /// The rows of the last round, inside the step of a Recursion.
    RecursionInput(RecursionInput),
    /// A use of a subplan that runs once for several uses.
    Shared(Shared),
}

/// A subquery that expressions of a node refer to.
#[derive(Debug, Clone)]
pub struct Subquery {
    /// Its identity.
    pub id: SubqueryId,
    /// Its plan. Columns of enclosing queries stand in it as [`Expr::Outer`].
    pub plan: LogicalPlan,
}

/// See [`LogicalPlan::Values`].
#[derive(Debug, Clone)]
pub struct Values {
    /// The columns.
    pub output: Vec<Attribute>,
    /// The rows, one literal per column.
    pub rows: Vec<Vec<Literal>>,
}

/// See [`LogicalPlan::Range`].
#[derive(Debug, Clone)]
pub struct Range {
    /// First value.
    pub start: i64,
    /// Bound, exclusive.
    pub end: i64,
    /// Step, never 0.
    pub step: i64,
    /// Partitions, if the user said how many.
    pub partitions: Option<usize>,
    /// The one column.
    pub output: Attribute,
}

/// See [`LogicalPlan::Scan`].
#[derive(Debug, Clone)]
pub struct Scan {
    /// What is scanned.
    pub table: Arc<dyn Table>,
    /// Its name for EXPLAIN.
    pub name: String,
    /// One attribute per column of the table's schema.
    pub attributes: Vec<Attribute>,
    /// The columns given out, by position in the schema.
    pub projection: Vec<usize>,
    /// Filters that the table accepted. They may read columns that are not given out.
    pub filters: Vec<Expr>,
    /// At most so many rows are wanted.
    pub limit: Option<u64>,
}

/// See [`LogicalPlan::Project`].
#[derive(Debug, Clone)]
pub struct Project {
    /// Input.
    pub input: Box<LogicalPlan>,
    /// Output columns.
    pub expressions: Vec<NamedExpr>,
    /// Subqueries of the expressions.
    pub subqueries: Vec<Subquery>,
}

/// See [`LogicalPlan::Filter`].
#[derive(Debug, Clone)]
pub struct Filter {
    /// Input.
    pub input: Box<LogicalPlan>,
    /// What must be true.
    pub predicate: Expr,
    /// Subqueries of the predicate.
    pub subqueries: Vec<Subquery>,
}

/// See [`LogicalPlan::Join`].
#[derive(Debug, Clone)]
pub struct Join {
    /// Left input.
    pub left: Box<LogicalPlan>,
    /// Right input.
    pub right: Box<LogicalPlan>,
    /// Kind.
    pub kind: LogicalJoinKind,
    /// When rows match; None: always.
    pub condition: Option<Expr>,
    /// Subqueries of the condition.
    pub subqueries: Vec<Subquery>,
    /// What the user asked for.
    pub hint: JoinHint,
    /// The right side reads columns of the left as [`Expr::Outer`] (LATERAL). Gone after decorrelation.
    pub lateral: bool,
}

/// The kinds of joins in a logical plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogicalJoinKind {
    /// One of the kinds a user can write. Cross is Inner without a condition here.
    Plain(JoinKind),
    /// All left rows, each once, with a column that says whether it has a match (EXISTS or IN inside an
    /// expression). The column is never NULL.
    Mark(Attribute),
    /// Left rows without a match where a match that is NULL counts as one (NOT IN).
    NullAwareAnti,
    /// Like LeftOuter, but a left row with more than one match is an error (scalar subqueries).
    Single,
}

/// Which join strategy the user asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct JoinHint {
    /// For the left input.
    pub left: Option<JoinStrategy>,
    /// For the right input.
    pub right: Option<JoinStrategy>,
}

/// A strategy that a hint can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JoinStrategy {
    /// `BROADCAST`: this side goes to every task.
    Broadcast,
    /// `MERGE`: shuffle both sides (Firesteel hashes where Spark would sort).
    Merge,
    /// `SHUFFLE_HASH`: shuffle both sides, build on this one.
    ShuffleHash,
    /// `SHUFFLE_REPLICATE_NL`
    ReplicateNestedLoop,
}

/// See [`LogicalPlan::Aggregate`].
#[derive(Debug, Clone)]
pub struct Aggregate {
    /// Input.
    pub input: Box<LogicalPlan>,
    /// Grouping keys, output first. None: one group, even of no rows.
    pub keys: Vec<NamedExpr>,
    /// Calls, each with the output column it makes; output after the keys.
    pub calls: Vec<(Attribute, AggregateCall)>,
}

/// See [`LogicalPlan::Window`].
#[derive(Debug, Clone)]
pub struct Window {
    /// Input.
    pub input: Box<LogicalPlan>,
    /// `PARTITION BY`
    pub partition_by: Vec<Expr>,
    /// `ORDER BY`
    pub order_by: Vec<SortKey>,
    /// Calls, each with the column it adds; output after the input's columns.
    pub calls: Vec<(Attribute, WindowCall)>,
}

/// See [`LogicalPlan::Sort`].
#[derive(Debug, Clone)]
pub struct Sort {
    /// Input.
    pub input: Box<LogicalPlan>,
    /// Keys.
    pub order: Vec<SortKey>,
    /// Over all rows; otherwise within each partition.
    pub global: bool,
}

/// See [`LogicalPlan::Limit`].
#[derive(Debug, Clone)]
pub struct Limit {
    /// Input.
    pub input: Box<LogicalPlan>,
    /// Rows to skip.
    pub offset: u64,
    /// Rows to give after that; None: all.
    pub limit: Option<u64>,
    /// Count from the end (`tail`); then `offset` is 0.
    pub from_end: bool,
}

/// See [`LogicalPlan::Union`].
#[derive(Debug, Clone)]
pub struct Union {
    /// Inputs; all with the same number and types of columns.
    pub inputs: Vec<LogicalPlan>,
    /// Output columns, with ids of their own.
    pub output: Vec<Attribute>,
}

/// See [`LogicalPlan::SetOperation`].
#[derive(Debug, Clone)]
pub struct SetOperation {
    /// Left input; its columns are the output.
    pub left: Box<LogicalPlan>,
    /// Right input, of the same number and types of columns.
    pub right: Box<LogicalPlan>,
    /// EXCEPT; otherwise INTERSECT.
    pub except: bool,
    /// Rows count as often as they occur.
    pub all: bool,
}

/// See [`LogicalPlan::Expand`].
#[derive(Debug, Clone)]
pub struct Expand {
    /// Input.
    pub input: Box<LogicalPlan>,
    /// Each makes one output row per input row.
    pub projections: Vec<Vec<Expr>>,
    /// Output columns.
    pub output: Vec<Attribute>,
}

/// See [`LogicalPlan::Generate`].
#[derive(Debug, Clone)]
pub struct Generate {
    /// Input; its columns come first in the output.
    pub input: Box<LogicalPlan>,
    /// Name of the generator, for EXPLAIN.
    pub name: &'static str,
    /// The generator's code.
    pub kernel: Arc<dyn GeneratorKernel>,
    /// Its arguments.
    pub arguments: Vec<Expr>,
    /// An input row that generates nothing gives one row of NULLs.
    pub outer: bool,
    /// The generated columns.
    pub generated: Vec<Attribute>,
}

/// See [`LogicalPlan::Repartition`].
#[derive(Debug, Clone)]
pub struct Repartition {
    /// Input.
    pub input: Box<LogicalPlan>,
    /// How rows are spread.
    pub scheme: Partitioning,
    /// Number of partitions, if the user said how many.
    pub partitions: Option<usize>,
}

/// How rows are spread over partitions.
#[derive(Debug, Clone)]
pub enum Partitioning {
    /// Evenly, in turn.
    RoundRobin,
    /// Equal values together.
    Hash(Vec<Expr>),
    /// Sorted ranges.
    Range(Vec<SortKey>),
    /// Whole partitions put together, in order (`coalesce`).
    Coalesce,
}

/// See [`LogicalPlan::Sample`].
#[derive(Debug, Clone)]
pub struct Sample {
    /// Input.
    pub input: Box<LogicalPlan>,
    /// Share of the rows: `lower..upper` of [0, 1), or with replacement the expected copies of each.
    pub lower: f64,
    /// See `lower`.
    pub upper: f64,
    /// A row may be drawn several times.
    pub with_replacement: bool,
    /// Seed.
    pub seed: i64,
}

/// See [`LogicalPlan::Recursion`].
#[derive(Debug, Clone)]
pub struct Recursion {
    /// The rows of round 0.
    pub anchor: Box<LogicalPlan>,
    /// Makes the next round of the last; contains a [`RecursionInput`] of the same id.
    pub step: Box<LogicalPlan>,
    /// Identity of the recursion.
    pub id: u32,
    /// Rounds after which it fails; None: no limit.
    pub max_rounds: Option<u64>,
    /// Rows after which it fails; None: no limit.
    pub max_rows: Option<u64>,
    /// Rows after which it stops, because a LIMIT above takes no more.
    pub wanted: Option<u64>,
    /// Only rows not seen before go on (UNION instead of UNION ALL).
    pub distinct: bool,
    /// Output columns.
    pub output: Vec<Attribute>,
}

/// See [`LogicalPlan::RecursionInput`].
#[derive(Debug, Clone)]
pub struct RecursionInput {
    /// The recursion it belongs to.
    pub id: u32,
    /// Its columns.
    pub output: Vec<Attribute>,
}

/// See [`LogicalPlan::Shared`].
///
/// Uses are leaves: walks over the plan around them do not enter the subplan, which belongs to all of them.
/// The optimizer rewrites it once.
#[derive(Debug, Clone)]
pub struct Shared {
    /// Which subplan; uses of one id read the rows of one run.
    pub id: SharedId,
    /// The subplan. It reads nothing of what is around its uses, and its columns are known only here.
    pub plan: Arc<LogicalPlan>,
    /// The columns of this use, each with the column of the subplan that it is.
    pub columns: Vec<(Attribute, ColumnId)>,
}

/// Identifies a subplan with several uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SharedId(pub u32);

impl Shared {
    /// A use of a new subplan, under the columns that the plan has.
    pub fn new(plan: LogicalPlan, ids: &ColumnIds) -> Shared {
        let columns = plan.output().into_iter();
        Shared {
            id: SharedId(ids.next().0),
            columns: columns.map(|column| (column.clone(), column.id)).collect(),
            plan: Arc::new(plan),
        }
    }

    /// The columns of this use.
    pub fn output(&self) -> Vec<Attribute> {
        self.columns.iter().map(|(own, _)| own.clone()).collect()
    }
}

impl LogicalPlan {
    /// One row without columns.
    pub fn one_row() -> LogicalPlan {
        LogicalPlan::Values(Values {
            output: Vec::new(),
            rows: vec![Vec::new()],
        })
    }

    /// A projection of these expressions, without subqueries, over this plan.
    pub fn project(self, expressions: Vec<NamedExpr>) -> LogicalPlan {
        LogicalPlan::Project(Project {
            input: Box::new(self),
            expressions,
            subqueries: Vec::new(),
        })
    }

    /// The ids of the columns it gives.
    pub fn column_ids(&self) -> HashSet<ColumnId> {
        self.output().iter().map(|column| column.id).collect()
    }

    /// The columns it gives, in order.
    pub fn output(&self) -> Vec<Attribute> {
        match self {
            LogicalPlan::Values(node) => node.output.clone(),
            LogicalPlan::Range(node) => vec![node.output.clone()],
            LogicalPlan::Scan(node) => node
                .projection
                .iter()
                .map(|column| node.attributes[*column].clone())
                .collect(),
            LogicalPlan::Project(node) => {
                node.expressions.iter().map(NamedExpr::attribute).collect()
            }
            LogicalPlan::Filter(node) => node.input.output(),
            LogicalPlan::Join(node) => node.output(),
            LogicalPlan::Aggregate(node) => {
                let keys = node.keys.iter().map(NamedExpr::attribute);
                keys.chain(node.calls.iter().map(|(column, _)| column.clone()))
                    .collect()
            }
            LogicalPlan::Window(node) => {
                let mut columns = node.input.output();
                columns.extend(node.calls.iter().map(|(column, _)| column.clone()));
                columns
            }
            LogicalPlan::Sort(node) => node.input.output(),
            LogicalPlan::Limit(node) => node.input.output(),
            LogicalPlan::Union(node) => node.output.clone(),
            LogicalPlan::SetOperation(node) => node.left.output(),
            LogicalPlan::Expand(node) => node.output.clone(),
            LogicalPlan::Generate(node) => {
                let mut columns = node.input.output();
                columns.extend(node.generated.iter().cloned());
                columns
            }
            LogicalPlan::Repartition(node) => node.input.output(),
            LogicalPlan::Sample(node) => node.input.output(),
            LogicalPlan::Recursion(node) => node.output.clone(),
            LogicalPlan::RecursionInput(node) => node.output.clone(),
            LogicalPlan::Shared(node) => node.output(),
        }
    }

    /// The inputs (subqueries are not among them).
    pub fn inputs(&self) -> Vec<&LogicalPlan> {
        match self {
            LogicalPlan::Values(_)
            | LogicalPlan::Range(_)
            | LogicalPlan::Scan(_)
            | LogicalPlan::RecursionInput(_)
            | LogicalPlan::Shared(_) => Vec::new(),
            LogicalPlan::Project(node) => vec![&node.input],
            LogicalPlan::Filter(node) => vec![&node.input],
            LogicalPlan::Join(node) => vec![&node.left, &node.right],
            LogicalPlan::Aggregate(node) => vec![&node.input],
            LogicalPlan::Window(node) => vec![&node.input],
            LogicalPlan::Sort(node) => vec![&node.input],
            LogicalPlan::Limit(node) => vec![&node.input],
            LogicalPlan::Union(node) => node.inputs.iter().collect(),
            LogicalPlan::SetOperation(node) => vec![&node.left, &node.right],
            LogicalPlan::Expand(node) => vec![&node.input],
            LogicalPlan::Generate(node) => vec![&node.input],
            LogicalPlan::Repartition(node) => vec![&node.input],
            LogicalPlan::Sample(node) => vec![&node.input],
            LogicalPlan::Recursion(node) => vec![&node.anchor, &node.step],
        }
    }

    /// The inputs, to be changed in place.
    pub fn inputs_mut(&mut self) -> Vec<&mut LogicalPlan> {
        match self {
            LogicalPlan::Values(_)
            | LogicalPlan::Range(_)
            | LogicalPlan::Scan(_)
            | LogicalPlan::RecursionInput(_)
            | LogicalPlan::Shared(_) => Vec::new(),
            LogicalPlan::Project(node) => vec![&mut node.input],
            LogicalPlan::Filter(node) => vec![&mut node.input],
            LogicalPlan::Join(node) => vec![&mut node.left, &mut node.right],
            LogicalPlan::Aggregate(node) => vec![&mut node.input],
            LogicalPlan::Window(node) => vec![&mut node.input],
            LogicalPlan::Sort(node) => vec![&mut node.input],
            LogicalPlan::Limit(node) => vec![&mut node.input],
            LogicalPlan::Union(node) => node.inputs.iter_mut().collect(),
            LogicalPlan::SetOperation(node) => vec![&mut node.left, &mut node.right],
            LogicalPlan::Expand(node) => vec![&mut node.input],
            LogicalPlan::Generate(node) => vec![&mut node.input],
            LogicalPlan::Repartition(node) => vec![&mut node.input],
            LogicalPlan::Sample(node) => vec![&mut node.input],
            LogicalPlan::Recursion(node) => vec![&mut node.anchor, &mut node.step],
        }
    }

    /// The subqueries that hang on this node.
    pub fn subqueries(&self) -> &[Subquery] {
        match self {
            LogicalPlan::Project(node) => &node.subqueries,
            LogicalPlan::Filter(node) => &node.subqueries,
            LogicalPlan::Join(node) => &node.subqueries,
            LogicalPlan::Values(_)
            | LogicalPlan::Range(_)
            | LogicalPlan::Scan(_)
            | LogicalPlan::Aggregate(_)
            | LogicalPlan::Window(_)
            | LogicalPlan::Sort(_)
            | LogicalPlan::Limit(_)
            | LogicalPlan::Union(_)
            | LogicalPlan::SetOperation(_)
            | LogicalPlan::Expand(_)
            | LogicalPlan::Generate(_)
            | LogicalPlan::Repartition(_)
            | LogicalPlan::Sample(_)
            | LogicalPlan::Recursion(_)
            | LogicalPlan::RecursionInput(_)
            | LogicalPlan::Shared(_) => &[],
        }
    }
}

impl Join {
    /// The columns it gives: nullability follows the kind.
    pub fn output(&self) -> Vec<Attribute> {
        let as_nullable = |mut column: Attribute| {
            column.nullable = true;
            column
        };
        let left = self.left.output();
        let right = || self.right.output();
        match &self.kind {
            LogicalJoinKind::Plain(kind) => match kind {
                JoinKind::Inner | JoinKind::Cross => [left, right()].concat(),
                JoinKind::LeftOuter => left
                    .into_iter()
                    .chain(right().into_iter().map(as_nullable))
                    .collect(),
                JoinKind::RightOuter => left.into_iter().map(as_nullable).chain(right()).collect(),
                JoinKind::FullOuter => left.into_iter().chain(right()).map(as_nullable).collect(),
                JoinKind::LeftSemi | JoinKind::LeftAnti => left,
            },
            LogicalJoinKind::Mark(mark) => left.into_iter().chain([mark.clone()]).collect(),
            LogicalJoinKind::NullAwareAnti => left,
            LogicalJoinKind::Single => left
                .into_iter()
                .chain(right().into_iter().map(as_nullable))
                .collect(),
        }
    }
}
