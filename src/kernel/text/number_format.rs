//! The number formats of `to_number` and `to_char`: `$99,999.9S`.
//!
//! A format is a list of tokens in a fixed order,
//!
//! ```text
//!   [MI|S] [$] [0|9|G|,]… [.|D] [0|9]… [$] [PR|MI|S]
//! ```
//!
//! where a run of digits that begins with `0` stands for exactly so many digits and one that begins with `9`
//! for at most so many. The same tokens read a number and write one.

/// A compiled format.
#[derive(Debug, Clone)]
pub struct NumberFormat {
    tokens: Vec<Token>,
}

/// What is wrong with a format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NumberFormatError {
    /// No characters.
    Empty,
    /// No digit.
    NoDigit,
    /// `$` behind digits.
    CurrencyBehindDigit,
    /// `$` behind the point.
    CurrencyBehindPoint,
    /// `,` without digits on both sides.
    LoneSeparator,
    /// `,` behind the point.
    SeparatorBehindPoint,
    /// This token more than once.
    Repeated(String),
    /// This token out of place.
    Unexpected(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Digits(Vec<Group>),
    Point,
    Dollar,
    /// `S`
    PlusOrMinus,
    /// `MI`
    Minus,
    /// `PR`: a negative number stands in angle brackets.
    OpenBracket,
    CloseBracket,
    Unknown(char),
}

/// A piece of the digits on one side of the point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Group {
    Exactly(usize),
    AtMost(usize),
    Separator,
}

impl Token {
    fn name(&self) -> String {
        match self {
            Token::Digits(_) => "digit sequence".into(),
            Token::Point => ". or D".into(),
            Token::Dollar => "$".into(),
            Token::PlusOrMinus => "S".into(),
            Token::Minus => "MI".into(),
            Token::OpenBracket | Token::CloseBracket => "PR".into(),
            Token::Unknown(c) => format!("character '{c}''"),
        }
    }
}

fn tokens_of(format: &str) -> Vec<Token> {
    let characters: Vec<char> = format.chars().collect();
    let mut tokens: Vec<Token> = Vec::new();
    let mut position = 0;
    let push_group = |tokens: &mut Vec<Token>, group| match tokens.last_mut() {
        Some(Token::Digits(groups)) => groups.push(group),
        _ => tokens.push(Token::Digits(vec![group])),
    };
    while position < characters.len() {
        let next = characters.get(position + 1);
        match (characters[position], next) {
            (first @ ('0' | '9'), _) => {
                let run = characters[position..].iter();
                let count = run.take_while(|c| matches!(c, '0' | '9')).count();
                let group = if first == '0' {
                    Group::Exactly(count)
                } else {
                    Group::AtMost(count)
                };
                push_group(&mut tokens, group);
                position += count;
                continue;
            }
            (',' | 'G', _) => push_group(&mut tokens, Group::Separator),
            ('.' | 'D', _) => tokens.push(Token::Point),
            ('$', _) => tokens.push(Token::Dollar),
            ('S', _) => tokens.push(Token::PlusOrMinus),
            ('M', Some('I')) => {
                tokens.push(Token::Minus);
                position += 1;
            }
            ('P', Some('R')) => {
                tokens.insert(0, Token::OpenBracket);
                tokens.push(Token::CloseBracket);
                position += 1;
            }
            (c, _) => tokens.push(Token::Unknown(c)),
        }
        position += 1;
    }
    tokens
}

