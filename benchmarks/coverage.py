"""How often the intervals hold the truth, and how often a verdict is wrong where the truth is known.

`python benchmarks/coverage.py` prints the tables of docs/statistics.md; `--write FILE` writes them. Where there
are one or two rates only, the probability of every outcome is known, and coverage and power are summed over all
outcomes: exact, without replicates. The rest is drawn, with a stated seed, and told with its Monte-Carlo error. The
limits come from assay.stats; benchmarks/decisions.py combines them for whole arrays at once, and
tests/stats/test_error_rates.py shows that the outcome is that of the decision path itself. Nothing here is a test.
"""

from __future__ import annotations

import argparse
import platform
import time
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path

import numpy as np
from decisions import CONFIDENCE, MINIMUM, THRESHOLD, interval, outcomes
from intervals import SIZES, Row, drawn_rows, likely, one_rate, two_rates, usual_intervals

SEED = 20261121
TARGET = (0.94, 0.96)


def error_table(random: np.random.Generator, times: int, reference: str, ratio: float, sizes: Sequence[int],
                rates: Sequence[float]) -> Iterator[tuple[int, int, list[float]]]:  # fmt: skip
    """Groups, people in each, and the share of `fail` for each rate of all groups but one, whose rate is lower."""
    for k in (2, 3, 5, 10, 20):
        for n in sizes:
            found = []
            for rate in rates:
                truth = np.full(k, rate)
                truth[0] *= ratio
                fails, _ = outcomes(random.binomial(n, truth, (times, k)), [n] * k, reference)
                found.append(float(fails.mean()))
            yield k, n, found


def unequal(random: np.random.Generator, times: int) -> Iterator[tuple[str, list[float]]]:
    """The share of `fail` where one group is much smaller than the others, whose rate is 0.1, 0.3, 0.5 or 0.7."""
    for first in (10, 20, 50):
        for k in (2, 5, 10):
            for reference in ("highest", "fixed"):
                for ratio in (1.0, THRESHOLD):
                    shares = []
                    for rate in (0.1, 0.3, 0.5, 0.7):
                        truth = np.full(k, rate)
                        truth[0] *= ratio
                        sizes = [first] + [2000] * (k - 1)
                        fails, _ = outcomes(random.binomial(sizes, truth, (times, k)), sizes, reference)
                        shares.append(float(fails.mean()))
                    yield f"{first} beside {k - 1} of 2000, {reference}, its ratio {ratio:g}", shares


def three_way(n: int, m: int, rate: float, ratio: float, sides: str) -> tuple[float, float, float]:
    """Probability of pass and fail of one group against a fixed reference, and that the point estimate fails."""
    most = 1 / THRESHOLD if sides == "two" else np.inf
    (x, of_x), (y, of_y) = likely(n, ratio * rate), likely(m, rate)
    low, high = interval("ratio", x[:, None], n, y[None, :], m, CONFIDENCE, False)
    value = (x[:, None] / n) / np.maximum(y[None, :] / m, 1e-300)
    passes, fails = (low >= THRESHOLD) & (high <= most), (high < THRESHOLD) | (low > most)
    point = (value < THRESHOLD - 1e-12) | (value > most + 1e-12)
    return tuple(float(of_x @ each @ of_y) for each in (passes, fails, point))  # type: ignore[return-value]


