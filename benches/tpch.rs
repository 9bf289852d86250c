//! The 22 TPC-H queries over Parquet files, timed in one process.
//!
//! ```text
//!   cargo bench --bench tpch -- --sf 1 [--data DIR] [--queries 1,6,18] [--runs 3] [--threads N] [--floor] [--explain]
//! ```
//!
//! `DIR` holds one Parquet file or folder per table. Prints `q01 seconds` per query, the best of the runs, and
//! the sum. Without `--data` the files are made in the target folder by the `tpchgen` crate. The other flags are
//! those of the bench `queries`.

mod driver;

use std::path::{Path, PathBuf};
use tpchgen_arrow as a;

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
    let mut scale = 1.0;
    let mut options = driver::Options::parse(|argument, value, options| {
        match argument {
            "--sf" => scale = value().parse().expect("--sf takes a number"),
            "--data" => options.tables = Some(value().into()),
            "--queries" => {
                let list = value();
                let numbers = list.split(',').map(|n| n.parse().expect("query numbers"));
                options
                    .only
                    .extend(numbers.map(|n: usize| format!("q{n:02}")));
            }
            _ => return false,
        }
        true
    });
    options.dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("sql-tests/tpch");
    options.tables = options.tables.or_else(|| Some(generate(scale)));
    driver::main(&options);
}
