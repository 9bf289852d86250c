//! Base32 of RFC 4648: five bits a character, `=` as padding.

const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// Appends the encoded bytes.
pub fn encode(bytes: &[u8], output: &mut String) {
    for chunk in bytes.chunks(5) {
        let mut block = [0; 5];
        block[..chunk.len()].copy_from_slice(chunk);
        let bits = block
            .iter()
            .fold(0u64, |bits, byte| bits << 8 | u64::from(*byte));
        let used = (chunk.len() * 8).div_ceil(5);
        for place in 0..8 {
            let index = (bits >> (35 - 5 * place)) as usize & 31;
            output.push(if place < used {
                ALPHABET[index] as char
            } else {
                '='
            });
        }
    }
}

/// The bytes of an encoded text, in either case; None if it is malformed.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    let digits = text.trim_end_matches('=');
    if text.len() % 8 != 0 || matches!(digits.len() % 8, 1 | 3 | 6) || text.len() - digits.len() > 6
    {
        return None;
    }
    let mut output = Vec::with_capacity(digits.len() * 5 / 8);
    let (mut bits, mut count) = (0u32, 0);
    for byte in digits.bytes() {
        let byte = byte.to_ascii_uppercase();
        let digit = ALPHABET.iter().position(|letter| *letter == byte)?;
        bits = bits << 5 | digit as u32;
        count += 5;
        if count >= 8 {
            count -= 8;
            output.push((bits >> count) as u8);
            bits &= (1 << count) - 1;
        }
    }
    Some(output)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trip() {
        for text in ["", "a", "ab", "abc", "abcd", "abcde", "abcdef"] {
            let mut encoded = String::new();
            encode(text.as_bytes(), &mut encoded);
            assert_eq!(decode(&encoded).as_deref(), Some(text.as_bytes()));
        }
        let mut encoded = String::new();
        encode(b"abc", &mut encoded);
        assert_eq!(encoded, "MFRGG===");
        assert_eq!(decode("M"), None);
    }
}
