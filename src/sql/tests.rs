//! The grammar, clause by clause, seen through a compact rendering of what it makes.

use super::*;
use crate::plan::unresolved::{Command, ExpressionKind, RelationKind, SampleMethod};
use crate::types::Value;

/// An expression in brackets, operators first: `(+ a (* b 2))`.
fn show(expression: &Expression) -> String {
    use ExpressionKind::*;
    let list = |items: Vec<String>| items.join(" ");
    match &*expression.kind {
        Literal(value, data_type) => match value {
            Value::String(text) => format!("'{text}'"),
            Value::Null => "null".into(),
            Value::Integer(v) => v.to_string(),
            Value::Decimal(v) => format!("{v}:{}", data_type.simple_string()),
            Value::Double(v) => format!("{v:?}"),
            Value::YearMonthInterval(v) => format!("{v}:{}", data_type.simple_string()),
            Value::DayTimeInterval(v) => format!("{v}:{}", data_type.simple_string()),
            other => format!("{other:?}"),
        },
        Attribute { parts, .. } => parts.join("."),
        Star { target, except } if except.is_empty() => format!("{}*", target.join(".")),
        Star { except, .. } => format!("* except {}", except.len()),
        Function(call) => {
            let arguments = call.arguments.iter().map(|argument| match &argument.name {
                Some(name) => format!("{name}=>{}", show(&argument.value)),
                None => show(&argument.value),
            });
            let mut parts = vec![call.name.join(".")];
            parts.extend(call.distinct.then(|| "distinct".to_string()));
            parts.extend(arguments);
            parts.extend(call.filter.as_ref().map(|f| format!("filter {}", show(f))));
            parts.extend(
                call.ignore_nulls
                    .map(|ignore| format!("ignore_nulls={ignore}")),
            );
            format!("({})", list(parts))
        }
        Cast {
            operand,
            to,
            is_try,
        } => {
            let name = if *is_try { "try_cast" } else { "cast" };
            format!("({name} {} {to})", show(operand))
        }
        Alias { operand, names } => format!("({} as {})", show(operand), names.join(",")),
        Extract { operand, key } => format!("{}[{}]", show(operand), show(key)),
        Window { function, .. } => format!("(over {})", show(function)),
        Lambda { parameters, body } => format!("({} -> {})", parameters.join(","), show(body)),
        ScalarSubquery(_) => "(subquery)".into(),
        Exists(_) => "(exists)".into(),
        InSubquery { operands, .. } => format!("(in-subquery {})", operands.len()),
        Parameter(name) => format!("{name:?}"),
        Identifier { .. } => "(identifier)".into(),
        Default => "default".into(),
        Sort(_) => "(sort)".into(),
    }
}

fn expression(text: &str) -> String {
    match parse_expression(text, &ParseOptions::default()) {
        Ok(expression) => show(&expression),
        Err(error) => error.condition().name.to_string(),
    }
}

/// The names of a query's relations from the outside in, along the first input.
fn relations(text: &str) -> String {
    match parse_statement(text, &ParseOptions::default()) {
        Ok(Statement::Query(relation)) => chain(&relation).join(" "),
        Ok(Statement::Command(command)) => format!("{command:?}"),
        Err(error) => error.condition().name.to_string(),
    }
}

