//! Generators: `SELECT explode(a) AS x` and `LATERAL VIEW`.

use super::Analyzer;
use super::call::{check_arity, in_order};
use super::environment::Environment;
use super::expression::{Clause, Resolver};
use super::resolved::Resolved;
use super::scope::{Scope, ScopeColumn};
use super::subquery::hoist;
use super::syntax;
use crate::error::{Error, Result, conditions, quote};
use crate::expr::{Attribute, Expr};
use crate::functions::generator::{GeneratorFunction, GeneratorKernel};
use crate::functions::{BindContext, Function};
use crate::plan::LogicalPlan;
use crate::plan::logical::Generate;
use crate::plan::unresolved::{Argument, Expression, ExpressionKind, Relation};
use crate::types::{DataType, Value};
use std::rc::Rc;
use std::sync::Arc;

/// A generator bound to its arguments.
pub(super) struct BoundGenerator {
    /// Its name.
    pub name: &'static str,
    /// Its code.
    pub kernel: Arc<dyn GeneratorKernel>,
    /// Its arguments, over the input.
    pub arguments: Vec<Expr>,
    /// Whether an input row that generates nothing gives one row of NULLs.
    pub outer: bool,
    /// The columns it makes.
    pub columns: Vec<Attribute>,
    /// Its spelling.
    pub sql: String,
}

impl BoundGenerator {
    /// The Generate node over an input.
    pub fn over(self, input: LogicalPlan) -> LogicalPlan {
        LogicalPlan::Generate(Generate {
            input: Box::new(input),
            name: self.name,
            kernel: self.kernel,
            arguments: self.arguments,
            outer: self.outer,
            generated: self.columns,
        })
    }
}

impl Resolver<'_> {
    /// A generator of a select list with its aliases.
    pub(super) fn bind_generator(&mut self, expression: &Expression) -> Result<BoundGenerator> {
        let call = match &*expression.kind {
            ExpressionKind::Alias { operand, names } => {
                let mut bound = self.bind_generator(operand)?;
                if let [name] = names.as_slice()
                    && let [column] = bound.columns.as_mut_slice()
                {
                    column.name = name.as_str().into();
                } else {
                    rename(&mut bound.columns, names)?;
                }
                return Ok(bound);
            }
            ExpressionKind::Function(call) => call,
            _ => return Err(Error::internal("no generator")),
        };
        let Some(Function::Generator(function)) = syntax::built_in(call) else {
            return Err(Error::internal("no generator"));
        };
        let name = call
            .name
            .last()
            .map(|name| name.to_lowercase())
            .unwrap_or_default();
        self.generator_call(function, &name, &call.arguments, false)
            .map_err(|error| error.at(expression.origin.as_ref()))
    }

    /// A generator has no fields but the columns it makes; those cannot be taken from a call either, which is for
    /// the caller to say.
    pub(super) fn check_generated_field(
        &mut self,
        generator: &Expression,
        key: &Expression,
    ) -> Result<()> {
        let ExpressionKind::Literal(Value::String(name), _) = &*key.kind else {
            return Ok(());
        };
        let bound = self.bind_generator(generator)?;
        let mut columns = bound.columns.iter();
        if columns.any(|column| self.analyzer.same_name(&column.name, name)) {
            return Ok(());
        }
        let fields = bound.columns.iter();
        let fields: Vec<String> = fields
            .map(|column| quote::identifier(&column.name))
            .collect();
        Err(Error::new(
            &conditions::FIELD_NOT_FOUND,
            [
                ("fieldName", quote::identifier(name)),
                ("fields", fields.join(", ")),
            ],
        ))
    }

    /// A call of a generator.
    pub(super) fn generator_call(
        &mut self,
        function: &'static GeneratorFunction,
        name: &str,
        arguments: &[Argument],
        outer: bool,
    ) -> Result<BoundGenerator> {
        for argument in arguments {
            if syntax::is_generator(&argument.value) {
                let inner = self.bind_generator(&argument.value)?;
                let nested = format!("{}({})", function.name, inner.sql);
                return Err(Error::new(
                    &conditions::UNSUPPORTED_GENERATOR_NESTED_IN_EXPRESSIONS,
                    [("expression", quote::sql_expression(&nested))],
                ));
            }
        }
        let ordered = in_order(name, function.parameters, arguments)?;
        let typed = self.arguments(&ordered)?;
        check_arity(name, function.arity, typed.len())?;
        let texts: Vec<&str> = typed.iter().map(|argument| argument.sql.as_str()).collect();
        let sql = format!("{}({})", function.name, texts.join(", "));
        let config = self.analyzer.config();
        let context = BindContext {
            config: &config,
            name,
            sql: &sql,
        };
        let binding = (function.bind)(&context, &self.bound(&typed))?;
        let arguments = self.coerced(typed, &binding.arguments, &None);
        let outer = outer || function.outer;
        let DataType::Struct(fields) = &binding.returns else {
            return Err(Error::internal(format!("{name} gives {}", binding.returns)));
        };
        let columns = fields.iter().map(|field| {
            let nullable = field.nullable || outer;
            self.analyzer
                .column(&field.name, field.data_type.clone(), nullable)
        });
        Ok(BoundGenerator {
            name: function.name,
            kernel: binding.kernel,
            arguments,
            outer,
            columns: columns.collect(),
            sql,
        })
    }
}

