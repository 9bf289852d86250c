//! Calls of scalar functions by name over constants and columns, against Spark's answers.

use crate::config::Config;
use crate::error::Result;
use crate::functions::scalar::{EvalContext, Form, NullRule};
use crate::functions::{BindContext, BoundArgument, Function, lookup};
use crate::kernel::Column;
use crate::kernel::cast::{Cast, Mode, text_writer};
use crate::kernel::time_zone::TimeZone;
use crate::kernel::value::values_to_array;
use crate::types::{DataType, Value, parse_data_type};

/// An argument: a value of a type.
struct Given(Value, DataType);

macro_rules! given {
    ($($from:ty => $data_type:expr),* $(,)?) => {
        $(impl From<$from> for Given {
            fn from(value: $from) -> Given {
                Given(Value::from(value), $data_type)
            }
        })*
    };
}

given! {
    &str => DataType::String, i32 => DataType::Integer, i64 => DataType::Long, f64 => DataType::Double,
    bool => DataType::Boolean, Vec<u8> => DataType::Binary,
}

impl From<Option<i32>> for Given {
    fn from(value: Option<i32>) -> Given {
        Given(Value::from(value), DataType::Integer)
    }
}

/// An ARRAY<INT>.
fn ints(values: &[Option<i32>]) -> Given {
    let values = values.iter().map(|value| Value::from(*value)).collect();
    Given(
        Value::Array(values),
        DataType::array(DataType::Integer, true),
    )
}

/// NULL of a type.
fn null(data_type: &str) -> Given {
    Given(Value::Null, parse_data_type(data_type).unwrap())
}

/// Calls a function, over constants or over a column of two equal rows; the result as CAST to STRING would
/// print it.
fn call_over(name: &str, arguments: Vec<Given>, constant: bool) -> Result<String> {
    let Some(Function::Scalar(function)) = lookup(name) else {
        panic!("no function {name}");
    };
    assert!(function.arity.accepts(arguments.len()), "arity of {name}");
    let Form::Kernel(bind) = function.form else {
        panic!("{name} has no kernel");
    };
    let config = Config::default();
    let zone = TimeZone::utc();
    let context = BindContext {
        config: &config,
        name,
        sql: name,
    };
    let bound: Vec<BoundArgument> = (arguments.iter())
        .map(|Given(value, data_type)| BoundArgument {
            data_type: data_type.clone(),
            nullable: value.is_null(),
            constant: Some(value.clone()),
            sql: "argument".into(),
            is_lambda: false,
            order: None,
        })
        .collect();
    let binding = bind(&context, &bound)?;
    let rows = if constant { 1 } else { 2 };
    let mut columns = Vec::new();
    for (Given(value, from), to) in arguments.iter().zip(&binding.arguments) {
        let array = values_to_array(&vec![value.clone(); rows], from)?;
        let column = if constant {
            Column::Constant(array)
        } else {
            Column::Array(array)
        };
        if function.nulls == NullRule::Propagate && value.is_null() && constant {
            return Ok("NULL".into());
        }
        columns.push(match from.same_type(to) {
            true => column,
            false => Cast::in_zone(from, to, Mode::Ansi, &zone)?.eval(&column, rows)?,
        });
    }
    let result = binding
        .kernel
        .eval(&columns, rows, &EvalContext::default())?;
    let array = result.to_array(rows);
    assert_eq!(array.len(), rows, "{name}");
    if array.is_null(0) || binding.returns == DataType::Null {
        return Ok("NULL".into());
    }
    let write = text_writer(array.as_ref(), &binding.returns, &zone)?;
    let (mut text, mut again) = (String::new(), String::new());
    write(0, &mut text);
    write(rows - 1, &mut again);
    assert_eq!(text, again, "{name}");
    Ok(text)
}

#[track_caller]
fn check(name: &str, arguments: impl Fn() -> Vec<Given>, expected: &str) {
    for constant in [true, false] {
        let result = call_over(name, arguments(), constant);
        let shown = result.unwrap_or_else(|error| error.condition().name.to_string());
        assert_eq!(shown, expected, "{name}, constant: {constant}");
    }
}

