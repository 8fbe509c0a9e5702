"""What a bundle carries of the ledger: the entry of its audit, and the proof that the ledger holds it."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import ValidationError

from assay.attest.canonical import canonical
from assay.attest.folder import Folder, Problem
from assay.attest.ledger.notes import Verifier
from assay.attest.ledger.proofs import LARGEST_PROOF, BrokenProof, check_proof
from assay.record.audit import Audit
from assay.record.gate import Gate
from assay.record.ledger import LARGEST_ENTRY, Entry

ENTRY, PROOF = KNOWN = ("ledger/entry.json", "ledger/proof.txt")


def check_bundled(
    folder: Folder, audit: Audit, gate: Gate, keys: Sequence[Verifier]
) -> tuple[list[Problem], list[str], str | None]:
    """Problems, statements, and why the ledger is not trusted: None where a given key signed, or there is no ledger."""
    here = [name for name in folder.digests if name.startswith("ledger/")]
    if not here:
        return [], ["the audit stands in no ledger that the bundle knows of"], None
    problems = [Problem(name, "is no file of a ledger that a bundle carries") for name in here if name not in KNOWN]
    try:
        leaf = folder.read(ENTRY, at_most=LARGEST_ENTRY) if ENTRY in folder.digests else b""
        entry = Entry.model_validate_json(leaf, strict=True)
    except (ValidationError, ValueError, OSError):
        return [*problems, Problem(ENTRY, "is no entry of a ledger")], [], None
    problems += [Problem(ENTRY, what) for what in _faults(entry, leaf, audit, gate)]
    if PROOF not in folder.digests:
        told = "the audit was written into a ledger without a key: nothing proves that it still stands there"
        return problems, [told], None
    try:
        proven = check_proof(folder.read(PROOF, at_most=LARGEST_PROOF), leaf, keys)
    except (BrokenProof, ValueError, OSError) as error:
        return [*problems, Problem(PROOF, f"does not hold: {getattr(error, 'what', error)}")], [], None
    told = (
        f"entry {proven.index} (counted from 0) of the ledger {proven.origin}, which then held {proven.size}, root "
        f"{proven.root.hex()}"
    )
    if proven.key_known:
        return problems, [f"{told}; its checkpoint is signed by a key that is trusted"], None
    doubt = f"no trusted key signed the checkpoint of the ledger {proven.origin}"
    return problems, [f"{told}; nobody has checked whose key signed the checkpoint"], doubt


def _faults(entry: Entry, leaf: bytes, audit: Audit, gate: Gate) -> list[str]:
    """Where the entry speaks of another audit."""
    outcomes = [finding.outcome for finding in audit.findings]
    claimed = {
        "kind": (entry.kind, "audit"),
        "digest": (entry.digest, gate.audit),
        "audit": (entry.audit, audit.id),
        "model": (entry.model, audit.subject.id),
        "version": (entry.version, audit.subject.version),
        "subject": (entry.subject, audit.subject.digest),
        "policies": (entry.policies, tuple(policy.digest for policy in audit.policies)),
        "outcomes": (entry.outcomes, {one: outcomes.count(one) for one in sorted(set(outcomes))}),
        "gate": (entry.gate, gate.state),
        "made": (entry.made, gate.made),
    }
    faults = [f"speaks of another audit: its `{name}` differs" for name, (said, is_) in claimed.items() if said != is_]
    return faults if canonical(entry) == leaf else [*faults, "is not in canonical form (RFC 8785)"]
