//! From an expression tree to a compiled one.

use super::branch::{Case, Coalesce};
use super::fused_decimal::{self, FusedDecimal};
use super::lambda::CompiledLambda;
use super::membership::ConstantSet;
use super::node::{Argument, CallNode, Folded, HigherOrderNode, Node, Term};
use super::projection::replace;
use super::traits::{CHEAP, is_cheap, is_fallible};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::expr::{Attribute, Call, CalledFunction, CastMode, ColumnId, Expr, Literal, TaskFact};
use crate::functions::scalar::NullRule;
use crate::kernel::cast::{Cast, Mode};
use crate::kernel::value::value_to_array;
use crate::types::{DataType, arrow_type};
use arrow::array::{ArrayRef, new_null_array};
use hashbrown::HashMap;
use std::sync::{Arc, OnceLock};

/// Compiles expressions over one set of input columns.
pub(super) struct Compiler<'a> {
    positions: HashMap<ColumnId, usize>,
    width: usize,
    config: &'a Config,
    /// Inside a constant subtree nothing is folded again.
    folding: bool,
    /// Inside of what is compiled at once already.
    in_fused: bool,
}

impl<'a> Compiler<'a> {
    pub fn new(input: &[Attribute], config: &'a Config) -> Self {
        let positions = input.iter().enumerate();
        Compiler {
            positions: positions.map(|(p, column)| (column.id, p)).collect(),
            width: input.len(),
            config,
            folding: false,
            in_fused: false,
        }
    }

    /// Compiles an expression together with what lazy evaluation has to know of it.
    pub fn term(&mut self, expr: &Expr) -> Result<Term> {
        let node = self.node(expr)?;
        let references = expr.references();
        let mut inputs: Vec<usize> = (references.iter())
            .filter_map(|id| self.positions.get(id).copied())
            .collect();
        inputs.sort_unstable();
        Ok(Term {
            node,
            inputs,
            needs_row_ids: expr.any(|e| matches!(e, Expr::TaskFact(TaskFact::MonotonicId))),
            fallible: is_fallible(expr),
            cheap: is_cheap(expr),
            volatile: !expr.is_deterministic(),
        })
    }

    fn terms(&mut self, expressions: &[Expr]) -> Result<Vec<Term>> {
        expressions.iter().map(|expr| self.term(expr)).collect()
    }

    fn node(&mut self, expr: &Expr) -> Result<Node> {
        if !self.folding
            && expr.is_constant()
            && !matches!(expr, Expr::Literal(_) | Expr::Lambda { .. })
        {
            self.folding = true;
            let node = self.plain(expr);
            self.folding = false;
            let value = OnceLock::new();
            return Ok(Node::Folded(Arc::new(Folded { node: node?, value })));
        }
        self.plain(expr)
    }

    fn plain(&mut self, expr: &Expr) -> Result<Node> {
        Ok(match expr {
            Expr::Column(column) => match self.positions.get(&column.id) {
                Some(position) => Node::Column(*position),
                None => {
                    let message =
                        format!("column {}{:?} is not in the input", column.name, column.id);
                    return Err(Error::internal(message));
                }
            },
            Expr::Literal(literal) => Node::Constant(constant(literal)?),
            Expr::Call(call) => self.fused(call)?,
            Expr::Cast {
                operand,
                to,
                mode,
                origin,
            } => Node::Cast {
                cast: Arc::new(Cast::new(
                    &operand.data_type(),
                    to,
                    cast_mode(*mode),
                    self.config,
                )?),
                operand: Box::new(self.node(operand)?),
                origin: origin.clone(),
            },
            Expr::And(terms) => {
                let mut terms = self.terms(terms)?;
                cheap_first(&mut terms);
                Node::And(terms)
            }
            Expr::Or(terms) => Node::Or(self.terms(terms)?),
            Expr::Not(operand) => Node::Not(Box::new(self.node(operand)?)),
            Expr::IsNull { operand, negated } => Node::IsNull {
                operand: Box::new(self.node(operand)?),
                negated: *negated,
            },
            Expr::Case {
                branches,
                otherwise,
                data_type,
            } => {
                let compile = |(condition, value): &(Expr, Expr)| {
                    Ok((self.term(condition)?, self.term(value)?))
                };
                let branches = branches.iter().map(compile).collect::<Result<_>>()?;
                let otherwise = match otherwise {
                    Some(value) => self.term(value)?,
                    None => self.term(&Expr::null(data_type.clone()))?,
                };
                Node::Case(Box::new(Case {
                    branches,
                    otherwise,
                }))
            }
            Expr::Coalesce {
                operands,
                data_type,
            } => Node::Coalesce(Box::new(Coalesce {
                operands: self.terms(operands)?,
                null: null_of(data_type),
            })),
            Expr::In { operand, list } => self.membership(operand, list)?,
            Expr::TaskFact(fact) => Node::TaskFact(*fact),
            Expr::Lambda { .. } => {
                return Err(Error::internal("a lambda outside a higher-order function"));
            }
            Expr::Outer(column) => {
                let message = format!("column {} of an outer query left behind", column.name);
                return Err(Error::internal(message));
            }
            Expr::ScalarSubquery { .. } | Expr::Exists { .. } | Expr::InSubquery { .. } => {
                return Err(Error::internal("a subquery left inside an expression"));
            }
        })
    }

