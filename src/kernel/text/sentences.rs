//! Splitting a text into sentences and words.
//!
//! Limit: Spark uses the ICU-like break iterators of the JDK for a locale; here a sentence ends at `.`, `!`
//! or `?` followed by white space, and a word is a run of letters, digits, marks and inner apostrophes and
//! points, for every locale.

/// The words of each sentence.
pub fn sentences(text: &str) -> Vec<Vec<String>> {
    let characters: Vec<char> = text.chars().collect();
    let mut sentences = Vec::new();
    let mut words = Vec::new();
    let mut word = String::new();
    for (index, c) in characters.iter().enumerate() {
        let next = characters.get(index + 1);
        let joins = matches!(c, '\'' | '.' | ',' | '’' | ':')
            && !word.is_empty()
            && next.is_some_and(|next| continues(word.chars().next_back(), *c, *next));
        if c.is_alphanumeric() || *c == '_' || joins {
            word.push(*c);
            continue;
        }
        if !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        let ends = match c {
            '.' | '!' | '?' => next.is_none_or(|next| next.is_whitespace()),
            '。' | '！' | '？' | '\u{2029}' => true,
            _ => false,
        };
        // a full stop before a lower-case word does not end a sentence
        let goes_on = *c == '.'
            && characters[index + 1..]
                .iter()
                .find(|c| !c.is_whitespace())
                .is_some_and(|c| c.is_lowercase());
        if ends && !goes_on && !words.is_empty() {
            sentences.push(std::mem::take(&mut words));
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    if !words.is_empty() {
        sentences.push(words);
    }
    sentences
}

/// Whether a mark between two characters is part of a word: letters around an apostrophe, point or colon,
/// digits around a point or comma.
fn continues(before: Option<char>, mark: char, after: char) -> bool {
    let Some(before) = before else { return false };
    match mark {
        ',' => before.is_numeric() && after.is_numeric(),
        '.' => {
            (before.is_numeric() && after.is_numeric())
                || (before.is_alphabetic() && after.is_alphabetic())
        }
        _ => before.is_alphabetic() && after.is_alphabetic(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_sentences() {
        let words = sentences("Hi there! Good morning. It's 3.14, isn't it?");
        assert_eq!(words.len(), 3);
        assert_eq!(words[0], ["Hi", "there"]);
        assert_eq!(words[2], ["It's", "3.14", "isn't", "it"]);
        assert!(sentences(" ").is_empty());
    }
}
