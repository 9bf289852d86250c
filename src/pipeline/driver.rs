//! Runs a graph of stages on the rayon pool that it is called in.
//!
//! A stage that is ready spawns workers, at most one per thread. A worker claims partitions from a counter
//! until none is left. The last worker to leave begins the next phase, or finishes the sink and starts the
//! stages that become ready by that:
//!
//! ```text
//!   start(stage) ─► begin(phase) ─► spawn workers ─► … last one out ─► begin(phase + 1) │ finish ─► start(..)
//! ```
//!
//! Nobody waits for anybody: what has to happen next is done by whoever was last. The first error makes all
//! workers stop at their next batch; a panic becomes an `INTERNAL_ERROR` of the query.

use super::metrics::Measure;
use super::source::set_input_file;
use super::stage::{SinkSlot, StepLocal};
use super::{Downstream, Flow, Pipeline, QueryContext, SinkLocal, Stage, StageGraph, TaskContext};
use crate::error::{Error, Result};
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Instant;

/// Runs all stages. Returns when all are done, or with the first error. Called by the session, on a thread of
/// its pool or any other; results lie where the sinks have put them.
pub fn run(graph: &StageGraph, context: &Arc<QueryContext>) -> Result<()> {
    run_stages(graph, graph.stages.len(), context)
}

/// Runs all stages but the last, whose partitions [`run_partition`] can then run one by one.
pub fn run_all_but_last(graph: &StageGraph, context: &Arc<QueryContext>) -> Result<()> {
    run_stages(graph, graph.stages.len().saturating_sub(1), context)
}

/// Runs a partition of a pipeline of the last stage. `number` counts its partitions, over all pipelines. Gives what
/// the sink has made of it; the sink is not finished. Called when all other stages are done, by any thread.
pub fn run_partition(
    graph: &StageGraph,
    context: &Arc<QueryContext>,
    pipeline: usize,
    partition: usize,
    number: usize,
) -> Result<Box<dyn SinkLocal>> {
    let Some(stage) = graph.stages.last() else {
        return Err(Error::internal("a query without stages"));
    };
    let run = Run::new(graph, 0, context);
    let task = TaskContext {
        query: context.clone(),
        partition: number,
        source_partition: partition,
    };
    let mut made = None;
    run.guard(|| {
        let local = stage.sink.open(&task)?;
        let pipeline = &stage.pipelines[pipeline];
        made = Some(run.run_partition(stage, pipeline, partition, &task, local)?);
        Ok(())
    });
    match (made, run.failure.into_inner()) {
        (Some(local), None) => Ok(local),
        (_, Some(error)) => Err(error),
        (None, None) => Err(Error::internal("a partition was not run")),
    }
}

/// Runs the first `count` stages.
fn run_stages(graph: &StageGraph, count: usize, context: &Arc<QueryContext>) -> Result<()> {
    context.progress.add_stages(count);
    let run = Run::new(graph, count, context);
    if context.threads <= 1 || run.is_tiny() {
        run.start_ready(None);
    } else {
        rayon::scope(|scope| run.start_ready(Some(scope)));
    }
    match run.failure.into_inner() {
        Some(error) => Err(error),
        None => Ok(()),
    }
}

/// Calls `f` on every item, on all threads of the pool if the query has more than one.
pub fn for_each<T: Send>(
    context: &QueryContext,
    items: Vec<T>,
    f: impl Fn(T) -> Result<()> + Send + Sync,
) -> Result<()> {
    use rayon::prelude::*;
    if context.threads <= 1 || items.len() <= 1 {
        return items.into_iter().try_for_each(f);
    }
    items.into_par_iter().try_for_each(f)
}

/// What `f` makes of every item, in order; like [`for_each`].
pub fn map<T: Send, R: Send>(
    context: &QueryContext,
    items: Vec<T>,
    f: impl Fn(T) -> Result<R> + Send + Sync,
) -> Result<Vec<R>> {
    use rayon::prelude::*;
    if context.threads <= 1 || items.len() <= 1 {
        return items.into_iter().map(f).collect();
    }
    items.into_par_iter().map(f).collect()
}

struct Run<'a> {
    graph: &'a StageGraph,
    /// How many of its stages are run: the first so many.
    count: usize,
    context: &'a Arc<QueryContext>,
    states: Vec<StageState>,
    dependents: Vec<Vec<usize>>,
    failure: OnceLock<Error>,
    stopped: AtomicBool,
}

struct StageState {
    /// Dependencies that have not finished yet.
    waiting: AtomicUsize,
    /// Partitions of the phases so far.
    partitions: AtomicUsize,
    /// Locals between their workers and `finish`, with their partition.
    locals: Mutex<Vec<(usize, Box<dyn SinkLocal>)>>,
}

