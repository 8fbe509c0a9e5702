"""What assay costs, measured in one run beside what a user would use instead. Medians; nothing here is a test.

`python benchmarks/run.py MANIFEST --policy POLICY [--sign KEY]` prints:
- start-up of `assay --help` and of `assay policy check` as multiples of an empty Python,
- CPU seconds and peak memory (of all processes together) of a whole audit with report,
- the group metrics of the audit's own counts beside fairlearn on raw rows.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

RUNS = 5


def cpu_seconds(command: list[str]) -> float:
    """User and system time of the command and everything it starts."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def tree(pid: int) -> list[int]:
    """The process and its descendants (Linux)."""
    pids, todo = [], [pid]
    while todo:
        current = todo.pop()
        pids.append(current)
        try:
            todo += [int(child) for child in Path(f"/proc/{current}/task/{current}/children").read_text().split()]
        except OSError:
            continue
    return pids


def resident(pids: list[int]) -> float:
    """Proportional memory of the processes in MB: pages shared between them count once."""
    total = 0
    for pid in pids:
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total / 1024


def cost(command: list[str]) -> tuple[float, float, float, int]:
    """CPU seconds, wall seconds, peak MB, exit code."""
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    peak = 0.0

    def watch() -> None:
        nonlocal peak
        while process.poll() is None:
            peak = max(peak, resident(tree(process.pid)))
            time.sleep(0.02)

    if Path("/proc/self/smaps_rollup").exists():
        watcher = threading.Thread(target=watch)
        watcher.start()
        watcher.join()
    process.wait()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return cpu, time.perf_counter() - begun, peak or after.ru_maxrss / 1024, process.returncode


def two_hundred_controls(folder: str) -> str:
    """A policy of 200 controls: 150 conditions on the manifest, 50 that name one of five checks."""
    checks = ("fairness.impact_ratio", "performance.auc", "performance.calibration", "data.missing", "data.drift")
    lines = ["assay: policy/v1", "id: large", "version: 1.0.0", "title: Two hundred controls", "controls:"]
    for number in range(200):
        lines += [f"  - id: C-{number:03d}", f"    title: Requirement {number}", "    severity: high",
                  "    enforcement: {development: inform, staging: warn, production: block}",
                  "    cites: [{ref: framework/S17}]"]  # fmt: skip
        if number % 4 == 3:
            lines += [f"    check: {checks[number % 5]}", "    criterion: {at_least: 0.8, source: house}"]
        else:
            lines += ["    when: {field: risk.tier, in: [high, critical]}", "    require:", "      all:",
                      "        - {field: owners.validator, is: present}",
                      "        - {field: owners.validator, disjoint_from: {field: owners.developer}}"]  # fmt: skip
    file = Path(folder) / "large.yaml"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(file)


BARE = """
import json, sys, yaml
from assay.record.manifest import Manifest
from assay.record.policy import Policy
tree = yaml.load(open(sys.argv[1]), Loader=yaml.CSafeLoader)
Policy.model_validate_json(json.dumps(tree), strict=True, by_alias=True, by_name=False)
"""
"""The same 200 controls through the two libraries and our models: no places, no fields, no checks, no citations."""


def start_up(policy: str) -> None:
    """Start-up as multiples of an empty Python."""
    with tempfile.TemporaryDirectory() as folder:
        _start_up(policy, two_hundred_controls(folder))


def _start_up(policy: str, large: str) -> None:
    assay = [sys.executable, "-m", "assay.cli.main"]
    commands = {
        "python -c pass": [sys.executable, "-c", "pass"],
        "assay --help": [*assay, "--help"],
        "assay policy check": [*assay, "policy", "check", policy],
        "… of 200 controls": [*assay, "policy", "check", large],
        "PyYAML and pydantic": [sys.executable, "-c", BARE, large],
    }
    seconds = {name: statistics.median(cpu_seconds(c) for _ in range(RUNS * 2)) for name, c in commands.items()}
    empty = seconds["python -c pass"]
    print(f"\nstart-up, CPU (median of {RUNS * 2}); an empty Python takes {empty * 1000:.0f} ms")
    for name, value in seconds.items():
        print(f"  {name:<22} {value / empty:5.1f}x")


def whole_audit(manifest: str, policy: str, sign: str | None) -> None:
    """The audit with both reports, signed where a key is given."""
    costs = []
    with tempfile.TemporaryDirectory() as folder:
        for run in range(RUNS):
            command = [sys.executable, "-m", "assay.cli.main", "audit", manifest, "--policy", policy]
            command += ["--out", os.path.join(folder, str(run)), *(["--sign", sign] if sign else [])]
            costs.append(cost(command))
            if costs[-1][3] not in (0, 1, 4):
                sys.exit(f"the audit ended with {costs[-1][3]}: {' '.join(command)}")
    cpu, wall, peak, _ = (statistics.median(column) for column in zip(*costs, strict=True))
    print(f"\nwhole audit with HTML, PDF and bundle (median of {RUNS}; exit {costs[0][3]})")
    print(f"  CPU {cpu:.1f} s of 10, wall {wall:.1f} s, peak memory of all processes {peak:.0f} MB of 500")


def group_metrics() -> None:
    """Impact ratio of two attributes and their intersection, 100 000 rows: counts against fairlearn on raw rows."""
    import duckdb
    import numpy as np
    from fairlearn.metrics import MetricFrame, selection_rate

    rng = np.random.default_rng(0)
    n = 100_000
    columns = {
        "sex": rng.choice(["f", "m"], n),
        "band": rng.choice(["a", "b", "c", "d"], n),
        "yes": rng.integers(0, 2, n),
    }
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "rows.parquet")
        connection = duckdb.connect()
        lists = {name: values.tolist() for name, values in columns.items()}
        query = "SELECT unnest($sex) AS sex, unnest($band) AS band, unnest($yes) AS yes"
        connection.sql(query, params=lists).write_parquet(path)
        ours, theirs = [], []
        for _ in range(3):
            begun = time.process_time()
            counts = connection.sql(f"SELECT sex, band, yes, count(*) FROM '{path}' GROUP BY ALL").fetchall()
            assert sum(row[3] for row in counts) == n
            ours.append(time.process_time() - begun)
            begun = time.process_time()
            for features in (["sex"], ["band"], ["sex", "band"]):
                groups = {name: columns[name] for name in features}
                frame = MetricFrame(
                    metrics=selection_rate, y_true=columns["yes"], y_pred=columns["yes"], sensitive_features=groups
                )
                assert len(frame.by_group) > 1
            theirs.append(time.process_time() - begun)
    print("\ngroup rates of 100 000 rows, CPU (median of 3), counting first against fairlearn on raw rows")
    print(f"  {statistics.median(theirs) / statistics.median(ours):.0f}x")


def main() -> None:
    """Print every figure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("manifest")
    parser.add_argument("--policy", required=True)
    parser.add_argument("--sign")
    args = parser.parse_args()
    print(f"Python {platform.python_version()}, {os.cpu_count()} CPUs, {platform.system()} {platform.machine()}")
    start_up(args.policy)
    whole_audit(args.manifest, args.policy, args.sign)
    group_metrics()


if __name__ == "__main__":
    main()
