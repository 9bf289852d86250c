//! Sums, differences and products of decimals: a whole expression at once, a block of rows at a time, in 64 bits.
//!
//! The type of `quantity * price * (1 - discount)` has 26 digits, which its values hardly ever need. Operator by operator
//! every step would write a column of 128 bits for the next to read. Here all steps run over a block that stays in the
//! cache:
//!
//! ```text
//!   quantity   price   1   discount      a leaf fills a block: 8 bytes a row, and so many bits in use
//!       └── * ──┘      └── - ──┘         4 + 16 bits, 1 + max(7, 7) bits: bounds of what the steps give
//!           └────── * ─────┘             28 bits: cannot overflow
//!                   ▼
//!            128 bits a row, as the type wants it
//! ```
//!
//! Where a bound is above [`MOST_BITS`] the batch is evaluated operator by operator, which also finds the overflows.

use super::frame::Frame;
use super::node::Node;
use super::traits::{digits, exact_decimal, is_widening};
use crate::error::Result;
use crate::expr::{Call, Expr, Literal};
use crate::kernel::Column;
use crate::types::coercion::decimal::Operator;
use crate::types::{DataType, Value};
use arrow::array::{Array, ArrayRef, AsArray, Decimal64Array, Decimal128Array};
use arrow::buffer::{Buffer, NullBuffer, ScalarBuffer};
use arrow::datatypes::{
    DataType as ArrowType, Decimal64Type, Decimal128Type, Int8Type, Int16Type, Int32Type, Int64Type,
};
use std::ops::Range;
use std::sync::Arc;

/// Rows of a block: a few blocks fit the innermost cache.
const BLOCK: usize = 1024;

/// Most bits of the absolute value of any step's result.
const MOST_BITS: u32 = 62;

/// Most steps of a plan. A sum of thousands of terms would cost its square to compile.
const MOST_STEPS: usize = 64;

/// Digits of a type that has room for every number of [`MOST_BITS`].
const ROOMY: i32 = 19;

/// An expression in postfix order.
#[derive(Debug, Clone)]
pub(super) struct Plan<'a> {
    leaves: Vec<&'a Expr>,
    steps: Vec<Step>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Step {
    /// The values of a leaf.
    Leaf(usize),
    /// A constant.
    Scalar(i64),
    /// Multiplies by a power of ten.
    Scale(i64),
    Binary(Operator),
}

