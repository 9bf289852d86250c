//! String comparison, LIKE and lengths over string views.
//!
//! Limit: for comparisons, reading the 16 bytes of every view; for patterns that look inside, `memchr`'s search over
//! all texts in one piece, without an answer per row.

use super::data;
use super::harness::{Bench, Limit};
use arrow::array::{ArrayRef, AsArray};
use firesteel::kernel::Column;
use firesteel::kernel::compare::{Comparison, compare};
use firesteel::kernel::java_regex::JavaRegex;
use firesteel::kernel::like::LikePattern;
use firesteel::kernel::replace_text::replace_text;
use firesteel::kernel::text::character_counts;
use memchr::memmem;

const FAMILY: &str = "strings";
const ROWS: usize = data::BATCH;
const COLOURS: [&str; 8] = [
    "almond", "azure", "blush", "forest", "green", "linen", "rose", "special",
];

/// Texts of a few words, 30 to 60 bytes.
fn comments() -> Vec<String> {
    let numbers = data::below(ROWS, u64::MAX, 7);
    let words = |n: u64| (0..6).map(move |i| COLOURS[(n >> (8 * i)) as usize % COLOURS.len()]);
    let texts = numbers
        .iter()
        .map(|n| words(*n).collect::<Vec<_>>().join(" "));
    texts.collect()
}

pub fn run(bench: &mut Bench) {
    let texts = comments();
    let array = data::strings(&texts);
    let whole = texts.concat();
    comparisons(bench, &array);
    let patterns = [
        ("LIKE 'forest%'", "forest%", None),
        ("LIKE '%green'", "%green", None),
        ("LIKE '%special%'", "%special%", Some("special")),
        ("LIKE '%special%rose%'", "%special%rose%", Some("special")),
        ("LIKE '%gr__n%'", "%gr__n%", Some("gr")),
    ];
    for (name, pattern, needle) in patterns {
        if !bench.wants(FAMILY, name) {
            continue;
        }
        let compiled = LikePattern::compile(pattern, '\\').expect("a pattern");
        let strings = array.as_string_view();
        let limit = match needle {
            Some(needle) => {
                let finder = memmem::Finder::new(needle);
                let whole = &whole;
                Limit::new("memchr over all bytes", move || {
                    finder.find_iter(whole.as_bytes()).count()
                })
            }
            None => views(&array),
        };
        bench.measure(FAMILY, name, ROWS, limit, || {
            compiled.matches_array(strings)
        });
    }
    searches(bench, &array, &whole);
    lengths(bench, &array, &whole);
}

/// What searches for a text in the whole column first: regular expressions that need one, and `replace`.
fn searches(bench: &mut Bench, array: &ArrayRef, whole: &str) {
    let strings = array.as_string_view();
    let search = |needle: &'static str| {
        let finder = memmem::Finder::new(needle);
        Limit::new("memchr over all bytes", move || {
            finder.find_iter(whole.as_bytes()).count()
        })
    };
    let patterns = [
        ("RLIKE 'special .*rose'", "special .*rose"),
        ("RLIKE '^(special|rose) [a-f]'", "^(special|rose) [a-f]"),
    ];
    for (name, pattern) in patterns {
        if bench.wants(FAMILY, name) {
            let regex = JavaRegex::compile(pattern).expect("a pattern");
            bench.measure(FAMILY, name, ROWS, search("special"), || {
                regex.is_match_array(strings).expect("no failure")
            });
        }
    }
    let name = "replace(text, 'special', 'common')";
    if bench.wants(FAMILY, name) {
        bench.measure(FAMILY, name, ROWS, search("special"), || {
            replace_text(strings, "special", "common")
        });
    }
}

/// Characters of texts that are ASCII.
fn lengths(bench: &mut Bench, array: &ArrayRef, whole: &str) {
    let name = "length(text), ASCII";
    if bench.wants(FAMILY, name) {
        let limit = Limit::new("is_ascii of all bytes", || whole.is_ascii());
        let strings = array.as_string_view();
        bench.measure(FAMILY, name, ROWS, limit, || character_counts(strings));
    }
}

/// Reads all views.
fn views(array: &ArrayRef) -> Limit<'_> {
    let views = array.as_string_view().views();
    Limit::new("read of 16 bytes a row", || {
        views.iter().fold(0u128, |all, view| all ^ view)
    })
}

fn comparisons(bench: &mut Bench, array: &ArrayRef) {
    let short = data::strings(data::below(ROWS, 8, 8).iter().map(|n| COLOURS[*n as usize]));
    let cases = [
        ("short STRING = constant", &short, data::strings(["green"])),
        (
            "long STRING = constant",
            array,
            data::strings(["green rose linen azure rose special"]),
        ),
        (
            "long STRING < constant",
            array,
            data::strings(["green rose linen azure rose special"]),
        ),
    ];
    for (name, column, constant) in cases {
        if !bench.wants(FAMILY, name) {
            continue;
        }
        let op = match name.contains('<') {
            true => Comparison::Less,
            false => Comparison::Equal,
        };
        let (left, right) = (Column::Array(column.clone()), Column::Constant(constant));
        bench.measure(FAMILY, name, ROWS, views(column), || {
            compare(op, &left, &right, ROWS).expect("booleans")
        });
    }
}
