//! Plans: what a query asks for.
//!
//! [`unresolved`] is the one waist of the engine: everything a user can write, in SQL or in the DataFrame
//! API, is an [`unresolved::Relation`]. The analyzer turns it into a [`logical::LogicalPlan`], in which
//! every name, type and function is bound. They are two types so that an unresolved node cannot reach the
//! optimizer.

mod canonical;
mod display;
mod fingerprint;
pub mod logical;
pub mod statistics;
pub mod unresolved;
mod walk;

pub use logical::LogicalPlan;
