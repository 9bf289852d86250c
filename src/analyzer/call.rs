//! Calls of functions by name: lookup, arguments by position and by name, binding, implicit casts.

use super::boolean_equality::boolean_equality;
use super::expression::{Clause, Inside, Resolver};
use super::fold;
use super::suggestion::proposal;
use super::typed::Typed;
use crate::catalog::{CATALOG, SqlFunction};
use crate::error::{Error, Origin, Result, conditions, quote};
use crate::expr::{Call, CalledFunction, Expr, UserFunction};
use crate::functions::scalar::{Arity, Display, Form, ScalarFunction};
use crate::functions::{BindContext, BoundArgument, Function, lookup};
use crate::plan::unresolved::{Argument, Expression, ExpressionKind, FunctionCall};
use crate::types::{DataType, Value};
use std::sync::Arc;

/// What a function's name means.
pub(super) enum Called {
    /// An entry of the registry.
    BuiltIn(Function),
    /// Registered by the user.
    User(Arc<UserFunction>),
    /// Written in SQL.
    Sql(Arc<SqlFunction>),
}

impl Resolver<'_> {
    /// A call of any function.
    pub(super) fn function(
        &mut self,
        call: &FunctionCall,
        origin: &Option<Origin>,
    ) -> Result<Typed> {
        let name = call
            .name
            .last()
            .map(|name| name.to_lowercase())
            .unwrap_or_default();
        if let Some(to) = constructed_type(&name)
            && call.name.len() == 1
            && self.analyzer.catalog.function(&name).is_none()
        {
            return self.type_function(call, &name, &to, origin);
        }
        match self.find_function(&call.name)? {
            Called::User(function) => {
                self.check_plain(call, &name)?;
                let arguments = self.arguments(&call.arguments)?;
                self.call_user(function, arguments, origin)
            }
            Called::Sql(function) => {
                self.check_plain(call, &name)?;
                self.call_sql(&function, &call.arguments, origin)
            }
            Called::BuiltIn(Function::Scalar(function)) => {
                self.check_plain(call, function.name)?;
                self.call_scalar(function, &name, &call.arguments, origin)
            }
            Called::BuiltIn(Function::Aggregate(function)) => {
                self.aggregate_call(function, &name, call, origin)
            }
            Called::BuiltIn(Function::Window(function)) => {
                let inner = self.arguments(&call.arguments).unwrap_or_default();
                let texts: Vec<&str> = inner.iter().map(|a| a.sql.as_str()).collect();
                let sql = display(function.display, function.name, &name, &texts);
                Err(Error::new(
                    &conditions::WINDOW_FUNCTION_WITHOUT_OVER_CLAUSE,
                    [("funcName", quote::sql_expression(&sql))],
                ))
            }
            Called::BuiltIn(Function::Generator(function)) => {
                let printed = self.printed(call, function.name);
                Err(match self.clause {
                    Clause::Select => Error::new(
                        &conditions::UNSUPPORTED_GENERATOR_NESTED_IN_EXPRESSIONS,
                        [("expression", quote::sql_expression(&printed))],
                    ),
                    _ => Error::new(
                        &conditions::UNSUPPORTED_GENERATOR_OUTSIDE_SELECT,
                        [("plan", format!("'{} {printed}", self.clause.operator()))],
                    ),
                })
            }
        }
    }

    /// `int(x)`: a cast that is printed as its operand.
    fn type_function(
        &mut self,
        call: &FunctionCall,
        name: &str,
        to: &DataType,
        origin: &Option<Origin>,
    ) -> Result<Typed> {
        self.check_plain(call, name)?;
        let mut arguments = self.arguments(&call.arguments)?;
        check_arity(name, Arity::Exact(1), arguments.len())?;
        let operand = arguments.remove(0);
        let sql = operand.sql.clone();
        let cast = self.cast(operand, to, false, origin)?;
        Ok(Typed { sql, ..cast })
    }

    /// The spelling of a call that cannot be resolved where it stands, as far as its arguments can.
    fn printed(&mut self, call: &FunctionCall, name: &str) -> String {
        let inner = self.arguments(&call.arguments).unwrap_or_default();
        let texts: Vec<&str> = inner.iter().map(|argument| argument.sql.as_str()).collect();
        format!("{name}({})", texts.join(", "))
    }

    /// The function of a name, which may be qualified by `builtin`, `system.builtin`, `session`,
    /// `system.session` or the current database.
    pub(super) fn find_function(&self, name: &[String]) -> Result<Called> {
        let qualifier: Vec<String> = name[..name.len().saturating_sub(1)]
            .iter()
            .map(|part| part.to_lowercase())
            .collect();
        let qualifier: Vec<&str> = qualifier.iter().map(String::as_str).collect();
        let simple = name
            .last()
            .map(|name| name.to_lowercase())
            .unwrap_or_default();
        let built_in = matches!(
            qualifier.as_slice(),
            [] | ["builtin"] | ["system", "builtin"]
        );
        let user = !matches!(qualifier.as_slice(), ["builtin"] | ["system", "builtin"]);
        if user && let Some(function) = self.analyzer.catalog.function(&simple) {
            return Ok(Called::User(function));
        }
        if built_in && let Some(function) = lookup(&simple) {
            return Ok(Called::BuiltIn(function));
        }
        if user && let Some(function) = self.analyzer.catalog.sql_function(name) {
            return Ok(Called::Sql(function));
        }
        Err(self.unresolved_routine(name))
    }

    fn unresolved_routine(&self, name: &[String]) -> Error {
        let database = self.analyzer.catalog.current_database();
        let path = [
            quote::name(&["system", "builtin"]),
            quote::name(&["system", "session"]),
            quote::name(&[CATALOG, &database]),
        ];
        Error::new(
            &conditions::UNRESOLVED_ROUTINE,
            [
                ("routineName", quote::name(name)),
                ("searchPath", format!("[{}]", path.join(", "))),
            ],
        )
    }

    /// Fails where a call has what only aggregates and window functions take.
    fn check_plain(&self, call: &FunctionCall, name: &str) -> Result<()> {
        let syntax = if call.distinct {
            "DISTINCT"
        } else if call.filter.is_some() {
            "FILTER CLAUSE"
        } else if !call.within_group.is_empty() {
            "WITHIN GROUP (ORDER BY ...)"
        } else if call.ignore_nulls == Some(true) {
            "IGNORE NULLS"
        } else {
            return Ok(());
        };
        Err(unsupported_syntax(name, syntax))
    }

    /// Arguments by position, `*` expanded.
    pub(super) fn arguments(&mut self, arguments: &[Argument]) -> Result<Vec<Typed>> {
        let mut resolved = Vec::with_capacity(arguments.len());
        for argument in arguments {
            match &*argument.value.kind {
                ExpressionKind::Star { target, except } => {
                    let origin = &argument.value.origin;
                    resolved.extend(self.expand_star(target, except, origin)?);
                }
                _ => resolved.push(self.expression(&argument.value)?),
            }
        }
        Ok(resolved)
    }

    /// A call of a built-in scalar function.
    pub(super) fn call_scalar(
        &mut self,
        function: &'static ScalarFunction,
        name: &str,
        arguments: &[Argument],
        origin: &Option<Origin>,
    ) -> Result<Typed> {
        let parameters = (function.parameters, function.defaults);
        let ordered = in_order_or_default(name, parameters, arguments)?;
        if let Form::HigherOrder(types, bind) = function.form {
            check_arity(name, function.arity, ordered.len())?;
            return self.higher_order(function, name, (types, bind), &ordered, origin);
        }
        let lambda =
            |argument: &Argument| matches!(*argument.value.kind, ExpressionKind::Lambda { .. });
        if ordered.iter().any(lambda) {
            return Err(Error::new(
                &conditions::INVALID_LAMBDA_FUNCTION_CALL_NON_HIGHER_ORDER_FUNCTION,
                [("class", function.name)],
            ));
        }
        // With a unit they are syntax; without one there are no such functions.
        let by_unit = matches!(function.name, "timestampadd" | "timestampdiff");
        let has_unit = ordered.first().is_some_and(|first| {
            matches!(
                &*first.value.kind,
                ExpressionKind::Literal(Value::String(_), _)
            )
        });
        if by_unit && !has_unit {
            return Err(self.unresolved_routine(&[name.to_string()]));
        }
        if let Some(operator) = operator_name(function.name, ordered.len())
            && ordered
                .iter()
                .any(|a| matches!(*a.value.kind, ExpressionKind::Star { .. }))
        {
            return Err(Error::new(
                &conditions::INVALID_USAGE_OF_STAR_OR_REGEX,
                [
                    ("elem", "'*'".to_string()),
                    ("prettyName", format!("expression `{operator}`")),
                ],
            ));
        }
        let arguments = self.arguments(&ordered)?;
        self.call_with(function, name, arguments, origin)
    }

    /// A call of a built-in scalar function by name, over resolved arguments.
    pub(super) fn call_built_in(
        &mut self,
        name: &str,
        arguments: Vec<Typed>,
        origin: &Option<Origin>,
    ) -> Result<Typed> {
        match lookup(name) {
            Some(Function::Scalar(function)) => self.call_with(function, name, arguments, origin),
            _ => Err(Error::unsupported(format!("the function {name}"))),
        }
    }

    /// A call of a scalar function over resolved arguments.
    fn call_with(
        &mut self,
        function: &'static ScalarFunction,
        name: &str,
        arguments: Vec<Typed>,
        origin: &Option<Origin>,
    ) -> Result<Typed> {
        check_arity(name, function.arity, arguments.len())?;
        let bind = match function.form {
            Form::Special(form) => {
                return self.special_form(function, form, name, arguments, origin);
            }
            Form::Kernel(bind) => bind,
            Form::HigherOrder(_, bind) => bind,
        };
        if !self.analyzer.ansi()
            && let Some(simple) = boolean_equality(function.name, &arguments, origin)
        {
            return Ok(simple);
        }
        let sql = spelled(function, name, &arguments);
        let config = self.analyzer.config();
        let context = BindContext {
            config: &config,
            name,
            sql: &sql,
        };
        let binding = bind(&context, &self.bound(&arguments))?;
        let mut arguments = self.coerced(arguments, &binding.arguments, origin);
        // Negation is a node of its own: the optimizer makes anti joins of it.
        if function.name == "not"
            && let Some(operand) = arguments.pop()
        {
            let expr = Expr::Not(Box::new(operand));
            return Ok(Typed::new(expr, sql, origin.clone()));
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

    /// A call of a user's function.
    fn call_user(
        &mut self,
        function: Arc<UserFunction>,
        arguments: Vec<Typed>,
        origin: &Option<Origin>,
    ) -> Result<Typed> {
        let texts: Vec<&str> = arguments
            .iter()
            .map(|argument| argument.sql.as_str())
            .collect();
        let sql = format!("{}({})", function.name, texts.join(", "));
        let mut nullable = true;
        let arguments = match &function.parameters {
            Some(parameters) => {
                check_arity(
                    &function.name,
                    Arity::Exact(parameters.len()),
                    arguments.len(),
                )?;
                nullable = true;
                self.coerced(arguments, parameters, origin)
            }
            None => arguments
                .into_iter()
                .map(|argument| argument.expr)
                .collect(),
        };
        let expr = Expr::Call(Call {
            kernel: function.kernel.clone(),
            data_type: function.returns.clone(),
            function: CalledFunction::User(function),
            arguments,
            nullable,
            origin: origin.clone(),
        });
        Ok(Typed::new(expr, sql, origin.clone()))
    }

    /// Arguments as `bind` sees them.
    pub(super) fn bound(&self, arguments: &[Typed]) -> Vec<BoundArgument> {
        let config = self.analyzer.config();
        (arguments.iter())
            .map(|argument| BoundArgument {
                data_type: argument.data_type(),
                nullable: argument.expr.nullable(),
                constant: fold::constant_or_none(&argument.expr, &config),
                sql: argument.sql.clone(),
                is_lambda: matches!(argument.expr, Expr::Lambda { .. }),
                order: None,
            })
            .collect()
    }

    /// Arguments cast to the types that a binding asks for.
    pub(super) fn coerced(
        &self,
        arguments: Vec<Typed>,
        types: &[DataType],
        origin: &Option<Origin>,
    ) -> Vec<Expr> {
        let mut types = types.iter();
        (arguments.into_iter())
            .map(|argument| {
                let origin = argument.origin.as_ref().or(origin.as_ref()).cloned();
                match (types.next(), &argument.expr) {
                    (_, Expr::Lambda { .. }) | (None, _) => argument.expr,
                    (Some(to), _) => self.coerce(argument.expr, to, &origin),
                }
            })
            .collect()
    }

    /// The error for an aggregate, window function or generator in a clause that cannot have it.
    pub(super) fn forbidden(&self, sql: &str) -> Error {
        match self.clause {
            Clause::Where => Error::new(
                &conditions::INVALID_WHERE_CONDITION,
                [
                    ("condition", quote::sql_expression(sql)),
                    ("expressionList", sql.to_string()),
                ],
            ),
            Clause::GroupBy => Error::new(
                &conditions::GROUP_BY_AGGREGATE,
                [("sqlExpr", sql.to_string())],
            ),
            clause => Error::new(
                &conditions::UNSUPPORTED_EXPR_FOR_OPERATOR,
                [
                    ("operator", clause.operator().to_string()),
                    ("invalidExprSqls", quote::sql_expression(sql)),
                ],
            ),
        }
    }

    /// `IDENTIFIER(text)` in an expression: a column or, with arguments, a function.
    pub(super) fn identifier_clause(
        &mut self,
        name: &Expression,
        arguments: Option<&[Argument]>,
        origin: &Option<Origin>,
    ) -> Result<Typed> {
        let parts = self.analyzer.identifier(name, self.environment)?;
        match arguments {
            None => self.reference(&parts, origin),
            Some(arguments) => {
                let call = FunctionCall {
                    name: parts,
                    arguments: arguments.to_vec(),
                    distinct: false,
                    filter: None,
                    within_group: Vec::new(),
                    ignore_nulls: None,
                };
                self.function(&call, origin)
            }
        }
    }

    /// Runs `f` inside another part of a call.
    pub(super) fn inside<T>(
        &mut self,
        inside: Inside,
        f: impl FnOnce(&mut Self) -> Result<T>,
    ) -> Result<T> {
        let before = std::mem::replace(&mut self.inside, inside);
        let result = f(self);
        self.inside = before;
        result
    }
}

/// The type that a function named like it casts to.
fn constructed_type(name: &str) -> Option<DataType> {
    Some(match name {
        "boolean" => DataType::Boolean,
        "tinyint" => DataType::Byte,
        "smallint" => DataType::Short,
        "int" => DataType::Integer,
        "bigint" => DataType::Long,
        "float" => DataType::Float,
        "double" => DataType::Double,
        "decimal" => DataType::DECIMAL_USER_DEFAULT,
        "date" => DataType::Date,
        "timestamp" => DataType::Timestamp,
        "binary" => DataType::Binary,
        "string" => DataType::String,
        _ => return None,
    })
}

/// `INVALID_SQL_SYNTAX.FUNCTION_WITH_UNSUPPORTED_SYNTAX`.
pub(super) fn unsupported_syntax(name: &str, syntax: &str) -> Error {
    Error::new(
        &conditions::FUNCTION_WITH_UNSUPPORTED_SYNTAX,
        [
            ("prettyName", quote::identifier(name)),
            ("syntax", syntax.to_string()),
        ],
    )
}

/// A call as Spark prints it.
pub(super) fn spelled(function: &ScalarFunction, name: &str, arguments: &[Typed]) -> String {
    let texts: Vec<&str> = arguments.iter().map(|a| a.sql.as_str()).collect();
    if let Display::Typed(print) = function.display {
        let types: Vec<DataType> = arguments.iter().map(Typed::data_type).collect();
        return print(name, &texts, &types.iter().collect::<Vec<_>>());
    }
    display(function.display, function.name, name, &texts)
}

/// A call of a function of this display.
pub(super) fn display(display: Display, main: &str, name: &str, arguments: &[&str]) -> String {
    match (display, arguments) {
        (Display::Infix(symbol), [left, right]) => format!("({left} {symbol} {right})"),
        (Display::Prefix(symbol), [operand]) => format!("({symbol} {operand})"),
        (Display::CallAsWritten, _) => format!("{name}({})", arguments.join(", ")),
        (Display::Custom(print), _) => print(name, arguments),
        (Display::Typed(print), _) => print(name, arguments, &[]),
        _ => format!("{main}({})", arguments.join(", ")),
    }
}

/// What Spark calls an operator; operators take no `*`.
fn operator_name(symbol: &str, operands: usize) -> Option<&'static str> {
    Some(match (symbol, operands) {
        ("+", 1) => "positive",
        ("-", 1) => "unaryminus",
        ("+", _) => "add",
        ("-", _) => "subtract",
        ("*", _) => "multiply",
        ("/", _) => "divide",
        ("%", _) => "remainder",
        ("=", _) => "equalto",
        ("<=>", _) => "equalnullsafe",
        ("<", _) => "lessthan",
        ("<=", _) => "lessthanorequal",
        (">", _) => "greaterthan",
        (">=", _) => "greaterthanorequal",
        ("isnull", _) => "isnull",
        ("isnotnull", _) => "isnotnull",
        _ => return None,
    })
}

