"""What people decide and sign: attestations and sign-offs are written, and the signatures of all decisions checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.api.bundles import record_of
from assay.api.writing import write_new
from assay.errors import AssayError

if TYPE_CHECKING:
    from assay.attest.keys import Signer
    from assay.attest.trust.file import LoadedTrust
    from assay.attest.trust.standing import Standing
    from assay.policy.decisions import LoadedDecisions
    from assay.record.artefact import Artefact
    from assay.record.attestation import Attestation, Kind, SignOff
    from assay.record.people import Person
    from assay.record.waiver import Waiver


@dataclass(frozen=True)
class Decisions:
    """Everything that people decided about one audit, and what was found of their signatures."""

    waivers: tuple[Waiver, ...] = ()
    attestations: tuple[Attestation, ...] = ()
    sign_offs: tuple[SignOff, ...] = ()
    verified: frozenset[tuple[Kind, str]] = frozenset()
    """Kind and id of those which whoever decides signed, by the trust file."""
    unproven: Mapping[str, str] = field(default_factory=dict)
    """Attestation → what is wrong with the file that should show it."""


def person(id_: str, *, name: str | None = None, role: str | None = None) -> Person:
    """Somebody who decides. Raises AssayError for what is no id, name or role."""
    from pydantic import ValidationError

    from assay.record.people import Person

    try:
        return Person(id=id_, name=name, role=role)
    except ValidationError as error:
        wrong = error.errors(include_url=False)[0]
        raise AssayError(f"{id_[:60]!r} is nobody: {wrong['loc'][0]}: {wrong['msg']}") from None


def attest(
    bundle: str | Path,
    control: str,
    *,
    by: Person,
    statement: str,
    holds: bool,
    expires: date,
    out: str | Path,
    evidence: str | Path | None = None,
    made_on: date | None = None,
    sign: Signer | None = None,
) -> tuple[Path, ...]:
    """Write an attestation for a control of a bundle, and sign it; the files that were written.

    `evidence` lies beside `out` or below. Raises AssayError where the control asks nobody, where this is no answer to
    what it asks, and where `out` is there.
    """
    from assay.policy.decision_draft import attestation

    record, _ = record_of(bundle)
    now = datetime.now(UTC)
    text = attestation(
        record,
        control,
        by=by,
        statement=statement,
        holds=holds,
        evidence=_shown(Path(evidence), Path(out)) if evidence is not None else None,
        made_on=made_on or now.date(),
        expires=expires,
    )
    return _written(Path(out), text, sign, now)


def sign_off(
    bundle: str | Path,
    control: str,
    *,
    by: Person,
    reason: str,
    out: str | Path,
    made_on: date | None = None,
    sign: Signer | None = None,
) -> tuple[Path, ...]:
    """Write a sign-off for an inconclusive control of a bundle, and sign it; the files that were written.

    Raises AssayError where nobody can sign the control off, or not this person, and where `out` is there.
    """
    from assay.policy.decision_draft import sign_off as draft

    record, verification = record_of(bundle)
    now = datetime.now(UTC)
    digest, day = verification.audit_digest or "", made_on or now.date()
    return _written(
        Path(out), draft(record, control, audit_digest=digest, by=by, reason=reason, made_on=day), sign, now
    )


def decisions(
    *,
    waivers: Sequence[Path] = (),
    attestations: Sequence[Path] = (),
    sign_offs: Sequence[Path] = (),
    trust: LoadedTrust | None,
    now: datetime,
) -> Decisions:
    """Read files of decisions, and judge who signed them. Without a trust file nothing is verified, whoever signed.

    Raises PolicyError, or Problems, for a file that cannot be used, and for a signature that does not hold over it.
    """
    from assay.policy.decisions import load_attestations, load_sign_offs
    from assay.policy.waivers import load_waiver_files

    waived, attested, signed = load_waiver_files(waivers), load_attestations(attestations), load_sign_offs(sign_offs)
    verified = {
        *_verified("waiver", waived, trust, now),
        *_verified("attestation", attested, trust, now),
        *_verified("sign-off", signed, trust, now),
    }
    return Decisions(
        waivers=tuple(one for file in waived for one in file.decisions),
        attestations=tuple(one for file in attested for one in file.decisions),
        sign_offs=tuple(one for file in signed for one in file.decisions),
        verified=frozenset(verified),
        unproven={one.id: why for file in attested for one in file.decisions if (why := _unproven(one, file.path))},
    )


def sign_file(path: str | Path, signer: Signer) -> Path:
    """Sign a file of decisions, or any other file: the signature lies beside it, as `FILE.p7s`; its path."""
    from assay.attest.detached import sign_file as sign

    return sign(Path(path), signer, now=datetime.now(UTC))


def signed_by(path: str | Path) -> tuple[str, ...]:
    """The names in the certificates of those who signed a file. Whether to believe them, only a trust file says."""
    from assay.attest.detached import signatures_of
    from assay.attest.keys import common_name

    return tuple(common_name(one.certificate.subject) for one in signatures_of(Path(path)))


def unverified(
    *,
    waivers: Sequence[Path] = (),
    attestations: Sequence[Path] = (),
    sign_offs: Sequence[Path] = (),
    trust: LoadedTrust,
    now: datetime,
) -> tuple[str, ...]:
    """Why decisions are not verified by the trust file: a sentence for each that is not."""
    from assay.policy.decisions import load_attestations, load_sign_offs
    from assay.policy.waivers import load_waiver_files

    kinds: tuple[tuple[Kind, Sequence[LoadedDecisions[Any]]], ...] = (
        ("waiver", load_waiver_files(waivers)),
        ("attestation", load_attestations(attestations)),
        ("sign-off", load_sign_offs(sign_offs)),
    )
    told: list[str] = []
    for kind, files in kinds:
        for file in files:
            signers = _signers(file, trust, now)
            for one in file.decisions:
                who = _decider(kind, one)
                if not any(_counts(signer, who, kind, trust) for signer in signers):
                    why = "; ".join(_doubt(signer, who) for signer in signers)
                    told.append(f"{kind} {one.id} is not verified: {why or f'nobody has signed {file.path.name}'}")
    return tuple(told)


def _verified(
    kind: Kind, files: Sequence[LoadedDecisions[Any]], trust: LoadedTrust | None, now: datetime
) -> set[tuple[Kind, str]]:
    """The decisions which whoever decides has signed."""
    return {
        (kind, one.id)
        for file in files
        for signer in _signers(file, trust, now)
        for one in file.decisions
        if trust is not None and _counts(signer, _decider(kind, one), kind, trust)
    }


@dataclass(frozen=True)
class _Signer:
    name: str
    """In the certificate."""
    standing: Standing


def _signers(file: LoadedDecisions[Any], trust: LoadedTrust | None, now: datetime) -> tuple[_Signer, ...]:
    """Who signed the file, by the trust file; nobody without one. A signature that does not hold is an error."""
    from assay.attest.detached import signatures_of

    signatures = signatures_of(file.path, file.source.data)  # also without a trust file
    if trust is None:
        return ()
    from assay.attest.keys import common_name
    from assay.attest.trust.standing import standing

    return tuple(
        _Signer(common_name(one.certificate.subject), standing(one.certificate, one.chain, trust=trust, now=now))
        for one in signatures
    )


def _decider(kind: Kind, decision: Any) -> str:
    return str((decision.approver if kind == "waiver" else decision.by).id)


def _counts(signer: _Signer, decider: str, kind: Kind, trust: LoadedTrust) -> bool:
    """Whether it is the decider's signature, and may mean this: to state a fact is open to all, to approve is not."""
    from assay.verdict.people import folded

    found = signer.standing
    if not found.trusted or found.person is None or folded(found.person) != folded(decider):
        return False
    return kind == "attestation" or trust.may_mean(found.person, "approver")


