//! Any queries over any tables, timed in one process: what the scripts in `benches/peers` run.
//!
//! ```text
//!   cargo bench --bench queries -- --dir QUERIES [--tables DIR] [--init FILE] [--runs 3] [--only q01,q06]
//!                                  [--threads N] [--conf k=v] [--answers DIR] [--floor] [--explain] [--json]
//!                                  [--wait]
//! ```
//!
//! Every `*.sql` file of `--dir` is a query, named after the file; it may hold several statements, which are timed
//! together. Every Parquet file or folder of `--tables` is a view of its name; `--init` is a script that makes other
//! views first (CSV files under a schema, say). `--answers` keeps the rows of every query in an Arrow file,
//! `--floor` also times the decoding of the columns that the query touches, see `driver/floor.rs`; `--explain`
//! prints EXPLAIN ANALYZE of a run before the timed ones. Prints `name seconds`, the best of the runs, and the
//! sum; with `--json` a line `{"query", "seconds": [of every run], "peak_bytes", "floor", "error"}` per query; with
//! `--wait` it waits for a line of input after each.

mod driver;

fn main() {
    let options = driver::Options::parse(|_, _, _| false);
    driver::main(&options);
}
