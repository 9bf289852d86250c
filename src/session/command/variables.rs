//! Session variables and EXECUTE IMMEDIATE.

use super::{nothing, run_statement};
use crate::analyzer::Analyzer;
use crate::catalog::Variable;
use crate::error::{
    Error, Result,
    conditions::{
        ASSIGNMENT_ARITY_MISMATCH, DUPLICATE_ASSIGNMENTS, DUPLICATE_VARIABLE_NAME_INSIDE_DECLARE,
        ROW_SUBQUERY_TOO_MANY_ROWS, UNRESOLVED_VARIABLE,
    },
    quote,
};
use crate::kernel::cast::{Cast, Mode};
use crate::kernel::value::{array_to_value, value_to_array};
use crate::plan::unresolved::{
    Argument, Command, Expression, ExpressionKind, Relation, RelationKind, Statement,
};
use crate::session::{DataFrame, Session, reader};
use crate::types::{DataType, Value};

/// The value of an expression over no input, with its type. Subqueries are allowed.
fn evaluate(session: &Session, expression: Expression) -> Result<(Value, DataType)> {
    let input = Relation::new(RelationKind::OneRow);
    let expressions = vec![Expression::new(ExpressionKind::Alias {
        operand: expression,
        names: vec!["value".to_string()],
    })];
    let relation = Relation::new(RelationKind::Project { input, expressions });
    let frame = DataFrame::new(session, relation)?;
    let data_type = frame.schema()[0].data_type.clone();
    let rows = frame.collect()?;
    let value = rows.first().map_or(Value::Null, |row| row.get(0).clone());
    Ok((value, data_type))
}

/// A value in another type, as an assignment casts it.
fn assign(session: &Session, value: &Value, from: &DataType, to: &DataType) -> Result<Value> {
    if from == to || value.is_null() {
        return Ok(value.clone());
    }
    let config = session.config();
    let cast = Cast::new(from, to, Mode::of(&config), &config)?;
    let array = cast.eval_array(&value_to_array(value, from)?)?;
    array_to_value(array.as_ref(), 0, to)
}

/// `DECLARE [OR REPLACE] VARIABLE names [type] [DEFAULT expr]`
pub fn declare(
    session: &Session,
    names: &[Vec<String>],
    replace: bool,
    data_type: Option<DataType>,
    default: Option<Expression>,
) -> Result<DataFrame> {
    let (value, found) = match default {
        Some(expression) => evaluate(session, expression)?,
        None => (Value::Null, DataType::Null),
    };
    for (index, name) in names.iter().enumerate() {
        let full = qualified(name);
        if full.is_none() {
            return Err(unresolved(name));
        }
        if names[..index].iter().any(|other| qualified(other) == full) {
            let name = full.unwrap_or_default().join(".").to_lowercase();
            let parts: Vec<&str> = name.split('.').collect();
            let name = ("variableName", quote::name(&parts));
            return Err(Error::new(&DUPLICATE_VARIABLE_NAME_INSIDE_DECLARE, [name]));
        }
    }
    let data_type = data_type.unwrap_or_else(|| found.clone());
    let value = assign(session, &value, &found, &data_type)?;
    for name in names {
        let variable = Variable {
            name: name.last().cloned().unwrap_or_default(),
            data_type: data_type.clone(),
            value: value.clone(),
            default: value.clone(),
        };
        session.state.catalog.declare_variable(variable, replace)?;
    }
    nothing(session)
}

fn variable(session: &Session, name: &[String]) -> Result<Variable> {
    (session.state.catalog)
        .variable(name)
        .ok_or_else(|| unresolved(name))
}

fn unresolved(name: &[String]) -> Error {
    let path = "`system`.`session`".to_string();
    Error::new(
        &UNRESOLVED_VARIABLE,
        [("variableName", quote::name(name)), ("searchPath", path)],
    )
}

/// The full name of a variable in lower case; None if it is no variable's.
fn qualified(name: &[String]) -> Option<Vec<String>> {
    let lower: Vec<String> = name.iter().map(|part| part.to_lowercase()).collect();
    let parts: Vec<&str> = lower.iter().map(String::as_str).collect();
    match parts.as_slice() {
        [simple] | ["session", simple] | ["system", "session", simple] => {
            Some(["system", "session", simple].map(str::to_string).to_vec())
        }
        _ => None,
    }
}

