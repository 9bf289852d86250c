use crate::datasource::testing::{open, read};
use crate::types::Value;

fn lines(text: &[u8], options: &[(&str, &str)]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.txt");
    std::fs::write(&path, text).unwrap();
    let table = open("text", &path, "", options).unwrap();
    assert_eq!(table.schema().simple_string(), "struct<value:string>");
    let text = |row: Vec<Value>| row[0].as_str().unwrap().to_string();
    read(&*table).unwrap().into_iter().map(text).collect()
}

#[test]
fn lines_are_rows() {
    let text = b"a\r\n\nb\n c \n";
    assert_eq!(lines(text, &[]), ["a", "", "b", " c "]);
    assert_eq!(lines(text, &[("lineSep", "b")]), ["a\r\n\n", "\n c \n"]);
    assert_eq!(lines(text, &[("wholetext", "true")]), ["a\r\n\nb\n c \n"]);
    assert_eq!(lines(b"\xff", &[]), ["\u{fffd}"]);
    assert!(lines(b"", &[]).is_empty());
    let many: String = (0..300_000).map(|i| format!("line number {i}\n")).collect();
    let found = lines(many.as_bytes(), &[]);
    assert_eq!(found.len(), 300_000);
    assert_eq!(found[299_999], "line number 299999");
}
