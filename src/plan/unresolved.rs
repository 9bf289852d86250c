//! The unresolved plan: what the user wrote, nothing looked up yet.
//!
//! Shaped like Spark Connect's `Relation` and `Expression` messages, so that a protocol server and a client
//! can be thin translations of it. SQL (`sql/`) and the DataFrame API (`session/`) both build it; only the
//! analyzer reads it.

use crate::error::Origin;
pub use crate::expr::FrameUnit;
use crate::types::{DataType, StructField, StructType, Value};
use arrow::array::RecordBatch;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Options of a source, sink or hint; keys compare without case.
pub type Options = BTreeMap<String, String>;

/// A statement: a query, or a command that changes or shows the session's state.
#[derive(Debug, Clone)]
pub enum Statement {
    /// A query.
    Query(Relation),
    /// Everything else.
    Command(Command),
}

/// A relation as written: something with rows and columns.
#[derive(Debug, Clone)]
pub struct Relation {
    /// What it is.
    pub kind: Box<RelationKind>,
    /// Identifies the DataFrame that made it, so that `df["a"]` can say which input it means.
    pub plan_id: Option<u64>,
    /// Where it stands in the SQL text.
    pub origin: Option<Origin>,
}

/// The kinds of relations.
#[derive(Debug, Clone)]
pub enum RelationKind {
    /// A table or view by name; also `` format.`path` ``.
    Table { name: Vec<String>, options: Options },
    /// `IDENTIFIER(expr)` as a table name.
    TableIdentifier { name: Expression, options: Options },
    /// Files read through a reader: `spark.read().format(..)`.
    Read {
        format: String,
        schema: Option<StructType>,
        options: Options,
        paths: Vec<String>,
    },
    /// Rows held in memory.
    Local {
        schema: StructType,
        batches: Arc<[RecordBatch]>,
    },
    /// `VALUES (..), (..)`; columns are `col1`, `col2`, …
    Values { rows: Vec<Vec<Expression>> },
    /// `SELECT` without FROM: one row without columns.
    OneRow,
    /// `spark.range(start, end, step)`: a column `id BIGINT`.
    Range {
        start: i64,
        end: i64,
        step: i64,
        partitions: Option<usize>,
    },
    /// A table-valued function: `range(10)`, `explode(..)`. `lateral` join conditions come from Join.
    TableFunction {
        name: Vec<String>,
        arguments: Vec<Argument>,
    },
    /// `SELECT exprs FROM input`
    Project {
        input: Relation,
        expressions: Vec<Expression>,
    },
    /// `WHERE`
    Filter {
        input: Relation,
        condition: Expression,
    },
    /// A join.
    Join(Join),
    /// `GROUP BY`, with the whole select list.
    Aggregate(Aggregate),
    /// `WINDOW w AS (..)` clauses, visible in the select list below it.
    WithWindows {
        input: Relation,
        windows: Vec<(String, WindowSpec)>,
    },
    /// `QUALIFY`: keeps rows by a condition that may hold window functions and names of the select list.
    Qualify {
        input: Relation,
        condition: Expression,
    },
    /// `UNION`, `INTERSECT`, `EXCEPT`
    SetOperation {
        left: Relation,
        right: Relation,
        kind: SetOperator,
        all: bool,
        by_name: bool,
        allow_missing_columns: bool,
    },
    /// `ORDER BY` (global) or `SORT BY` (within partitions).
    Sort {
        input: Relation,
        order: Vec<SortOrder>,
        global: bool,
    },
    /// `ORDER BY ALL`
    SortAll {
        input: Relation,
        ascending: bool,
        nulls_first: bool,
    },
    /// `LIMIT`; None for `LIMIT ALL`.
    Limit { input: Relation, limit: Expression },
    /// `OFFSET`
    Offset { input: Relation, offset: Expression },
    /// The last n rows (`tail`).
    Tail { input: Relation, limit: u64 },
    /// `DISTINCT` (no columns given) or `dropDuplicates(columns)`.
    Deduplicate {
        input: Relation,
        columns: Option<Vec<String>>,
    },
    /// `input AS name(columns)`
    SubqueryAlias {
        input: Relation,
        name: Vec<String>,
        columns: Vec<String>,
    },
    /// `WITH name AS (..)`
    With {
        input: Relation,
        ctes: Vec<Cte>,
        recursive: bool,
    },
    /// `LATERAL VIEW [OUTER] generator(..) qualifier AS names`
    Generate {
        input: Relation,
        generator: Expression,
        outer: bool,
        qualifier: Option<String>,
        names: Vec<String>,
    },
    /// `PIVOT (aggregates FOR columns IN (values))`
    Pivot {
        input: Relation,
        /// None in SQL: all columns not used elsewhere are grouped by.
        grouping: Option<Vec<Expression>>,
        aggregates: Vec<Expression>,
        columns: Vec<Expression>,
        /// Empty: find the distinct values by running the input.
        values: Vec<Expression>,
    },
    /// `UNPIVOT`
    Unpivot(Unpivot),
    /// `TABLESAMPLE` and `sample`.
    Sample {
        input: Relation,
        method: SampleMethod,
        with_replacement: bool,
        seed: Option<i64>,
    },
    /// `/*+ NAME(parameters) */`
    Hint {
        input: Relation,
        name: String,
        parameters: Vec<Expression>,
    },
    /// `repartition(n)` (shuffle) and `coalesce(n)` (no shuffle).
    Repartition {
        input: Relation,
        partitions: usize,
        shuffle: bool,
    },
    /// `repartition(n, columns)`, `DISTRIBUTE BY`, `repartitionByRange` (SortOrder expressions).
    RepartitionBy {
        input: Relation,
        partitions: Option<usize>,
        by: PartitionBy,
    },
    /// `withColumns`: adds or replaces by name.
    WithColumns {
        input: Relation,
        columns: Vec<(String, Expression)>,
    },
    /// `withColumnsRenamed`
    WithColumnsRenamed {
        input: Relation,
        renames: Vec<(String, String)>,
    },
    /// `drop(columns)`
    Drop {
        input: Relation,
        columns: Vec<Expression>,
    },
    /// `toDF(names)`
    ToDf { input: Relation, names: Vec<String> },
    /// `na.fill`: values by column; no columns: all of a matching type.
    NaFill {
        input: Relation,
        columns: Vec<String>,
        values: Vec<Value>,
    },
    /// `na.drop`: keep rows with at least this many non-null cells among columns.
    NaDrop {
        input: Relation,
        columns: Vec<String>,
        minimum_non_nulls: Option<usize>,
    },
    /// `na.replace`
    NaReplace {
        input: Relation,
        columns: Vec<String>,
        replacements: Vec<(Value, Value)>,
    },
    /// `describe` / `summary`
    Summary {
        input: Relation,
        columns: Vec<String>,
        statistics: Vec<String>,
    },
    /// `FROM t |> EXTEND ..` and the like: select all input columns and more.
    Extend {
        input: Relation,
        expressions: Vec<Expression>,
    },
    /// A plan that was resolved before; its columns get fresh ids.
    Resolved(Arc<crate::plan::LogicalPlan>),
}

