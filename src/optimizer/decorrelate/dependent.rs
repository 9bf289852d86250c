//! Computes a correlated plan for all values of its outer columns at once.
//!
//! The *domain* is the set of distinct values that the outer columns take. It is joined to the lowest parts of
//! the plan that need it, and every operator above carries its columns along: filters and projections use
//! them where outer columns stood, aggregates group by them, windows partition by them, a LIMIT becomes a
//! row number per domain value.
//!
//! Limits: a correlated full outer join, `tail` and recursion are refused.

use super::{RuleContext, is_correlated, outer_columns};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::expr::{
    Attribute, Bound, ColumnId, Expr, Frame, FrameUnit, NamedExpr, SortKey, WindowCall,
    WindowFunctionCall,
};
use crate::functions::aggregate::value_of_empty;
use crate::functions::{BindContext, Function, lookup};
use crate::kernel::value::array_to_value;
use crate::optimizer::set_operations::distinct;
use crate::plan::LogicalPlan;
use crate::plan::logical::{
    Aggregate, Expand, Filter, Generate, Join, JoinHint, Limit, LogicalJoinKind, Project, Sort,
    Union, Window,
};
use crate::plan::unresolved::JoinKind;
use crate::types::DataType;
use hashbrown::HashSet;

/// The plan over all values of the outer columns that `outer` gives, and the conditions that tie its
/// rows to those of `outer`.
pub fn unnest(
    plan: LogicalPlan,
    outer: &LogicalPlan,
    context: &RuleContext,
) -> Result<(LogicalPlan, Vec<Expr>)> {
    let columns = outer.column_ids();
    let references = outer_columns(&plan, &columns);
    let expressions = references.iter().map(NamedExpr::pass).collect();
    let values = LogicalPlan::Project(Project {
        input: Box::new(outer.clone()),
        expressions,
        subqueries: Vec::new(),
    });
    let unnesting = Unnesting {
        columns,
        domain: distinct(values),
        references,
        context,
    };
    let (plan, domain) = unnesting.plan(plan)?;
    let pairs = unnesting.references.into_iter().zip(domain);
    let conditions = pairs
        .map(|(outer, inner)| Expr::null_safe_equal(Expr::Column(outer), Expr::Column(inner)))
        .collect::<Result<_>>()?;
    Ok((plan, conditions))
}

struct Unnesting<'a> {
    /// The columns of the enclosing query.
    columns: HashSet<ColumnId>,
    /// Gives the distinct values of `references`; every use takes a copy with fresh ids.
    domain: LogicalPlan,
    /// The outer columns that are read.
    references: Vec<Attribute>,
    context: &'a RuleContext<'a>,
}

/// A plan without outer columns, and the columns of its output that hold the domain's values, one for
/// each of [`Unnesting::references`].
type Freed = (LogicalPlan, Vec<Attribute>);

