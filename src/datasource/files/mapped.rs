//! Files as bytes in memory, mapped rather than read.

use bytes::Bytes;
use memmap2::Mmap;
use std::collections::HashSet;
use std::fs::File;
use std::io::Result;
use std::ops::Range;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

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
    kept: Mutex<Kept>,
}

/// Ranges that were to be released and are not, so that small tables that are read over and over are not mapped anew
/// every time.
#[derive(Debug, Default)]
struct Kept {
    starts: HashSet<usize>,
    bytes: usize,
}

/// Bytes that the files of the process keep at most.
const MOST_KEPT: usize = 384 << 20;

/// Bytes that they keep.
static KEPT: AtomicUsize = AtomicUsize::new(0);

impl Kept {
    /// Whether a range is kept, or can be from now on.
    fn has(&mut self, range: &Range<usize>) -> bool {
        if self.starts.contains(&range.start) {
            return true;
        }
        if KEPT.fetch_add(range.len(), Ordering::Relaxed) + range.len() > MOST_KEPT {
            KEPT.fetch_sub(range.len(), Ordering::Relaxed);
            return false;
        }
        self.starts.insert(range.start);
        self.bytes += range.len();
        true
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        KEPT.fetch_sub(self.bytes, Ordering::Relaxed);
    }
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
                kept: Mutex::default(),
            });
        }
        // SAFETY: the map is read-only and owned by the returned bytes; that nobody cuts the file short
        // meanwhile is the documented limit above.
        let map = Arc::new(unsafe { Mmap::map(&file)? });
        Ok(MappedFile {
            bytes: Bytes::from_owner(Owner(map.clone())),
            map: Some(map),
            kept: Mutex::default(),
        })
    }

    /// All bytes; they keep the map.
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// Takes the pages of a range out of this process's resident memory, unless all that was released takes little: it
    /// will hardly be read again soon. If it is, the pages come back, from the system's cache mostly. A range is always
    /// released as a whole.
    pub fn release(&self, range: Range<usize>) {
        let kept = self.kept.lock();
        // The lock ends here: other workers need not wait for the system.
        let is_kept = kept.unwrap_or_else(PoisonError::into_inner).has(&range);
        if !is_kept {
            self.drop_pages(range);
        }
    }

    fn drop_pages(&self, range: Range<usize>) {
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
        mapped.drop_pages(5000..90_000);
        mapped.drop_pages(0..content.len());
        // Out of bounds.
        mapped.drop_pages(0..content.len() + 1);
        assert_eq!(mapped.bytes(), &content);
    }

    #[test]
    fn empty_files_have_no_bytes() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let mapped = MappedFile::open(file.path()).unwrap();
        mapped.drop_pages(0..0);
        assert!(mapped.bytes().is_empty());
    }
    #[test]
    fn only_so_much_is_kept() {
        let mut kept = Kept::default();
        assert!(kept.has(&(0..1000)));
        // Once, however often it is read.
        assert!(kept.has(&(0..1000)));
        assert_eq!(kept.bytes, 1000);
        assert!(!kept.has(&(1000..MOST_KEPT + 2000)));
        assert_eq!(kept.bytes, 1000);
    }
}
