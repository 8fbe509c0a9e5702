"""Signing a bundle that is there: first, again by others, and timestamps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from assay.api.bundles import html, read, rendered_pdf
from assay.api.verifying import gate_problem, verify
from assay.errors import AssayError

if TYPE_CHECKING:
    from assay.attest.keys import Signer
    from assay.attest.pdf.material import ValidationMaterial
    from assay.attest.timestamps import Authority
    from assay.attest.verify import Verification
    from assay.record.audit import Audit
    from assay.record.gate import Gate
    from assay.record.signature import Meaning, Signing


@dataclass(frozen=True)
class Signatory:
    """Who signs a bundle that is about to be written, what is meant by it, and who puts a time to it."""

    signer: Signer
    meaning: Meaning = "author"
    authority: Authority | None = None

    def signing(self) -> Signing:
        """What they say of the signature."""
        from assay.attest.rounds.making import signing_by

        return signing_by(self.signer, number=1, meaning=self.meaning, now=datetime.now(UTC))


@dataclass(frozen=True)
class Reviewed:
    """What somebody who is about to sign a bundle should have seen."""

    audit: Audit
    gate: Gate
    verification: Verification

    def notes_on(self, signer: Signer) -> tuple[str, ...]:
        """What somebody who signs with this key should know."""
        from assay.attest.cades import public_key_digest

        own = public_key_digest(signer.certificate)
        return tuple(
            f'the key of "{one.name}" has signed as {one.meaning} already: where two people are asked for, this is one'
            for one in self.verification.signatures
            if one.public_key == own
        )

    def is_what(self, other: Reviewed) -> bool:
        """Whether both are of the same record, gate and signatures."""
        mine, theirs = self.verification, other.verification
        return (mine.audit_digest, self.gate, mine.signatures) == (theirs.audit_digest, other.gate, theirs.signatures)

    @property
    def is_signed(self) -> bool:
        """Whether somebody has signed it already."""
        return bool(self.verification.signers)


@dataclass(frozen=True)
class Signed:
    """A signature that was added."""

    path: Path
    """Its file."""
    notes: tuple[str, ...] = ()


def review(bundle: str | Path) -> Reviewed:
    """Read a bundle that is to be signed: record, gate and earlier signatures.

    Raises AssayError where it was changed after somebody signed it, and where record and gate do not agree.
    """
    folder = Path(bundle)
    if folder.is_file():
        raise AssayError(
            "is a file, and a bundle is signed as a folder", where=str(folder), hint="assay archive unpack makes one"
        )
    from assay.attest.folder import read_folder
    from assay.attest.rounds.adding import obstacles

    found = verify(folder)
    for problem in obstacles(read_folder(folder), found):
        raise AssayError(f"the bundle is not intact: {problem.what}", where=str(folder / problem.file))
    record, gate = read(folder, found)
    if not found.signers:
        wrong = gate_problem(folder, record, gate)
        if wrong is not None:
            raise AssayError(f"the bundle is not whole: {wrong.what}", where=str(folder / wrong.file))
    return Reviewed(record, gate, found)


def sign(
    bundle: str | Path,
    signer: Signer,
    *,
    meaning: Meaning = "author",
    note: str | None = None,
    tsa: str | None = None,
    trust: str | Path | None = None,
    shown: Reviewed | None = None,
) -> Signed:
    """Add a signature with its meaning to a bundle: its first, or one more.

    `tsa` is the address of a timestamp authority; `trust` a trust file whose revocation lists and answers are put into
    the report; `shown` what the signer has seen of the bundle. Raises AssayError where the bundle cannot be signed, or
    is not the one that was shown, SignatureError where signing fails, WriteError where the disk does not take it.
    """
    from assay.attest import layout
    from assay.attest.rounds.adding import sign_bundle

    place = Path(bundle)
    reviewed = review(place)
    if shown is not None and not reviewed.is_what(shown):
        hint = "nothing was signed; look at it again"
        raise AssayError("the bundle is not the one that was shown: it changed meanwhile", where=str(place), hint=hint)
    made = sign_bundle(
        place, signer, meaning=meaning, note=note, authority=authority_at(tsa), validation=_material(trust),
        now=datetime.now(UTC).replace(microsecond=0), remake=lambda signing: _remade(place, reviewed, signing),
    )  # fmt: skip
    return Signed(place / layout.signature(made.number), reviewed.notes_on(signer))


def renew(bundle: str | Path, *, tsa: str, trust: str | Path | None = None) -> Path:
    """Add a timestamp to the report and one over the bundle; gives the file that was added last.

    The revocation lists and answers of a `trust` file are put into the report first (PAdES B-LTA).
    """
    from assay.attest import layout
    from assay.attest.rounds.adding import renew_bundle
    from assay.attest.timestamps import HttpAuthority

    folder = Path(bundle)
    reviewed = review(folder)
    if not reviewed.is_signed:
        raise AssayError("the bundle is not signed", where=str(folder), hint="sign it first: `assay sign`")
    number = renew_bundle(folder, HttpAuthority(tsa), now=datetime.now(UTC), validation=_material(trust))
    return folder / layout.timestamp(number)


def _material(trust: str | Path | None) -> ValidationMaterial | None:
    """What a trust file gives to embed; None where there is no trust file."""
    if trust is None:
        return None
    from assay.attest.pdf.material import material_of
    from assay.attest.trust.file import load_trust

    return material_of(load_trust(Path(trust)))


def authority_at(tsa: str | None) -> Authority | None:
    """The timestamp authority at an address; None where none is given."""
    if tsa is None:
        return None
    from assay.attest.timestamps import HttpAuthority

    return HttpAuthority(tsa)


def _remade(folder: Path, reviewed: Reviewed, signing: Signing) -> Mapping[str, bytes]:
    """The reports of a bundle that nobody has signed, for its first signer: they no longer say NOT SIGNED."""
    record, gate = reviewed.audit, reviewed.gate
    proof = folder / "ledger" / "proof.txt"
    proven = proof.read_bytes() if proof.exists() else None
    files = {"report.html": html(record, gate, signing, proven)}
    try:
        files["report.pdf"] = rendered_pdf(
            record,
            gate,
            audit_json=(folder / "audit.json").read_bytes(),
            gate_json=(folder / "gate.json").read_bytes(),
            signing=signing,
            proof=proven,
        )
    except AssayError:
        if (folder / "report.pdf").exists():  # it says NOT SIGNED, and would contradict its own signature
            raise
    return files
