//! Operators on dates, timestamps and intervals.
//!
//! ```text
//!   date + int                  DATE            date - date             INTERVAL DAY
//!   date ± INTERVAL DAY         DATE            timestamp - timestamp   INTERVAL DAY TO SECOND
//!   date ± other day-time       TIMESTAMP       interval ± interval     the wider of both
//!   date ± year-month           DATE            interval * number       YEAR TO MONTH, DAY TO SECOND
//!   timestamp ± interval        its type        interval / number       the same
//!   string ± interval           STRING          interval div interval   BIGINT
//! ```

use super::failure_mode;
use crate::error::{Error, Result, conditions};
use crate::functions::signature::{
    Nullable, ScalarBinding, binding, cast_arguments, unexpected_type,
};
use crate::functions::{BindContext, BoundArgument};
use crate::kernel::Column;
use crate::kernel::arithmetic::{FailureMode, Operator, overflow_error};
use crate::kernel::calendar::{MICROS_PER_DAY, add_months};
use crate::kernel::cast::{Cast, Mode, decimal_to_f64, power_of_ten};
use crate::kernel::lift::{map2, try_map2, typed};
use crate::kernel::temporal::{
    calendar_negated, calendar_scaled, calendar_sum, rounded, timestamp_difference, timestamp_plus,
    timestamp_plus_day_time,
};
use crate::kernel::time_zone::TimeZone;
use crate::kernel::value::{calendar_from_arrow, calendar_to_arrow};
use crate::types::coercion::{self, Expected};
use crate::types::{DataType, DayTimeField};
use arrow::array::ArrowPrimitiveType;
use arrow::datatypes::{
    Date32Type, Decimal64Type, Decimal128Type, DurationMicrosecondType, Float64Type, Int8Type,
    Int16Type, Int32Type, Int64Type, IntervalMonthDayNanoType, IntervalYearMonthType,
    TimestampMicrosecondType,
};

type Months = IntervalYearMonthType;
type Duration = DurationMicrosecondType;
type Calendar = IntervalMonthDayNanoType;
type Micros = TimestampMicrosecondType;

const DAYS: DataType = DataType::DayTimeInterval {
    start: DayTimeField::Day,
    end: DayTimeField::Day,
};

/// What an operand is, as far as the operators tell types apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Date,
    Timestamp,
    String,
    Null,
    /// INTERVAL DAY
    Days,
    DayTime,
    YearMonth,
    Calendar,
    Other,
}

fn kind(t: &DataType) -> Kind {
    match t {
        DataType::Date => Kind::Date,
        DataType::Timestamp | DataType::TimestampNtz => Kind::Timestamp,
        DataType::Null => Kind::Null,
        DataType::DayTimeInterval { end, .. } if *end == DayTimeField::Day => Kind::Days,
        DataType::DayTimeInterval { .. } => Kind::DayTime,
        DataType::YearMonthInterval { .. } => Kind::YearMonth,
        DataType::CalendarInterval => Kind::Calendar,
        t if t.is_string() => Kind::String,
        _ => Kind::Other,
    }
}

impl Kind {
    fn is_day_time(self) -> bool {
        matches!(self, Kind::Days | Kind::DayTime)
    }

    fn is_ansi_interval(self) -> bool {
        self.is_day_time() || self == Kind::YearMonth
    }

    fn is_interval(self) -> bool {
        self.is_ansi_interval() || self == Kind::Calendar
    }

    fn is_datetime(self) -> bool {
        matches!(self, Kind::Date | Kind::Timestamp)
    }
}

/// A call with an operand of time.
struct Operation<'a> {
    op: Operator,
    tolerant: bool,
    context: &'a BindContext<'a>,
    arguments: &'a [BoundArgument],
    /// Whether the operands stand the other way round than the kernel takes them.
    swapped: bool,
}

