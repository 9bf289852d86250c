//! From pattern letters to items.

use crate::error::conditions::{
    INCONSISTENT_BEHAVIOR_CROSS_VERSION_DATETIME_PATTERN_RECOGNITION as PATTERN_RECOGNITION,
    INCONSISTENT_BEHAVIOR_CROSS_VERSION_DATETIME_WEEK_BASED_PATTERN as WEEK_BASED,
    INVALID_DATETIME_PATTERN_ILLEGAL_CHARACTER as ILLEGAL_CHARACTER,
    INVALID_DATETIME_PATTERN_LENGTH as LENGTH,
    INVALID_DATETIME_PATTERN_WITH_SUGGESTION as UNKNOWN_PATTERN,
};
use crate::error::{Error, Result, quote};

/// A field of a date or time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    YearOfEra,
    Quarter,
    Month,
    Day,
    DayOfYear,
    /// The n-th of its weekday in the month.
    WeekOfMonth,
    Hour,
    /// 1 to 24.
    ClockHour,
    /// 0 to 11.
    HourOfHalf,
    /// 1 to 12.
    ClockHourOfHalf,
    Minute,
    Second,
}

/// How signs of numbers are read and written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    /// A minus where needed.
    Normal,
    /// None at all.
    Never,
    /// A plus where there are more digits than letters.
    ExceedsPad,
}

/// Fields written in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Text {
    Era,
    Month,
    Weekday,
    Quarter,
    /// AM or PM.
    HalfDay,
}

/// Ways to write an offset from UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct OffsetStyle {
    /// Letters: 1 `+HHmm` with optional minutes, 2 `+HHMM`, 3 `+HH:MM`, 4 `+HHMMss`, 5 `+HH:MM:ss`.
    pub(super) letters: usize,
    /// What stands for an offset of zero.
    pub(super) zero: &'static str,
}

/// One part of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Item {
    Literal(String),
    Number {
        field: Field,
        least: usize,
        most: usize,
        sign: Sign,
        /// Digits of the fixed-width numbers that follow at once, which a greedy number must leave over.
        reserved: usize,
    },
    /// The last two digits of the year, from 2000 on.
    ShortYear,
    Words {
        field: Text,
        full: bool,
    },
    Fraction {
        least: usize,
        most: usize,
    },
    ZoneId,
    ZoneName {
        full: bool,
    },
    Offset(OffsetStyle),
    /// `GMT+8`
    GmtOffset {
        full: bool,
    },
    /// `[..]`
    Optional(Vec<Item>),
}

/// Compiles a pattern.
pub(super) fn compile(pattern: &str, for_parse: bool) -> Result<Vec<Item>> {
    check_letters(pattern, for_parse)
        .and_then(|()| Compiler::new(pattern, for_parse).items(0))
        .map_err(|problem| {
            if was_legal(pattern) {
                Error::new(
                    &PATTERN_RECOGNITION,
                    [
                        ("pattern", format!("'{pattern}'")),
                        ("config", quote::config("spark.sql.legacy.timeParserPolicy")),
                        (
                            "docroot",
                            "https://spark.apache.org/docs/latest".to_string(),
                        ),
                    ],
                )
            } else {
                problem.into_error(pattern)
            }
        })
}

/// What is wrong with a pattern that Spark 2 would not have taken either.
enum Problem {
    WeekBased(char),
    Illegal(char),
    /// A letter that never meant anything.
    Unknown,
    Length,
}

impl Problem {
    fn into_error(self, pattern: &str) -> Error {
        match self {
            Problem::WeekBased(c) => Error::new(&WEEK_BASED, [("c", c)]),
            Problem::Illegal(c) => Error::new(
                &ILLEGAL_CHARACTER,
                [("c", c.to_string()), ("pattern", pattern.to_string())],
            ),
            Problem::Unknown => Error::new(
                &UNKNOWN_PATTERN,
                [
                    ("pattern", format!("'{pattern}'")),
                    (
                        "docroot",
                        "https://spark.apache.org/docs/latest".to_string(),
                    ),
                ],
            ),
            Problem::Length => Error::new(&LENGTH, [("pattern", pattern)]),
        }
    }
}

