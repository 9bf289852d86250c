//! The reader against files written by the `parquet` crate.

use crate::datasource::testing::{attributes, is_in, open, read, read_where, request, run};
use crate::datasource::{RuntimeFilter, RuntimePredicate, Table};
use crate::expr::Expr;
use crate::kernel::codes::as_coded;
use crate::pipeline::TaskContext;
use crate::types::{DataType, Value};
use arrow::array::{
    ArrayRef, AsArray, BooleanArray, Decimal128Array, Int32Array, Int64Array, Int64Builder,
    ListBuilder, RecordBatch, StringArray, StructArray, TimestampNanosecondArray, UInt32Array,
};
use arrow::datatypes::Int64Type;
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

fn write(path: &Path, columns: Vec<(&str, ArrayRef)>, row_group: usize) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let properties = WriterProperties::builder()
        .set_max_row_group_row_count(Some(row_group))
        .build();
    let file = std::fs::File::create(path).unwrap();
    let mut writer = ArrowWriter::try_new(file, batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

/// 100,000 rows `id BIGINT, name STRING` in row groups of 30,000.
fn numbers(folder: &tempfile::TempDir) -> PathBuf {
    let path = folder.path().join("numbers.parquet");
    let ids = Int64Array::from_iter_values(0..100_000);
    let names = StringArray::from_iter_values((0..100_000).map(|i| format!("name {}", i % 1000)));
    write(
        &path,
        vec![("id", Arc::new(ids)), ("name", Arc::new(names))],
        30_000,
    );
    path
}

fn condition(result: crate::Result<impl Sized>) -> &'static str {
    result.err().expect("an error").condition().name
}

#[test]
fn reads_all_rows_in_order_at_any_number_of_partitions() {
    let folder = tempfile::tempdir().unwrap();
    let table = open("parquet", &numbers(&folder), "", &[]).unwrap();
    assert_eq!(
        table.schema().simple_string(),
        "struct<id:bigint,name:string>"
    );
    for partitions in [1, 3, 50] {
        let rows = run(&*table, request(&*table, vec![], partitions)).unwrap();
        assert_eq!(rows.len(), 100_000);
        assert!((0..100_000).all(|i| rows[i][0] == Value::Long(i as i64)));
        assert_eq!(rows[54_321][1], Value::from("name 321"));
    }
    let statistics = table.statistics();
    assert_eq!(statistics.rows, Some(100_000));
    assert_eq!(statistics.columns[0].maximum, Some(Value::Long(99_999)));
    assert_eq!(statistics.columns[0].distinct, Some(100_000));
    assert_eq!(statistics.columns[1].nulls, Some(0));
}

#[test]
fn filters_are_exact_whether_many_rows_are_left_or_few() {
    let folder = tempfile::tempdir().unwrap();
    let table = open("parquet", &numbers(&folder), "", &[]).unwrap();
    let few = is_in(
        &*table,
        "id",
        &[Value::Long(5), Value::Long(77_777), Value::Long(-1)],
    );
    let rows = read_where(&*table, few);
    assert_eq!(
        rows,
        [
            vec![Value::Long(5), Value::from("name 5")],
            vec![Value::Long(77_777), Value::from("name 777")],
        ]
    );
    let names: Vec<Value> = (0..600).map(|i| Value::from(format!("name {i}"))).collect();
    let many = is_in(&*table, "name", &names);
    assert_eq!(read_where(&*table, many).len(), 60_000);
    let mut request = request(
        &*table,
        vec![is_in(&*table, "id", &[Value::Long(31_000)])],
        8,
    );
    request.projection = vec![1];
    assert_eq!(
        table.scan(request.clone()).unwrap().partitions(),
        1,
        "statistics prune"
    );
    assert_eq!(run(&*table, request).unwrap(), [[Value::from("name 0")]]);
}

