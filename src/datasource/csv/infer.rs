//! Types of columns from their texts.
//!
//! Each column begins as NULL and is widened by every field, along INT → BIGINT → DECIMAL → DOUBLE → DATE →
//! TIMESTAMP → BOOLEAN → STRING; what was once given up is not tried again.

use super::options::CsvOptions;
use super::parse::{DatetimeParser, DoubleParser, boolean};
use super::tokenizer::{Records, Tokenizer};
use crate::datasource::files::DataFile;
use crate::datasource::input::Window;
use crate::error::Result;
use crate::types::{DataType, StructField, StructType};
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

/// Finds types.
#[derive(Debug)]
pub(crate) struct TypeInference {
    null_value: String,
    doubles: DoubleParser,
    datetimes: DatetimeParser,
    prefer_date: bool,
    infer_ntz: bool,
}

impl TypeInference {
    pub fn new(options: &CsvOptions) -> Result<TypeInference> {
        Ok(TypeInference {
            null_value: options.null_value.clone(),
            doubles: DoubleParser::new(options),
            datetimes: DatetimeParser::new(
                options.date_format.as_deref(),
                options.timestamp_format.as_deref(),
                options.timestamp_ntz_format.as_deref(),
                &options.time_zone,
            )?,
            prefer_date: options.prefer_date,
            infer_ntz: options.infer_ntz,
        })
    }

    /// The type that holds what the column had so far, and `text`.
    pub fn widen(&self, so_far: &DataType, text: Option<&str>) -> DataType {
        match text {
            None | Some("") => so_far.clone(),
            Some(text) if text == self.null_value => so_far.clone(),
            Some(_) if *so_far == DataType::String => DataType::String,
            Some(text) => self.merge(so_far, &self.infer(so_far, text)),
        }
    }

    /// The type of `text`, beginning at the type of the column so far.
    fn infer(&self, from: &DataType, text: &str) -> DataType {
        let bytes = text.as_bytes();
        let rank = match from {
            DataType::Null | DataType::Integer => 0,
            DataType::Long => 1,
            DataType::Decimal { .. } => 2,
            DataType::Double => 3,
            DataType::Date => 4,
            DataType::TimestampNtz => 5,
            DataType::Timestamp => 6,
            DataType::Boolean => 7,
            _ => 8,
        };
        if rank <= 0 && text.parse::<i32>().is_ok() {
            return DataType::Integer;
        }
        if rank <= 1 && text.parse::<i64>().is_ok() {
            return DataType::Long;
        }
        if rank <= 2
            && let Some(precision) = whole_number(text)
        {
            return DataType::decimal(precision, 0);
        }
        if rank <= 3 && self.doubles.parse(bytes).is_some() {
            return DataType::Double;
        }
        if rank <= 4 && self.prefer_date && self.datetimes.strict_date(bytes).is_some() {
            return DataType::Date;
        }
        if rank <= 5 && self.infer_ntz && self.datetimes.timestamp_ntz(bytes).is_some() {
            return DataType::TimestampNtz;
        }
        if rank <= 6 && self.datetimes.timestamp(bytes).is_some() {
            return DataType::Timestamp;
        }
        if rank <= 7 && boolean(bytes).is_some() {
            return DataType::Boolean;
        }
        DataType::String
    }

    /// The narrowest type that holds both.
    pub fn merge(&self, a: &DataType, b: &DataType) -> DataType {
        use DataType::*;
        match (a, b) {
            _ if a == b => a.clone(),
            (Null, other) | (other, Null) => other.clone(),
            (Integer, Long) | (Long, Integer) => Long,
            (Integer | Long, Double) | (Double, Integer | Long) => Double,
            (Decimal { .. }, Double) | (Double, Decimal { .. }) => Double,
            (Decimal { precision, scale }, Integer | Long)
            | (Integer | Long, Decimal { precision, scale }) => {
                let digits = if matches!((a, b), (Long, _) | (_, Long)) {
                    20
                } else {
                    10
                };
                DataType::decimal((*precision).max(digits), *scale)
            }
            (Decimal { precision: p, .. }, Decimal { precision: q, .. }) => {
                DataType::decimal(*p.max(q), 0)
            }
            (Date, Timestamp) | (Timestamp, Date) if !self.datetimes.has_date_pattern() => {
                Timestamp
            }
            (Date, TimestampNtz) | (TimestampNtz, Date) if !self.datetimes.has_date_pattern() => {
                TimestampNtz
            }
            (TimestampNtz, Timestamp) | (Timestamp, TimestampNtz) => Timestamp,
            _ => String,
        }
    }
}

/// Digits of a number without any behind the point and without an exponent: `123`, `5.`.
fn whole_number(text: &str) -> Option<u8> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let digits = digits.strip_suffix('.').unwrap_or(digits);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let significant = digits.trim_start_matches('0').len().max(1);
    u8::try_from(significant)
        .ok()
        .filter(|precision| *precision <= 38)
}

