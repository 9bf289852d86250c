#!/usr/bin/env python3
"""Writes the files of this folder with other programs, and records how real Spark reads each.

    python3 testdata/interop/make.py spark pyarrow duckdb expected

Each word needs a package: `pyspark==4.3.0` (and Java 17), `pyarrow`, `duckdb`, `pyspark`. They may be run one
by one, in different environments. The files are committed, as they cannot be made again byte for byte: run
this only to add to them.

    spark/…      folders as Spark leaves them behind: types, nested types, codecs, partitions, page versions
    pyarrow/…    encodings, page index, bloom filters, page versions, INT96, unsigned and odd types
    duckdb/…     its defaults, and a partitioned folder
    ../corrupt/  Parquet files damaged on purpose
    expected.json   for each path: the format and options to read it with, and either Spark's schema and rows
                    (as Hive prints them; sorted) or the condition it fails with
"""

import json
import random
import shutil
import sys
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
CORRUPT = HERE.parent / "corrupt"


# Spark -------------------------------------------------------------------------------------------------------

TYPES = """SELECT * FROM VALUES
    (true, 1Y, 1S, 1, 1L, 1.5F, 1.5D, 12345.67, 12345678901234.5678, 1234567890123456789012345678.0123456789, 'text', X'00FF', DATE'2021-03-04', TIMESTAMP'2021-03-04 05:06:07.123456', TIMESTAMP_NTZ'2021-03-04 05:06:07.123456'),
    (false, -128Y, -32768S, -2147483648, -9223372036854775808, CAST('-Infinity' AS FLOAT), CAST('NaN' AS DOUBLE), -0.01, -0.0001, -0.0000000001, '', X'', DATE'0001-01-01', TIMESTAMP'1900-01-01 00:00:00', TIMESTAMP_NTZ'0001-01-01 00:00:00'),
    (true, 127Y, 32767S, 2147483647, 9223372036854775807, 3.4028234E38F, 1.7976931348623157E308D, 9999999.99, 99999999999999.9999, 9999999999999999999999999999.9999999999, 'Zoë 東京 😀', X'E697A5', DATE'9999-12-31', TIMESTAMP'9999-12-31 23:59:59.999999', TIMESTAMP_NTZ'9999-12-31 23:59:59.999999'),
    (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)
    AS t(boolean, byte, short, int, long, float, double, d9, d18, d38, string, binary, date, timestamp, ntz)"""

NESTED = """SELECT * FROM VALUES
    (1, array(1, NULL, 3), map('a', 1, 'b', NULL), named_struct('x', 1, 'y', named_struct('z', 'deep')), array(named_struct('k', 1, 'v', array('p', 'q'))), map('m', array(1, 2)), array(array(1), array(), NULL)),
    (2, array(), map(), named_struct('x', NULL, 'y', NULL), array(), map('n', NULL), array()),
    (3, NULL, NULL, NULL, NULL, NULL, NULL),
    (4, array(4), map('d', 4), named_struct('x', 4, 'y', named_struct('z', NULL)), array(NULL, named_struct('k', NULL, 'v', NULL)), map('o', array()), array(array(NULL, 5)))
    AS t(id, list, map, struct, structs, lists_by_key, lists)"""

NUMBERS = "SELECT id, id % 7 AS small, concat('name-', id % 13) AS name, id * 1.5D AS half, CAST(id AS DECIMAL(10, 2)) / 4 AS quarter FROM range({rows})"


