//! `sum` and `try_sum`.
//!
//! Integers add up in 64 bits, decimals in 128, floats in double precision in the order they come (so that
//! results are Spark's to the last digit). The state of every kind is a sum and whether anything was added;
//! a sum that no longer fits is remembered as NULL-but-not-empty, and what becomes of it is [`Overflow`]'s
//! to say:
//!
//! ```text
//!                  ANSI     non-ANSI   try_sum
//!   integers       Error    Wrap       Null
//!   decimals       Error    Null       Null
//!   intervals      Error    Error      Null
//!   float, double  infinity, never an overflow
//! ```

use super::few_groups;
use super::frames::SumFrames;
use super::kernel::{booleans, boxed_kernel, conform, decimals, downcast, primitive, vec_bytes};
use super::rows::{Rows, Seen, counted};
use super::{Accumulator, AggregateFunction, AggregateKernel, FrameKind, Frames};
use crate::error::conditions::{ARITHMETIC_OVERFLOW, INTERVAL_ARITHMETIC_OVERFLOW_WITH_SUGGESTION};
use crate::error::{Error, Result, quote};
use crate::functions::signature::unexpected_type;
use crate::functions::{BindContext, Binding, BoundArgument, Doc};
use crate::kernel::Column;
use crate::types::DataType;
use arrow::array::{Array, ArrayRef, ArrowPrimitiveType, BooleanArray, PrimitiveArray};
use arrow::buffer::BooleanBuffer;
use arrow::datatypes::{
    DataType as ArrowType, Decimal64Type, Decimal128Type, DurationMicrosecondType, Float32Type,
    Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, IntervalYearMonthType,
};
use hashbrown::HashSet;
use std::marker::PhantomData;
use std::ops::Range;
use std::sync::Arc;

pub(super) static FUNCTIONS: &[AggregateFunction] = &[
    AggregateFunction {
        name: "sum",
        doc: Doc {
            usage: "_FUNC_(expr) - Returns the sum of the values that are not NULL.",
            examples: &[
                (
                    "SELECT sum(col) FROM VALUES (5), (10), (15) AS tab(col)",
                    "30",
                ),
                (
                    "SELECT sum(col) FROM VALUES (NULL), (10), (15) AS tab(col)",
                    "25",
                ),
                (
                    "SELECT sum(col) FROM VALUES (NULL), (NULL) AS tab(col)",
                    "NULL",
                ),
            ],
            group: "agg_funcs",
            since: "1.0.0",
        },
        bind: |context, arguments| bind(context, arguments, false),
        ..AggregateFunction::BASE
    },
    AggregateFunction {
        name: "try_sum",
        doc: Doc {
            usage: "_FUNC_(expr) - Returns the sum of the values that are not NULL, or NULL where it does \
                    not fit the result type.",
            examples: &[
                (
                    "SELECT try_sum(col) FROM VALUES (5), (10), (15) AS tab(col)",
                    "30",
                ),
                (
                    "SELECT try_sum(col) FROM VALUES (9223372036854775807L), (1L) AS tab(col)",
                    "NULL",
                ),
            ],
            group: "agg_funcs",
            since: "3.3.0",
        },
        bind: |context, arguments| bind(context, arguments, true),
        ..AggregateFunction::BASE
    },
];

/// What becomes of a sum that does not fit its type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Overflow {
    /// An error of the query.
    Error,
    /// Two's complement.
    Wrap,
    /// NULL.
    Null,
}

/// What sums and averages take, as Spark prints it.
pub(super) const SUMMABLE: &str = "\"NUMERIC\" or \"ANSI INTERVAL\"";

/// The type in which an argument is added up: strings and NULL as doubles.
pub(super) fn summand_type(context: &BindContext, arguments: &[BoundArgument]) -> Result<DataType> {
    match &arguments[0].data_type {
        DataType::Null | DataType::String | DataType::Char(_) | DataType::Varchar(_) => {
            Ok(DataType::Double)
        }
        t if t.is_numeric() || t.is_ansi_interval() => Ok(t.clone()),
        _ => Err(unexpected_type(context, arguments, 0, SUMMABLE)),
    }
}

