//! Building sessions.

use super::Session;
use super::execution::Threads;
use crate::catalog::Catalog;
use crate::config::{Config, Setting};
use crate::error::{Error, Result};
use std::sync::{Arc, Mutex, PoisonError};

/// Builds a session: `Session::builder().master("local[4]").app_name("report").get_or_create()`.
#[derive(Debug, Clone, Default)]
pub struct SessionBuilder {
    master: Option<String>,
    settings: Vec<(String, String)>,
}

/// The session that `get_or_create` gives again.
static ACTIVE: Mutex<Option<Session>> = Mutex::new(None);

impl SessionBuilder {
    /// Where queries run: `local` (one thread), `local[n]`, `local[*]` (one thread a core, the default).
    pub fn master(mut self, master: &str) -> Self {
        self.master = Some(master.to_string());
        self
    }

    /// A name for the application, kept as `spark.app.name`.
    pub fn app_name(self, name: &str) -> Self {
        self.config("spark.app.name", name)
    }

    /// A setting.
    pub fn config(mut self, key: &str, value: impl ToString) -> Self {
        self.settings.push((key.to_string(), value.to_string()));
        self
    }

    /// The process's session with these settings applied to it, or a new one if there is none.
    pub fn get_or_create(self) -> Result<Session> {
        let mut active = ACTIVE.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(session) = active.as_ref() {
            for (key, value) in &self.settings {
                session.set_config(key, value)?;
            }
            return Ok(session.clone());
        }
        let session = self.create()?;
        *active = Some(session.clone());
        Ok(session)
    }

    /// A new session that `get_or_create` does not know of.
    pub fn create(self) -> Result<Session> {
        let master = self.master.as_deref().unwrap_or("local[*]");
        let threads = threads_of(master)?;
        let mut config = Config::default();
        config.set("spark.sql.session.timeZone", system_time_zone());
        config.set("spark.master", master);
        for (key, value) in self.settings {
            if let Some(setting) = Setting::find(&key) {
                setting.check(&value)?;
            }
            config.set(key, value);
        }
        Ok(Session::with_state(
            config,
            Catalog::default(),
            Arc::new(Threads::new(threads)),
        ))
    }
}

impl Session {
    /// Ends the session as far as `get_or_create` is concerned: the next one is new.
    pub fn stop(&self) {
        let mut active = ACTIVE.lock().unwrap_or_else(PoisonError::into_inner);
        if active
            .as_ref()
            .is_some_and(|session| Arc::ptr_eq(&session.state, &self.state))
        {
            *active = None;
        }
    }
}

/// The number of threads that a master URL asks for.
fn threads_of(master: &str) -> Result<usize> {
    let all = || std::thread::available_parallelism().map_or(1, usize::from);
    let inside = master
        .strip_prefix("local[")
        .and_then(|rest| rest.strip_suffix(']'));
    // A second number is the attempts a failed task gets; tasks here do not fail by chance.
    let count = inside.map(|text| text.split(',').next().unwrap_or(text).trim());
    match (master, count) {
        ("local", _) => Ok(1),
        (_, Some("*")) => Ok(all()),
        (_, Some(count)) => match count.parse() {
            Ok(0) | Err(_) => Err(invalid_master(master)),
            Ok(count) => Ok(count),
        },
        _ => Err(invalid_master(master)),
    }
}

fn invalid_master(master: &str) -> Error {
    Error::unsupported(format!(
        "the master URL {master} (local, local[n] and local[*] work)"
    ))
}

/// The zone that `TZ` or the system's files name; UTC if neither does.
fn system_time_zone() -> String {
    let from_environment = std::env::var("TZ").ok();
    let from_link = || {
        let target = std::fs::read_link("/etc/localtime").ok()?;
        let text = target.to_str()?;
        text.split_once("zoneinfo/")
            .map(|(_, name)| name.to_string())
    };
    let from_file = || {
        Some(
            std::fs::read_to_string("/etc/timezone")
                .ok()?
                .trim()
                .to_string(),
        )
    };
    let named = from_environment.or_else(from_link).or_else(from_file);
    let valid = |name: &String| crate::kernel::time_zone::TimeZone::parse(name).is_some();
    match named.filter(valid) {
        Some(name) if name != "Etc/UTC" => name,
        _ => "UTC".to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masters_say_how_many_threads() {
        assert_eq!(threads_of("local").unwrap(), 1);
        assert_eq!(threads_of("local[3]").unwrap(), 3);
        assert_eq!(threads_of("local[2,4]").unwrap(), 2);
        assert!(threads_of("local[*]").unwrap() >= 1);
        assert!(threads_of("spark://host:7077").is_err());
    }
}
