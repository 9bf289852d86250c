//! The build side of a join, complete and indexed.

use super::codec::{Codec, Words};
use super::index::{Index, NONE};
use crate::error::{Error, Result};
use crate::pipeline::QueryContext;
use arrow::array::{ArrayRef, AsArray};
use arrow::buffer::BooleanBuffer;
use arrow::row::Rows;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

/// Where a build puts its table, and probes find it.
#[derive(Default)]
pub(in crate::exec) struct JoinCell(OnceLock<Arc<JoinTable>>);

impl JoinCell {
    /// Puts the table in; once.
    pub fn fill(&self, table: JoinTable) -> Result<()> {
        let filled = self.0.set(Arc::new(table));
        filled.map_err(|_| Error::internal("a join was built twice"))
    }

    /// The table, if the build has finished.
    pub fn get(&self) -> Option<Arc<JoinTable>> {
        self.0.get().cloned()
    }

    /// The table; the stage of the build comes before that of the probe.
    pub fn table(&self) -> Result<Arc<JoinTable>> {
        self.get()
            .ok_or_else(|| Error::internal("a join was probed before it was built"))
    }
}

/// The rows of the build side.
pub(in crate::exec) struct JoinTable {
    /// The columns that are read above.
    pub columns: Vec<ArrayRef>,
    /// Number of rows.
    pub rows: usize,
    /// A key is NULL somewhere.
    pub has_null: bool,
    /// Rows with a match, where that matters; a bit each.
    pub matched: Vec<AtomicU64>,
    pub(super) lookup: Lookup,
    pub(super) query: Arc<QueryContext>,
    pub(super) reserved: usize,
}

/// Finds rows by key.
pub(super) struct Lookup {
    pub codec: Codec,
    pub index: Index,
    pub null_safe: Vec<bool>,
    pub verify: Verify,
}

/// Sees the matches of probe rows.
pub(super) trait Visitor {
    /// A match; says whether to go on with further matches of the same probe row.
    fn pair(&mut self, probe: usize, built: u32) -> bool;

    /// There are no more matches of this probe row. Called for every one.
    fn end(&mut self, probe: usize) -> Result<()>;
}

/// What tells apart keys of equal hash.
pub(super) enum Verify {
    /// Words are the keys.
    Nothing,
    Text(ArrayRef),
    Rows(Rows),
}

impl Drop for JoinTable {
    fn drop(&mut self) {
        self.query.memory.release(self.reserved);
    }
}

impl Lookup {
    /// Indexes the keys; also says whether one is NULL.
    pub fn new(
        keys: &[ArrayRef],
        null_safe: Vec<bool>,
        rows: usize,
        query: &QueryContext,
    ) -> Result<Lookup> {
        let codec = Codec::choose(keys, &null_safe)?;
        if keys.is_empty() {
            return Ok(Lookup {
                codec,
                index: Index::Every(rows as u32),
                null_safe,
                verify: Verify::Nothing,
            });
        }
        let (words, valid) = codec.encode(keys, &null_safe, rows)?;
        let valid = valid.as_ref();
        let (index, verify) = match words {
            Words::Narrow(words) => {
                let largest = words.iter().copied().max().unwrap_or(0);
                (
                    Index::narrow(&words, valid, largest, query)?,
                    Verify::Nothing,
                )
            }
            Words::Wide(words) => (Index::wide(&words, valid, query)?, Verify::Nothing),
            Words::Text(hashes, text) => (
                Index::narrow(&hashes, valid, u64::MAX, query)?,
                Verify::Text(text),
            ),
            Words::Rows(hashes, rows) => (
                Index::narrow(&hashes, valid, u64::MAX, query)?,
                Verify::Rows(rows),
            ),
        };
        Ok(Lookup {
            codec,
            index,
            null_safe,
            verify,
        })
    }

