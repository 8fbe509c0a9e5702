"""What cells cost: beside a bare scan of the same columns, in memory and time up to a billion rows, and when too many.

`python benchmarks/cells.py` makes Parquet files of seeded rows in a temporary folder: a label, a score and four
attributes of 2 to 9 levels as texts. The cells are those of the four attributes and their six pairs, each with label
and decision (a cut of the score, or a column): all that a check of error rates asks for. The bare scan is one DuckDB
statement that touches every value of the same columns: `SELECT sum(y), sum(p), min(sex), …`. (`count(y)` and `max(y)`
are answered from the file's statistics and read nothing.) 100 and 1000 million rows are the same file listed 10 and
100 times. Each size has a process of its own, whose peak memory is told. The first size is mostly the fixed cost of a
process; whether time is linear is judged by CPU time per row of the two largest, which has to be the same within 20 %
either way. In the last part no two of the 10 million rows share their levels, which are the digits of a number to the
base 26: the row's, multiplied by a prime and taken modulo 26^5, so that neighbours differ in all of them.

Parts: `scan`, `size`, `many`; `--write FILE` writes what came of them. Run it on a quiet machine; nothing here is a
test.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from itertools import combinations
from pathlib import Path

import yaml

from assay.engines.measure import measure
from assay.engines.options import EngineOptions
from assay.errors import AssayError
from assay.evidence.merging import merge
from assay.evidence.request import CellsRequest
from assay.subject.manifest import load_manifest
from assay.subject.subject import load_subject

ROWS, RUNS = 10_000_000, 5
MOST_RATIO, MOST_MEMORY, MOST_BEND = 1.5, 700, 1.2
DISTINCT, SHUFFLE = 10_000_000, 7_654_337
ATTRIBUTES = {"sex": 2, "race": 5, "age_band": 6, "region": 9}
MANY = {"one": 26, "two": 26, "three": 26, "four": 26, "five": 26}
CUT = {"decision": {"from": "score", "favourable": {"at_least": 0.5}}}
COLUMN = {"decision": {"column": "d", "favourable": "yes"}}
SCORED = {"score": {"column": "p", "kind": "probability", "of": 1}}
TEXTS = ", ".join(f"min({name})" for name in ATTRIBUTES)


def make(path: Path, rows: int, levels: dict[str, int], *, each_its_own: bool = False) -> None:
    """The same bytes' worth of rows each time: values come from hashes of the row's number.

    With `each_its_own`, no two rows have the same levels until all combinations are used.
    """
    import duckdb

    digits, below, number = [], 1, f"(i * {SHUFFLE} % {math.prod(levels.values())})"
    for place, count in enumerate(levels.values()):
        digits.append(f"({number} // {below}) % {count}" if each_its_own else f"hash(i * {2 * place + 3}) % {count}")
        below *= count
    texts = ", ".join(f"'{name} ' || ({digit}) AS {name}" for name, digit in zip(levels, digits, strict=True))
    duckdb.sql(
        f"COPY (SELECT (hash(i * 31) % 2)::INTEGER AS y, (hash(i) % 1000003) / 1000003.0 AS p, "
        f"CASE WHEN hash(i * 37) % 3 = 0 THEN 'yes' ELSE 'no' END AS d, {texts} FROM range({rows}) AS t(i)) "
        f"TO '{path}' (FORMAT parquet, COMPRESSION zstd)"
    )


def subject_of(folder: Path, pattern: str, decision: dict[str, object], levels: dict[str, int]):
    manifest = {
        "assay": "manifest/v1",
        "identity": {"id": "m", "name": "M", "version": "1"},
        "data": {"test": {"path": pattern}},
        "columns": {
            "label": {"column": "y", "favourable": 1},
            **decision,
            **SCORED,
            "groups": {name: {"column": name} for name in levels},
        },
    }
    (folder / "model.yaml").write_text(yaml.safe_dump(manifest))
    loaded = load_manifest(folder / "model.yaml")
    return load_subject(loaded, roles=("test",), needs_model=False, trust_model=False)


def requests() -> list[CellsRequest]:
    """Every attribute and every pair of them."""
    groupings = [*((name,) for name in ATTRIBUTES), *combinations(ATTRIBUTES, 2)]
    asked = [CellsRequest("test", ("label", "decision", *(f"group:{name}" for name in each))) for each in groupings]
    return merge(asked)


def quiet(stage: str, done: int, total: int) -> None:
    """Tell nobody."""


def cells(subject, asked, memory: str = "512MB") -> dict:
    return measure(asked, subject, seed=0, progress=quiet, options=EngineOptions(memory_limit=memory))


def timed(work: Callable[[], object]) -> tuple[float, float]:
    wall, used = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - used


def verdict(met: bool) -> str:
    return "met" if met else "NOT MET"


def scan(folder: Path, rows: int) -> list[str]:
    """Cells beside a bare scan, one after the other, several times."""
    import duckdb

    path = folder / "d.parquet"
    connection = duckdb.connect(config={"memory_limit": "512MB"})
    lines = [
        "| cells at "
        + f"{rows:,} rows | bare scan, wall s (CPU s) | cells, wall s (CPU s) | wall ÷ | CPU ÷ | required |",
        "|---|---|---|---|---|---|",
    ]
    for told, decision, number in (("a cut of the score", CUT, "sum(p)"), ("a column", COLUMN, "min(d)")):
        subject, asked = subject_of(folder, "d.parquet", decision, ATTRIBUTES), requests()
        bare = f"SELECT sum(y), {number}, {TEXTS} FROM '{path}'"
        pairs = []
        for _ in range(RUNS + 1):
            scanned = timed(lambda bare=bare: connection.execute(bare).fetchall())
            pairs.append((scanned, timed(lambda subject=subject, asked=asked: cells(subject, asked))))
        times = [[statistics.median(pair[which][unit] for pair in pairs[1:]) for unit in (0, 1)] for which in (0, 1)]
        wall, used = (times[1][unit] / times[0][unit] for unit in (0, 1))
        lines.append(
            f"| decision: {told} | {times[0][0]:.2f} ({times[0][1]:.2f}) | {times[1][0]:.2f} ({times[1][1]:.2f}) "
            f"| {wall:.2f} | {used:.2f} | ≤ {MOST_RATIO}: {verdict(wall <= MOST_RATIO)} |"
        )
    return lines


def alone(folder: Path, pattern: str, memory: str, what: str) -> dict[str, float | str]:
    """A process of its own: seconds, peak memory in MB, and what came of it."""
    made = subprocess.run(
        [sys.executable, __file__, "--child", str(folder), pattern, memory, what],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if made.returncode:
        return {"said": f"killed: {made.returncode} {made.stderr[-200:]}", "wall": 0.0, "cpu": 0.0, "memory": 0.0}
    return json.loads(made.stdout)


def child(folder: Path, pattern: str, memory: str, what: str) -> None:
    many = what == "many"
    subject = subject_of(folder, pattern, CUT, MANY if many else ATTRIBUTES)
    asked = [CellsRequest("test", tuple(f"group:{name}" for name in MANY))] if many else requests()
    found: dict = {}
    said = ""

    def work() -> None:
        nonlocal said
        try:
            found.update(cells(subject, asked, memory))
            said = f"{next(iter(found.values())).total:,} people in {len(found)} tables"
        except AssayError as error:
            said = f"refused: {error.what}"

    wall, used = timed(work)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"said": said, "wall": wall, "cpu": used, "memory": peak}))


def size(folder: Path, rows: int, times: list[int]) -> list[str]:
    """Peak memory and time, the same file listed more and more often."""
    lines = ["| rows | wall s | CPU s | CPU µs per row | peak MB | required |", "|---|---|---|---|---|---|"]
    costs: list[float] = []
    for count in times:
        below = folder / f"times{count}"
        below.mkdir()
        for place in range(count):
            (below / f"{place:03d}.parquet").symlink_to(folder / "d.parquet")
        found = alone(folder, f"times{count}/*.parquet", "512MB", "size")
        told = verdict(float(found["memory"]) <= MOST_MEMORY and "people" in str(found["said"]))
        costs.append(float(found["cpu"]) / (rows * count) * 1e6)
        lines.append(
            f"| {rows * count:,} | {found['wall']:.1f} | {found['cpu']:.1f} | {costs[-1]:.4f} | {found['memory']:.0f} "
            f"| ≤ {MOST_MEMORY} MB: {told} |"
        )
        print(lines[-1], found["said"], file=sys.stderr, flush=True)
    if len(costs) > 1 and costs[-2]:
        bend = costs[-1] / costs[-2]
        told = verdict(1 / MOST_BEND <= bend <= MOST_BEND)
        lines += [
            "",
            f"CPU time per row, {rows * times[-1]:,} ÷ {rows * times[-2]:,} rows: {bend:.2f}, required within "
            f"{1 / MOST_BEND:.2f} to {MOST_BEND:.2f}: {told}. The first size is mostly fixed cost.",
        ]
    return lines


def many(folder: Path, rows: int) -> list[str]:
    """Ten million distinct cells, or as many as there are rows, under a small limit: refused, never killed."""
    import duckdb

    path = folder / "many.parquet"
    make(path, rows, MANY, each_its_own=True)
    listed = ", ".join(MANY)
    ((distinct,),) = duckdb.sql(f"SELECT count(*) FROM (SELECT DISTINCT {listed} FROM '{path}')").fetchall()
    found = alone(folder, "many.parquet", "256MB", "many")
    told = verdict(distinct >= min(rows, DISTINCT) and not str(found["said"]).startswith("killed"))
    return [
        f"| {distinct:,} distinct cells of five attributes with 26 levels, under a limit of 256 MB | wall s | peak MB "
        "| required |",
        "|---|---|---|---|",
        f"| {found['said']} | {found['wall']:.1f} | {found['memory']:.0f} "
        f"| finishes or refuses, never killed: {told} |",
    ]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("parts", nargs="*", default=["scan", "size", "many"], help="scan, size, many (default: all)")
    options.add_argument("--rows", type=int, default=ROWS, help="of one file")
    options.add_argument("--times", type=int, nargs="*", default=[1, 10, 100], help="how often the file is listed")
    options.add_argument("--write", type=Path, help="a Markdown file for the tables")
    options.add_argument("--child", nargs=4, metavar=("FOLDER", "PATTERN", "MEMORY", "WHAT"), help=argparse.SUPPRESS)
    args = options.parse_args()
    if args.child:
        folder, pattern, memory, what = args.child
        child(Path(folder), pattern, memory, what)
        return
    parts: list[list[str]] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make(folder / "d.parquet", args.rows, ATTRIBUTES)
        if "scan" in args.parts:
            parts.append(scan(folder, args.rows))
        if "size" in args.parts:
            parts.append(size(folder, args.rows, args.times))
        if "many" in args.parts:
            parts.append(many(folder, args.rows))
    table = "\n\n".join("\n".join(part) for part in parts)
    print(table)
    if args.write:
        machine = f"Python {platform.python_version()}, DuckDB {version('duckdb')}, narwhals {version('narwhals')}"
        load = os.getloadavg()[1]
        args.write.write_text(
            f"# Cells, 2026-11-21\n\nCommand: `python benchmarks/cells.py`. {machine}; {os.cpu_count()} cores\n"
            f"shared with other work (load average about {load:.0f}), so that wall seconds say little by themselves:\n"
            "read the ratios of CPU seconds. The bare scan is `SELECT sum(y), sum(p), min(sex), …`: it touches every\n"
            f"value of the columns. Medians of {RUNS}, in turn; sizes are one run each.\n\n{table}\n",
            encoding="utf-8",
        )


if __name__ == "__main__":
    main()
