//! How TIMESTAMP is stored in Parquet, by `spark.sql.parquet.outputTimestampType`.

use firesteel::prelude::*;
use parquet::basic::Type as PhysicalType;
use parquet::file::reader::{FileReader, SerializedFileReader};
use std::path::Path;

const ROWS: &str = "
    SELECT ts, to_timestamp_ntz(ts) AS ntz, array(ts, NULL) AS a, named_struct('ts', ts) AS s, map(1, ts) AS m,
           CAST(27182818284 AS DECIMAL(27, 2)) AS d
    FROM VALUES (TIMESTAMP '2021-01-02 03:04:05.678901'), (TIMESTAMP '1905-01-02 03:04:05.678901'), (NULL),
                (TIMESTAMP '9999-12-31 23:59:59.999999'), (TIMESTAMP '0001-01-01 00:00:00') AS v(ts)";

fn session(encoding: Option<&str>) -> Result<Session> {
    let spark = Session::builder()
        .config("spark.sql.session.timeZone", "UTC")
        .create()?;
    if let Some(encoding) = encoding {
        spark.sql(&format!(
            "SET spark.sql.parquet.outputTimestampType={encoding}"
        ))?;
    }
    Ok(spark)
}

/// Per leaf: its path, physical type, and whether it has statistics.
fn leaves(folder: &Path) -> Vec<(String, PhysicalType, bool)> {
    let part = (std::fs::read_dir(folder).expect("a folder"))
        .map(|entry| entry.expect("an entry").path())
        .find(|path| path.extension().is_some_and(|e| e == "parquet"))
        .expect("a file");
    let file = std::fs::File::open(part).expect("a file");
    let reader = SerializedFileReader::new(file).expect("Parquet");
    let group = reader.metadata().row_group(0);
    (group.columns().iter())
        .map(|column| {
            let path = column.column_path().string();
            (path, column.column_type(), column.statistics().is_some())
        })
        .collect()
}

#[test]
fn timestamps_are_stored_as_the_setting_says_and_come_back() -> Result<()> {
    let int96 = (PhysicalType::INT96, false);
    let int64 = (PhysicalType::INT64, true);
    for (encoding, stored, step) in [
        (None, int96, 1),
        (Some("int96"), int96, 1),
        (Some("TIMESTAMP_MICROS"), int64, 1),
        (Some("TIMESTAMP_MILLIS"), int64, 1000),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("t");
        let spark = session(encoding)?;
        let frame = spark.sql(ROWS)?;
        frame
            .coalesce(1)?
            .write()
            .parquet(&path.display().to_string())?;
        for (leaf, physical, has_statistics) in leaves(&path) {
            let expected = match leaf.as_str() {
                "ntz" => int64,
                "m.key_value.key" => (PhysicalType::INT32, true),
                "d" => (PhysicalType::FIXED_LEN_BYTE_ARRAY, true),
                _ => stored,
            };
            assert_eq!((physical, has_statistics), expected, "{encoding:?} {leaf}");
        }
        let cut = |value: &Value| cut(value, step);
        let expected: Vec<Vec<Value>> = (frame.collect()?.iter())
            .map(|row| row.values().iter().map(cut).collect())
            .collect();
        let read = spark.read().parquet(path.as_path())?;
        assert_eq!(
            read.schema().simple_string(),
            frame.schema().simple_string()
        );
        let rows: Vec<Vec<Value>> = (read.collect()?.iter())
            .map(|row| row.values().to_vec())
            .collect();
        assert_eq!(rows, expected, "{encoding:?}");
        let old = read.where_(expr("ts < TIMESTAMP '1970-01-01 00:00:00'"))?;
        assert_eq!(old.count()?, 2);
    }
    Ok(())
}

/// A value with its timestamps cut to a multiple of `step` microseconds.
fn cut(value: &Value, step: i64) -> Value {
    match value {
        Value::Timestamp(micros) => Value::Timestamp(micros.div_euclid(step) * step),
        Value::Array(items) => Value::Array(items.iter().map(|item| cut(item, step)).collect()),
        Value::Struct(fields) => Value::Struct(fields.iter().map(|item| cut(item, step)).collect()),
        Value::Map(entries) => {
            let entry = |(key, value): &(Value, Value)| (key.clone(), cut(value, step));
            Value::Map(entries.iter().map(entry).collect())
        }
        other => other.clone(),
    }
}

#[test]
fn another_word_is_refused() -> Result<()> {
    let error = session(Some("FOO")).unwrap_err();
    assert_eq!(
        error.condition().name,
        "INVALID_CONF_VALUE.OUT_OF_RANGE_OF_OPTIONS"
    );
    Ok(())
}

#[test]
fn many_row_groups_and_dictionaries_hold() -> Result<()> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("t");
    let spark = session(None)?;
    let frame = spark.sql(
        "SELECT id, timestamp_micros(id * 1000003) AS far, timestamp_micros(id % 10) AS near FROM range(1200000)",
    )?;
    frame
        .coalesce(1)?
        .write()
        .parquet(&path.display().to_string())?;
    let read = spark.read().parquet(path.as_path())?;
    let wrong = read.where_(expr(
        "far <> timestamp_micros(id * 1000003) OR near <> timestamp_micros(id % 10)",
    ))?;
    assert_eq!((wrong.count()?, read.count()?), (0, 1_200_000));
    Ok(())
}