def make_spark():
    from pyspark.sql import SparkSession

    spark = (
        SparkSession.builder.master("local[1]")
        .config("spark.sql.session.timeZone", "America/Los_Angeles")
        .config("spark.driver.extraJavaOptions", "-Duser.timezone=America/Los_Angeles")
        .config("spark.ui.enabled", "false")
        .getOrCreate()
    )
    shutil.rmtree(HERE / "spark", ignore_errors=True)

    def write(name, query, format="parquet", partition_by=(), mode="error", **options):
        frame = spark.sql(query).coalesce(1)
        frame.write.format(format).options(**options).partitionBy(*partition_by).mode(mode).save(str(HERE / "spark" / name))

    write("types", TYPES)
    write("nested", NESTED)
    for codec in ["snappy", "gzip", "zstd", "lz4_raw", "uncompressed"]:
        write(f"codec_{codec}", NUMBERS.format(rows=50), compression=codec)
    write("pages_v2", NUMBERS.format(rows=200), **{"parquet.writer.version": "PARQUET_2_0", "parquet.page.row.count.limit": "50"})
    write("bloom", NUMBERS.format(rows=200), **{"parquet.bloom.filter.enabled#name": "true", "parquet.bloom.filter.expected.ndv#name": "13"})
    write("row_groups", NUMBERS.format(rows=300), **{"parquet.block.size": "1024", "parquet.page.size.row.check.min": "20", "parquet.block.size.row.check.min": "20"})
    write("intervals", "SELECT id, make_ym_interval(1, CAST(id AS INT)) AS ym, make_dt_interval(CAST(id AS INT), 2, 3, 4.5) AS dt FROM range(3)")
    spark.conf.set("spark.sql.parquet.outputTimestampType", "INT96")
    write("int96", "SELECT * FROM VALUES (TIMESTAMP'2021-03-04 05:06:07.123456'), (TIMESTAMP'1900-01-01 00:00:00'), (NULL) AS t(at)")
    spark.conf.set("spark.sql.parquet.outputTimestampType", "TIMESTAMP_MILLIS")
    write("millis", "SELECT * FROM VALUES (TIMESTAMP'2021-03-04 05:06:07.123456'), (NULL) AS t(at)")
    spark.conf.unset("spark.sql.parquet.outputTimestampType")
    spark.conf.set("spark.sql.parquet.writeLegacyFormat", "true")
    write("legacy", "SELECT id, CAST(id AS DECIMAL(9, 2)) AS d9, CAST(id AS DECIMAL(18, 2)) AS d18, array(id, NULL) AS list, map('k', id) AS map FROM range(3)")
    spark.conf.unset("spark.sql.parquet.writeLegacyFormat")
    write(
        "by_year_month",
        "SELECT id, concat('v', id) AS v, CAST(2020 + id % 2 AS INT) AS year, lpad(id % 3 + 1, 2, '0') AS month FROM range(6)",
        partition_by=["year", "month"],
    )
    write(
        "by_text",
        "SELECT * FROM VALUES (1, 'a b'), (2, 'c/d=e'), (3, NULL), (4, ''), (5, 'Zoë%') AS t(id, key)",
        partition_by=["key"],
    )
    write("by_date", "SELECT id, date_add(DATE'2021-02-27', CAST(id AS INT)) AS day FROM range(3)", partition_by=["day"])
    write("merged", "SELECT id, id * 2 AS twice FROM range(2)")
    write("merged", "SELECT id, concat('x', id) AS extra FROM range(5, 7)", mode="append")
    write("empty", "SELECT 1 AS a, 'x' AS b WHERE false")
    odd = """SELECT * FROM VALUES (1, 'plain', 1.5), (2, 'comma, inside', NULL), (3, 'say "hi"', -2.25), (4, '', 0.0), (5, NULL, 1.0),
        (6, 'line\\nbreak', 2.0), (7, ' spaces ', 3.0), (8, 'back\\\\slash', 4.0), (9, '#hash', 5.0), (10, 'Zoë', 6.0) AS t(id, s, n)"""
    write("csv", odd, "csv", header="true")
    write("csv_quoted", odd, "csv", header="true", quoteAll="true", escape='"', nullValue="NULL", emptyValue="")
    write("csv_gzip", NUMBERS.format(rows=50), "csv", compression="gzip")
    write("json", NESTED, "json")
    write("json_types", TYPES, "json", ignoreNullFields="false")
    write("text", "SELECT concat('line ', id, ' Zoë') AS value FROM range(3)", "text")
    spark.stop()
    for path in (HERE / "spark").rglob(".*.crc"):
        path.unlink()


