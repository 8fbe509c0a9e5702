"""Any metric of scikit-learn by group."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from assay.checks._sklearn import DECISIONS, RANKING, SCORES, SIGNED, Metric, Table, problem
from assay.checks.exhibit import columns
from assay.checks.fairness._group_scores import groups_of, score_needs, score_requests, share_unknown, share_unlabelled
from assay.checks.registry import Context, GroupParameters, check
from assay.evidence.cells import Cells, group_name
from assay.evidence.keys import DECISION, LABEL, grouping_keys
from assay.evidence.rates import Positive, positive_level
from assay.evidence.request import Needs
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.estimate import Estimate, Exhibit
from assay.record.finding import Measured
from assay.record.frozen import Scalar
from assay.stats.contrasts import Contrast, Member, compare_members
from assay.stats.pairing import Question
from assay.stats.resampled import Comparison, Resampled, critical_value, resample, resample_still

MOST_SLOW = 30
"""Groups for which scikit-learn's own function is called for every bootstrap sample: a second or so for each."""


class Parameters(GroupParameters):
    """Which metric, of which people, in which groups, compared how."""

    metric: str = "accuracy_score"
    """Its name in sklearn.metrics."""
    arguments: dict[str, Scalar] = Field(default={})
    """Arguments of the metric, such as `{beta: 2}`."""
    compare: Literal["difference", "ratio"] = "difference"
    """How two groups are compared."""
    positive: Positive = "favourable"
    """Which label and decision are the positive ones."""

    @field_validator("metric")
    @classmethod
    def _known(cls, name: str) -> str:
        known = (*DECISIONS, *SCORES)
        if name not in known:
            near = difflib.get_close_matches(name, known, 1, 0.5)
            hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}"
            raise ValueError(f"no metric of two classes in scikit-learn is called {name[:60]!r}; {hint}")
        return name

    @model_validator(mode="after")
    def _fits(self) -> Self:
        allowed = {**DECISIONS, **SCORES}[self.metric]
        for name, value in self.arguments.items():
            if name not in allowed:
                told = f"it takes {', '.join(allowed)}" if allowed else "it takes none"
                raise ValueError(f"{self.metric} takes no argument {name[:60]!r} here; {told}")
            if (wrong := problem(name, value)) is not None:
                raise ValueError(f"{self.metric}: {wrong}")
        if self.metric == "fbeta_score" and "beta" not in self.arguments:
            raise ValueError("fbeta_score needs arguments: {beta: …}")
        if self.compare == "ratio" and self.metric in SIGNED:
            raise ValueError(f"{self.metric} may be negative: compare it by difference")
        if self.metric in SCORES and self.positive != "favourable":
            raise ValueError(f"{self.metric} is of the event that the score speaks for; leave `positive` out")
        return self


def needs(p: Parameters, view: SubjectView) -> Needs:
    """Counts of label and decision by group, or of labels by score and group."""
    if p.metric in SCORES:
        missing = view.lacks(
            data=(p.data,), label=True, score=True, probability=p.metric not in RANKING, groups=p.groups
        )
        return score_needs(p, view, missing, labelled=True)
    missing = view.lacks(data=(p.data,), label=True, decision=True, groups=p.groups)
    measurable = view.groupings(p.groups) and all(each.startswith("columns.groups") for each in missing)
    requests = dict.fromkeys(view.cells(p.data, (LABEL, DECISION), view.groupings(p.groups), p.where).values())
    return Needs(tuple(requests) if measurable else (), missing)


@check("fairness.metric_gap", version=1, estimates={"metric_gap": None})
def metric_gap(evidence: Evidence, p: Parameters, context: Context) -> Measured:
    """A metric of scikit-learn, chosen by the policy, is about the same in every group.

    Method: `metric` is the name of a function of sklearn.metrics, with `arguments`, computed by group through
        fairlearn's MetricFrame from counts as sample weights. Those of label and decision take as positive what
        `positive` says; those of label and score (roc_auc_score, log_loss and the like) the event that the score speaks
        for. The estimate `metric_gap` is the difference of two groups, or with `compare: ratio` their ratio, and names
        its metric. With `reference: highest` every pair of groups is compared, the lower value with the higher; with
        `largest` or the name of a group, every other group with that one. Interval: BCa, from 1000 bootstrap samples of
        the people within each group; for more than 5000 distinct scores of a group, and with `max_fpr`, Student's from
        100. The simultaneous interval is max-t over all comparisons of a grouping (Bonferroni with 100 samples), and
        never narrower than the other. The samples are seeded by the counts, and by a rank among groups of the same
        counts. Where no sample moves the metric of a group, as with a recall of 0 out of 500, its samples are drawn
        from a Dirichlet distribution, with the people of each cell of label and decision and one in each empty one (two
        for all scores of a label): for a rate of 0 or 1 their quantiles are the limits of Clopper and Pearson. The
        interval is then one of percentiles.
    Evidence: counts of people by label, decision and group, or by label, score and group (`groups`, `a*b` for
        intersections) in the dataset `data`, of the rows that meet `where`. People whose group is unknown are counted
        and left out, or with `missing: group` are a group of their own; people without label, decision or score are
        left out.
    Inconclusive when: there are fewer than two groups; the metric is not defined in a group, as where scikit-learn
        warns and returns 0, or where all labels of a group are the same and the metric needs both; the reference's
        value is 0 (ratio); there are more than 30 groups (`max_fpr`); no people could change the metric, as with one
        score for everybody; no group reaches the minimum; a group is below it, for which there is no exact method;
        scores were counted in bins; an interval straddles the threshold; too many people have no label, decision, score
        or known group.
    Limits: the minimum counts people with label and decision, also where the metric looks at some of them only.
        Bootstrap intervals cover less often than they say where a group has few people of an outcome. Metrics of
        several classes and of regression are not taken: fairness.equalised_odds has `classes`, and
        fairness.residual_bias and fairness.mean_absolute_error_ratio are of regression.
    Source: scikit-learn and fairlearn; interval: Efron 1987; Romano and Wolf 2005; Clopper and Pearson 1934.
    """
    return _of_scores(evidence, p, context) if p.metric in SCORES else _of_decisions(evidence, p, context)


