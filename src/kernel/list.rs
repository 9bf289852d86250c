//! Reading and building array columns.
//!
//! Functions over arrays seldom compute elements; they pick them: a slice, a reversal, a union are lists of
//! indexes into elements that exist. So they read offsets with [`Lists`], note indexes in a [`ListBuilder`],
//! and one `take` at the end moves the elements, whatever their type.
//!
//! ```text
//!   array_union(a, b):   elements = a.values ++ b.values        (concat, once per batch)
//!                        per row: indexes of first occurrences
//!                        result  = take(elements, indexes) under new offsets
//! ```

use super::Column;
use super::lift::union_nulls;
use super::normalize::{comparable, row_converter};
use crate::error::{Error, Result};
use crate::types::{DataType, arrow_type};
use arrow::array::{
    Array, ArrayRef, AsArray, ListArray, MapArray, StructArray, UInt32Array, make_array,
};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::compute::{concat, take};
use arrow::datatypes::{DataType as ArrowType, Field};
use arrow::row::Rows;
use std::ops::Range;
use std::sync::Arc;

/// An array or map column opened for reading, constant or not.
pub struct Lists<'a> {
    offsets: &'a [i32],
    nulls: Option<&'a NullBuffer>,
    /// The elements of all rows; of a map, its entries.
    pub elements: ArrayRef,
    mask: usize,
}

impl<'a> Lists<'a> {
    /// Opens a column.
    pub fn new(column: &'a Column) -> Result<Self> {
        let values = column.values();
        let mask = if column.is_constant() { 0 } else { usize::MAX };
        if let Some(list) = values.as_list_opt::<i32>() {
            return Ok(Lists {
                offsets: list.value_offsets(),
                nulls: list.nulls(),
                elements: list.values().clone(),
                mask,
            });
        }
        if let Some(map) = values.as_map_opt() {
            return Ok(Lists {
                offsets: map.value_offsets(),
                nulls: map.nulls(),
                elements: Arc::new(map.entries().clone()),
                mask,
            });
        }
        Err(Error::internal(format!(
            "{} is no array or map",
            values.data_type()
        )))
    }

    /// Keys and values of the entries of a map.
    pub fn keys_and_values(&self) -> Result<(ArrayRef, ArrayRef)> {
        match self.elements.as_struct_opt() {
            Some(entries) if entries.num_columns() == 2 => {
                Ok((entries.column(0).clone(), entries.column(1).clone()))
            }
            _ => Err(Error::internal("entries that are no pairs")),
        }
    }

    /// Whether the row is NULL.
    #[inline]
    pub fn is_null(&self, row: usize) -> bool {
        self.nulls
            .is_some_and(|nulls| nulls.is_null(row & self.mask))
    }

    /// Where the elements of a row that is not NULL lie.
    #[inline]
    pub fn range(&self, row: usize) -> Range<usize> {
        let row = row & self.mask;
        self.offsets[row] as usize..self.offsets[row + 1] as usize
    }

    /// Where the elements of a row lie, unless it is NULL.
    #[inline]
    pub fn get(&self, row: usize) -> Option<Range<usize>> {
        (!self.is_null(row)).then(|| self.range(row))
    }
}

/// Collects an array column as indexes of elements.
#[derive(Debug)]
pub struct ListBuilder {
    indexes: Vec<u32>,
    /// Positions in `indexes` that are NULL.
    null_elements: Vec<usize>,
    offsets: Vec<i32>,
    valid: Vec<bool>,
    all_valid: bool,
}

impl ListBuilder {
    /// For so many rows.
    pub fn new(rows: usize) -> Self {
        let mut offsets = Vec::with_capacity(rows + 1);
        offsets.push(0);
        ListBuilder {
            indexes: Vec::new(),
            null_elements: Vec::new(),
            offsets,
            valid: Vec::with_capacity(rows),
            all_valid: true,
        }
    }

    /// Adds an element to the row.
    #[inline]
    pub fn push(&mut self, index: usize) {
        self.indexes.push(index as u32);
    }

