//! How a session runs plans.

use super::Session;
use super::stack::with_deep_stack;
use crate::datasource::write::WriteJob;
use crate::error::{Error, Result};
use crate::exec::{self, PartitionStream};
use crate::optimizer;
use crate::pipeline::{Batch, Progress, QueryContext};
use crate::plan::LogicalPlan;
use crate::plan::unresolved::{ExplainMode, Relation};
use rayon::ThreadPool;
use std::fmt::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// The worker threads of an application, started by the first query that needs them.
pub(crate) struct Threads {
    count: usize,
    pool: OnceLock<ThreadPool>,
}

impl Threads {
    pub fn new(count: usize) -> Self {
        Threads {
            count,
            pool: OnceLock::new(),
        }
    }

    fn pool(&self) -> Result<&ThreadPool> {
        if let Some(pool) = self.pool.get() {
            return Ok(pool);
        }
        let builder = rayon::ThreadPoolBuilder::new()
            .num_threads(self.count)
            .thread_name(|index| format!("firesteel-{index}"))
            // Compiled expressions recurse as deep as the trees that they were made of.
            .stack_size(64 << 20);
        let pool = builder.build().map_err(|error| {
            Error::internal("the worker threads could not be started").caused_by(error)
        })?;
        Ok(self.pool.get_or_init(|| pool))
    }
}

/// Cancels what a session is running, from another thread.
#[derive(Debug, Clone)]
pub struct CancelHandle(Arc<AtomicBool>);

impl CancelHandle {
    /// Stops the running query at its next batch; it ends with `OPERATION_CANCELED`.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// How long the steps before a query runs took.
#[derive(Debug, Clone, Copy)]
pub struct PlanningTimes {
    /// SQL text to unresolved plan.
    pub parse: Duration,
    /// Names, types and functions are resolved.
    pub analyze: Duration,
    /// The rules of the optimizer.
    pub optimize: Duration,
    /// Stages of operators are made.
    pub plan: Duration,
}

impl Session {
    /// A handle by which another thread can cancel the running query. A query that starts later runs.
    pub fn cancel_handle(&self) -> CancelHandle {
        CancelHandle(self.state.cancelled.clone())
    }

    fn progress_slot(&self) -> MutexGuard<'_, Option<Arc<Progress>>> {
        self.state
            .progress
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// How far the query is that was started last, for a progress bar.
    pub fn progress(&self) -> Option<Arc<Progress>> {
        self.progress_slot().clone()
    }

    /// What the tasks of one query share.
    fn query_context(&self) -> Arc<QueryContext> {
        let config = self.config();
        let limit = config
            .number("spark.firesteel.memory.limit")
            .filter(|bytes| *bytes > 0);
        let limit = limit
            .and_then(|bytes| usize::try_from(bytes).ok())
            .unwrap_or_else(memory_limit);
        let cancelled = self.state.cancelled.clone();
        cancelled.store(false, Ordering::Relaxed);
        let context = QueryContext::new(config, self.state.threads.count, limit, cancelled);
        *self.progress_slot() = Some(context.progress.clone());
        Arc::new(context)
    }

    /// Optimizes a resolved plan.
    pub(crate) fn optimize(&self, plan: &LogicalPlan) -> Result<LogicalPlan> {
        with_deep_stack(|| {
            let plan = self.state.cache.apply(plan.clone(), &self.state.ids);
            optimizer::optimize(plan, &self.config(), &self.state.ids)
        })
    }

    /// Runs a resolved plan; its batches by partition.
    pub(crate) fn execute(&self, plan: &LogicalPlan) -> Result<Vec<Vec<Batch>>> {
        with_deep_stack(|| self.run_optimized(&self.optimize(plan)?))
    }

    /// The same without looking for cached parts.
    pub(crate) fn execute_uncached(&self, plan: &LogicalPlan) -> Result<Vec<Vec<Batch>>> {
        with_deep_stack(|| {
            let plan = optimizer::optimize(plan.clone(), &self.config(), &self.state.ids)?;
            self.run_optimized(&plan)
        })
    }

    /// Runs a resolved plan into files.
    pub(crate) fn write(&self, plan: &LogicalPlan, job: WriteJob) -> Result<()> {
        with_deep_stack(|| {
            let plan = self.optimize(plan)?;
            let context = self.query_context();
            self.on_workers(|| exec::write(&plan, job, &context).map(|_| ()))
        })
    }

