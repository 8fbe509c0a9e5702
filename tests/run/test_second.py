"""fairlearn's second computation: it agrees with right numbers, and says so when they are wrong."""

import pytest

from assay.attest.canonical import canonical
from assay.evidence.cells import Cells
from assay.evidence.request import CellsRequest, Needs
from assay.evidence.value import Evidence
from assay.run.audit import Job
from assay.run.second import compute_again
from auditing import DECIDED, control, evaluate, people, write_csv

HEADER = ("group", "decision", "label")
COLUMNS = {**DECIDED, "label": {"column": "label", "favourable": 1}}
ROWS = (("a", "yes", 1, 300), ("a", "no", 1, 100), ("a", "no", 0, 50), ("b", "yes", 1, 200), ("b", "no", 1, 150))
CHECKED = [
    control("A"),
    control("B", check="fairness.equal_opportunity", criterion={"at_most": 0.1, "source": "house"}),
]


def audited(tmp_path, *rows):
    data = write_csv(tmp_path / "d.csv", *people(*rows, header=HEADER))
    return evaluate(tmp_path, data, COLUMNS, *CHECKED).audit


def test_it_agrees_for_both_group_metrics(tmp_path):
    second = audited(tmp_path, *ROWS).second_computation
    assert (second.compared, second.agrees, second.left_out) == (2, True, ())


def test_it_agrees_where_the_levels_of_an_intersection_hold_commas(tmp_path):
    rows = (("x, y", "z", "yes", 90), ("x, y", "z", "no", 10), ("x", "y, z", "yes", 40), ("x", "y, z", "no", 60))
    data = write_csv(tmp_path / "d.csv", *people(*rows, header=("g", "h", "decision")))
    columns = {**DECIDED, "groups": {"g": {"column": "g"}, "h": {"column": "h"}}}
    record = evaluate(tmp_path, data, columns, control(**{"with": {"groups": ["g*h"]}})).audit
    assert (record.second_computation.compared, record.second_computation.agrees) == (1, True)
    assert record.findings[0].outcome == "fail"


def test_a_group_without_positives_is_not_compared(tmp_path):
    record = audited(tmp_path, *ROWS, ("c", "no", 0, 500))
    compared = [e for f in record.findings for e in f.measured.estimates if e.value is not None and e.reference]
    assert record.second_computation.agrees
    assert record.second_computation.compared == len(compared)
    assert not any(
        e.group == "c" and e.name == "equal_opportunity_difference" and e.value is not None for e in compared
    )


RATES = {
    "equalised_odds": ("true_positive_rate_difference", "false_positive_rate_difference"),
    "parity_difference": ("selection_rate_difference",),
    "predictive_parity": ("positive_predictive_value_ratio", "positive_predictive_value_difference"),
    **{
        f"{rate}_rate": (f"{rate}_rate_difference", f"{rate}_rate_ratio")
        for rate in ("false_positive", "false_negative", "false_discovery", "false_omission")
    },
}
BOTH = (*ROWS, ("a", "yes", 0, 30), ("b", "yes", 0, 25), ("b", "no", 0, 90))


def with_rates(tmp_path, **more):
    """An audit of every check that compares a rate, each as it can be asked."""
    asked = [
        control(
            f"{name}-{number}".upper().replace("_", "-"),
            check=f"fairness.{name}",
            criterion={"reported": True, "source": "house"},
            **{"with": {**({"compare": told.rsplit("_", 1)[1]} if name.startswith(("false", "pred")) else {}), **more}},
        )
        for name, estimates in RATES.items()
        for number, told in enumerate(estimates if name != "equalised_odds" else estimates[:1])
    ]
    data = write_csv(tmp_path / "d.csv", *people(*BOTH, header=HEADER))
    return evaluate(tmp_path, data, {**DECIDED, "label": {"column": "label", "favourable": 1}}, *asked).audit


@pytest.mark.parametrize("positive", ["favourable", "unfavourable"])
def test_every_rate_is_computed_again_with_either_outcome_as_the_positive_one(tmp_path, positive):
    record = with_rates(tmp_path, positive=positive)
    given = {estimate.name for finding in record.findings for estimate in finding.measured.estimates}
    assert given == {name for names in RATES.values() for name in names} | {"equalised_odds_difference"}
    second = record.second_computation
    assert (second.compared, second.agrees, second.left_out) == (13, True, ())