    /// Adds a NULL element to the row.
    #[inline]
    pub fn push_null(&mut self) {
        self.null_elements.push(self.indexes.len());
        self.indexes.push(0);
    }

    /// Adds elements that lie together.
    #[inline]
    pub fn extend(&mut self, range: Range<usize>) {
        self.indexes.extend(range.start as u32..range.end as u32);
    }

    /// Ends a row.
    pub fn end_row(&mut self) -> Result<()> {
        let end = i32::try_from(self.indexes.len());
        let end = end.map_err(|_| Error::unsupported("batches of so many array elements"))?;
        self.offsets.push(end);
        self.valid.push(true);
        Ok(())
    }

    /// Adds a row that is NULL.
    pub fn null_row(&mut self) {
        self.offsets.push(self.offsets.last().copied().unwrap_or(0));
        self.valid.push(false);
        self.all_valid = false;
    }

    /// The elements picked from `elements`, and the rows they fall into.
    pub fn finish_parts(
        self,
        elements: &dyn Array,
    ) -> Result<(ArrayRef, OffsetBuffer<i32>, Option<NullBuffer>)> {
        let nulls = (!self.null_elements.is_empty()).then(|| {
            let mut valid = vec![true; self.indexes.len()];
            self.null_elements
                .iter()
                .for_each(|place| valid[*place] = false);
            NullBuffer::from(valid)
        });
        let indexes = UInt32Array::new(self.indexes.into(), nulls);
        let picked = take(elements, &indexes, None)?;
        let rows = (!self.all_valid).then(|| NullBuffer::from(self.valid));
        Ok((picked, OffsetBuffer::new(self.offsets.into()), rows))
    }

    /// The array column of type `data_type` with elements from `elements`.
    pub fn finish(self, elements: &dyn Array, data_type: &DataType) -> Result<ArrayRef> {
        let (picked, offsets, nulls) = self.finish_parts(elements)?;
        list_array(picked, offsets, nulls, data_type)
    }

    /// The map column of type `data_type` with entries from `entries`.
    pub fn finish_map(self, entries: &dyn Array, data_type: &DataType) -> Result<ArrayRef> {
        let (picked, offsets, nulls) = self.finish_parts(entries)?;
        map_array(picked, offsets, nulls, data_type)
    }
}

/// An array column over these elements.
pub fn list_array(
    elements: ArrayRef,
    offsets: OffsetBuffer<i32>,
    nulls: Option<NullBuffer>,
    data_type: &DataType,
) -> Result<ArrayRef> {
    let ArrowType::List(field) = arrow_type(data_type) else {
        return Err(Error::internal(format!("{data_type} is no array type")));
    };
    let elements = conform(&elements, field.data_type())?;
    Ok(Arc::new(ListArray::try_new(
        field, offsets, elements, nulls,
    )?))
}

/// A map column over these entries, a struct of keys and values.
pub fn map_array(
    entries: ArrayRef,
    offsets: OffsetBuffer<i32>,
    nulls: Option<NullBuffer>,
    data_type: &DataType,
) -> Result<ArrayRef> {
    let ArrowType::Map(field, sorted) = arrow_type(data_type) else {
        return Err(Error::internal(format!("{data_type} is no map type")));
    };
    let entries = conform(&entries, field.data_type())?;
    let entries = entries.as_struct().clone();
    let entries = StructArray::try_new(entries.fields().clone(), entries.columns().to_vec(), None)?;
    Ok(Arc::new(MapArray::try_new(
        field, offsets, entries, nulls, sorted,
    )?))
}

