//! `UNION`, `INTERSECT`, `EXCEPT`, and DISTINCT.

use super::Analyzer;
use super::aggregate_call::plain_call;
use super::environment::Environment;
use super::resolved::{Resolved, project};
use super::scope::{Scope, ScopeColumn};
use super::subquery::cast_columns;
use super::suggestion::unresolved_column;
use crate::error::{Error, Result, conditions, quote};
use crate::expr::{Attribute, Expr, NamedExpr};
use crate::plan::LogicalPlan;
use crate::plan::logical::{Aggregate, SetOperation, Union};
use crate::plan::unresolved::{Relation, SetOperator};
use crate::types::coercion::common_type;
use crate::types::{DataType, StructField, StructType};

impl Analyzer<'_> {
    /// A set operation. `by_name` says that columns are matched by name, and whether one may be missing.
    pub(super) fn set_operation(
        &self,
        left: &Relation,
        right: &Relation,
        kind: SetOperator,
        all: bool,
        by_name: Option<bool>,
        environment: &Environment,
    ) -> Result<Resolved> {
        let environment = &environment.of_input();
        let left = self.relation(left, environment)?.into_visible(&self.ids);
        let right = self.relation(right, environment)?.into_visible(&self.ids);
        let (left, right) = match by_name {
            Some(allow_missing) => self.by_name(left, right, allow_missing)?,
            None => (left, right),
        };
        let operator = match (kind, all) {
            (SetOperator::Union, _) => "UNION",
            (SetOperator::Intersect, true) => "INTERSECT ALL",
            (SetOperator::Intersect, false) => "INTERSECT",
            (SetOperator::Except, true) => "EXCEPT ALL",
            (SetOperator::Except, false) => "EXCEPT",
        };
        let types = self.set_types(&left, &right, operator)?;
        if !(kind == SetOperator::Union && all) {
            check_no_map(&left.visible())?;
        }
        let ansi = self.ansi();
        let names = left.scope.clone();
        let left = cast_columns(left.plan, &types, &self.ids, ansi);
        let right = cast_columns(right.plan, &types, &self.ids, ansi);
        let (a, b) = (left.output(), right.output());
        let output: Vec<Attribute> = (a.iter().zip(&b).zip(&types))
            .map(|((a, b), data_type)| {
                self.column(&a.name, data_type.clone(), a.nullable || b.nullable)
            })
            .collect();
        let (plan, output) = match kind {
            SetOperator::Union => {
                let plan = LogicalPlan::Union(Union {
                    inputs: vec![left, right],
                    output: output.clone(),
                });
                (if all { plan } else { distinct_of(plan) }, output)
            }
            SetOperator::Intersect | SetOperator::Except => {
                let plan = LogicalPlan::SetOperation(SetOperation {
                    left: Box::new(left),
                    right: Box::new(right),
                    except: kind == SetOperator::Except,
                    all,
                });
                (plan, a)
            }
        };
        let ids: Vec<_> = output.iter().map(|column| column.id).collect();
        let first = |column: &ScopeColumn| {
            let same = |other: &ScopeColumn| other.identity == column.identity;
            names.columns.iter().position(same)
        };
        let columns = output
            .into_iter()
            .zip(&names.columns)
            .map(|(attribute, left)| ScopeColumn {
                // A column that the left side gives twice is not ambiguous.
                identity: first(left).map_or(attribute.id, |position| ids[position]),
                attribute,
                qualifier: left.qualifier.clone(),
                hidden: false,
            });
        let scope = Scope {
            columns: columns.collect(),
            frames: Vec::new(),
            below: None,
            time_window: None,
        };
        Ok(Resolved::new(plan, scope))
    }

    /// The types that the columns of both sides meet at.
    fn set_types(
        &self,
        left: &Resolved,
        right: &Resolved,
        operator: &str,
    ) -> Result<Vec<DataType>> {
        let (a, b) = (left.visible(), right.visible());
        if a.len() != b.len() {
            return Err(Error::new(
                &conditions::NUM_COLUMNS_MISMATCH,
                [
                    ("operator", operator.to_string()),
                    ("firstNumColumns", a.len().to_string()),
                    ("invalidOrdinalNum", "second".to_string()),
                    ("invalidNumColumns", b.len().to_string()),
                ],
            ));
        }
        let ansi = self.ansi();
        (a.iter().zip(&b).enumerate())
            .map(|(index, (a, b))| {
                let meet = common_type(&a.data_type, &b.data_type, ansi);
                meet.or_else(|| by_position(&a.data_type, &b.data_type, ansi))
                    .ok_or_else(|| {
                        Error::new(
                            &conditions::INCOMPATIBLE_COLUMN_TYPE,
                            [
                                ("operator", operator.to_string()),
                                ("columnOrdinalNumber", ordinal(index)),
                                ("tableOrdinalNumber", "second".to_string()),
                                ("dataType1", quote::sql_type(&b.data_type)),
                                ("dataType2", quote::sql_type(&a.data_type)),
                                ("hint", String::new()),
                            ],
                        )
                    })
            })
            .collect()
    }

    /// The right side with its columns in the order of the left; missing ones are NULL.
    fn by_name(
        &self,
        left: Resolved,
        right: Resolved,
        allow_missing: bool,
    ) -> Result<(Resolved, Resolved)> {
        let (a, b) = (left.visible(), right.visible());
        let find = |columns: &[Attribute], name: &str| {
            columns
                .iter()
                .find(|column| self.same_name(&column.name, name))
                .cloned()
        };
        let null = |column: &Attribute| NamedExpr {
            id: self.next_id(),
            name: column.name.clone(),
            expr: Expr::null(column.data_type.clone()),
        };
        let mut ordered = Vec::with_capacity(a.len());
        for column in &a {
            match find(&b, &column.name) {
                Some(found) => ordered.push(NamedExpr::pass(&found)),
                None if allow_missing => ordered.push(null(column)),
                None => {
                    let parts = [column.name.to_string()];
                    return Err(unresolved_column(&parts, &[&right.scope]));
                }
            }
        }
        let extra: Vec<Attribute> = b
            .iter()
            .filter(|column| find(&a, &column.name).is_none())
            .cloned()
            .collect();
        let mut left = left;
        if allow_missing && !extra.is_empty() {
            let mut all: Vec<NamedExpr> = a.iter().map(NamedExpr::pass).collect();
            all.extend(extra.iter().map(null));
            left = Resolved::plain(project(left.plan, all, Vec::new()));
            ordered.extend(extra.iter().map(NamedExpr::pass));
        } else if !allow_missing && a.len() != b.len() {
            return Ok((left, right));
        }
        let right = Resolved::plain(project(right.plan, ordered, Vec::new()));
        Ok((left, right))
    }

    /// `DISTINCT`
    pub(super) fn distinct(&self, input: &Relation, environment: &Environment) -> Result<Resolved> {
        let input = self.relation(input, environment)?.into_visible(&self.ids);
        check_no_map(&input.visible())?;
        Ok(input.with_plan(distinct_of))
    }

    /// `dropDuplicates(columns)`: the first row of each group of equal values.
    pub(super) fn drop_duplicates(
        &self,
        input: &Relation,
        columns: &[String],
        environment: &Environment,
    ) -> Result<Resolved> {
        let input = self.relation(input, environment)?.into_visible(&self.ids);
        let all = input.visible();
        let is_key = |column: &Attribute| {
            columns
                .iter()
                .any(|name| self.same_name(name, &column.name))
        };
        for name in columns {
            if !all.iter().any(|column| self.same_name(name, &column.name)) {
                return Err(unresolved_column(
                    std::slice::from_ref(name),
                    &[&input.scope],
                ));
            }
        }
        let config = self.config();
        let mut keys = Vec::new();
        let mut calls = Vec::new();
        let mut output = Vec::with_capacity(all.len());
        for column in &all {
            if is_key(column) {
                keys.push(NamedExpr::pass(column));
                output.push(column.clone());
            } else {
                let first = plain_call("first", vec![Expr::Column(column.clone())], &config)?;
                let made = self.column(&column.name, column.data_type.clone(), column.nullable);
                calls.push((made.clone(), first));
                output.push(made);
            }
        }
        if calls.is_empty() {
            return Ok(input.with_plan(distinct_of));
        }
        let plan = LogicalPlan::Aggregate(Aggregate {
            input: Box::new(input.plan),
            keys,
            calls,
        });
        let columns = output
            .into_iter()
            .zip(input.scope.columns)
            .map(|(attribute, old)| ScopeColumn { attribute, ..old });
        let scope = Scope {
            columns: columns.collect(),
            frames: input.scope.frames,
            below: None,
            time_window: None,
        };
        Ok(Resolved::new(plan, scope))
    }
}

