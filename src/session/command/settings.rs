//! SET, RESET and EXPLAIN.

use super::{nothing, run_statement, texts};
use crate::config::SETTINGS;
use crate::error::{
    Error, Result,
    conditions::{INVALID_CONF_VALUE_TIME_ZONE, SET_VARIABLE_USING_SET},
    quote,
};
use crate::kernel::time_zone::TimeZone;
use crate::plan::unresolved::{ExplainMode, Statement};
use crate::session::{DataFrame, Session};

const ZONE: &str = "spark.sql.session.timeZone";

/// `SET`, `SET key`, `SET key=value`.
pub fn set(session: &Session, key: Option<String>, value: Option<String>) -> Result<DataFrame> {
    let config = session.config();
    match (key, value) {
        (None, _) => {
            let pairs = config
                .explicit()
                .map(|(key, value)| [key.to_string(), value.to_string()]);
            texts(session, ["key", "value"], pairs.collect::<Vec<_>>())
        }
        (Some(key), None) if key == "-v" => {
            let rows = SETTINGS.iter().map(|setting| {
                let value = config.get(setting.key).unwrap_or(setting.default);
                [
                    setting.key.to_string(),
                    value.to_string(),
                    setting.doc.to_string(),
                ]
            });
            texts(session, ["key", "value", "meaning"], rows)
        }
        (Some(key), None) => {
            let value = config.get(&key).unwrap_or("<undefined>").to_string();
            texts(session, ["key", "value"], [[key, value]])
        }
        (Some(key), Some(value)) => {
            let parts: Vec<String> = key.split('.').map(str::to_string).collect();
            if session.state.catalog.variable(&parts).is_some() {
                let name = ("variableName", quote::name(&parts));
                return Err(Error::new(&SET_VARIABLE_USING_SET, [name]));
            }
            // The local zone is the one the session found when it began.
            let value = if key == ZONE && value.eq_ignore_ascii_case("LOCAL") {
                session.initial_config().time_zone().to_string()
            } else {
                value
            };
            check_zone(&key, &value)?;
            session.set_config(&key, &value)?;
            texts(session, ["key", "value"], [[key, value]])
        }
    }
}

fn check_zone(key: &str, value: &str) -> Result<()> {
    if key != ZONE || TimeZone::parse(value).is_some() {
        return Ok(());
    }
    Err(Error::new(
        &INVALID_CONF_VALUE_TIME_ZONE,
        [
            ("confName", quote::config(ZONE)),
            ("confValue", format!("'{value}'")),
        ],
    ))
}

/// `RESET`, `RESET key`.
pub fn reset(session: &Session, key: Option<String>) -> Result<DataFrame> {
    session.reset_config(key.as_deref());
    nothing(session)
}

/// `EXPLAIN`: one row with the whole text.
pub fn explain(session: &Session, mode: ExplainMode, statement: Statement) -> Result<DataFrame> {
    let text = match statement {
        Statement::Query(relation) => DataFrame::new(session, relation)?.explain_string(mode)?,
        command @ Statement::Command(_) => {
            // A command has no plan to show; it must at least be one that could run.
            let Statement::Command(inner) = &command else {
                return nothing(session);
            };
            let name = format!("{inner:?}");
            if matches!(mode, ExplainMode::Analyze) {
                run_statement(session, command)?;
            }
            let name = name
                .split([' ', '(', '{'])
                .next()
                .unwrap_or_default()
                .to_string();
            format!("== Physical Plan ==\nExecute {name}\n")
        }
    };
    texts(session, ["plan"], [[text]])
}
