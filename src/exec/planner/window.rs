//! Plans window functions.

use super::{Need, Planner, RuntimeTarget, Stream, from_stage};
use crate::error::Result;
use crate::exec::ExplainNode;
use crate::exec::explain::list;
use crate::exec::window::{CallPlan, FrameEnd, FramePlan, WindowPlan, WindowShared};
use crate::expr::{Attribute, Bound, Expr, Frame, SortKey, WindowCall, WindowFunctionCall};
use crate::functions::window::FrameRule;
use crate::pipeline::Metrics;
use crate::plan::logical::Window;
use crate::types::arrow_type;
use std::sync::Arc;

impl Planner {
    pub(super) fn window(&mut self, node: &Window, need: Need) -> Result<Stream> {
        let calls: Vec<&(Attribute, WindowCall)> = node
            .calls
            .iter()
            .filter(|(column, _)| need.columns.contains(&column.id))
            .collect();
        let expressions = calls.iter().flat_map(|(_, call)| call.expressions());
        // A runtime filter on a column of PARTITION BY removes whole partitions.
        let is_partition_key = |target: &RuntimeTarget| {
            let mut keys = node.partition_by.iter();
            keys.any(|key| matches!(key, Expr::Column(column) if column.id == target.column))
        };
        let runtime = need
            .runtime
            .iter()
            .filter(|target| is_partition_key(target));
        let below = Need::columns(need.columns.iter().copied())
            .with(expressions)
            .with(&node.partition_by)
            .with(node.order_by.iter().map(|key| &key.expr))
            .ordered(true)
            .filtered(runtime.cloned().collect())
            .settled();
        let input = self.plan(&node.input, below)?;
        let by_partition: Vec<SortKey> = (node.partition_by.iter())
            .map(|expr| SortKey {
                expr: expr.clone(),
                ascending: true,
                nulls_first: true,
            })
            .collect();
        let kept = input.columns.iter().enumerate();
        let columns: Vec<usize> = kept
            .filter(|(_, c)| need.columns.contains(&c.id))
            .map(|(p, _)| p)
            .collect();
        let output: Vec<Attribute> = (columns.iter().map(|p| input.columns[*p].clone()))
            .chain(calls.iter().map(|(column, _)| column.clone()))
            .collect();
        let plans = calls.iter().map(|(_, call)| self.window_call(call, &input));
        let shared = Arc::new(WindowShared::new(WindowPlan {
            partition_by: self.sort_keys(&by_partition, &input)?,
            order_by: self.sort_keys(&node.order_by, &input)?,
            width: input.columns.len(),
            columns,
            calls: plans.collect::<Result<_>>()?,
            types: output
                .iter()
                .map(|column| arrow_type(&column.data_type))
                .collect(),
        }));
        let details = vec![
            list(calls.iter().map(|(_, call)| call)),
            format!("partition by {}", list(&node.partition_by)),
            format!("order by {}", list(&node.order_by)),
        ];
        let tree = ExplainNode::over("Window", details, vec![input.node.clone()]);
        let metrics: Arc<Metrics> = Arc::default();
        let stage = self.end(input, shared.clone(), metrics.clone());
        Ok(from_stage(shared, output, stage, tree.measured(metrics)))
    }

    fn window_call(&self, call: &WindowCall, input: &Stream) -> Result<CallPlan> {
        let compile = |expr: &Expr| self.evaluator(expr, input);
        Ok(match &call.function {
            WindowFunctionCall::Aggregate(aggregate) => CallPlan::Aggregate {
                kernel: aggregate.kernel.clone(),
                arguments: aggregate
                    .arguments
                    .iter()
                    .map(compile)
                    .collect::<Result<_>>()?,
                filter: aggregate.filter.as_ref().map(compile).transpose()?,
                order_sensitive: aggregate.function.order_sensitive,
                frame: self.frame(&call.frame, input)?,
            },
            WindowFunctionCall::Window {
                function,
                kernel,
                arguments,
                ignore_nulls,
                ..
            } => CallPlan::Window {
                kernel: kernel.clone(),
                arguments: arguments.iter().map(compile).collect::<Result<_>>()?,
                ignore_nulls: *ignore_nulls,
                frame: match function.frame {
                    FrameRule::Any => Some(self.frame(&call.frame, input)?),
                    FrameRule::Rows | FrameRule::Range | FrameRule::Offset(_) => None,
                },
            },
        })
    }

    fn frame(&self, frame: &Frame, input: &Stream) -> Result<FramePlan> {
        let bound = |bound: &Bound| -> Result<FrameEnd> {
            Ok(match bound {
                Bound::Unbounded => FrameEnd::Unbounded,
                Bound::CurrentRow => FrameEnd::CurrentRow,
                Bound::Rows(rows) => FrameEnd::Rows(*rows),
                Bound::Range(expr) => FrameEnd::Range(self.evaluator(expr, input)?),
            })
        };
        Ok(FramePlan {
            unit: frame.unit,
            start: bound(&frame.start)?,
            end: bound(&frame.end)?,
        })
    }
}