/// Fails where a variable would get two values.
fn check_distinct(names: &[&Vec<String>]) -> Result<()> {
    for (index, name) in names.iter().enumerate() {
        if names[..index]
            .iter()
            .any(|other| qualified(other) == qualified(name))
        {
            let simple = name.last().map_or("", String::as_str).to_lowercase();
            let names = ("nameList", quote::identifier(&simple));
            return Err(Error::new(&DUPLICATE_ASSIGNMENTS, [names]));
        }
    }
    Ok(())
}

/// `SET VAR name = expr, ..`: all expressions see the old values.
pub fn set(session: &Session, assignments: Vec<(Vec<String>, Expression)>) -> Result<DataFrame> {
    check_distinct(&assignments.iter().map(|(name, _)| name).collect::<Vec<_>>())?;
    let mut values = Vec::with_capacity(assignments.len());
    for (name, expression) in assignments {
        let target = variable(session, &name)?;
        let value = match *expression.kind {
            ExpressionKind::Default => target.default,
            _ => {
                let (value, found) = evaluate(session, expression)?;
                assign(session, &value, &found, &target.data_type)?
            }
        };
        values.push((name, value));
    }
    for (name, value) in values {
        session.state.catalog.set_variable(&name, value)?;
    }
    nothing(session)
}

/// `SET VAR (a, b) = (SELECT ..)`: the query gives one row, or none for NULLs.
pub fn set_from(session: &Session, names: &[Vec<String>], query: Relation) -> Result<DataFrame> {
    check_distinct(&names.iter().collect::<Vec<_>>())?;
    let frame = DataFrame::new(session, query)?;
    store(session, names, &frame)?;
    nothing(session)
}

/// Stores the one row of a DataFrame in variables.
fn store(session: &Session, names: &[Vec<String>], frame: &DataFrame) -> Result<()> {
    if frame.schema().len() != names.len() {
        return Err(Error::new(
            &ASSIGNMENT_ARITY_MISMATCH,
            [
                ("numExpr", frame.schema().len().to_string()),
                ("numTarget", names.len().to_string()),
            ],
        ));
    }
    let targets: Vec<Variable> = names
        .iter()
        .map(|name| variable(session, name))
        .collect::<Result<_>>()?;
    let rows = frame.take(2)?;
    if rows.len() > 1 {
        return Err(Error::of(&ROW_SUBQUERY_TOO_MANY_ROWS));
    }
    for (index, (name, target)) in names.iter().zip(&targets).enumerate() {
        let value = match rows.first() {
            Some(row) => assign(
                session,
                row.get(index),
                &frame.schema()[index].data_type,
                &target.data_type,
            )?,
            None => Value::Null,
        };
        session.state.catalog.set_variable(name, value)?;
    }
    Ok(())
}

/// `EXECUTE IMMEDIATE text [INTO variables] [USING arguments]`
pub fn execute_immediate(
    session: &Session,
    text: &Expression,
    into: &[Vec<String>],
    using: Vec<Argument>,
) -> Result<DataFrame> {
    let files = reader::Files;
    let ids = session.state.ids.clone();
    let analyzer = Analyzer::new(&session.state.catalog, session.config(), ids, &files);
    let constant = analyzer.constant(text)?;
    let value = analyzer.fold(&constant)?;
    let Some(text) = value.as_ref().and_then(Value::as_str) else {
        return Err(Error::of(
            &crate::error::conditions::NULL_QUERY_STRING_EXECUTE_IMMEDIATE,
        ));
    };
    let mut options = session.parse_options();
    for argument in using {
        let (value, data_type) = evaluate(session, argument.value)?;
        let literal = Expression::new(ExpressionKind::Literal(value, data_type));
        options.parameters.push((argument.name, literal));
    }
    let statement = session.parse_with(text, &options)?;
    if let Statement::Command(Command::ExecuteImmediate { .. }) = statement {
        return Err(Error::new(
            &crate::error::conditions::NESTED_EXECUTE_IMMEDIATE,
            [("sqlString", text.to_string())],
        ));
    }
    let frame = run_statement(session, statement)?;
    if into.is_empty() {
        return Ok(frame);
    }
    store(session, into, &frame)?;
    nothing(session)
}