fn chain(relation: &Relation) -> Vec<String> {
    use RelationKind::*;
    let (name, input) = match &*relation.kind {
        Table { name, .. } => (name.join("."), None),
        Values { rows } => (format!("Values{}x{}", rows.len(), rows[0].len()), None),
        OneRow => ("OneRow".into(), None),
        TableFunction { name, .. } => (name.join("."), None),
        Project { input, .. } => ("Project".into(), Some(input)),
        Filter { input, .. } => ("Filter".into(), Some(input)),
        Aggregate(a) => ("Aggregate".into(), Some(&a.input)),
        Join(join) => {
            let right = chain(&join.right).join(" ");
            (format!("{:?}[{right}]", join.kind), Some(&join.left))
        }
        SetOperation {
            left,
            right,
            kind,
            all,
            ..
        } => {
            let all = if *all { "All" } else { "" };
            let right = chain(right).join(" ");
            (format!("{kind:?}{all}[{right}]"), Some(left))
        }
        Sort { input, global, .. } => {
            let name = if *global { "Sort" } else { "SortWithin" };
            (name.into(), Some(input))
        }
        SortAll { input, .. } => ("SortAll".into(), Some(input)),
        Limit { input, .. } => ("Limit".into(), Some(input)),
        Offset { input, .. } => ("Offset".into(), Some(input)),
        Deduplicate { input, .. } => ("Distinct".into(), Some(input)),
        SubqueryAlias {
            input,
            name,
            columns,
        } => (format!("{}/{}", name.join("."), columns.len()), Some(input)),
        With { input, ctes, .. } => (format!("With{}", ctes.len()), Some(input)),
        Generate { input, names, .. } => (format!("Generate{}", names.len()), Some(input)),
        Pivot { input, .. } => ("Pivot".into(), Some(input)),
        Sample { input, method, .. } => match method {
            SampleMethod::Fraction { upper, .. } => (format!("Sample{upper}"), Some(input)),
            _ => ("Sample".into(), Some(input)),
        },
        Hint { input, name, .. } => (format!("Hint-{name}"), Some(input)),
        RepartitionBy { input, .. } => ("Repartition".into(), Some(input)),
        WithWindows { input, .. } => ("Windows".into(), Some(input)),
        Qualify { input, .. } => ("Qualify".into(), Some(input)),
        Extend { input, .. } => ("Extend".into(), Some(input)),
        WithColumns { input, .. } => ("Set".into(), Some(input)),
        Drop { input, .. } => ("Drop".into(), Some(input)),
        other => (format!("{other:?}"), None),
    };
    let mut names = vec![name];
    names.extend(input.map(chain).into_iter().flatten());
    names
}

#[test]
fn operators_bind_as_in_spark() {
    for (text, expected) in [
        ("a + b * c - d", "(- (+ a (* b c)) d)"),
        ("a | b & c ^ d", "(| a (^ (& b c) d))"),
        ("a || b + c", "(+ (concat a b) c)"),
        ("a << b + c", "(<< a (+ b c))"),
        ("a >>> b < c", "(< (>>> a b) c)"),
        ("a & b == c", "(= (& a b) c)"),
        ("a <> b", "(not (= a b))"),
        ("NOT a = b AND c OR d", "(or (and (not (= a b)) c) d)"),
        ("a BETWEEN 1 AND 2 AND b", "(and (between a 1 2) b)"),
        ("a NOT IN (1, 2)", "(not (in a 1 2))"),
        ("a IS NOT DISTINCT FROM b", "(<=> a b)"),
        ("a IS NOT TRUE", "(not (<=> a Boolean(true)))"),
        ("a NOT LIKE b ESCAPE '!'", "(not (like a b '!'))"),
        ("a LIKE ANY ('x', 'y')", "(likeany a 'x' 'y')"),
        ("a LIKE ALL (b, 'y')", "(and (like a b) (like a 'y'))"),
        ("-a * b", "(* (- a) b)"),
        ("a div b % c", "(% (div a b) c)"),
        ("a = b = c", "(= (= a b) c)"),
        ("a ! IN (1)", "SYNTAX_DISCONTINUED.BANG_EQUALS_NOT"),
    ] {
        assert_eq!(expression(text), expected, "{text}");
    }
}

#[test]
fn literals_keep_their_form() {
    for (text, expected) in [
        ("1.0", "1.0:decimal(2,1)"),
        ("0.001", "0.001:decimal(3,3)"),
        ("1e0", "1.0"),
        ("1.5BD", "1.5:decimal(2,1)"),
        ("2147483648", "Long(2147483648)"),
        ("-9223372036854775808", "Long(-9223372036854775808)"),
        ("9223372036854775808", "9223372036854775808:decimal(19,0)"),
        ("-128Y", "Byte(-128)"),
        ("128Y", "INVALID_NUMERIC_LITERAL_RANGE"),
        ("'it''s' \"a\\tb\" r'\\n'", "'it'sa\tb\\n'"),
        ("'\\u00e9\\101\\%'", "'éA\\%'"),
        ("DATE'1970-01-02'", "Date(1)"),
        ("TIMESTAMP'1970-01-01 00:00:01Z'", "Timestamp(1000000)"),
        ("DATE'x'", "INVALID_TYPED_LITERAL"),
        ("FOO'x'", "UNSUPPORTED_TYPED_LITERAL"),
        ("INTERVAL 1 DAY 2 HOURS", "93600000000:interval day to hour"),
        ("INTERVAL '1-2' YEAR TO MONTH", "14:interval year to month"),
        ("INTERVAL '3 days'", "259200000000:interval day"),
        ("INTERVAL (a + 1) DAY", "((INTERVAL (+ a 1)) as DAY)"),
        ("INTERVAL 1 MONTH 1 DAY", "_LEGACY_ERROR_TEMP_0029"),
    ] {
        assert_eq!(expression(text), expected, "{text}");
    }
}