/// The partitions of one phase.
struct Tasks {
    /// Pipeline, partition of its source, number within the stage.
    list: Vec<(usize, usize, usize)>,
    next: AtomicUsize,
    /// Workers that have not left yet.
    workers: AtomicUsize,
    phase: usize,
}

type Scope<'s, 'scope> = Option<&'s rayon::Scope<'scope>>;

impl<'a> Run<'a> {
    fn new(graph: &'a StageGraph, count: usize, context: &'a Arc<QueryContext>) -> Self {
        let mut dependents = vec![Vec::new(); graph.stages.len()];
        let mut states = Vec::with_capacity(graph.stages.len());
        for (number, stage) in graph.stages.iter().enumerate() {
            let mut dependencies = stage.dependencies.clone();
            dependencies.sort_unstable();
            dependencies.dedup();
            for dependency in &dependencies {
                dependents[dependency.0].push(number);
            }
            states.push(StageState {
                waiting: AtomicUsize::new(dependencies.len()),
                partitions: AtomicUsize::new(0),
                locals: Mutex::new(Vec::new()),
            });
        }
        Run {
            graph,
            count,
            context,
            states,
            dependents,
            failure: OnceLock::new(),
            stopped: AtomicBool::new(false),
        }
    }

    /// Whether waking other threads costs more than the query.
    fn is_tiny(&self) -> bool {
        match &self.graph.stages[..self.count] {
            [] => true,
            [stage] => match stage.pipelines.as_slice() {
                [pipeline] => pipeline.source.partitions() <= 1,
                _ => false,
            },
            _ => false,
        }
    }

