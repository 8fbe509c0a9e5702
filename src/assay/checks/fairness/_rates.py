"""Favourable rates of groups, counted from cells: what the fairness checks share.

Where people have sampling weights the rates are weighted, and where somebody stands in several rows the intervals are
by entity (stats/design.py). Minimum, shares and what is unknown, undecided or unlabelled count people, each as one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from assay.checks.counted import counted_rate
from assay.checks.exhibit import Unit, columns
from assay.checks.registry import Context, GroupParameters
from assay.evidence.cells import FAVOURABLE, Cells, group_name
from assay.evidence.keys import (
    ABOVE_MEDIAN,
    CLASS_DECISION,
    CLASS_LABEL,
    DECISION,
    ENTITY,
    FROM_MEDIAN,
    LABEL,
    grouping_keys,
)
from assay.evidence.rates import Positive, Rate, RateName, positive_level
from assay.evidence.request import CellsRequest, Needs
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.codes import code
from assay.record.estimate import Estimate, Exhibit
from assay.record.finding import Measured
from assay.record.frozen import Scalar
from assay.stats.groups import GroupCounts, compare_groups
from assay.stats.pairing import Question
from assay.stats.proportion import wilson

_HITS: dict[RateName, str] = {
    "selection_rate": "Positive",
    "scoring_rate": "Beyond the median",
    "true_positive_rate": "True positives",
    "false_positive_rate": "False positives",
    "false_negative_rate": "False negatives",
    "positive_predictive_value": "True positives",
    "false_discovery_rate": "False positives",
    "false_omission_rate": "Omitted positives",
}
"""What a table calls those that the rate counts; positive decisions that are favourable ones are called so."""
_TOLD = {CLASS_LABEL: "label", CLASS_DECISION: "decision", ABOVE_MEDIAN: "score", FROM_MEDIAN: "score"}
NOTABLE = Fraction(1, 20)
"""Share of a group's own people without label or decision from above which a note names the group."""


class ClassParameters(GroupParameters):
    """For checks that compare a rate of groups."""

    classes: tuple[Scalar, ...] = Field(default=(), max_length=100, exclude_if=lambda classes: not classes)
    """Levels of label and decision, where there are more than two: each in turn is the positive one."""

    @field_validator("classes")
    @classmethod
    def _no_blank(cls, classes: tuple[Scalar, ...]) -> tuple[Scalar, ...]:
        if any(isinstance(one, str) and not one.strip() for one in classes):
            raise ValueError("a class cannot be blank: what is blank in the data is unknown")
        return classes


class RateParameters(ClassParameters):
    """For checks that compare a rate of groups, of which a policy says what is positive."""

    positive: Positive = "favourable"
    """Which outcome is the positive one."""

    @model_validator(mode="after")
    def _one_positive(self) -> Self:
        if self.classes and self.positive != "favourable":
            raise ValueError("with `classes` each class in turn is positive; leave `positive` out")
        return self


class ComparedParameters(RateParameters):
    """For checks of an error rate, of which a policy says how two of them are compared."""

    compare: Literal["difference", "ratio"] = "difference"
    """How two rates are compared."""


@dataclass(frozen=True)
class RateQuestion:
    """A rate and how it is compared."""

    name: str
    shape: Literal["ratio", "difference"]
    title: str
    rate: Rate
    exclude_under: float = 0.0
    of: str | None = None
    """The class that is positive, where there are several."""
    family: int = 1
    """How many such questions one claim is made of: each grouping has that many times its comparisons."""
    table: str = "rates"
    """The name of its exhibits."""


def rate_questions(
    name: RateName, shape: Literal["ratio", "difference"], title: str, p: ClassParameters, told: str | None = None
) -> tuple[RateQuestion, ...]:
    """The question whose estimates are called `<rate>_<shape>` unless told otherwise, or one for each class."""
    told = told or f"{name}_{shape}"
    if not p.classes:
        positive = p.positive if isinstance(p, RateParameters) else "favourable"
        title = title if positive == "favourable" else f"{title}, unfavourable being positive,"
        return (RateQuestion(told, shape, title, Rate(name, positive_level(positive))),)
    classes = tuple(dict.fromkeys(code(each) for each in p.classes))
    return tuple(
        RateQuestion(told, shape, title, Rate(name, each, by_class=True), of=each, family=len(classes))
        for each in classes
    )


