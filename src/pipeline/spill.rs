//! Rows on disk, for sinks that may not hold more of them in memory.
//!
//! ```text
//!   SpillFile   │ block │ block │ block │ …        appended to by all workers of a sink, each at its own place
//!                   ▲
//!   Spilled ────────┘  offset and lengths; a batch as one Arrow IPC record batch, its buffers lz4
//! ```
//!
//! The file is in `spark.local.dir` and has no name: the system frees it when the last block that refers to it is
//! dropped, or when the process ends however it ends. It is read at positions, never through a cursor, since
//! many workers read at once.

use super::{Batch, QueryContext, Reservation, logical_bytes};
use crate::error::{Error, Result, conditions::SPILL_OUT_OF_MEMORY};
use arrow::array::{
    Array, ArrayRef, AsArray, ListArray, MapArray, RecordBatch, RecordBatchOptions, StructArray,
};
use arrow::buffer::{MutableBuffer, OffsetBuffer};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::ipc::writer::{DictionaryTracker, IpcDataGenerator, IpcWriteContext, IpcWriteOptions};
use arrow::ipc::{CompressionType, MetadataVersion, reader::read_record_batch, root_as_message};
use std::collections::HashMap;
use std::fmt;
use std::fs::File;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

/// Where a sink puts rows that do not fit in memory. Shared by its locals; made at the first write.
pub struct SpillFile {
    /// Who spills, for the error.
    consumer: &'static str,
    file: OnceLock<File>,
    end: AtomicU64,
}

/// A batch on disk.
#[derive(Clone)]
pub struct Spilled {
    file: Arc<SpillFile>,
    schema: SchemaRef,
    offset: u64,
    /// Bytes of the IPC message, and of the buffers behind it.
    lengths: (usize, usize),
    rows: usize,
    bytes: usize,
}

/// Rows that a sink keeps for later, in memory or on disk.
#[derive(Debug)]
pub enum Chunk {
    /// With the memory that they take.
    Memory(Batch, Reservation),
    /// Spilled.
    Disk(Spilled),
}

impl Chunk {
    /// Number of rows.
    pub fn rows(&self) -> usize {
        match self {
            Chunk::Memory(batch, _) => batch.rows,
            Chunk::Disk(spilled) => spilled.rows,
        }
    }

    /// Bytes that its rows take, or will take, in memory.
    pub fn bytes(&self) -> usize {
        match self {
            Chunk::Memory(_, reservation) => reservation.bytes(),
            Chunk::Disk(spilled) => spilled.bytes,
        }
    }

    /// Whether it is on disk.
    pub fn is_spilled(&self) -> bool {
        matches!(self, Chunk::Disk(_))
    }

    /// The rows. Their memory is the caller's to account for.
    pub fn into_batch(self) -> Result<Batch> {
        match self {
            Chunk::Memory(batch, _) => Ok(batch),
            Chunk::Disk(spilled) => spilled.read(),
        }
    }
}

impl SpillFile {
    /// A file that is made when something is written. `consumer` is named in errors.
    pub fn new(consumer: &'static str) -> Arc<SpillFile> {
        Arc::new(SpillFile {
            consumer,
            file: OnceLock::new(),
            end: AtomicU64::new(0),
        })
    }

    /// Writes a batch. Called by any worker, many at once.
    pub fn write(self: &Arc<Self>, batch: &Batch, query: &QueryContext) -> Result<Spilled> {
        let columns: Vec<ArrayRef> = batch.columns.iter().map(compact).collect();
        let fields = columns.iter().enumerate().map(|(position, column)| {
            Field::new(position.to_string(), column.data_type().clone(), true)
        });
        let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        let options = RecordBatchOptions::new().with_row_count(Some(batch.rows));
        let record = RecordBatch::try_new_with_options(schema.clone(), columns, &options)?;
        let options =
            IpcWriteOptions::default().try_with_compression(Some(CompressionType::LZ4_FRAME))?;
        let (_, encoded) = IpcDataGenerator::default().encode(
            &record,
            &mut DictionaryTracker::new(false),
            &options,
            &mut IpcWriteContext::default(),
        )?;
        let (message, body) = (encoded.ipc_message, encoded.arrow_data);
        let length = (message.len() + body.len()) as u64;
        let offset = self.end.fetch_add(length, Ordering::Relaxed);
        let write = || -> io::Result<()> {
            let file = self.open(query)?;
            write_at(file, &message, offset)?;
            write_at(file, &body, offset + message.len() as u64)
        };
        write().map_err(|error| self.failed(error))?;
        let bytes = logical_bytes(batch) as usize;
        query.memory.add_spilled(bytes);
        Ok(Spilled {
            file: self.clone(),
            schema,
            offset,
            lengths: (message.len(), body.len()),
            rows: batch.rows,
            bytes,
        })
    }

