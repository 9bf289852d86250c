//! Questions about expressions that need no resolution: does an aggregate, a window call or a generator
//! stand in them.

use crate::functions::{Function, lookup};
use crate::plan::unresolved::{
    Argument, Expression, ExpressionKind, FunctionCall, WindowReference, WindowSpec,
};

/// The built-in function that a call means, whatever qualifies it.
pub fn built_in(call: &FunctionCall) -> Option<Function> {
    lookup(&call.name.last()?.to_lowercase())
}

/// Whether it is a call of a generator, perhaps under an alias.
pub fn is_generator(expression: &Expression) -> bool {
    match &*expression.kind {
        ExpressionKind::Alias { operand, .. } => is_generator(operand),
        ExpressionKind::Function(call) => matches!(built_in(call), Some(Function::Generator(_))),
        _ => false,
    }
}

/// Whether an aggregate is called in it outside of OVER and subqueries.
pub fn has_aggregate(expression: &Expression) -> bool {
    match &*expression.kind {
        ExpressionKind::Function(call) => {
            matches!(built_in(call), Some(Function::Aggregate(_)))
                || arguments_have_aggregate(&call.arguments)
        }
        ExpressionKind::Window { function, window } => {
            let inner = match &*function.kind {
                ExpressionKind::Function(call) => {
                    arguments_have_aggregate(&call.arguments)
                        || call.filter.as_ref().is_some_and(has_aggregate)
                }
                _ => false,
            };
            inner
                || match window {
                    WindowReference::Name(_) => false,
                    WindowReference::Spec(spec) => spec_has_aggregate(spec),
                }
        }
        _ => children(expression).into_iter().any(has_aggregate),
    }
}

/// Whether an aggregate is called in the keys of a window.
pub fn spec_has_aggregate(spec: &WindowSpec) -> bool {
    spec.partition_by.iter().any(has_aggregate)
        || spec
            .order_by
            .iter()
            .any(|key| has_aggregate(&key.expression))
}

/// Whether a window function is called in it.
pub fn has_window(expression: &Expression) -> bool {
    matches!(*expression.kind, ExpressionKind::Window { .. })
        || children(expression).into_iter().any(has_window)
}

/// The calls of `window` and `session_window` in it, outside of subqueries.
pub fn time_windows<'e>(expression: &'e Expression, found: &mut Vec<(String, &'e Expression)>) {
    if let ExpressionKind::Function(call) = &*expression.kind
        && let [name] = call.name.as_slice()
        && !call.arguments.is_empty()
    {
        let name = name.to_lowercase();
        if matches!(name.as_str(), "window" | "session_window") {
            found.push((name, expression));
            return;
        }
    }
    if let ExpressionKind::Window { window, .. } = &*expression.kind
        && let WindowReference::Spec(spec) = window
    {
        let order = spec.order_by.iter().map(|key| &key.expression);
        for key in spec.partition_by.iter().chain(order) {
            time_windows(key, found);
        }
    }
    for child in children(expression) {
        time_windows(child, found);
    }
}

fn arguments_have_aggregate(arguments: &[Argument]) -> bool {
    arguments
        .iter()
        .any(|argument| has_aggregate(&argument.value))
}

/// The direct parts of an expression, without subqueries.
fn children(expression: &Expression) -> Vec<&Expression> {
    match &*expression.kind {
        ExpressionKind::Literal(_, _)
        | ExpressionKind::Attribute { .. }
        | ExpressionKind::Star { .. }
        | ExpressionKind::ScalarSubquery(_)
        | ExpressionKind::Exists(_)
        | ExpressionKind::Parameter(_)
        | ExpressionKind::Default => Vec::new(),
        ExpressionKind::Function(call) => call
            .arguments
            .iter()
            .map(|argument| &argument.value)
            .chain(&call.filter)
            .collect(),
        ExpressionKind::Cast { operand, .. } | ExpressionKind::Alias { operand, .. } => {
            vec![operand]
        }
        ExpressionKind::Extract { operand, key } => vec![operand, key],
        ExpressionKind::Window { function, .. } => vec![function],
        ExpressionKind::Lambda { body, .. } => vec![body],
        ExpressionKind::InSubquery { operands, .. } => operands.iter().collect(),
        ExpressionKind::Identifier { arguments, .. } => (arguments.iter().flatten())
            .map(|argument| &argument.value)
            .collect(),
        ExpressionKind::Sort(order) => vec![&order.expression],
    }
}
