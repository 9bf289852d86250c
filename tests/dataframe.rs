//! The DataFrame API as a program uses it: over the survey and taxi data, with the answers Spark gives.

use firesteel::prelude::functions::{avg, count, sum};
use firesteel::prelude::*;
use std::path::Path;

fn session() -> Session {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    assert!(
        std::env::set_current_dir(root).is_ok(),
        "paths in tests are relative to the repository"
    );
    Session::builder()
        .config("spark.sql.session.timeZone", "UTC")
        .create()
        .expect("a session")
}

const SURVEYS: &str = "record_id INT, month INT, day INT, year INT, plot_id INT, species_id STRING, \
                       sex STRING, hindfoot_length INT, weight INT";

fn surveys(spark: &Session) -> DataFrame {
    let reader = spark.read().option("header", true).schema(SURVEYS);
    reader
        .csv("testdata/surveys.csv")
        .expect("the surveys can be read")
}

fn condition(result: Result<DataFrame>) -> &'static str {
    result
        .map(|_| ())
        .expect_err("it is a mistake")
        .condition()
        .name
}

#[test]
fn show_prints_sparks_table() -> Result<()> {
    let spark = session();
    let frame = spark.sql("SELECT 1 AS a, 'a text that is longer than that' AS b, NULL AS c")?;
    let expected = "\
+---+--------------------+----+
|  a|                   b|   c|
+---+--------------------+----+
|  1|a text that is lo...|NULL|
+---+--------------------+----+
";
    assert_eq!(frame.show_string(20, 20, false)?, expected);
    let vertical = spark.range(0, 3, 1)?.show_string(1, 20, true)?;
    assert_eq!(
        vertical,
        "-RECORD 0--\n id  | 0   \nonly showing top 1 row\n"
    );
    Ok(())
}

#[test]
fn a_schema_prints_as_a_tree() -> Result<()> {
    let spark = session();
    let frame = spark.sql("SELECT 1 AS a, array(named_struct('x', 1.5D)) AS b")?;
    let tree = "root\n |-- a: integer (nullable = false)\n |-- b: array (nullable = false)\n |    \
                |-- element: struct (containsNull = false)\n |    |    |-- x: double (nullable = false)\n";
    assert_eq!(frame.schema().tree_string(), tree);
    Ok(())
}

#[test]
fn filter_group_and_sort() -> Result<()> {
    let spark = session();
    let surveys = surveys(&spark);
    surveys.create_or_replace_temp_view("surveys")?;
    let by_api = surveys
        .filter(col("weight").gt(40))?
        .group_by(["species_id"])
        .agg([count("*").alias("n"), avg("weight").alias("mean")])?
        .order_by([col("n").desc(), col("species_id").asc()])?;
    let by_sql = spark.sql(
        "SELECT species_id, count(*) AS n, avg(weight) AS mean FROM surveys WHERE weight > 40
         GROUP BY species_id ORDER BY n DESC, species_id",
    )?;
    assert_eq!(by_api.collect()?, by_sql.collect()?);
    assert!(by_api.count()? > 3);
    // A filter may use a column that the select before it dropped.
    let dropped = surveys.select(["record_id"])?.filter("weight > 40")?;
    assert_eq!(dropped.columns(), ["record_id"]);
    assert_eq!(dropped.count()?, surveys.where_("weight > 40")?.count()?);
    Ok(())
}

