//! What footers know of columns: ranges of row groups for pruning, statistics of the table for the
//! optimizer.

use super::file::ParquetFile;
use crate::datasource::pruning::{ColumnRange, compare_values};
use crate::datasource::table::{ColumnStatistics, Statistics};
use crate::types::{DataType, Decimal, StructType, Value};
use parquet::basic::{Compression, LogicalType, TimeUnit, Type as PhysicalType};
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData, RowGroupMetaData};
use parquet::file::statistics::Statistics as ParquetStatistics;
use parquet::schema::types::ColumnDescriptor;
use std::cmp::Ordering;

/// The leaf of a top-level column that is not nested, by name.
pub(super) fn flat_leaf(metadata: &ParquetMetaData, name: &str) -> Option<usize> {
    let schema = metadata.file_metadata().schema_descr();
    let matches = |fold: bool| {
        schema.columns().iter().position(|column| {
            let parts = column.path().parts();
            parts.len() == 1 && (parts[0] == name || (fold && parts[0].eq_ignore_ascii_case(name)))
        })
    };
    matches(false).or_else(|| matches(true))
}

/// What is known of a column of a row group.
pub(super) fn range(
    row_group: &RowGroupMetaData,
    leaf: usize,
    data_type: &DataType,
) -> ColumnRange {
    let column = row_group.column(leaf);
    let Some(statistics) = column.statistics() else {
        return ColumnRange::unknown();
    };
    let nulls = statistics.null_count_opt();
    let optional = column.column_descr().max_def_level() > 0;
    let rows = u64::try_from(row_group.num_rows()).unwrap_or(0);
    let bounds = bounds(statistics, column.column_descr(), data_type);
    let (minimum, maximum) = bounds.map_or((None, None), |(min, max)| (min, max));
    ColumnRange {
        minimum,
        maximum,
        may_be_null: optional && nulls != Some(0),
        all_null: rows > 0 && nulls == Some(rows),
    }
}

