//! Walking and rewriting expressions.

use super::{
    AggregateCall, Attribute, Bound, CalledFunction, CastMode, ColumnId, Expr, SubqueryId,
    WindowCall, WindowFunctionCall,
};
use crate::functions::scalar::Volatility;
use crate::types::DataType;
use hashbrown::{HashMap, HashSet};

impl Expr {
    /// The direct children, in order of evaluation.
    pub fn children(&self) -> Vec<&Expr> {
        match self {
            Expr::Column(_)
            | Expr::Outer(_)
            | Expr::Literal(_)
            | Expr::ScalarSubquery { .. }
            | Expr::Exists { .. }
            | Expr::TaskFact(_) => Vec::new(),
            Expr::Call(call) => call.arguments.iter().collect(),
            Expr::Lambda { body, .. } => vec![body],
            Expr::Cast { operand, .. } | Expr::Not(operand) | Expr::IsNull { operand, .. } => {
                vec![operand]
            }
            Expr::And(terms) | Expr::Or(terms) => terms.iter().collect(),
            Expr::Case {
                branches,
                otherwise,
                ..
            } => {
                let pairs = branches
                    .iter()
                    .flat_map(|(condition, value)| [condition, value]);
                pairs.chain(otherwise.as_deref()).collect()
            }
            Expr::Coalesce { operands, .. } | Expr::InSubquery { operands, .. } => {
                operands.iter().collect()
            }
            Expr::In { operand, list } => std::iter::once(&**operand).chain(list).collect(),
        }
    }

    /// The same node over children that `f` makes of the present ones.
    pub fn map_children(self, f: &mut impl FnMut(Expr) -> Expr) -> Expr {
        let boxed = |operand: Box<Expr>, f: &mut dyn FnMut(Expr) -> Expr| Box::new(f(*operand));
        match self {
            leaf @ (Expr::Column(_)
            | Expr::Outer(_)
            | Expr::Literal(_)
            | Expr::ScalarSubquery { .. }
            | Expr::Exists { .. }
            | Expr::TaskFact(_)) => leaf,
            Expr::Call(mut call) => {
                call.arguments = call.arguments.into_iter().map(f).collect();
                Expr::Call(call)
            }
            Expr::Lambda { parameters, body } => Expr::Lambda {
                parameters,
                body: boxed(body, f),
            },
            Expr::Cast {
                operand,
                to,
                mode,
                origin,
            } => Expr::Cast {
                operand: boxed(operand, f),
                to,
                mode,
                origin,
            },
            Expr::Not(operand) => Expr::Not(boxed(operand, f)),
            Expr::IsNull { operand, negated } => Expr::IsNull {
                operand: boxed(operand, f),
                negated,
            },
            Expr::And(terms) => Expr::And(terms.into_iter().map(f).collect()),
            Expr::Or(terms) => Expr::Or(terms.into_iter().map(f).collect()),
            Expr::Case {
                branches,
                otherwise,
                data_type,
            } => Expr::Case {
                branches: branches.into_iter().map(|(c, v)| (f(c), f(v))).collect(),
                otherwise: otherwise.map(|value| boxed(value, f)),
                data_type,
            },
            Expr::Coalesce {
                operands,
                data_type,
            } => Expr::Coalesce {
                operands: operands.into_iter().map(f).collect(),
                data_type,
            },
            Expr::InSubquery { operands, id } => Expr::InSubquery {
                operands: operands.into_iter().map(f).collect(),
                id,
            },
            Expr::In { operand, list } => {
                let operand = boxed(operand, f);
                Expr::In {
                    operand,
                    list: list.into_iter().map(f).collect(),
                }
            }
        }
    }

    /// Rewrites bottom-up: children first, then the node itself.
    pub fn transform(self, f: &mut impl FnMut(Expr) -> Expr) -> Expr {
        fn walk(expr: Expr, f: &mut dyn FnMut(Expr) -> Expr) -> Expr {
            let node = expr.map_children(&mut |child| walk(child, f));
            f(node)
        }
        walk(self, f)
    }

    /// Calls `f` on every node, parents first.
    pub fn visit<'a>(&'a self, f: &mut impl FnMut(&'a Expr)) {
        fn walk<'a>(expr: &'a Expr, f: &mut dyn FnMut(&'a Expr)) {
            f(expr);
            for child in expr.children() {
                walk(child, f);
            }
        }
        walk(self, f);
    }

