"""How often each drift control raises a false alarm, and how often it sees a shift: simulated, with a seed.

    python benchmarks/drift.py [--runs 1000] [--jobs 2] [--out benchmarks/results/<day>-drift.md]

Nothing is read. Two samples of one distribution go through the very functions that the checks call. Where a check sees
counts alone, the counts are drawn and not the rows: at fixed values or categories those of n rows are a multinomial
number, whatever order the rows had; of values without ties the ranks of one sample are every subset of all ranks with
the same chance, whatever the continuous distribution is. So both have the law that counts of drawn rows have. Rows are
drawn for the domain classifier only, which needs them. p-values are of 199 tables drawn without drift instead of 9 999:
the found table has each place among k + 1 with the same chance, so that the share of p-values up to 0.05 is the same
for every k of which 20 divides k + 1. Every 100 runs have a seed of their own.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
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
from assay.stats import null_tables
from assay.stats.distance import OffBy
from assay.stats.null_tables import without_drift
from assay.stats.proportion import clopper_pearson
from assay.stats.psi import psi, psi_interval
from assay.stats.significance import holm
from assay.stats.two_samples import EXACT, association, ks, ks_p_value, wasserstein_interval
from assay.subject.inputs import Input

null_tables.TABLES = null_tables.FEWER = 199
ALPHA, AT_ONCE = 0.05, 100
SIZES = ((200, 200), (1_000, 1_000), (10_000, 10_000), (100_000, 100_000), (10**6, 10**6), (200, 10**5), (10**5, 200))
SMALL = ((200, 200), (200, 10_000), (10_000, 10_000))
LARGE = tuple(each for each in SIZES if each not in SMALL)
NO_TIES = (*SIZES[:4], *SIZES[5:])
VALUES = 10_000
GRID = stats.norm.ppf((np.arange(VALUES) + 0.5) / VALUES)
EVEN = np.full(10, 0.1)
ZIPF = (1 / np.arange(1, 51)) / (1 / np.arange(1, 51)).sum()
RARE = np.array([0.003, 0.997])
Counts = tuple[np.ndarray, np.ndarray]
Alarms = Callable[[np.random.Generator, int, int], tuple[bool, ...]]


@dataclass(frozen=True)
class Column:
    """What is drawn, what decides on it, and at which sizes it is simulated."""

    name: str
    controls: tuple[str, ...]
    alarms: Alarms
    """Of each control."""
    sizes: Sequence[tuple[int, int]] = SIZES
    times: int = 1
    """How many times the usual runs: more where a run is cheap."""


def shares(shift: float) -> np.ndarray:
    """Of a normal number at the values of the grid."""
    edges = stats.norm.cdf(np.concatenate([[-np.inf], (GRID[1:] + GRID[:-1]) / 2, [np.inf]]) - shift)
    return np.diff(edges) / np.diff(edges).sum()


SAME, SHIFTED = shares(0.0), shares(0.25)


def tied(random: np.random.Generator, n: int, m: int) -> Counts:
    return random.multinomial(n, EVEN), random.multinomial(m, EVEN)


def ranks(random: np.random.Generator, n: int, m: int) -> Counts:
    """Without ties: who stands at each of the n + m ranks."""
    own = np.zeros(n + m, dtype=np.int64)
    own[random.choice(n + m, n, replace=False, shuffle=False)] = 1
    return own, 1 - own


def categories(random: np.random.Generator, n: int, m: int, levels: np.ndarray) -> tuple[list[int], list[int]]:
    return random.multinomial(n, levels).tolist(), random.multinomial(m, levels).tolist()


def scores(counts: np.ndarray) -> Scores:
    held = counts > 0
    return Scores(
        np.flatnonzero(held).astype(float),
        counts[held],
        np.zeros(held.sum(), np.int64),
        0,
        0,
        "y = 1",
        probability=False,
    )


def psi_p_value(counts: Sequence[int], against: Sequence[int], gaps: Sequence[int] | None = None) -> float:
    found = psi(counts, against)
    return without_drift(counts, against, gaps, found.value).p_value(found.value) if found.bins > 1 else 1.0


def psi_lies_above(counts: Sequence[int], against: Sequence[int], threshold: float = 0.10) -> bool:
    found = psi(counts, against)
    return found.bins > 1 and psi_interval(found, 1 - ALPHA).low > threshold


def psi_of_ranks(random: np.random.Generator, n: int, m: int) -> tuple[bool, ...]:
    return of_scores(*ranks(random, n, m))


def of_scores(counts: np.ndarray, against: np.ndarray) -> tuple[bool, bool]:
    """By the null, and by the interval."""
    table = drift._of_scores(scores(counts), scores(against), 10)
    p_value = psi_p_value(table.counts, table.against, table.gaps)
    return p_value <= ALPHA, psi_lies_above(table.counts, table.against)


def psi_of_categories(levels: np.ndarray) -> Alarms:
    def alarms(random: np.random.Generator, n: int, m: int) -> tuple[bool, ...]:
        drawn = categories(random, n, m, levels)
        return psi_p_value(*drawn) <= ALPHA, psi_lies_above(*drawn)

    return alarms


def interval_of_psi(levels: np.ndarray) -> Alarms:
    return lambda random, n, m: (psi_lies_above(*categories(random, n, m, levels)),)


KNOWN: dict[tuple[float, int, int], float] = {}


def of_distance(value: float, counts: np.ndarray, against: np.ndarray) -> float:
    """The p-value of the check, which depends on the distance and the sizes alone: computed once for each."""
    key = value, int(counts.sum()), int(against.sum())
    if key not in KNOWN:
        if max(key[1:]) > EXACT:
            counts, against = np.array([key[1]]), np.array([key[2]])  # of which the law for many rows takes the sums
        KNOWN[key] = ks_p_value(value, counts, against)
    return KNOWN[key]


def of_steps(counts: np.ndarray, against: np.ndarray) -> tuple[bool, bool]:
    """By the p-value of the greatest distance, and by its interval."""
    places = np.arange(len(counts))
    value = ks(places, places, counts, against).value
    above = OffBy((int(counts.sum()), int(against.sum()))).around(value)(1 - ALPHA).low > 0.10
    return of_distance(value, counts, against) <= ALPHA, above


def ks_of(drawn: Callable[[np.random.Generator, int, int], Counts]) -> Alarms:
    return lambda random, n, m: of_steps(*drawn(random, n, m))


def number(own: np.ndarray = SAME, least: float = 0.0) -> Alarms:
    """Of one draw the index, the greatest distance, and whether rows have moved by more than `least`."""

    def alarms(random: np.random.Generator, n: int, m: int) -> tuple[bool, ...]:
        drawn = random.multinomial(n, own), random.multinomial(m, SAME)
        far = wasserstein_interval(GRID, GRID, *drawn, 1.0)(1 - ALPHA).low > least
        return *of_scores(*drawn), *of_steps(*drawn), far

    return alarms


def chi_square(levels: np.ndarray) -> Alarms:
    def alarms(random: np.random.Generator, n: int, m: int) -> tuple[bool, ...]:
        found = association(*categories(random, n, m, levels))
        return (False, False) if found is None else (found.p_value <= ALPHA, found.interval(1 - ALPHA).low > 0.10)

    return alarms


def ten_indices(random: np.random.Generator, n: int, m: int) -> tuple[bool, ...]:
    """Ten columns at once, as the check adjusts them."""
    p_values = [psi_p_value(*categories(random, n, m, EVEN)) for _ in range(10)]
    return (min(holm(p_values, 10)) <= ALPHA,)


def ten_shifts(random: np.random.Generator, n: int, m: int) -> tuple[bool, ...]:
    """Five numbers and five categories at once."""
    p_values = []
    for _ in range(5):
        counts, against = ranks(random, n, m)
        places = np.arange(n + m)
        p_values.append(of_distance(ks(places, places, counts, against).value, counts, against))
        found = association(*categories(random, n, m, EVEN))
        p_values.append(found.p_value if found else 1.0)
    return (min(holm(p_values, 10)) <= ALPHA,)


def classifier(random: np.random.Generator, n: int, m: int) -> tuple[bool, ...]:
    """Four numbers and a category of five values, all without meaning: together, and each of the five adjusted."""
    rows = n + m
    inputs = [Input(f"x{place}", random.normal(size=rows)) for place in range(4)]
    inputs.append(Input("c", random.integers(0, 5, rows).astype(np.int32), tuple("abcde")))
    levels = ["test"] * n + ["train"] * m
    attribute = attribute_of(DATASETS, levels)
    strata = strata_of(levels, attribute)
    told = [one for of in (*inputs, None) for one in told_by(of, inputs, DATASETS, strata)]
    found = Proxies(tuple(each.name for each in inputs), (attribute,), rows, rows, tuple(told))
    *single, joint = (_p_value(area.auc) if area.auc else 1.0 for area in areas(found, "test", "dataset"))
    return joint <= ALPHA, min(single) * len(single) <= ALPHA


BY_NULL, ABOVE = "PSI by its null", "PSI, interval above 0.10"
KS, KS_ABOVE, CHI, V_ABOVE = "KS", "KS, interval above 0.10", "chi-square", "V, interval above 0.10"
CLASSIFIER = ("domain classifier, all inputs", "domain classifier, any of 5 inputs")
MOVED, MOVED_FAR = "Wasserstein, interval above 0", "Wasserstein, interval above 0.10"
COLUMNS = (
    Column("no ties", (BY_NULL, ABOVE), psi_of_ranks, NO_TIES[:3], 4),
    Column("no ties", (BY_NULL, ABOVE), psi_of_ranks, NO_TIES[3:]),
    Column("10 equal categories", (BY_NULL, ABOVE), psi_of_categories(EVEN), SIZES, 4),
    Column("50 categories, 1/k", (BY_NULL, ABOVE), psi_of_categories(ZIPF), SMALL, 2),
    Column("50 categories, 1/k", (ABOVE,), interval_of_psi(ZIPF), LARGE, 4),
    Column("a category of 0.3 %", (BY_NULL, ABOVE), psi_of_categories(RARE), SMALL, 4),
    Column("10 columns of 10 categories", ("PSI by its null, any of 10",), ten_indices, ((1_000, 1_000),)),
    Column("no ties", (KS, KS_ABOVE), ks_of(ranks), NO_TIES[:3], 4),
    Column("no ties", (KS, KS_ABOVE), ks_of(ranks), NO_TIES[3:]),
    Column("10 tied values", (KS, KS_ABOVE), ks_of(tied), SIZES, 4),
    Column("10 equal categories", (CHI, V_ABOVE), chi_square(EVEN), SIZES, 10),
    Column("50 categories, 1/k", (CHI, V_ABOVE), chi_square(ZIPF), SIZES, 2),
    Column("a category of 0.3 %", (CHI, V_ABOVE), chi_square(RARE), SIZES, 4),
    Column("5 numbers, 5 categories", ("KS and chi-square, any of 10",), ten_shifts, ((1_000, 1_000),)),
    Column("10,000 values", (BY_NULL, ABOVE, KS, KS_ABOVE, MOVED), number(), SIZES),
    Column("4 numbers, 1 category", CLASSIFIER, classifier, ((200, 200), (2_000, 2_000))),
)
SEEN = (Column("10,000 values", (BY_NULL, ABOVE, KS, KS_ABOVE, MOVED_FAR), number(SHIFTED, 0.10), ((10_000, 10_000),)),)
"""In which something is to be seen."""


Task = tuple[int, int, int, int, int, int, int]
"""Of which table, the place in it, both sizes, runs, which hundred of them, seed."""


def alarms_of(task: Task) -> tuple[int, ...]:
    """How often each control of a column raises an alarm."""
    table, place, n, m, runs, part, seed = task
    column, random = (COLUMNS, SEEN)[table][place], np.random.default_rng([seed, table, place, n, m, part])
    return tuple(np.sum([column.alarms(random, n, m) for _ in range(runs)], axis=0).tolist())


Line = tuple[str, str, int, int, int, int]
"""Control, column, both sizes, runs and alarms."""


def simulated(runs: int, seed: int, jobs: int) -> Iterator[tuple[int, Line]]:
    """The lines of both tables, each with the number of its table."""
    lines = [
        (table, place, *sizes, runs * column.times)
        for table, columns in reversed(list(enumerate((COLUMNS, SEEN))))
        for place, column in enumerate(columns)
        for sizes in column.sizes
    ]
    with ProcessPoolExecutor(jobs) as workers:

        def begun(line: tuple[int, ...], first: int, last: int) -> list[Future[tuple[int, ...]]]:
            return [
                workers.submit(alarms_of, (*line[:4], min(AT_ONCE, last - begin), -(-begin // AT_ONCE), seed))
                for begin in range(first, last, AT_ONCE)
            ]

        for line, futures in [(line, begun(line, 0, line[4])) for line in lines]:
            table, place, n, m, times = line
            column = (COLUMNS, SEEN)[table][place]
            found = np.sum([future.result() for future in futures], axis=0)
            if not table and any(beyond(alarms, times) for alarms in found.tolist()):
                found = found + np.sum([future.result() for future in begun(line, times, 10 * times)], axis=0)
                times *= 10
            told = f"{column.name}, {n} / {m}, {column.controls}: {found.tolist()} of {times}"
            print(told, file=sys.stderr, flush=True)
            for control, alarms in zip(column.controls, found.tolist(), strict=True):
                yield table, (control, column.name, n, m, times, alarms)


def beyond(alarms: int, times: int) -> bool:
    """Whether the rate is shown to lie above the level."""
    return bool(clopper_pearson(alarms, times, 0.98)[0] > ALPHA)


def report(runs: int, seed: int, jobs: int) -> tuple[str, bool]:
    """The tables, and whether no alarm rate is shown to lie above the level and every shift is seen."""
    lines = [
        "# False alarms of the drift controls, and what they see",
        "",
        f"Command: `python benchmarks/drift.py --runs {runs}`, seed {seed}. Two samples of one distribution, n rows in "
        f"`data` and m in `against`; an alarm is a p-value of at most {ALPHA:g}, adjusted where there are several "
        "columns, or an interval wholly above the threshold. A rate is beyond its level where its exact one-sided 99 % "
        "limit is; a line that is so is simulated on, to ten times the runs, and judged by all of them.",
        "",
        "| control | column | n | m | runs | alarms | rate | 99 % limit | level held |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    made, well = list(simulated(runs, seed, jobs)), True
    for _, (control, column, n, m, times, alarms) in sorted(line for line in made if not line[0]):
        well &= not beyond(alarms, times)
        rate = f"{alarms:,} | {alarms / times:.4f} | {clopper_pearson(alarms, times, 0.98)[0]:.4f}"
        rate += f" | {'NO' if beyond(alarms, times) else 'yes'}"
        lines.append(f"| {control} | {column} | {n:,} | {m:,} | {times:,} | {rate} |")
    lines += [
        "",
        "## A shift of 0.25 standard deviations",
        "",
        "A normal number of 10,000 values, seen where the index or the distance lies above what it is without drift, "
        "or the interval above the threshold.",
        "",
        "| control | n | m | runs | seen | share |",
        "|---|---|---|---|---|---|",
    ]
    for _, (control, _, n, m, times, alarms) in (line for line in made if line[0]):
        well &= alarms >= 0.99 * times or "above" in control
        lines.append(f"| {control} | {n:,} | {m:,} | {times:,} | {alarms:,} | {alarms / times:.4f} |")
    return "\n".join([*lines, ""]), well


def main() -> int:
    """Simulate, write the tables, and fail where a level is not held."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=20261122)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    text, well = report(given.runs, given.seed, given.jobs)
    if given.out:
        given.out.write_text(text)
    else:
        print(text)
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
