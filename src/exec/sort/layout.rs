//! How the keys of all rows are packed into one number per row.
//!
//! Numbers are made when all rows are known, so that they take only the bits in which rows differ: of a number
//! the distance from the least (or, descending, to the greatest), of a string the bits that vary among its first
//! bytes. Several keys thus mostly fit into one machine word, with the row number below them:
//!
//! ```text
//!   ORDER BY k, s DESC          │ null? │ k - least │ null? │ varying bits of s, flipped │ length │ row │
//! ```
//!
//! What does not fit is cut off at its lower end; [`Layout::open`] says from which key on equal numbers do not
//! mean equal keys.

use super::key::{NumberVisitor, is_number, visit_numbers};
use super::radix::Word;
use crate::kernel::native::raw_values;
use crate::kernel::normalize::normalize_floats;
use arrow::array::{Array, ArrayRef, AsArray, StringViewArray};
use arrow::buffer::{Buffer, NullBuffer};
use arrow::compute::SortOptions;
use arrow::datatypes::DataType;

/// Words of eight bytes that are looked at of a string.
const TEXT_WORDS: usize = 4;
/// Bytes that are looked at of a string.
const TEXT_BYTES: u32 = TEXT_WORDS as u32 * 8;
/// Runs of varying bits that are taken out of a string, at most.
const MOST_PIECES: usize = 8;

/// The first bytes of a string as numbers that sort as it does, zeros behind its end.
pub(super) type Beginning = [u64; TEXT_WORDS];

/// What is known of a key over all rows that were seen.
#[derive(Debug, Clone, Default)]
pub(super) struct KeyStats {
    has_null: bool,
    values: Values,
}

#[derive(Debug, Clone, Default)]
enum Values {
    /// None that is not NULL.
    #[default]
    None,
    /// Least and greatest.
    Number(u64, u64),
    /// The same of 128 bits.
    Wide(u128, u128),
    Text(TextStats),
    /// Of a type that is compared as a whole.
    Other,
}

#[derive(Debug, Clone)]
struct TextStats {
    first: Beginning,
    /// Bits in which a string differs from the first.
    varying: Beginning,
    shortest: u32,
    longest: u32,
}

impl KeyStats {
    /// Of the keys of a batch.
    pub fn of(key: &ArrayRef) -> KeyStats {
        let key = &normalize_floats(key);
        let nulls = key.logical_nulls().filter(|nulls| nulls.null_count() > 0);
        let has_null = nulls.is_some();
        let values = match key.data_type() {
            _ if nulls.as_ref().map_or(0, NullBuffer::null_count) == key.len() => Values::None,
            data_type if is_number(data_type) => {
                let mut range = (u64::MAX, 0);
                visit_numbers(
                    key,
                    Range {
                        rows: key.len(),
                        nulls: nulls.as_ref(),
                        range: &mut range,
                    },
                );
                Values::Number(range.0, range.1)
            }
            DataType::Decimal128(_, _) => {
                let values = raw_values::<i128>(key);
                let mut range = (u128::MAX, 0);
                each_valid(key.len(), nulls.as_ref(), |row| {
                    let value = wide(values[row]);
                    range = (range.0.min(value), range.1.max(value));
                });
                Values::Wide(range.0, range.1)
            }
            DataType::Utf8View => text_stats(key.as_string_view(), nulls.as_ref()),
            _ => Values::Other,
        };
        KeyStats { has_null, values }
    }

    /// Takes in what is known of other rows.
    pub fn merge(&mut self, other: &KeyStats) {
        self.has_null |= other.has_null;
        match (&mut self.values, &other.values) {
            (_, Values::None) => {}
            (Values::Number(least, most), Values::Number(other_least, other_most)) => {
                (*least, *most) = ((*least).min(*other_least), (*most).max(*other_most));
            }
            (Values::Wide(least, most), Values::Wide(other_least, other_most)) => {
                (*least, *most) = ((*least).min(*other_least), (*most).max(*other_most));
            }
            (Values::Text(text), Values::Text(other)) => {
                let firsts = text.first.iter().zip(&other.first);
                let others = other.varying.iter().zip(firsts);
                for (varying, (other, (first, other_first))) in text.varying.iter_mut().zip(others)
                {
                    *varying |= other | (first ^ other_first);
                }
                text.shortest = text.shortest.min(other.shortest);
                text.longest = text.longest.max(other.longest);
            }
            (Values::None, _) => self.values = other.values.clone(),
            _ => self.values = Values::Other,
        }
    }
}

