//! Options of JSON, with Spark's names and defaults.

use super::parser::Syntax;
use crate::config::Config;
use crate::datasource::csv::{DatetimeParser, ParseMode, character_set};
use crate::datasource::options::SourceOptions;
use crate::error::Result;
use crate::kernel::time_zone::TimeZone;
use encoding_rs::Encoding;

/// Options of JSON.
#[derive(Debug, Clone)]
pub(super) struct JsonOptions {
    pub syntax: Syntax,
    pub multi_line: bool,
    pub line_separator: Option<Vec<u8>>,
    pub encoding: &'static Encoding,
    pub mode: ParseMode,
    /// Column that gets malformed records.
    pub corrupt_column: String,
    pub datetimes: DatetimeParser,
    pub sampling_ratio: f64,
    /// Whether inference gives STRING to numbers and booleans.
    pub primitives_as_string: bool,
    /// Whether inference gives DECIMAL to numbers with a point.
    pub prefers_decimal: bool,
    /// Whether inference tries TIMESTAMP.
    pub infer_timestamp: bool,
    /// Whether inference leaves out columns of NULLs and empty arrays.
    pub drop_all_null: bool,
}

impl JsonOptions {
    pub fn new(options: &SourceOptions, config: &Config) -> Result<JsonOptions> {
        let zone = TimeZone::of(options.get("timeZone").unwrap_or(config.time_zone()))?;
        let separator = options.get("lineSep").map(|text| text.as_bytes().to_vec());
        let encoding = options.get_either("encoding", "charset").unwrap_or("UTF-8");
        Ok(JsonOptions {
            syntax: Syntax {
                comments: options.flag("allowComments", false)?,
                unquoted_names: options.flag("allowUnquotedFieldNames", false)?,
                single_quotes: options.flag("allowSingleQuotes", true)?,
                leading_zeros: options.flag("allowNumericLeadingZeros", false)?,
                not_a_number: options.flag("allowNonNumericNumbers", true)?,
                any_escape: options.flag("allowBackslashEscapingAnyCharacter", false)?,
                control_characters: options.flag("allowUnquotedControlChars", false)?,
            },
            multi_line: options.flag("multiLine", false)?,
            line_separator: separator.filter(|separator| !separator.is_empty()),
            encoding: character_set(encoding)?,
            mode: ParseMode::of(options.get("mode")),
            corrupt_column: options
                .get("columnNameOfCorruptRecord")
                .or(config.get("spark.sql.columnNameOfCorruptRecord"))
                .unwrap_or("_corrupt_record")
                .to_string(),
            datetimes: DatetimeParser::new(
                options.get("dateFormat"),
                options.get("timestampFormat"),
                options.get("timestampNTZFormat"),
                &zone,
            )?,
            sampling_ratio: options
                .get("samplingRatio")
                .and_then(|ratio| ratio.trim().parse().ok())
                .unwrap_or(1.0),
            primitives_as_string: options.flag("primitivesAsString", false)?,
            prefers_decimal: options.flag("prefersDecimal", false)?,
            infer_timestamp: options.flag("inferTimestamp", false)?,
            drop_all_null: options.flag("dropFieldIfAllNull", false)?,
        })
    }
}
