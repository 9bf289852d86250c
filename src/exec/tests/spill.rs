//! What does not fit in memory gives the same rows as what does. (Joins are in `join.rs`: every kind, spilled.)

use super::*;
use crate::error::conditions::SPILL_OUT_OF_MEMORY;
use crate::expr::{NamedExpr, SortKey};
use crate::plan::logical::{Aggregate, Partitioning, Repartition, Sort};

/// Far less than the rows of any test.
const LIMIT: usize = 48 << 10;

/// Rows of these types in two partitions and more.
fn rows(
    ids: &ColumnIds,
    types: &[DataType],
    count: usize,
    distinct: u64,
) -> (LogicalPlan, Vec<Attribute>) {
    table(ids, types, &Numbers(99).rows(types, count, distinct), 500)
}

/// The rows with every value as text, so that values of all types are told apart.
fn texts(rows: Vec<Row>) -> Vec<Row> {
    let text = |value: Value| Value::from(format!("{value:?}"));
    (rows.into_iter())
        .map(|row| row.into_iter().map(text).collect())
        .collect()
}

/// The plan under a limit gives what it gives without one, and spills.
fn check(plan: &LogicalPlan, in_order: bool, what: &str) {
    let expected = texts(run(plan, 1).unwrap());
    for threads in [1, 3] {
        let context = limited(threads, LIMIT);
        let actual = texts(run_in(plan, context.clone()).unwrap());
        assert!(context.memory.spilled() > 0, "{what} did not spill");
        match in_order {
            true => assert_same_order(&actual, &expected, what),
            false => assert_same_rows(actual, expected.clone(), what),
        }
    }
}

/// Groups by the first columns; calls take a name, a column, and whether they are DISTINCT.
fn aggregation(types: &[DataType], keys: usize, distinct: u64, calls: &[(&str, usize, bool)]) {
    let ids = ColumnIds::default();
    let (scan, columns) = rows(&ids, types, 9000, distinct);
    let made = calls.iter().map(|(name, argument, distinct)| {
        let call = aggregate_call(name, vec![column(&columns[*argument])], *distinct);
        (output(&ids, &call.data_type), call)
    });
    let keys = columns[..keys].iter().map(|key| NamedExpr {
        id: ids.next(),
        name: key.name.clone(),
        expr: column(key),
    });
    let plan = LogicalPlan::Aggregate(Aggregate {
        input: Box::new(scan),
        keys: keys.collect(),
        calls: made.collect(),
    });
    check(&plan, false, &format!("{calls:?} over {types:?}"));
}

#[test]
fn aggregations() {
    use DataType::*;
    let plain = [
        ("count", 2, false),
        ("sum", 2, false),
        ("avg", 2, false),
        ("min", 1, false),
        ("max", 2, false),
    ];
    aggregation(&[Long, String, Integer], 1, 4000, &plain);
    aggregation(&[String, String, Integer], 1, 4000, &plain);
    aggregation(&[Integer, String, Integer], 2, 3000, &plain);
    let distinct = [
        ("count", 1, true),
        ("sum", 2, true),
        ("count", 2, false),
        ("max", 2, false),
    ];
    aggregation(&[Integer, String, Integer], 1, 500, &distinct);
    // Without keys only the distinct values can be split.
    aggregation(&[Integer, String, Integer], 0, 4000, &distinct);
    let medians = [("median", 2, false), ("sum", 2, false), ("count", 1, true)];
    aggregation(&[Integer, String, Integer], 1, 4000, &medians);
    aggregation(&[Integer, String, Integer], 1, 30, &medians);
    let ordered = [("collect_list", 1, false), ("first", 2, false)];
    aggregation(&[Integer, String, Integer], 1, 30, &ordered);
}

fn sort(order: &[(usize, bool, bool)], ranges: Option<usize>) -> LogicalPlan {
    use DataType::*;
    let (scan, columns) = rows(&ColumnIds::default(), &[Integer, String, Long], 20_000, 300);
    let order = order
        .iter()
        .map(|(position, ascending, nulls_first)| SortKey {
            expr: column(&columns[*position]),
            ascending: *ascending,
            nulls_first: *nulls_first,
        });
    match ranges {
        Some(_) => LogicalPlan::Repartition(Repartition {
            input: Box::new(scan),
            scheme: Partitioning::Range(order.collect()),
            partitions: ranges,
        }),
        None => LogicalPlan::Sort(Sort {
            input: Box::new(scan),
            order: order.collect(),
            global: true,
        }),
    }
}

#[test]
fn sorts() {
    // Numbers, with ties in input order; text; both.
    check(&sort(&[(0, true, true)], None), true, "numbers");
    check(&sort(&[(1, false, false)], None), true, "text");
    check(
        &sort(&[(2, false, true), (1, true, true)], None),
        true,
        "both",
    );
    let ranges = sort(&[(1, true, true)], Some(5));
    check(&ranges, true, "ranges");
    // The same rows in the same partitions.
    let sizes = |limit: usize| -> Vec<usize> {
        let partitions = execute(&ranges, &limited(2, limit)).unwrap();
        let rows = |batches: &Vec<Batch>| batches.iter().map(|batch| batch.rows).sum();
        partitions.iter().map(rows).collect()
    };
    assert_eq!(sizes(LIMIT), sizes(1 << 30));
}

#[test]
fn sorts_within_partitions() {
    let LogicalPlan::Sort(mut node) = sort(&[(1, true, true), (0, true, true)], None) else {
        unreachable!();
    };
    node.global = false;
    check(&LogicalPlan::Sort(node), true, "sort within partitions");
}

#[test]
fn a_folder_that_cannot_be_written_fails_the_query() {
    let mut config = Config::default();
    config.set("spark.local.dir", "/nowhere/at/all");
    let context = QueryContext::new(Arc::new(config), 2, LIMIT, Arc::default());
    let error = run_in(&sort(&[(0, true, true)], None), Arc::new(context)).unwrap_err();
    assert_eq!(error.condition(), &SPILL_OUT_OF_MEMORY);
    assert_eq!(error.parameter("consumerToSpill"), Some("sort"));
}
