//! Writes that do not come to their end: the old data stays readable, nothing half-written is seen.

#![cfg(unix)]

use firesteel::prelude::*;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

fn session() -> Session {
    Session::builder()
        .master("local[2]")
        .create()
        .expect("a session")
}

/// A folder with 100 rows in it.
fn old_data(folder: &Path, format: &str) -> Result<PathBuf> {
    let path = folder.join("numbers");
    let writer = session().range(0, 100, 1)?.write().format(format);
    writer.save(&path.display().to_string())?;
    Ok(path)
}

/// Only the old rows are there, also after the next write has cleaned up.
fn assert_old(path: &Path, format: &str) -> Result<()> {
    let spark = session();
    let read = || {
        let reader = spark.read().format(format).schema("id BIGINT");
        reader.load(path)?.count()
    };
    assert_eq!(read()?, 100);
    let visible = std::fs::read_dir(path).expect("a folder");
    let strange = visible
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .find(|name| {
            !name.starts_with("part-") && !name.starts_with('_') && !name.starts_with('.')
        });
    assert_eq!(strange, None);
    let writer = spark.range(0, 7, 1)?.write().format(format);
    writer.mode("overwrite").save(&path.display().to_string())?;
    assert_eq!(read()?, 7);
    assert!(!path.join("_temporary").exists());
    Ok(())
}

fn statement(path: &Path, format: &str) -> String {
    let rows = "SELECT id FROM range(4000000000)";
    format!(
        "INSERT OVERWRITE DIRECTORY '{}' USING {format} {rows}",
        path.display()
    )
}

/// Whether a task has begun to write somewhere below.
fn is_writing(path: &Path) -> bool {
    let Ok(entries) = std::fs::read_dir(path) else {
        return false;
    };
    entries.flatten().any(|entry| {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        match path.is_dir() {
            true => is_writing(&path),
            false => name.starts_with("part-") && entry.metadata().is_ok_and(|m| m.len() > 100_000),
        }
    })
}

#[test]
fn a_process_that_is_killed() -> Result<()> {
    for format in ["csv", "parquet"] {
        let folder = tempfile::tempdir().expect("a folder");
        let path = old_data(folder.path(), format)?;
        let mut child = Command::new(env!("CARGO_BIN_EXE_firesteel"))
            .args([
                "sql",
                "--master",
                "local[2]",
                "-e",
                &statement(&path, format),
            ])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the command runs");
        let begin = Instant::now();
        while !is_writing(&path.join("_temporary")) {
            let state = child.try_wait().expect("a state");
            assert!(state.is_none(), "it ended too soon: {state:?}");
            assert!(
                begin.elapsed() < Duration::from_secs(120),
                "it does not write"
            );
            std::thread::sleep(Duration::from_millis(10));
        }
        child.kill().expect("killed");
        child.wait().expect("gone");
        assert_old(&path, format)?;
    }
    Ok(())
}

#[test]
fn a_disk_that_takes_no_more() -> Result<()> {
    for format in ["csv", "parquet"] {
        let folder = tempfile::tempdir().expect("a folder");
        let path = old_data(folder.path(), format)?;
        // A limit on the size of files fails writes as a full disk does.
        let script = "trap '' XFSZ; ulimit -f 200; exec \"$0\" sql --master 'local[2]' -e \"$1\"";
        let output = Command::new("sh")
            .args([
                "-c",
                script,
                env!("CARGO_BIN_EXE_firesteel"),
                &statement(&path, format),
            ])
            .output()
            .expect("the command runs");
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success(), "{message}");
        assert!(message.contains("TASK_WRITE_FAILED"), "{message}");
        assert!(!path.join("_temporary").exists());
        assert_old(&path, format)?;
    }
    Ok(())
}

#[test]
fn a_task_that_panics() -> Result<()> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = old_data(folder.path(), "parquet")?;
    let spark = session();
    let function = |values: &[Value]| -> Result<Value> {
        match values[0].as_i64() {
            Some(500_000) => panic!("half-way"),
            _ => Ok(values[0].clone()),
        }
    };
    (spark.udf()).register("fragile", [DataType::Long], DataType::Long, function);
    let frame = spark.sql("SELECT fragile(id) AS id FROM range(1000000)")?;
    let writer = frame.write().mode("overwrite");
    let error = writer.parquet(&path.display().to_string()).unwrap_err();
    assert_eq!(error.condition().name, "INTERNAL_ERROR");
    assert!(!path.join("_temporary").exists());
    assert_old(&path, "parquet")
}
