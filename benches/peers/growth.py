#!/usr/bin/env python3
"""How Firesteel's times grow with the data, and what a second thread gives: TPC-H at several scale factors.

    python3 benches/peers/growth.py [--sf 1,10,30]

The table has a column of seconds for each scale factor, how many times the one before that is, and behind it how many times
the decoding of the query's columns alone has grown, with the `parquet` crate: data of ten times the rows have more than ten
times the bytes, since keys become longer and dictionaries larger. The last column is one thread's time over all threads'.
"""

import copy
import sys

import tpch
from runner import Workload, machine, parse, print_markdown, run_firesteel


def arguments(parser):
    tpch.arguments(parser)
    parser.set_defaults(sf="1,10,30")


def main():
    workload = Workload("TPC-H by size", tpch.tables, tpch.queries, tpch.make, arguments)
    options = parse(workload)
    queries = tpch.queries(options)
    chosen = options.queries.split(",") if options.queries else list(queries)
    sizes = options.sf.split(",")

    def run(size, threads):
        own = copy.copy(options)
        own.sf, own.threads = size, threads
        tpch.make(own)
        print(f"scale factor {size}, {threads} threads …", file=sys.stderr, flush=True)
        outcomes = run_firesteel("firesteel", workload, queries, chosen, own)
        failures = [f"{name}: {outcome['error']}" for name, outcome in outcomes.items() if outcome["error"]]
        if failures:
            sys.exit("\n".join(failures))
        return outcomes

    runs = {size: run(size, options.threads) for size in sizes}
    # Threads are compared at the second size: the first may be over before they have begun.
    compared = sizes[min(1, len(sizes) - 1)]
    single = run(compared, 1)

    header = ["query", f"SF {sizes[0]}"]
    for before, size in zip(sizes, sizes[1:]):
        header += [f"SF {size}", f"{size} / {before}", "decode"]
    header.append(f"1 → {options.threads} threads, SF {compared}")

    def line(name, seconds, floor, alone):
        cells = [name, f"{seconds[sizes[0]]:.3f}"]
        for before, size in zip(sizes, sizes[1:]):
            cells += [f"{seconds[size]:.3f}", f"{seconds[size] / seconds[before]:.1f}", f"{floor[size] / floor[before]:.1f}"]
        return [*cells, f"{alone / seconds[compared]:.2f}"]

    def sums(key, names):
        return {size: sum(runs[size][name][key] for name in names) for size in sizes}

    lines = [line(name, sums("seconds", [name]), sums("floor", [name]), single[name]["seconds"]) for name in chosen]
    lines.append(line("sum", sums("seconds", chosen), sums("floor", chosen), sum(outcome["seconds"] for outcome in single.values())))
    peaks = {size: max(outcome["memory"] or 0 for outcome in runs[size].values()) for size in sizes}
    lines.append(["peak GiB", f"{peaks[sizes[0]]:.2f}"] + [cell for size in sizes[1:] for cell in (f"{peaks[size]:.2f}", "", "")])

    print(f"\n### {workload.title}\n\n{machine()}, {options.threads} threads, best of {options.runs}, seconds\n")
    print_markdown(header, lines)
    return 0


if __name__ == "__main__":
    sys.exit(main())
