#!/usr/bin/env python3
"""Records the golden results of this folder from real Spark.

    python3 sql-tests/record.py                          every file of sql-tests/inputs
    python3 sql-tests/record.py joins/using.sql …        only these (paths below inputs/)
    python3 sql-tests/record.py --check                  writes nothing, prints what would change
    python3 sql-tests/record.py --inputs DIR --results DIR [--tables DIR]   another suite of the same layout

Needs `pip install pyspark==4.3.0` and Java 17. Run it from the root of the repository: queries name the files
of testdata/ by relative paths. Firesteel is never asked: a result here is what Spark answers.

The format is that of Spark's own SQL suite, so that its files and ours are read by one runner. An input holds
statements separated by semicolons, and directives in lines that begin with two dashes:

    --SET k=v,k=v                   settings of the session
    --IMPORT file.sql               run that file's statements first (a path below inputs/)
    --CONFIG_DIM1 k=v               (for the runner) settings under which the answers must be the same
    --QUERY-DELIMITER-START, -END   one statement lies between them, whatever semicolons it contains

A result lists, for each statement, its text, its schema and its rows as Hive prints them, or else the class of
the exception and its error condition as JSON. Rows are sorted unless the query orders them. Each file runs in a
session of its own; what it created in the catalog is dropped after it.
"""

import argparse
import logging
import os
import re
import shutil
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent

HEADER = "-- Recorded from Apache Spark {version} by sql-tests/record.py; do not edit."

# Nodes below which rows lose the order that a sort gave them, and those whose answers stay as they are.
UNORDERING = {"Join", "Aggregate", "Generate", "Sample", "Distinct"}
DESCRIBING = {"DescribeTableCommand", "DescribeColumnCommand", "DescribeQueryCommand", "DescribeRelation",
              "DescribeColumn", "DescribeFunctionCommand", "DescribeDatabaseCommand"}


def split_statements(text, inputs):
    """The statements of an input file and its settings, as [(key, value)]."""
    comments, code = [], []
    lines, within = text.split("\n"), False
    for line in lines:
        stripped = line.strip()
        if stripped.startswith("--QUERY-DELIMITER"):
            code.append(line)
        elif stripped.startswith("--"):
            comments.append(stripped)
            if within:
                code.append(line)
        else:
            code.append(line)
        if stripped.startswith("--QUERY-DELIMITER-START"):
            within = True
        elif stripped.startswith("--QUERY-DELIMITER-END"):
            within = False
    imported, settings = [], []
    for comment in comments:
        if comment.startswith("--IMPORT "):
            statements, _ = split_statements((inputs / comment[9:].strip()).read_text(), inputs)
            imported += statements
        elif comment.startswith("--SET "):
            for pair in comment[6:].split(","):
                key, _, value = pair.partition("=")
                settings.append((key.strip(), value.strip()))
    statements, plain, delimited = [], [], None

    def split_plain():
        for piece in re.split(r"(?<=[^\\]);", "\n".join(plain)):
            piece = "\n".join(line for line in piece.strip().split("\n") if not line.startswith("--")).strip()
            if piece:
                statements.append(piece)
        plain.clear()

    for line in code:
        mark = line.strip()
        if mark.startswith("--QUERY-DELIMITER-START"):
            split_plain()
            delimited = []
        elif mark.startswith("--QUERY-DELIMITER-END"):
            piece = "\n".join(delimited).strip()
            if piece.endswith(";"):
                piece = piece[:-1].rstrip()
            statements.append(piece)
            delimited = None
        elif delimited is not None:
            delimited.append(line)
        else:
            plain.append(line)
    split_plain()
    return imported + statements, settings


