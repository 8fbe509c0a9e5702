"""Digests: whether files are the ones that the manifest means."""

from __future__ import annotations

from typing import Literal

from assay.checks.exhibit import columns
from assay.checks.registry import CheckParameters, Context, check
from assay.evidence.papers import Artefact, Papers
from assay.evidence.request import Needs, PapersRequest
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.estimate import Estimate, Exhibit
from assay.record.finding import Measured


class Parameters(CheckParameters):
    """Whether files without a declared digest or a signature count."""

    require: Literal["declared", "all"] = "declared"
    """`all`: a file without a declared digest or a signature is not in order either."""


def needs(p: Parameters, view: SubjectView) -> Needs:  # noqa: ARG001
    """The digests of everything that the manifest names."""
    return Needs((PapersRequest(),))


@check("governance.digests", version=2, estimates={"share_of_matching_files": "higher", "differing_files": "lower"})
def digests(evidence: Evidence, p: Parameters, context: Context) -> Measured:  # noqa: ARG001
    """Every file that the manifest names is byte for byte the one it was when the manifest was written.

    Method: the SHA-256 of each file is computed and compared with the digest that the manifest declares; that of a
        folder is taken over the list of its files and their digests. Where the manifest names an OpenSSF model
        signature with the key or certificate of its signer, the signature is checked, and whether it lists every file
        of the model as it is and no other. A file matches when it is found, has the declared digest, and its signature
        holds; a digest or such a signature alone is enough. The estimate `share_of_matching_files` is the share of
        matching files, `differing_files` the number of the others. With `require: declared` the files which declare a
        digest or such a signature count; with `require: all` every file counts, and one with neither does not match.
        Both are facts, without sampling error.
    Evidence: the data, model, scripts and documents that the manifest names, each with its declared and its computed
        digest, and what came of its signature.
    Inconclusive when: nothing counts, because the manifest declares no digest or names no file.
    Limits: a digest says that a file is the same, not that it is right. Whoever can change the file and the manifest
        can change both; the signature over the audit is what fixes them. A model signature is as good as the key which
        the manifest names; whether a certificate was valid or revoked is not asked. A signature without key or
        certificate in the manifest, such as one made with sigstore without a key, is not verified and counts for
        nothing.
    Source: FIPS 180-4 (SHA-256); OpenSSF model signing 1.0.
    """
    artefacts = evidence.of(PapersRequest(), Papers).artefacts
    counted = [a for a in artefacts if _counts(a) or p.require == "all"]
    exhibits = (_table(artefacts),) if artefacts else ()
    if not counted:
        return Measured(missing=("a declared digest",), exhibits=exhibits)
    matching = sum(_matches(artefact) for artefact in counted)
    n = len(counted)
    estimates = (
        Estimate(name="share_of_matching_files", value=matching / n, n=n, numerator=matching, denominator=n,
                 basis="exact", method="matching over counted files"),
        Estimate(name="differing_files", value=float(n - matching), n=n, basis="exact", method="count"),
    )  # fmt: skip
    undeclared = sum(artefact.declared is None for artefact in artefacts)
    notes = [f"{undeclared} files declare no digest."] if undeclared else []
    notes += [f"The signature of {a.path} was not verified." for a in artefacts if a.signature == "not verified"]
    return Measured(estimates=estimates, exhibits=exhibits, notes=tuple(notes))


def _counts(artefact: Artefact) -> bool:
    return artefact.declared is not None or artefact.signature in ("holds", "does not hold")


def _matches(artefact: Artefact) -> bool:
    if artefact.signature == "does not hold" or artefact.computed is None:
        return False
    if artefact.declared is None:
        return artefact.signature == "holds"
    return artefact.declared == artefact.computed


def _state(artefact: Artefact) -> str:
    if artefact.computed is None:
        return "not found"
    if artefact.declared is None:
        return "no digest declared"
    return "matches" if artefact.declared == artefact.computed else "differs"


def _signature(artefact: Artefact) -> str:
    if artefact.signature is None:
        return "not signed"
    return f"{artefact.signature}: {artefact.signed}" if artefact.signed else artefact.signature


def _table(artefacts: tuple[Artefact, ...]) -> Exhibit:
    return Exhibit(
        name="digests",
        title="Files and digests",
        columns=columns(
            ("role", "Role", "text"), ("path", "File", "text"), ("state", "Digest", "text"),
            ("signature", "Signature", "text"), ("declared", "Declared", "text"), ("computed", "Computed", "text"),
        ),
        rows=tuple((a.role, a.path, _state(a), _signature(a), a.declared, a.computed) for a in artefacts),
    )  # fmt: skip
