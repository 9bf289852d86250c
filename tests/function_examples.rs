//! Every example in the documentation of every function gives what the documentation says.

use firesteel::functions::functions;
use firesteel::kernel::time_zone::TimeZone;
use firesteel::prelude::*;
use firesteel::session::text::{Style, TextWriter};

const ZONE: &str = "America/Los_Angeles";

/// The rows of a query as the documentation prints them: values separated by tabs, a row a line.
fn answer(spark: &Session, query: &str) -> Result<String, String> {
    let zone = TimeZone::parse(ZONE).expect("a zone");
    let writer = TextWriter::new(Style::Hive, zone, None);
    let frame = spark.sql(query).map_err(|error| error.to_string())?;
    let rows = frame.collect().map_err(|error| error.to_string())?;
    let lines = rows.iter().map(|row| {
        let cells: Vec<String> = (row.values().iter().zip(row.schema().iter()))
            .map(|(value, field)| writer.cell(value, &field.data_type))
            .collect();
        cells.join("\t")
    });
    Ok(lines.collect::<Vec<_>>().join("\n"))
}

#[test]
fn examples_give_what_they_say() {
    let spark = Session::builder()
        .master("local[1]")
        .config("spark.sql.session.timeZone", ZONE)
        .create()
        .expect("a session");
    let mut wrong = Vec::new();
    let mut run = 0;
    for function in functions() {
        for (example, expected) in function.doc().examples {
            run += 1;
            let query = match example.starts_with("SELECT ") {
                true => example.to_string(),
                false => format!("SELECT {example}"),
            };
            match answer(&spark, &query) {
                Ok(answer) if answer == *expected => {}
                other => wrong.push(format!("{query}\n  says {expected:?}\n  gave {other:?}")),
            }
        }
    }
    assert!(run > 100, "{run} examples");
    assert!(
        wrong.is_empty(),
        "{} of {run}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
