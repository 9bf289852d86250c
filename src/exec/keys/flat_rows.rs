//! Rows of several flat key columns as bytes that are equal where the rows are. They say nothing about order, which
//! makes them shorter and quicker to write than `arrow-row`'s.
//!
//! ```text
//!   k INT, name STRING, m BIGINT
//!   │ null bits 1 │ k 4 │ length of name 4 │ m 8 │ bytes of name │
//! ```

use super::TextKeys;
use super::text::Parts;
use crate::error::Result;
use arrow::array::{Array, ArrayData, ArrayRef, AsArray, BooleanArray, make_array};
use arrow::buffer::{BooleanBuffer, Buffer, NullBuffer};
use arrow::datatypes::DataType;
use std::sync::Arc;

/// How rows of some types lie in bytes.
pub(super) struct FlatRows {
    fields: Vec<Field>,
    /// Bytes before those of strings.
    fixed: usize,
}

struct Field {
    data_type: DataType,
    /// Position of the value or of the length.
    at: usize,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Boolean,
    Fixed(usize),
    Text,
}

/// Bytes of a string's length.
const LENGTH: usize = 4;

impl FlatRows {
    /// None where a type is not flat.
    pub fn new(types: &[DataType]) -> Option<FlatRows> {
        let mut at = types.len().div_ceil(8);
        let mut fields = Vec::with_capacity(types.len());
        for data_type in types {
            let kind = match data_type {
                DataType::Boolean => Kind::Boolean,
                DataType::Utf8View | DataType::BinaryView => Kind::Text,
                other if other.is_nested() => return None,
                other => Kind::Fixed(other.primitive_width()?),
            };
            fields.push(Field {
                data_type: data_type.clone(),
                at,
                kind,
            });
            at += match kind {
                Kind::Boolean => 1,
                Kind::Fixed(width) => width,
                Kind::Text => LENGTH,
            };
        }
        Some(FlatRows { fields, fixed: at })
    }

    /// The bytes of rows.
    pub fn encode(&self, columns: &[ArrayRef], rows: usize) -> Result<TextKeys> {
        let mut lengths = vec![self.fixed; rows];
        for (field, column) in self.fields.iter().zip(columns) {
            if field.kind == Kind::Text {
                let nulls = column.nulls();
                for (row, (length, view)) in lengths.iter_mut().zip(views(column)).enumerate() {
                    if nulls.is_none_or(|nulls| nulls.is_valid(row)) {
                        *length += *view as u32 as usize;
                    }
                }
            }
        }
        let mut keys = TextKeys::zeroed(&lengths);
        let starts = keys.starts();
        let bytes = keys.bytes_mut();
        // Where the next string of each row goes.
        let mut next: Vec<usize> = starts.iter().map(|start| start + self.fixed).collect();
        for (number, (field, column)) in self.fields.iter().zip(columns).enumerate() {
            let nulls = column.logical_nulls().filter(|n| n.null_count() > 0);
            let mut write = |row: usize, value: &[u8]| {
                let place = starts[row] + field.at;
                bytes[place..place + value.len()].copy_from_slice(value);
            };
            let valid = |row: usize| nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row));
            match field.kind {
                Kind::Boolean => {
                    let values = column.as_boolean().values();
                    for row in (0..rows).filter(|row| valid(*row)) {
                        write(row, &[u8::from(values.value(row))]);
                    }
                }
                Kind::Fixed(width) => {
                    let data = column.to_data();
                    let values = &data.buffers()[0].as_slice()[data.offset() * width..];
                    for row in (0..rows).filter(|row| valid(*row)) {
                        let value = &values[row * width..][..width];
                        match width {
                            // As constants, so that the copies are single moves.
                            4 => write(row, &value[..4]),
                            8 => write(row, &value[..8]),
                            _ => write(row, value),
                        }
                    }
                }
                Kind::Text => {
                    for row in (0..rows).filter(|row| valid(*row)) {
                        let value = match column.as_string_view_opt() {
                            Some(texts) => texts.value(row).as_bytes(),
                            None => column.as_binary_view().value(row),
                        };
                        let place = starts[row] + field.at;
                        bytes[place..place + LENGTH]
                            .copy_from_slice(&(value.len() as u32).to_le_bytes());
                        let place = &mut next[row];
                        bytes[*place..*place + value.len()].copy_from_slice(value);
                        *place += value.len();
                    }
                }
            }
            if let Some(nulls) = nulls {
                for row in (!nulls.inner()).set_indices() {
                    bytes[starts[row] + number / 8] |= 1 << (number % 8);
                }
            }
        }
        Ok(keys)
    }

    /// The columns of encoded rows.
    pub fn decode(&self, keys: &TextKeys) -> Result<Vec<ArrayRef>> {
        let rows = keys.len();
        let mut texts = vec![self.fixed; rows];
        let mut shared = None;
        let fields = self.fields.iter().enumerate();
        fields
            .map(|(number, field)| self.column(number, field, keys, &mut shared, &mut texts))
            .collect()
    }

    /// A column; `texts` says where the next string of each row is.
    fn column(
        &self,
        number: usize,
        field: &Field,
        keys: &TextKeys,
        shared: &mut Option<Buffer>,
        texts: &mut [usize],
    ) -> Result<ArrayRef> {
        let is_null = |key: &[u8]| key[number / 8] >> (number % 8) & 1 == 1;
        let nulls = || {
            let valid: Vec<bool> = keys.iter().map(|key| !is_null(key)).collect();
            Some(NullBuffer::from(valid)).filter(|nulls| nulls.null_count() > 0)
        };
        Ok(match field.kind {
            Kind::Boolean => {
                let values: BooleanBuffer = keys.iter().map(|key| key[field.at] == 1).collect();
                Arc::new(BooleanArray::new(values, nulls()))
            }
            Kind::Fixed(width) => {
                let mut values = Vec::with_capacity(keys.len() * width);
                for key in keys.iter() {
                    values.extend_from_slice(&key[field.at..field.at + width]);
                }
                let data = ArrayData::builder(field.data_type.clone())
                    .len(keys.len())
                    .add_buffer(Buffer::from(values))
                    .nulls(nulls());
                make_array(data.align_buffers(true).build()?)
            }
            Kind::Text => {
                let parts = Parts::new(keys, shared, |row, key| {
                    if is_null(key) {
                        return None;
                    }
                    let mut length = [0; LENGTH];
                    length.copy_from_slice(&key[field.at..field.at + LENGTH]);
                    let start = texts[row];
                    texts[row] += u32::from_le_bytes(length) as usize;
                    Some(start..texts[row])
                });
                match field.data_type {
                    // SAFETY: the bytes came from a string array.
                    DataType::Utf8View => unsafe { parts.strings() },
                    _ => parts.binaries(),
                }
            }
        })
    }
}

