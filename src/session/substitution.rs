//! Variables in SQL text: `${name}` is replaced by a setting before the text is parsed.
//!
//! ```text
//!   ${spark.app.name}, ${hivevar:day}   the setting of that name; nothing if there is none
//!   ${env:HOME}                         a variable of the environment; left as it is if there is none
//!   ${system:user.home}                 a property of the JVM, of which there is none: left as it is
//! ```
//!
//! What is put in may hold variables itself; one that would hold itself is left as it is.
//! `spark.sql.variable.substitute` turns it off.

use crate::config::Config;
use regex::{Captures, Regex};
use std::borrow::Cow;
use std::sync::LazyLock;

static VARIABLE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"\$\{(?:(\w+?):)?(\S+?)\}").ok());

/// The text with its variables replaced.
pub(super) fn substitute<'t>(text: &'t str, config: &Config) -> Cow<'t, str> {
    if !text.contains("${") || !config.flag("spark.sql.variable.substitute") {
        return Cow::Borrowed(text);
    }
    Cow::Owned(replace(text, config, &mut Vec::new()))
}

/// `open` are the variables whose values the text lies in.
fn replace(text: &str, config: &Config, open: &mut Vec<String>) -> String {
    let Some(variable) = VARIABLE.as_ref() else {
        return text.to_string();
    };
    let value = |found: &Captures| {
        let whole = &found[0];
        let name = &found[2];
        let value = match found.get(1).map(|prefix| prefix.as_str()) {
            None | Some("spark" | "sparkconf" | "hivevar" | "hiveconf") => {
                Some(config.get(name).unwrap_or_default().to_string())
            }
            Some("env") => std::env::var(name).ok(),
            Some(_) => None,
        };
        let Some(value) = value.filter(|_| !open.iter().any(|outer| outer == whole)) else {
            return whole.to_string();
        };
        open.push(whole.to_string());
        let value = replace(&value, config, open);
        open.pop();
        value
    };
    variable.replace_all(text, value).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_stand_for_their_names() {
        let mut config = Config::default();
        config.set("day", "2024-01-01");
        config.set("loop", "<${loop}>");
        let text = "${day} ${hivevar:day} [${none}] ${system:x} ${loop} $1";
        assert_eq!(
            substitute(text, &config),
            "2024-01-01 2024-01-01 [] ${system:x} <${loop}> $1"
        );
        config.set("spark.sql.variable.substitute", "false");
        assert_eq!(substitute("${day}", &config), "${day}");
    }
}
