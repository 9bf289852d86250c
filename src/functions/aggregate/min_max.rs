//! `min` and `max`.
//!
//! Fixed-width values are kept in a plain vector, strings and binaries as one owned buffer a group (rewritten
//! only when a better value comes), everything else (structs, arrays) as comparable row bytes.

use super::kernel::{boxed_kernel, conform, downcast, null_buffer, primitive, vec_bytes};
use super::rows::{Rows, Seen, counted};
use super::value_store::ValueStore;
use super::{Accumulator, AggregateFunction, AggregateKernel, Frames, frames};
use crate::error::Result;
use crate::functions::signature::not_orderable;
use crate::functions::{BindContext, Binding, BoundArgument, Doc};
use crate::kernel::Column;
use crate::kernel::view::Head;
use crate::types::{DataType, arrow_type};
use arrow::array::{
    Array, ArrayRef, ArrowPrimitiveType, BinaryViewArray, BooleanArray, PrimitiveArray,
    StringViewArray, new_null_array,
};
use arrow::buffer::BooleanBuffer;
use arrow::datatypes::{
    DataType as ArrowType, Date32Type, Decimal64Type, Decimal128Type, DurationMicrosecondType,
    Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, IntervalYearMonthType,
    TimestampMicrosecondType,
};
use arrow::row::{RowConverter, SortField};
use std::marker::PhantomData;
use std::ops::Range;
use std::sync::Arc;

pub(super) static FUNCTIONS: &[AggregateFunction] = &[
    AggregateFunction {
        name: "max",
        doc: Doc {
            usage: "_FUNC_(expr) - Returns the largest value; NaN is larger than any other number.",
            examples: &[
                (
                    "SELECT max(col) FROM VALUES (10), (50), (20) AS tab(col)",
                    "50",
                ),
                (
                    "SELECT max(col) FROM VALUES ('b'), (NULL), ('a') AS tab(col)",
                    "b",
                ),
            ],
            group: "agg_funcs",
            since: "1.0.0",
        },
        ignores_duplicates: true,
        bind: |context, arguments| bind(context, arguments, true),
        ..AggregateFunction::BASE
    },
    AggregateFunction {
        name: "min",
        doc: Doc {
            usage: "_FUNC_(expr) - Returns the smallest value.",
            examples: &[
                (
                    "SELECT min(col) FROM VALUES (10), (-1), (20) AS tab(col)",
                    "-1",
                ),
                (
                    "SELECT min(col) FROM VALUES ('b'), (NULL), ('a') AS tab(col)",
                    "a",
                ),
            ],
            group: "agg_funcs",
            since: "1.0.0",
        },
        ignores_duplicates: true,
        bind: |context, arguments| bind(context, arguments, false),
        ..AggregateFunction::BASE
    },
];

/// Checks that values of an argument can be put in order.
pub(super) fn require_orderable(context: &BindContext, argument: &BoundArgument) -> Result<()> {
    if argument.data_type.is_orderable() {
        Ok(())
    } else {
        Err(not_orderable(context, &argument.data_type))
    }
}

fn bind(
    context: &BindContext,
    arguments: &[BoundArgument],
    max: bool,
) -> Result<Binding<Arc<dyn AggregateKernel>>> {
    require_orderable(context, &arguments[0])?;
    let data_type = arguments[0].data_type.clone();
    let returns = data_type.clone();
    Ok(Binding {
        arguments: vec![data_type.clone()],
        kernel: boxed_kernel(vec![data_type], move || accumulator(&returns, max)),
        returns: arguments[0].data_type.clone(),
        nullable: true,
    })
}

/// The largest or smallest truth value.
pub(super) fn truth(max: bool) -> Arc<dyn AggregateKernel> {
    boxed_kernel(vec![DataType::Boolean], move || {
        accumulator(&DataType::Boolean, max)
    })
}

fn accumulator(data_type: &DataType, max: bool) -> Box<dyn Accumulator> {
    if max {
        accumulator_of::<Largest>(data_type)
    } else {
        accumulator_of::<Smallest>(data_type)
    }
}

