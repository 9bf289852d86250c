//! Numbers, ranks and distributions: what a row's place in its partition says.

use super::{FrameRule, PartitionView, Partitions, WindowFunction, WindowKernel};
use crate::error::Result;
use crate::functions::scalar::{Arity, Display};
use crate::functions::signature::{
    constant, expect_arguments, unexpected_null, value_out_of_range,
};
use crate::functions::{BindContext, Binding, BoundArgument, Doc};
use crate::kernel::Column;
use crate::types::DataType;
use crate::types::coercion::Expected;
use arrow::array::{ArrayRef, Float64Array, Int32Array};
use std::sync::Arc;

#[rustfmt::skip]
pub(super) static FUNCTIONS: &[WindowFunction] = &[
    WindowFunction {
        name: "row_number",
        doc: Doc {
            usage: "_FUNC_() - Numbers the rows of each window partition from 1, in its order.",
            examples: &[(
                "SELECT a, b, row_number() OVER (PARTITION BY a ORDER BY b) FROM VALUES ('A1', 2), ('A1', 1), \
                 ('A2', 3), ('A1', 1) tab(a, b)",
                "A1\t1\t1\nA1\t1\t2\nA1\t2\t3\nA2\t3\t1",
            )],
            ..DOC
        },
        bind: bind_row_number,
        ..WindowFunction::BASE
    },
    WindowFunction {
        name: "rank",
        doc: Doc {
            usage: "_FUNC_() - Returns the rank of a row: one more than the number of rows before it that \
                    are not its peers. Peers share a rank and leave a gap behind it.",
            examples: &[(
                "SELECT a, b, rank() OVER (PARTITION BY a ORDER BY b) FROM VALUES ('A1', 2), ('A1', 1), \
                 ('A2', 3), ('A1', 1) tab(a, b)",
                "A1\t1\t1\nA1\t1\t1\nA1\t2\t3\nA2\t3\t1",
            )],
            ..DOC
        },
        display: Display::Custom(|_, _| "RANK()".to_string()),
        bind: |context, arguments| bind_rank(context, arguments, |_, start| start as i32 + 1),
        ..WindowFunction::BASE
    },
    WindowFunction {
        name: "dense_rank",
        doc: Doc {
            usage: "_FUNC_() - Returns the rank of a row without gaps: the number of its peer group.",
            examples: &[(
                "SELECT a, b, dense_rank() OVER (PARTITION BY a ORDER BY b) FROM VALUES ('A1', 2), ('A1', 1), \
                 ('A2', 3), ('A1', 1) tab(a, b)",
                "A1\t1\t1\nA1\t1\t1\nA1\t2\t2\nA2\t3\t1",
            )],
            ..DOC
        },
        display: Display::Custom(|_, _| "DENSE_RANK()".to_string()),
        bind: |context, arguments| bind_rank(context, arguments, |number, _| number as i32 + 1),
        ..WindowFunction::BASE
    },
    WindowFunction {
        name: "percent_rank",
        doc: Doc {
            usage: "_FUNC_() - Returns the rank of a row as a share of the partition: (rank - 1) / \
                    (rows - 1), and 0 for a single row.",
            examples: &[(
                "SELECT a, b, percent_rank() OVER (PARTITION BY a ORDER BY b) FROM VALUES ('A1', 2), ('A1', 1), \
                 ('A2', 3), ('A1', 1) tab(a, b)",
                "A1\t1\t0.0\nA1\t1\t0.0\nA1\t2\t1.0\nA2\t3\t0.0",
            )],
            ..DOC
        },
        display: Display::Custom(|_, _| "PERCENT_RANK()".to_string()),
        bind: |context, arguments| bind_share(context, arguments, |start, _, rows| {
            if rows > 1 { start as f64 / (rows - 1) as f64 } else { 0.0 }
        }),
        ..WindowFunction::BASE
    },
    WindowFunction {
        name: "cume_dist",
        doc: Doc {
            usage: "_FUNC_() - Returns the share of the partition's rows that come before a row or are its \
                    peers.",
            examples: &[(
                "SELECT a, b, cume_dist() OVER (PARTITION BY a ORDER BY b) FROM VALUES ('A1', 2), ('A1', 1), \
                 ('A2', 3), ('A1', 1) tab(a, b)",
                "A1\t1\t0.6666666666666666\nA1\t1\t0.6666666666666666\nA1\t2\t1.0\nA2\t3\t1.0",
            )],
            ..DOC
        },
        frame: FrameRule::Range,
        bind: |context, arguments| bind_share(context, arguments, |_, end, rows| end as f64 / rows as f64),
        ..WindowFunction::BASE
    },
    WindowFunction {
        name: "ntile",
        doc: Doc {
            usage: "_FUNC_(n) - Deals the rows of each window partition into `n` buckets, numbered from 1, \
                    whose sizes differ by at most one.",
            examples: &[(
                "SELECT a, b, ntile(2) OVER (PARTITION BY a ORDER BY b) FROM VALUES ('A1', 2), ('A1', 1), \
                 ('A2', 3), ('A1', 1) tab(a, b)",
                "A1\t1\t1\nA1\t1\t1\nA1\t2\t2\nA2\t3\t1",
            )],
            ..DOC
        },
        arity: Arity::OneOf(&[0, 1]),
        display: Display::Custom(|name, arguments| {
            format!("{name}({})", arguments.first().copied().unwrap_or("1"))
        }),
        bind: bind_ntile,
        ..WindowFunction::BASE
    },
];

