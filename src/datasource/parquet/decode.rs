//! Decoding some columns of one row group.

use super::convert::{LeafPlan, adapt, leaf_count};
use super::file::ParquetFile;
use super::schema::{native_schema, physical_name};
use crate::error::conditions::FAILED_READ_FILE_PARQUET_COLUMN_DATA_TYPE_MISMATCH;
use crate::error::{Error, Result};
use crate::types::{DataType, StructField, arrow_type};
use arrow::array::{ArrayRef, new_null_array};
use arrow::buffer::BooleanBuffer;
use arrow::datatypes::{DataType as ArrowType, Schema};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader,
    ParquetRecordBatchReaderBuilder, RowSelection,
};
use parquet::bloom_filter::Sbbf;
use parquet::schema::types::ColumnDescPtr;
use std::sync::Arc;

/// Rows of a batch.
pub(super) const BATCH_ROWS: usize = 16 * 1024;

/// How the columns of a scan are found in one file. Made once per file and scan.
#[derive(Debug)]
pub(super) struct FilePlan {
    file: Arc<ParquetFile>,
    reader: ArrowReaderMetadata,
    columns: Vec<ColumnPlan>,
}

/// One column of a scan in one file.
#[derive(Debug)]
struct ColumnPlan {
    /// The top-level column; None if the file lacks it, which reads as NULL.
    root: Option<usize>,
    /// The leaves to decode.
    leaves: Vec<usize>,
    /// What they are decoded as.
    decoded: ArrowType,
    /// The type wanted.
    data_type: DataType,
}

impl FilePlan {
    /// Finds `fields` in the file by name; a type that the file's column cannot be read as is an error.
    pub fn new(
        file: Arc<ParquetFile>,
        fields: &[StructField],
        case_sensitive: bool,
    ) -> Result<FilePlan> {
        let footer = file.footer()?;
        let native = native_schema(&file)?;
        let parquet = footer.file_metadata().schema_descr();
        let first_leaf: Vec<usize> = (native.fields().iter())
            .scan(0, |next, field| {
                let first = *next;
                *next += leaf_count(field.data_type());
                Some(first)
            })
            .collect();
        let mut supplied = native.fields().to_vec();
        let mut columns = Vec::with_capacity(fields.len());
        for field in fields {
            let exact = native
                .fields()
                .iter()
                .position(|own| *own.name() == field.name);
            let root = exact.or_else(|| {
                let folded = |own: &Arc<arrow::datatypes::Field>| {
                    !case_sensitive && own.name().eq_ignore_ascii_case(&field.name)
                };
                native.fields().iter().position(folded)
            });
            let Some(root) = root else {
                columns.push(ColumnPlan {
                    root: None,
                    leaves: Vec::new(),
                    decoded: ArrowType::Null,
                    data_type: field.data_type.clone(),
                });
                continue;
            };
            let mut plan = LeafPlan::new(parquet, first_leaf[root]);
            let decoded = plan.decode_as(native.field(root).data_type(), &field.data_type);
            let decoded = decoded.map_err(|mismatch| {
                let leaf = parquet.column(mismatch.leaf);
                Error::new(
                    &FAILED_READ_FILE_PARQUET_COLUMN_DATA_TYPE_MISMATCH,
                    [
                        ("path", file.uri()),
                        ("column", format!("[{}]", leaf.path().parts().join(", "))),
                        ("expectedType", mismatch.expected.simple_string()),
                        (
                            "actualType",
                            physical_name(leaf.physical_type()).to_string(),
                        ),
                    ],
                )
            })?;
            let leaves = plan.leaves;
            let native_field = supplied[root].as_ref().clone();
            supplied[root] = Arc::new(native_field.with_data_type(decoded.clone()));
            columns.push(ColumnPlan {
                root: Some(root),
                leaves,
                decoded,
                data_type: field.data_type.clone(),
            });
        }
        let options = ArrowReaderOptions::new().with_schema(Arc::new(Schema::new(supplied)));
        let reader = file.guard(|| ArrowReaderMetadata::try_new(footer.clone(), options))?;
        Ok(FilePlan {
            file,
            reader,
            columns,
        })
    }

    /// The file.
    pub fn file(&self) -> &Arc<ParquetFile> {
        &self.file
    }

    /// The leaf that holds a column which is not nested; None if the file lacks it.
    pub fn leaf(&self, column: usize) -> Option<usize> {
        match self.columns[column].leaves[..] {
            [leaf] => Some(leaf),
            _ => None,
        }
    }

