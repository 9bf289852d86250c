//! The `firesteel` command.
//!
//! ```text
//!   firesteel                      the shell
//!   firesteel data.parquet         the shell, with the file as a view of its stem
//!   firesteel sql -e 'SELECT 1'    statements from the command line (-f: from a file), as `spark-sql`
//!   firesteel golden run …         a golden-file suite
//! ```
//!
//! Results go to standard output; times, progress and errors to standard error. The exit status is 1 if a
//! statement failed, 130 if Ctrl-C cancelled it. In the shell a statement that fails ends nothing.

mod allocator;
mod arguments;
mod format;
mod golden;
mod progress;
mod runner;
mod shell;

pub use allocator::keep_freed_pages;

use crate::error::Result;
use crate::session::Session;
use arguments::{Arguments, Command, SqlArguments};
use clap::Parser;
use runner::Runner;
use std::io::Read;
use std::process::ExitCode;

/// Runs the command with the process's arguments.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let outcome = match arguments.command {
        Some(Command::Sql(sql)) => run_sql(&sql, &[]),
        Some(Command::Golden(command)) => golden::run(command).map(exit_code),
        None => run_sql(&arguments.sql, &arguments.paths),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("{error}");
        ExitCode::FAILURE
    })
}

fn exit_code(all_well: bool) -> ExitCode {
    match all_well {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

/// A session as the flags say.
fn session(arguments: &SqlArguments) -> Result<Session> {
    let mut builder = Session::builder()
        .master(&arguments.master)
        .app_name("firesteel");
    for setting in &arguments.conf {
        let (key, value) = setting.split_once('=').unwrap_or((setting, ""));
        builder = builder.config(key.trim(), value.trim());
    }
    builder.create()
}

/// Runs what the flags say; without statements it opens the shell.
fn run_sql(arguments: &SqlArguments, paths: &[String]) -> Result<ExitCode> {
    let session = session(arguments)?;
    for path in paths {
        register(&session, path, arguments.silent)?;
    }
    let mut runner = Runner::new(session, arguments.format, arguments.silent);
    for file in arguments.init.iter().chain(&arguments.file) {
        if !runner.run_all(&read(file)?) {
            return Ok(failed(&runner));
        }
    }
    for text in &arguments.execute {
        if !runner.run_all(text) {
            return Ok(failed(&runner));
        }
    }
    if arguments.execute.is_empty() && arguments.file.is_empty() {
        return shell::open(runner).map(exit_code);
    }
    Ok(ExitCode::SUCCESS)
}

fn failed(runner: &Runner) -> ExitCode {
    match runner.interrupted {
        true => ExitCode::from(runner::INTERRUPTED),
        false => ExitCode::FAILURE,
    }
}

fn read(path: &str) -> Result<String> {
    use crate::error::{Error, conditions::PATH_NOT_FOUND};
    let text = if path == "-" {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).map(|_| text)
    } else {
        std::fs::read_to_string(path)
    };
    text.map_err(|error| Error::new(&PATH_NOT_FOUND, [("path", path)]).caused_by(error))
}

/// Makes a file or folder a view named after its stem: `data/trips.csv.gz` is `trips`.
fn register(session: &Session, path: &str, silent: bool) -> Result<()> {
    let name = path
        .trim_end_matches('/')
        .rsplit('/')
        .next()
        .unwrap_or(path);
    let mut parts = name.split('.');
    let stem = parts.next().unwrap_or(name);
    let format = parts.find(|part| ["csv", "tsv", "json", "txt", "parquet"].contains(part));
    let reader = session.read();
    let frame = match format {
        Some("csv") => reader
            .option("header", true)
            .option("inferSchema", true)
            .csv(path)?,
        Some("tsv") => reader
            .option("header", true)
            .option("inferSchema", true)
            .option("sep", "\t")
            .csv(path)?,
        Some("json") => reader.json(path)?,
        Some("txt") => reader.text(path)?,
        _ => reader.parquet(path)?,
    };
    let view: String = stem
        .chars()
        .map(|c| if c.is_alphanumeric() { c } else { '_' })
        .collect();
    frame.create_or_replace_temp_view(&view)?;
    if !silent {
        eprintln!("{path} is the view {view}.");
    }
    Ok(())
}
