//! The command line.

use super::format::Format;
use clap::{Args, Parser, Subcommand};

/// Apache Spark SQL as one native program.
#[derive(Debug, Parser)]
#[command(name = "firesteel", version, args_conflicts_with_subcommands = true)]
pub struct Arguments {
    /// What to do; none: open the shell.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Files or folders to open as views named after them.
    pub paths: Vec<String>,
    #[command(flatten)]
    pub sql: SqlArguments,
}

/// What the program can do beside the shell.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run SQL from the command line or from files; without either, open the shell.
    Sql(SqlArguments),
    /// Run or record a golden-file suite.
    #[command(subcommand)]
    Golden(GoldenCommand),
}

/// Flags of SQL, as `spark-sql` has them.
#[derive(Debug, Clone, Args)]
pub struct SqlArguments {
    /// Statements to run.
    #[arg(short = 'e', value_name = "SQL")]
    pub execute: Vec<String>,
    /// Files of statements to run; - for standard input.
    #[arg(short = 'f', value_name = "FILE")]
    pub file: Vec<String>,
    /// Files of statements to run first.
    #[arg(short = 'i', value_name = "FILE")]
    pub init: Vec<String>,
    /// A setting.
    #[arg(long, value_name = "KEY=VALUE", alias = "hiveconf")]
    pub conf: Vec<String>,
    /// Threads: local, local[N] or local[*].
    #[arg(long, default_value = "local[*]")]
    pub master: String,
    /// How results are printed.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
    /// Print results and errors only.
    #[arg(short = 'S', long)]
    pub silent: bool,
}

/// Golden-file suites.
#[derive(Debug, Subcommand)]
pub enum GoldenCommand {
    /// Run the statements of result files and compare.
    Run(GoldenArguments),
    /// Run the statements of input files and write result files.
    Record(GoldenArguments),
}

/// Flags of golden-file suites.
#[derive(Debug, Args)]
pub struct GoldenArguments {
    /// Folder of .sql.out files.
    #[arg(long)]
    pub results: String,
    /// Folder of .sql files.
    #[arg(long)]
    pub inputs: Option<String>,
    /// Folder of Parquet files; each becomes a table.
    #[arg(long)]
    pub tables: Option<String>,
    /// A file that lists result files, relative to --results, one a line.
    #[arg(long)]
    pub files: Option<String>,
    /// Where to write the report as JSON.
    #[arg(long)]
    pub report: Option<String>,
    /// Seconds that a statement may take.
    #[arg(long, default_value_t = 20)]
    pub timeout: u64,
    /// Threads of each session.
    #[arg(long, default_value_t = 1)]
    pub threads: usize,
    /// A setting for every file.
    #[arg(long, value_name = "KEY=VALUE")]
    pub conf: Vec<String>,
    /// How many failed statements to show.
    #[arg(long, default_value_t = 10)]
    pub show: usize,
    /// Result files to run, relative to --results; none: all.
    pub names: Vec<String>,
}
