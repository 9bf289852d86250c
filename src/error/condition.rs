//! One Spark error condition and the macro that declares families of them.

/// A Spark error condition. Declared as a static by [`conditions!`](crate::error::conditions).
#[derive(Debug, PartialEq, Eq)]
pub struct Condition {
    /// Spark's name, with the sub-condition behind a dot: `DATATYPE_MISMATCH.BINARY_OP_DIFF_TYPES`.
    pub name: &'static str,
    /// Spark's SQLSTATE for it.
    pub sqlstate: &'static str,
    /// Our message; `<name>` stands for a parameter.
    pub message: &'static str,
    /// Whether the place in the SQL text is reported with it.
    pub has_context: bool,
}

impl Condition {
    /// The message with its parameters filled in.
    pub fn render(&self, parameters: &[(&'static str, String)]) -> String {
        let mut text = self.message.to_string();
        for (name, value) in parameters {
            text = text.replace(&format!("<{name}>"), value);
        }
        text
    }

    /// The name without the sub-condition.
    pub fn main_name(&self) -> &'static str {
        self.name.split('.').next().unwrap_or(self.name)
    }
}

/// Declares conditions: `STATIC_NAME = "NAME", "SQLSTATE", "message with <parameters>";`.
/// The static's name is Spark's with `_` for the dot.
macro_rules! conditions {
    ($($ident:ident = $name:literal, $state:literal, $message:literal;)*) => {
        $(
            #[doc = concat!("`", $name, "`, SQLSTATE ", $state, ".")]
            pub static $ident: $crate::error::Condition = $crate::error::Condition {
                name: $name,
                sqlstate: $state,
                message: $message,
                has_context: true,
            };
        )*
        /// Every condition of this family, for listings and tests.
        pub(super) static ALL: &[&$crate::error::Condition] = &[$(&$ident),*];
    };
}
pub(crate) use conditions;
