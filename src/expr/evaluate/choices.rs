//! One column of values that come from several.

use super::selection::scatter;
use crate::error::Result;
use crate::kernel::Column;
use crate::kernel::list::conform;
use crate::kernel::view::INLINE;
use arrow::array::{
    Array, ArrayRef, ArrowPrimitiveType, AsArray, BooleanArray, PrimitiveArray, Scalar,
    StringViewArray, downcast_primitive,
};
use arrow::buffer::{BooleanBuffer, Buffer, NullBuffer};
use arrow::compute::interleave;
use arrow::compute::kernels::zip::zip;
use arrow::datatypes::{DataType as ArrowType, Field, FieldRef};
use std::borrow::Cow;
use std::sync::Arc;

/// The value of some rows.
pub(super) struct Choice {
    pub rows: BooleanBuffer,
    pub value: Column,
    /// `value` has one element per chosen row, rather than per row of the batch.
    pub compact: bool,
}

impl Choice {
    /// The chosen rows that are not NULL.
    fn valid(&self) -> BooleanBuffer {
        match (&self.value, self.value.values().nulls()) {
            (Column::Constant(_), _) if self.value.is_null_constant() => {
                BooleanBuffer::new_unset(self.rows.len())
            }
            (Column::Constant(_), _) | (_, None) => self.rows.clone(),
            (_, Some(nulls)) if self.compact => scatter(&self.rows, nulls.inner()),
            (_, Some(nulls)) => &self.rows & nulls.inner(),
        }
    }
}

/// Puts the choices together; every row is in exactly one.
pub(super) fn assemble(mut choices: Vec<Choice>, rows: usize) -> Result<Column> {
    if choices.len() == 1
        && let Some(only) = choices.pop()
    {
        return Ok(only.value);
    }
    agree_on_nulls(&mut choices)?;
    let data_type = choices[0].value.values().data_type().clone();
    macro_rules! primitive {
        ($type:ty) => {
            Ok(Column::Array(primitives::<$type>(choices, rows, data_type)))
        };
    }
    downcast_primitive! {
        &data_type => (primitive),
        ArrowType::Utf8View => Ok(Column::Array(texts(choices, rows))),
        _ => any(&choices, rows),
    }
}

/// Numbers, dates and times.
fn primitives<T: ArrowPrimitiveType>(
    choices: Vec<Choice>,
    rows: usize,
    data_type: ArrowType,
) -> ArrayRef {
    let parts = choices.iter().map(|choice| {
        let values = choice.value.values().as_primitive::<T>().values();
        (choice, Cow::Borrowed(&values[..]))
    });
    let values = lay(parts.collect(), rows);
    let array = PrimitiveArray::<T>::new(values.into(), valid(&choices, rows));
    Arc::new(array.with_data_type(data_type))
}

/// Strings: their views, with the numbers that the buffers of all have together.
fn texts(choices: Vec<Choice>, rows: usize) -> ArrayRef {
    let mut buffers: Vec<Buffer> = Vec::new();
    let mut parts = Vec::with_capacity(choices.len());
    for choice in &choices {
        let array = choice.value.values().as_string_view();
        let views = &array.views()[..];
        let moved = (buffers.len() as u128) << 64;
        let views = match moved == 0 || array.data_buffers().is_empty() {
            true => Cow::Borrowed(views),
            false => Cow::Owned(
                (views.iter())
                    .map(|view| match *view as u32 as usize > INLINE {
                        true => view + moved,
                        false => *view,
                    })
                    .collect(),
            ),
        };
        buffers.extend(array.data_buffers().iter().cloned());
        parts.push((choice, views));
    }
    let (views, nulls) = (lay(parts, rows), valid(&choices, rows));
    // SAFETY: every view is one of a string array, or the empty string; a view that names a buffer of its array has been
    // given the number that the buffer has here.
    let array = unsafe { StringViewArray::new_unchecked(views.into(), buffers.into(), nulls) };
    Arc::new(array)
}