/// A join as written.
#[derive(Debug, Clone)]
pub struct Join {
    /// Left input.
    pub left: Relation,
    /// Right input.
    pub right: Relation,
    /// Kind.
    pub kind: JoinKind,
    /// How rows match.
    pub constraint: JoinConstraint,
    /// `LATERAL`: the right side may refer to columns of the left.
    pub lateral: bool,
}

/// `ON`, `USING`, `NATURAL` or nothing.
#[derive(Debug, Clone)]
pub enum JoinConstraint {
    /// No condition (a comma or CROSS JOIN).
    None,
    /// `ON condition`
    On(Expression),
    /// `USING (columns)`
    Using(Vec<String>),
    /// `NATURAL`
    Natural,
}

/// The kinds of joins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum JoinKind {
    /// Matching pairs.
    Inner,
    /// All pairs.
    Cross,
    /// Matching pairs, and left rows without a match.
    LeftOuter,
    /// Matching pairs, and right rows without a match.
    RightOuter,
    /// Matching pairs, and rows of both sides without a match.
    FullOuter,
    /// Left rows with a match.
    LeftSemi,
    /// Left rows without a match.
    LeftAnti,
}

/// `GROUP BY` as written.
#[derive(Debug, Clone)]
pub struct Aggregate {
    /// Input.
    pub input: Relation,
    /// The grouping clause.
    pub grouping: Grouping,
    /// The whole select list.
    pub expressions: Vec<Expression>,
    /// `HAVING`
    pub having: Option<Expression>,
    /// True from the DataFrame API, whose result lists the grouping expressions first.
    pub prepend_grouping: bool,
}

