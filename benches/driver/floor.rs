//! The floor under a query over Parquet: what the `parquet` crate alone takes to decode the columns that the
//! query touches.
//!
//! ```text
//!   optimized plan ─► scans: file, columns read ─► memory map ─► row groups, one per task ─► batches, dropped
//! ```
//!
//! It is no bound in theory: row groups and pages that statistics exclude, and rows that an earlier filter
//! drops, need not be decoded, so a selective query can be faster than its floor. Nested columns count whole.

use bytes::Bytes;
use firesteel::plan::LogicalPlan;
use firesteel::plan::logical::{Scan, SharedId};
use firesteel::prelude::*;
use hashbrown::HashSet;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

/// Rows of a batch, as in the engine.
const BATCH: usize = 16 * 1024;

/// Seconds to decode all that a query touches; None if it is no query or reads something else than Parquet.
pub fn of(spark: &Session, sql: &str, threads: usize) -> Option<f64> {
    let plan = spark.sql(sql).ok()?.optimized_plan().ok()?;
    let mut found = Scans {
        reads: Vec::new(),
        shared: HashSet::new(),
        is_parquet: true,
    };
    found.add(&plan);
    if !found.is_parquet || found.reads.is_empty() {
        return None;
    }
    let mut total = 0.0;
    for (path, columns) in &found.reads {
        let best = (0..2).map(|_| decode(path, columns, threads).unwrap_or(f64::NAN));
        total += best.fold(f64::INFINITY, f64::min);
    }
    total.is_finite().then_some(total)
}

/// What a plan scans.
struct Scans {
    /// File or folder, and the columns read of it; once per scan.
    reads: Vec<(PathBuf, HashSet<String>)>,
    /// Subplans seen, which run once however often they are used.
    shared: HashSet<SharedId>,
    is_parquet: bool,
}

impl Scans {
    fn add(&mut self, plan: &LogicalPlan) {
        plan.visit(&mut |node| match node {
            LogicalPlan::Scan(scan) => self.add_scan(scan),
            LogicalPlan::Shared(shared) if self.shared.insert(shared.id) => {
                self.add(&shared.plan);
            }
            _ => {}
        });
    }

    fn add_scan(&mut self, scan: &Scan) {
        self.is_parquet &= scan.table.format().eq_ignore_ascii_case("parquet");
        let name = |at: &usize| scan.table.schema().get(*at).map(|f| f.name.clone());
        let mut columns: HashSet<String> = scan.projection.iter().filter_map(name).collect();
        for id in scan.filters.iter().flat_map(|filter| filter.references()) {
            let at = scan.attributes.iter().position(|a| a.id == id);
            columns.extend(at.as_ref().and_then(name));
        }
        let location = scan.table.location();
        let path = location.trim_start_matches("file:");
        self.reads.push((PathBuf::from(path), columns));
    }
}

/// Seconds to decode some columns of a file, or of all files in a folder.
fn decode(path: &Path, columns: &HashSet<String>, threads: usize) -> Option<f64> {
    let started = Instant::now();
    let mut tasks = Vec::new();
    for file in files(path)? {
        // Nobody changes the files while the bench runs.
        let map = unsafe { memmap2::Mmap::map(&std::fs::File::open(file).ok()?) }.ok()?;
        let bytes = Bytes::from_owner(map);
        let plain = ArrowReaderMetadata::load(&bytes, ArrowReaderOptions::new()).ok()?;
        let hint = Arc::new(engine_schema(plain.schema()));
        let options = ArrowReaderOptions::new().with_schema(hint);
        let metadata = ArrowReaderMetadata::try_new(plain.metadata().clone(), options).ok()?;
        for group in 0..metadata.metadata().num_row_groups() {
            tasks.push((bytes.clone(), metadata.clone(), group));
        }
    }
    let next = AtomicUsize::new(0);
    let rows: usize = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads.max(1))
            .map(|_| scope.spawn(|| drain(&tasks, &next, columns)))
            .collect();
        workers.into_iter().filter_map(|w| w.join().ok()).sum()
    });
    std::hint::black_box(rows);
    Some(started.elapsed().as_secs_f64())
}

fn drain(
    tasks: &[(Bytes, ArrowReaderMetadata, usize)],
    next: &AtomicUsize,
    columns: &HashSet<String>,
) -> usize {
    let mut rows = 0;
    while let Some((bytes, metadata, group)) = tasks.get(next.fetch_add(1, Ordering::Relaxed)) {
        let schema = metadata.metadata().file_metadata().schema_descr();
        let names = columns.iter().map(String::as_str);
        let mask = ProjectionMask::columns(schema, names);
        let builder =
            ParquetRecordBatchReaderBuilder::new_with_metadata(bytes.clone(), metadata.clone());
        let reader = builder
            .with_projection(mask)
            .with_row_groups(vec![*group])
            .with_batch_size(BATCH)
            .build();
        for batch in reader.into_iter().flatten().flatten() {
            rows += batch.num_rows();
        }
    }
    rows
}

/// The encodings that the engine decodes into.
fn engine_schema(schema: &arrow::datatypes::Schema) -> arrow::datatypes::Schema {
    use arrow::datatypes::{DataType, Field, Schema};
    let fields = schema.fields().iter().map(|field| {
        let data_type = match field.data_type() {
            DataType::Utf8 | DataType::LargeUtf8 => DataType::Utf8View,
            DataType::Decimal128(p, s) if *p <= 18 => DataType::Decimal64(*p, *s),
            other => other.clone(),
        };
        Field::new(field.name(), data_type, field.is_nullable())
    });
    Schema::new(fields.collect::<Vec<_>>())
}

fn files(path: &Path) -> Option<Vec<PathBuf>> {
    if path.is_file() {
        return Some(vec![path.to_path_buf()]);
    }
    let entries = std::fs::read_dir(path).ok()?.flatten();
    let paths = entries.map(|entry| entry.path());
    Some(
        paths
            .filter(|p| p.extension().is_some_and(|e| e == "parquet"))
            .collect(),
    )
}
