"""What the metaschemas of OSCAL demand beyond their JSON schema: words, references, keys that stand once.

The reader of compliance-trestle checks types and patterns, and not these. The words are those of NIST
(`allowed-values`); where it lets others stand (`allow-other="yes"`), ours are still of theirs, so that every reader
knows them.
"""

import json
import re
from datetime import datetime
from itertools import chain

import pytest

from assay.export.oscal import render
from export_example import example
from export_manifests import FULL, HOSTILE_MANIFEST, with_manifest

WORDS = {
    "party type": {"person", "organization"},
    "component type": {"this-system", "system", "software", "hardware", "service", "policy", "process-procedure"},
    "component state": {"under-development", "operational", "disposition", "other"},
    "method": {"EXAMINE", "INTERVIEW", "TEST", "UNKNOWN"},
    "observation type": {"ssp-statement-issue", "control-objective", "mitigation", "finding", "historic"},
    "subject type": {"component", "inventory-item", "location", "party", "user", "resource"},
    "actor type": {"tool", "assessment-platform", "party"},
    "target type": {"statement-id", "objective-id"},
    "target state": {"satisfied", "not-satisfied"},
    "target reason": {"pass", "fail", "other"},
    "risk status": {"open", "investigating", "remediating", "deviation-requested", "deviation-approved", "closed"},
    "response lifecycle": {"recommendation", "planned", "completed"},
    "response type": {"avoid", "mitigate", "transfer", "accept", "share", "contingency", "none"},
    "hash": {"SHA-224", "SHA-256", "SHA-384", "SHA-512", "SHA3-224", "SHA3-256", "SHA3-384", "SHA3-512"},
}
OWN = "urn:assay:oscal"


def document(recorded):
    return json.loads(render(recorded))["assessment-results"]


@pytest.fixture(
    params=["failing", "passing", "inconclusive", "waived", "everything", "hostile", "full", "spiteful", "example"]
)
def any_document(request):
    """Every way in which an audit ends, and manifests that say nothing, much, or what nobody should say."""
    match request.param:
        case "full":
            return document(with_manifest(request.getfixturevalue("everything"), FULL))
        case "spiteful":
            return document(with_manifest(request.getfixturevalue("hostile"), HOSTILE_MANIFEST))
        case "example":
            return document(example())
        case name:
            return document(request.getfixturevalue(name))


def objects(tree):
    """Every object of a document, with the name under which it stands."""
    for name, held in tree.items():
        for each in held if isinstance(held, list) else [held]:
            if isinstance(each, dict):
                yield name, each
                yield from objects(each)


def of(tree, *names):
    return [each for name, each in objects(tree) if name in names]


def components(tree):
    definitions = tree["results"][0]["local-definitions"]
    return definitions["components"], definitions["assessment-assets"]["components"]


def responses(tree):
    return of(tree, "remediations")


def said(tree):
    """Every word for which OSCAL has a list, with the name of the list."""
    (result,) = tree["results"]
    for party in tree["metadata"].get("parties", []):
        yield "party type", party["type"]
    for component in chain(*components(tree)):
        yield "component type", component["type"]
        yield "component state", component["status"]["state"]
    for observation in result.get("observations", []):
        yield from (("method", word) for word in observation["methods"])
        yield from (("observation type", word) for word in observation["types"])
    yield from (("subject type", subject["type"]) for subject in of(tree, "subjects"))
    yield from (("actor type", actor["type"]) for actor in of(tree, "actors"))
    for target in of(tree, "target"):
        yield "target type", target["type"]
        yield "target state", target["status"]["state"]
        yield "target reason", target["status"]["reason"]
    yield from (("risk status", risk["status"]) for risk in result.get("risks", []))
    for response in responses(tree):
        yield "response lifecycle", response["lifecycle"]
        yield from (("response type", p["value"]) for p in response["props"] if p["name"] == "type" and "ns" not in p)
    yield from (("hash", digest["algorithm"]) for digest in of(tree, "hashes"))


def test_every_word_is_one_that_oscal_knows(any_document):
    found = list(said(any_document))
    assert [(kind, word) for kind, word in found if word not in WORDS[kind]] == []
    assert {kind for kind, _ in found} >= {"component type", "component state", "target state", "method", "hash"}


def test_the_words_of_all_lists_are_used_somewhere(everything):
    """Else the test above would pass of what is not there."""
    used = {kind for kind, _ in said(document(with_manifest(everything, FULL)))}
    assert used == set(WORDS)


def test_a_property_without_a_namespace_has_a_name_of_oscal(any_document):
    """OSCAL closes its own names: a property of another name needs another namespace."""
    held = [(name, prop) for name, each in objects(any_document) for prop in each.get("props", [])]
    assert {(name, prop["name"]) for name, prop in held if prop.get("ns", "") != OWN} <= {("remediations", "type")}
    assert {prop["ns"] for _, prop in held if "ns" in prop} == {OWN}


def test_a_state_that_is_other_is_explained(any_document):
    other = [each["status"] for each in chain(*components(any_document)) if each["status"]["state"] == "other"]
    assert [status for status in other if not status.get("remarks")] == []


