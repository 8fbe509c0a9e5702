"""Assay: policy as code for machine-learning models.

`assay.audit("model.yaml", policies=["policy.yaml"])` gives an Evaluation: the record, the gate drawn from it and where
the bundle lies. Every public function and type is loaded when it is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from assay.api import (
        EngineOptions,
        Evaluation,
        audit,
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
    from assay.errors import AssayError
    from assay.record.audit import Audit
    from assay.record.estimate import Estimate
    from assay.record.finding import Finding
    from assay.record.gate import Gate

__all__ = [
    "AssayError",
    "Audit",
    "EngineOptions",
    "Estimate",
    "Evaluation",
    "Finding",
    "Gate",
    "audit",
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

_ELSEWHERE = {
    "AssayError": "assay.errors",
    "Audit": "assay.record.audit",
    "Estimate": "assay.record.estimate",
    "Finding": "assay.record.finding",
    "Gate": "assay.record.gate",
}


if not TYPE_CHECKING:  # a type checker knows the names above, and no others

    def __getattr__(name: str) -> Any:
        if name not in __all__:
            raise AttributeError(f"module 'assay' has no attribute {name!r}")
        from importlib import import_module

        return getattr(import_module(_ELSEWHERE.get(name, "assay.api")), name)


def __dir__() -> list[str]:
    return sorted(__all__)