struct Range<'a> {
    rows: usize,
    nulls: Option<&'a NullBuffer>,
    range: &'a mut (u64, u64),
}

impl NumberVisitor for Range<'_> {
    fn visit(self, _: u32, number: impl Fn(usize) -> u64) {
        let (mut least, mut most) = *self.range;
        each_valid(self.rows, self.nulls, |row| {
            let value = number(row);
            least = least.min(value);
            most = most.max(value);
        });
        *self.range = (least, most);
    }
}

#[inline]
fn each_valid(rows: usize, nulls: Option<&NullBuffer>, mut f: impl FnMut(usize)) {
    match nulls {
        None => (0..rows).for_each(f),
        Some(nulls) => nulls.valid_indices().for_each(&mut f),
    }
}

/// A number that sorts as the value does.
#[inline]
fn wide(value: i128) -> u128 {
    value as u128 ^ (1 << 127)
}

fn text_stats(text: &StringViewArray, nulls: Option<&NullBuffer>) -> Values {
    let (views, buffers) = (text.views(), text.data_buffers());
    let mut stats: Option<TextStats> = None;
    each_valid(text.len(), nulls, |row| {
        let view = views[row];
        let (length, bytes) = (view as u32, beginning(view, buffers));
        match &mut stats {
            None => {
                stats = Some(TextStats {
                    first: bytes,
                    varying: [0; TEXT_WORDS],
                    shortest: length,
                    longest: length,
                });
            }
            Some(stats) => {
                for (varying, (byte, first)) in
                    stats.varying.iter_mut().zip(bytes.iter().zip(&stats.first))
                {
                    *varying |= byte ^ first;
                }
                stats.shortest = stats.shortest.min(length);
                stats.longest = stats.longest.max(length);
            }
        }
    });
    stats.map_or(Values::None, Values::Text)
}

/// The first bytes of the string that a view shows.
#[inline]
pub(super) fn beginning(view: u128, buffers: &[Buffer]) -> Beginning {
    let length = view as u32;
    if length <= 12 {
        // The string is in the view, zeros behind it.
        let (low, high) = ((view >> 32) as u64, (view >> 96) as u32);
        return [low.swap_bytes(), u64::from(high.swap_bytes()) << 32, 0, 0];
    }
    let (buffer, start) = ((view >> 64) as u32 as usize, (view >> 96) as u32 as usize);
    let bytes = &buffers[buffer].as_slice()[start..];
    let mut words = [0u64; TEXT_WORDS];
    if let Some(whole) = bytes.first_chunk::<{ TEXT_WORDS * 8 }>() {
        // What lies behind a shorter string is cleared; copying so many bytes as it has would be a call.
        for (number, (word, chunk)) in words.iter_mut().zip(whole.as_chunks::<8>().0).enumerate() {
            let there = (length as usize).saturating_sub(number * 8).min(8) as u32;
            *word = u64::from_be_bytes(*chunk) & u64::MAX.checked_shl(64 - there * 8).unwrap_or(0);
        }
        return words;
    }
    let mut padded = [0u8; TEXT_WORDS * 8];
    let length = bytes.len().min(length as usize).min(padded.len());
    padded[..length].copy_from_slice(&bytes[..length]);
    for (word, chunk) in words.iter_mut().zip(padded.as_chunks::<8>().0) {
        *word = u64::from_be_bytes(*chunk);
    }
    words
}

/// See the module.
#[derive(Debug)]
pub(super) struct Layout {
    fields: Vec<Field>,
    /// Bits that the keys take.
    pub bits: u32,
    /// The first key that is not there as a whole.
    pub open: Option<usize>,
}

/// A key within the number.
#[derive(Debug)]
struct Field {
    key: usize,
    /// Where it says whether the key is NULL, if rows differ in that, and what it says.
    flag: Option<Flag>,
    value: Packed,
}

#[derive(Debug, Clone, Copy)]
struct Flag {
    shift: u32,
    null: u64,
}

#[derive(Debug)]
enum Packed {
    /// Nothing: all values are equal, or looked at later.
    Nothing,
    Number {
        base: u64,
        descending: bool,
        cut: u32,
        shift: u32,
    },
    Wide {
        base: u128,
        descending: bool,
        cut: u32,
        shift: u32,
    },
    Text {
        pieces: Vec<Piece>,
        length: Option<Length>,
    },
}

/// A run of bits of a string.
#[derive(Debug, Clone, Copy)]
struct Piece {
    word: usize,
    right: u32,
    mask: u64,
    flip: u64,
    shift: u32,
}