/// `check!("left", ["abc", 2] => "ab")`
macro_rules! check {
    ($name:literal, [$($argument:expr),* $(,)?] => $expected:expr) => {
        check($name, || vec![$($argument.into()),*], $expected)
    };
}

#[test]
fn strings() {
    check!("substring", ["Spark SQL", 5] => "k SQL");
    check!("substring", ["Spark SQL", -3, 2] => "SQ");
    check!("right", ["häß", 2] => "äß");
    check!("trim", ["SL", "SSparkSQLS"] => "parkSQ");
    check!("btrim", ["SSparkSQLS", "SL"] => "parkSQ");
    check!("length", ["häß"] => "3");
    check!("octet_length", ["häß"] => "5");
    check!("concat", ["a", 1, true] => "a1true");
    check!("concat", [null("STRING"), "a"] => "NULL");
    check!("concat_ws", [",", "a", null("STRING"), "b"] => "a,b");
    check!("elt", [2, "a", "b"] => "b");
    check!("elt", [3, "a", "b"] => "INVALID_ARRAY_INDEX");
    check!("locate", ["bar", "foobarbar", 5] => "7");
    check!("locate", ["a", "abc", null("INT")] => "0");
    check!("lpad", ["hi", 5, "??"] => "???hi");
    check!("replace", ["ABCabc", "abc", "DEF"] => "ABCDEF");
    check!("overlay", ["Spark SQL", "_", 6] => "Spark_SQL");
    check!("translate", ["AaBbCc", "abc", "123"] => "A1B2C3");
    check!("mask", ["AbCD123-@$#", null("STRING"), "q", "d", "o"] => "AqCDdddoooo");
    check!("format_string", ["%s %d", "a", 5] => "a 5");
    check!("format_number", [12332.123456, 4] => "12,332.1235");
    check!("to_number", ["$78.12", "$99.99"] => "78.12");
    check!("to_char", [-12345, "S99,999"] => "-12,345");
    check!("to_binary", ["xyz"] => "CONVERSION_INVALID_INPUT");
    check!("unbase64", ["U3BhcmsgU1FM"] => "Spark SQL");
    check!("chr", [321i64] => "A");
    check!("reverse", ["Spark"] => "krapS");
}

#[test]
fn patterns() {
    check!("like", ["Spark", "_park"] => "true");
    check!("like", ["abc", r"a\bc"] => "INVALID_FORMAT.ESC_IN_THE_MIDDLE");
    check!("ilike", ["Spark", "S%K"] => "true");
    check!("likeall", ["foo", "%oo", null("STRING")] => "NULL");
    check!("likeany", ["foo", "%oo", null("STRING")] => "true");
    check!("notlikeall", ["foo", "%oo", null("STRING")] => "false");
    check!("contains", ["50% off", "0%"] => "true");
    check!("startswith", ["Spark SQL", "Spark"] => "true");
    check!("rlike", ["2024", r"^\d+$"] => "true");
    check!("rlike", ["a", "("] => "INVALID_PARAMETER_VALUE.PATTERN");
    check!("regexp_replace", ["100-200", r"(\d+)", "num"] => "num-num");
    check!("regexp_replace", ["abcb", "^b", "x", 2] => "axcb");
    check!("regexp_replace", ["abc", "(b)", "$2"] => "INVALID_REGEXP_REPLACE");
    check!("regexp_extract", ["100-200", r"(\d+)-(\d+)", 2] => "200");
    check!("regexp_extract", ["100-200", r"(\d+)-(\d+)", 3] => "INVALID_PARAMETER_VALUE.REGEX_GROUP_INDEX");
    check!("regexp_extract_all", ["100-200, 300-400", r"(\d+)-(\d+)"] => "[100, 300]");
    check!("regexp_substr", ["abc", "x"] => "NULL");
    check!("split", ["aXbXc", "X"] => "[a, b, c]");
    check!("split", ["abc", "", 2] => "[a, bc]");
    check!("split", ["oneAtwoBthreeC", "[ABC]"] => "[one, two, three, ]");
    check!("str_to_map", ["a:1,b:2,c"] => "{a -> 1, b -> 2, c -> null}");
    check!("parse_url", ["http://h/p?q=1", "QUERY", "q"] => "1");
    check!("url_decode", ["%zz"] => "CANNOT_DECODE_URL");
    check!("sha2", ["Spark", 1] => "NULL");
}

