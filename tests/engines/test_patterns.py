"""Texts that look like personal data, against Python's own regular expressions."""

import re

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assay.evidence.patterns import PATTERNS, ColumnPatterns, Patterns
from assay.evidence.reading import read_table
from assay.evidence.request import PatternsRequest
from assay.evidence.table import UnreadableTable
from assay.evidence.telling import told
from subjects import value, with_data

LOOKS = {
    "e-mail address": ["ask ann.lee+x@mail.example.org", "A@b.io"],
    "telephone number": ["call +44 20 7946 0958", "+1(202)555-0143"],
    "IBAN": ["DE89 3704 0044 0532 0130 00", "GB29NWBK60161331926819"],
    "payment card number": ["4111 1111 1111 1111", "card 5500-0055-5555-5559."],
    "US social security number": ["078-05-1120"],
    "IP address": ["from 192.168.0.1"],
}
HARMLESS = ["paid late", "3.14159", "2024-05-01", "order 1234567", "a@b", "12-34-567", "1.2.3", "flat 5, 2nd floor"]


def counted(folder, texts):
    folder.mkdir(exist_ok=True)
    frame = pd.DataFrame({"note": pd.Series(texts, dtype="string")})
    return value(with_data(folder, {}, test=frame), PatternsRequest("test", ("note",)))


@pytest.mark.parametrize("kind", PATTERNS)
def test_each_kind_is_found_in_the_middle_of_a_text(tmp_path, kind):
    (column,) = counted(tmp_path, [*LOOKS[kind], *HARMLESS, None, " "]).columns
    assert column.texts == len(LOOKS[kind]) + len(HARMLESS)
    assert dict(zip(PATTERNS, column.found, strict=True))[kind] == len(LOOKS[kind])
    assert column.any_kind == len(LOOKS[kind])


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.sampled_from([*HARMLESS, *(text for texts in LOOKS.values() for text in texts)])
        | st.text(alphabet="aZ09 @.+-()", min_size=1)
    )
)
def test_texts_are_counted_as_by_python(tmp_path, texts):
    texts = [text for text in texts if text.strip()]
    (column,) = counted(tmp_path, texts).columns
    expected = tuple(sum(bool(re.search(p, text)) for text in texts) for p in PATTERNS.values())
    assert column.found == expected
    assert column.any_kind == sum(any(re.search(p, text) for p in PATTERNS.values()) for text in texts)


def test_the_table_holds_counts_and_no_text(tmp_path):
    found = counted(tmp_path, LOOKS["e-mail address"])
    request = PatternsRequest("test", ("note",))
    assert read_table(request, found.csv()) == (request, found)
    assert b"@" not in found.csv()
    assert told(request) == "texts of test that look like personal data"


@pytest.mark.parametrize(
    "wrong",
    [
        ColumnPatterns("a", 3, (4, 0, 0, 0, 0, 0), 3),
        ColumnPatterns("a", 3, (1, 1, 0, 0, 0, 0), 3),
        ColumnPatterns("a", 3, (1, 1, 0, 0, 0, 0), 0),
        ColumnPatterns("a", 3, (3, 3, 3, 0, 0, 0), 4),
    ],
)
def test_counts_that_cannot_be_are_refused(wrong):
    with pytest.raises(UnreadableTable):
        read_table(PatternsRequest("test", ("a",)), Patterns((wrong,)).csv())


def test_a_column_twice_is_refused():
    one = ColumnPatterns("a", 3, (1, 0, 0, 0, 0, 0), 1)
    with pytest.raises(UnreadableTable):
        read_table(PatternsRequest("test", ("a",)), Patterns((one, one)).csv())
