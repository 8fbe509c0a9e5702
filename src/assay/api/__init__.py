"""The public functions. They put the rooms together; the command line is a thin layer on them."""

from assay.api.archives import pack, unpack
from assay.api.audits import BASELINE, audit, subject_digest
from assay.api.authoring import (
    new_policy,
    policy_docs,
    policy_docs_are_current,
    policy_matrix,
    schema_of,
    write_policy_docs,
)
from assay.api.comparing import diff, render_diff
from assay.api.decisions import attest, person, sign_file, sign_off, signed_by
from assay.api.evaluations import Evaluation
from assay.api.exporting import (
    check_format,
    export,
    export_formats,
    load_base,
    load_recorded,
    policy_files,
    recorded_of,
    render_export,
)
from assay.api.gates import gate, why_unverified
from assay.api.inventories import inventory, render_inventory
from assay.api.ledgers import (
    check_ledger,
    export_ledger,
    ledger_entries,
    ledger_keys,
    new_ledger,
    prove_entry,
)
from assay.api.machine import load_signer, make_demo_identity, make_identity, require_pdf
from assay.api.plans import explain_plan, study_plan
from assay.api.policies import (
    check_names,
    find_check,
    list_packs,
    load_family,
    load_policies,
    load_policy,
    lock_policy,
    policy_differences,
    policy_warnings,
    render_policies,
)
from assay.api.policy_tests import ListedExpectation, list_policy_tests, policy_tests_junit, run_policy_tests
from assay.api.signing import Reviewed, Signed, renew, review, sign
from assay.api.subjects import load_data, load_manifest, start_manifest
from assay.api.trusting import ListedRoot, TrustListing, check_trust, load_trust, new_trust
from assay.api.verifying import render_verification, verify
from assay.api.views import render_view
from assay.api.waivers import ListedWaiver, check_waivers, draft_waiver, list_waivers, load_waiver_files, load_waivers
from assay.api.writing import write_new, write_over
from assay.engines.options import EngineOptions

__all__ = [
    "BASELINE",
    "EngineOptions",
    "Evaluation",
    "ListedExpectation",
    "ListedRoot",
    "ListedWaiver",
    "Reviewed",
    "Signed",
    "TrustListing",
    "attest",
    "audit",
    "check_format",
    "check_ledger",
    "check_names",
    "check_trust",
    "check_waivers",
    "diff",
    "draft_waiver",
    "explain_plan",
    "export",
    "export_formats",
    "export_ledger",
    "find_check",
    "gate",
    "inventory",
    "ledger_entries",
    "ledger_keys",
    "list_packs",
    "list_policy_tests",
    "list_waivers",
    "load_base",
    "load_data",
    "load_family",
    "load_manifest",
    "load_policies",
    "load_policy",
    "load_recorded",
    "load_signer",
    "load_trust",
    "load_waiver_files",
    "load_waivers",
    "lock_policy",
    "make_demo_identity",
    "make_identity",
    "new_ledger",
    "new_policy",
    "new_trust",
    "pack",
    "person",
    "policy_differences",
    "policy_docs",
    "policy_docs_are_current",
    "policy_files",
    "policy_matrix",
    "policy_tests_junit",
    "policy_warnings",
    "prove_entry",
    "recorded_of",
    "render_diff",
    "render_export",
    "render_inventory",
    "render_policies",
    "render_verification",
    "render_view",
    "renew",
    "require_pdf",
    "review",
    "run_policy_tests",
    "schema_of",
    "sign",
    "sign_file",
    "sign_off",
    "signed_by",
    "start_manifest",
    "study_plan",
    "subject_digest",
    "unpack",
    "verify",
    "why_unverified",
    "write_new",
    "write_over",
    "write_policy_docs",
]  # fmt: skip
