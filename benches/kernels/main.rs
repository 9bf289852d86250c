//! Kernels, each beside the limit that it is measured against.
//!
//! ```text
//!   cargo bench --bench kernels                     all, about a minute
//!   cargo bench --bench kernels -- join parquet     those whose name contains one of the words
//!   cargo bench --bench kernels -- --list           their names
//! ```
//!
//! A line is a kernel: nanoseconds per row, the same of its limit, and the ratio of the two. A limit is a loop that
//! does only what nobody can avoid (reading and writing the same bytes, loads from the same places, the parser of
//! the standard library, the `parquet` crate alone), measured in the same run on the same data. Both are processor
//! time of one thread, so the ratio means something on a busy or a slow machine too.
//!
//! The measuring is a hundred lines here ([`harness`]) and not criterion or divan: a kernel's time over its limit's is
//! what is looked for, and neither prints one measurement over another; nor does it cost CI a dependency.

mod aggregates;
mod arithmetic;
mod casts;
mod csv_parse;
mod data;
mod expressions;
mod filters;
mod gathers;
mod harness;
mod hash_tables;
mod parquet_decode;
mod scan;
mod sort_keys;
mod strings;
mod tables;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    firesteel::cli::keep_freed_pages();
    let mut bench = harness::Bench::from_arguments();
    hash_tables::run(&mut bench);
    aggregates::run(&mut bench);
    gathers::run(&mut bench);
    filters::run(&mut bench);
    arithmetic::run(&mut bench);
    expressions::run(&mut bench);
    strings::run(&mut bench);
    casts::run(&mut bench);
    sort_keys::run(&mut bench);
    parquet_decode::run(&mut bench);
    csv_parse::run(&mut bench);
}