impl Unnesting<'_> {
    fn plan(&self, plan: LogicalPlan) -> Result<Freed> {
        if !is_correlated(&plan, &self.columns) {
            let domain = self.domain();
            let columns = domain.output();
            return Ok((inner_join(plan, domain, None), columns));
        }
        match plan {
            LogicalPlan::Filter(node) => self.filter(node),
            LogicalPlan::Project(node) => self.project(node),
            LogicalPlan::Aggregate(node) => self.aggregate(node),
            LogicalPlan::Join(node) => self.join(node),
            LogicalPlan::Window(node) => self.window(node),
            LogicalPlan::Limit(node) => self.limit(node),
            LogicalPlan::Union(node) => self.union(node),
            LogicalPlan::Expand(node) => self.expand(node),
            LogicalPlan::Generate(node) => self.generate(node),
            LogicalPlan::Sort(node) => {
                let (input, domain) = self.plan(*node.input)?;
                let order = node.order.into_iter();
                let order = order
                    .map(|key| SortKey {
                        expr: self.bind(key.expr, &domain),
                        ..key
                    })
                    .collect();
                Ok((
                    LogicalPlan::Sort(Sort {
                        input: Box::new(input),
                        order,
                        ..node
                    }),
                    domain,
                ))
            }
            LogicalPlan::Repartition(mut node) => {
                let (input, domain) = self.plan(*node.input)?;
                *node.input = input;
                Ok((LogicalPlan::Repartition(node), domain))
            }
            LogicalPlan::Sample(mut node) => {
                let (input, domain) = self.plan(*node.input)?;
                *node.input = input;
                Ok((LogicalPlan::Sample(node), domain))
            }
            LogicalPlan::Values(_)
            | LogicalPlan::Range(_)
            | LogicalPlan::Scan(_)
            | LogicalPlan::SetOperation(_)
            | LogicalPlan::Recursion(_)
            | LogicalPlan::RecursionInput(_)
            | LogicalPlan::Shared(_) => Err(refused(&plan)),
        }
    }

    /// A copy of the domain with columns of its own.
    fn domain(&self) -> LogicalPlan {
        self.domain.with_fresh_ids(self.context.ids)
    }

    /// Outer columns become the domain's.
    fn bind(&self, expr: Expr, domain: &[Attribute]) -> Expr {
        expr.transform(&mut |node| match &node {
            Expr::Outer(column) => {
                match self
                    .references
                    .iter()
                    .position(|known| known.id == column.id)
                {
                    Some(index) => Expr::Column(domain[index].clone()),
                    None => node,
                }
            }
            _ => node,
        })
    }

    fn filter(&self, node: Filter) -> Result<Freed> {
        let (input, domain) = self.plan(*node.input)?;
        let predicate = self.bind(node.predicate, &domain);
        let plan = Filter {
            input: Box::new(input),
            predicate,
            subqueries: node.subqueries,
        };
        Ok((LogicalPlan::Filter(plan), domain))
    }

    fn project(&self, node: Project) -> Result<Freed> {
        let (input, domain) = self.plan(*node.input)?;
        let mut expressions: Vec<NamedExpr> = (node.expressions.into_iter())
            .map(|named| NamedExpr {
                expr: self.bind(named.expr, &domain),
                ..named
            })
            .collect();
        expressions.extend(domain.iter().map(NamedExpr::pass));
        let plan = Project {
            input: Box::new(input),
            expressions,
            subqueries: node.subqueries,
        };
        Ok((LogicalPlan::Project(plan), domain))
    }

    fn aggregate(&self, node: Aggregate) -> Result<Freed> {
        let global = node.keys.is_empty();
        let (input, domain) = self.plan(*node.input)?;
        let mut keys: Vec<NamedExpr> = (node.keys.into_iter())
            .map(|key| NamedExpr {
                expr: self.bind(key.expr, &domain),
                ..key
            })
            .collect();
        keys.extend(domain.iter().map(NamedExpr::pass));
        let calls: Vec<_> = (node.calls.into_iter())
            .map(|(column, call)| (column, call.map_expressions(&mut |e| self.bind(e, &domain))))
            .collect();
        if !global {
            let plan = Aggregate {
                input: Box::new(input),
                keys,
                calls,
            };
            return Ok((LogicalPlan::Aggregate(plan), domain));
        }
        self.global_aggregate(input, keys, calls, domain)
    }

    /// An aggregate without keys gives a row for every value of the domain, whether any row belongs to it
    /// or not: the groups are joined to the domain, and where there is none the calls have their values
    /// over no rows.
    fn global_aggregate(
        &self,
        input: LogicalPlan,
        keys: Vec<NamedExpr>,
        calls: Vec<(Attribute, crate::expr::AggregateCall)>,
        domain: Vec<Attribute>,
    ) -> Result<Freed> {
        let grouped_calls: Vec<_> = (calls.iter())
            .map(|(column, call)| {
                (
                    Attribute {
                        id: self.context.ids.next(),
                        ..column.clone()
                    },
                    call.clone(),
                )
            })
            .collect();
        let values: Vec<Attribute> = grouped_calls
            .iter()
            .map(|(column, _)| column.clone())
            .collect();
        let grouped = LogicalPlan::Aggregate(Aggregate {
            input: Box::new(input),
            keys,
            calls: grouped_calls,
        });
        let marker = NamedExpr {
            id: self.context.ids.next(),
            name: "matched".into(),
            expr: Expr::boolean(true),
        };
        let marked = add_columns(grouped, vec![marker.clone()]);
        let all = self.domain();
        let all_columns = all.output();
        let condition = equal_columns(&all_columns, &domain)?;
        let joined = LogicalPlan::Join(Join {
            left: Box::new(all),
            right: Box::new(marked),
            kind: LogicalJoinKind::Plain(JoinKind::LeftOuter),
            condition: Some(condition),
            subqueries: Vec::new(),
            hint: JoinHint::default(),
            lateral: false,
        });
        let mut expressions = Vec::new();
        for ((column, call), value) in calls.into_iter().zip(values) {
            let empty = array_to_value(&value_of_empty(call.kernel.as_ref())?, 0, &call.data_type)?;
            let unmatched = Expr::IsNull {
                operand: Box::new(Expr::Column(Attribute {
                    nullable: true,
                    ..marker.attribute()
                })),
                negated: false,
            };
            let expr = Expr::Case {
                branches: vec![(unmatched, Expr::literal(empty, call.data_type.clone()))],
                otherwise: Some(Box::new(Expr::Column(Attribute {
                    nullable: true,
                    ..value
                }))),
                data_type: call.data_type,
            };
            expressions.push(NamedExpr {
                id: column.id,
                name: column.name,
                expr,
            });
        }
        expressions.extend(all_columns.iter().map(NamedExpr::pass));
        let plan = Project {
            input: Box::new(joined),
            expressions,
            subqueries: Vec::new(),
        };
        Ok((LogicalPlan::Project(plan), all_columns))
    }

    fn join(&self, node: Join) -> Result<Freed> {
        let plan = LogicalPlan::Join(node.clone());
        let right_correlated = is_correlated(&node.right, &self.columns);
        let left_correlated = is_correlated(&node.left, &self.columns);
        let before = node.output();
        let keep_left = match &node.kind {
            LogicalJoinKind::Plain(kind) => match kind {
                JoinKind::Inner | JoinKind::Cross => left_correlated || !right_correlated,
                JoinKind::LeftOuter | JoinKind::LeftSemi | JoinKind::LeftAnti => true,
                JoinKind::RightOuter => left_correlated,
                JoinKind::FullOuter => return Err(refused(&plan)),
            },
            LogicalJoinKind::Mark(_) | LogicalJoinKind::NullAwareAnti | LogicalJoinKind::Single => {
                true
            }
        };
        let keep_right = match &node.kind {
            LogicalJoinKind::Plain(JoinKind::RightOuter) => true,
            _ => right_correlated,
        };
        let (left, left_domain) = match keep_left {
            true => self
                .plan(*node.left)
                .map(|(plan, domain)| (plan, Some(domain)))?,
            false => (*node.left, None),
        };
        let (right, right_domain) = match keep_right {
            true => self
                .plan(*node.right)
                .map(|(plan, domain)| (plan, Some(domain)))?,
            false => (*node.right, None),
        };
        let right_outer = matches!(node.kind, LogicalJoinKind::Plain(JoinKind::RightOuter));
        let domain = match (&left_domain, &right_domain) {
            (_, Some(right)) if right_outer => right.clone(),
            (Some(left), _) => left.clone(),
            (None, Some(right)) => right.clone(),
            (None, None) => return Err(refused(&plan)),
        };
        let mut terms: Vec<Expr> = Vec::new();
        if let (Some(left), Some(right)) = (&left_domain, &right_domain) {
            terms.extend(equal_columns(left, right)?.conjuncts());
        }
        let mut kind = node.kind;
        if let Some(condition) = node.condition {
            let condition = self.bind(condition, &domain);
            if kind == LogicalJoinKind::NullAwareAnti && !terms.is_empty() {
                kind = LogicalJoinKind::Plain(JoinKind::LeftAnti);
                terms.extend(
                    condition
                        .conjuncts()
                        .into_iter()
                        .map(super::rewrite::or_unknown),
                );
            } else {
                terms.push(condition);
            }
        }
        let joined = LogicalPlan::Join(Join {
            left: Box::new(left),
            right: Box::new(right),
            kind,
            condition: (!terms.is_empty()).then(|| Expr::all(terms)),
            subqueries: node.subqueries,
            hint: node.hint,
            lateral: false,
        });
        let shown = before.iter().chain(&domain).map(NamedExpr::pass).collect();
        let plan = Project {
            input: Box::new(joined),
            expressions: shown,
            subqueries: Vec::new(),
        };
        Ok((LogicalPlan::Project(plan), domain))
    }

    fn window(&self, node: Window) -> Result<Freed> {
        let (input, domain) = self.plan(*node.input)?;
        let bind = &mut |expr| self.bind(expr, &domain);
        let mut partition_by: Vec<Expr> = node.partition_by.into_iter().map(&mut *bind).collect();
        partition_by.extend(domain.iter().cloned().map(Expr::Column));
        let order_by = (node.order_by.into_iter())
            .map(|key| SortKey {
                expr: bind(key.expr),
                ..key
            })
            .collect();
        let calls = (node.calls.into_iter())
            .map(|(column, call)| (column, call.map_expressions(bind)))
            .collect();
        let plan = Window {
            input: Box::new(input),
            partition_by,
            order_by,
            calls,
        };
        Ok((LogicalPlan::Window(plan), domain))
    }

    /// LIMIT per value of the domain: a row number over it, in the order of the sort below.
    fn limit(&self, node: Limit) -> Result<Freed> {
        if node.from_end {
            return Err(refused(&LogicalPlan::Limit(node)));
        }
        let (order, input) = match *node.input {
            LogicalPlan::Sort(sort) => (sort.order, *sort.input),
            other => (Vec::new(), other),
        };
        let before = input.output();
        let (input, domain) = self.plan(input)?;
        let order_by: Vec<SortKey> = (order.into_iter())
            .map(|key| SortKey {
                expr: self.bind(key.expr, &domain),
                ..key
            })
            .collect();
        let number = Attribute {
            id: self.context.ids.next(),
            name: "row_number".into(),
            data_type: DataType::Integer,
            nullable: false,
        };
        let numbered = LogicalPlan::Window(Window {
            input: Box::new(input),
            partition_by: domain.iter().cloned().map(Expr::Column).collect(),
            order_by,
            calls: vec![(number.clone(), row_number()?)],
        });
        let number = Expr::Cast {
            operand: Box::new(Expr::Column(number)),
            to: DataType::Long,
            mode: crate::expr::CastMode::Ansi,
            origin: None,
        };
        let bound =
            |value: u64| Expr::literal(i64::try_from(value).unwrap_or(i64::MAX), DataType::Long);
        let mut terms = vec![Expr::call(">", vec![number.clone(), bound(node.offset)])?];
        if let Some(limit) = node.limit {
            let last = node.offset.saturating_add(limit);
            terms.push(Expr::call("<=", vec![number, bound(last)])?);
        }
        let kept = LogicalPlan::Filter(Filter {
            input: Box::new(numbered),
            predicate: Expr::all(terms),
            subqueries: Vec::new(),
        });
        let shown = before.iter().chain(&domain).map(NamedExpr::pass).collect();
        let plan = Project {
            input: Box::new(kept),
            expressions: shown,
            subqueries: Vec::new(),
        };
        Ok((LogicalPlan::Project(plan), domain))
    }

    fn union(&self, node: Union) -> Result<Freed> {
        let mut inputs = Vec::new();
        for input in node.inputs {
            let own = input.output();
            let (input, domain) = self.plan(input)?;
            let shown = own.iter().chain(&domain).map(NamedExpr::pass).collect();
            inputs.push(input.project(shown));
        }
        let domain = self.fresh_columns();
        let output = [node.output, domain.clone()].concat();
        Ok((LogicalPlan::Union(Union { inputs, output }), domain))
    }

    fn expand(&self, node: Expand) -> Result<Freed> {
        let (input, domain) = self.plan(*node.input)?;
        let projections = (node.projections.into_iter())
            .map(|set| {
                let bound = set.into_iter().map(|expr| self.bind(expr, &domain));
                bound
                    .chain(domain.iter().cloned().map(Expr::Column))
                    .collect()
            })
            .collect();
        let carried = self.fresh_columns();
        let output = [node.output, carried.clone()].concat();
        Ok((
            LogicalPlan::Expand(Expand {
                input: Box::new(input),
                projections,
                output,
            }),
            carried,
        ))
    }

    fn generate(&self, node: Generate) -> Result<Freed> {
        let own = LogicalPlan::Generate(node.clone()).output();
        let (input, domain) = self.plan(*node.input)?;
        let arguments = node
            .arguments
            .into_iter()
            .map(|expr| self.bind(expr, &domain))
            .collect();
        let plan = LogicalPlan::Generate(Generate {
            input: Box::new(input),
            arguments,
            ..node
        });
        let shown = own.iter().chain(&domain).map(NamedExpr::pass).collect();
        let plan = Project {
            input: Box::new(plan),
            expressions: shown,
            subqueries: Vec::new(),
        };
        Ok((LogicalPlan::Project(plan), domain))
    }

    /// Columns like the domain's with ids of their own.
    fn fresh_columns(&self) -> Vec<Attribute> {
        let fresh = |column: &Attribute| Attribute {
            id: self.context.ids.next(),
            ..column.clone()
        };
        self.references.iter().map(fresh).collect()
    }
}