#[test]
fn arrays() {
    let some = |values: &[i32]| ints(&values.iter().map(|v| Some(*v)).collect::<Vec<_>>());
    let mixed = || ints(&[Some(3), None, Some(1), Some(3)]);
    check!("array", [1, 2, null("INT")] => "[1, 2, null]");
    check!("element_at", [some(&[1, 2, 3]), -1] => "3");
    check!("element_at", [some(&[1, 2, 3]), 5] => "INVALID_ARRAY_INDEX_IN_ELEMENT_AT");
    check!("element_at", [some(&[1]), 0] => "INVALID_INDEX_OF_ZERO");
    check!("try_element_at", [some(&[1]), 5] => "NULL");
    check!("get", [some(&[1]), -1] => "NULL");
    check!("size", [mixed()] => "4");
    check!("array_contains", [mixed(), 3] => "true");
    check!("array_contains", [mixed(), 9] => "NULL");
    check!("array_position", [mixed(), 1] => "3");
    check!("array_distinct", [mixed()] => "[3, null, 1]");
    check!("array_union", [mixed(), some(&[4, 1])] => "[3, null, 1, 4]");
    check!("array_intersect", [mixed(), some(&[3])] => "[3]");
    check!("array_except", [mixed(), some(&[3])] => "[null, 1]");
    check!("arrays_overlap", [mixed(), some(&[9])] => "NULL");
    check!("array_remove", [mixed(), 3] => "[null, 1]");
    check!("array_compact", [mixed()] => "[3, 1, 3]");
    check!("array_append", [some(&[1, 2]), 3] => "[1, 2, 3]");
    check!("array_insert", [some(&[5, 4, 3, 2]), -4, 1] => "[5, 1, 4, 3, 2]");
    check!("array_insert", [some(&[1, 2]), 5, 9] => "[1, 2, null, null, 9]");
    check!("array_insert", [some(&[1, 2]), -5, 9] => "[9, null, null, 1, 2]");
    check!("array_max", [mixed()] => "3");
    check!("array_min", [mixed()] => "1");
    check!("array_join", [some(&[1, 2]), ","] => "1,2");
    check!("array_repeat", ["a", 2] => "[a, a]");
    check!("slice", [some(&[1, 2, 3, 4]), -2, 2] => "[3, 4]");
    check!("slice", [some(&[1]), 0, 1] => "INVALID_PARAMETER_VALUE.START");
    check!("sort_array", [mixed()] => "[null, 1, 3, 3]");
    check!("sort_array", [mixed(), false] => "[3, 3, 1, null]");
    check!("reverse", [mixed()] => "[3, 1, null, 3]");
    check!("concat", [some(&[1]), mixed()] => "[1, 3, null, 1, 3]");
    check!("sequence", [1, 10, 3] => "[1, 4, 7, 10]");
    check!("arrays_zip", [some(&[1, 2]), some(&[3])] => "[{1, 3}, {2, null}]");
    let nested = |rows: Vec<Value>| {
        Given(
            Value::Array(rows),
            parse_data_type("ARRAY<ARRAY<INT>>").unwrap(),
        )
    };
    let one = || Value::Array(vec![Value::Integer(1)]);
    check!("flatten", [nested(vec![one(), one()])] => "[1, 1]");
    check!("flatten", [nested(vec![one(), Value::Null])] => "NULL");
}

