//! What tests of readers share: opening files and reading them whole.

use super::{FilterSupport, ScanRequest, Table, open_files};
use crate::config::Config;
use crate::error::Result;
use crate::expr::{Attribute, ColumnId, Expr};
use crate::kernel::codes::{as_coded, plain};
use crate::kernel::value::array_to_value;
use crate::pipeline::{QueryContext, TaskContext};
use crate::types::{StructType, Value, arrow_type, parse_schema};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// Options from pairs.
pub(crate) fn options(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    let owned = |(key, value): &(&str, &str)| (key.to_string(), value.to_string());
    pairs.iter().map(owned).collect()
}

/// A table over one path; `schema` as DDL, empty for none.
pub(crate) fn open(
    format: &str,
    path: &Path,
    schema: &str,
    pairs: &[(&str, &str)],
) -> Result<Arc<dyn Table>> {
    let schema = (!schema.is_empty()).then(|| parse_schema(schema).unwrap());
    let paths = [path.display().to_string()];
    open_files(
        format,
        &paths,
        schema.as_ref(),
        &options(pairs),
        &Config::default(),
    )
}

/// Attributes for a schema; the id of column `i` is `i`.
pub(crate) fn attributes(schema: &StructType) -> Vec<Attribute> {
    (schema.iter().enumerate())
        .map(|(index, field)| Attribute {
            id: ColumnId(index as u32),
            name: field.name.as_str().into(),
            data_type: field.data_type.clone(),
            nullable: field.nullable,
        })
        .collect()
}

/// A scan of all columns.
pub(crate) fn request(table: &dyn Table, filters: Vec<Expr>, partitions: usize) -> ScanRequest {
    let context = QueryContext::new(Arc::new(Config::default()), 2, 1 << 30, Arc::default());
    ScanRequest {
        attributes: attributes(table.schema()),
        projection: (0..table.schema().len()).collect(),
        coded: Vec::new(),
        filters,
        runtime_filters: Vec::new(),
        in_order_of: None,
        limit: None,
        partitions,
        metrics: Arc::default(),
        context: Arc::new(context),
    }
}

/// The rows of a scan, partition by partition. Checks the encodings on the way.
pub(crate) fn run(table: &dyn Table, request: ScanRequest) -> Result<Vec<Vec<Value>>> {
    let (projection, coded) = (request.projection.clone(), request.coded.clone());
    let query = request.context.clone();
    let source = table.scan(request)?;
    let mut rows = Vec::new();
    for partition in 0..source.partitions() {
        let context = TaskContext {
            query: query.clone(),
            partition,
            source_partition: partition,
        };
        let mut reader = source.open(partition, &context)?;
        while let Some(batch) = reader.next()? {
            assert!(batch.rows > 0);
            assert_eq!(batch.columns.len(), projection.len());
            let types = projection
                .iter()
                .map(|column| &table.schema()[*column].data_type);
            let mut arrays = Vec::with_capacity(batch.columns.len());
            for (array, column) in batch.columns.iter().zip(&projection) {
                let values = plain(array)?;
                let data_type = &table.schema()[*column].data_type;
                assert_eq!(*values.data_type(), arrow_type(data_type));
                assert!(as_coded(array).is_none() || coded.contains(column));
                assert_eq!(array.len(), batch.rows);
                arrays.push(values);
            }
            for row in 0..batch.rows {
                let values = (arrays.iter().zip(types.clone()))
                    .map(|(array, data_type)| array_to_value(array.as_ref(), row, data_type))
                    .collect::<Result<_>>()?;
                rows.push(values);
            }
        }
    }
    Ok(rows)
}

/// All rows of a table.
pub(crate) fn read(table: &dyn Table) -> Result<Vec<Vec<Value>>> {
    run(table, request(table, Vec::new(), 4))
}

/// The rows for which an accepted filter holds.
pub(crate) fn read_where(table: &dyn Table, filter: Expr) -> Vec<Vec<Value>> {
    let accepted = table.accepts(&filter, &attributes(table.schema()));
    assert_eq!(accepted, FilterSupport::Exact);
    run(table, request(table, vec![filter], 4)).unwrap()
}

/// `column IN (values)`
pub(crate) fn is_in(table: &dyn Table, column: &str, values: &[Value]) -> Expr {
    let index = table.schema().index_of(column).unwrap();
    let attribute = attributes(table.schema()).swap_remove(index);
    let data_type = attribute.data_type.clone();
    let literal = |value: &Value| Expr::literal(value.clone(), data_type.clone());
    Expr::In {
        operand: Box::new(Expr::Column(attribute)),
        list: values.iter().map(literal).collect(),
    }
}