/// Smallest and largest value by the statistics of a chunk; None where they cannot be trusted.
pub(super) fn bounds(
    statistics: &ParquetStatistics,
    column: &ColumnDescriptor,
    data_type: &DataType,
) -> Option<(Option<Value>, Option<Value>)> {
    let decimal = |unscaled: i128| match data_type {
        DataType::Decimal { precision, .. } => Some(Value::Decimal(Decimal {
            unscaled,
            precision: *precision,
            scale: i8::try_from(column.type_scale().max(0)).ok()?,
        })),
        _ => None,
    };
    let integer = |value: i64, unsigned: bool| -> Option<Value> {
        if unsigned {
            return None;
        }
        Some(match data_type {
            DataType::Byte => Value::Byte(i8::try_from(value).ok()?),
            DataType::Short => Value::Short(i16::try_from(value).ok()?),
            DataType::Integer => Value::Integer(i32::try_from(value).ok()?),
            DataType::Long => Value::Long(value),
            DataType::Date => Value::Date(i32::try_from(value).ok()?),
            DataType::Double => Value::Double(value as f64),
            DataType::Timestamp => Value::Timestamp(value),
            DataType::TimestampNtz => Value::TimestampNtz(value),
            DataType::Decimal { .. } => return decimal(i128::from(value)),
            _ => return None,
        })
    };
    let unsigned =
        matches!(column.logical_type_ref(), Some(LogicalType::Integer(int)) if !int.is_signed);
    match statistics {
        ParquetStatistics::Boolean(s) => Some((
            s.min_opt().map(|v| Value::Boolean(*v)),
            s.max_opt().map(|v| Value::Boolean(*v)),
        )),
        ParquetStatistics::Int32(s) => {
            let is_date = matches!(column.logical_type_ref(), Some(LogicalType::Date));
            if matches!(data_type, DataType::Timestamp | DataType::TimestampNtz)
                || (is_date != (*data_type == DataType::Date))
            {
                return None;
            }
            Some((
                s.min_opt().and_then(|v| integer(i64::from(*v), unsigned)),
                s.max_opt().and_then(|v| integer(i64::from(*v), unsigned)),
            ))
        }
        ParquetStatistics::Int64(s) => {
            let scale = match column.logical_type_ref() {
                Some(LogicalType::Timestamp(timestamp)) => match timestamp.unit {
                    TimeUnit::MILLIS => |v: i64| v.wrapping_mul(1000),
                    TimeUnit::MICROS => |v: i64| v,
                    TimeUnit::NANOS => |v: i64| v.div_euclid(1000),
                },
                _ => |v: i64| v,
            };
            Some((
                s.min_opt().and_then(|v| integer(scale(*v), unsigned)),
                s.max_opt().and_then(|v| integer(scale(*v), unsigned)),
            ))
        }
        ParquetStatistics::Int96(_) => None,
        ParquetStatistics::Float(s) => {
            let value = |v: &f32| match data_type {
                DataType::Float => Some(Value::Float(*v)),
                DataType::Double => Some(Value::Double(f64::from(*v))),
                _ => None,
            };
            Some((
                s.min_opt().filter(|v| !v.is_nan()).and_then(value),
                s.max_opt().filter(|v| !v.is_nan()).and_then(value),
            ))
        }
        ParquetStatistics::Double(s) => Some((
            s.min_opt()
                .filter(|v| !v.is_nan())
                .map(|v| Value::Double(*v)),
            s.max_opt()
                .filter(|v| !v.is_nan())
                .map(|v| Value::Double(*v)),
        )),
        // The old fields of the format compare bytes as signed numbers.
        ParquetStatistics::ByteArray(_) | ParquetStatistics::FixedLenByteArray(_)
            if statistics.is_min_max_deprecated() =>
        {
            None
        }
        ParquetStatistics::ByteArray(_) | ParquetStatistics::FixedLenByteArray(_) => {
            let value = |bytes: &[u8], upper: bool| match data_type {
                DataType::String | DataType::Char(_) | DataType::Varchar(_) => {
                    text_bound(bytes, upper)
                }
                DataType::Binary => Some(Value::Binary(bytes.into())),
                DataType::Decimal { .. } => decimal(big_endian(bytes)?),
                _ => None,
            };
            Some((
                statistics
                    .min_bytes_opt()
                    .and_then(|bytes| value(bytes, false)),
                statistics
                    .max_bytes_opt()
                    .and_then(|bytes| value(bytes, true)),
            ))
        }
    }
}

/// Bounds may be cut in the middle of a character: a lower bound may be cut further, an upper one is lost.
fn text_bound(bytes: &[u8], upper: bool) -> Option<Value> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Some(Value::String(text.into())),
        Err(_) if upper => None,
        Err(error) => {
            let valid = std::str::from_utf8(&bytes[..error.valid_up_to()]).ok()?;
            Some(Value::String(valid.into()))
        }
    }
}

fn big_endian(bytes: &[u8]) -> Option<i128> {
    if bytes.is_empty() || bytes.len() > 16 {
        return None;
    }
    let sign = if bytes[0] & 0x80 != 0 { 0xff } else { 0 };
    let mut wide = [sign; 16];
    wide[16 - bytes.len()..].copy_from_slice(bytes);
    Some(i128::from_be_bytes(wide))
}

