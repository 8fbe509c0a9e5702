"""The ledger: a Merkle tree over entries, which nobody can rewrite unseen."""

from assay.attest.ledger.checkpoint import Checkpoint, read_checkpoint
from assay.attest.ledger.notes import BrokenNote, LedgerKey, Verifier, make_key, read_key, read_verifier
from assay.attest.ledger.proofs import BrokenProof, ProvenEntry, check_proof, prove
from assay.attest.ledger.store import Ledger, open_ledger

__all__ = [
    "BrokenNote",
    "BrokenProof",
    "Checkpoint",
    "Ledger",
    "LedgerKey",
    "ProvenEntry",
    "Verifier",
    "check_proof",
    "make_key",
    "open_ledger",
    "prove",
    "read_checkpoint",
    "read_key",
    "read_verifier",
]