/// The binding, if an operand is of time and the operator has a meaning for it.
pub(super) fn bind(
    op: Operator,
    tolerant: bool,
    context: &BindContext,
    arguments: &[BoundArgument],
) -> Result<Option<ScalarBinding>> {
    let [left, right] = arguments else {
        return Ok(None);
    };
    let (l, r) = (kind(&left.data_type), kind(&right.data_type));
    let temporal = |kind: Kind| kind.is_datetime() || kind.is_interval();
    if !temporal(l) && !temporal(r) {
        return Ok(None);
    }
    let operation = |swapped| Operation {
        op,
        tolerant,
        context,
        arguments,
        swapped,
    };
    let straight = operation(false);
    let clocked = |kind: Kind| kind.is_day_time() || kind == Kind::Calendar;
    let same = (l == r && l.is_interval()) || (l.is_day_time() && r.is_day_time());
    Ok(Some(match (op, l, r) {
        (Operator::Add | Operator::Subtract, a, b) if same => return straight.sum(a, b),
        (Operator::Add | Operator::Subtract, Kind::Null, b) if b.is_ansi_interval() => {
            return straight.sum(b, b);
        }
        (Operator::Add | Operator::Subtract, a, Kind::Null) if a.is_interval() => {
            return straight.sum(a, a);
        }
        (Operator::Add | Operator::Subtract, a, Kind::YearMonth) if a.is_datetime() => {
            straight.moved(a, r)?
        }
        (Operator::Add, Kind::YearMonth, b) if b.is_datetime() => operation(true).moved(b, l)?,
        (Operator::Add | Operator::Subtract, a, b) if clocked(b) => straight.moved(a, b)?,
        (Operator::Add, a, b) if clocked(a) => operation(true).moved(b, a)?,
        (Operator::Add, a, Kind::Null) if a.is_datetime() => straight.moved(a, Kind::DayTime)?,
        (Operator::Add, Kind::Null, b) if b.is_datetime() => {
            operation(true).moved(b, Kind::DayTime)?
        }
        (Operator::Add, Kind::Date, _) => straight.date_plus_days()?,
        (Operator::Add, _, Kind::Date) => operation(true).date_plus_days()?,
        (Operator::Subtract, a, b) if a == Kind::Timestamp || b == Kind::Timestamp => {
            straight.timestamps_apart()?
        }
        (Operator::Subtract, _, Kind::Date) | (Operator::Subtract, Kind::Date, Kind::Null) => {
            straight.dates_apart()?
        }
        (Operator::Subtract, Kind::Date, Kind::String) if context.config.ansi() => {
            straight.dates_apart()?
        }
        (Operator::Subtract, Kind::Date, _) => straight.date_plus_days()?,
        (Operator::Multiply | Operator::Divide, Kind::Calendar, _) => straight.scaled(l)?,
        (Operator::Multiply, _, Kind::Calendar) => operation(true).scaled(r)?,
        (Operator::Multiply | Operator::Divide, a, _) if a.is_interval() => straight.scaled(a)?,
        (Operator::Multiply, _, b) if b.is_interval() => operation(true).scaled(b)?,
        (Operator::IntegralDivide, a, b) if a.is_interval() || b.is_interval() => {
            return straight.interval_quotient(a, b);
        }
        _ => return Ok(None),
    }))
}

/// What a string beside a date counts as, in errors.
fn promoted(context: &BindContext, beside: &DataType) -> DataType {
    if context.config.ansi() {
        beside.clone()
    } else {
        DataType::Double
    }
}