#[test]
fn mistakes_show_where_they_are_made() -> Result<()> {
    let spark = session();
    let surveys = surveys(&spark);
    let misspelt = surveys.select(["wieght"]);
    let error = misspelt.map(|_| ()).expect_err("there is no such column");
    assert_eq!(error.condition().name, "UNRESOLVED_COLUMN.WITH_SUGGESTION");
    assert!(
        error
            .parameter("proposal")
            .is_some_and(|near| near.starts_with("`weight`")),
        "{error}"
    );
    assert_eq!(condition(spark.table("nowhere")), "TABLE_OR_VIEW_NOT_FOUND");
    assert_eq!(
        condition(spark.read().parquet("testdata/nowhere")),
        "PATH_NOT_FOUND"
    );
    assert_eq!(condition(spark.sql("SELECT 1 +")), "PARSE_SYNTAX_ERROR");
    let division = spark.sql("SELECT id / 0 FROM range(3)")?;
    let error = division.collect().expect_err("a division by zero");
    assert_eq!(error.condition().name, "DIVIDE_BY_ZERO");
    assert_eq!(
        error.context().map(|context| context.fragment),
        Some("id / 0".to_string())
    );
    // The session goes on.
    assert_eq!(spark.range(0, 5, 1)?.count()?, 5);
    Ok(())
}

#[test]
fn joins_of_every_kind() -> Result<()> {
    let spark = session();
    let left = spark.sql("SELECT * FROM VALUES (1, 'a'), (2, 'b'), (3, 'c') AS t(id, l)")?;
    let right =
        spark.sql("SELECT * FROM VALUES (2, 'x'), (3, 'y'), (3, 'z'), (4, 'w') AS t(id, r)")?;
    for (how, rows) in [
        ("inner", 3),
        ("left", 4),
        ("right_outer", 4),
        ("outer", 5),
        ("left_semi", 2),
        ("anti", 1),
    ] {
        assert_eq!(left.join(&right, "id", how)?.count()?, rows, "{how}");
    }
    assert_eq!(left.cross_join(&right)?.count()?, 12);
    // USING gives the column once; an expression keeps both, told apart by their DataFrames.
    assert_eq!(
        left.join(&right, "id", "inner")?.columns(),
        ["id", "l", "r"]
    );
    let both = left.join(&right, left.col("id").eq(right.col("id")), "inner")?;
    assert_eq!(both.columns(), ["id", "l", "id", "r"]);
    assert_eq!(both.select([left.col("id")])?.count()?, 3);
    assert_eq!(condition(both.select(["id"])), "AMBIGUOUS_REFERENCE");
    Ok(())
}

#[test]
fn pivot_rollup_and_windows() -> Result<()> {
    let spark = session();
    let sales = spark.sql(
        "SELECT * FROM VALUES ('a', 2020, 1), ('a', 2021, 2), ('b', 2020, 3), ('a', 2020, 4)
         AS t(shop, year, amount)",
    )?;
    let pivoted = sales
        .group_by(["shop"])
        .pivot("year", Vec::<i32>::new())
        .sum(["amount"])?;
    assert_eq!(pivoted.columns(), ["shop", "2020", "2021"]);
    let rows = pivoted.order_by(["shop"])?.collect()?;
    assert_eq!(
        rows[0].values(),
        [Value::from("a"), Value::Long(5), Value::Long(2)]
    );
    assert_eq!(
        rows[1].values(),
        [Value::from("b"), Value::Long(3), Value::Null]
    );
    assert_eq!(sales.rollup(["shop", "year"]).count()?.count()?, 6);
    let window = Window::partition_by(["shop"]).order_by(["year", "amount"]);
    let running = sum("amount").over(&window.rows_between(Window::UNBOUNDED_PRECEDING, 0));
    let rows = sales
        .with_column("running", running)?
        .order_by(["shop", "running"])?
        .collect()?;
    let totals: Vec<&Value> = rows.iter().map(|row| row.get(3)).collect();
    assert_eq!(
        totals,
        [
            &Value::Long(1),
            &Value::Long(5),
            &Value::Long(7),
            &Value::Long(3)
        ]
    );
    Ok(())
}

