//! Grouping by windows of time: `window(t, '10 minutes', '5 minutes')` and `session_window(t, '5 minutes')`.
//!
//! ```text
//!   SELECT window.start, count(*) FROM t GROUP BY window(ts, '10 minutes', '5 minutes')
//!
//!   Aggregate   window
//!   Filter      start <= ts < end                  an event is in none, one or several windows
//!   Expand      (t.*, window 0) (t.*, window 1)    as many as can overlap
//!   t
//! ```
//!
//! The window becomes a column below the operator, which its call and the name `window` then mean. Windows that
//! do not overlap need a Project instead of the Expand. Sessions are found with window functions, per group
//! of the other keys: an event that comes after the end of all before it begins a session.
//!
//! Limits: one window per operator, as in Spark. Elsewhere than in a select list and GROUP BY only windows that
//! do not overlap are taken.

use super::Analyzer;
use super::aggregate_call::plain_call;
use super::call::check_arity;
use super::environment::Environment;
use super::expression::{Clause, Resolver, coerce};
use super::resolved::Resolved;
use super::syntax;
use super::typed::Typed;
use crate::error::{Error, Origin, Result, conditions, quote};
use crate::expr::{
    Attribute, Bound, Expr, Frame, FrameUnit, NamedExpr, SortKey, WindowCall, WindowFunctionCall,
};
use crate::functions::scalar::datetime::windows::window_type;
use crate::functions::scalar::{Arity, SpecialForm};
use crate::kernel::interval_text::parse_calendar;
use crate::plan::LogicalPlan;
use crate::plan::logical::{Expand, Filter, Project, Window};
use crate::plan::unresolved::{Expression, ExpressionKind};
use crate::types::{CalendarInterval, DataType, Value};

/// Windows of fixed length.
#[derive(Debug, Clone)]
struct FixedWindow {
    time: Typed,
    /// Microseconds, as the next two.
    duration: i64,
    slide: i64,
    start: i64,
}

/// Sessions, before they are formed.
#[derive(Debug, Clone)]
pub(super) struct SessionWindow {
    /// The time of an event.
    start: Expr,
    /// When the session is over unless another event comes.
    end: Expr,
    /// The column of the session.
    attribute: Attribute,
}

/// A call of `window` or `session_window`.
#[derive(Debug, Clone)]
enum TimeWindow {
    Fixed(FixedWindow),
    Session(Typed, Typed),
}

