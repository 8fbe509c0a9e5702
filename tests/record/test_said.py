"""What a manifest says, in lines."""

import pytest

from assay.record.said import lines, role

MANIFEST = {
    "purpose": {"intended_use": ["Loans", "Cards"], "decision": {"solely_automated": False, "domain": "credit"}},
    "data": {"test": {"rows": 10, "period": {"end": "2025-12-31", "start": "2025-01-01"}}, "train": {"rows": 20}},
    "owners": {"developer": [{"id": "m.t", "name": "Mei Tanaka", "role": "Lead"}], "business": {"id": "l.c"}},
    "lineage": {"third_party": [], "upstream_models": [{"gate": "open", "id": "kyc", "version": "2"}]},
    "model": {"kind": "", "algorithm": None},
}


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("purpose.intended_use", ("Loans", "Cards")),
        ("purpose.decision", ("solely automated: no; domain: credit",)),
        ("data.test.period", ("2025-01-01 to 2025-12-31",)),
        ("data.*.rows", ("test: 10", "train: 20")),
        ("owners.developer", ("Mei Tanaka, Lead",)),
        ("owners.business", ("l.c",)),
        ("lineage.third_party", ("none",)),
        ("lineage.upstream_models", ("kyc; 2; gate: open",)),
        ("model.kind", ()),
        ("model.algorithm", ()),
        ("nothing.at.all", ()),
        ("purpose.intended_use.deeper", ()),
    ],
)
def test_each_kind_of_value_is_told_in_words(path, told):
    assert lines(MANIFEST, path) == told


def test_a_published_person_has_a_role_and_no_name():
    assert role({"id": "m.t", "name": "Mei Tanaka", "role": "Lead", "organisation": "Bank"}) == "Lead, Bank"
    assert role({"id": "m.t", "name": "Mei Tanaka"}) == "somebody whose role is not stated"