/// The type of a sum: BIGINT for integers, ten more digits for decimals.
pub(super) fn sum_type(summand: &DataType) -> DataType {
    match summand {
        DataType::Decimal { precision, scale } => {
            DataType::decimal((precision + 10).min(38), *scale)
        }
        t if t.is_integral() => DataType::Long,
        DataType::Float => DataType::Double,
        t => t.clone(),
    }
}

fn bind(
    context: &BindContext,
    arguments: &[BoundArgument],
    is_try: bool,
) -> Result<Binding<Arc<dyn AggregateKernel>>> {
    let summand = summand_type(context, arguments)?;
    let returns = sum_type(&summand);
    let overflow = match (&returns, is_try, context.config.ansi()) {
        (_, true, _) => Overflow::Null,
        (DataType::Long, false, false) => Overflow::Wrap,
        (DataType::Decimal { .. }, false, false) => Overflow::Null,
        (_, false, _) => Overflow::Error,
    };
    let result = returns.clone();
    Ok(Binding {
        arguments: vec![summand],
        kernel: boxed_kernel(vec![returns.clone(), DataType::Boolean], move || {
            let result = result.clone();
            match result {
                DataType::Decimal { .. } => {
                    Box::new(SumAccumulator::<Decimal128Type>::new(result, overflow))
                }
                DataType::Double => Box::new(SumAccumulator::<Float64Type>::new(result, overflow)),
                DataType::YearMonthInterval { .. } => {
                    Box::new(SumAccumulator::<IntervalYearMonthType>::new(
                        result, overflow,
                    ))
                }
                DataType::DayTimeInterval { .. } => {
                    Box::new(SumAccumulator::<DurationMicrosecondType>::new(
                        result, overflow,
                    ))
                }
                _ => Box::new(SumAccumulator::<Int64Type>::new(result, overflow)),
            }
        }),
        returns,
        nullable: true,
    })
}

/// A number that sums are kept in.
pub(super) trait SumState: Copy + Default + PartialEq + Send + Sync + 'static {
    /// The largest absolute value below which all sums are exact.
    const LIMIT: u128;
    /// Adds in two's complement and says whether that overflowed.
    fn add(&mut self, other: Self) -> bool;
    /// Takes away what was added, where sums are exact.
    fn subtract(&mut self, other: Self);
    /// Its absolute value; None where sums are rounded.
    fn magnitude(self) -> Option<u128>;
    /// The number in 64 bits, and something other than 0 if it has more than [`few_groups::SMALL_BITS`]; None where
    /// sums of a batch may not be made apart: they are rounded, or their type has less than 64 bits.
    fn small(self) -> Option<(i64, u64)> {
        None
    }
    /// A sum of small numbers.
    fn of_small(_: i64) -> Self {
        Self::default()
    }
}

macro_rules! integer_state {
    ($($type:ty { $($small:tt)* }),*) => {
        $(impl SumState for $type {
            const LIMIT: u128 = <$type>::MAX as u128;
            #[inline(always)]
            fn add(&mut self, other: Self) -> bool {
                let (sum, overflowed) = self.overflowing_add(other);
                *self = sum;
                overflowed
            }
            #[inline(always)]
            fn subtract(&mut self, other: Self) {
                *self = self.wrapping_sub(other);
            }
            #[inline(always)]
            fn magnitude(self) -> Option<u128> {
                Some(self.unsigned_abs() as u128)
            }
            $($small)*
        })*
    };
}
/// Half of what [`few_groups::SMALL_BITS`] can tell apart: added to a small number it leaves no sign.
const HALF: i64 = 1 << (few_groups::SMALL_BITS - 1);
integer_state!(
    i32 {},
    i64 {
        #[inline(always)]
        fn small(self) -> Option<(i64, u64)> {
            let excess = (self.wrapping_add(HALF) as u64) >> few_groups::SMALL_BITS;
            Some((self, excess))
        }
        fn of_small(sum: i64) -> i64 {
            sum
        }
    },
    i128 {
        #[inline(always)]
        fn small(self) -> Option<(i64, u64)> {
            let low = self as i64;
            let high = (self >> 64) as i64;
            let excess = (low.wrapping_add(HALF) as u64) >> few_groups::SMALL_BITS;
            Some((low, excess | (high ^ (low >> 63)) as u64))
        }
        fn of_small(sum: i64) -> i128 {
            i128::from(sum)
        }
    }
);

