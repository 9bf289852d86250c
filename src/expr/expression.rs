//! The expression tree.

use super::{Attribute, ColumnId};
use crate::error::Origin;
use crate::functions::scalar::{Kernel, ScalarFunction, Volatility};
use crate::types::{DataType, Value};
use std::fmt;
use std::sync::Arc;

/// A resolved scalar expression.
#[derive(Debug, Clone)]
pub enum Expr {
    /// A column of the input, or a parameter of an enclosing lambda.
    Column(Attribute),
    /// A column of an enclosing query. Gone after decorrelation.
    Outer(Attribute),
    /// A constant.
    Literal(Literal),
    /// A call of a scalar function or operator.
    Call(Call),
    /// The lambda argument of a higher-order call. Its parameters are columns of its body.
    Lambda {
        parameters: Vec<Attribute>,
        body: Box<Expr>,
    },
    /// A conversion.
    Cast {
        operand: Box<Expr>,
        to: DataType,
        mode: CastMode,
        origin: Option<Origin>,
    },
    /// Conjunction, three-valued; later terms are not evaluated for rows where an earlier one is false.
    And(Vec<Expr>),
    /// Disjunction, three-valued; later terms are not evaluated for rows where an earlier one is true.
    Or(Vec<Expr>),
    /// Negation, three-valued.
    Not(Box<Expr>),
    /// `IS NULL`, or `IS NOT NULL` if negated.
    IsNull { operand: Box<Expr>, negated: bool },
    /// The value of the first branch whose condition is true. A branch is evaluated only for its rows.
    Case {
        branches: Vec<(Expr, Expr)>,
        otherwise: Option<Box<Expr>>,
        data_type: DataType,
    },
    /// The first value that is not NULL; later ones are evaluated only where needed.
    Coalesce {
        operands: Vec<Expr>,
        data_type: DataType,
    },
    /// `operand IN (list)`, three-valued; all of one type.
    In { operand: Box<Expr>, list: Vec<Expr> },
    /// The value of a subquery that gives at most one row and one column.
    ScalarSubquery { id: SubqueryId, data_type: DataType },
    /// Whether a subquery gives a row.
    Exists { id: SubqueryId },
    /// Whether the operands equal a row of a subquery, three-valued.
    InSubquery { operands: Vec<Expr>, id: SubqueryId },
    /// A fact of the running task.
    TaskFact(TaskFact),
}

/// A constant with its type.
#[derive(Debug, Clone, PartialEq)]
pub struct Literal {
    /// Value.
    pub value: Value,
    /// Type.
    pub data_type: DataType,
}

/// A call of a scalar function.
#[derive(Clone)]
pub struct Call {
    /// What is called.
    pub function: CalledFunction,
    /// Its code, bound to the argument types.
    pub kernel: Arc<dyn Kernel>,
    /// Arguments, of the types that the kernel takes.
    pub arguments: Vec<Expr>,
    /// Type of the result.
    pub data_type: DataType,
    /// Whether the result may be NULL.
    pub nullable: bool,
    /// Where it stands in the SQL text.
    pub origin: Option<Origin>,
}

/// A built-in or a user's function.
#[derive(Debug, Clone)]
pub enum CalledFunction {
    /// An entry of the registry.
    BuiltIn(&'static ScalarFunction),
    /// Registered by the user.
    User(Arc<UserFunction>),
}

/// A function registered by the user.
pub struct UserFunction {
    /// Its name.
    pub name: String,
    /// Types of its parameters; arguments are cast to them. None: any types, any number.
    pub parameters: Option<Vec<DataType>>,
    /// Type of its result.
    pub returns: DataType,
    /// Whether equal arguments give equal results.
    pub volatility: Volatility,
    /// Its code.
    pub kernel: Arc<dyn Kernel>,
}

impl fmt::Debug for UserFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UserFunction({})", self.name)
    }
}

impl CalledFunction {
    /// The function's main name.
    pub fn name(&self) -> &str {
        match self {
            CalledFunction::BuiltIn(function) => function.name,
            CalledFunction::User(function) => &function.name,
        }
    }

    /// Whether it is the same function: users may give one name to several.
    pub fn same(&self, other: &CalledFunction) -> bool {
        match (self, other) {
            (CalledFunction::BuiltIn(a), CalledFunction::BuiltIn(b)) => a.name == b.name,
            (CalledFunction::User(a), CalledFunction::User(b)) => {
                a.name == b.name && Arc::ptr_eq(&a.kernel, &b.kernel)
            }
            (CalledFunction::BuiltIn(_) | CalledFunction::User(_), _) => false,
        }
    }

    /// When its result may change.
    pub fn volatility(&self) -> Volatility {
        match self {
            CalledFunction::BuiltIn(function) => function.volatility,
            CalledFunction::User(function) => function.volatility,
        }
    }
}

impl Call {
    /// The function's main name.
    pub fn name(&self) -> &str {
        self.function.name()
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple(self.name()).field(&self.arguments).finish()
    }
}

/// What a cast does with a value that does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CastMode {
    /// An error.
    Ansi,
    /// NULL, or wrapping where Java would.
    Legacy,
    /// NULL (`try_cast`).
    Try,
}

/// Identifies a subquery of a plan node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SubqueryId(pub u32);

/// A fact of the running task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TaskFact {
    /// `spark_partition_id()`
    PartitionId,
    /// `monotonically_increasing_id()`: partition number in the upper 31 bits, row number in the lower 33
    MonotonicId,
    /// `input_file_name()`
    InputFile,
}

