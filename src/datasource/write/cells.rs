//! Values as text in CSV and JSON files: datetimes by the options' patterns, the rest as CAST prints it.

use crate::config::Config;
use crate::datasource::options::SourceOptions;
use crate::error::{Error, Result};
use crate::kernel::cast::{TextWriter, text_writer};
use crate::kernel::datetime_pattern::DatetimePattern;
use crate::kernel::time_zone::TimeZone;
use crate::types::DataType;
use arrow::array::{Array, AsArray};
use arrow::datatypes::{Date32Type, TimestampMicrosecondType};

const MICROS_PER_DAY: i64 = 86_400_000_000;

/// How datetimes are written.
#[derive(Debug, Clone)]
pub(super) struct CellFormats {
    date: Option<DatetimePattern>,
    timestamp: DatetimePattern,
    timestamp_ntz: DatetimePattern,
    zone: TimeZone,
}

impl CellFormats {
    pub fn new(options: &SourceOptions, config: &Config) -> Result<CellFormats> {
        let zone = options.get("timeZone").unwrap_or(config.time_zone());
        let compile = |key: &str, default: &str| {
            DatetimePattern::for_format(options.get(key).unwrap_or(default))
        };
        Ok(CellFormats {
            date: (options.get("dateFormat"))
                .map(DatetimePattern::for_format)
                .transpose()?,
            timestamp: compile("timestampFormat", "yyyy-MM-dd'T'HH:mm:ss.SSSXXX")?,
            timestamp_ntz: compile("timestampNTZFormat", "yyyy-MM-dd'T'HH:mm:ss.SSS")?,
            zone: TimeZone::of(zone)?,
        })
    }

    /// Whether dates are written as CAST prints them.
    pub fn has_plain_dates(&self) -> bool {
        self.date.is_none()
    }

    /// What writes the values of an array that are not NULL.
    pub fn writer<'a>(
        &'a self,
        array: &'a dyn Array,
        data_type: &DataType,
    ) -> Result<TextWriter<'a>> {
        let wrong = || Error::internal(format!("{} for {data_type}", array.data_type()));
        let micros = || {
            array
                .as_primitive_opt::<TimestampMicrosecondType>()
                .ok_or_else(wrong)
        };
        Ok(match (data_type, &self.date) {
            (DataType::Date, Some(pattern)) => {
                let days = array.as_primitive_opt::<Date32Type>().ok_or_else(wrong)?;
                let utc = TimeZone::utc();
                Box::new(move |row, out| {
                    let micros = i64::from(days.value(row)) * MICROS_PER_DAY;
                    pattern.write_timestamp(micros, &utc, out);
                })
            }
            (DataType::Timestamp, _) => {
                let values = micros()?;
                Box::new(move |row, out| {
                    self.timestamp
                        .write_timestamp(values.value(row), &self.zone, out);
                })
            }
            (DataType::TimestampNtz, _) => {
                let values = micros()?;
                let utc = TimeZone::utc();
                Box::new(move |row, out| {
                    self.timestamp_ntz
                        .write_timestamp(values.value(row), &utc, out);
                })
            }
            _ => text_writer(array, data_type, &self.zone)?,
        })
    }
}