fn refused(plan: &LogicalPlan) -> Error {
    let node = plan.describe();
    let name = node.split(' ').next().unwrap_or_default().to_lowercase();
    Error::unsupported(format!("outer columns in a subquery's {name}"))
}

fn inner_join(left: LogicalPlan, right: LogicalPlan, condition: Option<Expr>) -> LogicalPlan {
    LogicalPlan::Join(Join {
        left: Box::new(left),
        right: Box::new(right),
        kind: LogicalJoinKind::Plain(JoinKind::Inner),
        condition,
        subqueries: Vec::new(),
        hint: JoinHint::default(),
        lateral: false,
    })
}

/// The plan with computed columns behind its own.
pub(super) fn add_columns(input: LogicalPlan, columns: Vec<NamedExpr>) -> LogicalPlan {
    let mut expressions: Vec<NamedExpr> = input.output().iter().map(NamedExpr::pass).collect();
    expressions.extend(columns);
    input.project(expressions)
}

fn equal_columns(left: &[Attribute], right: &[Attribute]) -> Result<Expr> {
    let pairs = left.iter().zip(right);
    let terms = pairs
        .map(|(l, r)| Expr::null_safe_equal(Expr::Column(l.clone()), Expr::Column(r.clone())))
        .collect::<Result<Vec<_>>>()?;
    Ok(Expr::all(terms))
}

fn row_number() -> Result<WindowCall> {
    let Some(Function::Window(function)) = lookup("row_number") else {
        return Err(Error::internal("there is no function row_number"));
    };
    let config = Config::default();
    let bind = BindContext {
        config: &config,
        name: function.name,
        sql: function.name,
    };
    let binding = (function.bind)(&bind, &[])?;
    Ok(WindowCall {
        function: WindowFunctionCall::Window {
            function,
            kernel: binding.kernel,
            arguments: Vec::new(),
            ignore_nulls: false,
            data_type: binding.returns,
            nullable: false,
        },
        frame: Frame {
            unit: FrameUnit::Rows,
            start: Bound::Unbounded,
            end: Bound::CurrentRow,
        },
    })
}