impl SumState for f64 {
    const LIMIT: u128 = 0;
    #[inline(always)]
    fn add(&mut self, other: Self) -> bool {
        *self += other;
        false
    }
    #[inline(always)]
    fn subtract(&mut self, other: Self) {
        *self -= other;
    }
    #[inline(always)]
    fn magnitude(self) -> Option<u128> {
        None
    }
}

/// The sums of all groups.
pub(super) struct Sums<S> {
    pub(super) sums: Vec<S>,
    /// Groups whose sum has left its type; seldom any.
    pub(super) overflowed: HashSet<u32>,
}

impl<S: SumState> Sums<S> {
    pub(super) fn new() -> Self {
        Sums {
            sums: Vec::new(),
            overflowed: HashSet::new(),
        }
    }

    pub(super) fn resize(&mut self, groups: usize) {
        self.sums.resize(groups, S::default());
    }

    pub(super) fn reset(&mut self) {
        self.sums.fill(S::default());
        self.overflowed.clear();
    }

    pub(super) fn bytes(&self) -> usize {
        vec_bytes(&self.sums) + self.overflowed.capacity() * 8
    }

    /// Adds an array whose values `widen` turns into the state's type.
    #[inline]
    pub(super) fn add_array<T: ArrowPrimitiveType>(
        &mut self,
        array: &PrimitiveArray<T>,
        rows: &Rows,
        widen: impl Fn(T::Native) -> S + Copy,
    ) {
        if rows.is_single_group() {
            // Summed up in a register.
            let mut sum = self.sums[0];
            let mut overflowed = false;
            rows.for_each_value(array.values(), |value, _| {
                overflowed |= sum.add(widen(value))
            });
            self.sums[0] = sum;
            if overflowed {
                self.overflowed.insert(0);
            }
            return;
        }
        if let Some(groups) = rows.few_groups()
            && self.add_to_few(array.values(), groups, widen)
        {
            return;
        }
        let sums = self.sums.as_mut_slice();
        let overflowed = &mut self.overflowed;
        rows.for_each_value(array.values(), |value, group| {
            if sums[group].add(widen(value)) {
                overflowed.insert(group as u32);
            }
        });
    }

    /// Adds a batch to few groups, if its numbers are small and the sums far from overflow, so that none can happen on
    /// the way. False, and nothing is done, if not.
    fn add_to_few<T: Copy>(
        &mut self,
        values: &[T],
        groups: &[u32],
        widen: impl Fn(T) -> S,
    ) -> bool {
        let far = |sum: &S| sum.magnitude().is_some_and(|sum| sum < S::LIMIT / 2);
        if S::default().small().is_none() || !self.sums.iter().all(far) {
            return false;
        }
        let mut excess = 0;
        let totals = few_groups::totals(values, groups, |value| {
            let (number, more) = widen(value).small().unwrap_or((0, 1));
            excess |= more;
            number
        });
        match totals {
            Some(totals) if excess == 0 => {
                for (group, total) in totals.into_iter().take(self.sums.len()).enumerate() {
                    self.add_total(group, S::of_small(total));
                }
                true
            }
            _ => false,
        }
    }

    /// Makes a group of every row's frame; gives the number of values in each.
    pub(super) fn scan_array<T: ArrowPrimitiveType>(
        &mut self,
        array: &PrimitiveArray<T>,
        mask: Option<&BooleanBuffer>,
        frames: &Frames,
        widen: impl Fn(T::Native) -> S + Copy,
    ) -> Vec<i64> {
        let rows = frames.of_row.len();
        self.sums.clear();
        self.sums.resize(rows, S::default());
        self.overflowed.clear();
        let mut counts = vec![0; rows];
        let values: &[T::Native] = array.values();
        // What lies under a NULL only makes it more careful.
        let greatest = match frames.kind {
            FrameKind::Sliding => (values.iter())
                .map(|value| widen(*value).magnitude())
                .try_fold(0, |greatest, value| value.map(|value| value.max(greatest))),
            FrameKind::Growing | FrameKind::Shrinking => None,
        };
        let value = |row: usize| widen(values[row]);
        let mut state = SumFrames::new(frames, greatest, value, self, &mut counts);
        frames.walk(mask, &mut state);
        counts
    }

