//! Names in expressions: columns, fields, lambda parameters, aliases, outer columns, variables.
//!
//! Looked up in this order: parameters of lambdas, the columns of the input, functions without
//! parentheses (`current_date`), aliases of the same select list, columns of enclosing queries, session
//! variables. What is left of a dotted name behind the column are fields of structs.

use super::environment::Outer;
use super::expression::{Aggregates, Inside, Resolver};
use super::literal;
use super::query_constant::WITHOUT_PARENTHESES;
use super::scope::{Found, Scope, ScopeColumn};
use super::suggestion::unresolved_column;
use super::typed::Typed;
use crate::error::{Error, Origin, Result, conditions, quote};
use crate::expr::{Expr, Literal};
use crate::plan::unresolved::FunctionCall;
use crate::types::quote_if_needed;
use std::cell::RefCell;

impl Resolver<'_> {
    /// What a dotted name means.
    pub(super) fn reference(&mut self, parts: &[String], origin: &Option<Origin>) -> Result<Typed> {
        let case_sensitive = self.analyzer.case_sensitive();
        if let Some(parameter) = self.lambda_parameter(&parts[0]) {
            return self.fields(parameter, &parts[1..], origin);
        }
        let mut ambiguous = None;
        let of_aggregates = self
            .aggregate_scope
            .filter(|_| self.inside == Inside::Aggregate);
        for scope in of_aggregates.iter().chain(self.scopes) {
            match scope.find(parts, case_sensitive) {
                Found::Column(column, used) => {
                    let typed = column_of(column, &parts[used - 1], origin);
                    return self.fields(typed, &parts[used..], origin);
                }
                Found::Several(columns) => {
                    ambiguous = ambiguous.or(Some(ambiguous_reference(parts, &columns)));
                    if !self.later_scopes_settle_ambiguity {
                        break;
                    }
                }
                Found::Nothing => {}
            }
        }
        if let Some(error) = ambiguous {
            return Err(error);
        }
        if let [name] = parts
            && WITHOUT_PARENTHESES.contains(&name.to_lowercase().as_str())
        {
            let written = name;
            let name = match name.to_lowercase().as_str() {
                "grouping__id" => "grouping_id".to_string(),
                other => other.to_string(),
            };
            let call = FunctionCall {
                name: vec![name],
                arguments: Vec::new(),
                distinct: false,
                filter: None,
                within_group: Vec::new(),
                ignore_nulls: None,
            };
            let typed = self.function(&call, origin)?;
            return Ok(match typed.sql == "grouping_id()" {
                true => Typed {
                    name: Some(written.to_lowercase()),
                    ..typed
                },
                false => typed,
            });
        }
        if let Some(window) = self.time_window_column(&parts[0], origin) {
            return (parts[1..].iter())
                .try_fold(window, |base, part| self.field(base, part, origin));
        }
        if let [name] = parts
            && let Some(typed) = self.selected_as(name, origin)?
        {
            return Ok(typed);
        }
        if let Some(typed) = self.lateral(parts, origin)? {
            return Ok(typed);
        }
        if let Some(typed) = self.outer_reference(parts, origin)? {
            return Ok(typed);
        }
        if let Some(typed) = self.variable(parts, origin)? {
            return Ok(typed);
        }
        Err(unresolved_column(parts, self.scopes))
    }

    /// `df["a"]`: the column of that DataFrame, if it is still among the input's.
    pub(super) fn frame_reference(&mut self, parts: &[String], plan_id: u64) -> Result<Typed> {
        let mut found: Vec<ScopeColumn> = Vec::new();
        for top in self.scopes {
            for scope in top.chain() {
                let frames = top.frames.iter().chain(&scope.frames);
                for frame in frames.filter(|frame| frame.plan_id == plan_id) {
                    let columns = Scope::unqualified(frame.columns.iter().cloned());
                    let column = match columns.find(&parts[..1], self.analyzer.case_sensitive()) {
                        Found::Column(column, _) => column.attribute.id,
                        Found::Several(columns) => {
                            return Err(ambiguous_reference(parts, &columns));
                        }
                        Found::Nothing => continue,
                    };
                    if let Some(column) = scope.by_id(column)
                        && !found
                            .iter()
                            .any(|known| known.attribute.id == column.attribute.id)
                    {
                        found.push(column.clone());
                    }
                }
                if !found.is_empty() {
                    break;
                }
            }
        }
        match found.as_slice() {
            [column] => {
                // The analyzer's own references say a position.
                let written = match plan_id == super::dataframe::OWN_FRAME {
                    true => column.attribute.name.to_string(),
                    false => parts[0].clone(),
                };
                let typed = column_of(column, &written, &None);
                self.fields(typed, &parts[1..], &None)
            }
            [] => {
                let known = self.scopes.iter().flat_map(|scope| scope.chain());
                let known = known.flat_map(|scope| &scope.frames);
                if known.into_iter().any(|frame| frame.plan_id == plan_id)
                    && let Ok(typed) = self.reference(parts, &None)
                {
                    return Ok(typed);
                }
                Err(Error::new(
                    &conditions::CANNOT_RESOLVE_DATAFRAME_COLUMN,
                    [("name", quote::name(parts))],
                ))
            }
            _ => Err(Error::new(
                &conditions::AMBIGUOUS_COLUMN_REFERENCE,
                [("name", quote::name(parts))],
            )),
        }
    }

    fn lambda_parameter(&self, name: &str) -> Option<Typed> {
        let mut parameters = self.lambdas.iter().rev().flatten();
        let (_, attribute) = parameters.find(|(known, _)| self.analyzer.same_name(known, name))?;
        Some(Typed {
            name: Some(name.to_string()),
            ..Typed::new(
                Expr::Column(attribute.clone()),
                "namedlambdavariable()",
                None,
            )
        })
    }

    /// An alias of the same select list.
    fn lateral(&mut self, parts: &[String], origin: &Option<Origin>) -> Result<Option<Typed>> {
        let matching = self.laterals.iter();
        let matching: Vec<_> = matching
            .filter(|lateral| self.analyzer.same_name(&lateral.name, &parts[0]))
            .collect();
        let lateral = match matching.as_slice() {
            [] => return Ok(None),
            [lateral] => (*lateral).clone(),
            several => {
                return Err(Error::new(
                    &conditions::AMBIGUOUS_LATERAL_COLUMN_ALIAS,
                    [
                        ("name", quote::name(parts)),
                        ("n", several.len().to_string()),
                    ],
                ));
            }
        };
        match self.inside {
            Inside::Nothing => {}
            Inside::Aggregate | Inside::Window => {
                // Columns that exist under another name in the input are found before; this is an error
                // that the caller spells with the whole call.
                return Err(lateral_not_allowed(self.inside, parts));
            }
        }
        let sql = format!("lateralAliasReference({})", parts[0]);
        let column = Expr::Column(lateral.attribute.clone());
        let typed = Typed {
            name: Some(parts[0].clone()),
            ..Typed::new(column, sql, origin.clone())
        };
        self.fields(typed, &parts[1..], origin).map(Some)
    }

    /// A column of the enclosing query.
    fn outer_reference(
        &mut self,
        parts: &[String],
        origin: &Option<Origin>,
    ) -> Result<Option<Typed>> {
        let case_sensitive = self.analyzer.case_sensitive();
        // Spark looks no further than one query out.
        let scopes = self
            .environment
            .outer
            .map_or(&[] as &[&Scope], |outer| outer.scopes);
        for scope in scopes {
            match scope.find(parts, case_sensitive) {
                Found::Column(column, used) => {
                    let typed = outer_column_of(column, origin);
                    return self.fields(typed, &parts[used..], origin).map(Some);
                }
                Found::Several(columns) => return Err(ambiguous_reference(parts, &columns)),
                Found::Nothing => {}
            }
        }
        Ok(None)
    }

    /// The aggregates of the enclosing query that owns these columns, if it takes any.
    pub(super) fn outer_aggregates(
        &self,
        ids: &[crate::expr::ColumnId],
    ) -> Option<&RefCell<Aggregates>> {
        let outer: &Outer = self.environment.outer?;
        let owns = |id: &crate::expr::ColumnId| outer.scopes.iter().any(|s| s.by_id(*id).is_some());
        if ids.iter().all(owns) {
            outer.aggregates
        } else {
            None
        }
    }

    /// A session variable: `x`, `session.x`, `system.session.x`, and fields of it.
    fn variable(&mut self, parts: &[String], origin: &Option<Origin>) -> Result<Option<Typed>> {
        let catalog = self.analyzer.catalog;
        for used in (1..=parts.len().min(3)).rev() {
            if let Some(variable) = catalog.variable(&parts[..used]) {
                let name = parts[used - 1].clone();
                let object = ("VARIABLE", vec![variable.name.clone()]);
                self.analyzer.temporary.borrow_mut().push(object);
                let literal = Literal {
                    value: variable.value,
                    data_type: variable.data_type,
                };
                let value = literal::typed_sql(&literal, &self.analyzer.config());
                let sql = format!(
                    "variablereference(system.session.{}={value})",
                    variable.name
                );
                let typed = Typed {
                    name: Some(name),
                    ..Typed::new(Expr::Literal(literal), sql, origin.clone())
                };
                return self.fields(typed, &parts[used..], origin).map(Some);
            }
        }
        Ok(None)
    }

    /// Fields of a struct, one in the other.
    fn fields(&mut self, base: Typed, names: &[String], origin: &Option<Origin>) -> Result<Typed> {
        names
            .iter()
            .try_fold(base, |base, name| self.field(base, name, origin))
    }
}