impl Operation<'_> {
    /// The operands as the kernel takes them.
    fn operands(&self) -> (&BoundArgument, &BoundArgument) {
        match self.swapped {
            false => (&self.arguments[0], &self.arguments[1]),
            true => (&self.arguments[1], &self.arguments[0]),
        }
    }

    /// The binding; types and kernel are given in the kernel's order of operands.
    fn binding(
        &self,
        types: [DataType; 2],
        returns: DataType,
        kernel: impl Fn(&Column, &Column, usize) -> Result<Column> + Send + Sync + 'static,
    ) -> ScalarBinding {
        let swapped = self.swapped;
        let [first, second] = types;
        let types = if swapped {
            vec![second, first]
        } else {
            vec![first, second]
        };
        let bound = binding(
            self.arguments,
            types,
            returns,
            move |args, rows| match swapped {
                false => kernel(&args[0], &args[1], rows),
                true => kernel(&args[1], &args[0], rows),
            },
        );
        bound.nullable_if(self.tolerant)
    }

    fn zone(&self) -> Result<TimeZone> {
        TimeZone::of(self.context.config.time_zone())
    }

    fn subtracts(&self) -> bool {
        self.op == Operator::Subtract
    }

    /// `date + n`, `date - n`.
    fn date_plus_days(&self) -> Result<ScalarBinding> {
        const SHORT: Expected = Expected::Exact(DataType::Short);
        const BYTE: Expected = Expected::Exact(DataType::Byte);
        const EXPECTED: Expected = Expected::OneOf(&[Expected::INT, SHORT, BYTE]);
        let days = self.operands().1;
        let accepted = EXPECTED.accepts(&days.data_type) || days.data_type == DataType::Null;
        if !accepted {
            let found = match days.data_type.is_string() {
                true => promoted(self.context, &DataType::Date),
                false => days.data_type.clone(),
            };
            return Err(self.not_days(found));
        }
        let subtracts = self.subtracts();
        let types = [DataType::Date, DataType::Integer];
        Ok(
            self.binding(types, DataType::Date, move |date, days, rows| {
                map2::<Date32Type, Int32Type, Date32Type>(date, days, rows, |date, days| {
                    if subtracts {
                        date.wrapping_sub(days)
                    } else {
                        date.wrapping_add(days)
                    }
                })
            }),
        )
    }

    /// The second argument of `date_add` is no number of days.
    fn not_days(&self, found: DataType) -> Error {
        let (date, days) = self.operands();
        let mut arguments = vec![date.clone(), days.clone()];
        arguments[1].data_type = found;
        let function = if self.subtracts() {
            "date_sub"
        } else {
            "date_add"
        };
        let sql = format!("{function}({}, {})", date.sql, days.sql);
        let context = BindContext {
            sql: &sql,
            ..*self.context
        };
        unexpected_type(
            &context,
            &arguments,
            1,
            "(\"INT\" or \"SMALLINT\" or \"TINYINT\")",
        )
    }

    /// What is to be moved by an interval, or subtracted from a timestamp, is none.
    fn not_a_timestamp(&self, index: usize) -> Error {
        let (first, second) = self.operands();
        let sql = if kind(&second.data_type).is_interval() && self.subtracts() {
            format!("{} + (- {})", first.sql, second.sql)
        } else if self.subtracts() {
            format!("({} - {})", first.sql, second.sql)
        } else {
            format!("{} + {}", first.sql, second.sql)
        };
        let context = BindContext {
            sql: &sql,
            ..*self.context
        };
        let arguments = [first.clone(), second.clone()];
        let required = "(\"(TIMESTAMP OR TIMESTAMP WITHOUT TIME ZONE)\" or \
            \"(TIMESTAMP_LTZ(P) OR TIMESTAMP_NTZ(P) WITH P IN [7, 9])\")";
        unexpected_type(&context, &arguments, index, required)
    }

    /// `date - date`.
    fn dates_apart(&self) -> Result<ScalarBinding> {
        let types = cast_arguments(self.context, self.arguments, &[Expected::DATE])?;
        let [left, right]: [DataType; 2] = types.try_into().map_err(|_| wrong_count())?;
        let ends = self.ends();
        Ok(self.binding([left, right], DAYS, move |end, start, rows| {
            try_map2::<Date32Type, Date32Type, Duration>(end, start, rows, |end, start| {
                let days = i64::from(end) - i64::from(start);
                ends.finish(days.checked_mul(MICROS_PER_DAY))
            })
        }))
    }

    /// `timestamp - timestamp`, one of which may be a date.
    fn timestamps_apart(&self) -> Result<ScalarBinding> {
        let zone = self.zone()?;
        let ansi = self.context.config.ansi();
        let mut types = Vec::with_capacity(2);
        for (index, argument) in self.arguments.iter().enumerate() {
            let t = &argument.data_type;
            let other = &self.arguments[1 - index].data_type;
            let to = match t {
                DataType::Timestamp | DataType::TimestampNtz => t.clone(),
                DataType::Null => DataType::Timestamp,
                DataType::Date => other.clone(),
                t if t.is_string() && ansi => other.clone(),
                _ => {
                    let required = "(\"(TIMESTAMP OR TIMESTAMP WITHOUT TIME ZONE)\" or \
            \"(TIMESTAMP_LTZ(P) OR TIMESTAMP_NTZ(P) WITH P IN [7, 9])\")";
                    return Err(unexpected_type(
                        self.context,
                        self.arguments,
                        index,
                        required,
                    ));
                }
            };
            types.push(to);
        }
        // An instant and a wall-clock time meet as instants.
        if types[0] != types[1] {
            types = vec![DataType::Timestamp, DataType::Timestamp];
        }
        let zone = match types[0] {
            DataType::TimestampNtz => TimeZone::utc(),
            _ => zone,
        };
        let types = [types[0].clone(), types[1].clone()];
        let ends = self.ends();
        Ok(
            self.binding(types, DataType::DAY_TIME, move |end, start, rows| {
                try_map2::<Micros, Micros, Duration>(end, start, rows, |end, start| {
                    ends.finish(timestamp_difference(end, start, &zone))
                })
            }),
        )
    }

    /// `interval ± interval` of the same kind.
    fn sum(&self, a: Kind, b: Kind) -> Result<Option<ScalarBinding>> {
        let (left, right) = (&self.arguments[0].data_type, &self.arguments[1].data_type);
        let ansi = self.context.config.ansi();
        let Some(returns) = coercion::tightest_common_type(left, right, ansi) else {
            return Ok(None);
        };
        let subtracts = self.subtracts();
        let types = [returns.clone(), returns.clone()];
        let function = if subtracts {
            "`try_subtract`"
        } else {
            "`try_add`"
        };
        let error = move || {
            Error::new(
                &conditions::INTERVAL_ARITHMETIC_OVERFLOW_WITH_SUGGESTION,
                [("functionName", function)],
            )
        };
        let ends = Ends {
            tolerant: self.tolerant,
            error,
        };
        let _ = b;
        Ok(Some(match a {
            Kind::YearMonth => self.binding(types, returns, move |a, b, rows| {
                try_map2::<Months, Months, Months>(a, b, rows, |a, b| {
                    ends.finish(if subtracts {
                        a.checked_sub(b)
                    } else {
                        a.checked_add(b)
                    })
                })
            }),
            Kind::Calendar => {
                let mode = failure_mode(self.context, self.tolerant);
                self.binding(types, returns, move |a, b, rows| {
                    try_map2::<Calendar, Calendar, Calendar>(a, b, rows, |a, b| {
                        let (a, b) = (calendar_from_arrow(a), calendar_from_arrow(b));
                        let b = if subtracts {
                            calendar_negated(b)
                        } else {
                            Some(b)
                        };
                        let sum = b.and_then(|b| calendar_sum(a, b)).map(calendar_to_arrow);
                        match (sum, mode) {
                            (None, FailureMode::Raise) => Err(overflow_error("overflow", None)),
                            (sum, _) => Ok(sum),
                        }
                    })
                })
            }
            _ => self.binding(types, returns, move |a, b, rows| {
                try_map2::<Duration, Duration, Duration>(a, b, rows, |a, b| {
                    ends.finish(if subtracts {
                        a.checked_sub(b)
                    } else {
                        a.checked_add(b)
                    })
                })
            }),
        }))
    }

    /// A date, timestamp or string moved by an interval.
    fn moved(&self, what: Kind, by: Kind) -> Result<ScalarBinding> {
        let (datetime, interval) = self.operands();
        let movable = what.is_datetime() || matches!(what, Kind::String | Kind::Null);
        if !movable {
            return Err(self.not_a_timestamp(0));
        }
        let from = datetime.data_type.clone();
        // A bare NULL beside a timestamp counts as an interval.
        let interval = match &interval.data_type {
            DataType::Null => DataType::DAY_TIME,
            other => other.clone(),
        };
        let zone = match from {
            DataType::TimestampNtz => TimeZone::utc(),
            _ => self.zone()?,
        };
        let sign = if self.subtracts() { -1 } else { 1 };
        let ends = self.ends();
        if what == Kind::Date && by == Kind::Days {
            let types = [from, interval];
            return Ok(
                self.binding(types, DataType::Date, move |date, interval, rows| {
                    map2::<Date32Type, Duration, Date32Type>(
                        date,
                        interval,
                        rows,
                        |date, micros| {
                            let days = (micros / MICROS_PER_DAY) as i32;
                            date.wrapping_add(days.wrapping_mul(sign))
                        },
                    )
                }),
            );
        }
        if what == Kind::Date && by == Kind::YearMonth {
            let types = [from, interval];
            return Ok(
                self.binding(types, DataType::Date, move |date, interval, rows| {
                    try_map2::<Date32Type, Months, Date32Type>(
                        date,
                        interval,
                        rows,
                        |date, months| {
                            let months = months.checked_mul(sign);
                            ends.finish(months.and_then(|months| add_months(date, months)))
                        },
                    )
                }),
            );
        }
        if what == Kind::Date && by == Kind::Calendar {
            return Ok(self.date_plus_calendar(from, interval, sign));
        }
        if by == Kind::YearMonth {
            let types = [from.clone(), interval];
            return Ok(
                self.binding(types, from.clone(), move |time, interval, rows| {
                    let out =
                        try_map2::<Micros, Months, Micros>(time, interval, rows, |time, months| {
                            let months = months.checked_mul(sign);
                            let moved = months.and_then(|m| timestamp_plus(time, m, 0, 0, &zone));
                            ends.finish(moved)
                        });
                    typed(out?, &from)
                }),
            );
        }
        let through = match what {
            Kind::Timestamp => from.clone(),
            _ => DataType::Timestamp,
        };
        let calendar = by == Kind::Calendar;
        let target = through.clone();
        let kernel_zone = zone.clone();
        let kernel = move |time: &Column, interval: &Column, rows: usize| {
            let zone = &kernel_zone;
            let out = if calendar {
                try_map2::<Micros, Calendar, Micros>(time, interval, rows, |time, interval| {
                    let interval = calendar_from_arrow(interval);
                    let signed = if sign < 0 {
                        calendar_negated(interval)
                    } else {
                        Some(interval)
                    };
                    ends.finish(signed.and_then(|i| {
                        timestamp_plus(time, i.months, i64::from(i.days), i.microseconds, zone)
                    }))
                })
            } else {
                try_map2::<Micros, Duration, Micros>(time, interval, rows, |time, micros| {
                    let micros = micros.checked_mul(i64::from(sign));
                    ends.finish(micros.and_then(|m| timestamp_plus_day_time(time, m, zone)))
                })
            };
            typed(out?, &target)
        };
        if what != Kind::String {
            let returns = through.clone();
            let bound = self.binding([through, interval], returns, kernel);
            return Ok(bound.nullable_if(calendar && !self.context.config.ansi()));
        }
        // A string is read as a timestamp and printed again.
        let mode = Mode::of(self.context.config);
        let mode = if self.tolerant { Mode::Try } else { mode };
        let read = Cast::in_zone(&DataType::String, &through, mode, &zone)?;
        let print = Cast::in_zone(&through, &DataType::String, mode, &zone)?;
        let types = [DataType::String, interval];
        let bound = self.binding(types, DataType::String, move |text, interval, rows| {
            print.eval(&kernel(&read.eval(text, rows)?, interval, rows)?, rows)
        });
        Ok(bound.nullable())
    }

    /// ANSI mode refuses a legacy interval with a time for a date; legacy mode goes through a timestamp.
    fn date_plus_calendar(&self, from: DataType, interval: DataType, sign: i32) -> ScalarBinding {
        let ansi = self.context.config.ansi();
        let ends = self.ends();
        let tolerant = self.tolerant;
        let bound = self.binding(
            [from, interval],
            DataType::Date,
            move |date, interval, rows| {
                try_map2::<Date32Type, Calendar, Date32Type>(
                    date,
                    interval,
                    rows,
                    |date, interval| {
                        let interval = calendar_from_arrow(interval);
                        if ansi && interval.microseconds != 0 {
                            return match tolerant {
                                true => Ok(None),
                                false => Err(Error::of(
                                    &conditions::INVALID_INTERVAL_WITH_MICROSECONDS_ADDITION,
                                )),
                            };
                        }
                        let signed = if sign < 0 {
                            calendar_negated(interval)
                        } else {
                            Some(interval)
                        };
                        ends.finish(signed.and_then(|interval| {
                            let time = i64::from(date).checked_mul(MICROS_PER_DAY)?;
                            let days = i64::from(interval.days);
                            let rest = interval.microseconds;
                            let utc = TimeZone::utc();
                            let moved = timestamp_plus(time, interval.months, days, rest, &utc)?;
                            i32::try_from(moved.div_euclid(MICROS_PER_DAY)).ok()
                        }))
                    },
                )
            },
        );
        bound.nullable_if(!ansi)
    }

    /// `interval * number`, `interval / number`.
    fn scaled(&self, kind: Kind) -> Result<ScalarBinding> {
        let (interval, number) = self.operands();
        let (interval, number) = (interval.data_type.clone(), &number.data_type);
        let divides = self.op == Operator::Divide;
        let ansi = self.context.config.ansi();
        let expected = match kind {
            Kind::Calendar => Expected::DOUBLE,
            _ => Expected::Numeric,
        };
        let Some(number) = coercion::implicit_cast(number, &expected, ansi) else {
            let (interval, number) = self.operands();
            let arguments = [interval.clone(), number.clone()];
            return Err(unexpected_type(
                self.context,
                &arguments,
                1,
                &expected.sql(),
            ));
        };
        let mode = failure_mode(self.context, self.tolerant);
        let by = number.clone();
        let types = [interval.clone(), number];
        Ok(match kind {
            Kind::Calendar => {
                let bound = self.binding(types, interval, move |interval, number, rows| {
                    try_map2::<Calendar, Float64Type, Calendar>(interval, number, rows, |i, n| {
                        if divides && n == 0.0 {
                            return zero_divisor(mode);
                        }
                        let scale = |value: f64| if divides { value / n } else { value * n };
                        let out = calendar_scaled(calendar_from_arrow(i), scale);
                        match (out, mode) {
                            (Some(out), _) => Ok(Some(calendar_to_arrow(out))),
                            (None, FailureMode::Raise) => Err(overflow_error("overflow", None)),
                            (None, _) => Ok(None),
                        }
                    })
                });
                bound.nullable()
            }
            Kind::YearMonth => {
                let tolerant = self.tolerant;
                self.binding(
                    types,
                    DataType::YEAR_MONTH,
                    move |interval, number, rows| {
                        scaled_by::<Months>(
                            interval,
                            number,
                            &by,
                            rows,
                            divides,
                            tolerant,
                            |months| i32::try_from(months).ok(),
                        )
                    },
                )
            }
            _ => {
                let tolerant = self.tolerant;
                self.binding(types, DataType::DAY_TIME, move |interval, number, rows| {
                    scaled_by::<Duration>(interval, number, &by, rows, divides, tolerant, Some)
                })
            }
        })
    }

    /// `interval div interval` of the same kind.
    fn interval_quotient(&self, a: Kind, b: Kind) -> Result<Option<ScalarBinding>> {
        let (a, b) = match (a, b) {
            (Kind::Null, b) => (b, b),
            (a, Kind::Null) => (a, a),
            both => both,
        };
        let same = (a == Kind::YearMonth) == (b == Kind::YearMonth);
        if !same || !a.is_ansi_interval() || !b.is_ansi_interval() {
            return Ok(None);
        }
        let interval = if a == Kind::YearMonth {
            DataType::YEAR_MONTH
        } else {
            DataType::DAY_TIME
        };
        let type_of = |argument: &BoundArgument| match argument.data_type {
            DataType::Null => interval.clone(),
            ref other => other.clone(),
        };
        let types = [type_of(&self.arguments[0]), type_of(&self.arguments[1])];
        let ansi = self.context.config.ansi();
        let divide = move |a: i64, b: i64| match b {
            0 if ansi => Err(Error::new(
                &conditions::DIVIDE_BY_ZERO,
                [("config", "\"spark.sql.ansi.enabled\"")],
            )),
            0 => Ok(None),
            b => match a.checked_div(b) {
                None if ansi => Err(overflow_error(
                    "Overflow in integral divide",
                    Some("try_divide"),
                )),
                None => Ok(Some(a)),
                quotient => Ok(quotient),
            },
        };
        let bound = if a == Kind::YearMonth {
            self.binding(types, DataType::Long, move |a, b, rows| {
                try_map2::<Months, Months, Int64Type>(a, b, rows, |a, b| {
                    divide(i64::from(a), i64::from(b))
                })
            })
        } else {
            self.binding(types, DataType::Long, move |a, b, rows| {
                try_map2::<Duration, Duration, Int64Type>(a, b, rows, divide)
            })
        };
        Ok(Some(bound.nullable()))
    }

    fn ends(&self) -> Ends<impl Fn() -> Error + Copy + Send + Sync + 'static> {
        Ends {
            tolerant: self.tolerant,
            error: || overflow_error("overflow", None),
        }
    }
}

