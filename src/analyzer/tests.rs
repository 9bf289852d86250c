//! Whole queries: their schemas, plans and errors.

use super::{Analyzer, TableResolver, schema_of};
use crate::catalog::{Catalog, TableDefinition, TableSource, View};
use crate::config::Config;
use crate::datasource::{ScanRequest, Table};
use crate::error::{Error, Result, conditions};
use crate::expr::{ColumnIds, Expr};
use crate::pipeline::Source;
use crate::plan::LogicalPlan;
use crate::plan::unresolved::Options;
use crate::sql::{ParseOptions, parse_query};
use crate::types::{StructType, parse_schema};
use arrow::array::RecordBatch;
use std::sync::Arc;

/// A table that only has a schema.
#[derive(Debug)]
struct SchemaOnly(StructType);

impl Table for SchemaOnly {
    fn schema(&self) -> &StructType {
        &self.0
    }

    fn scan(&self, _: ScanRequest) -> Result<Arc<dyn Source>> {
        Err(Error::internal("there is no data"))
    }

    fn format(&self) -> &str {
        "schema"
    }
}

struct NoFiles;

impl TableResolver for NoFiles {
    fn read_files(
        &self,
        _: &str,
        paths: &[String],
        _: Option<&StructType>,
        _: &Options,
        _: &Config,
    ) -> Result<Arc<dyn Table>> {
        let path = ("path", paths.join(", "));
        Err(Error::new(&conditions::PATH_NOT_FOUND, [path]))
    }

    fn memory(&self, schema: &StructType, _: &Arc<[RecordBatch]>) -> Arc<dyn Table> {
        Arc::new(SchemaOnly(schema.clone()))
    }

    fn is_format(&self, format: &str) -> bool {
        format.eq_ignore_ascii_case("parquet")
    }
}

fn catalog(tables: &[(&str, &str)]) -> Catalog {
    let catalog = Catalog::default();
    for (name, ddl) in tables {
        let schema = parse_schema(ddl).unwrap();
        let definition = TableDefinition {
            name: vec![name.to_string()],
            schema: schema.clone(),
            source: TableSource::Provided(Arc::new(SchemaOnly(schema))),
            partitioned_by: Vec::new(),
            comment: None,
            properties: Options::new(),
        };
        catalog.create_table(definition, false, false).unwrap();
    }
    catalog
}

fn analyze(catalog: &Catalog, sql: &str) -> Result<LogicalPlan> {
    let query = parse_query(sql, &ParseOptions::default())?;
    let config = Arc::new(Config::default());
    Analyzer::new(catalog, config, ColumnIds::default(), &NoFiles).analyze(&query)
}

const TABLES: &[(&str, &str)] = &[
    (
        "t",
        "a INT, b STRING, s STRUCT<f: INT, g: STRING>, xs ARRAY<INT>",
    ),
    ("u", "a INT, c DOUBLE"),
];

