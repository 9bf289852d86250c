//! Filters that are evaluated on the codes of dictionaries leave the rows that filters behind the scan leave.

use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Decimal64Array, Float64Array, Int32Array, Int64Array,
    RecordBatch, StringArray, TimestampMicrosecondArray,
};
use firesteel::prelude::*;
use parquet::arrow::ArrowWriter;
use parquet::file::properties::{WriterProperties, WriterVersion};
use std::path::Path;
use std::sync::Arc;

const ROWS: i64 = 40_000;

/// A file with columns of few values and of many, with NULLs and without.
fn write(path: &Path, version: WriterVersion, dictionaries: bool) {
    // Scattered, but the same every time.
    let random = |row: i64, salt: i64| ((row * 7919 + salt) * 104_729) % 10_007;
    let rows = || 0..ROWS;
    let sparse = |row: i64, salt| random(row, salt) % 4 != 0;
    let some = |row: i64, salt, value: i64| sparse(row, salt).then_some(value);
    let number = |row| some(row, 1, random(row, 2) % 50);
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("id", Arc::new(Int64Array::from_iter_values(rows()))),
        (
            "k",
            Arc::new(Int32Array::from_iter(
                rows().map(|r| number(r).map(|n| n as i32)),
            )),
        ),
        (
            "full",
            Arc::new(Int64Array::from_iter_values(
                rows().map(|r| random(r, 3) % 9),
            )),
        ),
        (
            "s",
            Arc::new(StringArray::from_iter(rows().map(|r| {
                some(r, 4, random(r, 5) % 30).map(|n| match n {
                    0 => String::new(),
                    1 => "none".to_string(),
                    n => n.to_string(),
                })
            }))),
        ),
        (
            "long",
            Arc::new(StringArray::from_iter_values(rows().map(|r| {
                format!("a text that is too long for a view {}", random(r, 6) % 20)
            }))),
        ),
        (
            "unique",
            Arc::new(StringArray::from_iter_values(
                rows().map(|r| format!("u{r}")),
            )),
        ),
        (
            "day",
            Arc::new(Date32Array::from_iter(
                rows().map(|r| some(r, 7, random(r, 8) % 100).map(|n| n as i32)),
            )),
        ),
        (
            "money",
            Arc::new(
                Decimal64Array::from_iter_values(rows().map(|r| random(r, 9) % 700))
                    .with_precision_and_scale(12, 2)
                    .expect("a decimal"),
            ),
        ),
        (
            "ratio",
            Arc::new(Float64Array::from_iter_values(
                rows().map(|r| (random(r, 10) % 7) as f64 / 4.0),
            )),
        ),
        (
            "flag",
            Arc::new(BooleanArray::from_iter(
                rows().map(|r| some(r, 11, r % 2).map(|n| n == 1)),
            )),
        ),
        (
            "ts",
            Arc::new(
                TimestampMicrosecondArray::from_iter_values(
                    rows().map(|r| random(r, 12) % 60 * 1_000_000),
                )
                .with_timezone("UTC"),
            ),
        ),
        (
            "never",
            Arc::new(StringArray::from_iter(rows().map(|_| None::<String>))),
        ),
    ];
    let batch = RecordBatch::try_from_iter(columns).expect("a batch");
    let properties = WriterProperties::builder()
        .set_writer_version(version)
        .set_dictionary_enabled(dictionaries)
        .set_max_row_group_row_count(Some(15_000))
        .set_data_page_row_count_limit(4_000)
        .build();
    let file = std::fs::File::create(path).expect("a file");
    let mut writer =
        ArrowWriter::try_new(file, batch.schema(), Some(properties)).expect("a writer");
    writer.write(&batch).expect("written");
    writer.close().expect("written");
}

