//! `UNPIVOT`: one output row per input row and set of value columns.

use super::Analyzer;
use super::environment::Environment;
use super::expression::{Clause, Resolver, coerce};
use super::resolved::Resolved;
use super::scope::{Scope, ScopeColumn};
use super::typed::Typed;
use crate::error::{Error, Result, conditions, quote};
use crate::expr::{Attribute, Expr};
use crate::plan::LogicalPlan;
use crate::plan::logical::{Expand, Filter};
use crate::plan::unresolved::{Expression, ExpressionKind, Unpivot};
use crate::types::DataType;
use crate::types::coercion::common_type_of;
use std::rc::Rc;

/// A set of value columns and the name its rows get.
type ValueSet = (Vec<Typed>, Option<String>);

impl Analyzer<'_> {
    /// An unpivot.
    pub(super) fn unpivot(&self, node: &Unpivot, environment: &Environment) -> Result<Resolved> {
        let environment = &environment.of_input();
        let input = self.relation(&node.input, environment)?;
        let scopes = [&input.scope];
        let mut resolver = Resolver::new(self, environment, &scopes, Clause::Other("Unpivot"));
        let mut sets: Vec<ValueSet> = Vec::new();
        for (expressions, alias) in &node.values {
            if let [star] = expressions.as_slice()
                && let ExpressionKind::Star { target, except } = &*star.kind
            {
                let columns = resolver.expand_star(target, except, &star.origin)?;
                sets.extend(columns.into_iter().map(|column| (vec![column], None)));
                continue;
            }
            sets.push((resolver.expressions(expressions)?, alias.clone()));
        }
        let ids = match &node.ids {
            Some(ids) => Some(self.star_or_columns(&mut resolver, ids)?),
            None => None,
        };
        let all = |typed: &[Typed], given: &str, empty: &str| {
            let bad: Vec<String> = (typed.iter())
                .filter(|typed| !matches!(typed.expr, Expr::Column(_)))
                .map(|typed| quote::sql_expression(&typed.sql))
                .collect();
            if bad.is_empty() {
                return Ok(());
            }
            Err(Error::new(
                &conditions::UNPIVOT_REQUIRES_ATTRIBUTES,
                [
                    ("given", given.to_string()),
                    ("empty", empty.to_string()),
                    ("expressions", bad.join(", ")),
                ],
            ))
        };
        let of_column = |column: &Attribute| Typed {
            name: Some(column.name.to_string()),
            ..Typed::new(Expr::Column(column.clone()), column.name.to_string(), None)
        };
        let ids = match ids {
            Some(ids) => ids,
            None => {
                let values: Vec<Typed> = sets.iter().flat_map(|(set, _)| set.clone()).collect();
                all(&values, "value", "id")?;
                let used = |column: &Attribute| {
                    values
                        .iter()
                        .any(|typed| typed.expr.same(&Expr::Column(column.clone())))
                };
                input
                    .visible()
                    .iter()
                    .filter(|column| !used(column))
                    .map(of_column)
                    .collect()
            }
        };
        if sets.is_empty() {
            all(&ids, "id", "value")?;
            let is_id = |column: &Attribute| {
                ids.iter()
                    .any(|typed| typed.expr.same(&Expr::Column(column.clone())))
            };
            let rest = input.visible();
            let rest = rest.iter().filter(|column| !is_id(column));
            sets.extend(rest.map(|column| (vec![of_column(column)], None)));
        }
        if sets.is_empty() {
            return Err(Error::of(&conditions::UNPIVOT_REQUIRES_VALUE_COLUMNS));
        }
        self.unpivoted(input, node, ids, sets)
    }

    fn star_or_columns(&self, resolver: &mut Resolver, ids: &[Expression]) -> Result<Vec<Typed>> {
        let mut found = Vec::with_capacity(ids.len());
        for id in ids {
            match &*id.kind {
                ExpressionKind::Star { target, except } => {
                    found.extend(resolver.expand_star(target, except, &id.origin)?);
                }
                _ => found.push(resolver.expression(id)?),
            }
        }
        Ok(found)
    }

    fn unpivoted(
        &self,
        input: Resolved,
        node: &Unpivot,
        ids: Vec<Typed>,
        sets: Vec<ValueSet>,
    ) -> Result<Resolved> {
        let width = node.value_names.len();
        if sets.iter().any(|(set, _)| set.len() != width) {
            let names: Vec<String> = node
                .value_names
                .iter()
                .map(|n| quote::identifier(n))
                .collect();
            return Err(Error::new(
                &conditions::UNPIVOT_VALUE_SIZE_MISMATCH,
                [("names", names.join(", "))],
            ));
        }
        let ansi = self.ansi();
        let mut types = Vec::with_capacity(width);
        for index in 0..width {
            let of_sets: Vec<DataType> =
                sets.iter().map(|(set, _)| set[index].data_type()).collect();
            // Texts do not meet other types here, unlike in UNION.
            let texts = of_sets.iter().filter(|t| t.is_string()).count();
            let nulls = of_sets.iter().filter(|t| **t == DataType::Null).count();
            let mixed = texts > 0 && texts + nulls < of_sets.len();
            let meet = common_type_of(&of_sets, ansi).filter(|_| !mixed);
            let meet = meet.ok_or_else(|| {
                Error::new(
                    &conditions::UNPIVOT_VALUE_DATA_TYPE_MISMATCH,
                    [("types", mismatched(&sets, index))],
                )
            })?;
            types.push(meet);
        }
        let nullable = |index: usize| sets.iter().any(|(set, _)| set[index].expr.nullable());
        let mut output: Vec<Attribute> = (ids.iter())
            .map(|id| self.column(id.output_name(), id.data_type(), id.expr.nullable()))
            .collect();
        output.push(self.column(&node.variable_name, DataType::String, false));
        let values: Vec<Attribute> = (node.value_names.iter().zip(&types).enumerate())
            .map(|(index, (name, data_type))| {
                let nullable = node.include_nulls && nullable(index) || width > 1;
                self.column(name, data_type.clone(), nullable || nullable_any(&sets))
            })
            .collect();
        output.extend(values.iter().cloned());
        let projections = sets.iter().map(|(set, alias)| {
            let names: Vec<&str> = set.iter().map(|typed| typed.output_name()).collect();
            let name = alias.clone().unwrap_or_else(|| names.join("_"));
            let ids = ids.iter().map(|id| id.expr.clone());
            let mut row: Vec<Expr> = ids.collect();
            row.push(Expr::literal(name, DataType::String));
            let values = set.iter().zip(&types);
            row.extend(values.map(|(typed, to)| coerce(typed.expr.clone(), to, ansi, &None)));
            row
        });
        let projections = projections.collect();
        let mut plan = LogicalPlan::Expand(Expand {
            input: Box::new(input.plan),
            projections,
            output: output.clone(),
        });
        if !node.include_nulls {
            let present = values.iter().map(|column| Expr::IsNull {
                operand: Box::new(Expr::Column(column.clone())),
                negated: true,
            });
            let present: Vec<Expr> = present.collect();
            let predicate = match present.as_slice() {
                [one] => one.clone(),
                _ => Expr::Or(present),
            };
            plan = LogicalPlan::Filter(Filter {
                input: Box::new(plan),
                predicate,
                subqueries: Vec::new(),
            });
        }
        let columns = output.into_iter().enumerate().map(|(index, attribute)| {
            let source = ids.get(index).and_then(|id| match &id.expr {
                Expr::Column(column) => input.scope.by_id(column.id),
                _ => None,
            });
            let qualifier = source.map_or_else(|| Rc::from([]), |source| source.qualifier.clone());
            ScopeColumn::new(attribute, qualifier)
        });
        let scope = Scope {
            columns: columns.collect(),
            frames: Vec::new(),
            below: None,
            time_window: None,
        };
        Ok(Resolved::new(plan, scope))
    }
}

fn nullable_any(sets: &[ValueSet]) -> bool {
    sets.iter()
        .flat_map(|(set, _)| set)
        .any(|typed| typed.expr.nullable())
}

/// The types of one value column with the columns that have them, for the error.
fn mismatched(sets: &[ValueSet], index: usize) -> String {
    let mut by_type: Vec<(DataType, Vec<String>)> = Vec::new();
    for (set, _) in sets {
        let typed = &set[index];
        let name = quote::identifier(typed.output_name());
        match by_type
            .iter_mut()
            .find(|(known, _)| *known == typed.data_type())
        {
            Some((_, names)) => names.push(name),
            None => by_type.push((typed.data_type(), vec![name])),
        }
    }
    let texts = by_type.iter().map(|(data_type, names)| {
        let names = names[..names.len().min(3)].join(", ");
        format!("{} ({names})", quote::sql_type(data_type))
    });
    texts.collect::<Vec<_>>().join(", ")
}
