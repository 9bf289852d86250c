//! Sorted runs on disk, and their merge.
//!
//! ```text
//!   rows ─► Run ─ memory refused ─► sorted, written in blocks ─► SortedRun ─┐
//!   rows ─► Run ─ memory refused ─► sorted, written in blocks ─► SortedRun ─┼─► Merge: a heap over the runs'
//!   rows ─► Run ─ at the end, likewise ───────────────────────► SortedRun ─┘           first rows
//!
//!   block = prefix │ position │ rest of the key, if there is one │ the columns
//! ```
//!
//! The keys are written as they are compared, so that they are computed once. One block of every run is in
//! memory while they are merged.

use super::SortKeys;
use super::key::{Rest, compare_rest};
use super::layout::KeyStats;
use super::ordered::Held;
use super::run::{Run, first_position, gather};
use crate::error::{Error, Result};
use crate::exec::operators::Position;
use crate::pipeline::{
    Batch, BatchReader, Flow, QueryContext, Reservation, SpillFile, Spilled, TaskContext,
    logical_bytes,
};
use arrow::array::{Array, ArrayRef, AsArray, BinaryBuilder, Decimal128Array, UInt64Array};
use arrow::buffer::ScalarBuffer;
use arrow::compute::interleave;
use std::cmp::Ordering;
use std::sync::Arc;

/// Rows of a block.
const BLOCK_ROWS: usize = 8192;

/// Collects rows to be sorted; those that memory does not hold become sorted runs on disk.
pub(super) struct Sorter {
    keys: Arc<SortKeys>,
    held: Vec<Held>,
    stats: Vec<KeyStats>,
    /// Of the row that comes next.
    next: u64,
    position: Position,
    reservation: Reservation,
    file: Arc<SpillFile>,
    spilled: Vec<SortedRun>,
}

/// Rows in order, on disk.
pub(super) struct SortedRun(Vec<Spilled>);

impl SortedRun {
    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.0.iter().map(Spilled::rows).sum()
    }
}

impl Sorter {
    pub fn new(keys: &Arc<SortKeys>, file: &Arc<SpillFile>, task: &TaskContext) -> Sorter {
        Sorter {
            keys: keys.clone(),
            held: Vec::new(),
            stats: Vec::new(),
            next: first_position(task.partition),
            position: Position::start(task),
            reservation: Reservation::new(&task.query),
            file: file.clone(),
            spilled: Vec::new(),
        }
    }

    /// The rows that follow are of another partition.
    pub fn begin_partition(&mut self, task: &TaskContext) {
        self.position = Position::start(task);
        self.next = first_position(task.partition);
    }

    /// Adds rows.
    pub fn push(&mut self, batch: Batch) -> Result<Flow> {
        let rows = batch.rows;
        let bytes = logical_bytes(&batch) as usize + rows * Run::BYTES_PER_ROW;
        let fits = self.reservation.resize(self.reservation.bytes() + bytes);
        let context = self.position.context();
        let keys = (self.keys.expressions).eval_arrays(&batch.columns, rows, context)?;
        self.stats.resize_with(keys.len(), KeyStats::default);
        for (stats, key) in self.stats.iter_mut().zip(&keys) {
            stats.merge(&KeyStats::of(key));
        }
        self.held.push(Held {
            batch,
            keys,
            position: self.next,
        });
        self.next += rows as u64;
        self.position.advance(rows);
        if !fits && self.reservation.bytes() > self.reservation.query().memory.working_set() {
            self.spill()?;
        }
        Ok(Flow::Continue)
    }

    /// Whether rows are on disk.
    pub fn has_spilled(&self) -> bool {
        !self.spilled.is_empty()
    }

    /// The rows, if none are on disk, what is known of their keys, and their memory.
    pub fn into_rows(self) -> (Vec<Held>, Vec<KeyStats>, Reservation) {
        (self.held, self.stats, self.reservation)
    }

    /// All rows in sorted runs.
    pub fn into_spilled(mut self) -> Result<Vec<SortedRun>> {
        self.spill()?;
        Ok(self.spilled)
    }

