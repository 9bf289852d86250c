//! What the benches that run whole queries share: options, timing, memory, the floor, and the allocator of the
//! command.

mod answers;
mod floor;
mod memory;

use arrow::array::RecordBatch;
use firesteel::plan::unresolved::ExplainMode;
use firesteel::prelude::*;
use firesteel::sql::split_statements;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// The allocator of the `firesteel` command, set as there, so that the benches measure what users run.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What to run, on what, and what to print; see the benches for the flags.
#[derive(Default)]
pub struct Options {
    pub dir: PathBuf,
    pub tables: Option<PathBuf>,
    pub init: Option<PathBuf>,
    pub answers: Option<PathBuf>,
    pub runs: Option<usize>,
    /// Names of queries; none: all.
    pub only: Vec<String>,
    pub threads: Option<usize>,
    pub conf: Vec<(String, String)>,
    pub floor: bool,
    pub explain: bool,
    pub json: bool,
    /// Wait for a line of input after each query: whoever reads the answers takes no processor from the next one.
    pub wait: bool,
}

impl Options {
    /// The process's arguments; `own` takes those that only one bench has and says whether it did.
    pub fn parse(
        mut own: impl FnMut(&str, &mut dyn FnMut() -> String, &mut Options) -> bool,
    ) -> Options {
        let mut options = Options::default();
        let mut arguments = std::env::args().skip(1);
        while let Some(argument) = arguments.next() {
            let mut value = || {
                arguments
                    .next()
                    .unwrap_or_else(|| panic!("{argument} needs a value"))
            };
            if own(&argument, &mut value, &mut options) {
                continue;
            }
            match argument.as_str() {
                "--dir" => options.dir = value().into(),
                "--tables" => options.tables = Some(value().into()),
                "--init" => options.init = Some(value().into()),
                "--answers" => options.answers = Some(value().into()),
                "--runs" => options.runs = Some(number(&argument, &value())),
                "--threads" => options.threads = Some(number(&argument, &value())),
                "--only" => options.only.extend(value().split(',').map(str::to_string)),
                "--conf" => {
                    let setting = value();
                    let (key, value) = setting.split_once('=').expect("--conf takes key=value");
                    options.conf.push((key.to_string(), value.to_string()));
                }
                "--floor" => options.floor = true,
                "--explain" => options.explain = true,
                "--json" => options.json = true,
                "--wait" => options.wait = true,
                // cargo bench passes this to every bench.
                "--bench" => {}
                other => panic!("unknown argument {other}"),
            }
        }
        options
    }

    fn threads(&self) -> usize {
        let available = || std::thread::available_parallelism().ok().map(usize::from);
        self.threads.or_else(available).unwrap_or(1)
    }

    /// A session with the views that the options name.
    fn session(&self) -> Result<Session> {
        let mut builder = Session::builder().master(&format!("local[{}]", self.threads()));
        for (key, value) in &self.conf {
            builder = builder.config(key, value);
        }
        let spark = builder.create()?;
        for path in self.tables.iter().flat_map(|folder| sorted(folder)) {
            if path.is_dir() || is_file_of(&path, "parquet") {
                let frame = spark.read().parquet(path.as_path())?;
                frame.create_or_replace_temp_view(&stem(&path))?;
            }
        }
        for statement in self.init.iter().flat_map(|file| statements(file)) {
            spark.sql(&statement)?.collect()?;
        }
        Ok(spark)
    }
}

fn number(argument: &str, text: &str) -> usize {
    text.parse()
        .unwrap_or_else(|_| panic!("{argument} takes a number"))
}

/// How a query went.
struct Outcome {
    /// Seconds of every run, in order.
    seconds: Vec<f64>,
    /// Rows of the last run.
    batches: Vec<RecordBatch>,
    /// Peak resident memory of the process during the runs, where the system tells.
    peak_bytes: Option<u64>,
}

/// Runs statements several times: text in, all rows of the last statement out as Arrow batches.
fn run(spark: &Session, statements: &[String], runs: usize) -> Result<Outcome> {
    memory::reset_peak();
    let mut outcome = Outcome {
        seconds: Vec::new(),
        batches: Vec::new(),
        peak_bytes: None,
    };
    for _ in 0..runs.max(1) {
        // The rows of the run before are not held beside those of this one.
        outcome.batches.clear();
        let started = Instant::now();
        for statement in statements {
            outcome.batches = spark.sql(statement)?.collect_batches()?;
        }
        outcome.seconds.push(started.elapsed().as_secs_f64());
    }
    outcome.peak_bytes = memory::peak();
    Ok(outcome)
}

/// Runs every chosen query and prints a line for each.
pub fn main(options: &Options) {
    firesteel::cli::keep_freed_pages();
    let spark = options.session().unwrap_or_else(|error| panic!("{error}"));
    if let Some(folder) = &options.answers {
        std::fs::create_dir_all(folder).expect("a folder for the answers");
    }
    let mut total = 0.0;
    for path in sorted(&options.dir) {
        let name = stem(&path);
        let chosen = options.only.is_empty() || options.only.contains(&name);
        if !is_file_of(&path, "sql") || !chosen {
            continue;
        }
        let statements = statements(&path);
        let last = statements.last().map_or("", String::as_str);
        if options.explain {
            let analyzed = spark
                .sql(last)
                .and_then(|frame| frame.explain_string(ExplainMode::Analyze));
            let analyzed = analyzed.unwrap_or_else(|error| error.to_string());
            eprintln!("{name}\n{analyzed}");
        }
        let outcome = run(&spark, &statements, options.runs.unwrap_or(3));
        let floor = match (&outcome, options.floor) {
            (Ok(_), true) => floor::of(&spark, last, options.threads()),
            _ => None,
        };
        if let (Ok(outcome), Some(folder)) = (&outcome, &options.answers) {
            let file = folder.join(format!("{name}.arrow"));
            answers::write(&file, &outcome.batches).expect("an answer");
        }
        let seconds = outcome.as_ref().map(|o| o.seconds.clone());
        let best = seconds.iter().flatten().copied().reduce(f64::min);
        total += best.unwrap_or(f64::NAN);
        if options.json {
            let line = json!({
                "query": name,
                "seconds": seconds.unwrap_or_default(),
                "peak_bytes": outcome.as_ref().ok().and_then(|o| o.peak_bytes),
                "floor": floor,
                "error": outcome.as_ref().err().map(ToString::to_string),
            });
            println!("{line}");
        } else {
            match &outcome {
                Ok(_) => {
                    let floor = floor.map_or(String::new(), |s| format!("  decode {s:.4}"));
                    println!("{name} {:.4}{floor}", best.unwrap_or(f64::NAN));
                }
                Err(error) => println!("{name} failed: {error}"),
            }
        }
        if options.wait {
            let line = std::io::stdin().read_line(&mut String::new());
            line.expect("a line of input");
        }
    }
    if !options.json {
        println!("total {total:.4}");
    }
}

/// Files of a folder, by name.
fn sorted(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

fn stem(path: &Path) -> String {
    let stem = path.file_stem().unwrap_or_default();
    stem.to_string_lossy().into_owned()
}

fn is_file_of(path: &Path, extension: &str) -> bool {
    path.extension().is_some_and(|e| e == extension)
}

fn statements(path: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let statements = split_statements(&text)
        .into_iter()
        .map(|(_, statement)| statement);
    statements.filter(|s| !s.trim().is_empty()).collect()
}