/// Columns that may come in codes have the rows that they have without, whatever else filters do.
#[test]
fn columns_in_codes_have_the_same_rows() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("codes.parquet");
    let days = Int32Array::from_iter((0..90_000).map(|i| (i % 7 != 2).then_some(i / 1000)));
    let names = (0..90_000).map(|i| (i % 5 > 0).then(|| format!("name {}", i % 300)));
    let names = StringArray::from_iter(names);
    // More values than codes are worth.
    let ids = Int64Array::from_iter_values((0..90_000).map(|i| i / 2));
    write(
        &path,
        vec![
            ("day", Arc::new(days)),
            ("name", Arc::new(names)),
            ("id", Arc::new(ids)),
        ],
        40_000,
    );
    let table = open("parquet", &path, "", &[]).unwrap();
    let in_days = |days: std::ops::Range<i32>| {
        is_in(
            &*table,
            "day",
            &days.map(Value::Integer).collect::<Vec<_>>(),
        )
    };
    let first_names: Vec<Value> = (0..40).map(|i| Value::from(format!("name {i}"))).collect();
    let filters = [
        vec![],
        vec![in_days(3..80)],
        vec![in_days(3..5)],
        vec![is_in(&*table, "name", &first_names), in_days(10..60)],
        vec![is_in(&*table, "id", &[Value::Long(7), Value::Long(44_000)])],
    ];
    for (number, filters) in filters.into_iter().enumerate() {
        for projection in [vec![0, 1, 2], vec![1], vec![2, 0]] {
            let mut request = request(&*table, filters.clone(), 3);
            request.projection = projection;
            let expected = run(&*table, request.clone()).unwrap();
            assert!(expected.len() > 1);
            for coded in [vec![1], vec![0, 1, 2]] {
                request.coded = coded;
                assert_eq!(run(&*table, request.clone()).unwrap(), expected);
            }
            // How few rows come is the reader's business.
            if number == 2 || number == 4 {
                continue;
            }
            let source = table.scan(request.clone()).unwrap();
            let task = TaskContext {
                query: request.context.clone(),
                partition: 0,
                source_partition: 0,
            };
            let batch = source.open(0, &task).unwrap().next().unwrap().unwrap();
            for (column, array) in request.projection.iter().zip(&batch.columns) {
                assert_eq!(as_coded(array).is_some(), *column != 2, "{number} {column}");
            }
        }
    }
}

#[test]
fn counting_rows_and_limits_need_no_columns() {
    let folder = tempfile::tempdir().unwrap();
    let table = open("parquet", &numbers(&folder), "", &[]).unwrap();
    let mut all = request(&*table, vec![], 2);
    all.projection = vec![];
    assert_eq!(run(&*table, all.clone()).unwrap().len(), 100_000);
    all.limit = Some(10);
    all.partitions = 1;
    assert_eq!(run(&*table, all).unwrap().len(), 10);
}

/// Whatever pages and row groups are left out, no matching row is.
#[test]
fn pages_and_bloom_filters_leave_out_no_match() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pages.parquet");
    let ids = Int64Array::from_iter_values(0..100_000);
    let sparse = Int32Array::from_iter((0..100_000).map(|i| (i % 3 != 0).then_some(i / 1000)));
    let names = StringArray::from_iter_values((0..100_000).map(|i| format!("name {}", i % 977)));
    let batch = RecordBatch::try_from_iter([
        ("id", Arc::new(ids) as ArrayRef),
        ("sparse", Arc::new(sparse)),
        ("name", Arc::new(names)),
    ])
    .unwrap();
    let properties = WriterProperties::builder()
        .set_data_page_row_count_limit(700)
        .set_write_batch_size(100)
        .set_bloom_filter_enabled(true)
        .build();
    let file = std::fs::File::create(&path).unwrap();
    let mut writer = ArrowWriter::try_new(file, batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();

    let table = open("parquet", &path, "", &[]).unwrap();
    let by_id = |ids: &[i64]| {
        let values: Vec<Value> = ids.iter().map(|id| Value::Long(*id)).collect();
        is_in(&*table, "id", &values)
    };
    let found = read_where(&*table, by_id(&[1, 699, 700, 54_321, 99_999]));
    let ids: Vec<i64> = found.iter().filter_map(|row| row[0].as_i64()).collect();
    assert_eq!(ids, [1, 699, 700, 54_321, 99_999]);
    assert_eq!(found[3][2], Value::from(format!("name {}", 54_321 % 977)));
    let in_pages = is_in(&*table, "sparse", &[Value::Integer(42), Value::Integer(43)]);
    assert_eq!(read_where(&*table, in_pages.clone()).len(), 1333);
    let both = Expr::And(vec![in_pages.clone(), by_id(&[42_001, 43_000, 50_000])]);
    assert_eq!(read_where(&*table, both).len(), 2);
    let either = Expr::Or(vec![in_pages, by_id(&[5])]);
    assert_eq!(read_where(&*table, either).len(), 1334);
    let nothing = is_in(&*table, "name", &[Value::from("name 1000")]);
    assert!(read_where(&*table, nothing).is_empty());
    let null = Expr::IsNull {
        operand: Box::new(Expr::Column(attributes(table.schema()).swap_remove(1))),
        negated: false,
    };
    assert_eq!(read_where(&*table, null).len(), 33_334);
}

