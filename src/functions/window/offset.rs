//! `lag`, `lead` and `nth_value`: values of other rows of the partition.

use super::{FrameRule, Partitions, WindowFunction, WindowKernel};
use crate::error::{Error, Result, conditions::LEGACY_1035};
use crate::functions::scalar::{Arity, Display};
use crate::functions::signature::{cast_arguments, constant, value_out_of_range};
use crate::functions::{BindContext, Binding, BoundArgument, Doc};
use crate::kernel::Column;
use crate::types::DataType;
use crate::types::coercion::Expected;
use arrow::array::{
    Array, ArrayRef, BooleanBufferBuilder, UInt32Array, make_array, new_null_array,
};
use arrow::buffer::{NullBuffer, ScalarBuffer};
use arrow::compute::{concat, interleave, take};
use std::ops::Range;
use std::sync::Arc;

#[rustfmt::skip]
pub(super) static FUNCTIONS: &[WindowFunction] = &[
    WindowFunction {
        name: "lag",
        doc: Doc {
            usage: "_FUNC_(input[, offset[, default]]) - Returns the value of `input` at the row `offset` \
                    (1 if missing) rows before the current one, or `default` (NULL if missing) where the \
                    partition has no such row.",
            examples: &[(
                "SELECT a, b, lag(b) OVER (PARTITION BY a ORDER BY b) FROM VALUES ('A1', 2), ('A1', 1), \
                 ('A2', 3), ('A1', 1) tab(a, b)",
                "A1\t1\tNULL\nA1\t1\t1\nA1\t2\t1\nA2\t3\tNULL",
            )],
            ..DOC
        },
        frame: FrameRule::Offset(-1),
        bind: |context, arguments| bind_offset(context, arguments, -1),
        ..OFFSET
    },
    WindowFunction {
        name: "lead",
        doc: Doc {
            usage: "_FUNC_(input[, offset[, default]]) - Returns the value of `input` at the row `offset` \
                    (1 if missing) rows behind the current one, or `default` (NULL if missing) where the \
                    partition has no such row.",
            examples: &[(
                "SELECT a, b, lead(b) OVER (PARTITION BY a ORDER BY b) FROM VALUES ('A1', 2), ('A1', 1), \
                 ('A2', 3), ('A1', 1) tab(a, b)",
                "A1\t1\t1\nA1\t1\t2\nA1\t2\tNULL\nA2\t3\tNULL",
            )],
            ..DOC
        },
        frame: FrameRule::Offset(1),
        bind: |context, arguments| bind_offset(context, arguments, 1),
        ..OFFSET
    },
    WindowFunction {
        name: "nth_value",
        doc: Doc {
            usage: "_FUNC_(input, offset) - Returns the value of `input` at the `offset`-th row of the \
                    window frame, counted from 1, or NULL where the frame is shorter.",
            examples: &[(
                "SELECT a, b, nth_value(b, 2) OVER (PARTITION BY a ORDER BY b) FROM VALUES ('A1', 2), ('A1', 1), \
                 ('A2', 3), ('A1', 1) tab(a, b)",
                "A1\t1\t1\nA1\t1\t1\nA1\t2\t1\nA2\t3\tNULL",
            )],
            group: "window_funcs",
            since: "3.1.0",
        },
        arity: Arity::Exact(2),
        frame: FrameRule::Any,
        requires_order: false,
        allows_ignore_nulls: true,
        bind: bind_nth_value,
        ..WindowFunction::BASE
    },
];

const DOC: Doc = WindowFunction::BASE.doc;

const OFFSET: WindowFunction = WindowFunction {
    arity: Arity::OneOf(&[1, 2, 3]),
    display: Display::Custom(|name, arguments| {
        let argument = |index: usize, missing| arguments.get(index).copied().unwrap_or(missing);
        let (input, offset) = (argument(0, ""), argument(1, "1"));
        format!("{name}({input}, {offset}, {})", argument(2, "NULL"))
    }),
    allows_ignore_nulls: true,
    ..WindowFunction::BASE
};

type WindowBinding = Binding<Arc<dyn WindowKernel>>;

fn bind_offset(
    context: &BindContext,
    arguments: &[BoundArgument],
    sign: i64,
) -> Result<WindowBinding> {
    let input = &arguments[0];
    let offset = match arguments.get(1) {
        None => 1,
        Some(_) => {
            let value = constant(context, arguments, 1, "offset")?;
            // NULL, as Spark reports it.
            let missing = || Error::new(&LEGACY_1035, [("prettyName", context.name)]);
            value.as_i64().ok_or_else(missing)?
        }
    };
    let default = arguments.get(2);
    let mut types = vec![input.data_type.clone()];
    if arguments.len() > 1 {
        types.push(DataType::Integer);
    }
    if default.is_some() && input.data_type == DataType::Null {
        types.push(default.map_or(DataType::Null, |default| default.data_type.clone()));
        types[0] = types[2].clone();
    } else if default.is_some() {
        let expected = [
            Expected::Any,
            Expected::Any,
            Expected::Exact(input.data_type.clone()),
        ];
        types.push(cast_arguments(context, arguments, &expected)?.swap_remove(2));
    }
    Ok(Binding {
        returns: types[0].clone(),
        arguments: types,
        nullable: input.nullable || default.is_none_or(|default| default.nullable),
        kernel: Arc::new(Offset {
            by: offset * sign,
            has_default: default.is_some(),
        }),
    })
}

