//! `stack`: its arguments, laid out in rows.

use super::{GeneratorFunction, GeneratorKernel, GeneratorOutput};
use crate::error::conditions::DATATYPE_MISMATCH_STACK_COLUMN_DIFF_TYPES;
use crate::error::{Error, Result, quote};
use crate::functions::scalar::Arity;
use crate::functions::signature::{constant, unexpected_type, value_out_of_range};
use crate::functions::{BindContext, Binding, BoundArgument, Doc};
use crate::kernel::Column;
use crate::types::{DataType, StructField, arrow_type};
use arrow::array::{Array, ArrayRef, UInt32Array, new_null_array};
use arrow::compute::interleave;
use std::sync::Arc;

pub(super) static FUNCTIONS: &[GeneratorFunction] = &[GeneratorFunction {
    name: "stack",
    doc: Doc {
        usage: "_FUNC_(n, expr1, ..., exprk) - Lays `expr1` to `exprk` out in `n` rows, in columns `col0`, \
                `col1` and so on; what is missing in the last row is NULL.",
        examples: &[("SELECT stack(2, 1, 2, 3)", "1\t2\n3\tNULL")],
        group: "generator_funcs",
        since: "2.0.0",
    },
    arity: Arity::AtLeast(2),
    bind,
    ..GeneratorFunction::BASE
}];

fn bind(
    context: &BindContext,
    arguments: &[BoundArgument],
) -> Result<Binding<Arc<dyn GeneratorKernel>>> {
    if arguments[0].data_type != DataType::Integer {
        return Err(unexpected_type(context, arguments, 0, "\"INT\""));
    }
    let value = constant(context, arguments, 0, "n")?;
    let rows = match value.as_i64() {
        Some(rows) if rows > 0 => rows as usize,
        other => {
            let value = other.map_or("null".to_string(), |rows| rows.to_string());
            let range = format!("(0, {}]", i32::MAX);
            return Err(value_out_of_range(context, "`n`", &range, &value));
        }
    };
    let values = &arguments[1..];
    let width = values.len().div_ceil(rows);
    let mut types: Vec<DataType> = vec![DataType::Null; width];
    let mut first_of_column: Vec<usize> = (0..width).collect();
    for (index, value) in values.iter().enumerate() {
        let column = index % width;
        if types[column] == DataType::Null {
            types[column] = value.data_type.clone();
            first_of_column[column] = index;
        } else if value.data_type != DataType::Null && !types[column].same_type(&value.data_type) {
            return Err(Error::new(
                &DATATYPE_MISMATCH_STACK_COLUMN_DIFF_TYPES,
                [
                    ("sqlExpr", quote::sql_expression(context.sql)),
                    ("columnIndex", column.to_string()),
                    ("leftParamIndex", (first_of_column[column] + 1).to_string()),
                    ("leftType", quote::sql_type(&types[column])),
                    ("rightParamIndex", (index + 1).to_string()),
                    ("rightType", quote::sql_type(&value.data_type)),
                ],
            ));
        }
    }
    let fields = (types.iter().enumerate())
        .map(|(index, data_type)| StructField::new(format!("col{index}"), data_type.clone(), true));
    let mut argument_types = vec![DataType::Integer];
    argument_types.extend((0..values.len()).map(|index| types[index % width].clone()));
    Ok(Binding {
        arguments: argument_types,
        returns: DataType::structure(fields),
        nullable: false,
        kernel: Arc::new(Stack { rows, types }),
    })
}

struct Stack {
    /// Rows for every input row.
    rows: usize,
    /// The columns' types.
    types: Vec<DataType>,
}

impl GeneratorKernel for Stack {
    fn generate(&self, arguments: &[Column], rows: usize, _: bool) -> Result<GeneratorOutput> {
        let values = &arguments[1..];
        let width = self.types.len();
        let row_of_output = (0..rows as u32).flat_map(|row| std::iter::repeat_n(row, self.rows));
        let column = |(index, data_type): (usize, &DataType)| -> Result<ArrayRef> {
            let missing = new_null_array(&arrow_type(data_type), 1);
            let of_column = values.iter().skip(index).step_by(width);
            let arrays: Vec<&dyn Array> = (of_column.clone())
                .map(|value| value.values().as_ref())
                .chain([missing.as_ref()])
                .collect();
            let places: Vec<(usize, usize)> = (0..rows * self.rows)
                .map(|output| {
                    let (row, line) = (output / self.rows, output % self.rows);
                    match values.get(line * width + index) {
                        Some(value) => (line, value.index(row)),
                        None => (arrays.len() - 1, 0),
                    }
                })
                .collect();
            Ok(interleave(&arrays, &places)?)
        };
        Ok(GeneratorOutput {
            row_of_output: UInt32Array::from_iter_values(row_of_output),
            columns: self
                .types
                .iter()
                .enumerate()
                .map(column)
                .collect::<Result<_>>()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{AsArray, Int32Array};
    use arrow::datatypes::Int32Type;

    #[test]
    fn missing_values_are_null() {
        let constant = |value: i32| Column::Constant(Arc::new(Int32Array::from(vec![value])) as _);
        let varying = Column::Array(Arc::new(Int32Array::from(vec![10, 20])) as _);
        let stack = Stack {
            rows: 2,
            types: vec![DataType::Integer; 2],
        };
        let arguments = [constant(2), constant(1), varying, constant(3)];
        let output = stack.generate(&arguments, 2, false).unwrap();
        let columns: Vec<Vec<Option<i32>>> = (output.columns.iter())
            .map(|column| column.as_primitive::<Int32Type>().iter().collect())
            .collect();
        assert_eq!(output.row_of_output.values(), &[0, 0, 1, 1]);
        assert_eq!(columns[0], [Some(1), Some(3), Some(1), Some(3)]);
        assert_eq!(columns[1], [Some(10), None, Some(20), None]);
    }
}