#[test]
fn nulls_are_filled_dropped_and_replaced() -> Result<()> {
    let spark = session();
    let frame = spark.sql("SELECT * FROM VALUES (1, 'a'), (NULL, 'b'), (3, NULL) AS t(n, s)")?;
    assert_eq!(frame.na().drop()?.count()?, 1);
    assert_eq!(frame.na().fill(0)?.filter("n = 0")?.count()?, 1);
    assert_eq!(frame.na().fill("none")?.filter("s = 'none'")?.count()?, 1);
    let replaced = frame.na().replace([(1, 10)], ["n"])?;
    assert_eq!(replaced.filter("n = 10")?.count()?, 1);
    Ok(())
}

#[test]
fn written_files_can_be_read_again() -> Result<()> {
    let spark = session();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("weights");
    let path = path.to_str().expect("a UTF-8 path");
    let surveys = surveys(&spark);
    surveys
        .repartition(4)?
        .write()
        .partition_by(["year"])
        .parquet(path)?;
    assert!(Path::new(path).join("_SUCCESS").exists());
    assert!(!Path::new(path).join("_temporary").exists());
    let again = spark.read().parquet(path)?;
    assert_eq!(again.count()?, surveys.count()?);
    assert_eq!(again.columns().last().map(String::as_str), Some("year"));
    let of_one_year = again.filter(col("year").eq(1990))?;
    assert_eq!(
        of_one_year.count()?,
        surveys.filter("year = 1990")?.count()?
    );
    // There is something already: an error, unless the mode says otherwise.
    let refused = surveys
        .write()
        .parquet(path)
        .expect_err("the folder is there");
    assert_eq!(refused.condition().name, "PATH_ALREADY_EXISTS");
    surveys.limit(10)?.write().mode("ignore").parquet(path)?;
    assert_eq!(spark.read().parquet(path)?.count()?, surveys.count()?);
    surveys
        .limit(10)?
        .coalesce(1)?
        .write()
        .mode("overwrite")
        .parquet(path)?;
    let files = std::fs::read_dir(path)
        .expect("the folder")
        .filter_map(|entry| {
            let name = entry.ok()?.file_name().into_string().ok()?;
            name.starts_with("part-").then_some(name)
        });
    let files: Vec<String> = files.collect();
    assert_eq!(files.len(), 1);
    assert!(files[0].starts_with("part-00000-") && files[0].ends_with("-c000.snappy.parquet"));
    assert_eq!(spark.read().parquet(path)?.count()?, 10);
    Ok(())
}

#[test]
fn a_job_that_fails_leaves_the_old_data() -> Result<()> {
    let spark = session();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("numbers");
    let path = path.to_str().expect("a UTF-8 path");
    spark.range(0, 100, 1)?.write().parquet(path)?;
    let failing = spark.sql("SELECT 1 / (50 - id) AS x FROM range(100)")?;
    let error = failing
        .write()
        .mode("overwrite")
        .parquet(path)
        .expect_err("a division by zero");
    assert_eq!(error.condition().name, "DIVIDE_BY_ZERO");
    assert_eq!(spark.read().parquet(path)?.count()?, 100);
    assert!(!Path::new(path).join("_temporary").exists());
    Ok(())
}

#[test]
fn functions_of_the_user() -> Result<()> {
    let spark = session();
    spark.udf().register(
        "plus",
        [DataType::Long, DataType::Long],
        DataType::Long,
        |arguments| {
            let sum = arguments[0]
                .as_i64()
                .zip(arguments[1].as_i64())
                .map(|(a, b)| a + b);
            Ok(sum.into())
        },
    );
    let rows = spark
        .sql("SELECT plus(id, 1) AS x FROM range(3)")?
        .collect()?;
    assert_eq!(rows[2].get(0), &Value::Long(3));
    let by_api = functions::call_function("plus", [col("id"), col("id")]);
    assert_eq!(
        spark.range(0, 4, 1)?.select([by_api])?.collect()?[3].get(0),
        &Value::Long(6)
    );
    // A panic in a function is an error of its query, not of the process.
    spark
        .udf()
        .register("bad", [DataType::Long], DataType::Long, |_| {
            panic!("by mistake")
        });
    let error = spark
        .sql("SELECT bad(id) FROM range(3)")?
        .collect()
        .expect_err("a panic");
    assert_eq!(error.condition().name, "INTERNAL_ERROR");
    Ok(())
}