    /// A call, together with those that its arguments are where they are decimal arithmetic.
    fn fused(&mut self, call: &Call) -> Result<Node> {
        let plan = match self.folding || self.in_fused {
            false => fused_decimal::Plan::new(call),
            true => None,
        };
        let Some(plan) = plan.filter(|plan| plan.leaves().iter().all(|l| l.is_deterministic()))
        else {
            return self.call(call);
        };
        let leaves = plan.leaves().iter().map(|leaf| self.node(leaf));
        let leaves = leaves.collect::<Result<Vec<Node>>>()?;
        // Operator by operator, the leaves are columns behind those of the input.
        let width = self.width;
        let mut general = Expr::Call(call.clone());
        for leaf in plan.leaves() {
            let column = Attribute {
                id: ColumnId(u32::MAX / 2 - self.width as u32),
                name: "leaf".into(),
                data_type: leaf.data_type(),
                nullable: leaf.nullable(),
            };
            self.positions.insert(column.id, self.width);
            self.width += 1;
            general = replace(general, leaf, &column);
        }
        self.in_fused = true;
        let general = self.node(&general);
        self.in_fused = false;
        self.width = width;
        let returns = arrow_type(&call.data_type);
        let fused = FusedDecimal::new(&plan, leaves, returns, general?, width);
        Ok(Node::FusedDecimal(Box::new(fused)))
    }

    fn call(&mut self, call: &Call) -> Result<Node> {
        let has_lambda = |a: &Expr| matches!(a, Expr::Lambda { .. });
        if call.arguments.iter().any(has_lambda) {
            let arguments = (call.arguments.iter()).map(|argument| match argument {
                Expr::Lambda { parameters, body } => {
                    let lambda = self.lambda(parameters, body)?;
                    Ok(Argument::Lambda(Box::new(lambda)))
                }
                value => Ok(Argument::Value(self.node(value)?)),
            });
            return Ok(Node::HigherOrder(Box::new(HigherOrderNode {
                arguments: arguments.collect::<Result<_>>()?,
                kernel: call.kernel.clone(),
                origin: call.origin.clone(),
            })));
        }
        let propagates = match &call.function {
            CalledFunction::BuiltIn(function) => function.nulls == NullRule::Propagate,
            CalledFunction::User(_) => false,
        };
        let arguments = call.arguments.iter().map(|argument| self.node(argument));
        let arguments = arguments.collect::<Result<Vec<Node>>>()?;
        let is_variable = |node: &&Node| !matches!(node, Node::Constant(_) | Node::Folded(_));
        let is_text = |argument: &Expr| matches!(argument.data_type(), DataType::String);
        let whole = Expr::Call(call.clone());
        let by_value = arguments.iter().filter(is_variable).count() == 1
            && call.arguments.iter().any(is_text)
            && whole.is_deterministic()
            // Comparisons look at the views alone, mostly.
            && !CHEAP.contains(&call.name());
        Ok(Node::Call(Box::new(CallNode {
            arguments,
            by_value,
            kernel: call.kernel.clone(),
            null: propagates.then(|| null_of(&call.data_type)),
            origin: call.origin.clone(),
        })))
    }

    fn lambda(&mut self, parameters: &[Attribute], body: &Expr) -> Result<CompiledLambda> {
        for (offset, parameter) in parameters.iter().enumerate() {
            self.positions.insert(parameter.id, self.width + offset);
        }
        self.width += parameters.len();
        let term = self.term(body);
        self.width -= parameters.len();
        for parameter in parameters {
            self.positions.remove(&parameter.id);
        }
        Ok(CompiledLambda {
            body: term?,
            parameters: parameters.len(),
            data_type: arrow_type(&body.data_type()),
        })
    }

