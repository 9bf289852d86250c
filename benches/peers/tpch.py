#!/usr/bin/env python3
"""TPC-H on Firesteel and on its peers, over the same Parquet files, in one run.

    pip install duckdb polars datafusion pyarrow tpchgen-cli
    tpchgen-cli parquet -s 1 --output-dir /tmp/tpch/sf1
    python3 benches/peers/tpch.py --sf 1 --data /tmp/tpch/sf1 [--engines firesteel,duckdb,polars,datafusion,spark]

Each engine runs in a process of its own, one after the other; each query is timed hot, in process: the best of
--runs after the files were read once. Firesteel is timed by `cargo bench --bench tpch`, and its answers are
taken from the command line where target/release/firesteel is built. The times are of whole queries: SQL text
(or, for Polars, a lazy frame) in, all rows out as Arrow data. Planning is part of it, start-up is not.

Rows are compared between the engines, numbers to six digits (means are decimals in some and doubles in others);
an engine that disagrees with most gets a mark. Spark's own answers, if recorded by sql-tests/tpch/record.py, can
be given with --answers. The table ends with sums and with each peer's time over Firesteel's.
"""

import argparse
import csv
import io
import json
import math
import os
import re
import resource
import subprocess
import sys
import time
from datetime import date, datetime
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
QUERY_FOLDER = ROOT / "sql-tests" / "tpch"
TABLES = ["customer", "lineitem", "nation", "orders", "part", "partsupp", "region", "supplier"]
NUMBERS = range(1, 23)


def query_text(number):
    return (QUERY_FOLDER / f"q{number:02}.sql").read_text()


# The engines: each makes a function from a query's number to an Arrow table or a list of rows ------------------


def open_duckdb(data, threads):
    import duckdb

    connection = duckdb.connect(config={"threads": threads})
    for table in TABLES:
        connection.execute(f"CREATE VIEW {table} AS SELECT * FROM read_parquet('{data}/{table}.parquet')")

    return lambda number: connection.sql(query_text(number)).to_arrow_table()


def open_polars(data, threads):
    os.environ["POLARS_MAX_THREADS"] = str(threads)
    import polars

    sys.path.insert(0, str(HERE))
    from polars_queries import QUERIES

    tables = {table: polars.scan_parquet(f"{data}/{table}.parquet") for table in TABLES}
    return lambda number: QUERIES[number](tables).collect(engine="streaming").rows()


def open_datafusion(data, threads):
    import datafusion

    context = datafusion.SessionContext(datafusion.SessionConfig().with_target_partitions(threads))
    for table in TABLES:
        context.register_parquet(table, f"{data}/{table}.parquet")
    return lambda number: context.sql(query_text(number).rstrip().rstrip(";")).to_arrow_table()


def open_spark(data, threads):
    from pyspark.sql import SparkSession

    spark = (
        SparkSession.builder.master(f"local[{threads}]")
        .config("spark.driver.memory", "12g")
        .config("spark.sql.shuffle.partitions", str(2 * threads))
        .config("spark.ui.enabled", "false")
        .config("spark.log.level", "ERROR")
        .getOrCreate()
    )
    for table in TABLES:
        spark.read.parquet(f"{data}/{table}.parquet").createOrReplaceTempView(table)
    return lambda number: [tuple(row) for row in spark.sql(query_text(number)).collect()]


ENGINES = {"duckdb": open_duckdb, "polars": open_polars, "datafusion": open_datafusion, "spark": open_spark}


def cell(value):
    """A value as JSON carries it: numbers as floats, days and text as text."""
    if value is None:
        return None
    if isinstance(value, (date, datetime)):
        return value.isoformat()[:10]
    if isinstance(value, str):
        return value
    return float(value)