const FILTERS: &[&str] = &[
    "k = 7",
    "k <> 7",
    "k IS NULL",
    "k IS NOT NULL AND k < 3",
    "k <=> NULL",
    "k > 100",
    "k >= 0 OR k IS NULL",
    "s = '12'",
    "s IN ('3', '4', 'none')",
    "s LIKE '1%' AND full = 2",
    "s RLIKE '^[0-9]$'",
    "s = '' OR s IS NULL",
    "long LIKE '%view 1_'",
    "unique = 'u77'",
    "unique LIKE 'u12%' AND k = 1",
    "day BETWEEN DATE '1970-01-10' AND DATE '1970-01-20' AND money < 0.50",
    "money = 1.23",
    "ratio > 1.0 AND NOT flag",
    "ts = TIMESTAMP '1970-01-01 00:00:30Z' AND k < 10",
    "never IS NULL AND full < 2",
    "never = 'x'",
    "k < full",
    "k < full AND s = '5'",
    "coalesce(s, 'x') = 'x' AND length(long) > 10",
    // A later term must not fail for rows that an earlier one has dropped.
    "s <> '' AND s <> 'none' AND CAST(s AS INT) > 20",
    "full = 1 AND s RLIKE '^[0-9]+$' AND CAST(s AS INT) = 8",
    "id % 1000 < 3 AND CAST(CASE WHEN s RLIKE '^[0-9]+$' THEN s END AS INT) > 3",
    "id BETWEEN 20000 AND 20100 AND k > 10",
];

#[test]
fn filters_on_codes_leave_the_same_rows() -> Result<()> {
    let folder = tempfile::tempdir().expect("a folder");
    for (version, dictionaries) in [
        (WriterVersion::PARQUET_1_0, true),
        (WriterVersion::PARQUET_2_0, true),
        (WriterVersion::PARQUET_2_0, false),
    ] {
        let path = folder
            .path()
            .join(format!("{version:?}{dictionaries}.parquet"));
        write(&path, version, dictionaries);
        let answers = |pushdown: bool| -> Result<Vec<Vec<Row>>> {
            let spark = Session::builder()
                .master("local[2]")
                .config("spark.sql.parquet.filterPushdown", pushdown)
                .create()?;
            let frame = spark.read().parquet(path.as_path())?;
            (FILTERS.iter())
                .map(|filter| {
                    let found = frame
                        .where_(expr(filter))?
                        .order_by([col("id")])?
                        .collect()?;
                    // Without the columns of the filter in the output, too.
                    let ids = frame.where_(expr(filter))?.select([col("id")])?.count()?;
                    assert_eq!(ids, found.len() as u64, "{filter}");
                    Ok(found)
                })
                .collect()
        };
        let (pushed, behind) = (answers(true)?, answers(false)?);
        for ((filter, pushed), behind) in FILTERS.iter().zip(pushed).zip(behind) {
            assert_eq!(pushed.len(), behind.len(), "{filter}");
            assert!(pushed == behind, "{filter}");
        }
    }
    Ok(())
}

const ORDERS: &[&str] = &[
    "k DESC, id",
    "k, id",
    "k NULLS LAST, id",
    "k DESC NULLS FIRST, id DESC",
    "ratio DESC, s, id",
    "money, id DESC",
    "day DESC, day, id",
    "flag DESC, id",
    // Fewer values than rows wanted, so that NULL is among them.
    "never DESC, id",
    "s, id",
    "id DESC",
    "id % 100, id",
    "full",
];

#[test]
fn the_bound_of_order_by_with_limit_drops_no_row_of_the_answer() -> Result<()> {
    let folder = tempfile::tempdir().expect("a folder");
    for dictionaries in [true, false] {
        let path = folder.path().join(format!("top{dictionaries}.parquet"));
        write(&path, WriterVersion::PARQUET_2_0, dictionaries);
        let spark = Session::builder().master("local[2]").create()?;
        let frame = spark.read().parquet(path.as_path())?;
        frame.create_or_replace_temp_view("t")?;
        for filter in ["true", "full < 3", "k IS NOT NULL", "100 / (full + 1) > 20"] {
            for order in ORDERS {
                let sorted =
                    format!("SELECT id, k, s, never FROM t WHERE {filter} ORDER BY {order}");
                let all = spark.sql(&sorted)?.collect()?;
                for limit in [1, 50, 2000, 35_000] {
                    let top = spark.sql(&format!("{sorted} LIMIT {limit}"))?.collect()?;
                    let expected = &all[..limit.min(all.len())];
                    assert!(top == expected, "{sorted} LIMIT {limit}");
                }
            }
        }
    }
    Ok(())
}
