#!/usr/bin/env python3
"""Writing Parquet (snappy, zstd) and CSV files.

    python3 benches/peers/writers.py --sf 1

Every engine reads TPC-H's lineitem and orders from Parquet and writes them, with the other options as they come; what it
wrote is read back and compared. Sail and Spark write as Firesteel does, in SQL, several files to a folder.
"""

import sys

import tpch
from runner import Query, Workload, main, scratch

SOURCES = {
    "lineitem": "SELECT * FROM lineitem",
    # Fewer columns, sorted out of a filter: what a report writes.
    "orders": "SELECT o_orderkey, o_custkey, o_totalprice, o_orderdate, o_comment FROM orders WHERE o_totalprice > 100000",
}
FORMATS = {"parquet_snappy": ("parquet", "snappy"), "parquet_zstd": ("parquet", "zstd"), "csv": ("csv", None)}


def write(options, source, kind):
    select, (form, compression) = SOURCES[source], FORMATS[kind]
    into = scratch(options, "written")

    def target(engine):
        # Those that write folders tell the format by the name, too.
        return into / f"{engine}-{source}-{kind}.{form}"

    def spark_sql(engine):
        # Spark's writer trims texts unless it is told not to.
        csv = "header 'true', ignoreLeadingWhiteSpace 'false', ignoreTrailingWhiteSpace 'false'"
        setting = f"OPTIONS (compression '{compression}')" if compression else f"OPTIONS ({csv})"
        return f"INSERT OVERWRITE DIRECTORY '{target(engine)}' USING {form} {setting} {select}"

    def polars(frames):
        import polars as pl

        frame = pl.SQLContext(frames).execute(select, eager=False)
        if form == "csv":
            frame.sink_csv(target("polars"))
        else:
            frame.sink_parquet(target("polars"), compression=compression)

    def datafusion(context):
        frame = context.sql(select)
        if form == "csv":
            frame.write_csv(str(target("datafusion")), with_header=True)
        else:
            frame.write_parquet(str(target("datafusion")), compression=compression)

    duckdb = f"FORMAT parquet, COMPRESSION {compression}" if compression else "FORMAT csv, HEADER true"
    return Query(
        spark_sql("firesteel"),
        {
            "duckdb": f"COPY ({select}) TO '{target('duckdb')}' ({duckdb})",
            "polars": polars,
            "datafusion": datafusion,
            "spark": spark_sql("spark"),
        },
        writes=target,
    )


def queries(options):
    return {f"{source}_{kind}": write(options, source, kind) for source in SOURCES for kind in FORMATS}


def arguments(parser):
    tpch.arguments(parser)


if __name__ == "__main__":
    sys.exit(main(Workload(
        "Writers",
        lambda options: {name: table for name, table in tpch.tables(options).items() if name in SOURCES},
        queries,
        tpch.make,
        arguments,
        lambda options: f", TPC-H scale factor {options.sf}",
    )))