fn accumulator_of<D: Direction>(data_type: &DataType) -> Box<dyn Accumulator> {
    fn fixed<T: ArrowPrimitiveType, D: Direction>(data_type: &DataType) -> Box<dyn Accumulator>
    where
        T::Native: Ordered,
    {
        Box::new(Fixed::<T, D> {
            data_type: data_type.clone(),
            best: Vec::new(),
            seen: Seen::default(),
            phantom: PhantomData,
        })
    }
    match data_type {
        DataType::Boolean => Box::new(Booleans::<D> {
            best: Vec::new(),
            seen: Seen::default(),
            phantom: PhantomData,
        }),
        DataType::Byte => fixed::<Int8Type, D>(data_type),
        DataType::Short => fixed::<Int16Type, D>(data_type),
        DataType::Integer => fixed::<Int32Type, D>(data_type),
        DataType::Long => fixed::<Int64Type, D>(data_type),
        DataType::Float => fixed::<Float32Type, D>(data_type),
        DataType::Double => fixed::<Float64Type, D>(data_type),
        DataType::Decimal { .. } => match arrow_type(data_type) {
            ArrowType::Decimal64(_, _) => fixed::<Decimal64Type, D>(data_type),
            _ => fixed::<Decimal128Type, D>(data_type),
        },
        DataType::Date => fixed::<Date32Type, D>(data_type),
        DataType::Timestamp | DataType::TimestampNtz => {
            fixed::<TimestampMicrosecondType, D>(data_type)
        }
        DataType::YearMonthInterval { .. } => fixed::<IntervalYearMonthType, D>(data_type),
        DataType::DayTimeInterval { .. } => fixed::<DurationMicrosecondType, D>(data_type),
        DataType::String | DataType::Char(_) | DataType::Varchar(_) => {
            Box::new(Bytes::<D>::new(true))
        }
        DataType::Binary => Box::new(Bytes::<D>::new(false)),
        other => Box::new(General::<D>::new(other)),
    }
}

/// Which of two values wins.
trait Direction: Send + 'static {
    const MAX: bool;
}

struct Largest;
struct Smallest;

impl Direction for Largest {
    const MAX: bool = true;
}

impl Direction for Smallest {
    const MAX: bool = false;
}

/// Spark's order of values: NaN largest, -0.0 equal to 0.0.
trait Ordered: Copy + Send + 'static {
    /// Larger than or equal to every other value.
    const LARGEST: Self;
    /// Smaller than or equal to every other value.
    const SMALLEST: Self;
    fn greater(self, other: Self) -> bool;
}

macro_rules! ordered_integers {
    ($($type:ty),*) => {
        $(impl Ordered for $type {
            const LARGEST: Self = <$type>::MAX;
            const SMALLEST: Self = <$type>::MIN;
            #[inline(always)]
            fn greater(self, other: Self) -> bool {
                self > other
            }
        })*
    };
}
ordered_integers!(i8, i16, i32, i64, i128);

macro_rules! ordered_floats {
    ($($type:ty),*) => {
        $(impl Ordered for $type {
            const LARGEST: Self = <$type>::NAN;
            const SMALLEST: Self = <$type>::NEG_INFINITY;
            #[inline(always)]
            fn greater(self, other: Self) -> bool {
                self > other || (self.is_nan() && !other.is_nan())
            }
        })*
    };
}
ordered_floats!(f32, f64);

#[inline(always)]
fn better<D: Direction, V: Ordered>(new: V, old: V) -> bool {
    if D::MAX {
        new.greater(old)
    } else {
        old.greater(new)
    }
}

/// Fixed-width values.
struct Fixed<T: ArrowPrimitiveType, D> {
    data_type: DataType,
    best: Vec<T::Native>,
    seen: Seen,
    phantom: PhantomData<D>,
}

impl<T: ArrowPrimitiveType, D: Direction> Fixed<T, D>
where
    T::Native: Ordered,
{
    /// What loses against, or equals, any value.
    const WORST: T::Native = if D::MAX {
        T::Native::SMALLEST
    } else {
        T::Native::LARGEST
    };

    fn add(&mut self, array: &ArrayRef, rows: &Rows) -> Result<()> {
        let array = conform(array.clone(), &arrow_type(&self.data_type))?;
        let values: &[T::Native] = downcast::<PrimitiveArray<T>>(&array)?.values();
        let best = self.best.as_mut_slice();
        if rows.is_single_group() {
            let mut winner = best[0];
            rows.for_each_value(values, |value, _| {
                winner = if better::<D, _>(value, winner) {
                    value
                } else {
                    winner
                };
            });
            best[0] = winner;
        } else {
            rows.for_each_value(values, |value, group| {
                if better::<D, _>(value, best[group]) {
                    best[group] = value;
                }
            });
        }
        self.seen.mark(rows);
        Ok(())
    }
}

