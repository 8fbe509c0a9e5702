"""Assay: policy as code for machine-learning models.

`assay.audit("model.yaml", policies=["policy.yaml"])` gives the record; every public function is loaded when it is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from assay.api import (
        audit,
        evaluate,
        gate,
        inventory,
        load_data,
        load_manifest,
        load_policy,
        load_signer,
        load_waivers,
        subject_digest,
        verify,
    )

__all__ = [
    "audit",
    "evaluate",
    "gate",
    "inventory",
    "load_data",
    "load_manifest",
    "load_policy",
    "load_signer",
    "load_waivers",
    "subject_digest",
    "verify",
]


def __getattr__(name: str) -> Any:
    if name in __all__:
        from assay import api

        return getattr(api, name)
    raise AttributeError(f"module 'assay' has no attribute {name!r}")
