//! JSON texts in columns: parsing, paths, typed reading, writing, inferring a schema.
//!
//! ```text
//!   text ──parse──► Json (a tree that borrows from the text)
//!                     ├─ path    get_json_object
//!                     ├─ read    from_json: a value of a type
//!                     └─ infer   schema_of_json: the type
//!   value ──write──► text
//! ```
//!
//! The dialect is that of Spark's parser: names and strings may be in single quotes, `NaN` and `Infinity` are
//! numbers, what stands behind the value does not matter.

mod infer;
mod parse;
mod path;
mod read;
mod write;

pub use infer::{InferOptions, infer};
pub use parse::{Json, ParseOptions, parse};
pub use path::JsonPath;
pub use read::{JsonReader, ReadError};
pub use write::{JsonWriter, write_json, write_string};