#[test]
fn names_calls_and_special_forms() {
    for (text, expected) in [
        ("a.b.c", "a.b.c"),
        ("a[0].b", "a[0]['b']"),
        ("f(x).y", "(f x)['y']"),
        ("count(*)", "(count 1)"),
        ("count(DISTINCT a, b)", "(count distinct a b)"),
        ("t.* EXCEPT (a, b.c)", "* except 2"),
        ("f(a => 1, 2)", "(f a=>1 2)"),
        ("sum(a) FILTER (WHERE b)", "(sum a filter b)"),
        ("first(a IGNORE NULLS)", "(first a ignore_nulls=true)"),
        (
            "lag(a) IGNORE NULLS OVER (ORDER BY b)",
            "(over (lag a ignore_nulls=true))",
        ),
        ("transform(a, x -> x + 1)", "(transform a (x -> (+ x 1)))"),
        ("f((x, y) -> x)", "(f (x,y -> x))"),
        ("(a, 1)", "(named_struct 'a' a 'col2' 1)"),
        ("CASE a WHEN 1 THEN 2 END", "(when (= a 1) 2)"),
        ("a::INT::STRING", "(cast (cast a int) string)"),
        (
            "TRY_CAST(a AS ARRAY<ARRAY<INT>>)",
            "(try_cast a array<array<int>>)",
        ),
        ("EXTRACT(YEAR FROM a)", "(extract 'YEAR' a)"),
        ("TRIM(BOTH 'x' FROM a)", "(trim 'x' a)"),
        ("SUBSTRING(a FROM 1 FOR 2)", "(substring a 1 2)"),
        ("POSITION('a' IN b)", "(locate 'a' b 1)"),
        ("dateadd(DAY, 1, a)", "(timestampadd 'DAY' 1 a)"),
        ("current_date", "current_date"),
        ("IDENTIFIER('a.b')", "a.b"),
        ("explode(m) AS (k, v)", "((explode m) as k,v)"),
        (":name", "Named(\"name\")"),
        ("a +", "PARSE_SYNTAX_ERROR"),
    ] {
        assert_eq!(expression(text), expected, "{text}");
    }
}

#[test]
fn queries_become_relations() {
    for (text, expected) in [
        ("SELECT 1", "Project OneRow"),
        (
            "SELECT DISTINCT a FROM t WHERE b LIMIT 2 OFFSET 1",
            "Limit Offset Distinct Project Filter t",
        ),
        (
            "SELECT a FROM t GROUP BY a HAVING b ORDER BY ALL",
            "SortAll Aggregate t",
        ),
        (
            "SELECT 1 UNION ALL SELECT 2 INTERSECT SELECT 3",
            "UnionAll[Intersect[Project OneRow] Project OneRow] Project OneRow",
        ),
        ("FROM t SELECT a", "Project t"),
        (
            "SELECT * FROM a LEFT JOIN b ON x, c",
            "Project Inner[c] LeftOuter[b] a",
        ),
        (
            "SELECT * FROM a NATURAL JOIN b CROSS JOIN (c JOIN d) e",
            "Project Cross[e/0 Inner[d] c] Inner[b] a",
        ),
        (
            "SELECT * FROM (SELECT 1) AS t(a)",
            "Project t/1 Project OneRow",
        ),
        ("VALUES (1, 2), (3, 4) AS t(a, b)", "t/2 Values2x2"),
        ("VALUES 1, 2", "Values2x1"),
        (
            "SELECT * FROM t LATERAL VIEW explode(a) e AS x, y",
            "Project Generate2 t",
        ),
        (
            "SELECT * FROM t TABLESAMPLE (10 PERCENT) x",
            "Project Sample0.1 x/0 t",
        ),
        (
            "SELECT /*+ BROADCAST(t), REPARTITION(3) */ * FROM t",
            "Hint-BROADCAST Hint-REPARTITION Project t",
        ),
        ("SELECT a FROM t QUALIFY b", "Qualify Project t"),
        (
            "SELECT a FROM t WINDOW w AS (ORDER BY a)",
            "Windows Project t",
        ),
        ("WITH x AS (SELECT 1) SELECT * FROM x", "With1 Project x"),
        (
            "SELECT a FROM t CLUSTER BY a",
            "SortWithin Repartition Project t",
        ),
        (
            "FROM t |> WHERE a |> EXTEND b |> SET c = 1 |> DROP d |> AS u |> LIMIT 1",
            "Limit u/0 Drop Set Extend Filter t",
        ),
        ("SELECT a, FROM t", "TRAILING_COMMA_IN_SELECT"),
        (
            "WITH x AS (SELECT 1), X AS (SELECT 2) SELECT 1",
            "DUPLICATED_CTE_NAMES",
        ),
        ("SELECT 1 2", "PARSE_SYNTAX_ERROR"),
        ("-- nothing", "PARSE_EMPTY_STATEMENT"),
        ("SELECT 1 /*", "UNCLOSED_BRACKETED_COMMENT"),
    ] {
        assert_eq!(relations(text), expected, "{text}");
    }
}