    /// Whether `f` holds for any node.
    pub fn any(&self, mut f: impl FnMut(&Expr) -> bool) -> bool {
        let mut found = false;
        self.visit(&mut |node| found = found || f(node));
        found
    }

    /// The ids of the columns it reads (not those of outer queries, nor parameters of its own lambdas).
    pub fn references(&self) -> HashSet<ColumnId> {
        let mut ids = HashSet::new();
        self.collect_references(&mut ids);
        ids
    }

    /// Adds the ids of the columns it reads to `ids`.
    pub fn collect_references(&self, ids: &mut HashSet<ColumnId>) {
        let mut parameters = Vec::new();
        self.visit(&mut |node| match node {
            Expr::Column(column) => {
                ids.insert(column.id);
            }
            Expr::Lambda {
                parameters: own, ..
            } => parameters.extend(own.iter().map(|p| p.id)),
            _ => {}
        });
        for id in parameters {
            ids.remove(&id);
        }
    }

    /// The same with columns replaced by what `replacements` has for their ids.
    pub fn substitute(self, replacements: &HashMap<ColumnId, Expr>) -> Expr {
        self.transform(&mut |node| match &node {
            Expr::Column(column) => match replacements.get(&column.id) {
                Some(replacement) => replacement.clone(),
                None => node,
            },
            _ => node,
        })
    }

    /// Whether every evaluation gives the same result for the same row, anywhere in the plan.
    pub fn is_deterministic(&self) -> bool {
        !self.any(|node| match node {
            Expr::Call(call) => call.function.volatility() == Volatility::Volatile,
            Expr::TaskFact(_) => true,
            _ => false,
        })
    }

    /// Whether no value can make it fail, so that it may be tried on rows that nobody asked about: it only compares
    /// values and combines truths.
    pub fn never_fails(&self) -> bool {
        !self.any(|node| match node {
            Expr::Column(_)
            | Expr::Literal(_)
            | Expr::And(_)
            | Expr::Or(_)
            | Expr::Not(_)
            | Expr::IsNull { .. }
            | Expr::Case { .. }
            | Expr::Coalesce { .. }
            | Expr::In { .. } => false,
            Expr::Call(call) => match &call.function {
                CalledFunction::BuiltIn(function) => !matches!(
                    function.name,
                    "=" | "=="
                        | "<=>"
                        | "<"
                        | "<="
                        | ">"
                        | ">="
                        | "like"
                        | "startswith"
                        | "endswith"
                        | "contains"
                ),
                CalledFunction::User(_) => true,
            },
            Expr::Cast {
                operand, to, mode, ..
            } => *mode == CastMode::Ansi && !widens(&operand.data_type(), to),
            Expr::Outer(_)
            | Expr::Lambda { .. }
            | Expr::ScalarSubquery { .. }
            | Expr::Exists { .. }
            | Expr::InSubquery { .. }
            | Expr::TaskFact(_) => true,
        })
    }

    /// Whether it contains a subquery.
    pub fn has_subquery(&self) -> bool {
        self.any(|node| node.subquery_id().is_some())
    }

    /// The subquery that this very node stands for.
    pub fn subquery_id(&self) -> Option<SubqueryId> {
        match self {
            Expr::ScalarSubquery { id, .. } | Expr::Exists { id } | Expr::InSubquery { id, .. } => {
                Some(*id)
            }
            _ => None,
        }
    }

    /// Whether it reads no column and no subquery, so that it can be computed once.
    pub fn is_constant(&self) -> bool {
        self.references().is_empty()
            && self.is_deterministic()
            && !self.any(|node| matches!(node, Expr::Outer(_)) || node.subquery_id().is_some())
    }

    /// The columns of enclosing queries it reads.
    pub fn outer_references(&self) -> Vec<Attribute> {
        let mut found: Vec<Attribute> = Vec::new();
        self.visit(&mut |node| {
            if let Expr::Outer(column) = node
                && !found.iter().any(|known| known.id == column.id)
            {
                found.push(column.clone());
            }
        });
        found
    }

