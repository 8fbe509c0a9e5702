"""Whether another model that could be used instead would treat the groups more alike, and cost next to nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from assay.checks.exhibit import columns
from assay.checks.registry import Context, GroupParameters, check
from assay.evidence.cells import FAVOURABLE, Cells, group_name
from assay.evidence.keys import CANDIDATE, DECISION, LABEL, grouping_keys
from assay.evidence.request import CellsRequest, Needs
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.estimate import Estimate, Exhibit, Interval
from assay.record.finding import Measured
from assay.record.frozen import Name
from assay.stats.comparison import level_of_each
from assay.stats.paired import Paired, gain_in_lowest_ratio, lowest_ratio, paired_difference_interval
from assay.stats.proportion import wilson

GAIN, RATIO, LOSS = "gain_at_tolerated_loss", "lowest_ratio_gain", "accuracy_loss"
Kind = Literal["estimate_undefined", "sample_too_small", "evidence_missing", "estimate_unstable"]
MOST_GROUPS = 60
"""Of one grouping, for an interval of the lowest ratio: its work grows with the fourth power."""


def _known_once(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


class Parameters(GroupParameters):
    """Which people, which groups, which candidates, and how much accuracy may be lost."""

    reference: Literal["highest"] = "highest"
    """Only `highest`: the lowest ratio is the lowest rate over the highest."""
    candidates: Annotated[tuple[Name, ...], AfterValidator(_known_once)] | Literal["declared"] = "declared"
    """Names of `columns.candidates`; `declared`: all of them."""
    performance_loss: float = Field(default=0.01, ge=0, le=1)
    """By how much the accuracy of a candidate may be lower."""


def needs(p: Parameters, view: SubjectView) -> Needs:
    """For each candidate counts of labels, decisions and its own decisions by group."""
    asked = () if p.candidates == "declared" else p.candidates
    missing = view.lacks(data=(p.data,), label=True, decision=True, groups=p.groups, candidates=asked)
    if not _candidates(p, view) and not asked:
        missing = (*missing, "columns.candidates")
    measurable = view.groupings(p.groups) and not any(not each.startswith("columns.groups") for each in missing)
    return Needs(tuple(_request(name, p, view) for name in _candidates(p, view)) if measurable else (), missing)


def _candidates(p: Parameters, view: SubjectView) -> tuple[str, ...]:
    declared = view.manifest.columns.candidates if view.manifest.columns else {}
    return tuple(declared) if p.candidates == "declared" else tuple(name for name in p.candidates if name in declared)


def _request(name: str, p: Parameters, view: SubjectView) -> CellsRequest:
    groupings = view.groupings(p.groups)
    return view.cells(p.data, (LABEL, DECISION, CANDIDATE + name), groupings, p.where)[groupings[0]]


@check(
    "fairness.less_discriminatory_alternative",
    version=1,
    estimates={"gain_at_tolerated_loss": "lower", "lowest_ratio_gain": "lower", "accuracy_loss": None},
)
def less_discriminatory_alternative(evidence: Evidence, p: Parameters, context: Context) -> Measured:
    """No other model that was considered would treat the groups more alike at next to no loss of accuracy.

    Method: for each of the `candidates` two numbers, both of the same people, each of whom has its decision and that in
        use. `lowest_ratio_gain` is the lowest impact ratio of a grouping, its lowest rate of favourable decisions over
        its highest, by the candidate minus that by the decision in use; a group of fewer people than the minimum is
        left out and stays undecided. `accuracy_loss` is the share of decisions equal to the label, in use minus
        candidate. The first estimate, `gain_at_tolerated_loss`, is the gain that counts: the gain itself where the loss
        is at most `performance_loss`, and otherwise nothing, or what is less than nothing. So `at_most: 0` means that
        no candidate is less discriminatory at a tolerated loss, and `at_most: 0.05` that none gains more than 0.05.
        Intervals: of the loss Newcombe's for paired rates; of the gain the min-max of linearised intervals of all
        differences of ratios, Bonferroni-adjusted, because a bootstrap of a minimum is biased. The gain that counts is
        taken at the ends of both, at 1 - alpha/2 each, which speak against it and for it. It fails where the gain is
        surely above the threshold and the loss surely tolerated; it passes where one of the two is surely not so. The
        simultaneous interval holds for all candidates of a grouping.
    Evidence: counts of people by label, decision, decision of the candidate and group (`groups`, `a*b` for
        intersections) in the dataset `data`, of the rows that meet `where`. People whose group is unknown are left out,
        or with `missing: group` are a group. `reference` is always the group with the highest rate.
    Inconclusive when: the interval reaches over the threshold; a group has fewer people than the minimum; there are
        fewer than two others, or more than 60; by one of the two decisions nobody is favourable; nobody has a label;
        the manifest lacks a label, a decision, candidates or a group; too many people have no label, decision or group;
        the manifest declares sampling weights or entities.
    Limits: only the candidates that are supplied are looked at: a pass does not say that there is no alternative. The
        loss of 0.01 is a house default, and accuracy weighs both errors alike. A candidate that was chosen for these
        very people looks better than it is. The interval of the gain is wide where there are many groups. Weights and
        entities are not taken into account.
    Source: 42 U.S.C. 2000e-2(k)(1)(A)(ii) and 12 CFR 1002.6(a), comment 2 (less discriminatory alternatives); Newcombe
        1998; Agresti and Min 2005.
    """
    names, groupings = _candidates(p, context.view), context.view.groupings(p.groups)
    tables = {name: evidence.cells(_request(name, p, context.view)) for name in names}
    losses = {name: _Loss.of(tables[name], p.performance_loss) for name in names}
    gains = {
        (grouping, name): _Gain.of(tables[name], grouping, context.minimum, keep_unknown=p.missing == "group")
        for grouping in groupings
        for name in names
    }
    asked = _Asked(context.confidence, len(names))
    estimates = [asked.counted(grouping, name, gain, losses[name]) for (grouping, name), gain in gains.items()]
    estimates += [asked.gain(grouping, name, gain) for (grouping, name), gain in gains.items()]
    estimates += [asked.loss(name, losses[name]) for name in names]
    small = {(grouping, few.name): few for (grouping, _), gain in gains.items() for few in gain.few}
    estimates += [few.estimate(grouping, context.minimum) for (grouping, _), few in small.items()]
    return Measured(
        estimates=tuple(estimates),
        exhibits=tuple(asked.table(grouping, gains, losses) for grouping in groupings),
        unlabelled=max((_without(table, (LABEL,)) for table in tables.values()), default=None),
        undecided=max((_without(tables[name], (DECISION, CANDIDATE + name)) for name in names), default=None),
        unknown={
            grouping: max(_without(table, grouping_keys(grouping)) for table in tables.values())
            for grouping in groupings
            if p.missing == "exclude"
        },
    )


def _without(table: Cells, keys: Sequence[str]) -> float:
    """Share of people for whom one of the keys is unknown."""
    over = table.over(keys)
    return sum(n for levels, n in zip(over.rows, over.counts, strict=True) if None in levels) / max(over.total, 1)


def _paired(counts: Counter[tuple[bool, bool]]) -> Paired:
    return Paired(counts[True, True], counts[True, False], counts[False, True], counts[False, False])


@dataclass(frozen=True)
class _Loss:
    """Accuracy in use and of a candidate."""

    pairs: Paired
    tolerated: Fraction

    @classmethod
    def of(cls, table: Cells, performance_loss: float) -> _Loss:
        over, right = table.over(table.keys[:3]), Counter[tuple[bool, bool]]()
        for (label, decision, candidate), n in zip(over.rows, over.counts, strict=True):
            if None not in (label, decision, candidate):
                right[decision == label, candidate == label] += n
        return cls(_paired(right), Fraction(repr(performance_loss)))

    @property
    def why_not(self) -> tuple[str, Kind] | None:
        """Why there is no loss."""
        return None if self.pairs.n else ("nobody has a label and both decisions", "evidence_missing")

    @property
    def value(self) -> Fraction:
        return Fraction(self.pairs.first - self.pairs.second, self.pairs.n)

    def interval(self, confidence: float) -> Interval:
        return paired_difference_interval(self.pairs, confidence)


@dataclass(frozen=True)
class _Few:
    """A group under the minimum."""

    name: str
    people: int
    share: float

    def estimate(self, grouping: str, minimum: int) -> Estimate:
        few = f"{self.people} people, fewer than the minimum of {minimum}"
        return Estimate(
            name=GAIN, grouping=grouping, group=self.name, undefined=few, undefined_as="sample_too_small",
            n=self.people, share=self.share,
        )  # fmt: skip


@dataclass(frozen=True)
class _Gain:
    """Favourable decisions of groups, in use and by a candidate."""

    groups: tuple[Paired, ...]
    few: tuple[_Few, ...]
    """Groups left out."""

    @classmethod
    def of(cls, table: Cells, grouping: str, minimum: int, *, keep_unknown: bool) -> _Gain:
        over = table.over((*table.keys[1:3], *grouping_keys(grouping)))
        groups: dict[str, Counter[tuple[bool, bool]]] = {}
        for (decision, candidate, *levels), n in zip(over.rows, over.counts, strict=True):
            if None in levels and not keep_unknown:
                continue
            group = groups.setdefault(group_name(levels), Counter())
            if None in (decision, candidate):
                continue
            group[decision == FAVOURABLE, candidate == FAVOURABLE] += n
        paired = {name: _paired(counts) for name, counts in sorted(groups.items())}
        known = sum(pairs.n for pairs in paired.values())
        return cls(
            tuple(pairs for pairs in paired.values() if pairs.n >= minimum),
            tuple(_Few(name, pairs.n, pairs.n / max(known, 1)) for name, pairs in paired.items() if pairs.n < minimum),
        )

    @property
    def people(self) -> int:
        return sum(pairs.n for pairs in self.groups)

    @property
    def ratios(self) -> tuple[float | None, float | None]:
        return lowest_ratio([g.first_rate for g in self.groups]), lowest_ratio([g.second_rate for g in self.groups])

    @property
    def value(self) -> float:
        used, candidate = self.ratios
        assert used is not None and candidate is not None  # noqa: PT018, S101  callers have asked why_not
        return candidate - used

    @property
    def why_not(self) -> tuple[str, Kind] | None:
        """Why there is no gain."""
        if len(self.groups) < 2:
            return "fewer than two groups have enough people", "sample_too_small"
        if None in self.ratios:
            return "by one of the decisions nobody is favourable, so there is no ratio", "estimate_undefined"
        if len(self.groups) > MOST_GROUPS:
            return f"there are {len(self.groups)} groups, more than {MOST_GROUPS}", "estimate_unstable"
        return None

    def interval(self, confidence: float) -> Interval:
        return gain_in_lowest_ratio(self.groups, confidence)


@dataclass(frozen=True)
class _Asked:
    confidence: float
    comparisons: int

    @property
    def levels(self) -> tuple[float, float]:
        return self.confidence, 1 - (1 - self.confidence) / self.comparisons

    def counted(self, grouping: str, name: str, gain: _Gain, loss: _Loss) -> Estimate:
        """The gain that counts."""
        why = gain.why_not or loss.why_not
        if why is not None:
            return _undefined(GAIN, grouping, name, why, gain.people)
        value = gain.value if loss.value <= loss.tolerated else min(gain.value, 0.0)
        method = f"gain where the loss is at most {float(loss.tolerated):g}"
        ends = [_at_the_ends(gain, loss, level) for level in self.levels]
        return self._estimate(GAIN, grouping, name, value, gain.people, ends, method)

    def gain(self, grouping: str, name: str, gain: _Gain) -> Estimate:
        if (why := gain.why_not) is not None:
            return _undefined(RATIO, grouping, name, why, gain.people)
        ends = [gain.interval(level) for level in self.levels]
        method = "lowest ratio by the candidate minus that in use"
        return self._estimate(RATIO, grouping, name, gain.value, gain.people, ends, method)

    def loss(self, name: str, loss: _Loss) -> Estimate:
        if (why := loss.why_not) is not None:
            return _undefined(LOSS, None, name, why, 0)
        ends = [loss.interval(level) for level in self.levels]
        method = "accuracy in use minus that of the candidate"
        return self._estimate(LOSS, None, name, float(loss.value), loss.pairs.n, ends, method)

    def _estimate(
        self, told: str, grouping: str | None, name: str, value: float, n: int, ends: Sequence[Interval], method: str
    ) -> Estimate:
        return Estimate(
            name=told, grouping=grouping, of=name, value=value, n=n, interval=ends[0], simultaneous=ends[1],
            comparisons=self.comparisons, method=method,
        )  # fmt: skip

    def table(self, grouping: str, gains: Mapping[tuple[str, str], _Gain], losses: Mapping[str, _Loss]) -> Exhibit:
        """Decisions in use and candidates, each on the people whom both decide about."""
        given = columns(
            ("label", "Candidate", "text"), ("ratio", "Lowest ratio", "ratio"), ("used", "In use", "ratio"),
            ("accuracy", "Accuracy", "rate"), ("low", "From", "rate"), ("high", "To", "rate"),
            ("accuracy_used", "Accuracy in use", "rate"), ("people", "People", "count"),
        )  # fmt: skip
        rows = []
        for name, loss in losses.items():
            gain, pairs = gains[grouping, name], loss.pairs
            used, ratio = gain.ratios if gain.groups else (None, None)
            accuracy: tuple[float | None, ...] = (None,) * 4
            if pairs.n:
                low, high = wilson(pairs.both + pairs.second, pairs.n, self.confidence)
                accuracy = pairs.second_rate, low, high, pairs.first_rate
            rows.append((name, ratio, used, *accuracy, gain.people))
        return Exhibit(
            name=f"candidates[{grouping}]",
            title=f"Candidates by {grouping.replace('*', ' and ')}",
            columns=given,
            rows=tuple(rows),
            note="Each candidate beside the decision in use, of the people whom both decide about.",
        )


def _undefined(told: str, grouping: str | None, name: str, why: tuple[str, Kind], n: int) -> Estimate:
    what = f"{grouping}: {why[0]}" if grouping else why[0]
    return Estimate(name=told, grouping=grouping, of=name, undefined=what, undefined_as=why[1], n=n)


def _at_the_ends(gain: _Gain, loss: _Loss, confidence: float) -> Interval:
    """The gain that counts at the ends of both intervals that speak against it, and that speak for it."""
    each = level_of_each(confidence)
    gained, lost = gain.interval(each), loss.interval(each)
    tolerated = float(loss.tolerated)
    low, high = gained.low or 0.0, gained.high or 0.0  # differences have both ends
    return Interval(
        low=low if (lost.high or 0.0) <= tolerated else min(low, 0.0),
        high=high if (lost.low or 0.0) <= tolerated else min(high, 0.0),
        confidence=confidence,
        method=f"{gained.method}; {lost.method}",
    )
