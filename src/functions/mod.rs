//! The function registry: every function of Spark SQL that Firesteel has, one entry each.
//!
//! An entry says everything about a function in one place: its names, its documentation with examples, how
//! many arguments it takes, and a `bind` that settles the types. Families live in one file each under
//! [`scalar`], [`aggregate`], [`window`] and [`generator`]; a family lists its entries in a static slice and
//! this module chains the slices into one table.
//!
//! ```text
//!   analyzer: lookup(name) ─► Function ─► bind(&BindContext, &[BoundArgument]) ─► Binding
//!                                                                                │ argument types (the
//!                                                                                │ analyzer casts to them)
//!   expr::evaluate ◄───────────────── kernel: eval(&[Column], rows) ◄────────────┘ return type
//! ```
//!
//! Types are settled in `bind`; a kernel never coerces.

pub mod aggregate;
mod bind;
mod doc;
pub mod generator;
mod registry;
pub mod scalar;
pub mod signature;
pub mod window;

pub use bind::{BindContext, Binding, BoundArgument};
pub use doc::Doc;
pub use registry::{Function, functions, lookup};
