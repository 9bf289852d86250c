//! The compiled tree and the evaluation of its plain nodes.

use super::branch::{self, Case};
use super::frame::Frame;
use super::fused_decimal::FusedDecimal;
use super::lambda::CompiledLambda;
use super::logic;
use super::membership::ConstantSet;
use crate::error::{Error, Origin, Result};
use crate::expr::TaskFact;
use crate::functions::scalar::{Kernel, Lambda};
use crate::kernel::Column;
use crate::kernel::cast::Cast;
use crate::kernel::few_views::few_views;
use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Int32Array, Int64Array, StringViewArray, UInt32Array,
};
use arrow::buffer::{BooleanBuffer, NullBuffer};
use arrow::compute::take;
use std::sync::{Arc, OnceLock};

/// A node together with what lazy evaluation has to know of it.
#[derive(Debug, Clone)]
pub(super) struct Term {
    pub node: Node,
    /// Positions of the columns it reads, ascending.
    pub inputs: Vec<usize>,
    /// It contains `monotonically_increasing_id()`.
    pub needs_row_ids: bool,
    /// An evaluation can fail or has effects: it must not see rows that do not need it.
    pub fallible: bool,
    /// Costs about as much as reading its inputs.
    pub cheap: bool,
    /// It contains kernels that may keep state per partition.
    pub volatile: bool,
}

/// A compiled expression node.
#[derive(Debug, Clone)]
pub(super) enum Node {
    Column(usize),
    Constant(ArrayRef),
    /// A subtree without columns, computed when first needed.
    Folded(Arc<Folded>),
    Call(Box<CallNode>),
    HigherOrder(Box<HigherOrderNode>),
    /// Calls of decimal operators, all at once.
    FusedDecimal(Box<FusedDecimal>),
    Cast {
        operand: Box<Node>,
        cast: Arc<Cast>,
        origin: Option<Origin>,
    },
    And(Vec<Term>),
    Or(Vec<Term>),
    Not(Box<Node>),
    IsNull {
        operand: Box<Node>,
        negated: bool,
    },
    Case(Box<Case>),
    Coalesce(Box<branch::Coalesce>),
    In {
        operand: Box<Node>,
        set: Arc<ConstantSet>,
    },
    TaskFact(TaskFact),
}

#[derive(Debug)]
pub(super) struct Folded {
    pub node: Node,
    pub value: OnceLock<Result<Column>>,
}

#[derive(Debug, Clone)]
pub(super) struct CallNode {
    pub kernel: Arc<dyn Kernel>,
    pub arguments: Vec<Node>,
    /// NULL if any argument is; the value is that NULL.
    pub null: Option<ArrayRef>,
    /// It may be computed once for rows with the same string: a function of one argument, and of constants, that costs
    /// more than finding these rows.
    pub by_value: bool,
    pub origin: Option<Origin>,
}

#[derive(Debug, Clone)]
pub(super) struct HigherOrderNode {
    pub kernel: Arc<dyn Kernel>,
    pub arguments: Vec<Argument>,
    pub origin: Option<Origin>,
}

#[derive(Debug, Clone)]
pub(super) enum Argument {
    Value(Node),
    Lambda(Box<CompiledLambda>),
}

impl Node {
    /// The values for the frame's rows.
    pub fn eval(&self, frame: &Frame) -> Result<Column> {
        match self {
            Node::Column(position) => Ok(Column::Array(frame.columns[*position].clone())),
            Node::Constant(value) => Ok(Column::Constant(value.clone())),
            Node::Folded(folded) => folded.eval(frame),
            Node::Call(call) => call.eval(frame),
            Node::HigherOrder(call) => call.eval(frame),
            Node::FusedDecimal(fused) => fused.eval(frame),
            Node::Cast {
                operand,
                cast,
                origin,
            } => {
                let operand = operand.eval(frame)?;
                cast.eval(&operand, frame.rows)
                    .map_err(|error| error.at(origin.as_ref()))
            }
            Node::And(terms) => logic::combine(terms, logic::Connective::And, frame),
            Node::Or(terms) => logic::combine(terms, logic::Connective::Or, frame),
            Node::Not(operand) => not(operand.eval(frame)?),
            Node::IsNull { operand, negated } => Ok(is_null(&operand.eval(frame)?, *negated)),
            Node::Case(case) => case.eval(frame),
            Node::Coalesce(coalesce) => coalesce.eval(frame),
            Node::In { operand, set } => set.eval(&operand.eval(frame)?, frame),
            Node::TaskFact(fact) => Ok(task_fact(*fact, frame)),
        }
    }
}

impl Folded {
    fn eval(&self, frame: &Frame) -> Result<Column> {
        let compute = || {
            let frame = Frame { rows: 1, ..*frame };
            let value = self.node.eval(&frame)?;
            Ok(Column::Constant(value.values().clone()))
        };
        self.value.get_or_init(compute).clone()
    }
}