impl NumberFormat {
    /// Compiles a format, which must be in upper case.
    pub fn compile(format: &str) -> Result<NumberFormat, NumberFormatError> {
        let tokens = tokens_of(format);
        if tokens.is_empty() {
            return Err(NumberFormatError::Empty);
        }
        let is_digits = |token: &Token| matches!(token, Token::Digits(groups) if groups.iter().any(|g| *g != Group::Separator));
        let place = |wanted: &dyn Fn(&Token) -> bool| tokens.iter().position(wanted);
        let Some(digits) = place(&is_digits) else {
            return Err(NumberFormatError::NoDigit);
        };
        let point = place(&|token| *token == Token::Point);
        if let Some(dollar) = place(&|token| *token == Token::Dollar) {
            if dollar > digits {
                return Err(NumberFormatError::CurrencyBehindDigit);
            }
            if point.is_some_and(|point| dollar > point) {
                return Err(NumberFormatError::CurrencyBehindPoint);
            }
        }
        for (index, token) in tokens.iter().enumerate() {
            let Token::Digits(groups) = token else {
                continue;
            };
            let separator = |group: &Group| *group == Group::Separator;
            if point.is_some_and(|point| index > point) {
                if groups.iter().any(separator) {
                    return Err(NumberFormatError::SeparatorBehindPoint);
                }
                continue;
            }
            let doubled = groups.windows(2).any(|pair| pair.iter().all(separator));
            if doubled
                || groups.first().is_some_and(separator)
                || groups.last().is_some_and(separator)
            {
                return Err(NumberFormatError::LoneSeparator);
            }
        }
        for token in [
            Token::Point,
            Token::PlusOrMinus,
            Token::Minus,
            Token::Dollar,
            Token::CloseBracket,
        ] {
            if tokens.iter().filter(|t| **t == token).count() > 1 {
                return Err(NumberFormatError::Repeated(token.name()));
            }
        }
        let fits = |slot: usize, token: &Token| match slot {
            0 => *token == Token::OpenBracket,
            1 => matches!(token, Token::Minus | Token::PlusOrMinus),
            2 | 6 => *token == Token::Dollar,
            3 | 5 => matches!(token, Token::Digits(_)),
            4 => *token == Token::Point,
            _ => matches!(
                token,
                Token::Minus | Token::PlusOrMinus | Token::CloseBracket
            ),
        };
        let mut rest = tokens.iter().peekable();
        for slot in 0..8 {
            if rest.peek().is_some_and(|token| fits(slot, token)) {
                rest.next();
            }
        }
        match rest.next() {
            Some(token) => Err(NumberFormatError::Unexpected(token.name())),
            None => Ok(NumberFormat { tokens }),
        }
    }

    /// Digits in all, and digits behind the point.
    pub fn precision_and_scale(&self) -> (u8, i8) {
        let (mut whole, mut fraction, mut behind) = (0, 0, false);
        for token in &self.tokens {
            match token {
                Token::Point => behind = true,
                Token::Digits(groups) => {
                    let count: usize = groups.iter().map(Group::digits).sum();
                    *(if behind { &mut fraction } else { &mut whole }) += count;
                }
                _ => {}
            }
        }
        ((whole + fraction).min(38) as u8, fraction.min(38) as i8)
    }

    /// The number that a text writes in this format, as an integer at the format's scale.
    pub fn parse(&self, text: &str) -> Option<i128> {
        let mut rest = text;
        let (mut negative, mut behind) = (false, false);
        let (mut whole, mut fraction) = (String::new(), String::new());
        for token in &self.tokens {
            match token {
                Token::Digits(groups) => {
                    let digits = if behind { &mut fraction } else { &mut whole };
                    rest = read_groups(groups, rest, behind, digits)?;
                }
                Token::Point => {
                    if let Some(next) = rest.strip_prefix('.') {
                        behind = true;
                        rest = next;
                    }
                }
                Token::Dollar => rest = rest.strip_prefix('$')?,
                Token::PlusOrMinus | Token::Minus => {
                    if let Some(next) = rest.strip_prefix('-') {
                        negative = true;
                        rest = next;
                    } else if let (Token::PlusOrMinus, Some(next)) = (token, rest.strip_prefix('+'))
                    {
                        rest = next;
                    }
                }
                Token::OpenBracket => rest = rest.strip_prefix('<').unwrap_or(rest),
                Token::CloseBracket => {
                    if let Some(next) = rest.strip_prefix('>') {
                        negative = true;
                        rest = next;
                    }
                }
                Token::Unknown(_) => return None,
            }
        }
        if !rest.is_empty() || (whole.is_empty() && fraction.is_empty()) {
            return None;
        }
        let (_, scale) = self.precision_and_scale();
        while fraction.len() < scale as usize {
            fraction.push('0');
        }
        whole.push_str(&fraction);
        let number: i128 = whole.parse().ok()?;
        Some(if negative { -number } else { number })
    }

