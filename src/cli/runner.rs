//! Running statements and printing what they give.

use super::format::{self, Format};
use super::progress::Progress;
use crate::error::Result;
use crate::session::Session;
use crate::sql;
use std::io::Write;
use std::sync::Once;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// Runs statements in a session.
pub struct Runner {
    pub session: Session,
    format: Format,
    silent: bool,
}

/// The session whose query Ctrl-C cancels.
static RUNNING: Mutex<Option<Session>> = Mutex::new(None);

fn running() -> std::sync::MutexGuard<'static, Option<Session>> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Makes Ctrl-C cancel the running query, or end the program if there is none.
fn handle_interrupts() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let handler = || match running().as_ref() {
            Some(session) => session.cancel_handle().cancel(),
            None => std::process::exit(130),
        };
        // Without a handler Ctrl-C ends the program, as everywhere.
        let _ = ctrlc::set_handler(handler);
    });
}

impl Runner {
    pub fn new(session: Session, format: Format, silent: bool) -> Self {
        Runner {
            session,
            format,
            silent,
        }
    }

    /// Runs all statements of a text, up to the first that fails; says whether all went well.
    pub fn run_all(&mut self, text: &str) -> bool {
        let statements = sql::split_statements(text);
        statements.iter().all(|(_, statement)| {
            if statement.trim().is_empty() {
                return true;
            }
            match self.run(statement) {
                Ok(()) => true,
                Err(error) => {
                    eprintln!("{error}");
                    false
                }
            }
        })
    }

    /// Runs a statement and prints its rows.
    pub fn run(&mut self, statement: &str) -> Result<()> {
        handle_interrupts();
        let started = Instant::now();
        *running() = Some(self.session.clone());
        let progress = Progress::start(&self.session, self.silent);
        let outcome = self.session.sql(statement).and_then(|frame| {
            let rows = frame.collect()?;
            Ok((frame.schema().clone(), rows))
        });
        drop(progress);
        *running() = None;
        let (schema, rows) = outcome?;
        let mut out = std::io::BufWriter::new(std::io::stdout().lock());
        format::write(
            &mut out,
            self.format,
            &schema,
            &rows,
            &self.session.config(),
        )?;
        // Nobody reads any more: nothing to do about it.
        let _ = out.flush();
        drop(out);
        if !self.silent {
            let seconds = started.elapsed().as_secs_f64();
            eprintln!(
                "Time taken: {seconds:.3} seconds, Fetched {} row(s)",
                rows.len()
            );
        }
        Ok(())
    }
}
