"""The peers: how each opens tables and runs a query.

`open_ENGINE(workload, options)` gives a function that runs a query of the workload and returns an Arrow table (or None:
nothing to compare). Opening may read footers and headers; it is not timed.
"""

import importlib.util
import os

PEERS = ["duckdb", "polars", "datafusion", "sail", "spark"]


def installed(engine, options):
    """Whether the engine can be run, without starting it."""

    def has(*modules):
        return all(importlib.util.find_spec(module) for module in modules)

    if engine == "spark":
        return bool(options.spark_python) or has("pyspark")
    if engine == "sail":
        return bool(options.sail_python) or has("pysail", "pyspark", "grpc")
    return has(engine)


def open_duckdb(workload, options):
    import duckdb

    connection = duckdb.connect(config={"threads": options.threads})
    for name, table in workload.tables(options).items():
        if table.columns:
            columns = ", ".join(f"'{column}': '{kind}'" for column, kind in table.columns)
            source = f"read_csv('{table.path}', header = true, columns = {{{columns}}})"
        else:
            source = f"read_parquet('{table.path}')"
        connection.execute(f"CREATE VIEW {name} AS SELECT * FROM {source}")

    def run(query):
        result = connection.execute(query.text("duckdb"))
        return None if query.writes else result.to_arrow_table()

    return run


def open_polars(workload, options):
    os.environ["POLARS_MAX_THREADS"] = str(options.threads)
    import polars

    frames = {}
    for name, table in workload.tables(options).items():
        if table.columns:
            schema = {column: polars_type(kind) for column, kind in table.columns}
            frames[name] = polars.scan_csv(table.path, schema=schema, has_header=True)
        else:
            frames[name] = polars.scan_parquet(table.path)
    context = polars.SQLContext(frames)

    def run(query):
        own = query.function("polars")
        frame = own(frames) if own else context.execute(query.text("polars"), eager=False)
        if query.writes:
            return None
        result = frame.collect(engine="streaming")
        # What a user gets is the frame; Arrow is for the comparison.
        return result.to_arrow

    return run


def polars_type(kind):
    import polars

    if kind.startswith("DECIMAL"):
        precision, scale = kind[8:-1].split(",")
        return polars.Decimal(int(precision), int(scale))
    kinds = {"INT": polars.Int32, "BIGINT": polars.Int64, "DATE": polars.Date, "DOUBLE": polars.Float64, "VARCHAR": polars.String}
    return kinds[kind]


def open_datafusion(workload, options):
    import datafusion
    import pyarrow

    config = datafusion.SessionConfig().with_target_partitions(options.threads)
    context = datafusion.SessionContext(config)
    for name, table in workload.tables(options).items():
        if table.columns:
            schema = pyarrow.schema([(column, arrow_type(kind)) for column, kind in table.columns])
            context.register_csv(name, str(table.path), schema=schema, has_header=True)
        else:
            context.register_parquet(name, str(table.path))

    def run(query):
        own = query.function("datafusion")
        if own:
            return own(context)
        result = context.sql(query.text("datafusion")).to_arrow_table()
        return None if query.writes else result

    return run


def arrow_type(kind):
    import pyarrow

    if kind.startswith("DECIMAL"):
        precision, scale = kind[8:-1].split(",")
        return pyarrow.decimal128(int(precision), int(scale))
    kinds = {"INT": pyarrow.int32(), "BIGINT": pyarrow.int64(), "DATE": pyarrow.date32(), "DOUBLE": pyarrow.float64(), "VARCHAR": pyarrow.string()}
    return kinds[kind]


def open_spark(workload, options):
    from pyspark.sql import SparkSession

    builder = (
        SparkSession.builder.master(f"local[{options.threads}]")
        .config("spark.driver.memory", options.spark_memory)
        .config("spark.driver.maxResultSize", "0")
        .config("spark.sql.shuffle.partitions", str(2 * options.threads))
        .config("spark.ui.enabled", "false")
        .config("spark.log.level", "OFF")
    )
    return spark_runner(builder.getOrCreate(), workload, options)


def open_sail(workload, options):
    from pysail.spark import SparkConnectServer
    from pyspark.sql import SparkSession

    os.environ.setdefault("RAYON_NUM_THREADS", str(options.threads))
    server = SparkConnectServer()
    server.start()
    port = server.listening_address[1]
    run = spark_runner(SparkSession.builder.remote(f"sc://localhost:{port}").getOrCreate(), workload, options)
    # The server lives as long as the function.
    run.server = server
    return run


def spark_runner(spark, workload, options):
    for statement in init_script(workload, options):
        spark.sql(statement)

    def run(query):
        for statement in query.text("spark").split(";"):
            frame = spark.sql(statement) if statement.strip() else None
        if query.writes:
            return None
        if query.large:
            # Bringing so many rows to Python is not what is measured; nothing is compared.
            frame.write.format("noop").mode("overwrite").save()
            return None
        return frame.toArrow()

    return run


def init_script(workload, options):
    """Statements that make the workload's tables views, in Spark's SQL."""
    statements = []
    for name, table in workload.tables(options).items():
        if table.columns:
            columns = ", ".join(f"{column} {'STRING' if kind == 'VARCHAR' else kind}" for column, kind in table.columns)
            source = f"CREATE TEMPORARY VIEW {name} ({columns}) USING csv OPTIONS (path '{table.path}', header 'true')"
        else:
            source = f"CREATE TEMPORARY VIEW {name} USING parquet OPTIONS (path '{table.path}')"
        statements.append(source)
    return statements


OPEN = {"duckdb": open_duckdb, "polars": open_polars, "datafusion": open_datafusion, "sail": open_sail, "spark": open_spark}
