//! Functions with one value for a whole query: the time it started, the user, the session's settings.

use super::expression::Resolver;
use super::typed::Typed;
use crate::catalog::CATALOG;
use crate::error::{Error, Origin, Result};
use crate::expr::{Expr, TaskFact};
use crate::functions::scalar::ScalarFunction;
use crate::kernel::calendar::day_of;
use crate::kernel::datetime_text::now_micros;
use crate::kernel::time_zone::TimeZone;
use crate::types::{DataType, Value};

/// What is settled when a query's analysis starts.
#[derive(Debug, Clone, Copy)]
pub struct QueryFacts {
    /// Microseconds since the epoch.
    pub now: i64,
}

impl QueryFacts {
    /// The facts of a query that starts now.
    pub fn now() -> QueryFacts {
        QueryFacts { now: now_micros() }
    }
}

/// Functions that can be called without parentheses, where no column has their name.
pub const WITHOUT_PARENTHESES: &[&str] = &[
    "current_date",
    "current_timestamp",
    "current_user",
    "session_user",
    "user",
    "grouping__id",
];

impl Resolver<'_> {
    /// The value of a function that has one for the whole query.
    pub(super) fn query_constant(
        &self,
        function: &ScalarFunction,
        name: &str,
        origin: &Option<Origin>,
    ) -> Result<Typed> {
        let config = self.analyzer.config();
        let now = self.analyzer.facts.now;
        let zone = || TimeZone::of(config.time_zone());
        let (value, data_type) = match function.name {
            "current_date" | "curdate" => {
                let today = day_of(zone()?.to_local(now));
                (Value::Date(today), DataType::Date)
            }
            "current_timestamp" | "now" => (Value::Timestamp(now), DataType::Timestamp),
            "localtimestamp" => (
                Value::TimestampNtz(zone()?.to_local(now)),
                DataType::TimestampNtz,
            ),
            "current_timezone" => (config.time_zone().into(), DataType::String),
            "current_catalog" => (CATALOG.into(), DataType::String),
            "current_database" | "current_schema" => {
                let database = self.analyzer.catalog.current_database();
                (database.into(), DataType::String)
            }
            "current_user" | "user" | "session_user" => {
                (current_user(&config).into(), DataType::String)
            }
            "version" => (
                concat!(
                    "4.1.0 ",
                    env!("CARGO_PKG_NAME"),
                    "-",
                    env!("CARGO_PKG_VERSION")
                )
                .into(),
                DataType::String,
            ),
            other => return Err(Error::internal(format!("{other} is no query constant"))),
        };
        let sql = match name {
            // Called without parentheses it is still printed with them.
            "user" | "session_user" | "current_user" | "curdate" | "now" => format!("{name}()"),
            _ => format!("{}()", function.name),
        };
        let expr = Expr::literal(value, data_type);
        Ok(Typed::new(expr, sql, origin.clone()))
    }

    /// A fact of the running task.
    pub(super) fn task_fact(
        &self,
        function: &ScalarFunction,
        origin: &Option<Origin>,
    ) -> Result<Typed> {
        let fact = match function.name {
            "spark_partition_id" => TaskFact::PartitionId,
            "monotonically_increasing_id" => TaskFact::MonotonicId,
            "input_file_name" => TaskFact::InputFile,
            other => return Err(Error::unsupported(format!("the function {other}"))),
        };
        let sql = super::call::display(function.display, function.name, function.name, &[]);
        Ok(Typed::new(Expr::TaskFact(fact), sql, origin.clone()))
    }
}

/// The user that the process runs as, unless the session names another.
fn current_user(config: &crate::config::Config) -> String {
    if let Some(user) = config
        .get("spark.firesteel.user")
        .filter(|user| !user.is_empty())
    {
        return user.to_string();
    }
    let variables = ["USER", "LOGNAME", "USERNAME"];
    let found = variables.iter().find_map(|name| std::env::var(name).ok());
    found.unwrap_or_else(|| "root".to_string())
}
