//! Casts by Arrow's kernel, until `kernel::cast` takes over.

use crate::config::Config;
use crate::error::Result;
use crate::expr::CastMode;
use crate::kernel::Column;
use crate::types::{DataType, arrow_type};
use arrow::compute::{CastOptions, cast_with_options};

#[derive(Debug)]
pub(super) struct Cast {
    to: arrow::datatypes::DataType,
    mode: CastMode,
}

impl Cast {
    pub fn new(_: &DataType, to: &DataType, mode: CastMode, _: &Config) -> Result<Cast> {
        Ok(Cast {
            to: arrow_type(to),
            mode,
        })
    }

    pub fn eval(&self, operand: &Column, _: usize) -> Result<Column> {
        let options = CastOptions {
            safe: self.mode != CastMode::Ansi,
            ..Default::default()
        };
        let values = cast_with_options(operand.values(), &self.to, &options)?;
        Ok(match operand {
            Column::Array(_) => Column::Array(values),
            Column::Constant(_) => Column::Constant(values),
        })
    }
}
