//! Path patterns as Hadoop reads them: `*`, `?`, `[a-z]`, `[^a]`, `{a,b}` and `\x` in any element of a path.
//!
//! Braces are expanded first (they may hold slashes), then the pattern is matched folder by folder. A trailing
//! slash is ignored. A pattern never matches across a `/`.

use regex::Regex;
use std::path::{Path, PathBuf};

/// Whether a path is a pattern at all.
pub(super) fn is_pattern(path: &str) -> bool {
    path.contains(['{', '}', '[', ']', '*', '?', '\\'])
}

/// All paths that match, in the order of their names.
pub(super) fn expand(pattern: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for plain in expand_braces(pattern) {
        let mut matches = vec![if plain.starts_with('/') {
            PathBuf::from("/")
        } else {
            PathBuf::new()
        }];
        for element in plain.split('/').filter(|element| !element.is_empty()) {
            matches = matches
                .iter()
                .flat_map(|folder| step(folder, element))
                .collect();
        }
        found.extend(matches);
    }
    found.sort();
    found.dedup();
    found
}

/// The children of `folder` that one element of a pattern matches.
fn step(folder: &Path, element: &str) -> Vec<PathBuf> {
    if !is_pattern(element) {
        let child = folder.join(element);
        return if child.exists() { vec![child] } else { vec![] };
    }
    let Some(matcher) = element_matcher(element) else {
        return Vec::new();
    };
    let listed = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    let Ok(entries) = std::fs::read_dir(listed) else {
        return Vec::new();
    };
    let mut children: Vec<PathBuf> = entries
        .flatten()
        .filter(|entry| matcher.is_match(&entry.file_name().to_string_lossy()))
        .map(|entry| folder.join(entry.file_name()))
        .collect();
    children.sort();
    children
}

/// A matcher of file names for a pattern without braces.
pub(super) fn name_matcher(pattern: &str) -> Option<Regex> {
    element_matcher(pattern)
}

/// A regular expression for one path element without braces; None if its brackets are not closed.
fn element_matcher(element: &str) -> Option<Regex> {
    let mut pattern = String::from("^");
    let mut characters = element.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '*' => pattern.push_str(".*"),
            '?' => pattern.push('.'),
            '\\' => pattern.push_str(&regex::escape(&characters.next()?.to_string())),
            '[' => {
                pattern.push('[');
                if let Some('^' | '!') = characters.peek() {
                    characters.next();
                    pattern.push('^');
                }
                loop {
                    match characters.next()? {
                        ']' => break,
                        '-' => pattern.push('-'),
                        '\\' => pattern.push_str(&regex::escape(&characters.next()?.to_string())),
                        other => pattern.push_str(&regex::escape(&other.to_string())),
                    }
                }
                pattern.push(']');
            }
            other => pattern.push_str(&regex::escape(&other.to_string())),
        }
    }
    pattern.push('$');
    Regex::new(&pattern).ok()
}

/// `a{b,c}d` → `abd`, `acd`; nested braces too. Braces that are not closed stay as they are.
fn expand_braces(pattern: &str) -> Vec<String> {
    let Some((start, end, commas)) = first_braces(pattern) else {
        return vec![pattern.to_string()];
    };
    let mut bounds = vec![start];
    bounds.extend(commas);
    bounds.push(end);
    let mut expanded = Vec::new();
    for pair in bounds.windows(2) {
        let choice = &pattern[pair[0] + 1..pair[1]];
        let text = format!("{}{choice}{}", &pattern[..start], &pattern[end + 1..]);
        expanded.extend(expand_braces(&text));
    }
    expanded
}

/// Byte positions of the first braces that match each other, and of the commas directly inside.
fn first_braces(pattern: &str) -> Option<(usize, usize, Vec<usize>)> {
    let mut start = None;
    let mut depth = 0;
    let mut commas = Vec::new();
    let mut escaped = false;
    for (position, c) in pattern.char_indices() {
        if std::mem::take(&mut escaped) {
            continue;
        }
        match c {
            '\\' => escaped = true,
            '{' => {
                depth += 1;
                start.get_or_insert(position);
            }
            '}' if depth > 0 => {
                depth -= 1;
                if depth == 0 {
                    return Some((start?, position, commas));
                }
            }
            ',' if depth == 1 => commas.push(position),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn braces_expand_also_when_nested_and_across_folders() {
        assert_eq!(
            expand_braces("a/{b,c{d,e}}/f"),
            ["a/b/f", "a/cd/f", "a/ce/f"]
        );
        assert_eq!(expand_braces("{a/b,c}/x"), ["a/b/x", "c/x"]);
        assert_eq!(expand_braces("a{b"), ["a{b"]);
    }

    #[test]
    fn elements_match_like_hadoop() {
        let matches = |pattern: &str, name: &str| element_matcher(pattern).unwrap().is_match(name);
        assert!(matches("part-*.csv", "part-1.csv"));
        assert!(!matches("part-?.csv", "part-10.csv"));
        assert!(matches("[a-c]x", "bx") && !matches("[^a-c]x", "bx") && matches("[!a]x", "bx"));
        assert!(matches(r"a\*b", "a*b") && !matches(r"a\*b", "axb"));
        assert!(matches("a.b", "a.b") && !matches("a.b", "axb"));
        assert!(element_matcher("[abc").is_none());
    }

    #[test]
    fn patterns_walk_folders() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["2021/01/a.csv", "2021/02/b.csv", "2022/01/c.csv"] {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "x").unwrap();
        }
        let names = |pattern: &str| -> Vec<String> {
            expand(&format!("{}/{pattern}", folder.path().display()))
                .iter()
                .map(|path| {
                    path.strip_prefix(folder.path())
                        .unwrap()
                        .display()
                        .to_string()
                })
                .collect()
        };
        assert_eq!(names("2021/*/"), ["2021/01", "2021/02"]);
        assert_eq!(names("*/01/*.csv"), ["2021/01/a.csv", "2022/01/c.csv"]);
        assert_eq!(
            names("{2022/01/c,2021/02/b}.csv"),
            ["2021/02/b.csv", "2022/01/c.csv"]
        );
        assert!(names("2023/*").is_empty());
    }
}
