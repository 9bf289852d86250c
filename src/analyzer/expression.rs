//! The resolver of expressions: what it knows and collects, and the dispatch by kind.

use super::environment::Environment;
use super::grouping_sets::GroupingFacts;
use super::lateral_alias::Lateral;
use super::literal;
use super::scope::Scope;
use super::select_list::Item;
use super::syntax;
use super::typed::Typed;
use super::{Analyzer, check_depth};
use crate::error::{Error, Origin, Result, conditions, quote};
use crate::expr::{AggregateCall, Attribute, CastMode, Expr, Literal, SortKey, WindowCall};
use crate::plan::logical::Subquery;
use crate::plan::unresolved::{Expression, ExpressionKind, ParameterName};
use crate::types::DataType;
use crate::types::coercion::can_cast;
use std::cell::RefCell;

/// The clause whose expressions are resolved; it decides which calls are allowed and how errors say so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clause {
    /// The select list.
    Select,
    /// WHERE.
    Where,
    /// HAVING.
    Having,
    /// GROUP BY.
    GroupBy,
    /// ORDER BY, SORT BY.
    OrderBy,
    /// A join condition.
    Join,
    /// The argument of a generator.
    Generate,
    /// Anything else, with Spark's name of the operator.
    Other(&'static str),
}

impl Clause {
    /// Spark's name of the plan node that holds the expressions.
    pub fn operator(self) -> &'static str {
        match self {
            Clause::Select => "Project",
            Clause::Where | Clause::Having => "Filter",
            Clause::GroupBy => "Aggregate",
            Clause::OrderBy => "Sort",
            Clause::Join => "Join",
            Clause::Generate => "Generate",
            Clause::Other(name) => name,
        }
    }
}

/// Calls of aggregates that were met.
#[derive(Debug, Default, Clone)]
pub struct Aggregates {
    /// The calls, each with the column it makes and its spelling.
    pub calls: Vec<(Attribute, AggregateCall, String)>,
    /// What `grouping(..)` means here.
    pub grouping: Option<GroupingFacts>,
}

/// Calls of functions over windows that were met, by window.
#[derive(Debug, Default)]
pub struct Windows {
    /// One entry per partitioning and order.
    pub groups: Vec<WindowGroup>,
}

/// Calls over windows of one partitioning and order.
#[derive(Debug)]
pub struct WindowGroup {
    /// `PARTITION BY`
    pub partition_by: Vec<Expr>,
    /// `ORDER BY`
    pub order_by: Vec<SortKey>,
    /// The calls, each with the column it makes and its spelling.
    pub calls: Vec<(Attribute, WindowCall, String)>,
}

/// Where inside a call the resolver is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Inside {
    /// In none that matters.
    #[default]
    Nothing,
    /// In an argument of an aggregate.
    Aggregate,
    /// In an argument or the specification of a window call.
    Window,
}

/// Resolves the expressions of one clause of one operator.
pub struct Resolver<'r> {
    pub(super) analyzer: &'r Analyzer<'r>,
    pub(super) environment: &'r Environment<'r>,
    /// Where names are looked up, in order.
    pub(super) scopes: &'r [&'r Scope],
    pub(super) clause: Clause,
    /// Subqueries met so far; they must go to the node that gets the expressions.
    pub subqueries: Vec<Subquery>,
    /// Aggregates met so far; None: they are not allowed here.
    pub aggregates: Option<RefCell<Aggregates>>,
    /// Window calls met so far; None: they are not allowed here.
    pub windows: Option<Windows>,
    /// Aliases of the same select list that later items may use.
    pub laterals: Vec<Lateral>,
    /// Parameters of the lambdas around, innermost last.
    pub(super) lambdas: Vec<Vec<(String, Attribute)>>,
    pub(super) inside: Inside,
    /// Where names in arguments of aggregates are looked up first, if not in `scopes`.
    pub aggregate_scope: Option<&'r Scope>,
    /// The select list whose aliases GROUP BY may use.
    pub(super) select_items: &'r [Item<'r>],
    /// Whether a name that is ambiguous in one scope is looked up in the next.
    pub later_scopes_settle_ambiguity: bool,
}

