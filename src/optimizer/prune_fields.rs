//! Fields of structs that nobody reads are not read.
//!
//! ```text
//!   SELECT s.a FROM t WHERE s.b.c > 1          needs of s, as a tree           type that the scan gives
//!
//!   Project s.a                                   s ─┬─ a                      s: struct<a, b: struct<c>>
//!     Filter s.b.c > 1                 ═══►          └─ b ── c        ═══►
//!       Scan t(s: struct<a, b: struct<c, d>, e>)
//! ```
//!
//! Two walks. The first, from the root down, collects which parts of every column are read, through renamings,
//! unions and `explode`. The second, from the scans up, gives the columns their smaller types and rewrites field
//! accesses, whose ordinals have moved. Scans give fewer fields only if their table can
//! ([`crate::datasource::Table::prunes_fields`]).
//!
//! Whatever is not a chain of field accesses and subscripts reads the whole value; so do sort, group and join keys.
//! Limit: higher-order functions (`transform(a, x -> x.f)`) and `inline` read whole elements.

use super::{Rewrite, RuleContext};
use crate::error::{Error, Result};
use crate::expr::{Attribute, Call, ColumnId, Expr};
use crate::plan::LogicalPlan;
use crate::plan::logical::{Generate, Scan, Union};
use crate::types::{DataType, StructField, StructType};
use hashbrown::HashMap;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The rule.
pub fn apply(plan: LogicalPlan, context: &RuleContext) -> Result<Rewrite> {
    let enabled = (context.config).flag("spark.sql.optimizer.nestedSchemaPruning.enabled");
    if !enabled || !has_candidates(&plan) {
        return Ok(Rewrite::Unchanged(plan));
    }
    // Inputs of a union must keep one type. Where one of them cannot give less, a second try reads all of it.
    for through_unions in [true, false] {
        let needs = Needs::of(&plan, through_unions);
        let mut narrowing = Narrowing::new(needs.columns);
        let narrowed = plan.clone().transform(&mut |node| narrowing.node(node));
        match narrowing.outcome {
            Outcome::Fine if narrowing.types.is_empty() => return Ok(Rewrite::Unchanged(plan)),
            Outcome::Fine => return Ok(Rewrite::Changed(narrowed)),
            Outcome::UnevenUnion => continue,
            Outcome::Failed(error) => return Err(error),
        }
    }
    Ok(Rewrite::Unchanged(plan))
}

/// Whether some scan gives a nested column and could leave out fields.
fn has_candidates(plan: &LogicalPlan) -> bool {
    let mut found = false;
    plan.visit(&mut |node| {
        if let LogicalPlan::Scan(scan) = node {
            found |= scan.table.prunes_fields()
                && (scan.attributes.iter()).any(|column| has_fields(&column.data_type));
        }
    });
    found
}

fn has_fields(data_type: &DataType) -> bool {
    match data_type {
        DataType::Struct(_) => true,
        DataType::Array { element, .. } => has_fields(element),
        DataType::Map { value, .. } => has_fields(value),
        _ => false,
    }
}

/// Which part of a value is read.
#[derive(Debug, Clone, PartialEq)]
enum Need {
    /// Only whether it is NULL, or how many elements it has.
    Presence,
    /// Some fields of a struct, by ordinal.
    Fields(BTreeMap<usize, Need>),
    /// So much of the elements of an array, or of the values of a map.
    Elements(Box<Need>),
    /// All of it.
    Whole,
}

impl Need {
    fn field(ordinal: usize, need: Need) -> Need {
        Need::Fields(BTreeMap::from([(ordinal, need)]))
    }

    /// What is needed if both are.
    fn and(self, other: Need) -> Need {
        match (self, other) {
            (Need::Presence, need) | (need, Need::Presence) => need,
            (Need::Fields(mut fields), Need::Fields(more)) => {
                for (ordinal, need) in more {
                    let known = fields.remove(&ordinal).unwrap_or(Need::Presence);
                    fields.insert(ordinal, known.and(need));
                }
                Need::Fields(fields)
            }
            (Need::Elements(a), Need::Elements(b)) => Need::Elements(Box::new(a.and(*b))),
            _ => Need::Whole,
        }
    }

