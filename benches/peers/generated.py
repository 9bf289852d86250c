"""Data made by DuckDB from row numbers: the same rows on every machine, with every version.

Nothing random is used. `scatter(i, seed)` is whole-number arithmetic that every engine would compute alike: a
multiplicative generator modulo the prime 2^31 - 1, its steps broken by shifts, so that neighbouring rows have nothing in
common. `pick(i, seed, n)` is a number below n, `skewed(i, seed, n)` one whose small values are more frequent.
"""

MACROS = [
    "CREATE MACRO fold(x) AS xor(x, x >> 13)",
    "CREATE MACRO step(x) AS fold((x * 48271 + 12345) % 2147483647)",
    "CREATE MACRO scatter(i, seed) AS step(step(fold((i * 69621 + seed * 7919 + 1) % 2147483647) % 2147483647) % 2147483647)",
    "CREATE MACRO pick(i, seed, n) AS (scatter(i, seed) % n)",
    "CREATE MACRO skewed(i, seed, n) AS (pick(i, seed, n) * pick(i, seed + 1, n) // n)",
]


def write(folder, tables, threads):
    """Writes {table: SELECT over row numbers} as Parquet files."""
    import duckdb

    connection = duckdb.connect(config={"threads": threads, "preserve_insertion_order": True})
    for macro in MACROS:
        connection.execute(macro)
    for name, select in tables.items():
        options = "FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE 1000000"
        connection.execute(f"COPY ({select}) TO '{folder}/{name}.parquet' ({options})")