#[test]
fn commands() {
    let options = ParseOptions::default();
    let parse = |text: &str| match parse_statement(text, &options) {
        Ok(Statement::Command(command)) => command,
        other => panic!("{text} is {other:?}"),
    };
    assert!(
        matches!(parse("SET a.b = c d;"), Command::Set { key: Some(k), value: Some(v) }
        if k == "a.b" && v == "c d")
    );
    assert!(matches!(
        parse("CREATE TEMP VIEW v (a INT) USING csv OPTIONS (path 'x', header true)"),
        Command::CreateViewUsing { schema: Some(_), options, .. } if options["header"] == "true"
    ));
    assert!(
        matches!(parse("CREATE OR REPLACE TEMPORARY VIEW v AS SELECT 1"),
        Command::CreateView(view) if view.replace && view.text == "SELECT 1")
    );
    assert!(matches!(parse("INSERT INTO t (a, b) SELECT 1, 2"),
        Command::Insert { columns, .. } if columns == ["a", "b"]));
    assert!(matches!(
        parse("EXPLAIN FORMATTED SELECT 1"),
        Command::Explain { .. }
    ));
    assert!(matches!(
        parse("DESC FUNCTION EXTENDED '+'"),
        Command::DescribeFunction { extended: true, .. }
    ));
    assert!(matches!(
        parse("DECLARE x INT DEFAULT 1"),
        Command::DeclareVariable { .. }
    ));
    assert!(
        matches!(parse("SET TIME ZONE INTERVAL '-8' HOUR"), Command::Set { value: Some(v), .. }
        if v == "-08:00")
    );
}

#[test]
fn places_are_those_of_the_fragment() {
    let query = parse_query("SELECT é.x, a / (b + 1) FROM t", &ParseOptions::default()).unwrap();
    let RelationKind::Project { input, expressions } = *query.kind else {
        panic!("a projection");
    };
    let fragment = |expression: &Expression| expression.origin.as_ref().unwrap().fragment();
    assert_eq!(fragment(&expressions[0]), "é.x");
    assert_eq!(fragment(&expressions[1]), "a / (b + 1)");
    assert_eq!(input.origin.unwrap().fragment(), "t");
}

#[test]
fn deep_and_long_inputs() {
    let options = ParseOptions::default();
    let deep = format!("{}1{}", "(".repeat(5000), ")".repeat(5000));
    let error = parse_expression(&deep, &options).unwrap_err();
    assert_eq!(error.condition().name, "FAILED_TO_PARSE_TOO_COMPLEX");
    for prefix in ["NOT ", "- ", "CASE WHEN ", "f(", "a -> "] {
        assert!(parse_expression(&prefix.repeat(5000), &options).is_err());
    }
    assert!(
        parse_expression(
            &format!("{}1{}", "(".repeat(100), ")".repeat(100)),
            &options
        )
        .is_ok()
    );
    for opening in [
        "((SELECT ",
        "(VALUES (",
        "trim(",
        "substring(",
        "(a IN ((SELECT ",
    ] {
        assert!(parse_expression(&opening.repeat(60), &options).is_err());
    }
    let nested = format!("{}1{}", "((SELECT ".repeat(40), ") + 1)".repeat(40));
    assert!(parse_expression(&nested, &options).is_ok());
    let long = vec!["a = 1"; 5000].join(" OR ");
    assert!(parse_expression(&long, &options).is_ok());
    assert!(parse_expression(&vec!["a"; 3000].join(" + "), &options).is_ok());
}