    /// Adds one number to a group.
    pub(super) fn add_total(&mut self, group: usize, total: S) {
        if self.sums[group].add(total) {
            self.overflowed.insert(group as u32);
        }
    }

    /// Adds other sums; a NULL that is not empty is one that overflowed.
    pub(super) fn merge<T: ArrowPrimitiveType<Native = S>>(
        &mut self,
        sums: &PrimitiveArray<T>,
        is_nonempty: impl Fn(usize) -> bool,
        group_of_row: &[u32],
    ) {
        for (row, group) in group_of_row.iter().enumerate() {
            if sums.is_valid(row) {
                self.add_total(*group as usize, sums.value(row));
            } else if is_nonempty(row) {
                self.overflowed.insert(*group);
            }
        }
    }
}

/// The sum of 64-bit numbers, at most 2³¹ of them, without a carry per number: high and low halves are
/// added apart, which vectorises.
pub(super) fn wide_sum(values: &[i64]) -> i128 {
    let (mut high, mut low) = (0i64, 0i64);
    for value in values {
        high += value >> 32;
        low += value & 0xffff_ffff;
    }
    (i128::from(high) << 32) + i128::from(low)
}

/// The sums of one call, of a result that Arrow holds in `R`.
struct SumAccumulator<R: ArrowPrimitiveType> {
    result: DataType,
    overflow: Overflow,
    /// The largest absolute value of a decimal result.
    limit: Option<i128>,
    sums: Sums<R::Native>,
    nonempty: Seen,
    phantom: PhantomData<R>,
}

impl<R: Summed> SumAccumulator<R> {
    fn new(result: DataType, overflow: Overflow) -> Self {
        let limit = match result {
            DataType::Decimal { precision, .. } => Some(10i128.pow(u32::from(precision)) - 1),
            _ => None,
        };
        SumAccumulator {
            result,
            overflow,
            limit,
            sums: Sums::new(),
            nonempty: Seen::default(),
            phantom: PhantomData,
        }
    }

    fn check(&self) -> Result<()> {
        if self.overflow == Overflow::Error && !self.sums.overflowed.is_empty() {
            return Err(overflow_error(&self.result));
        }
        Ok(())
    }

    /// Whether there is nothing to look for.
    fn all_fit(&self) -> bool {
        self.limit.is_none() && self.sums.overflowed.is_empty()
    }

    fn fits(&self, group: usize) -> bool {
        if self.overflow != Overflow::Wrap && !self.sums.overflowed.is_empty() {
            return !self.sums.overflowed.contains(&(group as u32))
                && R::within(self.sums.sums[group], self.limit);
        }
        R::within(self.sums.sums[group], self.limit)
    }

    fn sums_of(&self, groups: Range<usize>) -> ArrayRef {
        let valid: Vec<bool> = match self.all_fit() {
            true => self.nonempty[groups.clone()].to_vec(),
            false => (groups.clone())
                .map(|group| self.nonempty[group] && self.fits(group))
                .collect(),
        };
        R::array(&self.result, self.sums.sums[groups].to_vec(), &valid)
    }
}

/// How arrays are added up to sums that Arrow holds in this type: for `sum`, and for `avg` before it divides.
pub(super) trait Summed: ArrowPrimitiveType<Native: SumState> + Send + Sized {
    /// Takes an argument's array to a pass over its values, with what makes them numbers of the sums.
    fn each<P: Pass<Self::Native>>(array: &ArrayRef, pass: P) -> Result<P::Output>;

    /// Adds the rows of an argument.
    fn add(sums: &mut Sums<Self::Native>, array: &ArrayRef, rows: &Rows) -> Result<()> {
        Self::each(array, Adding { sums, rows })
    }

