//! Jobs from end to end. Texts are what Spark 4.3 writes.

use super::{SaveMode, WriteJob, WriteSummary};
use crate::config::Config;
use crate::datasource::testing::{open, options, read};
use crate::error::Result;
use crate::kernel::value::values_to_array;
use crate::pipeline::Batch;
use crate::types::{Decimal, StructType, Value, parse_schema};
use std::path::Path;

fn batch(schema: &StructType, rows: &[Vec<Value>]) -> Batch {
    let column = |index: usize| {
        let values: Vec<Value> = rows.iter().map(|row| row[index].clone()).collect();
        values_to_array(&values, &schema[index].data_type).unwrap()
    };
    Batch::new((0..schema.len()).map(column).collect(), rows.len())
}

struct Write<'a> {
    format: &'a str,
    mode: SaveMode,
    options: &'a [(&'a str, &'a str)],
    partition_by: &'a [&'a str],
}

const CSV: Write = Write {
    format: "csv",
    mode: SaveMode::ErrorIfExists,
    options: &[],
    partition_by: &[],
};

impl Write<'_> {
    fn job(&self, path: &Path, schema: &StructType) -> Result<Option<WriteJob>> {
        let partition_by: Vec<String> = self.partition_by.iter().map(|s| s.to_string()).collect();
        WriteJob::new(
            self.format,
            &path.display().to_string(),
            self.mode,
            &options(self.options),
            schema,
            &partition_by,
            &Config::default(),
        )
    }

    /// Writes each slice of rows as a partition.
    fn rows(&self, path: &Path, ddl: &str, partitions: &[&[Vec<Value>]]) -> Result<WriteSummary> {
        let schema = parse_schema(ddl)?;
        let Some(job) = self.job(path, &schema)? else {
            return Ok(WriteSummary::default());
        };
        let mut commits = Vec::new();
        for (partition, rows) in partitions.iter().enumerate() {
            let mut task = job.task(partition)?;
            task.write(&batch(&schema, rows))?;
            commits.push(task.finish()?);
        }
        job.commit(commits)
    }
}

/// Paths below a folder, with the job's id replaced by `*`.
fn listing(folder: &Path) -> Vec<String> {
    fn walk(folder: &Path, root: &Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, root, found);
            } else {
                let name = path.strip_prefix(root).unwrap().display().to_string();
                let id = name.find("part-").map(|at| at + 11..at + 47);
                found.push(match id {
                    Some(id) => name.replace(&name[id], "*"),
                    None => name,
                });
            }
        }
    }
    let mut found = Vec::new();
    walk(folder, folder, &mut found);
    found.sort();
    found
}

fn text(folder: &Path) -> String {
    let parts = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut parts: Vec<_> = parts
        .filter(|path| {
            path.file_name()
                .unwrap()
                .to_string_lossy()
                .starts_with("part-")
        })
        .collect();
    parts.sort();
    parts
        .iter()
        .map(|path| std::fs::read_to_string(path).unwrap())
        .collect()
}

fn int(value: i32) -> Value {
    Value::Integer(value)
}

#[test]
fn csv_quotes_only_what_needs_it() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let strings = [
        "a,b",
        "",
        " x ",
        "q\"r",
        "l1\nl2",
        "back\\slash",
        "#c",
        "a\\\"b",
        "null",
    ];
    let row: Vec<Value> = strings
        .iter()
        .map(|s| Value::from(*s))
        .chain([Value::Null])
        .collect();
    let ddl = "a STRING, b STRING, c STRING, d STRING, e STRING, f STRING, g STRING, h STRING, i STRING, j STRING";
    let written = |options: &[(&str, &str)]| {
        let write = Write {
            options,
            mode: SaveMode::Overwrite,
            ..CSV
        };
        write
            .rows(&out, ddl, &[std::slice::from_ref(&row)])
            .unwrap();
        text(&out)
    };
    assert_eq!(
        written(&[]),
        "\"a,b\",\"\",x,\"q\\\"r\",\"l1\nl2\",back\\slash,#c,\"a\\\\\\\"b\",null,\n"
    );
    assert_eq!(
        written(&[("quoteAll", "true"), ("nullValue", "N")]),
        "\"a,b\",\"\",\"x\",\"q\\\"r\",\"l1\nl2\",\"back\\\\slash\",\"#c\",\"a\\\\\\\"b\",\"null\",\"N\"\n"
    );
    assert_eq!(
        written(&[
            ("sep", "|"),
            ("escape", "\""),
            ("emptyValue", "E"),
            ("header", "true")
        ]),
        "a|b|c|d|e|f|g|h|i|j\na,b|E|x|\"q\"\"r\"|\"l1\nl2\"|back\\slash|#c|\"a\\\"\"b\"|null|\n"
    );
    assert_eq!(
        written(&[
            ("escapeQuotes", "false"),
            ("ignoreLeadingWhiteSpace", "false")
        ]),
        "\"a,b\",\"\", x,q\"r,\"l1\nl2\",back\\slash,#c,a\\\"b,null,\n"
    );
}

