//! The reader as a table. Expectations are what Spark 4.3 gives.

use crate::datasource::testing::{open, read};
use crate::types::Value;

fn show(text: &str, schema: &str, options: &[(&str, &str)]) -> crate::Result<String> {
    fn cell(value: &Value) -> String {
        let list = |values: &[Value]| values.iter().map(cell).collect::<Vec<_>>().join(",");
        match value {
            Value::Null => "~".into(),
            Value::String(text) => text.to_string(),
            Value::Integer(v) => v.to_string(),
            Value::Long(v) => v.to_string(),
            Value::Byte(v) => v.to_string(),
            Value::Double(v) => format!("{v:?}"),
            Value::Decimal(v) => v.to_string(),
            Value::Array(values) => format!("[{}]", list(values)),
            Value::Struct(values) => format!("{{{}}}", list(values)),
            Value::Map(entries) => {
                let pairs = entries
                    .iter()
                    .map(|(k, v)| format!("{}:{}", cell(k), cell(v)));
                format!("<{}>", pairs.collect::<Vec<_>>().join(","))
            }
            other => format!("{other:?}"),
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.json");
    std::fs::write(&path, text).unwrap();
    let table = open("json", &path, schema, options)?;
    let rows: Vec<String> = (read(&*table)?.iter())
        .map(|row| row.iter().map(cell).collect::<Vec<_>>().join("|"))
        .collect();
    let schema = table.schema().simple_string();
    let inner = schema
        .strip_prefix("struct<")
        .and_then(|s| s.strip_suffix('>'))
        .unwrap();
    Ok(format!("{inner} ; {}", rows.join(" ; ")))
}

fn inferred(text: &str, options: &[(&str, &str)]) -> String {
    show(text, "", options).unwrap()
}

fn with(text: &str, schema: &str) -> String {
    let shown = show(text, schema, &[]).unwrap();
    shown.split_once(" ; ").unwrap().1.to_string()
}

#[test]
fn schemas_are_inferred() {
    let none = &[];
    assert_eq!(
        inferred(
            "{\"a\":1,\"b\":\"x\"}\n{\"a\":2.5}\n{\"c\":[1,2],\"d\":{\"e\":1}}\n\n",
            none
        ),
        "a:double,b:string,c:array<bigint>,d:struct<e:bigint> ; 1.0|x|~|~ ; 2.5|~|~|~ ; ~|~|[1,2]|{1}"
    );
    assert_eq!(
        inferred("{\"a\":1}\nnot json\n{\"a\":\"x\"}\n", none),
        "_corrupt_record:string,a:string ; ~|1 ; not json|~ ; ~|x"
    );
    assert_eq!(
        inferred("[{\"a\":1},{\"a\":2}]\n{\"a\":3}\n", none),
        "a:bigint ; 1 ; 2 ; 3"
    );
    assert_eq!(
        inferred(
            "{\"e\":12345678901234567890,\"f\":1e3,\"g\":[],\"i\":{},\"j\":[1,\"x\"],\"k\":null}\n",
            none
        ),
        "e:decimal(20,0),f:double,g:array<string>,j:array<string>,k:string ; 12345678901234567890|1000.0|[]|[1,x]|~"
    );
    assert_eq!(
        inferred("{\"a\":{\"x\":1}}\n{\"a\":5}\n", none),
        "a:string ; {\"x\":1} ; 5"
    );
    assert_eq!(
        inferred(
            "{\"a\":{\"b\":{\"c\":1}}}\n{\"a\":{\"b\":{\"d\":\"x\"}}}\n",
            none
        ),
        "a:struct<b:struct<c:bigint,d:string>> ; {{1,~}} ; {{~,x}}"
    );
    let multi_line = [("multiLine", "true")];
    assert_eq!(
        inferred("[{\"a\":1},\n{\"a\":2}]", &multi_line),
        "a:bigint ; 1 ; 2"
    );
    assert_eq!(
        inferred("{\"a\":1.5}\n{\"a\":1}\n", &[("prefersDecimal", "true")]),
        "a:decimal(21,1) ; 1.5 ; 1.0"
    );
    assert_eq!(
        inferred("{\"a\":null,\"b\":1}\n", &[("dropFieldIfAllNull", "true")]),
        "b:bigint ; 1"
    );
    let condition = |text: &str, schema: &str, options: &[(&str, &str)]| {
        show(text, schema, options).unwrap_err().condition().name
    };
    assert_eq!(
        condition("{\"b\":1,\"B\":3}\n", "", none),
        "COLUMN_ALREADY_EXISTS"
    );
    let fail = [("mode", "FAILFAST")];
    let malformed = "MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION";
    assert_eq!(condition("{\"a\":1}\nnot json\n", "", &fail), malformed);
    assert_eq!(
        condition("{\"a\":1}\nnot json\n", "a INT", &fail),
        "FAILED_READ_FILE.NO_HINT"
    );
    let only = "UNSUPPORTED_FEATURE.QUERY_ONLY_CORRUPT_RECORD_COLUMN";
    assert_eq!(condition("{\"a\":01}\n", "", none), only);
}

#[test]
fn a_schema_is_enforced_field_by_field() {
    assert_eq!(
        with("{\"a\":1}\nnot json\n{\"a\":\"x\"}\n", "a INT"),
        "1 ; ~ ; ~"
    );
    assert_eq!(
        with(
            "{\"a\":1}\nnot json\n{\"a\":\"x\",\"b\":\"q\"}\n",
            "a INT, b STRING, _corrupt_record STRING"
        ),
        "1|~|~ ; ~|~|not json ; ~|q|{\"a\":\"x\",\"b\":\"q\"}"
    );
    assert_eq!(
        with(
            "{\"a\":1,\"b\":1.50,\"d\":[1, {\"x\" : 2}]}\n",
            "a STRING, b STRING, d STRING"
        ),
        "1|1.50|[1,{\"x\":2}]"
    );
    assert_eq!(with("{\"A\":1}\n", "a INT"), "~");
    assert_eq!(with("{\"a\":1,\"a\":2} trailing\n", "a INT"), "2");
    assert_eq!(
        with(
            "{\"a\":300,\"b\":1.0,\"c\":\"1\"}",
            "a TINYINT, b INT, c BIGINT"
        ),
        "~|~|~"
    );
    assert_eq!(
        with(
            "{\"a\":1.256,\"b\":\"1.5\"}",
            "a DECIMAL(4,2), b DECIMAL(3,1)"
        ),
        "1.26|1.5"
    );
    assert_eq!(
        with("{\"a\":1,\"b\":\"2021-1-2\"}", "a TIMESTAMP, b DATE"),
        "Timestamp(1000000)|Date(18629)"
    );
    assert_eq!(
        with("{\"m\":{\"x\":1,\"y\":null}}", "m MAP<STRING, INT>"),
        "<x:1,y:~>"
    );
    assert_eq!(with("{\"m\":{\"x\":\"bad\"}}", "m MAP<STRING, INT>"), "~");
    assert_eq!(
        with(
            "{\"a\":{\"b\":\"bad\"},\"c\":1}",
            "a STRUCT<b: INT, d: INT>, c INT"
        ),
        "{~,~}|1"
    );
    assert_eq!(
        with("{\"a\":[\"x\",1],\"c\":1}", "a ARRAY<INT>, c INT"),
        "~|1"
    );
    assert_eq!(
        with(
            "{\"a\":[{\"x\":\"bad\"},{\"x\":2}]}",
            "a ARRAY<STRUCT<x: INT>>"
        ),
        "[{~},{2}]"
    );
    let drop = show(
        "{\"a\":1}\nnot json\n",
        "a INT",
        &[("mode", "DROPMALFORMED")],
    )
    .unwrap();
    assert_eq!(drop, "a:int ; 1");
}
