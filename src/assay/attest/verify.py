"""Verifying a bundle: whether it is intact, who signed it, and what that does not say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from assay.attest import layout
from assay.attest.contents import Contents, check_contents
from assay.attest.folder import Folder, Problem, read_folder
from assay.attest.rounds.reading import UNSIGNED, Rounds, read_rounds
from assay.attest.rounds.reports import check_reports
from assay.attest.rounds.signers import SignedBy, TimestampedBy, signers_of, statements_of
from assay.attest.statement import check_statement

if TYPE_CHECKING:
    from assay.attest.trust.file import LoadedTrust
    from assay.record.gate import Gate
    from assay.record.signature import FoundSignature


@dataclass(frozen=True)
class Verification:
    """What verifying a bundle found."""

    path: Path
    audit: str | None
    """Id of the audit, where the record could be read."""
    audit_digest: str | None
    problems: tuple[Problem, ...]
    signers: tuple[SignedBy, ...]
    """The signatures that hold, in their order."""
    statements: tuple[str, ...]
    """What was found and what was not checked, each a sentence."""
    timestamps: tuple[TimestampedBy, ...] = ()
    """The timestamps that hold, in their order."""
    gate: Gate | None = None
    """The gate of the bundle, where it could be read."""
    doubts: tuple[str, ...] | None = None
    """Why a trust file does not trust it; empty: trusted; None: no trust file was given."""

    unevaluated: str | None = None
    """What was asked for and could not be evaluated: no answer, and never a yes."""

    @property
    def intact(self) -> bool:
        """Signed, unchanged since, and in agreement with itself. Says nothing about whom to trust."""
        return not self.problems

    @property
    def trusted(self) -> bool | None:
        """Intact, and signed as the trust file asks; None where no trust file was given."""
        return None if self.doubts is None else self.intact and not self.doubts

    @property
    def signatures(self) -> tuple[FoundSignature, ...]:
        """The signatures that hold, as the gate takes them."""
        return tuple(one.found for one in self.signers)

    @property
    def verdict(self) -> str:
        """The answer in a few words. Without a trust file nobody is trusted."""
        if not self.intact:
            return "NOT INTACT: nobody has signed it" if UNSIGNED in self.problems else "NOT INTACT"
        if self.doubts is None:
            return "INTACT, SIGNER NOT TRUSTED: no trust file was given"
        return "INTACT AND TRUSTED" if self.trusted else "INTACT, SIGNER NOT TRUSTED"


def verify(path: Path, *, trust: LoadedTrust | None = None, now: datetime | None = None) -> Verification:
    """Check every file, signature, timestamp and outcome of a bundle, without changing anything.

    With a trust file it is also said whether to believe who signed; `now` is the time at which certificates must hold.
    Raises AssayError where `path` is not a bundle. Everything wrong inside a bundle is a problem of a named file.
    """
    folder = read_folder(path)
    rounds = read_rounds(folder)
    contents = check_contents(folder)
    problems = [
        *folder.problems,
        *rounds.problems,
        *check_reports(folder, rounds.rounds),
        *_check_statement(folder, rounds),
        *contents.problems,
    ]
    signers, timestamps = signers_of(rounds.rounds, trust, now or datetime.now(UTC))
    faults, told, doubt = _ledger(folder, contents, trust)
    return Verification(
        path=path,
        audit=None if contents.audit is None else contents.audit.id,
        audit_digest=folder.digests.get(layout.AUDIT),
        problems=tuple(dict.fromkeys([*problems, *faults])),
        signers=signers,
        statements=(*_statements(folder, signers, timestamps, contents.gate, trust), *told),
        timestamps=timestamps,
        gate=contents.gate,
        doubts=_doubts(signers, trust, doubt),
    )


def _check_statement(folder: Folder, rounds: Rounds) -> Iterator[Problem]:
    """The statement is the first signer's; where the first round does not hold, there is nobody to compare it with."""
    first = next((one.signature for one in rounds.rounds if one.number == 1), None)
    if first is not None:
        yield from check_statement(folder, first.certificate, listed=rounds.first)


def _ledger(
    folder: Folder, contents: Contents, trust: LoadedTrust | None
) -> tuple[list[Problem], list[str], str | None]:
    """What the bundle shows of the ledger: problems, statements, and why a trust file does not believe it."""
    from assay.attest.ledger.bundled import PROOF, check_bundled
    from assay.attest.ledger.notes import read_verifier

    if contents.audit is None or contents.gate is None:
        return [], [], None
    listed = () if trust is None else trust.trust.ledgers
    faults, told, doubt = check_bundled(
        folder, contents.audit, contents.gate, [read_verifier(key, where="trust file") for key in listed]
    )
    if trust is not None and trust.trust.bundle.ledger and PROOF not in folder.digests:
        doubt = "no ledger proves that it holds this audit, and the trust file asks for one"
    return faults, told, doubt if trust is not None and (listed or trust.trust.bundle.ledger) else None


def _doubts(signers: tuple[SignedBy, ...], trust: LoadedTrust | None, of_ledger: str | None) -> tuple[str, ...] | None:
    if trust is None:
        return None
    from assay.attest.trust.standing import doubts

    return (*doubts([one.found for one in signers], trust), *([of_ledger] if of_ledger else []))


def _statements(
    folder: Folder,
    signers: tuple[SignedBy, ...],
    timestamps: tuple[TimestampedBy, ...],
    gate: Gate | None,
    trust: LoadedTrust | None,
) -> Iterator[str]:
    if gate is not None:
        made = gate.as_of or f"made {gate.made:%Y-%m-%dT%H:%M:%SZ}"
        yield f"{made}, by the clock of the machine that made it"
        yield f"gate {gate.state} at stage {gate.stage} (exit code {gate.exit_code})"
    if layout.PDF not in folder.digests:
        yield "the bundle holds no PDF report"
    yield from statements_of(signers, timestamps)
    if not signers:
        return
    if trust is None:
        yield "trust not checked: no --trust given; intact does not mean trusted"
    if trust is None or not trust.checks_revocation:
        yield "revocation not checked"
