//! Types and schemas as text: `DECIMAL(10,2)`, `a INT NOT NULL, b STRUCT<c: DATE>`.
//!
//! [`TypeParser`] is the only grammar of types in the engine. It reads from any place of any text, so that
//! the SQL parser, on meeting a type, hands over its text and position and goes on behind the type:
//!
//! ```text
//!   CAST(a AS MAP<STRING,ARRAY<INT>>)     TypeParser::new(source, 10) … position() == 32
//!             ^10                   ^32
//! ```
//!
//! Limits: only the collation UTF8_BINARY; no TIME, VARIANT and geospatial types, as [`DataType`] has none.

use super::{DataType, DayTimeField, StructField, StructType, YearMonthField};
use crate::error::conditions::{
    DATATYPE_MISSING_SIZE, DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION,
    DECIMAL_SCALE_EXCEEDS_PRECISION, INCOMPLETE_TYPE_DEFINITION_ARRAY,
    INCOMPLETE_TYPE_DEFINITION_MAP, INCOMPLETE_TYPE_DEFINITION_STRUCT,
    INVALID_INTERVAL_FORMAT_UNSUPPORTED_FROM_TO_EXPRESSION, PARSE_EMPTY_STATEMENT,
    PARSE_SYNTAX_ERROR, UNSUPPORTED_DATATYPE,
};
use crate::error::{Error, Origin, Result, SourceText};
use std::sync::Arc;

/// How deep types may nest in a text.
const MAX_DEPTH: usize = 200;

/// A type from its SQL spelling: `INT`, `MAP<STRING, ARRAY<DECIMAL(5,2)>>`, `INTERVAL DAY TO SECOND`.
pub fn parse_data_type(text: &str) -> Result<DataType> {
    let mut parser = TypeParser::new(SourceText::statement(text), 0);
    parser.reject_empty()?;
    let data_type = parser.data_type()?;
    parser.expect_end()?;
    Ok(data_type)
}

/// A schema from a DDL string, `a INT NOT NULL COMMENT 'x', b STRING`; with colons (`a: INT`) and as
/// `STRUCT<a: INT>` it is understood, too.
pub fn parse_schema(text: &str) -> Result<StructType> {
    let mut parser = TypeParser::new(SourceText::statement(text), 0);
    if parser.peek() == Token::End {
        return Ok(StructType::default());
    }
    let fields = parser.fields().and_then(|fields| {
        parser.expect_end()?;
        Ok(fields)
    });
    match fields {
        Ok(fields) => Ok(StructType::new(fields)),
        // As in Spark: the error is that of reading it as a type.
        Err(error) => match parse_data_type(text)? {
            DataType::Struct(schema) => Ok(schema),
            _ => Err(error),
        },
    }
}

impl StructType {
    /// The schema as a DDL string that [`parse_schema`] reads: `a INT NOT NULL,b STRING COMMENT 'x'`.
    pub fn to_ddl(&self) -> String {
        let columns: Vec<String> = (self.iter())
            .map(|field| {
                let not_null = if field.nullable { "" } else { " NOT NULL" };
                format!(
                    "{} {}{not_null}{}",
                    quote_if_needed(&field.name),
                    field.data_type.sql(),
                    comment_clause(field)
                )
            })
            .collect();
        columns.join(",")
    }
}

/// A field name as it stands in DDL: in backticks unless it is a plain identifier.
pub fn quote_if_needed(name: &str) -> String {
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if plain && !name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit()) {
        name.to_string()
    } else {
        crate::error::quote::identifier(name)
    }
}

/// ` COMMENT 'text'`, or nothing for a field without one.
pub(super) fn comment_clause(field: &StructField) -> String {
    let Some(comment) = &field.comment else {
        return String::new();
    };
    let escaped = comment.replace('\\', "\\\\").replace('\'', "\\'");
    format!(" COMMENT '{escaped}'")
}