/// Statistics of a whole table, one column per field of `schema`. Files whose footers cannot be read leave
/// them unknown: the scan will say why.
pub(super) fn table_statistics(files: &[&ParquetFile], schema: &StructType) -> Statistics {
    let mut rows = 0;
    let mut bytes = 0;
    let mut columns: Vec<Accumulator> = schema.iter().map(|_| Accumulator::default()).collect();
    for file in files {
        let Ok(footer) = file.footer() else {
            return Statistics::default();
        };
        let leaves: Vec<Option<usize>> = (schema.iter())
            .map(|field| flat_leaf(&footer, &field.name))
            .collect();
        for row_group in footer.row_groups() {
            rows += u64::try_from(row_group.num_rows()).unwrap_or(0);
            bytes += u64::try_from(row_group.total_byte_size()).unwrap_or(0);
            for ((column, leaf), field) in columns.iter_mut().zip(&leaves).zip(schema.iter()) {
                match leaf {
                    Some(leaf) => column.add(row_group, *leaf, &field.data_type),
                    None => column.known = false,
                }
            }
        }
    }
    Statistics {
        rows: Some(rows),
        bytes: Some(bytes),
        columns: (columns.into_iter().zip(schema.iter()))
            .map(|(column, field)| column.finish(rows, &field.data_type))
            .collect(),
    }
}

/// Statistics of a column over the row groups seen so far.
struct Accumulator {
    minimum: Option<Value>,
    maximum: Option<Value>,
    nulls: Option<u64>,
    uncompressed: i64,
    /// Distinct values, as far as dictionaries tell.
    entries: Option<f64>,
    known: bool,
    seen: bool,
}

impl Default for Accumulator {
    fn default() -> Self {
        Accumulator {
            minimum: None,
            maximum: None,
            nulls: Some(0),
            uncompressed: 0,
            entries: Some(0.0),
            known: true,
            seen: false,
        }
    }
}

impl Accumulator {
    fn add(&mut self, row_group: &RowGroupMetaData, leaf: usize, data_type: &DataType) {
        let column = row_group.column(leaf);
        self.uncompressed += column.uncompressed_size();
        let nulls = column.statistics().and_then(|s| s.null_count_opt());
        let nulls = nulls.or((column.column_descr().max_def_level() == 0).then_some(0));
        self.nulls = self.nulls.zip(nulls).map(|(a, b)| a + b);
        let range = range(row_group, leaf, data_type);
        if range.all_null {
            return;
        }
        let counted = column.statistics().and_then(|s| s.distinct_count_opt());
        let entries = match counted {
            Some(count) => Some(count as f64),
            None => dictionary_entries(column, &range),
        };
        let outside = self.share_outside(&range);
        self.entries = self.entries.zip(entries).map(|(known, entries)| {
            // Where values repeat much, other row groups of the same range have the same ones.
            match entries < REPEATED * row_group.num_rows() as f64 {
                true => known.max(entries).max(known + entries * outside),
                false => known + entries,
            }
        });
        if range.minimum.is_none() || range.maximum.is_none() {
            self.known = false;
        }
        let first = !std::mem::replace(&mut self.seen, true);
        let merge = |own: &mut Option<Value>, other: Option<Value>, better: Ordering| {
            let replace = match (&*own, &other) {
                (Some(a), Some(b)) => compare_values(b, a) == Some(better),
                _ => first,
            };
            if replace {
                *own = other;
            }
        };
        merge(&mut self.minimum, range.minimum, Ordering::Less);
        merge(&mut self.maximum, range.maximum, Ordering::Greater);
    }

    /// The share of a row group's range that lies outside of what was seen before: files are often sorted by a
    /// column, so that every row group has other values.
    fn share_outside(&self, range: &ColumnRange) -> f64 {
        let (Some(seen_from), Some(seen_to)) = (&self.minimum, &self.maximum) else {
            return 1.0;
        };
        let (Some(from), Some(to)) = (&range.minimum, &range.maximum) else {
            return 0.0;
        };
        let is_less = |a, b| compare_values(a, b) == Some(Ordering::Less);
        if is_less(to, seen_from) || is_less(seen_to, from) {
            return 1.0;
        }
        let first = if is_less(from, seen_from) {
            seen_from
        } else {
            from
        };
        let last = if is_less(seen_to, to) { seen_to } else { to };
        match (value_count(from, to), value_count(first, last)) {
            (Some(all), Some(inside)) => 1.0 - inside as f64 / all.max(1) as f64,
            _ => 0.0,
        }
    }