def test_a_rate_read_with_the_wrong_positive_outcome_is_found_out(tmp_path):
    record = with_rates(tmp_path, positive="unfavourable")
    finding = next(one for one in record.findings if one.control == "FALSE-POSITIVE-RATE-0")
    side = {True: "favourable", False: "unfavourable"}
    rows = sorted((side[label == 1], side[yes == "yes"], group, n) for group, yes, label, n in BOTH)
    keys = ("label", "decision", "group:group")
    given = Cells(keys, tuple(row[:3] for row in rows), tuple(row[3] for row in rows))
    needs, evidence = Needs((CellsRequest("test", keys),)), Evidence({CellsRequest("test", keys): given})
    assert compute_again([(needs, finding)], evidence, "x").agrees
    told = finding.check.model_copy(update={"parameters": {**finding.check.parameters, "positive": "favourable"}})
    turned = compute_again([(needs, finding.model_copy(update={"check": told}))], evidence, "x")
    assert turned.agrees is False


@pytest.mark.parametrize("wrong", [1e-9, 0.01])
def test_a_wrong_number_is_found_out(tmp_path, wrong):
    from datetime import UTC, datetime

    from assay.api import load_manifest, load_policy

    record = audited(tmp_path, *ROWS)
    manifest, policy = load_manifest(tmp_path / "model.yaml"), load_policy(tmp_path / "policy.yaml")
    job = Job(manifest, (policy,), (), datetime.now(UTC), "production")
    planned = next(p for p in job.plan().controls if p.control.id == "A")
    cells = Cells(
        ("decision", "group:group"),
        (("favourable", "a"), ("favourable", "b"), ("unfavourable", "a"), ("unfavourable", "b")),
        (300, 200, 150, 150),
    )
    evidence = Evidence({CellsRequest("test", ("decision", "group:group")): cells})
    finding = next(f for f in record.findings if f.control == "A")
    assert compute_again([(planned.needs, finding)], evidence, "x").agrees
    estimate = finding.measured.estimates[0]
    forged = estimate.model_copy(update={"value": estimate.value + wrong})
    measured = finding.measured.model_copy(update={"estimates": (forged,)})
    second = compute_again([(planned.needs, finding.model_copy(update={"measured": measured}))], evidence, "x")
    assert second.agrees is False
    assert second.largest_difference == pytest.approx(wrong)


def computed_again(tmp_path, value, cells=None):
    """The second computation where the record gives the first comparison this value."""
    from datetime import UTC, datetime

    from assay.api import load_manifest, load_policy

    record = audited(tmp_path, *ROWS)
    job = Job(load_manifest(tmp_path / "model.yaml"), (load_policy(tmp_path / "policy.yaml"),), (),
              datetime.now(UTC), "production")  # fmt: skip
    needs = next(p for p in job.plan().controls if p.control.id == "A").needs
    finding = next(f for f in record.findings if f.control == "A")
    levels = (("favourable", "a"), ("favourable", "b"), ("unfavourable", "a"), ("unfavourable", "b"))
    made = Cells(("decision", "group:group"), levels, (1, 1, 1, 1), cells, cells and (1.0,) * 4)
    forged = finding.measured.estimates[0].model_copy(update={"value": value})
    measured = finding.measured.model_copy(update={"estimates": (forged,)})
    evidence = Evidence({CellsRequest("test", made.keys): made})
    return compute_again([(needs, finding.model_copy(update={"measured": measured}))], evidence, "x")


@pytest.mark.parametrize(("value", "agrees"), [(1e6, True), (1e6 * (1 + 1e-14), True), (1e6 * (1 + 1e-11), False)])
def test_a_large_ratio_may_differ_in_its_last_digits_and_no_more(tmp_path, value, agrees):
    own, other = ("b", "a") if audited(tmp_path, *ROWS).findings[0].measured.estimates[0].group == "b" else ("a", "b")
    shares = {own: (1.0, 1.0), other: (1.0, 2e6 - 1)}  # rates 1/2 and 1/2e6: a ratio of 1e6
    cells = (shares["a"][0], shares["b"][0], shares["a"][1], shares["b"][1])
    second = computed_again(tmp_path, value, cells)
    assert second.agrees is agrees
    assert second.largest_difference < 1e-10


def test_a_value_that_is_no_number_agrees_with_nothing_and_can_be_written(tmp_path):
    second = computed_again(tmp_path, float("nan"), (1.0, 1.0, 1.0, 1.0))
    assert (second.compared, second.agrees, second.largest_difference) == (1, False, None)
    assert b"NaN" not in canonical(second)
