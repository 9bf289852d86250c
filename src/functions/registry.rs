//! The table of all functions by name.

use super::Doc;
use super::aggregate::{self, AggregateFunction};
use super::generator::{self, GeneratorFunction};
use super::scalar::{self, ScalarFunction};
use super::window::{self, WindowFunction};
use hashbrown::HashMap;
use std::sync::LazyLock;

/// A function of any kind.
#[derive(Debug, Clone, Copy)]
pub enum Function {
    /// One row in, one value out.
    Scalar(&'static ScalarFunction),
    /// Many rows in, one value out; also usable over a window.
    Aggregate(&'static AggregateFunction),
    /// Only usable over a window.
    Window(&'static WindowFunction),
    /// One row in, any number of rows out.
    Generator(&'static GeneratorFunction),
}

impl Function {
    /// Its main name.
    pub fn name(&self) -> &'static str {
        match self {
            Function::Scalar(function) => function.name,
            Function::Aggregate(function) => function.name,
            Function::Window(function) => function.name,
            Function::Generator(function) => function.name,
        }
    }

    /// Its other names.
    pub fn aliases(&self) -> &'static [&'static str] {
        match self {
            Function::Scalar(function) => function.aliases,
            Function::Aggregate(function) => function.aliases,
            Function::Window(function) => function.aliases,
            Function::Generator(function) => function.aliases,
        }
    }

    /// Its documentation.
    pub fn doc(&self) -> &'static Doc {
        match self {
            Function::Scalar(function) => &function.doc,
            Function::Aggregate(function) => &function.doc,
            Function::Window(function) => &function.doc,
            Function::Generator(function) => &function.doc,
        }
    }
}

static BY_NAME: LazyLock<HashMap<&'static str, Function>> = LazyLock::new(|| {
    let mut table = HashMap::new();
    for function in functions() {
        table.insert(function.name(), function);
        table.extend(function.aliases().iter().map(|alias| (*alias, function)));
    }
    table
});

/// Every function, family by family.
pub fn functions() -> impl Iterator<Item = Function> {
    let scalars = scalar::FAMILIES
        .iter()
        .copied()
        .flatten()
        .map(Function::Scalar);
    let aggregates = aggregate::FAMILIES
        .iter()
        .copied()
        .flatten()
        .map(Function::Aggregate);
    let windows = window::FAMILIES
        .iter()
        .copied()
        .flatten()
        .map(Function::Window);
    let generators = generator::FAMILIES
        .iter()
        .copied()
        .flatten()
        .map(Function::Generator);
    scalars.chain(aggregates).chain(windows).chain(generators)
}

/// The built-in function of a name or alias, lower case.
pub fn lookup(name: &str) -> Option<Function> {
    BY_NAME.get(name).copied()
}
