"""Answers of several engines, made comparable.

An answer is an Arrow table. Engines differ in the types of sums and means and in the order of rows that nobody asked
to be ordered, so small answers are compared as sorted rows, numbers to six digits; of large ones the number of rows
and, per column, the NULLs, the sum, the least and the greatest value (of texts: their total length).
"""

import math
from datetime import date, datetime
from decimal import Decimal

# Rows up to which all values are compared.
SMALL = 50_000


def digest(table):
    """What of an Arrow table is compared; can be written as JSON."""
    if table.num_rows <= SMALL:
        rows = zip(*(plain(column).to_pylist() for column in table.columns)) if table.num_columns else []
        return {"rows": table.num_rows, "values": [[cell(value) for value in row] for row in rows]}
    return {"rows": table.num_rows, "columns": [summary(column) for column in table.columns]}


def plain(column):
    """The column in a type that every version of pyarrow computes with."""
    import pyarrow as pa

    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if str(column.type) in ("string_view", "large_string"):
        column = column.cast(pa.large_string())
    return column


def summary(column):
    import pyarrow as pa
    import pyarrow.compute as pc

    column = plain(column)
    if pa.types.is_large_string(column.type) or pa.types.is_string(column.type):
        lengths = pc.binary_length(column)
        return [column.null_count, "text", number(pc.sum(lengths)), str(pc.min(column)), str(pc.max(column))]
    if pa.types.is_date(column.type) or pa.types.is_timestamp(column.type):
        column = column.cast(pa.timestamp("us")).cast(pa.int64())
    column = column.cast(pa.float64())
    return [column.null_count, "number", number(pc.sum(column)), number(pc.min(column)), number(pc.max(column))]


def number(scalar):
    value = scalar.as_py()
    return None if value is None else float(value)


def cell(value):
    """A value as JSON carries it: numbers as floats, days and texts as texts."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, datetime):
        return value.isoformat()[:10] if value.time() == datetime.min.time() else value.isoformat()[:19]
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (bool, int, float, Decimal)):
        return float(value)
    return str(value)


def agree(left, right):
    """Whether two digests are of the same answer."""
    if left["rows"] != right["rows"]:
        return False
    if ("columns" in left) != ("columns" in right):
        # A recorded answer that is too long to compare.
        return True
    if "columns" in left:
        pairs = zip(left["columns"], right["columns"])
        return len(left["columns"]) == len(right["columns"]) and all(all(map(same, a, b)) for a, b in pairs)

    left, right = list(map(numbers, left["values"])), list(map(numbers, right["values"]))
    # Rows are brought in order by many digits, so that near keys stay apart; or by few, in case those digits differ.
    return any(all(map(same_row, in_order(left, digits), in_order(right, digits))) for digits in (10, 4))


def in_order(rows, digits):
    def key(row):
        return [(0, f"{value:.{digits}e}") if isinstance(value, float) else (1, str(value)) for value in row]

    return sorted(rows, key=key)


def same_row(a, b):
    return len(a) == len(b) and all(map(same, a, b))


def numbers(row):
    """The row with texts that are numbers as numbers: recorded answers do not tell them apart."""
    return [number_or_text(value) if isinstance(value, str) else value for value in row]


def same(a, b):
    if isinstance(a, float) and isinstance(b, float):
        return math.isclose(a, b, rel_tol=1e-6, abs_tol=1e-4) or (math.isnan(a) and math.isnan(b))
    return a == b


def spark_golden(path):
    """The digest of rows recorded in a golden file, as sql-tests/tpch/record.py writes them."""
    body = path.read_text().split("-- !query output\n", 1)[1].rstrip("\n")
    rows = [[number_or_text(value) for value in line.split("\t")] for line in body.split("\n")] if body else []
    return {"rows": len(rows), "values": rows}


def number_or_text(text):
    try:
        return float(text)
    except ValueError:
        return None if text == "NULL" else text