    /// The type of the part.
    fn part_of(&self, data_type: &DataType) -> DataType {
        match (self, data_type) {
            (Need::Whole, _) => data_type.clone(),
            (Need::Fields(needs), DataType::Struct(fields)) => {
                let part = |(ordinal, need): (&usize, &Need)| {
                    let field = fields.get(*ordinal)?;
                    Some(narrowed_field(field, need))
                };
                DataType::structure(needs.iter().filter_map(part))
            }
            // A struct needs a field to say where it is NULL.
            (Need::Presence, DataType::Struct(fields)) => {
                let flat = fields.iter().find(|f| f.data_type.is_numeric());
                let kept = flat.or(fields.iter().next());
                let kept = kept.map(|field| narrowed_field(field, &Need::Presence));
                DataType::structure(kept)
            }
            (need, DataType::Array { .. } | DataType::Map { .. }) => {
                let need = match need {
                    Need::Elements(need) => need,
                    _ => &Need::Presence,
                };
                with_elements(data_type, |element| need.part_of(element))
            }
            _ => data_type.clone(),
        }
    }
}

fn narrowed_field(field: &StructField, need: &Need) -> StructField {
    StructField {
        data_type: need.part_of(&field.data_type),
        ..field.clone()
    }
}

/// An array or map with other elements or values.
fn with_elements(data_type: &DataType, element: impl FnOnce(&DataType) -> DataType) -> DataType {
    match data_type {
        DataType::Array {
            element: own,
            contains_null,
        } => DataType::Array {
            element: Arc::new(element(own)),
            contains_null: *contains_null,
        },
        DataType::Map {
            key,
            value,
            value_contains_null,
        } => DataType::Map {
            key: key.clone(),
            value: Arc::new(element(value)),
            value_contains_null: *value_contains_null,
        },
        other => other.clone(),
    }
}

/// The elements of an array, or the values of a map.
fn elements(data_type: &DataType) -> Option<&DataType> {
    match data_type {
        DataType::Array { element, .. } => Some(element),
        DataType::Map { value, .. } => Some(value),
        _ => None,
    }
}

/// The struct and the ordinal of a field access.
fn field_access(call: &Call) -> Option<(&Expr, usize)> {
    let [base, ordinal] = call.arguments.as_slice() else {
        return None;
    };
    let ordinal = ordinal.as_literal()?.as_i64()?;
    (call.name() == ".").then_some((base, usize::try_from(ordinal).ok()?))
}

/// The first walk: what is read of every column.
struct Needs {
    columns: HashMap<ColumnId, Need>,
    through_unions: bool,
}

impl Needs {
    fn of(plan: &LogicalPlan, through_unions: bool) -> Needs {
        let mut needs = Needs {
            columns: HashMap::new(),
            through_unions,
        };
        needs.whole(&plan.output());
        plan.visit(&mut |node| needs.node(node));
        needs
    }

    fn whole(&mut self, columns: &[Attribute]) {
        columns
            .iter()
            .for_each(|column| self.column(column.id, Need::Whole));
    }

    fn column(&mut self, id: ColumnId, need: Need) {
        let known = self.columns.remove(&id).unwrap_or(Need::Presence);
        self.columns.insert(id, known.and(need));
    }

    fn of_column(&self, id: ColumnId) -> Need {
        self.columns.get(&id).cloned().unwrap_or(Need::Presence)
    }

    /// What a node reads; those above it have been asked.
    fn node(&mut self, node: &LogicalPlan) {
        for subquery in node.subqueries() {
            self.whole(&subquery.plan.output());
        }
        match node {
            LogicalPlan::Project(node) => {
                for named in &node.expressions {
                    self.expr(&named.expr, self.of_column(named.id));
                }
            }
            LogicalPlan::Union(node) => {
                for input in &node.inputs {
                    for (output, column) in node.output.iter().zip(input.output()) {
                        let need = match self.through_unions {
                            true => self.of_column(output.id),
                            false => Need::Whole,
                        };
                        self.column(column.id, need);
                    }
                }
            }
            LogicalPlan::Generate(node) => {
                let need = match (is_explode(node), node.generated.last()) {
                    (true, Some(element)) => Need::Elements(Box::new(self.of_column(element.id))),
                    _ => Need::Whole,
                };
                for argument in &node.arguments {
                    self.expr(argument, need.clone());
                }
            }
            // Rows are compared whole, or columns are matched by position between rounds.
            LogicalPlan::SetOperation(_) | LogicalPlan::Recursion(_) => {
                for input in node.inputs() {
                    self.whole(&input.output());
                }
            }
            _ => {
                for expr in node.expressions() {
                    self.expr(expr, Need::Whole);
                }
            }
        }
    }

