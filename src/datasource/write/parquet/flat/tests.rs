//! Chunks against those of the `parquet` crate: the same values, statistics and pages.

use super::{DICTIONARY_BYTES, PAGE_BYTES, PAGE_ROWS};
use crate::datasource::write::parquet::{EncodedFile, ROW_GROUP_ROWS};
use arrow::array::{
    Array, ArrayRef, BinaryViewArray, BooleanArray, Date32Array, Decimal64Array, Int32Array,
    Int64Array, RecordBatch, StringViewArray, TimestampMicrosecondArray,
};
use arrow::compute::{cast, concat_batches};
use arrow::datatypes::{Field, Schema, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::file::metadata::{PageIndexPolicy, ParquetMetaData};
use parquet::file::properties::{WriterProperties, WriterPropertiesBuilder};
use std::fs::File;
use std::sync::Arc;

fn schema(columns: &[(&str, ArrayRef, bool)]) -> SchemaRef {
    let fields = columns
        .iter()
        .map(|(name, array, nullable)| Field::new(*name, array.data_type().clone(), *nullable));
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// What is read back, and the footer.
fn read(file: &File) -> (RecordBatch, Arc<ParquetMetaData>) {
    let options = ArrowReaderOptions::new().with_page_index_policy(PageIndexPolicy::Required);
    let metadata = ArrowReaderMetadata::load(file, options).unwrap();
    let footer = metadata.metadata().clone();
    let reader =
        ParquetRecordBatchReaderBuilder::new_with_metadata(file.try_clone().unwrap(), metadata);
    let reader = reader.with_batch_size(1000).build().unwrap();
    let batches: Vec<RecordBatch> = reader.map(Result::unwrap).collect();
    (
        concat_batches(&batches[0].schema(), &batches).unwrap(),
        footer,
    )
}

fn properties(codec: Compression) -> WriterPropertiesBuilder {
    WriterProperties::builder().set_compression(codec)
}

/// Writes columns in batches of so many rows, reads them back, and gives the footer.
fn write(
    columns: &[(&str, ArrayRef, bool)],
    rows: usize,
    codec: Compression,
) -> Arc<ParquetMetaData> {
    let schema = schema(columns);
    let file = tempfile::tempfile().unwrap();
    let output = file.try_clone().unwrap();
    let mut writer = EncodedFile::new(output, schema.clone(), properties(codec).build()).unwrap();
    let arrays: Vec<ArrayRef> = columns.iter().map(|(_, array, _)| array.clone()).collect();
    let total = arrays[0].len();
    for start in (0..total).step_by(rows) {
        let length = rows.min(total - start);
        let batch: Vec<ArrayRef> = arrays.iter().map(|a| a.slice(start, length)).collect();
        writer.write(&batch, length).unwrap();
    }
    writer.finish().unwrap();
    let (found, footer) = read(&file);
    for (index, (name, array, _)) in columns.iter().enumerate() {
        // Without Arrow's schema, the reader chooses other types.
        let found = cast(found.column(index), array.data_type()).unwrap();
        assert!(found.as_ref() == array.as_ref(), "{name}");
    }
    footer
}

/// The footer of the same columns written by the crate.
fn write_by_crate(
    columns: &[(&str, ArrayRef, bool)],
    ours: &ParquetMetaData,
) -> Arc<ParquetMetaData> {
    let schema = schema(columns);
    let file = tempfile::tempfile().unwrap();
    let group = ours.row_group(0);
    let mut properties = properties(group.column(0).compression()) // The crate ends pages only between so many rows.
        .set_write_batch_size(1000)
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS));
    for column in group.columns() {
        let has_dictionary = column.dictionary_page_offset().is_some();
        let path = column.column_path().clone();
        properties = properties.set_column_dictionary_enabled(path, has_dictionary);
    }
    let output = file.try_clone().unwrap();
    let mut writer =
        ArrowWriter::try_new(output, schema.clone(), Some(properties.build())).unwrap();
    let arrays = columns.iter().map(|(_, array, _)| array.clone()).collect();
    writer
        .write(&RecordBatch::try_new(schema, arrays).unwrap())
        .unwrap();
    writer.close().unwrap();
    read(&file).1
}

