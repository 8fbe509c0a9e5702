"""What a gate says of itself, wherever it is printed."""

import pytest

from auditing import DECIDED, control, evaluate, people, write_csv

GROUPS = {
    "open": (("a", "yes", 400), ("a", "no", 100), ("b", "yes", 395), ("b", "no", 105)),
    "closed": (("a", "yes", 80), ("a", "no", 20), ("b", "yes", 40), ("b", "no", 60)),
}


@pytest.fixture(params=GROUPS)
def evaluation(tmp_path, request):
    data = write_csv(tmp_path / "people.csv", *people(*GROUPS[request.param]))
    return evaluate(tmp_path, data, DECIDED, control(), stage="staging")


def test_a_gate_says_its_state_and_why_and_with_the_audit_what_was_found(evaluation):
    gate, audit = evaluation.gate, evaluation.audit
    if gate.open:
        assert str(gate).splitlines()[0].startswith("gate OPEN for staging, as of 2026-03-31")
        assert str(gate).splitlines()[1].startswith("  nothing blocks: 1 pass")
        assert gate.told(audit) == gate.told()
    else:
        head, *why = gate.told(audit).splitlines()
        assert (head[:23], head[-8:]) == ("gate CLOSED for staging", "(exit 1)")
        assert why == [
            "  p/C: fails",
            "    Impact ratio of b against a (group) is 0.5 (0.382 to 0.642), required between 0.8 and 1.25",
        ]
        assert str(gate).splitlines() == [head, "  p/C: fails"]


def test_in_a_debugger_it_is_one_line(evaluation):
    assert repr(evaluation.gate).startswith("<gate ")
    assert "\n" not in repr(evaluation.gate)


def test_hostile_text_adds_no_line_and_moves_no_cursor(evaluation):
    hostile = "p/C: x\n::error::y\r\x1b[2J\u202eabc\u2028z"
    gate = evaluation.gate.model_copy(update={"why": (hostile,)})
    (_, line) = gate.told(evaluation.audit).splitlines()[:2]
    assert line == "  p/C: x\ufffd::error::y\ufffd\ufffd[2J\ufffdabc\ufffdz"
    assert all(char.isprintable() or char == "\n" for char in gate.told(evaluation.audit))
