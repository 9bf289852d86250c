//! `count_min_sketch`: frequencies of values in little memory, as a serialised sketch.
//!
//! A table of counters, `depth` rows of `width`; a value adds one to a counter of each row, picked by a hash
//! function of the row ([paper](https://doi.org/10.1016/j.jalgor.2003.12.001)). Hash functions and bytes are
//! those of Spark's `CountMinSketch`, so that either reads what the other wrote:
//!
//! ```text
//!   version i32 = 1 │ total i64 │ depth i32 │ width i32 │ depth × i64 hash factors │ depth · width × i64 counters
//! ```

use super::kernel::kernel;
use super::rows::Rows;
use super::{Accumulator, AggregateFunction, AggregateKernel, EmptyResult};
use crate::error::{Error, Result};
use crate::functions::scalar::Arity;
use crate::functions::signature::{cast_arguments, constant, unexpected_null, value_out_of_range};
use crate::functions::{BindContext, Binding, BoundArgument, Doc};
use crate::kernel::Column;
use crate::kernel::hash::murmur3;
use crate::kernel::java_random::JavaRandom;
use crate::types::DataType;
use crate::types::coercion::Expected;
use arrow::array::{Array, ArrayRef, AsArray, BinaryViewArray, BooleanArray, Int64Array};
use arrow::compute::cast;
use arrow::datatypes::{DataType as ArrowType, Int64Type};
use std::ops::Range;
use std::sync::Arc;

pub(super) static FUNCTIONS: &[AggregateFunction] = &[AggregateFunction {
    name: "count_min_sketch",
    doc: Doc {
        usage: "_FUNC_(col, eps, confidence, seed) - Returns a count-min sketch of the values that are not \
                NULL as BINARY: frequencies are too high by at most `eps` of the number of values, with \
                probability `confidence`.",
        examples: &[(
            "SELECT hex(count_min_sketch(col, 0.5d, 0.5d, 1)) FROM VALUES (1), (2), (1) AS tab(col)",
            "0000000100000000000000030000000100000004000000005D8D6AB90000000000000000000000000000000200000000\
             000000010000000000000000",
        )],
        group: "agg_funcs",
        since: "2.2.0",
    },
    arity: Arity::Exact(4),
    parameters: &["column", "epsilon", "confidence", "seed"],
    empty: EmptyResult::Computed,
    bind,
    ..AggregateFunction::BASE
}];

static VALUES: &[Expected] = &[Expected::Integral, Expected::STRING, Expected::BINARY];
static SEED: &[Expected] = &[Expected::INT, Expected::BIGINT];

fn bind(
    context: &BindContext,
    arguments: &[BoundArgument],
) -> Result<Binding<Arc<dyn AggregateKernel>>> {
    let expected = [
        Expected::OneOf(VALUES),
        Expected::DOUBLE,
        Expected::DOUBLE,
        Expected::OneOf(SEED),
    ];
    let types = cast_arguments(context, arguments, &expected)?;
    let number = |index: usize, name: &str| {
        let value = constant(context, arguments, index, name)?;
        super::percentile::as_double(value).ok_or_else(|| unexpected_null(context, name))
    };
    let epsilon = number(1, "eps")?;
    if epsilon <= 0.0 {
        let value = format!("{epsilon:?}D");
        return Err(value_out_of_range(
            context,
            "eps",
            "(0.0, 1.7976931348623157E308]",
            &value,
        ));
    }
    let confidence = number(2, "confidence")?;
    if confidence <= 0.0 || confidence >= 1.0 {
        let value = format!("{confidence:?}D");
        return Err(value_out_of_range(
            context,
            "confidence",
            "(0.0, 1.0)",
            &value,
        ));
    }
    let seed = number(3, "seed")? as i64;
    let shape = Shape::new(epsilon, confidence, seed);
    Ok(Binding {
        arguments: types,
        returns: DataType::Binary,
        nullable: false,
        kernel: kernel(vec![DataType::Binary], move || Sketches {
            shape: shape.clone(),
            groups: Vec::new(),
        }),
    })
}

/// What all sketches of a call have in common.
#[derive(Debug, Clone)]
struct Shape {
    width: usize,
    /// One factor for each row.
    factors: Vec<i64>,
}

impl Shape {
    fn new(epsilon: f64, confidence: f64, seed: i64) -> Shape {
        let width = (2.0 / epsilon).ceil() as usize;
        let depth = (-(1.0 - confidence).ln() / 2f64.ln()).ceil() as usize;
        let mut random = JavaRandom::new(seed);
        let factors = (0..depth)
            .map(|_| i64::from(random.next_below(i32::MAX)))
            .collect();
        Shape { width, factors }
    }

