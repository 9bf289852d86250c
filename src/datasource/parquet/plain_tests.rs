//! Plain columns: by the decoder of [`super::plain`], and by the `parquet` crate where that one gives up.

use super::decode::{BATCH_ROWS, FilePlan};
use super::file::ParquetFile;
use super::plain::PlainPages;
use crate::datasource::files::DataFile;
use crate::types::{DataType, StructField, arrow_type};
use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Decimal128Array, Int64Array, RecordBatch, StringArray,
};
use arrow::buffer::BooleanBuffer;
use arrow::compute::{cast, concat, filter};
use arrow::datatypes::{Date32Type, Float32Type, Float64Type, Int32Type, TimestampMicrosecondType};
use parquet::arrow::ArrowWriter;
use parquet::basic::{BrotliLevel, Compression, Encoding, GzipLevel, ZstdLevel};
use parquet::file::properties::{WriterProperties, WriterPropertiesBuilder, WriterVersion};
use std::sync::Arc;

const ROWS: usize = 40_000;

/// Short, long, empty, ASCII or not; some longer than 127 bytes, some longer than is decompressed at a time; with NULLs
/// in every so-manieth row.
fn strings(null_every: usize) -> StringArray {
    let text = |row: usize| match row % 97 {
        0 => String::new(),
        1 => "käse".repeat(row % 60),
        2 => "exactly 12 b".into(),
        3 => "exactly 13 by".into(),
        4 if row % 9 == 0 => "ü long one ".repeat(row % 20_000),
        n if n < 40 => format!("https://example.com/{row}/{}", row * row),
        _ => format!("s{row}"),
    };
    (0..ROWS)
        .map(|row| (null_every == 0 || row % null_every > 0).then(|| text(row)))
        .collect()
}

fn plain() -> WriterPropertiesBuilder {
    WriterProperties::builder()
        .set_dictionary_enabled(false)
        .set_encoding(Encoding::PLAIN)
        .set_data_page_row_count_limit(7_777)
        .set_data_page_size_limit(1 << 20)
}