    /// Appends a number, `unscaled · 10^-scale`, in this format; `#` for its digits if it does not fit.
    pub fn write(&self, unscaled: i128, scale: i8, output: &mut String) {
        let negative = unscaled < 0;
        let digits = unscaled.unsigned_abs().to_string();
        let scale_digits = usize::try_from(scale).unwrap_or(0);
        let digits = format!("{digits:0>width$}", width = scale_digits + 1);
        let (whole, fraction) = digits.split_at(digits.len() - scale_digits);
        let mut whole = whole.trim_start_matches('0').to_string();
        if scale < 0 && !whole.is_empty() {
            whole.extend(std::iter::repeat_n('0', usize::from(scale.unsigned_abs())));
        }
        let fraction = fraction.trim_end_matches('0');
        if !self.fits(&whole, fraction) {
            return self.write_overflow(negative, output);
        }
        let mut result = String::new();
        let mut behind = false;
        for token in &self.tokens {
            match token {
                Token::Digits(groups) if behind => write_fraction(groups, fraction, &mut result),
                Token::Digits(groups) => write_whole(groups, &whole, &mut result),
                Token::Point => {
                    if result.ends_with(' ') {
                        result.pop();
                        result.push('0');
                    }
                    result.push('.');
                    behind = true;
                }
                Token::Dollar => result.push('$'),
                Token::PlusOrMinus | Token::Minus | Token::CloseBracket => {
                    if result.ends_with('.') {
                        result.pop();
                    }
                    let mark = match token {
                        Token::CloseBracket if negative => ">",
                        Token::CloseBracket => "  ",
                        _ if negative => "-",
                        Token::PlusOrMinus => "+",
                        _ => " ",
                    };
                    result.push_str(mark);
                }
                Token::OpenBracket if negative => result.push('<'),
                Token::OpenBracket | Token::Unknown(_) => {}
            }
        }
        output.push_str(result.strip_suffix('.').unwrap_or(&result));
    }

    fn fits(&self, whole: &str, fraction: &str) -> bool {
        let (precision, scale) = self.precision_and_scale();
        whole.len() <= usize::from(precision) - scale as usize && fraction.len() <= scale as usize
    }

    fn write_overflow(&self, negative: bool, output: &mut String) {
        for token in &self.tokens {
            match token {
                Token::Digits(groups) => {
                    for group in groups {
                        match group {
                            Group::Separator => output.push(' '),
                            group => output.extend(std::iter::repeat_n('#', group.digits())),
                        }
                    }
                }
                Token::Point => output.push('.'),
                Token::Dollar => output.push('$'),
                Token::PlusOrMinus => output.push(if negative { '-' } else { '+' }),
                Token::Minus => output.push(if negative { '-' } else { ' ' }),
                Token::OpenBracket if negative => output.push('<'),
                Token::CloseBracket if negative => output.push('>'),
                _ => {}
            }
        }
    }
}

impl Group {
    fn digits(&self) -> usize {
        match self {
            Group::Exactly(count) | Group::AtMost(count) => *count,
            Group::Separator => 0,
        }
    }
}

/// Reads digits and separators; groups are compared from the right, the leftmost may be missing. White
/// space among them does not count.
fn read_groups<'t>(
    groups: &[Group],
    text: &'t str,
    behind: bool,
    digits: &mut String,
) -> Option<&'t str> {
    let mut counts = vec![0usize];
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        match c {
            '0'..='9' => {
                digits.push(c);
                if let Some(count) = counts.last_mut() {
                    *count += 1;
                }
            }
            ',' if !behind => counts.push(0),
            c if c.is_whitespace() => {}
            _ => break,
        }
        rest = &rest[c.len_utf8()..];
    }
    let mut counts = counts.into_iter().rev();
    for group in groups
        .iter()
        .rev()
        .filter(|group| **group != Group::Separator)
    {
        let count = counts.next().unwrap_or(0);
        let right = match group {
            Group::Exactly(wanted) if !behind => count == *wanted,
            group => count <= group.digits(),
        };
        if !right {
            return None;
        }
    }
    counts.next().is_none().then_some(rest)
}

