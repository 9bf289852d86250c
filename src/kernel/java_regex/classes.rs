//! Java's predefined character classes in Rust's syntax.
//!
//! Without the flag `(?U)` Java's shorthands are ASCII, Rust's are Unicode, so every one is written out.

/// `\d`, `\h`, …: the class for the letter behind the backslash.
pub(super) fn shorthand(letter: char, unicode: bool) -> Option<&'static str> {
    Some(match (letter, unicode) {
        ('d', false) => "[0-9]",
        ('D', false) => "[^0-9]",
        ('w', false) => "[a-zA-Z0-9_]",
        ('W', false) => "[^a-zA-Z0-9_]",
        ('s', false) => r"[ \t\n\x0B\f\r]",
        ('S', false) => r"[^ \t\n\x0B\f\r]",
        ('d', true) => r"\d",
        ('D', true) => r"\D",
        ('w', true) => r"\w",
        ('W', true) => r"\W",
        ('s', true) => r"\s",
        ('S', true) => r"\S",
        ('h', _) => r"[ \t\x{A0}\x{1680}\x{180E}\x{2000}-\x{200A}\x{202F}\x{205F}\x{3000}]",
        ('H', _) => r"[^ \t\x{A0}\x{1680}\x{180E}\x{2000}-\x{200A}\x{202F}\x{205F}\x{3000}]",
        ('v', _) => r"[\n\x0B\f\r\x{85}\x{2028}\x{2029}]",
        ('V', _) => r"[^\n\x0B\f\r\x{85}\x{2028}\x{2029}]",
        _ => return None,
    })
}

/// `\p{name}`; None where Java has no such property, or Rust cannot say it.
pub(super) fn property(name: &str, unicode: bool) -> Option<String> {
    let posix = match name {
        "Lower" => Some("[a-z]"),
        "Upper" => Some("[A-Z]"),
        "ASCII" => Some(r"[\x00-\x7F]"),
        "Alpha" => Some("[a-zA-Z]"),
        "Digit" => Some("[0-9]"),
        "Alnum" => Some("[a-zA-Z0-9]"),
        "Punct" => Some(r"[!-/:-@\[-`{-~]"),
        "Graph" => Some("[!-~]"),
        "Print" => Some("[ -~]"),
        "Blank" => Some(r"[ \t]"),
        "Cntrl" => Some(r"[\x00-\x1F\x7F]"),
        "XDigit" => Some("[0-9a-fA-F]"),
        "Space" => Some(r"[ \t\n\x0B\f\r]"),
        _ => None,
    };
    if let Some(class) = posix {
        let wide = match name {
            "Lower" => r"\p{Lowercase}",
            "Upper" => r"\p{Uppercase}",
            "Alpha" => r"\p{Alphabetic}",
            "Digit" => r"\p{Nd}",
            "Alnum" => r"[\p{Alphabetic}\p{Nd}]",
            "Punct" => r"\p{P}",
            "Space" => r"\p{White_Space}",
            "Cntrl" => r"\p{Cc}",
            _ => class,
        };
        return Some(if unicode { wide } else { class }.to_string());
    }
    let fixed = match name {
        "javaLowerCase" => r"\p{Lowercase}",
        "javaUpperCase" => r"\p{Uppercase}",
        "javaAlphabetic" => r"\p{Alphabetic}",
        "javaIdeographic" => r"\p{Ideographic}",
        "javaTitleCase" => r"\p{Lt}",
        "javaDigit" => r"\p{Nd}",
        "javaLetter" => r"\p{L}",
        "javaLetterOrDigit" => r"[\p{L}\p{Nd}]",
        "javaDefined" => r"\P{Cn}",
        "javaISOControl" => r"[\x00-\x1F\x7F-\x{9F}]",
        "javaSpaceChar" => r"\p{Z}",
        "javaWhitespace" => {
            r"[\t-\r\x1C-\x20\x{1680}\x{2000}-\x{2006}\x{2008}-\x{200A}\x{2028}\x{2029}\x{205F}\x{3000}]"
        }
        "javaJavaIdentifierStart" | "javaUnicodeIdentifierStart" => r"[\p{L}\p{Nl}\p{Sc}\p{Pc}]",
        "javaJavaIdentifierPart" | "javaUnicodeIdentifierPart" => {
            r"[\p{L}\p{Nl}\p{Sc}\p{Pc}\p{Nd}\p{Mn}\p{Mc}]"
        }
        "L1" => r"[\x00-\x{FF}]",
        "LD" => r"[\p{L}\p{Nd}]",
        "LC" => r"[\p{Lu}\p{Ll}\p{Lt}]",
        "all" => r"[\x00-\x{10FFFF}]",
        "IsControl" => r"\p{Cc}",
        "IsPunctuation" => r"\p{P}",
        "IsDigit" => r"\p{Nd}",
        "IsAssigned" => r"\P{Cn}",
        _ => "",
    };
    if !fixed.is_empty() {
        return Some(fixed.to_string());
    }
    if let Some((key, value)) = name.split_once('=') {
        return match key.to_ascii_lowercase().as_str() {
            "sc" | "script" => known(&format!(r"\p{{Script={value}}}")),
            "gc" | "general_category" => known(&format!(r"\p{{gc={value}}}")),
            "blk" | "block" => block(value),
            _ => None,
        };
    }
    if let Some(rest) = name.strip_prefix("In") {
        return block(rest);
    }
    match name.strip_prefix("Is") {
        Some(rest) => known(&format!(r"\p{{{rest}}}")),
        None if name.len() <= 2 => known(&format!(r"\p{{gc={name}}}")),
        None => None,
    }
}

/// The class if the engine knows it.
fn known(class: &str) -> Option<String> {
    regex::Regex::new(class).ok().map(|_| class.to_string())
}

/// The Unicode blocks that patterns commonly name; the engine has no blocks of its own.
fn block(name: &str) -> Option<String> {
    let plain: String = name
        .chars()
        .filter(|c| c.is_ascii_alphanumeric())
        .map(|c| c.to_ascii_lowercase())
        .collect();
    let range = match plain.as_str() {
        "basiclatin" => r"[\x00-\x7F]",
        "latin1supplement" => r"[\x{80}-\x{FF}]",
        "latinextendeda" => r"[\x{100}-\x{17F}]",
        "latinextendedb" => r"[\x{180}-\x{24F}]",
        "greek" | "greekandcoptic" => r"[\x{370}-\x{3FF}]",
        "cyrillic" => r"[\x{400}-\x{4FF}]",
        "hebrew" => r"[\x{590}-\x{5FF}]",
        "arabic" => r"[\x{600}-\x{6FF}]",
        "devanagari" => r"[\x{900}-\x{97F}]",
        "thai" => r"[\x{E00}-\x{E7F}]",
        "hiragana" => r"[\x{3040}-\x{309F}]",
        "katakana" => r"[\x{30A0}-\x{30FF}]",
        "cjkunifiedideographs" => r"[\x{4E00}-\x{9FFF}]",
        "hangulsyllables" => r"[\x{AC00}-\x{D7AF}]",
        "generalpunctuation" => r"[\x{2000}-\x{206F}]",
        "emoticons" => r"[\x{1F600}-\x{1F64F}]",
        _ => return None,
    };
    Some(range.to_string())
}
