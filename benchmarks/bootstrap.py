"""Group metrics with intervals: cells, kernel and 1000 bootstrap replicates, beside fairlearn on the rows with none.

`python benchmarks/bootstrap.py` makes seeded decisions about 100 000 and 1 000 000 people with four attributes and
computes eight metrics for the 161 groups of the four attributes and their six pairs. It prints how many times as long
fairlearn's MetricFrame takes on the rows: as it is installed, and with the step bypassed that makes it slow (its
wrapper calls `np.stack` on each column, a loop over the rows, for each metric of each group). Ours reads a file by one
GROUP BY of DuckDB, and by the whole engine, which also reads the manifest, takes the digest of the file and looks at
every level first; fairlearn gets arrays that are in memory. Ratios are of CPU seconds, which other work on the machine
touches least; imports are not timed. At 1 000 000 rows fairlearn runs once, since it takes minutes, and as it is
installed for one attribute and one pair only, whose time is multiplied by five: the cost of a grouping is that of its
rows. `--whole` runs all ten. `--write FILE` writes the table there. Nothing here is a test.
"""

from __future__ import annotations

import argparse
import functools
import itertools
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

LEVELS = {"sex": 2, "age_band": 5, "region": 5, "origin": 8}
GROUPINGS = [(name,) for name in LEVELS] + list(itertools.combinations(LEVELS, 2))
TIMES, SEED = 1000, 20261121
REQUIRED = 500
"""Times as long as ours, at a million rows."""


def people(n: int) -> pd.DataFrame:
    random = np.random.default_rng(SEED)
    frame = pd.DataFrame({name: random.integers(0, levels, n) for name, levels in LEVELS.items()})
    good = 0.3 + 0.04 * frame["age_band"] + 0.02 * frame["origin"] + 0.05 * frame["sex"]
    frame["label"] = (random.random(n) < good).astype(int)
    frame["decision"] = (random.random(n) < 0.2 + 0.5 * frame["label"] + 0.01 * frame["region"]).astype(int)
    return frame


def written(folder: Path, frame: pd.DataFrame) -> Path:
    """A subject on disk: the people in Parquet, and what their columns mean."""
    import duckdb

    connection = duckdb.connect()
    connection.register("frame", frame)
    connection.execute(f"COPY (SELECT * FROM frame) TO '{folder / 'test.parquet'}' (FORMAT parquet)").fetchall()
    connection.close()
    columns = {
        "label": {"column": "label", "favourable": 1},
        "decision": {"column": "decision", "favourable": 1},
        "groups": {name: {"column": name} for name in LEVELS},
    }
    manifest = {
        "assay": "manifest/v1",
        "identity": {"id": "m", "name": "M", "version": "1"},
        "data": {"test": {"path": "test.parquet"}},
        "columns": columns,
    }
    (folder / "model.yaml").write_text(yaml.safe_dump(manifest))
    return folder / "model.yaml"


Found = dict[tuple[str, ...], dict[tuple[str, ...], dict[str, float]]]
"""Grouping → group → metric → value."""


Rows = tuple[tuple[str | None, ...], ...]
"""Levels of label, decision and the four attributes, of each cell."""


def counted(manifest: Path) -> tuple[Rows, list[int]]:
    """The cells by one GROUP BY of DuckDB."""
    import duckdb

    level = "CASE WHEN {0} = 1 THEN 'favourable' WHEN {0} = 0 THEN 'unfavourable' END"
    outcomes = ", ".join(level.format(name) for name in ("label", "decision"))
    groups = ", ".join(f"{name}::VARCHAR" for name in LEVELS)
    with duckdb.connect() as connection:
        cells = connection.execute(
            f"SELECT {outcomes}, {groups}, count(*) FROM read_parquet(?) GROUP BY ALL ORDER BY ALL",
            [str(manifest.with_name("test.parquet"))],
        ).fetchall()
    return tuple(row[:-1] for row in cells), [row[-1] for row in cells]


def audited(manifest: Path) -> tuple[Rows, list[int]]:
    """The cells by the engine."""
    from assay.engines.measure import measure
    from assay.evidence.request import DECISION, LABEL
    from assay.evidence.view import SubjectView
    from assay.subject.manifest import load_manifest
    from assay.subject.subject import load_subject

    loaded = load_manifest(manifest)
    (request,) = set(SubjectView(loaded.manifest).cells("test", (LABEL, DECISION), tuple(LEVELS)).values())
    subject = load_subject(loaded, roles=("test",), needs_model=False, trust_model=False)
    cells: Any = measure([request], subject, seed=SEED, progress=lambda *_: None)[request]
    return cells.rows, list(cells.counts)