impl<T: ArrowPrimitiveType, D: Direction> Accumulator for Fixed<T, D>
where
    T::Native: Ordered,
{
    fn resize(&mut self, groups: usize) {
        self.best.resize(groups, Self::WORST);
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

    fn scan(
        &mut self,
        arguments: &[Column],
        filter: Option<&BooleanArray>,
        frames: &Frames,
    ) -> Result<bool> {
        let rows = frames.of_row.len();
        let array = arguments[0].to_array(rows);
        let mask = counted(&[&array], filter);
        let array = conform(array, &arrow_type(&self.data_type))?;
        let values: &[T::Native] = downcast::<PrimitiveArray<T>>(&array)?.values();
        let wins = |new: usize, old: usize| better::<D, _>(values[new], values[old]);
        let winners = frames::winners(frames, mask.as_ref(), wins);
        let value = |winner: &u32| values.get(*winner as usize).copied();
        self.best = winners
            .iter()
            .map(|winner| value(winner).unwrap_or(Self::WORST))
            .collect();
        self.seen
            .assign(winners.iter().map(|winner| *winner != frames::NO_ROW));
        Ok(true)
    }

    fn finish(&self, groups: Range<usize>) -> Result<ArrayRef> {
        let valid = &self.seen[groups.clone()];
        Ok(primitive::<T>(
            &self.data_type,
            self.best[groups].to_vec(),
            valid,
        ))
    }

    fn reset(&mut self) {
        self.best.fill(Self::WORST);
        self.seen.reset();
    }

    fn bytes(&self) -> usize {
        vec_bytes(&self.best) + self.seen.bytes()
    }
}

/// Truth values: `false` is smaller.
struct Booleans<D> {
    best: Vec<bool>,
    seen: Seen,
    phantom: PhantomData<D>,
}

impl<D: Direction> Booleans<D> {
    fn add(&mut self, array: &ArrayRef, rows: &Rows) -> Result<()> {
        let values = downcast::<BooleanArray>(array)?;
        rows.for_each(|row, group| {
            if D::MAX {
                self.best[group] |= values.value(row);
            } else {
                self.best[group] &= values.value(row);
            }
        });
        self.seen.mark(rows);
        Ok(())
    }
}

impl<D: Direction> Accumulator for Booleans<D> {
    fn resize(&mut self, groups: usize) {
        self.best.resize(groups, !D::MAX);
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
        let values = BooleanBuffer::from(&self.best[groups.clone()]);
        let nulls = null_buffer(&self.seen[groups]);
        Ok(Arc::new(BooleanArray::new(values, nulls)))
    }

    fn reset(&mut self) {
        self.best.fill(!D::MAX);
        self.seen.reset();
    }

    fn bytes(&self) -> usize {
        vec_bytes(&self.best) + self.seen.bytes()
    }
}

/// Strings and binaries, in the order of their bytes.
struct Bytes<D> {
    is_string: bool,
    best: Vec<Vec<u8>>,
    /// What the view of each says about its place, which decides most comparisons.
    heads: Vec<Head>,
    seen: Seen,
    /// Bytes in the buffers of `best`.
    held: usize,
    phantom: PhantomData<D>,
}

impl<D: Direction> Bytes<D> {
    fn new(is_string: bool) -> Self {
        Bytes {
            is_string,
            best: Vec::new(),
            heads: Vec::new(),
            seen: Seen::default(),
            held: 0,
            phantom: PhantomData,
        }
    }

    fn add(&mut self, array: &ArrayRef, rows: &Rows) -> Result<()> {
        if self.is_string {
            let values = downcast::<StringViewArray>(array)?;
            let value = |row| values.value(row).as_bytes();
            self.add_values(values.views(), rows, value);
        } else {
            let values = downcast::<BinaryViewArray>(array)?;
            self.add_values(values.views(), rows, |row| values.value(row));
        }
        Ok(())
    }

    fn add_values<'a>(&mut self, views: &[u128], rows: &Rows, value: impl Fn(usize) -> &'a [u8]) {
        if rows.is_single_group() {
            // Only the batch's winner is copied.
            let mut winner: Option<(Head, &[u8])> = None;
            rows.for_each_row(|row| {
                let head = Head::of(views[row]);
                if winner.is_none_or(|(known, old)| beats::<D>(head, || value(row), known, old)) {
                    winner = Some((head, value(row)));
                }
            });
            if let Some((head, winner)) = winner {
                self.offer(head, || winner, 0);
            }
            return;
        }
        rows.for_each(|row, group| self.offer(Head::of(views[row]), || value(row), group));
    }

    #[inline]
    fn offer<'a>(&mut self, head: Head, new: impl Fn() -> &'a [u8], group: usize) {
        if self.seen[group] && !beats::<D>(head, &new, self.heads[group], &self.best[group]) {
            return;
        }
        self.seen.mark_group(group);
        self.heads[group] = head;
        let best = &mut self.best[group];
        let before = best.capacity();
        best.clear();
        best.extend_from_slice(new());
        self.held += best.capacity() - before;
    }
}

