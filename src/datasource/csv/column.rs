//! From the fields of one column to an array.

use super::options::CsvOptions;
use super::parse::{DatetimeParser, DoubleParser, boolean, decimal, integer};
use super::tokenizer::Field;
use crate::error::{Error, Result};
use crate::kernel::interval_text::{parse_day_time, parse_year_month};
use crate::kernel::view::view_of;
use crate::types::DataType;
use arrow::array::{
    ArrayRef, ArrowPrimitiveType, BinaryViewBuilder, BooleanBuilder, NullBufferBuilder,
    PrimitiveArray, StringViewArray,
};
use arrow::buffer::{Buffer, ScalarBuffer};
use arrow::datatypes::{
    Date32Type, Decimal64Type, Decimal128Type, DurationMicrosecondType, Float32Type, Float64Type,
    Int8Type, Int16Type, Int32Type, Int64Type, IntervalYearMonthType, TimestampMicrosecondType,
};
use std::sync::Arc;

/// The rows of a batch that do not fit the schema.
#[derive(Debug, Default)]
pub(super) struct Failures {
    rows: Vec<bool>,
    count: usize,
}

impl Failures {
    /// No failures among `rows` rows.
    pub fn none(rows: usize) -> Failures {
        Failures {
            rows: vec![false; rows],
            count: 0,
        }
    }

    /// Marks a row.
    #[cold]
    pub fn mark(&mut self, row: usize) {
        if !std::mem::replace(&mut self.rows[row], true) {
            self.count += 1;
        }
    }

    /// Whether any row is marked.
    pub fn any(&self) -> bool {
        self.count > 0
    }

    /// One flag per row.
    pub fn rows(&self) -> &[bool] {
        &self.rows
    }
}

/// Where the fields of a batch lie.
#[derive(Clone, Copy)]
pub(super) struct Fields<'a> {
    pub fields: &'a [Field],
    pub window: &'a [u8],
    pub arena: &'a [u8],
    /// Whether window and arena are UTF-8 throughout.
    pub utf8: bool,
}

/// Makes arrays of one type. Shared by all workers.
#[derive(Debug)]
pub(super) struct ColumnParser {
    data_type: DataType,
    null_value: Vec<u8>,
    empty_value: Vec<u8>,
    doubles: DoubleParser,
    datetimes: Arc<DatetimeParser>,
}

impl ColumnParser {
    pub fn new(
        data_type: &DataType,
        options: &CsvOptions,
        datetimes: &Arc<DatetimeParser>,
    ) -> ColumnParser {
        ColumnParser {
            data_type: data_type.clone(),
            null_value: options.null_value.clone().into_bytes(),
            empty_value: options.empty_value.clone().into_bytes(),
            doubles: DoubleParser::new(options),
            datetimes: datetimes.clone(),
        }
    }

    /// The text of a field; None if it is NULL.
    #[inline]
    fn text<'a>(&'a self, field: Field, fields: Fields<'a>) -> Option<&'a [u8]> {
        if field.is_missing() {
            return None;
        }
        let mut bytes = field.bytes(fields.window, fields.arena);
        if bytes.is_empty() {
            if !field.is_quoted() {
                return None;
            }
            bytes = &self.empty_value;
        }
        (bytes != self.null_value).then_some(bytes)
    }