fn write(path: &std::path::Path, column: &ArrayRef, properties: WriterProperties) {
    // With NULLs only where there are some, so that columns are required otherwise.
    let batch =
        RecordBatch::try_from_iter_with_nullable([("s", column.clone(), column.null_count() > 0)]);
    let batch = batch.unwrap();
    let file = std::fs::File::create(path).unwrap();
    let mut writer = ArrowWriter::try_new(file, batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

fn plan(path: &std::path::Path, data_type: DataType) -> Arc<FilePlan> {
    let file = ParquetFile::new(DataFile {
        path: path.to_path_buf(),
        size: std::fs::metadata(path).unwrap().len(),
        partition_values: Arc::new([]),
    });
    let field = StructField::new("s", data_type, true);
    Arc::new(FilePlan::new(Arc::new(file), &[field], true).unwrap())
}

/// What the stream of columns gives of the rows of a selection.
fn batches(
    plan: &Arc<FilePlan>,
    selection: Option<&BooleanBuffer>,
) -> crate::Result<Vec<ArrayRef>> {
    let rows = selection.map_or(ROWS, BooleanBuffer::count_set_bits);
    let mut stream = plan.decode(0, &[0], selection, rows)?;
    let mut arrays = Vec::new();
    while let Some((columns, rows)) = stream.next()? {
        assert_eq!(columns[0].len(), rows);
        // Everything that arrow demands of such an array.
        columns[0].to_data().validate_full().unwrap();
        arrays.push(columns[0].clone());
    }
    Ok(arrays)
}

fn decoded(
    plan: &Arc<FilePlan>,
    selection: Option<&BooleanBuffer>,
) -> crate::Result<Vec<Option<String>>> {
    let arrays = batches(plan, selection)?;
    let texts = arrays.iter().flat_map(|array| array.as_string_view());
    Ok(texts.map(|text| text.map(str::to_string)).collect())
}

/// Rows of its own that the decoder reads before it gives up.
fn read_here(plan: &Arc<FilePlan>) -> usize {
    let Some(mut pages) = PlainPages::open(plan, 0, 0, ROWS, None).unwrap() else {
        return 0;
    };
    let mut read = 0;
    while read < ROWS {
        let count = BATCH_ROWS.min(ROWS - read);
        match pages.next(count) {
            Some(array) => read += array.len(),
            None => break,
        }
    }
    read
}

fn selections() -> Vec<Option<BooleanBuffer>> {
    let some = |wanted: &dyn Fn(usize) -> bool| Some(BooleanBuffer::collect_bool(ROWS, wanted));
    vec![
        None,
        some(&|row| row % 3 == 0),
        some(&|row| row % 1000 == 1),
        // Whole pages without a row.
        some(&|row| (20_000..20_100).contains(&row) || row == ROWS - 1),
    ]
}

fn check(column: &StringArray, properties: WriterProperties, here: usize, what: &str) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("strings.parquet");
    write(&path, &(Arc::new(column.clone()) as ArrayRef), properties);
    let plan = plan(&path, DataType::String);
    assert_eq!(read_here(&plan), here, "{what}");
    for selection in selections() {
        let wanted = |row: &usize| selection.as_ref().is_none_or(|mask| mask.value(*row));
        let expected = (0..ROWS).filter(wanted);
        let expected = expected.map(|row| column.is_valid(row).then(|| column.value(row)));
        let found = decoded(&plan, selection.as_ref()).unwrap();
        let found = found.iter().map(Option::as_deref);
        assert!(expected.eq(found), "{what}");
    }
}

const COMPRESSIONS: [fn() -> Compression; 6] = [
    || Compression::UNCOMPRESSED,
    || Compression::SNAPPY,
    || Compression::ZSTD(ZstdLevel::default()),
    || Compression::GZIP(GzipLevel::default()),
    || Compression::BROTLI(BrotliLevel::default()),
    || Compression::LZ4_RAW,
];

/// Ways to write plain pages with NULLs in every so-manieth row.
fn all_ways(null_every: &[usize]) -> Vec<(WriterProperties, usize, String)> {
    let mut ways = Vec::new();
    for version in [WriterVersion::PARQUET_1_0, WriterVersion::PARQUET_2_0] {
        for compression in COMPRESSIONS.map(|compression| compression()) {
            for null_every in null_every {
                let properties = plain()
                    .set_writer_version(version)
                    .set_compression(compression);
                let what = format!("{version:?} {compression:?} {null_every}");
                ways.push((properties.build(), *null_every, what));
            }
        }
    }
    ways
}

#[test]
fn all_ways_to_write_strings() {
    for (properties, null_every, what) in all_ways(&[0, 1, 5]) {
        check(&strings(null_every), properties, ROWS, &what);
    }
}

/// Numbers of eight bytes, near each other and not, with runs of the same.
fn numbers(null_every: usize) -> Vec<Option<i64>> {
    let number = |row: usize| match row / 100 % 4 {
        0 => row as i64,
        1 => (row / 3) as i64,
        2 => -(row as i64).wrapping_mul(0x5851_f42d_4c95_7f2d),
        _ => 7,
    };
    (0..ROWS)
        .map(|row| (null_every == 0 || row % null_every > 0).then(|| number(row)))
        .collect()
}

#[test]
fn all_ways_to_write_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("numbers.parquet");
    let decimals = |null_every: usize, precision: u8| -> ArrayRef {
        let limit = 10i64.pow(u32::from(precision));
        let values = numbers(null_every).into_iter();
        let values: Decimal128Array = values.map(|n| n.map(|n| i128::from(n % limit))).collect();
        Arc::new(values.with_precision_and_scale(precision, 2).unwrap())
    };
    let columns = |null_every: usize| -> Vec<(ArrayRef, DataType)> {
        let longs = Int64Array::from(numbers(null_every));
        let ints = longs.unary::<_, Int32Type>(|n| n as i32);
        let doubles = longs.unary::<_, Float64Type>(|n| n as f64 / 7.0);
        let floats = longs.unary::<_, Float32Type>(|n| n as f32 / 7.0);
        let dates = ints.reinterpret_cast::<Date32Type>();
        let times = longs.unary::<_, TimestampMicrosecondType>(|n| n % 1_000_000_000_000_000);
        vec![
            (Arc::new(longs), DataType::Long),
            (Arc::new(ints), DataType::Integer),
            (Arc::new(doubles), DataType::Double),
            (Arc::new(floats), DataType::Float),
            (Arc::new(dates), DataType::Date),
            (Arc::new(times), DataType::TimestampNtz),
            (decimals(null_every, 9), DataType::decimal(9, 2)),
            (decimals(null_every, 18), DataType::decimal(18, 2)),
        ]
    };
    for (properties, null_every, what) in all_ways(&[0, 1, 2, 23]) {
        for (column, data_type) in columns(null_every) {
            write(&path, &column, properties.clone());
            let plan = plan(&path, data_type.clone());
            assert_eq!(read_here(&plan), ROWS, "{what} {data_type}");
            let expected = cast(&column, &arrow_type(&data_type)).unwrap();
            for selection in selections() {
                let mask = selection
                    .clone()
                    .unwrap_or_else(|| BooleanBuffer::new_set(ROWS));
                let expected = filter(&expected, &BooleanArray::new(mask, None)).unwrap();
                let found = batches(&plan, selection.as_ref()).unwrap();
                let found: Vec<&dyn Array> = found.iter().map(|array| array.as_ref()).collect();
                let found = concat(&found).unwrap();
                assert_eq!(found.to_data(), expected.to_data(), "{what} {data_type}");
            }
        }
    }
}

