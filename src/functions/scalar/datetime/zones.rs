//! From one time zone to another: `from_utc_timestamp`, `to_utc_timestamp`, `convert_timezone`.

use super::{datetime, session_zone};
use crate::error::Result;
use crate::functions::scalar::{Arity, Display, ScalarFunction};
use crate::functions::signature::{ScalarBinding, binding, cast_arguments};
use crate::functions::{BindContext, BoundArgument};
use crate::kernel::compile_cache::CompileCache;
use crate::kernel::lift::{Text, try_map2, try_map3, typed};
use crate::kernel::time_zone::TimeZone;
use crate::types::DataType;
use crate::types::coercion::Expected;
use arrow::datatypes::TimestampMicrosecondType;

/// The entries.
#[rustfmt::skip]
pub static FUNCTIONS: &[ScalarFunction] = &[
    datetime("from_utc_timestamp", "1.5.0", Arity::Exact(2), |c, a| bind_shift(c, a, TimeZone::to_local),
        "_FUNC_(timestamp, timezone) - Takes the timestamp for one in UTC and gives what clocks in the time \
         zone show then.",
        &[("from_utc_timestamp('2016-08-31', 'Asia/Seoul')", "2016-08-31 09:00:00")]),
    datetime("to_utc_timestamp", "1.5.0", Arity::Exact(2), |c, a| bind_shift(c, a, TimeZone::to_utc),
        "_FUNC_(timestamp, timezone) - Takes the timestamp for one in the time zone and gives what clocks in \
         UTC show then.",
        &[("to_utc_timestamp('2016-08-31', 'Asia/Seoul')", "2016-08-30 15:00:00")]),
    ScalarFunction {
        display: Display::Custom(|name, arguments| match arguments {
            [target, time] => format!("{name}(current_timezone(), {target}, {time})"),
            _ => format!("{name}({})", arguments.join(", ")),
        }),
        ..datetime("convert_timezone", "3.4.0", Arity::OneOf(&[2, 3]), bind_convert,
            "_FUNC_([sourceTz, ]targetTz, sourceTs) - Takes the TIMESTAMP_NTZ for a time in `sourceTz` (the \
             session's time zone if missing) and gives what clocks in `targetTz` show then.",
            &[("convert_timezone('Europe/Brussels', 'America/Los_Angeles', timestamp_ntz'2021-12-06 00:00:00')", "2021-12-05 15:00:00")])
    },
];

fn bind_shift(
    context: &BindContext,
    arguments: &[BoundArgument],
    shift: fn(&TimeZone, i64) -> i64,
) -> Result<ScalarBinding> {
    let types = cast_arguments(context, arguments, &[Expected::TIMESTAMP, Expected::STRING])?;
    let zones = CompileCache::default();
    Ok(binding(
        arguments,
        types,
        DataType::Timestamp,
        move |columns, rows| {
            let shifted = try_map2::<TimestampMicrosecondType, Text, TimestampMicrosecondType>(
                &columns[0],
                &columns[1],
                rows,
                |micros, zone| Ok(Some(shift(&*zones.get(zone, TimeZone::of)?, micros))),
            )?;
            typed(shifted, &DataType::Timestamp)
        },
    ))
}

fn bind_convert(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let targets = CompileCache::default();
    if arguments.len() == 2 {
        let types = cast_arguments(
            context,
            arguments,
            &[Expected::STRING, Expected::TIMESTAMP_NTZ],
        )?;
        let source = session_zone(context)?;
        return Ok(binding(
            arguments,
            types,
            DataType::TimestampNtz,
            move |columns, rows| {
                try_map2::<Text, TimestampMicrosecondType, TimestampMicrosecondType>(
                    &columns[0],
                    &columns[1],
                    rows,
                    |target, micros| {
                        let target = targets.get(target, TimeZone::of)?;
                        Ok(Some(target.to_local(source.to_utc(micros))))
                    },
                )
            },
        ));
    }
    let expected = [Expected::STRING, Expected::STRING, Expected::TIMESTAMP_NTZ];
    let types = cast_arguments(context, arguments, &expected)?;
    let sources = CompileCache::default();
    Ok(binding(
        arguments,
        types,
        DataType::TimestampNtz,
        move |columns, rows| {
            try_map3::<Text, Text, TimestampMicrosecondType, TimestampMicrosecondType>(
                &columns[0],
                &columns[1],
                &columns[2],
                rows,
                |source, target, micros| {
                    let source = sources.get(source, TimeZone::of)?;
                    let target = targets.get(target, TimeZone::of)?;
                    Ok(Some(target.to_local(source.to_utc(micros))))
                },
            )
        },
    ))
}