def ours(manifest: Path, cells: Callable[[Path], tuple[Rows, list[int]]], times: int) -> Found:
    """Cells, eight metrics of each group, and percentile intervals where asked."""
    from assay.stats.bootstrap import of_people, percentile_interval, replicates
    from assay.stats.confusion import grouping, rates

    rows, counts = cells(manifest)
    keys = list(LEVELS)
    grouped = {by: grouping(rows, 0, 1, [2 + keys.index(name) for name in by]) for by in GROUPINGS}
    found: Found = {}
    for by, one in grouped.items():
        computed = rates(one.tables(np.array(counts, dtype=np.float64)))
        found[by] = {
            group: {name: float(values[place]) for name, values in computed.items()}
            for place, group in enumerate(one.groups)
        }
    if times:

        def statistic(amounts: Any) -> Any:
            tables = np.concatenate([one.tables(amounts) for one in grouped.values()], axis=1)
            return np.stack(list(rates(tables).values()), axis=-1)

        made = replicates(of_people(counts, SEED), len(counts), times, statistic)
        assert made.shape == (times, sum(len(one.groups) for one in grouped.values()), 8)
        assert percentile_interval(made, 0.95).shape == (2, *made.shape[1:])
    return found


def fairlearns(frame: pd.DataFrame, groupings: Sequence[tuple[str, ...]] = tuple(GROUPINGS)) -> Found:
    from fairlearn.metrics import (
        MetricFrame,
        false_negative_rate,
        false_positive_rate,
        selection_rate,
        true_negative_rate,
        true_positive_rate,
    )
    from sklearn.metrics import accuracy_score, f1_score, precision_score

    metrics = {
        "selection_rate": selection_rate,
        "true_positive_rate": true_positive_rate,
        "false_positive_rate": false_positive_rate,
        "false_negative_rate": false_negative_rate,
        "true_negative_rate": true_negative_rate,
        "accuracy": accuracy_score,
        "precision": precision_score,
        "f1": f1_score,
    }
    label, decision = frame["label"].to_numpy(), frame["decision"].to_numpy()
    found: Found = {}
    for by in groupings:
        table = MetricFrame(metrics=metrics, y_true=label, y_pred=decision, sensitive_features=frame[list(by)]).by_group
        found[by] = {
            tuple(str(part) for part in (at if isinstance(at, tuple) else (at,))): {
                name: float(value) for name, value in row.items()
            }
            for at, row in table.iterrows()
        }
    return found


@contextmanager
def without_stacking() -> Iterator[None]:
    """fairlearn as it would be if its wrapper took a column of numbers as it is."""
    from fairlearn.metrics._annotated_metric_function import AnnotatedMetricFunction

    def call(self: Any, df: Any) -> Any:
        given = {to: df[name].to_numpy() for to, name in self.kw_argument_mapping.items()}
        return self.func(*(df[name].to_numpy() for name in self.postional_argument_names), **given)

    kept = AnnotatedMetricFunction.__call__
    AnnotatedMetricFunction.__call__ = call
    try:
        yield
    finally:
        AnnotatedMetricFunction.__call__ = kept


def largest_difference(one: Found, other: Found) -> float:
    differences = []
    for by, groups in other.items():
        assert groups.keys() == one[by].keys()
        differences += [abs(value - one[by][group][name]) for group, of in groups.items() for name, value in of.items()]
    return max(differences)


Spent = tuple[float, float]
"""Wall and CPU seconds."""


def timed(work: Callable[[], Found]) -> tuple[Spent, Found]:
    begun, used = time.perf_counter(), time.process_time()
    found = work()
    return (time.perf_counter() - begun, time.process_time() - used), found


def median(times: Sequence[Spent]) -> Spent:
    return statistics.median(wall for wall, _ in times), statistics.median(used for _, used in times)


OURS = {
    "cells": (counted, 0, "one GROUP BY and the kernel, no interval"),
    "replicates": (counted, TIMES, f"one GROUP BY, the kernel and {TIMES} replicates"),
    "engine": (audited, 0, "the whole engine and the kernel, no interval"),
    "engine replicates": (audited, TIMES, f"the whole engine, the kernel and {TIMES} replicates"),
}