    /// What an expression reads of columns if `need` of its value is read.
    fn expr(&mut self, expr: &Expr, need: Need) {
        match expr {
            Expr::Column(column) => self.column(column.id, need),
            Expr::Outer(column) => self.column(column.id, Need::Whole),
            Expr::IsNull { operand, .. } => self.expr(operand, Need::Presence),
            Expr::Call(call) if call.name() == "[]" => {
                for (position, argument) in call.arguments.iter().enumerate() {
                    let need = match position {
                        0 => Need::Elements(Box::new(need.clone())),
                        _ => Need::Whole,
                    };
                    self.expr(argument, need);
                }
            }
            Expr::Call(call) => match field_access(call) {
                Some((base, ordinal)) => {
                    let need = match (base.data_type(), need) {
                        // A field of every element.
                        (DataType::Array { .. }, Need::Elements(need)) => {
                            Need::Elements(Box::new(Need::field(ordinal, *need)))
                        }
                        (DataType::Array { .. }, need) => {
                            Need::Elements(Box::new(Need::field(ordinal, need)))
                        }
                        (_, need) => Need::field(ordinal, need),
                    };
                    self.expr(base, need);
                }
                None => self.children(expr),
            },
            _ => self.children(expr),
        }
    }

    fn children(&mut self, expr: &Expr) {
        for child in expr.children() {
            self.expr(child, Need::Whole);
        }
    }
}

fn is_explode(node: &Generate) -> bool {
    matches!(
        node.name,
        "explode" | "explode_outer" | "posexplode" | "posexplode_outer"
    )
}

/// The second walk: new types, and expressions that fit them.
struct Narrowing {
    needs: HashMap<ColumnId, Need>,
    /// Columns that have another type now.
    types: HashMap<ColumnId, DataType>,
    outcome: Outcome,
}

enum Outcome {
    Fine,
    /// The inputs of a union have come to differ.
    UnevenUnion,
    Failed(Error),
}

impl Narrowing {
    fn new(needs: HashMap<ColumnId, Need>) -> Narrowing {
        Narrowing {
            needs,
            types: HashMap::new(),
            outcome: Outcome::Fine,
        }
    }

    /// A node whose inputs are done.
    fn node(&mut self, node: LogicalPlan) -> LogicalPlan {
        match node {
            LogicalPlan::Scan(mut node) => {
                self.scan(&mut node);
                self.expressions(LogicalPlan::Scan(node))
            }
            LogicalPlan::Union(mut node) => {
                self.union(&mut node);
                LogicalPlan::Union(node)
            }
            LogicalPlan::Project(mut node) => {
                for named in &mut node.expressions {
                    let before = named.expr.data_type();
                    let taken = std::mem::replace(&mut named.expr, Expr::boolean(true));
                    named.expr = self.expr(taken);
                    self.changed(named.id, &before, named.expr.data_type());
                }
                LogicalPlan::Project(node)
            }
            LogicalPlan::Generate(mut node) => {
                node.arguments = (node.arguments.into_iter())
                    .map(|argument| self.expr(argument))
                    .collect();
                if is_explode(&node)
                    && let Some(collection) = node.arguments.first().map(Expr::data_type)
                    && let Some(element) = elements(&collection)
                    && let Some(column) = node.generated.last_mut()
                {
                    self.changed(column.id, &column.data_type, element.clone());
                    column.data_type = element.clone();
                }
                LogicalPlan::Generate(node)
            }
            other => self.expressions(other),
        }
    }