/// The grouping clause. Each grouping element contributes grouping sets; they multiply.
#[derive(Debug, Clone)]
pub enum Grouping {
    /// No GROUP BY: one group (an aggregate in the select list, or HAVING alone).
    Global,
    /// `GROUP BY ALL`
    All,
    /// `GROUP BY` elements.
    Elements(Vec<GroupingElement>),
}

/// An element of `GROUP BY`.
#[derive(Debug, Clone)]
pub enum GroupingElement {
    /// A plain expression, ordinal or alias.
    Expression(Expression),
    /// `ROLLUP((a, b), c)`
    Rollup(Vec<Vec<Expression>>),
    /// `CUBE(..)`
    Cube(Vec<Vec<Expression>>),
    /// `GROUPING SETS ((a, b), (a), ())`; elements may nest.
    GroupingSets(Vec<GroupingElement>),
    /// `(a, b)` inside GROUPING SETS.
    Set(Vec<Expression>),
    /// The keys of `GROUP BY a, b GROUPING SETS (..)`: columns of the output whether or not a set has them.
    Keys(Vec<Expression>),
}

impl Grouping {
    /// The expressions in all elements.
    pub fn expressions(&self) -> impl Iterator<Item = &Expression> {
        let elements = match self {
            Grouping::Global | Grouping::All => &[][..],
            Grouping::Elements(elements) => elements.as_slice(),
        };
        elements.iter().flat_map(GroupingElement::expressions)
    }
}

impl GroupingElement {
    fn expressions(&self) -> Vec<&Expression> {
        match self {
            GroupingElement::Expression(expression) => vec![expression],
            GroupingElement::Rollup(sets) | GroupingElement::Cube(sets) => {
                sets.iter().flatten().collect()
            }
            GroupingElement::GroupingSets(elements) => elements
                .iter()
                .flat_map(GroupingElement::expressions)
                .collect(),
            GroupingElement::Set(expressions) | GroupingElement::Keys(expressions) => {
                expressions.iter().collect()
            }
        }
    }
}

/// `UNION`, `INTERSECT` or `EXCEPT`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SetOperator {
    /// Rows of either.
    Union,
    /// Rows of both.
    Intersect,
    /// Rows of the left that are not in the right.
    Except,
}

/// A common table expression.
#[derive(Debug, Clone)]
pub struct Cte {
    /// Its name.
    pub name: String,
    /// Column aliases.
    pub columns: Vec<String>,
    /// The query.
    pub query: Relation,
    /// `MAX RECURSION LEVEL n`
    pub max_recursion: Option<i64>,
    /// Where it stands.
    pub origin: Option<Origin>,
}

/// `UNPIVOT` as written.
#[derive(Debug, Clone)]
pub struct Unpivot {
    /// Input.
    pub input: Relation,
    /// Identifier columns; None in SQL: all columns not among the values.
    pub ids: Option<Vec<Expression>>,
    /// Sets of value columns with an optional alias each.
    pub values: Vec<(Vec<Expression>, Option<String>)>,
    /// Name of the column that names the value column.
    pub variable_name: String,
    /// Names of the value columns of the result.
    pub value_names: Vec<String>,
    /// `INCLUDE NULLS`
    pub include_nulls: bool,
}