fn compare(columns: &[(&str, ArrayRef, bool)], codec: Compression) {
    let ours = write(columns, 7001, codec);
    let theirs = write_by_crate(columns, &ours);
    assert_eq!(ours.num_row_groups(), theirs.num_row_groups());
    for group in 0..ours.num_row_groups() {
        for (index, (name, ..)) in columns.iter().enumerate() {
            let (a, b) = (
                ours.row_group(group).column(index),
                theirs.row_group(group).column(index),
            );
            assert_eq!(a.statistics(), b.statistics(), "{name}");
            assert_eq!(a.num_values(), b.num_values(), "{name}");
            assert_eq!(a.compression(), b.compression(), "{name}");
            assert_eq!(
                a.encodings().collect::<Vec<_>>(),
                b.encodings().collect::<Vec<_>>(),
                "{name}"
            );
            assert_eq!(
                a.unencoded_byte_array_data_bytes(),
                b.unencoded_byte_array_data_bytes()
            );
            let of = |footer: &ParquetMetaData| {
                let pages = footer.page_index_for_row_group(group);
                (
                    pages.column_index(index).unwrap().clone(),
                    pages.num_data_pages(index),
                )
            };
            let ((ours, our_pages), (theirs, their_pages)) = (of(&ours), of(&theirs));
            assert_eq!(our_pages, their_pages, "{name}");
            assert_eq!(ours, theirs, "{name}");
        }
    }
}

fn texts(rows: usize, text: impl Fn(usize) -> Option<String>) -> ArrayRef {
    Arc::new(StringViewArray::from_iter((0..rows).map(text)))
}

/// A number that jumps about.
fn mixed(row: usize) -> usize {
    row.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40
}

fn columns(rows: usize) -> Vec<(&'static str, ArrayRef, bool)> {
    let every = |n: usize| move |row: usize| (!row.is_multiple_of(n)).then_some(row);
    let longs = |value: &dyn Fn(usize) -> Option<i64>| -> ArrayRef {
        Arc::new(Int64Array::from_iter((0..rows).map(value)))
    };
    let decimal = |precision: u8, array: Decimal64Array| -> ArrayRef {
        Arc::new(array.with_precision_and_scale(precision, 2).unwrap())
    };
    let stamps = TimestampMicrosecondArray::from_iter_values((0..rows).map(|row| row as i64 / 9));
    let bytes =
        (0..rows).map(|row| every(5)(row).map(|row| vec![0xff - (row % 7) as u8; row % 90]));
    vec![
        ("sorted", longs(&|row| Some(row as i64 / 4)), false),
        ("descending", longs(&|row| Some(-(row as i64))), true),
        (
            "few",
            longs(&|row| Some([i64::MIN, i64::MAX, 0, -1, 7][mixed(row) % 5])),
            false,
        ),
        (
            "nullable",
            longs(&|row| every(3)(row).map(|row| mixed(row) as i64)),
            true,
        ),
        // Nothing but NULL for some pages.
        (
            "gaps",
            longs(&|row| (!(100..=50_000).contains(&row)).then_some(row as i64 % 17)),
            true,
        ),
        ("void", longs(&|_| None), true),
        (
            "int",
            Arc::new(Int32Array::from_iter_values(
                (0..rows).map(|row| mixed(row) as i32 - 99),
            )),
            false,
        ),
        (
            "date",
            Arc::new(Date32Array::from_iter(
                (0..rows).map(|row| every(9)(row).map(|row| row as i32 % 2500)),
            )),
            true,
        ),
        (
            "short_decimal",
            decimal(
                9,
                Decimal64Array::from_iter_values((0..rows).map(|row| 5 - mixed(row) as i64 % 50)),
            ),
            false,
        ),
        (
            "decimal",
            decimal(
                18,
                Decimal64Array::from_iter(
                    (0..rows).map(|row| every(4)(row).map(|row| (mixed(row) as i64) << 9)),
                ),
            ),
            true,
        ),
        ("timestamp", Arc::new(stamps.with_timezone("UTC")), false),
        (
            "flag",
            texts(rows, |row| Some(["R", "A", "", "N"][mixed(row) % 4].into())),
            false,
        ),
        (
            "mode",
            texts(rows, |row| {
                every(6)(row)
                    .map(|row| format!("mode of more than twelve bytes {}", mixed(row) % 300))
            }),
            true,
        ),
        (
            "comment",
            texts(rows, |row| {
                Some(format!("{} comes before {row}", mixed(row)))
            }),
            true,
        ),
        (
            "long",
            texts(rows, |row| Some("ü".repeat(mixed(row) % 60) + "x")),
            false,
        ),
        ("bytes", Arc::new(BinaryViewArray::from_iter(bytes)), true),
        // The crate's.
        (
            "boolean",
            Arc::new(BooleanArray::from_iter(
                (0..rows).map(|row| Some(row % 3 == 0)),
            )),
            false,
        ),
    ]
}

