//! Which row groups a scan reads, and in which partitions.

use super::bloom::{Lookup, lookups};
use super::decode::FilePlan;
use super::file::ParquetFile;
use super::reader::ParquetReader;
use super::statistics::{flat_leaf, range};
use super::table::ParquetTable;
use crate::config::Config;
use crate::datasource::files::{PartitionFilter, deal};
use crate::datasource::pruning::{ColumnRange, may_match};
use crate::datasource::table::{RuntimeFilter, ScanRequest};
use crate::error::Result;
use crate::expr::{Attribute, Evaluator, Expr};
use crate::pipeline::{BatchReader, KeyBlocks, ScanMetrics, Source, TaskContext};
use crate::types::{DataType, StructField, Value};
use std::sync::{Arc, OnceLock};

/// Where a column of the table comes from.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Origin {
    /// A column of the files, by its position in the file plans.
    File(usize),
    /// A partition column.
    Partition(usize),
}

/// A scan: what is the same for all its partitions. Shared by all workers.
#[derive(Debug)]
pub(super) struct ParquetScan {
    files: Vec<ScannedFile>,
    /// Columns read from files: what [`FilePlan`]s are made for.
    file_fields: Vec<StructField>,
    /// The columns that filters read, decoded first.
    pub predicate: Vec<ScanColumn>,
    /// The columns to give, in order.
    pub output: Vec<ScanColumn>,
    /// The filters, and what their columns are in the table.
    pub filters: Vec<Expr>,
    pub attributes: Vec<Attribute>,
    /// Columns that must be one of some values.
    pub lookups: Vec<Lookup>,
    /// The filters, over `predicate`.
    pub evaluator: Option<Evaluator>,
    /// The same filters taken apart: by column where they read one only.
    pub terms: Vec<ColumnTerm>,
    /// What is left, over `predicate`.
    pub remainder: Option<Evaluator>,
    /// Filters of other stages: positions in `predicate`, and the filter.
    pub runtime_filters: Vec<(usize, RuntimeFilter)>,
    /// Rows wanted of each partition at most.
    pub limit: Option<u64>,
    pub metrics: Arc<ScanMetrics>,
    case_sensitive: bool,
}

/// All filters that read nothing but one column of the files.
#[derive(Debug)]
pub(super) struct ColumnTerm {
    /// The column, by its position in `predicate`.
    pub position: usize,
    /// They, over that column alone.
    pub evaluator: Evaluator,
}

/// A scan with the row groups that each of its partitions reads.
#[derive(Debug)]
pub(super) struct ParquetSource {
    scan: Arc<ParquetScan>,
    partitions: Vec<Vec<RowGroupRef>>,
    /// Of the column that the row groups are in the order of.
    blocks: Option<KeyBlocks>,
}

/// A column of the table that a scan needs.
#[derive(Debug, Clone)]
pub(super) struct ScanColumn {
    /// Its position in the table.
    pub column: usize,
    pub origin: Origin,
    pub data_type: DataType,
    /// It may be given in codes.
    pub coded: bool,
}

/// A file with rows to read.
#[derive(Debug)]
struct ScannedFile {
    file: Arc<ParquetFile>,
    plan: OnceLock<Result<Arc<FilePlan>>>,
}

/// A row group to read.
#[derive(Debug, Clone, Copy)]
pub(super) struct RowGroupRef {
    /// Position in the scan's files.
    pub file: usize,
    /// Position in the file.
    pub row_group: usize,
}

