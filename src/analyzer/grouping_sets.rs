//! ROLLUP, CUBE and GROUPING SETS, and the functions that ask about them.
//!
//! ```text
//!   GROUP BY ROLLUP(a, b)          Expand   a  b  0        every input row once per grouping set, keys that
//!   sets {a b} {a} {}        ──►            a  -  1        the set lacks as NULL, and a number whose bits
//!                                           -  -  3        say which lack
//!                                  Aggregate by a, b, grouping id
//! ```

use super::Analyzer;
use super::expression::Resolver;
use super::typed::Typed;
use crate::error::{Error, Origin, Result, conditions, quote};
use crate::expr::{Attribute, ColumnId, Expr};
use crate::functions::scalar::SpecialForm;
use crate::plan::LogicalPlan;
use crate::plan::logical::Expand;
use crate::types::{DataType, Value};

use super::group_keys::GroupKey;

/// What `grouping` and `grouping_id` need to know.
#[derive(Debug, Clone)]
pub struct GroupingFacts {
    /// The keys as written, over the input, with their spelling.
    pub keys: Vec<(Expr, String)>,
    /// The columns of the keys above the Expand, which HAVING and ORDER BY see.
    pub columns: Vec<ColumnId>,
    /// The column of the grouping id.
    pub id: Attribute,
    /// The ids that occur.
    pub ids: Vec<i64>,
}

/// The grouping id of a set of `keys` keys: bit i from the left is set where key i is missing.
fn grouping_id(set: &[usize], keys: usize) -> i64 {
    (0..keys)
        .filter(|key| !set.contains(key))
        .fold(0, |id, key| id | 1 << (keys - 1 - key))
}

/// An Expand over the input for these sets, the keys its output has, and the facts about them.
pub(super) struct Expansion {
    /// The Expand node.
    pub plan: LogicalPlan,
    /// The keys to group by; their columns are made by the Expand.
    pub keys: Vec<GroupKey>,
    /// Further columns to group by: the id, and a number where two sets are equal.
    pub extra: Vec<Attribute>,
    /// What `grouping` needs.
    pub facts: GroupingFacts,
}

impl Analyzer<'_> {
    /// Expands the input for grouping sets given as positions of keys.
    pub(super) fn expand_grouping_sets(
        &self,
        input: LogicalPlan,
        keys: Vec<Typed>,
        computed: Vec<Expr>,
        sets: &[Vec<usize>],
    ) -> Expansion {
        let passed = input.output();
        let own: Vec<Attribute> = (keys.iter())
            .map(|key| self.column(key.output_name(), key.data_type(), true))
            .collect();
        let id = self.column("spark_grouping_id", DataType::Long, false);
        let ids: Vec<i64> = sets
            .iter()
            .map(|set| grouping_id(set, keys.len()))
            .collect();
        let repeated = (0..ids.len()).any(|index| ids[..index].contains(&ids[index]));
        let position = repeated.then(|| self.column("_gen_grouping_pos", DataType::Integer, false));
        let projections = sets
            .iter()
            .zip(&ids)
            .enumerate()
            .map(|(index, (set, set_id))| {
                let input = passed.iter().map(|column| Expr::Column(column.clone()));
                let keys = keys
                    .iter()
                    .enumerate()
                    .map(|(key, typed)| match set.contains(&key) {
                        true => computed[key].clone(),
                        false => Expr::null(typed.data_type()),
                    });
                let mut row: Vec<Expr> = input.chain(keys).collect();
                row.push(Expr::literal(*set_id, DataType::Long));
                if repeated {
                    row.push(Expr::literal(index as i32, DataType::Integer));
                }
                row
            });
        let projections = projections.collect();
        let extra: Vec<Attribute> = std::iter::once(id.clone()).chain(position).collect();
        let output = passed.iter().chain(&own).chain(&extra).cloned().collect();
        let facts = GroupingFacts {
            keys: keys
                .iter()
                .map(|key| (key.expr.clone(), key.sql.clone()))
                .collect(),
            columns: own.iter().map(|column| column.id).collect(),
            id,
            ids,
        };
        let keys = keys.into_iter().zip(own);
        let keys = keys.map(|(typed, attribute)| GroupKey {
            computed: Expr::Column(attribute.clone()),
            expr: typed.expr,
            attribute,
        });
        Expansion {
            keys: keys.collect(),
            plan: LogicalPlan::Expand(Expand {
                input: Box::new(input),
                projections,
                output,
            }),
            extra,
            facts,
        }
    }
}