#[test]
fn maps() {
    let map = || {
        let entries = vec![
            (Value::Integer(1), "a".into()),
            (Value::Integer(2), "b".into()),
        ];
        Given(
            Value::Map(entries),
            parse_data_type("MAP<INT, STRING>").unwrap(),
        )
    };
    check!("map", [1, "a", 2, "b"] => "{1 -> a, 2 -> b}");
    check!("map", [1, "a", 1, "b"] => "DUPLICATED_MAP_KEY");
    check!("map", [null("INT"), "a"] => "NULL_MAP_KEY");
    check!("map_keys", [map()] => "[1, 2]");
    check!("map_values", [map()] => "[a, b]");
    check!("map_entries", [map()] => "[{1, a}, {2, b}]");
    check!("element_at", [map(), 2] => "b");
    check!("element_at", [map(), 3] => "NULL");
    check!("map_contains_key", [map(), 1] => "true");
    check!("map_concat", [map(), map()] => "DUPLICATED_MAP_KEY");
    check!("map_from_arrays", [ints(&[Some(1)]), ints(&[None])] => "{1 -> null}");
    check!("map_from_arrays", [ints(&[Some(1)]), ints(&[])] => "_LEGACY_ERROR_TEMP_2128");
}

#[test]
fn json_and_csv() {
    check!("get_json_object", [r#"{"a":[1,{"b":"x"}]}"#, "$.a[1].b"] => "x");
    check!("json_array_length", ["[1,2] x"] => "2");
    check!("json_object_keys", [r#"{"a":1,"b":{}}"#] => "[a, b]");
    check!("from_json", [r#"{"a":1,"b":0.8}"#, "a INT, b DOUBLE"] => "{1, 0.8}");
    check!("from_json", [r#"{"a":"x","b":2}"#, "a INT, b INT"] => "{null, 2}");
    check!("from_json", [r#"{"a":1"#, "a INT"] => "{null}");
    check!("from_json", [r#"[1, "2", 3]"#, "ARRAY<INT>"] => "NULL");
    check!("from_json", [r#"{"a": {"b": 1}}"#, "a STRING"] => r#"{{"b": 1}}"#);
    check!("from_json", [r#"{"a":12.345}"#, "a DECIMAL(10,2)"] => "{12.35}");
    check!("from_json", [r#"{"a":1234}"#, "a TIMESTAMP"] => "{1970-01-01 00:20:34}");
    check!("from_json", ["1", "INT"] => "DATATYPE_MISMATCH.INVALID_JSON_SCHEMA");
    check!("from_json", ["", "a INT"] => "NULL");
    check!("schema_of_json", [r#"{"c1":0, "c2":[1]}"#] => "STRUCT<c1: BIGINT, c2: ARRAY<BIGINT>>");
    check!("from_csv", ["1, 3.14", "a INT, f FLOAT"] => "{1, 3.14}");
    check!("from_csv", ["x,1", "a INT, b INT, _corrupt_record STRING"] => "{null, 1, x,1}");
    check!("from_csv", ["1", "ARRAY<INT>"] => "INVALID_SCHEMA.NON_STRUCT_TYPE");
    check!(
        "schema_of_csv", ["1,1.5,true,2020-01-01,2020-01-01 00:00:00,x,"] =>
        "STRUCT<_c0: INT, _c1: DOUBLE, _c2: BOOLEAN, _c3: DATE, _c4: TIMESTAMP, _c5: STRING, _c6: STRING>"
    );
    let structure = |text: &str, values: Vec<Value>| {
        Given(Value::Struct(values), parse_data_type(text).unwrap())
    };
    let times = || {
        let values = vec![
            Value::Timestamp(1_440_550_923_456_000),
            Value::Date(18262),
            Value::Null,
        ];
        structure("STRUCT<t: TIMESTAMP, d: DATE, n: INT>", values)
    };
    check!("to_json", [times()] => r#"{"t":"2015-08-26T01:02:03.456Z","d":"2020-01-01"}"#);
    check!("to_csv", [times()] => "2015-08-26T01:02:03.456Z,2020-01-01,");
    let texts = || {
        structure(
            "STRUCT<a: DOUBLE, b: STRING>",
            vec![Value::Double(1e10), "x\"y\n/é".into()],
        )
    };
    check!("to_json", [texts()] => r#"{"a":1.0E10,"b":"x\"y\n/é"}"#);
}

#[test]
fn every_name_is_there_once() {
    let mut seen = std::collections::HashSet::new();
    for family in super::FAMILIES {
        for function in *family {
            for name in std::iter::once(&function.name).chain(function.aliases) {
                assert!(seen.insert(*name), "{name} twice");
            }
        }
    }
}