#[derive(Debug)]
struct Multiples(i64);

impl RuntimePredicate for Multiples {
    fn bounds(&self) -> Option<(Value, Value)> {
        Some((Value::Long(0), Value::Long(29_999)))
    }

    fn may_contain(&self, values: &ArrayRef) -> BooleanArray {
        let values = values.as_primitive::<Int64Type>();
        values
            .iter()
            .map(|value| value.map(|value| value % self.0 == 0))
            .collect()
    }
}

#[test]
fn runtime_filters_prune_row_groups_and_rows() {
    let folder = tempfile::tempdir().unwrap();
    let table = open("parquet", &numbers(&folder), "", &[]).unwrap();
    let slot = OnceLock::new();
    slot.set(Arc::new(Multiples(1000)) as Arc<dyn RuntimePredicate>)
        .unwrap();
    let mut scan = request(&*table, vec![], 2);
    scan.projection = vec![1];
    scan.runtime_filters = vec![RuntimeFilter {
        column: 0,
        slot: Arc::new(slot),
    }];
    let rows = run(&*table, scan).unwrap();
    assert_eq!(rows, vec![vec![Value::from("name 0")]; 30]);
}

#[test]
fn scans_say_what_they_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let table = open("parquet", &numbers(&folder), "", &[]).unwrap();
    let id = Expr::Column(attributes(table.schema())[0].clone());
    let filter = Expr::call("<", vec![id, Expr::literal(35_000i64, DataType::Long)]).unwrap();
    let scan = request(&*table, vec![filter], 1);
    let metrics = scan.metrics.clone();
    assert_eq!(run(&*table, scan).unwrap().len(), 35_000);
    assert_eq!(metrics.parts(), (2, 2));
    assert!(metrics.filter_nanos() > 0);
}

#[test]
fn values_of_sorted_columns_add_up() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("days.parquet");
    let day = Int32Array::from_iter_values((0..100_000).map(|row| row / 100));
    let shop = Int32Array::from_iter_values((0..100_000).map(|row| row % 200));
    let columns: Vec<(&str, ArrayRef)> = vec![("day", Arc::new(day)), ("shop", Arc::new(shop))];
    write(&path, columns, 10_000);
    let table = open("parquet", &path, "", &[]).unwrap();
    let distinct = table.statistics().columns.into_iter().map(|c| c.distinct);
    let distinct: Vec<u64> = distinct.map(|distinct| distinct.unwrap()).collect();
    // Each row group has a hundred days of its own, and all have the same shops.
    assert!((900..=1100).contains(&distinct[0]), "{distinct:?}");
    assert!((180..=220).contains(&distinct[1]), "{distinct:?}");
}

#[test]
fn types_outside_the_engines_encodings_are_converted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("types.parquet");
    let mut lists = ListBuilder::new(Int64Builder::new());
    lists.append_value([Some(1), None]);
    lists.append_null();
    let inner: ArrayRef = Arc::new(StringArray::from(vec![Some("x"), None]));
    let pairs = StructArray::try_from(vec![("a", inner)]).unwrap();
    let decimals = Decimal128Array::from(vec![Some(12345), None]);
    let nanos = TimestampNanosecondArray::from(vec![-1, 1_500]);
    write(
        &path,
        vec![
            ("u", Arc::new(UInt32Array::from(vec![u32::MAX, 1]))),
            (
                "d",
                Arc::new(decimals.clone().with_precision_and_scale(7, 2).unwrap()),
            ),
            (
                "w",
                Arc::new(decimals.with_precision_and_scale(30, 2).unwrap()),
            ),
            ("t", Arc::new(nanos)),
            ("l", Arc::new(lists.finish())),
            ("s", Arc::new(pairs)),
        ],
        100,
    );
    assert_eq!(
        condition(open("parquet", &path, "", &[])),
        "PARQUET_TYPE_ILLEGAL"
    );
    let schema = "u BIGINT, d DECIMAL(7,2), w DECIMAL(30,2), t TIMESTAMP_NTZ, l ARRAY<BIGINT>, s STRUCT<a: STRING>";
    let table = open("parquet", &path, schema, &[]).unwrap();
    let rows = read(&*table).unwrap();
    assert_eq!(rows[0][0], Value::Long(i64::from(u32::MAX)));
    assert_eq!(rows[0][3], Value::TimestampNtz(-1));
    assert_eq!(rows[1][3], Value::TimestampNtz(1));
    assert_eq!(rows[0][4], Value::Array(vec![Value::Long(1), Value::Null]));
    assert_eq!(rows[1][4], Value::Null);
    assert_eq!(rows[0][5], Value::Struct(vec![Value::from("x")]));

    let wider = "d DECIMAL(12,4), missing DATE, s STRUCT<b: INT, A: STRING>, t TIMESTAMP";
    let rows = read(&*open("parquet", &path, wider, &[]).unwrap()).unwrap();
    assert!(format!("{:?}", rows[0][0]).contains("1234500"));
    assert_eq!(rows[0][1], Value::Null);
    assert_eq!(
        rows[0][2],
        Value::Struct(vec![Value::Null, Value::from("x")])
    );
    for refused in [
        "d DECIMAL(5,2)",
        "l ARRAY<STRING>",
        "u INT",
        "t DATE",
        "d STRING",
    ] {
        let table = open("parquet", &path, refused, &[]).unwrap();
        let error = condition(read(&*table));
        assert_eq!(
            error, "FAILED_READ_FILE.PARQUET_COLUMN_DATA_TYPE_MISMATCH",
            "{refused}"
        );
    }
}

