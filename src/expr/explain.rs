//! How expressions look in EXPLAIN: columns as `name#id`, operators infix.

use super::{
    AggregateCall, CastMode, Expr, Literal, NamedExpr, SortKey, TaskFact, WindowCall,
    WindowFunctionCall,
};
use crate::functions::scalar::Display as CallDisplay;
use crate::types::Value;
use std::fmt;

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Expr::Column(column) => write!(f, "{}{:?}", column.name, column.id),
            Expr::Outer(column) => write!(f, "outer({}{:?})", column.name, column.id),
            Expr::Literal(literal) => write!(f, "{literal}"),
            Expr::Call(call) => {
                let arguments: Vec<String> = call.arguments.iter().map(Expr::to_string).collect();
                match (&call.function, arguments.as_slice()) {
                    (super::CalledFunction::BuiltIn(function), [left, right])
                        if matches!(function.display, CallDisplay::Infix(_)) =>
                    {
                        write!(f, "({left} {} {right})", function.name)
                    }
                    (function, arguments) => {
                        write!(f, "{}({})", function.name(), arguments.join(", "))
                    }
                }
            }
            Expr::Lambda { parameters, body } => {
                let names: Vec<&str> = parameters.iter().map(|p| p.name.as_ref()).collect();
                write!(f, "({}) -> {body}", names.join(", "))
            }
            Expr::Cast {
                operand, to, mode, ..
            } => {
                let name = if *mode == CastMode::Try {
                    "try_cast"
                } else {
                    "cast"
                };
                write!(f, "{name}({operand} as {to})")
            }
            Expr::And(terms) => write!(f, "({})", joined(terms, " AND ")),
            Expr::Or(terms) => write!(f, "({})", joined(terms, " OR ")),
            Expr::Not(operand) => write!(f, "NOT {operand}"),
            Expr::IsNull {
                operand,
                negated: false,
            } => write!(f, "isnull({operand})"),
            Expr::IsNull {
                operand,
                negated: true,
            } => write!(f, "isnotnull({operand})"),
            Expr::Case {
                branches,
                otherwise,
                ..
            } => {
                f.write_str("CASE")?;
                for (condition, value) in branches {
                    write!(f, " WHEN {condition} THEN {value}")?;
                }
                if let Some(value) = otherwise {
                    write!(f, " ELSE {value}")?;
                }
                f.write_str(" END")
            }
            Expr::Coalesce { operands, .. } => write!(f, "coalesce({})", joined(operands, ", ")),
            Expr::In { operand, list } => write!(f, "{operand} IN ({})", joined(list, ", ")),
            Expr::ScalarSubquery { id, .. } => write!(f, "scalar-subquery#{}", id.0),
            Expr::Exists { id } => write!(f, "exists#{}", id.0),
            Expr::InSubquery { operands, id } => {
                write!(f, "({}) IN (subquery#{})", joined(operands, ", "), id.0)
            }
            Expr::TaskFact(TaskFact::PartitionId) => f.write_str("spark_partition_id()"),
            Expr::TaskFact(TaskFact::MonotonicId) => f.write_str("monotonically_increasing_id()"),
            Expr::TaskFact(TaskFact::InputFile) => f.write_str("input_file_name()"),
        }
    }
}

/// Expressions with a separator between them.
fn joined(expressions: &[Expr], separator: &str) -> String {
    let texts: Vec<String> = expressions.iter().map(Expr::to_string).collect();
    texts.join(separator)
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.value {
            Value::Null => f.write_str("null"),
            Value::Boolean(v) => write!(f, "{v}"),
            Value::Byte(v) => write!(f, "{v}"),
            Value::Short(v) => write!(f, "{v}"),
            Value::Integer(v) => write!(f, "{v}"),
            Value::Long(v) => write!(f, "{v}"),
            Value::Float(v) => write!(f, "{v:?}"),
            Value::Double(v) => write!(f, "{v:?}"),
            Value::Decimal(v) => write!(f, "{v}"),
            Value::String(v) => f.write_str(v),
            other => write!(f, "{other:?}"),
        }
    }
}

impl fmt::Display for NamedExpr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_pass() {
            write!(f, "{}", self.expr)
        } else {
            write!(f, "{} AS {}{:?}", self.expr, self.name, self.id)
        }
    }
}

impl fmt::Display for SortKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let direction = if self.ascending { "ASC" } else { "DESC" };
        let nulls = if self.nulls_first { "FIRST" } else { "LAST" };
        write!(f, "{} {direction} NULLS {nulls}", self.expr)
    }
}

impl fmt::Display for AggregateCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let distinct = if self.distinct { "distinct " } else { "" };
        write!(
            f,
            "{}({distinct}{})",
            self.function.name,
            joined(&self.arguments, ", ")
        )?;
        match &self.filter {
            Some(filter) => write!(f, " FILTER (WHERE {filter})"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for WindowCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.function {
            WindowFunctionCall::Aggregate(call) => write!(f, "{call}"),
            WindowFunctionCall::Window {
                function,
                arguments,
                ..
            } => {
                write!(f, "{}({})", function.name, joined(arguments, ", "))
            }
        }
    }
}
