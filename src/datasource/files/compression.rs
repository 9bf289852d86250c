//! Compressed text files: which codec a file name stands for, and the streams that read and write it.

use bzip2::read::MultiBzDecoder;
use bzip2::write::BzEncoder;
use flate2::read::{MultiGzDecoder, ZlibDecoder};
use flate2::write::{GzEncoder, ZlibEncoder};
use std::io::{Read, Result, Write};
use std::path::Path;

/// How a text file is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    None,
    /// `.gz`
    Gzip,
    /// `.bz2`
    Bzip2,
    /// `.zst`
    Zstd,
    /// `.deflate`, zlib's format
    Deflate,
}

impl Compression {
    /// The codec that a file's name stands for.
    pub fn of_path(path: &Path) -> Compression {
        let extension = path.extension().and_then(|extension| extension.to_str());
        match extension.map(str::to_ascii_lowercase).as_deref() {
            Some("gz") => Compression::Gzip,
            Some("bz2") => Compression::Bzip2,
            Some("zst") => Compression::Zstd,
            Some("deflate") => Compression::Deflate,
            _ => Compression::None,
        }
    }

    /// The codec of the `compression` option of a text writer; None for a name unknown.
    pub fn of_option(name: &str) -> Option<Compression> {
        Some(match name.to_ascii_lowercase().as_str() {
            "none" | "uncompressed" => Compression::None,
            "gzip" => Compression::Gzip,
            "bzip2" => Compression::Bzip2,
            "zstd" => Compression::Zstd,
            "deflate" => Compression::Deflate,
            _ => return None,
        })
    }

    /// What it adds to a file's name.
    pub fn extension(self) -> &'static str {
        match self {
            Compression::None => "",
            Compression::Gzip => ".gz",
            Compression::Bzip2 => ".bz2",
            Compression::Zstd => ".zst",
            Compression::Deflate => ".deflate",
        }
    }

    /// A guess at the size of what `bytes` stored bytes hold.
    pub fn expanded(self, bytes: u64) -> u64 {
        match self {
            Compression::None => bytes,
            _ => bytes.saturating_mul(4),
        }
    }

    /// A stream of the uncompressed bytes of `input`. Files of several concatenated parts are read whole.
    pub fn reader<'a>(self, input: impl Read + Send + 'a) -> Result<Box<dyn Read + Send + 'a>> {
        Ok(match self {
            Compression::None => Box::new(input),
            Compression::Gzip => Box::new(MultiGzDecoder::new(input)),
            Compression::Bzip2 => Box::new(MultiBzDecoder::new(input)),
            Compression::Zstd => Box::new(zstd::stream::read::Decoder::new(input)?),
            Compression::Deflate => Box::new(ZlibDecoder::new(input)),
        })
    }

    /// A sink that compresses into `output`.
    pub fn writer<W: Write + Send + 'static>(self, output: W) -> Result<Box<dyn FinishWrite>> {
        Ok(match self {
            Compression::None => Box::new(Plain(output)),
            Compression::Gzip => Box::new(GzEncoder::new(output, flate2::Compression::default())),
            Compression::Bzip2 => Box::new(BzEncoder::new(output, bzip2::Compression::best())),
            Compression::Zstd => Box::new(zstd::stream::write::Encoder::new(output, 3)?),
            Compression::Deflate => {
                Box::new(ZlibEncoder::new(output, flate2::Compression::default()))
            }
        })
    }
}

/// A writer with an end: compressors have a trailer to write.
pub trait FinishWrite: Write + Send {
    /// Writes what is left. Called once, last.
    fn finish(self: Box<Self>) -> Result<()>;
}

struct Plain<W: Write>(W);

impl<W: Write> Write for Plain<W> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> Result<()> {
        self.0.flush()
    }
}

impl<W: Write + Send> FinishWrite for Plain<W> {
    fn finish(mut self: Box<Self>) -> Result<()> {
        self.0.flush()
    }
}

macro_rules! finish_write {
    ($($encoder:ident),*) => {
        $(impl<W: Write + Send> FinishWrite for $encoder<W> {
            fn finish(self: Box<Self>) -> Result<()> {
                (*self).finish()?.flush()
            }
        })*
    };
}

finish_write!(GzEncoder, BzEncoder, ZlibEncoder);

impl<W: Write + Send> FinishWrite for zstd::stream::write::Encoder<'static, W> {
    fn finish(self: Box<Self>) -> Result<()> {
        (*self).finish()?.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    #[derive(Clone, Default)]
    struct Shared(Arc<Mutex<Vec<u8>>>);

    impl Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> Result<()> {
            Ok(())
        }
    }

    #[test]
    fn every_codec_reads_what_it_wrote() {
        for name in ["none", "gzip", "bzip2", "zstd", "deflate"] {
            let codec = Compression::of_option(name).unwrap();
            let output = Shared::default();
            let mut writer = codec.writer(output.clone()).unwrap();
            writer.write_all(b"a,b\n1,2\n").unwrap();
            writer.finish().unwrap();
            let bytes = output.0.lock().unwrap().clone();
            let mut text = String::new();
            let mut reader = codec.reader(bytes.as_slice()).unwrap();
            reader.read_to_string(&mut text).unwrap();
            assert_eq!(text, "a,b\n1,2\n", "{name}");
            let path = format!("x.csv{}", codec.extension());
            assert_eq!(Compression::of_path(Path::new(&path)), codec);
        }
    }
}
