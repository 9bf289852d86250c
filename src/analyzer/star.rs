//! `*`, `t.*`, `s.*` of a struct, and `* EXCEPT (a)`.

use super::expression::Resolver;
use super::scope::{ScopeColumn, ends_with};
use super::suggestion::unresolved_column;
use super::typed::Typed;
use crate::error::{Error, Origin, Result, conditions, quote};
use crate::expr::Expr;
use crate::types::{DataType, StructField};

impl Resolver<'_> {
    /// The columns a star stands for.
    pub(super) fn expand_star(
        &mut self,
        target: &[String],
        except: &[Vec<String>],
        origin: &Option<Origin>,
    ) -> Result<Vec<Typed>> {
        let columns = self.star_columns(target, origin)?;
        self.leave_out(columns, except, origin)
    }

    fn star_columns(
        &mut self,
        target: &[String],
        origin: &Option<Origin>,
    ) -> Result<Vec<(Option<ScopeColumn>, Typed)>> {
        let Some(scope) = self.scopes.first() else {
            return Ok(Vec::new());
        };
        let same = |a: &str, b: &str| self.analyzer.same_name(a, b);
        let columns: Vec<ScopeColumn> = if target.is_empty() {
            scope.visible().cloned().collect()
        } else {
            // Columns that USING hides are shown again by their own table's star.
            let hidden = scope.columns.iter().filter(|column| column.hidden);
            let all = hidden.chain(scope.visible());
            all.filter(|column| ends_with(&column.qualifier, target, same))
                .cloned()
                .collect()
        };
        if !columns.is_empty() || target.is_empty() {
            return Ok(columns
                .into_iter()
                .map(|column| (Some(column.clone()), of_column(&column, origin)))
                .collect());
        }
        let known: Vec<String> = scope
            .visible()
            .map(|column| quote::identifier(&column.attribute.name))
            .collect();
        let not_found = Error::new(
            &conditions::CANNOT_RESOLVE_STAR_EXPAND,
            [
                ("targetString", quote::name(target)),
                ("columns", known.join(", ")),
            ],
        );
        let base = match self.reference(target, origin) {
            Ok(base) => base,
            Err(_) => return Err(not_found.at(origin.as_ref())),
        };
        let DataType::Struct(fields) = base.data_type() else {
            return Err(not_found.at(origin.as_ref()));
        };
        let names: Vec<String> = fields
            .iter()
            .map(|field: &StructField| field.name.clone())
            .collect();
        let expanded = names
            .iter()
            .map(|name| Ok((None, self.field(base.clone(), name, origin)?)));
        expanded.collect()
    }

    /// Drops the columns of EXCEPT.
    fn leave_out(
        &mut self,
        mut columns: Vec<(Option<ScopeColumn>, Typed)>,
        except: &[Vec<String>],
        origin: &Option<Origin>,
    ) -> Result<Vec<Typed>> {
        for (index, parts) in except.iter().enumerate() {
            let same = |other: &&Vec<String>| {
                other.len() == parts.len()
                    && (other.iter().zip(parts)).all(|(a, b)| self.analyzer.same_name(a, b))
            };
            if except[..index].iter().any(|other| same(&other)) {
                let names: Vec<String> = except.iter().map(|parts| parts.join(".")).collect();
                let names = ("columns", names.join(", "));
                let error = Error::new(&conditions::EXCEPT_OVERLAPPING_COLUMNS, [names]);
                return Err(error.at(origin.as_ref()));
            }
            let matches = |(column, typed): &(Option<ScopeColumn>, Typed)| {
                let name = typed.output_name().to_string();
                let (last, qualifier) = match parts.split_last() {
                    Some(split) => split,
                    None => return false,
                };
                self.analyzer.same_name(&name, last)
                    && column.as_ref().map_or(qualifier.is_empty(), |column| {
                        ends_with(&column.qualifier, qualifier, |a, b| {
                            self.analyzer.same_name(a, b)
                        })
                    })
            };
            let before = columns.len();
            columns.retain(|column| !matches(column));
            if columns.len() < before {
                continue;
            }
            let position = columns.iter().position(|(_, typed)| {
                parts.len() > 1
                    && self.analyzer.same_name(typed.output_name(), &parts[0])
                    && matches!(typed.data_type(), DataType::Struct(_))
            });
            match position {
                Some(position) => {
                    let typed = columns[position].1.clone();
                    columns[position].1 = self.without_field(typed, &parts[1..], origin)?;
                }
                None => return Err(unresolved_column(parts, self.scopes).at(origin.as_ref())),
            }
        }
        Ok(columns.into_iter().map(|(_, typed)| typed).collect())
    }

    /// A struct without one of its fields, at any depth.
    fn without_field(
        &mut self,
        base: Typed,
        path: &[String],
        origin: &Option<Origin>,
    ) -> Result<Typed> {
        let DataType::Struct(fields) = base.data_type() else {
            return Ok(base);
        };
        let mut arguments = Vec::new();
        for field in fields.iter() {
            let here = self.analyzer.same_name(&field.name, &path[0]);
            if here && path.len() == 1 {
                continue;
            }
            let mut value = self.field(base.clone(), &field.name, origin)?;
            if here {
                value = self.without_field(value, &path[1..], origin)?;
            }
            arguments.push(Typed::new(
                Expr::literal(field.name.as_str(), DataType::String),
                field.name.clone(),
                None,
            ));
            arguments.push(value);
        }
        let mut rebuilt = self.call_built_in("named_struct", arguments, origin)?;
        rebuilt.name = base.name.clone();
        rebuilt.aliased = true;
        Ok(rebuilt)
    }
}

fn of_column(column: &ScopeColumn, origin: &Option<Origin>) -> Typed {
    Typed {
        name: Some(column.attribute.name.to_string()),
        ..Typed::new(
            Expr::Column(column.attribute.clone()),
            column.attribute.name.to_string(),
            origin.clone(),
        )
    }
}
