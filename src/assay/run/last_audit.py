"""The newest bundle of a model version: what its gate and record say, where they can be read."""

from __future__ import annotations

import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from pydantic import ValidationError

from assay.record.gate import Gate
from assay.record.inventory import HeldWaiver, LastAudit, Trust

Verify = Callable[[Path], bool]
"""Whether the bundle is intact."""
MOST_BYTES = 256 << 20


def last_audit(
    reports: Path, model: str, version: str, manifest: str, verify: Verify | None
) -> tuple[LastAudit | None, str | None]:
    """The newest bundle whose record is of that model and version, and what is wrong with a bundle that cannot be read.

    `manifest` is the digest of the manifest as it is today.
    """
    folder = reports / f"{model}-{version}"
    try:
        bundles = sorted(path for path in folder.iterdir() if (path / "gate.json").is_file())
    except OSError:
        return None, None
    gates, problem = [], None
    for bundle in bundles:
        gate = _gate(bundle)
        if gate is None:
            problem = f"the audit {bundle.name} cannot be read"
        else:
            gates.append((gate.at, gate.made, bundle.name, gate, bundle))
    for _, _, _, gate, bundle in sorted(gates, key=lambda found: found[:3], reverse=True):
        record = _bytes(bundle / "audit.json")
        audited = _audited(record) if record is not None else None
        if record is None or audited is None:
            problem = f"the audit {bundle.name} cannot be read"
        elif audited[:2] == (model, version):
            intact = "sha256:" + sha256(record).hexdigest() == gate.audit
            if intact and verify is not None:
                intact = verify(bundle)
            trust: Trust = "not intact" if not intact else "intact" if verify is not None else "not verified"
            return LastAudit(
                path=f"{folder.name}/{bundle.name}",
                at=gate.at,
                stage=gate.stage,
                gate=gate.state,
                exit_code=gate.exit_code,
                trust=trust,
                manifest_changed=audited[2] != manifest,
                waivers=tuple(
                    HeldWaiver(id=one.id, approver=one.approver, expires=one.expires)
                    for one in gate.waivers
                    if one.holds
                ),
            ), problem
    return None, problem


def _bytes(path: Path) -> bytes | None:
    try:
        if path.is_symlink() or not path.is_file() or path.stat().st_size > MOST_BYTES:
            return None
        return path.read_bytes()
    except OSError:
        return None


def _gate(bundle: Path) -> Gate | None:
    data = _bytes(bundle / "gate.json")
    try:
        return None if data is None else Gate.model_validate_json(data)
    except ValidationError:
        return None


def _audited(record: bytes) -> tuple[str, str, str] | None:
    """Id, version and digest of the manifest, of the record's subject."""
    try:
        subject = json.loads(record)["subject"]
        digest = next(file["digest"] for file in subject["files"] if file["role"] == "manifest")
        return str(subject["id"]), str(subject["version"]), str(digest)
    except (ValueError, LookupError, TypeError, StopIteration, RecursionError):
        return None
