import shutil
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.checks.data.class_balance import class_balance
from assay.record.policy import Criterion, SmallGroups
from assay.verdict.rollup import conclude
from auditing import control, evaluate, finding_of, shared
from builders import LEVELS, cells, manifest, measure, needs, people_manifest

VIEW = people_manifest()


def balance(labels, p=None):
    if p:
        return measure(class_balance, VIEW, cells(("class:label",), [(each,) for each in labels]), p=p)
    return measure(class_balance, VIEW, cells(("label",), [(LEVELS[each],) for each in labels]))


def outcome(measured, **criterion):
    criteria = (Criterion(source="convention", **criterion),)
    return conclude(criteria=criteria, small_groups=SmallGroups(), measured=measured).outcome


# 10 % is the default of deepchecks and ValidMind.
@pytest.mark.parametrize(("rare", "wanted"), [(99, "fail"), (100, "pass"), (101, "pass")])
def test_the_bound_itself_passes(rare, wanted):
    measured = balance([1] * rare + [0] * (1000 - rare))
    assert outcome(measured, at_least=0.1) == wanted
    (found,) = measured.estimates
    assert (found.exact, found.of, found.basis) == (Fraction(rare, 1000), "favourable", "exact")


def test_one_class_only_has_the_share_0_and_fails():
    measured = balance([0] * 50)
    assert measured.estimates[0].value == 0.0
    assert measured.estimates[0].of == "favourable"
    assert outcome(measured, at_least=0.1) == "fail"


def test_rows_without_a_label_are_left_out_and_told():
    measured = balance([1] * 10 + [0] * 30 + [None] * 10)
    assert (measured.estimates[0].exact, measured.unlabelled) == (Fraction(1, 4), 0.2)
    assert outcome(measured, at_least=0.1) == "inconclusive"


@pytest.mark.parametrize(("labels", "why"), [([], "have no rows"), ([None] * 3, "no row of the test data has a label")])
def test_no_rows_and_no_labels_are_no_balance(labels, why):
    (found,) = balance(labels).estimates
    assert (found.value, found.undefined_as) == (None, "evidence_missing")
    assert why in found.undefined


@given(st.lists(st.sampled_from(["a", "b", "c", None]), min_size=1, max_size=80))
def test_several_classes_are_counted_and_the_rarest_is_named(labels):
    known = [each for each in labels if each is not None]
    (found,) = balance(labels, {"classes": ("a", "b", "c")}).estimates
    if not known:
        assert found.value is None
        return
    counts = {level: known.count(level) for level in "abc"}
    assert found.exact == Fraction(min(counts.values()), len(known))
    assert counts[found.of] == min(counts.values())
    assert balance(labels[::-1], {"classes": ("c", "b", "a")}).estimates == (found,)


def test_a_label_that_nobody_named_is_not_left_out_in_silence():
    (found,) = balance(["a"] * 5 + ["b"] * 5 + ["c"], {"classes": ("a", "b")}).estimates
    assert found.undefined == "'c' occurs as a label, and `classes` does not name it"


@pytest.mark.parametrize("classes", [("a",), ("a", "a"), (1, "1"), ("a", "")])
def test_classes_that_mean_nothing_are_refused(classes):
    with pytest.raises(ValueError, match="class"):
        class_balance.parameters(classes=classes)


def test_without_a_label_nothing_is_asked_for():
    assert needs(class_balance, manifest()).missing == ("data.test", "columns.label")


# The share of people with more than 50 000 dollars, of defaults, and of those who failed the bar, as published.
@pytest.mark.parametrize(
    ("file", "column", "favourable", "published"),
    [
        ("adult/adult.csv.gz", "income", ">50K", 0.239282),
        ("credit_default_taiwan/credit_default_taiwan.csv.gz", "default_payment_next_month", 0, 0.221200),
        ("law_school/law_school_clean.csv.gz", "pass_bar", 1, 1 - 18505 / 20798),
    ],
)
def test_published_shares(tmp_path, file, column, favourable, published):
    data = tmp_path / "data.csv.gz"
    shutil.copy(shared(file), data)
    asked = control(check="data.class_balance", criterion={"at_least": 0.1, "source": "convention"})
    result = evaluate(tmp_path, data, {"label": {"column": column, "favourable": favourable}}, asked)
    (found,) = finding_of(result).measured.estimates
    assert found.value == pytest.approx(published, abs=5e-7)
    assert finding_of(result).outcome == "pass"