def rate_needs(rate: Rate, p: GroupParameters, view: SubjectView) -> Needs:
    """Counts of what the rate is of, by group."""
    missing = view.lacks(data=(p.data,), label=rate.name != "selection_rate", decision=True, groups=p.groups)
    decision = view.manifest.columns.decision if view.manifest.columns else None
    if rate.by_class and decision is not None and decision.column is None:
        missing = (*missing, "columns.decision.column (a cut of the score has two sides, no classes)")
    measurable = view.groupings(p.groups) and all(each.startswith("columns.groups") for each in missing)
    return Needs(tuple(dict.fromkeys(rate_requests(rate, p, view).values())) if measurable else (), missing)


def rate_requests(rate: Rate, p: GroupParameters, view: SubjectView) -> dict[str, CellsRequest]:
    """For each grouping the cells that the rate is made of."""
    return view.cells(p.data, rate.keys, view.groupings(p.groups), p.where)


def measure_rates(evidence: Evidence, asked: Sequence[RateQuestion], p: GroupParameters, c: Context) -> Measured:
    """Every grouping compared, a table of rates beside it, and how many people have no label, decision or group."""
    estimates: list[Estimate] = []
    exhibits: list[Exhibit] = []
    notes: list[str] = []
    unknown: dict[str, float] = {}
    shares: dict[str, float | None] = {}
    keep_unknown = p.missing == "group"
    for question in asked:
        for grouping, request in rate_requests(question.rate, p, c.view).items():
            cells = evidence.cells(request)
            if (nowhere := _nowhere(question, grouping, cells)) is not None:
                estimates.append(nowhere)
                continue
            groups, without = groups_of(cells, grouping, question.rate, keep_unknown=keep_unknown)
            compared = compare_groups(groups, _question(question, grouping, groups, p, c))
            estimates += compared
            exhibits.append(_table(groups, grouping, question, compared, c.confidence))
            shares |= {key: _share_without(cells, key) for key in question.rate.keys}
            for key in question.rate.keys:
                notes += _gaps(cells, grouping, key, keep_unknown=keep_unknown)
            if cells.total:
                unknown[grouping] = without / cells.total
    return Measured(
        estimates=tuple(estimates),
        exhibits=tuple(exhibits),
        notes=tuple(dict.fromkeys(notes)),
        unlabelled=shares.get(LABEL, shares.get(CLASS_LABEL)),
        undecided=next(
            (shares[key] for key in (DECISION, CLASS_DECISION, ABOVE_MEDIAN, FROM_MEDIAN) if key in shares), None
        ),
        unknown=unknown,
    )


def _question(
    asked: RateQuestion, grouping: str, groups: Sequence[GroupCounts], p: GroupParameters, c: Context
) -> Question:
    return Question(
        asked.name, asked.shape, grouping, c.confidence, c.minimum, c.decide_on, p.reference,
        _excluded(groups, asked.exclude_under), asked.of, asked.family, asked.rate.better,
    )  # fmt: skip


def _nowhere(asked: RateQuestion, grouping: str, cells: Cells) -> Estimate | None:
    """An estimate without a value, where no row is of the class: equal rates of 0 would say that all is well."""
    if asked.of is None:
        return None
    known = {level for row in cells.over(asked.rate.keys).rows for level in row} - {None}
    if asked.of in known:
        return None
    where = " or ".join(_TOLD[key] for key in asked.rate.keys)
    there = ", ".join(sorted(str(level) for level in known)[:10]) or "none at all"
    why = f"{grouping}: no {where} is of the class {asked.of!r}; there is {there}"
    return Estimate(
        name=asked.name, shape=asked.shape, grouping=grouping, of=asked.of, undefined=why,
        undefined_as="evidence_missing",
    )  # fmt: skip


def _share_without(cells: Cells, key: str) -> float | None:
    if key not in cells.keys or not cells.total:
        return None
    levels = cells.over((key,))
    return sum(n for (level,), n in zip(levels.rows, levels.counts, strict=True) if level is None) / cells.total


