//! `firesteel golden`.

use super::arguments::{GoldenArguments, GoldenCommand};
use crate::error::{Error, Result};
use crate::golden::{self, Options};
use std::time::Duration;

/// Runs or records a suite; says whether all statements passed.
pub fn run(command: GoldenCommand) -> Result<bool> {
    match command {
        GoldenCommand::Run(arguments) => check(&arguments),
        GoldenCommand::Record(arguments) => {
            for name in golden::record(&options(&arguments)?)? {
                println!("{name}");
            }
            Ok(true)
        }
    }
}

fn options(arguments: &GoldenArguments) -> Result<Options> {
    let mut options = Options::new(&arguments.results);
    options.inputs = arguments.inputs.as_ref().map(Into::into);
    options.tables = arguments.tables.as_ref().map(Into::into);
    options.files = arguments.names.clone();
    if let Some(list) = &arguments.files {
        let text = super::read(list)?;
        let names = text.lines().map(str::trim).filter(|line| !line.is_empty());
        options.files.extend(names.map(str::to_string));
    }
    options.timeout = Duration::from_secs(arguments.timeout);
    options.threads = arguments.threads;
    let pair = |setting: &String| {
        let (key, value) = setting.split_once('=').unwrap_or((setting, ""));
        (key.trim().to_string(), value.trim().to_string())
    };
    options.settings = arguments.conf.iter().map(pair).collect();
    Ok(options)
}

fn check(arguments: &GoldenArguments) -> Result<bool> {
    let report = golden::run(&options(arguments)?)?;
    if report.files.is_empty() {
        // Nothing that failed is not the same as all that passed.
        eprintln!("no result files (*.sql.out) in {}", arguments.results);
        return Ok(false);
    }
    if let Some(path) = &arguments.report {
        let write = |path: &String| -> std::io::Result<()> {
            if let Some(folder) = std::path::Path::new(path).parent() {
                std::fs::create_dir_all(folder)?;
            }
            std::fs::write(path, format!("{:#}\n", report.to_json()))
        };
        write(path).map_err(|error| {
            Error::internal(format!("{path} could not be written")).caused_by(error)
        })?;
    }
    print!("{}", report.failures(arguments.show));
    print!("{}", report.table());
    Ok(report.all_passed())
}
