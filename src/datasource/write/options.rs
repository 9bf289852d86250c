//! What the options of a writer say, checked once per job.

use super::cells::CellFormats;
use crate::config::Config;
use crate::datasource::csv::{delimiter, one_byte};
use crate::datasource::files::Compression;
use crate::datasource::open::FileFormat;
use crate::datasource::options::SourceOptions;
use crate::error::conditions::CODEC_NOT_AVAILABLE_WITH_AVAILABLE_CODECS_SUGGESTION;
use crate::error::{Error, Result};
use parquet::basic::{Compression as ParquetCompression, GzipLevel, ZstdLevel};

/// Options of a format.
#[derive(Debug, Clone)]
pub(super) enum FormatOptions {
    Csv(CsvWriteOptions),
    Json(JsonWriteOptions),
    Parquet(ParquetWriteOptions),
    Text(TextWriteOptions),
}

#[derive(Debug, Clone)]
pub(super) struct CsvWriteOptions {
    pub delimiter: String,
    pub quote: u8,
    pub escape: u8,
    /// Before an escape inside quotes.
    pub escape_escape: Option<u8>,
    pub comment: u8,
    pub header: bool,
    pub quote_all: bool,
    pub escape_quotes: bool,
    pub null_value: String,
    pub empty_value: String,
    pub trim_leading: bool,
    pub trim_trailing: bool,
    pub line_separator: String,
    pub cells: CellFormats,
    pub compression: Compression,
}

#[derive(Debug, Clone)]
pub(super) struct JsonWriteOptions {
    pub ignore_null_fields: bool,
    pub line_separator: String,
    pub cells: CellFormats,
    pub compression: Compression,
}

#[derive(Debug, Clone)]
pub(super) struct ParquetWriteOptions {
    pub compression: ParquetCompression,
    /// What the codec adds to the file name: `.snappy`.
    pub suffix: &'static str,
    /// Columns that get a bloom filter.
    pub bloom_filters: Vec<String>,
    /// How TIMESTAMP is stored.
    pub timestamps: TimestampEncoding,
}

/// How TIMESTAMP is stored in Parquet. TIMESTAMP_NTZ is always microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TimestampEncoding {
    /// Nanoseconds of the day and Julian day.
    Int96,
    /// Microseconds since the epoch.
    Micros,
    /// Milliseconds since the epoch; what is finer is cut off.
    Millis,
}

#[derive(Debug, Clone)]
pub(super) struct TextWriteOptions {
    pub line_separator: String,
    pub compression: Compression,
}

impl FormatOptions {
    pub fn new(
        format: FileFormat,
        options: &SourceOptions,
        config: &Config,
    ) -> Result<FormatOptions> {
        let text = |key: &str, default: &str| options.get(key).unwrap_or(default).to_string();
        let line_separator = text("lineSep", "\n");
        Ok(match format {
            FileFormat::Csv => {
                let byte = |key: &str, default: u8| -> Result<u8> {
                    Ok(match options.get(key) {
                        None => default,
                        Some(text) => one_byte(key, text)?.unwrap_or(0),
                    })
                };
                let (quote, escape) = (byte("quote", b'"')?, byte("escape", b'\\')?);
                let separator = options.get_either("delimiter", "sep").unwrap_or(",");
                let separator = String::from_utf8_lossy(&delimiter(separator)?).into_owned();
                let escape_escape = match options.get("charToEscapeQuoteEscaping") {
                    Some(text) => one_byte("charToEscapeQuoteEscaping", text)?,
                    None => (escape != quote).then_some(escape),
                };
                FormatOptions::Csv(CsvWriteOptions {
                    delimiter: separator,
                    quote,
                    escape,
                    escape_escape,
                    comment: byte("comment", b'#')?,
                    header: options.flag("header", false)?,
                    quote_all: options.flag("quoteAll", false)?,
                    escape_quotes: options.flag("escapeQuotes", true)?,
                    null_value: text("nullValue", ""),
                    empty_value: text("emptyValue", "\"\""),
                    trim_leading: options.flag("ignoreLeadingWhiteSpace", true)?,
                    trim_trailing: options.flag("ignoreTrailingWhiteSpace", true)?,
                    line_separator,
                    cells: CellFormats::new(options, config)?,
                    compression: text_codec(options)?,
                })
            }
            FileFormat::Json => FormatOptions::Json(JsonWriteOptions {
                ignore_null_fields: options.flag("ignoreNullFields", true)?,
                line_separator,
                cells: CellFormats::new(options, config)?,
                compression: text_codec(options)?,
            }),
            FileFormat::Parquet => FormatOptions::Parquet(parquet_options(options, config)?),
            FileFormat::Text => FormatOptions::Text(TextWriteOptions {
                line_separator,
                compression: text_codec(options)?,
            }),
        })
    }

    /// What file names end with: `.csv.gz`, `.snappy.parquet`.
    pub fn extension(&self) -> String {
        match self {
            FormatOptions::Csv(options) => format!(".csv{}", options.compression.extension()),
            FormatOptions::Json(options) => format!(".json{}", options.compression.extension()),
            FormatOptions::Parquet(options) => format!("{}.parquet", options.suffix),
            FormatOptions::Text(options) => format!(".txt{}", options.compression.extension()),
        }
    }
}

fn unknown_codec(name: &str, known: &str) -> Error {
    Error::new(
        &CODEC_NOT_AVAILABLE_WITH_AVAILABLE_CODECS_SUGGESTION,
        [("codecName", name), ("availableCodecs", known)],
    )
}

fn text_codec(options: &SourceOptions) -> Result<Compression> {
    let name = options.get_either("compression", "codec").unwrap_or("none");
    Compression::of_option(name)
        .ok_or_else(|| unknown_codec(name, "bzip2, deflate, uncompressed, none, gzip, zstd"))
}

fn parquet_options(options: &SourceOptions, config: &Config) -> Result<ParquetWriteOptions> {
    let name = options
        .get_either("compression", "parquet.compression")
        .or(config.get("spark.sql.parquet.compression.codec"))
        .unwrap_or("snappy");
    let (compression, suffix) = match name.to_ascii_lowercase().as_str() {
        "none" | "uncompressed" => (ParquetCompression::UNCOMPRESSED, ""),
        "snappy" => (ParquetCompression::SNAPPY, ".snappy"),
        "gzip" => (ParquetCompression::GZIP(GzipLevel::default()), ".gz"),
        "zstd" => {
            let level = ZstdLevel::try_new(3).unwrap_or_default();
            (ParquetCompression::ZSTD(level), ".zstd")
        }
        "lz4" => (ParquetCompression::LZ4, ".lz4hadoop"),
        "lz4_raw" => (ParquetCompression::LZ4_RAW, ".lz4raw"),
        "brotli" => (ParquetCompression::BROTLI(Default::default()), ".br"),
        _ => {
            let known = "brotli, uncompressed, snappy, lz4_raw, none, zstd, lz4, gzip";
            return Err(unknown_codec(name, known));
        }
    };
    Ok(ParquetWriteOptions {
        compression,
        suffix,
        bloom_filters: options.with_prefix("parquet.bloom.filter.enabled#"),
        timestamps: match (config.get("spark.sql.parquet.outputTimestampType"))
            .map(str::to_ascii_uppercase)
            .as_deref()
        {
            Some("TIMESTAMP_MICROS") => TimestampEncoding::Micros,
            Some("TIMESTAMP_MILLIS") => TimestampEncoding::Millis,
            _ => TimestampEncoding::Int96,
        },
    })
}
