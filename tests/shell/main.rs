//! The `firesteel` command as users meet it: in a terminal, and in scripts.

#![cfg(unix)]

mod command;
mod terminal;

use terminal::{END, INTERRUPT, Terminal, UP};

/// A query that takes longer than anybody waits.
const ENDLESS: &str =
    "SELECT count(*) FROM range(1000000) a CROSS JOIN range(1000000) b WHERE a.id * b.id = -1;\r";

fn home() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

#[test]
fn statements_over_lines_and_their_history() {
    let home = home();
    let mut shell = Terminal::start(&[], home.path());
    shell.expect("firesteel> ");
    shell.send("SELECT 'a;b' AS one,\r");
    shell.expect("         > ");
    shell.send("2 AS two;\r");
    let answer = shell.expect("Fetched 1 row(s)");
    assert!(answer.contains("| one | two |\n"), "{answer}");
    assert!(answer.contains("| a;b |   2 |\n"), "{answer}");
    shell.expect("firesteel> ");
    shell.send("SELECT 3; SELECT 4;\r");
    shell.expect("| 3 |");
    shell.expect("| 4 |");
    shell.expect("firesteel> ");
    shell.send("exit;\r");
    assert!(shell.wait().success());

    let mut shell = Terminal::start(&[], home.path());
    shell.expect("firesteel> ");
    // exit, the two statements, the one of two lines
    shell.send(&UP.repeat(3));
    shell.expect("2 AS two;");
    shell.send("\r");
    shell.expect("| a;b |   2 |");
    shell.expect("firesteel> ");
    shell.send(END);
    assert!(shell.wait().success());
}

#[test]
fn errors_show_the_place_and_end_nothing() {
    let home = home();
    let mut shell = Terminal::start(&[], home.path());
    shell.expect("firesteel> ");
    shell.send("SELECT 1,\r");
    shell.expect("> ");
    shell.send("  2 / 0;\r");
    let error = shell.expect("^^^^^");
    assert!(error.contains("[DIVIDE_BY_ZERO]"), "{error}");
    assert!(error.contains("SQLSTATE: 22012"), "{error}");
    assert!(
        error.contains("== SQL (line 2, position 3) ==\n"),
        "{error}"
    );
    shell.expect("firesteel> ");
    shell.send("SELECT 7 AS seven;\r");
    shell.expect("| seven |");
    shell.expect("firesteel> ");
    // Nothing to run is no error.
    shell.send(";\r");
    shell.expect("firesteel> ");
    shell.send("-- nothing\r");
    shell.expect("firesteel> ");
    shell.send("quit\r");
    assert!(shell.wait().success());
}

#[test]
fn tab_completes_and_words_have_colours() {
    let home = home();
    let mut shell = Terminal::start(
        &["testdata/surveys.csv", "testdata/species.csv"],
        home.path(),
    );
    shell.expect("testdata/surveys.csv is the view surveys.");
    shell.expect("firesteel> ");
    // One candidate is taken at once: a keyword, a column of the only table named, that table.
    shell.send("selec\t");
    shell.expect("select ");
    shell.send("max(hindf\t");
    shell.expect("hindfoot_length");
    shell.send(") from surv\t");
    shell.expect("surveys");
    shell.send(";\r");
    shell.expect("max(hindfoot_length)");
    shell.expect("firesteel> ");
    // Several are shown.
    shell.send("SELECT * FROM s\t");
    shell.expect("species");
    shell.send(INTERRUPT);
    shell.expect("firesteel> ");
    shell.send("SELECT 'text', 12 -- end");
    shell.expect_raw("\x1b[1;34mSELECT\x1b[0m");
    shell.send(INTERRUPT);
    shell.expect("\nfiresteel> ");
    shell.send(END);
    assert!(shell.wait().success());
}

#[test]
fn interrupts_cancel_the_query_and_not_the_shell() {
    let home = home();
    let mut shell = Terminal::start(&["--master", "local[2]"], home.path());
    shell.expect("firesteel> ");
    shell.send("SELECT 'left");
    shell.send(INTERRUPT);
    shell.expect("firesteel> ");
    shell.send(INTERRUPT);
    shell.expect("firesteel> ");
    shell.send(ENDLESS);
    // Progress is shown after a second.
    shell.expect("rows read");
    shell.send(INTERRUPT);
    shell.expect("[OPERATION_CANCELED]");
    shell.expect("firesteel> ");
    shell.send("SELECT 5 AS five;\r");
    let answer = shell.expect("Fetched 1 row(s)");
    assert!(answer.contains("|    5 |"), "{answer}");
    assert!(!answer.contains("rows read"), "{answer}");
    shell.expect("firesteel> ");
    shell.send(END);
    assert!(shell.wait().success());
}
