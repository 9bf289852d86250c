//! Decoding some columns of one row group.

use super::convert::{LeafPlan, adapt, leaf_count};
use super::file::ParquetFile;
use super::plain::PlainPages;
use super::schema::{native_schema, physical_name};
use crate::error::conditions::FAILED_READ_FILE_PARQUET_COLUMN_DATA_TYPE_MISMATCH;
use crate::error::{Error, Result};
use crate::types::{DataType, StructField, arrow_type};
use arrow::array::{ArrayRef, BooleanBufferBuilder, new_null_array};
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
        let all_rows = selection.map_or(rows, BooleanBuffer::len);
        let mut places = Vec::with_capacity(columns.len());
        for column in columns {
            places.push(
                match PlainPages::open(self, row_group, *column, all_rows, selection)? {
                    Some(pages) => Place::Plain(Box::new(pages)),
                    None => Place::Missing,
                },
            );
        }
        // What is left comes from one reader.
        let left = |place: &Place| matches!(place, Place::Missing);
        let left = (places.iter().zip(columns)).filter(|(place, _)| left(place));
        let left: Vec<&ColumnPlan> = left.map(|(_, column)| &self.columns[*column]).collect();
        let mut roots: Vec<usize> = left.iter().filter_map(|plan| plan.root).collect();
        roots.sort_unstable();
        roots.dedup();
        for (place, column) in places.iter_mut().zip(columns) {
            if let Place::Missing = place
                && let Some(root) = self.columns[*column].root
                && let Ok(position) = roots.binary_search(&root)
            {
                *place = Place::Together(position);
            }
        }
        let reader = match roots.is_empty() {
            true => None,
            false => {
                let leaves = left.iter().flat_map(|plan| plan.leaves.iter().copied());
                Some(self.reader(row_group, leaves, selection.cloned())?)
            }
        };
        Ok(ColumnStream {
            plan: self.clone(),
            row_group,
            selection: selection.cloned(),
            reader,
            columns: columns.to_vec(),
            places,
            all_rows,
            rows_left: rows,
        })
    }

    /// Reads some leaves of a row group with the `parquet` crate: all rows, or those selected.
    fn reader(
        &self,
        row_group: usize,
        leaves: impl Iterator<Item = usize>,
        selection: Option<BooleanBuffer>,
    ) -> Result<ParquetRecordBatchReader> {
        let mask = ProjectionMask::leaves(self.reader.parquet_schema(), leaves);
        let bytes = self.file.bytes()?;
        self.file.guard(|| {
            let mut builder =
                ParquetRecordBatchReaderBuilder::new_with_metadata(bytes, self.reader.clone())
                    .with_row_groups(vec![row_group])
                    .with_batch_size(BATCH_ROWS)
                    .with_projection(mask);
            if let Some(selection) = selection {
                builder = builder.with_row_selection(RowSelection::from_boolean_buffer(selection));
            }
            builder.build()
        })
    }
}

/// Batches of some columns of a row group. All but the last have [`BATCH_ROWS`] rows.
pub(super) struct ColumnStream {
    plan: Arc<FilePlan>,
    row_group: usize,
    selection: Option<BooleanBuffer>,
    /// Reads the columns that are read together; None if there are none.
    reader: Option<ParquetRecordBatchReader>,
    columns: Vec<usize>,
    /// Per column, where it comes from.
    places: Vec<Place>,
    /// Rows of the row group.
    all_rows: usize,
    rows_left: usize,
}

/// Where a column comes from.
enum Place {
    /// The file does not have it.
    Missing,
    /// The reader of several columns, at this position.
    Together(usize),
    /// Its own decoder.
    Plain(Box<PlainPages>),
    /// A reader of its own, from the first batch on that its own decoder could not read.
    Alone(ParquetRecordBatchReader),
}

impl ColumnStream {
    /// The next batch in the engine's encodings; None at the end.
    pub fn next(&mut self) -> Result<Option<(Vec<ArrayRef>, usize)>> {
        if self.rows_left == 0 {
            return Ok(None);
        }
        let plan = self.plan.clone();
        let (arrays, rows) = match &mut self.reader {
            None => (Vec::new(), self.rows_left.min(BATCH_ROWS)),
            Some(reader) => next_batch(&plan.file, reader)?,
        };
        self.rows_left = self.rows_left.saturating_sub(rows);
        let mut columns = Vec::with_capacity(self.columns.len());
        for position in 0..self.columns.len() {
            let wanted = &plan.columns[self.columns[position]].data_type;
            columns.push(match &self.places[position] {
                Place::Missing => new_null_array(&arrow_type(wanted), rows),
                Place::Together(position) => adapt(arrays[*position].clone(), wanted)?,
                _ => adapt(self.own(position, rows)?, wanted)?,
            });
        }
        Ok(Some((columns, rows)))
    }

    /// The next rows of a column that is not read together with others.
    fn own(&mut self, position: usize, rows: usize) -> Result<ArrayRef> {
        let file = &self.plan.file;
        if let Place::Plain(pages) = &mut self.places[position] {
            let row = pages.row();
            if let Some(array) = file.guard(|| Ok(pages.next(rows)))? {
                return Ok(array);
            }
            let mut left = BooleanBufferBuilder::new(self.all_rows);
            left.append_n(row, false);
            match &self.selection {
                None => left.append_n(self.all_rows - row, true),
                Some(selection) => {
                    left.append_buffer(&selection.slice(row, self.all_rows - row));
                }
            }
            let leaves = self.plan.columns[self.columns[position]].leaves.iter();
            let leaves = leaves.copied();
            let reader = (self.plan).reader(self.row_group, leaves, Some(left.finish()))?;
            self.places[position] = Place::Alone(reader);
        }
        let Place::Alone(reader) = &mut self.places[position] else {
            return Err(Error::internal("a column of a scan was not decoded"));
        };
        match next_batch(file, reader)? {
            (arrays, given) if given == rows => Ok(arrays[0].clone()),
            _ => Err(file.damaged("columns of a row group differ in length")),
        }
    }
}

/// The next batch of a reader that has one.
fn next_batch(
    file: &ParquetFile,
    reader: &mut ParquetRecordBatchReader,
) -> Result<(Vec<ArrayRef>, usize)> {
    let batch = file.guard(|| reader.next().transpose().map_err(Into::into))?;
    let Some(batch) = batch.filter(|batch| batch.num_rows() > 0) else {
        return Err(file.damaged("a row group has fewer rows than its footer says"));
    };
    Ok((batch.columns().to_vec(), batch.num_rows()))
}