/// What a text of types is made of.
#[derive(Debug, Clone, PartialEq)]
enum Token {
    Word(String),
    Quoted(String),
    Number(String),
    Text(String),
    Symbol(char),
    End,
}

/// Reads types and fields out of a SQL text from a given place on.
pub(crate) struct TypeParser {
    source: Arc<SourceText>,
    /// Byte position behind the last token taken.
    position: usize,
    depth: usize,
}

impl TypeParser {
    /// A parser that starts at byte `position` of the text.
    pub(crate) fn new(source: Arc<SourceText>, position: usize) -> Self {
        TypeParser {
            source,
            position,
            depth: 0,
        }
    }

    /// The byte position behind what has been read.
    pub(crate) fn position(&self) -> usize {
        self.position
    }

    /// Reads a type.
    pub(crate) fn data_type(&mut self) -> Result<DataType> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(Error::unsupported(format!(
                "types nested deeper than {MAX_DEPTH} levels"
            )));
        }
        let data_type = self.undepthed_data_type();
        self.depth -= 1;
        data_type
    }

    fn undepthed_data_type(&mut self) -> Result<DataType> {
        let start = self.token_start();
        let (name, quoted) = match self.next() {
            Token::Word(name) => (name.to_uppercase(), false),
            Token::Quoted(name) => (name.to_uppercase(), true),
            _ => return Err(self.syntax_error(start, "")),
        };
        if quoted {
            return Err(self.unknown_type(start, &name, &[]));
        }
        Ok(match name.as_str() {
            "ARRAY" => {
                self.expect_open(&INCOMPLETE_TYPE_DEFINITION_ARRAY, "<INT>", start)?;
                let element = self.data_type()?;
                self.expect_symbol('>')?;
                DataType::array(element, true)
            }
            "MAP" => {
                self.expect_open(&INCOMPLETE_TYPE_DEFINITION_MAP, "", start)?;
                let key = self.data_type()?;
                self.expect_symbol(',')?;
                let value = self.data_type()?;
                self.expect_symbol('>')?;
                DataType::map(key, value, true)
            }
            "STRUCT" => {
                self.expect_open(&INCOMPLETE_TYPE_DEFINITION_STRUCT, "", start)?;
                let fields = if self.peek() == Token::Symbol('>') {
                    Vec::new()
                } else {
                    self.fields()?
                };
                self.expect_symbol('>')?;
                DataType::structure(fields)
            }
            "INTERVAL" => self.interval(start)?,
            _ => {
                let arguments = self.type_arguments()?;
                self.named_type(start, &name, &arguments)?
            }
        })
    }

    /// Reads `name [:] type [NOT NULL] [COMMENT 'text'], …`.
    fn fields(&mut self) -> Result<Vec<StructField>> {
        let mut fields = vec![self.field()?];
        while self.take_symbol(',') {
            fields.push(self.field()?);
        }
        Ok(fields)
    }

    fn field(&mut self) -> Result<StructField> {
        let start = self.token_start();
        let name = match self.next() {
            Token::Word(name) | Token::Quoted(name) => name,
            _ => return Err(self.syntax_error(start, "")),
        };
        self.take_symbol(':');
        let data_type = self.data_type()?;
        let mut nullable = true;
        if self.take_word("NOT") {
            self.expect_word("NULL")?;
            nullable = false;
        }
        let mut field = StructField::new(name, data_type, nullable);
        if self.take_word("COMMENT") {
            let start = self.token_start();
            match self.next() {
                Token::Text(comment) => field = field.with_comment(comment),
                _ => return Err(self.syntax_error(start, "")),
            }
        }
        Ok(field)
    }

    fn named_type(&mut self, start: usize, name: &str, arguments: &[u64]) -> Result<DataType> {
        use DataType::*;
        let plain = match name {
            "BOOLEAN" => Some(Boolean),
            "TINYINT" | "BYTE" => Some(Byte),
            "SMALLINT" | "SHORT" => Some(Short),
            "INT" | "INTEGER" => Some(Integer),
            "BIGINT" | "LONG" => Some(Long),
            "FLOAT" | "REAL" => Some(Float),
            "DOUBLE" => Some(Double),
            "DATE" => Some(Date),
            "TIMESTAMP" => Some(self.timestamp_qualifier()?),
            "TIMESTAMP_LTZ" => Some(Timestamp),
            "TIMESTAMP_NTZ" => Some(TimestampNtz),
            "STRING" => Some(self.collated_string()?),
            "BINARY" => Some(Binary),
            "VOID" => Some(Null),
            _ => None,
        };
        if let (Some(plain), []) = (plain, arguments) {
            return Ok(plain);
        }
        match (name, arguments) {
            ("DECIMAL" | "DEC" | "NUMERIC", []) => Ok(DataType::DECIMAL_USER_DEFAULT),
            ("DECIMAL" | "DEC" | "NUMERIC", [precision]) => self.decimal(start, *precision, 0),
            ("DECIMAL" | "DEC" | "NUMERIC", [precision, scale]) => {
                self.decimal(start, *precision, *scale)
            }
            ("CHAR" | "CHARACTER", [n]) => self.size(start, *n).map(Char),
            ("VARCHAR", [n]) => self.size(start, *n).map(Varchar),
            ("CHAR" | "CHARACTER" | "VARCHAR", []) => Err(Error::new(
                &DATATYPE_MISSING_SIZE,
                [("type", format!("\"{name}\""))],
            )
            .at(self.origin(start).as_ref())),
            ("TIME" | "VARIANT", _) => {
                Err(Error::unsupported(format!("the type {name}")).at(self.origin(start).as_ref()))
            }
            _ => Err(self.unknown_type(start, name, arguments)),
        }
    }

    fn unknown_type(&self, start: usize, name: &str, arguments: &[u64]) -> Error {
        let mut text = name.to_string();
        if !arguments.is_empty() {
            let arguments: Vec<String> = arguments.iter().map(u64::to_string).collect();
            text = format!("{name}({})", arguments.join(","));
        }
        let parameters = [("typeName", format!("\"{text}\""))];
        Error::new(&UNSUPPORTED_DATATYPE, parameters).at(self.origin(start).as_ref())
    }

    fn decimal(&self, start: usize, precision: u64, scale: u64) -> Result<DataType> {
        if precision > 38 {
            let parameters = [
                ("precision", precision.to_string()),
                ("maxPrecision", "38".into()),
            ];
            return Err(Error::new(
                &DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION,
                parameters,
            ));
        }
        if scale > precision {
            let parameters = [("scale", scale), ("precision", precision)];
            return Err(Error::new(&DECIMAL_SCALE_EXCEEDS_PRECISION, parameters)
                .at(self.origin(start).as_ref()));
        }
        Ok(DataType::decimal(precision as u8, scale as i8))
    }

    fn size(&self, start: usize, size: u64) -> Result<u32> {
        u32::try_from(size).map_err(|_| self.unknown_type(start, "CHAR", &[size]))
    }

    /// `(1, 2)` behind a type's name.
    fn type_arguments(&mut self) -> Result<Vec<u64>> {
        let mut arguments = Vec::new();
        if !self.take_symbol('(') {
            return Ok(arguments);
        }
        loop {
            let start = self.token_start();
            match self.next() {
                Token::Number(digits) => {
                    let number = digits.parse();
                    arguments.push(number.map_err(|_| self.syntax_error(start, ""))?);
                }
                _ => return Err(self.syntax_error(start, "")),
            }
            if !self.take_symbol(',') {
                break;
            }
        }
        self.expect_symbol(')')?;
        Ok(arguments)
    }

    /// What follows `TIMESTAMP`: nothing, `WITH LOCAL TIME ZONE` or `WITHOUT TIME ZONE`.
    fn timestamp_qualifier(&mut self) -> Result<DataType> {
        let back = self.position;
        let zoned = match (self.take_word("WITHOUT"), self.take_word("WITH")) {
            (true, _) => false,
            (_, true) if self.take_word("LOCAL") => true,
            _ => {
                self.position = back;
                return Ok(DataType::Timestamp);
            }
        };
        if self.take_word("TIME") && self.take_word("ZONE") {
            let data_type = if zoned {
                DataType::Timestamp
            } else {
                DataType::TimestampNtz
            };
            return Ok(data_type);
        }
        self.position = back;
        Ok(DataType::Timestamp)
    }

    /// What follows `STRING`: nothing or a collation.
    fn collated_string(&mut self) -> Result<DataType> {
        if !self.take_word("COLLATE") {
            return Ok(DataType::String);
        }
        let start = self.token_start();
        match self.next() {
            Token::Word(name) | Token::Quoted(name) if name.eq_ignore_ascii_case("UTF8_BINARY") => {
                Ok(DataType::String)
            }
            Token::Word(name) | Token::Quoted(name) => {
                Err(Error::unsupported(format!("the collation {name}"))
                    .at(self.origin(start).as_ref()))
            }
            _ => Err(self.syntax_error(start, "")),
        }
    }

    /// What follows `INTERVAL`: nothing, a unit, or `unit TO unit`.
    fn interval(&mut self, start: usize) -> Result<DataType> {
        let unit = |token: &Token| match token {
            Token::Word(word) => IntervalUnit::named(word),
            _ => None,
        };
        let Some(from) = unit(&self.peek()) else {
            return Ok(DataType::CalendarInterval);
        };
        self.next();
        let back = self.position;
        let mut to = from;
        if self.take_word("TO") {
            match unit(&self.peek()) {
                // What Spark's grammar knows are the pairs from a larger to a smaller unit.
                Some(end) if end.may_end(from) => {
                    self.next();
                    to = end;
                }
                _ => {
                    self.position = back;
                    return Err(self.syntax_error(self.token_start(), ""));
                }
            }
        }
        from.interval_type(to).ok_or_else(|| {
            let parameters = [("input", ""), ("from", from.name()), ("to", to.name())];
            Error::new(
                &INVALID_INTERVAL_FORMAT_UNSUPPORTED_FROM_TO_EXPRESSION,
                parameters,
            )
            .at(self.origin(start).as_ref())
        })
    }

    // --- tokens ---

    fn peek(&self) -> Token {
        scan(&self.source.text, self.position).0
    }

    fn next(&mut self) -> Token {
        let (token, _, end) = scan(&self.source.text, self.position);
        self.position = end;
        token
    }

    fn token_start(&self) -> usize {
        scan(&self.source.text, self.position).1
    }

    fn take_symbol(&mut self, symbol: char) -> bool {
        let found = self.peek() == Token::Symbol(symbol);
        if found {
            self.next();
        }
        found
    }

    fn take_word(&mut self, word: &str) -> bool {
        let found = matches!(self.peek(), Token::Word(text) if text.eq_ignore_ascii_case(word));
        if found {
            self.next();
        }
        found
    }

    fn expect_symbol(&mut self, symbol: char) -> Result<()> {
        let start = self.token_start();
        if self.take_symbol(symbol) {
            return Ok(());
        }
        Err(self.syntax_error(start, ""))
    }

    fn expect_word(&mut self, word: &str) -> Result<()> {
        let start = self.token_start();
        if self.take_word(word) {
            return Ok(());
        }
        Err(self.syntax_error(start, ""))
    }

    /// `<`, or the error that says that the type wants one.
    fn expect_open(
        &mut self,
        condition: &'static crate::error::Condition,
        element: &str,
        start: usize,
    ) -> Result<()> {
        if self.take_symbol('<') {
            return Ok(());
        }
        let error = if element.is_empty() {
            Error::of(condition)
        } else {
            Error::new(condition, [("elementType", element)])
        };
        Err(error.at(self.origin(start).as_ref()))
    }

    fn reject_empty(&self) -> Result<()> {
        match self.peek() {
            Token::End => Err(Error::of(&PARSE_EMPTY_STATEMENT)),
            _ => Ok(()),
        }
    }

    fn expect_end(&mut self) -> Result<()> {
        let start = self.token_start();
        if self.peek() == Token::End {
            return Ok(());
        }
        let text = self.token_text(start);
        Err(self.syntax_error(start, &format!(": extra input {text}")))
    }

    /// The text of the token at a byte position as Spark prints it in syntax errors.
    fn token_text(&self, start: usize) -> String {
        match scan(&self.source.text, start) {
            (Token::End, ..) => "end of input".into(),
            (_, start, end) => format!("'{}'", &self.source.text[start..end]),
        }
    }

    fn syntax_error(&self, start: usize, hint: &str) -> Error {
        let parameters = [
            ("error", self.token_text(start)),
            ("hint", hint.to_string()),
        ];
        Error::new(&PARSE_SYNTAX_ERROR, parameters).at(self.origin(start).as_ref())
    }

    /// The place from a byte position to the end of the token there.
    fn origin(&self, start: usize) -> Option<Origin> {
        let text = &self.source.text;
        let (_, start, end) = scan(text, start);
        let before = text[..start].chars().count() as u32;
        let length = text[start..end].chars().count() as u32;
        Some(Origin {
            source: self.source.clone(),
            start: before,
            end: before + length,
        })
    }
}

