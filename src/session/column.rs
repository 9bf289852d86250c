//! Columns: expressions of the DataFrame API.
//!
//! A [`Column`] is an unresolved expression. Nothing is looked up before a DataFrame uses it; an error in the
//! text given to [`expr`](crate::session::functions::expr) or [`Column::cast`] waits until then too, so that
//! expressions read without `?`.

use crate::error::{Error, Result};
use crate::plan::unresolved::{
    Argument, Expression, ExpressionKind, FunctionCall, SortOrder, WindowReference,
};
use crate::session::window::WindowSpec;
use crate::types::{DataType, Decimal, Value, parse_data_type};
use std::ops;
use std::sync::Arc;

/// An expression of the DataFrame API, as in
/// [PySpark's `Column`](https://spark.apache.org/docs/latest/api/python/reference/pyspark.sql/column.html).
#[derive(Debug, Clone)]
pub struct Column(Result<Expression>);

impl Column {
    /// A column of an unresolved expression.
    pub fn new(expression: Expression) -> Column {
        Column(Ok(expression))
    }

    /// A column that fails when it is used.
    pub(crate) fn failed(error: Error) -> Column {
        Column(Err(error))
    }

    pub(crate) fn of_kind(kind: ExpressionKind) -> Column {
        Column::new(Expression::new(kind))
    }

    /// The expression, or the error that was made while it was built.
    pub fn expression(self) -> Result<Expression> {
        self.0
    }

    /// A constant.
    pub(crate) fn literal(value: Value, data_type: DataType) -> Column {
        Column::new(Expression::literal(value, data_type))
    }

    /// A call of a function or operator.
    pub(crate) fn call(name: &str, arguments: impl IntoIterator<Item = Column>) -> Column {
        let arguments: Result<Vec<Expression>> =
            arguments.into_iter().map(Column::expression).collect();
        Column(arguments.map(|arguments| Expression::call(name, arguments)))
    }

    fn map(self, f: impl FnOnce(Expression) -> ExpressionKind) -> Column {
        Column(self.0.map(|operand| Expression::new(f(operand))))
    }

    fn map_call(self, f: impl FnOnce(&mut FunctionCall)) -> Column {
        Column(self.0.map(|mut expression| {
            if let ExpressionKind::Function(call) = expression.kind.as_mut() {
                f(call);
            }
            expression
        }))
    }

    /// The call with DISTINCT.
    pub(crate) fn distinct(self) -> Column {
        self.map_call(|call| call.distinct = true)
    }

    /// The call with IGNORE NULLS or RESPECT NULLS.
    pub(crate) fn ignore_nulls(self, ignore: bool) -> Column {
        self.map_call(|call| call.ignore_nulls = Some(ignore))
    }

    fn binary(self, operator: &str, other: impl IntoOperand) -> Column {
        Column::call(operator, [self, other.into_operand()])
    }

    /// `self = other`
    pub fn eq(self, other: impl IntoOperand) -> Column {
        self.binary("=", other)
    }

    /// `self != other`
    pub fn ne(self, other: impl IntoOperand) -> Column {
        Column::call("not", [self.binary("=", other)])
    }

    /// `self <=> other`: like `=`, but NULL equals NULL.
    pub fn eq_null_safe(self, other: impl IntoOperand) -> Column {
        self.binary("<=>", other)
    }

    /// `self > other`
    pub fn gt(self, other: impl IntoOperand) -> Column {
        self.binary(">", other)
    }

    /// `self >= other`
    pub fn gt_eq(self, other: impl IntoOperand) -> Column {
        self.binary(">=", other)
    }

    /// `self < other`
    pub fn lt(self, other: impl IntoOperand) -> Column {
        self.binary("<", other)
    }

    /// `self <= other`
    pub fn lt_eq(self, other: impl IntoOperand) -> Column {
        self.binary("<=", other)
    }

    /// `self AND other`
    pub fn and(self, other: impl IntoOperand) -> Column {
        self.binary("and", other)
    }

    /// `self OR other`
    pub fn or(self, other: impl IntoOperand) -> Column {
        self.binary("or", other)
    }

