"""The table, read back by the csv module, as a spreadsheet opens it, and by pandas."""

import csv
import re
from dataclasses import replace
from io import StringIO

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.export.table import COLUMNS, render

FIXTURES = ("failing", "passing", "inconclusive", "waived", "everything", "hostile")
FLOATS = st.floats(allow_nan=False, allow_infinity=False)


def read(recorded):
    return list(csv.DictReader(StringIO(render(recorded), newline=""), strict=True))


def frame(recorded):
    """As the documents say: a group called NA is a group."""
    return pd.read_csv(StringIO(render(recorded), newline=""), keep_default_na=False, na_values=[""])


def with_estimate(recorded, **more):
    """The record with another first estimate, and only that control."""
    finding = recorded.audit.findings[0]
    first = finding.measured.estimates[0].model_copy(update=more)
    measured = finding.measured.model_copy(update={"estimates": (first, *finding.measured.estimates[1:])})
    finding = finding.model_copy(update={"measured": measured})
    return replace(recorded, audit=recorded.audit.model_copy(update={"findings": (finding,)}))


@pytest.mark.parametrize("name", FIXTURES)
def test_every_line_has_every_column_and_every_control_is_there(name, request):
    recorded = request.getfixturevalue(name)
    text = render(recorded)
    rows = list(csv.reader(StringIO(text, newline=""), strict=True))
    assert tuple(rows[0]) == COLUMNS
    assert {len(row) for row in rows} == {len(COLUMNS)}
    assert text.endswith("\r\n")
    told = {(row["policy"], row["control"]) for row in read(recorded)}
    assert told == {(finding.policy, finding.control) for finding in recorded.audit.findings}
    assert render(recorded) == text


def test_lines_end_as_rfc_4180_says_and_line_breaks_inside_are_quoted(hostile):
    text = render(hostile)
    outside = re.sub(r'"(?:[^"]|"")*"', "", text)
    assert "\n" in text.replace("\r\n", "")
    assert "\n" not in outside.replace("\r\n", "")
    assert "\r" not in outside.replace("\r\n", "")


def test_a_line_holds_the_numbers_in_full(failing):
    row = read(failing)[0]
    estimate = failing.audit.findings[0].measured.estimates[0]
    told = {key: row[key] for key in ("policy", "control", "severity", "outcome", "effect", "estimate_id", "grouping",
                                      "group", "reference", "n", "numerator", "denominator", "reference_numerator",
                                      "reference_denominator", "criterion", "threshold", "source")}  # fmt: skip
    assert told == {
        "policy": "p", "control": "FAIR-01", "severity": "high", "outcome": "fail", "effect": "block",
        "estimate_id": "impact_ratio[sex: a / b]", "grouping": "sex", "group": "a", "reference": "b", "n": "500",
        "numerator": "100", "denominator": "500", "reference_numerator": "540", "reference_denominator": "900",
        "criterion": "at_least", "threshold": "0.8", "source": "convention",
    }  # fmt: skip
    assert row["value"] == repr(estimate.value) == "0.3333333333333333"
    assert float(row["interval_low"]) == estimate.interval.low
    assert float(row["simultaneous_high"]) == estimate.simultaneous.high
    assert row["interval_confidence"] == "0.95"
    assert (row["model"], row["at"], row["stage"], row["gate"]) == (
        "model", "2026-03-31T12:00:00Z", "staging", "closed",
    )  # fmt: skip


def test_a_control_without_estimates_has_one_line_with_its_own_outcome(everything):
    rows = {row["control"]: row for row in read(everything) if not row["estimate"]}
    told = {name: (row["outcome"], row["effect"]) for name, row in rows.items()}
    assert told == {
        "PERF-01": ("error", "block"),
        "GOV-01": ("fail", "block"),
        "GOV-02": ("not_applicable", "none"),
        "DOC-01": ("fail", "warn"),
        "DOC-02": ("inconclusive", "none"),
        "DOC-03": ("inconclusive", "block"),
        "DOC-04": ("inconclusive", "sign_off"),
        "LAW-01": ("inconclusive", "none"),
        "LAW-02": ("inconclusive", "block"),
        "LAW-03": ("inconclusive", "block"),
    }
    assert rows["DOC-02"]["signed_off_by"] == "S-1"
    assert [rows[name]["attested"] for name in ("LAW-01", "LAW-02", "LAW-03")] == ["pass", "fail", ""]