    /// The counter that a number has in a row.
    fn of_number(&self, row: usize, value: i64) -> usize {
        let hash = self.factors[row].wrapping_mul(value);
        let hash = hash.wrapping_add(hash >> 32) & i64::from(i32::MAX);
        hash as usize % self.width
    }

    /// The counter that bytes with these two hashes have in a row.
    fn of_hashes(&self, row: usize, first: i32, second: i32) -> usize {
        let hash = first.wrapping_add((row as i32).wrapping_mul(second));
        (i64::from(hash) % self.width as i64).unsigned_abs() as usize
    }
}

/// The sketch of one group.
#[derive(Debug, Clone)]
struct Sketch {
    total: i64,
    counters: Vec<i64>,
}

struct Sketches {
    shape: Shape,
    groups: Vec<Sketch>,
}

impl Sketches {
    fn empty(&self) -> Sketch {
        Sketch {
            total: 0,
            counters: vec![0; self.shape.width * self.shape.factors.len()],
        }
    }

    fn write(&self, sketch: &Sketch) -> Vec<u8> {
        let mut bytes = 1i32.to_be_bytes().to_vec();
        bytes.extend(sketch.total.to_be_bytes());
        bytes.extend((self.shape.factors.len() as i32).to_be_bytes());
        bytes.extend((self.shape.width as i32).to_be_bytes());
        let longs = self.shape.factors.iter().chain(&sketch.counters);
        bytes.extend(longs.flat_map(|long| long.to_be_bytes()));
        bytes
    }
}

impl Accumulator for Sketches {
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
        let values = arguments[0].to_array(group_of_row.len());
        let rows = Rows::new(group_of_row, self.groups.len(), &[&values], filter);
        let depth = self.shape.factors.len();
        let (shape, groups) = (&self.shape, &mut self.groups);
        let mut add = |group: usize, counter: &dyn Fn(usize) -> usize| {
            let sketch: &mut Sketch = &mut groups[group];
            sketch.total += 1;
            for row in 0..depth {
                sketch.counters[row * shape.width + counter(row)] += 1;
            }
        };
        if matches!(
            values.data_type(),
            ArrowType::Utf8View | ArrowType::BinaryView
        ) {
            let first = murmur3(std::slice::from_ref(&values), values.len(), 0)?;
            let mut second = Vec::with_capacity(first.len());
            for (row, seed) in first.iter().enumerate() {
                second.extend(murmur3(&[values.slice(row, 1)], 1, *seed)?);
            }
            rows.for_each(|row, group| {
                add(group, &|line| {
                    shape.of_hashes(line, first[row], second[row])
                });
            });
            return Ok(());
        }
        let longs = cast(&values, &ArrowType::Int64)?;
        let longs: &Int64Array = longs.as_primitive::<Int64Type>();
        rows.for_each_value(longs.values(), |value, group| {
            add(group, &|line| shape.of_number(line, value));
        });
        Ok(())
    }

    fn merge(&mut self, states: &[ArrayRef], group_of_row: &[u32]) -> Result<()> {
        let states = states[0].as_binary_view();
        // Behind version, total, depth, width and the factors.
        let header = 20 + 8 * self.shape.factors.len();
        let long = |bytes: &[u8]| bytes.try_into().map(i64::from_be_bytes);
        for (row, group) in group_of_row.iter().enumerate() {
            let bytes = states.value(row);
            let sketch = &mut self.groups[*group as usize];
            let total = bytes.get(4..12).map(long);
            let counters = bytes.get(header..).unwrap_or(&[]).chunks_exact(8).map(long);
            let (Some(Ok(total)), true) = (total, counters.len() == sketch.counters.len()) else {
                return Err(Error::internal("a count-min sketch of another shape"));
            };
            sketch.total += total;
            for (own, other) in sketch.counters.iter_mut().zip(counters) {
                *own += other.map_err(Error::internal)?;
            }
        }
        Ok(())
    }

    fn states(&self) -> Result<Vec<ArrayRef>> {
        Ok(vec![self.finish(0..self.groups.len())?])
    }

    fn finish(&self, groups: Range<usize>) -> Result<ArrayRef> {
        let sketches = self.groups[groups]
            .iter()
            .map(|sketch| Some(self.write(sketch)));
        Ok(Arc::new(sketches.collect::<BinaryViewArray>()))
    }

    fn reset(&mut self) {
        let empty = self.empty();
        self.groups.fill(empty);
    }

    fn bytes(&self) -> usize {
        self.groups.len() * self.shape.width * self.shape.factors.len() * size_of::<i64>()
    }
}
