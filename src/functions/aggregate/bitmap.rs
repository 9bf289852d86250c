//! `bitmap_construct_agg`, `bitmap_or_agg` and `bitmap_and_agg`: bitmaps of 4096 bytes, for counting
//! distinct numbers bucket by bucket.

use super::kernel::{kernel, vec_bytes};
use super::rows::Rows;
use super::{Accumulator, AggregateFunction, AggregateKernel, EmptyResult};
use crate::error::{Error, Result, conditions::INVALID_BITMAP_POSITION};
use crate::functions::signature::{cast_arguments, expect_arguments};
use crate::functions::{Binding, Doc};
use crate::kernel::Column;
use crate::types::DataType;
use crate::types::coercion::Expected;
use arrow::array::{ArrayRef, AsArray, BinaryViewArray, BooleanArray};
use arrow::datatypes::Int64Type;
use std::ops::Range;
use std::sync::Arc;

/// Bytes of a bitmap.
const BYTES: usize = 4096;

#[rustfmt::skip]
pub(super) static FUNCTIONS: &[AggregateFunction] = &[
    AggregateFunction {
        name: "bitmap_construct_agg",
        doc: Doc {
            usage: "_FUNC_(child) - Returns a bitmap with the bits at the given positions set.",
            examples: &[(
                "SELECT substring(hex(bitmap_construct_agg(bitmap_bit_position(col))), 0, 6) FROM VALUES (1), (2), (3) AS \
                 tab(col)",
                "070000",
            )],
            group: "agg_funcs",
            since: "3.5.0",
        },
        empty: EmptyResult::Computed,
        bind: |context, arguments| {
            let types = cast_arguments(context, arguments, &[Expected::BIGINT])?;
            Ok(binding(types, Operation::Construct))
        },
        ..AggregateFunction::BASE
    },
    AggregateFunction {
        name: "bitmap_or_agg",
        doc: Doc {
            usage: "_FUNC_(child) - Returns the bitmap of the bits that are set in any of the bitmaps.",
            examples: &[(
                "SELECT substring(hex(bitmap_or_agg(col)), 0, 6) FROM VALUES (X'10'), (X'20'), (X'40') AS tab(col)",
                "700000",
            )],
            group: "agg_funcs",
            since: "3.5.0",
        },
        empty: EmptyResult::Computed,
        bind: |context, arguments| {
            let types = expect_arguments(context, arguments, &[Expected::BINARY])?;
            Ok(binding(types, Operation::Or))
        },
        ..AggregateFunction::BASE
    },
    AggregateFunction {
        name: "bitmap_and_agg",
        doc: Doc {
            usage: "_FUNC_(child) - Returns the bitmap of the bits that are set in all of the bitmaps.",
            examples: &[(
                "SELECT substring(hex(bitmap_and_agg(col)), 0, 6) FROM VALUES (X'F0'), (X'70'), (X'30') AS tab(col)",
                "300000",
            )],
            group: "agg_funcs",
            since: "4.1.0",
        },
        empty: EmptyResult::Computed,
        bind: |context, arguments| {
            let types = expect_arguments(context, arguments, &[Expected::BINARY])?;
            Ok(binding(types, Operation::And))
        },
        ..AggregateFunction::BASE
    },
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operation {
    Construct,
    Or,
    And,
}

fn binding(arguments: Vec<DataType>, operation: Operation) -> Binding<Arc<dyn AggregateKernel>> {
    Binding {
        arguments,
        returns: DataType::Binary,
        nullable: false,
        kernel: kernel(vec![DataType::Binary], move || Bitmaps {
            operation,
            groups: Vec::new(),
        }),
    }
}

struct Bitmaps {
    operation: Operation,
    groups: Vec<Vec<u8>>,
}

impl Bitmaps {
    fn empty(&self) -> Vec<u8> {
        vec![
            if self.operation == Operation::And {
                0xff
            } else {
                0
            };
            BYTES
        ]
    }

    fn combine(&mut self, bitmaps: &ArrayRef, rows: &Rows) {
        let bitmaps = bitmaps.as_binary_view();
        rows.for_each(|row, group| {
            let bitmap = bitmaps.value(row);
            let own = &mut self.groups[group];
            if self.operation == Operation::And {
                // A shorter bitmap has no bits behind its end.
                let shorter = bitmap.len().min(BYTES);
                own.iter_mut()
                    .zip(bitmap)
                    .for_each(|(own, other)| *own &= other);
                own[shorter..].fill(0);
            } else {
                own.iter_mut()
                    .zip(bitmap)
                    .for_each(|(own, other)| *own |= other);
            }
        });
    }
}

impl Accumulator for Bitmaps {
    fn resize(&mut self, groups: usize) {
        let empty = self.empty();
        self.groups.resize(groups, empty);
    }

    fn update(
        &mut self,
        arguments: &[Column],
        group_of_row: &[u32],
        filter: Option<&BooleanArray>,
    ) -> Result<()> {
        let array = arguments[0].to_array(group_of_row.len());
        let rows = Rows::new(group_of_row, self.groups.len(), &[&array], filter);
        if self.operation != Operation::Construct {
            self.combine(&array, &rows);
            return Ok(());
        }
        let positions = array.as_primitive::<Int64Type>().values();
        let mut invalid = None;
        rows.for_each(|row, group| match usize::try_from(positions[row]) {
            Ok(bit) if bit < BYTES * 8 => self.groups[group][bit / 8] |= 1 << (bit % 8),
            _ => invalid = Some(positions[row]),
        });
        match invalid {
            None => Ok(()),
            Some(position) => Err(Error::new(
                &INVALID_BITMAP_POSITION,
                [
                    ("bitPosition", position.to_string()),
                    ("bitmapNumBytes", BYTES.to_string()),
                    ("bitmapNumBits", (BYTES * 8).to_string()),
                ],
            )),
        }
    }

    fn merge(&mut self, states: &[ArrayRef], group_of_row: &[u32]) -> Result<()> {
        let rows = Rows::new(group_of_row, self.groups.len(), &[&states[0]], None);
        self.combine(&states[0], &rows);
        Ok(())
    }

    fn states(&self) -> Result<Vec<ArrayRef>> {
        Ok(vec![self.finish(0..self.groups.len())?])
    }

    fn finish(&self, groups: Range<usize>) -> Result<ArrayRef> {
        let bitmaps = self.groups[groups]
            .iter()
            .map(|bitmap| Some(bitmap.as_slice()));
        Ok(Arc::new(bitmaps.collect::<BinaryViewArray>()))
    }

    fn reset(&mut self) {
        let empty = self.empty();
        self.groups.fill(empty);
    }

    fn bytes(&self) -> usize {
        vec_bytes(&self.groups) + self.groups.len() * BYTES
    }
}
