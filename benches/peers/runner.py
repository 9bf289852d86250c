"""Runs the queries of a workload on Firesteel and on its peers, one engine after the other in processes of their own,
compares the answers, and prints a table of times and ratios.

A workload is a Python file that makes a [`Workload`] and calls [`main`] with it. Times are of whole queries in a warm
process: SQL text in, all rows out; the best of --runs. Files are read once before by whoever comes first. An engine that
dies or takes longer than --timeout loses that query only.
"""

import argparse
import contextlib
import json
import math
import os
import platform
import resource
import selectors
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import answers
import engines

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent


@dataclass
class Table:
    """A table: a file, and for CSV its columns with types (INT, BIGINT, DOUBLE, DECIMAL(p,s), DATE, VARCHAR)."""

    path: Path
    columns: list = None


@dataclass
class Query:
    """A query: one SQL text for all engines, other texts or functions for some."""

    sql: str
    # {engine: SQL text, or function of the engine's tables}
    own: dict = field(default_factory=dict)
    # The answer is large: Spark does not hand it to Python.
    large: bool = False
    # Where the query writes to: a function from the engine to a file or folder, whose rows are the answer.
    writes: object = None

    def text(self, engine):
        text = self.own.get(engine, self.sql)
        return text if isinstance(text, str) else self.sql

    def function(self, engine):
        own = self.own.get(engine)
        return own if callable(own) else None


@dataclass
class Workload:
    """What a file of this folder measures."""

    title: str
    # A function from the options to {name: Table}.
    tables: object
    # A function from the options to {name: Query}.
    queries: object
    # Makes the data, unless they are there.
    make: object
    # Adds options of its own to the argument parser.
    arguments: object = lambda parser: None
    # A line of the options that matter to the numbers.
    size: object = lambda options: ""
    # Answers known beforehand: a function from the options to {query: digest}.
    known: object = lambda options: {}


def scratch(options, name):
    """The folder of a data set: below --data, or below the target folder."""
    folder = (options.data or ROOT / "target" / "peers") / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def make_once(folder, make):
    """Calls `make(folder)`, unless it has gone well before."""
    done = folder / "done"
    if not done.exists():
        print(f"making {folder} …", file=sys.stderr, flush=True)
        make(folder)
        done.touch()


def parse(workload):
    parser = argparse.ArgumentParser(description=workload.title, epilog="Each engine is used where it is installed.")
    parser.add_argument("--data", type=Path, help="folder for the data; made where missing (default: target/peers)")
    parser.add_argument("--engines", help="comma-separated: firesteel," + ",".join(engines.PEERS) + " (default: all installed)")
    parser.add_argument("--queries", help="comma-separated names (default: all)")
    parser.add_argument("--runs", type=int, default=3, help="the best of so many counts")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--timeout", type=float, default=900, help="seconds for all runs of one query")
    parser.add_argument("--firesteel", type=Path, help="the built bench `queries` (default: cargo builds it)")
    parser.add_argument("--spark-python", help="the Python that has pyspark (default: this one)")
    parser.add_argument("--sail-python", help="the Python that has pysail and pyspark with Connect (default: this one)")
    parser.add_argument("--spark-memory", default="8g", help="memory of Spark's driver")
    parser.add_argument("--json", type=Path, help="also write times, memory and errors to this file")
    parser.add_argument("--verbose", action="store_true", help="show what the engines print on stderr")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    workload.arguments(parser)
    options = parser.parse_args()
    options.data = options.data and options.data.resolve()
    return options


def main(workload):
    options = parse(workload)
    queries = workload.queries(options)
    chosen = options.queries.split(",") if options.queries else list(queries)
    if options.child:
        return child(options.child, workload, {name: queries[name] for name in chosen}, options)
    workload.make(options)
    names = (options.engines or ",".join(["firesteel"] + [e for e in engines.PEERS if engines.installed(e, options)])).split(",")
    outcomes = {}
    for engine in names:
        print(f"{engine} …", file=sys.stderr, flush=True)
        run = run_firesteel if engine == "firesteel" else run_peer
        outcomes[engine] = run(engine, workload, queries, chosen, options)
    if options.json:
        found = {e: {q: {k: o[k] for k in ("seconds", "memory", "floor", "error")} for q, o in of.items()} for e, of in outcomes.items()}
        options.json.write_text(json.dumps({"workload": workload.title, "size": workload.size(options), "engines": found}, indent=1) + "\n")
    return report(workload, outcomes, chosen, options)


# In the process of a peer ----------------------------------------------------------------------------------------