impl<'r> Resolver<'r> {
    /// A resolver of scalar expressions.
    pub fn new(
        analyzer: &'r Analyzer<'r>,
        environment: &'r Environment<'r>,
        scopes: &'r [&'r Scope],
        clause: Clause,
    ) -> Resolver<'r> {
        Resolver {
            analyzer,
            environment,
            scopes,
            clause,
            subqueries: Vec::new(),
            aggregates: None,
            windows: None,
            laterals: Vec::new(),
            lambdas: Vec::new(),
            inside: Inside::Nothing,
            aggregate_scope: None,
            select_items: &[],
            later_scopes_settle_ambiguity: false,
        }
    }

    /// The same, with aggregates allowed; `known` are those the operator has already.
    pub fn with_aggregates(mut self, known: Aggregates) -> Resolver<'r> {
        self.aggregates = Some(RefCell::new(known));
        self
    }

    /// The same, with window functions allowed.
    pub fn with_windows(mut self) -> Resolver<'r> {
        self.windows = Some(Windows::default());
        self
    }

    /// The aggregates met, to go on with.
    pub fn take_aggregates(&mut self) -> Aggregates {
        self.aggregates
            .take()
            .map(RefCell::into_inner)
            .unwrap_or_default()
    }

    /// Resolves an expression.
    pub fn expression(&mut self, expression: &Expression) -> Result<Typed> {
        let origin = &expression.origin;
        check_depth()?;
        let mut typed = self
            .kind(expression)
            .map_err(|error| error.at(origin.as_ref()))?;
        if typed.origin.is_none() {
            typed.origin = origin.clone();
        }
        Ok(typed)
    }

    /// Resolves a list of expressions.
    pub fn expressions(&mut self, expressions: &[Expression]) -> Result<Vec<Typed>> {
        expressions
            .iter()
            .map(|expression| self.expression(expression))
            .collect()
    }

    fn kind(&mut self, expression: &Expression) -> Result<Typed> {
        let origin = &expression.origin;
        match &*expression.kind {
            ExpressionKind::Literal(value, data_type) => {
                let literal = Literal {
                    value: value.clone(),
                    data_type: data_type.clone(),
                };
                let sql = literal::sql(&literal, &self.analyzer.config());
                Ok(Typed::new(Expr::Literal(literal), sql, origin.clone()))
            }
            ExpressionKind::Attribute {
                parts,
                plan_id: None,
            } => self.reference(parts, origin),
            ExpressionKind::Attribute {
                parts,
                plan_id: Some(plan_id),
            } => self.frame_reference(parts, *plan_id),
            ExpressionKind::Star { .. } => Err(Error::new(
                &conditions::INVALID_USAGE_OF_STAR_OR_REGEX,
                [
                    ("elem", "'*'".to_string()),
                    ("prettyName", format!("`{}`", self.clause.operator())),
                ],
            )),
            ExpressionKind::Function(call) => self.function(call, origin),
            ExpressionKind::Cast {
                operand,
                to,
                is_try,
            } => {
                let operand = self.expression(operand)?;
                self.cast(operand, to, *is_try, origin)
            }
            ExpressionKind::Alias { operand, names } => {
                let mut typed = self.expression(operand)?;
                if let [name] = names.as_slice() {
                    typed.name = Some(name.clone());
                    typed.aliased = true;
                }
                Ok(typed)
            }
            ExpressionKind::Extract { operand, key } => {
                if syntax::is_generator(operand) {
                    self.check_generated_field(operand, key)?;
                }
                let operand = self.expression(operand)?;
                let key = self.expression(key)?;
                self.extract(operand, key, origin)
            }
            ExpressionKind::Window { function, window } => {
                self.window_call(function, window, origin)
            }
            ExpressionKind::Lambda { .. } => Err(Error::new(
                &conditions::INVALID_LAMBDA_FUNCTION_CALL_NON_HIGHER_ORDER_FUNCTION,
                [("class", self.clause.operator())],
            )),
            ExpressionKind::ScalarSubquery(query) => self.scalar_subquery(query, origin),
            ExpressionKind::Exists(query) => self.exists(query, origin),
            ExpressionKind::InSubquery { operands, query } => {
                self.in_subquery(operands, query, origin)
            }
            ExpressionKind::Parameter(name) => {
                let name = match name {
                    ParameterName::Named(name) => name.clone(),
                    ParameterName::Position(position) => format!("_{position}"),
                };
                Err(Error::new(
                    &conditions::UNBOUND_SQL_PARAMETER,
                    [("name", name)],
                ))
            }
            ExpressionKind::Identifier { name, arguments } => {
                self.identifier_clause(name, arguments.as_deref(), origin)
            }
            ExpressionKind::Default => Err(Error::unsupported("DEFAULT outside of INSERT")),
            ExpressionKind::Sort(order) => self.expression(&order.expression),
        }
    }

    /// `CAST(operand AS to)` as the user wrote it.
    pub fn cast(
        &mut self,
        operand: Typed,
        to: &DataType,
        is_try: bool,
        origin: &Option<Origin>,
    ) -> Result<Typed> {
        let ansi = self.analyzer.ansi();
        let name = if is_try { "TRY_CAST" } else { "CAST" };
        // Spark does not print casts to nested types.
        let sql = match to {
            DataType::Array { .. } | DataType::Map { .. } | DataType::Struct(_) => {
                operand.sql.clone()
            }
            _ => format!("{name}({} AS {})", operand.sql, to.sql()),
        };
        let from = operand.data_type();
        if !can_cast(&from, to, ansi || is_try) {
            return Err(self.cast_error(&sql, &from, to, ansi || is_try));
        }
        let mode = match (is_try, ansi) {
            (true, _) => CastMode::Try,
            (false, true) => CastMode::Ansi,
            (false, false) => CastMode::Legacy,
        };
        let expr = Expr::Cast {
            operand: Box::new(operand.expr),
            to: to.clone(),
            mode,
            origin: origin.clone(),
        };
        // A cast column keeps its name: `SELECT CAST(a AS INT)` is called `a`.
        let name = operand
            .name
            .filter(|_| !operand.aliased && is_plain_column(&expr));
        Ok(Typed {
            name,
            ..Typed::new(expr, sql, origin.clone())
        })
    }

    fn cast_error(&self, sql: &str, from: &DataType, to: &DataType, ansi: bool) -> Error {
        let sql = ("sqlExpr", quote::sql_expression(sql));
        let source = ("srcType", quote::sql_type(from));
        let target = ("targetType", quote::sql_type(to));
        if let Some(functions) = conversion_functions(from, to).filter(|_| ansi) {
            return Error::new(
                &conditions::DATATYPE_MISMATCH_CAST_WITH_FUNC_SUGGESTION,
                [
                    sql,
                    source,
                    target,
                    ("functionNames", functions.to_string()),
                ],
            );
        }
        if ansi && can_cast(from, to, false) {
            return Error::new(
                &conditions::DATATYPE_MISMATCH_CAST_WITH_CONF_SUGGESTION,
                [
                    sql,
                    source,
                    target,
                    ("config", quote::config("spark.sql.ansi.enabled")),
                    ("configVal", "'false'".to_string()),
                ],
            );
        }
        Error::new(
            &conditions::DATATYPE_MISMATCH_CAST_WITHOUT_SUGGESTION,
            [sql, source, target],
        )
    }

    /// The expression cast to a type where it has another; the spelling does not show it.
    pub fn coerce(&self, expr: Expr, to: &DataType, origin: &Option<Origin>) -> Expr {
        coerce(expr, to, self.analyzer.ansi(), origin)
    }
}

