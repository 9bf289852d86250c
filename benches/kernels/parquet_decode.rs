//! Decoding Parquet columns, by encoding and compression.
//!
//! Limit: the `parquet` crate alone over the same bytes in memory, told to make the engine's arrays (string views,
//! 64-bit decimals) in batches of the engine's size. What is above it is the engine's scan.

use super::data::{self, BATCH};
use super::harness::{Bench, Limit};
use arrow::array::{ArrayRef, RecordBatch};
use bytes::Bytes;
use firesteel::prelude::*;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
};
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::file::properties::WriterProperties;
use std::path::Path;

const FAMILY: &str = "parquet decode";
const ROWS: usize = 1 << 20;

pub fn run(bench: &mut Bench) {
    let wide = data::below(ROWS, 1 << 40, 1);
    let narrow = data::below(ROWS, 5_000, 2);
    let longs = data::integers(wide.iter().map(|n| *n as i64));
    let rising = data::integers((0..ROWS as i64).map(|n| n * 4 + (n & 3)));
    let few = data::integers(narrow.iter().map(|n| *n as i64));
    let keys = data::integers(data::below(ROWS, 100_000, 3).iter().map(|n| *n as i64));
    let money = data::decimals(wide.iter().map(|n| (n & 0xff_ffff) as i64), 15, 2);
    let days = data::dates(narrow.iter().map(|n| *n as i32));
    let texts = data::strings(wide.iter().map(|n| format!("some text about {n}")));
    let flags = data::strings(narrow.iter().map(|n| ["A", "N", "R"][*n as usize % 3]));
    let (plain, none) = (Some(Encoding::PLAIN), Compression::UNCOMPRESSED);
    let zstd = Compression::ZSTD(ZstdLevel::default());
    let cases: [(&str, &ArrayRef, Option<Encoding>, Compression); 13] = [
        ("BIGINT, plain", &longs, plain, none),
        ("BIGINT, dictionary", &few, None, none),
        (
            "BIGINT, delta",
            &rising,
            Some(Encoding::DELTA_BINARY_PACKED),
            none,
        ),
        (
            "BIGINT, byte stream split",
            &longs,
            Some(Encoding::BYTE_STREAM_SPLIT),
            none,
        ),
        ("BIGINT, plain, snappy", &longs, plain, Compression::SNAPPY),
        ("BIGINT, plain, zstd", &longs, plain, zstd),
        // Half of it is the dictionary: numbers that share their upper bytes.
        ("BIGINT, keys, snappy", &keys, None, Compression::SNAPPY),
        ("DATE, dictionary", &days, None, none),
        ("DECIMAL(15,2), plain", &money, plain, none),
        ("STRING, plain", &texts, plain, none),
        ("STRING, plain, snappy", &texts, plain, Compression::SNAPPY),
        (
            "STRING, delta byte array",
            &texts,
            Some(Encoding::DELTA_BYTE_ARRAY),
            none,
        ),
        ("STRING, dictionary", &flags, None, none),
    ];
    let folder = tempfile::tempdir().expect("a folder");
    let spark = Session::builder()
        .master("local[1]")
        .create()
        .expect("a session");
    for (name, column, encoding, compression) in cases {
        if !bench.wants(FAMILY, name) {
            continue;
        }
        let path = folder.path().join("column.parquet");
        write(&path, column, encoding, compression);
        let bytes = Bytes::from(std::fs::read(&path).expect("the file"));
        let frame = spark.read().parquet(path.as_path()).expect("the file");
        let limit = Limit::new("the parquet crate alone", || decode(&bytes, column));
        bench.measure(FAMILY, name, ROWS, limit, || {
            super::scan::drain(&spark, &frame).expect("rows")
        });
    }
}

fn write(path: &Path, column: &ArrayRef, encoding: Option<Encoding>, compression: Compression) {
    let batch = RecordBatch::try_from_iter([("c", column.clone())]).expect("a batch");
    let properties = WriterProperties::builder()
        .set_compression(compression)
        .set_dictionary_enabled(encoding.is_none());
    let properties = match encoding {
        Some(encoding) => properties.set_encoding(encoding),
        None => properties,
    };
    let file = std::fs::File::create(path).expect("a file");
    let writer = ArrowWriter::try_new(file, batch.schema(), Some(properties.build()));
    let mut writer = writer.expect("a writer");
    writer.write(&batch).expect("rows are written");
    writer.close().expect("the file is complete");
}

fn decode(bytes: &Bytes, column: &ArrayRef) -> usize {
    let batch = RecordBatch::try_from_iter([("c", column.clone())]).expect("a batch");
    let options = ArrowReaderOptions::new().with_schema(batch.schema());
    let metadata = ArrowReaderMetadata::load(bytes, options).expect("a footer");
    let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(bytes.clone(), metadata);
    let reader = builder.with_batch_size(BATCH).build().expect("a reader");
    reader.map(|batch| batch.expect("rows").num_rows()).sum()
}
