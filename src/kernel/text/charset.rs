//! The character sets of `encode` and `decode`.

/// A character set that Spark accepts by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Charset {
    /// ISO-8859-1
    Latin1,
    /// US-ASCII
    Ascii,
    /// UTF-8
    Utf8,
    /// UTF-16, big-endian with a byte-order mark when encoding
    Utf16,
    /// UTF-16BE
    Utf16Be,
    /// UTF-16LE
    Utf16Le,
    /// UTF-32, big-endian without a mark when encoding
    Utf32,
}

/// The names, as Spark lists them in errors.
pub const NAMES: &str = "iso-8859-1, us-ascii, utf-16, utf-16be, utf-16le, utf-32, utf-8";

impl Charset {
    /// The set of a name, in any case.
    pub fn named(name: &str) -> Option<Charset> {
        Some(match name.to_ascii_lowercase().as_str() {
            "iso-8859-1" => Charset::Latin1,
            "us-ascii" => Charset::Ascii,
            "utf-8" => Charset::Utf8,
            "utf-16" => Charset::Utf16,
            "utf-16be" => Charset::Utf16Be,
            "utf-16le" => Charset::Utf16Le,
            "utf-32" => Charset::Utf32,
            _ => return None,
        })
    }

    /// The text's bytes; None if a character is not in the set.
    pub fn encode(self, text: &str) -> Option<Vec<u8>> {
        match self {
            Charset::Utf8 => Some(text.as_bytes().to_vec()),
            Charset::Ascii => text.is_ascii().then(|| text.as_bytes().to_vec()),
            Charset::Latin1 => text.chars().map(|c| u8::try_from(c as u32).ok()).collect(),
            Charset::Utf16 if text.is_empty() => Some(Vec::new()),
            Charset::Utf16 => {
                let units = text.encode_utf16().flat_map(u16::to_be_bytes);
                Some([0xFE, 0xFF].into_iter().chain(units).collect())
            }
            Charset::Utf16Be => Some(text.encode_utf16().flat_map(u16::to_be_bytes).collect()),
            Charset::Utf16Le => Some(text.encode_utf16().flat_map(u16::to_le_bytes).collect()),
            Charset::Utf32 => Some(
                text.chars()
                    .flat_map(|c| (c as u32).to_be_bytes())
                    .collect(),
            ),
        }
    }

    /// The text of the bytes; None if they are malformed.
    pub fn decode(self, bytes: &[u8]) -> Option<String> {
        match self {
            Charset::Utf8 => String::from_utf8(bytes.to_vec()).ok(),
            Charset::Ascii => bytes
                .is_ascii()
                .then(|| bytes.iter().map(|b| *b as char).collect()),
            Charset::Latin1 => Some(bytes.iter().map(|byte| *byte as char).collect()),
            Charset::Utf16 => match bytes {
                [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes),
                [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes),
                _ => utf16(bytes, u16::from_be_bytes),
            },
            Charset::Utf16Be => utf16(bytes, u16::from_be_bytes),
            Charset::Utf16Le => utf16(bytes, u16::from_le_bytes),
            Charset::Utf32 => {
                let (bytes, little) = match bytes {
                    [0xFF, 0xFE, 0, 0, rest @ ..] => (rest, true),
                    [0, 0, 0xFE, 0xFF, rest @ ..] => (rest, false),
                    _ => (bytes, false),
                };
                let (units, rest) = bytes.as_chunks::<4>();
                if !rest.is_empty() {
                    return None;
                }
                let code = |unit: &[u8; 4]| {
                    char::from_u32(if little {
                        u32::from_le_bytes(*unit)
                    } else {
                        u32::from_be_bytes(*unit)
                    })
                };
                units.iter().map(code).collect()
            }
        }
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Option<String> {
    let (units, rest) = bytes.as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    char::decode_utf16(units.iter().map(|pair| unit(*pair)))
        .collect::<Result<String, _>>()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trip() {
        for name in NAMES.split(", ") {
            let charset = Charset::named(name).unwrap();
            let bytes = charset.encode("abc").unwrap();
            assert_eq!(charset.decode(&bytes).as_deref(), Some("abc"), "{name}");
        }
        assert_eq!(Charset::Utf16.encode("a").unwrap(), [0xFE, 0xFF, 0, b'a']);
        assert_eq!(Charset::Ascii.encode("é"), None);
        assert_eq!(Charset::Utf8.decode(&[0xFF]), None);
    }
}
