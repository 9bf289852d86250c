//! How the command's allocator treats memory that is freed.
//!
//! mimalloc gives freed pages back to the system after 10 ms, and the next batch faults them in again, zeroed. A query
//! engine frees and takes the same amounts all the time: over the 22 TPC-H queries at scale factor 1 (5 runs each, two
//! threads) keeping the pages takes the system time from 2.0 s to 0.3 s beside 24 s of user time, and page faults from
//! 160 thousand to 11 thousand. The peak hardly grows, because memory is at its peak when little of it is free: at
//! scale factor 10 by 2 % to 6 % (queries 1, 9, 10 and 18).
//!
//! The price is that an idle shell keeps the peak of its queries. `MIMALLOC_PURGE_DELAY`, if set, is left as it is.

use libmimalloc_sys::{mi_option_set, mi_option_t};

/// `mi_option_purge_delay` of mimalloc's header, which the bindings do not name.
const PURGE_DELAY: mi_option_t = 15;

/// Keeps freed pages. For programs whose global allocator is mimalloc, at their start.
pub fn keep_freed_pages() {
    if std::env::var_os("MIMALLOC_PURGE_DELAY").is_none() {
        // Sets a number in a table of options.
        unsafe { mi_option_set(PURGE_DELAY, -1) };
    }
}
