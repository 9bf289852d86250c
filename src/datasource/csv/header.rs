//! Names of columns from a header, and headers checked against a schema.

use super::options::CsvOptions;
use super::tokenizer::{Records, Tokenizer};
use crate::datasource::input::Window;
use crate::error::conditions::FAILED_READ_FILE_NO_HINT;
use crate::error::{Error, Result};
use crate::types::StructType;

/// The first record of a file, which is taken off the window; None if there is none.
pub(super) fn first_record(
    window: &mut Window,
    tokenizer: &Tokenizer,
    max_columns: usize,
) -> Result<Option<Vec<Option<String>>>> {
    let columns: Vec<usize> = (0..max_columns).collect();
    let mut records = Records::of_columns(&columns);
    loop {
        let (bytes, end, last) = window.bytes()?;
        let progress = tokenizer.read(bytes, end, last, 1, &mut records);
        if progress.too_wide {
            return Err(super::reader::too_wide(bytes, progress.consumed));
        }
        let texts = (records.len() > 0).then(|| records.texts(0, bytes));
        window.consume(progress.consumed);
        if texts.is_some() || last {
            return Ok(texts);
        }
        if progress.consumed == 0 {
            window.grow()?;
        }
    }
}

/// Column names for a first record: as written if it is a header, else `_c0`, `_c1`, …. Missing names become
/// `_c` and the position; of names that differ only in case, each gets its position behind it.
pub(crate) fn column_names(
    record: &[Option<String>],
    options: &CsvOptions,
    case_sensitive: bool,
) -> Vec<String> {
    if !options.header {
        return (0..record.len())
            .map(|index| format!("_c{index}"))
            .collect();
    }
    let fold = |name: &str| {
        if case_sensitive {
            name.to_string()
        } else {
            name.to_lowercase()
        }
    };
    let folded: Vec<Option<String>> = (record.iter())
        .map(|name| name.as_deref().map(fold))
        .collect();
    (record.iter().enumerate())
        .map(|(index, name)| match name.as_deref() {
            None | Some("") => format!("_c{index}"),
            Some(name) if name == options.null_value => format!("_c{index}"),
            Some(name) => {
                let same = |other: &&Option<String>| **other == folded[index];
                if folded.iter().filter(same).count() > 1 {
                    format!("{name}{index}")
                } else {
                    name.to_string()
                }
            }
        })
        .collect()
}

/// With `enforceSchema` off: the names of the header must be those of the schema, at the columns that are read.
pub(super) fn check_header(
    header: &[Option<String>],
    schema: &StructType,
    columns: &[usize],
    case_sensitive: bool,
    file: &str,
) -> Result<()> {
    let failed = |cause: String| {
        Err(Error::new(&FAILED_READ_FILE_NO_HINT, [("path", file)]).caused_by(cause))
    };
    if columns.len() == schema.len() && header.len() != schema.len() {
        return failed(format!(
            "the header has {} columns, the schema {}",
            header.len(),
            schema.len()
        ));
    }
    for column in columns {
        let name = header.get(*column).cloned().flatten().unwrap_or_default();
        let expected = &schema[*column].name;
        let agrees = name == *expected
            || (!case_sensitive && name.to_lowercase() == expected.to_lowercase());
        if !agrees {
            return failed(format!(
                "column {} is {name} in the header, but {expected} in the schema",
                column + 1
            ));
        }
    }
    Ok(())
}