impl Analyzer<'_> {
    /// `LATERAL VIEW [OUTER] generator qualifier AS names`
    pub(super) fn lateral_view(
        &self,
        input: &Relation,
        generator: &Expression,
        outer: bool,
        qualifier: Option<&str>,
        names: &[String],
        environment: &Environment,
    ) -> Result<Resolved> {
        let environment = &environment.of_input();
        let input = self.relation(input, environment)?;
        let ExpressionKind::Function(call) = &*generator.kind else {
            return Err(Error::internal("LATERAL VIEW without a call"));
        };
        let scopes = [&input.scope];
        let mut resolver = Resolver::new(self, environment, &scopes, Clause::Generate);
        let function = match syntax::built_in(call) {
            Some(Function::Generator(function)) => function,
            Some(other) => {
                return Err(Error::new(
                    &conditions::UNSUPPORTED_GENERATOR_NOT_GENERATOR,
                    [
                        ("functionName", quote::identifier(other.name())),
                        ("classCanonicalName", other.name().to_string()),
                    ],
                ));
            }
            None => {
                resolver.find_function(&call.name)?;
                return Err(Error::internal("a function that was not found is there"));
            }
        };
        let name = call
            .name
            .last()
            .map(|name| name.to_lowercase())
            .unwrap_or_default();
        let mut bound = resolver.generator_call(function, &name, &call.arguments, outer)?;
        let mut subqueries = std::mem::take(&mut resolver.subqueries);
        if !names.is_empty() {
            rename(&mut bound.columns, names)?;
        }
        let qualifier: Rc<[String]> = qualifier.map(str::to_string).into_iter().collect();
        let mut scope = Scope {
            below: None,
            time_window: None,
            ..input.scope.clone()
        };
        let made = bound.columns.iter().cloned();
        scope
            .columns
            .extend(made.map(|column| ScopeColumn::new(column, qualifier.clone())));
        let plan = hoist(
            input.plan,
            bound.arguments.iter_mut(),
            &mut subqueries,
            &self.ids,
        );
        Ok(Resolved::new(bound.over(plan), scope))
    }
}

/// Gives generated columns their aliases.
fn rename(columns: &mut [Attribute], names: &[String]) -> Result<()> {
    if columns.len() != names.len() {
        return Err(Error::new(
            &conditions::UDTF_ALIAS_NUMBER_MISMATCH,
            [
                ("aliasesSize", columns.len().to_string()),
                ("aliasesNames", names.join(",")),
            ],
        ));
    }
    for (column, name) in columns.iter_mut().zip(names) {
        column.name = name.as_str().into();
    }
    Ok(())
}
