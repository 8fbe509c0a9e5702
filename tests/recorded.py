"""An audit as its bundle holds it: the record as it is read back, and the files that recomputing needs."""

import json
from datetime import UTC, datetime
from pathlib import Path

from assay.api import load_manifest, load_policy
from assay.attest.canonical import canonical
from assay.record.audit import Audit
from assay.run.audit import Job, load, run


def control(name, check, criterion, parameters=None):
    """A control that asks for nothing but a number; its threshold is nobody's law."""
    criterion = {"source": "house", **criterion}
    return {"id": name, "title": name, "check": check, "criterion": criterion, "with": parameters or {}}


def recorded(folder: Path, controls: list, **blocks) -> tuple[Audit, dict[str, bytes]]:
    """The audit of the data in the folder by these controls; `blocks` of the manifest beside the identity."""
    manifest = {"assay": "manifest/v1", "identity": {"id": "m", "name": "M", "version": "1"}, **blocks}
    policy = {"assay": "policy/v1", "id": "p", "version": "1.0.0", "title": "P", "controls": controls}
    for name, tree in (("model", manifest), ("policy", policy)):
        (folder / f"{name}.yaml").write_text(json.dumps(tree))
    loaded, of = load_manifest(folder / "model.yaml"), load_policy(folder / "policy.yaml")
    job = Job(loaded, (of,), (), datetime(2026, 3, 31, tzinfo=UTC), "production")
    plan = job.plan()
    measured = run(job, plan, load(job, plan))
    files = {**measured.tables, "policy/model.yaml": (folder / "model.yaml").read_bytes()}
    return Audit.model_validate_json(canonical(measured.audit)), files