class Spark:
    """A local Spark set up as its own SQL suite sets it up.

    One thread, so that rows meet in the order they were written in: `first`, `collect_list` and sums of doubles
    then give the same answer each time.
    """

    def __init__(self, tables=None, memory="2g", masked=True, threads=1):
        os.environ["TZ"] = "America/Los_Angeles"
        time.tzset()
        os.environ["SPARK_USER"] = "test_user"
        os.environ["PYSPARK_SUBMIT_ARGS"] = (
            f"--driver-memory {memory} --driver-java-options "
            "'-Duser.timezone=America/Los_Angeles -Duser.language=en -Duser.country=US -XX:+UseSerialGC' pyspark-shell"
        )
        from pyspark.sql import SparkSession

        self.masked = masked
        self.scratch = tempfile.mkdtemp(prefix="record-")
        builder = SparkSession.builder.master(f"local[{threads}]").appName("record")
        for key, value in {
            "spark.ui.enabled": "false",
            "spark.sql.shuffle.partitions": "4",
            "spark.sql.session.timeZone": "America/Los_Angeles",
            "spark.sql.warehouse.dir": f"{self.scratch}/golden_warehouse",
            "spark.sql.optimizer.excludedRules": "org.apache.spark.sql.catalyst.optimizer.ConvertToLocalRelation",
            "spark.sql.codegen.fallback": "false",
            # Dates far from today print by their own calendar, not by that of java.sql.Date.
            "spark.sql.datetime.java8API.enabled": "true",
            "spark.log.level": "OFF",
        }.items():
            builder = builder.config(key, value)
        self.session = builder.getOrCreate()
        self.session.sparkContext.setLogLevel("OFF")
        logging.disable(logging.CRITICAL)  # pyspark logs each failed query with its stack trace
        self.jvm = self.session.sparkContext._jvm
        self.version = self.session.version
        self.minimal = self.jvm.org.apache.spark.ErrorMessageFormat.withName("MINIMAL")
        self.tables = set()
        for path in sorted(Path(tables).glob("*.parquet")) if tables else []:
            self.session.read.parquet(str(path)).write.saveAsTable(path.stem)
            self.tables.add(path.stem.lower())

    def stop(self):
        self.session.stop()
        shutil.rmtree(self.scratch, ignore_errors=True)

    def new_session(self, settings):
        session = self.session.newSession()
        for key, value in settings:
            session.conf.set(key, value)
        # Results are printed by the settings (above all the time zone) of the thread's active session.
        self.jvm.org.apache.spark.sql.classic.SparkSession.setActiveSession(session._jsparkSession)
        return session._jsparkSession

    def is_sorted(self, plan):
        name = plan.getClass().getSimpleName()
        if name in UNORDERING:
            return False
        if name in DESCRIBING:
            return True
        if name == "Sort" and getattr(plan, "global")():
            return True
        children = plan.children()
        return any(self.is_sorted(children.apply(i)) for i in range(children.size()))

    def run(self, session, statement):
        """(schema, output) of one statement."""
        schema, rows = self.answer(lambda: session.sql(statement))
        return schema, "\n".join(rows)

    def answer(self, query):
        """(schema, rows) of the data frame that `query` makes; of a failure ("struct<>", [what went wrong])."""
        from py4j.protocol import Py4JJavaError
        from pyspark.errors.exceptions.captured import CapturedException

        try:
            frame = query()
            schema = frame.schema().catalogString()
            execution = frame.queryExecution()
            rows = self.jvm.org.apache.spark.sql.execution.HiveResult.hiveResultString(execution.executedPlan())
            rows = [self.mask(row) for row in rows.mkString("\x1e").split("\x1e")] if rows.size() else []
            if not self.is_sorted(execution.analyzed()):
                rows.sort(key=lambda row: row.encode("utf-16-be", "surrogatepass"))
            return schema, rows
        except CapturedException as error:
            return "struct<>", [self.describe(error._origin)]
        except Py4JJavaError as error:
            return "struct<>", [self.describe(error.java_exception)]

    def condition(self, error):
        try:
            return error.getCondition()
        except Exception:  # not a SparkThrowable
            return None

    def describe(self, error):
        # A failed job's exception tells of stages and tasks; the cause is what the query did wrong.
        if self.condition(error) is None and error.getCause() is not None:
            if error.getClass().getName() == "org.apache.spark.SparkException":
                error = error.getCause()
        condition = self.condition(error)
        if condition is None:
            return f"{error.getClass().getName()}\n{self.mask(error.getMessage() or 'null')}"
        message = self.jvm.org.apache.spark.SparkThrowableHelper.getMessage(error, self.minimal)
        return f"{error.getClass().getName()}\n{self.mask(message)}"

    def mask(self, text):
        """Takes out what differs from run to run."""
        if not self.masked:
            return text
        text = re.sub(r"#\d+", "#x", text)
        text = re.sub(r"plan_id=\d+", "plan_id=x", text)
        masked = "[not included in comparison]"
        text = re.sub(r"Location.*golden_warehouse/", f"Location {masked}/{{warehouse_dir}}/", text)
        text = re.sub(r"file:[^\s,]*golden_warehouse", f"file:{masked}/{{warehouse_dir}}", text)
        text = re.sub(r"(Created By|Created Time|Last Access).*", rf"\1 {masked}", text)
        text = re.sub(r"Owner\t.*", f"Owner\t{masked}", text)
        text = re.sub(r"Partition Statistics\t\d+", f"Partition Statistics\t{masked}", text)
        # Files of the repository are named relatively, wherever it lies.
        text = text.replace(f"file://{ROOT}/", "").replace(f"file:{ROOT}/", "").replace(f"{ROOT}/", "")
        return text

    def drop_everything(self):
        """Empties the catalog of what a file left behind."""
        for row in self.session.sql("SHOW DATABASES").collect():
            if row[0] != "default":
                self.session.sql(f"DROP DATABASE `{row[0]}` CASCADE")
        for table in self.session.catalog.listTables("default"):
            if not table.isTemporary and table.name.lower() not in self.tables:
                kind = "VIEW" if table.tableType == "VIEW" else "TABLE"
                self.session.sql(f"DROP {kind} IF EXISTS default.`{table.name}`")
        for table in self.session.catalog.listTables("global_temp"):
            if table.isTemporary and table.namespace == ["global_temp"]:
                self.session.catalog.dropGlobalTempView(table.name)


