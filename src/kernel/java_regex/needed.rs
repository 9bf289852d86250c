//! What every match of a pattern must have, found faster than the match.
//!
//! ```text
//!   id=[0-9]*77(&|$)         contains `id=` and contains `77`
//!   ^(winter|summer) [a-m]   begins with `winter ` or `summer `
//! ```
//!
//! A column of strings is searched for such a text first, many strings at a time ([`crate::kernel::find_text`]), and the
//! pattern is only asked about those that have it. Which of several texts is the rarest, and whether any is rare enough, the
//! first strings of each batch tell: `id=` of the example may be in all of them.
//!
//! Limits: only what stands in a row, outside of alternatives and of repetitions that may be empty, is known to be needed;
//! beginnings are at most [`MOST_BEGINNINGS`].

use crate::kernel::find_text::rows_with;
use crate::kernel::like::head_of;
use arrow::array::{Array, StringViewArray};
use arrow::buffer::BooleanBuffer;
use memchr::memmem::Finder;
use regex_syntax::hir::literal::Extractor;
use regex_syntax::hir::{Hir, HirKind, Look};

/// Strings of a batch that are tried to see which text is rare. Smaller batches are not worth it.
const TRIAL_ROWS: usize = 256;

/// What more than this part of the strings has is not worth a search of its own.
const MOST_HITS: f64 = 0.7;

/// Texts that are tried at most.
const MOST_TEXTS: usize = 4;

/// Beginnings that are compared with each string at most.
const MOST_BEGINNINGS: usize = 8;

/// See the module.
#[derive(Debug)]
pub(super) enum Needed {
    /// All of these texts are in every match.
    Texts(Vec<Finder<'static>>),
    /// A match is at the start of the text and begins with one of these.
    Beginnings(Vec<Beginning>),
}

#[derive(Debug)]
pub(super) struct Beginning {
    text: Vec<u8>,
    /// Its first four bytes as a view has them, and which of them it has.
    head: u32,
    mask: u32,
}

impl Needed {
    /// What a pattern of the linear engine needs; None if nothing is known.
    pub fn of(pattern: &str) -> Option<Needed> {
        let hir = regex_syntax::parse(pattern).ok()?;
        if hir.properties().look_set_prefix().contains(Look::Start) {
            let found = Extractor::new().extract(&hir);
            let found = found.literals()?;
            let known = (1..=MOST_BEGINNINGS).contains(&found.len());
            let is_empty = found.iter().any(|literal| literal.is_empty());
            let beginnings = found
                .iter()
                .map(|literal| Beginning::new(literal.as_bytes()));
            return (known && !is_empty).then(|| Needed::Beginnings(beginnings.collect()));
        }
        let mut texts = Vec::new();
        collect(&hir, &mut texts);
        texts.sort_by_key(|text| std::cmp::Reverse(text.len()));
        texts.dedup();
        texts.truncate(MOST_TEXTS);
        let texts = texts.iter().map(|text| Finder::new(text).into_owned());
        let texts: Vec<Finder> = texts.collect();
        (!texts.is_empty()).then_some(Needed::Texts(texts))
    }

    /// The rows of a column that have what is needed; None if it is not worth finding out.
    pub fn rows(&self, array: &StringViewArray) -> Option<BooleanBuffer> {
        if array.len() < 2 * TRIAL_ROWS {
            return None;
        }
        match self {
            Needed::Texts(texts) => {
                let trial = array.slice(0, TRIAL_ROWS);
                let hits = |text: &&Finder| rows_with(&trial, text).count_set_bits();
                let (hits, text) =
                    (texts.iter().map(|text| (hits(&text), text))).min_by_key(|(hits, _)| *hits)?;
                let is_rare = (hits as f64) < TRIAL_ROWS as f64 * MOST_HITS;
                is_rare.then(|| rows_with(array, text))
            }
            Needed::Beginnings(beginnings) => {
                let views: &[u128] = array.views();
                Some(BooleanBuffer::collect_bool(array.len(), |row| {
                    let low = views[row] as u64;
                    let (length, head) = (low as u32, (low >> 32) as u32);
                    beginnings.iter().any(|beginning| {
                        head & beginning.mask == beginning.head
                            && length as usize >= beginning.text.len()
                            && (array.value(row).as_bytes()).starts_with(&beginning.text)
                    })
                }))
            }
        }
    }
}

impl Beginning {
    fn new(text: &[u8]) -> Beginning {
        let (head, mask) = head_of(text);
        Beginning {
            text: text.to_vec(),
            head,
            mask,
        }
    }
}

/// The texts that stand in every match.
fn collect(hir: &Hir, texts: &mut Vec<Vec<u8>>) {
    match hir.kind() {
        HirKind::Literal(literal) => texts.push(literal.0.to_vec()),
        HirKind::Concat(parts) => parts.iter().for_each(|part| collect(part, texts)),
        HirKind::Capture(capture) => collect(&capture.sub, texts),
        HirKind::Repetition(repetition) if repetition.min > 0 => collect(&repetition.sub, texts),
        HirKind::Repetition(_)
        | HirKind::Alternation(_)
        | HirKind::Class(_)
        | HirKind::Look(_)
        | HirKind::Empty => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(pattern: &str) -> Vec<String> {
        match Needed::of(pattern) {
            Some(Needed::Texts(texts)) => (texts.iter())
                .map(|text| String::from_utf8_lossy(text.needle()).into_owned())
                .collect(),
            Some(Needed::Beginnings(beginnings)) => (beginnings.iter())
                .map(|beginning| format!("^{}", String::from_utf8_lossy(&beginning.text)))
                .collect(),
            None => Vec::new(),
        }
    }

    #[test]
    fn what_patterns_need() {
        let cases: &[(&str, &[&str])] = &[
            ("id=[0-9]*77(&|$)", &["id=", "77"]),
            ("^(winter|summer) [a-m]", &["^winter ", "^summer "]),
            ("(ab)+c?d*", &["ab"]),
            // Nothing that is in one alternative only, may be left out, or may be written otherwise.
            ("abc|abd", &[]),
            ("(abc)?", &[]),
            ("(?i)abc", &[]),
            ("", &[]),
            ("^", &[]),
            ("^[a-z]+x", &[]),
            // A line may start anywhere.
            ("(?m)^abc", &["abc"]),
            ("^abc|def", &[]),
            ("x{0}abc{2}", &["ab", "c"]),
        ];
        for (pattern, expected) in cases {
            assert_eq!(&texts(pattern), expected, "{pattern}");
        }
    }
}
