use super::*;
use crate::expr::SortKey;
use crate::plan::logical::{Filter, Limit, Partitioning, Range, Repartition, Sort, Union};

fn sorted(mut rows: Vec<Row>, keys: &[(usize, bool, bool)]) -> Vec<Row> {
    rows.sort_by(|a, b| {
        let orders = keys.iter().map(|(column, ascending, nulls_first)| {
            let (a, b) = (&a[*column], &b[*column]);
            match (a.is_null(), b.is_null()) {
                (true, true) => Ordering::Equal,
                (true, false) if *nulls_first => Ordering::Less,
                (true, false) => Ordering::Greater,
                (false, true) if *nulls_first => Ordering::Greater,
                (false, true) => Ordering::Less,
                _ if *ascending => compare(a, b),
                _ => compare(b, a),
            }
        });
        orders.fold(Ordering::Equal, Ordering::then)
    });
    rows
}

#[test]
fn sorts_and_cuts_like_a_stable_sort() {
    use DataType::*;
    let types = [Integer, Double, String, Long];
    let mut numbers = Numbers(99);
    let data = numbers.rows(&types, 30_000, 40);
    let ids = ColumnIds::default();
    let (scan, columns) = table(&ids, &types, &data, 700);
    let orders: [&[(usize, bool, bool)]; 5] = [
        &[(0, true, true)],
        &[(1, false, false), (0, true, false)],
        &[(2, true, false), (1, true, true)],
        &[(3, false, true)],
        &[(3, true, true), (0, false, false), (2, false, true)],
    ];
    for keys in orders {
        let expected = sorted(data.clone(), keys);
        let order = keys
            .iter()
            .map(|(position, ascending, nulls_first)| SortKey {
                expr: column(&columns[*position]),
                ascending: *ascending,
                nulls_first: *nulls_first,
            });
        let sort = LogicalPlan::Sort(Sort {
            input: Box::new(scan.clone()),
            order: order.collect(),
            global: true,
        });
        let top = LogicalPlan::Limit(Limit {
            input: Box::new(sort.clone()),
            offset: 5,
            limit: Some(100),
            from_end: false,
        });
        for threads in [1, 4] {
            let what = format!("{keys:?} at {threads} threads");
            assert_same_order(&run(&sort, threads).unwrap(), &expected, &what);
            assert_same_order(&run(&top, threads).unwrap(), &expected[5..105], &what);
        }
    }
}

#[test]
fn limits_keep_the_order_of_partitions() {
    let ids = ColumnIds::default();
    let number = output(&ids, &DataType::Long);
    let range = |start: i64, end: i64| {
        LogicalPlan::Range(Range {
            start,
            end,
            step: 1,
            partitions: Some(7),
            output: number.clone(),
        })
    };
    let union = LogicalPlan::Union(Union {
        inputs: vec![range(0, 20_000), range(20_000, 40_000)],
        output: vec![number.clone()],
    });
    let even = Expr::In {
        operand: Box::new(column(&number)),
        list: (0..40_000i64)
            .step_by(2)
            .map(|n| Expr::literal(n, DataType::Long))
            .collect(),
    };
    let filter = LogicalPlan::Filter(Filter {
        input: Box::new(union),
        predicate: even,
        subqueries: Vec::new(),
    });
    let limit = |offset, limit, from_end| {
        LogicalPlan::Limit(Limit {
            input: Box::new(filter.clone()),
            offset,
            limit,
            from_end,
        })
    };
    let numbers = |range: std::ops::Range<i64>| -> Vec<Row> {
        range.map(|n| vec![Value::Long(n * 2)]).collect()
    };
    for threads in [1, 4] {
        let first = run(&limit(3, Some(11_000), false), threads).unwrap();
        assert_same_order(&first, &numbers(3..11_003), "the first");
        let last = run(&limit(0, Some(10), true), threads).unwrap();
        assert_same_order(&last, &numbers(19_990..20_000), "the last");
        let rest = run(&limit(19_000, None, false), threads).unwrap();
        assert_same_order(&rest, &numbers(19_000..20_000), "the rest");
    }
}

#[test]
fn repartitions_as_asked() {
    let ids = ColumnIds::default();
    let number = output(&ids, &DataType::Long);
    let range = LogicalPlan::Range(Range {
        start: 0,
        end: 100_000,
        step: 1,
        partitions: Some(5),
        output: number.clone(),
    });
    let by = |scheme: Partitioning, partitions: usize| {
        let plan = LogicalPlan::Repartition(Repartition {
            input: Box::new(range.clone()),
            scheme,
            partitions: Some(partitions),
        });
        let partitions = execute(&plan, &context(3)).unwrap();
        let rows = partitions.iter().map(|p| p.iter().map(|b| b.rows).sum());
        rows.collect::<Vec<usize>>()
    };
    assert_eq!(by(Partitioning::RoundRobin, 8), [12_500; 8]);
    assert_eq!(by(Partitioning::Coalesce, 2).len(), 2);
    let hashed = by(Partitioning::Hash(vec![column(&number)]), 6);
    assert_eq!(hashed.len(), 6);
    assert_eq!(hashed.iter().sum::<usize>(), 100_000);
    let key = SortKey {
        expr: column(&number),
        ascending: true,
        nulls_first: true,
    };
    assert_eq!(by(Partitioning::Range(vec![key]), 4), [25_000; 4]);
}

#[test]
fn a_panic_and_a_cancelled_query_are_errors() {
    use crate::pipeline::QueryContext;
    use std::sync::atomic::AtomicBool;
    let ids = ColumnIds::default();
    let range = LogicalPlan::Range(Range {
        start: 0,
        end: 1_000_000,
        step: 1,
        partitions: Some(9),
        output: output(&ids, &DataType::Long),
    });
    let cancelled = Arc::new(AtomicBool::new(true));
    let context = Arc::new(QueryContext::new(Arc::default(), 3, 1 << 30, cancelled));
    let error = execute(&range, &context).unwrap_err();
    assert_eq!(error.condition().name, "OPERATION_CANCELED");
}