/// The next token at or behind byte `position`, with its first byte and the byte behind it.
fn scan(text: &str, position: usize) -> (Token, usize, usize) {
    let rest = &text[position..];
    let start = position + skip_blank(rest);
    let rest = &text[start..];
    let Some(first) = rest.chars().next() else {
        return (Token::End, start, start);
    };
    if first == '`' {
        let (name, length) = quoted(rest, first);
        return (Token::Quoted(name), start, start + length);
    }
    if first == '\'' || first == '"' {
        let (content, length) = quoted(rest, first);
        return (Token::Text(content), start, start + length);
    }
    let word: String = (rest.chars())
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .collect();
    let end = start + word.len();
    if word.is_empty() {
        return (Token::Symbol(first), start, start + first.len_utf8());
    }
    if word.chars().all(|c| c.is_ascii_digit()) {
        return (Token::Number(word), start, end);
    }
    (Token::Word(word), start, end)
}

/// Bytes of white space and comments at the start of `text`.
fn skip_blank(text: &str) -> usize {
    let mut at = 0;
    loop {
        let rest = &text[at..];
        let blank = rest.len() - rest.trim_start().len();
        at += blank;
        let rest = &text[at..];
        if rest.starts_with("--") {
            at += rest.find('\n').unwrap_or(rest.len());
        } else if rest.starts_with("/*") {
            at += rest.find("*/").map_or(rest.len(), |end| end + 2);
        } else if blank == 0 {
            return at;
        }
    }
}

