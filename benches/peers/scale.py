#!/usr/bin/env python3
"""Group-by, joins, sorts and windows at scale, over Parquet files that are made here.

    python3 benches/peers/scale.py --rows 100000000          the full size: about 10 GB of files

`facts` has --rows rows with keys of 100, rows / 100 and rows / 2 distinct values, as whole numbers and as strings.
Groups run over all of it; joins meet dimensions of rows / 1000, rows / 10 and all rows; sorts and windows take `half`,
its first half. Windows and joins are counted and summed up outside, so that no engine is measured by how it hands over
rows; groups and sorts are handed over whole.
"""

import sys

import generated
from runner import Query, Table, Workload, main, make_once, scratch

NAMES = ["facts", "half", "few", "more", "all_rows"]


def tables_sql(rows):
    middle, many = max(1, rows // 100), max(1, rows // 2)
    columns = f"""i::BIGINT AS id, pick(i, 1, 100)::INT AS k_few, pick(i, 2, {middle})::BIGINT AS k_middle, pick(i, 3, {many})::BIGINT AS k_many,
        'key ' || lpad(pick(i, 4, 100)::VARCHAR, 3, '0') AS s_few, 'key ' || lpad(pick(i, 5, {middle})::VARCHAR, 10, '0') AS s_middle,
        'key ' || lpad(pick(i, 6, {many})::VARCHAR, 10, '0') AS s_many,
        pick(i, 7, 5)::INT AS v_small, pick(i, 8, 100000)::BIGINT AS v_int, pick(i, 9, 100000000) / 1000.0::DOUBLE AS v_real"""

    def dimension(size):
        # Keys out of order, so that files say nothing about where a key is.
        return f"SELECT ((i * 48271) % {size})::BIGINT AS key, pick(i, 21, 1000)::BIGINT AS weight FROM range({size}) t(i)"

    def coprime(size):
        return size if size % 48271 else size + 1

    return {
        "facts": f"SELECT {columns} FROM range({rows}) t(i)",
        "half": f"SELECT {columns} FROM range({max(1, rows // 2)}) t(i)",
        "few": dimension(coprime(max(1, rows // 1000))),
        "more": dimension(coprime(max(1, rows // 10))),
        "all_rows": dimension(coprime(rows)),
    }


FIVE = "sum(v_int) AS total, avg(v_real) AS mean, min(v_int) AS least, max(v_real) AS most, count(*) AS n"


def window(call):
    return f"SELECT count(*) AS n, sum(w) AS total FROM (SELECT {call} AS w FROM half) AS t"


def join(dimension, key, kind="JOIN"):
    return f"SELECT count(weight) AS n, sum(v_int * coalesce(weight, 1)) AS total FROM facts {kind} {dimension} ON {key} = key"


QUERIES = {
    "group01_100_ints": Query(f"SELECT k_few, {FIVE} FROM facts GROUP BY k_few"),
    "group02_1m_ints": Query(f"SELECT k_middle, {FIVE} FROM facts GROUP BY k_middle", large=True),
    "group03_50m_ints": Query(f"SELECT k_many, {FIVE} FROM facts GROUP BY k_many", large=True),
    "group04_100_strings": Query(f"SELECT s_few, {FIVE} FROM facts GROUP BY s_few"),
    "group05_1m_strings": Query(f"SELECT s_middle, {FIVE} FROM facts GROUP BY s_middle", large=True),
    "group06_50m_strings": Query(f"SELECT s_many, {FIVE} FROM facts GROUP BY s_many", large=True),
    "group07_mixed": Query(f"SELECT v_small, s_middle, {FIVE} FROM facts GROUP BY v_small, s_middle", large=True),
    "group08_median_100": Query("SELECT k_few, median(v_real) AS middle FROM facts GROUP BY k_few"),
    "group09_median_1m": Query("SELECT k_middle, median(v_real) AS middle FROM facts GROUP BY k_middle", large=True),
    "group10_distinct_100": Query("SELECT k_few, count(DISTINCT v_int) AS n FROM facts GROUP BY k_few"),
    "group11_distinct_1m": Query("SELECT k_middle, count(DISTINCT v_int) AS n FROM facts GROUP BY k_middle", large=True),
    "group12_top_two": Query(
        """SELECT k_middle, sum(v_real) AS total, count(*) AS n FROM (
            SELECT k_middle, v_real, row_number() OVER (PARTITION BY k_middle ORDER BY v_real DESC) AS place FROM facts) AS t
        WHERE place <= 2 GROUP BY k_middle""",
        large=True,
    ),
    "join01_100k": Query(join("few", "k_middle")),
    "join02_10m": Query(join("more", "k_many")),
    "join03_100m": Query(join("all_rows", "id")),
    "join04_10m_left": Query(join("more", "k_many", "LEFT JOIN")),
    "join05_100m_semi": Query("SELECT count(*) AS n, sum(v_int) AS total FROM facts WHERE k_many IN (SELECT key FROM all_rows WHERE weight < 500)"),
    "sort01_one_key": Query("SELECT k_many, v_int FROM half ORDER BY k_many", large=True),
    "sort02_three_keys": Query("SELECT k_few, s_middle, v_real, id FROM half ORDER BY k_few, s_middle DESC, v_real", large=True),
    "sort03_top_100": Query("SELECT v_real, id FROM half ORDER BY v_real DESC, id LIMIT 100"),
    "window01_row_number": Query(window("row_number() OVER (PARTITION BY k_middle ORDER BY v_real)")),
    "window02_running_sum": Query(window("sum(v_int) OVER (PARTITION BY k_middle ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)")),
    "window03_lag": Query(window("v_int - lag(v_int) OVER (PARTITION BY k_few ORDER BY id)")),
    "window04_whole_partition": Query(window("v_int - max(v_int) OVER (PARTITION BY k_middle)")),
    "window05_moving_sum": Query(window("sum(v_int) OVER (PARTITION BY k_few ORDER BY id ROWS BETWEEN 9 PRECEDING AND CURRENT ROW)")),
}


def folder(options):
    return scratch(options, f"scale-{options.rows}")


def make(options):
    make_once(folder(options), lambda into: generated.write(into, tables_sql(options.rows), options.threads))


if __name__ == "__main__":
    sys.exit(main(Workload(
        "Group-by, joins, sorts and windows",
        lambda options: {name: Table(folder(options) / f"{name}.parquet") for name in NAMES},
        lambda options: QUERIES,
        make,
        lambda parser: parser.add_argument("--rows", type=int, default=10_000_000, help="100000000 is the full size"),
        lambda options: f", {options.rows:,} rows",
    )))
