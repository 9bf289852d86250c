//! `rand`, `randn`, `uniform`: a stream of numbers per partition, the same for the same seed.

use crate::error::{Error, Result, conditions, quote};
use crate::functions::scalar::entry::entry;
use crate::functions::scalar::{
    Arity, Display, EvalContext, Kernel, NullRule, ScalarFunction, Volatility,
};
use crate::functions::signature::{ScalarBinding, unexpected_type};
use crate::functions::{BindContext, Binding, BoundArgument};
use crate::kernel::Column;
use crate::kernel::cast::{divide_half_up, power_of_ten};
use crate::kernel::random::XorShiftRandom;
use crate::kernel::value::values_to_array;
use crate::types::coercion::{self, Expected};
use crate::types::{DataType, Decimal, Value};
use arrow::array::{Float64Array, StringViewArray};
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, PoisonError};

const fn volatile(function: ScalarFunction) -> ScalarFunction {
    ScalarFunction {
        volatility: Volatility::Volatile,
        nulls: NullRule::Custom,
        ..function
    }
}

/// The entries.
pub(in crate::functions::scalar) static FUNCTIONS: &[ScalarFunction] = &[
    volatile(ScalarFunction {
        aliases: &["random"],
        ..entry(
            "rand",
            "math_funcs",
            "1.5.0",
            Arity::OneOf(&[0, 1]),
            |context, arguments| bind(context, arguments, Draw::Uniform),
            "_FUNC_([seed]) - Returns a random number from 0 up to but without 1.",
            &[("rand(0)", "0.7604953758285915")],
        )
    }),
    volatile(entry(
        "randn",
        "math_funcs",
        "1.5.0",
        Arity::OneOf(&[0, 1]),
        |context, arguments| bind(context, arguments, Draw::Normal),
        "_FUNC_([seed]) - Returns a normally distributed random number of mean 0 and deviation 1.",
        &[("randn(0)", "1.6034991609278433")],
    )),
    volatile(ScalarFunction {
        display: Display::Call,
        ..entry(
            "uniform",
            "math_funcs",
            "4.0.0",
            Arity::OneOf(&[2, 3]),
            bind_uniform,
            "_FUNC_(min, max[, seed]) - Returns a random number between two constants.",
            &[("uniform(10, 20, 0) > 0", "true")],
        )
    }),
];

/// What a row takes from the stream.
#[derive(Debug, Clone)]
enum Draw {
    Uniform,
    Normal,
    /// Between two numbers, as a value of a type.
    Between(f64, f64, DataType),
    /// So many letters and digits.
    Text(usize),
}

/// `randstr`: what gives texts of so many random letters and digits.
pub(in crate::functions::scalar) fn random_text(length: usize, seed: i64) -> Arc<dyn Kernel> {
    Arc::new(RandomKernel::new(seed, Draw::Text(length)))
}

/// A seed that differs at every call.
pub(in crate::functions::scalar) fn fresh_seed(sql: &str) -> i64 {
    RandomState::new().hash_one(sql).cast_signed()
}

/// A stream at work.
struct RandomKernel {
    seed: i64,
    draw: Draw,
    stream: Mutex<XorShiftRandom>,
}

impl RandomKernel {
    fn new(seed: i64, draw: Draw) -> Self {
        RandomKernel {
            seed,
            draw,
            stream: Mutex::new(XorShiftRandom::new(seed)),
        }
    }
}

impl Kernel for RandomKernel {
    fn eval(&self, _: &[Column], rows: usize, _: &EvalContext) -> Result<Column> {
        // One partition is worked on by one thread at a time, so the lock is free.
        let mut stream = self.stream.lock().unwrap_or_else(PoisonError::into_inner);
        let numbers = match &self.draw {
            Draw::Uniform => (0..rows)
                .map(|_| stream.next_double())
                .collect::<Vec<f64>>(),
            Draw::Normal => (0..rows).map(|_| stream.next_gaussian()).collect(),
            Draw::Between(min, max, data_type) => {
                let values: Vec<Value> = (0..rows)
                    .map(|_| between(*min, *max, stream.next_double(), data_type))
                    .collect();
                return Ok(Column::Array(values_to_array(&values, data_type)?));
            }
            Draw::Text(length) => {
                const POOL: &[u8; 62] =
                    b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
                let texts = (0..rows).map(|_| {
                    let mut letter = || {
                        let index = (stream.next_bits() % 62).unsigned_abs() as usize;
                        char::from(POOL[index])
                    };
                    Some((0..*length).map(|_| letter()).collect::<String>())
                });
                return Ok(Column::Array(Arc::new(StringViewArray::from_iter(texts))));
            }
        };
        Ok(Column::Array(Arc::new(Float64Array::from(numbers))))
    }