def _of_decisions(evidence: Evidence, p: Parameters, c: Context) -> Measured:
    groupings = c.view.groupings(p.groups)
    estimates: list[Estimate] = []
    exhibits: list[Exhibit] = []
    unknown: dict[str, float] = {}
    shares: dict[int, float] = {}
    for grouping, request in c.view.cells(p.data, (LABEL, DECISION), groupings, p.where).items():
        cells = evidence.cells(request).over((LABEL, DECISION, *grouping_keys(grouping)))
        tables, without = _tables(cells, p)
        made, shown = _compared(tables, grouping, p, c)
        estimates += made
        exhibits.append(shown)
        if cells.total:
            unknown[grouping] = without / cells.total
            shares = {at: _share(cells, at) for at in (0, 1)}
    return Measured(
        estimates=tuple(estimates), exhibits=tuple(exhibits), unlabelled=shares.get(0), undecided=shares.get(1),
        unknown=unknown,
    )  # fmt: skip


def _tables(cells: Cells, p: Parameters) -> tuple[list[Table], int]:
    """The groups, and how many people belong to none."""
    import numpy as np

    positive = positive_level(p.positive)
    found: dict[str, list[tuple[int, int, int]]] = {}
    rows: dict[str, int] = {}
    without = 0
    for (label, decision, *levels), n in zip(cells.rows, cells.counts, strict=True):
        if None in levels and p.missing != "group":
            without += n
            continue
        name = group_name(levels)
        rows[name] = rows.get(name, 0) + n
        mine = found.setdefault(name, [])
        if label is not None and decision is not None:
            mine.append((int(label == positive), int(decision == positive), n))
    tables = []
    for name in sorted(found):
        held = np.array(sorted(found[name]), np.int64).reshape(-1, 3)
        tables.append(Table(name, held[:, 0], held[:, 1].astype(np.float64), held[:, 2], rows[name]))
    return tables, without


def _of_scores(evidence: Evidence, p: Parameters, c: Context) -> Measured:
    import numpy as np

    estimates: list[Estimate] = []
    exhibits: list[Exhibit] = []
    unknown: dict[str, float] = {}
    unlabelled = None
    for grouping, request in score_requests(p, c.view, labelled=True).items():
        given = evidence.group_scores(request)
        tables = []
        groups = groups_of(given, keep_unknown=p.missing == "group")
        for group in groups:
            held = group.scores
            k = len(held.score)
            truth = np.repeat(np.array([1, 0], np.int64), k)
            counts = np.concatenate([held.events, held.nonevents])
            some = counts > 0
            why = "" if given.limits is None else "more scores than are told apart were counted in bins"
            if Metric(p.metric, p.arguments).slow and len(groups) > MOST_SLOW:
                why = f"there are {len(groups)} groups, and with max_fpr more than {MOST_SLOW} take too long"
            if held.unscored:
                why = f"{held.unscored} of {group.rows} people of {group.name} have no finite score"
            score = np.concatenate([held.score, held.score])
            tables.append(Table(group.name, truth[some], score[some], counts[some], group.rows, why))
        made, shown = _compared(tables, grouping, p, c)
        estimates += made
        exhibits.append(shown)
        if (share := share_unknown(given, groups)) is not None:
            unknown[grouping] = share
        unlabelled = share_unlabelled(given)
    return Measured(estimates=tuple(estimates), exhibits=tuple(exhibits), unlabelled=unlabelled, unknown=unknown)


