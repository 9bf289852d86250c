//! Files that are not as they should be: each gives the condition that Spark gives, and the session goes on.

use firesteel::prelude::*;
use proptest::prelude::*;
use std::fs;
use std::path::Path;

fn session() -> Session {
    Session::builder()
        .master("local[2]")
        .config("spark.sql.session.timeZone", "UTC")
        .create()
        .expect("a session")
}

/// The condition of a failure, after which the session must still answer.
fn condition<T>(spark: &Session, result: Result<T>) -> String {
    let answer = spark.sql("SELECT 1 + 1").and_then(|frame| frame.collect());
    let answer = answer.expect("the session goes on");
    assert_eq!(answer[0].get(0), &Value::Integer(2));
    match result {
        Ok(_) => "none".to_string(),
        Err(error) => error.condition().name.to_string(),
    }
}

fn rows(frame: Result<DataFrame>) -> Result<Vec<String>> {
    let rows = frame?.collect()?;
    let line = |row: &Row| {
        let cells = row.values().iter().map(|value| match value {
            Value::Null => "-".to_string(),
            Value::Integer(n) => n.to_string(),
            Value::Double(n) => n.to_string(),
            Value::String(text) => text.to_string(),
            other => format!("{other:?}"),
        });
        cells.collect::<Vec<_>>().join("|")
    };
    Ok(rows.iter().map(line).collect())
}

/// A short row, a long one, and one of the wrong type.
const RAGGED: &str = "1,one,1.5\n2,two\n3,three,3.5,more\nx,four,4.5\n5,five,5.5\n";

#[test]
fn rows_that_break_the_schema_do_what_the_mode_says() -> Result<()> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("rows.csv");
    fs::write(&path, RAGGED).expect("written");
    let spark = session();
    let read = |mode: &str, schema: &str| {
        let reader = spark.read().schema(schema).option("mode", mode);
        (reader.option("columnNameOfCorruptRecord", "bad")).csv(path.as_path())
    };
    let schema = "a INT, b STRING, c DOUBLE";
    assert_eq!(
        rows(read("PERMISSIVE", schema))?,
        [
            "1|one|1.5",
            "2|two|-",
            "3|three|3.5",
            "-|four|4.5",
            "5|five|5.5"
        ]
    );
    assert_eq!(
        rows(read("PERMISSIVE", "a INT, b STRING, c DOUBLE, bad STRING"))?,
        [
            "1|one|1.5|-",
            "2|two|-|2,two",
            "3|three|3.5|3,three,3.5,more",
            "-|four|4.5|x,four,4.5",
            "5|five|5.5|-"
        ]
    );
    assert_eq!(
        rows(read("DROPMALFORMED", schema))?,
        ["1|one|1.5", "5|five|5.5"]
    );
    // Only what is read is checked.
    let b = read("DROPMALFORMED", schema)?.select([col("b")]);
    assert_eq!(rows(b)?, ["one", "two", "three", "four", "five"]);
    let failure = read("FAILFAST", schema)?.collect();
    let text = failure.as_ref().expect_err("a failure").to_string();
    assert!(text.contains("rows.csv"), "{text}");
    assert_eq!(condition(&spark, failure), "FAILED_READ_FILE.NO_HINT");
    assert_eq!(read("FAILFAST", schema)?.count()?, 5);
    for mode in ["PERMISSIVE", "DROPMALFORMED"] {
        let some = read(mode, schema)?.where_(expr("b IN ('two', 'four', 'five')"));
        let expected: &[&str] = match mode {
            "PERMISSIVE" => &["2|two|-", "-|four|4.5", "5|five|5.5"],
            _ => &["5|five|5.5"],
        };
        assert_eq!(rows(some)?, expected);
    }
    // Rows that a filter drops need not fit.
    let five = read("FAILFAST", schema)?.where_(expr("b = 'five'"));
    assert_eq!(rows(five)?, ["5|five|5.5"]);
    Ok(())
}

