"""How often each drift control raises a false alarm, and how often it sees a shift: simulated, with a seed.

    python benchmarks/drift.py [--runs 1000] [--out benchmarks/results/<day>-drift.md]

Nothing is read: the counts of two samples at 10 000 values, or at categories, are drawn as multinomial numbers, and go
through the very functions that the checks call. Rows are drawn only for the domain classifier, which needs them.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy import stats

from assay.checks.data import drift
from assay.checks.data.domain_classifier import _p_value
from assay.checks.told import areas
from assay.engines.embedded.domains import DATASETS
from assay.engines.embedded.proxies import attribute_of, strata_of, told_by
from assay.evidence.proxies import Proxies
from assay.evidence.scores import Scores
from assay.stats.null_tables import without_drift
from assay.stats.proportion import clopper_pearson
from assay.stats.psi import psi, psi_interval
from assay.stats.two_samples import association, ks, ks_p_value
from assay.subject.inputs import Input

ALPHA = 0.05
SIZES = ((200, 200), (1_000, 1_000), (10_000, 10_000), (100_000, 100_000), (10**6, 10**6), (200, 10**5), (10**5, 200))
VALUES = 10_000
GRID = stats.norm.ppf((np.arange(VALUES) + 0.5) / VALUES)
EVEN = np.full(10, 0.1)
ZIPF = (1 / np.arange(1, 51)) / (1 / np.arange(1, 51)).sum()
RARE = np.array([0.003, 0.997])
Alarm = Callable[[np.random.Generator, int, int], bool]


@dataclass(frozen=True)
class Control:
    """What decides, on what, and at which sizes it is simulated."""

    name: str
    column: str
    alarm: Alarm
    sizes: Sequence[tuple[int, int]] = SIZES
    times: float = 1.0
    """How many times the usual runs: more where a run is cheap."""


def shares(shift: float) -> np.ndarray:
    """Of a normal number at the values of the grid."""
    edges = stats.norm.cdf(np.concatenate([[-np.inf], (GRID[1:] + GRID[:-1]) / 2, [np.inf]]) - shift)
    return np.diff(edges) / np.diff(edges).sum()


SAME, SHIFTED = shares(0.0), shares(0.25)


def numbers(random: np.random.Generator, n: int, m: int, own: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return random.multinomial(n, own), random.multinomial(m, SAME)


def scores(counts: np.ndarray) -> Scores:
    held = counts > 0
    return Scores(GRID[held], counts[held], np.zeros(held.sum(), np.int64), 0, 0, "y = 1", probability=False)


def psi_of_numbers(by_null: bool, own: np.ndarray = SAME) -> Alarm:
    def alarm(random: np.random.Generator, n: int, m: int) -> bool:
        table = drift._of_scores(*map(scores, numbers(random, n, m, own)), 10)
        found = psi(table.counts, table.against)
        if not by_null:
            return psi_interval(found, 1 - ALPHA).low > 0.10
        return without_drift(table.counts, table.against, table.gaps, found.value).p_value(found.value) <= ALPHA

    return alarm


def psi_of_categories(levels: np.ndarray, by_null: bool) -> Alarm:
    def alarm(random: np.random.Generator, n: int, m: int) -> bool:
        counts, against = (random.multinomial(size, levels).tolist() for size in (n, m))
        found = psi(counts, against)
        if found.bins < 2:
            return False
        if not by_null:
            return psi_interval(found, 1 - ALPHA).low > 0.10
        return without_drift(counts, against, found=found.value).p_value(found.value) <= ALPHA

    return alarm


def ks_of(values: int, own: np.ndarray = SAME) -> Alarm:
    def alarm(random: np.random.Generator, n: int, m: int) -> bool:
        counts, against = (each.reshape(values, -1).sum(axis=1) for each in numbers(random, n, m, own))
        held = counts + against > 0
        places, counts, against = np.arange(values)[held], counts[held], against[held]
        return ks_p_value(ks(places, places, counts, against).value, counts, against) <= ALPHA

    return alarm


def chi_square(levels: np.ndarray) -> Alarm:
    def alarm(random: np.random.Generator, n: int, m: int) -> bool:
        found = association(*(random.multinomial(size, levels).tolist() for size in (n, m)))
        return found is not None and found.p_value <= ALPHA

    return alarm


def classifier(random: np.random.Generator, n: int, m: int) -> bool:
    """Four numbers and a category of five values, all without meaning."""
    rows = n + m
    inputs = [Input(f"x{place}", random.normal(size=rows)) for place in range(4)]
    inputs.append(Input("c", random.integers(0, 5, rows).astype(np.int32), tuple("abcde")))
    levels = ["test"] * n + ["train"] * m
    attribute = attribute_of(DATASETS, levels)
    told = told_by(None, inputs, DATASETS, strata_of(levels, attribute))
    found = Proxies((), (attribute,), rows, rows, tuple(told))
    (area,) = areas(found, "test", "dataset")
    return area.auc is not None and _p_value(area.auc) <= ALPHA


SMALL = ((200, 200), (200, 10_000), (10_000, 10_000))
CONTROLS = (
    Control("PSI by its null", "normal, 10 quantiles", psi_of_numbers(by_null=True)),
    Control("PSI by its null", "10 equal categories", psi_of_categories(EVEN, by_null=True)),
    Control("PSI by its null", "50 categories, 1/k", psi_of_categories(ZIPF, by_null=True), SMALL, 0.3),
    Control("PSI by its null", "a category of 0.3 %", psi_of_categories(RARE, by_null=True), SMALL),
    Control("PSI, interval above 0.10", "normal, 10 quantiles", psi_of_numbers(by_null=False), SIZES, 5),
    Control("PSI, interval above 0.10", "50 categories, 1/k", psi_of_categories(ZIPF, by_null=False), SIZES, 5),
    Control("KS", "normal", ks_of(VALUES), SIZES, 5),
    Control("KS", "10 tied values", ks_of(10), SIZES, 5),
    Control("chi-square", "10 equal categories", chi_square(EVEN), SIZES, 5),
    Control("chi-square", "50 categories, 1/k", chi_square(ZIPF), SIZES, 0.3),
    Control("chi-square", "a category of 0.3 %", chi_square(RARE)),
    Control("domain classifier", "4 numbers, 1 category", classifier, ((200, 200), (2_000, 2_000)), 0.3),
)
SEEN = (
    Control("PSI by its null", "normal, 10 quantiles", psi_of_numbers(by_null=True, own=SHIFTED), ((10_000, 10_000),)),
    Control("KS", "normal", ks_of(VALUES, SHIFTED), ((10_000, 10_000),)),
    Control("PSI, interval above 0.10", "normal, 10 quantiles", psi_of_numbers(False, SHIFTED), ((10_000, 10_000),)),
)


def simulated(controls: Sequence[Control], runs: int, seed: int) -> Iterator[tuple[Control, int, int, int, int]]:
    """Control, sizes, runs and alarms; every line has a seed of its own."""
    for place, control in enumerate(controls):
        for at, (n, m) in enumerate(control.sizes):
            random, times, begun = (
                np.random.default_rng([seed, place, at]),
                round(runs * control.times),
                time.monotonic(),
            )
            alarms = sum(control.alarm(random, n, m) for _ in range(times))
            told = f"{control.name}, {control.column}, {n} / {m}: {alarms} of {times}"
            print(f"{told} in {time.monotonic() - begun:.0f} s", file=sys.stderr, flush=True)
            yield control, n, m, times, alarms


def report(runs: int, seed: int) -> tuple[str, bool]:
    """The tables, and whether no alarm rate is shown to lie above the level and every shift is seen."""
    lines = [
        "# False alarms of the drift controls, and what they see",
        "",
        f"Command: `python benchmarks/drift.py --runs {runs}`, seed {seed}. Two samples of one distribution, n rows in "
        f"`data` and m in `against`; an alarm is a p-value of at most {ALPHA:g}, or an interval wholly above the "
        "threshold. "
        "A rate is beyond its level where its exact one-sided 99 % limit is.",
        "",
        "| control | column | n | m | runs | alarms | rate | 99 % limit | level held |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    well = True
    for control, n, m, times, alarms in simulated(CONTROLS, runs, seed):
        low = clopper_pearson(alarms, times, 0.98)[0]
        well &= low <= ALPHA
        rate = f"{alarms} | {alarms / times:.3f} | {low:.3f} | {'yes' if low <= ALPHA else 'NO'}"
        lines.append(f"| {control.name} | {control.column} | {n:,} | {m:,} | {times:,} | {rate} |")
    lines += [
        "",
        "## A shift of 0.25 standard deviations",
        "",
        "A normal number, seen where the index or the distance lies above what it is without drift.",
        "",
        "| control | n | m | runs | seen | share |",
        "|---|---|---|---|---|---|",
    ]
    for control, n, m, times, alarms in simulated(SEEN, runs, seed + 1):
        well &= alarms >= 0.99 * times or "interval" in control.name
        lines.append(f"| {control.name} | {n:,} | {m:,} | {times:,} | {alarms:,} | {alarms / times:.3f} |")
    return "\n".join([*lines, ""]), well


def main() -> int:
    """Simulate, write the tables, and fail where a level is not held."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=20261121)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    text, well = report(given.runs, given.seed)
    if given.out:
        given.out.write_text(text)
    else:
        print(text)
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
