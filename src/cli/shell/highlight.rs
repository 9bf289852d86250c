//! Colours for what is being typed.

use super::words::{in_word, is_keyword};
use nu_ansi_term::{Color, Style};
use reedline::{Highlighter, StyledText};

/// Colours keywords, texts, numbers and comments.
pub struct SqlHighlighter;

impl Highlighter for SqlHighlighter {
    fn highlight(&self, line: &str, _: usize) -> StyledText {
        let mut styled = StyledText::new();
        for (style, text) in pieces(line) {
            styled.push((style, text.to_string()));
        }
        styled
    }
}

/// The text in pieces: strings, comments, numbers, keywords, the rest.
fn pieces(text: &str) -> Vec<(Style, &str)> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (style, length) = piece(rest, first);
        let (piece, after) = rest.split_at(length);
        pieces.push((style, piece));
        rest = after;
    }
    pieces
}

/// The style and the length of the first piece.
fn piece(rest: &str, first: char) -> (Style, usize) {
    let until = |end: Option<usize>| end.unwrap_or(rest.len());
    if rest.starts_with("--") {
        let style = Style::new().fg(Color::DarkGray);
        return (style, until(rest.find('\n')));
    }
    if rest.starts_with("/*") && !rest.starts_with("/*+") {
        let style = Style::new().fg(Color::DarkGray);
        return (style, until(rest.find("*/").map(|at| at + 2)));
    }
    match first {
        '\'' | '"' | '`' => (Style::new().fg(Color::Green), quoted(rest, first)),
        _ if first.is_ascii_digit() => {
            let end = rest.find(|c: char| !(in_word(c) || c == '.'));
            (Style::new().fg(Color::Cyan), until(end))
        }
        _ if in_word(first) => {
            let end = until(rest.find(|c| !in_word(c)));
            let style = match is_keyword(&rest[..end]) {
                true => Style::new().fg(Color::Blue).bold(),
                false => Style::new(),
            };
            (style, end)
        }
        _ => (Style::new(), first.len_utf8()),
    }
}

/// The length of a quoted text; a backslash takes the next character with it, but not in names.
fn quoted(rest: &str, quote: char) -> usize {
    let mut characters = rest.char_indices().skip(1);
    while let Some((at, c)) = characters.next() {
        if c == quote {
            return at + 1;
        }
        if c == '\\' && quote != '`' {
            characters.next();
        }
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_make_up_the_text() {
        for text in [
            "SELECT 'a b', 12 -- done",
            "/* open",
            "'it\\'s' é \"",
            "",
            "SELECT\n`a`",
        ] {
            let whole: String = pieces(text).into_iter().map(|(_, piece)| piece).collect();
            assert_eq!(whole, text);
        }
    }

    #[test]
    fn a_quote_behind_a_backslash_does_not_close() {
        let pieces: Vec<&str> = pieces(r"'it\'s' x").into_iter().map(|(_, p)| p).collect();
        assert_eq!(pieces[0], r"'it\'s'");
    }
}
