//! Files as bytes in memory, mapped rather than read.

use bytes::Bytes;
use memmap2::Mmap;
use std::fs::File;
use std::io::Result;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

/// The bytes of a file. Mapped, so that nothing is read before it is touched, and workers share it without a
/// file cursor between them.
///
/// Limit: a file that another process cuts short while it is mapped kills this process (SIGBUS), as in every
/// program that maps files. Writers here replace files by rename, which leaves mapped ones alone.
#[derive(Debug)]
pub struct MappedFile {
    bytes: Bytes,
    /// None for an empty file.
    map: Option<Arc<Mmap>>,
}

/// What [`Bytes`] owns of a map.
struct Owner(Arc<Mmap>);

impl AsRef<[u8]> for Owner {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl MappedFile {
    /// Maps a file.
    pub fn open(path: &Path) -> Result<MappedFile> {
        let file = File::open(path)?;
        if file.metadata()?.len() == 0 {
            return Ok(MappedFile {
                bytes: Bytes::new(),
                map: None,
            });
        }
        // SAFETY: the map is read-only and owned by the returned bytes; that nobody cuts the file short
        // meanwhile is the documented limit above.
        let map = Arc::new(unsafe { Mmap::map(&file)? });
        Ok(MappedFile {
            bytes: Bytes::from_owner(Owner(map.clone())),
            map: Some(map),
        })
    }

    /// All bytes; they keep the map.
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// Takes the pages of a range out of this process's resident memory: it will hardly be read again soon. If it is,
    /// the pages come back, from the system's cache mostly.
    pub fn release(&self, range: Range<usize>) {
        #[cfg(unix)]
        if let Some(map) = &self.map
            && range.end <= map.len()
            && !range.is_empty()
        {
            // SAFETY: dropped pages of a read-only map of a file are read from the file again when they are touched.
            // Memory that is not given up is no error.
            let _ = unsafe {
                map.unchecked_advise_range(
                    memmap2::UncheckedAdvice::DontNeed,
                    range.start,
                    range.len(),
                )
            };
        }
        #[cfg(not(unix))]
        let _ = range;
    }
}

/// The bytes of a file, see [`MappedFile`].
pub fn map_file(path: &Path) -> Result<Bytes> {
    Ok(MappedFile::open(path)?.bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn released_pages_come_back() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let content: Vec<u8> = (0..100_000u32).map(|byte| (byte % 251) as u8).collect();
        std::fs::write(file.path(), &content).unwrap();
        let mapped = MappedFile::open(file.path()).unwrap();
        assert_eq!(mapped.bytes(), &content);
        mapped.release(5000..90_000);
        mapped.release(0..content.len());
        // Out of bounds.
        mapped.release(0..content.len() + 1);
        assert_eq!(mapped.bytes(), &content);
    }

    #[test]
    fn empty_files_have_no_bytes() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let mapped = MappedFile::open(file.path()).unwrap();
        mapped.release(0..0);
        assert!(mapped.bytes().is_empty());
    }
}