/// Distinct rows of a plan.
pub(super) fn distinct_of(plan: LogicalPlan) -> LogicalPlan {
    let keys = plan.output().iter().map(NamedExpr::pass).collect();
    LogicalPlan::Aggregate(Aggregate {
        input: Box::new(plan),
        keys,
        calls: Vec::new(),
    })
}

/// Maps cannot be compared, so rows with maps cannot.
fn check_no_map(columns: &[Attribute]) -> Result<()> {
    match columns
        .iter()
        .find(|column| column.data_type.contains_map())
    {
        Some(column) => Err(Error::new(
            &conditions::SET_OPERATION_ON_MAP_TYPE,
            [
                ("colName", quote::identifier(&column.name)),
                ("dataType", quote::sql_type(&column.data_type)),
            ],
        )),
        None => Ok(()),
    }
}

/// 0 is `first`, as Spark counts columns.
pub(super) fn ordinal(index: usize) -> String {
    crate::functions::signature::ordinal(index + 1)
}

/// The type of structs of as many fields under other names: fields meet by position, the left names stay.
fn by_position(left: &DataType, right: &DataType, ansi: bool) -> Option<DataType> {
    let (DataType::Struct(a), DataType::Struct(b)) = (left, right) else {
        return common_type(left, right, ansi);
    };
    if a.len() != b.len() {
        return None;
    }
    let fields = a.iter().zip(b.iter()).map(|(a, b)| {
        let data_type = by_position(&a.data_type, &b.data_type, ansi)?;
        Some(StructField {
            data_type,
            nullable: a.nullable || b.nullable,
            ..a.clone()
        })
    });
    let fields: Option<Vec<StructField>> = fields.collect();
    Some(DataType::Struct(StructType::new(fields?)))
}
