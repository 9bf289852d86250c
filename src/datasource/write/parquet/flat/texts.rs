//! Columns of texts and bytes, which come as views.
//!
//! A view of up to twelve bytes is the text itself, so that comparing views compares texts. Longer ones are looked up by
//! their bytes, but rows that share a view, as those out of a dictionary do, are recognised by it.

use super::bounds::{ChunkBounds, Direction, lower_bound, upper_bound};
use super::hybrid::{bits_of, put_numbers};
use super::{DICTIONARY_BYTES, PAGE_BYTES, PageValues, ValueEncoder, wrong_array};
use arrow::array::{Array, AsArray, GenericByteViewArray};
use arrow::datatypes::{BinaryViewType, ByteViewType, DataType as ArrowType, StringViewType};
use parquet::basic::Encoding;
use parquet::data_type::ByteArray;
use parquet::errors::Result;
use parquet::file::statistics::{Statistics, ValueStatistics};
use std::hash::BuildHasher;

/// Bytes of the length before every text.
const LENGTH_BYTES: usize = size_of::<u32>();

/// The longest text that a view holds itself.
const INLINE: usize = 12;

/// Encodes texts.
pub(super) struct Texts {
    is_text: bool,
    dictionary: Option<Dictionary>,
    /// The page's codes, while there is a dictionary; afterwards its bytes.
    codes: Vec<u32>,
    plain: Vec<u8>,
    /// Bytes of the page's texts and their lengths.
    raw_bytes: usize,
    values: usize,
    bounds: PageBounds,
    chunk: ChunkBounds<Vec<u8>>,
}

impl Texts {
    /// For texts, or for any bytes.
    pub fn new(is_text: bool, has_dictionary: bool) -> Texts {
        Texts {
            is_text,
            dictionary: has_dictionary.then(Dictionary::default),
            codes: Vec::new(),
            plain: Vec::new(),
            raw_bytes: 0,
            values: 0,
            bounds: PageBounds::default(),
            chunk: ChunkBounds::default(),
        }
    }

    fn add_views<T: ByteViewType>(&mut self, array: &GenericByteViewArray<T>) {
        if let Some(dictionary) = &mut self.dictionary {
            dictionary.forget_views();
        }
        let nulls = array.nulls().filter(|nulls| nulls.null_count() > 0);
        match nulls {
            None => (0..array.len()).for_each(|row| self.add_row(array, row)),
            Some(nulls) => (nulls.valid_indices()).for_each(|row| self.add_row(array, row)),
        }
    }

    #[inline]
    fn add_row<T: ByteViewType>(&mut self, array: &GenericByteViewArray<T>, row: usize) {
        let view = array.views()[row];
        self.raw_bytes += view as u32 as usize + LENGTH_BYTES;
        self.values += 1;
        let text = || -> &[u8] { array.value(row).as_ref() };
        match &mut self.dictionary {
            Some(dictionary) => {
                let code = dictionary.code(view, text);
                self.codes.push(code);
                if dictionary.is_new_in_page(code) {
                    self.bounds.add(view, dictionary.text(code));
                }
            }
            None => {
                let text = text();
                self.plain
                    .extend_from_slice(&(text.len() as u32).to_le_bytes());
                self.plain.extend_from_slice(text);
                self.bounds.add(view, text);
            }
        }
    }
}

impl ValueEncoder for Texts {
    fn fitting(&self, array: &dyn Array, most: usize) -> usize {
        let views: &[u128] = match array.data_type() {
            ArrowType::Utf8View => array.as_byte_view::<StringViewType>().views(),
            ArrowType::BinaryView => array.as_byte_view::<BinaryViewType>().views(),
            _ => return most,
        };
        // With a dictionary a page has codes. So many texts, then, that they cannot make it much too large.
        let mut bytes = match self.dictionary {
            Some(_) => 0,
            None => self.raw_bytes,
        };
        let full = views[..most].iter().position(|view| {
            bytes += *view as u32 as usize + LENGTH_BYTES;
            bytes >= PAGE_BYTES
        });
        full.map_or(most, |row| row + 1)
    }

