//! INTERSECT and EXCEPT become joins and aggregates.
//!
//! ```text
//!   a INTERSECT b      distinct(a) ⋉ b      on all columns, NULL equal to NULL
//!   a EXCEPT b         distinct(a) ▷ b
//!   a EXCEPT ALL b     count +1 for rows of a and -1 for rows of b, group by all columns, repeat each
//!                      group's row as often as its sum says
//!   a INTERSECT ALL b  count rows of either side per group, repeat the smaller count
//! ```

use super::{Rewrite, RuleContext};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::expr::{AggregateCall, Attribute, ColumnIds, Expr, NamedExpr};
use crate::functions::generator::replicate_rows;
use crate::functions::{BindContext, BoundArgument, Function, lookup};
use crate::plan::LogicalPlan;
use crate::plan::logical::{
    Aggregate, Filter, Generate, Join, JoinHint, LogicalJoinKind, SetOperation, Union,
};
use crate::plan::unresolved::JoinKind;
use crate::types::DataType;
use std::sync::Arc;

/// The rule.
pub fn replace(plan: LogicalPlan, context: &RuleContext) -> Result<Rewrite> {
    let mut changed = false;
    let plan = plan.try_transform(&mut |node| match node {
        LogicalPlan::SetOperation(operation) => {
            changed = true;
            rewrite(operation, context.ids)
        }
        other => Ok(other),
    })?;
    Ok(Rewrite::of(plan, changed))
}

fn rewrite(operation: SetOperation, ids: &ColumnIds) -> Result<LogicalPlan> {
    if operation.all {
        by_counting(operation, ids)
    } else {
        by_join(operation)
    }
}

fn by_join(operation: SetOperation) -> Result<LogicalPlan> {
    let pairs = operation
        .left
        .output()
        .into_iter()
        .zip(operation.right.output());
    let equalities = pairs
        .map(|(left, right)| Expr::null_safe_equal(Expr::Column(left), Expr::Column(right)))
        .collect::<Result<Vec<_>>>()?;
    let kind = if operation.except {
        JoinKind::LeftAnti
    } else {
        JoinKind::LeftSemi
    };
    let join = LogicalPlan::Join(Join {
        left: operation.left,
        right: operation.right,
        kind: LogicalJoinKind::Plain(kind),
        condition: Some(Expr::all(equalities)),
        subqueries: Vec::new(),
        hint: JoinHint::default(),
        lateral: false,
    });
    Ok(distinct(join))
}

/// The distinct rows of a plan, under the same columns.
pub(super) fn distinct(input: LogicalPlan) -> LogicalPlan {
    let keys = input.output().iter().map(NamedExpr::pass).collect();
    LogicalPlan::Aggregate(Aggregate {
        input: Box::new(input),
        keys,
        calls: Vec::new(),
    })
}

fn by_counting(operation: SetOperation, ids: &ColumnIds) -> Result<LogicalPlan> {
    let output = operation.left.output();
    let fresh = |name: &str| Attribute {
        id: ids.next(),
        name: name.into(),
        data_type: DataType::Long,
        nullable: false,
    };
    let marks = [fresh("left_rows"), fresh("right_rows")];
    let side = |input: LogicalPlan, counts: [i64; 2]| {
        let mut expressions: Vec<NamedExpr> = input.output().iter().map(NamedExpr::pass).collect();
        for (mark, count) in marks.iter().zip(counts) {
            let expr = Expr::literal(count, DataType::Long);
            expressions.push(NamedExpr {
                id: ids.next(),
                name: mark.name.clone(),
                expr,
            });
        }
        input.project(expressions)
    };
    let mut united: Vec<Attribute> = output
        .iter()
        .zip(operation.right.output())
        .map(|(left, right)| Attribute {
            id: ids.next(),
            nullable: left.nullable || right.nullable,
            ..left.clone()
        })
        .collect();
    united.extend(marks.iter().cloned());
    let union = LogicalPlan::Union(Union {
        inputs: vec![
            side(*operation.left, [1, 0]),
            side(*operation.right, [0, 1]),
        ],
        output: united.clone(),
    });
    // Keys get the ids of the left's columns, which are the output of the whole operation.
    let keys: Vec<NamedExpr> = output
        .iter()
        .zip(&united)
        .map(|(column, source)| NamedExpr {
            id: column.id,
            name: column.name.clone(),
            expr: Expr::Column(source.clone()),
        })
        .collect();
    let sums = [fresh("left_rows"), fresh("right_rows")];
    let calls = (sums.iter().zip(&marks))
        .map(|(sum, mark)| {
            let call = sum_of(Expr::Column(mark.clone()), &Config::default())?;
            Ok((
                sum.clone(),
                AggregateCall {
                    nullable: false,
                    ..call
                },
            ))
        })
        .collect::<Result<Vec<_>>>()?;
    let grouped = LogicalPlan::Aggregate(Aggregate {
        input: Box::new(union),
        keys,
        calls,
    });
    let [left, right] = sums.map(Expr::Column);
    let copies = if operation.except {
        Expr::call("-", vec![left, right])?
    } else {
        let left_is_less = Expr::call("<", vec![left.clone(), right.clone()])?;
        Expr::Case {
            branches: vec![(left_is_less, left)],
            otherwise: Some(Box::new(right)),
            data_type: DataType::Long,
        }
    };
    let positive = Expr::call(
        ">",
        vec![copies.clone(), Expr::literal(0i64, DataType::Long)],
    )?;
    let kept = LogicalPlan::Filter(Filter {
        input: Box::new(grouped),
        predicate: positive,
        subqueries: Vec::new(),
    });
    let repeated = LogicalPlan::Generate(Generate {
        input: Box::new(kept),
        name: "replicate_rows",
        kernel: Arc::new(replicate_rows::ReplicateRows),
        arguments: vec![copies],
        outer: false,
        generated: Vec::new(),
    });
    let expressions = output.iter().map(NamedExpr::pass).collect();
    Ok(repeated.project(expressions))
}

/// A call of `sum`.
pub(super) fn sum_of(argument: Expr, config: &Config) -> Result<AggregateCall> {
    let Some(Function::Aggregate(function)) = lookup("sum") else {
        return Err(Error::internal("there is no function sum"));
    };
    let bound = BoundArgument {
        data_type: argument.data_type(),
        nullable: argument.nullable(),
        constant: None,
        sql: argument.to_string(),
        is_lambda: false,
        order: None,
    };
    let bind = BindContext {
        config,
        name: "sum",
        sql: "sum",
    };
    let binding = (function.bind)(&bind, &[bound])?;
    Ok(AggregateCall {
        function,
        kernel: binding.kernel,
        arguments: vec![argument],
        distinct: false,
        filter: None,
        data_type: binding.returns,
        nullable: binding.nullable,
        origin: None,
    })
}
