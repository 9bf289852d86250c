//! Plans over random tables, against naive versions, with one thread and with several.

mod aggregate;
mod join;
mod order;
mod spill;
mod window;

use super::execute;
use crate::config::Config;
use crate::datasource::MemoryTable;
use crate::error::Result;
use crate::expr::{AggregateCall, Attribute, ColumnIds, Expr};
use crate::functions::{BindContext, BoundArgument, Function, lookup};
use crate::kernel::value::{array_to_values, values_to_array};
use crate::pipeline::{Batch, QueryContext};
use crate::plan::LogicalPlan;
use crate::plan::logical::Scan;
use crate::types::{DataType, StructField, StructType, Value};
use std::cmp::Ordering;
use std::sync::Arc;

pub(super) type Row = Vec<Value>;

/// A generator of numbers, the same in every run.
pub(super) struct Numbers(pub u64);

impl Numbers {
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % bound
    }

    /// A value of a type, often NULL, often the same.
    pub fn value(&mut self, data_type: &DataType, distinct: u64) -> Value {
        if self.below(8) == 0 {
            return Value::Null;
        }
        let n = self.below(distinct);
        match data_type {
            DataType::Boolean => Value::Boolean(n % 2 == 0),
            DataType::Integer => Value::Integer(n as i32 - 5),
            DataType::Long => Value::Long(n as i64 * 1_000_003 - 7),
            DataType::Double => Value::Double(match n {
                0 => f64::NAN,
                1 => 0.0,
                2 => -0.0,
                n => n as f64 / 2.0 - 3.0,
            }),
            DataType::String => match n % 3 {
                0 => Value::from(format!("k{n}")),
                1 => Value::from(format!("a middling {n}")),
                _ => Value::from(format!("something rather longer than a view, {n}")),
            },
            _ => Value::Null,
        }
    }

    pub fn rows(&mut self, types: &[DataType], rows: usize, distinct: u64) -> Vec<Row> {
        (0..rows)
            .map(|_| types.iter().map(|t| self.value(t, distinct)).collect())
            .collect()
    }
}

/// A scan of rows in several partitions of several batches.
pub(super) fn table(
    ids: &ColumnIds,
    types: &[DataType],
    rows: &[Row],
    batch: usize,
) -> (LogicalPlan, Vec<Attribute>) {
    let names: Vec<String> = (0..types.len()).map(|n| format!("c{n}")).collect();
    let fields = names
        .iter()
        .zip(types)
        .map(|(n, t)| StructField::new(n, t.clone(), true));
    let make = |rows: &[Row]| {
        let columns = types.iter().enumerate().map(|(column, data_type)| {
            let values: Vec<Value> = rows.iter().map(|row| row[column].clone()).collect();
            values_to_array(&values, data_type).unwrap()
        });
        Batch::new(columns.collect(), rows.len())
    };
    let batches: Vec<Batch> = rows.chunks(batch).map(make).collect();
    let partitions = batches.chunks(3).map(<[Batch]>::to_vec).collect();
    let attributes: Vec<Attribute> = (names.iter().zip(types))
        .map(|(name, data_type)| Attribute {
            id: ids.next(),
            name: name.as_str().into(),
            data_type: data_type.clone(),
            nullable: true,
        })
        .collect();
    let scan = LogicalPlan::Scan(Scan {
        table: Arc::new(MemoryTable::new(StructType::new(fields), partitions)),
        name: "t".into(),
        attributes: attributes.clone(),
        projection: (0..types.len()).collect(),
        filters: Vec::new(),
        limit: None,
    });
    (scan, attributes)
}

pub(super) fn column(attribute: &Attribute) -> Expr {
    Expr::Column(attribute.clone())
}

pub(super) fn aggregate_call(name: &str, arguments: Vec<Expr>, distinct: bool) -> AggregateCall {
    let Some(Function::Aggregate(function)) = lookup(name) else {
        panic!("no aggregate {name}");
    };
    let bound: Vec<BoundArgument> = (arguments.iter())
        .map(|argument| BoundArgument {
            data_type: argument.data_type(),
            nullable: true,
            constant: argument.as_literal().cloned(),
            sql: String::new(),
            is_lambda: false,
            order: None,
        })
        .collect();
    let config = Config::default();
    let context = BindContext {
        config: &config,
        name,
        sql: name,
    };
    let binding = (function.bind)(&context, &bound).unwrap();
    AggregateCall {
        function,
        kernel: binding.kernel,
        arguments,
        distinct,
        filter: None,
        data_type: binding.returns,
        nullable: true,
        origin: None,
    }
}

/// The result column of a call.
pub(super) fn output(ids: &ColumnIds, data_type: &DataType) -> Attribute {
    Attribute {
        id: ids.next(),
        name: "out".into(),
        data_type: data_type.clone(),
        nullable: true,
    }
}

pub(super) fn context(threads: usize) -> Arc<QueryContext> {
    limited(threads, 1 << 30)
}

/// A context whose sinks may hold so many bytes.
pub(super) fn limited(threads: usize, limit: usize) -> Arc<QueryContext> {
    Arc::new(QueryContext::new(
        Arc::new(Config::default()),
        threads,
        limit,
        Arc::default(),
    ))
}

/// The rows of a plan, in order.
pub(super) fn run(plan: &LogicalPlan, threads: usize) -> Result<Vec<Row>> {
    run_in(plan, context(threads))
}

/// The rows of a plan in a context, in order.
pub(super) fn run_in(plan: &LogicalPlan, context: Arc<QueryContext>) -> Result<Vec<Row>> {
    let batches = execute(plan, &context)?.concat();
    assert_eq!(
        context.memory.used(),
        0,
        "memory that was reserved and not given back"
    );
    let output = plan.output();
    let mut rows = Vec::new();
    for batch in batches {
        let columns: Vec<Vec<Value>> = (batch.columns.iter().zip(&output))
            .map(|(array, column)| array_to_values(array.as_ref(), &column.data_type).unwrap())
            .collect();
        rows.extend((0..batch.rows).map(|row| columns.iter().map(|c| c[row].clone()).collect()));
    }
    Ok(rows)
}

/// The order of two values: NULL first, NaN last.
pub(super) fn compare(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::Null, Value::Null) => Ordering::Equal,
        (Value::Null, _) => Ordering::Less,
        (_, Value::Null) => Ordering::Greater,
        (Value::Double(a), Value::Double(b)) => (a + 0.0).total_cmp(&(b + 0.0)),
        (Value::Boolean(a), Value::Boolean(b)) => a.cmp(b),
        (Value::String(a), Value::String(b)) => a.cmp(b),
        (a, b) => a.as_i64().cmp(&b.as_i64()),
    }
}

pub(super) fn compare_rows(a: &Row, b: &Row) -> Ordering {
    let orders = a.iter().zip(b).map(|(a, b)| compare(a, b));
    orders.fold(Ordering::Equal, Ordering::then)
}

/// Whether two lists of rows are the same in any order.
pub(super) fn assert_same_rows(mut actual: Vec<Row>, mut expected: Vec<Row>, what: &str) {
    actual.sort_by(compare_rows);
    expected.sort_by(compare_rows);
    assert_same_order(&actual, &expected, what);
}

pub(super) fn assert_same_order(actual: &[Row], expected: &[Row], what: &str) {
    assert_eq!(actual.len(), expected.len(), "rows of {what}");
    for (a, e) in actual.iter().zip(expected) {
        assert!(compare_rows(a, e).is_eq(), "{what}: {a:?} instead of {e:?}");
    }
}
