//! Puts small batches together, so that what follows does not pay per batch for a few rows.

use crate::error::Result;
use crate::kernel::codes::{CodedConcat, as_coded, plain};
use crate::pipeline::{Batch, Downstream, Flow};
use arrow::array::{Array, ArrayRef, AsArray, StringViewArray};
use arrow::compute::concat;
use arrow::datatypes::DataType;
use std::sync::Arc;

/// Batches from this size on pass as they are.
const ENOUGH: usize = 2048;
/// Rows that are gathered before they go on.
const TARGET: usize = 8192;

/// Holds small batches back until they are enough together.
#[derive(Default)]
pub(in crate::exec) struct Coalescer {
    held: Vec<Batch>,
    rows: usize,
}

impl Coalescer {
    /// Takes a batch; pushes it, or what has been gathered.
    pub fn push(&mut self, batch: Batch, output: &mut Downstream) -> Result<Flow> {
        if batch.rows == 0 {
            return Ok(Flow::Continue);
        }
        if batch.rows >= ENOUGH {
            // Rows keep their order.
            if self.flush(output)? == Flow::Stop {
                return Ok(Flow::Stop);
            }
            return output.push(batch);
        }
        self.rows += batch.rows;
        self.held.push(batch);
        match self.rows >= TARGET {
            true => self.flush(output),
            false => Ok(Flow::Continue),
        }
    }

    /// Pushes what is held.
    pub fn flush(&mut self, output: &mut Downstream) -> Result<Flow> {
        if self.held.is_empty() {
            return Ok(Flow::Continue);
        }
        self.rows = 0;
        let batch = concat_batches(&std::mem::take(&mut self.held))?;
        output.push(batch)
    }
}

/// One batch of all rows.
pub(in crate::exec) fn concat_batches(batches: &[Batch]) -> Result<Batch> {
    let Some((first, rest)) = batches.split_first() else {
        return Ok(Batch::default());
    };
    if rest.is_empty() {
        return Ok(first.clone());
    }
    let rows = batches.iter().map(|batch| batch.rows).sum();
    let mut columns = Vec::with_capacity(first.columns.len());
    let mut codes = CodedConcat::default();
    for column in 0..first.columns.len() {
        let parts: Vec<&ArrayRef> = batches.iter().map(|b| &b.columns[column]).collect();
        columns.push(if parts.iter().all(|part| as_coded(part).is_none()) {
            concat_arrays(&parts)?
        } else if let Some(coded) = codes.concat(&parts)? {
            coded
        } else {
            let parts: Vec<ArrayRef> = parts.into_iter().map(plain).collect::<Result<_>>()?;
            concat_arrays(&parts.iter().collect::<Vec<_>>())?
        });
    }
    Ok(Batch::new(columns, rows))
}

/// One array of all values. Strings are compacted where the views would keep far more text alive than they
/// show, or refer to very many buffers.
pub(in crate::exec) fn concat_arrays(parts: &[&ArrayRef]) -> Result<ArrayRef> {
    if let [only] = parts {
        return Ok((*only).clone());
    }
    let arrays: Vec<&dyn Array> = parts.iter().map(|part| part.as_ref()).collect();
    if let Some(first) = arrays.first()
        && *first.data_type() == DataType::Utf8View
    {
        let buffers: usize = arrays
            .iter()
            .map(|a| a.as_string_view().data_buffers().len())
            .sum();
        if buffers > 4 {
            return Ok(compact_strings(&arrays));
        }
    }
    Ok(concat(&arrays)?)
}

/// Copies the text of all long strings into few buffers of its own.
fn compact_strings(arrays: &[&dyn Array]) -> ArrayRef {
    const MOST: usize = 4 << 20;
    let rows = arrays.iter().map(|array| array.len()).sum();
    let bytes = |array: &&dyn Array| array.as_string_view().total_buffer_bytes_used();
    let bytes: usize = arrays.iter().map(bytes).sum();
    let mut builder = arrow::array::StringViewBuilder::with_capacity(rows)
        .with_fixed_block_size(bytes.clamp(1, MOST) as u32);
    for array in arrays {
        let array: &StringViewArray = array.as_string_view();
        for value in array.iter() {
            builder.append_option(value);
        }
    }
    Arc::new(builder.finish())
}