#[test]
fn values_of_all_types_as_text() {
    let folder = tempfile::tempdir().unwrap();
    let decimal = Decimal {
        unscaled: 150,
        precision: 10,
        scale: 2,
    };
    let row = vec![
        Value::Double(1e30),
        Value::Decimal(decimal),
        Value::Date(18629),
        Value::Timestamp(1_609_582_272_500_000),
        Value::TimestampNtz(1_609_582_272_000_000),
        Value::Boolean(true),
        Value::from(&b"ab"[..]),
        Value::Float(1.1),
    ];
    let ddl = "d DOUBLE, p DECIMAL(10,2), dt DATE, t TIMESTAMP, n TIMESTAMP_NTZ, b BOOLEAN, y BINARY, f FLOAT";
    let out = folder.path().join("csv");
    CSV.rows(&out, ddl, &[std::slice::from_ref(&row)]).unwrap();
    assert_eq!(
        text(&out),
        "1.0E30,1.50,2021-01-02,2021-01-02T10:11:12.500Z,2021-01-02T10:11:12.000,true,[61 62],1.1\n"
    );
    let out = folder.path().join("formats");
    let options = [
        ("dateFormat", "dd/MM/yyyy"),
        ("timestampFormat", "yyyy-MM-dd HH:mm"),
    ];
    let write = Write {
        options: &options,
        ..CSV
    };
    write
        .rows(&out, ddl, &[std::slice::from_ref(&row)])
        .unwrap();
    assert!(text(&out).starts_with("1.0E30,1.50,02/01/2021,2021-01-02 10:11,"));

    let out = folder.path().join("json");
    let nested = vec![
        Value::Array(vec![int(1), Value::Null]),
        Value::Map(vec![
            (Value::from("k"), int(1)),
            (Value::from("z"), Value::Null),
        ]),
        Value::Struct(vec![int(1), Value::Null]),
        Value::from("x\"y/\n\u{e9}"),
        Value::Double(f64::NAN),
        Value::from(&b"ab"[..]),
        Value::Null,
    ];
    let ddl = "a ARRAY<INT>, m MAP<STRING, INT>, s STRUCT<x: INT, y: INT>, t STRING, d DOUBLE, b BINARY, n INT";
    let write = Write {
        format: "json",
        ..CSV
    };
    write.rows(&out, ddl, &[&[nested]]).unwrap();
    assert_eq!(
        text(&out),
        "{\"a\":[1,null],\"m\":{\"k\":1,\"z\":null},\"s\":{\"x\":1},\"t\":\"x\\\"y/\\n\u{e9}\",\"d\":\"NaN\",\"b\":\"YWI=\"}\n"
    );
}