/// The functions that errors propose where ANSI mode has no cast, for want of a unit.
fn conversion_functions(from: &DataType, to: &DataType) -> Option<&'static str> {
    match (from, to) {
        (DataType::Date, to) if to.is_numeric() => Some("`UNIX_DATE`"),
        (from, DataType::Date) if from.is_numeric() => Some("`DATE_FROM_UNIX_DATE`"),
        _ => None,
    }
}

/// Whether a cast's operand is a column or field itself.
fn is_plain_column(cast: &Expr) -> bool {
    matches!(cast, Expr::Cast { operand, .. } if matches!(**operand, Expr::Column(_) | Expr::Outer(_)))
}

/// An implicit cast, unless the types differ in nothing but the nullability inside them.
pub fn coerce(expr: Expr, to: &DataType, ansi: bool, origin: &Option<Origin>) -> Expr {
    let from = expr.data_type();
    if from == *to || from.as_nullable() == to.as_nullable() {
        return expr;
    }
    if let Expr::Literal(literal) = &expr
        && literal.value.is_null()
    {
        return Expr::null(to.clone());
    }
    Expr::Cast {
        operand: Box::new(expr),
        to: to.clone(),
        mode: if ansi {
            CastMode::Ansi
        } else {
            CastMode::Legacy
        },
        origin: origin.clone(),
    }
}