    /// Shows every match to the visitor, probe rows in order.
    pub fn visit(&self, keys: &[ArrayRef], rows: usize, visitor: &mut impl Visitor) -> Result<()> {
        if let Index::Every(built) = self.index {
            for row in 0..rows {
                for found in 0..built {
                    if !visitor.pair(row, found) {
                        break;
                    }
                }
                visitor.end(row)?;
            }
            return Ok(());
        }
        let (words, valid) = self.codec.encode(keys, &self.null_safe, rows)?;
        let valid = valid.as_ref();
        macro_rules! each_row {
            (|$row:ident| $body:expr) => {
                for $row in 0..rows {
                    if valid.is_none_or(|valid: &BooleanBuffer| valid.value($row)) {
                        $body
                    }
                    visitor.end($row)?;
                }
            };
        }
        match (words, &self.index, &self.verify) {
            (Words::Narrow(words), Index::DenseUnique(by_word), _) => each_row!(|row| {
                let found = by_word.get(words[row] as usize).copied().unwrap_or(NONE);
                if found != NONE {
                    visitor.pair(row, found);
                }
            }),
            (Words::Narrow(words), Index::Dense { starts, rows }, _) => each_row!(|row| {
                let word = words[row] as usize;
                if word + 1 < starts.len() {
                    for place in starts[word]..starts[word + 1] {
                        if !visitor.pair(row, rows[place as usize]) {
                            break;
                        }
                    }
                }
            }),
            (Words::Narrow(words), Index::Narrow(index), _) => {
                each_row!(|row| index.each(words[row], |found| visitor.pair(row, found)))
            }
            (Words::Wide(words), Index::Wide(index), _) => {
                each_row!(|row| index.each(words[row], |found| visitor.pair(row, found)))
            }
            (Words::Text(hashes, text), Index::Narrow(index), Verify::Text(built)) => {
                let (text, built) = (text.as_string_view(), built.as_string_view());
                each_row!(|row| index.each(hashes[row], |found| {
                    built.value(found as usize) != text.value(row) || visitor.pair(row, found)
                }))
            }
            (Words::Rows(hashes, keys), Index::Narrow(index), Verify::Rows(built)) => {
                each_row!(|row| index.each(hashes[row], |found| {
                    built.row(found as usize) != keys.row(row) || visitor.pair(row, found)
                }))
            }
            _ => {
                return Err(Error::internal(
                    "a join index of another form than its keys",
                ));
            }
        }
        Ok(())
    }

    /// Where a value of the only key may have a match; NULL never has.
    pub fn may_contain(&self, key: &ArrayRef) -> Result<BooleanBuffer> {
        let rows = key.len();
        let (words, valid) = self
            .codec
            .encode(std::slice::from_ref(key), &self.null_safe, rows)?;
        let found = match (words, &self.index) {
            (Words::Narrow(words), Index::DenseUnique(by_word)) => {
                BooleanBuffer::collect_bool(rows, |row| {
                    by_word
                        .get(words[row] as usize)
                        .is_some_and(|found| *found != NONE)
                })
            }
            (Words::Narrow(words), Index::Dense { starts, .. }) => {
                BooleanBuffer::collect_bool(rows, |row| {
                    let word = words[row] as usize;
                    word + 1 < starts.len() && starts[word] < starts[word + 1]
                })
            }
            (
                Words::Narrow(words) | Words::Text(words, _) | Words::Rows(words, _),
                Index::Narrow(index),
            ) => BooleanBuffer::collect_bool(rows, |row| index.contains(words[row])),
            (Words::Wide(words), Index::Wide(index)) => {
                BooleanBuffer::collect_bool(rows, |row| index.contains(words[row]))
            }
            _ => {
                return Err(Error::internal(
                    "a join index of another form than its keys",
                ));
            }
        };
        Ok(match valid {
            Some(valid) => &found & &valid,
            None => found,
        })
    }
}

impl JoinTable {
    /// Notes that a row has a match.
    #[inline]
    pub fn mark(&self, row: u32) {
        let bit = 1 << (row % 64);
        let word = &self.matched[row as usize / 64];
        if word.load(Ordering::Relaxed) & bit == 0 {
            word.fetch_or(bit, Ordering::Relaxed);
        }
    }

    /// Whether a row has a match.
    #[inline]
    pub fn is_marked(&self, row: usize) -> bool {
        self.matched[row / 64].load(Ordering::Relaxed) & (1 << (row % 64)) != 0
    }
}
