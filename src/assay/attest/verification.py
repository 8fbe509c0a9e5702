"""A verification as JSON, for programs."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assay.attest.rounds.signers import SignedBy, TimestampedBy
    from assay.attest.verify import Verification
    from assay.record.gate import Gate


def render_verification(found: Verification) -> str:
    """Write a verification as one JSON object, in ASCII, so that no terminal obeys what a hostile bundle says.

    Every key is always there; what is not known is null. Times are UTC, `2026-03-31T12:00:00Z`.

    - `assay`: `verification/v1`; `path`: what was verified.
    - `intact`: signed, unchanged since, and in agreement with itself; `problems`: why not, each with `file` and `what`.
    - `trusted`: intact, and signed as the trust file asks; null where none was given; `doubts`: why not, or null.
    - `verdict`: both in a few words; `unevaluated`: what was asked for and could not be answered, or null;
      `statements`: what was found and what was not checked, each a sentence.
    - `audit`, `audit_digest`: id and SHA-256 of the record.
    - `signatures`: those that hold, in their order: `number`, `meaning`, `name`, `certificate` and `public_key`
      (SHA-256), `claimed` (by the signer's clock), `proven` (by a trusted timestamp), `trusted`, `person`, `why`,
      `issuer`, `valid_from`, `valid_to`, `self_made`, `demo`, `storage` (of the key, as the signer says), `note`.
    - `timestamps`: those that hold: `number`, `name`, `certificate`, `time`, `trusted`, `why`.
    - `gate`: as it was drawn when the bundle was made: `state`, `exit_code`, `stage`, `at`, `made`, `as_of`, `why`.
    """
    tree = {
        "assay": "verification/v1",
        "path": str(found.path),
        "intact": found.intact,
        "trusted": found.trusted,
        "verdict": found.verdict,
        "problems": [{"file": problem.file, "what": problem.what} for problem in found.problems],
        "doubts": None if found.doubts is None else list(found.doubts),
        "unevaluated": found.unevaluated,
        "statements": list(found.statements),
        "audit": found.audit,
        "audit_digest": found.audit_digest,
        "signatures": [_signature(one) for one in found.signers],
        "timestamps": [_timestamp(one) for one in found.timestamps],
        "gate": None if found.gate is None else _gate(found.gate),
    }
    return json.dumps(tree, indent=2)


def _signature(one: SignedBy) -> dict[str, object]:
    return {
        **one.found.model_dump(mode="json"),
        "issuer": one.issuer,
        "valid_from": _moment(one.valid_from),
        "valid_to": _moment(one.valid_to),
        "self_made": one.self_made,
        "demo": one.demo,
        "storage": None if one.said is None else one.said.storage,
        "note": None if one.said is None else one.said.note,
    }


def _timestamp(one: TimestampedBy) -> dict[str, object]:
    return {
        "number": one.number,
        "name": one.name,
        "certificate": one.fingerprint,
        "time": _moment(one.time),
        "trusted": one.trusted,
        "why": one.why,
    }


def _gate(gate: Gate) -> dict[str, object]:
    return {
        "state": gate.state,
        "exit_code": gate.exit_code,
        "stage": gate.stage,
        "at": _moment(gate.at),
        "made": _moment(gate.made),
        "as_of": gate.as_of,
        "why": list(gate.why),
    }


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