def child(engine, workload, queries, options):
    """Prints a line of JSON for each query."""
    run = engines.OPEN[engine](workload, options)
    for name, query in queries.items():
        outcome = {"query": name, "seconds": None, "memory": None, "floor": None, "digest": None, "error": None}
        try:
            times = []
            for _ in range(options.runs):
                clear(query, engine)
                result = None
                started = time.perf_counter()
                result = run(query)
                times.append(time.perf_counter() - started)
            outcome["seconds"] = min(times)
            outcome["memory"] = peak_memory()
            result = result() if callable(result) else result
            outcome["digest"] = written(query, engine) if query.writes else result is not None and answers.digest(result) or None
            result = None
        except Exception as failure:
            outcome["error"] = f"{type(failure).__name__}: {failure}".split("\n")[0][:300]
        print(json.dumps(outcome), flush=True)
    # Neither the JVM nor a server may keep the process alive.
    sys.stdout.flush()
    os._exit(0)


def peak_memory():
    """GiB that this process and those that it started (Spark's JVM) have had at most so far."""
    total, ours = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, {os.getpid()}
    # Children have larger ids than their parents, except where ids start over.
    for status in sorted(Path("/proc").glob("[0-9]*/status"), key=lambda path: int(path.parent.name)):
        try:
            fields = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
        except OSError:
            continue
        if int(fields["PPid"]) in ours and "VmHWM" in fields:
            ours.add(int(status.parent.name))
            total += int(fields["VmHWM"].split()[0])
    return total / 2**20


def clear(query, engine):
    """Removes what an earlier run has written."""
    if query.writes:
        path = Path(query.writes(engine))
        shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)


def written(query, engine):
    """The digest of the files that a query has written, which are removed."""
    import pyarrow.csv
    import pyarrow.dataset

    path = Path(query.writes(engine))
    files = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file() and p.name[0] not in "._")
    is_csv = "csv" in path.name
    kind = pyarrow.dataset.CsvFileFormat() if is_csv else "parquet"
    digest = answers.digest(pyarrow.dataset.dataset([str(file) for file in files], format=kind).to_table())
    size = sum(file.stat().st_size for file in files)
    clear(query, engine)
    return digest | {"bytes": size}


# In the parent ---------------------------------------------------------------------------------------------------


def run_peer(engine, workload, queries, chosen, options):
    """{query: outcome}; a child that dies is started again for the queries that are left."""
    python = {"spark": options.spark_python, "sail": options.sail_python}.get(engine) or sys.executable
    arguments = [a for a in sys.argv[1:]]
    outcomes, left = {}, list(chosen)
    while left:
        command = [python, sys.argv[0], *arguments, "--child", engine, "--queries", ",".join(left)]
        reason = follow(command, outcomes, left, options)
        if left:
            name = left.pop(0)
            outcomes[name] = failed(name, reason)
    return outcomes


def failed(name, reason):
    return {"query": name, "seconds": None, "memory": None, "floor": None, "digest": None, "error": reason}


def follow(command, outcomes, left, options, understand=json.loads):
    """Reads outcomes from a process until it ends or a query takes too long; says what happened. After each it gets a line of
    input, should it wait for one."""
    stderr = None if options.verbose else subprocess.DEVNULL
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr, cwd=ROOT)
    selector = selectors.DefaultSelector()
    selector.register(process.stdout, selectors.EVENT_READ)
    buffer, reason = b"", "the process ended"
    deadline = time.monotonic() + options.timeout
    while True:
        if not selector.select(max(0.0, deadline - time.monotonic())):
            process.kill()
            reason = f"more than {options.timeout:.0f} s"
            break
        data = os.read(process.stdout.fileno(), 1 << 16)
        if not data:
            break
        *lines, buffer = (buffer + data).split(b"\n")
        for line in lines:
            if line.startswith(b"{"):
                outcome = understand(line)
                outcomes[outcome["query"]] = outcome
                left.remove(outcome["query"])
                with contextlib.suppress(BrokenPipeError):
                    process.stdin.write(b"\n")
                    process.stdin.flush()
                deadline = time.monotonic() + options.timeout
    status = process.wait()
    return f"{reason} (killed by signal {-status})" if status < 0 and reason == "the process ended" else reason


def bench_binary(options):
    """The bench `queries`, built by cargo unless it was given."""
    if options.firesteel:
        return options.firesteel
    command = ["cargo", "bench", "--bench", "queries", "--no-run", "--message-format", "json"]
    output = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True, text=True).stdout
    messages = map(json.loads, output.splitlines())
    return next(m["executable"] for m in messages if m.get("executable") and m["target"]["name"] == "queries")


def run_firesteel(engine, workload, queries, chosen, options):
    binary = bench_binary(options)
    outcomes, left = {}, list(chosen)
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        for name in chosen:
            clear(queries[name], engine)
            (folder / f"{name}.sql").write_text(queries[name].text("firesteel"))
        init = folder / "init"
        init.write_text(";\n".join(engines.init_script(workload, options)))

        def understand(line):
            found = json.loads(line)
            name, query = found["query"], queries[found["query"]]
            outcome = failed(name, found["error"])
            if not found["error"]:
                outcome["seconds"] = min(found["seconds"])
                outcome["memory"] = (found["peak_bytes"] or 0) / 2**30 or None
                outcome["floor"] = found["floor"]
                outcome["digest"] = written(query, engine) if query.writes else read_answer(folder / f"{name}.arrow")
            return outcome

        while left:
            command = [binary, "--dir", folder, "--init", init, "--answers", folder, "--json", "--wait", "--floor", "--threads", options.threads,
                       "--runs", options.runs, "--only", ",".join(left)]
            reason = follow([str(word) for word in command], outcomes, left, options, understand)
            if left:
                name = left.pop(0)
                outcomes[name] = failed(name, reason)
    return outcomes


