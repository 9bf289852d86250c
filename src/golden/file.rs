//! Result files.

/// A statement and its recorded answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// The statement.
    pub sql: String,
    /// Spark's schema, `struct<a:int>`.
    pub schema: String,
    /// Rows joined by newlines, or the error.
    pub output: String,
}

impl Case {
    /// The condition that the statement is to fail with: None if it gives rows, Some("") for an error
    /// without a condition.
    pub fn expected_condition(&self) -> Option<&str> {
        let first = self.output.lines().next()?;
        let class = first.split_once(' ').map_or(first, |(class, _)| class);
        let is_class = class.contains('.')
            && !first.contains(' ')
            && (class.ends_with("Exception") || class.ends_with("Error"))
            && class
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || ".$_".contains(c));
        if !is_class {
            return None;
        }
        let key = "\"errorClass\" : \"";
        let Some(start) = self.output.find(key) else {
            return Some("");
        };
        let rest = &self.output[start + key.len()..];
        Some(rest.split('"').next().unwrap_or(""))
    }
}

const QUERY: &str = "-- !query\n";
const SCHEMA: &str = "\n-- !query schema\n";
const OUTPUT: &str = "\n-- !query output\n";

/// The cases of a result file.
pub fn parse_results(text: &str) -> Vec<Case> {
    let text = text.replace("\r\n", "\n");
    text.split(QUERY)
        .skip(1)
        .filter_map(|block| {
            let (sql, rest) = block.split_once(SCHEMA)?;
            let (schema, output) = match rest.split_once(OUTPUT) {
                Some(parts) => parts,
                // An empty schema leaves one newline between the markers.
                None => ("", rest.strip_prefix(&OUTPUT[1..])?),
            };
            let end = output.trim_end_matches('\n').len();
            Some(Case {
                sql: sql.to_string(),
                schema: schema.to_string(),
                output: output[..end].to_string(),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_statement_schema_and_output() {
        let text = "-- header\n-- !query\nSELECT 1\n-- !query schema\nstruct<1:int>\n\
                    -- !query output\n1\n\n\n-- !query\nSELECT\n  x\n-- !query schema\nstruct<>\n\
                    -- !query output\norg.apache.spark.sql.AnalysisException\n{\n  \"errorClass\" : \"A.B\"\n}\n";
        let cases = parse_results(text);
        assert_eq!(cases.len(), 2);
        assert_eq!(cases[0].output, "1");
        assert_eq!(cases[0].expected_condition(), None);
        assert_eq!(cases[1].sql, "SELECT\n  x");
        assert_eq!(cases[1].expected_condition(), Some("A.B"));
    }
}