    /// Whether two expressions are the same computation (types and bound functions included; places in
    /// the text and names of columns left out).
    pub fn same(&self, other: &Expr) -> bool {
        use Expr::*;
        let node = match (self, other) {
            (Column(a), Column(b)) | (Outer(a), Outer(b)) => a.id == b.id,
            (Literal(a), Literal(b)) => a == b,
            (Call(a), Call(b)) => a.function.same(&b.function) && a.data_type == b.data_type,
            (Cast { to: a, mode: m, .. }, Cast { to: b, mode: n, .. }) => a == b && m == n,
            (And(_), And(_)) | (Or(_), Or(_)) | (Not(_), Not(_)) | (In { .. }, In { .. }) => true,
            (IsNull { negated: a, .. }, IsNull { negated: b, .. }) => a == b,
            (
                Case {
                    branches: a,
                    otherwise: x,
                    ..
                },
                Case {
                    branches: b,
                    otherwise: y,
                    ..
                },
            ) => a.len() == b.len() && x.is_some() == y.is_some(),
            (Coalesce { .. }, Coalesce { .. }) => true,
            (ScalarSubquery { id: a, .. }, ScalarSubquery { id: b, .. }) => a == b,
            (Exists { id: a }, Exists { id: b }) => a == b,
            (InSubquery { id: a, .. }, InSubquery { id: b, .. }) => a == b,
            (TaskFact(a), TaskFact(b)) => a == b,
            // Lambdas bind fresh ids each; comparing them is not worth the renaming.
            (Lambda { .. }, _) => false,
            _ => false,
        };
        let (mine, theirs) = (self.children(), other.children());
        node && mine.len() == theirs.len() && mine.iter().zip(theirs).all(|(a, b)| a.same(b))
    }
}

/// Whether every value of a type has one in another.
fn widens(from: &DataType, to: &DataType) -> bool {
    let bits = |data_type: &DataType| match data_type {
        DataType::Byte => Some(8),
        DataType::Short => Some(16),
        DataType::Integer => Some(32),
        DataType::Long => Some(64),
        _ => None,
    };
    match (bits(from), bits(to)) {
        (Some(from), Some(to)) => from <= to,
        (Some(_), None) => matches!(to, DataType::Float | DataType::Double),
        _ => from == to || matches!((from, to), (DataType::Float, DataType::Double)),
    }
}

impl AggregateCall {
    /// All expressions inside.
    pub fn expressions(&self) -> impl Iterator<Item = &Expr> {
        self.arguments.iter().chain(&self.filter)
    }

    /// The same over expressions that `f` makes of the present ones.
    pub fn map_expressions(mut self, f: &mut impl FnMut(Expr) -> Expr) -> AggregateCall {
        self.arguments = self.arguments.into_iter().map(&mut *f).collect();
        self.filter = self.filter.map(f);
        self
    }
}

impl WindowCall {
    /// All expressions inside.
    pub fn expressions(&self) -> Vec<&Expr> {
        let mut all: Vec<&Expr> = match &self.function {
            WindowFunctionCall::Aggregate(call) => call.expressions().collect(),
            WindowFunctionCall::Window { arguments, .. } => arguments.iter().collect(),
        };
        for bound in [&self.frame.start, &self.frame.end] {
            if let Bound::Range(expr) = bound {
                all.push(expr);
            }
        }
        all
    }

    /// The same over expressions that `f` makes of the present ones.
    pub fn map_expressions(mut self, f: &mut impl FnMut(Expr) -> Expr) -> WindowCall {
        self.function = match self.function {
            WindowFunctionCall::Aggregate(call) => {
                WindowFunctionCall::Aggregate(call.map_expressions(f))
            }
            WindowFunctionCall::Window {
                function,
                kernel,
                arguments,
                ignore_nulls,
                data_type,
                nullable,
            } => {
                let arguments = arguments.into_iter().map(&mut *f).collect();
                WindowFunctionCall::Window {
                    function,
                    kernel,
                    arguments,
                    ignore_nulls,
                    data_type,
                    nullable,
                }
            }
        };
        let mut bound = |bound: Bound| match bound {
            Bound::Range(expr) => Bound::Range(f(expr)),
            other => other,
        };
        self.frame.start = bound(self.frame.start);
        self.frame.end = bound(self.frame.end);
        self
    }
}