def child(engine, data, threads, runs, numbers):
    """Runs in the process of one engine; prints a line of JSON for each query."""
    run = ENGINES[engine](data, threads)
    for number in numbers:
        times, error, rows = [], None, []
        try:
            for _ in range(runs + 1):
                started = time.perf_counter()
                result = run(number)
                times.append(time.perf_counter() - started)
            if not isinstance(result, list):
                result = list(zip(*(column.to_pylist() for column in result.columns)))
            rows = [[cell(value) for value in row] for row in result]
        except Exception as failure:
            error = f"{type(failure).__name__}: {failure}".split("\n")[0]
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        print(json.dumps({"query": number, "seconds": min(times, default=None), "rows": rows, "error": error, "memory": memory}), flush=True)
    if engine == "spark":
        from pyspark.sql import SparkSession

        SparkSession.getActiveSession().stop()


def run_peer(engine, options):
    """{query: outcome} of an engine in a process of its own."""
    python = options.spark_python if engine == "spark" else sys.executable
    command = [python, __file__, "--child", engine, "--data", str(options.data), "--threads", str(options.threads), "--runs", str(options.runs),
               "--queries", ",".join(map(str, options.queries))]
    lines = subprocess.run(command, stdout=subprocess.PIPE, stderr=None if options.verbose else subprocess.DEVNULL, text=True).stdout.splitlines()
    return {outcome["query"]: outcome for outcome in map(json.loads, (line for line in lines if line.startswith("{")))}


