//! Running statements and printing what they give.
//!
//! Ctrl-C cancels the statement that is running or being printed; a second one, before it has ended, ends the program.
//! While nothing runs it ends a script, and does nothing to the shell.

use super::format::{self, Format};
use super::progress::Progress;
use crate::error::Result;
use crate::session::Session;
use crate::sql;
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, Once, PoisonError};
use std::time::Instant;

/// Runs statements in a session.
pub struct Runner {
    pub session: Session,
    /// The last statement was cancelled by Ctrl-C.
    pub interrupted: bool,
    format: Format,
    silent: bool,
}

/// What Ctrl-C cancels.
struct Running {
    session: Session,
    interrupted: bool,
}

static RUNNING: Mutex<Option<Running>> = Mutex::new(None);

/// Whether somebody is there to type the next statement.
static IN_SHELL: AtomicBool = AtomicBool::new(false);

/// The exit status of a program that Ctrl-C ended: 128 and the number of the signal.
pub const INTERRUPTED: u8 = 130;

fn running() -> MutexGuard<'static, Option<Running>> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

fn is_interrupted() -> bool {
    running()
        .as_ref()
        .is_some_and(|running| running.interrupted)
}

fn handle_interrupts() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let handler = || match running().as_mut() {
            Some(running) if !running.interrupted => {
                running.interrupted = true;
                running.session.cancel_handle().cancel();
            }
            None if IN_SHELL.load(Ordering::Relaxed) => {}
            _ => std::process::exit(i32::from(INTERRUPTED)),
        };
        // Without a handler Ctrl-C ends the program, as everywhere.
        let _ = ctrlc::set_handler(handler);
    });
}

/// Standard output, until Ctrl-C: then it is as if nobody read any more.
struct Output<W>(W);

impl<W: Write> Write for Output<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if is_interrupted() {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl Runner {
    pub fn new(session: Session, format: Format, silent: bool) -> Self {
        Runner {
            session,
            interrupted: false,
            format,
            silent,
        }
    }

    /// The statements that follow are typed by somebody.
    pub fn enter_shell(&self) {
        IN_SHELL.store(true, Ordering::Relaxed);
        handle_interrupts();
    }

    /// Runs all statements of a text, up to the first that fails; says whether all went well.
    pub fn run_all(&mut self, text: &str) -> bool {
        let statements = sql::split_statements(text);
        statements.iter().all(|(_, statement)| {
            let outcome = self.run(statement);
            if let Err(error) = &outcome {
                eprintln!("{error}");
            }
            outcome.is_ok() && !self.interrupted
        })
    }

    /// Runs a statement and prints its rows.
    fn run(&mut self, statement: &str) -> Result<()> {
        handle_interrupts();
        *running() = Some(Running {
            session: self.session.clone(),
            interrupted: false,
        });
        let outcome = self.run_and_print(statement);
        let running = running().take();
        self.interrupted = running.is_some_and(|running| running.interrupted);
        outcome
    }

    fn run_and_print(&self, statement: &str) -> Result<()> {
        let started = Instant::now();
        let progress = Progress::start(&self.session, self.silent);
        let frame = self.session.sql(statement)?;
        let rows = frame.collect()?;
        drop(progress);
        let mut out = io::BufWriter::new(Output(io::stdout().lock()));
        let config = self.session.config();
        format::write(&mut out, self.format, frame.schema(), &rows, &config)?;
        // Nobody reads any more: nothing to do about it.
        let _ = out.flush();
        drop(out);
        if !self.silent && !is_interrupted() {
            let seconds = started.elapsed().as_secs_f64();
            eprintln!(
                "Time taken: {seconds:.3} seconds, Fetched {} row(s)",
                rows.len()
            );
        }
        Ok(())
    }
}