/// Mode, query, and Spark's rows; `CORRUPT` is PERMISSIVE with a column for malformed records.
#[rustfmt::skip]
const FILTERED: &[(&str, &str, &str)] = &[
    ("PERMISSIVE", "select a where b = 'six'", "6"),
    ("PERMISSIVE", "select * where b = 'six'", "6|six|6.5"),
    ("PERMISSIVE", "select * where b like 's%'", "6|six|6.5;-|seven|7.5"),
    ("PERMISSIVE", "select * where length(b) = 3", "1|one|1.5;2|two|-;6|six|6.5"),
    ("PERMISSIVE", "select a where c > 4", "-;6;-"),
    ("PERMISSIVE", "select * where a > 4", "5|five|-;6|six|6.5"),
    ("PERMISSIVE", "select b where a is null", "four;seven"),
    ("PERMISSIVE", "select * where a is null and b = 'four'", "-|four|4.5"),
    ("PERMISSIVE", "select b where a <> 1 and c < 5", "three"),
    ("PERMISSIVE", "select * where a > 4 or b = 'four'", "-|four|4.5;5|five|-;6|six|6.5"),
    ("PERMISSIVE", "select b where a + 1 > 5", "five;six"),
    ("PERMISSIVE", "select b where not (a = 1)", "two;three;five;six"),
    ("PERMISSIVE", "select b where a <=> null", "four;seven"),
    ("DROPMALFORMED", "select a where b = 'six'", "6"),
    ("DROPMALFORMED", "select * where b = 'six'", "6|six|6.5"),
    ("DROPMALFORMED", "select * where b like 's%'", "6|six|6.5;-|seven|7.5"),
    ("DROPMALFORMED", "select * where length(b) = 3", "1|one|1.5;6|six|6.5"),
    ("DROPMALFORMED", "select a where c > 4", "6;-"),
    ("DROPMALFORMED", "select * where a > 4", "6|six|6.5"),
    ("DROPMALFORMED", "select b where a is null", "seven"),
    ("DROPMALFORMED", "select * where a is null and b = 'four'", ""),
    ("DROPMALFORMED", "select b where a <> 1 and c < 5", ""),
    ("DROPMALFORMED", "select * where a > 4 or b = 'four'", "6|six|6.5"),
    ("DROPMALFORMED", "select b where a + 1 > 5", "five;six"),
    ("DROPMALFORMED", "select b where not (a = 1)", "two;three;five;six"),
    ("DROPMALFORMED", "select b where a <=> null", "seven"),
    ("FAILFAST", "select a where b = 'six'", "6"),
    ("FAILFAST", "select * where b = 'six'", "6|six|6.5"),
    ("FAILFAST", "select * where b like 's%'", "6|six|6.5;-|seven|7.5"),
    ("FAILFAST", "select * where length(b) = 3", "ERR"),
    ("FAILFAST", "select a where c > 4", "ERR"),
    ("FAILFAST", "select * where a > 4", "ERR"),
    ("FAILFAST", "select b where a is null", "ERR"),
    ("FAILFAST", "select * where a is null and b = 'four'", "ERR"),
    ("FAILFAST", "select b where a <> 1 and c < 5", "ERR"),
    ("FAILFAST", "select * where a > 4 or b = 'four'", "ERR"),
    ("FAILFAST", "select b where a + 1 > 5", "ERR"),
    ("FAILFAST", "select b where not (a = 1)", "ERR"),
    ("FAILFAST", "select b where a <=> null", "ERR"),
    ("CORRUPT", "select a where b = 'six'", "6"),
    ("CORRUPT", "select * where b = 'six'", "6|six|6.5|-"),
    ("CORRUPT", "select * where b like 's%'", "6|six|6.5|-;-|seven|7.5|-"),
    ("CORRUPT", "select * where length(b) = 3", "1|one|1.5|-;2|two|-|2,two;6|six|6.5|-"),
    ("CORRUPT", "select a where c > 4", "-;6;-"),
    ("CORRUPT", "select * where a > 4", "5|five|-|5,five,bad;6|six|6.5|-"),
    ("CORRUPT", "select b where a is null", "four;seven"),
    ("CORRUPT", "select * where a is null and b = 'four'", "-|four|4.5|x,four,4.5"),
    ("CORRUPT", "select b where a <> 1 and c < 5", "three"),
    ("CORRUPT", "select * where a > 4 or b = 'four'", "-|four|4.5|x,four,4.5;5|five|-|5,five,bad;6|six|6.5|-"),
    ("CORRUPT", "select b where a + 1 > 5", "five;six"),
    ("CORRUPT", "select b where not (a = 1)", "two;three;five;six"),
    ("CORRUPT", "select b where a <=> null", "four;seven"),
];

