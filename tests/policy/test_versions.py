"""Version ranges of `extends`."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.policy.versions import check_range, in_range


@pytest.mark.parametrize(
    ("wanted", "inside", "outside"),
    [
        ("1.2.3", ["1.2.3"], ["1.2.2", "1.2.4", "2.2.3"]),
        ("^1.2", ["1.2.0", "1.2.9", "1.10.0"], ["1.1.9", "2.0.0", "0.9.0"]),
        ("^1.2.3", ["1.2.3", "1.3.0"], ["1.2.2", "2.0.0"]),
        ("^1", ["1.0.0", "1.99.0"], ["0.9.9", "2.0.0"]),
        ("^0.2", ["0.2.0", "0.2.9"], ["0.3.0", "0.1.9", "1.0.0"]),
        ("^0.0.3", ["0.0.3"], ["0.0.4", "0.0.2"]),
        ("^0.0", ["0.0.0", "0.0.9"], ["0.1.0"]),
        ("^0", ["0.0.1", "0.9.9"], ["1.0.0"]),
        ("~1.2", ["1.2.0", "1.2.99"], ["1.3.0", "1.1.9"]),
        ("~1.2.3", ["1.2.3", "1.2.9"], ["1.2.2", "1.3.0"]),
        ("~1", ["1.0.0", "1.9.0"], ["2.0.0"]),
        (">=1.2, <3", ["1.2.0", "2.99.99"], ["1.1.9", "3.0.0"]),
        (">1.2,<=1.3", ["1.2.1", "1.3.0"], ["1.2.0", "1.3.1"]),
        (" ^ 1.2 ", ["1.2.0"], ["2.0.0"]),
        (">3, <2", [], ["1.0.0", "2.5.0", "4.0.0"]),
    ],
)
def test_a_range_holds_what_it_says_and_nothing_else(wanted, inside, outside):
    assert [version for version in inside if not in_range(version, wanted)] == []
    assert [version for version in outside if in_range(version, wanted)] == []


@pytest.mark.parametrize(
    ("wanted", "what"),
    [
        ("", "`` is no version range"),
        ("1.2", "`1.2` is no whole version"),
        ("latest", "`latest` is no version range"),
        ("1.2.3.4", "is no version range"),
        ("^01.2", "is no version range"),
        ("==1.2.3", "is no version range"),
        ("^1.2, <1.5", "only comparisons"),
        (">=1.2,", "`` is no version range"),
        ("1.x", "is no version range"),
        ("^1." + "9" * 50, "is no version range"),
        ("^\N{ARABIC-INDIC DIGIT ONE}", "is no version range"),
    ],
)
def test_what_is_no_range_is_an_error(wanted, what):
    with pytest.raises(ValueError, match=r"version|comparisons") as caught:
        check_range(wanted)
    assert what in str(caught.value)


@given(*[st.integers(0, 12) for _ in range(3)])
def test_every_version_lies_in_its_own_caret_and_tilde_and_not_in_that_of_the_next_major(major, minor, patch):
    version = f"{major}.{minor}.{patch}"
    assert in_range(version, f"^{version}")
    assert in_range(version, f"~{version}")
    assert not in_range(f"{major + 1}.{minor}.{patch}", f"^{version}")
    assert not in_range(f"{major}.{minor + 1}.{patch}", f"~{version}")
