//! Calls over windows: `sum(x) OVER (PARTITION BY a ORDER BY b ROWS 2 PRECEDING)`.
//!
//! Calls are collected by window; each window becomes one Window node below the select list.

use super::aggregate_call::sort_sql;
use super::call::{Called, check_arity, display, in_order, unsupported_syntax};
use super::expression::{Clause, Inside, Resolver, WindowGroup, Windows};
use super::typed::Typed;
use crate::error::{Error, Origin, Result, conditions, quote};
use crate::expr::{
    Bound, ColumnId, Expr, Frame, FrameUnit, SortKey, WindowCall, WindowFunctionCall,
};
use crate::functions::window::{FrameRule, WindowFunction};
use crate::functions::{BindContext, Function};
use crate::plan::LogicalPlan;
use crate::plan::logical::Window;
use crate::plan::unresolved::{
    Expression, ExpressionKind, FrameBound, FunctionCall, WindowFrame, WindowReference, WindowSpec,
};
use crate::types::coercion::can_cast;
use crate::types::{DataType, Value};

/// A resolved window.
struct Specification {
    partition_by: Vec<Expr>,
    order_by: Vec<SortKey>,
    order: Vec<Typed>,
    /// `PARTITION BY a ORDER BY b ASC NULLS FIRST`
    sql: Vec<String>,
}