/// The content of what starts with `quote` (doubled inside to mean itself; a backslash escapes in
/// strings), and its length in bytes with the quotes. Without a closing quote it runs to the end.
fn quoted(text: &str, quote: char) -> (String, usize) {
    let mut content = String::new();
    let mut characters = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = characters.next() {
        if c == quote {
            if characters.next_if(|(_, next)| *next == quote).is_some() {
                content.push(quote);
            } else {
                return (content, at + 1);
            }
        } else if c == '\\' && quote != '`' {
            match characters.next() {
                Some((_, 'n')) => content.push('\n'),
                Some((_, 't')) => content.push('\t'),
                Some((_, escaped)) => content.push(escaped),
                None => {}
            }
        } else {
            content.push(c);
        }
    }
    (content, text.len())
}

/// A unit of an interval type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum IntervalUnit {
    YearMonth(YearMonthField),
    DayTime(DayTimeField),
}

impl IntervalUnit {
    fn named(word: &str) -> Option<Self> {
        Some(match word.to_ascii_uppercase().as_str() {
            "YEAR" => IntervalUnit::YearMonth(YearMonthField::Year),
            "MONTH" => IntervalUnit::YearMonth(YearMonthField::Month),
            "DAY" => IntervalUnit::DayTime(DayTimeField::Day),
            "HOUR" => IntervalUnit::DayTime(DayTimeField::Hour),
            "MINUTE" => IntervalUnit::DayTime(DayTimeField::Minute),
            "SECOND" => IntervalUnit::DayTime(DayTimeField::Second),
            _ => return None,
        })
    }

