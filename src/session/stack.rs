//! Room for deep recursion.
//!
//! Expressions and plans are trees, and a statement like `a + a + …` with thousands of terms, or a DataFrame that
//! a loop made out of a thousand unions, is a deep one: the usual stack of a thread is too small for walks
//! over it. Everything that walks them therefore runs on a large stack. Its pages cost nothing until they are
//! touched, so a shallow statement pays microseconds.
//!
//! The parser bounds how deep a statement may be, and the analyzer refuses what would use more than half of the
//! room (`FAILED_TO_PARSE_TOO_COMPLEX`); later passes need less of it for each level.

/// Bytes of the large stack.
const ROOM: usize = 512 << 20;

/// Bytes that must be left for going on without a new stack.
const LEAST: usize = ROOM - (64 << 20);

/// Runs something with room for deep recursion.
pub(crate) fn with_deep_stack<T>(run: impl FnOnce() -> T) -> T {
    stacker::maybe_grow(LEAST, ROOM, run)
}
