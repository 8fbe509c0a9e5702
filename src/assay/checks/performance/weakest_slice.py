"""The slices of people in which the model errs most: found on one half of a sample, tested on the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import Field

from assay.checks.exhibit import columns
from assay.checks.registry import Context, DataParameters, check
from assay.checks.told import Undefined, inputs_of, lacking_inputs
from assay.evidence.request import Needs, SlicesRequest
from assay.evidence.slices import Amount, Slice, Slices
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.estimate import Estimate, Exhibit, Interval
from assay.record.finding import Measured
from assay.stats.comparison import Rate, difference_interval, exact_difference_interval, exact_ratio_interval
from assay.stats.comparison import ratio_interval as mover_ratio_interval
from assay.stats.false_discovery import Mean, benjamini_hochberg, fisher_greater, welch_greater, welch_interval

GROUPING = "slice"
OTHERS = "everybody else"
MOST_FEATURES = 100
"""Of each two of which slices are made."""


class Parameters(DataParameters):
    """Which people, which inputs, and which slices of them."""

    features: tuple[str, ...] | Literal["all"] = "all"
    """Inputs by which people are sliced."""
    size: int = Field(default=50_000, ge=200, le=200_000)
    """How many people are sampled, at most."""
    bins: int = Field(default=5, ge=2, le=20)
    """Into how many quantiles a number is cut."""
    least: int = Field(default=50, ge=10)
    """People of a slice, in the half where slices are looked for."""
    most: int = Field(default=10, ge=1, le=50)
    """How many slices are tested."""


def _request(p: Parameters, view: SubjectView) -> SlicesRequest:
    decided = view.manifest.columns is not None and view.manifest.columns.decision is not None
    of: Literal["errors", "squares"] = "errors" if decided else "squares"
    return SlicesRequest(p.data, inputs_of(p.features, view), of, p.bins, p.size, p.least, p.most, p.where)


def needs(p: Parameters, view: SubjectView) -> Needs:
    """The weakest slices of a sample."""
    decided = view.manifest.columns is not None and view.manifest.columns.decision is not None
    missing = view.lacks(data=(p.data,), label=True, features=True, probability=not decided)
    missing += lacking_inputs(p.features, view)
    if len(inputs_of(p.features, view)) > MOST_FEATURES:
        missing += (f"at most {MOST_FEATURES} inputs (name them with `features`)",)
    return Needs(() if missing else (_request(p, view),), missing)


@check(
    "performance.weakest_slice",
    version=1,
    estimates={"error_difference": "lower", "relative_drop": "lower"},
    exploratory=True,
)
def weakest_slice(evidence: Evidence, p: Parameters, context: Context) -> Measured:
    """There is no slice of people, by one input or by two, in which the model errs much more than elsewhere.

    Method: exploratory: found by search on one half, tested on the other. Up to `size` people with a label and a
        decision are drawn by their hash; the first half of them is searched, the second half is only counted. A slice
        is a region of one of the `features` (with `all`: of every input), or one of each of two: of a number the people
        between two of its `bins` quantiles in the first half, or at one value where there are no more values than that;
        of a category those at one level, the levels of fewer than `least` people and all beyond the 50 most frequent
        being one; those without a value. Of all slices of at least `least` people, and as many outside, the `most` are
        kept whose error rate exceeds that of everybody else by most standard errors; of two that share more than half
        of the people of the smaller one the stronger one. All numbers are those of the second half. The estimate
        `error_difference` is the error rate in the slice less that outside it; `relative_drop` is 1 - (accuracy in the
        slice) / (accuracy of everybody). Intervals: Newcombe's hybrid score interval; MOVER-R of the accuracy in the
        slice over that outside, of which the drop is a function; Clopper-Pearson limits for a slice under the minimum.
        A second, simultaneous interval at 1 - alpha/m holds for all m slices together. The p-value is that of Fisher's
        exact test, one-sided: that people in the slice do not err more often. It is adjusted by Benjamini and
        Hochberg's method for all slices: a criterion `significance: 0.10` is their q, and fails where an adjusted
        p-value is at most 0.10. Where the manifest declares no decision the error is the squared distance of the
        probability from the event, `error_difference` is a difference of means with Welch's interval and one-sided
        test, and there is no `relative_drop`.
    Evidence: the definitions of the slices, how many were looked at, and people and errors inside each and in all of
        the second half, of the dataset `data` and the rows that meet `where`. No row leaves the engine.
    Inconclusive when: there is no row, nobody has both a label and a decision, no slice has enough people, or nobody
        errs more in a slice than elsewhere in the half that is searched, as where nobody errs at all; a slice has
        nobody in the second half, or fewer than the minimum; the interval straddles the threshold, or a p-value is
        above q and no interval lies within a margin; too many people have no label or no decision; the manifest lists
        no input, or names a weight, an entity or a count; the data are on Spark, from which no row travels.
    Limits: it is exploratory, so that a policy may not let it close a gate: a control of it informs or warns. A slice
        that nobody thought of is found only if it is one of these: not one of three inputs, nor one that quantiles
        cut in two. Slices that share people are tested as if they did not; Benjamini and Hochberg's method holds for
        tests that go up together, which overlapping slices do. Half of the sample is spent on the search. The weakest
        slice of the first half looks better on the second, because part of what it was chosen for was chance.
    Source: Benjamini and Hochberg 1995; Fisher 1935; Newcombe 1998; Donner and Zou 2012; Welch 1947; Cox 1975 (one half
        to find, one half to test). A relative drop of 20 % (Deepchecks) or 5 % (Giskard) is their convention.
    """
    request = _request(p, context.view)
    found = evidence.of(request, Slices)
    drawn = found.sampled.drawn
    unlabelled, undecided = (
        (found.sampled.unlabelled / drawn, found.sampled.undecided / drawn) if drawn else (None, None)
    )
    why = _why_none(found, request)
    if why is not None:
        told, kind = why
        none = tuple(
            Estimate(name=name, grouping=GROUPING, undefined=told, undefined_as=kind, n=found.sampled.known)
            for name in ("error_difference", "relative_drop")
        )
        return Measured(estimates=none, unlabelled=unlabelled, undecided=undecided)
    compared = [_Compared(one, found, request.of, context) for one in found.slices]
    estimates = (*_adjusted([each.difference for each in compared]), *(each.drop for each in compared))
    table = _table(compared, estimates, found)
    return Measured(estimates=estimates, exhibits=(table,), unlabelled=unlabelled, undecided=undecided)


def _why_none(found: Slices, request: SlicesRequest) -> tuple[str, Undefined] | None:
    if not found.sampled.drawn:
        return f"there are no rows in the {request.data} data", "evidence_missing"
    if not found.sampled.known:
        beside = "a decision" if request.of == "errors" else "a score"
        return f"nobody in the {request.data} data has both a label and {beside}", "evidence_missing"
    half = f"the {found.searched} people who were searched"
    if not found.looked_at:
        return f"no slice has {request.least} of {half}, and as many outside", "sample_too_small"
    if not found.slices:
        return (
            f"in none of {found.looked_at} slices of {half} does the model err more than elsewhere",
            "estimate_undefined",
        )
    return None


@dataclass(frozen=True)
class _Compared:
    """One slice beside everybody else, both of the second half."""

    slice: Slice
    found: Slices
    of: str
    context: Context

    @property
    def inside(self) -> Amount:
        return self.slice.inside

    @property
    def outside(self) -> Amount:
        return self.found.tested.less(self.inside)

    @property
    def small(self) -> bool:
        return min(self.inside.people, self.outside.people) < self.context.minimum

    @property
    def difference(self) -> Estimate:
        """With its p-value, not adjusted yet."""
        inside, outside = self.inside, self.outside
        if not self._measurable:
            return self._estimate("error_difference", undefined=self._too_few, undefined_as="sample_too_small")
        if self.of == "squares":
            own, other = (Mean.of(each.people, each.total, each.squares) for each in (inside, outside))
            return self._estimate(
                "error_difference", value=own.mean - other.mean, p_value=welch_greater(own, other), shape="difference",
                method="difference of means; Welch's test, one-sided, Benjamini-Hochberg",
                **self._both(lambda level: welch_interval(own, other, level)),
            )  # fmt: skip
        group, rest = (round(inside.total), inside.people), (round(outside.total), outside.people)
        made = exact_difference_interval if self.small else difference_interval
        return self._estimate(
            "error_difference", value=group[0] / group[1] - rest[0] / rest[1], shape="difference",
            p_value=fisher_greater(group, rest), numerator=group[0], denominator=group[1],
            reference_numerator=rest[0], reference_denominator=rest[1],
            method="difference of rates; Fisher's exact test, one-sided, Benjamini-Hochberg",
            **self._both(lambda level: made(group, rest, level)),
        )  # fmt: skip

    @property
    def drop(self) -> Estimate:
        """Of the accuracy in the slice against that of everybody."""
        inside, outside = self.inside, self.outside
        if self.of == "squares":
            return self._estimate("relative_drop", undefined="a probability has no accuracy: no decision is declared")
        if not self._measurable:
            return self._estimate("relative_drop", undefined=self._too_few, undefined_as="sample_too_small")
        group, rest = ((each.people - round(each.total), each.people) for each in (inside, outside))
        right, everybody = group[0] + rest[0], group[1] + rest[1]
        if not right:
            return self._estimate("relative_drop", undefined="everybody's decision is wrong: the accuracy is 0")
        return self._estimate(
            "relative_drop", value=1 - group[0] * everybody / (group[1] * right), method="ratio of accuracies",
            **self._both(lambda level: self._drop_interval(group, rest, level)),
        )  # fmt: skip

    def _drop_interval(self, group: Rate, rest: Rate, level: float) -> Interval | None:
        """With r the ratio of the accuracies inside and outside, and s the share of the slice, the drop is
        1 - r / (s·r + 1 - s): the larger r, the smaller it is.
        """
        share = group[1] / (group[1] + rest[1])
        made = (exact_ratio_interval if self.small else mover_ratio_interval)(group, rest, level)
        ends = [1 / share if r is None else r / (share * r + 1 - share) for r in (made.low, made.high)]
        return made.model_copy(update={"low": 1 - ends[1], "high": 1 - ends[0]})

    @property
    def _measurable(self) -> bool:
        least = 2 if self.of == "squares" else 1
        return min(self.inside.people, self.outside.people) >= least

    @property
    def _too_few(self) -> str:
        return f"{self.inside.people} people in the slice and {self.outside.people} outside, in the half that is tested"

    def _both(self, made: Callable[[float], Interval | None]) -> dict[str, Interval | None]:
        m, confidence = len(self.found.slices), self.context.confidence
        return {"interval": made(confidence), "simultaneous": made(1 - (1 - confidence) / m)}

    def _estimate(self, name: str, **more: object) -> Estimate:
        people = self.found.tested.people
        given = {
            "name": name, "grouping": GROUPING, "group": self.slice.name, "reference": OTHERS,
            "n": min(self.inside.people, self.outside.people), "comparisons": len(self.found.slices),
            "share": self.inside.people / people if people else None,
            "worse_only": True, "high_is_worse": True, **more,
        }  # fmt: skip
        return Estimate(**given)  # type: ignore[arg-type]


def _adjusted(tested: Sequence[Estimate]) -> list[Estimate]:
    """The same with p-values adjusted for all slices."""
    p_values = [estimate.p_value for estimate in tested if estimate.p_value is not None]
    adjusted = iter(benjamini_hochberg(p_values, len(tested)))
    return [
        estimate if estimate.p_value is None else estimate.model_copy(update={"p_adjusted": next(adjusted)})
        for estimate in tested
    ]


def _table(compared: Sequence[_Compared], estimates: Sequence[Estimate], found: Slices) -> Exhibit:
    rows = []
    for each, estimate in zip(compared, estimates, strict=False):
        inside, outside, interval = each.inside, each.outside, estimate.interval
        rows.append((
            each.slice.name, estimate.value, interval.low if interval else None, interval.high if interval else None,
            inside.people, inside.total / inside.people if inside.people else None,
            outside.total / outside.people if outside.people else None, estimate.p_value, estimate.p_adjusted,
        ))  # fmt: skip
    return Exhibit(
        name="slices",
        title="Where the model errs most",
        columns=columns(
            ("label", "Slice", "text"), ("value", "Difference", "number"), ("low", "From", "number"),
            ("high", "To", "number"), ("n", "People", "count"), ("inside", "Error inside", "number"),
            ("outside", "Error outside", "number"), ("p", "p", "number"), ("adjusted", "p, adjusted", "number"),
        ),
        rows=tuple(rows),
        chart="interval",
        limit=0.0,
        note="Exploratory: found by search on one half, tested on the other. "
        f"{found.looked_at} slices of {found.searched} people were looked at; all numbers are of the other "
        f"{found.tested.people}. Adjusted by Benjamini and Hochberg's method: among slices whose adjusted p is at most "
        "q, no more than a share of q is false on average.",
    )  # fmt: skip
