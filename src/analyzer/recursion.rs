//! Recursive CTEs: `WITH RECURSIVE t AS (anchor UNION ALL step that uses t)`.

use super::Analyzer;
use super::environment::{CteFrame, Environment, RecursiveReference};
use super::resolved::Resolved;
use super::subquery::cast_columns;
use crate::error::{Error, Result, conditions, quote};
use crate::plan::LogicalPlan;
use crate::plan::logical::{Recursion, RecursionInput};
use crate::plan::unresolved::{
    Expression, ExpressionKind, JoinConstraint, JoinKind, Relation, RelationKind, SetOperator,
};
use crate::types::DataType;
use crate::types::coercion::{can_up_cast, common_type};
use std::cell::{Cell, OnceCell};
use std::rc::Rc;

impl Analyzer<'_> {
    /// The query of a CTE that refers to itself.
    pub(super) fn recursive_cte(
        &self,
        frame: &Rc<CteFrame>,
        environment: &Environment,
    ) -> Result<Resolved> {
        let name = &frame.cte.name;
        let (ctes, anchor, step, all, names) =
            split(&frame.cte.query).ok_or_else(|| Error::of(&conditions::INVALID_RECURSIVE_CTE))?;
        if refers_to(anchor, name) {
            return Err(Error::of(&conditions::INVALID_RECURSIVE_CTE));
        }
        if ctes.iter().any(|cte| refers_to(&cte.query, name)) {
            return Err(Error::of(&conditions::INVALID_RECURSIVE_CTE));
        }
        if !all {
            return Err(Error::of(&conditions::UNION_NOT_SUPPORTED_IN_RECURSIVE_CTE));
        }
        if misplaced(step, name, false) {
            return Err(Error::of(&conditions::INVALID_RECURSIVE_REFERENCE_PLACE));
        }
        let mut environment = environment.clone();
        for cte in ctes {
            environment.ctes = Some(Rc::new(CteFrame {
                cte: cte.clone(),
                parent: environment.ctes.clone(),
                depth: environment.depth(),
                recursion: None,
                recursive: refers_to(&cte.query, &cte.name),
                uses: Cell::new(0),
                shared: OnceCell::new(),
            }));
        }
        let anchor = self.relation(anchor, &environment)?.into_visible(&self.ids);
        let columns = if names.is_empty() {
            &frame.cte.columns
        } else {
            names
        };
        let anchor = self
            .aliased(anchor, std::slice::from_ref(name), columns)?
            .into_visible(&self.ids);
        let id = self.next_recursion();
        let output = |nullable: bool| {
            let columns = anchor.visible().into_iter();
            let fresh = columns.map(|column| {
                self.column(
                    &column.name,
                    column.data_type.clone(),
                    nullable || column.nullable,
                )
            });
            fresh.collect::<Vec<_>>()
        };
        let inner = Rc::new(CteFrame {
            cte: frame.cte.clone(),
            parent: environment.ctes.clone(),
            depth: frame.depth,
            recursion: Some(RecursiveReference {
                id,
                columns: output(true),
                references: Cell::new(0),
            }),
            recursive: true,
            uses: Cell::new(0),
            shared: OnceCell::new(),
        });
        environment.ctes = Some(inner);
        let step = self.relation(step, &environment)?.into_visible(&self.ids);
        let (have, want) = (step.visible(), anchor.visible());
        if have.len() != want.len() {
            return Err(Error::new(
                &conditions::NUM_COLUMNS_MISMATCH,
                [
                    ("operator", "UNION".to_string()),
                    ("firstNumColumns", want.len().to_string()),
                    ("invalidOrdinalNum", "second".to_string()),
                    ("invalidNumColumns", have.len().to_string()),
                ],
            ));
        }
        let ansi = self.ansi();
        for (index, (have, want)) in have.iter().zip(&want).enumerate() {
            let meets = common_type(&have.data_type, &want.data_type, ansi).is_some();
            if !meets && !can_up_cast(&have.data_type, &want.data_type) {
                return Err(Error::new(
                    &conditions::INCOMPATIBLE_COLUMN_TYPE,
                    [
                        ("operator", "UNION".to_string()),
                        ("columnOrdinalNumber", super::set_operation::ordinal(index)),
                        ("tableOrdinalNumber", "second".to_string()),
                        ("dataType1", quote::sql_type(&have.data_type)),
                        ("dataType2", quote::sql_type(&want.data_type)),
                        ("hint", String::new()),
                    ],
                ));
            }
        }
        for (have, want) in have.iter().zip(&want) {
            let meet = common_type(&have.data_type, &want.data_type, ansi);
            if meet.is_some_and(|meet| meet.as_nullable() != want.data_type.as_nullable()) {
                return Err(Error::new(
                    &conditions::CANNOT_MERGE_INCOMPATIBLE_DATA_TYPE,
                    [
                        ("left", quote::sql_type(&want.data_type)),
                        ("right", quote::sql_type(&have.data_type)),
                    ],
                ));
            }
        }
        let types: Vec<DataType> = want.iter().map(|column| column.data_type.clone()).collect();
        let step = cast_columns(step.plan, &types, &self.ids, ansi);
        let config = self.config();
        let max_rounds = match frame.cte.max_recursion {
            Some(level) => Some(level),
            None => config.number("spark.sql.cteRecursionLevelLimit"),
        };
        let limit = |value: Option<i64>| value.and_then(|value| u64::try_from(value).ok());
        Ok(Resolved::plain(LogicalPlan::Recursion(Recursion {
            anchor: Box::new(anchor.plan.clone()),
            step: Box::new(step),
            id,
            max_rounds: limit(max_rounds),
            max_rows: limit(config.number("spark.sql.cteRecursionRowLimit")),
            wanted: None,
            distinct: false,
            output: output(true),
        })))
    }

    /// A reference of a recursive CTE to itself: the rows of the last round.
    pub(super) fn recursive_reference(
        &self,
        recursion: &RecursiveReference,
        name: &str,
    ) -> Result<Resolved> {
        recursion.references.set(recursion.references.get() + 1);
        let fresh = recursion
            .columns
            .iter()
            .map(|column| self.column(&column.name, column.data_type.clone(), column.nullable));
        let plan = LogicalPlan::RecursionInput(RecursionInput {
            id: recursion.id,
            output: fresh.collect(),
        });
        self.aliased(Resolved::plain(plan), &[name.to_string()], &[])
    }
}

