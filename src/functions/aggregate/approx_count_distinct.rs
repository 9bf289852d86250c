//! `approx_count_distinct`.

use super::hyperloglog;
use super::kernel::{kernel, primitive_valid};
use super::rows::Rows;
use super::{Accumulator, AggregateFunction, AggregateKernel, EmptyResult};
use crate::error::conditions::{FAILED_FUNCTION_CALL, LEGACY_1104};
use crate::error::{Error, Result, quote};
use crate::functions::scalar::{Arity, Display};
use crate::functions::{BindContext, Binding, BoundArgument, Doc};
use crate::kernel::Column;
use crate::kernel::hash::xxhash64;
use crate::types::{DataType, Value};
use arrow::array::{ArrayRef, AsArray, BinaryViewArray, BooleanArray};
use arrow::datatypes::Int64Type;
use std::ops::Range;
use std::sync::Arc;

pub(super) static FUNCTIONS: &[AggregateFunction] = &[AggregateFunction {
    name: "approx_count_distinct",
    doc: Doc {
        usage: "_FUNC_(expr[, relativeSD]) - Returns how many different values there are, estimated with \
                HyperLogLog++ to a relative standard deviation of 0.05 or what is given.",
        examples: &[(
            "SELECT approx_count_distinct(col1) FROM VALUES (1), (1), (2), (2), (3) AS tab(col1)",
            "3",
        )],
        group: "agg_funcs",
        since: "1.6.0",
    },
    arity: Arity::OneOf(&[1, 2]),
    display: Display::Custom(|name, arguments| {
        format!("{name}({})", arguments.first().copied().unwrap_or(""))
    }),
    ignores_duplicates: true,
    empty: EmptyResult::Zero,
    bind,
    ..AggregateFunction::BASE
}];

/// The seed of the hash.
const SEED: i64 = 42;

fn bind(
    context: &BindContext,
    arguments: &[BoundArgument],
) -> Result<Binding<Arc<dyn AggregateKernel>>> {
    let deviation = match arguments.get(1).map(|argument| &argument.constant) {
        None => 0.05,
        Some(Some(Value::Double(deviation))) => *deviation,
        Some(Some(Value::Decimal(deviation))) => deviation.to_string().parse().unwrap_or(0.0),
        Some(_) => return Err(Error::of(&LEGACY_1104)),
    };
    let precision = hyperloglog::precision(deviation).ok_or_else(|| {
        Error::new(
            &FAILED_FUNCTION_CALL,
            [("funcName", quote::identifier(context.name))],
        )
    })?;
    Ok(Binding {
        arguments: arguments.iter().map(|a| a.data_type.clone()).collect(),
        returns: DataType::Long,
        nullable: false,
        kernel: kernel(vec![DataType::Binary], move || Distinct {
            precision,
            groups: 0,
            registers: Vec::new(),
        }),
    })
}

struct Distinct {
    precision: u32,
    groups: usize,
    /// 2ᵖ registers for each group, side by side.
    registers: Vec<u8>,
}

impl Distinct {
    fn size(&self) -> usize {
        1 << self.precision
    }

    fn of_group(&self, group: usize) -> &[u8] {
        &self.registers[group * self.size()..(group + 1) * self.size()]
    }
}

impl Accumulator for Distinct {
    fn resize(&mut self, groups: usize) {
        self.groups = groups;
        self.registers.resize(groups * self.size(), 0);
    }

    fn update(
        &mut self,
        arguments: &[Column],
        group_of_row: &[u32],
        filter: Option<&BooleanArray>,
    ) -> Result<()> {
        let values = arguments[0].to_array(group_of_row.len());
        let rows = Rows::new(group_of_row, self.groups, &[&values], filter);
        let hashes = xxhash64(std::slice::from_ref(&values), values.len(), SEED)?;
        let (size, precision) = (self.size(), self.precision);
        rows.for_each(|row, group| {
            let registers = &mut self.registers[group * size..(group + 1) * size];
            hyperloglog::add(registers, precision, hashes[row].cast_unsigned());
        });
        Ok(())
    }

    fn merge(&mut self, states: &[ArrayRef], group_of_row: &[u32]) -> Result<()> {
        let states = states[0].as_binary_view();
        let size = self.size();
        for (row, group) in group_of_row.iter().enumerate() {
            let own = &mut self.registers[*group as usize * size..][..size];
            for (own, other) in own.iter_mut().zip(states.value(row)) {
                *own = (*own).max(*other);
            }
        }
        Ok(())
    }

    fn states(&self) -> Result<Vec<ArrayRef>> {
        let registers = (0..self.groups).map(|group| Some(self.of_group(group)));
        Ok(vec![Arc::new(registers.collect::<BinaryViewArray>())])
    }

    fn finish(&self, groups: Range<usize>) -> Result<ArrayRef> {
        let estimate = |group| hyperloglog::estimate(self.of_group(group), self.precision);
        Ok(primitive_valid::<Int64Type>(groups.map(estimate).collect()))
    }

    fn reset(&mut self) {
        self.registers.fill(0);
    }

    fn bytes(&self) -> usize {
        self.registers.capacity()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::Int64Array;

    #[test]
    fn estimates_are_those_of_spark() {
        let estimate = |count: i64, precision| {
            let mut distinct = Distinct {
                precision,
                groups: 0,
                registers: Vec::new(),
            };
            distinct.resize(1);
            let values = Column::Array(Arc::new(Int64Array::from_iter_values(0..count)));
            let groups = vec![0; count as usize];
            distinct.update(&[values], &groups, None).unwrap();
            distinct
                .finish(0..1)
                .unwrap()
                .as_primitive::<Int64Type>()
                .value(0)
        };
        let expected = [
            (10, 10, 10),
            (100, 103, 100),
            (450, 437, 448),
            (1000, 1026, 992),
            (1300, 1260, 1282),
            (3000, 2770, 2975),
            (10_000, 9571, 10_017),
            (50_000, 50_113, 50_201),
        ];
        for (count, at_9, at_12) in expected {
            assert_eq!(
                (estimate(count, 9), estimate(count, 12)),
                (at_9, at_12),
                "{count}"
            );
        }
    }
}
