"""Champion and challenger: how often they decide alike, and who is decided otherwise."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Literal

from assay.checks.exhibit import columns
from assay.checks.registry import Context, DataParameters, check
from assay.evidence.cells import FAVOURABLE, UNFAVOURABLE, Cells, Level
from assay.evidence.keys import CHAMPION, DECISION, LABEL
from assay.evidence.request import CellsRequest, Needs
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.estimate import Estimate, Exhibit, Interval
from assay.record.finding import Measured
from assay.stats.paired import Paired, exact_paired_difference_interval, mcnemar, paired_difference_interval
from assay.stats.proportion import clopper_pearson, wilson

_SWAPPED: dict[str, tuple[Level, Level]] = {
    "newly_favourable": (FAVOURABLE, UNFAVOURABLE),
    "newly_unfavourable": (UNFAVOURABLE, FAVOURABLE),
}
"""Estimate → the decision of the challenger and that of the champion."""


class Parameters(DataParameters):
    """Which people."""


def _labelled(view: SubjectView) -> bool:
    return not view.lacks(label=True)


def _request(p: Parameters, view: SubjectView) -> CellsRequest:
    return CellsRequest(p.data, (*((LABEL,) if _labelled(view) else ()), DECISION, CHAMPION), p.where)


def needs(p: Parameters, view: SubjectView) -> Needs:
    """Counts of people by both decisions, and by label where there is one."""
    missing = view.lacks(data=(p.data,), decision=True, champion=("decision",))
    return Needs(() if missing else (_request(p, view),), missing)


@check(
    "performance.decision_agreement",
    version=1,
    estimates={
        "decision_agreement": None,
        "newly_favourable": None,
        "newly_unfavourable": None,
        "accuracy_difference": "higher",
        "newly_favourable_event_rate": "lower",
        "newly_unfavourable_event_rate": "higher",
    },
)
def decision_agreement(evidence: Evidence, p: Parameters, context: Context) -> Measured:
    """The model decides like the one in use, and those whom it decides otherwise are known.

    Method: the model under audit is the challenger, the model in use the champion; everybody counts who has a decision
        of both. `decision_agreement` is the share of people decided alike. `newly_favourable` is the share of people
        whose decision the challenger makes favourable, `newly_unfavourable` that of those whose it makes unfavourable.
        `accuracy_difference` is the share of decisions equal to the label, challenger minus champion, with the p-value
        of McNemar's exact test on the people of whom only one of the two is right; `newly_favourable_event_rate` and
        `newly_unfavourable_event_rate` are the shares of the unfavourable outcome among those swapped in and those
        swapped out. Each of these three is undefined where there is no label. Intervals: Wilson; of the difference
        Newcombe's for paired rates; under the minimum Clopper-Pearson's of the share, and of the difference from the
        Clopper-Pearson limits of the shares of whom only one of the two is right. A test, a margin or a range of
        `accuracy_difference` finds only a worse challenger: `significance: 0.05` fails where the p-value is at most
        0.05 and the difference is below 0, and passes only with a `margin`, where the interval does not reach below
        minus that.
    Evidence: counts of people by label, decision and decision of the champion (`columns.champion.decision`) in the
        dataset `data`, of the rows that meet `where`.
    Inconclusive when: the manifest declares no decision or no decision of the champion; nobody has both; nobody is
        swapped in, or out, or has a label (the estimates of them); too many people have no decision or no label; the
        interval straddles the threshold; there are fewer people than the minimum, unless the interval lies wholly
        beyond the threshold or the p-value speaks against the challenger; the manifest declares sampling weights or
        entities.
    Limits: agreement says nothing about which of the two is right. The outcome of people whom the champion refused is
        often not known, or known of a few who are like nobody else: their event rate is then that of those few. Weights
        and entities are not taken into account.
    Source: McNemar 1947; Wilson 1927; Clopper and Pearson 1934; Newcombe 1998 (paired), method 10.
    """
    cells = evidence.cells(_request(p, context.view))
    labelled = LABEL in cells.keys
    decided = _counts(cells.over((DECISION, CHAMPION)))
    estimates = (*_agreement(decided, context), *_by_label(cells, context, labelled=labelled))
    return Measured(
        estimates=estimates,
        exhibits=(_table(cells, decided, context, labelled=labelled),) if cells.total else (),
        unlabelled=_without(cells, (LABEL,)) if labelled else None,
        undecided=_without(cells, (DECISION, CHAMPION)),
    )


def _agreement(decided: Counter[tuple[Level, ...]], c: Context) -> Iterator[Estimate]:
    """Of both decisions, whatever happened."""
    n = sum(count for levels, count in decided.items() if None not in levels)
    alike = sum(count for (own, other), count in decided.items() if own == other and own is not None)
    shares = {"decision_agreement": (alike, "people decided alike")}
    shares |= {name: (decided[swap], f"people who are {_told(name)}") for name, swap in _SWAPPED.items()}
    for name, (k, told) in shares.items():
        if n:
            yield _share(name, k, n, c, told)
        else:
            yield _undefined(name, "nobody has a decision of both models", "evidence_missing")


def _told(name: str) -> str:
    return name.replace("_", " ")


def _counts(cells: Cells) -> Counter[tuple[Level, ...]]:
    return Counter(dict(zip(cells.rows, cells.counts, strict=True)))


def _without(cells: Cells, keys: tuple[str, ...]) -> float | None:
    over = cells.over(keys)
    lacking = sum(n for levels, n in zip(over.rows, over.counts, strict=True) if None in levels)
    return lacking / over.total if over.total else None


def _limits(k: int, n: int, c: Context) -> tuple[float, float]:
    return (clopper_pearson if n < c.minimum else wilson)(k, n, c.confidence)


def _share(name: str, k: int, n: int, c: Context, told: str) -> Estimate:
    few = n < c.minimum
    low, high = _limits(k, n, c)
    interval = Interval(low=low, high=high, confidence=c.confidence, method="Clopper-Pearson" if few else "Wilson")
    return Estimate(
        name=name, value=k / n, n=n, numerator=k, denominator=n, method=f"share of {told}", interval=interval,
        simultaneous=interval if few else None,
    )  # fmt: skip


def _undefined(name: str, why: str, kind: Literal["evidence_missing", "sample_too_small"]) -> Estimate:
    return Estimate(name=name, undefined=why, undefined_as=kind)


def _by_label(cells: Cells, c: Context, *, labelled: bool) -> Iterator[Estimate]:
    """What tells which of the two is right."""
    right, swapped, events = Counter[tuple[bool, bool]](), Counter[str](), Counter[str]()
    names = {swap: name for name, swap in _SWAPPED.items()}
    outcomes = _counts(cells.over((LABEL, DECISION, CHAMPION))) if labelled else Counter[tuple[Level, ...]]()
    for (label, own, other), n in outcomes.items():
        if None in (label, own, other):
            continue
        right[own == label, other == label] += n
        if (own, other) in names:
            swapped[names[own, other]] += n
            events[names[own, other]] += n * (label == UNFAVOURABLE)
    pairs = Paired(right[True, True], right[True, False], right[False, True], right[False, False])
    why = "nobody has a label and a decision of both models" if labelled else "the manifest declares no label"
    if pairs.n:
        few = pairs.n < c.minimum
        interval = (exact_paired_difference_interval if few else paired_difference_interval)(pairs, c.confidence)
        yield Estimate(
            name="accuracy_difference", value=(pairs.first - pairs.second) / pairs.n, n=pairs.n,
            p_value=mcnemar(pairs), interval=interval, simultaneous=interval if few else None,
            worse_only=True, method="accuracy of the challenger minus that of the champion; McNemar, exact",
        )  # fmt: skip
    else:
        yield _undefined("accuracy_difference", why, "evidence_missing")
    for name in _SWAPPED:
        told, rate = _told(name), f"{name}_event_rate"
        if swapped[name]:
            yield _share(rate, events[name], swapped[name], c, f"unfavourable outcomes among the {told}")
        elif pairs.n:
            yield _undefined(rate, f"nobody with a label is {told}", "sample_too_small")
        else:
            yield _undefined(rate, why, "evidence_missing")


def _table(cells: Cells, decided: Counter[tuple[Level, ...]], c: Context, *, labelled: bool) -> Exhibit:
    """A line for each of the four pairs of decisions."""
    outcomes = _counts(cells.over((LABEL, DECISION, CHAMPION))) if labelled else Counter[tuple[Level, ...]]()
    rows = []
    for own in (FAVOURABLE, UNFAVOURABLE):
        for other in (FAVOURABLE, UNFAVOURABLE):
            bad, good = (outcomes[level, own, other] for level in (UNFAVOURABLE, FAVOURABLE))
            low, high = _limits(bad, bad + good, c) if bad + good else (None, None)
            rate = bad / (bad + good) if bad + good else None
            rows.append((other, own, decided[own, other], bad + good, bad, rate, low, high))
    given = columns(
        ("champion", "Champion", "text"), ("challenger", "Challenger", "text"), ("people", "People", "count"),
        ("labelled", "With a label", "count"), ("events", "Unfavourable outcomes", "count"),
        ("rate", "Event rate", "rate"), ("low", "From", "rate"), ("high", "To", "rate"),
    )  # fmt: skip
    width = len(given) if labelled else 3
    return Exhibit(
        name="decisions",
        title="Decisions of champion and challenger",
        columns=given[:width],
        rows=tuple(row[:width] for row in rows),
        note="The swap set is the two lines in which both decide otherwise.",
    )