/// The characters outside of quotes.
fn unquoted(pattern: &str) -> impl Iterator<Item = char> {
    let mut quoted = false;
    pattern.chars().filter(move |c| {
        if *c == '\'' {
            quoted = !quoted;
        }
        *c != '\'' && !quoted
    })
}

fn check_letters(pattern: &str, for_parse: bool) -> Result<(), Problem> {
    for c in unquoted(pattern) {
        match c {
            'Y' | 'W' | 'w' | 'u' | 'e' | 'c' => return Err(Problem::WeekBased(c)),
            'A' | 'B' | 'n' | 'N' | 'p' => return Err(Problem::Illegal(c)),
            'E' | 'F' | 'q' | 'Q' if for_parse => return Err(Problem::Illegal(c)),
            _ => {}
        }
    }
    Ok(())
}

/// Whether Java's older `SimpleDateFormat`, which Spark 2 used, takes the pattern.
fn was_legal(pattern: &str) -> bool {
    let quotes = pattern.matches('\'').count();
    let letters: Vec<char> = unquoted(pattern).collect();
    let known = |c: &char| !c.is_ascii_alphabetic() || "GyYMLwWDdFEuaHkKhmsSzZX".contains(*c);
    let offset = letters.iter().filter(|c| **c == 'X').count();
    quotes % 2 == 0 && letters.iter().all(known) && offset <= 3
}

struct Compiler<'a> {
    rest: std::iter::Peekable<std::str::Chars<'a>>,
    for_parse: bool,
}

impl<'a> Compiler<'a> {
    fn new(pattern: &'a str, for_parse: bool) -> Self {
        Compiler {
            rest: pattern.chars().peekable(),
            for_parse,
        }
    }

    /// Items up to the end, or up to the bracket that closes this level.
    fn items(&mut self, level: usize) -> Result<Vec<Item>, Problem> {
        let mut items = Vec::new();
        while let Some(c) = self.rest.next() {
            match c {
                '\'' => push_literal(&mut items, &self.quoted()?),
                '[' => items.push(Item::Optional(self.items(level + 1)?)),
                ']' if level > 0 => return Ok(with_reserved(items)),
                ']' | '{' | '}' | '#' => return Err(Problem::Illegal(c)),
                c if c.is_ascii_alphabetic() => {
                    let mut count = 1;
                    while self.rest.next_if_eq(&c).is_some() {
                        count += 1;
                    }
                    items.push(item(c, count, self.for_parse)?);
                }
                c => push_literal(&mut items, c.encode_utf8(&mut [0; 4])),
            }
        }
        // Brackets left open are closed by the end.
        Ok(with_reserved(items))
    }

    /// The text up to the closing quote; two quotes are one.
    fn quoted(&mut self) -> Result<String, Problem> {
        let mut text = String::new();
        if self.rest.next_if_eq(&'\'').is_some() {
            return Ok("'".to_string());
        }
        loop {
            match self.rest.next() {
                Some('\'') if self.rest.next_if_eq(&'\'').is_some() => text.push('\''),
                Some('\'') => return Ok(text),
                Some(c) => text.push(c),
                None => return Err(Problem::Illegal('\'')),
            }
        }
    }
}

fn push_literal(items: &mut Vec<Item>, text: &str) {
    if let Some(Item::Literal(last)) = items.last_mut() {
        last.push_str(text);
    } else {
        items.push(Item::Literal(text.to_string()));
    }
}

/// Lets a greedy number leave over the digits of fixed-width numbers right behind it: `yyyyMMdd`.
fn with_reserved(mut items: Vec<Item>) -> Vec<Item> {
    let mut greedy: Option<usize> = None;
    for index in 0..items.len() {
        let fixed = match &items[index] {
            Item::Number {
                least, most, sign, ..
            } => (least == most && *sign == Sign::Never).then_some(*most),
            Item::ShortYear => Some(2),
            _ => {
                greedy = None;
                continue;
            }
        };
        match (greedy, fixed) {
            (Some(first), Some(digits)) => {
                if let Item::Number { reserved, .. } = &mut items[first] {
                    *reserved += digits;
                }
            }
            _ => greedy = Some(index),
        }
    }
    items
}

