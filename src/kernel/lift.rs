//! Lifting: from a closure over one row to a loop over columns.
//!
//! A function author writes the row; nulls, constants and array types are seen to here.
//!
//! ```text
//!   map2::<Text, Int32Type, Bool>(&args[0], &args[1], rows, |s, n| s.len() == n as usize)
//!
//!   rows:      NULL wherever an argument is NULL (the closure is not called there)
//!   constants: all arguments constant → called once, the result is a constant
//! ```
//!
//! | | closure gives | for |
//! |---|---|---|
//! | `map1..3` | the value | what cannot fail |
//! | `try_map1..3` | `Result<Option<value>>` | errors, NULL for some values |
//! | `write1..3` | `Result<bool>`, having written to a buffer | strings and binaries without a fresh allocation per row; `false` is NULL |
//!
//! The type parameters name how a column is stored: an Arrow primitive type (`Int64Type`,
//! `Decimal64Type`, `TimestampMicrosecondType`, …), [`Text`], [`Bytes`], [`Bool`] or [`List`] (read only; one
//! array a row). Results of primitive types carry Arrow's default parameters; where the Spark type has some
//! of its own (TIMESTAMP, DECIMAL), pass the result through [`typed`]. More arguments or other null rules:
//! open each column with [`Rows`].

use super::Column;
use crate::error::{Error, Result};
use crate::types::{DataType, arrow_type};
use arrow::array::{
    Array, ArrayRef, ArrowPrimitiveType, AsArray, BinaryViewArray, BinaryViewBuilder, BooleanArray,
    BooleanBuilder, ListArray, PrimitiveArray, StringViewArray, StringViewBuilder, make_array,
};
use arrow::buffer::NullBuffer;
use std::sync::Arc;

/// STRING columns: read as `&str`, given as `String`.
pub struct Text;
/// BINARY columns: read as `&[u8]`, given as `Vec<u8>`.
pub struct Bytes;
/// BOOLEAN columns.
pub struct Bool;
/// ARRAY columns, read as one array per row.
pub struct List;

/// How the values of a column are read.
pub trait Read {
    /// The array they lie in.
    type Array: Array + 'static;
    /// One value.
    type Item<'a>;
    /// The value at an index that is in bounds and not null.
    fn value(array: &Self::Array, index: usize) -> Self::Item<'_>;
}

/// How the values of a result are collected.
pub trait Write {
    /// One value.
    type Item;
    /// What collects them.
    type Builder;
    /// An empty builder.
    fn builder(capacity: usize) -> Self::Builder;
    /// Adds a value or NULL.
    fn push(builder: &mut Self::Builder, item: Option<Self::Item>);
    /// The array.
    fn finish(builder: Self::Builder) -> ArrayRef;
}

/// How strings and binaries are written through a reused buffer.
pub trait WriteBuffer {
    /// The buffer: `String` or `Vec<u8>`.
    type Buffer: Default;
    /// What collects the values.
    type Builder;
    /// An empty builder.
    fn builder(capacity: usize) -> Self::Builder;
    /// Adds what stands in the buffer and clears it; or NULL.
    fn push(builder: &mut Self::Builder, buffer: &mut Self::Buffer, valid: bool);
    /// The array.
    fn finish(builder: Self::Builder) -> ArrayRef;
}

impl<T: ArrowPrimitiveType> Read for T {
    type Array = PrimitiveArray<T>;
    type Item<'a> = T::Native;

    #[inline]
    fn value(array: &PrimitiveArray<T>, index: usize) -> T::Native {
        array.values()[index]
    }
}

impl Read for Text {
    type Array = StringViewArray;
    type Item<'a> = &'a str;

    #[inline]
    fn value(array: &StringViewArray, index: usize) -> &str {
        array.value(index)
    }
}

impl Read for Bytes {
    type Array = BinaryViewArray;
    type Item<'a> = &'a [u8];