/// How a sample is drawn.
#[derive(Debug, Clone)]
pub enum SampleMethod {
    /// A share of the rows: `lower..upper` of [0, 1).
    Fraction { lower: f64, upper: f64 },
    /// The first n rows.
    Rows(Expression),
    /// `BUCKET x OUT OF y`
    Bucket { numerator: u32, denominator: u32 },
}

/// What rows are distributed by.
#[derive(Debug, Clone)]
pub enum PartitionBy {
    /// By hash.
    Hash(Vec<Expression>),
    /// By sorted ranges.
    Range(Vec<SortOrder>),
}

/// A sort key.
#[derive(Debug, Clone)]
pub struct SortOrder {
    /// What is sorted by.
    pub expression: Expression,
    /// ASC.
    pub ascending: bool,
    /// NULLS FIRST; ascending sorts do by default, descending sorts do not.
    pub nulls_first: bool,
}

/// An expression as written.
#[derive(Debug, Clone)]
pub struct Expression {
    /// What it is.
    pub kind: Box<ExpressionKind>,
    /// Where it stands in the SQL text.
    pub origin: Option<Origin>,
}

/// The kinds of expressions. Operators and predicates are functions, as in Spark Connect:
///
/// ```text
///   + - * / % div & | ^ ~ << >> >>>   (unary + and - have one argument)      a || b        concat(a, b)
///   = <=> < <= > >=    a <> b          not(a = b)                            a IS NULL     isnull(a)
///   and or not                         a IS DISTINCT FROM b  not(a <=> b)    a IS NOT NULL isnotnull(a)
///   in, between, like, ilike (with an escape as third argument), rlike       a IS TRUE     a <=> true
///   likeany likeall notlikeany notlikeall                                    (a, b)        named_struct(..)
///   when(c1, v1, c2, v2, .., otherwise) for both forms of CASE               count(*)      count(1)
///   extract('YEAR', d)  timestampadd('DAY', 1, d)  timestampdiff('DAY', a, b)  trim(characters, text)
/// ```
#[derive(Debug, Clone)]
pub enum ExpressionKind {
    /// A constant.
    Literal(Value, DataType),
    /// A column, struct field or variable by name: `t.a.b`. `plan_id` from `df["a"]`.
    Attribute {
        parts: Vec<String>,
        plan_id: Option<u64>,
    },
    /// `*`, `t.*`, with `EXCEPT (..)`.
    Star {
        target: Vec<String>,
        except: Vec<Vec<String>>,
    },
    /// A call of a scalar, aggregate, window or generator function, or an operator.
    Function(FunctionCall),
    /// `CAST(e AS type)`, `try_cast`, `e::type`.
    Cast {
        operand: Expression,
        to: DataType,
        is_try: bool,
    },
    /// `e AS name`; several names for a generator.
    Alias {
        operand: Expression,
        names: Vec<String>,
    },
    /// `e[key]`, `e.field` where e is not a plain name.
    Extract {
        operand: Expression,
        key: Expression,
    },
    /// `function OVER (..)`
    Window {
        function: Expression,
        window: WindowReference,
    },
    /// `(x, y) -> body`
    Lambda {
        parameters: Vec<String>,
        body: Expression,
    },
    /// `(SELECT ..)` as a value.
    ScalarSubquery(Relation),
    /// `EXISTS (SELECT ..)`
    Exists(Relation),
    /// `(a, b) IN (SELECT ..)`
    InSubquery {
        operands: Vec<Expression>,
        query: Relation,
    },
    /// `:name` or `?` with its ordinal position in the text.
    Parameter(ParameterName),
    /// `IDENTIFIER(expr)` as a column name or function name; `arguments` makes it a call.
    Identifier {
        name: Expression,
        arguments: Option<Vec<Argument>>,
    },
    /// `DEFAULT` in an INSERT or an EXECUTE.
    Default,
    /// A sort key where an expression is expected (`array_sort`-like aggregates, repartitionByRange).
    Sort(SortOrder),
}

