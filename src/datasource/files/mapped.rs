//! Files as bytes in memory, mapped rather than read.

use bytes::Bytes;
use memmap2::Mmap;
use std::fs::File;
use std::io::Result;
use std::path::Path;

/// The bytes of a file. Mapped, so that nothing is read before it is touched, and workers share it without a
/// file cursor between them.
///
/// Limit: a file that another process cuts short while it is mapped kills this process (SIGBUS), as in every
/// program that maps files. Writers here replace files by rename, which leaves mapped ones alone.
pub fn map_file(path: &Path) -> Result<Bytes> {
    let file = File::open(path)?;
    if file.metadata()?.len() == 0 {
        return Ok(Bytes::new());
    }
    // SAFETY: the map is read-only and owned by the returned bytes; that nobody cuts the file short
    // meanwhile is the documented limit above.
    let map = unsafe { Mmap::map(&file)? };
    Ok(Bytes::from_owner(map))
}