    /// The leaf of a column that is not nested, what it is decoded as, and the type wanted; None if the file lacks it.
    pub fn flat_column(&self, column: usize) -> Option<(usize, &ArrowType, &DataType)> {
        let plan = &self.columns[column];
        match plan.leaves[..] {
            [leaf] if !plan.decoded.is_nested() => Some((leaf, &plan.decoded, &plan.data_type)),
            _ => None,
        }
    }

    /// The bloom filter of a leaf in a row group, with the leaf's description; None if there is none.
    pub fn bloom_filter(
        &self,
        row_group: usize,
        leaf: usize,
    ) -> Result<Option<(Sbbf, ColumnDescPtr)>> {
        let chunk = self.reader.metadata().row_group(row_group).column(leaf);
        if chunk.bloom_filter_offset().is_none() {
            return Ok(None);
        }
        let descriptor = chunk.column_descr_ptr();
        let bytes = self.file.bytes()?;
        let filter = self.file.guard(|| {
            ParquetRecordBatchReaderBuilder::new_with_metadata(bytes, self.reader.clone())
                .get_row_group_column_bloom_filter(row_group, leaf)
        })?;
        Ok(filter.map(|filter| (filter, descriptor)))
    }

    /// Begins to decode `columns` (positions in the plan) of a row group: all rows, or those selected, of
    /// which there are `rows`.
    pub fn decode(
        self: &Arc<Self>,
        row_group: usize,
        columns: &[usize],
        selection: Option<&BooleanBuffer>,
        rows: usize,
    ) -> Result<ColumnStream> {
        let plans = || columns.iter().map(|column| &self.columns[*column]);
        let mut roots: Vec<usize> = plans().filter_map(|plan| plan.root).collect();
        roots.sort_unstable();
        roots.dedup();
        let positions = plans()
            .map(|plan| roots.binary_search(&plan.root?).ok())
            .collect();
        let reader = if roots.is_empty() {
            None
        } else {
            let leaves = plans().flat_map(|plan| plan.leaves.iter().copied());
            let mask = ProjectionMask::leaves(self.reader.parquet_schema(), leaves);
            let bytes = self.file.bytes()?;
            Some(self.file.guard(|| {
                let mut builder =
                    ParquetRecordBatchReaderBuilder::new_with_metadata(bytes, self.reader.clone())
                        .with_row_groups(vec![row_group])
                        .with_batch_size(BATCH_ROWS)
                        .with_projection(mask);
                if let Some(selection) = selection {
                    let selection = RowSelection::from_boolean_buffer(selection.clone());
                    builder = builder.with_row_selection(selection);
                }
                builder.build()
            })?)
        };
        Ok(ColumnStream {
            plan: self.clone(),
            reader,
            columns: columns.to_vec(),
            positions,
            rows_left: rows,
        })
    }
}

/// Batches of some columns of a row group. All but the last have [`BATCH_ROWS`] rows.
pub(super) struct ColumnStream {
    plan: Arc<FilePlan>,
    /// None if the file has none of the columns.
    reader: Option<ParquetRecordBatchReader>,
    columns: Vec<usize>,
    /// Per column, its position in what the reader gives; None: it is missing.
    positions: Vec<Option<usize>>,
    rows_left: usize,
}

impl ColumnStream {
    /// The next batch in the engine's encodings; None at the end.
    pub fn next(&mut self) -> Result<Option<(Vec<ArrayRef>, usize)>> {
        if self.rows_left == 0 {
            return Ok(None);
        }
        let file = &self.plan.file;
        let (arrays, rows) = match &mut self.reader {
            None => (Vec::new(), self.rows_left.min(BATCH_ROWS)),
            Some(reader) => {
                let batch = file.guard(|| reader.next().transpose().map_err(Into::into))?;
                let Some(batch) = batch.filter(|batch| batch.num_rows() > 0) else {
                    return Err(file.damaged("a row group has fewer rows than its footer says"));
                };
                let rows = batch.num_rows();
                (batch.columns().to_vec(), rows)
            }
        };
        self.rows_left = self.rows_left.saturating_sub(rows);
        let mut columns = Vec::with_capacity(self.columns.len());
        for (column, position) in self.columns.iter().zip(&self.positions) {
            let wanted = &self.plan.columns[*column].data_type;
            columns.push(match position {
                Some(position) => adapt(arrays[*position].clone(), wanted)?,
                None => new_null_array(&arrow_type(wanted), rows),
            });
        }
        Ok(Some((columns, rows)))
    }
}