/// The length of a string, below its bytes: it decides between strings that differ by zero bytes at the end.
#[derive(Debug, Clone, Copy)]
struct Length {
    base: u32,
    descending: bool,
    shift: u32,
}

/// Hands out bits from the top.
struct Room(u32);

impl Room {
    /// So many bits, or as many as there are: how many are missing, and where they begin.
    fn take(&mut self, bits: u32) -> (u32, u32) {
        let cut = bits.saturating_sub(self.0);
        self.0 -= bits - cut;
        (cut, self.0)
    }
}

fn bits_of(value: u128) -> u32 {
    128 - value.leading_zeros()
}

impl Layout {
    /// Packs keys into at most so many bits, which begin at bit `lowest` of the number.
    pub fn new(stats: &[KeyStats], options: &[SortOptions], room: u32, lowest: u32) -> Layout {
        let mut left = Room(room);
        let mut layout = Layout {
            fields: Vec::new(),
            bits: 0,
            open: None,
        };
        for (key, (stats, options)) in stats.iter().zip(options).enumerate() {
            if !layout.add(key, stats, *options, &mut left) {
                layout.open = Some(key);
                break;
            }
        }
        layout.bits = room - left.0;
        // Shifts were counted as if all the room were taken.
        let moved = |shift: &mut u32| *shift = *shift - left.0 + lowest;
        for field in &mut layout.fields {
            field
                .flag
                .iter_mut()
                .for_each(|flag| moved(&mut flag.shift));
            match &mut field.value {
                Packed::Nothing => {}
                Packed::Number { shift, .. } | Packed::Wide { shift, .. } => moved(shift),
                Packed::Text { pieces, length } => {
                    pieces.iter_mut().for_each(|piece| moved(&mut piece.shift));
                    length
                        .iter_mut()
                        .for_each(|length| moved(&mut length.shift));
                }
            }
        }
        layout
    }

    /// Adds a key; says whether it is there as a whole.
    fn add(&mut self, key: usize, stats: &KeyStats, options: SortOptions, left: &mut Room) -> bool {
        let descending = options.descending;
        let mut flag = None;
        if stats.has_null && !matches!(stats.values, Values::None) {
            let (cut, shift) = left.take(1);
            if cut > 0 {
                return false;
            }
            let null = u64::from(!options.nulls_first);
            flag = Some(Flag { shift, null });
        }
        let base = |least, most| if descending { most } else { least };
        let (value, is_whole) = match &stats.values {
            Values::None => (Packed::Nothing, true),
            Values::Number(least, most) => {
                let (cut, shift) = left.take(bits_of(u128::from(most - least)));
                let base = if descending { *most } else { *least };
                (
                    Packed::Number {
                        base,
                        descending,
                        cut,
                        shift,
                    },
                    cut == 0,
                )
            }
            Values::Wide(least, most) => {
                let bits = bits_of(most - least);
                // A field has at most 64 bits.
                let (cut, shift) = left.take(bits.min(64));
                let cut = cut + bits.saturating_sub(64);
                let base = base(*least, *most);
                (
                    Packed::Wide {
                        base,
                        descending,
                        cut,
                        shift,
                    },
                    cut == 0,
                )
            }
            Values::Text(text) => text.pack(descending, left),
            Values::Other => (Packed::Nothing, false),
        };
        self.fields.push(Field { key, flag, value });
        is_whole
    }

    /// Adds the keys of some rows to their numbers.
    pub fn pack<W: Word>(&self, keys: &[ArrayRef], words: &mut [W]) {
        for field in &self.fields {
            let key = &normalize_floats(&keys[field.key]);
            let nulls = key.logical_nulls().filter(|nulls| nulls.null_count() > 0);
            let nulls = nulls.as_ref();
            let flag = field.flag;
            match &field.value {
                Packed::Nothing => put(words, nulls, flag, |_| W::default()),
                Packed::Number {
                    base,
                    descending,
                    cut,
                    shift,
                } => visit_numbers(
                    key,
                    Put {
                        words,
                        nulls,
                        flag,
                        base: *base,
                        descending: *descending,
                        cut: *cut,
                        shift: *shift,
                    },
                ),
                Packed::Wide {
                    base,
                    descending,
                    cut,
                    shift,
                } => {
                    let values = raw_values::<i128>(key);
                    put(words, nulls, flag, |row| {
                        let value = wide(values[row]);
                        let distance = match descending {
                            true => base.wrapping_sub(value),
                            false => value.wrapping_sub(*base),
                        };
                        W::at((distance >> cut) as u64, *shift)
                    });
                }
                Packed::Text { pieces, length } => {
                    let text = key.as_string_view();
                    let (views, buffers) = (text.views(), text.data_buffers());
                    put(words, nulls, flag, |row| {
                        let view = views[row];
                        let bytes = beginning(view, buffers);
                        let mut word = W::default();
                        for piece in pieces {
                            let bits = (bytes[piece.word] >> piece.right) & piece.mask;
                            word = word | W::at(bits ^ piece.flip, piece.shift);
                        }
                        if let Some(length) = length {
                            word = word | length.of(view as u32);
                        }
                        word
                    });
                }
            }
        }
    }
}