/// `lag` and `lead`.
struct Offset {
    /// Rows behind the current one; negative for rows before it.
    by: i64,
    has_default: bool,
}

impl Offset {
    /// For every row the row of its partition that its value comes from, if there is one.
    fn sources(&self, values: &ArrayRef, partitions: &Partitions) -> UInt32Array {
        let nulls = values
            .logical_nulls()
            .filter(|nulls| nulls.null_count() > 0);
        match nulls.filter(|_| partitions.ignore_nulls && self.by != 0) {
            None => self.rows_away(partitions),
            Some(nulls) => {
                let mut sources = Vec::with_capacity(partitions.rows());
                for rows in partitions.ranges {
                    self.values_away(&nulls, rows, &mut sources);
                }
                UInt32Array::from(sources)
            }
        }
    }

    fn rows_away(&self, partitions: &Partitions) -> UInt32Array {
        let rows = partitions.rows();
        let last = (rows as i64 - 1).max(0);
        // Some row or other where there is none.
        let source = |row: usize| (row as i64).saturating_add(self.by).clamp(0, last) as u32;
        let sources: Vec<u32> = (0..rows).map(source).collect();
        let valid = self.is_within(partitions);
        UInt32Array::new(ScalarBuffer::from(sources), Some(valid))
    }

    /// Values of fixed width moved as one block: NULL where they come from another partition.
    fn moved(&self, values: &ArrayRef, partitions: &Partitions) -> Result<ArrayRef> {
        let rows = partitions.rows();
        let step = usize::try_from(self.by.unsigned_abs()).unwrap_or(usize::MAX);
        let step = step.min(rows);
        let missing = new_null_array(values.data_type(), step);
        let moved = match self.by < 0 {
            true => concat(&[missing.as_ref(), values.slice(0, rows - step).as_ref()])?,
            false => concat(&[values.slice(step, rows - step).as_ref(), missing.as_ref()])?,
        };
        let nulls = NullBuffer::union(moved.nulls(), Some(&self.is_within(partitions)));
        let data = moved.to_data().into_builder().nulls(nulls).build()?;
        Ok(make_array(data))
    }

    /// For which rows the partition has the row that they ask for.
    fn is_within(&self, partitions: &Partitions) -> NullBuffer {
        let rows = partitions.rows();
        let mut valid = BooleanBufferBuilder::new(rows);
        for rows in partitions.ranges {
            let missing = usize::try_from(self.by.unsigned_abs()).unwrap_or(usize::MAX);
            let missing = missing.min(rows.len());
            if self.by < 0 {
                valid.append_n(missing, false);
            }
            valid.append_n(rows.len() - missing, true);
            if self.by > 0 {
                valid.append_n(missing, false);
            }
        }
        NullBuffer::new(valid.finish())
    }

    /// Only rows with a value count: the k-th of them before or behind the current row.
    fn values_away(&self, nulls: &NullBuffer, rows: &Range<usize>, sources: &mut Vec<Option<u32>>) {
        let valid: Vec<u32> = (rows.clone())
            .filter(|row| nulls.is_valid(*row))
            .map(|row| row as u32)
            .collect();
        let source = |row: usize| {
            let before = valid.partition_point(|valid| (*valid as usize) < row) as i64;
            let here = i64::from(nulls.is_valid(row));
            let place = if self.by < 0 {
                before.checked_add(self.by)?
            } else {
                (before + here).checked_add(self.by - 1)?
            };
            valid.get(usize::try_from(place).ok()?).copied()
        };
        sources.extend(rows.clone().map(source));
    }
}

impl WindowKernel for Offset {
    fn eval(&self, arguments: &[Column], partitions: &Partitions) -> Result<ArrayRef> {
        let rows = partitions.rows();
        let values = arguments[0].to_array(rows);
        let skips_nulls = partitions.ignore_nulls && values.logical_null_count() > 0;
        if !self.has_default && !skips_nulls && values.data_type().is_primitive() {
            return self.moved(&values, partitions);
        }
        let sources = self.sources(&values, partitions);
        if !self.has_default {
            return Ok(take(values.as_ref(), &sources, None)?);
        }
        // The default is taken from the current row.
        let defaults = arguments[2].to_array(rows);
        let places: Vec<(usize, usize)> = (sources.iter().enumerate())
            .map(|(row, source)| source.map_or((1, row), |source| (0, source as usize)))
            .collect();
        Ok(interleave(&[values.as_ref(), defaults.as_ref()], &places)?)
    }
}

