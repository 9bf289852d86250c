//! Of nested columns of Parquet files, only the leaves are read that a query uses.

use firesteel::plan::unresolved::ExplainMode;
use firesteel::prelude::*;
use parquet::file::reader::{FileReader, SerializedFileReader};
use std::path::{Path, PathBuf};

const ROWS: &str = "
    SELECT id,
           IF(id % 7 = 0, NULL, named_struct('a', id, 'b', named_struct('c', id * 2, 'd', concat('d', id)),
                                             'e', concat('e', id))) AS s,
           IF(id % 5 = 0, NULL, array(named_struct('x', id, 'y', concat('y', id)), NULL,
                                      named_struct('x', -id, 'y', NULL))) AS items,
           map('k', named_struct('v', id, 'w', concat('w', id))) AS m,
           id % 3 AS g
    FROM range(100)";

fn session() -> Session {
    Session::builder()
        .config("spark.sql.session.timeZone", "UTC")
        .create()
        .expect("a session")
}

/// The rows as a view `t` over one Parquet file in `folder`.
fn view(spark: &Session, folder: &Path) -> Result<PathBuf> {
    let path = folder.join("t");
    spark
        .sql(ROWS)?
        .coalesce(1)?
        .write()
        .parquet(&path.display().to_string())?;
    let frame = spark.read().parquet(path.as_path())?;
    frame.create_or_replace_temp_view("t")?;
    let part = std::fs::read_dir(&path)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .find(|path| path.extension().is_some_and(|e| e == "parquet"));
    Ok(part.expect("a file"))
}

/// Statements, and the columns that the scan of `t` reads for them.
const STATEMENTS: &[(&str, &str)] = &[
    ("SELECT s.a FROM t", "struct<s:struct<a:bigint>>"),
    (
        "SELECT s.b.c FROM t",
        "struct<s:struct<b:struct<c:bigint>>>",
    ),
    (
        "SELECT s.b.d, s.a FROM t WHERE s.e LIKE 'e1%'",
        "struct<s:struct<a:bigint,b:struct<d:string>,e:string>>",
    ),
    (
        "SELECT items.x FROM t",
        "struct<items:array<struct<x:bigint>>>",
    ),
    (
        "SELECT items[0].y FROM t",
        "struct<items:array<struct<y:string>>>",
    ),
    (
        "SELECT m['k'].v FROM t",
        "struct<m:map<string,struct<v:bigint>>>",
    ),
    ("SELECT s IS NULL FROM t", "struct<s:struct<a:bigint>>"),
    (
        "SELECT r.b.c + 1 FROM (SELECT s AS r, id FROM t) WHERE id > 3",
        "struct<id:bigint,s:struct<b:struct<c:bigint>>>",
    ),
    (
        "SELECT g, sum(s.a), max(s.b.d) FROM t GROUP BY g",
        "struct<s:struct<a:bigint,b:struct<d:string>>,g:bigint>",
    ),
    (
        "SELECT i.x FROM t LATERAL VIEW explode(items) AS i",
        "struct<items:array<struct<x:bigint>>>",
    ),
    (
        "SELECT i.y, p, s.a FROM t LATERAL VIEW OUTER posexplode(items) AS p, i WHERE s.a > 10",
        "struct<s:struct<a:bigint>,items:array<struct<y:string>>>",
    ),
    (
        "SELECT v.w FROM t LATERAL VIEW explode(m) AS k, v",
        "struct<m:map<string,struct<w:string>>>",
    ),
    (
        "SELECT r.a FROM (SELECT s AS r FROM t WHERE g = 0 UNION ALL SELECT s FROM t WHERE g = 1)",
        "struct<s:struct<a:bigint>,g:bigint>",
    ),
    (
        "SELECT t.s.a FROM t JOIN range(5) u ON t.s.b.c = u.id ORDER BY t.s.a",
        "struct<s:struct<a:bigint,b:struct<c:bigint>>>",
    ),
    (
        "SELECT max(s.a) OVER (PARTITION BY g ORDER BY s.b.c) FROM t",
        "struct<s:struct<a:bigint,b:struct<c:bigint>>,g:bigint>",
    ),
    // Whole values are needed: to compare them, to give them out, where another input of a union cannot give less.
    (
        "SELECT count(*) FROM t GROUP BY s",
        "struct<s:struct<a:bigint,b:struct<c:bigint,d:string>,e:string>>",
    ),
    (
        "SELECT s, s.a FROM t",
        "struct<s:struct<a:bigint,b:struct<c:bigint,d:string>,e:string>>",
    ),
    (
        "SELECT r.x FROM (SELECT items[0] AS r FROM t UNION ALL SELECT named_struct('x', 1L, 'y', 'z'))",
        "struct<items:array<struct<x:bigint,y:string>>>",
    ),
];

fn rows(spark: &Session, statement: &str) -> Result<Vec<String>> {
    let rows = spark.sql(statement)?.collect()?;
    let mut rows: Vec<String> = rows.iter().map(|row| format!("{row:?}")).collect();
    rows.sort();
    Ok(rows)
}

#[test]
fn scans_read_the_fields_that_are_used_and_answers_stay_the_same() -> Result<()> {
    let folder = tempfile::tempdir().expect("a folder");
    let spark = session();
    view(&spark, folder.path())?;
    for (statement, read) in STATEMENTS {
        let plan = spark.sql(statement)?.explain_string(ExplainMode::Simple)?;
        assert!(
            plan.contains(&format!("ReadSchema: {read} ")),
            "{statement}\n{plan}"
        );
        let pruned = rows(&spark, statement)?;
        let key = "spark.sql.optimizer.nestedSchemaPruning.enabled";
        spark.sql(&format!("SET {key}=false"))?;
        assert_eq!(pruned, rows(&spark, statement)?, "{statement}");
        spark.sql(&format!("SET {key}=true"))?;
        spark.sql("SET spark.sql.optimizer.excludedRules=*")?;
        assert_eq!(pruned, rows(&spark, statement)?, "{statement}");
        spark.sql("RESET spark.sql.optimizer.excludedRules")?;
    }
    Ok(())
}

#[test]
fn the_bytes_of_other_fields_are_not_touched() -> Result<()> {
    let folder = tempfile::tempdir().expect("a folder");
    let spark = session();
    let part = view(&spark, folder.path())?;
    let statement = "SELECT s.a, items.x FROM t WHERE s.b.c > 20";
    let expected = rows(&spark, statement)?;

    let used = ["s.a", "s.b.c", "items.list.element.x"];
    let mut bytes = std::fs::read(&part).expect("a file");
    let reader = SerializedFileReader::new(bytes::Bytes::from(bytes.clone())).expect("Parquet");
    for column in reader.metadata().row_group(0).columns() {
        if !used.contains(&column.column_path().string().as_str()) {
            let (start, length) = column.byte_range();
            bytes[start as usize..(start + length) as usize].fill(0xff);
        }
    }
    std::fs::write(&part, bytes).expect("written");
    // Another session: this one has the file mapped.
    let spark = session();
    let frame = spark.read().parquet(part.as_path())?;
    frame.create_or_replace_temp_view("t")?;
    assert_eq!(rows(&spark, statement)?, expected);
    let error = spark.sql("SELECT s.e FROM t")?.collect().unwrap_err();
    assert!(
        error.condition().name.starts_with("FAILED_READ_FILE"),
        "{error}"
    );
    Ok(())
}
