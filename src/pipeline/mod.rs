//! Stages of pipelines: how a query runs.
//!
//! A *stage* is `Source → Operator* → Sink`. Its source has partitions; workers on the session's rayon pool
//! claim partitions from a counter, pull batches from the partition's reader and push them through the
//! operators into the sink. A sink is where rows have to wait for each other (hash build, aggregation, sort,
//! exchange, collect, write); its `finish` makes what the next stage reads.
//!
//! ```text
//!   worker 1: reader(p0) ─► operator local ─► … ─► sink local ┐
//!   worker 2: reader(p1) ─► operator local ─► … ─► sink local ┴─► Sink::finish ─► next stage's source
//! ```
//!
//! Nothing waits or locks inside the pool: shared state is built by a `finish` and read through an `Arc`.

mod batch;
mod context;
mod source;

pub use batch::Batch;
pub use context::{MemoryPool, QueryContext, TaskContext};
pub use source::{BatchReader, Source};