def needed(rate: float, ratio: float, sides: str, power: float = 0.8, times: int = 5) -> int:
    """The least n from which a group passes with that power; the reference has `times` as many."""

    def enough(n: int) -> bool:
        return three_way(n, times * n, rate, ratio, sides)[0] >= power

    least, most = MINIMUM, MINIMUM
    while not enough(most):
        least, most = most, most * 2
    while most - least > max(most // 200, 1):
        middle = (least + most) // 2
        least, most = (least, middle) if enough(middle) else (middle, most)
    return most


def no_disparity(random: np.random.Generator, times: int) -> Iterator[tuple[int, int, list[float]]]:
    """Groups, people in each; the point rule fails, any fail without and with the correction, all shown to pass."""
    for k, n in ((5, 200), (10, 100), (20, 500)):
        x = random.binomial(n, 0.3, (times, k))
        point = 5 * x.min(axis=1) < 4 * x.max(axis=1)
        alone, _ = outcomes(x, [n] * k, "fixed", corrected=False)
        fixed, passed = outcomes(x, [n] * k, "fixed")
        highest, all_passed = outcomes(x, [n] * k, "highest")
        yield k, n, [float(each.mean()) for each in (point, alone, fixed, passed, highest, all_passed)]


def share(value: float | None) -> str:
    return "" if value is None else f"{value:.2%}"


def coverage_table(name: str, rows: Sequence[Row], least_only: bool) -> list[str]:
    """A line about all settings that are not small, and one about the small ones."""
    low, high = TARGET if not least_only else (CONFIDENCE, 1.0)

    def told(values: list[float]) -> str:
        outside = sum(not low <= each <= high for each in values)
        return f"{share(min(values))} – {share(max(values))} | {outside}" if values else "|"

    lines = []
    for kind, small in (("not small", False), ("small", True)):
        mine = [row for row in rows if row[1] is small]
        if mine:
            here, near = [row[2] for row in mine], [row[3] for row in mine if row[3] is not None]
            error = max(row[4] for row in mine)
            lines.append(f"| {name} | {kind} | {len(mine)} | {told(here)} | {told(near)} | {error} |")
    return lines


def settings_table(name: str, rows: Sequence[Row]) -> list[str]:
    lines = [
        f"### {name}",
        "",
        "| setting | small | coverage | mean near there | Monte-Carlo s.e. |",
        "|---|---|---|---|---|",
    ]
    lines += [f"| {s} | {'small' if few else ''} | {share(a)} | {share(b)} | {e} |" for s, few, a, b, e in rows]
    return [*lines, ""]


def percent(values: Sequence[float]) -> str:
    return " | ".join(f"{100 * value:.2f}" for value in values)


def power_tables(sides: str) -> list[str]:
    """What one group against a fixed reference is found to be, and how many people it takes; sums over all outcomes."""
    lines = [
        f"## One group against a reference of 5000 people with rate 0.3, `sides: {sides}`", "",
        "Pass/inconclusive/fail in %; last, how often the point estimate alone fails with 100 and with 1000.", "",
        "| true ratio | n 100 | n 300 | n 1000 | n 3000 | point fails |", "|---|---|---|---|---|---|",
    ]  # fmt: skip
    for ratio in (1.0, 0.9, 0.8, 0.7, 0.6):
        found = {n: three_way(n, 5000, 0.3, ratio, sides) for n in (100, 300, 1000, 3000)}
        cells = " | ".join(f"{100 * p:.0f}/{100 * (1 - p - f):.0f}/{100 * f:.0f}" for p, f, _ in found.values())
        lines.append(f"| {ratio} | {cells} | {100 * found[100][2]:.0f} / {100 * found[1000][2]:.0f} |")
    lines += [
        "", f"## People in a group for an 80 % chance to pass four fifths, `sides: {sides}`", "",
        "Beside a reference of five times as many people; to within half a percent.", "",
        "| rate of the reference | true ratio 1.0 | 0.95 | 0.9 |", "|---|---|---|---|",
    ]  # fmt: skip
    for rate in (0.05, 0.1, 0.2, 0.3, 0.5):
        people = " | ".join(f"{needed(rate, ratio, sides):,}" for ratio in (1.0, 0.95, 0.9))
        lines.append(f"| {rate:.0%} | {people} |")
    return lines


def written(times: int) -> str:
    """The whole document."""
    streams = iter(np.random.default_rng(SEED).spawn(40))
    exact = [*one_rate(), *two_rates()]
    sampled = list(drawn_rows(next(streams), times))
    lines = [
        "## Coverage of nominal 95 % intervals",
        "",
        f"Small: fewer than {MINIMUM} people, or fewer than 10 events or non-events expected; of an AUC, fewer than 10",
        "of min(events, others) disjoint pairs expected to stand the wrong way round. Exact and Bonferroni intervals",
        "are to hold at least 95 %, the others 94 to 96 %; `outside` counts the settings that do not.",
        "",
        "| interval | settings | number | coverage | outside | mean near there | outside | Monte-Carlo s.e. at most |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, rows in (*exact, *sampled):
        lines += coverage_table(name, rows, name.startswith(("Clopper", "Exact", "Bonferroni")))
    lines += [
        "",
        f"{times} replicates of each setting drawn, half as many of max-t; without an error, all outcomes are summed.",
        "",
        "## One rate: what intervals in common use reach",
        "",
        "Summed over all outcomes: the settings above that are not small, and 100 people at 801 rates from 0.1 to 0.9.",
        "",
        "| interval | number | coverage | not in 94 to 96 % | 100 people | mean | rates not in 94 to 96 % |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, here, many in usual_intervals():
        outside, off = (sum(not TARGET[0] <= each <= TARGET[1] for each in found) for found in (here, many))
        lines.append(
            f"| {name} | {len(here)} | {share(min(here))} – {share(max(here))} | {outside} | {share(min(many))} – "
            f"{share(max(many))} | {share(float(np.mean(many)))} | {off / len(many):.0%} |"
        )
    lines.append("")
    for reference in ("highest", "fixed"):
        for ratio, told in ((1.0, "no disparity"), (THRESHOLD, "one group exactly at four fifths of the others")):
            worst = 0.0
            table = []
            for k, n, found in error_table(next(streams), times, reference, ratio, SIZES, (0.1, 0.3, 0.5, 0.7)):
                worst = max(worst, *found)
                table.append(f"| {k} | {n} | {percent(found)} |")
            lines += [
                f"## Any `fail`, in % of {times} groupings: {told}, reference {reference}", "",
                f"The largest is {share(worst)}; at most 5 % is stated. Columns: the rate of the others.", "",
                "| groups | people in each | 0.1 | 0.3 | 0.5 | 0.7 |", "|---|---|---|---|---|---|", *table, "",
            ]  # fmt: skip
    lines += [f"## Any `fail` where one group is small, in % of {times} groupings", "",
              "| grouping | 0.1 | 0.3 | 0.5 | 0.7 |", "|---|---|---|---|---|"]  # fmt: skip
    lines += [f"| {told} | {percent(found)} |" for told, found in unequal(next(streams), times)]
    for reference in ("highest", "fixed"):
        rates = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7)
        lines += [
            "", f"## Power: `fail` in % of {times} groupings where one group has six tenths of the rate of the others, "
            f"reference {reference}", "", "| groups | people in each | " + " | ".join(map(str, rates)) + " |",
            "|---|---|" + "---|" * len(rates),
        ]  # fmt: skip
        for k, n, found in error_table(next(streams), times, reference, 0.6, (300, 1000, 3000), rates):
            lines.append(f"| {k} | {n} | {percent(found)} |")
    lines += [
        "", f"## No disparity, rate 0.3, in % of {times} groupings", "",
        "| groups x people | lowest under four fifths of highest, as points | fixed reference: any fail at 95 % each "
        "| fixed reference: any fail | fixed: all pass | highest: any fail | highest: all pass |",
        "|---|---|---|---|---|---|---|",
    ]  # fmt: skip
    lines += [f"| {k} x {n} | {percent(found)} |" for k, n, found in no_disparity(next(streams), times)]
    for sides in ("one", "two"):
        lines += ["", *power_tables(sides)]
    lines += ["", "## Every setting", ""]
    for name, rows in (*exact, *sampled):
        lines += settings_table(name, rows)
    return "\n".join(lines)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--times", type=int, default=10_000, help="replicates of each setting that is drawn")
    options.add_argument("--write", type=Path, help="a Markdown file for the tables")
    args = options.parse_args()
    begun = time.process_time()
    text = written(args.times)
    print(text)
    if args.write:
        args.write.write_text(
            "# Coverage of the intervals and errors of the verdicts, 2026-11-21\n\n"
            "Command: `make coverage-simulation`. "
            f"Python {platform.python_version()}, numpy {version('numpy')}, scipy {version('scipy')}; seed {SEED}; "
            f"{time.process_time() - begun:.0f} s of CPU.\n\n{text}"
        )


if __name__ == "__main__":
    main()
