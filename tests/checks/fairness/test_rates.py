"""What holds for every check that compares one rate of groups: values, boundaries, what is undefined, its algebra."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import confusion_matrix

from assay.checks.registry import find
from assay.evidence.cells import Cells
from auditing import control, evaluate, finding_of, people, write_csv
from builders import by_group, cells, measure, people_manifest

SEX = people_manifest("sex")
WEIGHTED = people_manifest("sex", columns={**SEX.columns.model_dump(mode="json", exclude_none=True), "weight": "w"})
GOOD, BAD = "favourable", "unfavourable"
CHECKS = {
    "parity_difference": ("selection_rate", lambda tn, fp, fn, tp: Fraction(tp + fp, tn + fp + fn + tp)),
    "false_positive_rate": ("false_positive_rate", lambda tn, fp, fn, tp: Fraction(fp, fp + tn)),
    "false_negative_rate": ("false_negative_rate", lambda tn, fp, fn, tp: Fraction(fn, fn + tp)),
    "predictive_parity": ("positive_predictive_value", lambda tn, fp, fn, tp: Fraction(tp, tp + fp)),
    "false_discovery_rate": ("false_discovery_rate", lambda tn, fp, fn, tp: Fraction(fp, tp + fp)),
    "false_omission_rate": ("false_omission_rate", lambda tn, fp, fn, tp: Fraction(fn, fn + tn)),
}
"""Check → its rate, and the rate from the four counts."""
SHAPES = {
    name: ("difference", "ratio") if "compare" in find(f"fairness.{name}").parameters.model_fields else ("difference",)
    for name in CHECKS
}
CASES = [(name, shape) for name, shapes in SHAPES.items() for shape in shapes]
every_case = pytest.mark.parametrize(("name", "shape"), CASES)
every_check = pytest.mark.parametrize("name", CHECKS)


def keys(name):
    return ("decision", "group:sex") if name == "parity_difference" else ("label", "decision", "group:sex")


def rated(name, rows, shape="difference", view=SEX, **options):
    """The check on people (label, decision, group)."""
    kept = [row[1:] for row in rows] if name == "parity_difference" else rows
    given = cells(keys(name), kept)
    if view is WEIGHTED:
        given = Cells(given.keys, given.rows, given.counts, *options.pop("weights")(given.counts))
    p = {**options.pop("p", {}), **({"compare": shape} if len(SHAPES[name]) > 1 else {})}
    return measure(find(f"fairness.{name}"), view, given, p=p, **options)


def rows_of(**groups):
    """People from name=(true negatives, false positives, false negatives, true positives)."""
    sides = ((BAD, BAD), (BAD, GOOD), (GOOD, BAD), (GOOD, GOOD))
    return [(*side, name) for name, counts in groups.items() for side, n in zip(sides, counts, strict=True)
            for _ in range(n)]  # fmt: skip


def combined(rate, other, shape):
    return rate - other if shape == "difference" else rate / other


A, B = (40, 20, 10, 30), (50, 10, 30, 60)


@every_case
def test_the_estimate_compares_the_rates_of_the_published_definition_exactly(name, shape):
    rate, formula = CHECKS[name]
    (found,) = rated(name, rows_of(a=A, b=B), shape).estimates
    rates = {"a": formula(*A), "b": formula(*B)}
    assert found.name == f"{rate}_{shape}"
    assert rates[found.group] <= rates[found.reference]
    assert found.exact == combined(rates[found.group], rates[found.reference], shape)
    assert found.interval.low < found.value < found.interval.high


@every_check
def test_with_the_unfavourable_outcome_positive_the_sides_change_places(name):
    turned = rows_of(a=A[::-1], b=B[::-1])
    (found,) = rated(name, turned, p={"positive": "unfavourable"}).estimates
    assert found == rated(name, rows_of(a=A, b=B)).estimates[0]


@every_check
def test_what_is_compared_by_default_is_what_is_usual(name):
    (found,) = measure(find(f"fairness.{name}"), SEX, cells(keys(name), rows_in(name))).estimates
    assert found.shape == ("ratio" if name == "predictive_parity" else "difference")


def rows_in(name):
    rows = rows_of(a=A, b=B)
    return [row[1:] for row in rows] if name == "parity_difference" else rows


# 30 of 100 against 40 of 100 or 50 of 100 against 40 of 100 on either side of a difference of 0.1
@every_check
@pytest.mark.parametrize(("hits", "outcome"), [(30, "pass"), (29, "fail"), (50, "pass"), (51, "fail")])
def test_at_the_threshold_it_passes_and_beyond_it_fails_on_either_side(tmp_path, name, hits, outcome):
    finding = audited(tmp_path, name, {"a": (hits, 100), "b": (40, 100)}, {"at_most": 0.1}, decide_on="estimate")
    assert finding.outcome == outcome


@every_check
@pytest.mark.parametrize(
    ("hits", "outcome", "reason"),
    [(4000, "pass", None), (3450, "inconclusive", "interval_straddles"), (2000, "fail", None)],
)
def test_the_interval_decides_and_may_leave_it_open(tmp_path, name, hits, outcome, reason):
    finding = audited(tmp_path, name, {"a": (hits // 5, 2000), "b": (4000 // 5, 2000)}, {"at_most": 0.05})
    assert (finding.outcome, finding.reason) == (outcome, reason)


@every_check
def test_a_small_group_never_passes(tmp_path, name):
    finding = audited(tmp_path, name, {"a": (8, 20), "b": (4000, 10000)}, {"at_most": 0.9})
    assert (finding.outcome, finding.reason) == ("inconclusive", "sample_too_small")


COUNTED = {
    "parity_difference": lambda hit: ("yes", "yes" if hit else "no"),
    "false_positive_rate": lambda hit: ("no", "yes" if hit else "no"),
    "false_negative_rate": lambda hit: ("yes", "no" if hit else "yes"),
    "predictive_parity": lambda hit: ("yes" if hit else "no", "yes"),
    "false_discovery_rate": lambda hit: ("no" if hit else "yes", "yes"),
    "false_omission_rate": lambda hit: ("yes" if hit else "no", "no"),
}
"""Check → label and decision of somebody who counts, hit or not."""
COLUMNS = {
    "label": {"column": "label", "favourable": "yes", "unfavourable": "no"},
    "decision": {"column": "decision", "favourable": "yes", "unfavourable": "no"},
    "groups": {"group": {"column": "group"}},
}


def audited(tmp_path, name, groups, criterion, **more):
    """The finding where groups have so many hits of so many who count."""
    counted = [(group, *COUNTED[name](hit), n) for group, (k, all_) in groups.items()
               for hit, n in ((True, k), (False, all_ - k))]  # fmt: skip
    data = write_csv(tmp_path / "d.csv", *people(*counted, header=("group", "label", "decision")))
    shape = {"with": {"compare": "difference"}} if len(SHAPES[name]) > 1 else {}
    asked = control(check=f"fairness.{name}", criterion={**criterion, "source": "house", **more}, **shape)
    return finding_of(evaluate(tmp_path, data, COLUMNS, asked))


EMPTY = {
    "parity_difference": [(GOOD, None, "c")] * 50,
    "false_positive_rate": rows_of(c=(0, 0, 20, 30)),
    "false_negative_rate": rows_of(c=(20, 30, 0, 0)),
    "predictive_parity": rows_of(c=(20, 0, 30, 0)),
    "false_discovery_rate": rows_of(c=(20, 0, 30, 0)),
    "false_omission_rate": rows_of(c=(0, 20, 0, 30)),
}


@every_case
def test_a_group_in_which_nobody_counts_is_undefined_and_not_zero(name, shape):
    found = by_group(rated(name, rows_of(a=A, b=B) + EMPTY[name], shape))
    assert (found["c"].value, found["c"].undefined_as) == (None, "sample_too_small")
    assert found["c"].undefined == "nobody of c counts towards the rate"
    assert sum(each.value is not None for each in found.values()) == 1


def test_a_ratio_to_a_rate_of_zero_is_undefined():
    found = rated("false_positive_rate", rows_of(a=(50, 0, 5, 5), b=(60, 0, 5, 5)), "ratio").estimates
    assert [(each.group, each.value) for each in found] == [(None, None), ("b", None), ("a", None)]
    assert all("the rate of b is 0, so there is no ratio to it" in each.undefined for each in found)


outcome = st.sampled_from([GOOD, BAD])
crowd = st.lists(st.tuples(outcome, outcome, st.sampled_from("abc")), min_size=2, max_size=80)


@every_case
@settings(max_examples=15, deadline=None)
@given(rows=crowd)
def test_the_values_are_those_of_a_confusion_matrix_of_scikit_learn(name, shape, rows):
    _, formula = CHECKS[name]
    rates = {}
    for group in {row[2] for row in rows}:
        truth, decided = ([int(row[at] == GOOD) for row in rows if row[2] == group] for at in (0, 1))
        try:
            rates[group] = float(formula(*map(int, confusion_matrix(truth, decided, labels=[0, 1]).ravel())))
        except ZeroDivisionError:
            continue
    for found in rated(name, rows, shape, minimum=1).estimates:
        if found.value is not None:
            again = combined(rates[found.group], rates[found.reference], shape)
            assert found.value == pytest.approx(again, abs=1e-12)
        elif found.denominator:
            assert found.numerator / found.denominator == pytest.approx(rates[found.group], abs=1e-12)
        elif found.group is not None:
            assert found.group not in rates


@every_case
@settings(max_examples=10, deadline=None)
@given(rows=crowd, random=st.randoms())
def test_the_order_of_rows_and_the_names_of_groups_change_nothing(name, shape, rows, random):
    measured = rated(name, rows, shape, minimum=1)
    assert rated(name, random.sample(rows, len(rows)), shape, minimum=1) == measured
    named = rated(name, [(*row[:2], {"a": "x", "b": "y", "c": "z"}[row[2]]) for row in rows], shape, minimum=1)
    assert [(e.value, e.interval, e.n) for e in named.estimates] == [
        (e.value, e.interval, e.n) for e in measured.estimates
    ]


@every_case
@settings(max_examples=10, deadline=None)
@given(scale=st.sampled_from([0.001, 0.3, 7.0, 1e6]), rows=crowd)
def test_scaling_all_weights_changes_nothing(name, shape, scale, rows):
    def weights(by):
        return lambda counts: (tuple(n * by for n in counts), tuple(n * by * by for n in counts))

    plain = rated(name, rows, shape, WEIGHTED, minimum=1, weights=weights(1.0))
    scaled = rated(name, rows, shape, WEIGHTED, minimum=1, weights=weights(scale))
    for one, other in zip(plain.estimates, scaled.estimates, strict=True):
        assert one.id == other.id
        assert one.value == pytest.approx(other.value, rel=1e-12) if one.value is not None else other.value is None
        if one.interval is not None and one.interval.high is not None:
            assert one.interval.high == pytest.approx(other.interval.high, rel=1e-9)


@every_check
def test_missing_labels_decisions_and_groups_are_in_no_denominator_and_told(name):
    rows = rows_of(a=A, b=B)
    (before,) = rated(name, rows).estimates
    more = [*rows, *[(None, GOOD, "a")] * 5, *[(GOOD, None, "b")] * 10, *[(GOOD, GOOD, None)] * 10]
    measured = rated(name, more if name != "parity_difference" else more[: len(rows)] + more[-20:])
    (after,) = measured.estimates
    assert (after.exact, after.n) == (before.exact, before.n)
    assert measured.undecided == pytest.approx(10 / (275 if name != "parity_difference" else 270))
    assert measured.unknown["sex"] > 0


@every_check
def test_the_table_of_rates_names_what_is_counted(name):
    (table,) = rated(name, rows_of(a=A, b=B)).exhibits
    assert table.name == "rates[sex]"
    assert [column.name for column in table.columns][:6] == ["label", "value", "low", "high", "hits", "counted"]
    assert table.columns[4].title not in ("", "Favourable") or name == "parity_difference"
