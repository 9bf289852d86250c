//! The floor under a scan: what decoding columns of a Parquet file costs with the `parquet` crate alone.
//!
//! ```text
//!   cargo bench --bench decode -- FILE COLUMN[,COLUMN …] [--threads 2] [--runs 5]
//! ```
//!
//! The file is memory-mapped; every row group is a task; batches have 16 Ki rows. Columns are decoded into the types that
//! Firesteel asks for (string views, `Decimal64`). Prints the best of the runs in milliseconds: of the clock, and of all
//! threads together. What a scan takes beyond that is its own work; what it takes less, it did not decode.

use arrow::datatypes::{DataType, Field, Schema};
use bytes::Bytes;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let mut plain = Vec::new();
    let (mut threads, mut runs) = (2, 5);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut number = || {
            let value = arguments.next().and_then(|value| value.parse().ok());
            value.unwrap_or_else(|| panic!("{argument} takes a number"))
        };
        match argument.as_str() {
            "--threads" => threads = number(),
            "--runs" => runs = number(),
            "--bench" => {}
            _ => plain.push(argument),
        }
    }
    let [path, columns] = plain.as_slice() else {
        println!("decode: give a file and columns, as in `-- lineitem.parquet l_shipdate,l_tax`");
        return;
    };
    let columns: Vec<&str> = columns.split(',').collect();
    let file = std::fs::File::open(path).expect("the file can be opened");
    // SAFETY: nobody writes to the file of a bench while it runs.
    let map = unsafe { memmap2::Mmap::map(&file) }.expect("the file can be mapped");
    let bytes = Bytes::from_owner(map);
    let unasked = ArrowReaderMetadata::load(&bytes, ArrowReaderOptions::new()).expect("Parquet");
    let fields = unasked.schema().fields().iter().map(|field| {
        let data_type = match field.data_type() {
            DataType::Utf8 => DataType::Utf8View,
            DataType::Decimal128(precision, scale) if *precision <= 18 => {
                DataType::Decimal64(*precision, *scale)
            }
            other => other.clone(),
        };
        Field::new(field.name(), data_type, field.is_nullable())
    });
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    let options = ArrowReaderOptions::new().with_schema(schema.clone());
    let metadata = ArrowReaderMetadata::load(&bytes, options).expect("Parquet");
    let roots: Vec<usize> = (columns.iter())
        .map(|name| schema.index_of(name).expect("a column of the file"))
        .collect();
    let mask = ProjectionMask::roots(metadata.parquet_schema(), roots);

    let decode = |row_group: usize| -> usize {
        let reader =
            ParquetRecordBatchReaderBuilder::new_with_metadata(bytes.clone(), metadata.clone())
                .with_row_groups(vec![row_group])
                .with_batch_size(16 * 1024)
                .with_projection(mask.clone())
                .build()
                .expect("a reader");
        reader.map(|batch| batch.expect("a batch").num_rows()).sum()
    };
    let row_groups = metadata.metadata().num_row_groups();
    let mut best = (Duration::MAX, Duration::MAX);
    let mut rows = 0;
    for _ in 0..runs {
        let next = AtomicUsize::new(0);
        let begin = Instant::now();
        let work = || {
            let (begin, mut rows) = (Instant::now(), 0);
            loop {
                let row_group = next.fetch_add(1, Ordering::Relaxed);
                if row_group >= row_groups {
                    return (rows, begin.elapsed());
                }
                rows += decode(row_group);
            }
        };
        let done: Vec<(usize, Duration)> = std::thread::scope(|scope| {
            let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
            let join = |worker: std::thread::ScopedJoinHandle<_>| worker.join().expect("a worker");
            workers.into_iter().map(join).collect()
        });
        let wall = begin.elapsed();
        rows = done.iter().map(|(rows, _)| rows).sum();
        let all = done.iter().map(|(_, time)| *time).sum();
        best = (best.0.min(wall), best.1.min(all));
    }
    println!(
        "{rows} rows, {row_groups} row groups: {:.1} ms, {:.1} ms of {threads} threads",
        best.0.as_secs_f64() * 1e3,
        best.1.as_secs_f64() * 1e3,
    );
}