impl Resolver<'_> {
    /// `grouping(a)` and `grouping_id(..)`.
    pub(super) fn grouping_call(
        &mut self,
        form: SpecialForm,
        arguments: Vec<Typed>,
        sql: String,
        origin: &Option<Origin>,
    ) -> Result<Typed> {
        let facts = self
            .aggregates
            .as_ref()
            .and_then(|known| known.borrow().grouping.clone());
        let Some(facts) = facts else {
            return Err(Error::of(&conditions::UNSUPPORTED_GROUPING_EXPRESSION));
        };
        let texts: Vec<&str> = facts.keys.iter().map(|(_, sql)| sql.as_str()).collect();
        let known = texts.join(",");
        let given: Vec<&str> = arguments.iter().map(|typed| typed.sql.as_str()).collect();
        let given = given.join(",");
        if form == SpecialForm::GroupingId {
            let same = arguments.len() == facts.keys.len()
                && (arguments.iter().enumerate())
                    .all(|(index, argument)| self.is_key(&facts, index, &argument.expr));
            if !arguments.is_empty() && !same {
                return Err(Error::new(
                    &conditions::GROUPING_ID_COLUMN_MISMATCH,
                    [("groupingIdColumn", given), ("groupByColumns", known)],
                ));
            }
            return Ok(Typed::new(Expr::Column(facts.id), sql, origin.clone()));
        }
        let key = arguments.first().and_then(|argument| {
            (0..facts.keys.len()).find(|key| self.is_key(&facts, *key, &argument.expr))
        });
        let Some(key) = key else {
            return Err(Error::new(
                &conditions::GROUPING_COLUMN_MISMATCH,
                [
                    ("grouping", quote::sql_expression(&given)),
                    ("groupingColumns", quote::sql_expression(&known)),
                ],
            ));
        };
        let bit = 1i64 << (facts.keys.len() - 1 - key);
        let mut missing: Vec<i64> = facts
            .ids
            .iter()
            .copied()
            .filter(|id| id & bit != 0)
            .collect();
        missing.sort_unstable();
        missing.dedup();
        let tiny = |value: i8| Expr::literal(Value::Byte(value), DataType::Byte);
        let expr = if missing.is_empty() {
            tiny(0)
        } else {
            let ids = missing
                .into_iter()
                .map(|id| Expr::literal(id, DataType::Long));
            let is_missing = Expr::In {
                operand: Box::new(Expr::Column(facts.id)),
                list: ids.collect(),
            };
            Expr::Case {
                branches: vec![(is_missing, tiny(1))],
                otherwise: Some(Box::new(tiny(0))),
                data_type: DataType::Byte,
            }
        };
        Ok(Typed::new(expr, sql, origin.clone()))
    }
}

impl Resolver<'_> {
    /// Whether an expression is a key, as written or as the column that the Expand makes of it.
    fn is_key(&self, facts: &GroupingFacts, key: usize, expr: &Expr) -> bool {
        let is_column =
            matches!(expr, Expr::Column(column) if facts.columns.get(key) == Some(&column.id));
        is_column
            || (facts.keys.get(key)).is_some_and(|(key, _)| self.analyzer.equivalent(key, expr))
    }
}

/// The grouping sets that elements of GROUP BY give together: each element's sets, multiplied.
pub(super) fn product(elements: Vec<Vec<Vec<usize>>>) -> Vec<Vec<usize>> {
    elements
        .into_iter()
        .fold(vec![Vec::new()], |sets, element| {
            let pairs = sets.iter().flat_map(|set| {
                element.iter().map(move |more| {
                    let mut both = set.clone();
                    both.extend(more.iter().filter(|key| !set.contains(key)));
                    both
                })
            });
            pairs.collect()
        })
}

/// The sets of ROLLUP: every prefix, the longest first.
pub(super) fn rollup(groups: &[Vec<usize>]) -> Vec<Vec<usize>> {
    (0..=groups.len())
        .rev()
        .map(|length| groups[..length].concat())
        .collect()
}

/// The sets of CUBE: every subset, in Spark's order.
pub(super) fn cube(groups: &[Vec<usize>]) -> Vec<Vec<usize>> {
    match groups {
        [] => vec![Vec::new()],
        [first, rest @ ..] => {
            let without = cube(rest);
            let with = without.iter().map(|set| [first.as_slice(), set].concat());
            with.chain(without.iter().cloned()).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_multiply_and_have_ids() {
        let keys = [vec![0], vec![1]];
        assert_eq!(rollup(&keys), vec![vec![0, 1], vec![0], vec![]]);
        assert_eq!(cube(&keys), vec![vec![0, 1], vec![0], vec![1], vec![]]);
        let both = product(vec![vec![vec![2]], rollup(&keys)]);
        assert_eq!(both, vec![vec![2, 0, 1], vec![2, 0], vec![2]]);
        assert_eq!(grouping_id(&[0], 2), 1);
        assert_eq!(grouping_id(&[], 2), 3);
    }
}