/// The name of a parameter marker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ParameterName {
    /// `:name`
    Named(String),
    /// `?`, counted from 0
    Position(usize),
}

/// A function call as written.
#[derive(Debug, Clone)]
pub struct FunctionCall {
    /// The name, perhaps qualified; as written.
    pub name: Vec<String>,
    /// Arguments.
    pub arguments: Vec<Argument>,
    /// `DISTINCT`
    pub distinct: bool,
    /// `FILTER (WHERE ..)`
    pub filter: Option<Expression>,
    /// `WITHIN GROUP (ORDER BY ..)`
    pub within_group: Vec<SortOrder>,
    /// `IGNORE NULLS` (true), `RESPECT NULLS` (false).
    pub ignore_nulls: Option<bool>,
}

/// An argument, perhaps named: `f(a => 1)`.
#[derive(Debug, Clone)]
pub struct Argument {
    /// The name.
    pub name: Option<String>,
    /// The value.
    pub value: Expression,
}

/// `OVER name` or `OVER (..)`.
#[derive(Debug, Clone)]
pub enum WindowReference {
    /// A window of the WINDOW clause.
    Name(String),
    /// A window in place.
    Spec(WindowSpec),
}

/// A window specification.
#[derive(Debug, Clone, Default)]
pub struct WindowSpec {
    /// A window of the WINDOW clause that this one builds on.
    pub base: Option<String>,
    /// `PARTITION BY`
    pub partition_by: Vec<Expression>,
    /// `ORDER BY`
    pub order_by: Vec<SortOrder>,
    /// The frame, if written.
    pub frame: Option<WindowFrame>,
}

/// A window frame.
#[derive(Debug, Clone)]
pub struct WindowFrame {
    /// `ROWS` or `RANGE`.
    pub unit: FrameUnit,
    /// Lower bound.
    pub start: FrameBound,
    /// Upper bound.
    pub end: FrameBound,
}

/// A bound of a frame.
#[derive(Debug, Clone)]
pub enum FrameBound {
    /// `UNBOUNDED PRECEDING`
    UnboundedPreceding,
    /// `n PRECEDING`
    Preceding(Expression),
    /// `CURRENT ROW`
    CurrentRow,
    /// `n FOLLOWING`
    Following(Expression),
    /// `UNBOUNDED FOLLOWING`
    UnboundedFollowing,
}

