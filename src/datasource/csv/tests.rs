//! The reader as a table. Expectations are what Spark 4.3 gives.

use crate::datasource::testing::{is_in, open, read, read_where, request, run};
use crate::types::Value;
use std::path::PathBuf;

fn file(folder: &tempfile::TempDir, text: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.path().join("file.csv");
    std::fs::write(&path, text).unwrap();
    path
}

/// Schema and rows of a text: NULL as `~`.
fn show(text: impl AsRef<[u8]>, schema: &str, options: &[(&str, &str)]) -> crate::Result<String> {
    let folder = tempfile::tempdir().unwrap();
    let table = open("csv", &file(&folder, text), schema, options)?;
    let rows = read(&*table)?;
    let cell = |value: &Value| match value {
        Value::Null => "~".to_string(),
        Value::String(text) => text.to_string(),
        Value::Integer(v) => v.to_string(),
        Value::Long(v) => v.to_string(),
        Value::Double(v) => format!("{v:?}"),
        Value::Boolean(v) => v.to_string(),
        Value::Decimal(v) => v.to_string(),
        Value::Date(v) => format!("d{v}"),
        Value::Timestamp(v) => format!("t{v}"),
        other => format!("{other:?}"),
    };
    let rows: Vec<String> = (rows.iter())
        .map(|row| row.iter().map(cell).collect::<Vec<_>>().join("|"))
        .collect();
    Ok(format!(
        "{} {}",
        table.schema().simple_string(),
        rows.join(" ; ")
    ))
}

fn condition(result: crate::Result<String>) -> &'static str {
    result.expect_err("an error").condition().name
}

#[test]
fn without_a_schema_all_columns_are_strings() {
    let header = [("header", "true")];
    assert_eq!(
        show("a,b\n1,2\n", "", &[]).unwrap(),
        "struct<_c0:string,_c1:string> a|b ; 1|2"
    );
    assert_eq!(
        show("a,b\n1,2", "", &header).unwrap(),
        "struct<a:string,b:string> 1|2"
    );
    assert_eq!(
        show("a,b,c\n1\n1,2,3,4\n,,\n", "", &header).unwrap(),
        "struct<a:string,b:string,c:string> 1|~|~ ; 1|2|3 ; ~|~|~"
    );
    assert_eq!(
        show("a,a,,A\n1,2,3,4\n", "", &header).unwrap(),
        "struct<a0:string,a1:string,_c2:string,A3:string> 1|2|3|4"
    );
    assert_eq!(
        show("a,b\n", "", &header).unwrap(),
        "struct<a:string,b:string> "
    );
    assert_eq!(show("", "", &header).unwrap(), "struct<> ");
    assert_eq!(
        show(b"\xef\xbb\xbfa\n1\n", "", &header).unwrap(),
        "struct<a:string> 1"
    );
    assert_eq!(
        show(b"a\xffb\n", "", &[]).unwrap(),
        "struct<_c0:string> a\u{fffd}b"
    );
    let latin = [("encoding", "ISO-8859-1")];
    assert_eq!(
        show(b"\xe9,b\n", "", &latin).unwrap(),
        "struct<_c0:string,_c1:string> é|b"
    );
}

#[test]
fn nulls_and_empty_values() {
    let schema = "a STRING, b STRING, c STRING";
    let rows = |text: &str, options: &[(&str, &str)]| {
        let shown = show(text, schema, options).unwrap();
        shown.split_once(' ').unwrap().1.to_string()
    };
    assert_eq!(rows(",\"\",x\n", &[]), "~|~|x");
    assert_eq!(
        rows(",\"\",x\n", &[("emptyValue", "E"), ("nullValue", "N")]),
        "~|E|x"
    );
    assert_eq!(rows("N,\"N\",x\n", &[("nullValue", "N")]), "~|~|x");
    assert_eq!(rows("a,,\"\"\n", &[("nullValue", "a")]), "~|~|");
}

#[test]
fn modes_say_what_becomes_of_malformed_records() {
    let text = "1,x\na,y\n3\n4,z,w\n";
    let schema = "a INT, b STRING";
    let rows = |mode: &str| show(text, schema, &[("mode", mode)]);
    assert_eq!(
        rows("PERMISSIVE").unwrap(),
        "struct<a:int,b:string> 1|x ; ~|y ; 3|~ ; 4|z"
    );
    assert_eq!(rows("DROPMALFORMED").unwrap(), "struct<a:int,b:string> 1|x");
    let error = rows("FAILFAST").unwrap_err();
    assert_eq!(error.condition().name, "FAILED_READ_FILE.NO_HINT");
    assert!(error.message().contains("[null,y]"));
    assert!(error.message().contains("line 2"), "{}", error.message());
    assert_eq!(
        show(text, "a INT, b STRING, _corrupt_record STRING", &[]).unwrap(),
        "struct<a:int,b:string,_corrupt_record:string> 1|x|~ ; ~|y|a,y ; 3|~|3 ; 4|z|4,z,w"
    );
    assert_eq!(
        condition(show(text, "a INT, _corrupt_record INT", &[])),
        "INVALID_CORRUPT_RECORD_TYPE"
    );
}

/// With only some columns read, the number of fields is not looked at.
#[test]
fn pruned_reads_do_not_see_ragged_records() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(&folder, "1,x\na,y\n3\n");
    let table = open("csv", &path, "a INT, b STRING", &[("mode", "FAILFAST")]).unwrap();
    let mut scan = request(&*table, vec![], 1);
    scan.projection = vec![1];
    let rows = run(&*table, scan.clone()).unwrap();
    assert_eq!(
        rows,
        [[Value::from("x")], [Value::from("y")], [Value::Null]]
    );
    scan.projection = vec![];
    assert_eq!(run(&*table, scan).unwrap().len(), 3);
}