fn schema(sql: &str) -> String {
    let plan = analyze(&catalog(TABLES), sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    schema_of(&plan).simple_string()
}

fn error(sql: &str) -> Error {
    match analyze(&catalog(TABLES), sql) {
        Ok(plan) => panic!("{sql} resolves to\n{plan}"),
        Err(error) => error,
    }
}

#[test]
fn columns_are_named_as_spark_names_them() {
    let cases = [
        (
            "SELECT A, t.b, s.f, xs[0] FROM t",
            "A:int,b:string,f:int,xs[0]:int",
        ),
        (
            "SELECT count(*), sum(a + 1) x FROM t",
            "count(1):bigint,x:bigint",
        ),
        (
            "SELECT a + 1 AS d, d * 2 FROM t",
            "d:int,(lateralAliasReference(d) * 2):int",
        ),
        (
            "SELECT CAST(a AS STRING), CAST(a + 1 AS STRING) FROM t",
            "a:string,CAST((a + 1) AS STRING):string",
        ),
        (
            "SELECT (SELECT max(c) FROM u WHERE u.a = t.a) FROM t",
            "scalarsubquery(a):double",
        ),
        (
            "SELECT * FROM t JOIN u USING (a)",
            "a:int,b:string,s:struct<f:int,g:string>,xs:array<int>,c:double",
        ),
        ("SELECT u.a FROM t FULL JOIN u USING (a)", "a:int"),
        ("SELECT 1 UNION ALL SELECT 2.5", "1:decimal(11,1)"),
        (
            "SELECT sum(a) OVER (ORDER BY b) FROM t",
            "sum(a) OVER (ORDER BY b ASC NULLS FIRST RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW):bigint",
        ),
    ];
    for (sql, expected) in cases {
        assert_eq!(schema(sql), format!("struct<{expected}>"), "{sql}");
    }
}

#[test]
fn what_a_select_drops_is_still_there_to_sort_by() {
    let plan = analyze(&catalog(TABLES), "SELECT b FROM t ORDER BY a").unwrap();
    let LogicalPlan::Project(project) = &plan else {
        panic!("{plan}");
    };
    assert!(matches!(*project.input, LogicalPlan::Sort(_)), "{plan}");
    assert_eq!(schema_of(&plan).names(), ["b"]);
    // An aggregate that the select list does not have is added to the aggregation.
    schema("SELECT b, count(*) FROM t GROUP BY b HAVING count(*) > 1 ORDER BY sum(a), b");
    let missing = error("SELECT b FROM t GROUP BY b ORDER BY a");
    assert_eq!(missing.condition().main_name(), "UNRESOLVED_COLUMN");
}

#[test]
fn every_reference_to_a_view_has_columns_of_its_own() {
    let catalog = catalog(TABLES);
    let query = parse_query("SELECT a FROM t", &ParseOptions::default()).unwrap();
    catalog
        .create_temporary_view("v", View::temporary("v", query), false)
        .unwrap();
    let plan = analyze(&catalog, "SELECT x.a, y.a FROM v x JOIN v y ON x.a = y.a").unwrap();
    let output = plan.output();
    assert_ne!(output[0].id, output[1].id);
}

#[test]
fn correlated_columns_are_outer_references() {
    let plan = analyze(
        &catalog(TABLES),
        "SELECT * FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.a = t.a)",
    )
    .unwrap();
    let mut outer = 0;
    plan.visit(&mut |node| {
        for expr in node.expressions() {
            outer += expr.any(|part| matches!(part, Expr::Outer(_))) as usize;
        }
    });
    assert_eq!(outer, 1, "{plan}");
}

#[test]
fn errors_are_sparks() {
    let cases = [
        ("SELECT x FROM t", "UNRESOLVED_COLUMN.WITH_SUGGESTION"),
        ("SELECT x", "UNRESOLVED_COLUMN.WITHOUT_SUGGESTION"),
        ("SELECT a FROM t JOIN u", "AMBIGUOUS_REFERENCE"),
        ("SELECT * FROM nowhere", "TABLE_OR_VIEW_NOT_FOUND"),
        ("SELECT nofunction(1)", "UNRESOLVED_ROUTINE"),
        ("SELECT a, count(*) FROM t", "MISSING_GROUP_BY"),
        (
            "SELECT a, count(*) FROM t GROUP BY b",
            "MISSING_AGGREGATION",
        ),
        ("SELECT sum(max(a)) FROM t", "NESTED_AGGREGATE_FUNCTION"),
        ("SELECT a FROM t GROUP BY count(*)", "GROUP_BY_AGGREGATE"),
        (
            "SELECT a FROM t WHERE sum(a) > 1",
            "INVALID_WHERE_CONDITION",
        ),
        ("SELECT a FROM t ORDER BY 3", "ORDER_BY_POS_OUT_OF_RANGE"),
        (
            "SELECT a FROM t LIMIT a",
            "INVALID_LIMIT_LIKE_EXPRESSION.IS_UNFOLDABLE",
        ),
        (
            "SELECT a FROM t UNION SELECT a, c FROM u",
            "NUM_COLUMNS_MISMATCH",
        ),
        (
            "SELECT (SELECT a, c FROM u)",
            "INVALID_SUBQUERY_EXPRESSION.SCALAR_SUBQUERY_RETURN_MORE_THAN_ONE_OUTPUT_COLUMN",
        ),
        ("SELECT s.h FROM t", "FIELD_NOT_FOUND"),
        (
            "SELECT rank() FROM t",
            "WINDOW_FUNCTION_WITHOUT_OVER_CLAUSE",
        ),
        ("SELECT length(1, 2)", "WRONG_NUM_ARGS.WITHOUT_SUGGESTION"),
    ];
    for (sql, condition) in cases {
        assert_eq!(error(sql).condition().name, condition, "{sql}");
    }
    let near = error("SELECT aa FROM t JOIN u ON t.a = u.a");
    assert_eq!(
        near.parameter("proposal").unwrap(),
        "`t`.`a`, `u`.`a`, `t`.`b`, `t`.`s`, `u`.`c`"
    );
    assert_eq!(near.context().unwrap().fragment, "aa");
}

#[test]
fn all_of_tpch_resolves() {
    let catalog = catalog(&[
        (
            "nation",
            "n_nationkey BIGINT, n_name STRING, n_regionkey BIGINT, n_comment STRING",
        ),
        (
            "region",
            "r_regionkey BIGINT, r_name STRING, r_comment STRING",
        ),
        (
            "part",
            "p_partkey BIGINT, p_name STRING, p_mfgr STRING, p_brand STRING, p_type STRING, p_size INT, p_container STRING, p_retailprice DECIMAL(15,2), p_comment STRING",
        ),
        (
            "supplier",
            "s_suppkey BIGINT, s_name STRING, s_address STRING, s_nationkey BIGINT, s_phone STRING, s_acctbal DECIMAL(15,2), s_comment STRING",
        ),
        (
            "partsupp",
            "ps_partkey BIGINT, ps_suppkey BIGINT, ps_availqty INT, ps_supplycost DECIMAL(15,2), ps_comment STRING",
        ),
        (
            "customer",
            "c_custkey BIGINT, c_name STRING, c_address STRING, c_nationkey BIGINT, c_phone STRING, c_acctbal DECIMAL(15,2), c_mktsegment STRING, c_comment STRING",
        ),
        (
            "orders",
            "o_orderkey BIGINT, o_custkey BIGINT, o_orderstatus STRING, o_totalprice DECIMAL(15,2), o_orderdate DATE, o_orderpriority STRING, o_clerk STRING, o_shippriority INT, o_comment STRING",
        ),
        (
            "lineitem",
            "l_orderkey BIGINT, l_partkey BIGINT, l_suppkey BIGINT, l_linenumber INT, l_quantity DECIMAL(15,2), l_extendedprice DECIMAL(15,2), l_discount DECIMAL(15,2), l_tax DECIMAL(15,2), l_returnflag STRING, l_linestatus STRING, l_shipdate DATE, l_commitdate DATE, l_receiptdate DATE, l_shipinstruct STRING, l_shipmode STRING, l_comment STRING",
        ),
    ]);
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/sql-tests/tpch");
    for number in 1..=22 {
        let text = std::fs::read_to_string(format!("{folder}/q{number:02}.sql")).unwrap();
        let text = text.trim().trim_end_matches(';');
        let plan = analyze(&catalog, text).unwrap_or_else(|e| panic!("query {number}: {e}"));
        assert!(!plan.output().is_empty());
    }
}
