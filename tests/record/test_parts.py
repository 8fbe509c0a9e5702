"""Groups of a finding by name, whoever they are compared with."""

from assay.record.estimate import Estimate
from assay.record.finding import Judgement, Measured
from assay.record.parts import measured_parts, naming, part_outcomes
from gates import finding


def judged(*rows, **more):
    """A finding of estimates `(name, group, reference, outcome)`."""
    estimates = tuple(
        Estimate(name=name, grouping="sex" if group else None, group=group, reference=reference, value=0.5, n=9, **more)
        for name, group, reference, _ in rows
    )
    judgements = tuple(
        Judgement(estimate=one.id, outcome=row[3], sentence="s") for one, row in zip(estimates, rows, strict=True)
    )
    return finding("fail").model_copy(update={"measured": Measured(estimates=estimates), "judgements": judgements})


def test_a_group_has_its_worst_answer_and_the_one_that_only_others_are_compared_with_is_well():
    found = judged(("ratio", "a", "b", "pass"), ("ratio", "a", "c", "fail"), ("ratio", "c", "b", "inconclusive"))
    assert part_outcomes(found, naming(found)) == {"sex: a": "fail", "sex: c": "inconclusive", "sex: b": "pass"}
    assert measured_parts(found, naming(found)) == {"sex: a", "sex: b", "sex: c"}


def test_several_numbers_of_one_group_are_told_apart():
    found = judged(("tpr", "a", "b", "pass"), ("fpr", "a", "b", "fail"))
    assert part_outcomes(found, naming(found)) == {
        "tpr[sex: a]": "pass", "fpr[sex: a]": "fail", "tpr[sex: b]": "pass", "fpr[sex: b]": "pass",
    }  # fmt: skip


def test_what_is_tolerated_or_left_out_decides_nothing():
    found = judged(("ratio", "a", None, "inconclusive"), ("ratio", "b", None, "not_applicable"))
    first, second = found.judgements
    tolerated = found.model_copy(update={"judgements": (first.model_copy(update={"tolerated": True}), second)})
    assert part_outcomes(tolerated, naming(tolerated)) == {}


def test_an_excluded_group_is_not_measured():
    found = judged(("ratio", "a", None, "not_applicable"), excluded="under two per cent of all")
    assert measured_parts(found, naming(found)) == set()
