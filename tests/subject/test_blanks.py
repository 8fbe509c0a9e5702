"""The text of a starting manifest: facts load, blanks say nothing until somebody fills them."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.errors import AssayError, ManifestError
from assay.record.manifest import Manifest
from assay.source import parse_source, read_model
from assay.source.shape import keys_of, types_at
from assay.subject.blanks import MEANINGS, Draft, can_be_written, described, flow, is_field


def draft() -> Draft:
    made = Draft()
    made.fact("assay", "manifest/v1")
    made.fact("identity.id", "m")
    made.fact("identity.name", "M")
    made.fact("identity.version", "1")
    return made


def loaded(text: str) -> Manifest:
    return read_model(parse_source(text.encode(), "model.yaml", error=ManifestError), Manifest, error=ManifestError)


def test_blanks_are_comments_and_the_text_loads():
    made = draft()
    made.note("owners.validator", "Who validated the model.")
    made.note("data.*.digest", "Of every data file.")
    text = made.render(["A manifest."])
    assert loaded(text).owners is None
    assert "\n#owners:\n  # Who validated the model.\n  #validator:\n" in text
    assert "\n# Of every data file.\n#data:\n" in text
    assert made.counts == (4, 2)


def test_a_blank_stands_inside_the_block_that_has_facts():
    made = draft()
    made.fact("lineage.source.commit", "abc")
    made.note("lineage.upstream_models", "Models that this one reads.")
    text = made.render([])
    assert 'lineage:\n  source:\n    commit: "abc"\n  # Models that this one reads.\n  #upstream_models:\n' in text
    assert loaded(text).lineage.source.commit == "abc"


def test_a_blank_that_is_uncommented_and_not_filled_is_no_claim():
    made = draft()
    made.note("owners.validator", "Who validated the model.")
    made.note("data.train", "The data that it was trained on.")
    text = made.render([]).replace("#owners", "owners").replace("#validator", "validator")
    assert loaded(text).owners.validator is None
    with pytest.raises(AssayError, match="train"):
        loaded(text.replace("#data", "data").replace("#train", "train"))


def test_keys_stand_in_the_order_of_the_manifest():
    made = draft()
    for path in ("docs.sections", "risk.tier", "owners.technical", "owners.business", "identity.artefact"):
        made.note(path, path)
    order = [line.strip(" #:") for line in made.render([]).splitlines() if line.endswith(":")]
    assert order == ["identity", "artefact", "owners", "business", "technical", "risk", "tier", "docs", "sections"]


@given(st.text(max_size=60))
def test_any_text_in_a_comment_leaves_the_facts_as_they_are(text):
    made = draft()
    made.note("owners.validator", text)
    made.note("identity.version", text)
    assert loaded(made.render([text])) == loaded(draft().render([]))


@given(st.dictionaries(st.text(max_size=20).filter(can_be_written), st.text(max_size=20).filter(can_be_written)))
def test_any_name_that_can_be_written_is_read_back(names):
    made = draft()
    made.fact("identity.labels", names)
    assert dict(loaded(made.render([])).identity.labels) == names


def test_values_are_quoted_so_that_nothing_is_read_as_something_else():
    value = {"a": "no", "b": "1", "c": ["~", 1, True, None], "x y": "a: b # c"}
    assert flow(value) == '{a: "no", b: "1", c: ["~", 1, true, null], "x y": "a: b # c"}'
    assert parse_source(flow(value).encode(), "x", error=ManifestError).tree == json.loads(json.dumps(value))


@pytest.mark.parametrize("path", MEANINGS)
def test_every_meaning_is_of_a_field(path):
    assert is_field(path)
    assert described(path).startswith(f"{path}: ")


def test_every_field_of_the_manifest_can_be_explained():
    paths = [f"{key}.{inner}" for key in keys_of([Manifest]) for inner in keys_of(types_at(Manifest, [key]))]
    assert len(paths) > 100
    assert [path for path in paths if described(path) == f"{path}:"] == []


def test_what_a_field_may_hold_is_told():
    assert described("lifecycle.stage").endswith("One of development, staging, production, monitoring.")
    assert described("lifecycle.dates.approved") == "lifecycle.dates.approved: A day such as 2026-03-31."
    assert "A list, each {id, name" in described("owners.validator")
    assert described("findings.*.owner").startswith("findings: ")
    assert not is_field("columns.score.kind: probability")