impl Analyzer<'_> {
    /// The input of an operator with the window of time that its expressions ask for, if any. A session's column
    /// is known to the scope, but made by [`SessionWindow::over`] once the other keys are known.
    pub(super) fn with_time_window<'e>(
        &self,
        input: Resolved,
        expressions: impl Iterator<Item = &'e Expression>,
        environment: &Environment,
    ) -> Result<(Resolved, Option<SessionWindow>)> {
        let mut calls = Vec::new();
        for expression in expressions {
            syntax::time_windows(expression, &mut calls);
        }
        calls.retain(|(name, _)| self.catalog.function(name).is_none());
        let mut found: Option<(String, TimeWindow)> = None;
        for (name, expression) in calls {
            let scopes = [&input.scope];
            let mut resolver = Resolver::new(self, environment, &scopes, Clause::Select);
            let ExpressionKind::Function(call) = &*expression.kind else {
                continue;
            };
            let window = (resolver.arguments(&call.arguments))
                .and_then(|arguments| resolver.time_window(&name, arguments, &expression.origin))
                .map_err(|error| error.at(expression.origin.as_ref()))?;
            if !resolver.subqueries.is_empty() {
                return Err(Error::unsupported("subqueries in windows of time"));
            }
            match &found {
                Some((known, other)) if *known != name || !self.same_window(other, &window) => {
                    return Err(Error::of(&conditions::LEGACY_1039).at(expression.origin.as_ref()));
                }
                _ => found = Some((name, window)),
            }
        }
        let Some((name, window)) = found else {
            return Ok((input, None));
        };
        let Resolved {
            plan, mut scope, ..
        } = input;
        let (plan, attribute, session) = match window {
            TimeWindow::Fixed(window) => {
                let (plan, attribute) = self.fixed_windows(plan, window)?;
                (plan, attribute, None)
            }
            TimeWindow::Session(start, end) => {
                let attribute = self.column(&name, window_type(&start.data_type()), false);
                let session = SessionWindow {
                    start: start.expr,
                    end: end.expr,
                    attribute: attribute.clone(),
                };
                (plan, attribute, Some(session))
            }
        };
        scope.time_window = Some(attribute);
        Ok((Resolved::new(plan, scope), session))
    }

    fn same_window(&self, a: &TimeWindow, b: &TimeWindow) -> bool {
        match (a, b) {
            (TimeWindow::Fixed(a), TimeWindow::Fixed(b)) => {
                (a.duration, a.slide, a.start) == (b.duration, b.slide, b.start)
                    && self.equivalent(&a.time.expr, &b.time.expr)
            }
            (TimeWindow::Session(a, b), TimeWindow::Session(c, d)) => {
                self.equivalent(&a.expr, &c.expr) && self.equivalent(&b.expr, &d.expr)
            }
            _ => false,
        }
    }

    /// The rows with each of the windows they lie in.
    fn fixed_windows(
        &self,
        plan: LogicalPlan,
        window: FixedWindow,
    ) -> Result<(LogicalPlan, Attribute)> {
        let count = window
            .duration
            .unsigned_abs()
            .div_ceil(window.slide.unsigned_abs());
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        let attribute = self.column("window", window_type(&window.time.data_type()), true);
        let passed = plan.output();
        let time = window.time.expr.clone();
        let filtered = LogicalPlan::Filter(Filter {
            input: Box::new(plan),
            predicate: is_not_null(time.clone()),
            subqueries: Vec::new(),
        });
        if count == 1 {
            let mut columns: Vec<NamedExpr> = passed.iter().map(NamedExpr::pass).collect();
            columns.push(NamedExpr {
                id: attribute.id,
                name: attribute.name.clone(),
                expr: window.number(0)?,
            });
            let plan = LogicalPlan::Project(Project {
                input: Box::new(filtered),
                expressions: columns,
                subqueries: Vec::new(),
            });
            if window.duration == window.slide {
                return Ok((plan, attribute));
            }
            return Ok((inside(plan, &attribute, time)?, attribute));
        }
        let projections = (0..count).map(|number| {
            let mut row: Vec<Expr> = passed.iter().cloned().map(Expr::Column).collect();
            row.push(window.number(number)?);
            Ok(row)
        });
        let plan = LogicalPlan::Expand(Expand {
            input: Box::new(filtered),
            projections: projections.collect::<Result<_>>()?,
            output: passed.iter().chain([&attribute]).cloned().collect(),
        });
        Ok((inside(plan, &attribute, time)?, attribute))
    }
}

/// Only rows whose time is in the window.
fn inside(plan: LogicalPlan, window: &Attribute, time: Expr) -> Result<LogicalPlan> {
    let part = |ordinal: i32| {
        let ordinal = Expr::literal(ordinal, DataType::Integer);
        Expr::call(".", vec![Expr::Column(window.clone()), ordinal])
    };
    let predicate = Expr::all(vec![
        Expr::call(">=", vec![time.clone(), part(0)?])?,
        Expr::call("<", vec![time, part(1)?])?,
    ]);
    Ok(LogicalPlan::Filter(Filter {
        input: Box::new(plan),
        predicate,
        subqueries: Vec::new(),
    }))
}

fn is_not_null(operand: Expr) -> Expr {
    Expr::IsNull {
        operand: Box::new(operand),
        negated: true,
    }
}

impl FixedWindow {
    /// The window of a number, counted back from the last that has begun.
    fn number(&self, number: i64) -> Result<Expr> {
        let long = |value: i64| Expr::literal(value, DataType::Long);
        Expr::call(
            "time_window",
            vec![
                self.time.expr.clone(),
                long(self.duration),
                long(self.slide),
                long(self.start),
                long(number),
            ],
        )
    }
}