    #[inline]
    fn value(array: &BinaryViewArray, index: usize) -> &[u8] {
        array.value(index)
    }
}

impl Read for Bool {
    type Array = BooleanArray;
    type Item<'a> = bool;

    #[inline]
    fn value(array: &BooleanArray, index: usize) -> bool {
        array.value(index)
    }
}

impl Read for List {
    type Array = ListArray;
    type Item<'a> = ArrayRef;

    #[inline]
    fn value(array: &ListArray, index: usize) -> ArrayRef {
        array.value(index)
    }
}

/// The text of a constant that is not NULL.
pub fn constant_text(column: &Column) -> Option<&str> {
    let values = column.values().as_string_view_opt()?;
    (column.is_constant() && values.is_valid(0)).then(|| values.value(0))
}

impl<T: ArrowPrimitiveType> Write for T {
    type Item = T::Native;
    type Builder = arrow::array::PrimitiveBuilder<T>;

    fn builder(capacity: usize) -> Self::Builder {
        Self::Builder::with_capacity(capacity)
    }

    #[inline]
    fn push(builder: &mut Self::Builder, item: Option<T::Native>) {
        builder.append_option(item);
    }

    fn finish(mut builder: Self::Builder) -> ArrayRef {
        Arc::new(builder.finish())
    }
}

impl Write for Bool {
    type Item = bool;
    type Builder = BooleanBuilder;

    fn builder(capacity: usize) -> BooleanBuilder {
        BooleanBuilder::with_capacity(capacity)
    }

    #[inline]
    fn push(builder: &mut BooleanBuilder, item: Option<bool>) {
        builder.append_option(item);
    }

    fn finish(mut builder: BooleanBuilder) -> ArrayRef {
        Arc::new(builder.finish())
    }
}

impl Write for Text {
    type Item = String;
    type Builder = StringViewBuilder;

    fn builder(capacity: usize) -> StringViewBuilder {
        StringViewBuilder::with_capacity(capacity)
    }

    #[inline]
    fn push(builder: &mut StringViewBuilder, item: Option<String>) {
        builder.append_option(item);
    }

    fn finish(mut builder: StringViewBuilder) -> ArrayRef {
        Arc::new(builder.finish())
    }
}

impl Write for Bytes {
    type Item = Vec<u8>;
    type Builder = BinaryViewBuilder;

    fn builder(capacity: usize) -> BinaryViewBuilder {
        BinaryViewBuilder::with_capacity(capacity)
    }

    #[inline]
    fn push(builder: &mut BinaryViewBuilder, item: Option<Vec<u8>>) {
        builder.append_option(item);
    }

    fn finish(mut builder: BinaryViewBuilder) -> ArrayRef {
        Arc::new(builder.finish())
    }
}

impl WriteBuffer for Text {
    type Buffer = String;
    type Builder = StringViewBuilder;

    fn builder(capacity: usize) -> StringViewBuilder {
        StringViewBuilder::with_capacity(capacity)
    }

    #[inline]
    fn push(builder: &mut StringViewBuilder, buffer: &mut String, valid: bool) {
        builder.append_option(valid.then_some(buffer.as_str()));
        buffer.clear();
    }

    fn finish(mut builder: StringViewBuilder) -> ArrayRef {
        Arc::new(builder.finish())
    }
}

impl WriteBuffer for Bytes {
    type Buffer = Vec<u8>;
    type Builder = BinaryViewBuilder;

    fn builder(capacity: usize) -> BinaryViewBuilder {
        BinaryViewBuilder::with_capacity(capacity)
    }

    #[inline]
    fn push(builder: &mut BinaryViewBuilder, buffer: &mut Vec<u8>, valid: bool) {
        builder.append_option(valid.then_some(buffer.as_slice()));
        buffer.clear();
    }

    fn finish(mut builder: BinaryViewBuilder) -> ArrayRef {
        Arc::new(builder.finish())
    }
}