#[test]
fn values_of_all_types() {
    let one = |text: &str, data_type: &str| {
        let shown = show(format!("{text}\n"), &format!("a {data_type}"), &[]).unwrap();
        shown.rsplit_once(' ').unwrap().1.to_string()
    };
    assert_eq!(one("+1", "INT"), "1");
    assert_eq!(one("2147483648", "INT"), "~");
    assert_eq!(one("128", "TINYINT"), "~");
    assert_eq!(one("1d", "DOUBLE"), "1.0");
    assert_eq!(one("1.255", "DECIMAL(6,2)"), "1.26");
    assert_eq!(
        one("12345678901234567890.5", "DECIMAL(30,1)"),
        "12345678901234567890.5"
    );
    assert_eq!(one("TRUE", "BOOLEAN"), "true");
    assert_eq!(one("1970-01-03", "DATE"), "d2");
    assert_eq!(one("1970-01-01T00:00:01Z", "TIMESTAMP"), "t1000000");
    assert_eq!(
        condition(show("1\n", "a ARRAY<INT>", &[])),
        "UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE"
    );
    let formats = [("dateFormat", "dd/MM/yyyy")];
    assert_eq!(
        show("02/01/1970\n", "a DATE", &formats).unwrap(),
        "struct<a:date> d1"
    );
}

#[test]
fn headers_are_checked_on_demand() {
    let text = "a,c\n1,2\n";
    let strict = [("header", "true"), ("enforceSchema", "false")];
    assert_eq!(
        show(text, "x INT, y INT", &[("header", "true")]).unwrap(),
        "struct<x:int,y:int> 1|2"
    );
    assert_eq!(
        show(text, "A INT, c INT", &strict).unwrap(),
        "struct<A:int,c:int> 1|2"
    );
    assert_eq!(
        condition(show(text, "x INT, c INT", &strict)),
        "FAILED_READ_FILE.NO_HINT"
    );
    assert_eq!(
        condition(show("1,2,3\n", "", &[("maxColumns", "2")])),
        "MALFORMED_CSV_RECORD"
    );
    assert_eq!(
        condition(show("1\n", "", &[("quote", "ab")])),
        "OPTION_VALUE_EXCEEDS_ONE_CHARACTER"
    );
    assert_eq!(
        condition(show("1\n", "", &[("encoding", "nosuch")])),
        "INVALID_PARAMETER_VALUE.CHARSET"
    );
}

/// Large files give the same rows whether they are mapped and split, or come through a decompressor.
#[test]
fn large_files_are_split_at_records() {
    let mut text = String::from("id,note,price\n");
    for id in 0..200_000 {
        let note = match id % 5 {
            0 => "\"two\nlines\"".to_string(),
            1 => "\"a \\\"quote\\\"\"".to_string(),
            _ => format!("note {id}"),
        };
        text.push_str(&format!("{id},{note},{}.5\n", id % 100));
    }
    let folder = tempfile::tempdir().unwrap();
    let path = file(&folder, &text);
    let schema = "id INT, note STRING, price DECIMAL(10,2)";
    let options = [
        ("header", "true"),
        ("multiLine", "true"),
        ("mode", "FAILFAST"),
    ];
    let table = open("csv", &path, schema, &options).unwrap();
    let source = table.scan(request(&*table, vec![], 4)).unwrap();
    assert!(source.partitions() > 2);
    let rows = run(&*table, request(&*table, vec![], 4)).unwrap();
    assert_eq!(rows.len(), 200_000);
    assert!((0..200_000).all(|id| rows[id][0] == Value::Integer(id as i32)));
    assert_eq!(rows[5][1], Value::from("two\nlines"));
    assert_eq!(rows[6][1], Value::from("a \"quote\""));
    let estimate = table.statistics().rows.unwrap() as f64;
    assert!((estimate / 200_000.0 - 1.0).abs() < 0.2, "{estimate}");

    let packed = folder.path().join("packed.csv.gz");
    let codec = crate::datasource::files::Compression::Gzip;
    let mut writer = codec
        .writer(std::fs::File::create(&packed).unwrap())
        .unwrap();
    std::io::Write::write_all(&mut writer, text.as_bytes()).unwrap();
    writer.finish().unwrap();
    let table = open("csv", &packed, schema, &options).unwrap();
    assert_eq!(read(&*table).unwrap(), rows);
}

#[test]
fn folders_with_partitions() {
    let folder = tempfile::tempdir().unwrap();
    for (year, text) in [(2020, "a\n1\n"), (2021, "a\n2\n3\n")] {
        let path = folder.path().join(format!("year={year}"));
        std::fs::create_dir(&path).unwrap();
        std::fs::write(path.join("x.csv"), text).unwrap();
    }
    let options = [("header", "true"), ("inferSchema", "true")];
    let table = open("csv", folder.path(), "", &options).unwrap();
    assert_eq!(table.schema().simple_string(), "struct<a:int,year:int>");
    let year = Value::Integer(2021);
    let rows = read_where(&*table, is_in(&*table, "year", std::slice::from_ref(&year)));
    assert_eq!(
        rows,
        [
            [Value::Integer(2), year.clone()],
            [Value::Integer(3), year.clone()]
        ]
    );
}
