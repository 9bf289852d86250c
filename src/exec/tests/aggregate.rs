use super::*;
use crate::datasource::{ColumnStatistics, ScanRequest, Statistics, Table};
use crate::expr::NamedExpr;
use crate::pipeline::{BatchReader, KeyBlocks, Source, TaskContext};
use crate::plan::logical::Aggregate;
use hashbrown::HashMap;

fn named(ids: &ColumnIds, expr: Expr) -> NamedExpr {
    NamedExpr {
        id: ids.next(),
        name: "k".into(),
        expr,
    }
}

/// A text by which equal keys are found.
fn key(row: &[Value]) -> String {
    let normal = row.iter().map(|value| match value {
        Value::Double(v) if v.is_nan() => Value::Double(f64::NAN),
        Value::Double(v) => Value::Double(v + 0.0),
        other => other.clone(),
    });
    format!("{:?}", normal.collect::<Vec<_>>())
}

/// Groups by all columns but the last, of which it takes count, count distinct, sum and min.
fn check(types: &[DataType], rows: usize, distinct: u64) {
    let mut numbers = Numbers(rows as u64 * 77 + distinct);
    let types: Vec<DataType> = types.iter().cloned().chain([DataType::Integer]).collect();
    let data = numbers.rows(&types, rows, distinct);
    let ids = ColumnIds::default();
    let (scan, columns) = table(&ids, &types, &data, 1000);
    let (argument, keys) = columns.split_last().unwrap();
    let argument = || vec![column(argument)];
    let calls = [
        aggregate_call("count", argument(), false),
        aggregate_call("count", argument(), true),
        aggregate_call("sum", argument(), false),
        aggregate_call("min", argument(), false),
    ];
    let plan = LogicalPlan::Aggregate(Aggregate {
        input: Box::new(scan),
        keys: keys.iter().map(|key| named(&ids, column(key))).collect(),
        calls: calls
            .into_iter()
            .map(|call| (output(&ids, &call.data_type), call))
            .collect(),
    });
    let mut groups: HashMap<String, (Row, Vec<i64>)> = HashMap::new();
    if keys.is_empty() {
        groups.insert(key(&[]), (Vec::new(), Vec::new()));
    }
    for row in &data {
        let (value, keys) = row.split_last().unwrap();
        let group = groups
            .entry(key(keys))
            .or_insert_with(|| (keys.to_vec(), Vec::new()));
        group.1.extend(value.as_i64());
    }
    let expected: Vec<Row> = (groups.into_values())
        .map(|(mut row, values)| {
            let mut unique = values.clone();
            unique.sort_unstable();
            unique.dedup();
            row.push(Value::Long(values.len() as i64));
            row.push(Value::Long(unique.len() as i64));
            row.push(match values.len() {
                0 => Value::Null,
                _ => Value::Long(values.iter().sum()),
            });
            row.push(values.iter().min().map(|v| *v as i32).into());
            row
        })
        .collect();
    for threads in [1, 4] {
        let actual = run(&plan, threads).unwrap();
        assert_same_rows(
            actual,
            expected.clone(),
            &format!("{types:?} at {threads} threads"),
        );
    }
}

#[test]
fn groups_of_every_kind_of_key() {
    use DataType::*;
    check(&[], 5000, 50);
    check(&[], 0, 50);
    check(&[Integer], 20_000, 300);
    check(&[Long], 20_000, 3000);
    check(&[Boolean, Integer], 5000, 40);
    check(&[Long, Long], 5000, 40);
    check(&[Double], 5000, 40);
    check(&[String], 5000, 3);
    check(&[String], 5000, 500);
    check(&[String, Integer, Double], 5000, 12);
}

/// Enough rows for distinct pairs to become bits, and arguments of which some are negative or NULL.
#[test]
fn distinct_arguments_of_few_groups() {
    use DataType::*;
    check(&[], 200_000, 40_000);
    check(&[Boolean], 200_000, 40_000);
    check(&[Boolean, Boolean], 200_000, 300);
    // More groups than bits are good for.
    check(&[Integer], 200_000, 3000);
}

#[test]
fn more_groups_than_a_worker_keeps() {
    check(&[DataType::Long], 400_000, 300_000);
}