#[test]
fn filters_see_malformed_rows_as_in_spark() -> Result<()> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("rows.csv");
    let text =
        "1,one,1.5\n2,two\n3,three,3.5,more\nx,four,4.5\n5,five,bad\n6,six,6.5\n,seven,7.5\n";
    fs::write(&path, text).expect("written");
    for pushdown in ["true", "false"] {
        let spark = session();
        spark.sql(&format!(
            "SET spark.sql.csv.filterPushdown.enabled={pushdown}"
        ))?;
        for (mode, query, expected) in FILTERED {
            let (mode, extra) = match *mode {
                "CORRUPT" => ("PERMISSIVE", ", bad STRING"),
                mode => (mode, ""),
            };
            // Without pushdown even rows that do not match must fit.
            if pushdown == "false" && mode == "FAILFAST" {
                continue;
            }
            let reader = spark.read().option("mode", mode);
            let reader = reader.option("columnNameOfCorruptRecord", "bad");
            let frame = reader.schema(format!("a INT, b STRING, c DOUBLE{extra}").as_str());
            frame
                .csv(path.as_path())?
                .create_or_replace_temp_view("t")?;
            let rows = rows(spark.sql(&query.replace(" where", " from t where")));
            let rows = rows.map_or("ERR".to_string(), |rows| rows.join(";"));
            assert_eq!(rows, *expected, "{mode}{extra}: {query}");
        }
    }
    Ok(())
}

#[test]
fn paths_without_data() -> Result<()> {
    let folder = tempfile::tempdir().expect("a folder");
    let spark = session();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir_all(at("empty")).expect("made");
    fs::create_dir_all(at("outer.csv/inner")).expect("made");
    fs::write(at("outer.csv/inner/x.csv"), "1\n").expect("written");
    fs::write(at("text.csv"), "1,2\n").expect("written");
    for format in ["csv", "parquet", "json", "text"] {
        let load = |name: &str| spark.read().format(format).load(at(name).as_path());
        assert_eq!(
            condition(&spark, load("nope")),
            "PATH_NOT_FOUND",
            "{format}"
        );
        assert_eq!(
            condition(&spark, load("nope*")),
            "PATH_NOT_FOUND",
            "{format}"
        );
        let expected = match format {
            "text" => "none",
            _ => "UNABLE_TO_INFER_SCHEMA",
        };
        assert_eq!(condition(&spark, load("empty")), expected, "{format}");
        let reader = spark.read().format(format).schema("value STRING");
        assert_eq!(reader.load(at("empty").as_path())?.count()?, 0, "{format}");
    }
    // A directory where a file is wanted, and the other way round.
    let outer = spark.read().csv(at("outer.csv").as_path());
    assert_eq!(condition(&spark, outer), "UNABLE_TO_INFER_SCHEMA");
    let text = spark
        .read()
        .schema("a INT")
        .parquet(at("text.csv").as_path())?;
    assert!(condition(&spark, text.collect()).starts_with("FAILED_READ_FILE"));
    let below = at("text.csv").join("out");
    let written = spark
        .range(0, 3, 1)?
        .write()
        .parquet(&below.display().to_string());
    assert_ne!(condition(&spark, written), "none");
    let statement = format!("SELECT * FROM csv.`{}`", at("nope").display());
    assert_eq!(condition(&spark, spark.sql(&statement)), "PATH_NOT_FOUND");
    let format = spark.read().format("nope").load(at("text.csv").as_path());
    assert_eq!(condition(&spark, format), "DATA_SOURCE_NOT_FOUND");
    Ok(())
}

