"""What a bundle that was found intact holds."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from assay.errors import AssayError

if TYPE_CHECKING:
    from assay.attest.verify import Verification
    from assay.record.audit import Audit
    from assay.record.gate import Gate
    from assay.record.signature import Signing


def html(record: Audit, drawn: Gate, signing: Signing | None, proof: bytes | None = None) -> bytes:
    """The HTML report of a record and the gate drawn from it. `proof` is ledger/proof.txt, where there is one."""
    from assay.report.page import render_html

    return render_html(
        record, drawn, audit_digest=drawn.audit, signing=signing, ledger=None if proof is None else checkpoint(proof)
    ).encode()


def prepare() -> None:
    """What `html` does for every record, ahead: for whoever waits until there is one."""
    from assay.report.page import compile_templates

    compile_templates()


def rendered_pdf(
    record: Audit,
    drawn: Gate,
    *,
    audit_json: bytes,
    gate_json: bytes,
    signing: Signing | None,
    proof: bytes | None = None,
) -> bytes:
    """The PDF report, unsigned, as `html` gives the HTML one. Raises AssayError where pages cannot be laid out here."""
    from assay.report.pdf import render_pdf

    ledger = None if proof is None else checkpoint(proof)
    return render_pdf(record, drawn, audit_json=audit_json, signing=signing, gate_json=gate_json, ledger=ledger)


def checkpoint(proof: bytes) -> str:
    """The signed state of the ledger that ends a proof."""
    return proof.decode("utf-8", "replace").partition("\n\n")[2]


def moment(at: datetime | None, made: datetime) -> datetime:
    """The clock that was given, in whole seconds UTC; the present where none was."""
    if at is None:
        return made
    if at.tzinfo is None:
        raise AssayError("`at` has no time zone", hint="e.g. 2026-03-31T12:00:00Z")
    return at.astimezone(UTC).replace(microsecond=0)


def read(folder: Path, found: Verification) -> tuple[Audit, Gate]:
    """The record and the gate of a bundle that were found to be whole. AssayError where it is another record by now."""
    from assay.record.audit import Audit

    data = (folder / "audit.json").read_bytes()
    if found.gate is None or "sha256:" + sha256(data).hexdigest() != found.audit_digest:
        raise AssayError("it changed while it was being checked", where=str(folder / "audit.json"))
    return Audit.model_validate_json(data), found.gate


def record_of(bundle: str | Path) -> tuple[Audit, Verification]:
    """The record of a bundle that is intact, or that nobody signed, and what verifying it found.

    Raises AssayError for one that was changed after it was signed, and for what is no record.
    """
    from assay.api.verifying import verify
    from assay.attest.archive import opened
    from assay.record.audit import Audit

    with opened(Path(bundle)) as folder:
        found = verify(folder)
        if any((folder / "META-INF").glob("*.p7s")) and not found.intact:
            problem = found.problems[0]
            raise AssayError(f"the bundle is not intact: {problem.what}", where=f"{bundle}/{problem.file}")
        record_path, hint = f"{bundle}/audit.json", "`assay verify` says more."
        if found.audit is None:  # a link or a pipe, too large, of another version, …: nothing of it is read again
            why = next((f"; it {one.what}" for one in found.problems if one.file == "audit.json"), "")
            raise AssayError(f"is not the record of an audit{why}", where=record_path, hint=hint)
        try:
            data = (folder / "audit.json").read_bytes()
            record = Audit.model_validate_json(data)
        except (ValueError, OSError):
            raise AssayError("is not the record of an audit", where=record_path, hint=hint) from None
        if found.gate is not None and found.gate.audit != "sha256:" + sha256(data).hexdigest():
            raise AssayError("its gate was drawn from another record", where=record_path)
        return record, found


def waiver_files(folder: Path) -> list[Path]:
    """The waiver files of a bundle, in the order in which they were given."""
    found = (path for path in (folder / "policy" / "waivers").glob("*.yaml") if path.is_file())
    return sorted(found, key=lambda path: (len(path.name), path.name))
