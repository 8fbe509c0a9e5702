"""Catalogues: the places that can be cited, and whose words they are."""

from pathlib import Path

import pytest

from assay.errors import PolicyError
from assay.policy.catalogue import load_citations
from assay.policy.load import load_policy
from assay.record.catalogue import Catalogue
from assay.source import read_model, read_source
from policies import control, extends, policy, write

PACKS = Path(__file__).parents[2] / "policies"


@pytest.mark.parametrize(
    "ref",
    [
        "us-ugesp/1607.4(D)",
        "us-ugesp/1607.15(A)(2)",
        "us-mrm-sr26-2/governance",
        "us-mrm-sr26-2/outcomes",
        "us-mrm-sr26-2/materiality",
        "nyc-ll144/5-301(b)",
        "nyc-ll144/5-301(d)",
        "framework/S17",
    ],
)
def test_what_the_documents_cite_can_be_cited_and_is_not_called_verified(ref):
    assert load_citations().words(ref).endswith("[not yet compared with the original]")


@pytest.mark.parametrize("name", ["us-ugesp", "us-mrm-sr26-2", "nyc-ll144"])
def test_a_law_in_our_words_says_so_at_every_place(name):
    source = read_source(PACKS / name / "catalogue.yaml", error=PolicyError)
    (instrument,) = read_model(source, Catalogue, error=PolicyError).instruments
    assert instrument.id == name
    assert instrument.verified_on is None
    assert [place for place, words in instrument.places.items() if not words.startswith("(Paraphrase.) ")] == []


def test_a_policy_may_cite_the_catalogue_of_what_it_extends(tmp_path):
    write(tmp_path / "parent" / "policy.yaml", policy("parent", control("A")))
    write(tmp_path / "parent" / "catalogue.yaml", {"assay": "catalogue/v1", "instruments": [
        {"id": "house-rules", "title": "House", "edition": "2026", "places": {"7": "Somebody looks."}}]})  # fmt: skip
    child = policy("child", control("B", cites=[{"ref": "house-rules/7"}]), extends=[extends("parent")])
    loaded = load_policy(write(tmp_path / "child" / "policy.yaml", child))
    assert loaded.citations["house-rules/7"].startswith("House (2026): Somebody looks.")
    child = policy("child", control("B", cites=[{"ref": "house-rules/7"}]))
    with pytest.raises(PolicyError, match="unknown citation `house-rules/7`"):
        load_policy(write(tmp_path / "child" / "policy.yaml", child))