type Parts<'q> = (
    &'q [crate::plan::unresolved::Cte],
    &'q Relation,
    &'q Relation,
    bool,
    &'q [String],
);

/// Inner CTEs, anchor, step, whether UNION ALL, and column names of a recursive query.
fn split(query: &Relation) -> Option<Parts<'_>> {
    match &*query.kind {
        RelationKind::SetOperation {
            left,
            right,
            kind: SetOperator::Union,
            all,
            ..
        } => Some((&[], left, right, *all, &[])),
        RelationKind::SubqueryAlias { input, columns, .. } => {
            let (ctes, anchor, step, all, _) = split(input)?;
            Some((ctes, anchor, step, all, columns))
        }
        RelationKind::With { input, ctes, .. } => {
            let (_, anchor, step, all, names) = split(input)?;
            Some((ctes, anchor, step, all, names))
        }
        _ => None,
    }
}

/// Whether a query refers to a table name, in FROM or in a subquery.
pub(super) fn refers_to(query: &Relation, name: &str) -> bool {
    if let RelationKind::Table { name: parts, .. } = &*query.kind {
        return matches!(parts.as_slice(), [single] if single.eq_ignore_ascii_case(name));
    }
    if let RelationKind::With {
        ctes, recursive, ..
    } = &*query.kind
        && let Some(hiding) = ctes
            .iter()
            .position(|cte| cte.name.eq_ignore_ascii_case(name))
    {
        // The query of a recursive CTE of that name means itself.
        let outside = hiding + usize::from(!recursive);
        let mut queries = ctes[..outside].iter();
        return queries.any(|cte| refers_to(&cte.query, name));
    }
    let (relations, expressions) = parts(query);
    relations.into_iter().any(|inner| refers_to(inner, name))
        || expressions
            .into_iter()
            .any(|expression| mentions(expression, name))
}