impl Resolver<'_> {
    /// `function OVER window`.
    pub(super) fn window_call(
        &mut self,
        function: &Expression,
        window: &WindowReference,
        origin: &Option<Origin>,
    ) -> Result<Typed> {
        let spec = self.window_spec(window)?;
        let ExpressionKind::Function(call) = &*function.kind else {
            return Err(not_for_windows(&self.expression(function)?.sql));
        };
        let name = call
            .name
            .last()
            .map(|name| name.to_lowercase())
            .unwrap_or_default();
        let called = self
            .find_function(&call.name)
            .map_err(|e| e.at(function.origin.as_ref()))?;
        if let (Clause::Where | Clause::Having, Inside::Nothing, None) =
            (self.clause, self.inside, &self.windows)
        {
            let clause = if self.clause == Clause::Where {
                "WHERE"
            } else {
                "HAVING"
            };
            return Err(Error::new(
                &conditions::WINDOW_FUNCTION_NOT_ALLOWED_IN_CLAUSE,
                [("clauseName", clause)],
            ));
        }
        if self.inside == Inside::Aggregate {
            return Err(Error::of(&conditions::WINDOW_INSIDE_AGGREGATE));
        }
        if self.windows.is_none() {
            let typed = self.inside(Inside::Window, |inner| inner.arguments(&call.arguments))?;
            let texts: Vec<&str> = typed.iter().map(|typed| typed.sql.as_str()).collect();
            let clause = match self.clause {
                Clause::Where => Some("WHERE"),
                Clause::Having => Some("HAVING"),
                _ => None,
            };
            if let Some(clause) = clause.filter(|_| self.inside == Inside::Nothing) {
                return Err(Error::new(
                    &conditions::WINDOW_FUNCTION_INSIDE_CLAUSE,
                    [("clauseName", clause)],
                ));
            }
            if self.clause == Clause::GroupBy {
                let texts = texts.join(", ");
                let sql = quote::sql_expression(&format!("{name}({texts})"));
                return Err(Error::new(
                    &conditions::UNSUPPORTED_EXPR_FOR_OPERATOR,
                    [
                        ("operator", "Aggregate".to_string()),
                        ("invalidExprSqls", sql),
                    ],
                ));
            }
            return Err(self.forbidden(&format!("{name}({})", texts.join(", "))));
        }
        let resolved = self.inside(Inside::Window, |inner| inner.specification(&spec))?;
        let (window_call, sql) = match called {
            Called::BuiltIn(Function::Aggregate(aggregate)) => {
                if call.distinct {
                    return Err(distinct_window(call, &name));
                }
                if !aggregate.allows_window_frame
                    && (!spec.order_by.is_empty() || spec.frame.is_some())
                {
                    return Err(Error::new(
                        &conditions::INVALID_WINDOW_SPEC_FOR_AGGREGATION_FUNC,
                        [("aggFunc", quote::sql_expression(&name))],
                    ));
                }
                let (bound, sql) = self.inside(Inside::Window, |inner| {
                    inner.bind_aggregate(aggregate, &name, call, &function.origin)
                })?;
                let (frame, frame_sql) = self.frame(&spec, &resolved, origin)?;
                let call = WindowCall {
                    function: WindowFunctionCall::Aggregate(bound),
                    frame,
                };
                (call, over(&sql, &resolved, &frame_sql))
            }
            Called::BuiltIn(Function::Window(window)) => {
                self.bind_window(window, &name, call, &spec, &resolved, origin)?
            }
            Called::BuiltIn(Function::Scalar(_) | Function::Generator(_))
            | Called::User(_)
            | Called::Sql(_) => {
                return Err(not_for_windows(&self.expression(function)?.sql));
            }
        };
        let data_type = window_call.data_type().clone();
        let column = self
            .analyzer
            .column(&sql, data_type, window_call.nullable());
        let Some(windows) = &mut self.windows else {
            return Err(Error::internal("windows are not collected here"));
        };
        let column = windows.add(resolved, window_call, sql.clone(), column);
        Ok(Typed::new(Expr::Column(column), sql, origin.clone()))
    }

    /// A call of a function for windows only.
    fn bind_window(
        &mut self,
        function: &'static WindowFunction,
        name: &str,
        call: &FunctionCall,
        spec: &WindowSpec,
        resolved: &Specification,
        origin: &Option<Origin>,
    ) -> Result<(WindowCall, String)> {
        if call.distinct {
            return Err(distinct_window(call, name));
        }
        if call.filter.is_some() {
            return Err(unsupported_syntax(name, "FILTER CLAUSE"));
        }
        if call.ignore_nulls == Some(true) && !function.allows_ignore_nulls {
            return Err(unsupported_syntax(name, "IGNORE NULLS"));
        }
        let ordered = in_order(name, function.parameters, &call.arguments)?;
        let mut arguments = self.inside(Inside::Window, |inner| inner.arguments(&ordered))?;
        check_arity(name, function.arity, arguments.len())?;
        // Ranks without arguments are given the sort keys by Spark's parser; ours need none.
        let mut texts: Vec<String> = arguments.iter().map(|typed| typed.sql.clone()).collect();
        if let FrameRule::Offset(_) = function.frame {
            let missing = ["1", "NULL"].iter().skip(texts.len().saturating_sub(1));
            texts.extend(missing.map(|text| text.to_string()));
        }
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let mut sql = display(function.display, function.name, name, &texts);
        if call.ignore_nulls == Some(true) && function.name == "nth_value" {
            sql.push_str(" ignore nulls");
        }
        if function.requires_order && resolved.order_by.is_empty() {
            let wf_expr = match texts.split_first() {
                Some((_, rest)) => {
                    let first = self.qualified_text(&arguments[0]);
                    let texts: Vec<&str> = std::iter::once(first.as_str())
                        .chain(rest.iter().copied())
                        .collect();
                    display(function.display, function.name, name, &texts)
                }
                None => sql,
            };
            return Err(Error::new(
                &conditions::WINDOW_FRAME_NOT_ORDERED,
                [("wf_expr", wf_expr), ("wf_name", function.name.to_string())],
            ));
        }
        let (frame, frame_sql) = self.frame_of(function, spec, resolved, &arguments, origin)?;
        let bound = self.bound(&arguments);
        let config = self.analyzer.config();
        let context = BindContext {
            config: &config,
            name,
            sql: &sql,
        };
        let binding = (function.bind)(&context, &bound)?;
        let arguments = self.coerced(std::mem::take(&mut arguments), &binding.arguments, origin);
        let call = WindowCall {
            function: WindowFunctionCall::Window {
                function,
                kernel: binding.kernel,
                arguments,
                ignore_nulls: call.ignore_nulls == Some(true),
                data_type: binding.returns,
                nullable: binding.nullable,
            },
            frame,
        };
        Ok((call, over(&sql, resolved, &frame_sql)))
    }

    /// The spelling of an argument, with its table if it is a column.
    fn qualified_text(&self, typed: &Typed) -> String {
        let Expr::Column(column) = &typed.expr else {
            return typed.sql.clone();
        };
        let mut found = self
            .scopes
            .iter()
            .filter_map(|scope| scope.by_id(column.id));
        found
            .next()
            .map_or_else(|| typed.sql.clone(), |column| column.full_name().join("."))
    }

    /// The frame of a function for windows only.
    fn frame_of(
        &mut self,
        function: &WindowFunction,
        spec: &WindowSpec,
        resolved: &Specification,
        arguments: &[Typed],
        origin: &Option<Origin>,
    ) -> Result<(Frame, String)> {
        let (unit, offset) = match function.frame {
            FrameRule::Any => return self.frame(spec, resolved, origin),
            FrameRule::Rows => (FrameUnit::Rows, None),
            FrameRule::Range => (FrameUnit::Range, None),
            FrameRule::Offset(sign) => {
                let given = arguments
                    .get(1)
                    .map(|typed| self.analyzer.fold(&typed.expr));
                let given = given.transpose()?.flatten();
                let offset = given.map_or(Some(1), |value| value.as_i64()).unwrap_or(1);
                (FrameUnit::Rows, Some(i64::from(sign) * offset))
            }
        };
        let (frame, sql) = match offset {
            Some(offset) => (
                Frame {
                    unit,
                    start: Bound::Rows(offset),
                    end: Bound::Rows(offset),
                },
                format!("ROWS BETWEEN {offset} FOLLOWING AND {offset} FOLLOWING"),
            ),
            None => (
                Frame {
                    unit,
                    start: Bound::Unbounded,
                    end: Bound::CurrentRow,
                },
                format!(
                    "{} BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW",
                    unit_name(unit)
                ),
            ),
        };
        if spec.frame.is_some() {
            let (_, written) = self.frame(spec, resolved, origin)?;
            if written != sql {
                return Err(Error::new(
                    &conditions::WINDOW_FRAME_MUST_MATCH,
                    [("wf", written), ("required", sql)],
                ));
            }
        }
        Ok((frame, sql))
    }

    /// The window of a reference, names of the WINDOW clause looked up.
    fn window_spec(&self, window: &WindowReference) -> Result<WindowSpec> {
        let named = |name: &str| {
            let known = self
                .environment
                .windows
                .iter()
                .find(|(known, _)| self.analyzer.same_name(known, name));
            match known {
                Some((_, spec)) => self.window_spec(&WindowReference::Spec(spec.clone())),
                None => Err(Error::new(
                    &conditions::MISSING_WINDOW_SPECIFICATION,
                    [("windowName", name)],
                )),
            }
        };
        match window {
            WindowReference::Name(name) => named(name),
            WindowReference::Spec(spec) => {
                let Some(base) = &spec.base else {
                    return Ok(spec.clone());
                };
                let base = named(base)?;
                let mut merged = spec.clone();
                merged.base = None;
                if merged.partition_by.is_empty() {
                    merged.partition_by = base.partition_by;
                }
                if merged.order_by.is_empty() {
                    merged.order_by = base.order_by;
                }
                merged.frame = merged.frame.or(base.frame);
                Ok(merged)
            }
        }
    }

    fn specification(&mut self, spec: &WindowSpec) -> Result<Specification> {
        let partition = self.expressions(&spec.partition_by)?;
        let mut order_by = Vec::with_capacity(spec.order_by.len());
        let mut order = Vec::with_capacity(spec.order_by.len());
        let mut order_sql = Vec::with_capacity(spec.order_by.len());
        for key in &spec.order_by {
            let typed = self.expression(&key.expression)?;
            check_orderable(&typed)?;
            order_sql.push(sort_sql(&typed.sql, key.ascending, key.nulls_first));
            order_by.push(SortKey {
                expr: typed.expr.clone(),
                ascending: key.ascending,
                nulls_first: key.nulls_first,
            });
            order.push(typed);
        }
        let mut sql = Vec::new();
        if !partition.is_empty() {
            let texts: Vec<&str> = partition.iter().map(|typed| typed.sql.as_str()).collect();
            sql.push(format!("PARTITION BY {}", texts.join(", ")));
        }
        if !order_sql.is_empty() {
            sql.push(format!("ORDER BY {}", order_sql.join(", ")));
        }
        Ok(Specification {
            partition_by: partition.into_iter().map(|typed| typed.expr).collect(),
            order_by,
            order,
            sql,
        })
    }

    /// The written or default frame, with its spelling.
    fn frame(
        &mut self,
        spec: &WindowSpec,
        resolved: &Specification,
        origin: &Option<Origin>,
    ) -> Result<(Frame, String)> {
        let Some(written) = &spec.frame else {
            return Ok(default_frame(!resolved.order_by.is_empty()));
        };
        let start = self.bound_of(&written.start, written, resolved, true)?;
        let end = self.bound_of(&written.end, written, resolved, false)?;
        let unit = unit_name(written.unit);
        let sql = format!("{unit} BETWEEN {} AND {}", start.sql, end.sql);
        let whole = || {
            let parts = resolved.sql.iter().cloned().chain([sql.clone()]);
            format!("({})", parts.collect::<Vec<_>>().join(" "))
        };
        self.check_frame(written, resolved, (&start, &end), &sql, &whole)
            .map_err(|error| error.at(origin.as_ref()))?;
        let frame = Frame {
            unit: written.unit,
            start: start.bound,
            end: end.bound,
        };
        Ok((frame, sql))
    }

    fn check_frame(
        &self,
        written: &WindowFrame,
        resolved: &Specification,
        (start, end): (&ResolvedBound, &ResolvedBound),
        sql: &str,
        whole: &dyn Fn() -> String,
    ) -> Result<()> {
        let frame = ("sqlExpr", quote::sql_expression(sql));
        let has_value = start.value.is_some() || end.value.is_some();
        if written.unit == FrameUnit::Range {
            check_range_types(written, (start, end), sql)?;
        }
        if written.unit == FrameUnit::Range && has_value {
            let spec = ("sqlExpr", quote::sql_expression(&whole()));
            match resolved.order.as_slice() {
                [] => return Err(Error::new(&conditions::RANGE_FRAME_WITHOUT_ORDER, [spec])),
                [key] => {
                    for (bound, _) in [(start, true), (end, false)] {
                        let Some(value) = &bound.value else { continue };
                        if !range_goes_with(&key.data_type(), &value.data_type()) {
                            return Err(Error::new(
                                &conditions::RANGE_FRAME_INVALID_TYPE,
                                [
                                    spec,
                                    ("orderSpecType", quote::sql_type(&key.data_type())),
                                    ("valueBoundaryType", quote::sql_type(&value.data_type())),
                                ],
                            ));
                        }
                    }
                }
                several => {
                    let keys: Vec<&str> = several.iter().map(|typed| typed.sql.as_str()).collect();
                    let order = ("orderSpec", format!("\"{}\"", keys.join(", ")));
                    return Err(Error::new(
                        &conditions::RANGE_FRAME_MULTI_ORDER,
                        [spec, order],
                    ));
                }
            }
        }
        if matches!(written.start, FrameBound::UnboundedFollowing)
            || matches!(written.end, FrameBound::UnboundedPreceding)
        {
            return Err(Error::new(
                &conditions::SPECIFIED_WINDOW_FRAME_INVALID_BOUND,
                [
                    frame,
                    ("upper", quote::sql_expression(&end.sql)),
                    ("lower", quote::sql_expression(&start.sql)),
                ],
            ));
        }
        if let (Bound::Rows(low), Bound::Rows(high)) = (&start.bound, &end.bound)
            && low > high
        {
            let comparison = ("comparison", "less than or equal".to_string());
            return Err(Error::new(
                &conditions::SPECIFIED_WINDOW_FRAME_WRONG_COMPARISON,
                [frame, comparison],
            ));
        }
        Ok(())
    }

    fn bound_of(
        &mut self,
        written: &FrameBound,
        frame: &WindowFrame,
        resolved: &Specification,
        is_start: bool,
    ) -> Result<ResolvedBound> {
        let special = |bound: Bound, sql: &str| ResolvedBound {
            bound,
            sql: sql.to_string(),
            value: None,
        };
        let (value, preceding) = match written {
            FrameBound::UnboundedPreceding => {
                return Ok(special(Bound::Unbounded, "UNBOUNDED PRECEDING"));
            }
            FrameBound::UnboundedFollowing => {
                return Ok(special(Bound::Unbounded, "UNBOUNDED FOLLOWING"));
            }
            FrameBound::CurrentRow => return Ok(special(Bound::CurrentRow, "CURRENT ROW")),
            FrameBound::Preceding(value) => (value, true),
            FrameBound::Following(value) => (value, false),
        };
        let typed = self.inside(Inside::Window, |inner| inner.expression(value))?;
        let location = if is_start { "lower" } else { "upper" };
        let direction = if preceding { "PRECEDING" } else { "FOLLOWING" };
        let sql = format!("{} {direction}", typed.sql);
        let constant = self.analyzer.fold(&typed.expr)?;
        let Some(constant) = constant else {
            return Err(Error::new(
                &conditions::SPECIFIED_WINDOW_FRAME_WITHOUT_FOLDABLE,
                [
                    ("sqlExpr", quote::sql_expression(&sql)),
                    ("location", location.to_string()),
                    ("expression", quote::sql_expression(&typed.sql)),
                ],
            )
            .at(value.origin.as_ref()));
        };
        if frame.unit == FrameUnit::Rows {
            let rows = matches!(typed.data_type(), DataType::Integer).then(|| constant.as_i64());
            let Some(rows) = rows.flatten() else {
                return Err(Error::new(
                    &conditions::SPECIFIED_WINDOW_FRAME_UNACCEPTED_TYPE,
                    [
                        ("sqlExpr", quote::sql_expression(&sql)),
                        ("location", location.to_string()),
                        ("exprType", quote::sql_type(&typed.data_type())),
                        ("expectedType", quote::sql_type(&DataType::Integer)),
                    ],
                ));
            };
            let rows = if preceding { -rows } else { rows };
            return Ok(ResolvedBound {
                bound: Bound::Rows(rows),
                sql,
                value: None,
            });
        }
        self.range_bound(typed, constant, preceding, sql, resolved)
    }

    /// A bound of a RANGE frame: the sort key moved by the value.
    fn range_bound(
        &mut self,
        value: Typed,
        constant: Value,
        preceding: bool,
        sql: String,
        resolved: &Specification,
    ) -> Result<ResolvedBound> {
        let ([key], [sort]) = (resolved.order.as_slice(), resolved.order_by.as_slice()) else {
            // The frame's check reports it.
            return Ok(ResolvedBound {
                bound: Bound::CurrentRow,
                sql,
                value: Some(value),
            });
        };
        let key_type = key.data_type();
        let mut value = value;
        let mut sql = sql;
        if !key_type.is_datetime()
            && value.data_type() != key_type
            && can_cast(&value.data_type(), &key_type, self.analyzer.ansi())
        {
            if preceding {
                sql = format!("(- {}) FOLLOWING", value.sql);
            }
            value.expr = self.coerce(value.expr, &key_type, &value.origin.clone());
        }
        if !range_goes_with(&key_type, &value.data_type()) {
            return Ok(ResolvedBound {
                bound: Bound::CurrentRow,
                sql,
                value: Some(value),
            });
        }
        let _ = constant;
        let backwards = preceding == sort.ascending;
        let is_days = matches!(
            (&key_type, value.data_type()),
            (DataType::Date, DataType::Integer)
        );
        let operator = match (is_days, backwards) {
            (true, true) => "date_sub",
            (true, false) => "date_add",
            (false, true) => "-",
            (false, false) => "+",
        };
        let at = self.call_built_in(operator, vec![key.clone(), value.clone()], &value.origin)?;
        let at = self.coerce(at.expr, &key_type, &value.origin);
        Ok(ResolvedBound {
            bound: Bound::Range(at),
            sql,
            value: Some(value),
        })
    }
}