/// Medians of doubles, alone, beside another call and beside one to which the order of rows matters.
fn check_medians(rows: usize, keys: u64, distinct: u64) {
    use DataType::*;
    let mut numbers = Numbers(rows as u64 * 31 + keys);
    let data: Vec<Row> = (0..rows)
        .map(|_| {
            let key = Value::Long(numbers.below(keys) as i64);
            vec![key, numbers.value(&Double, distinct)]
        })
        .collect();
    let mut groups: HashMap<i64, Vec<f64>> = HashMap::new();
    for row in &data {
        let group = groups.entry(row[0].as_i64().unwrap()).or_default();
        if let Value::Double(value) = row[1] {
            group.push(value);
        }
    }
    let expected: Vec<Row> = (groups.into_iter())
        .map(|(key, mut values)| {
            values.sort_by(|a, b| (a + 0.0).total_cmp(&(b + 0.0)));
            let median = values.len().checked_sub(1).map(|last| {
                let (below, above) = (values[last / 2], values[last.div_ceil(2)]);
                match below == above {
                    true => below,
                    false => 0.5 * below + 0.5 * above,
                }
            });
            let count = Value::Long(values.len() as i64);
            vec![Value::Long(key), median.map(|m| m + 0.0).into(), count]
        })
        .collect();
    for third in [None, Some("first")] {
        let ids = ColumnIds::default();
        let (scan, columns) = table(&ids, &[Long, Double], &data, 1000);
        let argument = || vec![column(&columns[1])];
        let calls = ["median", "count"].into_iter().chain(third);
        let calls = calls.map(|name| {
            let call = aggregate_call(name, argument(), false);
            (output(&ids, &call.data_type), call)
        });
        let plan = LogicalPlan::Aggregate(Aggregate {
            input: Box::new(scan),
            keys: vec![named(&ids, column(&columns[0]))],
            calls: calls.collect(),
        });
        for threads in [1, 4] {
            let mut actual = run(&plan, threads).unwrap();
            for row in &mut actual {
                row.truncate(3);
                if let Value::Double(median) = &mut row[1] {
                    *median += 0.0;
                }
            }
            let what = format!("{rows} rows of {keys} keys at {threads} threads");
            assert_same_rows(actual, expected.clone(), &what);
        }
    }
}

#[test]
fn medians_of_groups() {
    check_medians(20_000, 5, 40);
    check_medians(20_000, 5, 1_000_000);
    check_medians(20_000, 4000, 1_000_000);
    check_medians(0, 3, 5);
    // More than one worker merges.
    check_medians(700_000, 40, 1 << 40);
}

#[test]
fn first_keeps_the_order_of_partitions() {
    let ids = ColumnIds::default();
    let types = [DataType::Integer, DataType::Integer];
    let rows: Vec<Row> = (0..50_000)
        .map(|n| vec![Value::Integer(n % 7), Value::Integer(n)])
        .collect();
    let (scan, columns) = table(&ids, &types, &rows, 500);
    let call = aggregate_call("first", vec![column(&columns[1])], false);
    let plan = LogicalPlan::Aggregate(Aggregate {
        input: Box::new(scan),
        keys: vec![named(&ids, column(&columns[0]))],
        calls: vec![(output(&ids, &DataType::Integer), call)],
    });
    let expected: Vec<Row> = (0..7)
        .map(|n| vec![Value::Integer(n), Value::Integer(n)])
        .collect();
    for threads in [1, 4] {
        assert_same_rows(run(&plan, threads).unwrap(), expected.clone(), "first");
    }
}

/// A table whose first column comes in these blocks, or so it says.
#[derive(Debug)]
struct InBlocks {
    rows: MemoryTable,
    blocks: KeyBlocks,
}

struct BlockSource(Arc<dyn Source>, KeyBlocks);

impl Table for InBlocks {
    fn schema(&self) -> &StructType {
        self.rows.schema()
    }

    fn statistics(&self) -> Statistics {
        let many = ColumnStatistics {
            distinct: Some(1 << 20),
            ..ColumnStatistics::default()
        };
        Statistics {
            columns: vec![many; self.schema().len()],
            ..Statistics::default()
        }
    }

    fn scan(&self, request: ScanRequest) -> Result<Arc<dyn Source>> {
        assert_eq!(request.in_order_of, Some(0));
        let source = self.rows.scan(request)?;
        Ok(Arc::new(BlockSource(source, self.blocks.clone())))
    }

    fn format(&self) -> &str {
        "memory"
    }
}

impl Source for BlockSource {
    fn partitions(&self) -> usize {
        self.0.partitions()
    }

    fn open(&self, partition: usize, context: &TaskContext) -> Result<Box<dyn BatchReader>> {
        self.0.open(partition, context)
    }

    fn blocks(&self) -> Option<KeyBlocks> {
        Some(self.1.clone())
    }
}

