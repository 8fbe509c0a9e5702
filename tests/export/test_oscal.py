import json
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from trestle.oscal.assessment_results import Model

from assay.attest.canonical import canonical
from assay.export.oscal import render
from assay.export.oscal_terms import token
from assay.record.audit import Audit
from export_example import example
from export_manifests import FULL, HOSTILE_MANIFEST, with_manifest

KINDS = ["failing", "passing", "inconclusive", "waived", "everything", "hostile"]


@pytest.fixture(params=KINDS)
def any_of_them(request):
    return request.getfixturevalue(request.param)


def read(recorded):
    """The document as compliance-trestle reads it."""
    return Model.model_validate_json(render(recorded)).assessment_results


def plain(value):
    """A token of OSCAL out of the models that stand around it."""
    while not isinstance(value, str):
        value = value.root if hasattr(value, "root") else value.value
    return value


def result_of(recorded):
    return read(recorded).results[0]


def told(thing):
    """The properties by name; of a name that stands more than once, all."""
    found = {}
    for one in thing.props or []:
        found.setdefault(one.name, []).append(one.value)
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}


def by_control(things):
    return {told(thing)["control"]: thing for thing in things or []}


def states(recorded):
    return {
        control: (plain(finding.target.status.state), plain(finding.target.status.reason))
        for control, finding in by_control(result_of(recorded).findings).items()
    }


def test_the_reader_of_oscal_reads_it_and_finds_every_finding(any_of_them):
    audit = any_of_them.audit
    document = read(any_of_them)
    (result,) = document.results
    assert list(by_control(result.observations)) == [finding.id for finding in audit.findings]
    assert list(by_control(result.findings)) == [f.id for f in audit.findings if f.outcome != "not_applicable"]
    assert document.metadata.last_modified == audit.at == result.start
    assert plain(document.metadata.oscal_version) == "1.2.1"


def test_the_same_record_gives_the_same_bytes_and_every_uuid_is_its_own(any_of_them):
    text = render(any_of_them)
    back = replace(any_of_them, audit=Audit.model_validate_json(canonical(any_of_them.audit)))
    assert text == render(any_of_them) == render(back)
    assert text.endswith("}\n")
    made = re.findall(r'"uuid": "([^"]+)"', text)
    assert len(made) == len(set(made))


def uuids(tree):
    if isinstance(tree, dict):
        yield from (told for key, told in tree.items() if key == "uuid")
        for inner in tree.values():
            yield from uuids(inner)
    elif isinstance(tree, list):
        for inner in tree:
            yield from uuids(inner)


def references(tree):
    if isinstance(tree, dict):
        for key, held in tree.items():
            if key.endswith("-uuid"):
                yield held
            elif key == "party-uuids":
                yield from held
            elif key == "href" and held.startswith("#"):
                yield held[1:]
            else:
                yield from references(held)
    elif isinstance(tree, list):
        for inner in tree:
            yield from references(inner)


def test_every_reference_leads_somewhere(any_of_them):
    tree = json.loads(render(any_of_them))
    assert set(references(tree)) <= set(uuids(tree))


def test_another_gate_is_another_document_about_the_same_findings(waived):
    closed = replace(waived, gate=waived.gate.model_copy(update={"state": "closed", "exit_code": 1}))
    before, after = json.loads(render(waived)), json.loads(render(closed))
    assert before["assessment-results"]["uuid"] != after["assessment-results"]["uuid"]
    first, second = (tree["assessment-results"]["results"][0]["findings"][0]["uuid"] for tree in (before, after))
    assert first == second


def test_only_what_passes_is_satisfied(failing, passing, inconclusive):
    assert states(failing) == {
        "p/FAIR-01": ("not-satisfied", "fail"),
        "p/GOV-01": ("not-satisfied", "fail"),
        "p/DOC-01": ("not-satisfied", "fail"),
    }
    assert states(passing) == {"p/FAIR-01": ("satisfied", "pass")}
    assert set(states(inconclusive).values()) == {("not-satisfied", "other")}


def test_all_five_outcomes_and_what_people_said_can_be_told_apart(everything):
    lines = {line.finding: line for line in everything.gate.lines}
    findings = by_control(result_of(everything).findings)
    for control, observation in by_control(result_of(everything).observations).items():
        line = lines[control]
        assert told(observation)["outcome"] == line.outcome
        assert told(observation)["effect"] == line.effect
        if line.outcome == "not_applicable":
            assert control not in findings
            continue
        status = findings[control].target.status
        assert (status.state.value == "satisfied") == ((line.attested or line.outcome) == "pass")
        assert told(findings[control]).get("waived-by") == line.waived_by
        assert told(findings[control]).get("signed-off-by") == line.signed_off_by
        assert told(findings[control]).get("attested") == line.attested
    remarks = {control: finding.target.status.remarks for control, finding in findings.items()}
    assert remarks["p/PERF-01"].startswith("error, closes the gate: ")
    assert remarks["p/FAIR-01"] == "fail, closes the gate"
    assert remarks["p/FAIR-02"].startswith("fail, waived by W-1 (Carla Sousa)")
    assert remarks["p/FAIR-03"] == "fail, warns"
    assert remarks["p/DOC-02"].startswith("inconclusive, ")
    assert "Hanna Roth" in remarks["p/DOC-02"]
    assert remarks["p/LAW-01"].startswith("inconclusive, attested: pass")
    assert remarks["p/LAW-02"].startswith("inconclusive, attested: fail")
    assert (
        len({remarks[f"p/{name}"].split(":")[0] for name in ("FAIR-01", "FAIR-02", "FAIR-03", "PERF-01", "LAW-03")})
        == 5
    )


