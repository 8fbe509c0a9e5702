import hashlib
import json
import math

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from assay.attest.canonical import canonical, digest
from assay.errors import AssayError
from assay.record.audit import Audit
from assay.record.policy import AnswerByTier

# RFC 8785, section 3.2.2: the worked example of the standard.
RFC_EXAMPLE = {
    "numbers": [333333333.33333329, 1e30, 4.50, 2e-3, 0.000000000000000000000000001],
    "string": '\u20ac$\u000f\nA\'B"\\\\"/',
    "literals": [None, True, False],
}
RFC_BYTES = (
    '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
    '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
)


def test_the_worked_example_of_rfc_8785_has_the_bytes_of_the_standard():
    assert canonical(RFC_EXAMPLE) == RFC_BYTES.encode()


def test_keys_are_sorted_by_utf16_code_units_as_the_standard_says():
    # RFC 8785, section 3.2.3.
    names = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\u0080", "\u00f6"]
    order = list(json.loads(canonical(dict.fromkeys(names, 0))))
    assert order == ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]


def test_a_digest_is_the_sha256_of_the_bytes():
    assert digest(b"abc") == "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@pytest.mark.parametrize("value", [math.nan, math.inf, 2**53 + 1, "\ud800"])
def test_a_value_that_json_does_not_have_is_an_error_with_a_hint(value):
    with pytest.raises(AssayError) as caught:
        canonical({"value": value})
    assert caught.value.hint


def test_names_of_fields_are_those_of_the_files_not_of_the_code():
    assert canonical(AnswerByTier.model_validate({"high": "sign_off", "else": "warn"})) == (
        b'{"critical":null,"else":"warn","high":"sign_off","low":null,"medium":null}'
    )


def test_a_record_read_again_has_the_same_bytes(make_audit):
    data = canonical(make_audit())
    assert canonical(Audit.model_validate_json(data, strict=True)) == data


@given(st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=5), st.floats(allow_nan=False, width=64)))
def test_canonical_bytes_are_a_fixed_point(data):
    finite = {key: value for key, value in data.items() if math.isfinite(value)}
    try:
        once = canonical(finite)
        again = rfc8785.dumps(json.loads(once))
    except rfc8785.IntegerDomainError:  # 1e20 is written as an integer, which JSON readers may not keep as a float
        return
    assert again == once
    assert hashlib.sha256(once).hexdigest() == digest(again).removeprefix("sha256:")
