//! Records that do not fit the schema, in the mode FAILFAST.

use crate::config::Config;
use crate::error::conditions::{
    FAILED_READ_FILE_NO_HINT, MALFORMED_RECORD_IN_PARSING_WITHOUT_SUGGESTION,
};
use crate::error::{Error, Result};
use crate::kernel::Column;
use crate::kernel::cast::{Cast, Mode};
use crate::types::DataType;
use arrow::array::{ArrayRef, AsArray};

/// The error for row `row` of what could be read: `[1,null,x]`.
pub(crate) fn malformed_record(
    columns: &[ArrayRef],
    types: &[&DataType],
    row: usize,
    file: &str,
    line: u64,
    config: &Config,
) -> Error {
    let values: Vec<String> = (columns.iter().zip(types))
        .map(|(column, data_type)| {
            show(column, data_type, row, config).unwrap_or_else(|_| "null".into())
        })
        .collect();
    let record = Error::new(
        &MALFORMED_RECORD_IN_PARSING_WITHOUT_SUGGESTION,
        [
            ("badRecord", format!("[{}]", values.join(","))),
            ("failFastMode", "FAILFAST".to_string()),
        ],
    );
    Error::new(&FAILED_READ_FILE_NO_HINT, [("path", file)])
        .caused_by(format!("line {line}: {record}"))
}

fn show(column: &ArrayRef, data_type: &DataType, row: usize, config: &Config) -> Result<String> {
    let cast = Cast::new(data_type, &DataType::String, Mode::Try, config)?;
    let text = cast
        .eval(&Column::Array(column.slice(row, 1)), 1)?
        .to_array(1);
    let text = text.as_string_view();
    Ok(if text.iter().next().flatten().is_none() {
        "null".to_string()
    } else {
        text.value(0).to_string()
    })
}
