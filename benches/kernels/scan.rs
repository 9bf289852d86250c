//! Reads a table as a stage of a query would, and nothing more.

use firesteel::datasource::ScanRequest;
use firesteel::pipeline::{QueryContext, TaskContext};
use firesteel::plan::LogicalPlan;
use firesteel::prelude::*;
use std::sync::Arc;

/// What tasks share, for one thread and without a limit on memory.
pub fn query(spark: &Session) -> Arc<QueryContext> {
    Arc::new(QueryContext::new(
        spark.config(),
        1,
        usize::MAX,
        Arc::default(),
    ))
}

/// Reads all columns of a frame that is one scan; the number of rows.
pub fn drain(spark: &Session, frame: &DataFrame) -> Result<usize> {
    let plan = frame.optimized_plan()?;
    let LogicalPlan::Scan(scan) = &plan else {
        return Err(Error::internal("not a plain scan"));
    };
    let context = query(spark);
    let source = scan.table.scan(ScanRequest {
        attributes: scan.attributes.clone(),
        projection: scan.projection.clone(),
        coded: Vec::new(),
        filters: Vec::new(),
        runtime_filters: Vec::new(),
        in_order_of: None,
        limit: None,
        partitions: 1,
        metrics: Arc::default(),
        context: context.clone(),
    })?;
    let mut rows = 0;
    for partition in 0..source.partitions() {
        let task = TaskContext {
            query: context.clone(),
            partition,
            source_partition: partition,
        };
        let mut reader = source.open(partition, &task)?;
        while let Some(batch) = reader.next()? {
            rows += batch.rows;
        }
    }
    Ok(rows)
}