impl Length {
    #[inline]
    fn of<W: Word>(&self, length: u32) -> W {
        let distance = match self.descending {
            true => self.base.wrapping_sub(length),
            false => length.wrapping_sub(self.base),
        };
        W::at(u64::from(distance), self.shift)
    }
}

impl TextStats {
    /// The bits in which strings differ; also whether they are all there.
    fn pack(&self, descending: bool, left: &mut Room) -> (Packed, bool) {
        let mut pieces = Vec::new();
        let is_cut = self.runs().into_iter().any(|(word, right, bits)| {
            let (cut, shift) = left.take(bits);
            if bits > cut {
                let mask = u64::MAX >> (64 - (bits - cut));
                let flip = if descending { mask } else { 0 };
                pieces.push(Piece {
                    word,
                    right: right + cut,
                    mask,
                    flip,
                    shift,
                });
            }
            cut > 0
        });
        if is_cut || self.longest > TEXT_BYTES {
            return (
                Packed::Text {
                    pieces,
                    length: None,
                },
                false,
            );
        }
        let (cut, shift) = left.take(bits_of(u128::from(self.longest - self.shortest)));
        if cut > 0 {
            // Of no use in part; the bits stay the same for all.
            return (
                Packed::Text {
                    pieces,
                    length: None,
                },
                false,
            );
        }
        let base = if descending {
            self.longest
        } else {
            self.shortest
        };
        let length = (self.longest > self.shortest).then_some(Length {
            base,
            descending,
            shift,
        });
        (Packed::Text { pieces, length }, true)
    }

    /// Runs of varying bits from the first on: word, lowest bit, number. Those with small gaps between them are
    /// put together until they are few.
    fn runs(&self) -> Vec<(usize, u32, u32)> {
        let mut runs = Vec::new();
        for gap in 0..64 {
            runs.clear();
            for (word, varying) in self.varying.iter().enumerate() {
                let mut bit = 64;
                while bit > 0 {
                    bit -= 1;
                    if varying >> bit & 1 == 0 {
                        continue;
                    }
                    match runs.last_mut() {
                        Some((of, right, bits)) if *of == word && *right - bit <= gap + 1 => {
                            *bits += *right - bit;
                            *right = bit;
                        }
                        _ => runs.push((word, bit, 1)),
                    }
                }
            }
            if runs.len() <= MOST_PIECES {
                break;
            }
        }
        runs
    }
}

struct Put<'a, W> {
    words: &'a mut [W],
    nulls: Option<&'a NullBuffer>,
    flag: Option<Flag>,
    base: u64,
    descending: bool,
    cut: u32,
    shift: u32,
}

impl<W: Word> NumberVisitor for Put<'_, W> {
    fn visit(self, _: u32, number: impl Fn(usize) -> u64) {
        let (base, cut, shift) = (self.base, self.cut, self.shift);
        match self.descending {
            true => put(self.words, self.nulls, self.flag, |row| {
                W::at(base.wrapping_sub(number(row)) >> cut, shift)
            }),
            false => put(self.words, self.nulls, self.flag, |row| {
                W::at(number(row).wrapping_sub(base) >> cut, shift)
            }),
        }
    }
}

/// Adds values, and zeros for NULL, with what says which it is.
#[inline]
fn put<W: Word>(
    words: &mut [W],
    nulls: Option<&NullBuffer>,
    flag: Option<Flag>,
    value: impl Fn(usize) -> W,
) {
    let says = |is: u64| flag.map_or(W::default(), |flag| W::at(is, flag.shift));
    let null = flag.map_or(0, |flag| flag.null);
    let (null, valid) = (says(null), says(1 - null));
    match nulls {
        None => {
            for (row, word) in words.iter_mut().enumerate() {
                *word = *word | valid | value(row);
            }
        }
        Some(nulls) => {
            for (row, word) in words.iter_mut().enumerate() {
                *word = *word
                    | match nulls.is_null(row) {
                        true => null,
                        false => valid | value(row),
                    };
            }
        }
    }
}
