//! Uncorrelated subqueries inside expressions: each is a stage that runs before, and a function that reads its
//! result.
//!
//! The optimizer turns correlated subqueries, and most others, into joins; what is left here is small.

use super::Materialized;
use super::operators::concat_batches;
use crate::error::{Error, Result, conditions::SCALAR_SUBQUERY_TOO_MANY_ROWS};
use crate::expr::{Call, CalledFunction, Expr, UserFunction};
use crate::functions::scalar::{EvalContext, Kernel, Volatility};
use crate::kernel::Column;
use crate::kernel::normalize::{comparable, row_converter};
use crate::types::{DataType, arrow_type};
use arrow::array::{Array, ArrayRef, BooleanArray, new_null_array};
use arrow::row::{OwnedRow, RowConverter};
use hashbrown::HashSet;
use std::sync::{Arc, OnceLock};

/// The value of a scalar subquery.
pub(super) fn scalar(result: Arc<Materialized>, data_type: &DataType) -> Expr {
    let null = new_null_array(&arrow_type(data_type), 1);
    call(
        "scalar_subquery",
        Vec::new(),
        data_type.clone(),
        Arc::new(Scalar { result, null }),
    )
}

/// Whether a subquery gives a row.
pub(super) fn exists(result: Arc<Materialized>) -> Expr {
    let kernel = Arc::new(Exists { result });
    call("exists_subquery", Vec::new(), DataType::Boolean, kernel)
}

/// Whether the operands equal a row of a subquery.
pub(super) fn membership(result: Arc<Materialized>, operands: Vec<Expr>) -> Expr {
    let kernel = Arc::new(Membership {
        result,
        set: OnceLock::new(),
    });
    call("in_subquery", operands, DataType::Boolean, kernel)
}

fn call(name: &str, arguments: Vec<Expr>, returns: DataType, kernel: Arc<dyn Kernel>) -> Expr {
    let function = UserFunction {
        name: name.to_string(),
        parameters: None,
        returns: returns.clone(),
        volatility: Volatility::Immutable,
        kernel: kernel.clone(),
    };
    Expr::Call(Call {
        function: CalledFunction::User(Arc::new(function)),
        kernel,
        arguments,
        data_type: returns,
        nullable: true,
        origin: None,
    })
}

struct Scalar {
    result: Arc<Materialized>,
    null: ArrayRef,
}

impl Kernel for Scalar {
    fn eval(&self, _: &[Column], _: usize, _: &EvalContext) -> Result<Column> {
        let batches = self.result.batches();
        let rows: usize = batches.iter().map(|batch| batch.rows).sum();
        if rows > 1 {
            return Err(Error::of(&SCALAR_SUBQUERY_TOO_MANY_ROWS));
        }
        let value = batches.iter().find(|batch| batch.rows == 1);
        Ok(Column::Constant(match value {
            Some(batch) => batch.columns[0].clone(),
            None => self.null.clone(),
        }))
    }
}

struct Exists {
    result: Arc<Materialized>,
}

impl Kernel for Exists {
    fn eval(&self, _: &[Column], _: usize, _: &EvalContext) -> Result<Column> {
        let found = self.result.batches().iter().any(|batch| batch.rows > 0);
        Ok(Column::Constant(Arc::new(BooleanArray::from(vec![found]))))
    }
}

struct Membership {
    result: Arc<Materialized>,
    set: OnceLock<Result<RowSet>>,
}

/// The rows of a subquery.
#[derive(Clone)]
struct RowSet {
    converter: Arc<RowConverter>,
    /// Rows without NULL.
    known: Arc<HashSet<OwnedRow>>,
    /// Rows with a NULL somewhere, as columns: they may equal anything in those columns.
    unknown: Vec<ArrayRef>,
    is_empty: bool,
}

impl Membership {
    fn build(&self, types: Vec<arrow::datatypes::DataType>) -> Result<RowSet> {
        let converter = row_converter(types)?;
        let all = concat_batches(&self.result.batches())?;
        let mut set = RowSet {
            converter: Arc::new(converter),
            known: Arc::default(),
            unknown: Vec::new(),
            is_empty: all.rows == 0,
        };
        if all.rows == 0 {
            return Ok(set);
        }
        let columns: Vec<ArrayRef> = all.columns.iter().map(comparable).collect::<Result<_>>()?;
        let rows = set.converter.convert_columns(&columns)?;
        let has_null = any_null(&columns, all.rows);
        let known = (0..all.rows).filter(|row| !has_null.value(*row));
        set.known = Arc::new(known.map(|row| rows.row(row).owned()).collect());
        if has_null.true_count() > 0 {
            let filtered = columns
                .iter()
                .map(|c| arrow::compute::filter(c.as_ref(), &has_null));
            set.unknown = filtered.collect::<Result<_, _>>()?;
        }
        Ok(set)
    }
}

fn any_null(columns: &[ArrayRef], rows: usize) -> BooleanArray {
    let nulls: Vec<_> = columns.iter().filter_map(|c| c.logical_nulls()).collect();
    (0..rows)
        .map(|row| Some(nulls.iter().any(|n| n.is_null(row))))
        .collect()
}

impl RowSet {
    /// Whether a row with NULLs on either side may equal one of the set.
    fn may_match(&self, row: usize, operands: &[ArrayRef], over_known: bool) -> Result<bool> {
        let one: Vec<ArrayRef> = operands.iter().map(|c| c.slice(row, 1)).collect();
        let candidates = |columns: &[ArrayRef]| -> Result<bool> {
            let rows = columns.first().map_or(0, |c| c.len());
            let mut possible = vec![true; rows];
            for (mine, theirs) in one.iter().zip(columns) {
                if mine.logical_null_count() > 0 {
                    continue;
                }
                let converter = row_converter([mine.data_type().clone()])?;
                let mine = converter.convert_columns(std::slice::from_ref(mine))?;
                let rows = converter.convert_columns(std::slice::from_ref(theirs))?;
                let nulls = theirs.logical_nulls();
                for (index, possible) in possible.iter_mut().enumerate() {
                    let is_null = nulls.as_ref().is_some_and(|n| n.is_null(index));
                    *possible &= is_null || rows.row(index) == mine.row(0);
                }
            }
            Ok(possible.contains(&true))
        };
        if candidates(&self.unknown)? {
            return Ok(true);
        }
        if over_known && !self.known.is_empty() {
            let rows = self.known.iter().map(|row| row.row());
            return candidates(&self.converter.convert_rows(rows)?);
        }
        Ok(false)
    }
}

impl Kernel for Membership {
    fn eval(&self, arguments: &[Column], rows: usize, _: &EvalContext) -> Result<Column> {
        let operands: Vec<ArrayRef> = (arguments.iter())
            .map(|argument| comparable(&argument.to_array(rows)))
            .collect::<Result<_>>()?;
        let types = || operands.iter().map(|operand| operand.data_type().clone());
        let set = self.set.get_or_init(|| self.build(types().collect()));
        let set = set.clone()?;
        let converted = set.converter.convert_columns(&operands)?;
        let has_null = any_null(&operands, rows);
        let mut result = Vec::with_capacity(rows);
        for row in 0..rows {
            result.push(if set.is_empty {
                Some(false)
            } else if !has_null.value(row) && set.known.contains(&converted.row(row).owned()) {
                Some(true)
            } else if (has_null.value(row) || !set.unknown.is_empty())
                && set.may_match(row, &operands, has_null.value(row))?
            {
                None
            } else {
                Some(false)
            });
        }
        Ok(Column::Array(Arc::new(BooleanArray::from(result))))
    }
}