#[test]
fn modes_say_what_happens_to_old_data() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let write = |mode: SaveMode, value: i32| {
        Write { mode, ..CSV }.rows(&out, "a INT", &[&[vec![int(value)]]])
    };
    assert_eq!(write(SaveMode::ErrorIfExists, 1).unwrap().rows, 1);
    assert_eq!(listing(&out), ["_SUCCESS", "part-00000-*-c000.csv"]);
    let error = write(SaveMode::ErrorIfExists, 2).unwrap_err();
    assert_eq!(error.condition().name, "PATH_ALREADY_EXISTS");
    assert_eq!(write(SaveMode::Ignore, 2).unwrap(), WriteSummary::default());
    assert_eq!(text(&out), "1\n");
    write(SaveMode::Append, 3).unwrap();
    assert_eq!(listing(&out).len(), 3);
    write(SaveMode::Overwrite, 4).unwrap();
    assert_eq!(text(&out), "4\n");
    assert_eq!(listing(&out), ["_SUCCESS", "part-00000-*-c000.csv"]);
    let plain = folder.path().join("plain");
    std::fs::write(&plain, "x").unwrap();
    Write {
        mode: SaveMode::Overwrite,
        ..CSV
    }
    .rows(&plain, "a INT", &[&[vec![int(1)]]])
    .unwrap();
    assert_eq!(text(&plain), "1\n");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
}

#[test]
fn nothing_is_visible_before_the_commit() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    CSV.rows(&out, "a INT", &[&[vec![int(1)]]]).unwrap();
    let schema = parse_schema("a INT").unwrap();
    let write = Write {
        mode: SaveMode::Overwrite,
        ..CSV
    };
    let job = write.job(&out, &schema).unwrap().unwrap();
    let mut task = job.task(0).unwrap();
    task.write(&batch(&schema, &[vec![int(2)]])).unwrap();
    let commit = task.finish().unwrap();
    assert_eq!(text(&out), "1\n");
    assert_eq!(
        read(&*open("csv", &out, "a INT", &[]).unwrap()).unwrap(),
        [[int(1)]]
    );
    drop(commit);
    job.abort();
    assert_eq!(listing(&out), ["_SUCCESS", "part-00000-*-c000.csv"]);

    // A job that is dropped half-way leaves no trace, not even the folder it would have made.
    let new = folder.path().join("new");
    let job = CSV.job(&new, &schema).unwrap().unwrap();
    let mut task = job.task(0).unwrap();
    task.write(&batch(&schema, &[vec![int(2)]])).unwrap();
    drop(task);
    drop(job);
    assert!(!new.exists());
}

#[test]
fn partition_columns_become_folders() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let rows = [
        vec![int(1), Value::from("a/b"), Value::Date(18629)],
        vec![int(2), Value::Null, Value::Null],
        vec![int(3), Value::from(""), Value::Date(18629)],
        vec![int(4), Value::from("a/b"), Value::Date(18629)],
    ];
    let ddl = "v INT, k STRING, d DATE";
    let write = Write {
        partition_by: &["k", "D"],
        ..CSV
    };
    write.rows(&out, ddl, &[&rows, &rows[..1]]).unwrap();
    let default = "__HIVE_DEFAULT_PARTITION__";
    assert_eq!(
        listing(&out),
        [
            "_SUCCESS".to_string(),
            format!("k={default}/d=2021-01-02/part-00000-*.c000.csv"),
            format!("k={default}/d={default}/part-00000-*.c000.csv"),
            "k=a%2Fb/d=2021-01-02/part-00000-*.c000.csv".to_string(),
            "k=a%2Fb/d=2021-01-02/part-00001-*.c000.csv".to_string(),
        ]
    );
    let table = open("csv", &out, "v INT", &[]).unwrap();
    assert_eq!(
        table.schema().simple_string(),
        "struct<v:int,k:string,d:date>"
    );
    let mut found = read(&*table).unwrap();
    found.sort_by_key(|row| row[0].as_i64());
    assert_eq!(found[0], rows[0]);
    assert_eq!(found.len(), 5);

    // Overwriting dynamically replaces only the folders that are written.
    let dynamic = Write {
        mode: SaveMode::Overwrite,
        options: &[("partitionOverwriteMode", "dynamic")],
        partition_by: &["k", "d"],
        ..CSV
    };
    let row = vec![int(9), Value::from("a/b"), Value::Date(18629)];
    dynamic.rows(&out, ddl, &[&[row]]).unwrap();
    let values = read(&*open("csv", &out, "v INT", &[]).unwrap()).unwrap();
    let mut values: Vec<i64> = values.iter().filter_map(|row| row[0].as_i64()).collect();
    values.sort();
    assert_eq!(values, [2, 3, 9]);

    let condition = |partition_by: &[&str]| {
        let write = Write {
            mode: SaveMode::Append,
            partition_by,
            ..CSV
        };
        write.rows(&out, ddl, &[]).unwrap_err().condition().name
    };
    assert_eq!(
        condition(&["v", "k", "d"]),
        "ALL_PARTITION_COLUMNS_NOT_ALLOWED"
    );
    assert_eq!(condition(&["nope"]), "PARTITION_COLUMN_NOT_FOUND_IN_SCHEMA");
}

