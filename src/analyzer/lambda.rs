//! Higher-order functions and their lambdas: `transform(a, x -> x + 1)`.

use super::call::display;
use super::expression::Resolver;
use super::fold;
use super::typed::Typed;
use crate::error::{Error, Origin, Result, conditions, quote};
use crate::expr::{Attribute, Call, CalledFunction, Expr};
use crate::functions::scalar::{Bind, LambdaTypes, ScalarFunction};
use crate::functions::{BindContext, BoundArgument};
use crate::plan::unresolved::{Argument, Expression, ExpressionKind};
use crate::types::DataType;

/// No function gives its lambda more parameters.
const MOST_PARAMETERS: usize = 3;

impl Resolver<'_> {
    /// A call of a higher-order function: plain arguments first, then each lambda with the types its
    /// parameters have.
    pub(super) fn higher_order(
        &mut self,
        function: &'static ScalarFunction,
        name: &str,
        (types, bind): (LambdaTypes, Bind),
        arguments: &[Argument],
        origin: &Option<Origin>,
    ) -> Result<Typed> {
        let config = self.analyzer.config();
        let mut resolved: Vec<Option<Typed>> = Vec::with_capacity(arguments.len());
        let mut bound: Vec<BoundArgument> = Vec::with_capacity(arguments.len());
        for argument in arguments {
            if matches!(*argument.value.kind, ExpressionKind::Lambda { .. }) {
                resolved.push(None);
                bound.push(BoundArgument {
                    data_type: DataType::Null,
                    nullable: true,
                    constant: None,
                    sql: "lambda".to_string(),
                    is_lambda: true,
                    order: None,
                });
            } else {
                let typed = self.expression(&argument.value)?;
                bound.push(BoundArgument {
                    data_type: typed.data_type(),
                    nullable: typed.expr.nullable(),
                    constant: fold::constant_or_none(&typed.expr, &config),
                    sql: typed.sql.clone(),
                    is_lambda: false,
                    order: None,
                });
                resolved.push(Some(typed));
            }
        }
        let partial: Vec<&str> = bound.iter().map(|argument| argument.sql.as_str()).collect();
        let partial = display(function.display, function.name, name, &partial);
        let mut lambdas = Vec::with_capacity(arguments.len());
        for (index, argument) in arguments.iter().enumerate() {
            let typed = match (resolved[index].take(), &*argument.value.kind) {
                (None, ExpressionKind::Lambda { parameters, body }) => {
                    let context = BindContext {
                        config: &config,
                        name,
                        sql: &partial,
                    };
                    let types = types(&context, &bound, index, parameters.len())?;
                    let typed = self.lambda(parameters, body, &types, &argument.value.origin)?;
                    bound[index].data_type = typed.data_type();
                    bound[index].nullable = typed.expr.nullable();
                    bound[index].sql = typed.sql.clone();
                    typed
                }
                (Some(body), _) if index >= function.first_lambda => {
                    let context = BindContext {
                        config: &config,
                        name,
                        sql: &partial,
                    };
                    let types = (1..=MOST_PARAMETERS)
                        .find_map(|count| types(&context, &bound, index, count).ok());
                    let types = types.unwrap_or_default();
                    bound[index].is_lambda = true;
                    bound[index].constant = None;
                    self.constant_lambda(body, &types)
                }
                (Some(typed), _) => typed,
                (None, _) => return Err(Error::internal("an argument was not resolved")),
            };
            lambdas.push(typed);
        }
        let texts: Vec<&str> = lambdas
            .iter()
            .map(|argument| argument.sql.as_str())
            .collect();
        let sql = display(function.display, function.name, name, &texts);
        let context = BindContext {
            config: &config,
            name,
            sql: &sql,
        };
        let binding = bind(&context, &bound)?;
        let mut arguments = Vec::with_capacity(lambdas.len());
        for (index, argument) in lambdas.into_iter().enumerate() {
            let to = binding.arguments.get(index);
            let place = argument.origin.as_ref().or(origin.as_ref()).cloned();
            arguments.push(match (argument.expr, to) {
                // The body is cast to what the function wants of it.
                (Expr::Lambda { parameters, body }, Some(to)) => Expr::Lambda {
                    parameters,
                    body: Box::new(self.coerce(*body, to, &place)),
                },
                (expr, Some(to)) => self.coerce(expr, to, &place),
                (expr, None) => expr,
            });
        }
        let expr = Expr::Call(Call {
            function: CalledFunction::BuiltIn(function),
            kernel: binding.kernel,
            arguments,
            data_type: binding.returns,
            nullable: binding.nullable,
            origin: origin.clone(),
        });
        Ok(Typed::new(expr, sql, origin.clone()))
    }

    /// A lambda that uses none of its parameters, written as its body alone: `transform(a, 0)`.
    fn constant_lambda(&self, body: Typed, types: &[(DataType, bool)]) -> Typed {
        let parameters: Vec<Attribute> = (types.iter().enumerate())
            .map(|(index, (data_type, nullable))| {
                let name = format!("col{index}");
                self.analyzer.column(&name, data_type.clone(), *nullable)
            })
            .collect();
        let variables = ", namedlambdavariable()".repeat(types.len());
        let sql = format!("lambdafunction({}{variables})", body.sql);
        let expr = Expr::Lambda {
            parameters,
            body: Box::new(body.expr),
        };
        Typed::new(expr, sql, body.origin)
    }

    /// A lambda whose parameters have these types.
    fn lambda(
        &mut self,
        names: &[String],
        body: &Expression,
        types: &[(DataType, bool)],
        origin: &Option<Origin>,
    ) -> Result<Typed> {
        if types.len() != names.len() {
            return Err(Error::new(
                &conditions::INVALID_LAMBDA_FUNCTION_CALL_NUM_ARGS_MISMATCH,
                [
                    ("expectedNumArgs", names.len().to_string()),
                    ("actualNumArgs", types.len().to_string()),
                ],
            )
            .at(origin.as_ref()));
        }
        for (index, name) in names.iter().enumerate() {
            if names[..index]
                .iter()
                .any(|known| self.analyzer.same_name(known, name))
            {
                let quoted: Vec<String> =
                    names.iter().map(|name| quote::identifier(name)).collect();
                return Err(Error::new(
                    &conditions::INVALID_LAMBDA_FUNCTION_CALL_DUPLICATE_ARG_NAMES,
                    [
                        ("args", quoted.join(", ")),
                        (
                            "caseSensitiveConfig",
                            quote::config("spark.sql.caseSensitive"),
                        ),
                    ],
                )
                .at(origin.as_ref()));
            }
        }
        let parameters: Vec<Attribute> = (names.iter().zip(types))
            .map(|(name, (data_type, nullable))| {
                self.analyzer.column(name, data_type.clone(), *nullable)
            })
            .collect();
        let frame = names
            .iter()
            .cloned()
            .zip(parameters.iter().cloned())
            .collect();
        self.lambdas.push(frame);
        let body = self.expression(body);
        self.lambdas.pop();
        let body = body?;
        let variables = vec!["namedlambdavariable()"; names.len()];
        let sql = std::iter::once(body.sql.as_str())
            .chain(variables)
            .collect::<Vec<_>>();
        let sql = format!("lambdafunction({})", sql.join(", "));
        let expr = Expr::Lambda {
            parameters,
            body: Box::new(body.expr),
        };
        Ok(Typed::new(expr, sql, origin.clone()))
    }
}