/// How an overflow ends.
#[derive(Clone, Copy)]
struct Ends<E> {
    tolerant: bool,
    error: E,
}

impl<E: Fn() -> Error> Ends<E> {
    fn finish<T>(&self, value: Option<T>) -> Result<Option<T>> {
        match value {
            None if !self.tolerant => Err((self.error)()),
            value => Ok(value),
        }
    }
}

fn wrong_count() -> Error {
    Error::internal("an operator has two operands")
}

fn zero_divisor<T>(mode: FailureMode) -> Result<Option<T>> {
    match mode {
        FailureMode::Raise => Err(Error::of(&conditions::INTERVAL_DIVIDED_BY_ZERO)),
        FailureMode::Wrap | FailureMode::Null => Ok(None),
    }
}

/// An interval multiplied or divided by a number of any type, rounded half up. Zero divisors and overflows
/// are errors in any mode.
fn scaled_by<T>(
    interval: &Column,
    number: &Column,
    number_type: &DataType,
    rows: usize,
    divides: bool,
    tolerant: bool,
    narrow: impl Fn(i64) -> Option<T::Native> + Copy,
) -> Result<Column>
where
    T: ArrowPrimitiveType,
    T::Native: Into<i64>,
{
    let finish = |value: Option<i64>| match value.and_then(narrow) {
        None if !tolerant => Err(Error::of(
            &conditions::INTERVAL_ARITHMETIC_OVERFLOW_WITHOUT_SUGGESTION,
        )),
        value => Ok(value),
    };
    let zero = || match tolerant {
        true => Ok(None),
        false => Err(Error::of(&conditions::INTERVAL_DIVIDED_BY_ZERO)),
    };
    // Only the smallest interval divided by the integer -1.
    let quotient_overflow = || match tolerant {
        true => Ok(None),
        false => Err(Error::new(
            &conditions::INTERVAL_ARITHMETIC_OVERFLOW_WITH_SUGGESTION,
            [("functionName", "`try_divide`")],
        )),
    };
    // A number is `unscaled / scale`, exactly.
    let exact = |value: i64, unscaled: i128, scale: i128| {
        if !divides {
            let product = i128::from(value).checked_mul(unscaled);
            let product =
                product.map(|product| crate::kernel::cast::divide_half_up(product, scale));
            return finish(product.and_then(|product| i64::try_from(product).ok()));
        }
        if unscaled == 0 {
            return zero();
        }
        let quotient = i128::from(value).checked_mul(scale).map(|numerator| {
            let size = crate::kernel::cast::divide_half_up(numerator, unscaled.abs());
            if unscaled < 0 { -size } else { size }
        });
        finish(quotient.and_then(|quotient| i64::try_from(quotient).ok()))
    };
    let floating = |value: i64, number: f64| {
        if divides && number == 0.0 {
            return zero();
        }
        let value = value as f64;
        finish(rounded(if divides {
            value / number
        } else {
            value * number
        }))
    };
    macro_rules! integer {
        ($native:ty) => {
            try_map2::<T, $native, T>(interval, number, rows, |value, number| {
                let value: i64 = value.into();
                match number {
                    -1 if divides && value.checked_neg().and_then(narrow).is_none() => {
                        quotient_overflow()
                    }
                    number => exact(value, i128::from(number), 1),
                }
            })
        };
    }
    match number_type {
        DataType::Byte => integer!(Int8Type),
        DataType::Short => integer!(Int16Type),
        DataType::Integer => integer!(Int32Type),
        DataType::Long => integer!(Int64Type),
        DataType::Decimal { precision, scale } => {
            let factor = power_of_ten(u32::from(scale.unsigned_abs()));
            let scale = *scale;
            let wide = |value: i64, unscaled: i128| {
                // Beyond 128 bits the nearest double is close enough: the result overflows or is 0.
                if i128::from(value)
                    .checked_mul(if divides { factor } else { unscaled })
                    .is_none()
                {
                    return floating(value, decimal_to_f64(unscaled, scale));
                }
                exact(value, unscaled, factor)
            };
            if *precision <= 18 {
                try_map2::<T, Decimal64Type, T>(interval, number, rows, |value, number| {
                    wide(value.into(), i128::from(number))
                })
            } else {
                try_map2::<T, Decimal128Type, T>(interval, number, rows, |value, number| {
                    wide(value.into(), number)
                })
            }
        }
        DataType::Float => {
            try_map2::<T, arrow::datatypes::Float32Type, T>(interval, number, rows, |value, n| {
                floating(value.into(), f64::from(n))
            })
        }
        _ => try_map2::<T, Float64Type, T>(interval, number, rows, |value, number| {
            floating(value.into(), number)
        }),
    }
}