#[test]
fn files_that_go_between_listing_and_reading() -> Result<()> {
    let folder = tempfile::tempdir().expect("a folder");
    let spark = session();
    let path = folder.path().join("a.csv");
    fs::write(&path, "1\n").expect("written");
    let frame = spark.read().schema("a INT").csv(path.as_path())?;
    fs::remove_file(&path).expect("removed");
    assert_eq!(
        condition(&spark, frame.collect()),
        "FAILED_READ_FILE.FILE_NOT_EXIST"
    );
    Ok(())
}

#[cfg(unix)]
#[test]
fn files_that_may_not_be_read() -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a folder");
    let spark = session();
    let path = folder.path().join("a.csv");
    fs::write(&path, "1\n").expect("written");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).expect("set");
    if fs::File::open(&path).is_ok() {
        // The superuser may read anything.
        return Ok(());
    }
    for format in ["csv", "parquet", "json", "text"] {
        let reader = spark.read().format(format).schema("value STRING");
        let result = reader
            .load(path.as_path())
            .and_then(|frame| frame.collect());
        assert!(
            condition(&spark, result).starts_with("FAILED_READ_FILE"),
            "{format}"
        );
    }
    Ok(())
}

#[test]
fn files_whose_schemas_differ() -> Result<()> {
    let folder = tempfile::tempdir().expect("a folder");
    let spark = session();
    let at = |name: &str| folder.path().join(name);
    let append = |statement: &str, name: &str| {
        let writer = spark.sql(statement)?.coalesce(1)?.write();
        (writer.mode("append")).parquet(&at(name).display().to_string())
    };
    append("SELECT 1 AS a, 'x' AS b", "mix")?;
    append("SELECT 'text' AS a, 2L AS c", "mix")?;
    append("SELECT 1 AS a", "wide")?;
    append("SELECT 10L AS a", "wide")?;
    let mismatch = "FAILED_READ_FILE.PARQUET_COLUMN_DATA_TYPE_MISMATCH";
    let mix = spark.read().parquet(at("mix").as_path())?;
    assert_eq!(condition(&spark, mix.collect()), mismatch);
    let merged = spark
        .read()
        .option("mergeSchema", true)
        .parquet(at("mix").as_path());
    assert_eq!(condition(&spark, merged), "CANNOT_MERGE_SCHEMAS");
    let read = |schema: &str, name: &str| spark.read().schema(schema).parquet(at(name).as_path());
    assert_eq!(
        read("c BIGINT", "mix")?
            .where_(expr("c IS NULL"))?
            .count()?,
        1
    );
    assert_eq!(
        read("a BIGINT", "wide")?
            .where_(expr("a IN (1, 10)"))?
            .count()?,
        2
    );
    assert_eq!(
        condition(&spark, read("a INT", "wide")?.collect()),
        mismatch
    );
    let duplicate = spark.sql("SELECT 1 AS a, 2 AS A")?;
    let written = duplicate
        .write()
        .parquet(&at("twice").display().to_string());
    assert_eq!(condition(&spark, written), "COLUMN_ALREADY_EXISTS");
    Ok(())
}

#[test]
fn schemas_of_readers_have_no_char_or_varchar() {
    let spark = session();
    for schema in ["a CHAR(4)", "a VARCHAR(4)", "s STRUCT<a: ARRAY<CHAR(2)>>"] {
        let frame = spark.read().schema(schema).csv("testdata/species.csv");
        assert_eq!(
            condition(&spark, frame),
            "UNSUPPORTED_CHAR_OR_VARCHAR_AS_STRING"
        );
    }
}

