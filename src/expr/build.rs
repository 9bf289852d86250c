//! Calls of built-in functions, made by rules of the engine rather than by a user.

use super::{Call, CalledFunction, Expr};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::functions::scalar::Form;
use crate::functions::{BindContext, BoundArgument, Function, lookup};

impl Expr {
    /// A call of the built-in scalar function `name`. The arguments must already have types that the
    /// function takes as they are: rules run behind the analyzer, so nothing is coerced here.
    pub fn call(name: &str, arguments: Vec<Expr>) -> Result<Expr> {
        let Some(Function::Scalar(function)) = lookup(name) else {
            return Err(Error::internal(format!("there is no function {name}")));
        };
        let (Form::Kernel(bind) | Form::HigherOrder(_, bind)) = function.form else {
            return Err(Error::internal(format!("{name} is no plain function")));
        };
        let bound: Vec<BoundArgument> = (arguments.iter())
            .map(|argument| BoundArgument {
                data_type: argument.data_type(),
                nullable: argument.nullable(),
                constant: argument.as_literal().cloned(),
                sql: argument.to_string(),
                is_lambda: false,
                order: None,
            })
            .collect();
        let config = Config::default();
        let binding = bind(
            &BindContext {
                config: &config,
                name,
                sql: name,
            },
            &bound,
        )?;
        Ok(Expr::Call(Call {
            function: CalledFunction::BuiltIn(function),
            kernel: binding.kernel,
            arguments,
            data_type: binding.returns,
            nullable: binding.nullable,
            origin: None,
        }))
    }

    /// `left = right`; both of one type.
    pub fn equal(left: Expr, right: Expr) -> Result<Expr> {
        Expr::call("=", vec![left, right])
    }

    /// `left <=> right`: like `=`, but NULL equals NULL; both of one type.
    pub fn null_safe_equal(left: Expr, right: Expr) -> Result<Expr> {
        Expr::call("<=>", vec![left, right])
    }

    /// The sides of an equality `=` or `<=>`, and whether NULL equals NULL in it.
    pub fn as_equality(&self) -> Option<(&Expr, &Expr, bool)> {
        match self {
            Expr::Call(call) => match (call.name(), call.arguments.as_slice()) {
                ("=", [left, right]) => Some((left, right, false)),
                ("<=>", [left, right]) => Some((left, right, true)),
                _ => None,
            },
            _ => None,
        }
    }
}