fn bind_nth_value(context: &BindContext, arguments: &[BoundArgument]) -> Result<WindowBinding> {
    let value = constant(context, arguments, 1, "offset")?;
    let types = cast_arguments(context, arguments, &[Expected::Any, Expected::INT])?;
    let offset = match value.as_i64() {
        Some(offset) if offset > 0 => offset as usize,
        other => {
            let value = other.map_or("null".to_string(), |offset| format!("{offset}L"));
            let range = format!("(0, {}]", i64::MAX);
            return Err(value_out_of_range(context, "offset", &range, &value));
        }
    };
    Ok(Binding {
        returns: types[0].clone(),
        arguments: types,
        nullable: true,
        kernel: Arc::new(NthValue { offset }),
    })
}

struct NthValue {
    /// Counted from 1.
    offset: usize,
}

impl WindowKernel for NthValue {
    fn eval(&self, arguments: &[Column], partitions: &Partitions) -> Result<ArrayRef> {
        let rows = partitions.rows();
        let values = arguments[0].to_array(rows);
        let nulls = values
            .logical_nulls()
            .filter(|nulls| nulls.null_count() > 0);
        let step = self.offset - 1;
        let sources: Vec<Option<u32>> = match nulls.filter(|_| partitions.ignore_nulls) {
            None => (partitions.frames.iter())
                .map(|frame| {
                    let row = frame.start.checked_add(step)?;
                    frame.contains(&row).then_some(row as u32)
                })
                .collect(),
            Some(nulls) => {
                let valid: Vec<u32> = (0..rows)
                    .filter(|row| nulls.is_valid(*row))
                    .map(|row| row as u32)
                    .collect();
                (partitions.frames.iter())
                    .map(|frame| {
                        let first = valid.partition_point(|row| (*row as usize) < frame.start);
                        let row = *valid.get(first.checked_add(step)?)?;
                        ((row as usize) < frame.end).then_some(row)
                    })
                    .collect()
            }
        };
        Ok(take(values.as_ref(), &UInt32Array::from(sources), None)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{AsArray, Int32Array};
    use arrow::datatypes::Int32Type;

    fn offsets(by: i64, ignore_nulls: bool, default: Option<i32>) -> Vec<Option<i32>> {
        let values = Int32Array::from(vec![
            Some(9),
            Some(1),
            None,
            Some(3),
            None,
            Some(5),
            Some(9),
        ]);
        let mut arguments = vec![Column::Array(Arc::new(values) as ArrayRef)];
        if let Some(default) = default {
            let default: ArrayRef = Arc::new(Int32Array::from(vec![default]));
            arguments.extend([Column::Constant(default.clone()), Column::Constant(default)]);
        }
        let partitions = Partitions {
            ranges: &[0..1, 1..6, 6..7],
            peer_starts: &[],
            frames: &[],
            ignore_nulls,
        };
        let kernel = Offset {
            by,
            has_default: default.is_some(),
        };
        let values = kernel.eval(&arguments, &partitions).unwrap();
        values
            .as_primitive::<Int32Type>()
            .slice(1, 5)
            .iter()
            .collect()
    }

    #[test]
    fn offsets_stay_in_the_partition() {
        assert_eq!(
            offsets(-1, false, None),
            [None, Some(1), None, Some(3), None]
        );
        assert_eq!(
            offsets(2, false, Some(0)),
            [Some(3), None, Some(5), Some(0), Some(0)]
        );
        assert_eq!(
            offsets(-1, true, None),
            [None, Some(1), Some(1), Some(3), Some(3)]
        );
        assert_eq!(
            offsets(1, true, Some(0)),
            [Some(3), Some(3), Some(5), Some(5), Some(0)]
        );
        assert_eq!(offsets(i64::MAX, false, None), [None; 5]);
    }

    #[test]
    fn nth_of_the_frame() {
        let values = Int32Array::from(vec![Some(1), None, Some(3), Some(4)]);
        let arguments = [Column::Array(Arc::new(values) as ArrayRef)];
        let frames = [0..1, 0..2, 0..3, 1..4];
        let mut partitions = Partitions {
            ranges: std::slice::from_ref(&(0..4)),
            peer_starts: &[],
            frames: &frames,
            ignore_nulls: false,
        };
        let kernel = NthValue { offset: 2 };
        let nth = |partitions: &Partitions| -> Vec<Option<i32>> {
            let values = kernel.eval(&arguments, partitions).unwrap();
            values.as_primitive::<Int32Type>().iter().collect()
        };
        assert_eq!(nth(&partitions), [None, None, None, Some(3)]);
        partitions.ignore_nulls = true;
        assert_eq!(nth(&partitions), [None, None, Some(3), Some(4)]);
    }
}
