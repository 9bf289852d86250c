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
//! A stage may have several pipelines (UNION), and pipelines that begin when the others have ended (the rows
//! without a match of a full outer join). Stages that are ready run together.
//!
//! Sinks take the memory that they hold from the query's [`MemoryPool`] and write to a [`SpillFile`] when they are
//! refused.
//!
//! Nothing waits or locks inside the pool: shared state is built by a `finish` and read through an `Arc`.

mod batch;
mod context;
mod driver;
mod memory;
mod metrics;
mod operator;
mod sink;
mod source;
mod spill;
mod stage;

pub use batch::Batch;
pub use context::{QueryContext, TaskContext};
pub use driver::{for_each, map, run, run_all_but_last, run_partition};
pub use memory::{MemoryPool, Reservation};
pub use metrics::{Metrics, Progress, ScanMetrics, logical_bytes};
pub use operator::{Downstream, Flow, Operator, OperatorLocal};
pub use sink::{Sink, SinkLocal, downcast_locals};
pub use source::{BatchReader, KeyBlocks, Source, input_file};
pub use spill::{Chunk, SpillFile, Spilled};
pub use stage::{Pipeline, Stage, StageClock, StageGraph, StageId, Step};