    fn start_ready<'scope>(&'scope self, scope: Scope<'_, 'scope>) {
        let is_ready = |s: &usize| self.graph.stages[*s].dependencies.is_empty();
        let ready: Vec<usize> = (0..self.count).filter(is_ready).collect();
        for stage in ready {
            self.guard(|| self.begin(stage, 0, scope));
        }
    }

    /// Begins a phase of a stage: with the next phase if this one has no partitions, finally with the sink.
    fn begin<'scope>(
        &'scope self,
        stage: usize,
        phase: usize,
        scope: Scope<'_, 'scope>,
    ) -> Result<()> {
        self.graph.stages[stage].clock.start();
        let pipelines = &self.graph.stages[stage].pipelines;
        if pipelines.iter().all(|pipeline| pipeline.phase < phase) {
            return self.finish(stage, scope);
        }
        let state = &self.states[stage];
        let mut number = state.partitions.load(Ordering::Relaxed);
        let mut list = Vec::new();
        for (index, pipeline) in pipelines.iter().enumerate() {
            if pipeline.phase == phase {
                for partition in 0..pipeline.source.partitions() {
                    list.push((index, partition, number));
                    number += 1;
                }
            }
        }
        state.partitions.store(number, Ordering::Relaxed);
        if list.is_empty() {
            return self.begin(stage, phase + 1, scope);
        }
        self.context.progress.add_tasks(list.len());
        let workers = match scope {
            Some(_) => self.context.threads.min(list.len()),
            None => 1,
        };
        let tasks = Arc::new(Tasks {
            list,
            next: AtomicUsize::new(0),
            workers: AtomicUsize::new(workers),
            phase,
        });
        match scope {
            None => self.worker(stage, &tasks, None),
            Some(scope) => {
                for _ in 0..workers {
                    let tasks = tasks.clone();
                    scope.spawn(move |scope| self.worker(stage, &tasks, Some(scope)));
                }
            }
        }
        Ok(())
    }

    fn worker<'scope>(&'scope self, stage: usize, tasks: &Tasks, scope: Scope<'_, 'scope>) {
        self.guard(|| self.work(stage, tasks));
        let is_last = tasks.workers.fetch_sub(1, Ordering::AcqRel) == 1;
        if is_last && !self.stopped.load(Ordering::Relaxed) {
            self.guard(|| self.begin(stage, tasks.phase + 1, scope));
        }
    }

    /// Claims partitions until none is left.
    fn work(&self, number: usize, tasks: &Tasks) -> Result<()> {
        let stage = &self.graph.stages[number];
        let state = &self.states[number];
        let is_ordered = stage.sink.is_ordered();
        let mut mine: Option<(usize, Box<dyn SinkLocal>)> = None;
        if !is_ordered && tasks.phase > 0 {
            mine = lock(&state.locals).pop();
        }
        while !self.stopped.load(Ordering::Relaxed) {
            let claimed = tasks.next.fetch_add(1, Ordering::Relaxed);
            let Some((pipeline, partition, number)) = tasks.list.get(claimed).copied() else {
                break;
            };
            let pipeline = &stage.pipelines[pipeline];
            let task = TaskContext {
                query: self.context.clone(),
                partition: number,
                source_partition: partition,
            };
            let local = match mine.take() {
                Some((_, local)) => local,
                None => stage.sink.open(&task)?,
            };
            let local = self.run_partition(stage, pipeline, partition, &task, local)?;
            self.context.progress.finish_task();
            if is_ordered {
                lock(&state.locals).push((number, local));
            } else {
                mine = Some((number, local));
            }
        }
        if let Some(local) = mine {
            lock(&state.locals).push(local);
        }
        Ok(())
    }

    fn run_partition(
        &self,
        stage: &Stage,
        pipeline: &Pipeline,
        partition: usize,
        task: &TaskContext,
        local: Box<dyn SinkLocal>,
    ) -> Result<Box<dyn SinkLocal>> {
        let measure = || Measure {
            count_bytes: self.context.progress.counts_bytes(),
            ..Measure::default()
        };
        let mut sink = SinkSlot {
            local,
            measure: measure(),
        };
        sink.local.begin_partition(task)?;
        let steps = &pipeline.steps;
        if (steps.iter()).all(|step| step.operator.wants(task.partition)) {
            let mut source = measure();
            let mut steps = Vec::with_capacity(pipeline.steps.len());
            for step in &pipeline.steps {
                steps.push(StepLocal {
                    local: step.operator.open(task)?,
                    measure: measure(),
                });
            }
            let begin = Instant::now();
            let mut reader = pipeline.source.open(partition, task)?;
            let mut output = Downstream {
                steps: &mut steps,
                sink: &mut sink,
            };
            while let Some(batch) = reader.next()? {
                self.context.check_cancelled()?;
                source.input(&batch);
                set_input_file(reader.input_file());
                if self.stopped.load(Ordering::Relaxed) || output.push(batch)? == Flow::Stop {
                    break;
                }
            }
            drop(reader);
            output.finish()?;
            set_input_file(None);
            source.nanos = begin.elapsed().as_nanos() as u64;
            self.context.progress.add_rows(source.rows);
            flush(pipeline, &mut source, &mut steps, &sink);
        }
        let begin = Instant::now();
        sink.local.end_partition()?;
        sink.measure.nanos += begin.elapsed().as_nanos() as u64;
        sink.measure.flush(&stage.metrics, 0);
        Ok(sink.local)
    }

    fn finish<'scope>(&'scope self, number: usize, scope: Scope<'_, 'scope>) -> Result<()> {
        self.context.check_cancelled()?;
        let stage = &self.graph.stages[number];
        let mut locals = std::mem::take(&mut *lock(&self.states[number].locals));
        locals.sort_by_key(|(partition, _)| *partition);
        let locals = locals.into_iter().map(|(_, local)| local).collect();
        let begin = Instant::now();
        stage.sink.finish(locals, self.context)?;
        stage.metrics.add_nanos(begin.elapsed().as_nanos() as u64);
        stage.clock.stop();
        self.context.progress.finish_stage();
        for dependent in &self.dependents[number] {
            let waiting = &self.states[*dependent].waiting;
            if waiting.fetch_sub(1, Ordering::AcqRel) == 1 && *dependent < self.count {
                self.begin(*dependent, 0, scope)?;
            }
        }
        Ok(())
    }

    /// Runs a piece of the query; an error or a panic in it ends the query.
    fn guard(&self, f: impl FnOnce() -> Result<()>) {
        let error = match catch_unwind(AssertUnwindSafe(f)) {
            Ok(Ok(())) => return,
            Ok(Err(error)) => error,
            Err(panic) => Error::internal(panic_message(panic.as_ref())),
        };
        let _ = self.failure.set(error);
        self.stopped.store(true, Ordering::Relaxed);
    }
}

/// Adds the counts of a partition to the shared ones: the time of a step is what it took without the next.
fn flush(pipeline: &Pipeline, source: &mut Measure, steps: &mut [StepLocal], sink: &SinkSlot) {
    let mut times: Vec<u64> = steps.iter().map(|step| step.measure.nanos).collect();
    times.push(sink.measure.nanos);
    source.flush(&pipeline.metrics, times[0]);
    for (number, (step, local)) in pipeline.steps.iter().zip(steps).enumerate() {
        local.measure.flush(&step.metrics, times[number + 1]);
    }
}

fn panic_message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_string());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    text.unwrap_or_else(|| "a panic".to_string())
}

/// A panic elsewhere fails the query anyway, so what it left behind is never used.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