    fn spill(&mut self) -> Result<()> {
        let query = self.reservation.query().clone();
        if self.held.is_empty() {
            return Ok(());
        }
        let mut run = Run::default();
        for held in std::mem::take(&mut self.held) {
            run.push_keys(&self.keys, &held.keys, held.batch, held.position, |_| true)?;
        }
        self.stats.clear();
        run.sort_here();
        let mut blocks = Vec::with_capacity(run.items.len().div_ceil(BLOCK_ROWS));
        for items in run.items.chunks(BLOCK_ROWS) {
            let rows = gather(&run.batches, items)?;
            let prefixes = items.iter().map(|item| item.prefix as i128);
            let positions = items.iter().map(|item| item.position);
            let mut columns: Vec<ArrayRef> = vec![
                Arc::new(Decimal128Array::from(prefixes.collect::<Vec<_>>())),
                Arc::new(UInt64Array::from(positions.collect::<Vec<_>>())),
            ];
            if self.keys.has_rest() {
                let mut rests = BinaryBuilder::new();
                items
                    .iter()
                    .for_each(|item| rests.append_value(run.rest(item)));
                columns.push(Arc::new(rests.finish()));
            }
            columns.extend(rows.columns);
            blocks.push(self.file.write(&Batch::new(columns, items.len()), &query)?);
        }
        self.spilled.push(SortedRun(blocks));
        drop(run);
        self.reservation.resize(0);
        Ok(())
    }
}

/// Where the merge is in a run.
struct Cursor {
    /// The blocks that follow, the next one last.
    blocks: Vec<Spilled>,
    prefixes: ScalarBuffer<i128>,
    positions: ScalarBuffer<u64>,
    rest: Rest,
    row: usize,
    /// The present block among those that the next batch is gathered from.
    block: usize,
}

/// Gives the rows of several runs in order.
pub(super) struct Merge {
    keys: Arc<SortKeys>,
    cursors: Vec<Cursor>,
    /// Cursors with rows, as a heap: the one with the first row on top.
    heap: Vec<usize>,
    /// The columns of the blocks that the next batch is gathered from.
    blocks: Vec<Batch>,
    /// The key of the row given last.
    last: Option<(u128, Vec<u8>)>,
    /// For the blocks in memory.
    reservation: Reservation,
}

impl Merge {
    pub fn new(
        keys: &Arc<SortKeys>,
        runs: Vec<SortedRun>,
        query: &Arc<QueryContext>,
    ) -> Result<Merge> {
        let mut merge = Merge {
            keys: keys.clone(),
            cursors: Vec::with_capacity(runs.len()),
            heap: Vec::new(),
            blocks: Vec::new(),
            last: None,
            reservation: Reservation::new(query),
        };
        for (number, SortedRun(mut blocks)) in runs.into_iter().enumerate() {
            blocks.reverse();
            merge.cursors.push(Cursor {
                blocks,
                prefixes: ScalarBuffer::from(Vec::new()),
                positions: ScalarBuffer::from(Vec::new()),
                rest: None,
                row: 0,
                block: 0,
            });
            if merge.load(number)? {
                merge.heap.push(number);
            }
        }
        for place in (0..merge.heap.len() / 2).rev() {
            merge.sift_down(place);
        }
        Ok(merge)
    }

    /// Reads a run's next block; false if there is none.
    fn load(&mut self, number: usize) -> Result<bool> {
        let cursor = &mut self.cursors[number];
        let Some(spilled) = cursor.blocks.pop() else {
            return Ok(false);
        };
        let mut block = spilled.read()?;
        let keys = if self.keys.has_rest() { 3 } else { 2 };
        let columns = block.columns.split_off(keys);
        let damaged = || Error::internal("a sorted run of another form");
        let prefixes = block.columns[0].as_primitive_opt::<arrow::datatypes::Decimal128Type>();
        cursor.prefixes = prefixes.ok_or_else(damaged)?.values().clone();
        let positions = block.columns[1].as_primitive_opt::<arrow::datatypes::UInt64Type>();
        cursor.positions = positions.ok_or_else(damaged)?.values().clone();
        cursor.rest = match block.columns.get(2) {
            Some(rest) => {
                let rest = rest.as_binary_opt::<i32>().ok_or_else(damaged)?;
                Some(self.keys.rest_of(rest.clone()))
            }
            None => None,
        };
        cursor.row = 0;
        cursor.block = self.blocks.len();
        let bytes = self.reservation.bytes() + spilled.bytes();
        self.reservation.resize(bytes);
        self.blocks.push(Batch::new(columns, block.rows));
        Ok(true)
    }

