//! Scalar functions: one row in, one value out.
//!
//! To add one: write the entry in the file of its family, with a `bind` that settles the types and returns a
//! kernel, and list it in the family's slice. [`FAMILIES`] lists the families.

mod function;

pub use function::{
    Arity, Bind, Display, EvalContext, Form, Kernel, Lambda, LambdaTypes, NullRule, ScalarFunction,
    SpecialForm, Volatility,
};

/// All scalar functions, one slice a family.
pub static FAMILIES: &[&[ScalarFunction]] = &[];