impl<'a> Plan<'a> {
    /// How to evaluate a call at once, if it takes at least two steps beside leaves and constants, and not too many.
    pub fn new(call: &'a Call) -> Option<Plan<'a>> {
        let mut plan = Plan {
            leaves: Vec::new(),
            steps: Vec::new(),
        };
        plan.call(call)?;
        let works = |step: &&Step| matches!(step, Step::Scale(_) | Step::Binary(_));
        let works = plan.steps.iter().filter(works).count();
        let worthwhile = works >= 2 && plan.steps.len() <= MOST_STEPS && !plan.leaves.is_empty();
        worthwhile.then_some(plan)
    }

    /// What the leaves are.
    pub fn leaves(&self) -> &[&'a Expr] {
        &self.leaves
    }

    fn call(&mut self, call: &'a Call) -> Option<()> {
        if self.steps.len() > MOST_STEPS {
            return None;
        }
        let (operator, (exact, exact_scale)) = exact_decimal(call)?;
        let (precision, scale) = digits(&call.data_type)?;
        // A type that gave up digits of the fraction rounds, which is not done here.
        if i32::from(scale) != exact_scale || i32::from(precision) < exact.min(ROOMY) {
            return None;
        }
        for operand in &call.arguments {
            let (_, its_scale) = digits(&operand.data_type())?;
            self.operand(operand);
            if operator != Operator::Multiply {
                self.scale(scale - its_scale)?;
            }
        }
        self.steps.push(Step::Binary(operator));
        Some(())
    }

    /// Adds a decimal: the steps that make it, or a leaf.
    fn operand(&mut self, expr: &'a Expr) {
        let (leaves, steps) = (self.leaves.len(), self.steps.len());
        let done = match expr {
            Expr::Call(call) => self.call(call),
            Expr::Literal(literal) => constant(literal).map(|value| {
                self.steps.push(Step::Scalar(value));
            }),
            Expr::Cast { operand, to, .. } => self.cast(operand, to),
            _ => None,
        };
        if done.is_none() {
            self.leaves.truncate(leaves);
            self.steps.truncate(steps);
            self.leaf(expr);
        }
    }

    /// A cast to a decimal type that has room for every value.
    fn cast(&mut self, operand: &'a Expr, to: &DataType) -> Option<()> {
        let (_, scale) = digits(to)?;
        let from = operand.data_type();
        let its_scale = digits(&from).map_or(0, |(_, scale)| scale);
        if !(from.is_decimal() || from.is_integral()) || !is_widening(&from, to) {
            return None;
        }
        match from.is_decimal() {
            true => self.operand(operand),
            false => self.leaf(operand),
        }
        self.scale(scale - its_scale)
    }

    fn leaf(&mut self, expr: &'a Expr) {
        let known = self.leaves.iter().position(|leaf| leaf.same(expr));
        let leaf = known.unwrap_or(self.leaves.len());
        if known.is_none() {
            self.leaves.push(expr);
        }
        self.steps.push(Step::Leaf(leaf));
    }

    /// Gives what was added last so many more digits of a fraction.
    fn scale(&mut self, digits: i8) -> Option<()> {
        if digits == 0 {
            return Some(());
        }
        let factor = 10i64.checked_pow(u32::try_from(digits).ok()?)?;
        match self.steps.last_mut() {
            Some(Step::Scalar(value)) => *value = value.checked_mul(factor)?,
            _ => self.steps.push(Step::Scale(factor)),
        }
        Some(())
    }
}

fn constant(literal: &Literal) -> Option<i64> {
    match &literal.value {
        Value::Decimal(value) => i64::try_from(value.unscaled).ok(),
        _ => None,
    }
}

/// A compiled [`Plan`].
#[derive(Debug, Clone)]
pub(super) struct FusedDecimal {
    leaves: Vec<Node>,
    steps: Vec<Step>,
    /// Most blocks that are in use at a time.
    depth: usize,
    data_type: ArrowType,
    /// The same, operator by operator, over the columns of the frame and behind them the leaves.
    general: Node,
    /// How many columns of the frame that are.
    width: usize,
}

impl FusedDecimal {
    /// From the plan, its compiled leaves, the type of the result, and the expression compiled operator by operator for
    /// a frame of `width` columns and the leaves.
    pub fn new(
        plan: &Plan,
        leaves: Vec<Node>,
        data_type: ArrowType,
        general: Node,
        width: usize,
    ) -> Self {
        let (mut used, mut depth) = (0, 0);
        for step in &plan.steps {
            match step {
                Step::Leaf(_) | Step::Scalar(_) => used += 1,
                Step::Scale(_) => {}
                Step::Binary(_) => used -= 1,
            }
            depth = depth.max(used);
        }
        FusedDecimal {
            leaves,
            steps: plan.steps.clone(),
            depth,
            data_type,
            general,
            width,
        }
    }

    pub fn eval(&self, frame: &Frame) -> Result<Column> {
        let leaves = self.leaves.iter().map(|leaf| leaf.eval(frame));
        let leaves = leaves.collect::<Result<Vec<Column>>>()?;
        if let Some(array) = self.narrow(&leaves, frame.rows) {
            return Ok(Column::Array(array));
        }
        let mut columns = frame.columns[..self.width].to_vec();
        columns.extend(leaves.iter().map(|leaf| leaf.to_array(frame.rows)));
        let columns = &columns;
        self.general.eval(&Frame { columns, ..*frame })
    }