def read_answer(path):
    import pyarrow as pa

    with pa.memory_map(str(path)) as file:
        digest = answers.digest(pa.ipc.open_file(file).read_all())
    path.unlink()
    return digest


# The table -------------------------------------------------------------------------------------------------------


def report(workload, outcomes, chosen, options):
    names = list(outcomes)
    peers = [engine for engine in names if engine != "firesteel"]
    own = outcomes.get("firesteel", {})
    has_floor = any(o["floor"] for o in own.values())
    known = workload.known(options)
    wrong, empty = [], []
    header = ["query", *names] + (["Firesteel / best peer"] if own and peers else []) + (["decode"] if has_floor else [])
    lines, ratios = [], []
    sums = dict.fromkeys(names, 0.0)
    for name in chosen:
        digests = {engine: outcomes[engine][name]["digest"] for engine in names if outcomes[engine][name]["digest"]}
        reference = known.get(name) or most_common(digests.values())
        row, times = [name], {}
        if reference and not reference["rows"]:
            empty.append(name)
        for engine in names:
            outcome = outcomes[engine][name]
            if outcome["error"]:
                wrong.append(f"- {name}: {engine} failed: {outcome['error']}")
                row.append("failed")
                sums[engine] = math.nan
                continue
            differs = engine in digests and not answers.agree(digests[engine], reference)
            if differs:
                wrong.append(f"- {name}: {engine} gives {digests[engine]['rows']} rows that differ from the {reference['rows']} of most")
            times[engine] = outcome["seconds"]
            sums[engine] += outcome["seconds"]
            row.append(f"{outcome['seconds']:.3f}" + (" (differs)" if differs else ""))
        best = min((times[engine] for engine in peers if engine in times), default=None)
        if own and peers:
            ratio = times["firesteel"] / best if best and "firesteel" in times else None
            ratios.append(ratio)
            row.append(f"{ratio:.2f}" if ratio else "")
        if has_floor:
            floor = own[name]["floor"]
            row.append(f"{floor:.3f}" if floor else "")
        lines.append(row)
    row = ["sum", *(f"{sums[engine]:.3f}" for engine in names)]
    if own and peers:
        best = min((sums[engine] for engine in peers if not math.isnan(sums[engine])), default=math.nan)
        row.append(f"{sums['firesteel'] / best:.2f}")
    lines.append(row + ([f"{sum(o['floor'] or 0 for o in own.values()):.3f}"] if has_floor else []))
    memory = {engine: max((o["memory"] or 0 for o in outcomes[engine].values()), default=0) for engine in names}
    lines.append(["peak GiB", *(f"{memory[engine]:.2f}" for engine in names)])

    print(f"\n### {workload.title}{workload.size(options)}\n")
    print(f"{machine()}, {options.threads} threads, best of {options.runs}, seconds, {date.today()}\n")
    print_markdown(header, lines)
    good = [ratio for ratio in ratios if ratio]
    if good:
        print(f"\nSlower than the best peer in {sum(ratio > 1 for ratio in good)} of {len(good)}; geometric mean of the ratios "
              f"{math.exp(sum(map(math.log, good)) / len(good)):.2f}.")
    if empty:
        print("\nWithout rows: " + ", ".join(empty) + ".")
    print("\n" + ("All answers agree." if not wrong else "\n".join(wrong)), flush=True)
    return 1 if wrong else 0


def most_common(digests):
    """The digest that most others agree with."""
    digests = list(digests)
    return max(digests, key=lambda one: sum(answers.agree(one, other) for other in digests), default=None)


def print_markdown(header, lines):
    rows = [header] + [line + [""] * (len(header) - len(line)) for line in lines]
    widths = [max(len(row[column]) for row in rows) for column in range(len(header))]
    for number, row in enumerate(rows):
        cells = [text.ljust(width) if column == 0 else text.rjust(width) for column, (text, width) in enumerate(zip(row, widths))]
        print("| " + " | ".join(cells) + " |")
        if number == 0:
            print("|" + "|".join("-" * (width + 2) if column == 0 else "-" * (width + 1) + ":" for column, width in enumerate(widths)) + "|")


def machine():
    """The processor and the memory, as far as the system tells."""
    model = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        pass
    try:
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
        return f"{model}, {os.cpu_count()} cores, {memory:.0f} GiB"
    except (ValueError, OSError):
        return f"{model}, {os.cpu_count()} cores"