def _compared(
    tables: Sequence[Table], grouping: str, p: Parameters, c: Context
) -> tuple[tuple[Estimate, ...], Exhibit]:
    """The groups of one grouping compared, each metric by MetricFrame, its replicates by the metric itself."""
    metric = Metric(p.metric, p.arguments)
    values = metric.by_group(tables)
    members = [
        Member(table.name, found, int(table.counts.sum()), table.rows, why,
               "sample_too_small" if why and not table.why else "estimate_unstable")
        for table, (found, why) in zip(tables, values, strict=True)
    ]  # fmt: skip
    drawn: dict[str, Resampled] = {}
    ranked = _ranked(tables)

    def resampled(name: str) -> Resampled:
        if name not in drawn:
            table, rank = ranked[name]
            found = resample(table.counts, metric.statistic(table), rank=rank, slow=metric.slow)
            if found.still:
                full, levels = _full(table)
                found = resample_still(found.value, full.counts, metric.statistic(full), levels, rank=rank)
            drawn[name] = found
        return drawn[name]

    pairs: dict[tuple[str, str], Comparison] = {}

    def compare(group: Member, reference: Member) -> Contrast:
        own, other = group.value or 0.0, reference.value or 0.0
        if p.compare == "ratio" and other <= 0:
            return Contrast(None, why=f"{p.metric} of {reference.name} is 0, so there is no ratio to it")
        value = own / other if p.compare == "ratio" else own - other
        pair = Comparison(resampled(group.name), resampled(reference.name), p.compare == "ratio")
        pairs[group.name, reference.name] = pair
        return Contrast(value, pair.interval, method=metric.told)

    asked = Question("metric_gap", p.compare, grouping, c.confidence, c.minimum, c.decide_on, p.reference, of=p.metric)
    made = compare_members(members, asked, compare)
    critical = None
    if len(pairs) > 1 and all(pair.many for pair in pairs.values()):
        critical = critical_value(list(pairs.values()), c.confidence)
    if critical is not None:
        made = tuple(_together(each, pairs, critical, c.confidence) for each in made)
    return made, _exhibit(tables, values, made, grouping, p)


def _ranked(tables: Sequence[Table]) -> Mapping[str, tuple[Table, int]]:
    """By name, with the rank among those of the same counts: by what is counted, and by name where that is the same."""
    found: dict[str, tuple[Table, int]] = {}
    seen: Counter[tuple[int, ...]] = Counter()
    for table in sorted(tables, key=lambda each: (each.truth.tolist(), each.predicted.tolist(), each.name)):
        counts = tuple(table.counts.tolist())
        found[table.name] = table, seen[counts]
        seen[counts] += 1
    return found


def _full(table: Table) -> tuple[Table, int]:
    """The table with its empty cells, and how many cells a label has: two of decisions, or one for each score."""
    import numpy as np

    decided = set(table.predicted.tolist()) <= {0.0, 1.0}
    levels = np.array([0.0, 1.0]) if decided else np.unique(table.predicted)
    k = len(levels)
    counts = np.zeros(2 * k, np.int64)
    np.add.at(counts, table.truth * k + np.searchsorted(levels, table.predicted), table.counts)
    truth = np.repeat(np.array([0, 1], np.int64), k)
    return replace(table, truth=truth, predicted=np.concatenate([levels, levels]), counts=counts), k


def _together(
    estimate: Estimate, pairs: Mapping[tuple[str, str], Comparison], critical: float, confidence: float
) -> Estimate:
    """With the simultaneous interval of all comparisons, where there is one."""
    pair = pairs.get((estimate.group or "", estimate.reference or ""))
    if pair is None or estimate.simultaneous is None:
        return estimate
    return estimate.model_copy(update={"simultaneous": pair.simultaneous(critical, confidence)})


def _share(cells: Cells, at: int) -> float:
    """Of people whose level at that place of the keys is unknown."""
    return sum(n for levels, n in zip(cells.rows, cells.counts, strict=True) if levels[at] is None) / cells.total


def _exhibit(
    tables: Sequence[Table],
    values: Sequence[tuple[float | None, str]],
    made: Sequence[Estimate],
    grouping: str,
    p: Parameters,
) -> Exhibit:
    headline = {each.group: each for each in made if each.headline}
    word = p.compare.capitalize()

    def lines() -> Iterator[tuple[str | float | int | None, ...]]:
        for table, (value, _) in zip(tables, values, strict=True):
            estimate = headline.get(table.name)
            interval = estimate.interval if estimate else None
            yield (
                table.name, value, int(table.counts.sum()), table.rows, estimate.value if estimate else None,
                interval.low if interval else None, interval.high if interval else None,
            )  # fmt: skip

    given = columns(
        ("label", "Group", "text"), ("value", p.metric, "number"), ("counted", "Counted", "count"),
        ("people", "People", "count"), ("comparison", word, "number"), ("comparison_low", f"{word} from", "number"),
        ("comparison_high", f"{word} to", "number"),
    )  # fmt: skip
    return Exhibit(
        name=f"metric[{grouping}]", title=f"{p.metric} by {grouping.replace('*', ' and ')}", columns=given,
        rows=tuple(lines()), chart="bar",
    )  # fmt: skip