def _gaps(cells: Cells, grouping: str, key: str, *, keep_unknown: bool) -> Iterator[str]:
    """A sentence for each group of which a notable share has no label, or no decision: the limits are overall."""
    table = cells.over((key, *grouping_keys(grouping)))
    people, without = Counter[str](), Counter[str]()
    for (level, *parts), n in zip(table.rows, table.counts, strict=True):
        if keep_unknown or None not in parts:
            people[group_name(parts)] += n
            without[group_name(parts)] += n * (level is None)
    for name, n in sorted(people.items()):
        if without[name] > NOTABLE * n:
            told = f"{without[name]} of {n} people have no {_TOLD.get(key, key)} ({without[name] / n:.1%})"
            yield f"In the group {name} ({grouping.replace('*', ' and ')}), {told}."


def groups_of(cells: Cells, grouping: str, rate: Rate, *, keep_unknown: bool) -> tuple[list[GroupCounts], int]:
    """The groups of a grouping, and how many people belong to none."""
    entity = (ENTITY,) if ENTITY in cells.keys else ()
    table = cells.over((*rate.keys, *grouping_keys(grouping), *entity))
    width, end = len(rate.keys), len(table.keys) - len(entity)
    members: dict[str, list[int]] = {}
    without = 0
    for at, levels in enumerate(table.rows):
        if None in levels[width:end] and not keep_unknown:
            without += table.counts[at]
        else:
            members.setdefault(group_name(levels[width:end]), []).append(at)
    groups = [
        counted_rate(name, table, lambda row: rate.counts(row[:width]), lambda row: rate.hits(row[:width]), own)
        for name, own in sorted(members.items())
    ]
    return groups, without


def _excluded(groups: Sequence[GroupCounts], exclude_under: float) -> dict[str, str]:
    known = sum(group.rows for group in groups)
    return {
        group.name: f"{group.rows} of {known} people, {group.rows / known:.2%}, under {exclude_under:.2%}"
        for group in groups
        if group.rows < Fraction(repr(exclude_under)) * known
    }


def _hits(rate: Rate) -> str:
    favourable = rate.positive == FAVOURABLE and not rate.by_class
    return "Favourable" if favourable and rate.name in ("selection_rate", "true_positive_rate") else _HITS[rate.name]


def _table(
    groups: Sequence[GroupCounts], grouping: str, asked: RateQuestion, compared: Sequence[Estimate], confidence: float
) -> Exhibit:
    """One line per group: rate with its Wilson interval, people, and the comparison with the reference."""
    designed = any(group.design is not None for group in groups)
    headline = {e.group: e for e in compared if e.headline and e.reference is not None}
    reference = next((e.reference for e in headline.values() if e.excluded is None), None)
    rows = []
    for group in groups:
        rate = float(group.rate) if group.denominator else None
        low, high = wilson(*group.at(confidence), confidence) if group.denominator else (None, None)
        estimate = headline.get(group.name)
        interval = estimate.interval if estimate else None
        rows.append((
            group.name, rate, low, high, group.numerator, group.denominator, group.rows,
            *((group.design.effective if group.design else None,) if designed else ()),
            estimate.value if estimate else None,
            interval.low if interval else None,
            interval.high if interval else None,
        ))  # fmt: skip
    unit: Unit
    word, unit = ("Ratio", "ratio") if asked.shape == "ratio" else ("Difference", "number")
    given = columns(
        ("label", "Group", "text"), ("value", "Rate", "rate"), ("low", "From", "rate"), ("high", "To", "rate"),
        ("hits", _hits(asked.rate), "count"), ("counted", "Counted", "count"), ("people", "People", "count"),
        *((("effective", "Effective number", "number"),) if designed else ()),
        ("comparison", word, unit), ("comparison_low", f"{word} from", unit), ("comparison_high", f"{word} to", unit),
    )  # fmt: skip
    note = f"{word}s are against {reference}, whose rate is the reference." if reference else None
    return Exhibit(
        name=f"{asked.table}{f' of {asked.of}' if asked.of else ''}[{grouping}]",
        title=f"{asked.title}{f' ({asked.of})' if asked.of else ''} by {grouping.replace('*', ' and ')}",
        columns=given,
        rows=tuple(rows),
        chart="interval",
        note=note,
    )