#[test]
fn other_encodings_are_left_to_the_crate() {
    let column = strings(5);
    let of = |encoding| plain().set_encoding(encoding).build();
    for encoding in [
        Encoding::DELTA_LENGTH_BYTE_ARRAY,
        Encoding::DELTA_BYTE_ARRAY,
    ] {
        check(&column, of(encoding), 0, &format!("{encoding:?}"));
    }
    // A dictionary that becomes too large in the middle.
    let falls_back = WriterProperties::builder()
        .set_dictionary_page_size_limit(20_000)
        .set_data_page_row_count_limit(5_000)
        .set_write_batch_size(1_000)
        .build();
    check(&column, falls_back, 0, "a dictionary, then plain pages");
}

#[test]
fn damage_is_an_error_or_other_values() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("plain.parquet");
    let columns: [(ArrayRef, DataType); 2] = [
        (Arc::new(strings(7)), DataType::String),
        (Arc::new(Int64Array::from(numbers(7))), DataType::Long),
    ];
    let compressions = [Compression::UNCOMPRESSED, Compression::SNAPPY];
    for ((column, data_type), compression) in columns
        .iter()
        .flat_map(|column| compressions.map(|compression| (column, compression)))
    {
        let properties = plain().set_compression(compression).build();
        write(&path, column, properties);
        let bytes = std::fs::read(&path).unwrap();
        let data = bytes.len() * 9 / 10;
        let mut refused = 0;
        for seed in 0..60usize {
            let mut damaged = bytes.clone();
            for change in 0..3 {
                let place = 4 + (seed * 7919 + change * 104_729) * 31 % (data - 4);
                damaged[place] = damaged[place].wrapping_add(1 + (seed % 250) as u8);
            }
            std::fs::write(&path, damaged).unwrap();
            // Valid arrays or an error; `batches` checks what is given.
            let selections = selections();
            let selection = selections[seed % selections.len()].as_ref();
            let plan = plan(&path, data_type.clone());
            refused += usize::from(batches(&plan, selection).is_err());
        }
        // Any eight bytes are a number.
        let shows = *data_type == DataType::String || compression == Compression::SNAPPY;
        assert_eq!(refused > 0, shows, "{data_type} {compression:?}");
    }
}

#[test]
fn text_that_is_not_utf8_is_refused_where_it_is_wanted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("strings.parquet");
    // A string that ends with half a character, before one whose length looks like the other half.
    let texts = (0..ROWS).map(|row| match row {
        100 => "ends with half of \u{e4}".to_string(),
        101 => "x".repeat(0xa4),
        row => format!("number {row}"),
    });
    let column: ArrayRef = Arc::new(StringArray::from_iter_values(texts));
    let properties = plain().set_compression(Compression::UNCOMPRESSED);
    write(&path, &column, properties.build());
    let mut bytes = std::fs::read(&path).unwrap();
    let needle = "half of \u{e4}";
    let at = memchr::memmem::find(&bytes, needle.as_bytes()).unwrap();
    // Its second byte becomes ASCII, or the first does not get a second.
    for (first, second) in [(0xc3, b'x'), (b'x', 0xc3)] {
        let last = at + needle.len() - 1;
        (bytes[last - 1], bytes[last]) = (first, second);
        std::fs::write(&path, &bytes).unwrap();
        let plan = plan(&path, DataType::String);
        assert!(decoded(&plan, None).is_err());
        for (row, is_valid) in [(99, true), (101, true), (100, false)] {
            let alone = BooleanBuffer::collect_bool(ROWS, |r| r == row);
            assert_eq!(decoded(&plan, Some(&alone)).is_ok(), is_valid, "{row}");
        }
    }
}
