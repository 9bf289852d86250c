//! Files written by Spark, pyarrow and DuckDB, whole and damaged, give the schemas, rows and error conditions that
//! real Spark gives for them (`testdata/interop/expected.json`).

use firesteel::kernel::time_zone::TimeZone;
use firesteel::prelude::*;
use firesteel::session::text::{Style, TextWriter};
use std::path::Path;

/// The zone in which the expectations were recorded.
const ZONE: &str = "America/Los_Angeles";

#[test]
fn files_of_other_engines_read_as_in_spark() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata");
    let text = std::fs::read_to_string(root.join("interop/expected.json")).expect("a file");
    let expected: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let mut failures = Vec::new();
    for (path, entry) in expected.as_object().expect("an object") {
        if let Err(failure) = check(&root.join(path), entry) {
            failures.push(format!("{path}: {failure}"));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

fn check(path: &Path, entry: &serde_json::Value) -> Result<(), String> {
    let spark = Session::builder()
        .master("local[2]")
        .config("spark.sql.session.timeZone", ZONE)
        .create()
        .map_err(|error| error.to_string())?;
    let mut reader = spark
        .read()
        .format(entry["format"].as_str().unwrap_or_default());
    for (key, value) in entry["options"].as_object().into_iter().flatten() {
        reader = reader.option(key, value.as_str().unwrap_or_default());
    }
    let answer = reader
        .load(path.to_str().expect("a path"))
        .and_then(|frame| Ok((frame.schema().simple_string(), frame.collect()?)));
    let condition = entry["condition"].as_str();
    match (answer, condition) {
        (Ok(_), Some(condition)) => Err(format!("no error, but Spark has {condition}")),
        (Err(error), Some(condition)) if error.condition().name == condition => Ok(()),
        (Err(error), _) => Err(error.to_string()),
        (Ok((schema, rows)), None) => {
            if Some(schema.as_str()) != entry["schema"].as_str() {
                return Err(format!("schema {schema}, in Spark {}", entry["schema"]));
            }
            let mut actual: Vec<String> = rows.iter().map(hive_line).collect();
            let mut expected: Vec<String> = (entry["rows"].as_array().into_iter().flatten())
                .map(|row| row.as_str().unwrap_or_default().to_string())
                .collect();
            actual.sort();
            expected.sort();
            if actual == expected {
                return Ok(());
            }
            let differing = actual.iter().zip(&expected).find(|(a, b)| a != b);
            Err(format!(
                "{} rows, in Spark {}; first difference {differing:?}",
                actual.len(),
                expected.len()
            ))
        }
    }
}

fn hive_line(row: &Row) -> String {
    let zone = TimeZone::of(ZONE).expect("a zone");
    let writer = TextWriter::new(Style::Hive, zone, None);
    let cells = row.values().iter().zip(row.schema().iter());
    cells
        .map(|(value, field)| writer.cell(value, &field.data_type))
        .collect::<Vec<_>>()
        .join("\t")
}