# pyarrow -----------------------------------------------------------------------------------------------------


def make_pyarrow():
    import pyarrow as pa
    import pyarrow.parquet as pq

    shutil.rmtree(HERE / "pyarrow", ignore_errors=True)
    (HERE / "pyarrow").mkdir()
    rng = random.Random(7)
    rows = 200
    table = pa.table(
        {
            "id": pa.array(range(rows), pa.int64()),
            "small": pa.array([n % 5 for n in range(rows)], pa.int32()),
            "word": pa.array([None if n % 11 == 0 else f"word-{n % 17:02}" for n in range(rows)]),
            "text": pa.array([f"prefix-common-{n:05}-{rng.randrange(1000)}" for n in range(rows)]),
            "number": pa.array([None if n % 7 == 0 else n / 8 for n in range(rows)], pa.float64()),
            "flag": pa.array([None if n % 13 == 0 else n % 2 == 0 for n in range(rows)]),
            "day": pa.array([date(2021, 1, 1) + timedelta(days=n) for n in range(rows)]),
            "amount": pa.array([Decimal(n) / 100 for n in range(rows)], pa.decimal128(12, 2)),
        }
    )

    def write(name, content=table, **options):
        pq.write_table(content, HERE / "pyarrow" / f"{name}.parquet", **options)

    write("dictionary", use_dictionary=True)
    write("plain", use_dictionary=False, compression="none")
    write("page_index", write_page_index=True, data_page_size=256, write_batch_size=16)
    write("page_index_groups", write_page_index=True, row_group_size=64, data_page_size=256, write_batch_size=16)
    write("pages_v2", data_page_version="2.0", compression="zstd")
    write("pages_v2_snappy", data_page_version="2.0", compression="snappy", data_page_size=256, write_batch_size=16)
    write("row_groups", row_group_size=10)
    write(
        "delta",
        use_dictionary=False,
        column_encoding={"id": "DELTA_BINARY_PACKED", "small": "DELTA_BINARY_PACKED", "word": "DELTA_LENGTH_BYTE_ARRAY",
                         "text": "DELTA_BYTE_ARRAY", "number": "BYTE_STREAM_SPLIT", "flag": "RLE", "day": "DELTA_BINARY_PACKED"},
    )
    write("lz4", compression="lz4")
    write("no_statistics", write_statistics=False)
    try:
        write("bloom", bloom_filter_options={"word": {"ndv": 20, "fpp": 0.01}, "id": True}, row_group_size=50)
    except TypeError:
        print("this pyarrow writes no bloom filters: pyarrow/bloom.parquet is left out")
    moments = [datetime(2021, 3, 4, 5, 6, 7, 123456), datetime(1900, 1, 1), None]
    utc = [m and m.replace(tzinfo=timezone.utc) for m in moments]
    write("int96", pa.table({"at": pa.array(moments, pa.timestamp("ns"))}), use_deprecated_int96_timestamps=True)
    write(
        "timestamps",
        pa.table({
            "ms": pa.array(moments, pa.timestamp("us")).cast(pa.timestamp("ms"), safe=False),
            "us": pa.array(moments, pa.timestamp("us")),
            "ms_utc": pa.array(utc, pa.timestamp("us", "UTC")).cast(pa.timestamp("ms", "UTC"), safe=False),
            "us_utc": pa.array(utc, pa.timestamp("us", "UTC")),
        }),
    )
    write("nanoseconds", pa.table({"ns": pa.array(moments, pa.timestamp("ns"))}), version="2.6")
    write(
        "unsigned",
        pa.table({name: pa.array([0, 1, None, top], kind) for name, kind, top in [
            ("u8", pa.uint8(), 2**8 - 1), ("u16", pa.uint16(), 2**16 - 1), ("u32", pa.uint32(), 2**32 - 1), ("u64", pa.uint64(), 2**64 - 1),
            ("i8", pa.int8(), 2**7 - 1), ("i16", pa.int16(), 2**15 - 1)]}),
    )
    write(
        "odd_types",
        pa.table({
            "large": pa.array(["a", None], pa.large_string()),
            "view": pa.array(["x", "y"], pa.string_view()),
            "fixed": pa.array([b"\x01\x02", None], pa.binary(2)),
            "dict": pa.array(["p", "q"]).dictionary_encode(),
            "d5": pa.array([Decimal("1.25"), None], pa.decimal128(5, 2)),
            "d38": pa.array([Decimal("1.25"), None], pa.decimal128(38, 10)),
        }),
    )
    write("time", pa.table({"t": pa.array([time(1, 2, 3, 456789), None], pa.time64("us"))}))
    write("void", pa.table({"a": pa.array([1, 2]), "n": pa.nulls(2)}))
    write("required", pa.Table.from_arrays([pa.array([1, 2]), pa.array(["a", "b"])], schema=pa.schema([pa.field("a", pa.int64(), nullable=False), pa.field("b", pa.string(), nullable=False)])))
    write("empty", table.slice(0, 0))
    nested = pa.table(
        {
            "id": pa.array([1, 2, 3, 4]),
            "list": pa.array([[1, None, 3], [], None, [4]], pa.list_(pa.int32())),
            "lists": pa.array([[[1], [], None], [], None, [[2, 3]]], pa.list_(pa.list_(pa.int64()))),
            "map": pa.array([[("a", 1), ("b", None)], [], None, [("c", 3)]], pa.map_(pa.string(), pa.int32())),
            "struct": pa.array([{"x": 1, "y": {"z": "deep"}}, {"x": None, "y": None}, None, {"x": 4, "y": {"z": None}}],
                               pa.struct([("x", pa.int32()), ("y", pa.struct([("z", pa.string())]))])),
            "structs": pa.array([[{"k": 1, "v": "p"}, None], [], None, [{"k": None, "v": "q"}]],
                                pa.list_(pa.struct([("k", pa.int32()), ("v", pa.string())]))),
        }
    )
    write("nested", nested, row_group_size=2)
    write("nested_v2", nested, data_page_version="2.0", use_dictionary=False)
    write("names", pa.table({"a.b": [1], "with space": [2], "ID": [3], "Zoë": [4]}))
    write("duplicate_case", pa.table({"id": [1], "ID": [2]}))

    # The damaged ones.
    CORRUPT.mkdir(exist_ok=True)
    whole = (HERE / "pyarrow" / "row_groups.parquet").read_bytes()
    plain = (HERE / "pyarrow" / "pages_v2_snappy.parquet").read_bytes()
    (CORRUPT / "truncated.parquet").write_bytes(whole[: len(whole) // 2])
    (CORRUPT / "cut_footer.parquet").write_bytes(whole[:-20])
    garbage = bytearray(plain)
    for n in range(100, 700):
        garbage[n] = (n * 37) % 256
    (CORRUPT / "garbage_in_pages.parquet").write_bytes(garbage)
    footer = bytearray(whole)
    start = len(whole) - 8 - int.from_bytes(whole[-8:-4], "little")
    for n in range(start + 40, start + 400):
        footer[n] = 0xFF
    (CORRUPT / "garbage_in_footer.parquet").write_bytes(footer)
    (CORRUPT / "long_footer.parquet").write_bytes(whole[:-8] + (2**30).to_bytes(4, "little") + b"PAR1")
    (CORRUPT / "magic_only.parquet").write_bytes(b"PAR1")
    (CORRUPT / "no_bytes.parquet").write_bytes(b"")
    (CORRUPT / "not_parquet.parquet").write_bytes(b"id,name\n1,Ada\n")
    (CORRUPT / "truncated.csv.gz").write_bytes((HERE.parent / "access.log.gz").read_bytes()[:1200])


# DuckDB ------------------------------------------------------------------------------------------------------


def make_duckdb():
    import duckdb

    folder = HERE / "duckdb"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    numbers = """SELECT i AS id, i % 5 AS small, 'word-' || (i % 17) AS word, i / 8.0 AS number, i % 2 = 0 AS flag,
        DATE '2021-01-01' + CAST(i AS INTEGER) AS day, TIMESTAMP '2021-01-01 00:00:00' + INTERVAL (i) MINUTE AS at,
        CAST(i AS DECIMAL(12, 2)) AS amount FROM range(300) r(i)"""
    copy = lambda query, name, options="": duckdb.sql(f"COPY ({query}) TO '{folder / name}' (FORMAT parquet{options})")
    copy(numbers, "default.parquet")
    copy(numbers, "zstd_v2.parquet", ", CODEC zstd, PARQUET_VERSION v2")
    copy(numbers, "row_groups.parquet", ", ROW_GROUP_SIZE 100")
    copy(
        """SELECT 1 AS id, [1, NULL, 3] AS list, {'x': 1, 'y': {'z': 'deep'}} AS struct, MAP {'a': 1, 'b': NULL} AS map, [{'k': 1}] AS structs
        UNION ALL SELECT 2, [], NULL, MAP {}, []""",
        "nested.parquet",
    )
    copy(
        """SELECT 1::TINYINT AS i8, 1::UTINYINT AS u8, 1::SMALLINT AS i16, 1::BIGINT AS i64, 1.5::FLOAT AS f, 'x' AS s,
        '\\x00\\xFF'::BLOB AS b, TIMESTAMPTZ '2021-03-04 05:06:07+00' AS tz, 1.25::DECIMAL(4, 2) AS d4, 1.25::DECIMAL(18, 2) AS d18""",
        "types.parquet",
    )
    copy("SELECT i AS id, i % 2 AS part, 'v' || i AS v FROM range(6) r(i)", "by_part", ", PARTITION_BY (part)")


# What Spark makes of them ------------------------------------------------------------------------------------


def make_expected():
    sys.path.insert(0, str(ROOT / "sql-tests"))
    import os

    from record import Spark

    os.chdir(ROOT)
    spark = Spark(masked=False)
    session = spark.new_session([])
    plan = []
    for writer in ["spark", "pyarrow", "duckdb"]:
        for path in sorted((HERE / writer).iterdir()):
            name = path.name
            format = "csv" if name.startswith("csv") else "json" if name.startswith("json") else "text" if name == "text" else "parquet"
            options = {"csv": {"header": "true", "multiLine": "true"}, "csv_gzip": {}, "csv_quoted": {"header": "true", "multiLine": "true", "escape": '"', "nullValue": "NULL"},
                       "merged": {"mergeSchema": "true"}}.get(name, {})
            plan.append((path, format, options))
    plan += [(path, "csv" if ".csv" in path.name else "parquet", {}) for path in sorted(CORRUPT.iterdir())]
    expected = {}
    for path, format, options in plan:
        entry = {"format": format, "options": options}
        reader = session.read().format(format)
        for key, value in options.items():
            reader = reader.option(key, value)
        schema, rows = spark.answer(lambda: reader.load(str(path)))
        if schema == "struct<>":
            lines = rows[0].split("\n", 1)
            entry["error"] = lines[0]
            condition = json.loads(lines[1]).get("errorClass") if len(lines) > 1 and lines[1].startswith("{") else None
            entry["condition"] = condition
        else:
            entry["schema"], entry["rows"] = schema, rows
        expected[str(path.relative_to(HERE.parent))] = entry
        print(path.relative_to(ROOT), entry.get("condition") or entry.get("error") or len(entry.get("rows", [])))
    spark.stop()
    (HERE / "expected.json").write_text(json.dumps(expected, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    for word in sys.argv[1:] or sys.exit(__doc__):
        {"spark": make_spark, "pyarrow": make_pyarrow, "duckdb": make_duckdb, "expected": make_expected}[word]()
