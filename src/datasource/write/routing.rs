//! Which rows of a batch go into which partition folder.

use crate::datasource::files::{DEFAULT_PARTITION_NAME, escape_path_name};
use crate::error::Result;
use crate::kernel::cast::text_writer;
use crate::kernel::time_zone::TimeZone;
use crate::pipeline::Batch;
use crate::types::{StructField, StructType};
use arrow::array::{Array, ArrayRef, UInt32Array};
use arrow::compute::take;
use arrow::row::{RowConverter, SortField};
use hashbrown::HashMap;

/// Splits batches by the values of the partition columns. Owned by one task.
pub(super) struct Router {
    /// Positions of the partition columns, in the order of the folders.
    partition_columns: Vec<usize>,
    /// Positions of the columns that go into the files.
    data_columns: Vec<usize>,
    fields: Vec<StructField>,
    zone: TimeZone,
    converter: RowConverter,
    /// Folders seen so far, by the values in row format.
    folders: HashMap<Box<[u8]>, usize>,
    names: Vec<String>,
}

/// Rows for one folder.
pub(super) struct Routed {
    /// Position in the router's folders.
    pub folder: usize,
    /// The columns that go into the files.
    pub batch: Batch,
}

impl Router {
    /// A router; `partition_columns` are positions in `schema`.
    pub fn new(schema: &StructType, partition_columns: &[usize], zone: TimeZone) -> Result<Router> {
        let fields: Vec<StructField> = (partition_columns.iter())
            .map(|column| schema[*column].clone())
            .collect();
        let sort_fields = (fields.iter())
            .map(|field| SortField::new(crate::types::arrow_type(&field.data_type)))
            .collect();
        Ok(Router {
            partition_columns: partition_columns.to_vec(),
            data_columns: (0..schema.len())
                .filter(|column| !partition_columns.contains(column))
                .collect(),
            fields,
            zone,
            converter: RowConverter::new(sort_fields)?,
            folders: HashMap::new(),
            names: Vec::new(),
        })
    }

    /// The folder's path below the table: `year=2021/month=1`.
    pub fn name(&self, folder: usize) -> &str {
        &self.names[folder]
    }

    /// Splits a batch; rows keep their order within a folder.
    pub fn split(&mut self, batch: &Batch) -> Result<Vec<Routed>> {
        let keys: Vec<ArrayRef> = (self.partition_columns.iter())
            .map(|column| batch.columns[*column].clone())
            .collect();
        let rows = self.converter.convert_columns(&keys)?;
        let mut of_folder: Vec<(usize, Vec<u32>)> = Vec::new();
        let mut slots: HashMap<usize, usize> = HashMap::new();
        for row in 0..batch.rows {
            let key = rows.row(row);
            let folder = match self.folders.get(key.as_ref()) {
                Some(folder) => *folder,
                None => {
                    let name = folder_name(&self.fields, &keys, row, &self.zone)?;
                    self.names.push(name);
                    self.folders
                        .insert(key.as_ref().into(), self.names.len() - 1);
                    self.names.len() - 1
                }
            };
            let slot = *slots.entry(folder).or_insert_with(|| {
                of_folder.push((folder, Vec::new()));
                of_folder.len() - 1
            });
            of_folder[slot].1.push(row as u32);
        }
        let mut routed = Vec::with_capacity(of_folder.len());
        for (folder, indices) in of_folder {
            let rows = indices.len();
            let data = self
                .data_columns
                .iter()
                .map(|column| &batch.columns[*column]);
            let columns: Vec<ArrayRef> = if rows == batch.rows {
                data.cloned().collect()
            } else {
                let indices = UInt32Array::from(indices);
                data.map(|column| take(column.as_ref(), &indices, None))
                    .collect::<Result<_, _>>()?
            };
            routed.push(Routed {
                folder,
                batch: Batch::new(columns, rows),
            });
        }
        Ok(routed)
    }
}

/// `name=value/…` for a row. NULL and the empty text have a name of their own.
fn folder_name(
    fields: &[StructField],
    keys: &[ArrayRef],
    row: usize,
    zone: &TimeZone,
) -> Result<String> {
    let mut parts = Vec::with_capacity(fields.len());
    for (field, column) in fields.iter().zip(keys) {
        let mut value = String::new();
        if !column.is_null(row) {
            text_writer(column.as_ref(), &field.data_type, zone)?(row, &mut value);
        }
        let value = if value.is_empty() {
            DEFAULT_PARTITION_NAME.to_string()
        } else {
            escape_path_name(&value)
        };
        parts.push(format!("{}={value}", escape_path_name(&field.name)));
    }
    Ok(parts.join("/"))
}