const DOC: Doc = WindowFunction::BASE.doc;

type WindowBinding = Binding<Arc<dyn WindowKernel>>;

/// A kernel that needs no arguments: it appends the values of a partition's rows.
struct ByPlace<T, F> {
    uses_peers: bool,
    append: F,
    array: fn(Vec<T>) -> ArrayRef,
}

impl<T, F> WindowKernel for ByPlace<T, F>
where
    F: Fn(&PartitionView, &mut Vec<T>) + Send + Sync,
{
    fn uses_peers(&self) -> bool {
        self.uses_peers
    }

    fn eval(&self, _: &[Column], partitions: &Partitions) -> Result<ArrayRef> {
        let mut values = Vec::with_capacity(partitions.rows());
        for partition in partitions.iter() {
            (self.append)(&partition, &mut values);
        }
        Ok((self.array)(values))
    }
}

fn integer_binding(
    arguments: Vec<DataType>,
    uses_peers: bool,
    append: impl Fn(&PartitionView, &mut Vec<i32>) + Send + Sync + 'static,
) -> WindowBinding {
    Binding {
        arguments,
        returns: DataType::Integer,
        nullable: false,
        kernel: Arc::new(ByPlace {
            uses_peers,
            append,
            array: |values| Arc::new(Int32Array::from(values)),
        }),
    }
}

fn bind_row_number(_: &BindContext, _: &[BoundArgument]) -> Result<WindowBinding> {
    Ok(integer_binding(Vec::new(), false, |partition, values| {
        values.extend(1..=partition.rows.len() as i32);
    }))
}

/// `rank(number, start)` gets the number of the peer group and how many rows lie before it.
fn bind_rank(
    _: &BindContext,
    _: &[BoundArgument],
    rank: fn(usize, usize) -> i32,
) -> Result<WindowBinding> {
    Ok(integer_binding(
        Vec::new(),
        true,
        move |partition, values| {
            per_peer_group(partition, values, |number, start, _| rank(number, start));
        },
    ))
}

/// One value per row that is the same within a peer group: `value(number, start, end)` gets the number of
/// the group and how many rows lie before its first and up to its last row.
fn per_peer_group<T: Copy>(
    partition: &PartitionView,
    values: &mut Vec<T>,
    value: impl Fn(usize, usize, usize) -> T,
) {
    let first = partition.rows.start;
    for (number, peers) in partition.peer_groups().enumerate() {
        let value = value(number, peers.start - first, peers.end - first);
        values.extend(std::iter::repeat_n(value, peers.len()));
    }
}

