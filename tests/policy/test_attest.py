"""Controls that ask a person: what the tools for policies make of them."""

import pytest

from assay.api import policy_docs, run_policy_tests
from assay.cli.main import main
from assay.policy.difference import differences
from assay.policy.load import load_family
from policies import control, extends, policy, write

ASKED = {"statement": "The notice was posted.", "roles": ["hr-lead"], "evidence": "required", "maximum_days": 90}
TESTS = """\
assay: policy-tests/v1
tests:
  - name: nobody has attested anything in a test
    expect: {NOTICE-01: {outcome: inconclusive, reason: attestation_pending}}
    gate: closed
  - name: a low risk is asked nothing
    manifest: {risk: {tier: low}}
    expect: {NOTICE-01: not_applicable}
"""


@pytest.fixture
def house(tmp_path):
    asks = control("NOTICE-01", attest=ASKED, when={"not": {"field": "risk.tier", "equals": "low"}})
    text = TESTS.replace("    expect: {NOTICE-01: {", "    manifest: {risk: {tier: high}}\n    expect: {NOTICE-01: {")
    path = write(tmp_path / "house" / "policy.yaml", policy("house", asks, signatures=["author", "approver"]))
    write(tmp_path / "house" / "tests" / "all.yaml", text)
    return path


def test_the_control_list_and_show_say_what_is_asked_of_whom(house, capsys):
    listed = policy_docs([house])
    for told in (
        "- Asks a person to attest: The notice was posted.",
        "- Who may: hr-lead",
        "- Only with a file that shows it",
        "- Counts for 90 days after it was made",
        "- No production gate opens without the signatures: author, approver",
    ):
        assert told in listed, told
    assert main(["policy", "show", str(house)]) == 0
    told = capsys.readouterr().out
    assert "[attest, block]" in told
    assert "signatures: author, approver" in told


def test_tests_see_it_wait_and_are_not_asked_for_a_pass_or_a_fail(house):
    report = run_policy_tests(house)
    assert all(line.holds for line in report.lines)
    assert report.unreached == {}
    hoped = TESTS.replace("{outcome: inconclusive, reason: attestation_pending}", "pass")
    write(house.parent / "tests" / "all.yaml", hoped.replace("gate: closed", "manifest: {risk: {tier: high}}"))
    (line, _) = run_policy_tests(house).lines
    assert (line.holds, line.found) == (False, "inconclusive (attestation_pending)")


def test_mutation_changes_when_it_is_asked_and_not_what_a_person_says(house, capsys):
    assert main(["policy", "test", str(house), "--mutate"]) == 0
    assert "attest" not in capsys.readouterr().out.replace("attested", "")


@pytest.mark.parametrize(
    ("changes", "kind", "facet"),
    [
        ({"roles": ["hr-lead", "dpo"]}, "looser", "attest.roles hr-lead → hr-lead, dpo"),
        ({"roles": None}, "looser", "attest.roles hr-lead → everybody"),
        ({"evidence": "optional"}, "looser", "attest.evidence required → optional"),
        ({"maximum_days": 30}, "stricter", "attest.maximum_days 90 → 30"),
        ({"maximum_days": None}, "looser", "attest.maximum_days 90 → none"),
        ({"statement": "The notice was printed."}, "changed", "`attest` is another"),
    ],
)
def test_what_differs_is_looser_stricter_or_not_comparable(tmp_path, changes, kind, facet):
    trees = (ASKED, {key: value for key, value in {**ASKED, **changes}.items() if value is not None})
    families = [
        load_family(write(tmp_path / f"{number}.yaml", policy("p", control("A", attest=tree))))
        for number, tree in enumerate(trees)
    ]
    (found,) = differences(*families)
    assert (found.kind, found.facets) == (kind, (f"{kind}: {facet}",))
    (back,) = differences(*reversed(families))
    assert back.kind == {"looser": "stricter", "stricter": "looser"}.get(kind, kind)


def test_fewer_signatures_are_looser_and_another_order_is_neither(tmp_path):
    def between(before, after):
        families = [
            load_family(write(tmp_path / f"{number}.yaml", policy("p", control("A"), signatures=list(given))))
            for number, given in enumerate((before, after))
        ]
        return differences(*families)[0].kind

    assert between(("author", "approver"), ("author",)) == "looser"
    assert between(("author", "approver"), ("author", "reviewer", "approver")) == "stricter"
    assert between(("author", "approver"), ("approver", "author")) == "changed"


def test_a_child_raises_the_enforcement_and_nothing_else(tmp_path, house, capsys):
    raised = {"severity": "critical", "enforcement": "block"}
    good = policy("card", extends=[extends("house", controls={"NOTICE-01": raised})])
    assert main(["policy", "check", str(write(tmp_path / "card" / "policy.yaml", good))]) == 0
    criterion = {"criterion": {"at_least": 1, "source": "house"}}
    bad = policy("card", extends=[extends("house", controls={"NOTICE-01": criterion})])
    capsys.readouterr()
    assert main(["policy", "check", str(write(tmp_path / "card" / "policy.yaml", bad))]) == 2
    assert "has no criterion" in capsys.readouterr().err