/// `a + b`: moving a date by days prints as the function it is, moving by an interval has no parentheses.
pub(super) fn display_plus(_: &str, arguments: &[&str], types: &[&DataType]) -> String {
    let ([a, b], [left, right]) = (arguments, types) else {
        return format!("(+ {})", arguments.join(" + "));
    };
    match (kind(left), kind(right)) {
        (Kind::Date, Kind::Days) => format!("date_add({a}, extractansiintervaldays({b}))"),
        (Kind::Days, Kind::Date) => format!("date_add({b}, extractansiintervaldays({a}))"),
        (l, r) if moves(l, r) || (l.is_datetime() && r == Kind::Null) => format!("{a} + {b}"),
        (l, r) if moves(r, l) || (r.is_datetime() && l == Kind::Null) => format!("{b} + {a}"),
        (Kind::Date, r) if r != Kind::String => format!("date_add({a}, {b})"),
        (l, Kind::Date) if l != Kind::String => format!("date_add({b}, {a})"),
        _ => format!("({a} + {b})"),
    }
}

/// `a - b`
pub(super) fn display_minus(_: &str, arguments: &[&str], types: &[&DataType]) -> String {
    let ([a, b], [left, right]) = (arguments, types) else {
        return format!("(- {})", arguments.join(" - "));
    };
    match (kind(left), kind(right)) {
        (Kind::Date, Kind::Days) => format!("date_add({a}, (- extractansiintervaldays({b})))"),
        (l, r) if moves(l, r) => format!("{a} - {b}"),
        (_, Kind::Date | Kind::Timestamp) | (Kind::Date, Kind::String | Kind::Null) => {
            format!("({a} - {b})")
        }
        (Kind::Date, _) => format!("date_sub({a}, {b})"),
        _ => format!("({a} - {b})"),
    }
}

