"""How often each interval holds the truth, setting by setting: summed over all outcomes, or drawn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from decisions import CONFIDENCE, MINIMUM, Counts, Floats, interval, limits
from scipy.special import ndtr, ndtri
from scipy.stats import beta, binom

from assay.record.estimate import Estimate, Interval
from assay.stats.auc import auc, auc_interval
from assay.stats.design import clustered_rate, scaled, weighted_rate
from assay.stats.groups import GroupCounts, compare_groups
from assay.stats.max_t import largest_difference
from assay.stats.pairing import Question
from assay.stats.proportion import normal_quantile, wilson

RATES, SIZES = (0.05, 0.1, 0.3, 0.5, 0.7, 0.9), (30, 100, 300, 1000, 5000)
FEW_SIZES = (5, 10, 20)
NEAR = np.linspace(0.9, 1.1, 21)
"""Coverage of whole numbers jumps from rate to rate; its mean is taken over rates this many times as high."""


def likely(n: int, rate: float) -> tuple[Counts, Floats]:
    """The numbers that n people with this rate give but for one time in 10^12, and how probable each is."""
    low, high = (int(end) for end in binom.ppf([1e-12, 1 - 1e-12], n, rate))
    k = np.arange(max(low - 1, 0), min(high + 1, n) + 1)
    return k, binom.pmf(k, n, rate)


def near(rate: float) -> Floats:
    """Rates around one, none beyond what a rate can be."""
    return np.clip(rate * NEAR if rate <= 0.5 else 1 - (1 - rate) * NEAR, 0, 1)


def cover_of_one(n: int, rate: float, exact: bool) -> tuple[float, float]:
    """Probability that the interval of one rate holds it; there, and in the mean near there."""
    low, high = limits(n, CONFIDENCE, exact)

    def at(truth: float) -> float:
        k, probable = likely(n, truth)
        return float(probable @ ((low[k] <= truth) & (truth <= high[k])))

    return at(rate), float(np.mean([at(truth) for truth in near(rate)]))


def cover_of_two(shape: str, n: int, rate: float, m: int, other: float, exact: bool) -> tuple[float, float]:
    """The same of the interval that compares two rates."""

    def at(p: float, q: float) -> float:
        (x, of_x), (y, of_y) = likely(n, p), likely(m, q)
        truth = p / q if shape == "ratio" else p - q
        low, high = interval(shape, x[:, None], n, y[None, :], m, CONFIDENCE, exact)
        if shape == "ratio":  # nobody of the reference is favourable: no ratio, and no claim
            of_y = np.where(y > 0, of_y, 0) / of_y[y > 0].sum()
        return float(of_x @ ((low <= truth) & (truth <= high)) @ of_y)

    around = [at(p, q) for p in near(rate)[::4] for q in near(other)[::4]]
    return at(rate, other), float(np.mean(around))


def is_small(n: int, rate: float) -> bool:
    return n < MINIMUM or n * min(rate, 1 - rate) < 10 - 1e-9


Row = tuple[str, bool, float, float | None, str]
"""Setting, whether it is small, coverage there, mean near there unless drawn, Monte-Carlo error."""


def one_rate() -> Iterator[tuple[str, list[Row]]]:
    for name, exact in (("Wilson", False), ("Clopper–Pearson", True)):
        yield (
            name,
            [
                (f"n {n}, rate {rate}", is_small(n, rate), *cover_of_one(n, rate, exact), "0")
                for n in (*FEW_SIZES, *SIZES)
                for rate in RATES
            ],
        )


def usual_limits(n: int) -> dict[str, tuple[Floats, Floats]]:
    """Limits of 0…n out of n by the intervals of one rate in common use: those that audits print, and others."""
    k, z, tail = np.arange(n + 1), normal_quantile(CONFIDENCE), (1 - CONFIDENCE) / 2
    middle = (k + z * z / 2) / (n + z * z)
    half = z * np.sqrt(middle * (1 - middle) / (n + z * z))
    below, above = np.zeros(n + 1), k / n
    for _ in range(60):  # the rate at which k or more, k itself counting half, are as probable as the tail
        rate = (below + above) / 2
        likelier = binom.sf(k, n, rate) + binom.pmf(k, n, rate) / 2 > tail
        below, above = np.where(likelier, below, rate), np.where(likelier, rate, above)
    return {
        "Wilson": limits(n, CONFIDENCE, False),
        "Jeffreys": (
            np.where(k == 0, 0, beta.ppf(tail, k + 0.5, n - k + 0.5)),
            np.where(k == n, 1, beta.ppf(1 - tail, k + 0.5, n - k + 0.5)),
        ),
        "mid-P": (below, 1 - below[::-1]),
        "Agresti–Coull": (middle - half, middle + half),
        "Clopper–Pearson": limits(n, CONFIDENCE, True),
    }


def usual_intervals() -> Iterator[tuple[str, list[float], list[float]]]:
    """Of each its coverage in the settings of `one_rate` that are not small, and of 100 people at 801 rates."""
    settings = [(n, rate) for n in SIZES for rate in RATES if not is_small(n, rate)]
    tables = {n: usual_limits(n) for n in SIZES}
    many = [(100, float(rate)) for rate in np.linspace(0.1, 0.9, 801)]
    for name in tables[100]:

        def at(n: int, rate: float, name: str = name) -> float:
            (low, high), (k, probable) = tables[n][name], likely(n, rate)
            return float(probable @ ((low[k] <= rate) & (rate <= high[k])))

        yield name, [at(*each) for each in settings], [at(*each) for each in many]


def two_rates() -> Iterator[tuple[str, list[Row]]]:
    pairs = [(n, n) for n in (10, 20, *SIZES)] + [(30, 1000), (100, 1000), (1000, 100), (300, 5000)]
    methods = (("ratio", False, "MOVER-R ratio"), ("difference", False, "Newcombe difference"),
               ("ratio", True, "Exact ratio"), ("difference", True, "Exact difference"))  # fmt: skip
    for shape, exact, name in methods:
        yield (
            name,
            [
                (
                    f"n {n} and {m}, rates {ratio * rate:.3g} and {rate}",
                    is_small(n, ratio * rate) or is_small(m, rate),
                    *cover_of_two(shape, n, ratio * rate, m, rate, exact),
                    "0",
                )
                for n, m in pairs
                if not exact or min(n, m) <= 100
                for rate in (0.1, 0.3, 0.5, 0.7)
                for ratio in (1.0, 0.8, 0.6)
            ],
        )


def drawn(setting: str, small: bool, held: Floats) -> Row:
    share = float(np.mean(held))
    return setting, small, share, None, f"{np.sqrt(share * (1 - share) / len(held)):.2%}"


AREAS = (("no ties", None, 1, 1), ("ten grades", 10, 1, 1), ("events spread twice as wide", None, 2, 1),
         ("others spread twice as wide", None, 1, 2))  # fmt: skip


def areas(random: np.random.Generator, times: int) -> Iterator[Row]:
    """Of normal scores of equal spread, the same in ten grades, whose true area is summed, and of unequal spread.

    A setting is small where fewer than 10 of the pairs of an event and another that can be told apart, each person in
    one of them, are expected to stand the wrong way round: as for rates, of which fewer than 10 are expected.
    """
    for events, others in ((10, 10), (10, 100), (30, 30), (30, 300), (100, 100), (100, 1000), (300, 300)):
        for truth in (0.6, 0.75, 0.9):
            for kind, grades, own, other in AREAS:
                area, apart = truth, np.hypot(own, other) * ndtri(truth)
                if grades:
                    cuts = ndtri(np.arange(1, grades) / grades) + apart / 2
                    high, low = (np.diff(np.r_[0, ndtr(cuts - mean), 1]) for mean in (apart, 0.0))
                    area = float(high @ (np.cumsum(low) - low / 2))
                held = []
                for _ in range(times):
                    scores = np.r_[random.normal(apart, own, events), random.normal(0, other, others)]
                    place = np.searchsorted(cuts, scores) if grades else np.argsort(np.argsort(scores))
                    width = grades or len(scores)
                    counted = [np.bincount(part, minlength=width) for part in (place[:events], place[events:])]
                    found = auc_interval(auc(*counted), CONFIDENCE)
                    held.append((found.low or 0) <= area <= (found.high or 1))
                small = min(events, others) * min(area, 1 - area) < 10 - 1e-9
                yield drawn(f"{events} events, {others} others, area {area:.3f}, {kind}", small, np.array(held))


def weighted(random: np.random.Generator, times: int) -> Iterator[Row]:
    """One rate of people with lognormal weights, which have nothing to do with the outcome or go with it."""
    for n, rate, spread, tied in ((200, 0.3, 0.5, 0), (1000, 0.3, 0.5, 0), (1000, 0.1, 1.0, 0), (1000, 0.3, 1.0, 0.1)):
        held = []
        size = np.exp(random.normal(0, spread, 1_000_000))
        truth = float(size @ (rate + tied * (size > 1)) / size.sum())
        for _ in range(times):
            w = np.exp(random.normal(0, spread, n))
            y = random.random(n) < rate + tied * (w > 1)
            sums = ((float(part.sum()), float(part @ part)) for part in (w[y], w))
            low, high = wilson(*scaled(weighted_rate(*sums, n), CONFIDENCE), CONFIDENCE)
            held.append(low <= truth <= high)
        about = ", more often favourable where heavy" if tied else ""
        yield drawn(
            f"{n} people, rate {rate}, log weights with s.d. {spread}{about}", is_small(n, rate), np.array(held)
        )


def clustered(random: np.random.Generator, times: int) -> Iterator[Row]:
    """One rate of people who stand in several rows and are mostly decided alike: beta-binomial."""
    for people, rows, rate, within in ((50, 5, 0.3, 0.3), (200, 5, 0.3, 0.3), (400, 10, 0.1, 0.1), (30, 20, 0.5, 0.2)):
        held, weight = [], (1 - within) / within
        for _ in range(times):
            own = random.beta(rate * weight, (1 - rate) * weight, people)
            k = random.binomial(rows, own)
            found = clustered_rate([(float(part), float(rows)) for part in k], people * rows, weighted=False)
            low, high = wilson(*scaled(found, CONFIDENCE), CONFIDENCE)
            held.append(low <= rate <= high)
        yield drawn(
            f"{people} people in {rows} rows each, rate {rate}, correlation {within}",
            is_small(people, rate), np.array(held),
        )  # fmt: skip


def three_together(n: int, rate: float) -> float:
    """Probability that the three intervals of three groups of n people with this rate hold 1, all at once."""
    k, probable = likely(n, rate)
    low, high = interval("ratio", k[:, None], n, k[None, :], n, 1 - (1 - CONFIDENCE) / 3, False)
    held = ((low <= 1) & (high >= 1) | (k == 0)).astype(float)
    held = np.maximum(held, held.T)  # nobody of the reference is favourable: no ratio
    return float(probable @ (held * ((held * probable) @ held.T)) @ probable)


def together(random: np.random.Generator, times: int) -> Iterator[Row]:
    """Whether all simultaneous intervals of a grouping hold their truth at once, every pair of groups compared.

    Of three groups all outcomes are summed. Two are one comparison, which nothing corrects: see MOVER-R.
    """
    for n in (100, 1000):
        for rate in (0.1, 0.5):
            here, around = three_together(n, rate), float(np.mean([three_together(n, each) for each in near(rate)]))
            yield f"3 groups of {n}, rate {rate}", is_small(n, rate), here, around, "0"
    for k in (5, 10, 20):
        for n in (100, 1000):
            for rate in (0.1, 0.5):
                x = random.binomial(n, rate, (times, k))
                held = np.ones(times, bool)
                family = 1 - (1 - CONFIDENCE) / (k * (k - 1) // 2)
                for i in range(k):
                    for j in range(i):
                        low, high = interval("ratio", x[:, i], n, x[:, j], n, family, False)
                        held &= (low <= 1) & (high >= 1) | (x[:, j] == 0)
                yield drawn(f"{k} groups of {n}, rate {rate}", is_small(n, rate), held)


def largest(random: np.random.Generator, times: int) -> Iterator[tuple[Row, Row]]:
    """Whether max-t holds all differences between groups at once, and whether its interval holds the largest one.

    All groups have one rate but for one with a lower one; without any difference, the largest is 0.
    """
    question = Question("d", "difference", "g", CONFIDENCE, MINIMUM)
    for k in (2, 5, 10):
        for n in (100, 1000):
            for rate, lower in ((0.3, 0.3), (0.3, 0.2)):
                truth, every, held = np.r_[lower, np.full(k - 1, rate)], [], []
                for x in random.binomial(n, truth, (times, k)):
                    groups = [GroupCounts(str(i), int(hits), n, n) for i, hits in enumerate(x)]
                    compared = compare_groups(groups, question)
                    found = largest_difference(compared, CONFIDENCE, MINIMUM)
                    held.append((found.low or 0) - 1e-12 <= rate - lower <= (found.high or 0) + 1e-12)
                    every.append(all_held(compared, found, truth))
                setting = f"{k} groups of {n}, rates {rate} and one {lower}", is_small(n, lower)
                yield drawn(*setting, np.array(every)), drawn(*setting, np.array(held))


def all_held(compared: Sequence[Estimate], found: Interval, truth: Floats) -> bool:
    """Whether the bounds from which the interval of the largest difference was found hold every difference."""
    own, other = (np.array([int(name or "") for name in names]) for names in zip(
        *((each.group, each.reference) for each in compared), strict=True))  # fmt: skip
    value, true = np.array([each.value for each in compared], float), truth[own] - truth[other]
    if not found.method.startswith("max-t"):
        low, high = zip(*((each.simultaneous.low, each.simultaneous.high) for each in compared), strict=True)
        return bool(((np.array(low) <= true) & (true <= np.array(high))).all())
    rate, size = (np.array([(e.numerator, e.reference_numerator) for e in compared]).T / compared[0].n), compared[0].n
    error = np.sqrt((rate * (1 - rate)).sum(axis=0) / size)
    critical = (((found.high or 0) - np.abs(value)) / error).min()  # the upper end is the largest |difference| + c · se
    return bool((np.abs(value - true) <= critical * error + 1e-12).all())


def drawn_rows(random: np.random.Generator, times: int) -> Iterator[tuple[str, list[Row]]]:
    yield "AUC", list(areas(random, times))
    yield "Wilson at the effective number, weights", list(weighted(random, times))
    yield "Wilson at the effective number, entities", list(clustered(random, times))
    yield "Bonferroni, all pairs of a grouping at once", list(together(random, times))
    every, largest_one = zip(*largest(random, max(times // 2, 100)), strict=True)
    yield "Max-t, all differences of a grouping at once", list(every)
    yield "Max-t, the largest of them", list(largest_one)
