//! One CSV record in a string: splitting, joining, inferring types.
//!
//! For `from_csv`, `to_csv` and `schema_of_csv`; files are read by the CSV source, which works on bytes in
//! bulk.

use super::text_formats::TextFormats;
use crate::types::DataType;

/// How a record is written down.
#[derive(Debug, Clone)]
pub struct CsvFormat {
    /// Between values.
    pub separator: String,
    /// Around values with special characters.
    pub quote: char,
    /// Before a quote within quotes.
    pub escape: char,
    /// Stands for NULL.
    pub null_value: String,
    /// Stands for an empty string.
    pub empty_value: String,
    /// White space before values does not count.
    pub ignore_leading: bool,
    /// White space behind values does not count.
    pub ignore_trailing: bool,
    /// All values are quoted.
    pub quote_all: bool,
}

impl CsvFormat {
    /// The values of a record; None for NULL.
    pub fn split(&self, record: &str) -> Vec<Option<String>> {
        let mut values = Vec::new();
        let mut rest = record;
        loop {
            if self.ignore_leading {
                rest = rest.trim_start_matches([' ', '\t']);
            }
            let (value, behind) = match rest.strip_prefix(self.quote) {
                Some(quoted) => self.quoted(quoted),
                None => self.plain(rest),
            };
            values.push(value);
            match behind {
                Some(behind) => rest = behind,
                None => return values,
            }
        }
    }

    fn plain<'t>(&self, text: &'t str) -> (Option<String>, Option<&'t str>) {
        let (value, behind) = match text.find(&self.separator) {
            Some(end) => (&text[..end], Some(&text[end + self.separator.len()..])),
            None => (text.trim_end_matches(['\n', '\r']), None),
        };
        let value = if self.ignore_trailing {
            value.trim_end()
        } else {
            value
        };
        let is_null = value.is_empty() || value == self.null_value;
        ((!is_null).then(|| value.to_string()), behind)
    }

    /// Behind the opening quote.
    fn quoted<'t>(&self, text: &'t str) -> (Option<String>, Option<&'t str>) {
        let mut value = String::new();
        let mut characters = text.char_indices().peekable();
        let mut end = text.len();
        while let Some((place, c)) = characters.next() {
            let next = characters.peek().map(|(_, next)| *next);
            if c == self.escape
                && next.is_some_and(|next| next == self.quote || next == self.escape)
            {
                value.extend(next);
                characters.next();
            } else if c == self.quote {
                end = place + c.len_utf8();
                break;
            } else {
                value.push(c);
            }
        }
        let rest = &text[end..];
        let (garbage, behind) = match rest.find(&self.separator) {
            Some(place) => (&rest[..place], Some(&rest[place + self.separator.len()..])),
            None => (rest, None),
        };
        value.push_str(garbage.trim_end());
        if value.is_empty() {
            return (Some(self.empty_value.clone()), behind);
        }
        let is_null = value == self.null_value;
        ((!is_null).then_some(value), behind)
    }

    /// Appends a value to a record that is being written; None is NULL.
    pub fn append(&self, value: Option<&str>, first: bool, output: &mut String) {
        if !first {
            output.push_str(&self.separator);
        }
        let Some(value) = value else {
            output.push_str(&self.null_value);
            return;
        };
        let value = if self.ignore_leading {
            value.trim_start()
        } else {
            value
        };
        let value = if self.ignore_trailing {
            value.trim_end()
        } else {
            value
        };
        if value.is_empty() {
            output.push_str("\"\"");
            return;
        }
        let special = |c: char| c == self.quote || c == '\n' || c == '\r';
        if !self.quote_all && !value.contains(special) && !value.contains(&self.separator) {
            output.push_str(value);
            return;
        }
        output.push(self.quote);
        for c in value.chars() {
            if c == self.quote {
                output.push(self.escape);
            }
            output.push(c);
        }
        output.push(self.quote);
    }
}

/// The type of a value.
pub fn infer(value: Option<&str>, formats: &TextFormats) -> DataType {
    let Some(text) = value else {
        return DataType::String;
    };
    let integer = |data_type: &DataType| formats.read(text, data_type).is_some();
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let whole = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if whole && integer(&DataType::Integer) {
        return DataType::Integer;
    }
    if whole && integer(&DataType::Long) {
        return DataType::Long;
    }
    if whole && digits.len() <= 38 {
        return DataType::decimal(digits.len() as u8, 0);
    }
    if !text.ends_with(['d', 'D', 'f', 'F']) && integer(&DataType::Double) {
        return DataType::Double;
    }
    if text.len() >= 8 && !text.contains([' ', 'T', ':']) && formats.read_date(text).is_some() {
        return DataType::Date;
    }
    if text.len() >= 8 && formats.read_timestamp(text).is_some() {
        return DataType::Timestamp;
    }
    if text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false") {
        return DataType::Boolean;
    }
    DataType::String
}

#[cfg(test)]
mod tests {
    use super::*;

    fn format() -> CsvFormat {
        CsvFormat {
            separator: ",".into(),
            quote: '"',
            escape: '\\',
            null_value: String::new(),
            empty_value: String::new(),
            ignore_leading: false,
            ignore_trailing: false,
            quote_all: false,
        }
    }

    #[test]
    fn records() {
        let split = |record| format().split(record);
        assert_eq!(split("1, x"), [Some("1".into()), Some(" x".into())]);
        assert_eq!(split("\"a,b\",c"), [Some("a,b".into()), Some("c".into())]);
        assert_eq!(split(",\"\""), [None, Some(String::new())]);
        assert_eq!(split(r#""q\"r""#), [Some("q\"r".into())]);
        let mut output = String::new();
        for (place, value) in [None, Some("x,y"), Some("q\"r"), Some("")]
            .into_iter()
            .enumerate()
        {
            format().append(value, place == 0, &mut output);
        }
        assert_eq!(output, r#","x,y","q\"r","""#);
    }
}
