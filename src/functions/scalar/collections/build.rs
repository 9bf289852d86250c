//! Making arrays.

use crate::error::Result;
use crate::kernel::Column;
use crate::kernel::lift::{column_of, rows_to_compute};
use crate::kernel::list::{ListBuilder, Lists, joined, null_test};
use crate::types::DataType;

/// The elements of several arrays one behind the other; NULL if one of them is.
pub fn concat_arrays(columns: &[Column], rows: usize, returns: &DataType) -> Result<Column> {
    let all: Vec<&Column> = columns.iter().collect();
    let rows = rows_to_compute(&all, rows);
    let lists = columns.iter().map(Lists::new).collect::<Result<Vec<_>>>()?;
    let elements: Vec<_> = lists.iter().map(|list| list.elements.clone()).collect();
    let (elements, bases) = joined(&elements, element_type(returns))?;
    let is_null = null_test(&all, rows);
    let mut output = ListBuilder::new(rows);
    for row in 0..rows {
        if is_null(row) {
            output.null_row();
            continue;
        }
        for (list, base) in lists.iter().zip(&bases) {
            let range = list.range(row);
            output.extend(base + range.start..base + range.end);
        }
        output.end_row()?;
    }
    Ok(column_of(&all, output.finish(elements.as_ref(), returns)?))
}

/// The element type of an array type; the type itself of any other.
pub(super) fn element_type(data_type: &DataType) -> &DataType {
    match data_type {
        DataType::Array { element, .. } => element,
        other => other,
    }
}