impl ParquetScan {
    /// Chooses files and row groups by the filters, and deals them out.
    pub fn prepare(table: &ParquetTable, request: ScanRequest) -> Result<ParquetSource> {
        let config = &request.context.config;
        let schema = crate::datasource::table::Table::schema(table);
        let mut builder = Columns {
            table,
            attributes: &request.attributes,
            file_fields: Vec::new(),
        };
        let output: Vec<ScanColumn> = (request.projection.iter())
            .map(|column| ScanColumn {
                coded: request.coded.contains(column),
                ..builder.column(*column)
            })
            .collect();
        let mut predicate: Vec<ScanColumn> = Vec::new();
        let mut read_first = |column: usize, builder: &mut Columns| {
            let known = predicate.iter().position(|known| known.column == column);
            known.unwrap_or_else(|| {
                predicate.push(builder.column(column));
                predicate.len() - 1
            })
        };
        for filter in &request.filters {
            let references = filter.references();
            for (column, attribute) in request.attributes.iter().enumerate() {
                if references.contains(&attribute.id) {
                    read_first(column, &mut builder);
                }
            }
        }
        let runtime_filters: Vec<(usize, RuntimeFilter)> = (request.runtime_filters.iter())
            .map(|filter| (read_first(filter.column, &mut builder), filter.clone()))
            .collect();
        let file_fields = builder.file_fields;
        let evaluator = if request.filters.is_empty() {
            None
        } else {
            let inputs: Vec<Attribute> = (predicate.iter())
                .map(|column| request.attributes[column.column].clone())
                .collect();
            let all = Expr::all(request.filters.iter().cloned());
            Some(Evaluator::new(&all, &inputs, config)?)
        };
        let (terms, remainder) =
            take_apart(&request.filters, &request.attributes, &predicate, config)?;

        let keep = PartitionFilter::files(
            &request.filters,
            &request.attributes,
            &table.listing,
            config,
        )?;
        let files: Vec<ScannedFile> = (table.files.iter().zip(keep))
            .filter(|(file, keep)| *keep && file.data.size > 0)
            .map(|(file, _)| ScannedFile {
                file: file.clone(),
                plan: OnceLock::new(),
            })
            .collect();
        if files.len() > 1 {
            use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
            files
                .par_iter()
                .for_each(|scanned| drop(scanned.file.footer()));
        }
        let mut row_groups = Vec::new();
        let mut weights = Vec::new();
        // Of the values by which the row groups are to be in order.
        let mut bounds = Vec::new();
        for (position, scanned) in files.iter().enumerate() {
            let footer = scanned.file.footer()?;
            let leaves: Vec<Option<usize>> = (schema.iter())
                .map(|field| match table.partition_index(field) {
                    Some(_) => None,
                    None => flat_leaf(&footer, &field.name),
                })
                .collect();
            for (index, row_group) in footer.row_groups().iter().enumerate() {
                let range_of = |column: usize| match table.partition_index(&schema[column]) {
                    Some(partition) => {
                        ColumnRange::constant(&scanned.file.data.partition_values[partition])
                    }
                    None => match leaves[column] {
                        Some(leaf) => range(row_group, leaf, &schema[column].data_type),
                        None => ColumnRange::unknown(),
                    },
                };
                if row_group.num_rows() == 0 {
                    continue;
                }
                if !may_match(&request.filters, &request.attributes, &range_of) {
                    request.metrics.skip_part();
                } else {
                    row_groups.push(RowGroupRef {
                        file: position,
                        row_group: index,
                    });
                    let bytes: u64 = (output.iter().chain(&predicate))
                        .filter_map(|column| leaves[column.column])
                        .map(|leaf| row_group.column(leaf).compressed_size().unsigned_abs())
                        .sum();
                    weights.push(bytes.max(row_group.num_rows().unsigned_abs() / 8));
                    let of_file = request
                        .in_order_of
                        .filter(|column| leaves[*column].is_some());
                    bounds.push(of_file.and_then(|column| whole(&range_of(column))));
                }
            }
        }
        let bounds: Option<Vec<_>> = bounds.into_iter().collect();
        let bounds = request.in_order_of.and(bounds);
        let bounds = bounds.and_then(|bounds| {
            let order = one_after_the_other(&bounds)?;
            row_groups = order.iter().map(|position| row_groups[*position]).collect();
            weights = order.iter().map(|position| weights[*position]).collect();
            Some(order.into_iter().map(move |position| bounds[position]))
        });
        let scan = ParquetScan {
            files,
            file_fields,
            lookups: lookups(&request.filters, &request.attributes, &predicate),
            filters: request.filters,
            attributes: request.attributes,
            predicate,
            output,
            evaluator,
            terms,
            remainder,
            runtime_filters,
            limit: request.limit,
            metrics: request.metrics,
            case_sensitive: config.case_sensitive(),
        };
        let partitions = deal(row_groups, &weights, request.partitions);
        let blocks = bounds.and_then(|mut bounds| {
            let blocks = partitions.iter();
            KeyBlocks::new(
                blocks
                    .map(|own| bounds.by_ref().take(own.len()).collect())
                    .collect(),
            )
        });
        Ok(ParquetSource {
            scan: Arc::new(scan),
            partitions,
            blocks,
        })
    }

    /// How the scan's columns are found in a file.
    pub fn plan(&self, file: usize) -> Result<Arc<FilePlan>> {
        let scanned = &self.files[file];
        let make = || {
            let plan = FilePlan::new(scanned.file.clone(), &self.file_fields, self.case_sensitive)?;
            Ok(Arc::new(plan))
        };
        scanned.plan.get_or_init(make).clone()
    }

