from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.record.estimate import Interval
from assay.report.words import (
    count,
    enumeration,
    level,
    moment,
    number,
    percent,
    phrase,
    plain,
    printed,
    proportion,
    span,
    threshold,
    title,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.629_318, "0.629"),
        (0.8, "0.800"),
        (0.0, "0"),
        (-0.0222, "−0.0222"),
        (1234.56, "1\u202f235"),
        (7.66e-299, "< 10⁻¹⁶"),
        (-1e-20, "> −10⁻¹⁶"),
        (123_456.7, "123\u202f457"),
        (2.2e-16, "2.20\u202f×\u202f10⁻¹⁶"),
        (0.999_7, "0.9997"),
        (7, "7"),
        (None, "not defined"),
    ],
)
def test_numbers_have_three_significant_digits_and_no_machine_notation(value: float | None, text: str) -> None:
    assert number(value) == text


def test_a_number_just_under_its_threshold_never_reads_as_the_threshold() -> None:
    assert number(0.799_96, 0.8) == "0.79996"
    assert number(0.8, 0.8) == "0.800"


@given(st.floats(min_value=-1e9, max_value=1e9), st.floats(min_value=-1e6, max_value=1e6))
def test_what_is_printed_equals_the_threshold_only_where_the_number_does(value: float, bound: float) -> None:
    text = number(value, bound).replace("\u202f", "").replace("−", "-")
    if "×" not in text and "10⁻¹⁶" not in text:
        assert (float(text) == bound) == (value == bound)


@given(st.floats(min_value=0, max_value=1))
def test_something_never_reads_as_nothing_nor_as_everything(share: float) -> None:
    text = percent(share).removesuffix("\u202f%")
    if share > 1e-8:
        assert float(text) > 0
    if share < 1 - 1e-8:
        assert float(text) < 100


def test_counts_and_proportions_have_thin_spaces() -> None:
    assert count(30_000) == "30\u202f000"
    assert proportion(217, 1_000) == "217 of 1\u202f000 (21.7\u202f%)"
    assert proportion(0, 0) == "0 of 0"


def test_intervals_are_words_and_an_absent_bound_is_said() -> None:
    assert span(Interval(low=0.62, high=0.71, confidence=0.95, method="Wilson")) == "0.620 to 0.710"
    assert span(Interval(low=0.62, high=None, confidence=0.95, method="Wilson")) == "0.620 and above"
    assert span(Interval(low=None, high=0.5, confidence=0.95, method="Wilson")) == "up to 0.500"


def test_names_become_headings_without_underscores() -> None:
    assert title("impact_ratio") == "Impact ratio"
    assert title("sex*age_band") == "Sex × age band"
    assert title("auc_gap") == "AUC gap"
    assert phrase("age_band") == "age band"


def test_parameters_are_words_and_never_python_literals() -> None:
    assert plain({"field": "x", "at_least": 0.5}) == "field: x; at least: 0.5"
    assert plain(["sex", "age_band"]) == "sex, age_band"
    assert (plain(value=True), plain(None), plain([])) == ("yes", "not set", "none")


def test_policy_numbers_stay_as_written() -> None:
    assert (threshold(0.8), threshold(0.05), level(0.95)) == ("0.8", "0.05", "95\u202f%")


def test_dates_are_the_same_in_every_locale() -> None:
    assert moment(datetime(2026, 3, 31, 12, 0, tzinfo=UTC)) == "31 March 2026, 12:00 UTC"


def test_lists_read_as_sentences() -> None:
    assert (enumeration([]), enumeration(["a"]), enumeration(["a", "b", "c"])) == ("", "a", "a, b and c")


def test_sentences_of_the_record_lose_their_machine_notation() -> None:
    assert printed("error is 4.29e-15, at most 1e+06") == "error is 4.29\u202f×\u202f10⁻¹⁵, at most 1\u202f000\u202f000"
    assert printed("p = 7.66e-299 and 1.58e+03 rows") == "p < 0.001 and 1\u202f580 rows"
    assert printed("a p-value of 0.000123") == "a p-value of < 0.001"
    assert printed("differs by 1e-17") == "differs by < 10⁻¹⁶"
    assert printed("1 bins of 1 people, 11 bins, 0.1 rows") == "1 bin of 1 person, 11 bins, 0.1 rows"
    assert printed("case 3e5f9a01 stays") == "case 3e5f9a01 stays"
