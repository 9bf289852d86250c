//! The order of the modules: each uses only those before it in the list of ARCHITECTURE.md. One crate gives no
//! compiler help with that, so this test reads the paths.

use std::fs;
use std::path::{Path, PathBuf};

/// Lowest first.
const ORDER: &[&str] = &[
    "error",
    "types",
    "config",
    "kernel",
    "functions",
    "expr",
    "pipeline",
    "datasource",
    "plan",
    "sql",
    "catalog",
    "analyzer",
    "optimizer",
    "exec",
    "session",
    "golden",
    "cli",
];

/// Uses against the order that are meant: who, of what, why.
const ALLOWED: &[(&str, &str, &str)] = &[
    ("error", "types", "errors quote types"),
    ("types", "error", "parsing a type fails with conditions"),
    (
        "types",
        "kernel",
        "the DDL parser shares number and interval text",
    ),
];

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("src can be listed") {
        let path = entry.expect("src can be listed").path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The source without comments and without its unit tests, which may use anything.
fn code(text: &str) -> String {
    let production = text
        .split("#[cfg(test)]\nmod tests {")
        .next()
        .unwrap_or(text);
    let lines = production
        .lines()
        .map(|line| line.split("//").next().unwrap_or(line));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn modules_use_only_what_is_below_them() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    files(&source, &mut paths);
    let rank = |module: &str| ORDER.iter().position(|known| *known == module);
    let mut wrong = Vec::new();
    for path in paths {
        let relative = path.strip_prefix(&source).expect("files lie below src");
        let own = relative
            .components()
            .next()
            .map(|part| part.as_os_str().to_string_lossy().into_owned());
        let own = own.unwrap_or_default();
        let own = own.trim_end_matches(".rs");
        let Some(own_rank) = rank(own) else { continue };
        if relative
            .file_stem()
            .is_some_and(|stem| stem == "tests" || stem == "testing")
        {
            continue;
        }
        let text = code(&fs::read_to_string(&path).expect("source can be read"));
        for (at, _) in text.match_indices("crate::") {
            let used: String = text[at + 7..]
                .chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect();
            let allowed = ALLOWED
                .iter()
                .any(|(from, to, _)| *from == own && *to == used);
            if rank(&used).is_some_and(|used_rank| used_rank > own_rank) && !allowed {
                wrong.push(format!("{} uses {used}", relative.display()));
            }
        }
    }
    wrong.sort();
    wrong.dedup();
    assert!(
        wrong.is_empty(),
        "against the order of modules:\n{}",
        wrong.join("\n")
    );
}