    /// Makes a group of every row's frame; gives the number of values in each.
    fn scan(
        sums: &mut Sums<Self::Native>,
        array: &ArrayRef,
        mask: Option<&BooleanBuffer>,
        frames: &Frames,
    ) -> Result<Vec<i64>> {
        Self::each(array, Scanning { sums, mask, frames })
    }

    /// The sums as an array of their type.
    fn array(sum_type: &DataType, sums: Vec<Self::Native>, valid: &[bool]) -> ArrayRef {
        primitive::<Self>(sum_type, sums, valid)
    }

    /// A column of sums in the encoding of the state.
    fn sums(array: &ArrayRef) -> Result<ArrayRef> {
        Ok(array.clone())
    }

    /// Whether a sum fits a decimal of that limit.
    fn within(_: Self::Native, _: Option<i128>) -> bool {
        true
    }
}

/// Something done with all values of an array, whatever numbers they are.
pub(super) trait Pass<S>: Sized {
    type Output;

    /// Does it; `widen` makes a value a number of the sums.
    fn run<T: ArrowPrimitiveType>(
        self,
        array: &PrimitiveArray<T>,
        widen: impl Fn(T::Native) -> S + Copy,
    ) -> Self::Output;

    /// Does it with an array of the type `T`.
    fn run_as<T: ArrowPrimitiveType>(
        self,
        array: &ArrayRef,
        widen: impl Fn(T::Native) -> S + Copy,
    ) -> Result<Self::Output> {
        Ok(self.run::<T>(downcast(array)?, widen))
    }
}

/// See [`Summed::add`].
struct Adding<'a, S> {
    sums: &'a mut Sums<S>,
    rows: &'a Rows<'a>,
}

impl<S: SumState> Pass<S> for Adding<'_, S> {
    type Output = ();

    fn run<T: ArrowPrimitiveType>(
        self,
        array: &PrimitiveArray<T>,
        widen: impl Fn(T::Native) -> S + Copy,
    ) {
        self.sums.add_array(array, self.rows, widen);
    }
}

/// See [`Summed::scan`].
struct Scanning<'a, S> {
    sums: &'a mut Sums<S>,
    mask: Option<&'a BooleanBuffer>,
    frames: &'a Frames<'a>,
}

impl<S: SumState> Pass<S> for Scanning<'_, S> {
    type Output = Vec<i64>;

    fn run<T: ArrowPrimitiveType>(
        self,
        array: &PrimitiveArray<T>,
        widen: impl Fn(T::Native) -> S + Copy,
    ) -> Vec<i64> {
        self.sums.scan_array(array, self.mask, self.frames, widen)
    }
}

impl Summed for Int64Type {
    fn each<P: Pass<i64>>(array: &ArrayRef, pass: P) -> Result<P::Output> {
        match array.data_type() {
            ArrowType::Int8 => pass.run_as::<Int8Type>(array, i64::from),
            ArrowType::Int16 => pass.run_as::<Int16Type>(array, i64::from),
            ArrowType::Int32 => pass.run_as::<Int32Type>(array, i64::from),
            _ => pass.run_as::<Int64Type>(array, |value| value),
        }
    }

    fn add(sums: &mut Sums<i64>, array: &ArrayRef, rows: &Rows) -> Result<()> {
        let quick = rows.is_single_group() && rows.is_dense();
        match array.data_type() {
            ArrowType::Int32 if quick => {
                let values = downcast::<PrimitiveArray<Int32Type>>(array)?.values();
                let total = values.iter().map(|value| i64::from(*value)).sum();
                sums.add_total(0, total);
            }
            ArrowType::Int64 if quick => {
                let total = wide_sum(downcast::<PrimitiveArray<Int64Type>>(array)?.values());
                let sum = i128::from(sums.sums[0]) + total;
                if i64::try_from(sum).is_err() {
                    sums.overflowed.insert(0);
                }
                sums.sums[0] = sum as i64;
            }
            _ => Self::each(array, Adding { sums, rows })?,
        }
        Ok(())
    }
}

/// Decimals come in either encoding.
impl Summed for Decimal128Type {
    fn each<P: Pass<i128>>(array: &ArrayRef, pass: P) -> Result<P::Output> {
        match array.data_type() {
            ArrowType::Decimal64(_, _) => pass.run_as::<Decimal64Type>(array, i128::from),
            _ => pass.run_as::<Decimal128Type>(array, |value| value),
        }
    }