/// A command.
#[derive(Debug, Clone)]
pub enum Command {
    /// `CREATE [OR REPLACE] [GLOBAL] TEMPORARY VIEW name AS query`
    CreateView(CreateView),
    /// `CREATE TEMPORARY VIEW name [(schema)] USING format OPTIONS (..)`
    CreateViewUsing {
        name: Vec<String>,
        replace: bool,
        global: bool,
        schema: Option<StructType>,
        format: String,
        options: Options,
    },
    /// `CREATE TABLE name [(schema)] [USING ..] [PARTITIONED BY ..] [LOCATION ..] [AS query]`
    CreateTable(CreateTable),
    /// `DROP TABLE | VIEW [IF EXISTS] name`
    Drop {
        name: Vec<String>,
        view: bool,
        if_exists: bool,
        origin: Option<Origin>,
    },
    /// `INSERT INTO | OVERWRITE [TABLE] name [(columns)] query`
    Insert {
        table: Vec<String>,
        columns: Vec<String>,
        /// `PARTITION (a = 1, b)`
        partition: Vec<(String, Option<Expression>)>,
        overwrite: bool,
        by_name: bool,
        query: Relation,
    },
    /// `INSERT OVERWRITE DIRECTORY 'path' USING format OPTIONS (..) query`
    InsertDirectory {
        path: String,
        format: String,
        options: Options,
        query: Relation,
    },
    /// `CREATE FUNCTION name(parameters) RETURNS type RETURN body`
    CreateFunction(CreateFunction),
    /// `DROP [TEMPORARY] FUNCTION [IF EXISTS] name`
    DropFunction {
        name: Vec<String>,
        temporary: bool,
        if_exists: bool,
    },
    /// `SET`, `SET key`, `SET key=value`, `SET TIME ZONE ..`
    Set {
        key: Option<String>,
        value: Option<String>,
    },
    /// `RESET [key]`
    Reset { key: Option<String> },
    /// `EXPLAIN [mode] statement`
    Explain {
        mode: ExplainMode,
        statement: Box<Statement>,
    },
    /// `DESCRIBE [TABLE] [EXTENDED] name [PARTITION (..)] [column]`
    DescribeTable {
        name: Vec<String>,
        extended: bool,
        partition: Option<PartitionSpec>,
        column: Option<Vec<String>>,
    },
    /// `DESCRIBE DATABASE [EXTENDED] name`
    DescribeDatabase { name: Vec<String>, extended: bool },
    /// `DESCRIBE QUERY query`
    DescribeQuery(Relation),
    /// `DESCRIBE FUNCTION [EXTENDED] name`
    DescribeFunction { name: Vec<String>, extended: bool },
    /// `SHOW TABLES [IN database] [LIKE pattern]`
    ShowTables {
        database: Option<Vec<String>>,
        pattern: Option<String>,
    },
    /// `SHOW VIEWS ..`
    ShowViews {
        database: Option<Vec<String>>,
        pattern: Option<String>,
    },
    /// `SHOW COLUMNS IN table`
    ShowColumns { table: Vec<String> },
    /// `SHOW [USER|SYSTEM|ALL] FUNCTIONS [LIKE pattern]`
    ShowFunctions { pattern: Option<String> },
    /// `SHOW DATABASES | SCHEMAS [LIKE pattern]`
    ShowDatabases { pattern: Option<String> },
    /// `SHOW CREATE TABLE name`
    ShowCreateTable { name: Vec<String> },
    /// `SHOW TBLPROPERTIES name [(key)]`
    ShowTableProperties {
        name: Vec<String>,
        key: Option<String>,
    },
    /// `SHOW PARTITIONS table [PARTITION (..)]`
    ShowPartitions {
        table: Vec<String>,
        partition: Option<PartitionSpec>,
    },
    /// `SHOW CURRENT DATABASE`
    ShowCurrentDatabase,
    /// `ALTER TABLE ..` and its kin
    ChangeTable(ChangeTable),
    /// `USE [DATABASE] name`
    Use { name: Vec<String> },
    /// `CREATE DATABASE [IF NOT EXISTS] name`
    CreateDatabase {
        name: Vec<String>,
        if_not_exists: bool,
    },
    /// `DROP DATABASE [IF EXISTS] name [CASCADE]`
    DropDatabase {
        name: Vec<String>,
        if_exists: bool,
        cascade: bool,
    },
    /// `CACHE [LAZY] TABLE name [AS query]`
    CacheTable {
        name: Vec<String>,
        lazy: bool,
        query: Option<Relation>,
    },
    /// `UNCACHE TABLE [IF EXISTS] name`
    UncacheTable { name: Vec<String>, if_exists: bool },
    /// `CLEAR CACHE`
    ClearCache,
    /// `REFRESH TABLE name`
    RefreshTable { name: Vec<String> },
    /// `DECLARE [OR REPLACE] VARIABLE name [type] [DEFAULT expr]`
    DeclareVariable {
        names: Vec<Vec<String>>,
        replace: bool,
        data_type: Option<DataType>,
        default: Option<Expression>,
    },
    /// `SET VAR name = expr, ..`, `SET VAR (names) = (query)`
    SetVariable {
        assignments: Vec<(Vec<String>, Expression)>,
    },
    /// `SET VAR (a, b) = (SELECT ..)`
    SetVariableQuery {
        names: Vec<Vec<String>>,
        query: Relation,
    },
    /// `DROP TEMPORARY VARIABLE [IF EXISTS] name`
    DropVariable { name: Vec<String>, if_exists: bool },
    /// `EXECUTE IMMEDIATE text [INTO variables] [USING arguments]`
    ExecuteImmediate {
        text: Expression,
        into: Vec<Vec<String>>,
        using: Vec<Argument>,
    },
    /// A command that Spark knows and Firesteel parses but does not run; `name` is for the error.
    Unsupported { name: String },
}

