"""All workloads, one after the other.

    python3 benches/peers [--full] [options of every workload, such as --engines, --threads, --data, --spark-python]

Without --full the sizes are such that two cores take some minutes; --full takes those that the goals are set at, an hour
and a quarter on two cores, and 45 GB of disk. How often each query runs is the workload's own there, unless --runs says it.
Each table is also a command of its own: see benches/README.md.
"""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
QUICK = [
    ["tpch.py", "--sf", "1"],
    ["tpch.py", "--sf", "1", "--format", "csv"],
    ["star.py", "--scale", "1"],
    ["scale.py", "--rows", "5000000"],
    ["strings.py", "--rows", "1000000"],
    ["writers.py", "--sf", "1"],
    ["growth.py", "--sf", "0.1,1"],
]
FULL = [
    ["tpch.py", "--sf", "1", "--runs", "5"],
    ["tpch.py", "--sf", "10", "--runs", "3"],
    ["tpch.py", "--sf", "10", "--format", "csv", "--runs", "1"],
    ["star.py", "--scale", "10", "--runs", "5"],
    ["scale.py", "--rows", "100000000", "--runs", "2"],
    ["strings.py", "--rows", "10000000", "--runs", "5"],
    ["writers.py", "--sf", "1", "--runs", "3"],
    ["writers.py", "--sf", "10", "--runs", "1"],
    ["growth.py", "--sf", "1,10,30", "--runs", "5"],
]


def main():
    arguments = [word for word in sys.argv[1:] if word != "--full"]
    if {"-h", "--help"} & set(arguments):
        print(__doc__)
        return 0
    commands = FULL if "--full" in sys.argv[1:] else QUICK
    # A workload in which answers differ does not keep the others from running.
    return max(subprocess.run([sys.executable, HERE / name, *own, *arguments]).returncode for name, *own in commands)


if __name__ == "__main__":
    sys.exit(main())