    /// The file. Two workers that both find none make one each, of which one is dropped at once.
    fn open(&self, query: &QueryContext) -> io::Result<&File> {
        if let Some(file) = self.file.get() {
            return Ok(file);
        }
        let folder = query.config.get("spark.local.dir").unwrap_or_default();
        // Spark takes a list, to spread the load; one will do here.
        let folder = folder.split(',').next().unwrap_or_default().trim();
        let made = match folder.is_empty() {
            true => tempfile::tempfile(),
            false => tempfile::tempfile_in(folder)
                .map_err(|error| io::Error::new(error.kind(), format!("{folder}: {error}"))),
        };
        let made = made?;
        Ok(self.file.get_or_init(|| made))
    }

    fn failed(&self, error: impl fmt::Display) -> Error {
        let parameters = [
            ("consumerToSpill", self.consumer.to_string()),
            ("message", error.to_string()),
        ];
        Error::new(&SPILL_OUT_OF_MEMORY, parameters)
    }
}

impl Spilled {
    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Bytes that the rows take in memory.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Reads the rows; as often as wanted, by any worker.
    pub fn read(&self) -> Result<Batch> {
        let file = (self.file.file.get())
            .ok_or_else(|| Error::internal("rows were read that were not spilled"))?;
        let (message_length, body_length) = self.lengths;
        let mut message = vec![0u8; message_length];
        let mut body = MutableBuffer::from_len_zeroed(body_length);
        read_at(file, &mut message, self.offset)
            .and_then(|()| read_at(file, &mut body, self.offset + message_length as u64))
            .map_err(|error| self.file.failed(error))?;
        let message = root_as_message(&message).map_err(|error| self.file.failed(error))?;
        let header = message
            .header_as_record_batch()
            .ok_or_else(|| self.file.failed("the block is damaged"))?;
        let record = read_record_batch(
            &body.into(),
            header,
            self.schema.clone(),
            &HashMap::new(),
            None,
            &MetadataVersion::V5,
        )?;
        Ok(Batch::new(record.columns().to_vec(), self.rows))
    }
}

impl fmt::Debug for Spilled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Spilled({} rows, {} bytes)", self.rows, self.bytes)
    }
}

/// The array with only the text that it shows: IPC writes all buffers that views refer to, and a slice of a
/// large batch refers to those of the whole.
fn compact(array: &ArrayRef) -> ArrayRef {
    match array.data_type() {
        DataType::Utf8View => Arc::new(array.as_string_view().gc()),
        DataType::BinaryView => Arc::new(array.as_binary_view().gc()),
        DataType::Struct(fields) => {
            let columns = array.as_struct().columns().iter().map(compact).collect();
            let made = StructArray::try_new_with_length(
                fields.clone(),
                columns,
                array.nulls().cloned(),
                array.len(),
            );
            made.map_or_else(|_| array.clone(), |made| Arc::new(made) as ArrayRef)
        }
        DataType::List(field) => {
            let list = array.as_list::<i32>();
            let (offsets, values) = shown(list.offsets(), list.values());
            let made = ListArray::try_new(field.clone(), offsets, values, array.nulls().cloned());
            made.map_or_else(|_| array.clone(), |made| Arc::new(made) as ArrayRef)
        }
        DataType::Map(field, ordered) => {
            let map = array.as_map();
            let entries: ArrayRef = Arc::new(map.entries().clone());
            let (offsets, entries) = shown(map.offsets(), &entries);
            let made = MapArray::try_new(
                field.clone(),
                offsets,
                entries.as_struct().clone(),
                array.nulls().cloned(),
                *ordered,
            );
            made.map_or_else(|_| array.clone(), |made| Arc::new(made) as ArrayRef)
        }
        _ => array.clone(),
    }
}

