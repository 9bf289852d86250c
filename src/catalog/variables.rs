//! Session variables (`DECLARE VARIABLE`).

use super::{Catalog, key};
use crate::error::{Error, Result, conditions, quote};
use crate::types::{DataType, Value};

/// A session variable.
#[derive(Debug, Clone, PartialEq)]
pub struct Variable {
    /// Its name as declared.
    pub name: String,
    /// Its type.
    pub data_type: DataType,
    /// Its value.
    pub value: Value,
    /// What `SET VAR x = DEFAULT` sets: the text of the DEFAULT clause and its value at declaration.
    pub default: Value,
}

/// The last part of a variable's name: `x`, `session.x`, `system.session.x`.
fn variable_name(parts: &[String]) -> Option<&String> {
    let is = |part: &String, word: &str| part.eq_ignore_ascii_case(word);
    match parts {
        [name] => Some(name),
        [session, name] if is(session, "session") => Some(name),
        [system, session, name] if is(system, "system") && is(session, "session") => Some(name),
        _ => None,
    }
}

impl Catalog {
    /// Declares a variable; `VARIABLE_ALREADY_EXISTS` if there is one, unless `replace`.
    pub fn declare_variable(&self, variable: Variable, replace: bool) -> Result<()> {
        let mut state = self.write();
        if !replace && state.variables.contains_key(&key(&variable.name)) {
            let name = quote::name(&["system", "session", &variable.name]);
            return Err(Error::new(
                &conditions::VARIABLE_ALREADY_EXISTS,
                [("variableName", name)],
            ));
        }
        state.variables.insert(key(&variable.name), variable);
        Ok(())
    }

    /// The variable of a name, which may be qualified by `session` or `system.session`.
    pub fn variable(&self, parts: &[String]) -> Option<Variable> {
        let name = variable_name(parts)?;
        self.read().variables.get(&key(name)).cloned()
    }

    /// Sets a variable; `VARIABLE_NOT_FOUND` if there is none. The value has the variable's type.
    pub fn set_variable(&self, parts: &[String], value: Value) -> Result<()> {
        let mut state = self.write();
        let variable = variable_name(parts).and_then(|name| state.variables.get_mut(&key(name)));
        match variable {
            Some(variable) => {
                variable.value = value;
                Ok(())
            }
            None => Err(variable_not_found(parts)),
        }
    }

    /// Drops a variable; `VARIABLE_NOT_FOUND` if there is none, unless `if_exists`.
    pub fn drop_variable(&self, parts: &[String], if_exists: bool) -> Result<()> {
        let mut state = self.write();
        let dropped = variable_name(parts).and_then(|name| state.variables.remove(&key(name)));
        if dropped.is_none() && !if_exists {
            return Err(variable_not_found(parts));
        }
        Ok(())
    }
}

/// `VARIABLE_NOT_FOUND` for a name as written.
fn variable_not_found(parts: &[String]) -> Error {
    let full = match parts {
        [name] => vec!["system".to_string(), "session".to_string(), name.clone()],
        other => other.to_vec(),
    };
    Error::new(
        &conditions::VARIABLE_NOT_FOUND,
        [("variableName", quote::name(&full))],
    )
}
