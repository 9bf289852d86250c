//! Memory that is filled from the front, while what is filled already is shared.
//!
//! A page is decompressed a stretch at a time, so that the stretch is still in the cache when its values are looked at.
//! Arrays keep the stretches before; all of them share one piece of memory:
//!
//! ```text
//!   |▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒|░░░░|                       |······|
//!   filled: never written again, | to be filled           slack
//!   read by arrays               └ written by the decompressor, read by nobody
//! ```

use arrow::buffer::Buffer;
use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::ptr::NonNull;
use std::sync::Arc;

/// Bytes behind the end that may be written, so that a writer need not count every byte.
pub(super) const SLACK: usize = 64;

/// See the module. One writer; what [`Self::share`] gives may be read by any thread.
#[derive(Debug)]
pub(super) struct GrowingMemory {
    memory: Arc<Memory>,
    /// Bytes at the front that are filled.
    filled: usize,
    /// Bytes that will be.
    length: usize,
}

#[derive(Debug)]
struct Memory {
    start: NonNull<u8>,
    layout: Layout,
    /// Bytes before the first that is filled.
    lead: usize,
}

// SAFETY: a piece of the heap that it owns, as a `Box<[MaybeUninit<u8>]>`; nothing is read or written by way of a shared
// reference to it.
unsafe impl Send for Memory {}
// SAFETY: as above.
unsafe impl Sync for Memory {}

impl Drop for Memory {
    fn drop(&mut self) {
        // SAFETY: allocated with this layout, and nobody else holds it.
        unsafe { dealloc(self.start.as_ptr(), self.layout) }
    }
}

impl GrowingMemory {
    /// Memory for so many bytes, none of which is filled, `lead` bytes behind a multiple of 64. None if there can be no such
    /// memory.
    pub fn new(length: usize, lead: usize) -> Option<GrowingMemory> {
        let size = length.checked_add(SLACK)?.checked_add(lead)?;
        let layout = Layout::from_size_align(size, 64).ok()?;
        // SAFETY: the layout is not empty, since SLACK is not.
        let start = NonNull::new(unsafe { alloc(layout) });
        let start = start.unwrap_or_else(|| handle_alloc_error(layout));
        Some(GrowingMemory {
            memory: Arc::new(Memory {
                start,
                layout,
                lead,
            }),
            filled: 0,
            length,
        })
    }

    fn first(&self) -> NonNull<u8> {
        // SAFETY: the memory has as many bytes before those that are to be filled.
        unsafe { self.memory.start.add(self.memory.lead) }
    }

    /// Bytes that are filled.
    pub fn filled(&self) -> usize {
        self.filled
    }

    /// Bytes that there will be.
    pub fn length(&self) -> usize {
        self.length
    }

    /// What is filled.
    pub fn bytes(&self) -> &[u8] {
        // SAFETY: these bytes have been written, and they are never written again.
        unsafe { std::slice::from_raw_parts(self.first().as_ptr(), self.filled) }
    }

    /// What is filled, for arrays.
    pub fn share(&self) -> Buffer {
        // SAFETY: as in `bytes`; the memory lives as long as the buffer holds it.
        unsafe { Buffer::from_custom_allocation(self.first(), self.filled, self.memory.clone()) }
    }

    /// The place of the first byte that is not filled. `length - filled + SLACK` bytes from there on may be written.
    pub fn end(&mut self) -> *mut u8 {
        // SAFETY: within the memory, since `filled` is never above `length`.
        unsafe { self.first().as_ptr().add(self.filled) }
    }

    /// Says that `count` more bytes are filled.
    ///
    /// # Safety
    ///
    /// They have been written, and they are not more than are to be filled.
    pub unsafe fn advance(&mut self, count: usize) {
        debug_assert!(count <= self.length - self.filled);
        self.filled += count;
    }
}
