//! The bytes of a file, or of a range of it, as a window that moves forwards.
//!
//! A mapped file needs no buffer. Compressed files and other character sets come through a stream into one; it
//! grows when a record is longer than it.

use crate::datasource::files::{Compression, DataFile, MappedFile, uri};
use crate::error::conditions::{FAILED_READ_FILE_FILE_NOT_EXIST, FAILED_READ_FILE_NO_HINT};
use crate::error::{Error, Result};
use encoding_rs::{Decoder, Encoding, UTF_8};
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::ops::Range;
use std::sync::Arc;

/// Bytes that a stream is asked for at a time.
const STREAM_BYTES: usize = 4 << 20;

/// Bytes of a mapped file that are released at a time.
const RELEASED_BYTES: usize = 4 << 20;

/// The most bytes of a window: positions in it are 32 bits.
const MAX_WINDOW: usize = 1 << 30;

/// A window on a file.
pub(crate) struct Window {
    input: Input,
    name: String,
    /// Line ends before the window, counted on demand.
    lines_before: u64,
    count_lines: bool,
}

enum Input {
    Mapped {
        map: Arc<MappedFile>,
        position: usize,
        /// What is done with before it has left the process's memory.
        released: usize,
        /// Records that begin before this position are wanted.
        end: usize,
    },
    Stream {
        reader: Box<dyn Read + Send>,
        buffer: Vec<u8>,
        /// What is done with.
        start: usize,
        at_end: bool,
    },
}

/// The error of a file that cannot be read.
pub(crate) fn read_error(name: &str, error: &io::Error) -> Error {
    let condition = match error.kind() {
        io::ErrorKind::NotFound => &FAILED_READ_FILE_FILE_NOT_EXIST,
        _ => &FAILED_READ_FILE_NO_HINT,
    };
    Error::new(condition, [("path", name)]).caused_by(error)
}

/// A file's path as errors of reading print it.
pub(crate) fn file_uri(file: &DataFile) -> String {
    uri(&file.path).replacen("file:", "file://", 1)
}

impl Window {
    /// A window on a range of a mapped file.
    pub fn mapped(file: &DataFile, map: Arc<MappedFile>, range: Range<usize>) -> Window {
        let position = if range.start == 0 && map.bytes().starts_with(b"\xef\xbb\xbf") {
            3
        } else {
            range.start
        };
        Window {
            input: Input::Mapped {
                end: range.end.max(position),
                map,
                position,
                released: range.start,
            },
            name: file_uri(file),
            lines_before: 0,
            count_lines: false,
        }
    }

    /// A window on a whole file that has to be decompressed or translated.
    pub fn stream(file: &DataFile, encoding: &'static Encoding) -> Result<Window> {
        let name = file_uri(file);
        let open = || -> io::Result<Box<dyn Read + Send>> {
            let raw = BufReader::with_capacity(1 << 20, File::open(&file.path)?);
            let plain = file.compression().reader(raw)?;
            Ok(Box::new(Translated::new(plain, encoding)))
        };
        let reader = open().map_err(|error| read_error(&name, &error))?;
        Ok(Window {
            input: Input::Stream {
                reader,
                buffer: Vec::new(),
                start: 0,
                at_end: false,
            },
            name,
            lines_before: 0,
            count_lines: true,
        })
    }

    /// A window on a whole file, mapped if it can be.
    pub fn whole(file: &DataFile, encoding: &'static Encoding) -> Result<Window> {
        if encoding == UTF_8 && file.compression() == Compression::None {
            let map = MappedFile::open(&file.path);
            let map = map.map_err(|error| read_error(&file_uri(file), &error))?;
            let length = map.bytes().len();
            return Ok(Window::mapped(file, Arc::new(map), 0..length));
        }
        Window::stream(file, encoding)
    }