    /// Whether runtime filters rule a row group out by its statistics.
    pub fn ruled_out(&self, plan: &FilePlan, row_group: usize) -> Result<bool> {
        for (position, filter) in &self.runtime_filters {
            let Some(predicate) = filter.slot.get() else {
                continue;
            };
            let Some((low, high)) = predicate.bounds() else {
                continue;
            };
            let column = &self.predicate[*position];
            let range = match &column.origin {
                Origin::Partition(index) => {
                    ColumnRange::constant(&plan.file().data.partition_values[*index])
                }
                Origin::File(slot) => match plan.leaf(*slot) {
                    Some(leaf) => {
                        let footer = plan.file().footer()?;
                        range(footer.row_group(row_group), leaf, &column.data_type)
                    }
                    None => continue,
                },
            };
            if range.all_null || outside(&range, &low, &high) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Bounds of whole numbers or dates of which none is NULL.
fn whole(range: &ColumnRange) -> Option<(i64, i64)> {
    let number = |value: &Option<Value>| match value.as_ref()? {
        Value::Date(days) => Some(i64::from(*days)),
        value => value.as_i64(),
    };
    let bounds = (number(&range.minimum)?, number(&range.maximum)?);
    (!range.may_be_null).then_some(bounds)
}

/// The order in which ranges follow each other; None if some overlap.
fn one_after_the_other(ranges: &[(i64, i64)]) -> Option<Vec<usize>> {
    let mut order: Vec<usize> = (0..ranges.len()).collect();
    order.sort_by_key(|position| ranges[*position]);
    let bounds = order.iter().flat_map(|position| {
        let (first, last) = ranges[*position];
        [first, last]
    });
    bounds.is_sorted().then_some(order)
}

/// Filters by column, and what reads several columns or partition columns.
fn take_apart(
    filters: &[Expr],
    attributes: &[Attribute],
    predicate: &[ScanColumn],
    config: &Config,
) -> Result<(Vec<ColumnTerm>, Option<Evaluator>)> {
    let mut of_column: Vec<Vec<Expr>> = vec![Vec::new(); predicate.len()];
    let mut rest = Vec::new();
    for term in filters.iter().cloned().flat_map(Expr::conjuncts) {
        let reads = term.references();
        let reads = |column: &ScanColumn| reads.contains(&attributes[column.column].id);
        let mut positions = (0..predicate.len()).filter(|position| reads(&predicate[*position]));
        match (positions.next(), positions.next()) {
            (Some(position), None) if matches!(predicate[position].origin, Origin::File(_)) => {
                of_column[position].push(term);
            }
            _ => rest.push(term),
        }
    }
    let mut terms = Vec::new();
    for (position, own) in of_column.into_iter().enumerate() {
        if !own.is_empty() {
            let input = attributes[predicate[position].column].clone();
            let evaluator = Evaluator::new(&Expr::all(own), &[input], config)?;
            terms.push(ColumnTerm {
                position,
                evaluator,
            });
        }
    }
    let remainder = if rest.is_empty() {
        None
    } else {
        let inputs: Vec<Attribute> = (predicate.iter())
            .map(|column| attributes[column.column].clone())
            .collect();
        Some(Evaluator::new(&Expr::all(rest), &inputs, config)?)
    };
    Ok((terms, remainder))
}

/// Whether no value of a range lies between two bounds.
fn outside(range: &ColumnRange, low: &Value, high: &Value) -> bool {
    use crate::datasource::pruning::compare_values;
    let less = |a: &Option<Value>, b: &Value| {
        a.as_ref()
            .and_then(|a| compare_values(a, b))
            .is_some_and(|order| order.is_lt())
    };
    let greater = |a: &Option<Value>, b: &Value| {
        a.as_ref()
            .and_then(|a| compare_values(a, b))
            .is_some_and(|order| order.is_gt())
    };
    less(&range.maximum, low) || greater(&range.minimum, high)
}

struct Columns<'a> {
    table: &'a ParquetTable,
    attributes: &'a [Attribute],
    file_fields: Vec<StructField>,
}

impl Columns<'_> {
    fn column(&mut self, column: usize) -> ScanColumn {
        let field = &crate::datasource::table::Table::schema(self.table)[column];
        // Maybe with fewer fields than the schema says.
        let data_type = &self.attributes[column].data_type;
        let origin = match self.table.partition_index(field) {
            Some(index) => Origin::Partition(index),
            None => {
                let known = self
                    .file_fields
                    .iter()
                    .position(|known| known.name == field.name);
                Origin::File(known.unwrap_or_else(|| {
                    self.file_fields.push(StructField {
                        data_type: data_type.clone(),
                        ..field.clone()
                    });
                    self.file_fields.len() - 1
                }))
            }
        };
        ScanColumn {
            column,
            origin,
            data_type: data_type.clone(),
            coded: false,
        }
    }
}

impl Source for ParquetSource {
    fn partitions(&self) -> usize {
        self.partitions.len()
    }

    fn open(&self, partition: usize, context: &TaskContext) -> Result<Box<dyn BatchReader>> {
        let row_groups = self.partitions[partition].clone();
        Ok(Box::new(ParquetReader::new(
            self.scan.clone(),
            row_groups,
            context.clone(),
        )))
    }

    fn blocks(&self) -> Option<KeyBlocks> {
        self.blocks.clone()
    }
}
