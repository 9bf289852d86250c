//! A progress bar on standard error, for queries that take longer than a second.

use crate::session::Session;
use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// Shows the running query's progress until it is dropped.
pub struct Progress {
    done: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

/// How long a query runs before its progress is shown.
const PATIENCE: Duration = Duration::from_secs(1);
/// Between two looks at the counters.
const TICK: Duration = Duration::from_millis(100);

impl Progress {
    /// Begins to watch the session's query; not if standard error is no terminal, or `silent`.
    pub fn start(session: &Session, silent: bool) -> Progress {
        let done = Arc::new(AtomicBool::new(false));
        if silent || !std::io::stderr().is_terminal() {
            return Progress { done, thread: None };
        }
        let (session, flag) = (session.clone(), done.clone());
        let thread = std::thread::spawn(move || watch(&session, &flag));
        Progress {
            done,
            thread: Some(thread),
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.done.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            // A watcher that panicked has nothing more to show.
            let _ = thread.join();
        }
    }
}

fn watch(session: &Session, done: &AtomicBool) {
    std::thread::park_timeout(PATIENCE);
    if done.load(Ordering::Relaxed) {
        return;
    }
    let bar = ProgressBar::new(1);
    let template = "{bar:40} {pos}/{len} tasks, {msg} [{elapsed}]";
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    while !done.load(Ordering::Relaxed) {
        if let Some(progress) = session.progress() {
            bar.set_length(progress.tasks() as u64);
            bar.set_position(progress.tasks_finished() as u64);
            let (finished, stages) = (progress.stages_finished(), progress.stages());
            bar.set_message(format!(
                "{finished} of {stages} stages, {} rows read",
                progress.rows()
            ));
        }
        std::thread::park_timeout(TICK);
    }
    bar.finish_and_clear();
}