    /// `NOT self`
    #[expect(
        clippy::should_implement_trait,
        reason = "the trait is implemented too"
    )]
    pub fn not(self) -> Column {
        Column::call("not", [self])
    }

    /// `self IS NULL`
    pub fn is_null(self) -> Column {
        Column::call("isnull", [self])
    }

    /// `self IS NOT NULL`
    pub fn is_not_null(self) -> Column {
        Column::call("isnotnull", [self])
    }

    /// Whether a floating-point value is NaN.
    pub fn is_nan(self) -> Column {
        Column::call("isnan", [self])
    }

    /// `self IN (values)`
    pub fn isin<T: IntoOperand>(self, values: impl IntoIterator<Item = T>) -> Column {
        let values = values.into_iter().map(IntoOperand::into_operand);
        Column::call("in", std::iter::once(self).chain(values))
    }

    /// `self BETWEEN low AND high`
    pub fn between(self, low: impl IntoOperand, high: impl IntoOperand) -> Column {
        Column::call("and", [self.clone().gt_eq(low), self.lt_eq(high)])
    }

    /// `self LIKE pattern`
    pub fn like(self, pattern: &str) -> Column {
        self.binary("like", pattern)
    }

    /// `self ILIKE pattern`: like without case.
    pub fn ilike(self, pattern: &str) -> Column {
        self.binary("ilike", pattern)
    }

    /// `self RLIKE pattern`: a Java regular expression found anywhere.
    pub fn rlike(self, pattern: &str) -> Column {
        self.binary("rlike", pattern)
    }

    /// Whether a string starts with another.
    pub fn starts_with(self, prefix: impl IntoOperand) -> Column {
        self.binary("startswith", prefix)
    }

    /// Whether a string ends with another.
    pub fn ends_with(self, suffix: impl IntoOperand) -> Column {
        self.binary("endswith", suffix)
    }

    /// Whether a string contains another.
    pub fn contains(self, part: impl IntoOperand) -> Column {
        self.binary("contains", part)
    }

    /// `length` characters from position `start`, counted from 1.
    pub fn substr(self, start: impl IntoOperand, length: impl IntoOperand) -> Column {
        Column::call(
            "substr",
            [self, start.into_operand(), length.into_operand()],
        )
    }

    /// `CAST(self AS type)`; a type's name such as `"decimal(10,2)"`, or a [`DataType`].
    pub fn cast(self, to: impl IntoDataType) -> Column {
        self.cast_as(to, false)
    }

    /// `try_cast(self AS type)`: NULL where the cast fails.
    pub fn try_cast(self, to: impl IntoDataType) -> Column {
        self.cast_as(to, true)
    }

    fn cast_as(self, to: impl IntoDataType, is_try: bool) -> Column {
        match to.into_data_type() {
            Ok(to) => self.map(|operand| ExpressionKind::Cast {
                operand,
                to,
                is_try,
            }),
            Err(error) => Column::failed(error),
        }
    }

    /// `self AS name`
    pub fn alias(self, name: impl Into<String>) -> Column {
        let names = vec![name.into()];
        self.map(|operand| ExpressionKind::Alias { operand, names })
    }

    /// Several names, for a generator such as `explode` of a map.
    pub fn alias_all<S: Into<String>>(self, names: impl IntoIterator<Item = S>) -> Column {
        let names = names.into_iter().map(Into::into).collect();
        self.map(|operand| ExpressionKind::Alias { operand, names })
    }

    /// The element of an array at a position from 0, or the value of a map's key.
    pub fn get_item(self, key: impl IntoOperand) -> Column {
        let key = key.into_operand();
        Column(self.0.and_then(|operand| {
            let key = key.expression()?;
            Ok(Expression::new(ExpressionKind::Extract { operand, key }))
        }))
    }

    /// The field of a struct.
    pub fn get_field(self, name: &str) -> Column {
        self.get_item(name)
    }

    /// Sort key: ascending, NULLs first.
    pub fn asc(self) -> Column {
        self.sort(true, true)
    }

    /// Sort key: ascending, NULLs first.
    pub fn asc_nulls_first(self) -> Column {
        self.sort(true, true)
    }

    /// Sort key: ascending, NULLs last.
    pub fn asc_nulls_last(self) -> Column {
        self.sort(true, false)
    }

    /// Sort key: descending, NULLs last.
    pub fn desc(self) -> Column {
        self.sort(false, false)
    }

    /// Sort key: descending, NULLs first.
    pub fn desc_nulls_first(self) -> Column {
        self.sort(false, true)
    }

    /// Sort key: descending, NULLs last.
    pub fn desc_nulls_last(self) -> Column {
        self.sort(false, false)
    }

    fn sort(self, ascending: bool, nulls_first: bool) -> Column {
        self.map(|expression| {
            ExpressionKind::Sort(SortOrder {
                expression,
                ascending,
                nulls_first,
            })
        })
    }

    /// `self OVER window`
    pub fn over(self, window: &WindowSpec) -> Column {
        let spec = window.spec();
        Column(self.0.and_then(|function| {
            let window = WindowReference::Spec(spec?);
            Ok(Expression::new(ExpressionKind::Window { function, window }))
        }))
    }

    /// Another branch of a [`when`](crate::session::functions::when).
    pub fn when(self, condition: Column, value: impl IntoOperand) -> Column {
        self.append([condition, value.into_operand()])
    }

    /// The value where no branch of a [`when`](crate::session::functions::when) applies.
    pub fn otherwise(self, value: impl IntoOperand) -> Column {
        self.append([value.into_operand()])
    }

    fn append<const N: usize>(self, columns: [Column; N]) -> Column {
        Column(self.0.and_then(|mut expression| {
            for column in columns {
                let value = column.expression()?;
                if let ExpressionKind::Function(call) = expression.kind.as_mut() {
                    call.arguments.push(Argument { name: None, value });
                }
            }
            Ok(expression)
        }))
    }

    /// Bits of both.
    pub fn bitwise_and(self, other: impl IntoOperand) -> Column {
        self.binary("&", other)
    }

    /// Bits of either.
    pub fn bitwise_or(self, other: impl IntoOperand) -> Column {
        self.binary("|", other)
    }

    /// Bits of one but not both.
    pub fn bitwise_xor(self, other: impl IntoOperand) -> Column {
        self.binary("^", other)
    }

    /// The column as a sort key: itself if it is one, ascending otherwise.
    pub(crate) fn sort_order(self) -> Result<SortOrder> {
        let expression = self.0?;
        Ok(match *expression.kind {
            ExpressionKind::Sort(order) => order,
            kind => SortOrder {
                expression: Expression {
                    kind: Box::new(kind),
                    origin: expression.origin,
                },
                ascending: true,
                nulls_first: true,
            },
        })
    }
}