    /// The array of some fields. Fields that are no values of the type are NULL, and their rows marked.
    pub fn parse(&self, fields: Fields, failures: &mut Failures) -> Result<ArrayRef> {
        let datetimes = &*self.datetimes;
        let doubles = &self.doubles;
        Ok(match &self.data_type {
            DataType::String | DataType::Char(_) | DataType::Varchar(_) => self.strings(fields),
            DataType::Binary => {
                let mut builder = BinaryViewBuilder::with_capacity(fields.fields.len());
                for field in fields.fields {
                    builder.append_option(self.text(*field, fields));
                }
                Arc::new(builder.finish())
            }
            DataType::Boolean => {
                let mut builder = BooleanBuilder::with_capacity(fields.fields.len());
                for (row, field) in fields.fields.iter().enumerate() {
                    let text = self.text(*field, fields);
                    let value = text.and_then(boolean);
                    if value.is_none() && text.is_some() {
                        failures.mark(row);
                    }
                    builder.append_option(value);
                }
                Arc::new(builder.finish())
            }
            DataType::Byte => Arc::new(self.primitive::<Int8Type>(fields, failures, |bytes| {
                i8::try_from(integer(bytes)?).ok()
            })),
            DataType::Short => Arc::new(self.primitive::<Int16Type>(fields, failures, |bytes| {
                i16::try_from(integer(bytes)?).ok()
            })),
            DataType::Integer => Arc::new(self.primitive::<Int32Type>(fields, failures, |bytes| {
                i32::try_from(integer(bytes)?).ok()
            })),
            DataType::Long => Arc::new(self.primitive::<Int64Type>(fields, failures, integer)),
            DataType::Float => Arc::new(
                self.primitive::<Float32Type>(fields, failures, |bytes| doubles.parse_float(bytes)),
            ),
            DataType::Double => {
                Arc::new(
                    self.primitive::<Float64Type>(fields, failures, |bytes| doubles.parse(bytes)),
                )
            }
            DataType::Decimal { precision, scale } if *precision <= 18 => Arc::new(
                self.primitive::<Decimal64Type>(fields, failures, |bytes| {
                    i64::try_from(decimal(bytes, *precision, *scale)?).ok()
                })
                .with_precision_and_scale(*precision, *scale)?,
            ),
            DataType::Decimal { precision, scale } => Arc::new(
                self.primitive::<Decimal128Type>(fields, failures, |bytes| {
                    decimal(bytes, *precision, *scale)
                })
                .with_precision_and_scale(*precision, *scale)?,
            ),
            DataType::Date => Arc::new(
                self.primitive::<Date32Type>(fields, failures, |bytes| datetimes.date(bytes)),
            ),
            DataType::Timestamp => Arc::new(
                self.primitive::<TimestampMicrosecondType>(fields, failures, |bytes| {
                    datetimes.timestamp(bytes)
                })
                .with_timezone("UTC"),
            ),
            DataType::TimestampNtz => Arc::new(self.primitive::<TimestampMicrosecondType>(
                fields,
                failures,
                |bytes| datetimes.timestamp_ntz(bytes),
            )),
            DataType::YearMonthInterval { start, end } => Arc::new(
                self.primitive::<IntervalYearMonthType>(fields, failures, |bytes| {
                    parse_year_month(std::str::from_utf8(bytes).ok()?, *start, *end).ok()
                }),
            ),
            DataType::DayTimeInterval { start, end } => Arc::new(
                self.primitive::<DurationMicrosecondType>(fields, failures, |bytes| {
                    parse_day_time(std::str::from_utf8(bytes).ok()?, *start, *end).ok()
                }),
            ),
            other => return Err(Error::internal(format!("CSV column of type {other}"))),
        })
    }

    #[inline]
    fn primitive<T: ArrowPrimitiveType>(
        &self,
        fields: Fields,
        failures: &mut Failures,
        parse: impl Fn(&[u8]) -> Option<T::Native>,
    ) -> PrimitiveArray<T> {
        let mut values = Vec::with_capacity(fields.fields.len());
        let mut nulls = NullBufferBuilder::new(fields.fields.len());
        for (row, field) in fields.fields.iter().enumerate() {
            let Some(text) = self.text(*field, fields) else {
                values.push(T::default_value());
                nulls.append_null();
                continue;
            };
            match parse(text) {
                Some(value) => {
                    values.push(value);
                    nulls.append_non_null();
                }
                None => {
                    failures.mark(row);
                    values.push(T::default_value());
                    nulls.append_null();
                }
            }
        }
        PrimitiveArray::new(values.into(), nulls.finish())
    }

    /// Strings: short ones lie in their views, long ones are copied side by side into one buffer.
    fn strings(&self, fields: Fields) -> ArrayRef {
        if !fields.utf8 {
            let lossy = |field: &Field| {
                let bytes = self.text(*field, fields)?;
                Some(String::from_utf8_lossy(bytes).into_owned())
            };
            let strings: StringViewArray = fields.fields.iter().map(lossy).collect();
            return Arc::new(strings);
        }
        let mut views: Vec<u128> = Vec::with_capacity(fields.fields.len());
        let mut long: Vec<u8> = Vec::new();
        let mut nulls = NullBufferBuilder::new(fields.fields.len());
        for field in fields.fields {
            match self.text(*field, fields) {
                None => {
                    views.push(0);
                    nulls.append_null();
                }
                Some(bytes) => {
                    views.push(view_of(bytes, 0, long.len() as u32));
                    if bytes.len() > 12 {
                        long.extend_from_slice(bytes);
                    }
                    nulls.append_non_null();
                }
            }
        }
        let buffers = if long.is_empty() {
            Vec::new()
        } else {
            vec![Buffer::from_vec(long)]
        };
        // SAFETY: every view was made of bytes that are copied to the offset it names, or that it holds
        // itself. The bytes are UTF-8: the window was checked as a whole, fields begin and end at ASCII
        // characters, and the options' texts are strings.
        let array = unsafe {
            StringViewArray::new_unchecked(
                ScalarBuffer::from(views),
                buffers.into(),
                nulls.finish(),
            )
        };
        Arc::new(array)
    }
}