def run_firesteel(options):
    """Times from the bench, answers from the command line where it is built."""
    command = ["cargo", "bench", "--bench", "tpch", "--", "--sf", options.sf, "--data", str(options.data)]
    text = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=None if options.verbose else subprocess.DEVNULL, text=True).stdout
    outcomes = {}
    for line in text.splitlines():
        match = re.match(r"\s*q0?(\d+)\s+([0-9.]+)", line)
        if match:
            number = int(match[1])
            outcomes[number] = {"query": number, "seconds": float(match[2]), "rows": None, "error": None, "memory": None}
    binary = ROOT / "target" / "release" / "firesteel"
    if not binary.exists():
        return outcomes
    views = "".join(f"CREATE TEMPORARY VIEW {table} USING parquet OPTIONS (path '{options.data}/{table}.parquet');\n" for table in TABLES)
    for number in options.queries:
        done = subprocess.run([binary, "sql", "-S", "--format", "csv", "-e", views + query_text(number)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        outcome = outcomes.setdefault(number, {"query": number, "seconds": None, "rows": None, "error": None, "memory": None})
        if done.returncode:
            outcome["error"] = (done.stderr.strip().splitlines() or ["failed"])[0]
        else:
            rows = list(csv.reader(io.StringIO(done.stdout)))[1:]
            outcome["rows"] = [[number_or_text(value) for value in row] for row in rows]
    return outcomes


def number_or_text(text):
    try:
        return float(text)
    except ValueError:
        return None if text in ("", "NULL") else text


def spark_answers(folder):
    """Rows recorded in golden files, by query."""
    answers = {}
    for number in NUMBERS:
        path = folder / f"q{number:02}.out"
        if path.exists():
            body = path.read_text().split("-- !query output\n", 1)[1].rstrip("\n")
            answers[number] = [[number_or_text(value) for value in line.split("\t")] for line in body.split("\n")]
    return answers


def agree(left, right):
    """Whether two answers are the same rows, in any order, numbers to about six digits."""
    if len(left) != len(right):
        return False

    def key(row):
        return [(0, f"{value:.2f}") if isinstance(value, float) else (1, str(value)) for value in row]

    def same(a, b):
        a, b = (number_or_text(v) if isinstance(v, str) else v for v in (a, b))
        if isinstance(a, float) and isinstance(b, float):
            return math.isclose(a, b, rel_tol=1e-6, abs_tol=1e-5)
        return a == b

    return all(
        len(a) == len(b) and all(map(same, a, b))
        for a, b in zip(sorted(left, key=key), sorted(right, key=key))
    )


def print_table(outcomes, answers, options):
    engines = list(outcomes)
    base = "firesteel" if "firesteel" in outcomes else engines[0]
    peers = [engine for engine in engines if engine != base]
    print(f"\nTPC-H, scale factor {options.sf}, {options.threads} threads, best of {options.runs}, seconds")
    print("query " + "".join(f"{engine:>12}" for engine in engines) + "  " + "".join(f"{'/' + base[:9]:>12}" for _ in peers))
    sums = dict.fromkeys(engines, 0.0)
    wrong = []
    for number in options.queries:
        line, got = f"q{number:02}   ", {engine: outcomes[engine].get(number) for engine in engines}
        reference = answers.get(number)
        if reference is None:
            votes = [o["rows"] for o in got.values() if o and o["rows"] is not None and not o["error"]]
            reference = max(votes, key=lambda rows: sum(agree(rows, other) for other in votes), default=None)
        for engine in engines:
            outcome = got[engine]
            if not outcome or outcome["error"] or outcome["seconds"] is None:
                line += f"{'failed':>12}"
                sums[engine] = math.nan
                wrong.append(f"q{number:02} {engine}: {outcome['error'] if outcome else 'no answer'}")
                continue
            mark = ""
            if outcome["rows"] is not None and reference is not None and not agree(outcome["rows"], reference):
                mark = "!"
                wrong.append(f"q{number:02} {engine}: {len(outcome['rows'])} rows that differ from the reference's {len(reference)}")
            sums[engine] += outcome["seconds"]
            line += f"{mark + format(outcome['seconds'], '.3f'):>12}"
        line += "  "
        own = got[base] and got[base]["seconds"]
        for engine in peers:
            theirs = got[engine] and got[engine]["seconds"]
            line += f"{theirs / own:>12.2f}" if own and theirs else f"{'':>12}"
        print(line)
    print("sum   " + "".join(f"{sums[engine]:>12.3f}" for engine in engines) + "  " + "".join(f"{sums[engine] / sums[base]:>12.2f}" for engine in peers))
    memory = {engine: max((o["memory"] or 0 for o in outcomes[engine].values()), default=0) for engine in engines}
    print("GiB   " + "".join(f"{memory[engine] or math.nan:>12.2f}" for engine in engines))
    print("\nall answers agree" if not wrong else "\n" + "\n".join(wrong))
    return 1 if wrong else 0


def main():
    arguments = argparse.ArgumentParser(description="TPC-H on Firesteel and its peers.")
    arguments.add_argument("--data", type=Path, required=True, help="folder of <table>.parquet")
    arguments.add_argument("--sf", default="1", help="scale factor of the data")
    arguments.add_argument("--engines", default="firesteel,duckdb,polars,datafusion")
    arguments.add_argument("--queries", default=",".join(map(str, NUMBERS)))
    arguments.add_argument("--runs", type=int, default=3)
    arguments.add_argument("--threads", type=int, default=os.cpu_count())
    arguments.add_argument("--answers", type=Path, help="folder of answers recorded from Spark at this scale")
    arguments.add_argument("--spark-python", default=sys.executable, help="the Python that has pyspark")
    arguments.add_argument("--json", type=Path, help="also write the times to this file")
    arguments.add_argument("--verbose", action="store_true", help="show what the engines print on stderr")
    arguments.add_argument("--child", help=argparse.SUPPRESS)
    options = arguments.parse_args()
    options.queries = [int(number) for number in options.queries.split(",")]
    if options.child:
        child(options.child, options.data, options.threads, options.runs, options.queries)
        return 0
    outcomes = {}
    for engine in options.engines.split(","):
        print(f"{engine} …", file=sys.stderr, flush=True)
        outcomes[engine] = run_firesteel(options) if engine == "firesteel" else run_peer(engine, options)
    if options.json:
        times = {engine: {number: o["seconds"] for number, o in found.items()} for engine, found in outcomes.items()}
        options.json.write_text(json.dumps({"sf": options.sf, "threads": options.threads, "seconds": times}, indent=1) + "\n")
    return print_table(outcomes, spark_answers(options.answers) if options.answers else {}, options)


if __name__ == "__main__":
    sys.exit(main())
