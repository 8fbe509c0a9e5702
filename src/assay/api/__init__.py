"""The public functions. They put the rooms together; the command line is a thin layer on them."""

from assay.api.audits import BASELINE, Evaluation, audit, evaluate, subject_digest
from assay.api.authoring import (
    new_policy,
    policy_docs,
    policy_docs_are_current,
    policy_matrix,
    schema_of,
    write_policy_docs,
)
from assay.api.gates import gate
from assay.api.inventories import inventory, render_inventory
from assay.api.machine import load_signer, make_demo_identity, require_pdf
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
from assay.api.policy_tests import policy_tests_junit, run_policy_tests
from assay.api.subjects import load_data, load_manifest, start_manifest
from assay.api.verifying import verify
from assay.api.waivers import ListedWaiver, check_waivers, draft_waiver, list_waivers, load_waiver_files, load_waivers
from assay.api.writing import write_new

__all__ = [
    "BASELINE",
    "Evaluation",
    "ListedWaiver",
    "audit",
    "check_names",
    "check_waivers",
    "draft_waiver",
    "evaluate",
    "find_check",
    "gate",
    "inventory",
    "list_packs",
    "list_waivers",
    "load_data",
    "load_family",
    "load_manifest",
    "load_policies",
    "load_policy",
    "load_signer",
    "load_waiver_files",
    "load_waivers",
    "lock_policy",
    "make_demo_identity",
    "new_policy",
    "policy_differences",
    "policy_docs",
    "policy_docs_are_current",
    "policy_matrix",
    "policy_tests_junit",
    "policy_warnings",
    "render_inventory",
    "render_policies",
    "require_pdf",
    "run_policy_tests",
    "schema_of",
    "start_manifest",
    "subject_digest",
    "verify",
    "write_new",
    "write_policy_docs",
]  # fmt: skip