    fn changed(&mut self, id: ColumnId, before: &DataType, now: DataType) {
        if *before != now {
            self.types.insert(id, now);
        }
    }

    fn scan(&mut self, node: &mut Scan) {
        if !node.table.prunes_fields() {
            return;
        }
        for column in &mut node.attributes {
            if let Some(need) = self.needs.get(&column.id)
                && has_fields(&column.data_type)
            {
                let part = need.part_of(&column.data_type);
                self.changed(column.id, &column.data_type, part.clone());
                column.data_type = part;
            }
        }
    }

    fn union(&mut self, node: &mut Union) {
        let inputs: Vec<Vec<Attribute>> = node.inputs.iter().map(LogicalPlan::output).collect();
        for (position, column) in node.output.iter_mut().enumerate() {
            let touched = |input: &Vec<Attribute>| self.types.contains_key(&input[position].id);
            if !inputs.iter().any(touched) {
                continue;
            }
            let now = inputs[0][position].data_type.clone();
            let same = |input: &Vec<Attribute>| input[position].data_type == now;
            if !inputs.iter().all(same) {
                self.outcome = Outcome::UnevenUnion;
                return;
            }
            self.types.insert(column.id, now.clone());
            column.data_type = now;
        }
    }

    fn expressions(&mut self, node: LogicalPlan) -> LogicalPlan {
        if self.types.is_empty() {
            return node;
        }
        node.map_expressions(&mut |expr| self.expr(expr))
    }

    fn expr(&mut self, expr: Expr) -> Expr {
        match expr {
            Expr::Column(mut column) => {
                if let Some(data_type) = self.types.get(&column.id) {
                    column.data_type = data_type.clone();
                }
                Expr::Column(column)
            }
            Expr::Call(call) => match field_access(&call) {
                Some((base, ordinal)) => {
                    let before = base.data_type();
                    self.access(call, &before, ordinal)
                }
                None if call.name() == "[]" => {
                    let Expr::Call(mut call) = self.children(Expr::Call(call)) else {
                        unreachable!("children are replaced within a node")
                    };
                    let collection = call.arguments[0].data_type();
                    if let Some(element) = elements(&collection) {
                        call.data_type = element.clone();
                    }
                    Expr::Call(call)
                }
                None => self.children(Expr::Call(call)),
            },
            other => self.children(other),
        }
    }

    fn children(&mut self, expr: Expr) -> Expr {
        expr.map_children(&mut |child| self.expr(child))
    }

    /// A field access over what has become of its base.
    fn access(&mut self, mut call: Call, before: &DataType, ordinal: usize) -> Expr {
        let ordinal_argument = call.arguments.pop();
        let base = call.arguments.pop().map(|base| self.expr(base));
        let (Some(base), Some(ordinal_argument)) = (base, ordinal_argument) else {
            return Expr::Call(call);
        };
        let now = base.data_type();
        if now == *before {
            call.arguments = vec![base, ordinal_argument];
            return Expr::Call(call);
        }
        let name = fields(before).and_then(|fields| Some(&fields.get(ordinal)?.name));
        let moved = fields(&now).zip(name).and_then(|(fields, name)| {
            let same = |field: &StructField| field.name == *name;
            i32::try_from(fields.iter().position(same)?).ok()
        });
        let accessed = match moved {
            Some(ordinal) => {
                let ordinal = Expr::literal(ordinal, DataType::Integer);
                Expr::call(".", vec![base, ordinal])
            }
            None => Err(Error::internal("a field that is read was pruned")),
        };
        match accessed {
            Ok(Expr::Call(rebound)) => Expr::Call(Call {
                nullable: call.nullable,
                origin: call.origin,
                ..rebound
            }),
            Ok(other) => other,
            Err(error) => {
                self.outcome = Outcome::Failed(error);
                Expr::null(call.data_type)
            }
        }
    }
}

/// The fields of a struct, or of the structs of an array.
fn fields(data_type: &DataType) -> Option<&StructType> {
    match data_type {
        DataType::Struct(fields) => Some(fields),
        DataType::Array { element, .. } => match element.as_ref() {
            DataType::Struct(fields) => Some(fields),
            _ => None,
        },
        _ => None,
    }
}