#[test]
fn cached_rows_are_used_again() -> Result<()> {
    let spark = session();
    let calls = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let counter = calls.clone();
    spark.udf().register(
        "noted",
        [DataType::Long],
        DataType::Long,
        move |arguments| {
            counter.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            Ok(arguments[0].clone())
        },
    );
    let frame = spark
        .sql("SELECT noted(id) AS x FROM range(10)")?
        .persist()?;
    assert!(frame.is_cached());
    assert_eq!(frame.collect()?.len(), 10);
    assert_eq!(frame.filter("x > 4")?.collect()?.len(), 5);
    assert_eq!(calls.load(std::sync::atomic::Ordering::Relaxed), 10);
    assert!(!frame.unpersist()?.is_cached());
    Ok(())
}

#[test]
fn rows_come_partition_by_partition_as_they_are_asked_for() -> Result<()> {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    let spark = Session::builder().master("local[2]").create()?;
    let seen = Arc::new(AtomicUsize::new(0));
    let counter = seen.clone();
    let count = move |values: &[Value]| {
        counter.fetch_add(1, Ordering::Relaxed);
        Ok(values[0].clone())
    };
    (spark.udf()).register("counted", [DataType::Long], DataType::Long, count);
    let frame = spark.sql("SELECT counted(id) AS id FROM range(0, 100000, 1, 100)")?;
    assert_eq!(frame.num_partitions()?, 100);
    assert_eq!(seen.load(Ordering::Relaxed), 0);
    let mut rows = frame.to_local_iterator()?;
    for expected in 0..1500 {
        let row = rows.next().transpose()?;
        assert_eq!(
            row.map(|row| row.get(0).clone()),
            Some(Value::Long(expected))
        );
        // Another query between two rows does not wait for this one.
        if expected % 500 == 0 {
            assert_eq!(spark.range(0, 10, 1)?.count()?, 10);
        }
    }
    assert!(seen.load(Ordering::Relaxed) <= 4000);
    assert_eq!(rows.count(), 98_500);

    // Behind a sort, and after an error nothing more.
    let sorted = spark.sql("SELECT id FROM range(1000) ORDER BY id DESC")?;
    let rows: Result<Vec<Row>> = sorted.to_local_iterator()?.collect();
    assert_eq!(rows?[999].get(0), &Value::Long(0));
    let failing = spark.sql("SELECT 1 / (id - 5) FROM range(10)")?;
    let rows: Vec<_> = failing.to_local_iterator()?.collect();
    assert_eq!(rows.iter().filter(|row| row.is_err()).count(), 1);
    assert!(rows.last().is_some_and(|row| row.is_err()));
    Ok(())
}

#[test]
fn packed_files_read_like_plain_ones() -> Result<()> {
    let spark = session();
    let read = |name: &str| -> Result<Vec<Row>> {
        let path = format!("testdata/messy/packed.csv{name}");
        spark.read().option("header", true).csv(path)?.collect()
    };
    let expected = read(".gz")?;
    assert!(!expected.is_empty());
    assert_eq!(read(".bz2")?, expected);
    assert_eq!(read(".zst")?, expected);
    Ok(())
}

#[test]
fn partitions_are_what_was_asked_for() -> Result<()> {
    let spark = session();
    let numbers = spark.range(0, 1000, 1)?;
    assert_eq!(numbers.repartition(7)?.num_partitions()?, 7);
    assert_eq!(numbers.repartition(7)?.coalesce(2)?.num_partitions()?, 2);
    let first: Vec<i64> = numbers
        .take(3)?
        .iter()
        .filter_map(|row| row.get(0).as_i64())
        .collect();
    assert_eq!(first, [0, 1, 2]);
    Ok(())
}
