//! Text and back, for values of any kind.

use super::{Cast, Mode};
use crate::kernel::time_zone::TimeZone;
use crate::kernel::value::{array_to_value, value_to_array};
use crate::types::{DataType, Decimal, Value};
use proptest::prelude::*;

/// Values that CAST prints in a form it can read again.
fn value() -> impl Strategy<Value = (Value, DataType)> {
    let days = -5_000_000i32..20_000_000;
    let micros = -200_000_000_000_000_000i64..200_000_000_000_000_000;
    prop_oneof![
        any::<i8>().prop_map(|v| (Value::Byte(v), DataType::Byte)),
        any::<i64>().prop_map(|v| (Value::Long(v), DataType::Long)),
        any::<f32>().prop_map(|v| (Value::Float(v), DataType::Float)),
        any::<f64>().prop_map(|v| (Value::Double(v), DataType::Double)),
        any::<bool>().prop_map(|v| (Value::Boolean(v), DataType::Boolean)),
        days.prop_map(|v| (Value::Date(v), DataType::Date)),
        micros
            .clone()
            .prop_map(|v| (Value::TimestampNtz(v), DataType::TimestampNtz)),
        micros.prop_map(|v| (Value::Timestamp(v), DataType::Timestamp)),
        any::<i32>().prop_map(|v| (Value::YearMonthInterval(v), DataType::YEAR_MONTH)),
        any::<i64>().prop_map(|v| (Value::DayTimeInterval(v), DataType::DAY_TIME)),
        (-(10i128.pow(38) - 1)..10i128.pow(38), 0i8..=38).prop_map(|(unscaled, scale)| {
            let value = Decimal {
                unscaled,
                precision: 38,
                scale,
            };
            (Value::Decimal(value), DataType::decimal(38, scale))
        }),
    ]
}

proptest! {
    #[test]
    fn text_reads_back((value, data_type) in value()) {
        // A zone without changes of the clock, which would make two instants print alike.
        let zone = TimeZone::parse("+05:30").unwrap();
        let cast = |from: &DataType, to: &DataType| Cast::in_zone(from, to, Mode::Ansi, &zone).unwrap();
        let array = value_to_array(&value, &data_type).unwrap();
        let text = cast(&data_type, &DataType::String).eval_array(&array).unwrap();
        let back = cast(&DataType::String, &data_type).eval_array(&text).unwrap();
        let back = array_to_value(&back, 0, &data_type).unwrap();
        let not_a_number = matches!(value, Value::Double(v) if v.is_nan())
            || matches!(value, Value::Float(v) if v.is_nan());
        prop_assert!(not_a_number || back == value, "{:?} came back as {:?}", value, back);
    }

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,24}") {
        let zone = TimeZone::utc();
        let types = [
            DataType::Integer, DataType::Double, DataType::decimal(20, 4), DataType::Boolean,
            DataType::Date, DataType::Timestamp, DataType::TimestampNtz, DataType::YEAR_MONTH,
            DataType::DAY_TIME, DataType::CalendarInterval,
        ];
        for to in types {
            let array = value_to_array(&Value::from(text.as_str()), &DataType::String).unwrap();
            for mode in [Mode::Ansi, Mode::Legacy, Mode::Try] {
                let out = Cast::in_zone(&DataType::String, &to, mode, &zone).unwrap().eval_array(&array);
                prop_assert!(out.is_ok() || mode != Mode::Try);
            }
        }
    }
}