/// A column, named as it was written.
fn column_of(column: &ScopeColumn, written: &str, origin: &Option<Origin>) -> Typed {
    let mut attribute = column.attribute.clone();
    attribute.name = written.into();
    Typed {
        name: Some(written.to_string()),
        ..Typed::new(Expr::Column(attribute), written, origin.clone())
    }
}

/// A column of an enclosing query.
fn outer_column_of(column: &ScopeColumn, origin: &Option<Origin>) -> Typed {
    let parts = column.full_name();
    let parts: Vec<String> = parts
        .iter()
        .map(|part| quote_if_needed(part).to_string())
        .collect();
    Typed {
        name: Some(column.attribute.name.to_string()),
        ..Typed::new(
            Expr::Outer(column.attribute.clone()),
            format!("outer({})", parts.join(".")),
            origin.clone(),
        )
    }
}

fn ambiguous_reference(parts: &[String], columns: &[&ScopeColumn]) -> Error {
    let names: Vec<String> = columns
        .iter()
        .map(|c| quote::name(&c.full_name()))
        .collect();
    Error::new(
        &conditions::AMBIGUOUS_REFERENCE,
        [
            ("name", quote::name(parts)),
            ("referenceNames", format!("[{}]", names.join(", "))),
        ],
    )
}

fn lateral_not_allowed(inside: Inside, parts: &[String]) -> Error {
    let alias = ("lca", quote::name(parts));
    match inside {
        Inside::Window => Error::new(
            &conditions::LATERAL_COLUMN_ALIAS_IN_WINDOW,
            [alias, ("windowExpr", String::new())],
        ),
        Inside::Aggregate | Inside::Nothing => Error::new(
            &conditions::LATERAL_COLUMN_ALIAS_IN_AGGREGATE_FUNC,
            [alias, ("aggFunc", String::new())],
        ),
    }
}
