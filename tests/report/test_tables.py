from __future__ import annotations

import pytest

from assay.record.estimate import Column, Estimate, Exhibit
from assay.record.finding import Finding, Measured
from assay.record.policy import Criterion
from assay.report.charts import estimates_chart
from assay.report.tables import MOST_EVEN, deciding, estimate_tables, exhibit_table, shortened

from .conftest import check, doc, finding, interval, judged


def is_even(*cells: str | float) -> bool:
    columns = tuple(
        Column(name=f"c{i}", title=f"C{i}", unit="text" if isinstance(cell, str) else "number")
        for i, cell in enumerate(cells)
    )
    return exhibit_table(Exhibit(name="x", title="X", columns=columns, rows=(cells,))).even


@pytest.mark.parametrize(
    ("cells", "even"),
    [
        (("a", 1.0), True),
        (("a", *[1.0] * (MOST_EVEN - 1)), True),
        (("a", *[1.0] * MOST_EVEN), False),
        (("a",), False),
        (("a", "words", 1.0), False),
        (("a", "x" * 200, 1.0), True),
    ],
)
def test_columns_are_of_one_width_only_where_no_word_can_stick_out(cells: tuple[str | float, ...], even: bool) -> None:
    assert is_even(*cells) is even


def rate(grouping: str, group: str, value: float) -> Estimate:
    return Estimate(name="rate", grouping=grouping, group=group, value=value, n=50)


def measured(*rates: tuple[Estimate, str], exhibits: tuple[Exhibit, ...] = ()) -> Finding:
    return finding(
        "C", "t", "fail", "s", check=check("performance.x", doc("d")),
        criteria=(Criterion(at_least=0.5, source="house"),),
        measured=Measured(estimates=tuple(e for e, _ in rates), exhibits=exhibits),
        judgements=tuple(judged(e, outcome, "s") for e, outcome in rates),
    )  # fmt: skip


MONTHS = Exhibit(
    name="auc[month]", title="By month", chart="interval",
    columns=tuple(Column(name=n, title=t, unit=u) for n, t, u in (
        ("label", "Month", "text"), ("value", "AUC", "number"), ("low", "From", "number"), ("high", "To", "number"))),
    rows=tuple((f"2020-{i:03}", 0.7, 0.6, 0.8) for i in range(60)),
)  # fmt: skip


def test_a_long_table_keeps_the_rows_that_decide_then_the_newest_in_the_order_of_time() -> None:
    found = measured((rate("month", "2020-007", 0.3), "fail"), (rate("month", "2020-050", 0.6), "pass"))
    table = exhibit_table(MONTHS, deciding(found), "audit.json (SHA-256 ab…)")
    months = [row[0].text for row in table.rows]
    assert months == ["2020-007", *(f"2020-{i:03}" for i in range(41, 60))]
    assert table.cut == (
        "Shown: 20 of 60 rows, those that decide among them. All of them are in audit.json (SHA-256 ab…)."
    )
    assert [row[0] for row in shortened(MONTHS, deciding(found)).rows] == months, "the chart draws the same rows"


def test_of_many_groups_that_pass_the_nearest_to_the_threshold_stay_and_each_attribute_is_counted() -> None:
    passing = [(rate("age", f"a{i}", 0.5 + i / 100), "pass") for i in range(12)]
    failing = [(rate("sex", f"s{i}", 0.1), "fail") for i in range(3)]
    table = estimate_tables(measured(*passing, *failing))[0]
    assert [row.group for row in table.rows] == ["s0", "s1", "s2", "a0", "a1", "a2", "a3"]
    assert table.attributes == ("sex: 3 fail of 3", "age: 12 pass of 12")
    assert table.more == 8
    assert table.cut.startswith("Shown: 7 of 15 rows")


def test_p_values_are_never_powers_of_ten() -> None:
    columns = (Column(name="g", title="G", unit="text"), Column(name="p_value", title="p-value", unit="number"))
    table = exhibit_table(Exhibit(name="x", title="X", columns=columns, rows=(("a", 7.66e-299), ("b", 0.0499996))))
    assert [row[1].text for row in table.rows] == ["< 0.001", "0.0499996"]


def test_a_region_of_the_inputs_is_drawn_with_the_input_that_it_is_of() -> None:
    found = measured(*((with_interval(rate(name, "1 and above", 0.6)), "pass") for name in ("PAY_0", "PAY_2")))
    drawn = estimates_chart(estimate_tables(found)[0])
    assert drawn is not None
    assert [m.text for m in drawn.marks if m.text.endswith("above")] == ["PAY 0: 1 and above", "PAY 2: 1 and above"]


def test_measures_of_different_scale_never_share_an_axis() -> None:
    first, second = (
        with_interval(Estimate(name=name, value=value, n=5)) for name, value in (("auc", 0.7), ("lift", 300.0))
    )
    drawn = estimates_chart(estimate_tables(measured((first, "pass"), (second, "pass")))[0])
    assert drawn is not None
    dots = [float(mark.attributes["cx"]) for mark in drawn.marks if mark.tag == "circle"]
    assert len([mark for mark in drawn.marks if mark.style == "axis"]) == len(dots) == 2
    assert "own scale" in drawn.legend


def with_interval(estimate: Estimate) -> Estimate:
    assert estimate.value is not None
    return estimate.model_copy(update={"interval": interval(estimate.value - 0.1, estimate.value + 0.1)})


def test_rows_are_not_called_people() -> None:
    small = rate("month", "2020-001", 0.4)
    found = measured((small, "inconclusive"))
    found = found.model_copy(
        update={"judgements": (found.judgements[0].model_copy(update={"reason": "sample_too_small"}),)}
    )
    assert estimate_tables(found)[0].rows[0].why == "Too few rows."
    of_people = found.model_copy(update={"check": check("fairness.x", doc("d"))})
    assert estimate_tables(of_people)[0].rows[0].why == "Too few people."
