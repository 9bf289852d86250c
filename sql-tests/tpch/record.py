#!/usr/bin/env python3
"""Records Spark's answers to the 22 TPC-H queries.

    python3 sql-tests/tpch/record.py                                       scale factor 0.01 → answers/
    python3 sql-tests/tpch/record.py --data DIR --answers DIR [--queries 1,6]

`DIR` holds one Parquet file a table, as `tpchgen-cli parquet -s N --output-dir DIR` writes them (a Python
package; the crates tpchgen and tpchgen-arrow make the same rows: money is DECIMAL(15,2), keys are BIGINT,
other counts INT). Without --data they are made in a temporary folder.

The queries are the standard's with its validation parameters. The fraction in query 11 stays 0.0001 at every
scale, so that one text serves all.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from record import HEADER, Spark  # noqa: E402  (the recorder one folder up)

TABLES = ["customer", "lineitem", "nation", "orders", "part", "partsupp", "region", "supplier"]


def main():
    arguments = argparse.ArgumentParser(description="Records Spark's answers to TPC-H.")
    arguments.add_argument("--data", type=Path)
    arguments.add_argument("--answers", type=Path, default=HERE / "answers")
    arguments.add_argument("--queries", default=",".join(str(n) for n in range(1, 23)))
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        data = options.data
        if data is None:
            data = Path(scratch)
            subprocess.run(["tpchgen-cli", "parquet", "-s", "0.01", "--output-dir", scratch], check=True)
        options.answers.mkdir(parents=True, exist_ok=True)
        spark = Spark(memory="6g", masked=False, threads=2)
        try:
            session = spark.new_session([])
            for table in TABLES:
                session.read().parquet(f"{data}/{table}.parquet").createOrReplaceTempView(table)
            for number in options.queries.split(","):
                name = f"q{int(number):02}"
                text = (HERE / f"{name}.sql").read_text().strip()
                started = time.time()
                schema, output = spark.run(session, text)
                path = options.answers / f"{name}.out"
                path.write_text(
                    HEADER.format(version=spark.version) + f"\n-- !query\n{text}\n-- !query schema\n{schema}\n-- !query output\n{output}\n"
                )
                print(f"{name} {time.time() - started:.2f} s, {len(output.splitlines())} rows", flush=True)
        finally:
            spark.stop()


if __name__ == "__main__":
    main()