/// A column opened for reading row by row, constant or not.
pub struct Rows<'a, A: Read> {
    array: &'a A::Array,
    nulls: Option<&'a NullBuffer>,
    /// All ones for an array, 0 for a constant: `row & mask` is the index.
    mask: usize,
}

impl<'a, A: Read> Rows<'a, A> {
    /// Opens a column; an internal error where it is stored otherwise.
    pub fn new(column: &'a Column) -> Result<Self> {
        let values = column.values();
        let array = values.as_any().downcast_ref().ok_or_else(|| {
            let wanted = std::any::type_name::<A>();
            Error::internal(format!("{} where {wanted} was settled", values.data_type()))
        })?;
        Ok(Rows {
            array,
            nulls: values.nulls(),
            mask: if column.is_constant() { 0 } else { usize::MAX },
        })
    }

    /// The value of a row that is not NULL.
    #[inline]
    pub fn value(&self, row: usize) -> A::Item<'a> {
        A::value(self.array, row & self.mask)
    }

    /// Whether the row is NULL.
    #[inline]
    pub fn is_null(&self, row: usize) -> bool {
        self.nulls
            .is_some_and(|nulls| nulls.is_null(row & self.mask))
    }

    /// The value of a row, unless NULL.
    #[inline]
    pub fn get(&self, row: usize) -> Option<A::Item<'a>> {
        (!self.is_null(row)).then(|| self.value(row))
    }
}

/// The rows where any of the columns is NULL.
pub fn union_nulls(columns: &[&Column], rows: usize) -> Option<NullBuffer> {
    let mut nulls: Option<NullBuffer> = None;
    for column in columns {
        match column {
            _ if column.is_null_constant() => return Some(NullBuffer::new_null(rows)),
            Column::Constant(_) => {}
            Column::Array(array) => {
                nulls = NullBuffer::union(nulls.as_ref(), array.logical_nulls().as_ref());
            }
        }
    }
    nulls.filter(|nulls| nulls.null_count() > 0)
}

/// How many rows to compute for these arguments: one where all are constant.
pub fn rows_to_compute(columns: &[&Column], rows: usize) -> usize {
    if columns.iter().all(|column| column.is_constant()) {
        1
    } else {
        rows
    }
}

/// Wraps what was computed for [`rows_to_compute`] rows.
pub fn column_of(columns: &[&Column], array: ArrayRef) -> Column {
    if columns.iter().all(|column| column.is_constant()) {
        Column::Constant(array)
    } else {
        Column::Array(array)
    }
}

/// The same values under the Arrow type of `data_type` (which must be stored alike): gives TIMESTAMP its
/// zone and DECIMAL its precision and scale.
pub fn typed(column: Column, data_type: &DataType) -> Result<Column> {
    Ok(match column {
        Column::Array(array) => Column::Array(retype(array, data_type)?),
        Column::Constant(array) => Column::Constant(retype(array, data_type)?),
    })
}

/// [`typed`] for an array.
pub fn retype(array: ArrayRef, data_type: &DataType) -> Result<ArrayRef> {
    let target = arrow_type(data_type);
    if *array.data_type() == target {
        return Ok(array);
    }
    let data = array.to_data().into_builder().data_type(target).build()?;
    Ok(make_array(data))
}

/// Calls `step` for each row with whether all arguments are there.
fn each_row(
    columns: &[&Column],
    rows: usize,
    mut step: impl FnMut(usize, bool) -> Result<()>,
) -> Result<()> {
    let rows = rows_to_compute(columns, rows);
    match union_nulls(columns, rows) {
        None => (0..rows).try_for_each(|row| step(row, true)),
        Some(nulls) => (0..rows).try_for_each(|row| step(row, nulls.is_valid(row))),
    }
}