    fn add(&mut self, array: &dyn Array) -> Result<()> {
        match array.data_type() {
            ArrowType::Utf8View => self.add_views(array.as_byte_view::<StringViewType>()),
            ArrowType::BinaryView => self.add_views(array.as_byte_view::<BinaryViewType>()),
            _ => return Err(wrong_array(array)),
        }
        Ok(())
    }

    fn is_full(&self) -> bool {
        match &self.dictionary {
            Some(dictionary) => dictionary.bytes.len() > DICTIONARY_BYTES,
            None => self.raw_bytes >= PAGE_BYTES,
        }
    }

    fn end_page(&mut self, out: &mut Vec<u8>) -> PageValues {
        let encoding = match &mut self.dictionary {
            Some(dictionary) => {
                let bits = bits_of(dictionary.ends.len().saturating_sub(1));
                out.push(bits as u8);
                put_numbers(&self.codes, bits, out);
                self.codes.clear();
                dictionary.page += 1;
                Encoding::RLE_DICTIONARY
            }
            None => {
                out.append(&mut self.plain);
                Encoding::PLAIN
            }
        };
        let raw_bytes = std::mem::take(&mut self.raw_bytes);
        let text_bytes = raw_bytes - std::mem::take(&mut self.values) * LENGTH_BYTES;
        let bounds = self.bounds.take().map(|(min, max)| {
            self.chunk.add(&min, &max);
            let low = lower_bound(&min, self.is_text).0.to_vec();
            (low, upper_bound(&max, self.is_text).0)
        });
        PageValues {
            encoding,
            bounds,
            text_bytes: Some(text_bytes as i64),
        }
    }

    fn dictionary_bytes(&self) -> usize {
        (self.dictionary.as_ref()).map_or(0, |dictionary| dictionary.bytes.len())
    }

    fn take_dictionary(&mut self) -> Option<(Vec<u8>, usize)> {
        let dictionary = self.dictionary.take()?;
        Some((dictionary.bytes, dictionary.ends.len()))
    }

    fn statistics(&self, nulls: u64) -> Statistics {
        let array = |bytes: &[u8]| ByteArray::from(bytes.to_vec());
        let bounds = self.chunk.bounds.as_ref();
        let low = bounds.map(|(min, _)| lower_bound(min, self.is_text));
        let high = bounds.map(|(_, max)| upper_bound(max, self.is_text));
        let (min, max) = (
            low.map(|(min, _)| array(min)),
            high.as_ref().map(|(max, _)| array(max)),
        );
        ValueStatistics::new(min, max, None, Some(nulls), false)
            .with_min_is_exact(low.is_some_and(|(_, is_exact)| is_exact))
            .with_max_is_exact(high.is_some_and(|(_, is_exact)| is_exact))
            .into()
    }

    fn direction(&self) -> Direction {
        self.chunk.direction()
    }
}

/// The smallest and largest text of a page. Their first bytes say of most others that they are neither.
#[derive(Default)]
struct PageBounds {
    min_prefix: u32,
    max_prefix: u32,
    bounds: Option<(Vec<u8>, Vec<u8>)>,
}

impl PageBounds {
    #[inline]
    fn add(&mut self, view: u128, text: &[u8]) {
        // The first four bytes, zeros behind a shorter text, as a number.
        let prefix = ((view >> 32) as u32).swap_bytes();
        match &mut self.bounds {
            Some((min, max)) => {
                if prefix <= self.min_prefix && text < min.as_slice() {
                    self.min_prefix = prefix;
                    min.clear();
                    min.extend_from_slice(text);
                }
                if prefix >= self.max_prefix && text > max.as_slice() {
                    self.max_prefix = prefix;
                    max.clear();
                    max.extend_from_slice(text);
                }
            }
            None => {
                (self.min_prefix, self.max_prefix) = (prefix, prefix);
                self.bounds = Some((text.to_vec(), text.to_vec()));
            }
        }
    }