macro_rules! operator {
    ($($trait:ident $method:ident $symbol:literal),*) => {
        $(impl<T: IntoOperand> ops::$trait<T> for Column {
            type Output = Column;

            fn $method(self, other: T) -> Column {
                self.binary($symbol, other)
            }
        })*
    };
}

operator! {
    Add add "+", Sub sub "-", Mul mul "*", Div div "/", Rem rem "%", BitAnd bitand "and", BitOr bitor "or"
}

impl ops::Neg for Column {
    type Output = Column;

    fn neg(self) -> Column {
        Column::call("negative", [self])
    }
}

impl ops::Not for Column {
    type Output = Column;

    fn not(self) -> Column {
        Column::not(self)
    }
}

/// What stands for a column where columns are expected: a [`Column`], or a name (`"a"`, `"t.a"`, `"*"`).
pub trait IntoColumn {
    /// The column.
    fn into_column(self) -> Column;
}

impl IntoColumn for Column {
    fn into_column(self) -> Column {
        self
    }
}

impl IntoColumn for &Column {
    fn into_column(self) -> Column {
        self.clone()
    }
}

impl IntoColumn for &str {
    fn into_column(self) -> Column {
        crate::session::functions::col(self)
    }
}

impl IntoColumn for String {
    fn into_column(self) -> Column {
        crate::session::functions::col(&self)
    }
}

impl IntoColumn for &String {
    fn into_column(self) -> Column {
        crate::session::functions::col(self)
    }
}

/// What stands for a value in an expression: a [`Column`], or a Rust value, which becomes a literal (so a
/// string is text here, not a name).
pub trait IntoOperand {
    /// The column.
    fn into_operand(self) -> Column;
}

impl IntoOperand for Column {
    fn into_operand(self) -> Column {
        self
    }
}

impl IntoOperand for &Column {
    fn into_operand(self) -> Column {
        self.clone()
    }
}

macro_rules! operand {
    ($($type:ty => $data_type:expr),* $(,)?) => {
        $(impl IntoOperand for $type {
            fn into_operand(self) -> Column {
                Column::literal(Value::from(self), $data_type)
            }
        })*
    };
}

operand! {
    bool => DataType::Boolean, i8 => DataType::Byte, i16 => DataType::Short, i32 => DataType::Integer,
    i64 => DataType::Long, f32 => DataType::Float, f64 => DataType::Double, &str => DataType::String,
    String => DataType::String, Vec<u8> => DataType::Binary,
}

impl IntoOperand for Decimal {
    fn into_operand(self) -> Column {
        Column::literal(
            Value::Decimal(self),
            DataType::decimal(self.precision, self.scale),
        )
    }
}

impl<T: IntoOperand> IntoOperand for Option<T> {
    fn into_operand(self) -> Column {
        match self {
            Some(value) => value.into_operand(),
            None => Column::literal(Value::Null, DataType::Null),
        }
    }
}

impl IntoOperand for Arc<str> {
    fn into_operand(self) -> Column {
        Column::literal(Value::String(self), DataType::String)
    }
}

/// What stands for a type: a [`DataType`], or its name.
pub trait IntoDataType {
    /// The type.
    fn into_data_type(self) -> Result<DataType>;
}

impl IntoDataType for DataType {
    fn into_data_type(self) -> Result<DataType> {
        Ok(self)
    }
}

impl IntoDataType for &str {
    fn into_data_type(self) -> Result<DataType> {
        parse_data_type(self)
    }
}