/// `a * b`
pub(super) fn display_times(_: &str, arguments: &[&str], types: &[&DataType]) -> String {
    let ([a, b], [left, right]) = (arguments, types) else {
        return arguments.join(" * ");
    };
    match (kind(left), kind(right)) {
        (Kind::Calendar, _) => format!("multiply_interval({a}, {b})"),
        (_, Kind::Calendar) => format!("multiply_interval({b}, {a})"),
        (l, r) if r.is_ansi_interval() && !l.is_ansi_interval() => format!("({b} * {a})"),
        _ => format!("({a} * {b})"),
    }
}

/// `a / b`
pub(super) fn display_divide(_: &str, arguments: &[&str], types: &[&DataType]) -> String {
    match (arguments, types) {
        ([a, b], [left, _]) if kind(left) == Kind::Calendar => format!("divide_interval({a}, {b})"),
        ([a, b], _) => format!("({a} / {b})"),
        (other, _) => other.join(" / "),
    }
}

/// Whether the first operand is moved by the second.
fn moves(what: Kind, by: Kind) -> bool {
    match by {
        Kind::YearMonth => what.is_datetime(),
        Kind::Calendar => what.is_datetime() || what == Kind::String,
        Kind::Days | Kind::DayTime => what.is_datetime() || what == Kind::String,
        _ => false,
    }
}