/// `WRONG_NUM_ARGS` unless a function takes so many arguments.
pub(super) fn check_arity(name: &str, arity: Arity, count: usize) -> Result<()> {
    if arity.accepts(count) {
        return Ok(());
    }
    let expected = match arity {
        Arity::Exact(n) => n.to_string(),
        Arity::OneOf([one]) => one.to_string(),
        Arity::OneOf(counts) => {
            let counts: Vec<String> = counts.iter().map(ToString::to_string).collect();
            format!("[{}]", counts.join(", "))
        }
        Arity::AtLeast(n) => format!("> {}", n.saturating_sub(1)),
    };
    Err(Error::new(
        &conditions::WRONG_NUM_ARGS_WITHOUT_SUGGESTION,
        [
            ("functionName", quote::identifier(name)),
            ("expectedNum", expected),
            ("actualNum", count.to_string()),
            ("docroot", DOCUMENTATION.to_string()),
        ],
    ))
}

/// Where Spark's messages send their readers.
const DOCUMENTATION: &str = "https://spark.apache.org/docs/latest";

/// Arguments in the order of a function's parameters; named ones behind the positional ones.
pub(super) fn in_order(
    name: &str,
    parameters: &[&str],
    arguments: &[Argument],
) -> Result<Vec<Argument>> {
    in_order_or_default(name, (parameters, &[]), arguments)
}