/// A Parquet file of all sorts of columns, dictionary-encoded and not, with NULLs.
fn parquet(folder: &Path) -> Vec<u8> {
    let spark = session();
    let path = folder.join("whole");
    let frame = spark.sql(
        "SELECT id, id % 10 AS small, IF(id % 3 = 0, NULL, concat('name ', id % 20)) AS name, id / 7 AS ratio,
                CAST(id AS DECIMAL(20, 2)) AS money, timestamp_micros(id) AS ts, array(id, NULL) AS list,
                named_struct('x', id, 'y', CAST(id AS STRING)) AS s
         FROM range(3000)",
    );
    let written =
        frame.and_then(|frame| (frame.coalesce(1)?.write()).parquet(&path.display().to_string()));
    written.expect("written");
    let part = fs::read_dir(&path)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .find(|path| path.extension().is_some_and(|e| e == "parquet"));
    fs::read(part.expect("a file")).expect("read")
}

/// Reads a damaged file in several ways: any may fail, with a condition of files; none may panic.
fn read_damaged(spark: &Session, path: &Path) -> Vec<String> {
    let whole = |condition: Option<&str>| -> Result<()> {
        let frame = spark.read().parquet(path)?;
        let frame = match condition {
            Some(condition) => frame.where_(expr(condition))?,
            None => frame,
        };
        frame.collect().map(|_| ())
    };
    let conditions = [
        None,
        Some("name = 'name 7'"),
        Some("small < 5 AND id > 1000"),
        Some("s.x = 5"),
    ];
    let conditions = conditions.map(|filter| condition(spark, whole(filter)));
    conditions.into_iter().collect()
}

const OF_FILES: &[&str] = &[
    "none",
    "FAILED_READ_FILE.CANNOT_READ_FILE_FOOTER",
    "FAILED_READ_FILE.NO_HINT",
    "FAILED_READ_FILE.PARQUET_COLUMN_DATA_TYPE_MISMATCH",
    "UNABLE_TO_INFER_SCHEMA",
    // A flipped bit may spell another name or type, or make a number too large.
    "COLUMN_ALREADY_EXISTS",
    "PARQUET_TYPE_ILLEGAL",
    "UNSUPPORTED_TIME_TYPE",
    "UNRESOLVED_COLUMN.WITH_SUGGESTION",
    "FIELD_NOT_FOUND",
    "DATATYPE_MISMATCH.BINARY_OP_DIFF_TYPES",
    "CAST_INVALID_INPUT",
];

#[test]
fn files_cut_anywhere() {
    let folder = tempfile::tempdir().expect("a folder");
    let bytes = parquet(folder.path());
    let spark = session();
    for part in 0..40 {
        let path = folder.path().join(format!("cut{part}.parquet"));
        let length = bytes.len() * part / 40;
        fs::write(&path, &bytes[..length]).expect("written");
        for condition in read_damaged(&spark, &path) {
            let expected = match length {
                0 => "UNABLE_TO_INFER_SCHEMA",
                _ => "FAILED_READ_FILE.CANNOT_READ_FILE_FOOTER",
            };
            assert_eq!(condition, expected, "cut after {length} bytes");
        }
    }
}

#[test]
fn files_with_flipped_bytes() {
    let folder = tempfile::tempdir().expect("a folder");
    let bytes = parquet(folder.path());
    let spark = session();
    let number = std::cell::Cell::new(0);
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        cases: 150,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let flips = prop::collection::vec((0..bytes.len(), any::<u8>()), 1..4);
    let outcome = runner.run(&flips, |flips| {
        let mut damaged = bytes.clone();
        for (at, with) in flips {
            damaged[at] ^= with;
        }
        number.set(number.get() + 1);
        let path = folder
            .path()
            .join(format!("flipped{}.parquet", number.get()));
        fs::write(&path, &damaged).expect("written");
        for condition in read_damaged(&spark, &path) {
            prop_assert!(OF_FILES.contains(&condition.as_str()), "{}", condition);
        }
        fs::remove_file(&path).expect("removed");
        Ok(())
    });
    outcome.unwrap();
}
