import pytest

from assay.export.standing import accepted, standing
from assay.record.gate import GateLine


def line(outcome, effect, **more):
    return GateLine(finding="p/C", outcome=outcome, effect=effect, why="because", **more)


@pytest.mark.parametrize(
    ("one", "told"),
    [
        (line("pass", "none"), "pass"),
        (line("not_applicable", "none"), "not applicable"),
        (line("fail", "block"), "fail, closes the gate"),
        (line("fail", "warn"), "fail, warns"),
        (line("fail", "inform"), "fail, for information"),
        (line("error", "block"), "error, closes the gate"),
        (line("inconclusive", "sign_off"), "inconclusive, closes the gate until signed off"),
        (line("fail", "none", waived_by="W-1"), "fail, waived by W-1"),
        (line("inconclusive", "none", signed_off_by="S-1"), "inconclusive, signed off by S-1"),
        (line("inconclusive", "none", attested="pass"), "inconclusive, attested: pass"),
        (line("inconclusive", "block", attested="fail"), "inconclusive, attested: fail, closes the gate"),
    ],
)
def test_every_way_to_stand_has_words_of_its_own(one, told):
    assert standing(one) == told


def test_a_waiver_that_opens_no_gate_accepts_nothing():
    one = line("fail", "block", waived_by="W-1")
    assert (accepted(one), standing(one)) == (None, "fail, closes the gate")


def test_what_passes_needs_nobody_to_accept_it():
    assert accepted(line("pass", "none", waived_by="W-1")) is None