/// Counts, sums and medians by the first column, whose values are given batch by batch, several batches a partition.
fn check_blocks(what: &str, keys: Vec<Vec<Vec<Option<i64>>>>, limits: &[usize]) {
    let types = [DataType::Long, DataType::Integer];
    let fields = types.iter().zip(["k", "v"]);
    let fields = fields.map(|(data_type, name)| StructField::new(name, data_type.clone(), true));
    let mut groups: HashMap<Option<i64>, Vec<i32>> = HashMap::new();
    let mut numbers = Numbers(7);
    let mut batch = |keys: &Vec<Option<i64>>| {
        let values: Vec<i32> = keys.iter().map(|_| numbers.below(1000) as i32).collect();
        for (key, value) in keys.iter().zip(&values) {
            groups.entry(*key).or_default().push(*value);
        }
        let keys: Vec<Value> = keys.iter().map(|key| (*key).into()).collect();
        let values: Vec<Value> = values.into_iter().map(Value::Integer).collect();
        let rows = keys.len();
        let columns = [keys, values].into_iter().zip(&types);
        let columns = columns.map(|(values, of)| values_to_array(&values, of).unwrap());
        Batch::new(columns.collect(), rows)
    };
    let partitions: Vec<Vec<Batch>> = (keys.iter())
        .map(|batches| batches.iter().map(&mut batch).collect())
        .collect();
    let bounds = |batch: &Vec<Option<i64>>| {
        let known = batch.iter().flatten();
        (*known.clone().min().unwrap(), *known.max().unwrap())
    };
    let bounds = keys
        .iter()
        .map(|batches| batches.iter().map(bounds).collect());
    let ids = ColumnIds::default();
    let attributes: Vec<Attribute> = (types.iter())
        .map(|data_type| output(&ids, data_type))
        .collect();
    let scan = LogicalPlan::Scan(Scan {
        table: Arc::new(InBlocks {
            rows: MemoryTable::new(StructType::new(fields), partitions),
            blocks: KeyBlocks::new(bounds.collect()).expect(what),
        }),
        name: "t".into(),
        attributes: attributes.clone(),
        projection: vec![0, 1],
        filters: Vec::new(),
        limit: None,
    });
    let calls = ["count", "sum", "median"].map(|name| {
        let call = aggregate_call(name, vec![column(&attributes[1])], false);
        (output(&ids, &call.data_type), call)
    });
    let plan = LogicalPlan::Aggregate(Aggregate {
        input: Box::new(scan),
        keys: vec![named(&ids, column(&attributes[0]))],
        calls: calls.to_vec(),
    });
    let expected: Vec<Row> = (groups.into_iter())
        .map(|(key, mut values)| {
            values.sort_unstable();
            let middle = (values.len() - 1) / 2..=values.len() / 2;
            let median = values[middle].iter().map(|value| f64::from(*value));
            let count = if values.len() % 2 == 0 { 2.0 } else { 1.0 };
            let sum: i64 = values.iter().map(|value| i64::from(*value)).sum();
            vec![
                key.into(),
                Value::Long(values.len() as i64),
                Value::Long(sum),
                Value::Double(median.sum::<f64>() / count),
            ]
        })
        .collect();
    for limit in limits {
        for threads in [1, 3] {
            let actual = run_in(&plan, limited(threads, *limit)).unwrap();
            let what = format!("{what} at {threads} threads in {limit} bytes");
            assert_same_rows(actual, expected.clone(), &what);
        }
    }
}

#[test]
fn keys_in_blocks() {
    const ENOUGH: &[usize] = &[1 << 30];
    // So many rows of 5000 keys from `first`, in this order.
    let block = |first: i64, rows: usize, key: &dyn Fn(usize) -> i64| -> Vec<Option<i64>> {
        (0..rows).map(|row| Some(first + key(row))).collect()
    };
    let ascending = |row: usize| row as i64 / 2;
    let mixed = |row: usize| (row * 7919 % 5000) as i64;
    // Blocks whose last key is the first of the next, in three partitions.
    let all = |key: &dyn Fn(usize) -> i64| -> Vec<Vec<Vec<Option<i64>>>> {
        (0..3)
            .map(|p| {
                (0..5)
                    .map(|b| block((p * 5 + b) * 4999, 10_000, key))
                    .collect()
            })
            .collect()
    };
    check_blocks("in order", all(&ascending), &[1 << 30, 200 << 10]);
    check_blocks("mixed within blocks", all(&mixed), &[1 << 30, 200 << 10]);
    // In order at first, so that only the key before is looked at, then not.
    let mut turned = all(&ascending);
    turned[1][3] = block(8 * 4999, 10_000, &mixed);
    turned[0][4] = block(4 * 4999, 10_000, &|row| 4999 - row as i64 / 2);
    check_blocks("no longer in order", turned, ENOUGH);
    let mut with_null = all(&ascending);
    with_null[1][2][77] = None;
    with_null[2][4][0] = None;
    check_blocks("with NULLs", with_null, ENOUGH);
    // Numbers of more bits later.
    let mut wide = all(&ascending);
    wide[2][4] = block(i64::MAX - 4999, 10_000, &ascending);
    wide[0][0] = block(i64::MIN, 9_000, &ascending);
    check_blocks("from end to end", wide, ENOUGH);
    let alike = |_: usize| 5;
    let same = vec![vec![block(0, 3000, &alike); 4]; 3];
    check_blocks("one key", same, ENOUGH);
    check_blocks("nothing", vec![Vec::new(); 3], ENOUGH);
}
