//! Results on standard output, in several formats.

use crate::config::Config;
use crate::error::Result;
use crate::kernel::time_zone::TimeZone;
use crate::session::text::{BinaryStyle, Style, TextWriter};
use crate::types::{DataType, Row, StructType, Value};
use clap::ValueEnum;
use serde_json::json;
use std::io::Write;

/// How results are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A table with borders; a single text of several lines, such as that of EXPLAIN or SHOW CREATE TABLE, as it is.
    Table,
    /// Comma-separated, with a header.
    Csv,
    /// Tab-separated without a header, as spark-sql prints.
    Tsv,
    /// A JSON object a row.
    Json,
    /// A Markdown table.
    Markdown,
}

/// Writes rows.
pub fn write(
    out: &mut impl Write,
    format: Format,
    schema: &StructType,
    rows: &[Row],
    config: &Config,
) -> Result<()> {
    let zone = TimeZone::of(config.time_zone())?;
    let style = if format == Format::Tsv {
        Style::Hive
    } else {
        Style::Show
    };
    let binary = config
        .get("spark.sql.binaryOutputStyle")
        .and_then(BinaryStyle::of);
    let writer = TextWriter::new(style, zone, binary);
    let written = match format {
        Format::Table => table(out, schema, rows, &writer),
        Format::Csv => csv(out, schema, rows, &writer),
        Format::Tsv => lines(out, schema, rows, &writer),
        Format::Json => objects(out, schema, rows, &writer),
        Format::Markdown => markdown(out, schema, rows, &writer),
    };
    // A reader that has seen enough (`| head`) is no error.
    match written {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(crate::error::Error::internal("the result could not be printed").caused_by(error))
        }
        _ => Ok(()),
    }
}

fn cells(row: &Row, schema: &StructType, writer: &TextWriter) -> Vec<String> {
    let pairs = row.values().iter().zip(schema.iter());
    pairs
        .map(|(value, field)| writer.cell(value, &field.data_type))
        .collect()
}

fn width(text: &str) -> usize {
    unicode_width::UnicodeWidthStr::width(text)
}

fn table(
    out: &mut impl Write,
    schema: &StructType,
    rows: &[Row],
    writer: &TextWriter,
) -> std::io::Result<()> {
    if schema.is_empty() {
        return Ok(());
    }
    if let [row] = rows
        && let [Value::String(text)] = row.values()
        && text.contains('\n')
    {
        return writeln!(out, "{}", text.trim_end_matches('\n'));
    }
    let clean = |text: String| {
        text.replace('\n', "\\n")
            .replace('\r', "\\r")
            .replace('\t', "\\t")
    };
    let body: Vec<Vec<String>> = rows
        .iter()
        .map(|row| cells(row, schema, writer).into_iter().map(clean).collect())
        .collect();
    let header: Vec<String> = schema.names().into_iter().map(clean).collect();
    let widths: Vec<usize> = (0..header.len())
        .map(|column| {
            let cells = body.iter().map(|row| width(&row[column]));
            cells.chain([width(&header[column])]).max().unwrap_or(0)
        })
        .collect();
    let numeric: Vec<bool> = schema
        .iter()
        .map(|field| field.data_type.is_numeric())
        .collect();
    let rule: String = widths
        .iter()
        .map(|w| format!("+{}", "-".repeat(w + 2)))
        .collect::<String>()
        + "+";
    writeln!(out, "{rule}")?;
    for (index, cells) in std::iter::once(&header).chain(&body).enumerate() {
        for ((cell, to), right) in cells.iter().zip(&widths).zip(&numeric) {
            let blanks = " ".repeat(to - width(cell));
            if *right {
                write!(out, "| {blanks}{cell} ")?;
            } else {
                write!(out, "| {cell}{blanks} ")?;
            }
        }
        writeln!(out, "|")?;
        if index == 0 {
            writeln!(out, "{rule}")?;
        }
    }
    writeln!(out, "{rule}")
}

fn csv(
    out: &mut impl Write,
    schema: &StructType,
    rows: &[Row],
    writer: &TextWriter,
) -> std::io::Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    if !schema.is_empty() {
        csv.write_record(schema.names())?;
    }
    for row in rows {
        let empty_for_null = row.values().iter().zip(cells(row, schema, writer));
        csv.write_record(
            empty_for_null.map(|(v, text)| if v.is_null() { String::new() } else { text }),
        )?;
    }
    csv.flush()
}

fn lines(
    out: &mut impl Write,
    schema: &StructType,
    rows: &[Row],
    writer: &TextWriter,
) -> std::io::Result<()> {
    rows.iter()
        .try_for_each(|row| writeln!(out, "{}", cells(row, schema, writer).join("\t")))
}

fn markdown(
    out: &mut impl Write,
    schema: &StructType,
    rows: &[Row],
    writer: &TextWriter,
) -> std::io::Result<()> {
    if schema.is_empty() {
        return Ok(());
    }
    let escaped = |text: String| text.replace('|', "\\|").replace('\n', "<br>");
    let header: Vec<String> = schema.names().into_iter().map(escaped).collect();
    let rule = schema.iter().map(|f| {
        if f.data_type.is_numeric() {
            "---:"
        } else {
            "---"
        }
    });
    writeln!(out, "| {} |", header.join(" | "))?;
    writeln!(out, "| {} |", rule.collect::<Vec<_>>().join(" | "))?;
    rows.iter().try_for_each(|row| {
        let cells: Vec<String> = cells(row, schema, writer)
            .into_iter()
            .map(escaped)
            .collect();
        writeln!(out, "| {} |", cells.join(" | "))
    })
}

fn objects(
    out: &mut impl Write,
    schema: &StructType,
    rows: &[Row],
    writer: &TextWriter,
) -> std::io::Result<()> {
    rows.iter().try_for_each(|row| {
        let mut object = serde_json::Map::new();
        for (value, field) in row.values().iter().zip(schema.iter()) {
            object.insert(
                field.name.clone(),
                json_value(value, &field.data_type, writer),
            );
        }
        writeln!(out, "{}", serde_json::Value::Object(object))
    })
}

fn json_value(value: &Value, data_type: &DataType, writer: &TextWriter) -> serde_json::Value {
    match (value, data_type) {
        (Value::Null, _) => serde_json::Value::Null,
        (Value::Boolean(v), _) => json!(v),
        (Value::Float(v), _) if v.is_finite() => json!(v),
        (Value::Double(v), _) if v.is_finite() => json!(v),
        (Value::Decimal(_), _) => {
            let text = writer.cell(value, data_type);
            text.parse()
                .map_or_else(|_| json!(text), serde_json::Value::Number)
        }
        (Value::Array(items), DataType::Array { element, .. }) => items
            .iter()
            .map(|item| json_value(item, element, writer))
            .collect(),
        (Value::Map(entries), DataType::Map { key, value, .. }) => {
            let pairs = entries
                .iter()
                .map(|(k, v)| (writer.cell(k, key), json_value(v, value, writer)));
            serde_json::Value::Object(pairs.collect())
        }
        (Value::Struct(values), DataType::Struct(fields)) => {
            let pairs = values.iter().zip(fields.iter());
            let pairs = pairs.map(|(v, f)| (f.name.clone(), json_value(v, &f.data_type, writer)));
            serde_json::Value::Object(pairs.collect())
        }
        (value, data_type) => match value.as_i64() {
            Some(number) => json!(number),
            None => json!(writer.cell(value, data_type)),
        },
    }
}