#[test]
fn chunks_are_those_of_the_crate() {
    for rows in [1, 8, 1000, PAGE_ROWS, 70_001] {
        compare(&columns(rows), Compression::SNAPPY);
    }
    compare(&columns(3000), Compression::UNCOMPRESSED);
    compare(
        &columns(3000),
        Compression::ZSTD(ZstdLevel::try_new(3).unwrap()),
    );
    // Only the crate has this one.
    compare(&columns(3000), Compression::LZ4_RAW);
}

#[test]
fn a_dictionary_that_grows_too_large_is_given_up() {
    // Few values in the first page, then only new ones.
    let rows = 2 * DICTIONARY_BYTES / size_of::<i64>() + 2 * PAGE_ROWS;
    let value = |row: usize| {
        if row < PAGE_ROWS {
            row % 10
        } else {
            mixed(row)
        }
    };
    let longs: ArrayRef = Arc::new(Int64Array::from_iter_values(
        (0..rows).map(|row| value(row) as i64),
    ));
    let long_texts = texts(rows, |row| {
        Some(format!("a text of which there is only one, {}", value(row)))
    });
    let columns = [("longs", longs, false), ("texts", long_texts, true)];
    let footer = write(&columns, 10_000, Compression::SNAPPY);
    for column in footer.row_group(0).columns() {
        let encodings: Vec<Encoding> = column.encodings().collect();
        assert!(column.dictionary_page_offset().is_some());
        assert!(
            encodings.contains(&Encoding::PLAIN) && encodings.contains(&Encoding::RLE_DICTIONARY)
        );
    }
}

#[test]
fn large_texts_end_pages_early() {
    let columns = [(
        "texts",
        texts(50, |row| Some(row.to_string().repeat(PAGE_BYTES / 10))),
        false,
    )];
    let footer = write(&columns, 50, Compression::SNAPPY);
    let pages = footer
        .page_index_for_row_group(0)
        .num_data_pages(0)
        .unwrap();
    assert!(pages > 5, "{pages}");
}

#[test]
fn a_null_where_none_may_be_is_an_error() {
    let columns = [(
        "longs",
        Arc::new(Int64Array::from(vec![Some(1), None])) as ArrayRef,
        false,
    )];
    let file = tempfile::tempfile().unwrap();
    let properties = properties(Compression::SNAPPY).build();
    let mut writer = EncodedFile::new(file, schema(&columns), properties).unwrap();
    writer.write(&[columns[0].1.clone()], 2).unwrap();
    assert!(writer.finish().is_err());
}