    fn finish(self, rows: u64, data_type: &DataType) -> ColumnStatistics {
        let (minimum, maximum) = if self.known {
            (self.minimum, self.maximum)
        } else {
            (None, None)
        };
        let distinct =
            (minimum.as_ref().zip(maximum.as_ref())).and_then(|(min, max)| value_count(min, max));
        let entries = (self.entries.filter(|_| self.seen)).map(|entries| entries.ceil() as u64);
        let distinct = match (distinct, entries) {
            // A range says it exactly where values are dense; a dictionary's bytes only about.
            (Some(range), Some(entries)) if entries > range / 2 => Some(range),
            (range, entries) => entries.or(range),
        };
        let distinct = distinct.map(|count| count.clamp(1, rows.max(1)));
        let width = match data_type {
            DataType::Boolean => Some(0.125),
            DataType::Byte => Some(1.0),
            DataType::Short => Some(2.0),
            DataType::Integer | DataType::Float | DataType::Date => Some(4.0),
            DataType::Decimal { precision, .. } if *precision > 18 => Some(16.0),
            DataType::String | DataType::Char(_) | DataType::Varchar(_) | DataType::Binary => {
                let average = self.uncompressed as f64 / rows.max(1) as f64;
                Some(16.0 + if average > 12.0 { average } else { 0.0 })
            }
            DataType::Array { .. } | DataType::Map { .. } | DataType::Struct(_) => None,
            _ => Some(8.0),
        };
        ColumnStatistics {
            nulls: self.nulls,
            distinct,
            minimum,
            maximum,
            width,
        }
    }
}

/// Share of a row group's rows below which its values are taken to be those of other row groups too.
const REPEATED: f64 = 0.1;
/// Bytes of the header of a dictionary page.
const PAGE_HEADER: f64 = 16.0;
/// Bytes from which a dictionary was probably given up for part of the values.
const FULL_DICTIONARY: i64 = 400 << 10;

/// About how many entries the dictionary of a column has, from the bytes that its page takes.
fn dictionary_entries(column: &ColumnChunkMetaData, range: &ColumnRange) -> Option<f64> {
    let bytes = column.data_page_offset() - column.dictionary_page_offset()?;
    if bytes <= 0 || bytes > FULL_DICTIONARY {
        return None;
    }
    let length = |value: &Option<Value>| match value {
        Some(Value::String(text)) => Some(text.len() as f64),
        Some(Value::Binary(bytes)) => Some(bytes.len() as f64),
        _ => None,
    };
    let entry = match column.column_descr().physical_type() {
        PhysicalType::BOOLEAN => return None,
        PhysicalType::INT32 | PhysicalType::FLOAT => 4.0,
        PhysicalType::INT64 | PhysicalType::DOUBLE => 8.0,
        PhysicalType::INT96 => 12.0,
        PhysicalType::FIXED_LEN_BYTE_ARRAY => f64::from(column.column_descr().type_length()),
        PhysicalType::BYTE_ARRAY => 4.0 + (length(&range.minimum)? + length(&range.maximum)?) / 2.0,
    };
    let content = (bytes as f64 - PAGE_HEADER).max(entry);
    // Small dictionaries do not compress.
    let compressed = column.compression() != Compression::UNCOMPRESSED && content > 1024.0;
    Some(content / entry * if compressed { 1.5 } else { 1.0 })
}

/// How many values a range of integers (or of a type counted by integers) has.
fn value_count(minimum: &Value, maximum: &Value) -> Option<u64> {
    let number = |value: &Value| match value {
        Value::Date(days) => Some(i128::from(*days)),
        Value::Decimal(decimal) => Some(decimal.unscaled),
        Value::Boolean(value) => Some(i128::from(*value)),
        other => other.as_i64().map(i128::from),
    };
    let span = number(maximum)?
        .checked_sub(number(minimum)?)?
        .checked_add(1)?;
    u64::try_from(span).ok()
}
