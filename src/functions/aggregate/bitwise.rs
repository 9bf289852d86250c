//! `bit_and`, `bit_or` and `bit_xor`.

use super::kernel::{boxed_kernel, downcast, primitive, vec_bytes};
use super::rows::{Rows, Seen};
use super::{Accumulator, AggregateFunction, AggregateKernel};
use crate::error::Result;
use crate::functions::signature::expect_arguments;
use crate::functions::{BindContext, Binding, BoundArgument, Doc};
use crate::kernel::Column;
use crate::types::DataType;
use crate::types::coercion::Expected;
use arrow::array::{ArrayRef, ArrowPrimitiveType, BooleanArray, PrimitiveArray};
use arrow::datatypes::{Int8Type, Int16Type, Int32Type, Int64Type};
use std::ops::{BitAnd, BitOr, BitXor, Not, Range};
use std::sync::Arc;

#[rustfmt::skip]
pub(super) static FUNCTIONS: &[AggregateFunction] = &[
    AggregateFunction {
        name: "bit_and",
        doc: Doc {
            usage: "_FUNC_(expr) - Returns the bits that are set in all values that are not NULL.",
            examples: &[("SELECT bit_and(col) FROM VALUES (3), (5) AS tab(col)", "1")],
            group: "agg_funcs",
            since: "3.0.0",
        },
        ignores_duplicates: true,
        bind: |context, arguments| bind(context, arguments, Operation::And),
        ..AggregateFunction::BASE
    },
    AggregateFunction {
        name: "bit_or",
        doc: Doc {
            usage: "_FUNC_(expr) - Returns the bits that are set in any value that is not NULL.",
            examples: &[("SELECT bit_or(col) FROM VALUES (3), (5) AS tab(col)", "7")],
            group: "agg_funcs",
            since: "3.0.0",
        },
        ignores_duplicates: true,
        bind: |context, arguments| bind(context, arguments, Operation::Or),
        ..AggregateFunction::BASE
    },
    AggregateFunction {
        name: "bit_xor",
        doc: Doc {
            usage: "_FUNC_(expr) - Returns the bits that are set in an odd number of values that are not \
                    NULL.",
            examples: &[("SELECT bit_xor(col) FROM VALUES (3), (5) AS tab(col)", "6")],
            group: "agg_funcs",
            since: "3.0.0",
        },
        bind: |context, arguments| bind(context, arguments, Operation::Xor),
        ..AggregateFunction::BASE
    },
];

#[derive(Debug, Clone, Copy)]
enum Operation {
    And,
    Or,
    Xor,
}

fn bind(
    context: &BindContext,
    arguments: &[BoundArgument],
    operation: Operation,
) -> Result<Binding<Arc<dyn AggregateKernel>>> {
    let types = expect_arguments(context, arguments, &[Expected::Integral])?;
    let returns = types[0].clone();
    let of = returns.clone();
    Ok(Binding {
        arguments: types,
        kernel: boxed_kernel(vec![returns.clone()], move || {
            let of = of.clone();
            match of {
                DataType::Byte => Box::new(Bits::<Int8Type>::new(of, operation)),
                DataType::Short => Box::new(Bits::<Int16Type>::new(of, operation)),
                DataType::Integer => Box::new(Bits::<Int32Type>::new(of, operation)),
                _ => Box::new(Bits::<Int64Type>::new(of, operation)),
            }
        }),
        returns,
        nullable: true,
    })
}

struct Bits<T: ArrowPrimitiveType> {
    data_type: DataType,
    operation: Operation,
    bits: Vec<T::Native>,
    seen: Seen,
}

impl<T: ArrowPrimitiveType> Bits<T>
where
    T::Native: Bitwise,
{
    fn new(data_type: DataType, operation: Operation) -> Self {
        Bits {
            data_type,
            operation,
            bits: Vec::new(),
            seen: Seen::default(),
        }
    }

    /// The operation's neutral element.
    fn neutral(&self) -> T::Native {
        match self.operation {
            Operation::And => !T::Native::default(),
            Operation::Or | Operation::Xor => T::Native::default(),
        }
    }

    fn add(&mut self, array: &ArrayRef, rows: &Rows) -> Result<()> {
        let values: &[T::Native] = downcast::<PrimitiveArray<T>>(array)?.values();
        let bits = self.bits.as_mut_slice();
        match self.operation {
            Operation::And => {
                rows.for_each_value(values, |value, group| bits[group] = bits[group] & value)
            }
            Operation::Or => {
                rows.for_each_value(values, |value, group| bits[group] = bits[group] | value)
            }
            Operation::Xor => {
                rows.for_each_value(values, |value, group| bits[group] = bits[group] ^ value)
            }
        }
        self.seen.mark(rows);
        Ok(())
    }
}

trait Bitwise:
    Copy
    + Default
    + Send
    + BitAnd<Output = Self>
    + BitOr<Output = Self>
    + BitXor<Output = Self>
    + Not<Output = Self>
{
}

impl Bitwise for i8 {}
impl Bitwise for i16 {}
impl Bitwise for i32 {}
impl Bitwise for i64 {}

impl<T: ArrowPrimitiveType> Accumulator for Bits<T>
where
    T::Native: Bitwise,
{
    fn resize(&mut self, groups: usize) {
        let neutral = self.neutral();
        self.bits.resize(groups, neutral);
        self.seen.resize(groups);
    }

    fn update(
        &mut self,
        arguments: &[Column],
        group_of_row: &[u32],
        filter: Option<&BooleanArray>,
    ) -> Result<()> {
        let array = arguments[0].to_array(group_of_row.len());
        let rows = Rows::new(group_of_row, self.seen.len(), &[&array], filter);
        self.add(&array, &rows)
    }

    fn merge(&mut self, states: &[ArrayRef], group_of_row: &[u32]) -> Result<()> {
        let rows = Rows::new(group_of_row, self.seen.len(), &[&states[0]], None);
        self.add(&states[0], &rows)
    }

    fn states(&self) -> Result<Vec<ArrayRef>> {
        Ok(vec![self.finish(0..self.seen.len())?])
    }

    fn finish(&self, groups: Range<usize>) -> Result<ArrayRef> {
        let valid = &self.seen[groups.clone()];
        Ok(primitive::<T>(
            &self.data_type,
            self.bits[groups].to_vec(),
            valid,
        ))
    }

    fn reset(&mut self) {
        let neutral = self.neutral();
        self.bits.fill(neutral);
        self.seen.reset();
    }

    fn bytes(&self) -> usize {
        vec_bytes(&self.bits) + self.seen.bytes()
    }
}