    /// IN: one set of the constants, and an equality for each of the others.
    fn membership(&mut self, operand: &Expr, list: &[Expr]) -> Result<Node> {
        let (constants, others): (Vec<&Expr>, Vec<&Expr>) =
            list.iter().partition(|item| item.as_literal().is_some());
        let mut values = Vec::with_capacity(constants.len());
        for item in constants {
            if let Expr::Literal(literal) = item {
                values.push(constant(literal)?);
            }
        }
        let mut items = Vec::with_capacity(others.len());
        for item in others {
            items.push(self.term(item)?);
        }
        Ok(Node::In {
            operand: Box::new(self.node(operand)?),
            set: Arc::new(ConstantSet::new(
                &arrow_type(&operand.data_type()),
                &values,
                items,
            )?),
        })
    }
}

/// The array of length 1 that a literal is.
pub(super) fn constant(literal: &Literal) -> Result<ArrayRef> {
    value_to_array(&literal.value, &literal.data_type)
}

/// Puts terms that cost little before others, without moving any past one that can fail: whether that one
/// sees a row stays as written.
fn cheap_first(terms: &mut [Term]) {
    for run in terms.split_mut(|term| term.fallible) {
        run.sort_by_key(|term| !term.cheap);
    }
}

fn cast_mode(mode: CastMode) -> Mode {
    match mode {
        CastMode::Ansi => Mode::Ansi,
        CastMode::Legacy => Mode::Legacy,
        CastMode::Try => Mode::Try,
    }
}

fn null_of(data_type: &DataType) -> ArrayRef {
    new_null_array(&arrow_type(data_type), 1)
}

impl Term {
    /// The same with kernels of its own for one partition.
    pub fn for_partition(&self, partition: usize) -> Term {
        if !self.volatile {
            return self.clone();
        }
        Term {
            node: self.node.for_partition(partition),
            ..self.clone()
        }
    }
}

impl Node {
    fn for_partition(&self, partition: usize) -> Node {
        let own = |kernel: &Arc<_>| {
            let kernel: &Arc<dyn crate::functions::scalar::Kernel> = kernel;
            kernel
                .for_partition(partition)
                .unwrap_or_else(|| kernel.clone())
        };
        let terms = |terms: &[Term]| terms.iter().map(|t| t.for_partition(partition)).collect();
        match self {
            // Only what is deterministic is fused.
            Node::Column(_)
            | Node::Constant(_)
            | Node::Folded(_)
            | Node::FusedDecimal(_)
            | Node::TaskFact(_) => self.clone(),
            Node::Call(call) => Node::Call(Box::new(CallNode {
                kernel: own(&call.kernel),
                arguments: call
                    .arguments
                    .iter()
                    .map(|a| a.for_partition(partition))
                    .collect(),
                ..(**call).clone()
            })),
            Node::HigherOrder(call) => Node::HigherOrder(Box::new(HigherOrderNode {
                kernel: own(&call.kernel),
                arguments: (call.arguments.iter())
                    .map(|argument| match argument {
                        Argument::Value(node) => Argument::Value(node.for_partition(partition)),
                        Argument::Lambda(lambda) => Argument::Lambda(Box::new(CompiledLambda {
                            body: lambda.body.for_partition(partition),
                            ..(**lambda).clone()
                        })),
                    })
                    .collect(),
                origin: call.origin.clone(),
            })),
            Node::Cast {
                operand,
                cast,
                origin,
            } => Node::Cast {
                operand: Box::new(operand.for_partition(partition)),
                cast: cast.clone(),
                origin: origin.clone(),
            },
            Node::And(all) => Node::And(terms(all)),
            Node::Or(all) => Node::Or(terms(all)),
            Node::Not(operand) => Node::Not(Box::new(operand.for_partition(partition))),
            Node::IsNull { operand, negated } => Node::IsNull {
                operand: Box::new(operand.for_partition(partition)),
                negated: *negated,
            },
            Node::Case(case) => Node::Case(Box::new(Case {
                branches: (case.branches.iter())
                    .map(|(c, v)| (c.for_partition(partition), v.for_partition(partition)))
                    .collect(),
                otherwise: case.otherwise.for_partition(partition),
            })),
            Node::Coalesce(coalesce) => Node::Coalesce(Box::new(Coalesce {
                operands: terms(&coalesce.operands),
                null: coalesce.null.clone(),
            })),
            Node::In { operand, set } => Node::In {
                operand: Box::new(operand.for_partition(partition)),
                set: Arc::new(set.for_partition(partition)),
            },
        }
    }
}