/// An expression that makes an output column.
#[derive(Debug, Clone)]
pub struct NamedExpr {
    /// Identity of the output column.
    pub id: ColumnId,
    /// Its name.
    pub name: Arc<str>,
    /// What computes it.
    pub expr: Expr,
}

/// A sort key.
#[derive(Debug, Clone)]
pub struct SortKey {
    /// What is sorted by.
    pub expr: Expr,
    /// Ascending.
    pub ascending: bool,
    /// NULLS FIRST.
    pub nulls_first: bool,
}

impl NamedExpr {
    /// The column it makes.
    pub fn attribute(&self) -> Attribute {
        Attribute {
            id: self.id,
            name: self.name.clone(),
            data_type: self.expr.data_type(),
            nullable: self.expr.nullable(),
        }
    }

    /// A column passed through under its own identity and name.
    pub fn pass(attribute: &Attribute) -> NamedExpr {
        NamedExpr {
            id: attribute.id,
            name: attribute.name.clone(),
            expr: Expr::Column(attribute.clone()),
        }
    }

    /// Whether it passes a column through unchanged, identity included.
    pub fn is_pass(&self) -> bool {
        matches!(&self.expr, Expr::Column(column) if column.id == self.id)
    }
}

impl Expr {
    /// A constant.
    pub fn literal(value: impl Into<Value>, data_type: DataType) -> Expr {
        Expr::Literal(Literal {
            value: value.into(),
            data_type,
        })
    }

    /// NULL of a type.
    pub fn null(data_type: DataType) -> Expr {
        Expr::Literal(Literal {
            value: Value::Null,
            data_type,
        })
    }

    /// TRUE or FALSE.
    pub fn boolean(value: bool) -> Expr {
        Expr::literal(value, DataType::Boolean)
    }

    /// Conjunction of any number of terms; TRUE of none. Nested conjunctions are flattened.
    pub fn all(terms: impl IntoIterator<Item = Expr>) -> Expr {
        let mut flat = Vec::new();
        for term in terms {
            match term {
                Expr::And(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        match flat.len() {
            0 => Expr::boolean(true),
            1 => flat.remove(0),
            _ => Expr::And(flat),
        }
    }

    /// The terms of a conjunction; the expression itself if it is none.
    pub fn conjuncts(self) -> Vec<Expr> {
        match self {
            Expr::And(terms) => terms.into_iter().flat_map(Expr::conjuncts).collect(),
            other => vec![other],
        }
    }

    /// The value of a literal.
    pub fn as_literal(&self) -> Option<&Value> {
        match self {
            Expr::Literal(literal) => Some(&literal.value),
            _ => None,
        }
    }

    /// Its type.
    pub fn data_type(&self) -> DataType {
        match self {
            Expr::Column(column) | Expr::Outer(column) => column.data_type.clone(),
            Expr::Literal(literal) => literal.data_type.clone(),
            Expr::Call(call) => call.data_type.clone(),
            Expr::Lambda { body, .. } => body.data_type(),
            Expr::Cast { to, .. } => to.clone(),
            Expr::And(_)
            | Expr::Or(_)
            | Expr::Not(_)
            | Expr::IsNull { .. }
            | Expr::In { .. }
            | Expr::Exists { .. }
            | Expr::InSubquery { .. } => DataType::Boolean,
            Expr::Case { data_type, .. }
            | Expr::Coalesce { data_type, .. }
            | Expr::ScalarSubquery { data_type, .. } => data_type.clone(),
            Expr::TaskFact(fact) => match fact {
                TaskFact::PartitionId => DataType::Integer,
                TaskFact::MonotonicId => DataType::Long,
                TaskFact::InputFile => DataType::String,
            },
        }
    }

    /// Whether it may be NULL.
    pub fn nullable(&self) -> bool {
        match self {
            Expr::Column(column) | Expr::Outer(column) => column.nullable,
            Expr::Literal(literal) => literal.value.is_null(),
            Expr::Call(call) => call.nullable,
            Expr::Lambda { body, .. } => body.nullable(),
            Expr::Cast {
                operand, mode, to, ..
            } => {
                operand.nullable()
                    || *mode == CastMode::Try
                    // NaN and infinity are no decimals; a cast gives NULL for them in any mode.
                    || (matches!(operand.data_type(), DataType::Float | DataType::Double)
                        && to.is_decimal())
                    || (*mode == CastMode::Legacy && cast_may_fail(&operand.data_type(), to))
            }
            Expr::And(terms) | Expr::Or(terms) => terms.iter().any(Expr::nullable),
            Expr::Not(operand) => operand.nullable(),
            Expr::IsNull { .. } | Expr::Exists { .. } | Expr::TaskFact(_) => false,
            Expr::Case {
                branches,
                otherwise,
                ..
            } => {
                branches.iter().any(|(_, value)| value.nullable())
                    || otherwise.as_ref().is_none_or(|value| value.nullable())
            }
            Expr::Coalesce { operands, .. } => operands.iter().all(Expr::nullable),
            Expr::In { operand, list } => operand.nullable() || list.iter().any(Expr::nullable),
            Expr::ScalarSubquery { .. } | Expr::InSubquery { .. } => true,
        }
    }
}

/// Whether a cast outside ANSI mode can turn a value into NULL.
fn cast_may_fail(from: &DataType, to: &DataType) -> bool {
    let widening = from == to
        || to.is_string()
        || (from.is_integral()
            && (to.is_integral() || matches!(to, DataType::Float | DataType::Double)))
        || (matches!(from, DataType::Float) && matches!(to, DataType::Double))
        || (from.is_datetime() && to.is_datetime());
    !widening
}