/// A bound with its spelling and, for RANGE, its value.
struct ResolvedBound {
    bound: Bound,
    sql: String,
    value: Option<Typed>,
}

/// The types of a RANGE frame's bounds: numbers or intervals, and the same on both sides.
fn check_range_types(
    written: &WindowFrame,
    (start, end): (&ResolvedBound, &ResolvedBound),
    sql: &str,
) -> Result<()> {
    const EXPECTED: &str = "(\"NUMERIC\" or \"INTERVAL DAY TO SECOND\" or \
                            \"INTERVAL YEAR TO MONTH\" or \"INTERVAL\")";
    let frame = ("sqlExpr", quote::sql_expression(sql));
    for (bound, location) in [(start, "lower"), (end, "upper")] {
        let Some(value) = &bound.value else { continue };
        let data_type = value.data_type();
        let accepted = data_type.is_numeric()
            || data_type.is_ansi_interval()
            || matches!(data_type, DataType::CalendarInterval | DataType::Null);
        if !accepted {
            return Err(Error::new(
                &conditions::SPECIFIED_WINDOW_FRAME_UNACCEPTED_TYPE,
                [
                    frame,
                    ("location", location.to_string()),
                    ("exprType", quote::sql_type(&data_type)),
                    ("expectedType", EXPECTED.to_string()),
                ],
            ));
        }
    }
    let (Some(lower), Some(upper)) = (&start.value, &end.value) else {
        return Ok(());
    };
    if lower.data_type() == upper.data_type() {
        return Ok(());
    }
    let signed = |bound: &FrameBound, value: &Typed| match bound {
        FrameBound::Preceding(_) => format!("(- {})", value.sql),
        _ => value.sql.clone(),
    };
    Err(Error::new(
        &conditions::SPECIFIED_WINDOW_FRAME_DIFF_TYPES,
        [
            frame,
            (
                "lower",
                quote::sql_expression(&signed(&written.start, lower)),
            ),
            ("upper", quote::sql_expression(&signed(&written.end, upper))),
            ("lowerType", quote::sql_type(&lower.data_type())),
            ("upperType", quote::sql_type(&upper.data_type())),
        ],
    ))
}

