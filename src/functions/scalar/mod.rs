//! Scalar functions: one row in, one value out.
//!
//! To add one: write the entry in the file of its family, with a `bind` that settles the types and returns a
//! kernel, and list it in the family's slice. [`FAMILIES`] lists the families.

mod access;
mod arithmetic;
mod bitmap;
mod bitwise;
pub mod collections;
mod comparison;
mod constant;
mod conversion;
mod csv;
pub mod datetime;
mod digest;
mod entry;
mod function;
mod hash;
mod higher_order;
mod json;
mod like;
mod math;
mod misc;
mod options;
mod predicate;
mod regex;
mod strings;
mod url;

pub use access::make_struct;
pub use function::{
    Arity, Bind, Display, EvalContext, Form, Kernel, Lambda, LambdaTypes, NullRule, ScalarFunction,
    SpecialForm, Volatility,
};

/// All scalar functions, one slice a family.
pub static FAMILIES: &[&[ScalarFunction]] = &[
    access::FUNCTIONS,
    arithmetic::FUNCTIONS,
    bitwise::FUNCTIONS,
    collections::access::FUNCTIONS,
    collections::build::FUNCTIONS,
    collections::edit::FUNCTIONS,
    collections::maps::FUNCTIONS,
    collections::order::FUNCTIONS,
    collections::search::FUNCTIONS,
    collections::sequence::FUNCTIONS,
    collections::sets::FUNCTIONS,
    comparison::FUNCTIONS,
    conversion::FUNCTIONS,
    csv::FUNCTIONS,
    bitmap::FUNCTIONS,
    datetime::arithmetic::FUNCTIONS,
    datetime::epoch::FUNCTIONS,
    datetime::extract::FUNCTIONS,
    datetime::fields::FUNCTIONS,
    datetime::make::FUNCTIONS,
    datetime::make_interval::FUNCTIONS,
    datetime::now::FUNCTIONS,
    datetime::text::FUNCTIONS,
    datetime::truncate::FUNCTIONS,
    datetime::units::FUNCTIONS,
    datetime::windows::FUNCTIONS,
    datetime::zones::FUNCTIONS,
    digest::FUNCTIONS,
    hash::FUNCTIONS,
    higher_order::FUNCTIONS,
    json::FUNCTIONS,
    like::FUNCTIONS,
    math::base::FUNCTIONS,
    math::elementary::FUNCTIONS,
    math::extremes::FUNCTIONS,
    math::misc::FUNCTIONS,
    math::random::FUNCTIONS,
    math::round::FUNCTIONS,
    misc::FUNCTIONS,
    predicate::FUNCTIONS,
    regex::FUNCTIONS,
    strings::concat::FUNCTIONS,
    strings::edit::FUNCTIONS,
    strings::encoding::FUNCTIONS,
    strings::format::FUNCTIONS,
    strings::measure::FUNCTIONS,
    strings::number_format::FUNCTIONS,
    strings::part::FUNCTIONS,
    strings::search::FUNCTIONS,
    strings::utf8::FUNCTIONS,
    url::FUNCTIONS,
];

#[cfg(test)]
mod tests;