/// `PARTITION (a = 1, b)`
pub type PartitionSpec = Vec<(String, Option<Expression>)>;

/// A change of a table.
#[derive(Debug, Clone)]
pub struct ChangeTable {
    /// The table.
    pub name: Vec<String>,
    /// What is done to it.
    pub change: TableChange,
    /// Where its name stands.
    pub origin: Option<Origin>,
}

/// What is done to a table.
#[derive(Debug, Clone)]
pub enum TableChange {
    /// `RENAME TO name`
    Rename(Vec<String>),
    /// `ADD COLUMNS (..)`
    AddColumns(Vec<StructField>),
    /// `SET TBLPROPERTIES (..)`
    SetProperties(Options),
    /// `UNSET TBLPROPERTIES (..)`
    UnsetProperties(Vec<String>),
    /// `ALTER COLUMN a COMMENT 'text'`
    ColumnComment(Vec<String>, String),
    /// `ALTER COLUMN a TYPE type`
    ColumnType(Vec<String>, DataType),
    /// `COMMENT ON TABLE`
    Comment(Option<String>),
    /// `ADD [IF NOT EXISTS] PARTITION (..) ..`
    AddPartitions(Vec<PartitionSpec>, bool),
    /// `DROP [IF EXISTS] PARTITION (..), ..`
    DropPartitions(Vec<PartitionSpec>, bool),
    /// `MSCK REPAIR TABLE`, `RECOVER PARTITIONS`; the name of the operation.
    RecoverPartitions(&'static str),
    /// `TRUNCATE TABLE [PARTITION (..)]`
    Truncate(Option<PartitionSpec>),
    /// `ANALYZE TABLE`
    Analyze,
    /// What tables of files do not have: `UPDATE`, `DROP COLUMN`, ..
    Refused(&'static str),
}

/// `CREATE VIEW` as written.
#[derive(Debug, Clone)]
pub struct CreateView {
    /// Name.
    pub name: Vec<String>,
    /// Column names and comments.
    pub columns: Vec<(String, Option<String>)>,
    /// `OR REPLACE`
    pub replace: bool,
    /// `IF NOT EXISTS`
    pub if_not_exists: bool,
    /// `TEMPORARY`
    pub temporary: bool,
    /// `GLOBAL TEMPORARY`
    pub global: bool,
    /// `COMMENT`
    pub comment: Option<String>,
    /// `TBLPROPERTIES`
    pub properties: Options,
    /// The query.
    pub query: Relation,
    /// Its text, for SHOW CREATE TABLE and for contexts of errors inside the view.
    pub text: String,
}

/// `CREATE TABLE` as written.
#[derive(Debug, Clone)]
pub struct CreateTable {
    /// Name.
    pub name: Vec<String>,
    /// Columns, if given.
    pub schema: Option<StructType>,
    /// `USING format`
    pub format: Option<String>,
    /// `OPTIONS (..)`
    pub options: Options,
    /// `PARTITIONED BY`
    pub partitioned_by: Vec<String>,
    /// `LOCATION`
    pub location: Option<String>,
    /// `COMMENT`
    pub comment: Option<String>,
    /// `TBLPROPERTIES`
    pub properties: Options,
    /// `DEFAULT` of columns that have one
    pub defaults: Vec<(String, Expression)>,
    /// `OR REPLACE`
    pub replace: bool,
    /// `IF NOT EXISTS`
    pub if_not_exists: bool,
    /// `AS query`
    pub query: Option<Relation>,
}

/// `CREATE FUNCTION` as written.
#[derive(Debug, Clone)]
pub struct CreateFunction {
    /// Name.
    pub name: Vec<String>,
    /// `OR REPLACE`
    pub replace: bool,
    /// `TEMPORARY`
    pub temporary: bool,
    /// `IF NOT EXISTS`
    pub if_not_exists: bool,
    /// Parameters.
    pub parameters: Vec<FunctionParameter>,
    /// `RETURNS`
    pub returns: FunctionReturn,
    /// `COMMENT`
    pub comment: Option<String>,
    /// `[NOT] DETERMINISTIC`, if written.
    pub deterministic: Option<bool>,
    /// `READS SQL DATA` (true) or `CONTAINS SQL` (false), if written.
    pub reads_sql_data: Option<bool>,
    /// The body.
    pub body: FunctionBody,
    /// The body's text.
    pub text: String,
    /// The whole statement.
    pub origin: Option<Origin>,
}

/// A parameter of a SQL function.
#[derive(Debug, Clone)]
pub struct FunctionParameter {
    /// Name, type and comment.
    pub field: StructField,
    /// `DEFAULT`
    pub default: Option<Expression>,
}

/// What a SQL function returns.
#[derive(Debug, Clone)]
pub enum FunctionReturn {
    /// What its body gives: no RETURNS clause.
    FromBody,
    /// A value of a type.
    Scalar(DataType),
    /// Rows, of these columns or of the body's.
    Table(Option<StructType>),
}

/// The body of a function.
#[derive(Debug, Clone)]
pub enum FunctionBody {
    /// `RETURN expression`
    Expression(Expression),
    /// `RETURN query`
    Query(Relation),
    /// `AS 'class'`: a class of the JVM, which Firesteel cannot run.
    Class(String),
}

/// What EXPLAIN shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExplainMode {
    /// The physical plan.
    Simple,
    /// All plans.
    Extended,
    /// The physical plan, then its details node by node.
    Formatted,
    /// The optimized plan with statistics.
    Cost,
    /// Like extended (there is no generated code).
    Codegen,
    /// Runs the query; the physical plan with rows, bytes and times.
    Analyze,
}

impl Relation {
    /// A relation without origin or plan id.
    pub fn new(kind: RelationKind) -> Self {
        Relation {
            kind: Box::new(kind),
            plan_id: None,
            origin: None,
        }
    }

