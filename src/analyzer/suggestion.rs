//! Near names for a name that was not found.

use super::scope::Scope;
use crate::error::{Error, conditions, quote};
use crate::types::quote_if_needed;

/// `UNRESOLVED_COLUMN`: with the nearest names of the first scope, if it has columns at all.
pub fn unresolved_column(parts: &[String], scopes: &[&Scope]) -> Error {
    let object = ("objectName", quote::name(parts));
    let columns = scopes.first().into_iter().flat_map(|scope| scope.visible());
    let candidates: Vec<Vec<String>> = columns.map(|column| column.full_name()).collect();
    if candidates.is_empty() {
        return Error::new(&conditions::UNRESOLVED_COLUMN_WITHOUT_SUGGESTION, [object]);
    }
    Error::new(
        &conditions::UNRESOLVED_COLUMN_WITH_SUGGESTION,
        [object, ("proposal", proposal(parts, &candidates))],
    )
}

/// The five candidates nearest to a name, quoted, nearest first. A qualifier that all have in common is
/// left out where the name has none.
pub fn proposal(parts: &[String], candidates: &[Vec<String>]) -> String {
    let shared = |dropped: usize| {
        let prefix = |parts: &Vec<String>| parts[..parts.len().saturating_sub(dropped)].to_vec();
        let first = candidates.first().map(prefix);
        candidates
            .iter()
            .all(|candidate| Some(prefix(candidate)) == first)
    };
    let keep = if parts.len() == 1 && shared(1) {
        1
    } else if parts.len() <= 2 && shared(2) {
        2
    } else {
        usize::MAX
    };
    let base: Vec<String> = parts
        .iter()
        .map(|part| quote_if_needed(part).to_string())
        .collect();
    let base = base.join(".");
    let mut names: Vec<String> = (candidates.iter())
        .map(|candidate| quote::name(&candidate[candidate.len().saturating_sub(keep)..]))
        .collect();
    names.sort_by_key(|name| edit_distance(name, &base));
    names.truncate(5);
    names.join(", ")
}

/// The Levenshtein distance of two texts.
fn edit_distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<String> {
        text.split('.').map(str::to_string).collect()
    }

    #[test]
    fn nearest_names_come_first() {
        let candidates = [names("t.amount"), names("t.name"), names("t.id")];
        assert_eq!(
            proposal(&names("nam"), &candidates),
            "`name`, `id`, `amount`"
        );
        let candidates = [names("t.a"), names("u.a")];
        assert_eq!(proposal(&names("b"), &candidates), "`t`.`a`, `u`.`a`");
        assert_eq!(edit_distance("kitten", "sitting"), 3);
    }
}