def test_what_closes_the_gate_is_an_open_risk(failing):
    lines = {line.finding: line.effect for line in failing.gate.lines}
    risks = by_control(result_of(failing).risks)
    assert set(risks) == {control for control, effect in lines.items() if effect == "block"}
    assert {plain(risk.status) for risk in risks.values()} == {"open"}
    assert {facet.name: facet.value for facet in risks["p/FAIR-01"].characterizations[0].facets} == {
        "severity": "high", "effect": "block",
    }  # fmt: skip


def test_a_waiver_is_an_accepted_risk_with_its_reason_and_its_last_day(waived):
    (risk,) = result_of(waived).risks
    assert plain(risk.status) == "deviation-approved"
    assert risk.deadline.isoformat() == "2026-04-12T23:59:59+00:00"
    (response,) = risk.remediations
    assert response.description == "A second sample is due in June"
    assert told(response) == {
        "type": "accept", "kind": "waiver", "id": "W-1", "approver": "Carla Sousa", "expires": "2026-04-12",
    }  # fmt: skip
    assert states(waived) == {"p/FAIR-01": ("not-satisfied", "fail")}


def test_nothing_is_a_risk_where_everything_passes(passing):
    result = result_of(passing)
    assert (result.risks, told(result)["gate"], told(result)["exit-code"]) == (None, "open", "0")


def test_the_evidence_is_there_with_its_digests(failing):
    audit, document = failing.audit, read(failing)
    held = {
        rlink.href: rlink.hashes[0].value for resource in document.back_matter.resources for rlink in resource.rlinks
    }
    expected = {file.path: file.digest for file in (*audit.evidence, *audit.policies)}
    expected |= {"audit.json": failing.audit_digest, "policy/model.yaml": audit.subject.files[0].digest}
    assert {path: digest.removeprefix("sha256:") for path, digest in expected.items()}.items() <= held.items()
    observed = by_control(document.results[0].observations)
    measured, said = observed["p/FAIR-01"], observed["p/GOV-01"]
    assert [str(method) for method in (measured.methods[0], said.methods[0])] == ["TEST", "EXAMINE"]
    assert [told(one)["path"] for one in measured.relevant_evidence] == [
        file.path for file in audit.evidence if "test" in file.role
    ]
    assert [one.description for one in said.relevant_evidence] == ["The manifest"]


def test_owners_are_parties_in_their_roles(failing):
    document = read(with_manifest(failing, FULL))
    parties = {party.uuid: party.name for party in document.metadata.parties}
    answering = document.metadata.responsible_parties
    assert {one.role_id: [parties[uuid] for uuid in one.party_uuids] for one in answering} == {
        "business": ["Ana Reis"], "technical": ["Ben Cho"], "developer": ["Ben Cho", "c.diaz"],
    }  # fmt: skip


def test_hostile_text_is_shown_and_does_nothing(hostile):
    text = render(with_manifest(hostile, HOSTILE_MANIFEST))
    assert Model.model_validate_json(text)
    assert not re.search("[\u202a-\u202e\u2066-\u2069\x00-\x09\x0b-\x1f\x7f]", text)
    result = json.loads(text)["assessment-results"]["results"][0]
    for thing in (*result["observations"], *result["findings"]):
        assert "<" not in thing["title"] + thing["description"]
        assert not re.search(r"(?<!\\)\]\(", thing["title"] + thing["description"])
    assert "&lt;/script&gt;" in result["observations"][0]["title"]


def test_what_is_planned_is_named_and_not_reviewed(everything):
    reviewed = result_of(everything).reviewed_controls
    assert "PLAN-01" in reviewed.remarks
    (selection,) = reviewed.control_selections
    assert [one.control_id for one in selection.include_controls] == [
        token(finding.id) for finding in everything.audit.findings
    ]


def test_where_nothing_was_evaluated_nothing_is_satisfied(passing):
    audit = passing.audit.model_copy(update={"findings": ()})
    gate = passing.gate.model_copy(update={"lines": (), "state": "closed", "exit_code": 4})
    result = result_of(replace(passing, audit=audit, gate=gate))
    assert (result.findings, result.observations, told(result)["gate"]) == (None, None, "closed")
    assert result.reviewed_controls.control_selections[0].description == "No control was evaluated."


def test_the_example_is_read_too():
    assert len(result_of(example()).findings) == sum(f.outcome != "not_applicable" for f in example().audit.findings)


@given(
    st.from_regex(r"\A[a-z0-9][a-z0-9-]{0,20}\Z"),
    st.from_regex(r"\A[A-Za-z][A-Za-z0-9._-]{0,20}\Z"),
)
def test_the_name_of_a_control_can_be_read_back(policy, control):
    made = token(f"{policy}/{control}")
    assert re.fullmatch(r"[A-Za-z_][A-Za-z0-9._-]*", made)
    assert made.removeprefix("_").split("_", 1) == [policy, control]