    fn take(&mut self) -> Option<(Vec<u8>, Vec<u8>)> {
        self.bounds.take()
    }
}

/// Texts and their codes, in order of appearance.
struct Dictionary {
    /// The dictionary page: every text behind its length.
    bytes: Vec<u8>,
    /// Where each text ends in it.
    ends: Vec<usize>,
    /// Of each text a page that it is in, the last so far.
    pages: Vec<u32>,
    page: u32,
    /// Open addressing: codes plus one and hashes, at or behind the place of the hash; zero is free. At most half is
    /// taken.
    slots: Vec<(u32, u32)>,
    hasher: foldhash::fast::FixedState,
    /// Codes of views of the array that is being added, at the place of some of their bits.
    views: Vec<(u128, u32)>,
}

/// Views that are remembered.
const VIEWS: usize = 64;

/// No view has its length: texts are shorter.
const NO_VIEW: (u128, u32) = (u128::MAX, 0);

impl Default for Dictionary {
    fn default() -> Self {
        Dictionary {
            bytes: Vec::new(),
            ends: Vec::new(),
            pages: Vec::new(),
            page: 1,
            slots: vec![(0, 0); 256],
            hasher: foldhash::fast::FixedState::default(),
            views: vec![NO_VIEW; VIEWS],
        }
    }
}

impl Dictionary {
    /// Forgets views that are of another array's buffers. Those that hold their text mean the same everywhere.
    fn forget_views(&mut self) {
        for entry in &mut self.views {
            if entry.0 as u32 as usize > INLINE {
                *entry = NO_VIEW;
            }
        }
    }

    #[inline]
    fn code<'a>(&mut self, view: u128, text: impl FnOnce() -> &'a [u8]) -> u32 {
        // Length, prefix, and the place of the text or its other bytes.
        let folded = (view as u64 ^ (view >> 64) as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let place = (folded >> 58) as usize % VIEWS;
        let (known, code) = self.views[place];
        if known == view {
            return code;
        }
        let code = self.find(text());
        self.views[place] = (view, code);
        code
    }

    fn find(&mut self, text: &[u8]) -> u32 {
        let hash = self.hasher.hash_one(text);
        let (mask, mark) = (self.slots.len() - 1, (hash >> 32) as u32);
        let mut place = hash as usize & mask;
        loop {
            match self.slots[place] {
                (0, _) => return self.insert(text, place, mark),
                (code, found) if found == mark && self.text(code - 1) == text => return code - 1,
                _ => place = (place + 1) & mask,
            }
        }
    }

    fn insert(&mut self, text: &[u8], place: usize, mark: u32) -> u32 {
        let code = self.ends.len() as u32;
        self.bytes
            .extend_from_slice(&(text.len() as u32).to_le_bytes());
        self.bytes.extend_from_slice(text);
        self.ends.push(self.bytes.len());
        self.pages.push(0);
        self.slots[place] = (code + 1, mark);
        if self.ends.len() * 2 > self.slots.len() {
            self.grow();
        }
        code
    }

    #[cold]
    fn grow(&mut self) {
        let length = self.slots.len() * 2;
        self.slots = vec![(0, 0); length];
        for code in 0..self.ends.len() as u32 {
            let hash = self.hasher.hash_one(self.text(code));
            let mut place = hash as usize & (length - 1);
            while self.slots[place].0 != 0 {
                place = (place + 1) & (length - 1);
            }
            self.slots[place] = (code + 1, (hash >> 32) as u32);
        }
    }

    #[inline]
    fn text(&self, code: u32) -> &[u8] {
        let start = match code {
            0 => 0,
            code => self.ends[code as usize - 1],
        };
        &self.bytes[start + LENGTH_BYTES..self.ends[code as usize]]
    }

    /// Whether the text was not in the page so far; now it is.
    #[inline]
    fn is_new_in_page(&mut self, code: u32) -> bool {
        let page = &mut self.pages[code as usize];
        std::mem::replace(page, self.page) != self.page
    }
}