/// The elements of choices, each in the rows that have chosen it: that of most rows is laid down whole and the others are
/// written over it.
fn lay<V: Copy + Default>(mut parts: Vec<(&Choice, Cow<[V]>)>, rows: usize) -> Vec<V> {
    // Those that have a value for every row come first.
    parts.sort_by_cached_key(|(choice, _)| (choice.compact, rows - choice.rows.count_set_bits()));
    let mut out: Vec<V> = Vec::new();
    for (choice, elements) in parts {
        match (&choice.value, out.is_empty()) {
            (Column::Constant(_), true) => out.resize(rows, elements[0]),
            (Column::Array(_), true) if !choice.compact => out.extend_from_slice(&elements),
            (value, _) => {
                out.resize(rows, V::default());
                let chosen = choice.rows.set_indices();
                match value {
                    Column::Constant(_) => chosen.for_each(|row| out[row] = elements[0]),
                    Column::Array(_) if choice.compact => {
                        (chosen.zip(&*elements)).for_each(|(row, element)| out[row] = *element);
                    }
                    Column::Array(_) => chosen.for_each(|row| out[row] = elements[row]),
                }
            }
        }
    }
    out
}

/// Which rows are not NULL; None: all.
fn valid(choices: &[Choice], rows: usize) -> Option<NullBuffer> {
    let has_nulls = |choice: &Choice| choice.value.values().null_count() > 0;
    choices.iter().any(has_nulls).then(|| {
        let valid = choices.iter().map(Choice::valid);
        let valid = valid.reduce(|one, other| &one | &other);
        NullBuffer::new(valid.unwrap_or_else(|| BooleanBuffer::new_unset(rows)))
    })
}

/// Values of any type.
fn any(choices: &[Choice], rows: usize) -> Result<Column> {
    if choices.len() == 2 && choices.iter().all(|choice| !choice.compact) {
        let mask = BooleanArray::new(choices[0].rows.clone(), None);
        let (first, second) = (&choices[0].value, &choices[1].value);
        let zipped = match (first, second) {
            (Column::Constant(a), Column::Constant(b)) => {
                zip(&mask, &Scalar::new(a.clone()), &Scalar::new(b.clone()))
            }
            (Column::Constant(a), Column::Array(b)) => zip(&mask, &Scalar::new(a.clone()), b),
            (Column::Array(a), Column::Constant(b)) => zip(&mask, a, &Scalar::new(b.clone())),
            (Column::Array(a), Column::Array(b)) => zip(&mask, a, b),
        };
        return Ok(Column::Array(zipped?));
    }
    let mut indices = vec![(0usize, 0usize); rows];
    for (number, choice) in choices.iter().enumerate() {
        for (position, row) in choice.rows.set_indices().enumerate() {
            let index = match &choice.value {
                Column::Constant(_) => 0,
                Column::Array(_) if choice.compact => position,
                Column::Array(_) => row,
            };
            indices[row] = (number, index);
        }
    }
    let values: Vec<&dyn Array> = choices.iter().map(|c| c.value.values().as_ref()).collect();
    Ok(Column::Array(interleave(&values, &indices)?))
}

/// The terms have one type, but an array of one may say that it holds no nulls inside and that of another
/// that it may; Arrow wants one answer.
fn agree_on_nulls(choices: &mut [Choice]) -> Result<()> {
    let Some(first) = choices
        .first()
        .map(|c| c.value.values().data_type().clone())
    else {
        return Ok(());
    };
    let agree = |choice: &Choice| *choice.value.values().data_type() == first;
    if !first.is_nested() || choices.iter().all(agree) {
        return Ok(());
    }
    let target = with_nulls(&first);
    for choice in choices {
        let values = conform(choice.value.values(), &target)?;
        choice.value = match choice.value {
            Column::Constant(_) => Column::Constant(values),
            Column::Array(_) => Column::Array(values),
        };
    }
    Ok(())
}

/// The type with nulls allowed at every depth, but for the keys of maps.
fn with_nulls(data_type: &ArrowType) -> ArrowType {
    let open = |field: &FieldRef| -> FieldRef {
        Arc::new(Field::new(
            field.name(),
            with_nulls(field.data_type()),
            true,
        ))
    };
    match data_type {
        ArrowType::List(item) => ArrowType::List(open(item)),
        ArrowType::Struct(fields) => ArrowType::Struct(fields.iter().map(open).collect()),
        ArrowType::Map(entries, sorted) => match entries.data_type() {
            ArrowType::Struct(parts) if parts.len() == 2 => {
                let key = Field::new(
                    parts[0].name(),
                    with_nulls(parts[0].data_type()),
                    parts[0].is_nullable(),
                );
                let parts = ArrowType::Struct(vec![Arc::new(key), open(&parts[1])].into());
                let entries = Field::new(entries.name(), parts, entries.is_nullable());
                ArrowType::Map(Arc::new(entries), *sorted)
            }
            _ => data_type.clone(),
        },
        other => other.clone(),
    }
}