/// The elements that offsets refer to, compacted, and the offsets into them.
fn shown(offsets: &OffsetBuffer<i32>, values: &ArrayRef) -> (OffsetBuffer<i32>, ArrayRef) {
    let (first, last) = (offsets[0], offsets[offsets.len() - 1]);
    let values = values.slice(first as usize, (last - first) as usize);
    let lengths = offsets.windows(2).map(|pair| (pair[1] - pair[0]) as usize);
    (OffsetBuffer::from_lengths(lengths), compact(&values))
}

#[cfg(unix)]
fn read_at(file: &File, bytes: &mut [u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, offset)
}

#[cfg(unix)]
fn write_at(file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, offset)
}

#[cfg(windows)]
fn read_at(file: &File, mut bytes: &mut [u8], mut offset: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        match std::os::windows::fs::FileExt::seek_read(file, bytes, offset)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            read => {
                bytes = &mut bytes[read..];
                offset += read as u64;
            }
        }
    }
    Ok(())
}

#[cfg(windows)]
fn write_at(file: &File, mut bytes: &[u8], mut offset: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        let written = std::os::windows::fs::FileExt::seek_write(file, bytes, offset)?;
        bytes = &bytes[written..];
        offset += written as u64;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{Decimal64Array, Int32Array, StringViewArray};

    fn query() -> QueryContext {
        QueryContext::new(Arc::default(), 1, 1 << 20, Arc::default())
    }

    #[test]
    fn what_is_written_is_read_again() {
        let text: StringViewArray = ["a", "something longer than a view holds", "c"]
            .into_iter()
            .map(Some)
            .chain([None])
            .collect();
        let lists = ListArray::from_iter_primitive::<arrow::datatypes::Int32Type, _, _>([
            Some(vec![Some(1), None]),
            None,
            Some(vec![]),
            Some(vec![Some(7), Some(8)]),
        ]);
        let text: ArrayRef = Arc::new(text);
        let fields = vec![Field::new("a", DataType::Utf8View, true)].into();
        let nested = StructArray::new(fields, vec![text.clone()], None);
        let decimal = Decimal64Array::from(vec![Some(1), None, Some(3), Some(4)]);
        let decimal = decimal.with_precision_and_scale(10, 2).unwrap();
        let columns: Vec<ArrayRef> = vec![
            text,
            Arc::new(lists),
            Arc::new(nested),
            Arc::new(decimal),
            Arc::new(Int32Array::from(vec![1, 2, 3, 4])),
        ];
        let batch = Batch::new(columns, 4);
        let file = SpillFile::new("test");
        let query = query();
        let whole = file.write(&batch, &query).unwrap();
        let part = file.write(&batch.slice(1, 3), &query).unwrap();
        let empty = file.write(&Batch::new(Vec::new(), 5), &query).unwrap();
        assert_eq!(whole.read().unwrap().columns, batch.columns);
        assert_eq!(part.read().unwrap().columns, batch.slice(1, 3).columns);
        assert_eq!(empty.read().unwrap().rows, 5);
        assert!(query.memory.spilled() > 0);
    }

    #[test]
    fn a_slice_does_not_write_the_text_of_the_whole() {
        let long = "x".repeat(100);
        let text: StringViewArray = (0..1000).map(|_| Some(long.as_str())).collect();
        let batch = Batch::new(vec![Arc::new(text)], 1000);
        let file = SpillFile::new("test");
        let spilled = file.write(&batch.slice(10, 1), &query()).unwrap();
        assert!(spilled.lengths.1 < 1000, "{:?}", spilled.lengths);
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_a_condition() {
        let mut config = crate::config::Config::default();
        config.set("spark.local.dir", "/nowhere/at/all");
        let query = QueryContext::new(Arc::new(config), 1, 0, Arc::default());
        let error = (SpillFile::new("sort").write(&Batch::new(Vec::new(), 1), &query)).unwrap_err();
        assert_eq!(error.condition(), &SPILL_OUT_OF_MEMORY);
        assert_eq!(error.parameter("consumerToSpill"), Some("sort"));
    }
}
