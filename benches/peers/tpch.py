#!/usr/bin/env python3
"""TPC-H on Firesteel and on its peers, over Parquet or CSV files that tpchgen-cli makes.

    pip install duckdb polars datafusion pyarrow tpchgen-cli
    python3 benches/peers/tpch.py --sf 10 [--format csv]

Files that are there already are used with --files DIR. --answers DIR compares with Spark's own answers, recorded by
sql-tests/tpch/record.py, instead of the engines among each other. Polars' SQL has no correlated subqueries: its queries
are in polars_queries.py.
"""

import shutil
import subprocess
import sys
from pathlib import Path

import answers
from runner import ROOT, Query, Table, Workload, main, make_once, scratch

MONEY = "DECIMAL(15,2)"
TABLES = {
    "customer": [("c_custkey", "BIGINT"), ("c_name", "VARCHAR"), ("c_address", "VARCHAR"), ("c_nationkey", "BIGINT"),
                 ("c_phone", "VARCHAR"), ("c_acctbal", MONEY), ("c_mktsegment", "VARCHAR"), ("c_comment", "VARCHAR")],
    "lineitem": [("l_orderkey", "BIGINT"), ("l_partkey", "BIGINT"), ("l_suppkey", "BIGINT"), ("l_linenumber", "INT"),
                 ("l_quantity", MONEY), ("l_extendedprice", MONEY), ("l_discount", MONEY), ("l_tax", MONEY),
                 ("l_returnflag", "VARCHAR"), ("l_linestatus", "VARCHAR"), ("l_shipdate", "DATE"), ("l_commitdate", "DATE"),
                 ("l_receiptdate", "DATE"), ("l_shipinstruct", "VARCHAR"), ("l_shipmode", "VARCHAR"), ("l_comment", "VARCHAR")],
    "nation": [("n_nationkey", "BIGINT"), ("n_name", "VARCHAR"), ("n_regionkey", "BIGINT"), ("n_comment", "VARCHAR")],
    "orders": [("o_orderkey", "BIGINT"), ("o_custkey", "BIGINT"), ("o_orderstatus", "VARCHAR"), ("o_totalprice", MONEY),
               ("o_orderdate", "DATE"), ("o_orderpriority", "VARCHAR"), ("o_clerk", "VARCHAR"), ("o_shippriority", "INT"),
               ("o_comment", "VARCHAR")],
    "part": [("p_partkey", "BIGINT"), ("p_name", "VARCHAR"), ("p_mfgr", "VARCHAR"), ("p_brand", "VARCHAR"), ("p_type", "VARCHAR"),
             ("p_size", "INT"), ("p_container", "VARCHAR"), ("p_retailprice", MONEY), ("p_comment", "VARCHAR")],
    "partsupp": [("ps_partkey", "BIGINT"), ("ps_suppkey", "BIGINT"), ("ps_availqty", "INT"), ("ps_supplycost", MONEY),
                 ("ps_comment", "VARCHAR")],
    "region": [("r_regionkey", "BIGINT"), ("r_name", "VARCHAR"), ("r_comment", "VARCHAR")],
    "supplier": [("s_suppkey", "BIGINT"), ("s_name", "VARCHAR"), ("s_address", "VARCHAR"), ("s_nationkey", "BIGINT"),
                 ("s_phone", "VARCHAR"), ("s_acctbal", MONEY), ("s_comment", "VARCHAR")],
}


def arguments(parser):
    parser.add_argument("--sf", default="1", help="scale factor")
    parser.add_argument("--format", choices=["parquet", "csv"], default="parquet")
    parser.add_argument("--files", type=Path, help="folder of <table>.parquet or .csv that is there already")
    parser.add_argument("--answers", type=Path, help="folder of answers recorded from Spark at this scale")


def folder(options):
    return options.files or scratch(options, f"tpch-sf{options.sf}-{options.format}")


def make(options):
    def generate(into):
        beside = Path(sys.executable).with_name("tpchgen-cli")
        program = str(beside) if beside.exists() else shutil.which("tpchgen-cli") or "tpchgen-cli"
        subprocess.run([program, options.format, "-s", options.sf, "--output-dir", str(into)], check=True)

    if not options.files:
        make_once(folder(options), generate)


def tables(options):
    is_csv = options.format == "csv"
    return {name: Table(folder(options).resolve() / f"{name}.{options.format}", columns if is_csv else None) for name, columns in TABLES.items()}


def queries(options):
    texts = {number: (ROOT / "sql-tests" / "tpch" / f"q{number:02}.sql").read_text().strip().rstrip(";") for number in range(1, 23)}
    own = polars_queries()
    return {f"q{number:02}": Query(text, {"polars": own[number]} if own else {}) for number, text in texts.items()}


def polars_queries():
    """Polars' own form of the queries; None in the process of another engine, whose Python need not have Polars."""
    try:
        from polars_queries import QUERIES
    except ModuleNotFoundError:
        return None
    return QUERIES


def known(options):
    if not options.answers:
        return {}
    return {path.stem: answers.spark_golden(path) for path in options.answers.glob("q*.out")}


if __name__ == "__main__":
    sys.exit(main(Workload("TPC-H", tables, queries, make, arguments, lambda o: f", scale factor {o.sf}, {o.format}", known)))