def measured(n: int, runs: int, part: Sequence[tuple[str, ...]]) -> tuple[list[str], float]:
    """Lines of the table at n rows, and the ratio of fairlearn, run for `part`, to ours with replicates."""
    frame, times = people(n), len(GROUPINGS) / len(part)
    seconds: dict[str, list[Spent]] = {"fairlearn": [], "bypassed": [], **{name: [] for name in OURS}}
    apart = 0.0
    with tempfile.TemporaryDirectory() as made:
        manifest = written(Path(made), frame)
        fairlearns(frame.head(2000))  # imports
        for cells, replicates, _ in OURS.values():  # and the file in the page cache
            ours(manifest, cells, replicates)
        for _ in range(runs):
            exact: Found = {}
            for name, (cells, replicates, _) in OURS.items():
                several = [timed(functools.partial(ours, manifest, cells, replicates)) for _ in range(3)]
                seconds[name].append(median([spent for spent, _ in several]))
                exact = several[0][1]
            with without_stacking():
                spent, theirs = timed(functools.partial(fairlearns, frame))
            seconds["bypassed"].append(spent)
            apart = max(apart, largest_difference(exact, theirs))
            spent, theirs = timed(functools.partial(fairlearns, frame, part))
            seconds["fairlearn"].append((spent[0] * times, spent[1] * times))
            apart = max(apart, largest_difference(exact, theirs))
    label = f"median of {runs}" if runs > 1 else "one run"
    extrapolated = "" if times == 1 else f"; {times:g} times that of {len(part)} of {len(GROUPINGS)} groupings"
    told = {
        "fairlearn": f"fairlearn on the rows, no interval ({label}{extrapolated})",
        "bypassed": f"the same, its column stacking bypassed ({label})",
        **{name: what for name, (_, _, what) in OURS.items()},
    }
    medians = {name: median(spent) for name, spent in seconds.items()}
    base, engine = (medians[name][1] for name in ("replicates", "engine replicates"))
    lines = [
        f"| {n:,} | {what} | {medians[name][0]:.3f} | {medians[name][1]:.3f} "
        f"| {medians[name][1] / base:,.2f} | {medians[name][1] / engine:,.2f} |"
        for name, what in told.items()
    ]
    print("\n".join(lines), f"\nlargest difference of a metric: {apart:.1e}", flush=True)
    last = f"| {n:,} | largest difference of a metric: {apart:.1e}, required ≤ 1e-12 | | | | |"
    return [*lines, last], medians["fairlearn"][1] / base


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rows", type=int, nargs="*", default=[100_000, 1_000_000])
    options.add_argument("--runs", type=int, default=3, help="below a million rows; from there on one")
    options.add_argument("--whole", action="store_true", help="run fairlearn for all groupings at a million rows too")
    options.add_argument("--write", type=Path, help="a Markdown file for the tables")
    args = options.parse_args()
    names = ("duckdb", "numpy", "fairlearn", "scikit-learn", "pandas")
    machine = f"Python {platform.python_version()}, {', '.join(f'{name} {version(name)}' for name in names)}"
    print(f"{machine}, {os.cpu_count()} CPUs\n")
    lines = [
        "| rows | what | wall s | CPU s | ÷ one GROUP BY with replicates | ÷ whole engine with replicates |",
        "|---|---|---|---|---|---|",
    ]
    for n in args.rows:
        large = n >= 1_000_000
        part = GROUPINGS if args.whole or not large else [("age_band",), ("sex", "origin")]
        more, ratio = measured(n, 1 if large else args.runs, part)
        lines += more
        if large:
            verdict = "met" if ratio >= REQUIRED else "NOT MET"
            lines.append(f"| {n:,} | required of fairlearn as installed: ≥ {REQUIRED} | | | {verdict} | |")
    if args.write:
        args.write.write_text(
            f"# Group metrics with 1000 bootstrap replicates, 2026-11-21\n\nCommand: `python benchmarks/bootstrap.py`. "
            f"{machine}; {os.cpu_count()} cores\nshared with other work (load average about {os.getloadavg()[1]:.0f}), "
            "so that wall seconds say little; the ratios are of CPU seconds.\nEight metrics of the 161 groups of four "
            "attributes and their six pairs. Ours reads a Parquet file; fairlearn gets arrays in\nmemory.\n\n"
            + "\n".join(lines)
            + "\n"
        )


if __name__ == "__main__":
    main()
