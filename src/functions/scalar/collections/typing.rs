//! How arguments of functions over arrays and maps settle, with Spark's errors.

use crate::error::{Condition, Error, Result, conditions, quote};
use crate::functions::signature::unexpected_type;
use crate::functions::{BindContext, BoundArgument};
use crate::types::DataType;
use crate::types::coercion::{common_type_without_strings, tightest_common_type};

/// How far an array's elements and a value may move to meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meet {
    /// Without loss.
    Tightest,
    /// Also among decimals and doubles, but not strings and others.
    Wider,
}

impl Meet {
    /// The type that two types meet at.
    pub fn of(self, a: &DataType, b: &DataType, ansi: bool) -> Option<DataType> {
        match self {
            Meet::Tightest => tightest_common_type(a, b, ansi),
            Meet::Wider => common_type_without_strings(a, b, ansi),
        }
    }
}

/// Element type and whether elements may be NULL, of an argument that must be an array.
pub fn array_type<'a>(
    context: &BindContext,
    arguments: &'a [BoundArgument],
    index: usize,
) -> Result<(&'a DataType, bool)> {
    match &arguments[index].data_type {
        DataType::Array {
            element,
            contains_null,
        } => Ok((element, *contains_null)),
        _ => Err(unexpected_type(context, arguments, index, "\"ARRAY\"")),
    }
}

/// [`array_type`] where a bare NULL is an array of nothing.
pub fn array_or_null(
    context: &BindContext,
    arguments: &[BoundArgument],
    index: usize,
) -> Result<(DataType, bool)> {
    if arguments[index].data_type == DataType::Null {
        return Ok((DataType::Null, true));
    }
    let (element, contains_null) = array_type(context, arguments, index)?;
    Ok((element.clone(), contains_null))
}

/// Key type, value type and whether values may be NULL, of an argument that must be a map.
pub fn map_type(
    context: &BindContext,
    arguments: &[BoundArgument],
    index: usize,
) -> Result<(DataType, DataType, bool)> {
    match &arguments[index].data_type {
        DataType::Map {
            key,
            value,
            value_contains_null,
        } => Ok(((**key).clone(), (**value).clone(), *value_contains_null)),
        DataType::Null => Ok((DataType::Null, DataType::Null, true)),
        _ => Err(unexpected_type(context, arguments, index, "\"MAP\"")),
    }
}

/// An index: an INT, to which smaller integers are cast and nothing else.
pub fn index_type(
    context: &BindContext,
    arguments: &[BoundArgument],
    index: usize,
) -> Result<DataType> {
    match arguments[index].data_type {
        DataType::Byte | DataType::Short | DataType::Integer | DataType::Null => {
            Ok(DataType::Integer)
        }
        _ => Err(unexpected_type(context, arguments, index, "\"INT\"")),
    }
}

/// A call whose array is shown without a cast around it: Spark types the array of these functions anew.
pub fn display_without_cast(name: &str, arguments: &[&str]) -> String {
    let mut shown: Vec<&str> = arguments.to_vec();
    if let Some(array) = shown.first_mut()
        && let Some(inner) = array.strip_prefix("CAST(")
        && let Some((value, data_type)) = inner.rsplit_once(" AS ")
        && data_type.starts_with("ARRAY<")
    {
        *array = value;
    }
    format!("{name}({})", shown.join(", "))
}

/// The error of two arguments whose types do not go together.
pub fn types_differ(
    condition: &'static Condition,
    context: &BindContext,
    arguments: &[BoundArgument],
    kind: (&'static str, &str),
) -> Error {
    Error::new(
        condition,
        [
            ("sqlExpr", quote::sql_expression(context.sql)),
            ("functionName", quote::identifier(context.name)),
            (kind.0, format!("\"{}\"", kind.1)),
            ("leftType", quote::sql_type(&arguments[0].data_type)),
            ("rightType", quote::sql_type(&arguments[1].data_type)),
        ],
    )
}

/// The error of a bare NULL where its type is needed.
pub fn null_type(context: &BindContext) -> Error {
    Error::new(
        &conditions::DATATYPE_MISMATCH_NULL_TYPE,
        [
            ("sqlExpr", quote::sql_expression(context.sql)),
            ("functionName", quote::identifier(context.name)),
        ],
    )
}

/// The element type that an array and a value meet at.
pub fn array_and_value(
    context: &BindContext,
    arguments: &[BoundArgument],
    value: usize,
    meet: Meet,
) -> Result<(DataType, bool)> {
    let (element, contains_null) = array_type(context, arguments, 0)?;
    let value_type = &arguments[value].data_type;
    match meet.of(element, value_type, context.config.ansi()) {
        Some(common) => Ok((common, contains_null)),
        None => {
            let shown = [arguments[0].clone(), arguments[value].clone()];
            Err(types_differ(
                &conditions::DATATYPE_MISMATCH_ARRAY_FUNCTION_DIFF_TYPES,
                context,
                &shown,
                ("dataType", "ARRAY"),
            ))
        }
    }
}

/// The element type that two arrays meet at, and whether elements of each may be NULL.
pub fn two_arrays(
    context: &BindContext,
    arguments: &[BoundArgument],
) -> Result<(DataType, bool, bool)> {
    let differ = || {
        let condition = &conditions::DATATYPE_MISMATCH_BINARY_ARRAY_DIFF_TYPES;
        types_differ(condition, context, arguments, ("arrayType", "ARRAY"))
    };
    let of = |index: usize| array_or_null(context, arguments, index).map_err(|_| differ());
    let ((left, left_nulls), (right, right_nulls)) = (of(0)?, of(1)?);
    match tightest_common_type(&left, &right, context.config.ansi()) {
        Some(common) => Ok((common, left_nulls, right_nulls)),
        None => Err(differ()),
    }
}

/// The key type that a map and a key meet at, and the map's value type.
pub fn map_and_key(
    context: &BindContext,
    arguments: &[BoundArgument],
    meet: Meet,
) -> Result<(DataType, DataType)> {
    let (key, value, _) = map_type(context, arguments, 0)?;
    match meet.of(&key, &arguments[1].data_type, context.config.ansi()) {
        Some(common) => Ok((common, value)),
        None => Err(types_differ(
            &conditions::DATATYPE_MISMATCH_MAP_FUNCTION_DIFF_TYPES,
            context,
            arguments,
            ("dataType", "MAP"),
        )),
    }
}