/// Whether a sort key of one type can be moved by a value of the other.
fn range_goes_with(key: &DataType, value: &DataType) -> bool {
    use DataType::*;
    match (key, value) {
        (Date, Integer | YearMonthInterval { .. } | DayTimeInterval { .. }) => true,
        (
            Timestamp | TimestampNtz,
            CalendarInterval | YearMonthInterval { .. } | DayTimeInterval { .. },
        ) => true,
        (a, b) => a == b && (a.is_numeric() || a.is_ansi_interval()),
    }
}

fn unit_name(unit: FrameUnit) -> &'static str {
    match unit {
        FrameUnit::Rows => "ROWS",
        FrameUnit::Range => "RANGE",
    }
}

fn default_frame(ordered: bool) -> (Frame, String) {
    let (unit, end, sql) = if ordered {
        (FrameUnit::Range, Bound::CurrentRow, "CURRENT ROW")
    } else {
        (FrameUnit::Rows, Bound::Unbounded, "UNBOUNDED FOLLOWING")
    };
    let sql = format!("{} BETWEEN UNBOUNDED PRECEDING AND {sql}", unit_name(unit));
    let frame = Frame {
        unit,
        start: Bound::Unbounded,
        end,
    };
    (frame, sql)
}

/// `sum(x) OVER (PARTITION BY a ROWS …)`
fn over(function: &str, spec: &Specification, frame: &str) -> String {
    let parts: Vec<&str> = spec.sql.iter().map(String::as_str).chain([frame]).collect();
    format!("{function} OVER ({})", parts.join(" "))
}

