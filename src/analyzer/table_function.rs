//! Table functions in FROM: `range(10)`, and every generator: `explode(array(1, 2))`.

use super::Analyzer;
use super::call::check_arity;
use super::environment::Environment;
use super::expression::{Clause, Resolver};
use super::resolved::Resolved;
use super::scope::Scope;
use super::typed::Typed;
use crate::error::{Error, Origin, Result, conditions, quote};
use crate::functions::scalar::Arity;
use crate::functions::{Function, lookup};
use crate::plan::LogicalPlan;
use crate::plan::unresolved::Argument;
use crate::types::DataType;
use crate::types::coercion::{Expected, implicit_cast};

impl Analyzer<'_> {
    /// A call in FROM. Its arguments may use columns of enclosing queries (LATERAL).
    pub(super) fn table_function(
        &self,
        name: &[String],
        arguments: &[Argument],
        environment: &Environment,
        origin: &Option<Origin>,
    ) -> Result<Resolved> {
        let environment = &environment.of_input();
        let simple = name
            .last()
            .map(|name| name.to_lowercase())
            .unwrap_or_default();
        let scope = Scope::default();
        let scopes = [&scope];
        let mut resolver = Resolver::new(self, environment, &scopes, Clause::Generate);
        if simple == "range" {
            let typed = resolver.arguments(arguments)?;
            return self
                .range_function(typed)
                .map_err(|error| error.at(origin.as_ref()));
        }
        if lookup(&simple).is_none()
            && let Some(function) = self.catalog.sql_function(name)
        {
            let resolved = self.sql_table_function(&function, arguments, resolver);
            return resolved.map_err(|error| error.at(origin.as_ref()));
        }
        let Some(Function::Generator(function)) = lookup(&simple) else {
            return Err(Error::new(
                &conditions::UNRESOLVED_TABLE_VALUED_FUNCTION,
                [("name", quote::name(name))],
            ));
        };
        let mut generator = resolver.generator_call(function, &simple, arguments, false)?;
        let mut subqueries = std::mem::take(&mut resolver.subqueries);
        let columns = generator.columns.clone();
        let input = super::subquery::hoist(
            LogicalPlan::one_row(),
            generator.arguments.iter_mut(),
            &mut subqueries,
            &self.ids,
        );
        let plan = generator.over(input);
        Ok(Resolved::new(plan, Scope::unqualified(columns)))
    }

    /// `range(end)`, `range(start, end[, step[, partitions]])`
    fn range_function(&self, arguments: Vec<Typed>) -> Result<Resolved> {
        check_arity("range", Arity::OneOf(&[1, 2, 3, 4]), arguments.len())?;
        let ansi = self.ansi();
        let mut numbers = Vec::with_capacity(arguments.len());
        for (index, argument) in arguments.iter().enumerate() {
            let from = argument.data_type();
            let wrong = |required: &DataType| {
                Error::new(
                    &conditions::UNEXPECTED_INPUT_TYPE,
                    [
                        ("functionName", quote::identifier("range")),
                        (
                            "paramIndex",
                            crate::functions::signature::ordinal(index + 1),
                        ),
                        ("requiredType", quote::sql_type(required)),
                        ("inputSql", quote::sql_expression(&argument.sql)),
                        ("inputType", quote::sql_type(&from)),
                    ],
                )
            };
            if implicit_cast(&from, &Expected::BIGINT, ansi).is_none() || from == DataType::Null {
                return Err(wrong(&DataType::Long));
            }
            let cast = super::expression::coerce(
                argument.expr.clone(),
                &DataType::Long,
                ansi,
                &argument.origin,
            );
            if !cast.is_constant() {
                return Err(Error::new(
                    &conditions::NON_FOLDABLE_ARGUMENT,
                    [
                        ("funcName", quote::identifier("range")),
                        (
                            "paramName",
                            quote::identifier(RANGE_PARAMETERS[index.min(3)]),
                        ),
                        ("paramType", quote::sql_type(&DataType::Long)),
                    ],
                ));
            }
            let value = self.fold(&cast)?.and_then(|value| value.as_i64());
            numbers.push(value.ok_or_else(|| wrong(&DataType::Long))?);
        }
        let partitions = |n: i64| usize::try_from(n).ok();
        match numbers.as_slice() {
            [end] => self.range(0, *end, 1, None),
            [start, end] => self.range(*start, *end, 1, None),
            [start, end, step] => self.range(*start, *end, *step, None),
            [start, end, step, n, ..] => self.range(*start, *end, *step, partitions(*n)),
            [] => Err(Error::internal("range without arguments")),
        }
    }
}

/// Names of the parameters of `range`.
const RANGE_PARAMETERS: [&str; 4] = ["start", "end", "step", "numSlices"];