fn item(letter: char, count: usize, for_parse: bool) -> Result<Item, Problem> {
    let too_long = Problem::Length;
    let number = |field, least, most, sign| {
        Ok(Item::Number {
            field,
            least,
            most,
            sign,
            reserved: 0,
        })
    };
    // One letter: as many digits as there are; two: exactly two.
    let one_or_two = |field| match count {
        1 => number(field, 1, 19, Sign::Normal),
        2 => number(field, 2, 2, Sign::Never),
        _ => Err(Problem::Length),
    };
    match letter {
        'G' if count <= 4 => Ok(Item::Words {
            field: Text::Era,
            full: count == 4,
        }),
        'y' => match count {
            2 => Ok(Item::ShortYear),
            1 | 3 => number(Field::YearOfEra, count, 19, Sign::Normal),
            4..=6 => number(Field::YearOfEra, count, 19, Sign::ExceedsPad),
            _ => Err(too_long),
        },
        'M' | 'L' if count <= 2 => one_or_two(Field::Month),
        'M' | 'L' if count <= 4 => Ok(Item::Words {
            field: Text::Month,
            full: count == 4,
        }),
        'Q' | 'q' if count <= 2 => one_or_two(Field::Quarter),
        'Q' | 'q' if count <= 4 => Ok(Item::Words {
            field: Text::Quarter,
            full: count == 4,
        }),
        'E' if count <= 4 => Ok(Item::Words {
            field: Text::Weekday,
            full: count == 4,
        }),
        'd' => one_or_two(Field::Day),
        'D' => match count {
            1 => number(Field::DayOfYear, 1, 19, Sign::Normal),
            2 => number(Field::DayOfYear, 2, 3, Sign::Never),
            3 => number(Field::DayOfYear, 3, 3, Sign::Never),
            _ => Err(too_long),
        },
        'F' if count == 1 => number(Field::WeekOfMonth, 1, 19, Sign::Normal),
        'a' if count == 1 => Ok(Item::Words {
            field: Text::HalfDay,
            full: false,
        }),
        'H' => one_or_two(Field::Hour),
        'k' => one_or_two(Field::ClockHour),
        'K' => one_or_two(Field::HourOfHalf),
        'h' => one_or_two(Field::ClockHourOfHalf),
        'm' => one_or_two(Field::Minute),
        's' => one_or_two(Field::Second),
        'S' if count <= 9 => Ok(Item::Fraction {
            least: if for_parse { 1 } else { count },
            most: count,
        }),
        'V' if count == 2 => Ok(Item::ZoneId),
        'z' if count <= 4 => Ok(Item::ZoneName { full: count == 4 }),
        'O' if count == 1 || count == 4 => Ok(Item::GmtOffset { full: count == 4 }),
        'X' if count <= 5 => Ok(Item::Offset(OffsetStyle {
            letters: count,
            zero: "Z",
        })),
        'x' if count <= 5 => {
            let zero = match count {
                1 => "+00",
                2 | 4 => "+0000",
                _ => "+00:00",
            };
            Ok(Item::Offset(OffsetStyle {
                letters: count,
                zero,
            }))
        }
        'Z' if count <= 3 => Ok(Item::Offset(OffsetStyle {
            letters: 2,
            zero: "+0000",
        })),
        'Z' if count == 4 => Ok(Item::GmtOffset { full: true }),
        'Z' if count == 5 => Ok(Item::Offset(OffsetStyle {
            letters: 5,
            zero: "Z",
        })),
        'G' | 'M' | 'L' | 'Q' | 'q' | 'E' | 'F' | 'a' | 'S' | 'V' | 'z' | 'O' | 'X' | 'x' | 'Z' => {
            Err(too_long)
        }
        _ => Err(Problem::Unknown),
    }
}