    fn add(sums: &mut Sums<i128>, array: &ArrayRef, rows: &Rows) -> Result<()> {
        match array.data_type() {
            ArrowType::Decimal64(_, _) if rows.is_single_group() && rows.is_dense() => {
                let array = downcast::<PrimitiveArray<Decimal64Type>>(array)?;
                sums.add_total(0, wide_sum(array.values()));
                Ok(())
            }
            _ => Self::each(array, Adding { sums, rows }),
        }
    }

    fn array(sum_type: &DataType, sums: Vec<i128>, valid: &[bool]) -> ArrayRef {
        decimals(sum_type, sums, valid)
    }

    fn sums(array: &ArrayRef) -> Result<ArrayRef> {
        match array.data_type() {
            ArrowType::Decimal64(precision, scale) => {
                conform(array.clone(), &ArrowType::Decimal128(*precision, *scale))
            }
            _ => Ok(array.clone()),
        }
    }

    fn within(sum: i128, limit: Option<i128>) -> bool {
        limit.is_none_or(|limit| (-limit..=limit).contains(&sum))
    }
}

/// `avg` adds whole numbers up as floating-point ones.
impl Summed for Float64Type {
    fn each<P: Pass<f64>>(array: &ArrayRef, pass: P) -> Result<P::Output> {
        match array.data_type() {
            ArrowType::Int8 => pass.run_as::<Int8Type>(array, f64::from),
            ArrowType::Int16 => pass.run_as::<Int16Type>(array, f64::from),
            ArrowType::Int32 => pass.run_as::<Int32Type>(array, f64::from),
            ArrowType::Int64 => pass.run_as::<Int64Type>(array, |value| value as f64),
            ArrowType::Float32 => pass.run_as::<Float32Type>(array, f64::from),
            _ => pass.run_as::<Float64Type>(array, |value| value),
        }
    }
}

impl Summed for IntervalYearMonthType {
    fn each<P: Pass<i32>>(array: &ArrayRef, pass: P) -> Result<P::Output> {
        pass.run_as::<IntervalYearMonthType>(array, |value| value)
    }
}

impl Summed for DurationMicrosecondType {
    fn each<P: Pass<i64>>(array: &ArrayRef, pass: P) -> Result<P::Output> {
        pass.run_as::<DurationMicrosecondType>(array, |value| value)
    }
}

impl<R: Summed> Accumulator for SumAccumulator<R> {
    fn resize(&mut self, groups: usize) {
        self.sums.resize(groups);
        self.nonempty.resize(groups);
    }

    fn update(
        &mut self,
        arguments: &[Column],
        group_of_row: &[u32],
        filter: Option<&BooleanArray>,
    ) -> Result<()> {
        let array = arguments[0].to_array(group_of_row.len());
        let rows = Rows::new(group_of_row, self.nonempty.len(), &[&array], filter);
        R::add(&mut self.sums, &array, &rows)?;
        self.nonempty.mark(&rows);
        self.check()
    }

    fn merge(&mut self, states: &[ArrayRef], group_of_row: &[u32]) -> Result<()> {
        let nonempty = downcast::<BooleanArray>(&states[1])?;
        let sums = R::sums(&states[0])?;
        let sums = downcast::<PrimitiveArray<R>>(&sums)?;
        self.sums
            .merge(sums, |row| nonempty.value(row), group_of_row);
        for (row, group) in group_of_row.iter().enumerate() {
            if nonempty.value(row) {
                self.nonempty.mark_group(*group as usize);
            }
        }
        self.check()
    }

    fn states(&self) -> Result<Vec<ArrayRef>> {
        let sums = self.sums_of(0..self.nonempty.len());
        Ok(vec![sums, booleans(&self.nonempty)])
    }