    /// The same at a place in the text.
    pub fn at(mut self, origin: Option<Origin>) -> Self {
        self.origin = origin;
        self
    }
}

impl Expression {
    /// An expression without origin.
    pub fn new(kind: ExpressionKind) -> Self {
        Expression {
            kind: Box::new(kind),
            origin: None,
        }
    }

    /// The same at a place in the text.
    pub fn at(mut self, origin: Option<Origin>) -> Self {
        self.origin = origin;
        self
    }

    /// A call of `name` with plain arguments.
    pub fn call(name: impl Into<String>, arguments: Vec<Expression>) -> Self {
        let arguments = arguments
            .into_iter()
            .map(|value| Argument { name: None, value })
            .collect();
        Expression::new(ExpressionKind::Function(FunctionCall {
            name: vec![name.into()],
            arguments,
            distinct: false,
            filter: None,
            within_group: Vec::new(),
            ignore_nulls: None,
        }))
    }

    /// A constant.
    pub fn literal(value: Value, data_type: DataType) -> Self {
        Expression::new(ExpressionKind::Literal(value, data_type))
    }

    /// A column by its name parts.
    pub fn attribute(parts: Vec<String>) -> Self {
        Expression::new(ExpressionKind::Attribute {
            parts,
            plan_id: None,
        })
    }
}
