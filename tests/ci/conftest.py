"""A model with counts that pass, fail or decide nothing."""

import pytest
import yaml

from auditing import DECIDED, control, people, write_csv

COUNTS = {
    "passing": (("a", "yes", 400), ("a", "no", 100), ("b", "yes", 395), ("b", "no", 105)),
    "failing": (("a", "yes", 80), ("a", "no", 20), ("b", "yes", 40), ("b", "no", 60)),
    "inconclusive": (("a", "yes", 40), ("a", "no", 10), ("b", "yes", 33), ("b", "no", 17)),
}


@pytest.fixture
def write_model():
    def write(folder, kind, *, title="Model", name="model.yaml"):
        folder.mkdir(parents=True, exist_ok=True)
        write_csv(folder / "people.csv", *people(*COUNTS[kind]))
        identity = {"id": "credit", "name": title, "version": "1"}
        manifest = {
            "assay": "manifest/v1", "identity": identity, "data": {"test": {"path": "people.csv"}}, "columns": DECIDED
        }  # fmt: skip
        policy = {"assay": "policy/v1", "id": "p", "version": "1.0.0", "title": "P", "controls": [control()]}
        (folder / name).write_text(yaml.safe_dump(manifest))
        (folder / "policy.yaml").write_text(yaml.safe_dump(policy))
        return folder

    return write