def test_keys_stand_once(any_document):
    metadata, (result,) = any_document["metadata"], any_document["results"]
    every = [each["uuid"] for _, each in objects({"root": any_document}) if "uuid" in each]
    keys = {
        "uuid": every,
        "role": [role["id"] for role in metadata.get("roles", [])],
        "party": [party["uuid"] for party in metadata.get("parties", [])],
        "responsible": [one["role-id"] for one in metadata.get("responsible-parties", [])],
        "control": [one["control-id"] for one in of(result["reviewed-controls"], "include-controls")],
        "target": [target["target-id"] for target in of(any_document, "target")],
        **{
            f"file of {resource['title']}": [rlink["href"] for rlink in resource["rlinks"]]
            for resource in any_document["back-matter"]["resources"]
        },
    }
    assert {name: held for name, held in keys.items() if len(held) != len(set(held))} == {}


def test_a_uuid_is_of_version_4_or_5(any_document):
    pattern = r"[0-9a-f]{8}-[0-9a-f]{4}-[45][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
    found = [each["uuid"] for _, each in objects({"root": any_document}) if "uuid" in each]
    assert [uuid for uuid in found if not re.fullmatch(pattern, uuid)] == []


def test_a_reference_leads_to_what_it_names(any_document):
    """Not to any UUID: to an observation, a risk, a party, a component, a resource."""
    metadata, (result,) = any_document["metadata"], any_document["results"]
    model, tool = ({one["uuid"] for one in held} for held in components(any_document))
    parties = {party["uuid"] for party in metadata.get("parties", [])}
    roles = {role["id"] for role in metadata.get("roles", [])}
    observations = {one["uuid"] for one in result.get("observations", [])}
    risks = {one["uuid"] for one in result.get("risks", [])}
    for one in of(any_document, "related-observations"):
        assert one["observation-uuid"] in observations
    for one in of(any_document, "related-risks"):
        assert one["risk-uuid"] in risks
    for actor in of(any_document, "actors"):
        assert actor["actor-uuid"] in {"tool": tool, "party": parties}[actor["type"]]
    for subject in of(any_document, "subjects"):
        assert (subject["type"], subject["subject-uuid"] in model) == ("component", True)
    for used in of(any_document, "uses-components"):
        assert used["component-uuid"] in tool
    for responsible in metadata.get("responsible-parties", []):
        assert responsible["role-id"] in roles
        assert responsible["party-uuids"]
        assert set(responsible["party-uuids"]) <= parties
    assert roles == {one["role-id"] for one in metadata.get("responsible-parties", [])}


def test_what_is_imported_and_what_is_shown_as_evidence_are_resources_of_the_document(any_document):
    resources = {resource["uuid"] for resource in any_document["back-matter"]["resources"]}
    hrefs = [any_document["import-ap"]["href"], *(one["href"] for one in of(any_document, "relevant-evidence"))]
    assert [href for href in hrefs if href.removeprefix("#") not in resources or not href.startswith("#")] == []
    assert any_document["import-ap"]["remarks"]


def test_a_resource_has_content_that_can_be_found_and_checked(any_document):
    for resource in any_document["back-matter"]["resources"]:
        assert resource["title"].strip()
        assert resource["rlinks"], resource["title"]
        for rlink in resource["rlinks"]:
            assert re.fullmatch(r"[A-Za-z0-9._~%/@+-]+", rlink["href"])
            (digest,) = rlink["hashes"]
            assert (digest["algorithm"], len(digest["value"])) == ("SHA-256", 64)
            assert re.fullmatch("[0-9a-f]{64}", digest["value"])


def test_what_is_found_was_reviewed_and_observed(any_document):
    (result,) = any_document["results"]
    reviewed = {one["control-id"] for one in of(result["reviewed-controls"], "include-controls")}
    for finding in result.get("findings", []):
        assert finding["target"]["target-id"] in reviewed
        assert len(finding["related-observations"]) == 1
    for selection in result["reviewed-controls"]["control-selections"]:
        assert ("include-controls" in selection) != ("include-all" in selection)


def test_an_accepted_risk_has_a_response_and_an_open_one_has_none(any_document):
    for risk in any_document["results"][0].get("risks", []):
        assert ("remediations" in risk) == (risk["status"] == "deviation-approved")
        assert risk["statement"].strip()


def test_times_have_a_zone_and_are_in_order(any_document):
    (result,) = any_document["results"]
    started = datetime.fromisoformat(result["start"])
    assert started.tzinfo is not None
    assert "end" not in result
    for observation in result.get("observations", []):
        assert datetime.fromisoformat(observation["collected"]) >= started
    for risk in result.get("risks", []):
        assert "deadline" not in risk or datetime.fromisoformat(risk["deadline"]).tzinfo is not None
    assert datetime.fromisoformat(any_document["metadata"]["last-modified"]) >= started


def test_a_property_has_a_value_without_blanks_around_it(any_document):
    held = [prop["value"] for _, each in objects({"root": any_document}) for prop in each.get("props", [])]
    assert [value for value in held if not re.fullmatch(r"\S(.*\S)?", value)] == []
