"""The public functions. They put the rooms together; the command line is a thin layer on them."""

from assay.api.audits import BASELINE, Evaluation, audit, evaluate, gate, subject_digest, verify
from assay.api.machine import load_signer, make_demo_identity, require_pdf
from assay.api.policies import check_names, find_check, load_policy, load_waivers, policy_schema
from assay.api.subjects import load_data, load_manifest

__all__ = [
    "BASELINE", "Evaluation", "audit", "check_names", "evaluate", "find_check", "gate", "load_data", "load_manifest",
    "load_policy", "load_signer", "load_waivers", "make_demo_identity", "policy_schema", "require_pdf",
    "subject_digest", "verify",
]  # fmt: skip