def settings_of(name):
    """What the folder of an input says about its session."""
    folder = name.split("/")[0]
    return {
        "nonansi": [("spark.sql.ansi.enabled", "false")],
        "postgreSQL": [("spark.sql.legacy.interval.enabled", "true")],
        "timestampNTZ": [("spark.sql.timestampType", "TIMESTAMP_NTZ")],
    }.get(folder, [])


def record(spark, inputs, name):
    """The text of a result file, and how many statements and errors it has."""
    text = (inputs / name).read_text()
    statements, settings = split_statements(text, inputs)
    session = spark.new_session(settings_of(name) + settings)
    blocks, errors = [], 0
    for statement in statements:
        schema, output = spark.run(session, statement)
        output = re.sub(r"\s+$", "", output).replace("\r\n", "\n").replace("\r", "\n")
        errors += bool(re.match(r"(org\.apache|java)\.[\w.$]+(Exception|Error)\n", output))
        blocks.append(f"-- !query\n{statement}\n-- !query schema\n{schema}\n-- !query output\n{output}")
    spark.drop_everything()
    header = HEADER.format(version=spark.version)
    return header + "\n" + "\n\n\n".join(blocks) + "\n", len(statements), errors


def main():
    arguments = argparse.ArgumentParser(description="Records golden results from real Spark.")
    arguments.add_argument("files", nargs="*", help="input files below --inputs (default: all)")
    arguments.add_argument("--inputs", type=Path, default=HERE / "inputs")
    arguments.add_argument("--results", type=Path, default=HERE / "results")
    arguments.add_argument("--tables", type=Path, help="make each Parquet file in this folder a table")
    arguments.add_argument("--check", action="store_true", help="write nothing, say which results differ")
    options = arguments.parse_args()
    inputs, results = options.inputs.resolve(), options.results.resolve()
    tables = options.tables.resolve() if options.tables else None
    names = [name.removeprefix("sql-tests/inputs/") for name in options.files]
    names = names or sorted(str(path.relative_to(inputs)) for path in inputs.rglob("*.sql"))
    os.chdir(ROOT)
    spark = Spark(tables)
    total, changed = 0, []
    try:
        for name in names:
            started = time.time()
            text, statements, errors = record(spark, inputs, name)
            total += statements
            path = results / (name + ".out")
            old = path.read_text().split("\n", 1)[-1] if path.exists() else None
            if text.split("\n", 1)[1] != old:
                changed.append(name)
                if not options.check:
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_text(text)
            print(f"{name}: {statements} statements, {errors} errors, {time.time() - started:.1f} s", flush=True)
    finally:
        spark.stop()
    print(f"{total} statements in {len(names)} files; {len(changed)} {'differ' if options.check else 'written'}")
    if options.check:
        print("\n".join(changed))
    return 1 if options.check and changed else 0


if __name__ == "__main__":
    sys.exit(main())