impl SessionWindow {
    /// The rows with the column of their session; sessions are formed within each combination of `keys`.
    pub(super) fn over(
        self,
        plan: LogicalPlan,
        keys: &[Expr],
        analyzer: &Analyzer,
    ) -> Result<LogicalPlan> {
        let own = Expr::Column(self.attribute.clone());
        let keys: Vec<Expr> = (keys.iter())
            .filter(|key| !key.same(&own))
            .cloned()
            .collect();
        let passed = plan.output();
        let time = self.start.data_type();
        let named = |attribute: &Attribute, expr: Expr| NamedExpr {
            id: attribute.id,
            name: attribute.name.clone(),
            expr,
        };
        let project = |plan: LogicalPlan, kept: &[Attribute], made: NamedExpr| {
            let kept = kept.iter().map(NamedExpr::pass);
            LogicalPlan::Project(Project {
                input: Box::new(plan),
                expressions: kept.chain([made]).collect(),
                subqueries: Vec::new(),
            })
        };
        let plan = LogicalPlan::Filter(Filter {
            input: Box::new(plan),
            predicate: Expr::all(vec![
                is_not_null(self.start.clone()),
                Expr::call(">", vec![self.end.clone(), self.start.clone()])?,
            ]),
            subqueries: Vec::new(),
        });
        let start = analyzer.column("start", time.clone(), false);
        let end = analyzer.column("end", time, false);
        let plan = project(plan, &passed, named(&start, self.start));
        let kept: Vec<Attribute> = passed.iter().chain([&start]).cloned().collect();
        let plan = project(plan, &kept, named(&end, self.end));
        let kept: Vec<Attribute> = kept.iter().chain([&end]).cloned().collect();

        let config = analyzer.config();
        let rows = |start: Bound, end: Bound| Frame {
            unit: FrameUnit::Rows,
            start,
            end,
        };
        let before = rows(Bound::Unbounded, Bound::Rows(-1));
        let so_far = rows(Bound::Unbounded, Bound::CurrentRow);
        let whole = rows(Bound::Unbounded, Bound::Unbounded);
        let call = |name: &'static str, argument: Expr, frame: Frame| -> Result<_> {
            let call = WindowCall {
                function: WindowFunctionCall::Aggregate(plain_call(name, vec![argument], &config)?),
                frame,
            };
            let column = analyzer.column(name, call.data_type().clone(), true);
            Ok((column, call))
        };
        let window = |plan, partition_by: Vec<Expr>, ordered: bool, calls| {
            let by_start = SortKey {
                expr: Expr::Column(start.clone()),
                ascending: true,
                nulls_first: true,
            };
            LogicalPlan::Window(Window {
                input: Box::new(plan),
                partition_by,
                order_by: ordered.then_some(by_start).into_iter().collect(),
                calls,
            })
        };
        let column = |attribute: &Attribute| Expr::Column(attribute.clone());

        let (last_end, call_last_end) = call("max", column(&end), before)?;
        let plan = window(
            plan,
            keys.clone(),
            true,
            vec![(last_end.clone(), call_last_end)],
        );
        let goes_on = Expr::call("<=", vec![column(&start), column(&last_end)])?;
        let begins = analyzer.column("begins", DataType::Integer, false);
        let number = |value: i32| Expr::literal(value, DataType::Integer);
        let flag = Expr::Case {
            branches: vec![(goes_on, number(0))],
            otherwise: Some(Box::new(number(1))),
            data_type: DataType::Integer,
        };
        let plan = project(plan, &kept, named(&begins, flag));
        let (session, call_session) = call("sum", column(&begins), so_far)?;
        let plan = window(
            plan,
            keys.clone(),
            true,
            vec![(session.clone(), call_session)],
        );
        let mut partition = keys;
        partition.push(column(&session));
        let (first, call_first) = call("min", column(&start), whole.clone())?;
        let (last, call_last) = call("max", column(&end), whole)?;
        let calls = vec![(first.clone(), call_first), (last.clone(), call_last)];
        let plan = window(plan, partition, false, calls);
        let made = Expr::call("make_window", vec![column(&first), column(&last)])?;
        Ok(project(plan, &passed, named(&self.attribute, made)))
    }
}