/// Keys and values as entries of a map type.
pub fn entries_of(keys: ArrayRef, values: ArrayRef, data_type: &DataType) -> Result<ArrayRef> {
    let ArrowType::Map(field, _) = arrow_type(data_type) else {
        return Err(Error::internal(format!("{data_type} is no map type")));
    };
    let ArrowType::Struct(fields) = field.data_type() else {
        return Err(Error::internal("entries that are no structs"));
    };
    let columns = vec![
        conform(&keys, fields[0].data_type())?,
        conform(&values, fields[1].data_type())?,
    ];
    Ok(Arc::new(StructArray::try_new(
        fields.clone(),
        columns,
        None,
    )?))
}

/// The same values under a type that differs only in names and nullability inside.
pub fn conform(array: &ArrayRef, target: &ArrowType) -> Result<ArrayRef> {
    if array.data_type() == target {
        return Ok(array.clone());
    }
    Ok(match (array.data_type(), target) {
        (ArrowType::Null, _) => arrow::array::new_null_array(target, array.len()),
        (ArrowType::List(_), ArrowType::List(field)) => {
            let list = array.as_list::<i32>();
            let elements = conform(list.values(), field.data_type())?;
            let (offsets, nulls) = (list.offsets().clone(), list.nulls().cloned());
            Arc::new(ListArray::try_new(field.clone(), offsets, elements, nulls)?)
        }
        (ArrowType::Map(_, _), ArrowType::Map(field, sorted)) => {
            let map = array.as_map();
            let entries: ArrayRef = Arc::new(map.entries().clone());
            let entries = conform(&entries, field.data_type())?;
            let (offsets, nulls) = (map.offsets().clone(), map.nulls().cloned());
            let entries = entries.as_struct().clone();
            Arc::new(MapArray::try_new(
                field.clone(),
                offsets,
                entries,
                nulls,
                *sorted,
            )?)
        }
        (ArrowType::Struct(_), ArrowType::Struct(fields)) => {
            let structure = array.as_struct();
            let columns = structure.columns().iter().zip(fields);
            let columns = columns.map(|(column, field)| conform(column, field.data_type()));
            let columns = columns.collect::<Result<Vec<_>>>()?;
            if columns.is_empty() {
                let nulls = structure.nulls().cloned();
                return Ok(Arc::new(StructArray::new_empty_fields(array.len(), nulls)));
            }
            let nulls = structure.nulls().cloned();
            Arc::new(StructArray::try_new(fields.clone(), columns, nulls)?)
        }
        _ => {
            let data = array.to_data().into_builder().data_type(target.clone());
            make_array(data.build()?)
        }
    })
}

/// Several element arrays as one, and where each begins in it.
pub fn joined(arrays: &[ArrayRef], element: &DataType) -> Result<(ArrayRef, Vec<usize>)> {
    let target = arrow_type(element);
    let mut bases = Vec::with_capacity(arrays.len());
    let mut total = 0;
    let mut conformed = Vec::with_capacity(arrays.len());
    for array in arrays {
        bases.push(total);
        total += array.len();
        conformed.push(conform(array, &target)?);
    }
    if let [only] = conformed.as_slice() {
        return Ok((only.clone(), bases));
    }
    let parts: Vec<&dyn Array> = conformed.iter().map(AsRef::as_ref).collect();
    Ok((concat(&parts)?, bases))
}

/// Elements as rows that compare as Spark compares values: NaN equals NaN, -0.0 equals 0.0.
pub fn element_keys(elements: &ArrayRef) -> Result<Rows> {
    let elements = comparable(elements)?;
    let converter = row_converter([elements.data_type().clone()])?;
    Ok(converter.convert_columns(&[elements])?)
}

/// The rows where any of the columns is NULL, as a question.
pub fn null_test(columns: &[&Column], rows: usize) -> impl Fn(usize) -> bool + use<> {
    let nulls = union_nulls(columns, rows);
    move |row| nulls.as_ref().is_some_and(|nulls| nulls.is_null(row))
}

/// The field of an array type's elements.
pub fn element_field(data_type: &DataType) -> Result<Arc<Field>> {
    match arrow_type(data_type) {
        ArrowType::List(field) => Ok(field),
        _ => Err(Error::internal(format!("{data_type} is no array type"))),
    }
}
