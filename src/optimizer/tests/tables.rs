//! Tables that have a schema and statistics, and no data.

use crate::analyzer::TableResolver;
use crate::catalog::{Catalog, TableDefinition, TableSource};
use crate::config::Config;
use crate::datasource::{ColumnStatistics, FilterSupport, ScanRequest, Statistics, Table};
use crate::error::{Error, Result, conditions};
use crate::expr::{Attribute, Expr};
use crate::pipeline::Source;
use crate::plan::unresolved::Options;
use crate::types::{DataType, StructType, Value, parse_schema};
use arrow::array::RecordBatch;
use std::sync::Arc;

/// Name, columns, rows, and what it does with comparisons of a column with a constant. A column called `id` or
/// `..._id` has as many values as the table it belongs to has rows; others have ten. Of the columns of `raw_...` nothing
/// is known, as of CSV files.
const TABLES: &[(&str, &str, u64, FilterSupport)] = &[
    ("t", "a INT, b INT, s STRING", 1_000, FilterSupport::No),
    ("u", "c INT, d INT", 100, FilterSupport::No),
    (
        "nested",
        "k INT, p STRUCT<x: INT, y: STRING>, q ARRAY<STRUCT<x: INT, y: STRING>>",
        100,
        FilterSupport::No,
    ),
    ("exact", "a INT, b INT", 1_000, FilterSupport::Exact),
    ("pruned", "a INT, b INT", 1_000, FilterSupport::Prunes),
    (
        "sales",
        "item_id INT, shop_id INT, day_id INT, amount DECIMAL(9,2)",
        1_000_000,
        FilterSupport::No,
    ),
    (
        "item",
        "id INT, kind STRING, price INT",
        10_000,
        FilterSupport::No,
    ),
    ("shop", "id INT, city STRING", 100, FilterSupport::No),
    ("day", "id INT, year INT", 1_000, FilterSupport::No),
    (
        "raw_customer",
        "c INT, c_nation INT",
        150_000,
        FilterSupport::No,
    ),
    (
        "raw_supplier",
        "s INT, s_nation INT",
        10_000,
        FilterSupport::No,
    ),
    ("raw_nation", "n INT, region INT", 25, FilterSupport::No),
    (
        "raw_line",
        "line_c INT, line_s INT",
        6_000_000,
        FilterSupport::No,
    ),
];

pub fn catalog() -> Catalog {
    let catalog = Catalog::default();
    for (name, ddl, rows, support) in TABLES {
        let schema = parse_schema(ddl).expect("a schema");
        let definition = TableDefinition {
            name: vec![name.to_string()],
            schema: schema.clone(),
            source: TableSource::Provided(Arc::new(Described {
                schema,
                rows: *rows,
                support: *support,
                is_known: !name.starts_with("raw_"),
            })),
            partitioned_by: Vec::new(),
            comment: None,
            properties: Options::new(),
        };
        let created = catalog.create_table(definition, false, false);
        created.expect("the tables have different names");
    }
    catalog
}

/// A table without data.
#[derive(Debug)]
struct Described {
    schema: StructType,
    rows: u64,
    support: FilterSupport,
    /// There are statistics of columns.
    is_known: bool,
}

impl Table for Described {
    fn schema(&self) -> &StructType {
        &self.schema
    }

    fn statistics(&self) -> Statistics {
        let column = |name: &str, data_type: &DataType| {
            if !self.is_known {
                return ColumnStatistics::default();
            }
            let distinct = match name.strip_suffix("_id") {
                _ if name == "id" => self.rows,
                Some(table) => TABLES
                    .iter()
                    .find(|(name, ..)| *name == table)
                    .map_or(10, |(_, _, rows, _)| *rows),
                None => 10,
            };
            let is_number = matches!(data_type, DataType::Integer);
            ColumnStatistics {
                nulls: Some(0),
                distinct: Some(distinct),
                minimum: is_number.then_some(Value::Integer(1)),
                maximum: is_number.then_some(Value::Integer(distinct as i32)),
                width: None,
            }
        };
        let fields = self.schema.iter();
        Statistics {
            rows: Some(self.rows),
            bytes: None,
            columns: fields
                .map(|field| column(&field.name, &field.data_type))
                .collect(),
        }
    }

    fn accepts(&self, filter: &Expr, _: &[Attribute]) -> FilterSupport {
        match filter {
            Expr::Call(call) => match (call.name(), call.arguments.as_slice()) {
                ("=" | "<" | "<=" | ">" | ">=", [Expr::Column(_), Expr::Literal(_)]) => {
                    self.support
                }
                _ => FilterSupport::No,
            },
            _ => FilterSupport::No,
        }
    }

    fn prunes_fields(&self) -> bool {
        true
    }

    fn scan(&self, _: ScanRequest) -> Result<Arc<dyn Source>> {
        Err(Error::internal("there is no data"))
    }

    fn format(&self) -> &str {
        "test"
    }
}

/// Queries here read no files.
pub struct NoFiles;

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
        Arc::new(Described {
            schema: schema.clone(),
            rows: 1,
            support: FilterSupport::No,
            is_known: true,
        })
    }

    fn is_format(&self, _: &str) -> bool {
        false
    }
}