#[test]
fn damaged_files_are_errors() {
    let folder = tempfile::tempdir().unwrap();
    let path = numbers(&folder);
    let bytes = std::fs::read(&path).unwrap();
    let cut = folder.path().join("cut.parquet");
    std::fs::write(&cut, &bytes[..bytes.len() / 2]).unwrap();
    let footer = "FAILED_READ_FILE.CANNOT_READ_FILE_FOOTER";
    assert_eq!(condition(open("parquet", &cut, "", &[])), footer);
    let table = open("parquet", &cut, "id BIGINT", &[]).unwrap();
    assert_eq!(condition(read(&*table)), footer);
    let mut garbled = bytes.clone();
    for byte in &mut garbled[4..5000] {
        *byte = byte.wrapping_mul(31).wrapping_add(7);
    }
    let path = folder.path().join("garbled.parquet");
    std::fs::write(&path, garbled).unwrap();
    let table = open("parquet", &path, "", &[]).unwrap();
    assert_eq!(condition(read(&*table)), "FAILED_READ_FILE.NO_HINT");
    std::fs::write(&path, "").unwrap();
    assert_eq!(
        condition(open("parquet", &path, "", &[])),
        "UNABLE_TO_INFER_SCHEMA"
    );
    assert_eq!(
        condition(open("nosuch", &path, "", &[])),
        "DATA_SOURCE_NOT_FOUND"
    );
}

#[test]
fn partition_columns_are_appended_and_prune() {
    let folder = tempfile::tempdir().unwrap();
    for (year, values) in [(2020, vec![1, 2]), (2021, vec![3])] {
        let path = folder.path().join(format!("t/year={year}/x.parquet"));
        write(&path, vec![("v", Arc::new(Int32Array::from(values)))], 100);
    }
    let path = folder.path().join("t/year=2022/x.parquet");
    let extra: ArrayRef = Arc::new(StringArray::from(vec!["new"]));
    write(
        &path,
        vec![("v", Arc::new(Int32Array::from(vec![4]))), ("w", extra)],
        100,
    );
    let table = open("parquet", &folder.path().join("t"), "", &[]).unwrap();
    assert_eq!(table.schema().simple_string(), "struct<v:int,year:int>");
    assert_eq!(read(&*table).unwrap().len(), 4);
    let filter = is_in(&*table, "year", &[Value::Integer(2021)]);
    let scan = table
        .scan(request(&*table, vec![filter.clone()], 8))
        .unwrap();
    assert_eq!(scan.partitions(), 1);
    assert_eq!(
        read_where(&*table, filter),
        [[Value::Integer(3), Value::Integer(2021)]]
    );
    let both = Expr::Or(vec![
        is_in(&*table, "year", &[Value::Integer(2021)]),
        is_in(&*table, "v", &[Value::Integer(1)]),
    ]);
    assert_eq!(read_where(&*table, both).len(), 2);
    let mut only = request(&*table, vec![], 1);
    only.projection = vec![1];
    assert_eq!(run(&*table, only).unwrap().len(), 4);

    let merged = open(
        "parquet",
        &folder.path().join("t"),
        "",
        &[("mergeSchema", "true")],
    )
    .unwrap();
    assert_eq!(
        merged.schema().simple_string(),
        "struct<v:int,w:string,year:int>"
    );
    assert!(read(&*merged).unwrap().contains(&vec![
        Value::Integer(4),
        Value::from("new"),
        Value::Integer(2022)
    ]));
    let _: &dyn Table = &*merged;
}
