import json
import re
from dataclasses import replace

import pytest
from cyclonedx.model.bom import Bom
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from assay.attest.canonical import canonical
from assay.export.cyclonedx import render
from assay.record.audit import Audit
from export_example import example
from export_manifests import FULL, HOSTILE_MANIFEST, with_manifest

KINDS = ["failing", "passing", "inconclusive", "waived", "everything", "hostile"]


@pytest.fixture(params=KINDS)
def any_of_them(request):
    return request.getfixturevalue(request.param)


def read(recorded):
    text = render(recorded)
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    return json.loads(text)


def model_of(recorded):
    return read(recorded)["metadata"]["component"]


def properties(thing):
    found = {}
    for one in thing["properties"]:
        found.setdefault(one["name"].removeprefix("assay:"), []).append(one["value"])
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}


def test_it_is_a_bill_of_materials_by_the_published_schema(any_of_them):
    document = read(any_of_them)
    audit = any_of_them.audit
    assert (document["specVersion"], document["metadata"]["timestamp"]) == ("1.6", "2026-03-31T12:00:00Z")
    assert document["metadata"]["component"]["type"] == "machine-learning-model"
    held = {hash_["content"] for one in document["components"] for hash_ in one.get("hashes", ())}
    assert held == {file.digest.removeprefix("sha256:") for file in audit.subject.files}


def test_the_library_of_cyclonedx_reads_the_components(any_of_them):
    bom = Bom.from_json(read(any_of_them))
    assert bom.metadata.component.bom_ref.value == "model"
    assert {one.type.value for one in bom.components} == {"data", "file"}
    assert [tool.name for tool in bom.metadata.tools.components if tool.type.value == "application"] == ["assay"]


def test_the_same_record_gives_the_same_bytes_also_when_it_is_read_back(any_of_them):
    back = replace(any_of_them, audit=Audit.model_validate_json(canonical(any_of_them.audit)))
    assert render(any_of_them) == render(any_of_them) == render(back)


def test_another_gate_has_another_serial_number(waived):
    closed = replace(waived, gate=waived.gate.model_copy(update={"state": "closed"}))
    numbers = {read(one)["serialNumber"] for one in (waived, closed)}
    assert len(numbers) == 2
    assert all(
        re.fullmatch(r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[0-9a-f-]{17}", number) for number in numbers
    )


def test_every_estimate_is_a_metric_with_its_interval_and_its_group(failing):
    finding = next(one for one in failing.audit.findings if one.control == "FAIR-01")
    metrics = model_of(failing)["modelCard"]["quantitativeAnalysis"]["performanceMetrics"]
    assert metrics == [
        {
            "type": one.name, "value": repr(one.value), "slice": f"{one.grouping}: {one.group} / {one.reference}",
            "confidenceInterval": {"lowerBound": repr(one.interval.low), "upperBound": repr(one.interval.high)},
        }
        for one in finding.measured.estimates
    ]  # fmt: skip
    assert len(metrics) == 2


def test_the_five_outcomes_and_what_people_said_are_told(everything):
    told = properties(model_of(everything))
    for line in everything.gate.lines:
        name = f"finding:{line.finding}"
        assert told[f"{name}:outcome"] == line.outcome
        assert told[f"{name}:effect"] == line.effect
        assert told.get(f"{name}:waived-by") == line.waived_by
        assert told.get(f"{name}:signed-off-by") == line.signed_off_by
        assert told.get(f"{name}:attested") == line.attested
        assert told[f"{name}:why"] == line.why
    assert {line.outcome for line in everything.gate.lines} == {
        "pass",
        "fail",
        "inconclusive",
        "not_applicable",
        "error",
    }


@pytest.mark.parametrize(
    ("kind", "state", "code"),
    [("failing", "closed", "1"), ("passing", "open", "0"), ("inconclusive", "closed", "4"), ("waived", "open", "0")],
)
def test_the_gate_is_told(request, kind, state, code):
    told = properties(read(request.getfixturevalue(kind))["metadata"])
    assert (told["gate"], told["gate:exit-code"], told["gate:stage"]) == (state, code, "staging")


def test_what_the_manifest_states_stands_in_the_model_card(failing):
    document = read(with_manifest(failing, FULL))
    model = document["metadata"]["component"]
    assert model["description"] == "Offers a higher line."
    assert model["supplier"] == {"name": "Example Bank"}
    assert [author["name"] for author in model["authors"]] == ["Ben Cho", "c.diaz"]
    card = model["modelCard"]
    assert card["modelParameters"] == {
        "task": "binary", "architectureFamily": "Gradient-boosted trees", "modelArchitecture": "100 trees of 31 leaves",
        "datasets": [{"ref": "data.test"}, {"ref": "data.train"}], "inputs": [{"format": "LIMIT_BAL: number"}],
    }  # fmt: skip
    considered = card["considerations"]
    assert considered["users"] == ["Credit officers"]
    assert considered["useCases"] == ["Clients of six months", "Offers below 0.15"]
    assert considered["technicalLimitations"] == ["One country"]
    assert considered["ethicalConsiderations"] == [
        {"name": "bias: Old decisions", "mitigationStrategy": "Measured each quarter"}
    ]
    assert considered["fairnessAssessments"][:2] == [
        {"groupAtRisk": "People under 25"},
        {"groupAtRisk": "sex", "mitigationStrategy": "Threshold moved to 0.15"},
    ]
    assert {one["groupAtRisk"] for one in considered["fairnessAssessments"][2:]} == {
        "sex: a / b",
        "region: north / south",
    }
    assert properties(card)["prohibited-use"] == "New applicants"
    train = next(one for one in document["components"] if one["bom-ref"] == "data.train")
    assert "hashes" not in train
    assert train["licenses"] == [{"license": {"name": "CC BY 4.0"}}]
    assert train["data"][0]["classification"] == "personal"
    assert properties(train["data"][0]["contents"]) == {
        "rows": "15000", "origin": "UCI 350", "period": "2005-04-01 to 2005-10-31", "known_gaps": "No code book",
    }  # fmt: skip


def test_what_the_manifest_does_not_state_is_not_there(passing):
    model = model_of(passing)
    assert {"supplier", "authors", "description", "hashes"}.isdisjoint(model)
    assert set(model["modelCard"]) == {"modelParameters", "quantitativeAnalysis", "properties"}
    assert set(model["modelCard"]["modelParameters"]) == {"datasets"}


def test_a_text_of_several_lines_is_one_line(passing):
    manifest = {**FULL, "purpose": {"context": "Offers a line.\nTo clients.\n"}}
    assert model_of(with_manifest(passing, manifest))["description"] == "Offers a line. To clients."


def test_hostile_text_is_data_and_steers_nothing(hostile):
    recorded = replace(with_manifest(hostile, HOSTILE_MANIFEST), report="javascript:alert(1) <b>%")
    document = read(recorded)
    assert not re.search("[\u202a-\u202e\u2066-\u2069\x00-\x09\x0b-\x1f\x7f]", render(recorded))
    (report,) = [one for one in document["externalReferences"] if one["type"] == "other"]
    assert report["url"] == "javascript:alert(1)%20%3Cb%3E%25"


def test_the_example_has_its_model_by_digest():
    recorded = example()
    model = model_of(recorded)
    expected = next(file.digest for file in recorded.audit.subject.files if file.role == "model")
    assert model["hashes"] == [{"alg": "SHA-256", "content": expected.removeprefix("sha256:")}]
    assert model["modelCard"]["modelParameters"]["outputs"] == [{"format": "probability"}]