macro_rules! lift {
    ($map:ident, $try_map:ident, $write:ident: $count:literal; $($column:ident $rows:ident $type:ident),+) => {
        #[doc = concat!("A function of ", $count, " that cannot fail.")]
        pub fn $map<$($type: Read,)+ O: Write>(
            $($column: &Column,)+
            rows: usize,
            f: impl for<'a> Fn($($type::Item<'a>),+) -> O::Item,
        ) -> Result<Column> {
            $(let $rows = Rows::<$type>::new($column)?;)+
            let columns = [$($column),+];
            let mut builder = O::builder(rows_to_compute(&columns, rows));
            each_row(&columns, rows, |row, valid| {
                O::push(&mut builder, valid.then(|| f($($rows.value(row)),+)));
                Ok(())
            })?;
            Ok(column_of(&columns, O::finish(builder)))
        }

        #[doc = concat!("A function of ", $count, " that may fail or give NULL.")]
        pub fn $try_map<$($type: Read,)+ O: Write>(
            $($column: &Column,)+
            rows: usize,
            f: impl for<'a> Fn($($type::Item<'a>),+) -> Result<Option<O::Item>>,
        ) -> Result<Column> {
            $(let $rows = Rows::<$type>::new($column)?;)+
            let columns = [$($column),+];
            let mut builder = O::builder(rows_to_compute(&columns, rows));
            each_row(&columns, rows, |row, valid| {
                let item = if valid { f($($rows.value(row)),+)? } else { None };
                O::push(&mut builder, item);
                Ok(())
            })?;
            Ok(column_of(&columns, O::finish(builder)))
        }

        #[doc = concat!("A function of ", $count, " that writes its result to an empty buffer; `false` is NULL.")]
        pub fn $write<$($type: Read,)+ O: WriteBuffer>(
            $($column: &Column,)+
            rows: usize,
            f: impl for<'a> Fn($($type::Item<'a>,)+ &mut O::Buffer) -> Result<bool>,
        ) -> Result<Column> {
            $(let $rows = Rows::<$type>::new($column)?;)+
            let columns = [$($column),+];
            let mut builder = O::builder(rows_to_compute(&columns, rows));
            let mut buffer = O::Buffer::default();
            each_row(&columns, rows, |row, valid| {
                let valid = valid && f($($rows.value(row),)+ &mut buffer)?;
                O::push(&mut builder, &mut buffer, valid);
                Ok(())
            })?;
            Ok(column_of(&columns, O::finish(builder)))
        }
    };
}

lift!(map1, try_map1, write1: "one argument"; a a_rows A);
lift!(map2, try_map2, write2: "two arguments"; a a_rows A, b b_rows B);
lift!(map3, try_map3, write3: "three arguments"; a a_rows A, b b_rows B, c c_rows C);

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{AsArray, Int32Array};
    use arrow::datatypes::{Int32Type, Int64Type};

    #[test]
    fn nulls_propagate_and_constants_stay() {
        let text: ArrayRef = Arc::new(StringViewArray::from(vec![Some("ab"), None, Some("c")]));
        let text = Column::Array(text);
        let two = Column::Constant(Arc::new(Int32Array::from(vec![2])));

        let out = map2::<Text, Int32Type, Bool>(&text, &two, 3, |s, n| s.len() == n as usize);
        let out = out.unwrap().to_array(3);
        let out: Vec<_> = out.as_boolean().iter().collect();
        assert_eq!(out, [Some(true), None, Some(false)]);

        let doubled = map1::<Int32Type, Int64Type>(&two, 3, |n| i64::from(n) * 2).unwrap();
        assert!(doubled.is_constant());

        let out = write2::<Text, Int32Type, Text>(&text, &two, 3, |s, n, out| {
            out.push_str(&s.repeat(n as usize));
            Ok(s != "c")
        });
        let out = out.unwrap().to_array(3);
        let out: Vec<_> = out.as_string_view().iter().collect();
        assert_eq!(out, [Some("abab"), None, None]);
    }
}
