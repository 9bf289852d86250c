//! How alike two texts are, and how they sound.

/// Number of insertions, deletions and substitutions between two texts. With a `threshold`, -1 if it is
/// more than that.
pub fn levenshtein(left: &str, right: &str, threshold: Option<i32>) -> i32 {
    let (short, long): (Vec<char>, Vec<char>) = (left.chars().collect(), right.chars().collect());
    let (short, long) = if short.len() > long.len() {
        (long, short)
    } else {
        (short, long)
    };
    if let Some(threshold) = threshold
        && (long.len() - short.len()) as i64 > i64::from(threshold)
    {
        return -1;
    }
    let mut costs: Vec<usize> = (0..=short.len()).collect();
    for (row, b) in long.iter().enumerate() {
        let mut diagonal = costs[0];
        costs[0] = row + 1;
        for (column, a) in short.iter().enumerate() {
            let substituted = diagonal + usize::from(a != b);
            diagonal = costs[column + 1];
            costs[column + 1] = substituted.min(costs[column] + 1).min(diagonal + 1);
        }
    }
    let distance = costs[short.len()] as i64;
    match threshold {
        Some(threshold) if distance > i64::from(threshold) => -1,
        _ => distance as i32,
    }
}

/// The Soundex code; the text itself if it does not begin with a Latin letter.
pub fn soundex(text: &str) -> String {
    let code = |byte: u8| match byte.to_ascii_uppercase() {
        b'B' | b'F' | b'P' | b'V' => b'1',
        b'C' | b'G' | b'J' | b'K' | b'Q' | b'S' | b'X' | b'Z' => b'2',
        b'D' | b'T' => b'3',
        b'L' => b'4',
        b'M' | b'N' => b'5',
        b'R' => b'6',
        // these two do not part letters of equal code
        b'H' | b'W' => b'7',
        _ => b'0',
    };
    let Some(first) = text.bytes().next().filter(u8::is_ascii_alphabetic) else {
        return text.to_string();
    };
    let mut output = String::from(first.to_ascii_uppercase() as char);
    let mut last = code(first);
    for byte in text.bytes().skip(1) {
        if !byte.is_ascii_alphabetic() {
            last = b'0';
            continue;
        }
        let now = code(byte);
        if now == b'7' {
            continue;
        }
        if now != b'0' && now != last {
            output.push(now as char);
            if output.len() == 4 {
                break;
            }
        }
        last = now;
    }
    while output.len() < 4 {
        output.push('0');
    }
    output
}

/// Jaro-Winkler similarity, 0 to 1: common characters in about the same order, with a bonus for a common
/// start of up to four characters.
pub fn jaro_winkler(left: &str, right: &str) -> f64 {
    let (a, b): (Vec<char>, Vec<char>) = (left.chars().collect(), right.chars().collect());
    if a == b {
        return 1.0;
    }
    if a.is_empty() || b.is_empty() {
        return 0.0;
    }
    let window = (a.len().max(b.len()) / 2).saturating_sub(1);
    let mut used = vec![false; b.len()];
    let mut common_of_a = Vec::new();
    for (index, c) in a.iter().enumerate() {
        let from = index.saturating_sub(window);
        let until = (index + window + 1).min(b.len());
        if let Some(place) = (from..until).find(|place| !used[*place] && b[*place] == *c) {
            used[place] = true;
            common_of_a.push(*c);
        }
    }
    if common_of_a.is_empty() {
        return 0.0;
    }
    let common_of_b = b.iter().zip(&used).filter(|(_, used)| **used);
    let misplaced = common_of_b
        .zip(&common_of_a)
        .filter(|((b, _), a)| b != a)
        .count();
    let common = common_of_a.len() as f64;
    let transpositions = (misplaced / 2) as f64;
    let jaro =
        (common / a.len() as f64 + common / b.len() as f64 + (common - transpositions) / common)
            / 3.0;
    let prefix = a.iter().zip(&b).take(4).take_while(|(a, b)| a == b).count() as f64;
    jaro + prefix * 0.1 * (1.0 - jaro)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn likeness() {
        assert_eq!(levenshtein("kitten", "sitting", None), 3);
        assert_eq!(levenshtein("kitten", "sitting", Some(2)), -1);
        assert_eq!(levenshtein("kitten", "sitting", Some(3)), 3);
        assert_eq!(levenshtein("", "abc", None), 3);
        assert_eq!(soundex("Miller"), "M460");
        assert_eq!(soundex("1a"), "1a");
        assert_eq!(soundex("Ashcraft"), "A261");
        assert_eq!(jaro_winkler("martha", "marhta"), 0.9611111111111111);
    }
}
