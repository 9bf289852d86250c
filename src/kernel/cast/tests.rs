//! One value through a cast, in each mode.

use super::*;
use crate::kernel::value::{array_to_value, value_to_array};
use crate::types::{Value, coercion};

fn cast_in(mode: Mode, value: Value, from: &DataType, to: &DataType) -> Result<Value> {
    let zone = TimeZone::parse("America/Los_Angeles").unwrap_or(TimeZone::utc());
    let cast = Cast::in_zone(from, to, mode, &zone)?;
    let out = cast.eval_array(&value_to_array(&value, from)?)?;
    array_to_value(&out, 0, to)
}

fn text(value: &str, to: &DataType) -> [Result<Value>; 2] {
    let run = |mode| cast_in(mode, value.into(), &DataType::String, to);
    [run(Mode::Ansi), run(Mode::Legacy)]
}

#[test]
fn modes_differ_in_what_fails() {
    let [ansi, legacy] = text("1.9", &DataType::Integer);
    assert_eq!(ansi.unwrap_err().condition().name, "CAST_INVALID_INPUT");
    assert_eq!(legacy.unwrap(), Value::Integer(1));

    let long = Value::Long(3_000_000_000);
    let narrow = |mode| cast_in(mode, long.clone(), &DataType::Long, &DataType::Integer);
    let error = narrow(Mode::Ansi).unwrap_err();
    assert_eq!(error.parameter("value"), Some("3000000000L"));
    assert_eq!(
        narrow(Mode::Legacy).unwrap(),
        Value::Integer(-1_294_967_296)
    );
    assert_eq!(narrow(Mode::Try).unwrap(), Value::Null);
}

#[test]
fn decimals_round_and_overflow() {
    let [ansi, legacy] = text("99999999.995", &DataType::decimal(10, 2));
    let error = ansi.unwrap_err();
    assert_eq!(error.condition().main_name(), "NUMERIC_VALUE_OUT_OF_RANGE");
    assert_eq!(legacy.unwrap(), Value::Null);
    let double = cast_in(
        Mode::Ansi,
        Value::Double(1.005),
        &DataType::Double,
        &DataType::decimal(10, 2),
    );
    assert!(matches!(double.unwrap(), Value::Decimal(d) if d.unscaled == 101));
}

#[test]
fn every_cast_that_exists_has_a_step() {
    use DataType as T;
    let types = [
        T::Null,
        T::Boolean,
        T::Byte,
        T::Short,
        T::Integer,
        T::Long,
        T::Float,
        T::Double,
        T::decimal(10, 2),
        T::decimal(38, 10),
        T::String,
        T::Binary,
        T::Date,
        T::Timestamp,
        T::TimestampNtz,
        T::YEAR_MONTH,
        T::DAY_TIME,
        T::CalendarInterval,
        T::array(T::Integer, true),
        T::array(T::String, true),
        T::map(T::Integer, T::String, true),
    ];
    for from in &types {
        for to in &types {
            for mode in [Mode::Ansi, Mode::Legacy, Mode::Try] {
                if *to != T::Null && coercion::can_cast(from, to, mode != Mode::Legacy) {
                    let cast = Cast::in_zone(from, to, mode, &TimeZone::utc()).unwrap();
                    let nulls = null_array(from, 3);
                    let out = cast.eval_array(&nulls).unwrap();
                    assert_eq!(*out.data_type(), arrow_type(to), "{from} to {to}");
                    assert_eq!(out.logical_null_count(), 3, "{from} to {to}");
                }
            }
        }
    }
}