#[test]
fn parquet_reads_back_what_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let wide = Decimal {
        unscaled: -12345,
        precision: 30,
        scale: 2,
    };
    let narrow = Decimal {
        unscaled: 99,
        precision: 5,
        scale: 2,
    };
    let rows = [
        vec![
            Value::Byte(-3),
            Value::Decimal(narrow),
            Value::Decimal(wide),
            Value::Timestamp(-1),
            Value::TimestampNtz(5),
            Value::from("text that is longer than a view"),
            Value::from(&b"\xff\x00"[..]),
            Value::Array(vec![int(1), Value::Null]),
            Value::Map(vec![(Value::from("k"), Value::Struct(vec![int(7)]))]),
            Value::YearMonthInterval(14),
            Value::DayTimeInterval(1_000_000),
        ],
        vec![Value::Null; 11],
    ];
    let ddl = "a TINYINT, b DECIMAL(5,2), c DECIMAL(30,2), d TIMESTAMP, e TIMESTAMP_NTZ, f STRING, g BINARY, \
               h ARRAY<INT>, i MAP<STRING, STRUCT<x: INT>>, j INTERVAL YEAR TO MONTH, k INTERVAL DAY TO SECOND";
    for (codec, suffix) in [
        ("snappy", ".snappy"),
        ("zstd", ".zstd"),
        ("none", ""),
        ("gzip", ".gz"),
    ] {
        let options = [
            ("compression", codec),
            ("parquet.bloom.filter.enabled#f", "true"),
        ];
        let write = Write {
            format: "parquet",
            mode: SaveMode::Overwrite,
            options: &options,
            partition_by: &[],
        };
        let summary = write.rows(&out, ddl, &[&rows, &[]]).unwrap();
        assert_eq!((summary.rows, summary.files), (2, 1));
        assert_eq!(
            listing(&out)[1],
            format!("part-00000-*-c000{suffix}.parquet")
        );
        let table = open("parquet", &out, "", &[]).unwrap();
        assert_eq!(table.schema().to_ddl(), parse_schema(ddl).unwrap().to_ddl());
        assert_eq!(read(&*table).unwrap(), rows);
    }
}

#[test]
fn text_json_and_limits() {
    let folder = tempfile::tempdir().unwrap();
    let lines = [
        vec![Value::from("a")],
        vec![Value::Null],
        vec![Value::from("b")],
    ];
    let out = folder.path().join("text");
    let write = Write {
        format: "text",
        options: &[("maxRecordsPerFile", "2"), ("compression", "gzip")],
        ..CSV
    };
    write.rows(&out, "v STRING", &[&lines]).unwrap();
    assert_eq!(
        listing(&out),
        [
            "_SUCCESS",
            "part-00000-*-c000.txt.gz",
            "part-00000-*-c001.txt.gz"
        ]
    );
    let condition = |format: &str, ddl: &str, options: &[(&str, &str)]| {
        let write = Write {
            format,
            options,
            ..CSV
        };
        write
            .rows(&folder.path().join("x"), ddl, &[])
            .unwrap_err()
            .condition()
            .name
    };
    assert_eq!(
        condition("text", "v INT", &[]),
        "UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE"
    );
    assert_eq!(
        condition("csv", "v ARRAY<INT>", &[]),
        "UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE"
    );
    assert_eq!(condition("nosuch", "v INT", &[]), "DATA_SOURCE_NOT_FOUND");
    let codec = [("compression", "nosuch")];
    let unknown = "CODEC_NOT_AVAILABLE.WITH_AVAILABLE_CODECS_SUGGESTION";
    assert_eq!(condition("csv", "v INT", &codec), unknown);
    assert_eq!(condition("parquet", "v INT", &codec), unknown);
}
