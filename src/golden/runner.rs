//! Running the cases of a suite.

use super::Options;
use super::compare::{is_ordered, same_output, same_schema};
use super::file::{Case, parse_results};
use super::input::parse_input;
use super::report::{CaseReport, Report};
use crate::catalog::{TableDefinition, TableSource};
use crate::datasource::open_files;
use crate::error::{Error, Result, conditions};
use crate::kernel::time_zone::TimeZone;
use crate::plan::unresolved::{self, Statement};
use crate::session::Session;
use crate::session::text::{BinaryStyle, Style, TextWriter};
use crate::types::{DataType, StructType, Value};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::sync::{Mutex, PoisonError};

/// What a statement gave.
pub(super) struct Answer {
    /// Spark's schema text; `struct<>` for an error.
    pub schema: String,
    /// Rows joined by newlines, or the error.
    pub output: Result<String>,
    /// Whether the order of the rows is part of it.
    pub ordered: bool,
}

/// Runs a suite.
pub fn run(options: &Options) -> Result<Report> {
    let mut names = options.files.clone();
    if names.is_empty() {
        collect(&options.results, &options.results, ".sql.out", &mut names)?;
        names.sort();
    }
    let next = AtomicUsize::new(0);
    let finished: Mutex<Vec<(String, Vec<CaseReport>)>> = Mutex::default();
    let failure: Mutex<Option<Error>> = Mutex::default();
    std::thread::scope(|scope| {
        for _ in 0..options.parallel.max(1) {
            scope.spawn(|| {
                while let Some(name) = names.get(next.fetch_add(1, Ordering::Relaxed)) {
                    match file(options, name) {
                        Ok(cases) => lock(&finished).push((name.clone(), cases)),
                        Err(error) => *lock(&failure) = Some(error),
                    }
                }
            });
        }
    });
    if let Some(error) = lock(&failure).take() {
        return Err(error);
    }
    let mut files = std::mem::take(&mut *lock(&finished));
    files.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(Report { files })
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn unreadable(path: &Path, error: impl std::fmt::Display) -> Error {
    let path = path.display().to_string();
    Error::new(&crate::error::conditions::PATH_NOT_FOUND, [("path", path)]).caused_by(error)
}

/// Files below a folder whose names end so, relative to `root`.
pub(super) fn collect(
    root: &Path,
    folder: &Path,
    ending: &str,
    names: &mut Vec<String>,
) -> Result<()> {
    let entries = std::fs::read_dir(folder).map_err(|error| unreadable(folder, error))?;
    for entry in entries {
        let path = entry.map_err(|error| unreadable(folder, error))?.path();
        if path.is_dir() {
            collect(root, &path, ending, names)?;
        } else if let Ok(relative) = path.strip_prefix(root) {
            let name = relative.to_string_lossy().replace('\\', "/");
            if name.ends_with(ending) {
                names.push(name);
            }
        }
    }
    Ok(())
}

/// Runs the cases of one file in a session of its own.
fn file(options: &Options, name: &str) -> Result<Vec<CaseReport>> {
    let path = options.results.join(name);
    let text = std::fs::read_to_string(&path).map_err(|error| unreadable(&path, error))?;
    let warehouse =
        tempfile::tempdir().map_err(|error| unreadable(Path::new("golden_warehouse"), error))?;
    let folder = warehouse.path().join("golden_warehouse");
    let session = session(options, name.trim_end_matches(".out"), &folder)?;
    let cases = parse_results(&text).into_iter().enumerate();
    Ok(cases
        .map(|(index, case)| check(&session, options, index, case))
        .collect())
}

/// A session with the suite's settings, tables and functions and the settings of one input file.
pub(super) fn session(options: &Options, name: &str, warehouse: &Path) -> Result<Session> {
    let mut builder = Session::builder()
        .master(&format!("local[{}]", options.threads.max(1)))
        .config("spark.sql.session.timeZone", "America/Los_Angeles")
        .config("spark.sql.warehouse.dir", warehouse.display())
        .config("spark.firesteel.user", "test_user");
    let folder = name.split('/').next().unwrap_or("");
    builder = match folder {
        "nonansi" => builder.config("spark.sql.ansi.enabled", false),
        "postgreSQL" => builder.config("spark.sql.legacy.interval.enabled", true),
        "timestampNTZ" => builder.config("spark.sql.timestampType", "TIMESTAMP_NTZ"),
        _ => builder,
    };
    if let Some(root) = &options.inputs
        && let Ok(text) = std::fs::read_to_string(root.join(name))
    {
        for (key, value) in parse_input(&text, root).settings {
            builder = builder.config(&key, value);
        }
    }
    for (key, value) in &options.settings {
        builder = builder.config(key, value);
    }
    let session = builder.create()?;
    register_functions(&session);
    if let Some(folder) = &options.tables {
        register_tables(&session, folder)?;
    }
    Ok(session)
}

/// Makes every Parquet file of a folder a table.
fn register_tables(session: &Session, folder: &Path) -> Result<()> {
    let mut files = Vec::new();
    collect(folder, folder, ".parquet", &mut files)?;
    for file in files {
        let path: PathBuf = folder.join(&file);
        let paths = [path.to_string_lossy().into_owned()];
        let config = session.config();
        let table = open_files(
            "parquet",
            &paths,
            None,
            &unresolved::Options::new(),
            &config,
        )?;
        let name = file.trim_end_matches(".parquet").to_string();
        let definition = TableDefinition {
            name: session.state.catalog.full_name(&[name]),
            schema: table.schema().clone(),
            source: TableSource::Provided(table),
            partitioned_by: Vec::new(),
            comment: None,
            properties: unresolved::Options::new(),
        };
        session
            .state
            .catalog
            .create_table(definition, false, true)?;
    }
    Ok(())
}

/// The functions that Spark's suite registers for its own use.
fn register_functions(session: &Session) {
    let udf = session.udf();
    let both = [DataType::Boolean, DataType::Boolean];
    let compare = |equal: bool| {
        move |arguments: &[Value]| match (&arguments[0], &arguments[1]) {
            (Value::Null, _) | (_, Value::Null) => Ok(Value::Null),
            (a, b) => Ok(Value::Boolean((a == b) == equal)),
        }
    };
    udf.register("booleq", both.clone(), DataType::Boolean, compare(true));
    udf.register("boolne", both, DataType::Boolean, compare(false));
    udf.register("vol", [DataType::String], DataType::String, |arguments| {
        Ok(arguments[0].clone())
    });
}

fn check(session: &Session, options: &Options, index: usize, case: Case) -> CaseReport {
    let answer = answer_in_time(session, options, &case.sql);
    let expected = case.expected_condition();
    let passed = match (&answer.output, expected) {
        (Ok(output), None) => {
            same_schema(&case.schema, &answer.schema)
                && same_output(&case.output, output, answer.ordered)
        }
        // A plain Java exception has no condition that ours could have.
        (Err(error), Some("")) => !std::ptr::eq(error.condition(), &conditions::INTERNAL_ERROR),
        (Err(error), Some(condition)) => error.condition().name == condition,
        (Ok(_), Some(_)) | (Err(_), None) => false,
    };
    let (actual_output, error) = match answer.output {
        Ok(output) => (Some(output), None),
        Err(error) => (None, Some(error)),
    };
    CaseReport {
        index,
        sql: case.sql,
        expected_schema: case.schema,
        expected_output: case.output,
        actual_schema: answer.schema,
        actual_output,
        error_class: error
            .as_ref()
            .map(|error| error.condition().name.to_string()),
        error_message: error.as_ref().map(Error::to_string),
        passed,
    }
}

/// Runs a statement; an error once its time is over. A statement that does not react to being cancelled is
/// left behind on its thread.
fn answer_in_time(session: &Session, options: &Options, text: &str) -> Answer {
    let (sender, receiver) = mpsc::channel();
    let (worker, text) = (session.clone(), text.to_string());
    let spawned = std::thread::Builder::new()
        .stack_size(STACK)
        .spawn(move || {
            let run = std::panic::AssertUnwindSafe(|| answer(&worker, &text));
            let answer = std::panic::catch_unwind(run).unwrap_or_else(|panic| {
                let message = panic.downcast_ref::<String>().cloned();
                let message =
                    message.or_else(|| panic.downcast_ref::<&str>().map(|text| text.to_string()));
                failed(Error::internal(
                    message.unwrap_or_else(|| "a panic".to_string()),
                ))
            });
            // Nobody listens any more once the time is over.
            let _ = sender.send(answer);
        });
    if let Err(error) = spawned {
        return failed(Error::internal(error));
    }
    receiver.recv_timeout(options.timeout).unwrap_or_else(|_| {
        session.cancel_handle().cancel();
        failed(Error::internal(format!(
            "no answer within {} s",
            options.timeout.as_secs()
        )))
    })
}

/// Stack of the thread that runs a statement: deep expressions recurse.
const STACK: usize = 256 << 20;

fn failed(error: Error) -> Answer {
    Answer {
        schema: StructType::default().simple_string(),
        output: Err(error),
        ordered: false,
    }
}

/// Runs a statement.
pub(super) fn answer(session: &Session, text: &str) -> Answer {
    let statement = match session.parse(text) {
        Ok(statement) => statement,
        Err(error) => return failed(error),
    };
    let ordered = is_ordered(&statement);
    // Spark's suite prints the listing commands by name only.
    let names_only = matches!(
        statement,
        Statement::Command(
            unresolved::Command::ShowTables { .. } | unresolved::Command::ShowViews { .. }
        )
    );
    let describes = matches!(
        statement,
        Statement::Command(
            unresolved::Command::DescribeTable { .. } | unresolved::Command::DescribeQuery(_)
        )
    );
    let run = || -> Result<(String, String)> {
        let frame = session.sql_statement(statement)?;
        let schema = frame.schema().simple_string();
        let rows = frame.collect()?;
        let config = session.config();
        let zone = TimeZone::of(config.time_zone())?;
        let binary = config
            .get("spark.sql.binaryOutputStyle")
            .and_then(BinaryStyle::of);
        let writer = TextWriter::new(Style::Hive, zone, binary);
        let line = |row: &crate::types::Row| {
            let cells = row.values().iter().zip(frame.schema().iter());
            let cells = cells.map(|(value, field)| writer.cell(value, &field.data_type));
            if names_only {
                return cells.skip(1).take(1).collect::<String>();
            }
            if describes {
                let cells = row
                    .values()
                    .iter()
                    .map(|value| value.as_str().unwrap_or(""));
                let cells: Vec<String> = cells.map(|text| format!("{text:<20}")).collect();
                return cells.join("\t");
            }
            cells.collect::<Vec<_>>().join("\t")
        };
        Ok((schema, rows.iter().map(line).collect::<Vec<_>>().join("\n")))
    };
    match run() {
        Ok((schema, output)) => Answer {
            schema,
            output: Ok(output),
            ordered,
        },
        Err(error) => failed(error),
    }
}
