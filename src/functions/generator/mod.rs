//! Generators: one row in, any number of rows out (`explode`, `inline`, `stack`).

mod function;

pub use function::{GeneratorFunction, GeneratorKernel, GeneratorOutput};

/// All generators, one slice a family.
pub static FAMILIES: &[&[GeneratorFunction]] = &[];