impl Resolver<'_> {
    /// `window(..)`, `session_window(..)` and `window_time(..)` in an expression.
    pub(super) fn time_window_call(
        &mut self,
        form: SpecialForm,
        name: &str,
        mut arguments: Vec<Typed>,
        origin: &Option<Origin>,
    ) -> Result<Typed> {
        if form == SpecialForm::WindowTime {
            let sql = format!("window_time({})", arguments[0].sql);
            let window = arguments.swap_remove(0);
            return Ok(Typed {
                sql,
                name: None,
                ..self.last_moment(window, origin)?
            });
        }
        if let Some(typed) = self.time_window_column(name, origin) {
            return Ok(typed);
        }
        let expr = match self.time_window(name, arguments, origin)? {
            TimeWindow::Fixed(window) if window.duration == window.slide => window.number(0)?,
            TimeWindow::Fixed(_) => {
                return Err(Error::unsupported(
                    "overlapping windows of time in this clause",
                ));
            }
            TimeWindow::Session(start, end) => {
                Expr::call("make_window", vec![start.expr, end.expr])?
            }
        };
        Ok(Typed::new(expr, name.to_string(), origin.clone()))
    }

    /// The column of the operator's window of time, if it has one of this name.
    pub(super) fn time_window_column(&self, name: &str, origin: &Option<Origin>) -> Option<Typed> {
        let known = self
            .scopes
            .iter()
            .find_map(|scope| scope.time_window.clone());
        let column = known.filter(|column| self.analyzer.same_name(&column.name, name))?;
        let name = column.name.to_string();
        Some(Typed {
            name: Some(name.clone()),
            ..Typed::new(Expr::Column(column), name, origin.clone())
        })
    }

    /// The call with its durations settled.
    fn time_window(
        &mut self,
        name: &str,
        arguments: Vec<Typed>,
        origin: &Option<Origin>,
    ) -> Result<TimeWindow> {
        let arity = match name {
            "session_window" => Arity::Exact(2),
            _ => Arity::OneOf(&[2, 3, 4]),
        };
        check_arity(name, arity, arguments.len())?;
        let mut arguments = arguments.into_iter();
        let Some(time) = arguments.next() else {
            return Err(Error::internal("a window of time without a time"));
        };
        if name == "session_window" {
            let Some(gap) = arguments.next() else {
                return Err(Error::internal("a session without a gap"));
            };
            let sql = format!("session_window({}, {})", time.sql, gap.sql);
            let time = self.time_of(time, &sql, origin)?;
            let interval = DataType::CalendarInterval;
            let accepted = matches!(
                gap.data_type(),
                DataType::String | DataType::CalendarInterval | DataType::Null
            );
            if !accepted {
                return Err(Error::new(
                    &conditions::DATATYPE_MISMATCH_UNEXPECTED_INPUT_TYPE,
                    [
                        ("sqlExpr", quote::sql_expression(&sql)),
                        ("paramIndex", "second".to_string()),
                        ("requiredType", quote::sql_type(&interval)),
                        ("inputSql", quote::sql_expression(&gap.sql)),
                        ("inputType", quote::sql_type(&gap.data_type())),
                    ],
                ));
            }
            let gap = Typed {
                expr: coerce(gap.expr.clone(), &interval, self.analyzer.ansi(), origin),
                ..gap
            };
            let end = self.call_built_in("+", vec![time.clone(), gap], origin)?;
            return Ok(TimeWindow::Session(time, end));
        }
        let mut durations = Vec::with_capacity(3);
        for argument in arguments {
            durations.push(microseconds(&argument)?);
        }
        let duration = durations.first().copied().unwrap_or_default();
        let slide = durations.get(1).copied().unwrap_or(duration);
        let start = durations.get(2).copied().unwrap_or_default();
        let sql = format!("window({}, {duration}, {slide}, {start})", time.sql);
        let time = self.time_of(time, &sql, origin)?;
        for (name, value) in [("window_duration", duration), ("slide_duration", slide)] {
            if value <= 0 {
                return Err(Error::new(
                    &conditions::DATATYPE_MISMATCH_VALUE_OUT_OF_RANGE,
                    [
                        ("sqlExpr", quote::sql_expression(&sql)),
                        ("exprName", quote::identifier(name)),
                        ("valueRange", format!("(0, {}]", i64::MAX)),
                        ("currentValue", format!("{value}L")),
                    ],
                ));
            }
        }
        let rules = [
            (
                slide <= duration,
                "slide_duration",
                slide,
                "<=",
                "window_duration",
                duration,
            ),
            (
                start.saturating_abs() < slide,
                "abs(start_time)",
                start.saturating_abs(),
                "<",
                "slide_duration",
                slide,
            ),
        ];
        for (holds, left, left_value, constraint, right, right_value) in rules {
            if !holds {
                return Err(Error::new(
                    &conditions::DATATYPE_MISMATCH_PARAMETER_CONSTRAINT_VIOLATION,
                    [
                        ("sqlExpr", quote::sql_expression(&sql)),
                        ("leftExprName", quote::identifier(left)),
                        ("leftExprValue", format!("{left_value}L")),
                        ("constraint", constraint.to_string()),
                        ("rightExprName", quote::identifier(right)),
                        ("rightExprValue", format!("{right_value}L")),
                    ],
                ));
            }
        }
        Ok(TimeWindow::Fixed(FixedWindow {
            time,
            duration,
            slide,
            start,
        }))
    }

    /// The moment that decides the window: a timestamp, or the last of another window.
    fn time_of(&mut self, time: Typed, sql: &str, origin: &Option<Origin>) -> Result<Typed> {
        let is_window = |data_type: &DataType| {
            [DataType::Timestamp, DataType::TimestampNtz]
                .iter()
                .any(|time| data_type.as_nullable() == window_type(time).as_nullable())
        };
        match time.data_type() {
            DataType::Timestamp | DataType::TimestampNtz => Ok(time),
            other if is_window(&other) => self.last_moment(time, origin),
            DataType::Date | DataType::String | DataType::Null => Ok(Typed {
                expr: self.coerce(time.expr.clone(), &DataType::Timestamp, &time.origin),
                ..time
            }),
            other => {
                let required = "(\"(TIMESTAMP OR TIMESTAMP WITHOUT TIME ZONE)\" or \
                                \"STRUCT<start: TIMESTAMP, end: TIMESTAMP>\" or \
                                \"STRUCT<start: TIMESTAMP_NTZ, end: TIMESTAMP_NTZ>\")";
                Err(Error::new(
                    &conditions::DATATYPE_MISMATCH_UNEXPECTED_INPUT_TYPE,
                    [
                        ("sqlExpr", quote::sql_expression(sql)),
                        ("paramIndex", "first".to_string()),
                        ("requiredType", required.to_string()),
                        ("inputSql", quote::sql_expression(&time.sql)),
                        ("inputType", quote::sql_type(&other)),
                    ],
                ))
            }
        }
    }

    /// The last microsecond of a window.
    fn last_moment(&mut self, window: Typed, origin: &Option<Origin>) -> Result<Typed> {
        let end = self.field(window, "end", origin)?;
        let microsecond = Expr::literal(Value::DayTimeInterval(1), DataType::DAY_TIME);
        let microsecond = Typed::new(microsecond, "INTERVAL '00.000001' SECOND", None);
        self.call_built_in("-", vec![end, microsecond], origin)
    }
}

/// A duration in microseconds: an integer, or a string with an interval without months.
fn microseconds(argument: &Typed) -> Result<i64> {
    let Expr::Literal(literal) = &argument.expr else {
        return Err(Error::of(&conditions::LEGACY_1207));
    };
    match &literal.value {
        Value::Integer(value) => Ok(i64::from(*value)),
        Value::Long(value) => Ok(*value),
        Value::String(text) => {
            let unreadable = || {
                Error::new(
                    &conditions::CANNOT_PARSE_INTERVAL,
                    [("intervalString", format!("'{text}'"))],
                )
            };
            let interval = parse_calendar(text).map_err(|_| unreadable())?;
            let CalendarInterval {
                months,
                days,
                microseconds,
            } = interval;
            if months != 0 {
                let interval = ("interval", text.to_string());
                return Err(Error::new(&conditions::LEGACY_3231, [interval]));
            }
            const MICROS_PER_DAY: i64 = 86_400_000_000;
            (i64::from(days).checked_mul(MICROS_PER_DAY))
                .and_then(|day| day.checked_add(microseconds))
                .ok_or_else(unreadable)
        }
        _ => Err(Error::of(&conditions::LEGACY_1207)),
    }
}
