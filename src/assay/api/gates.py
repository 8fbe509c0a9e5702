"""The gate of a bundle that is there, drawn again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from assay.api.bundles import moment, read, waiver_files
from assay.api.decisions import decisions, unverified
from assay.api.verifying import verify
from assay.errors import AssayError

if TYPE_CHECKING:
    from assay.record.gate import Gate
    from assay.record.policy import Stage


def gate(
    bundle: str | Path,
    *,
    stage: Stage | None = None,
    at: datetime | None = None,
    waivers: Sequence[str | Path] | None = None,
    attestations: Sequence[str | Path] = (),
    sign_offs: Sequence[str | Path] = (),
    trust: str | Path | None = None,
) -> Gate:
    """Draw the gate of a bundle, a folder or an archive, again, without measuring and without changing it.

    The waivers of the bundle are read again where none are given. With a trust file the signatures count: those of the
    bundle, and those beside the files of decisions. A bundle that the trust file doubts has a closed gate. Raises
    AssayError where the bundle is not intact, and for a file or signature that cannot be used.
    """
    from assay.attest.archive import opened
    from assay.attest.trust.file import load_trust
    from assay.verdict.gate import draw_gate

    with opened(Path(bundle)) as folder:
        verification = verify(folder, trust=trust)
        if not folder.is_dir():
            raise AssayError("that is no bundle: only one has a gate", where=str(bundle))
        if not verification.intact and not any((folder / "META-INF").glob("*.p7s")):
            hint = "Give `assay audit` --sign KEY; `assay keygen` makes a demo key. `assay verify` says more."
            raise AssayError("the gate of a bundle that is not signed is not drawn again", where=str(bundle), hint=hint)
        if not verification.intact:
            problem = verification.problems[0]
            raise AssayError(f"the bundle is not intact: {problem.what}", where=f"{bundle}/{problem.file}")
        record, drawn = read(folder, verification)
        made = datetime.now(UTC).replace(microsecond=0)
        decided = decisions(
            waivers=waiver_files(folder) if waivers is None else [Path(path) for path in waivers],
            attestations=[Path(path) for path in attestations],
            sign_offs=[Path(path) for path in sign_offs],
            trust=load_trust(Path(trust)) if trust is not None else None,
            now=made,
        )
    return draw_gate(
        record,
        audit_digest=drawn.audit,
        stage=stage or drawn.stage,
        at=moment(at, made),
        made=made,
        waivers=decided.waivers,
        attestations=decided.attestations,
        sign_offs=decided.sign_offs,
        verified=decided.verified,
        unproven=decided.unproven,
        signatures=verification.signatures,
        doubts=[f"the trust file does not trust the bundle: {doubt}" for doubt in verification.doubts or ()],
    )


def why_unverified(
    bundle: str | Path,
    *,
    trust: str | Path,
    waivers: Sequence[str | Path] | None = None,
    attestations: Sequence[str | Path] = (),
    sign_offs: Sequence[str | Path] = (),
) -> tuple[str, ...]:
    """Why decisions that were given to `gate` are not verified: a sentence for each that is not."""
    from assay.attest.archive import opened
    from assay.attest.trust.file import load_trust

    with opened(Path(bundle)) as folder:
        return unverified(
            waivers=waiver_files(folder) if waivers is None else [Path(path) for path in waivers],
            attestations=[Path(path) for path in attestations],
            sign_offs=[Path(path) for path in sign_offs],
            trust=load_trust(Path(trust)),
            now=datetime.now(UTC).replace(microsecond=0),
        )