/// Whether a string comes before another (or, of the largest, behind).
#[inline]
fn beats<'a, D: Direction>(
    head: Head,
    new: impl Fn() -> &'a [u8],
    old_head: Head,
    old: &[u8],
) -> bool {
    if head.decides(old_head) {
        return wins::<D, _>(&head, &old_head);
    }
    wins::<D, _>(new(), old)
}

#[inline]
fn wins<D: Direction, T: Ord + ?Sized>(new: &T, old: &T) -> bool {
    if D::MAX { new > old } else { new < old }
}

impl<D: Direction> Accumulator for Bytes<D> {
    fn resize(&mut self, groups: usize) {
        self.best.resize(groups, Vec::new());
        self.heads.resize(groups, Head::default());
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
        let value = |group: usize| self.seen[group].then(|| self.best[group].as_slice());
        let array: BinaryViewArray = groups.map(value).collect();
        if self.is_string {
            return Ok(Arc::new(array.to_string_view()?));
        }
        Ok(Arc::new(array))
    }

    fn reset(&mut self) {
        self.best.iter_mut().for_each(Vec::clear);
        self.seen.reset();
    }

    fn bytes(&self) -> usize {
        vec_bytes(&self.best) + vec_bytes(&self.heads) + self.seen.bytes() + self.held
    }
}

/// Values of any type, kept as they are with their comparable bytes.
struct General<D> {
    data_type: DataType,
    values: ValueStore,
    /// The winner of each group in Arrow's row format, which compares like the values; empty for none.
    keys: Vec<Box<[u8]>>,
    phantom: PhantomData<D>,
}

impl<D: Direction> General<D> {
    fn new(data_type: &DataType) -> Self {
        General {
            data_type: data_type.clone(),
            values: ValueStore::new(data_type),
            keys: Vec::new(),
            phantom: PhantomData,
        }
    }

    fn add(&mut self, array: &ArrayRef, rows: &Rows) -> Result<()> {
        if self.data_type == DataType::Null {
            return Ok(());
        }
        let converter = RowConverter::new(vec![SortField::new(array.data_type().clone())])?;
        let keys = converter.convert_columns(std::slice::from_ref(array))?;
        let mut winners: Vec<(u32, u32)> = Vec::new();
        rows.for_each(|row, group| {
            let key = keys.row(row);
            let old = &self.keys[group];
            if old.is_empty() || wins::<D, [u8]>(key.as_ref(), old) {
                self.keys[group] = key.as_ref().into();
                winners.push((group as u32, row as u32));
            }
        });
        self.values.assign(array, &winners)
    }
}

impl<D: Direction> Accumulator for General<D> {
    fn resize(&mut self, groups: usize) {
        self.values.resize(groups);
        self.keys.resize(groups, Box::default());
    }

    fn update(
        &mut self,
        arguments: &[Column],
        group_of_row: &[u32],
        filter: Option<&BooleanArray>,
    ) -> Result<()> {
        let array = arguments[0].to_array(group_of_row.len());
        let rows = Rows::new(group_of_row, self.keys.len(), &[&array], filter);
        self.add(&array, &rows)
    }

    fn merge(&mut self, states: &[ArrayRef], group_of_row: &[u32]) -> Result<()> {
        let rows = Rows::new(group_of_row, self.keys.len(), &[&states[0]], None);
        self.add(&states[0], &rows)
    }

    fn states(&self) -> Result<Vec<ArrayRef>> {
        Ok(vec![self.finish(0..self.keys.len())?])
    }

    fn finish(&self, groups: Range<usize>) -> Result<ArrayRef> {
        if self.data_type == DataType::Null {
            return Ok(new_null_array(&ArrowType::Null, groups.len()));
        }
        self.values.gather(groups)
    }

    fn reset(&mut self) {
        self.values.reset();
        self.keys.fill(Box::default());
    }

    fn bytes(&self) -> usize {
        let keys: usize = self.keys.iter().map(|key| key.len()).sum();
        self.values.bytes() + vec_bytes(&self.keys) + keys
    }
}
