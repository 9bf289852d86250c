//! The dispatch over kinds of relations, and the simple kinds.

use super::Analyzer;
use super::check_depth;
use super::environment::Environment;
use super::resolved::Resolved;
use super::scope::{Frame, Scope, ScopeColumn};

use crate::error::{Error, Result, conditions, quote};
use crate::plan::LogicalPlan;
use crate::plan::logical::{Range, Scan};
use crate::plan::unresolved::{Relation, RelationKind};
use crate::types::DataType;
use std::rc::Rc;
use std::sync::Arc;

impl Analyzer<'_> {
    /// Resolves a relation.
    pub(super) fn relation(
        &self,
        relation: &Relation,
        environment: &Environment,
    ) -> Result<Resolved> {
        check_depth()?;
        let resolved = self.relation_kind(relation, environment);
        let mut resolved = resolved.map_err(|error| error.at(relation.origin.as_ref()))?;
        if let Some(plan_id) = relation.plan_id {
            resolved.scope.frames.push(Rc::new(Frame {
                plan_id,
                columns: resolved.visible(),
            }));
        }
        Ok(resolved)
    }

    fn relation_kind(&self, relation: &Relation, environment: &Environment) -> Result<Resolved> {
        match &*relation.kind {
            RelationKind::Table { name, options } => self.table(name, options, environment),
            RelationKind::TableIdentifier { name, options } => {
                let name = self.identifier(name, environment)?;
                self.table(&name, options, environment)
            }
            RelationKind::Read {
                format,
                schema,
                options,
                paths,
            } => self.read(format, schema.as_ref(), options, paths),
            RelationKind::Local { schema, batches } => {
                let table = self.files.memory(schema, batches);
                Ok(self.scan(table, "local", Rc::from([])))
            }
            RelationKind::Values { rows } => self.values(rows, &[], environment),
            RelationKind::OneRow => Ok(Resolved::plain(LogicalPlan::one_row())),
            RelationKind::Range {
                start,
                end,
                step,
                partitions,
            } => self.range(*start, *end, *step, *partitions),
            RelationKind::TableFunction { name, arguments } => {
                self.table_function(name, arguments, environment, &relation.origin)
            }
            RelationKind::Project { input, expressions } => {
                self.project(input, expressions, environment)
            }
            RelationKind::Filter { input, condition } => self.filter(input, condition, environment),
            RelationKind::Join(node) => self.join(node, environment),
            RelationKind::Aggregate(node) => self.aggregate(node, environment),
            RelationKind::WithWindows { input, windows } => {
                let all = windows.iter().chain(environment.windows.iter()).cloned();
                let environment = Environment {
                    windows: all.collect(),
                    ..environment.clone()
                };
                self.relation(input, &environment)
            }
            RelationKind::Qualify { input, condition } => {
                self.qualify(input, condition, environment)
            }
            RelationKind::SetOperation {
                left,
                right,
                kind,
                all,
                by_name,
                allow_missing_columns,
            } => {
                let names = by_name.then_some(*allow_missing_columns);
                self.set_operation(left, right, *kind, *all, names, environment)
            }
            RelationKind::Sort {
                input,
                order,
                global,
            } => self.sort(input, order, *global, environment),
            RelationKind::SortAll {
                input,
                ascending,
                nulls_first,
            } => self.sort_all(input, *ascending, *nulls_first, environment),
            RelationKind::Limit { input, limit } => self.limit(input, limit, environment),
            RelationKind::Offset { input, offset } => self.offset(input, offset, environment),
            RelationKind::Tail { input, limit } => self.tail(input, *limit, environment),
            RelationKind::Deduplicate { input, columns } => match columns {
                None => self.distinct(input, environment),
                Some(columns) => self.drop_duplicates(input, columns, environment),
            },
            RelationKind::SubqueryAlias {
                input,
                name,
                columns,
            } => {
                let environment = environment.of_input();
                let input = match &*input.kind {
                    RelationKind::Values { rows } => self.values(rows, columns, &environment)?,
                    _ => self.relation(input, &environment)?,
                };
                self.aliased(input, name, columns)
            }
            RelationKind::With {
                input,
                ctes,
                recursive,
            } => self.with(input, ctes, *recursive, environment),
            RelationKind::Generate {
                input,
                generator,
                outer,
                qualifier,
                names,
            } => self.lateral_view(
                input,
                generator,
                *outer,
                qualifier.as_deref(),
                names,
                environment,
            ),
            RelationKind::Pivot {
                input,
                grouping,
                aggregates,
                columns,
                values,
            } => self.pivot(
                input,
                grouping.as_deref(),
                aggregates,
                columns,
                values,
                environment,
            ),
            RelationKind::Unpivot(node) => self.unpivot(node, environment),
            RelationKind::Sample {
                input,
                method,
                with_replacement,
                seed,
            } => self.sample(input, method, *with_replacement, *seed, environment),
            RelationKind::Hint {
                input,
                name,
                parameters,
            } => self.hint(input, name, parameters, environment),
            RelationKind::Repartition {
                input,
                partitions,
                shuffle,
            } => self.repartition(input, *partitions, *shuffle, environment),
            RelationKind::RepartitionBy {
                input,
                partitions,
                by,
            } => self.repartition_by(input, *partitions, by, environment),
            RelationKind::WithColumns { input, columns } => {
                self.with_columns(input, columns, environment)
            }
            RelationKind::WithColumnsRenamed { input, renames } => {
                self.with_columns_renamed(input, renames, environment)
            }
            RelationKind::Drop { input, columns } => self.drop(input, columns, environment),
            RelationKind::ToDf { input, names } => self.to_df(input, names, environment),
            RelationKind::NaFill {
                input,
                columns,
                values,
            } => self.na_fill(input, columns, values, environment),
            RelationKind::NaDrop {
                input,
                columns,
                minimum_non_nulls,
            } => self.na_drop(input, columns, *minimum_non_nulls, environment),
            RelationKind::NaReplace {
                input,
                columns,
                replacements,
            } => self.na_replace(input, columns, replacements, environment),
            RelationKind::Summary {
                input,
                columns,
                statistics,
            } => self.summary(input, columns, statistics, environment),
            RelationKind::Extend { input, expressions } => {
                self.extend(input, expressions, environment)
            }
            RelationKind::Resolved(plan) => Ok(Resolved::plain(plan.with_fresh_ids(&self.ids))),
        }
    }

    /// A scan of all columns of a table. CHAR and VARCHAR are read as STRING.
    pub(super) fn scan(
        &self,
        table: Arc<dyn crate::datasource::Table>,
        name: &str,
        qualifier: Rc<[String]>,
    ) -> Resolved {
        let attributes: Vec<_> = (table.schema().iter())
            .map(|field| {
                let data_type = as_read(&field.data_type);
                self.column(&field.name, data_type, field.nullable)
            })
            .collect();
        let plan = LogicalPlan::Scan(Scan {
            table,
            name: name.to_string(),
            projection: (0..attributes.len()).collect(),
            attributes,
            filters: Vec::new(),
            limit: None,
        });
        let scope = Scope::qualified(plan.output(), qualifier);
        Resolved::new(plan, scope)
    }

    /// `range(start, end, step)`
    pub(super) fn range(
        &self,
        start: i64,
        end: i64,
        step: i64,
        partitions: Option<usize>,
    ) -> Result<Resolved> {
        if step == 0 {
            let name = ("funcName", quote::identifier("range"));
            return Err(Error::new(&conditions::FAILED_FUNCTION_CALL, [name])
                .caused_by("the step must not be 0"));
        }
        let output = self.column("id", DataType::Long, false);
        Ok(Resolved::plain(LogicalPlan::Range(Range {
            start,
            end,
            step,
            partitions,
            output,
        })))
    }

    /// A relation under a name, perhaps with names for its columns.
    pub(super) fn aliased(
        &self,
        input: Resolved,
        name: &[String],
        columns: &[String],
    ) -> Result<Resolved> {
        let qualifier: Rc<[String]> = name.into();
        let mut renamed: Vec<ScopeColumn> = (input.scope.visible())
            .map(|column| ScopeColumn {
                qualifier: qualifier.clone(),
                ..column.clone()
            })
            .collect();
        if !columns.is_empty() {
            if columns.len() != renamed.len() {
                return Err(Error::new(
                    &conditions::ASSIGNMENT_ARITY_MISMATCH,
                    [
                        ("numTarget", columns.len().to_string()),
                        ("numExpr", renamed.len().to_string()),
                    ],
                ));
            }
            for (column, name) in renamed.iter_mut().zip(columns) {
                column.attribute.name = name.as_str().into();
            }
        }
        let scope = Scope {
            columns: renamed,
            frames: input.scope.frames,
            below: None,
            time_window: None,
        };
        Ok(Resolved::new(input.plan, scope))
    }
}

/// The type in which a column of a table is read.
fn as_read(data_type: &DataType) -> DataType {
    match data_type {
        DataType::Char(_) | DataType::Varchar(_) => DataType::String,
        other => other.clone(),
    }
}