/// Whether a subquery in an expression refers to a table name.
fn mentions(expression: &Expression, name: &str) -> bool {
    match &*expression.kind {
        ExpressionKind::ScalarSubquery(query) | ExpressionKind::Exists(query) => {
            refers_to(query, name)
        }
        ExpressionKind::InSubquery { operands, query } => {
            refers_to(query, name) || operands.iter().any(|operand| mentions(operand, name))
        }
        ExpressionKind::Function(call) => call
            .arguments
            .iter()
            .any(|argument| mentions(&argument.value, name)),
        ExpressionKind::Cast { operand, .. } | ExpressionKind::Alias { operand, .. } => {
            mentions(operand, name)
        }
        _ => false,
    }
}

/// Whether a recursive reference stands where it cannot: below an aggregate or sort, in a subquery, or on
/// the side of an outer join that may be NULL.
fn misplaced(query: &Relation, name: &str, forbidden: bool) -> bool {
    if !refers_to(query, name) {
        return false;
    }
    match &*query.kind {
        RelationKind::Table { .. } => forbidden,
        RelationKind::Aggregate(_) | RelationKind::Deduplicate { .. } => true,
        RelationKind::Project { input, expressions } => {
            expressions.iter().any(super::syntax::has_aggregate)
                || expressions.iter().any(super::syntax::has_window)
                || misplaced(input, name, forbidden)
        }
        RelationKind::Join(join) => {
            let (left, right) = match join.kind {
                JoinKind::Inner | JoinKind::Cross => (false, false),
                JoinKind::LeftOuter | JoinKind::LeftSemi | JoinKind::LeftAnti => (false, true),
                JoinKind::RightOuter => (true, false),
                JoinKind::FullOuter => (true, true),
            };
            misplaced(&join.left, name, forbidden || left)
                || misplaced(&join.right, name, forbidden || right)
        }
        RelationKind::Sort { .. } | RelationKind::SortAll { .. } => true,
        _ => parts(query)
            .0
            .into_iter()
            .any(|inner| misplaced(inner, name, forbidden)),
    }
}

/// The relations and expressions directly inside a relation.
fn parts(query: &Relation) -> (Vec<&Relation>, Vec<&Expression>) {
    use RelationKind::*;
    match &*query.kind {
        Table { .. }
        | TableIdentifier { .. }
        | Read { .. }
        | Local { .. }
        | OneRow
        | Range { .. } => (Vec::new(), Vec::new()),
        Values { rows } => (Vec::new(), rows.iter().flatten().collect()),
        TableFunction { arguments, .. } => (
            Vec::new(),
            arguments.iter().map(|argument| &argument.value).collect(),
        ),
        Project { input, expressions } | Extend { input, expressions } => {
            (vec![input], expressions.iter().collect())
        }
        Filter { input, condition } | Qualify { input, condition } => {
            (vec![input], vec![condition])
        }
        Join(join) => {
            let on = match &join.constraint {
                JoinConstraint::On(condition) => vec![condition],
                JoinConstraint::None | JoinConstraint::Using(_) | JoinConstraint::Natural => {
                    Vec::new()
                }
            };
            (vec![&join.left, &join.right], on)
        }
        Aggregate(node) => {
            let expressions = node.expressions.iter().chain(&node.having).collect();
            (vec![&node.input], expressions)
        }
        SetOperation { left, right, .. } => (vec![left, right], Vec::new()),
        Sort { input, order, .. } => (
            vec![input],
            order.iter().map(|key| &key.expression).collect(),
        ),
        With { input, ctes, .. } => {
            let queries = ctes.iter().map(|cte| &cte.query);
            (queries.chain([input]).collect(), Vec::new())
        }
        Unpivot(node) => (vec![&node.input], Vec::new()),
        Generate {
            input, generator, ..
        } => (vec![input], vec![generator]),
        Pivot { input, .. }
        | WithWindows { input, .. }
        | SortAll { input, .. }
        | Limit { input, .. }
        | Offset { input, .. }
        | Tail { input, .. }
        | Deduplicate { input, .. }
        | SubqueryAlias { input, .. }
        | Sample { input, .. }
        | Hint { input, .. }
        | Repartition { input, .. }
        | RepartitionBy { input, .. }
        | WithColumns { input, .. }
        | WithColumnsRenamed { input, .. }
        | Drop { input, .. }
        | ToDf { input, .. }
        | NaFill { input, .. }
        | NaDrop { input, .. }
        | NaReplace { input, .. }
        | Summary { input, .. } => (vec![input], Vec::new()),
        Resolved(_) => (Vec::new(), Vec::new()),
    }
}
