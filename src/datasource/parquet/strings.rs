//! Plain strings, each behind its length.
//!
//! ```text
//!   page    |5|hello|30|https://…        |0||…         from a length on, 16 bytes are nearly the view:
//!   view     5 hello·······                            a short string is in them,
//!            30 http  buffer  offset                   of a long one the length and the first bytes
//! ```
//!
//! Lengths are followed, UTF-8 is checked and views are made a stretch of the page at a time.

use super::plain::{Collect, OpenPage, PageBytes, STRETCH, Selected};
use arrow::array::{ArrayRef, BinaryViewArray, StringViewArray};
use arrow::buffer::{BooleanBuffer, Buffer, NullBuffer};
use std::sync::Arc;

/// The strings up to this length lie in their views.
const LONGEST_INLINE: u32 = 12;

/// Bytes of a view.
const VIEW: usize = 16;

/// The strings of a batch.
pub(super) struct Strings {
    views: Vec<u128>,
    buffers: Vec<Buffer>,
    /// Per row, whether it has a value; empty as long as all have.
    present: Vec<bool>,
    /// Whether the bytes are to be UTF-8.
    text: bool,
}

impl Strings {
    /// None yet, of an array of `count`.
    pub fn new(text: bool, count: usize) -> Strings {
        Strings {
            views: Vec::with_capacity(count),
            buffers: Vec::new(),
            present: Vec::new(),
            text,
        }
    }
}

/// The texts of a page that holds nothing else. None if there are fewer, or bytes that are not UTF-8.
pub(super) fn plain_texts(page: Buffer, count: usize) -> Option<ArrayRef> {
    let mut strings = Strings::new(true, count);
    let mut page = OpenPage {
        bytes: PageBytes::Whole(page),
        at: 0,
        present: None,
        rows: count,
        row: 0,
    };
    strings.read(&mut page, count, None)?;
    strings.finish()
}

impl Collect for Strings {
    fn len(&self) -> usize {
        self.views.len()
    }

    fn read(&mut self, page: &mut OpenPage, missing: usize, selected: Selected) -> Option<()> {
        let buffer = u32::try_from(self.buffers.len()).ok()?;
        let (first, end) = (page.row, self.views.len() + missing);
        let mut wanted = STRETCH;
        while page.row < page.rows && self.views.len() < end {
            page.bytes.fill(page.at.checked_add(wanted)?)?;
            let bytes = page.bytes.get();
            let (start, before) = (page.at, self.views.len());
            let walk = Walk {
                bytes,
                is_whole: bytes.len() == page.bytes.length(),
                buffer,
                present: page.present.as_ref(),
            };
            let rows = page.row..page.rows;
            let (row, at, longest) = match selected {
                None => walk.walk(rows, start, end, self, |_| true)?,
                Some((mask, row)) => {
                    // A page has no more rows than are left of its row group, and those are the mask's.
                    let is_wanted = |of_page: usize| mask.value(row + (of_page - first));
                    walk.walk(rows, start, end, self, is_wanted)?
                }
            };
            // A string that is longer than what was asked for.
            wanted = match row == page.row {
                true => wanted.checked_mul(2)?,
                false => STRETCH,
            };
            (page.row, page.at) = (row, at);
            if self.text && self.views.len() > before {
                let bytes = page.bytes.get();
                let new = &self.views[before..];
                check_utf8(&bytes[start..at], bytes, longest, new)?;
            }
        }
        self.buffers.push(page.bytes.share());
        Some(())
    }

    fn finish(self) -> Option<ArrayRef> {
        let nulls = (!self.present.is_empty()).then(|| NullBuffer::from(self.present));
        let (views, buffers) = (self.views.into(), self.buffers.into());
        // SAFETY: a long view has been made of bytes that lie in the buffer that has its number, with their length and
        // first bytes; short views hold their bytes and zeros. Text was checked to be UTF-8, string by string or as a
        // whole that begins and ends with a string and has only ASCII between strings (`check_utf8`).
        let array: ArrayRef = unsafe {
            match self.text {
                true => Arc::new(StringViewArray::new_unchecked(views, buffers, nulls)),
                false => Arc::new(BinaryViewArray::new_unchecked(views, buffers, nulls)),
            }
        };
        Some(array)
    }
}

/// What strings are read from.
struct Walk<'a> {
    bytes: &'a [u8],
    /// Whether that is all of the page.
    is_whole: bool,
    /// The number that the bytes have among the buffers of the array.
    buffer: u32,
    present: Option<&'a BooleanBuffer>,
}

impl Walk<'_> {
    /// Appends the wanted ones of `rows`, whose first value is at `at`, until there are `end` strings or the bytes may
    /// not have the next. The row and the place behind what was read, and the length of the longest string there, wanted or
    /// not; None if a string goes beyond the end of the page.
    #[inline(always)]
    fn walk(
        &self,
        rows: std::ops::Range<usize>,
        mut at: usize,
        end: usize,
        strings: &mut Strings,
        is_wanted: impl Fn(usize) -> bool,
    ) -> Option<(usize, usize, u32)> {
        let bytes = self.bytes;
        let (mut row, mut longest) = (rows.start, 0);
        while row < rows.end && strings.views.len() < end {
            let wanted = is_wanted(row);
            if self.present.is_some_and(|present| !present.value(row)) {
                if wanted {
                    strings.present.resize(strings.views.len(), true);
                    strings.present.push(false);
                    strings.views.push(0);
                }
                row += 1;
                continue;
            }
            let head = match bytes.get(at..).and_then(<[u8]>::first_chunk::<VIEW>) {
                Some(head) => u128::from_le_bytes(*head),
                None if !self.is_whole => break,
                None => {
                    // At the end of the page, with zeros behind it.
                    let rest = bytes.get(at..)?;
                    let mut head = [0; VIEW];
                    head[..rest.len()].copy_from_slice(rest);
                    (rest.len() >= 4).then_some(u128::from_le_bytes(head))?
                }
            };
            let length = head as u32;
            let next = (at + 4).checked_add(length as usize)?;
            if next > bytes.len() {
                if self.is_whole {
                    return None;
                }
                break;
            }
            if wanted {
                strings.views.push(match length {
                    ..=LONGEST_INLINE => head & (u128::MAX >> (96 - 8 * length)),
                    _ => {
                        let place = u64::from(self.buffer) | u64::from(at as u32 + 4) << 32;
                        u128::from(head as u64) | u128::from(place) << 64
                    }
                });
                if !strings.present.is_empty() {
                    strings.present.push(true);
                }
            }
            at = next;
            row += 1;
            longest = longest.max(length);
        }
        Some((row, at, longest))
    }
}

/// Checks that strings are UTF-8. They were read from `stretch`, which holds lengths and strings and nothing else; no
/// string in it, those that are not wanted included, is longer than `longest`. `bytes` are those of their buffer.
fn check_utf8(stretch: &[u8], bytes: &[u8], longest: u32, views: &[u128]) -> Option<()> {
    // Lengths below 128 are ASCII: if the whole is UTF-8, no character goes across them.
    if stretch.is_ascii() || (longest < 128 && std::str::from_utf8(stretch).is_ok()) {
        return Some(());
    }
    for view in views {
        let length = *view as u32;
        let inline = view.to_le_bytes();
        let string = match length {
            ..=LONGEST_INLINE => &inline[4..4 + length as usize],
            _ => &bytes[(view >> 96) as usize..][..length as usize],
        };
        std::str::from_utf8(string).ok()?;
    }
    Some(())
}
