//! Timestamps as INT96: nanoseconds of the day and Julian day, twelve bytes, little-endian. Deprecated by the
//! format, yet Spark's default.
//!
//! The `parquet` crate encodes no Arrow type as INT96. But the pages of an INT96 column are, byte for byte, those of a
//! FIXED_LEN_BYTE_ARRAY(12) column. So columns are encoded as the latter under an *encoded* schema, and finished
//! chunks go into the file under the *file's* schema:
//!
//! ```text
//!   timestamps ─► 12 bytes each ─► column writer (encoded schema: FIXED_LEN_BYTE_ARRAY) ─► chunk
//!                                                  same pages, new description (INT96), no min/max ─┴─► file
//! ```
//!
//! Statistics are left out: INT96 has no order that readers agree on.

use arrow::array::{Array, FixedSizeBinaryArray, PrimitiveArray};
use arrow::buffer::MutableBuffer;
use arrow::datatypes::TimestampMicrosecondType;
use parquet::basic::{ConvertedType, Type as PhysicalType};
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::Result;
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::schema::types::{ColumnDescPtr, Type, TypePtr};
use std::sync::Arc;

/// Bytes of an INT96.
const WIDTH: i32 = 12;

/// The Julian day of 1970-01-01.
const EPOCH_JULIAN_DAY: i64 = 2_440_588;

const MICROS_PER_DAY: i64 = 86_400_000_000;

/// Microseconds since the epoch as INT96.
pub(super) fn int96_bytes(
    micros: &PrimitiveArray<TimestampMicrosecondType>,
) -> crate::error::Result<FixedSizeBinaryArray> {
    let mut bytes = MutableBuffer::with_capacity(micros.len() * WIDTH as usize);
    for value in micros.values() {
        let nanos = value.rem_euclid(MICROS_PER_DAY) * 1000;
        let day = value.div_euclid(MICROS_PER_DAY) + EPOCH_JULIAN_DAY;
        bytes.extend_from_slice(&nanos.to_le_bytes());
        // Any timestamp's day fits; the garbage under NULLs need not.
        bytes.extend_from_slice(&(day as i32).to_le_bytes());
    }
    let nulls = micros.nulls().cloned();
    Ok(FixedSizeBinaryArray::try_new(WIDTH, bytes.into(), nulls)?)
}

/// The schema of the file for the schema in which columns are encoded: twelve bytes without further meaning
/// become INT96. (Decimals of that width have a meaning.)
pub(super) fn file_schema(encoded: &Type) -> Result<TypePtr> {
    let info = encoded.get_basic_info();
    let typed = match encoded {
        Type::PrimitiveType {
            physical_type: PhysicalType::FIXED_LEN_BYTE_ARRAY,
            type_length: WIDTH,
            ..
        } if info.logical_type_ref().is_none() && info.converted_type() == ConvertedType::NONE => {
            Type::primitive_type_builder(info.name(), PhysicalType::INT96)
                .with_repetition(info.repetition())
                .build()?
        }
        Type::PrimitiveType { .. } => encoded.clone(),
        Type::GroupType { fields, .. } => {
            let fields = fields.iter().map(|field| file_schema(field));
            let mut group = Type::group_type_builder(info.name())
                .with_converted_type(info.converted_type())
                .with_logical_type(info.logical_type_ref().cloned())
                .with_fields(fields.collect::<Result<_>>()?);
            if info.has_repetition() {
                group = group.with_repetition(info.repetition());
            }
            group.build()?
        }
    };
    Ok(Arc::new(typed))
}

/// Says of an encoded chunk that it belongs to `column` of the file.
pub(super) fn describe_as(close: &mut ColumnCloseResult, column: &ColumnDescPtr) -> Result<()> {
    let encoded = &close.metadata;
    if encoded.column_descr() == column.as_ref() {
        return Ok(());
    }
    close.metadata = ColumnChunkMetaData::builder(column.clone())
        .set_compression_codec(encoded.compression_codec())
        .set_encodings_mask(*encoded.encodings_mask())
        .set_total_compressed_size(encoded.compressed_size())
        .set_total_uncompressed_size(encoded.uncompressed_size())
        .set_num_values(encoded.num_values())
        .set_data_page_offset(encoded.data_page_offset())
        .set_dictionary_page_offset(encoded.dictionary_page_offset())
        .build()?;
    close.column_index = None;
    close.bloom_filter = None;
    Ok(())
}
