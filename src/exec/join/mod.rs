//! Joins.
//!
//! ```text
//!   build side ─► Build (sink): concatenates the rows, indexes the keys ──► JoinTable (shared)
//!                                     └► runtime filters for scans of the probe side        │
//!   probe side ─► Probe (operator): looks every row up, gathers the pairs ◄────────────────┘
//!                        │ phase + 1
//!   rows of the table with or without a match (outer, semi and anti joins that build the left side)
//! ```
//!
//! The table is read by all workers at once; the only thing they write are bits for "has a match". Either side
//! may be built; [`Shape`] says what that means for each kind of join. What cannot be looked up by equality is a
//! *residual* condition on the pairs; without any equality every row of the table is
//! a candidate.

mod build;
mod codec;
mod index;
mod leftover;
mod probe;
mod runtime;
mod shape;
mod table;

pub(super) use build::{Build, BuildKey, RuntimeSlot};
pub(super) use leftover::Leftover;
pub(super) use probe::{Gathered, HashJoin, Residual};
pub(super) use shape::{ProbeRows, Shape, TableRows};
pub(super) use table::JoinCell;
