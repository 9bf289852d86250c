//! The interactive shell: statements over several lines, history, completion, colours.

mod completion;
mod highlight;
mod words;

use super::runner::Runner;
use crate::error::{Error, Result};
use crate::session::{SPARK_VERSION, Session};
use crate::sql;
use completion::SqlCompleter;
use highlight::SqlHighlighter;
use nu_ansi_term::{Color, Style};
use reedline::{
    ColumnarMenu, DefaultHinter, Emacs, FileBackedHistory, InputMode, KeyCode, KeyModifiers,
    MenuBuilder, Prompt, PromptEditMode, PromptHistorySearch, Reedline, ReedlineEvent,
    ReedlineMenu, Signal, ValidationResult, Validator, default_emacs_keybindings,
};
use std::borrow::Cow;
use std::io::IsTerminal;
use std::path::PathBuf;

/// Statements of history kept.
const HISTORY: usize = 10_000;

/// Reads statements and runs them until the end of input. Without a terminal it runs what comes in as a
/// script. Says whether all went well, which in a conversation it always does.
pub fn open(mut runner: Runner) -> Result<bool> {
    if !std::io::stdin().is_terminal() {
        return Ok(runner.run_all(&super::read("-")?));
    }
    eprintln!(
        "Firesteel {} (Spark {SPARK_VERSION} SQL). Statements end with ;  exit; or Ctrl-D leaves.",
        env!("CARGO_PKG_VERSION"),
    );
    runner.enter_shell();
    let mut editor = editor(&runner.session);
    loop {
        match editor.read_line(&SparkPrompt) {
            Ok(Signal::Success(text)) => {
                // Kept now: a second Ctrl-C may end the program in the middle of a query.
                let _ = editor.sync_history();
                if leaves(&text) {
                    return Ok(true);
                }
                runner.run_all(&text);
            }
            Ok(Signal::CtrlD) => return Ok(true),
            // Ctrl-C at the prompt drops what was typed.
            Ok(_) => {}
            Err(error) => {
                return Err(Error::internal("the terminal could not be read").caused_by(error));
            }
        }
    }
}

/// Whether the user wants to go.
fn leaves(text: &str) -> bool {
    let word = text.trim().trim_end_matches(';').trim_end();
    word.eq_ignore_ascii_case("exit") || word.eq_ignore_ascii_case("quit")
}

fn editor(session: &Session) -> Reedline {
    let mut keys = default_emacs_keybindings();
    keys.add_binding(
        KeyModifiers::NONE,
        KeyCode::Tab,
        ReedlineEvent::UntilFound(vec![
            ReedlineEvent::Menu("completions".to_string()),
            ReedlineEvent::MenuNext,
        ]),
    );
    // The completer looks for tables behind the cursor, too.
    let menu = ColumnarMenu::default()
        .with_name("completions")
        .with_input_mode(InputMode::FullBuffer);
    let hint = Style::new().fg(Color::DarkGray);
    let editor = Reedline::create()
        .with_edit_mode(Box::new(Emacs::new(keys)))
        .with_menu(ReedlineMenu::EngineCompleter(Box::new(menu)))
        .with_completer(Box::new(SqlCompleter::new(session)))
        .with_quick_completions(true)
        .with_partial_completions(true)
        .use_bracketed_paste(true)
        .with_highlighter(Box::new(SqlHighlighter))
        .with_validator(Box::new(SqlValidator))
        .with_hinter(Box::new(DefaultHinter::default().with_style(hint)));
    match history_file().and_then(|path| FileBackedHistory::with_file(HISTORY, path).ok()) {
        Some(history) => editor.with_history(Box::new(history)),
        None => editor,
    }
}

/// `~/.firesteel_history`
fn history_file() -> Option<PathBuf> {
    let home = std::env::var_os("HOME").or_else(|| std::env::var_os("USERPROFILE"))?;
    Some(PathBuf::from(home).join(".firesteel_history"))
}

struct SparkPrompt;

impl Prompt for SparkPrompt {
    fn render_prompt_left(&self) -> Cow<'_, str> {
        "firesteel".into()
    }

    fn render_prompt_right(&self) -> Cow<'_, str> {
        "".into()
    }

    fn render_prompt_indicator(&self, _: PromptEditMode) -> Cow<'_, str> {
        "> ".into()
    }

    fn render_prompt_multiline_indicator(&self) -> Cow<'_, str> {
        "         > ".into()
    }

    fn render_prompt_history_search_indicator(&self, search: PromptHistorySearch) -> Cow<'_, str> {
        format!("(search: {}) ", search.term).into()
    }
}

/// Enter ends the input when its last statement has its semicolon; otherwise it begins a line.
struct SqlValidator;

impl Validator for SqlValidator {
    fn validate(&self, text: &str) -> ValidationResult {
        if leaves(text) || sql::is_complete(text) {
            ValidationResult::Complete
        } else {
            ValidationResult::Incomplete
        }
    }
}