fn bind_share(
    _: &BindContext,
    _: &[BoundArgument],
    share: fn(start: usize, end: usize, rows: usize) -> f64,
) -> Result<WindowBinding> {
    let append = move |partition: &PartitionView, values: &mut Vec<f64>| {
        let rows = partition.rows.len();
        per_peer_group(partition, values, |_, start, end| share(start, end, rows));
    };
    Ok(Binding {
        arguments: Vec::new(),
        returns: DataType::Double,
        nullable: false,
        kernel: Arc::new(ByPlace {
            uses_peers: true,
            append,
            array: |values| Arc::new(Float64Array::from(values)),
        }),
    })
}

fn bind_ntile(context: &BindContext, arguments: &[BoundArgument]) -> Result<WindowBinding> {
    let buckets = if arguments.is_empty() {
        1
    } else {
        expect_arguments(context, arguments, &[Expected::INT])?;
        let value = constant(context, arguments, 0, "buckets")?;
        let buckets = (value.as_i64()).ok_or_else(|| unexpected_null(context, "buckets"))?;
        if buckets <= 0 {
            let range = format!("(0, {}]", i32::MAX);
            return Err(value_out_of_range(
                context,
                "buckets",
                &range,
                &buckets.to_string(),
            ));
        }
        buckets as usize
    };
    let types = arguments.iter().map(|_| DataType::Integer).collect();
    Ok(integer_binding(types, false, move |partition, values| {
        let rows = partition.rows.len();
        let (size, larger) = (rows / buckets, rows % buckets);
        for bucket in 0..buckets.min(rows) {
            let size = size + usize::from(bucket < larger);
            values.extend(std::iter::repeat_n(bucket as i32 + 1, size));
        }
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::functions::{Function, lookup};
    use crate::types::Value;
    use arrow::array::AsArray;
    use arrow::datatypes::{Float64Type, Int32Type};

    fn eval(name: &str, constants: &[i32]) -> ArrayRef {
        let Some(Function::Window(function)) = lookup(name) else {
            panic!("{name} is no window function")
        };
        let config = Config::default();
        let context = BindContext {
            config: &config,
            name,
            sql: name,
        };
        let arguments: Vec<BoundArgument> = (constants.iter())
            .map(|value| BoundArgument {
                data_type: DataType::Integer,
                nullable: false,
                constant: Some(Value::Integer(*value)),
                sql: value.to_string(),
                is_lambda: false,
                order: None,
            })
            .collect();
        let binding = (function.bind)(&context, &arguments).unwrap();
        // Peers of the second partition: {2, 3}, {4}, {5, 6}.
        let partitions = Partitions {
            ranges: &[0..2, 2..7],
            peer_starts: match binding.kernel.uses_peers() {
                true => &[0, 1, 2, 4, 5],
                false => &[],
            },
            frames: &[],
            ignore_nulls: false,
        };
        binding.kernel.eval(&[], &partitions).unwrap()
    }

    #[test]
    fn ranks() {
        let integers = |name, constants: &[i32]| {
            eval(name, constants)
                .as_primitive::<Int32Type>()
                .values()
                .to_vec()
        };
        assert_eq!(integers("row_number", &[]), [1, 2, 1, 2, 3, 4, 5]);
        assert_eq!(integers("rank", &[]), [1, 2, 1, 1, 3, 4, 4]);
        assert_eq!(integers("dense_rank", &[]), [1, 2, 1, 1, 2, 3, 3]);
        assert_eq!(integers("ntile", &[3]), [1, 2, 1, 1, 2, 2, 3]);
        assert_eq!(integers("ntile", &[9]), [1, 2, 1, 2, 3, 4, 5]);
        let shares = |name| {
            eval(name, &[])
                .as_primitive::<Float64Type>()
                .values()
                .to_vec()
        };
        assert_eq!(
            shares("percent_rank"),
            [0.0, 1.0, 0.0, 0.0, 0.5, 0.75, 0.75]
        );
        assert_eq!(shares("cume_dist"), [0.5, 1.0, 0.4, 0.4, 0.6, 1.0, 1.0]);
    }
}