/// [`in_order`] for functions some of whose parameters have defaults.
fn in_order_or_default(
    name: &str,
    (parameters, defaults): (&[&str], &[(&str, Option<&str>)]),
    arguments: &[Argument],
) -> Result<Vec<Argument>> {
    let Some(first_named) = arguments
        .iter()
        .position(|argument| argument.name.is_some())
    else {
        return Ok(arguments.to_vec());
    };
    let routine = ("routineName", quote::identifier(name));
    if parameters.is_empty() {
        return Err(Error::new(
            &conditions::NAMED_PARAMETERS_NOT_SUPPORTED,
            [("functionName", quote::identifier(name))],
        ));
    }
    let mut slots: Vec<Option<&Argument>> = vec![None; parameters.len()];
    for (index, argument) in arguments.iter().enumerate() {
        let Some(written) = &argument.name else {
            if index > first_named {
                let parameter = arguments[first_named].name.as_deref().unwrap_or_default();
                let parameter = ("parameterName", quote::identifier(parameter));
                return Err(Error::new(
                    &conditions::UNEXPECTED_POSITIONAL_ARGUMENT,
                    [routine, parameter],
                ));
            }
            match slots.get_mut(index) {
                Some(slot) => *slot = Some(argument),
                None => check_arity(name, Arity::Exact(parameters.len()), arguments.len())?,
            }
            continue;
        };
        let same = |parameter: &&str| parameter.eq_ignore_ascii_case(written);
        let Some(position) = parameters.iter().position(same) else {
            let known: Vec<Vec<String>> = parameters.iter().map(|p| vec![p.to_string()]).collect();
            let nearest = proposal(std::slice::from_ref(written), &known);
            let nearest: Vec<&str> = nearest.split(", ").take(3).collect();
            return Err(Error::new(
                &conditions::UNRECOGNIZED_PARAMETER_NAME,
                [
                    routine,
                    ("argumentName", quote::identifier(written)),
                    ("proposal", nearest.join(" ")),
                ],
            ));
        };
        if slots[position].is_some() {
            let condition = if position < first_named {
                &conditions::DUPLICATE_ROUTINE_PARAMETER_ASSIGNMENT_BOTH_POSITIONAL_AND_NAMED
            } else {
                &conditions::DUPLICATE_ROUTINE_PARAMETER_ASSIGNMENT_DOUBLE_NAMED_ARGUMENT_REFERENCE
            };
            let parameter = ("parameterName", quote::identifier(parameters[position]));
            return Err(Error::new(condition, [routine, parameter]));
        }
        slots[position] = Some(argument);
    }
    let given = slots
        .iter()
        .rposition(Option::is_some)
        .map_or(0, |last| last + 1);
    (slots[..given].iter().enumerate())
        .map(|(index, slot)| match slot {
            Some(argument) => Ok(Argument {
                name: None,
                value: argument.value.clone(),
            }),
            None if defaults.iter().any(|(name, _)| *name == parameters[index]) => {
                let default = defaults.iter().find(|(name, _)| *name == parameters[index]);
                let value = match default.and_then(|(_, text)| *text) {
                    Some(text) => Expression::literal(Value::from(text), DataType::String),
                    None => Expression::literal(Value::Null, DataType::Null),
                };
                Ok(Argument { name: None, value })
            }
            None => Err(Error::new(
                &conditions::REQUIRED_PARAMETER_NOT_FOUND,
                [
                    routine.clone(),
                    ("parameterName", quote::identifier(parameters[index])),
                    ("index", index.to_string()),
                ],
            )),
        })
        .collect()
}
