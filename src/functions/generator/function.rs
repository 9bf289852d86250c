//! What a generator is.

use crate::error::{Error, Result};
use crate::functions::scalar::Arity;
use crate::functions::{BindContext, Binding, BoundArgument, Doc};
use crate::kernel::Column;
use arrow::array::{ArrayRef, UInt32Array};
use std::fmt;
use std::sync::Arc;

/// An entry of the registry.
#[derive(Debug)]
pub struct GeneratorFunction {
    /// Spark's name, lower case.
    pub name: &'static str,
    /// Other names.
    pub aliases: &'static [&'static str],
    /// Documentation.
    pub doc: Doc,
    /// How many arguments.
    pub arity: Arity,
    /// Parameter names, for calls with named arguments.
    pub parameters: &'static [&'static str],
    /// Whether it is an `_outer` form: an empty input gives one row of NULLs.
    pub outer: bool,
    /// Settles the types; `returns` is the STRUCT of the generated columns, with names and nullability as
    /// they are without `outer`.
    pub bind: BindGenerator,
}

/// Settles the types of a call. Called by the analyzer, once a call, from the thread that plans.
pub type BindGenerator =
    fn(&BindContext, &[BoundArgument]) -> Result<Binding<Arc<dyn GeneratorKernel>>>;

impl GeneratorFunction {
    /// What most generators have in common, for entries written with `..GeneratorFunction::BASE`.
    pub(super) const BASE: GeneratorFunction = GeneratorFunction {
        name: "",
        aliases: &[],
        doc: Doc {
            usage: "",
            examples: &[],
            group: "generator_funcs",
            since: "1.0.0",
        },
        arity: Arity::Exact(1),
        parameters: &[],
        outer: false,
        bind: |context, _| Err(Error::internal(format!("{} has no bind", context.name))),
    };
}

/// What a generator gives for a batch.
pub struct GeneratorOutput {
    /// For every generated row the input row it came from, ascending.
    pub row_of_output: UInt32Array,
    /// The generated columns.
    pub columns: Vec<ArrayRef>,
}

/// A bound generator. Shared by all workers.
pub trait GeneratorKernel: Send + Sync {
    /// Called by any worker, once a batch. The rows generated for `rows` input rows. With `outer`, an input row that generates nothing gives
    /// one row of NULLs.
    fn generate(&self, arguments: &[Column], rows: usize, outer: bool) -> Result<GeneratorOutput>;
}

impl fmt::Debug for dyn GeneratorKernel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("GeneratorKernel")
    }
}