/// The views of a string or binary column.
fn views(column: &ArrayRef) -> &[u128] {
    match column.as_string_view_opt() {
        Some(texts) => texts.views(),
        None => column.as_binary_view().views(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{Int32Array, Int64Array, StringViewArray};

    #[test]
    fn rows_come_back() {
        let columns: Vec<ArrayRef> = vec![
            Arc::new(Int32Array::from(vec![Some(1), None, Some(-1), Some(0)])),
            Arc::new(StringViewArray::from(vec![
                Some("a"),
                Some("some text that is longer than a view"),
                None,
                Some(""),
            ])),
            Arc::new(BooleanArray::from(vec![
                None,
                Some(true),
                Some(false),
                Some(true),
            ])),
            Arc::new(StringViewArray::from(vec!["", "a", "b", "c"])),
            Arc::new(Int64Array::from(vec![i64::MIN, 0, 7, i64::MAX])),
        ];
        let types: Vec<DataType> = columns.iter().map(|c| c.data_type().clone()).collect();
        let flat = FlatRows::new(&types).unwrap();
        let keys = flat.encode(&columns, 4).unwrap();
        assert_eq!(flat.decode(&keys).unwrap(), columns);
        // Slices have offsets; equal rows have equal bytes.
        let slices: Vec<ArrayRef> = columns.iter().map(|column| column.slice(1, 2)).collect();
        let sliced = flat.encode(&slices, 2).unwrap();
        assert!(sliced.get(0) == keys.get(1) && sliced.get(1) == keys.get(2));
        assert_eq!(flat.decode(&sliced).unwrap(), slices);
    }

    #[test]
    fn null_is_neither_zero_nor_empty() {
        let columns: Vec<ArrayRef> = vec![
            Arc::new(Int32Array::from(vec![Some(0), None, Some(0)])),
            Arc::new(StringViewArray::from(vec![Some(""), Some(""), None])),
        ];
        let flat = FlatRows::new(&[DataType::Int32, DataType::Utf8View]).unwrap();
        let keys = flat.encode(&columns, 3).unwrap();
        assert!(keys.get(0) != keys.get(1) && keys.get(0) != keys.get(2));
        assert!(keys.get(1) != keys.get(2));
    }
}
