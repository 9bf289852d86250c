//! `json_tuple`: several top-level fields of a JSON object at once, as text.

use super::{GeneratorFunction, GeneratorKernel, GeneratorOutput};
use crate::error::conditions::DATATYPE_MISMATCH_NON_STRING_TYPE;
use crate::error::{Error, Result, quote};
use crate::functions::scalar::Arity;
use crate::functions::{BindContext, Binding, BoundArgument, Doc};
use crate::kernel::number_text::write_double;
use crate::kernel::{Column, lift};
use crate::types::{DataType, StructField};
use arrow::array::{ArrayRef, StringViewBuilder, UInt32Array};
use serde_json::Value as Json;
use std::sync::Arc;

pub(super) static FUNCTIONS: &[GeneratorFunction] = &[GeneratorFunction {
    name: "json_tuple",
    doc: Doc {
        usage: "_FUNC_(jsonStr, p1, p2, ..., pn) - Returns the fields `p1` to `pn` of a JSON object as \
                strings, in columns `c0`, `c1` and so on; NULL for what is missing or not valid JSON.",
        examples: &[(
            r#"SELECT json_tuple('{"a":1, "b":[2, 3]}', 'a', 'b', 'c')"#,
            "1\t[2,3]\tNULL",
        )],
        group: "json_funcs",
        since: "1.6.0",
    },
    arity: Arity::AtLeast(2),
    bind,
    ..GeneratorFunction::BASE
}];

fn bind(
    context: &BindContext,
    arguments: &[BoundArgument],
) -> Result<Binding<Arc<dyn GeneratorKernel>>> {
    if arguments
        .iter()
        .any(|argument| !argument.data_type.is_string())
    {
        return Err(Error::new(
            &DATATYPE_MISMATCH_NON_STRING_TYPE,
            [
                ("sqlExpr", quote::sql_expression(context.sql)),
                ("funcName", quote::identifier(context.name)),
            ],
        ));
    }
    let fields = (0..arguments.len() - 1)
        .map(|index| StructField::new(format!("c{index}"), DataType::String, true));
    Ok(Binding {
        arguments: vec![DataType::String; arguments.len()],
        returns: DataType::structure(fields),
        nullable: false,
        kernel: Arc::new(JsonTuple),
    })
}

struct JsonTuple;

impl GeneratorKernel for JsonTuple {
    fn generate(&self, arguments: &[Column], rows: usize, _: bool) -> Result<GeneratorOutput> {
        let texts = lift::Rows::<lift::Text>::new(&arguments[0])?;
        let names = (arguments[1..].iter())
            .map(lift::Rows::<lift::Text>::new)
            .collect::<Result<Vec<_>>>()?;
        let mut columns: Vec<StringViewBuilder> = names
            .iter()
            .map(|_| StringViewBuilder::with_capacity(rows))
            .collect();
        for row in 0..rows {
            let object = match texts.get(row).map(serde_json::from_str) {
                Some(Ok(Json::Object(object))) => Some(object),
                _ => None,
            };
            for (name, column) in names.iter().zip(&mut columns) {
                let value = object
                    .as_ref()
                    .zip(name.get(row))
                    .and_then(|(o, name)| o.get(name));
                column.append_option(value.and_then(field_text));
            }
        }
        Ok(GeneratorOutput {
            row_of_output: UInt32Array::from_iter_values(0..rows as u32),
            columns: columns
                .iter_mut()
                .map(|c| Arc::new(c.finish()) as ArrayRef)
                .collect(),
        })
    }
}

/// A field as `json_tuple` shows it: strings bare, everything else as compact JSON.
fn field_text(value: &Json) -> Option<String> {
    match value {
        Json::Null => None,
        Json::String(text) => Some(text.clone()),
        other => {
            let mut text = String::new();
            write_json(other, &mut text);
            Some(text)
        }
    }
}

/// Compact JSON whose fractional numbers are written as doubles are.
fn write_json(value: &Json, out: &mut String) {
    match value {
        Json::Number(number) => {
            let text = number.to_string();
            let fractional = text.contains(['.', 'e', 'E']);
            match text.parse::<f64>() {
                Ok(double) if fractional => write_double(double, out),
                _ => out.push_str(&text),
            }
        }
        Json::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_json(item, out);
            }
            out.push(']');
        }
        Json::Object(fields) => {
            out.push('{');
            for (index, (name, field)) in fields.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                out.push_str(&Json::String(name.clone()).to_string());
                out.push(':');
                write_json(field, out);
            }
            out.push('}');
        }
        other => out.push_str(&other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_as_text() {
        let json: Json =
            serde_json::from_str(r#"{"a": [1, 2.50, "x"], "b": 1e3, "c": "s"}"#).unwrap();
        assert_eq!(field_text(&json["a"]).as_deref(), Some(r#"[1,2.5,"x"]"#));
        assert_eq!(field_text(&json["b"]).as_deref(), Some("1000.0"));
        assert_eq!(field_text(&json["c"]).as_deref(), Some("s"));
        assert_eq!(field_text(&Json::Null), None);
    }
}