/// The schema of some files whose columns have these names. Files are looked at side by side.
pub(super) fn infer_schema(
    files: &[&DataFile],
    names: &[String],
    options: &CsvOptions,
) -> Result<StructType> {
    let inference = TypeInference::new(options)?;
    let of_file = |file: &&DataFile| infer_file(file, names.len(), options, &inference);
    let found: Vec<Vec<DataType>> = files.par_iter().map(of_file).collect::<Result<_>>()?;
    let mut types = vec![DataType::Null; names.len()];
    for file in found {
        for (own, other) in types.iter_mut().zip(&file) {
            *own = inference.merge(own, other);
        }
    }
    let field = |(name, data_type): (&String, DataType)| {
        let known = if data_type == DataType::Null {
            DataType::String
        } else {
            data_type
        };
        StructField::new(name, known, true)
    };
    Ok(StructType::new(names.iter().zip(types).map(field)))
}

fn infer_file(
    file: &DataFile,
    width: usize,
    options: &CsvOptions,
    inference: &TypeInference,
) -> Result<Vec<DataType>> {
    let tokenizer = Tokenizer::new(options);
    let mut window = Window::whole(file, options.encoding)?;
    if options.header {
        super::header::first_record(&mut window, &tokenizer, 0)?;
    }
    let columns: Vec<usize> = (0..width).collect();
    let mut records = Records::of_columns(&columns);
    let mut types = vec![DataType::Null; width];
    let mut sampled = 0.0;
    loop {
        records.clear();
        let (bytes, end, last) = window.bytes()?;
        let progress = tokenizer.read(bytes, end, last, 4096, &mut records);
        if progress.too_wide {
            return Err(super::reader::too_wide(bytes, progress.consumed));
        }
        for record in 0..records.len() {
            // An even sample: every record that brings the running total over the next whole number.
            sampled += options.sampling_ratio;
            if options.sampling_ratio < 1.0 && sampled < 1.0 {
                continue;
            }
            sampled -= sampled.floor();
            let texts = records.texts(record, bytes);
            for (data_type, text) in types.iter_mut().zip(texts) {
                if *data_type != DataType::String {
                    *data_type = inference.widen(data_type, text.as_deref());
                }
            }
        }
        let consumed = progress.consumed;
        let found = records.len();
        window.consume(consumed);
        if found == 0 {
            if last {
                return Ok(types);
            }
            window.grow()?;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::datasource::options::SourceOptions;
    use crate::datasource::testing::options;

    fn infer(texts: &[&str], pairs: &[(&str, &str)]) -> String {
        let options = SourceOptions::new(&options(pairs));
        let options = CsvOptions::new(&options, &Config::default()).unwrap();
        let inference = TypeInference::new(&options).unwrap();
        let widen = |so_far, text: &&str| inference.widen(&so_far, Some(text));
        texts.iter().fold(DataType::Null, widen).simple_string()
    }

    /// What Spark 4.3 infers.
    #[test]
    fn types_are_inferred_as_spark_does() {
        for (texts, expected) in [
            (&["1", "2"][..], "int"),
            (&["1", "9999999999"], "bigint"),
            (&["1", "99999999999999999999"], "decimal(20,0)"),
            (&["1", "1.5"], "double"),
            (&["99999999999999999999", "1.5"], "double"),
            (&["2021-01-02", "2021-01-03"], "date"),
            (&["2021-01-02", "2021-01-03 10:11:12"], "timestamp"),
            (&["2021-01-02T10:11:12", "2021-01-02 "], "timestamp"),
            (&["true", "FALSE"], "boolean"),
            (&["true", "1"], "string"),
            (&["", "1"], "int"),
            (&["NaN", "1"], "double"),
            (&["Inf"], "double"),
            (&["1e3"], "double"),
            (&[" 1"], "double"),
            (&["01"], "int"),
            (&["2021-1-2"], "timestamp"),
            (&["12:30:00"], "timestamp"),
            (&["5."], "decimal(1,0)"),
            (&["1d"], "double"),
            (&["0x1"], "string"),
            (&["2021-01-02", "1"], "string"),
            (&["1.5", "2021-01-01"], "string"),
            (&["9223372036854775808"], "decimal(19,0)"),
            (&["2021-02-30"], "string"),
            (&["yes"], "string"),
        ] {
            assert_eq!(infer(texts, &[]), expected, "{texts:?}");
        }
        assert_eq!(
            infer(&["2021-01-02"], &[("preferDate", "false")]),
            "timestamp"
        );
        assert_eq!(
            infer(&["02/01/2021"], &[("dateFormat", "dd/MM/yyyy")]),
            "date"
        );
        let mixed = ["02/01/2021", "2021-01-02 10:11:12"];
        assert_eq!(infer(&mixed, &[("dateFormat", "dd/MM/yyyy")]), "string");
        assert_eq!(infer(&["-", "1"], &[("nullValue", "-")]), "int");
    }
}