    /// The result, if 64 bits are enough for it and all leaves are columns or constants that are not NULL.
    fn narrow(&self, leaves: &[Column], rows: usize) -> Option<ArrayRef> {
        let sources = leaves.iter().map(Source::new).collect::<Option<Vec<_>>>()?;
        let mut stack = Stack {
            blocks: vec![[0; BLOCK]; self.depth],
            entries: Vec::with_capacity(self.depth),
        };
        let nulls = leaves.iter().fold(None, |nulls, leaf| match leaf {
            Column::Array(array) => NullBuffer::union(nulls.as_ref(), array.nulls()),
            Column::Constant(_) => nulls,
        });
        let starts = (0..rows).step_by(BLOCK);
        let blocks = starts.map(|start| start..rows.min(start + BLOCK));
        if let ArrowType::Decimal64(..) = self.data_type {
            let mut out: Vec<i64> = Vec::with_capacity(rows);
            for block in blocks {
                out.extend_from_slice(stack.run(&self.steps, &sources, block)?);
            }
            let array = Decimal64Array::new(out.into(), nulls);
            Some(Arc::new(array.with_data_type(self.data_type.clone())))
        } else {
            let mut out: Vec<i128> = Vec::with_capacity(rows);
            for block in blocks {
                let values = stack.run(&self.steps, &sources, block)?;
                out.extend(values.iter().map(|value| i128::from(*value)));
            }
            let values = ScalarBuffer::from(Buffer::from_vec(out));
            let array = Decimal128Array::new(values, nulls);
            Some(Arc::new(array.with_data_type(self.data_type.clone())))
        }
    }
}

/// Where the values of a leaf are.
enum Source<'a> {
    Byte(&'a [i8]),
    Short(&'a [i16]),
    Integer(&'a [i32]),
    Long(&'a [i64]),
    Wide(&'a [i128]),
    One(i64),
}

impl<'a> Source<'a> {
    /// None for NULL, for a constant of more than 64 bits, and for a type that is no decimal or whole number.
    fn new(column: &'a Column) -> Option<Source<'a>> {
        let array = column.values();
        let source = match array.data_type() {
            ArrowType::Int8 => Source::Byte(array.as_primitive::<Int8Type>().values()),
            ArrowType::Int16 => Source::Short(array.as_primitive::<Int16Type>().values()),
            ArrowType::Int32 => Source::Integer(array.as_primitive::<Int32Type>().values()),
            ArrowType::Int64 => Source::Long(array.as_primitive::<Int64Type>().values()),
            ArrowType::Decimal64(..) => {
                Source::Long(array.as_primitive::<Decimal64Type>().values())
            }
            ArrowType::Decimal128(..) => {
                Source::Wide(array.as_primitive::<Decimal128Type>().values())
            }
            _ => return None,
        };
        match column {
            Column::Array(_) => Some(source),
            Column::Constant(_) if column.is_null_constant() => None,
            Column::Constant(_) => {
                let mut value = [0];
                let bits = source.load(0..1, &mut value);
                (bits <= MOST_BITS).then_some(Source::One(value[0]))
            }
        }
    }

    /// Fills a block with the values of some rows; gives the bits that their absolute values take, above 64 if they do
    /// not fit.
    fn load(&self, rows: Range<usize>, block: &mut [i64]) -> u32 {
        fn narrow<T: Copy + Into<i64>>(values: &[T], block: &mut [i64]) -> u32 {
            let mut used = 0;
            for (slot, value) in block.iter_mut().zip(values) {
                let value: i64 = (*value).into();
                *slot = value;
                // All ones below zero.
                used |= value ^ (value >> 63);
            }
            64 - used.leading_zeros()
        }
        match self {
            Source::Byte(values) => narrow(&values[rows], block),
            Source::Short(values) => narrow(&values[rows], block),
            Source::Integer(values) => narrow(&values[rows], block),
            Source::Long(values) => narrow(&values[rows], block),
            Source::Wide(values) => {
                let (mut used, mut excess) = (0, 0);
                for (slot, value) in block.iter_mut().zip(&values[rows]) {
                    let (low, high) = (*value as i64, (*value >> 64) as i64);
                    *slot = low;
                    used |= low ^ (low >> 63);
                    excess |= high ^ (low >> 63);
                }
                match excess {
                    0 => 64 - used.leading_zeros(),
                    _ => u32::MAX,
                }
            }
            Source::One(value) => {
                block.fill(*value);
                bits(*value)
            }
        }
    }
}

/// The bits that the absolute value takes.
fn bits(value: i64) -> u32 {
    64 - (value ^ (value >> 63)).leading_zeros()
}

/// What is known of the numbers at a place of the stack.
#[derive(Clone, Copy)]
enum Entry {
    /// They are in the block of that place and take at most so many bits.
    Block { bits: u32 },
    /// They are all the same.
    Scalar(i64),
}

impl Entry {
    fn bits(self) -> u32 {
        match self {
            Entry::Block { bits } => bits,
            Entry::Scalar(value) => bits(value),
        }
    }
}

struct Stack {
    blocks: Vec<[i64; BLOCK]>,
    entries: Vec<Entry>,
}

impl Stack {
    /// The results for some rows, at most a block of them; None if one could take more than [`MOST_BITS`], or all are
    /// the same.
    fn run(&mut self, steps: &[Step], sources: &[Source], rows: Range<usize>) -> Option<&[i64]> {
        let count = rows.len();
        self.entries.clear();
        for step in steps {
            let entry = match step {
                Step::Scalar(value) => Entry::Scalar(*value),
                Step::Leaf(leaf) => match &sources[*leaf] {
                    Source::One(value) => Entry::Scalar(*value),
                    source => {
                        let block = &mut self.blocks[self.entries.len()];
                        let bits = source.load(rows.clone(), &mut block[..count]);
                        Entry::Block { bits }
                    }
                },
                Step::Scale(factor) => {
                    let value = self.entries.pop()?;
                    self.binary(Operator::Multiply, value, Entry::Scalar(*factor), count)?
                }
                Step::Binary(operator) => {
                    let right = self.entries.pop()?;
                    let left = self.entries.pop()?;
                    self.binary(*operator, left, right, count)?
                }
            };
            if entry.bits() > MOST_BITS {
                return None;
            }
            self.entries.push(entry);
        }
        match self.entries.pop()? {
            Entry::Block { .. } => Some(&self.blocks[0][..count]),
            Entry::Scalar(_) => None,
        }
    }

    /// Combines the two entries that lay on top; the result takes the place of the left one.
    fn binary(
        &mut self,
        operator: Operator,
        left: Entry,
        right: Entry,
        count: usize,
    ) -> Option<Entry> {
        let bits = match operator {
            Operator::Multiply => left.bits() + right.bits(),
            _ => left.bits().max(right.bits()) + 1,
        };
        if bits > MOST_BITS {
            return None;
        }
        let at = self.entries.len();
        match operator {
            Operator::Multiply => self.each(at, left, right, count, |l, r| l * r),
            Operator::Subtract => self.each(at, left, right, count, |l, r| l - r),
            // There are no others in a plan.
            _ => self.each(at, left, right, count, |l, r| l + r),
        }
        .map(Entry::Scalar)
        .or(Some(Entry::Block { bits }))
    }

    /// Writes the results to the block at `at`, unless both sides are the same for all rows: then gives the only one.
    #[inline]
    fn each(
        &mut self,
        at: usize,
        left: Entry,
        right: Entry,
        count: usize,
        operation: impl Fn(i64, i64) -> i64,
    ) -> Option<i64> {
        let (lower, upper) = self.blocks.split_at_mut(at + 1);
        let block = &mut lower[at][..count];
        match (left, right) {
            (Entry::Scalar(left), Entry::Scalar(right)) => return Some(operation(left, right)),
            (Entry::Block { .. }, Entry::Scalar(right)) => {
                block
                    .iter_mut()
                    .for_each(|slot| *slot = operation(*slot, right));
            }
            (Entry::Scalar(left), Entry::Block { .. }) => {
                let others = &upper[0][..count];
                (block.iter_mut().zip(others))
                    .for_each(|(slot, right)| *slot = operation(left, *right));
            }
            (Entry::Block { .. }, Entry::Block { .. }) => {
                let others = &upper[0][..count];
                (block.iter_mut().zip(others))
                    .for_each(|(slot, right)| *slot = operation(*slot, *right));
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::expr::evaluate::Evaluator;
    use crate::expr::{Attribute, CastMode, ColumnId};
    use crate::functions::scalar::EvalContext;
    use crate::kernel::value::{array_to_values, values_to_array};
    use crate::types::Decimal;
    use num_bigint::BigInt;
    use proptest::prelude::*;

    const INTEGER: usize = 0;
    const NARROW: usize = 1;
    const SHORT: usize = 2;
    const WIDE: usize = 3;

    fn types() -> [DataType; 4] {
        let [narrow, short, wide] = [(9, 2), (4, 2), (30, 4)].map(|(p, s)| DataType::decimal(p, s));
        [DataType::Integer, narrow, short, wide]
    }

    fn column(index: usize) -> Expr {
        Expr::Column(attribute(index))
    }

    fn attribute(index: usize) -> Attribute {
        Attribute {
            id: ColumnId(index as u32),
            name: "c".into(),
            data_type: types()[index].clone(),
            nullable: true,
        }
    }

    fn call(name: &str, left: Expr, right: Expr) -> Expr {
        Expr::call(name, vec![left, right]).unwrap()
    }

    fn one() -> Expr {
        let one = Value::Decimal(Decimal {
            unscaled: 1,
            precision: 1,
            scale: 0,
        });
        Expr::literal(one, DataType::decimal(1, 0))
    }

    fn whole() -> Expr {
        Expr::Cast {
            operand: Box::new(column(INTEGER)),
            to: DataType::decimal(10, 0),
            mode: CastMode::Ansi,
            origin: None,
        }
    }

    /// The expressions, and what they are of unscaled numbers. The third may have too many digits for its type.
    fn expressions() -> Vec<(Expr, fn([BigInt; 4]) -> BigInt)> {
        let product = || call("*", whole(), column(NARROW));
        vec![
            (
                call("*", product(), call("-", one(), column(SHORT))),
                |[i, n, s, _]| i * n * (100 - s),
            ),
            (call("+", product(), column(WIDE)), |[i, n, _, w]| {
                i * n * 100 + w
            }),
            (
                call("*", column(WIDE), call("+", column(NARROW), one())),
                |[_, n, _, w]| w * (n + 100),
            ),
            (
                call("-", call("-", column(WIDE), column(WIDE)), column(WIDE)),
                |[.., w]| -w,
            ),
            (
                call("*", call("*", column(SHORT), column(SHORT)), column(SHORT)),
                |[_, _, s, _]| s.pow(3),
            ),
        ]
    }

    fn plan(expr: &Expr) -> Option<Vec<Step>> {
        match expr {
            Expr::Call(call) => Plan::new(call).map(|plan| plan.steps),
            _ => None,
        }
    }

    #[test]
    fn is_for_types_that_lose_no_digits() {
        for (expr, _) in expressions() {
            assert!(plan(&expr).is_some(), "{expr}");
        }
        // One step.
        assert_eq!(plan(&call("*", column(NARROW), column(SHORT))), None);
        // The product of 30 and 31 digits is rounded to a shorter fraction.
        let rounded = call("*", column(WIDE), call("+", column(WIDE), column(NARROW)));
        assert_eq!(plan(&rounded), None);
        assert_eq!(
            plan(&call("/", whole(), call("*", whole(), column(NARROW)))),
            None
        );
        // A cast that may fail is a leaf.
        let cast = Expr::Cast {
            operand: Box::new(column(WIDE)),
            to: DataType::decimal(9, 2),
            mode: CastMode::Ansi,
            origin: None,
        };
        let steps = plan(&call("*", call("*", cast, column(SHORT)), column(SHORT)));
        assert_eq!(steps.unwrap()[0], Step::Leaf(0));
    }

    #[test]
    fn long_sums_are_cut() {
        let sum = (0..200).fold(column(SHORT), |sum, _| {
            call("+", sum, call("*", column(SHORT), column(SHORT)))
        });
        let input: Vec<Attribute> = (0..4).map(attribute).collect();
        assert!(Evaluator::new(&sum, &input, &Config::default()).is_ok());
    }

    /// Numbers of all sizes that the type has, and NULL.
    fn number(data_type: DataType) -> BoxedStrategy<Option<i128>> {
        let most = match data_type {
            DataType::Decimal { precision, .. } => 10i128.pow(u32::from(precision)) - 1,
            _ => i128::from(i32::MAX),
        };
        let size = prop_oneof![Just(most), 0..=most.min(1_000_000), 0..=most];
        prop_oneof![
            1 => Just(None),
            9 => size.prop_flat_map(|size| -size..=size).prop_map(Some),
        ]
        .boxed()
    }

    fn rows() -> impl Strategy<Value = Vec<[Option<i128>; 4]>> {
        let [a, b, c, d] = types().map(number);
        let row = (a, b, c, d).prop_map(|(a, b, c, d)| [a, b, c, d]);
        // Some rows many times, so that there are several blocks.
        (
            prop::collection::vec(row, 1..6),
            prop_oneof![Just(1), Just(BLOCK)],
        )
            .prop_map(|(rows, times)| rows.repeat(times))
    }

    fn array(rows: &[[Option<i128>; 4]], index: usize) -> ArrayRef {
        let data_type = &types()[index];
        let values: Vec<Value> = (rows.iter())
            .map(|row| match (row[index], data_type) {
                (None, _) => Value::Null,
                (Some(unscaled), DataType::Decimal { precision, scale }) => {
                    let (precision, scale) = (*precision, *scale);
                    Value::Decimal(Decimal {
                        unscaled,
                        precision,
                        scale,
                    })
                }
                (Some(value), _) => Value::Integer(value as i32),
            })
            .collect();
        values_to_array(&values, data_type).unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn gives_what_whole_numbers_of_any_size_give(rows in rows()) {
            let input: Vec<Attribute> = (0..4).map(attribute).collect();
            let columns: Vec<ArrayRef> = (0..4).map(|index| array(&rows, index)).collect();
            for (expr, exact) in expressions() {
                let evaluator = Evaluator::new(&expr, &input, &Config::default()).unwrap();
                let reads: Vec<usize> = (expr.references().iter()).map(|id| id.0 as usize).collect();
                let limit = match expr.data_type() {
                    DataType::Decimal { precision, .. } => BigInt::from(10).pow(u32::from(precision)),
                    other => panic!("{other}"),
                };
                let expected: Vec<Option<BigInt>> = (rows.iter())
                    .map(|row| {
                        let known = reads.iter().all(|index| row[*index].is_some());
                        known.then(|| exact(row.map(|value| BigInt::from(value.unwrap_or(0)))))
                    })
                    .collect();
                let fits = |value: &Option<BigInt>| {
                    value.as_ref().is_none_or(|value| value.magnitude() < limit.magnitude())
                };
                let out = evaluator.eval(&columns, rows.len(), &EvalContext::default());
                if !expected.iter().all(fits) {
                    prop_assert!(out.is_err(), "{}", expr);
                    continue;
                }
                let values = array_to_values(out.unwrap().values(), &expr.data_type()).unwrap();
                for (found, expected) in values.into_iter().zip(expected) {
                    let found = match found {
                        Value::Decimal(decimal) => Some(BigInt::from(decimal.unscaled)),
                        _ => None,
                    };
                    prop_assert_eq!(found, expected, "{}", expr);
                }
            }
        }
    }
}
