//! Options of CSV, with Spark's names and defaults.

use crate::config::Config;
use crate::datasource::options::SourceOptions;
use crate::error::conditions::{
    INVALID_DELIMITER_VALUE_EMPTY_STRING, INVALID_DELIMITER_VALUE_SINGLE_BACKSLASH,
    INVALID_DELIMITER_VALUE_UNSUPPORTED_SPECIAL_CHARACTER, INVALID_PARAMETER_VALUE_CHARSET,
    OPTION_VALUE_EXCEEDS_ONE_CHARACTER,
};
use crate::error::{Error, Result};
use crate::kernel::time_zone::TimeZone;
use encoding_rs::{Encoding, UTF_8};

/// What a reader does with a record that does not fit the schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParseMode {
    /// Cells that do not fit are NULL.
    Permissive,
    /// The record is left out.
    DropMalformed,
    /// The query fails.
    FailFast,
}

impl ParseMode {
    /// The mode of that name; PERMISSIVE for names unknown, as in Spark.
    pub(crate) fn of(name: Option<&str>) -> ParseMode {
        match name.map(str::to_ascii_uppercase).as_deref() {
            Some("DROPMALFORMED") => ParseMode::DropMalformed,
            Some("FAILFAST") => ParseMode::FailFast,
            _ => ParseMode::Permissive,
        }
    }
}

/// Options of CSV.
#[derive(Debug, Clone)]
pub struct CsvOptions {
    /// Between fields; one character or more.
    pub delimiter: Vec<u8>,
    /// Around fields; None: there are no quotes.
    pub quote: Option<u8>,
    /// Before a quote inside quotes.
    pub escape: Option<u8>,
    /// Lines that begin with it are left out.
    pub comment: Option<u8>,
    /// Whether the first record of each file has the columns' names.
    pub header: bool,
    /// Whether quoted fields may hold line ends.
    pub multi_line: bool,
    /// What ends a record; None: `\n`, `\r` or `\r\n`.
    pub line_separator: Option<Vec<u8>>,
    /// Text that stands for NULL.
    pub null_value: String,
    /// What an empty quoted field reads as.
    pub empty_value: String,
    /// Text of not-a-number.
    pub nan_value: String,
    /// Text of infinity.
    pub positive_inf: String,
    /// Text of negative infinity.
    pub negative_inf: String,
    /// Pattern of dates; None: as CAST reads them.
    pub date_format: Option<String>,
    /// Pattern of timestamps; None: as CAST reads them.
    pub timestamp_format: Option<String>,
    /// Pattern of timestamps without zone.
    pub timestamp_ntz_format: Option<String>,
    /// Whether spaces before a field are cut.
    pub ignore_leading_space: bool,
    /// Whether spaces behind an unquoted field are cut.
    pub ignore_trailing_space: bool,
    /// Character set of the files.
    pub encoding: &'static Encoding,
    /// Zone of timestamps that name none.
    pub time_zone: TimeZone,
    /// What happens to malformed records.
    pub mode: ParseMode,
    /// Column that gets malformed records.
    pub corrupt_column: String,
    /// Most fields of a record.
    pub max_columns: usize,
    /// Longest field in characters; negative: no limit.
    pub max_field_length: i64,
    /// Whether types are inferred from the data.
    pub infer_schema: bool,
    /// Part of the records that inference looks at.
    pub sampling_ratio: f64,
    /// Whether inference tries DATE before TIMESTAMP.
    pub prefer_date: bool,
    /// Whether a given schema goes by position alone; otherwise headers must agree.
    pub enforce_schema: bool,
    /// Whether `TIMESTAMP` is inferred as TIMESTAMP_NTZ.
    pub infer_ntz: bool,
}

