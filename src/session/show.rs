//! Results as tables on the screen, laid out as Spark's `show()` does.
//!
//! ```text
//!   +---+-----+
//!   |  a|    b|        cells to the right (to the left where they are not cut), at least three wide
//!   +---+-----+
//!   |  1|x... |
//!   +---+-----+
//!   only showing top 1 row
//! ```

use super::rows;
use super::text::{BinaryStyle, Style, TextWriter};
use crate::config::Config;
use crate::error::Result;
use crate::kernel::time_zone::TimeZone;
use crate::pipeline::Batch;
use crate::types::StructType;
use std::fmt::Write;
use unicode_width::UnicodeWidthChar;

/// What to show.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    /// Rows at most.
    pub rows: usize,
    /// Characters of a cell at most; 0: all.
    pub truncate: usize,
    /// A line a cell instead of a line a row.
    pub vertical: bool,
}

/// The table of the first rows of batches. There must be one row more than is shown for the table to say
/// that there are more.
pub(crate) fn table<'a>(
    schema: &StructType,
    batches: impl IntoIterator<Item = &'a Batch>,
    layout: &Layout,
    config: &Config,
) -> Result<String> {
    let zone = TimeZone::of(config.time_zone())?;
    let binary = config
        .get("spark.sql.binaryOutputStyle")
        .and_then(BinaryStyle::of);
    let writer = TextWriter::new(Style::Show, zone, binary);
    let rows = rows::from_batches(schema, batches)?;
    let more = rows.len() > layout.rows;
    let cell = |text: String| truncated(escaped(text), layout.truncate);
    let header: Vec<String> = schema
        .iter()
        .map(|field| cell(field.name.clone()))
        .collect();
    let body: Vec<Vec<String>> = (rows.iter().take(layout.rows))
        .map(|row| {
            let cells = row.values().iter().zip(schema.iter());
            cells
                .map(|(value, field)| cell(writer.cell(value, &field.data_type)))
                .collect()
        })
        .collect();
    let mut out = String::new();
    if layout.vertical {
        vertical(&header, &body, &mut out);
    } else {
        horizontal(&header, &body, layout.truncate > 0, &mut out);
    }
    if more {
        let plural = if layout.rows == 1 { "row" } else { "rows" };
        let _ = writeln!(out, "only showing top {} {plural}", layout.rows);
    }
    Ok(out)
}

/// Control characters as their escapes, so that a row stays on its line.
fn escaped(text: String) -> String {
    if !text.contains(|c: char| c.is_control()) {
        return text;
    }
    text.chars().fold(String::new(), |mut out, c| {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{b}' => out.push_str("\\v"),
            '\u{c}' => out.push_str("\\f"),
            c => out.push(c),
        }
        out
    })
}

fn truncated(text: String, limit: usize) -> String {
    let length = text.chars().count();
    if limit == 0 || length <= limit {
        return text;
    }
    if limit < 4 {
        return text.chars().take(limit).collect();
    }
    let kept: String = text.chars().take(limit - 3).collect();
    kept + "..."
}

/// Columns of the screen that a text takes: wide characters take two.
fn width(text: &str) -> usize {
    text.chars()
        .map(|c| if c.width().unwrap_or(0) > 1 { 2 } else { 1 })
        .sum()
}

fn padded(text: &str, to: usize, left: bool) -> String {
    let blanks = " ".repeat(to.saturating_sub(width(text)));
    if left {
        blanks + text
    } else {
        text.to_string() + &blanks
    }
}

fn horizontal(header: &[String], body: &[Vec<String>], right_aligned: bool, out: &mut String) {
    let widths: Vec<usize> = (header.iter().enumerate())
        .map(|(column, name)| {
            let cells = body.iter().map(|row| width(&row[column]));
            cells.chain([width(name), 3]).max().unwrap_or(3)
        })
        .collect();
    let rule: String = widths
        .iter()
        .map(|width| format!("+{}", "-".repeat(*width)))
        .collect::<String>()
        + "+\n";
    let line = |cells: &[String]| {
        let cells = cells.iter().zip(&widths);
        let text: String = cells
            .map(|(cell, width)| format!("|{}", padded(cell, *width, right_aligned)))
            .collect();
        text + "|\n"
    };
    out.push_str(&rule);
    out.push_str(&line(header));
    out.push_str(&rule);
    body.iter().for_each(|row| out.push_str(&line(row)));
    out.push_str(&rule);
}

fn vertical(header: &[String], body: &[Vec<String>], out: &mut String) {
    let name_width = header
        .iter()
        .map(|name| width(name))
        .max()
        .unwrap_or(0)
        .max(3);
    let cells = body.iter().flatten().map(|cell| width(cell));
    let cell_width = cells.max().unwrap_or(0).max(3);
    if body.is_empty() {
        out.push_str("(0 rows)\n");
    }
    for (number, row) in body.iter().enumerate() {
        let title = format!("-RECORD {number}");
        let _ = writeln!(out, "{title:-<width$}", width = name_width + cell_width + 5);
        for (name, cell) in header.iter().zip(row) {
            let (name, cell) = (
                padded(name, name_width, false),
                padded(cell, cell_width, false),
            );
            let _ = writeln!(out, " {name} | {cell} ");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_cells_are_cut_and_marked() {
        assert_eq!(truncated("abcdefgh".into(), 5), "ab...");
        assert_eq!(truncated("abcdefgh".into(), 3), "abc");
        assert_eq!(truncated("abcdefgh".into(), 0), "abcdefgh");
    }

    #[test]
    fn cells_go_to_the_right_at_least_three_wide() {
        let mut out = String::new();
        horizontal(&["a".into()], &[vec!["1".into()]], true, &mut out);
        assert_eq!(out, "+---+\n|  a|\n+---+\n|  1|\n+---+\n");
    }
}