    fn run_optimized(&self, plan: &LogicalPlan) -> Result<Vec<Vec<Batch>>> {
        let context = self.query_context();
        with_deep_stack(|| {
            let physical = exec::plan(plan, &context)?;
            self.on_workers(|| physical.execute())
        })
    }

    /// Runs something on the session's workers.
    pub(crate) fn on_workers<T: Send>(&self, work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
        self.state.threads.pool()?.install(work)
    }

    /// Plans a query and says how long each step took. Nothing runs.
    pub fn time_planning(&self, text: &str) -> Result<PlanningTimes> {
        let begin = Instant::now();
        let statement = self.parse(text)?;
        let parsed = Instant::now();
        let frame = self.sql_statement(statement)?;
        let analyzed = Instant::now();
        let plan = self.optimize(frame.logical_plan())?;
        let optimized = Instant::now();
        exec::plan(&plan, &self.query_context())?;
        Ok(PlanningTimes {
            parse: parsed - begin,
            analyze: analyzed - parsed,
            optimize: optimized - analyzed,
            plan: optimized.elapsed(),
        })
    }

    /// The number of partitions in which a plan's rows come. If the last stage reads what others make, these run.
    pub(crate) fn num_partitions(&self, plan: &LogicalPlan) -> Result<usize> {
        let plan = self.optimize(plan)?;
        let physical = exec::plan(&plan, &self.query_context())?;
        self.on_workers(|| physical.find_num_partitions())
    }

    /// Plans a resolved plan, to be run partition by partition.
    pub(crate) fn stream(&self, plan: &LogicalPlan) -> Result<PartitionStream> {
        let plan = self.optimize(plan)?;
        Ok(exec::plan(&plan, &self.query_context())?.into_partitions())
    }

    /// What EXPLAIN shows.
    pub(crate) fn explain(
        &self,
        relation: &Relation,
        plan: &LogicalPlan,
        mode: ExplainMode,
    ) -> Result<String> {
        with_deep_stack(|| self.explained(relation, plan, mode))
    }

    fn explained(
        &self,
        relation: &Relation,
        plan: &LogicalPlan,
        mode: ExplainMode,
    ) -> Result<String> {
        let optimized = self.optimize(plan)?;
        let context = self.query_context();
        let physical = exec::plan(&optimized, &context)?;
        let mut text = String::new();
        let plans = matches!(mode, ExplainMode::Extended | ExplainMode::Codegen);
        if plans {
            let _ = writeln!(text, "== Parsed Logical Plan ==\n{:#?}\n", relation.kind);
            let _ = writeln!(text, "== Analyzed Logical Plan ==\n{plan}");
        }
        if plans || mode == ExplainMode::Cost {
            let _ = writeln!(text, "== Optimized Logical Plan ==");
            if mode == ExplainMode::Cost {
                write_costs(&optimized, 0, &mut text);
                text.push('\n');
            } else {
                let _ = writeln!(text, "{optimized}");
            }
        }
        let _ = writeln!(text, "== Physical Plan ==");
        if mode == ExplainMode::Analyze {
            context.progress.count_bytes();
            self.on_workers(|| physical.execute())?;
            let _ = write!(
                text,
                "{}",
                physical.explain().render(Some(physical.graph()))
            );
        } else {
            let _ = write!(text, "{}", physical.explain().render(None));
        }
        Ok(text)
    }
}

/// The plan with what is expected of every node.
fn write_costs(plan: &LogicalPlan, depth: usize, text: &mut String) {
    let estimate = crate::plan::statistics::estimate(plan);
    let bytes = estimate.bytes(&plan.output());
    let indent = "   ".repeat(depth);
    let _ = writeln!(
        text,
        "{indent}{}, Statistics(sizeInBytes={bytes:.0}, rowCount={:.0})",
        plan.describe(),
        estimate.rows
    );
    plan.inputs()
        .into_iter()
        .for_each(|input| write_costs(input, depth + 1, text));
}

/// Three quarters of the machine's memory, or of 8 GiB where the system does not say.
fn memory_limit() -> usize {
    static LIMIT: OnceLock<usize> = OnceLock::new();
    *LIMIT.get_or_init(|| {
        let total = std::fs::read_to_string("/proc/meminfo")
            .ok()
            .and_then(|text| {
                let line = text
                    .lines()
                    .find_map(|line| line.strip_prefix("MemTotal:"))?;
                line.trim()
                    .strip_suffix(" kB")?
                    .trim()
                    .parse::<usize>()
                    .ok()
            });
        total.map_or(8 << 30, |kilobytes| kilobytes * 1024) / 4 * 3
    })
}
