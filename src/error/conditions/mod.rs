//! The conditions Firesteel raises, one file per family. Names and SQLSTATEs are Spark's; texts are ours.

pub mod aggregation;
pub mod analysis;
pub mod catalog;
pub mod conversion;
pub mod datasource;
pub mod datetime;
pub mod execution;
pub mod functions;
pub mod parse;
pub mod queries;
pub mod runtime;
pub mod session;
pub mod types;

#[doc(inline)]
pub use aggregation::*;
#[doc(inline)]
pub use analysis::*;
#[doc(inline)]
pub use catalog::*;
#[doc(inline)]
pub use conversion::*;
#[doc(inline)]
pub use datasource::*;
#[doc(inline)]
pub use datetime::*;
#[doc(inline)]
pub use execution::*;
#[doc(inline)]
pub use functions::*;
#[doc(inline)]
pub use parse::*;
#[doc(inline)]
pub use queries::*;
#[doc(inline)]
pub use runtime::*;
#[doc(inline)]
pub use session::*;
#[doc(inline)]
pub use types::*;

use super::Condition;

/// Every condition, family by family.
pub fn all() -> impl Iterator<Item = &'static Condition> {
    let families = [
        aggregation::ALL,
        analysis::ALL,
        catalog::ALL,
        conversion::ALL,
        datasource::ALL,
        datetime::ALL,
        functions::ALL,
        execution::ALL,
        parse::ALL,
        queries::ALL,
        runtime::ALL,
        session::ALL,
        types::ALL,
    ];
    families.into_iter().flatten().copied()
}
