//! Generators: one row in, any number of rows out (`explode`, `inline`, `stack`).

mod explode;
mod function;
mod json_tuple;
pub mod replicate_rows;
mod stack;

pub use function::{BindGenerator, GeneratorFunction, GeneratorKernel, GeneratorOutput};

/// All generators, one slice a family.
pub static FAMILIES: &[&[GeneratorFunction]] =
    &[explode::FUNCTIONS, stack::FUNCTIONS, json_tuple::FUNCTIONS];