/// Digits before the point, right-aligned; a sign that was written keeps close to the first digit.
fn write_whole(groups: &[Group], whole: &str, result: &mut String) {
    let total: usize = groups.iter().map(Group::digits).sum();
    let mut missing = total - whole.len().min(total);
    let mut digits = whole.chars();
    for group in groups {
        match group {
            Group::Separator => {
                if result.ends_with(|c: char| c.is_ascii_digit()) {
                    result.push(',');
                } else {
                    push_blank(result);
                }
            }
            group => {
                for _ in 0..group.digits() {
                    if missing == 0 {
                        result.extend(digits.next());
                        continue;
                    }
                    missing -= 1;
                    match group {
                        Group::Exactly(_) => result.push('0'),
                        _ => push_blank(result),
                    }
                }
            }
        }
    }
}

fn push_blank(result: &mut String) {
    match result.chars().next_back() {
        Some(sign @ ('+' | '-' | '<')) => {
            result.pop();
            result.push(' ');
            result.push(sign);
        }
        _ => result.push(' '),
    }
}

fn write_fraction(groups: &[Group], fraction: &str, result: &mut String) {
    let total: usize = groups.iter().map(Group::digits).sum();
    result.push_str(fraction);
    result.extend(std::iter::repeat_n(
        '0',
        total.saturating_sub(fraction.len()),
    ));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str, format: &str) -> Option<i128> {
        NumberFormat::compile(format).unwrap().parse(text)
    }

    fn write(unscaled: i128, scale: i8, format: &str) -> String {
        let mut output = String::new();
        NumberFormat::compile(format)
            .unwrap()
            .write(unscaled, scale, &mut output);
        output
    }

    #[test]
    fn reading() {
        assert_eq!(parse("454.00", "000.00"), Some(45400));
        assert_eq!(parse("12,454.8-", "99,999.9S"), Some(-124_548));
        assert_eq!(parse("  4", "999"), Some(4));
        assert_eq!(parse("4", "000"), None);
        assert_eq!(parse("1234", "9,999"), None);
        assert_eq!(parse("234", "9,999"), Some(234));
        assert_eq!(parse(".5", "9.9"), Some(5));
        assert_eq!(parse("<4>", "9PR"), Some(-4));
        assert_eq!(parse("4", "$9"), None);
        assert_eq!(parse("", "9"), None);
        assert_eq!(parse("+4", "MI9"), None);
    }

    #[test]
    fn writing() {
        assert_eq!(write(4, 0, "999"), "  4");
        assert_eq!(write(4, 0, "000"), "004");
        assert_eq!(write(4, 0, "9,999"), "    4");
        assert_eq!(write(4, 0, "0,999"), "0,  4");
        assert_eq!(write(0, 0, "9.9"), "0.0");
        assert_eq!(write(12, 1, "9.999"), "1.200");
        assert_eq!(write(-4, 0, "S999"), "  -4");
        assert_eq!(write(4, 0, "MI999"), "   4");
        assert_eq!(write(-4, 0, "999PR"), "  <4>");
        assert_eq!(write(4, 0, "999PR"), "  4  ");
        assert_eq!(write(-4, 0, "S$999"), "-$  4");
        assert_eq!(write(-12345, 0, "S9,999"), "-# ###");
        assert_eq!(write(-124_548, 1, "99G999D9S"), "12,454.8-");
    }

    #[test]
    fn malformed_formats() {
        let error = |format| NumberFormat::compile(format).unwrap_err();
        assert_eq!(error(""), NumberFormatError::Empty);
        assert_eq!(error("ABC"), NumberFormatError::NoDigit);
        assert_eq!(error("9.9.9"), NumberFormatError::Repeated(". or D".into()));
        assert_eq!(error("9$9"), NumberFormatError::CurrencyBehindDigit);
        assert_eq!(error("9,,9"), NumberFormatError::LoneSeparator);
        assert_eq!(error("9.9,9"), NumberFormatError::SeparatorBehindPoint);
        assert_eq!(
            error("9X"),
            NumberFormatError::Unexpected("character 'X''".into())
        );
        assert_eq!(error("9PRS"), NumberFormatError::Unexpected("S".into()));
    }
}