impl CallNode {
    fn eval(&self, frame: &Frame) -> Result<Column> {
        let mut arguments = Vec::with_capacity(self.arguments.len());
        for argument in &self.arguments {
            arguments.push(argument.eval(frame)?);
        }
        if let Some(null) = &self.null
            && arguments.iter().any(Column::is_null_constant)
        {
            return Ok(Column::Constant(null.clone()));
        }
        let value = match self.by_value {
            true => self.eval_values(&mut arguments, frame),
            false => (self.kernel).eval(&arguments, frame.rows, frame.context),
        };
        value.map_err(|error| error.at(self.origin.as_ref()))
    }

    /// Evaluates once per string where rows share few of them.
    fn eval_values(&self, arguments: &mut [Column], frame: &Frame) -> Result<Column> {
        let mut columns = arguments.iter_mut().filter(|column| !column.is_constant());
        let texts = match (columns.next(), columns.next()) {
            (Some(column), None) => Some(column),
            _ => None,
        };
        let few = texts.and_then(|column| {
            let few = few_views(column.values().as_string_view_opt()?)?;
            Some((column, few))
        });
        let Some((column, few)) = few else {
            return (self.kernel).eval(arguments, frame.rows, frame.context);
        };
        let count = few.rows.len();
        let values = take(column.values(), &UInt32Array::from(few.rows), None)?;
        *column = Column::Array(values);
        Ok(match (self.kernel).eval(arguments, count, frame.context)? {
            Column::Array(values) => {
                let numbers = UInt32Array::from(few.values);
                Column::Array(take(&values, &numbers, None)?)
            }
            constant => constant,
        })
    }
}

impl HigherOrderNode {
    fn eval(&self, frame: &Frame) -> Result<Column> {
        let placeholder: ArrayRef = Arc::new(arrow::array::NullArray::new(1));
        let mut arguments = Vec::with_capacity(self.arguments.len());
        let mut lambdas = Vec::new();
        for argument in &self.arguments {
            arguments.push(match argument {
                Argument::Value(node) => node.eval(frame)?,
                Argument::Lambda(lambda) => {
                    lambdas.push(lambda.bind(frame));
                    Column::Constant(placeholder.clone())
                }
            });
        }
        let lambdas: Vec<&dyn Lambda> = lambdas.iter().map(|l| l as &dyn Lambda).collect();
        (self.kernel)
            .eval_higher_order(&arguments, &lambdas, frame.rows, frame.context)
            .map_err(|error| error.at(self.origin.as_ref()))
    }
}

/// The boolean array in a column; anything else is a bug of whoever settled the types.
pub(super) fn booleans(column: &Column) -> Result<&BooleanArray> {
    let array = column.values().as_any().downcast_ref();
    array.ok_or_else(|| {
        Error::internal(format!(
            "a condition of type {}",
            column.values().data_type()
        ))
    })
}

/// Wraps an array made of a column's values in the same kind of column.
fn same_kind(column: &Column, array: ArrayRef) -> Column {
    match column {
        Column::Array(_) => Column::Array(array),
        Column::Constant(_) => Column::Constant(array),
    }
}

fn not(operand: Column) -> Result<Column> {
    let values = booleans(&operand)?;
    let negated = BooleanArray::new(!values.values(), values.nulls().cloned());
    Ok(same_kind(&operand, Arc::new(negated)))
}

fn is_null(operand: &Column, negated: bool) -> Column {
    let values = operand.values();
    let bits = match values.logical_nulls() {
        Some(nulls) if negated => nulls.into_inner(),
        Some(nulls) => !nulls.inner(),
        None if negated => BooleanBuffer::new_set(values.len()),
        None => BooleanBuffer::new_unset(values.len()),
    };
    same_kind(
        operand,
        Arc::new(BooleanArray::new(bits, None::<NullBuffer>)),
    )
}

fn task_fact(fact: TaskFact, frame: &Frame) -> Column {
    let context = frame.context;
    match fact {
        TaskFact::PartitionId => {
            Column::Constant(Arc::new(Int32Array::from(vec![context.partition as i32])))
        }
        TaskFact::MonotonicId => {
            let first = ((context.partition as i64) << 33) + context.rows_before as i64;
            let ids: Int64Array = match frame.row_ids {
                Some(rows) => rows
                    .values()
                    .iter()
                    .map(|r| first + i64::from(*r))
                    .collect(),
                None => (first..first + frame.rows as i64).collect(),
            };
            Column::Array(Arc::new(ids))
        }
        TaskFact::InputFile => {
            let file = context.input_file.as_deref().unwrap_or("");
            Column::Constant(Arc::new(StringViewArray::from(vec![file])))
        }
    }
}