    fn compare(&self, a: usize, b: usize) -> Ordering {
        let (a, b) = (&self.cursors[a], &self.cursors[b]);
        let prefix = |cursor: &Cursor| cursor.prefixes[cursor.row] as u128;
        let rest = |cursor: &Cursor| cursor.row as u32;
        prefix(a)
            .cmp(&prefix(b))
            .then_with(|| compare_rest((&a.rest, rest(a)), (&b.rest, rest(b))))
            .then_with(|| a.positions[a.row].cmp(&b.positions[b.row]))
    }

    fn sift_down(&mut self, mut place: usize) {
        loop {
            let mut first = place;
            for child in [place * 2 + 1, place * 2 + 2] {
                if child < self.heap.len()
                    && self.compare(self.heap[child], self.heap[first]).is_lt()
                {
                    first = child;
                }
            }
            if first == place {
                return;
            }
            self.heap.swap(place, first);
            place = first;
        }
    }

    /// Whether the next row has the same key as the one given last.
    pub fn continues(&self) -> bool {
        match (&self.last, self.heap.first()) {
            (Some((prefix, rest)), Some(top)) => {
                let (next, next_rest) = self.key(*top);
                next == *prefix && next_rest == rest.as_slice()
            }
            _ => false,
        }
    }

    /// The key of a run's next row.
    fn key(&self, number: usize) -> (u128, &[u8]) {
        let cursor = &self.cursors[number];
        let rest = cursor.rest.as_ref();
        (
            cursor.prefixes[cursor.row] as u128,
            rest.map_or(&[], |rows| rows.row(cursor.row).data()),
        )
    }

    /// At most so many rows; none at the end.
    pub fn take(&mut self, most: usize) -> Result<Batch> {
        let mut indices = Vec::with_capacity(most.min(BLOCK_ROWS));
        while let Some(top) = self.heap.first().copied()
            && indices.len() < most.min(BLOCK_ROWS)
        {
            let cursor = &self.cursors[top];
            indices.push((cursor.block, cursor.row));
            if indices.len() == most {
                let (prefix, rest) = self.key(top);
                self.last = Some((prefix, rest.to_vec()));
            }
            let cursor = &mut self.cursors[top];
            cursor.row += 1;
            if cursor.row == cursor.prefixes.len() && !self.load(top)? {
                self.heap.swap_remove(0);
            }
            self.sift_down(0);
        }
        let mut columns = Vec::new();
        if !indices.is_empty() {
            for column in 0..self.blocks[0].columns.len() {
                let arrays: Vec<&dyn Array> = (self.blocks.iter())
                    .map(|block| block.columns[column].as_ref())
                    .collect();
                columns.push(interleave(&arrays, &indices)?);
            }
        }
        self.forget_blocks();
        Ok(Batch::new(columns, indices.len()))
    }

    /// Keeps only the blocks that have rows left.
    fn forget_blocks(&mut self) {
        let mut kept = Vec::with_capacity(self.heap.len());
        for number in &self.heap {
            let cursor = &mut self.cursors[*number];
            kept.push(std::mem::take(&mut self.blocks[cursor.block]));
            cursor.block = kept.len() - 1;
        }
        self.blocks = kept;
        let bytes = self
            .blocks
            .iter()
            .map(|block| logical_bytes(block) as usize);
        let bytes = bytes.sum();
        self.reservation.resize(bytes);
    }
}

impl BatchReader for Merge {
    fn next(&mut self) -> Result<Option<Batch>> {
        let batch = self.take(BLOCK_ROWS)?;
        Ok((batch.rows > 0).then_some(batch))
    }
}
