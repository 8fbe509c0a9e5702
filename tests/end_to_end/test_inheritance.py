"""A whole audit against a policy that extends another one."""

import assay
from auditing import AT, DECIDED, control, people, write_csv
from policies import extends, policy, write

SHARES = people(("a", "yes", 60), ("a", "no", 40), ("b", "yes", 50), ("b", "no", 50))
POINT = {"decide_on": "estimate", "source": "convention"}


def evaluated(tmp_path, *names, **more):
    """Group b is favoured at 50/60 = 0.83 of the rate of group a."""
    write_csv(tmp_path / "scored.csv", *SHARES)
    manifest = {"assay": "manifest/v1", "identity": {"id": "m", "name": "M", "version": "1"},
                "data": {"test": {"path": "scored.csv"}}, "columns": DECIDED}  # fmt: skip
    write(tmp_path / "model.yaml", manifest)
    fair = control("FAIR", criterion={"at_least": "$floor", **POINT}, enforcement="warn")
    parameters = {"floor": {"default": 0.8, "tighten": "up"}}
    write(tmp_path / "house" / "policy.yaml", policy("house", fair, parameters=parameters))
    asked = extends("house", parameters={"floor": {"value": 0.9, "source": "house", "note": "minute 12"}},
                    controls={"FAIR": {"enforcement": "block"}})  # fmt: skip
    own = control("OWN", check=None, criterion=None, require={"field": "identity.version", "is": "present"})
    own = {key: value for key, value in own.items() if value is not None}
    write(tmp_path / "card" / "policy.yaml", policy("card", own, extends=[asked]))
    return assay.audit(tmp_path / "model.yaml", policies=[tmp_path / name for name in names], at=AT, **more)


def outcomes(result):
    return {finding.id: finding.outcome for finding in result.audit.findings}


def test_the_parent_alone_passes_and_tightened_by_its_child_fails_and_closes_the_gate(tmp_path):
    assert outcomes(evaluated(tmp_path, "house")) == {"house/FAIR": "pass"}
    result = evaluated(tmp_path, "card")
    assert outcomes(result) == {"house/FAIR": "fail", "card/OWN": "pass"}
    line = next(line for line in result.gate.lines if line.finding == "house/FAIR")
    assert line.effect == "block"
    finding = next(finding for finding in result.audit.findings if finding.control == "FAIR")
    assert finding.place == "house/policy.yaml:10"
    assert finding.criteria[0].note == "minute 12; tightened by card 1.0.0 from 0.8 (convention)"


def test_naming_the_parent_too_and_turning_the_names_round_gives_the_same_record(tmp_path):
    one = evaluated(tmp_path, "card").audit
    assert evaluated(tmp_path, "house", "card").audit == one
    assert evaluated(tmp_path, "card", "house").audit == one
    assert [policy.id for policy in one.policies] == ["card", "house"]


def test_the_bundle_holds_every_policy_that_was_applied(tmp_path):
    result = evaluated(tmp_path, "card", out=tmp_path / "reports")
    assert sorted(path.name for path in (result.bundle / "policy").glob("*.yaml")) == [
        "card.yaml", "house.yaml", "model.yaml",
    ]  # fmt: skip
    assert all("not signed" in problem.what for problem in assay.verify(result.bundle).problems)
