//! The 22 TPC-H queries over Parquet files, timed in one process.
//!
//! ```text
//!   cargo bench --bench tpch -- --sf 1 --data DIR [--runs 3] [--queries 1,6,18] [--threads N] [--explain]
//! ```
//!
//! `DIR` holds one Parquet file or folder per table. Prints `q01 seconds` per query, the best of the runs, and
//! the sum. Without `--data` the files are made in the target folder by the `tpchgen` crate.

use firesteel::prelude::*;
use std::path::{Path, PathBuf};
use std::time::Instant;
use tpchgen_arrow as a;

const TABLES: [&str; 8] = [
    "customer", "lineitem", "nation", "orders", "part", "partsupp", "region", "supplier",
];

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

struct Options {
    scale: f64,
    data: Option<PathBuf>,
    runs: usize,
    queries: Vec<usize>,
    threads: Option<usize>,
    explain: bool,
}

fn options() -> Options {
    let mut options = Options {
        scale: 1.0,
        data: None,
        runs: 3,
        queries: (1..=22).collect(),
        threads: None,
        explain: false,
    };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || {
            arguments
                .next()
                .unwrap_or_else(|| panic!("{argument} needs a value"))
        };
        match argument.as_str() {
            "--sf" => options.scale = value().parse().expect("--sf takes a number"),
            "--data" => options.data = Some(value().into()),
            "--runs" => options.runs = value().parse().expect("--runs takes a number"),
            "--threads" => {
                options.threads = Some(value().parse().expect("--threads takes a number"))
            }
            "--queries" => {
                let list = value();
                let numbers = list
                    .split(',')
                    .map(|number| number.parse().expect("query numbers"));
                options.queries = numbers.collect();
            }
            "--explain" => options.explain = true,
            // cargo bench passes this to every bench.
            "--bench" => {}
            other => panic!("unknown argument {other}"),
        }
    }
    options
}

/// Makes the tables of a scale factor as Parquet files, unless they are there.
fn generate(scale: f64) -> PathBuf {
    use tpchgen::generators as g;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("target/tpch/sf{scale}"));
    if folder.join("done").exists() {
        return folder;
    }
    std::fs::create_dir_all(&folder).expect("the target folder can be written");
    macro_rules! table {
        ($name:literal, $generator:ident, $arrow:ident) => {{
            let batches = a::$arrow::new(g::$generator::new(scale, 1, 1)).with_batch_size(65_536);
            write_parquet(&folder.join(concat!($name, ".parquet")), batches);
        }};
    }
    table!("customer", CustomerGenerator, CustomerArrow);
    table!("lineitem", LineItemGenerator, LineItemArrow);
    table!("nation", NationGenerator, NationArrow);
    table!("orders", OrderGenerator, OrderArrow);
    table!("part", PartGenerator, PartArrow);
    table!("partsupp", PartSuppGenerator, PartSuppArrow);
    table!("region", RegionGenerator, RegionArrow);
    table!("supplier", SupplierGenerator, SupplierArrow);
    std::fs::write(folder.join("done"), "").expect("the target folder can be written");
    folder
}

fn write_parquet(path: &Path, batches: impl arrow::array::RecordBatchReader) {
    use parquet::arrow::ArrowWriter;
    use parquet::basic::Compression;
    use parquet::file::properties::WriterProperties;
    let file = std::fs::File::create(path).expect("the target folder can be written");
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_max_row_group_row_count(Some(1 << 20))
        .build();
    let schema = batches.schema();
    let mut writer = ArrowWriter::try_new(file, schema, Some(properties)).expect("a writer");
    for batch in batches {
        writer
            .write(&batch.expect("a batch"))
            .expect("a batch can be written");
    }
    writer.close().expect("the file can be finished");
}

fn main() {
    let options = options();
    let data = options
        .data
        .clone()
        .unwrap_or_else(|| generate(options.scale));
    let master = options
        .threads
        .map_or("local[*]".to_string(), |n| format!("local[{n}]"));
    let spark = Session::builder()
        .master(&master)
        .create()
        .expect("a session");
    for table in TABLES {
        let file = data.join(format!("{table}.parquet"));
        let path = if file.exists() {
            file
        } else {
            data.join(table)
        };
        let frame = spark.read().parquet(path.as_path()).expect(table);
        frame.create_or_replace_temp_view(table).expect(table);
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("sql-tests/tpch");
    let mut total = 0.0;
    for number in options.queries {
        let sql =
            std::fs::read_to_string(folder.join(format!("q{number:02}.sql"))).expect("a query");
        let sql = sql.trim().trim_end_matches(';');
        if options.explain {
            use firesteel::plan::unresolved::ExplainMode;
            let frame = spark.sql(sql).expect("a query");
            println!(
                "{}",
                frame.explain_string(ExplainMode::Analyze).expect("a plan")
            );
        }
        let mut best = f64::INFINITY;
        for _ in 0..options.runs.max(1) {
            let started = Instant::now();
            let result = spark.sql(sql).and_then(|frame| frame.collect_batches());
            if let Err(error) = result {
                println!("q{number:02} failed: {error}");
                break;
            }
            best = best.min(started.elapsed().as_secs_f64());
        }
        println!("q{number:02} {best:.4}");
        total += best;
    }
    println!("total {total:.4}");
}
