//! Joins.
//!
//! ```text
//!   build side ─► Build (sink): concatenates the rows, indexes the keys ──► JoinTable (shared)
//!                                     └► runtime filters for scans of the probe side        │
//!   probe side ─► HashJoin (operator): looks every row up, gathers the pairs ◄─────────────┘
//!                        │ phase + 1
//!   rows of the table with or without a match (outer, semi and anti joins that build the left side)
//! ```
//!
//! The table is read by all workers at once; the only thing they write are bits for "has a match". Either side
//! may be built; [`Shape`] says what that means for each kind of join. What cannot be looked up by equality is a
//! *residual* condition on the pairs; without any equality every row of the table is
//! a candidate.
//!
//! A build side that is too large for one table is split by the hash of its keys instead, and so is the probe side
//! then ([`partitioned`] has the picture). The build decides when its true size is known; [`strategy`] has the
//! rules and the measurements behind them.

mod build;
mod codec;
mod index;
mod leftover;
mod lookup;
mod partitioned;
mod probe;
mod ranked;
mod runtime;
mod shape;
mod strategy;
mod table;

pub(super) use build::{Build, RuntimeSlot};
pub(super) use leftover::Leftover;
pub(super) use partitioned::SecondPass;
pub(super) use probe::{Gathered, HashJoin, ProbeKey, Residual};
pub(super) use shape::{ProbeRows, Shape, TableRows};
pub(super) use strategy::{Distribution, Strategy};
pub(super) use table::{BuildRows, Built, JoinCell, TableKey};