    fn scan(
        &mut self,
        arguments: &[Column],
        filter: Option<&BooleanArray>,
        frames: &Frames,
    ) -> Result<bool> {
        let array = arguments[0].to_array(frames.of_row.len());
        let mask = counted(&[&array], filter);
        let counts = R::scan(&mut self.sums, &array, mask.as_ref(), frames)?;
        self.nonempty.assign(counts.iter().map(|count| *count > 0));
        self.check()?;
        Ok(true)
    }

    fn finish(&self, groups: Range<usize>) -> Result<ArrayRef> {
        if self.overflow == Overflow::Error && !self.all_fit() {
            let misfit = |group: usize| self.nonempty[group] && !self.fits(group);
            if groups.clone().any(misfit) {
                return Err(overflow_error(&self.result));
            }
        }
        Ok(self.sums_of(groups))
    }

    fn reset(&mut self) {
        self.sums.reset();
        self.nonempty.reset();
    }

    fn bytes(&self) -> usize {
        self.sums.bytes() + self.nonempty.bytes()
    }
}

/// The error of a sum or average that left its type.
pub(super) fn overflow_error(result: &DataType) -> Error {
    match result {
        DataType::Decimal { .. } => Error::new(
            &ARITHMETIC_OVERFLOW,
            [
                ("message", "Overflow in sum of decimals".to_string()),
                (
                    "alternative",
                    " Use 'try_sum' to tolerate overflow and return NULL instead.".to_string(),
                ),
                ("config", quote::config("spark.sql.ansi.enabled")),
            ],
        ),
        t if t.is_ansi_interval() => Error::new(
            &INTERVAL_ARITHMETIC_OVERFLOW_WITH_SUGGESTION,
            [("functionName", quote::identifier("try_add"))],
        ),
        _ => Error::new(
            &ARITHMETIC_OVERFLOW,
            [
                ("message", "long overflow".to_string()),
                (
                    "alternative",
                    " Use 'try_add' to tolerate overflow and return NULL instead.".to_string(),
                ),
                ("config", quote::config("spark.sql.ansi.enabled")),
            ],
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{Decimal128Array, Int64Array};

    /// Sums of two groups, rows taking turns; the first stood at `start` before.
    fn sums_of_two<T: ArrowPrimitiveType>(
        start: T::Native,
        array: PrimitiveArray<T>,
    ) -> Sums<T::Native>
    where
        T::Native: SumState,
    {
        let groups: Vec<u32> = (0..array.len() as u32).map(|row| row % 2).collect();
        let array: ArrayRef = Arc::new(array);
        let mut sums = Sums::new();
        sums.resize(2);
        sums.add_total(0, start);
        let rows = Rows::new(&groups, 2, &[&array], None);
        sums.add_array::<T>(downcast(&array).unwrap(), &rows, |value| value);
        sums
    }

    #[test]
    fn small_numbers_add_up_in_two_groups() {
        let sums = sums_of_two(7, Int64Array::from_iter_values(-500..1000));
        let of = |start: i64| (start..1000).step_by(2).sum::<i64>();
        assert_eq!(sums.sums, [7 + of(-500), of(-499)]);
    }

    #[test]
    fn an_overflow_on_the_way_is_seen_though_the_batch_fits() {
        // The first row of the group leaves 64 bits, the second one comes back.
        let sums = sums_of_two(i64::MAX - 5, Int64Array::from(vec![10, 0, -20, 0]));
        assert!(sums.overflowed.contains(&0) && !sums.overflowed.contains(&1));
    }

    #[test]
    fn large_numbers_are_not_taken_for_small_ones() {
        let large = 1i128 << 90;
        let sums = sums_of_two(0, Decimal128Array::from(vec![large, 1, large, -large]));
        assert_eq!(sums.sums, [2 * large, 1 - large]);
        let most = i64::MAX / 2;
        let sums = sums_of_two(0, Int64Array::from(vec![most, 1, most, 1, most, 1]));
        assert!(sums.overflowed.contains(&0));
        assert_eq!(sums.sums[1], 3);
    }

    #[test]
    fn halves_add_up() {
        let values = [i64::MAX, i64::MIN, -1, 1 << 40, i64::MAX, i64::MAX, -5];
        let expected: i128 = values.iter().map(|value| i128::from(*value)).sum();
        assert_eq!(wide_sum(&values), expected);
    }
}
