"""Digests: whether files are the ones that the manifest means."""

from __future__ import annotations

from typing import Literal

from assay.checks.exhibit import columns
from assay.checks.registry import CheckParameters, Context, check
from assay.evidence.request import Needs, PapersRequest
from assay.evidence.value import Artefact, Evidence
from assay.evidence.view import SubjectView
from assay.record.estimate import Estimate, Exhibit
from assay.record.finding import Measured


class Parameters(CheckParameters):
    """Whether files without a declared digest count."""

    require: Literal["declared", "all"] = "declared"
    """`all`: a file without a declared digest is not in order either."""


def needs(p: Parameters, view: SubjectView) -> Needs:  # noqa: ARG001
    """The digests of everything that the manifest names."""
    return Needs((PapersRequest(),))


@check("governance.digests", version=1)
def digests(evidence: Evidence, p: Parameters, context: Context) -> Measured:  # noqa: ARG001
    """Every file that the manifest names is byte for byte the one it was when the manifest was written.

    Method: the SHA-256 of each file is computed and compared with the digest that the manifest declares. The estimate
        `share_of_matching_files` is the share of files that are found and have the declared digest,
        `differing_files` the number of those that are not. With `require: declared` the files which declare a digest
        count; with `require: all` every file counts, and one without a declared digest does not match. Both are
        facts, without sampling error.
    Evidence: the data, model, scripts and documents that the manifest names, each with its declared and its computed
        digest.
    Inconclusive when: nothing counts, because the manifest declares no digest or names no file.
    Limits: a digest says that a file is the same, not that it is right. Whoever can change the file and the manifest
        can change both; the signature over the audit is what fixes them.
    Source: FIPS 180-4 (SHA-256).
    """
    artefacts = evidence.papers(PapersRequest()).artefacts
    counted = [a for a in artefacts if a.declared is not None or p.require == "all"]
    exhibits = (_table(artefacts),) if artefacts else ()
    if not counted:
        return Measured(missing=("a declared digest",), exhibits=exhibits)
    matching = sum(_state(artefact) == "matches" for artefact in counted)
    n = len(counted)
    estimates = (
        Estimate(name="share_of_matching_files", value=matching / n, n=n, numerator=matching, denominator=n,
                 basis="exact", method="matching over counted files"),
        Estimate(name="differing_files", value=float(n - matching), n=n, basis="exact", method="count"),
    )  # fmt: skip
    undeclared = sum(artefact.declared is None for artefact in artefacts)
    notes = (f"{undeclared} files declare no digest.",) if undeclared else ()
    return Measured(estimates=estimates, exhibits=exhibits, notes=notes)


def _state(artefact: Artefact) -> str:
    if artefact.computed is None:
        return "not found"
    if artefact.declared is None:
        return "no digest declared"
    return "matches" if artefact.declared == artefact.computed else "differs"


def _table(artefacts: tuple[Artefact, ...]) -> Exhibit:
    return Exhibit(
        name="digests",
        title="Files and digests",
        columns=columns(
            ("role", "Role", "text"), ("path", "File", "text"), ("state", "Digest", "text"),
            ("declared", "Declared", "text"), ("computed", "Computed", "text"),
        ),
        rows=tuple((a.role, a.path, _state(a), a.declared, a.computed) for a in artefacts),
    )  # fmt: skip
