//! Leaving out row groups by bloom filters.
//!
//! A column that must equal one of some constants (`a = 5`, `a IN (1, 2)`) is looked up in the row group's bloom
//! filter, if it has one: when none of the constants can be there, neither can a matching row.

use super::decode::FilePlan;
use super::scan::{Origin, ScanColumn};
use crate::error::Result;
use crate::expr::{Attribute, Expr};
use crate::types::Value;
use parquet::basic::Type as PhysicalType;
use parquet::bloom_filter::Sbbf;
use parquet::schema::types::ColumnDescriptor;
use std::sync::Arc;

/// The most constants that are looked up.
const MAX_VALUES: usize = 100;

/// A column that must be one of some values.
#[derive(Debug)]
pub(super) struct Lookup {
    /// The column, by its position among the predicate columns.
    column: usize,
    values: Vec<Value>,
}

/// The lookups that filters allow. All filters must hold.
pub(super) fn lookups(
    filters: &[Expr],
    attributes: &[Attribute],
    predicate: &[ScanColumn],
) -> Vec<Lookup> {
    let position = |operand: &Expr| match operand {
        Expr::Column(column) => {
            let index = attributes.iter().position(|a| a.id == column.id)?;
            predicate.iter().position(|known| known.column == index)
        }
        _ => None,
    };
    let constant = |operand: &Expr| {
        operand
            .as_literal()
            .filter(|value| !value.is_null())
            .cloned()
    };
    let mut found = Vec::new();
    for term in filters.iter().cloned().flat_map(Expr::conjuncts) {
        let lookup = match &term {
            Expr::Call(call) if matches!(call.name(), "=" | "==") => match &call.arguments[..] {
                [left, right] => (position(left).zip(constant(right)))
                    .or_else(|| position(right).zip(constant(left)))
                    .map(|(column, value)| (column, vec![value])),
                _ => None,
            },
            Expr::In { operand, list } if list.len() <= MAX_VALUES => {
                let values: Option<Vec<Value>> = list.iter().map(constant).collect();
                position(operand).zip(values)
            }
            _ => None,
        };
        found.extend(lookup.map(|(column, values)| Lookup { column, values }));
    }
    found
}

/// Whether bloom filters say that no row of a row group can match.
pub(super) fn rules_out(
    lookups: &[Lookup],
    predicate: &[ScanColumn],
    plan: &Arc<FilePlan>,
    row_group: usize,
) -> Result<bool> {
    for lookup in lookups {
        let Origin::File(slot) = predicate[lookup.column].origin else {
            continue;
        };
        let Some(leaf) = plan.leaf(slot) else {
            continue;
        };
        let Some((filter, descriptor)) = plan.bloom_filter(row_group, leaf)? else {
            continue;
        };
        if !lookup
            .values
            .iter()
            .any(|value| may_contain(&filter, value, &descriptor))
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether a filter may hold a value. A value whose stored form is not certain may be anywhere.
fn may_contain(filter: &Sbbf, value: &Value, column: &ColumnDescriptor) -> bool {
    let physical = column.physical_type();
    let integer = |value: i64| match physical {
        PhysicalType::INT32 => i32::try_from(value).is_ok_and(|value| filter.check(&value)),
        PhysicalType::INT64 => filter.check(&value),
        _ => true,
    };
    match value {
        Value::Byte(_) | Value::Short(_) | Value::Integer(_) | Value::Long(_)
            if column.type_scale() <= 0 =>
        {
            value.as_i64().is_none_or(integer)
        }
        Value::Date(days) if physical == PhysicalType::INT32 => filter.check(days),
        Value::String(text) if physical == PhysicalType::BYTE_ARRAY => {
            filter.check(text.as_bytes())
        }
        Value::Binary(bytes) if physical == PhysicalType::BYTE_ARRAY => filter.check(&bytes[..]),
        Value::Decimal(decimal) if i32::from(decimal.scale) == column.type_scale() => {
            i64::try_from(decimal.unscaled).map_or(true, integer)
        }
        _ => true,
    }
}
