//! Leaving out whole files by their partition values.

use super::Listing;
use crate::config::Config;
use crate::error::Result;
use crate::expr::{Attribute, Evaluator, Expr};
use crate::functions::scalar::EvalContext;
use crate::kernel::value::values_to_array;
use crate::types::Value;

/// Filters over partition columns only.
#[derive(Debug)]
pub struct PartitionFilter;

impl PartitionFilter {
    /// Whether a filter reads partition columns and nothing else, so that it holds for all rows of a file
    /// or for none.
    pub fn covers(filter: &Expr, attributes: &[Attribute], listing: &Listing) -> bool {
        let references = filter.references();
        let is_partition =
            |attribute: &Attribute| listing.partition_schema.index_of(&attribute.name).is_some();
        !references.is_empty()
            && can_evaluate(filter)
            && references.iter().all(|id| {
                let attribute = attributes.iter().find(|attribute| attribute.id == *id);
                attribute.is_some_and(is_partition)
            })
    }

    /// Which files of the listing have rows for which all of `filters` may hold; filters that read other
    /// columns are passed over.
    pub fn files(
        filters: &[Expr],
        attributes: &[Attribute],
        listing: &Listing,
        config: &Config,
    ) -> Result<Vec<bool>> {
        let rows = listing.files.len();
        let mut keep = vec![true; rows];
        let over_partitions: Vec<Expr> = (filters.iter())
            .filter(|filter| PartitionFilter::covers(filter, attributes, listing))
            .cloned()
            .collect();
        if over_partitions.is_empty() || rows == 0 {
            return Ok(keep);
        }
        let mut inputs = Vec::new();
        let mut columns = Vec::new();
        for (index, field) in listing.partition_schema.iter().enumerate() {
            let attribute = (attributes.iter())
                .find(|attribute| attribute.name.eq_ignore_ascii_case(&field.name));
            let Some(attribute) = attribute else { continue };
            let values: Vec<Value> = (listing.files.iter())
                .map(|file| file.partition_values[index].clone())
                .collect();
            inputs.push(attribute.clone());
            columns.push(values_to_array(&values, &field.data_type)?);
        }
        let evaluator = Evaluator::new(&Expr::all(over_partitions), &inputs, config)?;
        let selection = evaluator.eval_predicate(&columns, rows, &EvalContext::default())?;
        for (keep, selected) in keep.iter_mut().zip(selection.mask(rows).iter()) {
            *keep = selected;
        }
        Ok(keep)
    }
}

/// Whether a filter may be evaluated at all outside its plan node.
pub fn can_evaluate(filter: &Expr) -> bool {
    filter.is_deterministic() && !filter.has_subquery() && filter.outer_references().is_empty()
}
