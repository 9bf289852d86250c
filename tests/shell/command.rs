//! `firesteel sql` in scripts: flags, formats, streams and exit statuses.

use rustix::process::{Pid, Signal, kill_process};
use std::io::Write;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

fn firesteel(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_firesteel"));
    command
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Standard output and error of a run, and its exit status.
fn run(arguments: &[&str]) -> (String, String, i32) {
    texts(firesteel(arguments).output().expect("the command runs"))
}

fn texts(output: Output) -> (String, String, i32) {
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    let status = output.status.code().expect("a status");
    (text(output.stdout), text(output.stderr), status)
}

fn script(text: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    file.write_all(text.as_bytes()).expect("a file");
    file
}

#[test]
fn formats() {
    let rows = "SELECT * FROM VALUES (1, 'a,\"b\"', 1.50BD), (2, NULL, NULL) AS t(n, s, d)";
    let output = |format: &str| {
        let (out, error, status) = run(&["sql", "-S", "--format", format, "-e", rows]);
        assert_eq!((error.as_str(), status), ("", 0));
        out
    };
    assert_eq!(output("csv"), "n,s,d\n1,\"a,\"\"b\"\"\",1.50\n2,,\n");
    assert_eq!(output("tsv"), "1\ta,\"b\"\t1.50\n2\tNULL\tNULL\n");
    assert_eq!(
        output("json"),
        "{\"n\":1,\"s\":\"a,\\\"b\\\"\",\"d\":1.50}\n{\"n\":2,\"s\":null,\"d\":null}\n"
    );
    assert_eq!(
        output("markdown"),
        "| n | s | d |\n| ---: | --- | ---: |\n| 1 | a,\"b\" | 1.50 |\n| 2 | NULL | NULL |\n"
    );
    assert_eq!(
        output("table"),
        "+---+-------+------+\n\
         | n | s     |    d |\n\
         +---+-------+------+\n\
         | 1 | a,\"b\" | 1.50 |\n\
         | 2 | NULL  | NULL |\n\
         +---+-------+------+\n"
    );
}

#[test]
fn statements_from_flags_files_and_the_standard_input() {
    let init = script("CREATE TEMPORARY VIEW v AS SELECT 1 AS a; -- for the others\n");
    let file = script("SELECT a FROM v;\nSELECT a + 1\nFROM v");
    let path = |file: &tempfile::NamedTempFile| file.path().display().to_string();
    let (init, file) = (path(&init), path(&file));
    let tsv = ["sql", "--format", "tsv", "-S"];
    let with = |more: &[&str]| run(&[&tsv[..], more].concat());
    assert_eq!(with(&["-i", &init, "-f", &file]).0, "1\n2\n");
    assert_eq!(with(&["-i", &init, "-e", "SELECT a + 2 FROM v"]).0, "3\n");
    // Without a terminal the shell is a script, too.
    for arguments in [&["sql", "--format", "tsv", "-S", "-f", "-"][..], &tsv] {
        let mut child = firesteel(arguments)
            .stdin(Stdio::piped())
            .spawn()
            .expect("the command runs");
        let mut input = child.stdin.take().expect("a pipe");
        input.write_all(b"SELECT 4; SELECT 5").expect("input");
        drop(input);
        let (out, _, status) = texts(child.wait_with_output().expect("output"));
        assert_eq!((out.as_str(), status), ("4\n5\n", 0));
    }
    let (out, error, status) = run(&[
        "--format",
        "tsv",
        "-e",
        "SELECT count(*) FROM species",
        "testdata/species.csv",
    ]);
    assert_eq!(
        (out.trim().parse::<u32>().is_ok(), status),
        (true, 0),
        "{error}"
    );
    assert!(
        error.starts_with("testdata/species.csv is the view species.\n"),
        "{error}"
    );
}

#[test]
fn settings_and_threads() {
    let zone = "spark.sql.session.timeZone";
    let statement = format!("SELECT current_timezone(); SET {zone}");
    let conf = format!("{zone}=Asia/Tokyo");
    let (out, _, _) = run(&[
        "sql", "--format", "tsv", "-S", "--conf", &conf, "-e", &statement,
    ]);
    assert_eq!(out, format!("Asia/Tokyo\n{zone}\tAsia/Tokyo\n"));
    for master in ["local", "local[3]", "local[*]"] {
        let (out, _, status) = run(&[
            "sql", "--format", "tsv", "-S", "--master", master, "-e", "SELECT 1",
        ]);
        assert_eq!((out.as_str(), status), ("1\n", 0), "{master}");
    }
    let (_, error, status) = run(&["sql", "--master", "yarn", "-e", "SELECT 1"]);
    assert_eq!(status, 1);
    assert!(error.contains("yarn"), "{error}");
}

#[test]
fn times_go_to_the_standard_error() {
    let (out, error, _) = run(&[
        "sql",
        "--format",
        "tsv",
        "-e",
        "SELECT id FROM range(3); SELECT 1 WHERE false",
    ]);
    assert_eq!(out, "0\n1\n2\n");
    let lines: Vec<&str> = error.lines().collect();
    let fetched = |line: &str, rows: usize| {
        let seconds = line.strip_prefix("Time taken: ");
        let seconds =
            seconds.and_then(|rest| rest.strip_suffix(&format!(" seconds, Fetched {rows} row(s)")));
        seconds.is_some_and(|seconds| seconds.parse::<f64>().is_ok())
    };
    assert!(
        lines.len() == 2 && fetched(lines[0], 3) && fetched(lines[1], 0),
        "{error}"
    );
}

#[test]
fn the_first_error_ends_a_script() {
    let (out, error, status) = run(&[
        "sql",
        "--format",
        "tsv",
        "-S",
        "-e",
        "SELECT 1; SELECT spacies FROM VALUES (1) AS t(species); SELECT 2",
    ]);
    assert_eq!((out.as_str(), status), ("1\n", 1));
    assert!(
        error.contains("[UNRESOLVED_COLUMN.WITH_SUGGESTION]"),
        "{error}"
    );
    assert!(error.contains("`species`"), "{error}");
    assert!(
        error.contains("== SQL (line 1, position 8) ==\nspacies\n^^^^^^^\n"),
        "{error}"
    );
    let (_, error, status) = run(&["sql", "-f", "no/such/file.sql"]);
    assert_eq!(status, 1);
    assert!(error.contains("[PATH_NOT_FOUND]"), "{error}");
    let (_, error, status) = run(&["no/such/file.parquet"]);
    assert_eq!(status, 1);
    assert!(error.contains("[PATH_NOT_FOUND]"), "{error}");
    // A failing -i keeps the rest from running.
    let init = script("SELECT 1 / 0");
    let path = init.path().display().to_string();
    let (out, _, status) = run(&["sql", "-S", "-i", &path, "-e", "SELECT 1"]);
    assert_eq!((out.as_str(), status), ("", 1));
}

#[test]
fn an_interrupt_ends_a_script() {
    let child = firesteel(&["sql", "-e", super::ENDLESS])
        .spawn()
        .expect("the command runs");
    let id = Pid::from_raw(child.id() as i32).expect("a process");
    // Long enough for a progress bar, if there were a terminal.
    std::thread::sleep(Duration::from_millis(2500));
    kill_process(id, Signal::INT).expect("a signal");
    let (_, error, status) = texts(child.wait_with_output().expect("output"));
    assert_eq!(status, 130);
    assert!(error.starts_with("[OPERATION_CANCELED]"), "{error}");
}