impl CsvOptions {
    /// The options of a reader.
    pub fn new(options: &SourceOptions, config: &Config) -> Result<CsvOptions> {
        let character = |key: &str, default: char| -> Result<Option<u8>> {
            match options.get(key) {
                None => Ok(Some(default as u8)),
                Some(text) => one_byte(key, text),
            }
        };
        let text = |key: &str, default: &str| options.get(key).unwrap_or(default).to_string();
        let encoding = options.get_either("encoding", "charset").unwrap_or("UTF-8");
        let zone = options.get("timeZone").unwrap_or(config.time_zone());
        let separator = options.get("lineSep").map(|text| text.as_bytes().to_vec());
        Ok(CsvOptions {
            delimiter: delimiter(options.get_either("delimiter", "sep").unwrap_or(","))?,
            quote: character("quote", '"')?,
            escape: character("escape", '\\')?,
            comment: character("comment", '\0')?,
            header: options.flag("header", false)?,
            multi_line: options.flag("multiLine", false)?,
            line_separator: separator.filter(|separator| !separator.is_empty()),
            null_value: text("nullValue", ""),
            empty_value: text("emptyValue", ""),
            nan_value: text("nanValue", "NaN"),
            positive_inf: text("positiveInf", "Inf"),
            negative_inf: text("negativeInf", "-Inf"),
            date_format: options.get("dateFormat").map(str::to_string),
            timestamp_format: options.get("timestampFormat").map(str::to_string),
            timestamp_ntz_format: options.get("timestampNTZFormat").map(str::to_string),
            ignore_leading_space: options.flag("ignoreLeadingWhiteSpace", false)?,
            ignore_trailing_space: options.flag("ignoreTrailingWhiteSpace", false)?,
            encoding: character_set(encoding)?,
            time_zone: TimeZone::of(zone)?,
            mode: ParseMode::of(options.get("mode")),
            corrupt_column: options
                .get("columnNameOfCorruptRecord")
                .or(config.get("spark.sql.columnNameOfCorruptRecord"))
                .unwrap_or("_corrupt_record")
                .to_string(),
            max_columns: usize::try_from(options.integer("maxColumns", 20480)?).unwrap_or(20480),
            max_field_length: options.integer("maxCharsPerColumn", -1)?,
            infer_schema: options.flag("inferSchema", false)?,
            sampling_ratio: options
                .get("samplingRatio")
                .and_then(|ratio| ratio.trim().parse().ok())
                .unwrap_or(1.0),
            prefer_date: options.flag("preferDate", true)?,
            enforce_schema: options.flag("enforceSchema", true)?,
            infer_ntz: config.get("spark.sql.timestampType") == Some("TIMESTAMP_NTZ"),
        })
    }

    /// Whether the files are UTF-8, or a part of it, and need no translation.
    pub fn is_utf8(&self) -> bool {
        self.encoding == UTF_8
    }
}

/// The character set of a name; Spark knows seven.
pub(crate) fn character_set(name: &str) -> Result<&'static Encoding> {
    const KNOWN: [&str; 7] = [
        "iso-8859-1",
        "us-ascii",
        "utf-16",
        "utf-16be",
        "utf-16le",
        "utf-32",
        "utf-8",
    ];
    let lower = name.to_ascii_lowercase();
    let lower = match lower.as_str() {
        "utf8" => "utf-8",
        "latin1" | "iso8859-1" | "iso8859_1" => "iso-8859-1",
        "ascii" => "us-ascii",
        other => other,
    };
    let found = if lower == "us-ascii" {
        // Bytes above 127 read as U+FFFD, which UTF-8 does with most of them.
        Some(UTF_8)
    } else {
        KNOWN
            .contains(&lower)
            .then(|| Encoding::for_label(lower.as_bytes()))
            .flatten()
    };
    found.ok_or_else(|| {
        Error::new(
            &INVALID_PARAMETER_VALUE_CHARSET,
            [
                ("functionName", "`CSVOptions`".to_string()),
                ("parameter", "`charset`".to_string()),
                ("charset", name.to_string()),
                ("charsets", KNOWN.join(", ")),
            ],
        )
    })
}

/// An option of one ASCII character; the empty text and NUL turn it off.
pub(crate) fn one_byte(key: &str, text: &str) -> Result<Option<u8>> {
    let mut characters = text.chars();
    match (characters.next(), characters.next()) {
        (None, _) | (Some('\0'), None) => Ok(None),
        (Some(only), None) if only.is_ascii() => Ok(Some(only as u8)),
        (Some(only), None) => Err(Error::unsupported(format!(
            "the character {only} for the option {key}"
        ))),
        _ => Err(Error::new(
            &OPTION_VALUE_EXCEEDS_ONE_CHARACTER,
            [("paramName", key), ("actualValue", text)],
        )),
    }
}

/// The delimiter of the option's text, in which `\t` and the like stand for characters.
pub(crate) fn delimiter(text: &str) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut rest = text.chars();
    if text.is_empty() {
        return Err(Error::of(&INVALID_DELIMITER_VALUE_EMPTY_STRING));
    }
    while let Some(c) = rest.next() {
        if c != '\\' {
            bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            continue;
        }
        bytes.push(match rest.next() {
            None => return Err(Error::of(&INVALID_DELIMITER_VALUE_SINGLE_BACKSLASH)),
            Some('t') => b'\t',
            Some('r') => b'\r',
            Some('b') => 8,
            Some('f') => 12,
            Some('"') => b'"',
            Some('\'') => b'\'',
            Some('\\') => b'\\',
            Some('u') if text == "\\u0000" => return Ok(vec![0]),
            Some(other) => {
                return Err(Error::new(
                    &INVALID_DELIMITER_VALUE_UNSUPPORTED_SPECIAL_CHARACTER,
                    [("str", format!("\\{other}"))],
                ));
            }
        });
    }
    Ok(bytes)
}
