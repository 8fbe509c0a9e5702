"""Manifests for exports: one that says much, one whose every text is hostile."""

import json
from dataclasses import replace

from assay.export.recorded import Recorded
from assay.record.manifest import Manifest

BEN = {"id": "b.cho", "name": "Ben Cho", "role": "Lead developer"}
FULL = {
    "assay": "manifest/v1",
    "identity": {"id": "model", "name": "Model", "version": "1", "supersedes": "0.9"},
    "organisation": {"name": "Example Bank"},
    "owners": {
        "business": {"id": "a.reis", "name": "Ana Reis", "organisation": "Example Bank"},
        "technical": BEN,
        "developer": [BEN, {"id": "c.diaz"}],
    },
    "purpose": {
        "context": "Offers a higher line.",
        "intended_use": ["Clients of six months", "Offers below 0.15"],
        "prohibited_use": ["New applicants"],
        "users": ["Credit officers"],
        "affected_persons": ["Card clients"],
        "decision": {"domain": "credit", "consequential": True, "solely_automated": False},
    },
    "risk": {
        "tier": "high",
        "vulnerable_groups": ["People under 25"],
        "register": [{"id": "R1", "category": "bias", "source": "Old decisions", "measure": "Measured each quarter"}],
    },
    "model": {
        "kind": "statistical",
        "algorithm": "Gradient-boosted trees",
        "architecture": "100 trees of 31 leaves",
        "task": "binary",
        "limitations": ["One country"],
        "assumptions": ["Next month is like the last"],
    },
    "lineage": {"source": {"repo": "https://git.example/credit", "commit": "0f1e2d3c4b5a69788796a5b4c3d2e1f001234567"}},
    "data": {
        "train": {"path": "train.csv", "rows": 15000, "origin": "UCI 350", "licence": "CC BY 4.0",
                  "sensitivity": "personal", "period": {"start": "2005-04-01", "end": "2005-10-31"},
                  "known_gaps": ["No code book"]},
        "test": {"path": "d.csv", "kind": "test", "owner": "Data office", "categories": ["payments"]},
    },
    "columns": {
        "decision": {"column": "decision", "favourable": "yes"},
        "groups": {"sex": {"column": "sex"}, "region": {"column": "region", "labels": {"n": "north", "s": "south"}}},
    },
    "features": [{"name": "LIMIT_BAL", "definition": "Credit line", "proxy_for": ["age_band"],
                  "justification": "Needed"}],
    "metrics": {"declared": [{"name": "AUC", "kind": "statistical", "value": 0.78, "dataset": "test"}]},
    "bias": {"attributes": ["sex"], "mitigations": ["Threshold moved to 0.15"],
             "alternatives": ["Logistic regression"]},
    "explanation": {"method": "SHAP"},
    "oversight": {"measures": ["Officers see each refusal"], "appeal_channel": "Branch"},
    "monitoring": None,
}  # fmt: skip


def dumped(manifest: dict) -> dict:
    """As the record holds a manifest."""
    given = {key: value for key, value in manifest.items() if value is not None}
    return Manifest.model_validate_json(json.dumps(given)).model_dump(mode="json", by_alias=True, exclude_none=True)


HOSTILE = (
    "<img src=x onerror=alert(1)> [a](javascript:b) ![c](http://d) # e | f\n\n## g\n- h @i #1 \u202edetrevni\u0007"
)


def _hostile(value: object, keys: tuple[str, ...] = ()) -> object:
    if isinstance(value, dict):
        return {key: _hostile(inner, (*keys, key)) for key, inner in value.items()}
    if isinstance(value, list):
        return [_hostile(inner, keys) for inner in value]
    return HOSTILE if isinstance(value, str) else value


HOSTILE_MANIFEST = {**_hostile(dumped(FULL)), "nobody knows <b>this</b>": {"x": [[[HOSTILE]]]}}
"""Not one that the schema admits: exports read what the record holds without asking for more."""


def with_manifest(recorded: Recorded, manifest: dict) -> Recorded:
    """The same audit, of another manifest."""
    told = manifest if manifest is HOSTILE_MANIFEST else dumped(manifest)
    subject = recorded.audit.subject.model_copy(update={"name": told["identity"]["name"]})
    return replace(recorded, audit=recorded.audit.model_copy(update={"manifest": told, "subject": subject}))
