import time

import pytest

from assay.verdict.matching import pattern_problem, whole_text_matches


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("a", "a", True), ("a", "a\n", False), ("a", "xa", False), ("a", "ax", False), ("a|b", "ab", False),
        ("a|b", "b", True), ("(?i)a", "A", True), ("(?m)a", "a\nb", False), ("(?s).*", "a\nb", True),
        (".*", "a\nb", False), ("sha256:[0-9a-f]{64}", "sha256:" + "0" * 64, True), (r"\w+", "été", True),
    ],
)  # fmt: skip
def test_only_the_whole_text_matches(pattern, text, expected):
    assert whole_text_matches(pattern, text) is expected


@pytest.mark.parametrize(
    ("pattern", "what"),
    [
        ("(?=a)b", "look-around"), (r"(a)\1", "backreferences"), ("(", "unclosed group"), ("a)|(b", "unopened group"),
        ("[z-a]", "range"), ("(a{1000}){1000}", "too large"), ("((a{100}){100}){100}", "too large"),
        (r"\w{1000}", "too large"), ("a{99999999999}", "too large"),
        ("(?x)a #", "unclosed group"),
    ],
)  # fmt: skip
def test_a_pattern_that_is_no_pattern_is_told_in_words_and_at_once(pattern, what):
    started = time.perf_counter()
    assert what in (pattern_problem(pattern) or "")
    with pytest.raises(ValueError, match=what):
        whole_text_matches(pattern, "a")
    assert time.perf_counter() - started < 5


@pytest.mark.parametrize("pattern", ["(a+)+b", "(a|a)*b", "(.*)*b", "(a?){50}a{50}b"])
def test_patterns_that_explode_elsewhere_end_at_once(pattern):
    started = time.perf_counter()
    assert whole_text_matches(pattern, "a" * 4000) is False
    assert time.perf_counter() - started < 5


@pytest.mark.parametrize(
    ("pattern", "fits"),
    [
        (r"\w{1,64}", True), ("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", True),
        (r"\pL+ \pL+", True),
        (r"\pL{80}", False), (r"\p{Letter}{80}", False), (r"[\w.-]{80}", False), (r"[[a]\w]{80}", False),
        (r"(\pL\pL){40}", False), (r"(\w{9}){9}", False),
    ],
)  # fmt: skip
def test_many_letters_of_every_language_are_not_asked_for_many_times(pattern, fits):
    assert (pattern_problem(pattern) is None) is fits