    /// The file's path, for errors.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The bytes now in the window, how many of them records may begin in, and whether nothing follows.
    pub fn bytes(&mut self) -> Result<(&[u8], usize, bool)> {
        match &mut self.input {
            Input::Mapped {
                map, position, end, ..
            } => {
                let rest = &map.bytes()[*position..];
                let wanted = *end - (*position).min(*end);
                if rest.len() > MAX_WINDOW {
                    Ok((&rest[..MAX_WINDOW], wanted.min(MAX_WINDOW), false))
                } else {
                    Ok((rest, wanted, true))
                }
            }
            Input::Stream {
                reader,
                buffer,
                start,
                at_end,
            } => {
                if !*at_end && buffer.len() - *start < STREAM_BYTES / 2 {
                    buffer.drain(..*start);
                    *start = 0;
                    fill(reader, buffer, at_end).map_err(|error| read_error(&self.name, &error))?;
                }
                let rest = &buffer[*start..];
                Ok((rest, rest.len(), *at_end))
            }
        }
    }

    /// Moves on by `count` bytes.
    pub fn consume(&mut self, count: usize) {
        match &mut self.input {
            Input::Mapped {
                map,
                position,
                released,
                ..
            } => {
                *position += count;
                if *position - *released >= RELEASED_BYTES {
                    map.release(*released..*position);
                    *released = *position;
                }
            }
            Input::Stream { buffer, start, .. } => {
                if self.count_lines {
                    let done = &buffer[*start..*start + count];
                    self.lines_before += memchr::memchr_iter(b'\n', done).count() as u64;
                }
                *start += count;
            }
        }
    }

    /// Makes the window larger, as it ends within its first record.
    pub fn grow(&mut self) -> Result<()> {
        let too_long = || {
            Error::new(&FAILED_READ_FILE_NO_HINT, [("path", &self.name)])
                .caused_by("a record is longer than 1 GiB")
        };
        match &mut self.input {
            Input::Mapped { .. } => Err(too_long()),
            Input::Stream {
                reader,
                buffer,
                at_end,
                ..
            } => {
                if buffer.len() > MAX_WINDOW {
                    return Err(too_long());
                }
                fill(reader, buffer, at_end).map_err(|error| read_error(&self.name, &error))
            }
        }
    }

    /// The line in which byte `offset` of the window lies, from 1.
    pub fn line_of(&self, offset: usize) -> u64 {
        let lines = match &self.input {
            Input::Mapped { map, position, .. } => {
                let before = &map.bytes()[..*position + offset];
                memchr::memchr_iter(b'\n', before).count() as u64
            }
            Input::Stream { buffer, start, .. } => {
                let before = &buffer[*start..*start + offset];
                self.lines_before + memchr::memchr_iter(b'\n', before).count() as u64
            }
        };
        lines + 1
    }
}

/// Adds up to [`STREAM_BYTES`] bytes.
fn fill(reader: &mut impl Read, buffer: &mut Vec<u8>, at_end: &mut bool) -> io::Result<()> {
    let before = buffer.len();
    reader.take(STREAM_BYTES as u64).read_to_end(buffer)?;
    *at_end = buffer.len() - before < STREAM_BYTES;
    Ok(())
}

/// Text of any character set as UTF-8. Byte order marks are dropped.
struct Translated {
    input: Box<dyn Read + Send>,
    decoder: Decoder,
    /// Bytes as they came.
    raw: Vec<u8>,
    /// Text that was not yet asked for.
    text: Vec<u8>,
    given: usize,
    at_end: bool,
}

impl Translated {
    fn new(input: Box<dyn Read + Send>, encoding: &'static Encoding) -> Translated {
        Translated {
            input,
            decoder: encoding.new_decoder(),
            raw: vec![0; 256 << 10],
            text: Vec::new(),
            given: 0,
            at_end: false,
        }
    }
}

impl Read for Translated {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.given == self.text.len() && !self.at_end {
            let count = self.input.read(&mut self.raw)?;
            self.at_end = count == 0;
            let room = self
                .decoder
                .max_utf8_buffer_length(count)
                .unwrap_or(count * 3 + 16);
            self.text.resize(room, 0);
            let (_, _, written, _) =
                self.decoder
                    .decode_to_utf8(&self.raw[..count], &mut self.text, self.at_end);
            self.text.truncate(written);
            self.given = 0;
        }
        let count = out.len().min(self.text.len() - self.given);
        out[..count].copy_from_slice(&self.text[self.given..self.given + count]);
        self.given += count;
        Ok(count)
    }
}