    fn name(self) -> &'static str {
        match self {
            IntervalUnit::YearMonth(field) => field.name(),
            IntervalUnit::DayTime(field) => field.name(),
        }
    }

    /// Whether `start TO self` is in the grammar at all.
    fn may_end(self, start: Self) -> bool {
        let last = IntervalUnit::DayTime(DayTimeField::Second);
        match (start, self) {
            (IntervalUnit::YearMonth(a), IntervalUnit::YearMonth(b)) => a < b,
            (IntervalUnit::DayTime(a), IntervalUnit::DayTime(b)) => a < b || start == last,
            _ => false,
        }
    }

    fn interval_type(self, to: Self) -> Option<DataType> {
        match (self, to) {
            (IntervalUnit::YearMonth(start), IntervalUnit::YearMonth(end)) if start <= end => {
                Some(DataType::YearMonthInterval { start, end })
            }
            (IntervalUnit::DayTime(start), IntervalUnit::DayTime(end)) if start <= end => {
                Some(DataType::DayTimeInterval { start, end })
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn condition(text: &str) -> &'static str {
        match parse_data_type(text) {
            Ok(data_type) => panic!("{text} is {data_type}"),
            Err(error) => error.condition().name,
        }
    }

    #[test]
    fn every_spelling_reads_back_as_itself() {
        let schema = "a INT NOT NULL COMMENT 'it\\'s',b DECIMAL(10,2),`odd name` MAP<STRING, ARRAY<INT>>,\
                      s STRUCT<x: TIMESTAMP_NTZ NOT NULL, y: INTERVAL DAY TO SECOND>,c CHAR(5),v VOID";
        assert_eq!(parse_schema(schema).unwrap().to_ddl(), schema);
        for text in [
            "a: int, b: string",
            "struct<a: int, b string>",
            "a INT,b STRING",
        ] {
            assert_eq!(parse_schema(text).unwrap().to_ddl(), "a INT,b STRING");
        }
        for (text, simple) in [
            ("dec(5)", "decimal(5,0)"),
            ("Numeric", "decimal(10,0)"),
            ("timestamp with local time zone", "timestamp"),
            ("timestamp without time zone", "timestamp_ntz"),
            ("array<array<array<long>>>", "array<array<array<bigint>>>"),
            ("interval hour to second", "interval hour to second"),
            ("interval year", "interval year"),
            ("struct<>", "struct<>"),
        ] {
            assert_eq!(parse_data_type(text).unwrap().simple_string(), simple);
        }
    }

    #[test]
    fn errors_are_sparks() {
        assert_eq!(condition("foo"), "UNSUPPORTED_DATATYPE");
        assert_eq!(condition("int(3)"), "UNSUPPORTED_DATATYPE");
        assert_eq!(condition("array"), "INCOMPLETE_TYPE_DEFINITION.ARRAY");
        assert_eq!(condition("varchar"), "DATATYPE_MISSING_SIZE");
        assert_eq!(
            condition("decimal(5,10)"),
            "DECIMAL_SCALE_EXCEEDS_PRECISION"
        );
        assert_eq!(condition("array<int>>"), "PARSE_SYNTAX_ERROR");
        assert_eq!(condition("interval month to year"), "PARSE_SYNTAX_ERROR");
        assert_eq!(condition(" "), "PARSE_EMPTY_STATEMENT");
        assert_eq!(condition(&"array<".repeat(5000)), "UNSUPPORTED_FEATURE");
    }
}
