//! Writing result files from Firesteel itself, for suites of one's own.

use super::Options;
use super::compare::masked;
use super::input::parse_input;
use super::runner::{answer, collect, session};
use crate::error::{Error, Result};
use std::fmt::Write;
use std::path::Path;

/// Runs the input files of a suite and writes what they give to its folder of results. Gives the names of
/// the files written.
pub fn record(options: &Options) -> Result<Vec<String>> {
    let Some(inputs) = &options.inputs else {
        return Err(Error::unsupported("recording without a folder of inputs"));
    };
    let mut names = Vec::new();
    collect(inputs, inputs, ".sql", &mut names)?;
    names.sort();
    let wanted = |name: &String| {
        options.files.is_empty()
            || options
                .files
                .iter()
                .any(|file| file.trim_end_matches(".out") == name)
    };
    names.retain(wanted);
    for name in &names {
        let path = inputs.join(name);
        let text = std::fs::read_to_string(&path).map_err(|error| unwritable(&path, error))?;
        let input = parse_input(&text, inputs);
        let warehouse = tempfile::tempdir().map_err(|error| unwritable(&path, error))?;
        let warehouse = warehouse.path().join("golden_warehouse");
        let session = session(options, name, &warehouse)?;
        let mut out = String::from("-- Recorded by firesteel golden record\n");
        for statement in &input.statements {
            let answer = answer(&session, statement);
            let output = match answer.output {
                Ok(output) if answer.ordered => output,
                Ok(output) => {
                    let mut lines: Vec<&str> = output.lines().collect();
                    lines.sort_unstable();
                    lines.join("\n")
                }
                Err(error) => error_block(&error),
            };
            let _ = write!(
                out,
                "-- !query\n{statement}\n-- !query schema\n{}\n-- !query output\n{}\n\n\n",
                answer.schema,
                masked(&output)
            );
        }
        let target = options.results.join(format!("{name}.out"));
        if let Some(folder) = target.parent() {
            std::fs::create_dir_all(folder).map_err(|error| unwritable(folder, error))?;
        }
        std::fs::write(&target, out.trim_end().to_string() + "\n")
            .map_err(|error| unwritable(&target, error))?;
    }
    Ok(names)
}

fn unwritable(path: &Path, error: impl std::fmt::Display) -> Error {
    Error::internal(format!("{} could not be read or written", path.display())).caused_by(error)
}

/// An error as result files hold it.
fn error_block(error: &Error) -> String {
    let mut block = serde_json::Map::new();
    block.insert("errorClass".into(), error.condition().name.into());
    block.insert("sqlState".into(), error.sqlstate().into());
    let mut parameters: Vec<_> = error.parameters().to_vec();
    parameters.sort();
    if !parameters.is_empty() {
        let pairs = parameters
            .into_iter()
            .map(|(name, value)| (name.to_string(), value.into()));
        block.insert(
            "messageParameters".into(),
            serde_json::Value::Object(pairs.collect()),
        );
    }
    if let Some(context) = error.context() {
        block.insert(
            "queryContext".into(),
            serde_json::json!([{
                "objectType": context.object_type,
                "objectName": context.object_name,
                "startIndex": context.start_index,
                "stopIndex": context.stop_index,
                "fragment": context.fragment,
            }]),
        );
    }
    let json = serde_json::to_string_pretty(&block).unwrap_or_default();
    format!(
        "org.apache.spark.SparkException\n{}",
        json.replace("\": ", "\" : ")
    )
}