    fn for_partition(&self, partition: usize) -> Option<Arc<dyn Kernel>> {
        let seed = self.seed.wrapping_add(partition as i64);
        let mut kernel = RandomKernel::new(seed, self.draw.clone());
        kernel.seed = self.seed;
        Some(Arc::new(kernel))
    }
}

fn between(min: f64, max: f64, random: f64, data_type: &DataType) -> Value {
    let number = min + (max - min) * random;
    match data_type {
        DataType::Byte => Value::Byte(number as i8),
        DataType::Short => Value::Short(number as i16),
        DataType::Integer => Value::Integer(number as i32),
        DataType::Long => Value::Long(number as i64),
        DataType::Float => Value::Float(number as f32),
        DataType::Decimal { precision, scale } => {
            let factor = power_of_ten(u32::from(scale.unsigned_abs()));
            // Three digits more than the scale, then rounded half up.
            let unscaled = (number * factor as f64 * 1000.0) as i128;
            Value::Decimal(Decimal {
                unscaled: divide_half_up(unscaled, 1000),
                precision: *precision,
                scale: *scale,
            })
        }
        _ => Value::Double(number),
    }
}

/// The seed, or a random one where none is given; NULL is 0.
fn seed(context: &BindContext, arguments: &[BoundArgument], index: usize) -> Result<i64> {
    let Some(argument) = arguments.get(index) else {
        return Ok(fresh_seed(context.sql));
    };
    let accepted = matches!(
        argument.data_type,
        DataType::Null | DataType::Byte | DataType::Short | DataType::Integer | DataType::Long
    );
    if !accepted {
        return Err(unexpected_type(
            context,
            arguments,
            index,
            "(\"INT\" or \"BIGINT\")",
        ));
    }
    match &argument.constant {
        Some(value) => Ok(value.as_i64().unwrap_or(0)),
        None => Err(Error::new(
            &conditions::SEED_EXPRESSION_IS_UNFOLDABLE,
            [
                ("seedExpr", quote::sql_expression(&argument.sql)),
                ("exprWithSeed", quote::sql_expression(context.sql)),
            ],
        )),
    }
}

fn bind(context: &BindContext, arguments: &[BoundArgument], draw: Draw) -> Result<ScalarBinding> {
    let seed = seed(context, arguments, 0)?;
    Ok(Binding {
        arguments: arguments
            .iter()
            .map(|argument| argument.data_type.clone())
            .collect(),
        returns: DataType::Double,
        nullable: false,
        kernel: Arc::new(RandomKernel::new(seed, draw)),
    })
}

fn bind_uniform(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let ansi = context.config.ansi();
    let mut bounds = Vec::with_capacity(2);
    for (index, name) in ["min", "max"].into_iter().enumerate() {
        let argument = &arguments[index];
        if !argument.data_type.is_numeric() && argument.data_type != DataType::Null {
            let required = "integer or floating-point";
            return Err(unexpected_type(context, arguments, index, required));
        }
        let value = argument.constant.as_ref().ok_or_else(|| {
            Error::new(
                &conditions::DATATYPE_MISMATCH_NON_FOLDABLE_INPUT,
                [
                    ("sqlExpr", quote::sql_expression(context.sql)),
                    ("inputName", quote::identifier(name)),
                    ("inputType", "integer or floating-point".to_string()),
                    ("inputExpr", quote::sql_expression(&argument.sql)),
                ],
            )
        })?;
        bounds.push(value);
    }
    let types: Vec<DataType> = arguments.iter().map(|a| a.data_type.clone()).collect();
    let returns = coercion::common_type(&types[0], &types[1], ansi)
        .unwrap_or_else(|| Expected::DOUBLE.default_type());
    let seed = seed(context, arguments, 2)?;
    let (Some(min), Some(max)) = (number(bounds[0]), number(bounds[1])) else {
        let data_type = returns.clone();
        let null = move |_: &[Column], _: usize| {
            Ok(Column::Constant(crate::kernel::value::null_array(
                &data_type, 1,
            )))
        };
        return Ok(Binding {
            arguments: types,
            returns,
            nullable: true,
            kernel: Arc::new(null),
        });
    };
    let draw = Draw::Between(min, max, returns.clone());
    Ok(Binding {
        arguments: types,
        returns,
        nullable: false,
        kernel: Arc::new(RandomKernel::new(seed, draw)),
    })
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Float(v) => Some(f64::from(*v)),
        Value::Double(v) => Some(*v),
        Value::Decimal(v) => Some(crate::kernel::cast::decimal_to_f64(v.unscaled, v.scale)),
        other => other.as_i64().map(|v| v as f64),
    }
}