def test_a_waived_fail_says_both(waived):
    told = {(row["outcome"], row["control_outcome"], row["effect"], row["waived_by"]) for row in read(waived)}
    assert told == {("fail", "fail", "none", "W-1")}


def test_an_undefined_estimate_is_empty_and_says_why(failing):
    undefined = with_estimate(failing, value=None, undefined="nobody of a was approved", interval=None)
    row = read(undefined)[0]
    assert (row["value"], row["interval_low"], row["undefined"]) == ("", "", "nobody of a was approved")
    assert pd.isna(frame(undefined)["value"][0])


def test_every_criterion_of_an_estimate_has_its_line(failing):
    finding = failing.audit.findings[0]
    bounds = finding.criteria[0].model_copy(update={"at_least": None, "between": (0.7, 0.9)})
    second = finding.judgements[0].model_copy(update={"criterion": 1, "outcome": "pass"})
    changed = finding.model_copy(
        update={"criteria": (*finding.criteria, bounds), "judgements": (*finding.judgements, second)}
    )
    rows = read(replace(failing, audit=failing.audit.model_copy(update={"findings": (changed,)})))
    told = [(row["group"], row["criterion"], row["threshold"], row["threshold_to"], row["outcome"]) for row in rows]
    assert told == [
        ("a", "at_least", "0.8", "", "fail"),
        ("a", "between", "0.7", "0.9", "pass"),
        ("north", "at_least", "0.8", "", "fail"),
    ]


def test_no_cell_of_foreign_text_is_a_formula(hostile):
    cells = [cell for row in read(hostile) for cell in row.values()]
    assert any(cell.startswith("'=HYPERLINK(1)") for cell in cells)
    assert not [cell for cell in cells if cell.startswith(("=", "+", "@", "\t", "\r", "\n"))]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", " =", "\ufeff=", "\uff1d", "'"])
def test_a_group_that_begins_as_a_formula_is_text(start, failing):
    assert read(with_estimate(failing, group=f"{start}1+cmd"))[0]["group"] == f"'{start}1+cmd"


@pytest.mark.parametrize("group", ["-5", "+1.5e-3", "18-24", "a = b", "< 30", "NA", "nan", "None"])
def test_a_group_that_only_looks_odd_stays_as_it_is(group, failing):
    assert read(with_estimate(failing, group=group))[0]["group"] == group


def test_negative_numbers_stay_numbers(failing):
    given = with_estimate(failing, value=-0.25)
    assert read(given)[0]["value"] == "-0.25"
    assert frame(given)["value"].dtype.kind == "f"


def test_a_group_called_na_is_a_group_to_pandas(failing):
    assert frame(with_estimate(failing, group="NA"))["group"][0] == "NA"


@given(value=FLOATS, low=FLOATS, high=FLOATS)
def test_numbers_are_read_back_to_the_bit(value, low, high, failing):
    old = failing.audit.findings[0].measured.estimates[0].interval
    interval = old.model_copy(update={"low": low, "high": high})
    given = with_estimate(failing, value=value, interval=interval)
    row, line = read(given)[0], frame(given).iloc[0]
    for key, number in (("value", value), ("interval_low", low), ("interval_high", high)):
        assert float(row[key]).hex() == number.hex()
        assert float(line[key]).hex() == number.hex()


@given(group=st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cn"]), min_size=1))
def test_any_group_is_one_cell(group, failing):
    rows = read(with_estimate(failing, group=group))
    assert len(rows) == 2
    assert rows[0]["group"].removeprefix("'") == group


@given(group=st.text(st.characters()))
def test_no_character_breaks_the_table(group, failing):
    given = with_estimate(failing, group=group)
    assert len(read(given)) == len(frame(given)) == 2


def test_an_audit_without_findings_is_a_header(failing):
    assert render(replace(failing, audit=failing.audit.model_copy(update={"findings": ()}))).count("\r\n") == 1