def _doubt(signer: _Signer, decider: str) -> str:
    """Why a signature does not count."""
    from assay.verdict.people import folded

    found = signer.standing
    if not found.trusted:
        why = found.why
    elif found.person is None:
        why = f"the trust file does not say that this is {decider}: `assay trust new --person {decider}=CERTIFICATE`"
    elif folded(found.person) != folded(decider):
        why = f"to the trust file that is {found.person}, not {decider}"
    else:
        why = f"the trust file does not let {found.person} approve"
    return f'signed by "{signer.name}": {why}'


def _unproven(one: Attestation, path: Path) -> str | None:
    """What is wrong with the file that shows it, which lies beside the attestation or below."""
    from assay.attest.paths import UnusablePath, below
    from assay.errors import DataError
    from assay.subject.paths import digest

    if one.evidence is None:
        return None
    try:
        found = digest(below(path.parent, one.evidence.path))
    except (UnusablePath, DataError) as wrong:
        return f"its evidence {one.evidence.path} {wrong.what if isinstance(wrong, DataError) else wrong}"
    if found is None:
        return f"its evidence {one.evidence.path} is not there"
    return None if found == one.evidence.digest else f"its evidence {one.evidence.path} has another digest"


def _shown(evidence: Path, out: Path) -> Artefact:
    """The file that shows it, by its path from the attestation and its digest."""
    from assay.record.artefact import Artefact
    from assay.subject.paths import digest

    hint = "It travels with the attestation: put it beside it, or below."
    try:
        relative = evidence.resolve().relative_to(out.resolve().parent)
    except (ValueError, OSError):
        raise AssayError(f"the evidence does not lie below {out.parent}", where=str(evidence), hint=hint) from None
    found = digest(evidence)
    if found is None:
        raise AssayError("there is no such file", where=str(evidence), hint=hint)
    return Artefact(path=relative.as_posix(), digest=found)


def _written(out: Path, text: str, sign: Signer | None, now: datetime) -> tuple[Path, ...]:
    write_new(out, text)
    if sign is None:
        return (out,)
    from assay.attest.detached import sign_file as sign_beside

    return out, sign_beside(out, sign, now=now)