fn not_for_windows(sql: &str) -> Error {
    Error::new(
        &conditions::UNSUPPORTED_EXPR_FOR_WINDOW,
        [("sqlExpr", quote::sql_expression(sql))],
    )
}

fn distinct_window(_: &FunctionCall, name: &str) -> Error {
    Error::new(
        &conditions::DISTINCT_WINDOW_FUNCTION_UNSUPPORTED,
        [("windowExpr", quote::sql_expression(name))],
    )
}

/// `DATATYPE_MISMATCH.INVALID_ORDERING_TYPE` unless a key can be sorted by.
pub(super) fn check_orderable(typed: &Typed) -> Result<()> {
    let data_type = typed.data_type();
    if data_type.is_orderable() || data_type == DataType::Null {
        return Ok(());
    }
    let key = format!("{} ASC NULLS FIRST", typed.sql);
    Err(Error::new(
        &conditions::DATATYPE_MISMATCH_INVALID_ORDERING_TYPE,
        [
            ("functionName", quote::identifier("sortorder")),
            ("dataType", quote::sql_type(&data_type)),
            ("sqlExpr", quote::sql_expression(&key)),
        ],
    ))
}

impl Windows {
    /// The column of a call: that of an equal one that is there already, or `column`.
    fn add(
        &mut self,
        spec: Specification,
        call: WindowCall,
        sql: String,
        column: crate::expr::Attribute,
    ) -> crate::expr::Attribute {
        let same_keys = |group: &&mut WindowGroup| {
            let same_all = |a: &[Expr], b: &[Expr]| {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.same(b))
            };
            same_all(&group.partition_by, &spec.partition_by)
                && group.order_by.len() == spec.order_by.len()
                && group.order_by.iter().zip(&spec.order_by).all(|(a, b)| {
                    a.ascending == b.ascending
                        && a.nulls_first == b.nulls_first
                        && a.expr.same(&b.expr)
                })
        };
        // A window over the results of others comes behind them.
        let uses = |group: &WindowGroup| {
            let made = |id: &ColumnId| group.calls.iter().any(|(column, _, _)| column.id == *id);
            let order = spec.order_by.iter().map(|key| &key.expr);
            let keys = spec.partition_by.iter().chain(order);
            keys.chain(call.expressions())
                .any(|expr| expr.references().iter().any(made))
        };
        let first = self
            .groups
            .iter()
            .rposition(uses)
            .map_or(0, |last| last + 1);
        match self.groups[first..].iter_mut().find(same_keys) {
            Some(group) => group.calls.push((column.clone(), call, sql)),
            None => self.groups.push(WindowGroup {
                partition_by: spec.partition_by,
                order_by: spec.order_by,
                calls: vec![(column.clone(), call, sql)],
            }),
        }
        column
    }

    /// Rewrites all expressions.
    pub fn map_expressions(&mut self, f: &mut impl FnMut(Expr) -> Expr) {
        let mut each = |expr: &mut Expr| {
            let taken = std::mem::replace(expr, Expr::boolean(true));
            *expr = f(taken);
        };
        for group in &mut self.groups {
            group.partition_by.iter_mut().for_each(&mut each);
            group
                .order_by
                .iter_mut()
                .for_each(|key| each(&mut key.expr));
            for (_, call, _) in &mut group.calls {
                *call = call.clone().map_expressions(&mut |mut expr| {
                    each(&mut expr);
                    expr
                });
            }
        }
    }

    /// All expressions.
    pub fn expressions(&self) -> impl Iterator<Item = &Expr> {
        self.groups.iter().flat_map(|group| {
            let order = group.order_by.iter().map(|key| &key.expr);
            let calls = group
                .calls
                .iter()
                .flat_map(|(_, call, _)| call.expressions());
            group.partition_by.iter().chain(order).chain(calls)
        })
    }

    /// Window nodes over a plan.
    pub fn over(self, mut plan: LogicalPlan) -> LogicalPlan {
        for group in self.groups {
            let calls = group.calls.into_iter();
            plan = LogicalPlan::Window(Window {
                input: Box::new(plan),
                partition_by: group.partition_by,
                order_by: group.order_by,
                calls: calls.map(|(column, call, _)| (column, call)).collect(),
            });
        }
        plan
    }
}
