"""Attestations and sign-offs made from a finding: what cannot count is refused before anybody signs it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from hashlib import sha256
from typing import Any, TypeVar

from assay.errors import AssayError, PolicyError
from assay.record.artefact import Artefact
from assay.record.attestation import Attestations, SignOffs
from assay.record.audit import Audit
from assay.record.finding import Finding
from assay.record.frozen import Frozen
from assay.record.people import Person
from assay.source import nearest, parse_source, read_model
from assay.source.told import short
from assay.verdict.attestations import unfit
from assay.verdict.sign_offs import owns, refused

M = TypeVar("M", bound=Frozen)


def attestation(
    audit: Audit,
    control: str,
    *,
    by: Person,
    statement: str,
    holds: bool,
    evidence: Artefact | None,
    made_on: date,
    expires: date,
) -> str:
    """The text of a file with one attestation. Raises AssayError where the control asks for none, or not for this."""
    finding = finding_named(audit, control)
    if finding.attest is None:
        hint = f"Controls that do: {', '.join(_asking(audit))}." if _asking(audit) else "No control of this audit does."
        raise AssayError(f"{finding.id} asks for no attestation", hint=hint)
    if finding.reason != "attestation_pending":
        raise AssayError(f"there is nothing to attest: {finding.id} is {finding.outcome.replace('_', ' ')}")
    given = {
        "control": finding.id,
        "subject": audit.subject.digest,
        "by": _plain(by),
        "statement": statement,
        "holds": holds,
        **({"evidence": {"path": evidence.path, "digest": evidence.digest}} if evidence is not None else {}),
        "made_on": str(made_on),
        "expires": str(expires),
    }
    told = f"It answers: {finding.attest.statement}"
    text, made = _text("attestations/v1", "attestations", told, "A", given, Attestations)
    if (why := unfit(made.attestations[0], finding.attest)) is not None:
        raise AssayError(f"this does not answer {finding.id}: {why}")
    return text


def sign_off(audit: Audit, control: str, *, audit_digest: str, by: Person, reason: str, made_on: date) -> str:
    """The text of a file with one sign-off. Raises AssayError where nobody can sign the control off, or not they."""
    finding = finding_named(audit, control)
    why = refused(finding) or owns(by, finding.id, audit)
    if why is not None:
        raise AssayError(f"{finding.id} cannot be signed off: {why}")
    given = {
        "control": finding.id,
        "audit": audit_digest,
        "by": _plain(by),
        "reason": reason,
        "made_on": str(made_on),
    }
    told = f"It goes on with: {finding.title}: {finding.outcome}. {finding.sentence}"
    return _text("sign-offs/v1", "sign_offs", told, "S", given, SignOffs)[0]


def finding_named(audit: Audit, control: str) -> Finding:
    """The finding of a control, named with its policy or without. Raises AssayError where there is not just one."""
    found = [finding for finding in audit.findings if control in (finding.id, finding.control)]
    if not found:
        names = [finding.id for finding in audit.findings]
        raise AssayError(f"the audit has no control `{short(control)}`", hint=nearest(control, names))
    if len(found) > 1:
        hint = f"Say which: {', '.join(finding.id for finding in found)}."
        raise AssayError(f"several policies have a control `{short(control)}`", hint=hint)
    return found[0]


def _asking(audit: Audit) -> list[str]:
    return [finding.id for finding in audit.findings if finding.attest is not None]


def _plain(by: Person) -> dict[str, Any]:
    return by.model_dump(exclude_none=True)


def _text(kind: str, key: str, comment: str, letter: str, given: Mapping[str, Any], model: type[M]) -> tuple[str, M]:
    """A file of one decision, and how it is read. Its id follows from what it says, so that two do not share one."""
    id_ = f"{letter}-{sha256(json.dumps(given, sort_keys=True).encode()).hexdigest()[:12]}"
    shown = short("".join(char if char.isprintable() else " " for char in comment), 110)
    lines = [f"{name}: {_flow(value)}" for name, value in {"id": id_, **given}.items()]
    text = "\n".join([f"assay: {kind}", f"{key}:", f"  # {shown}", f"  - {lines[0]}", *(f"    {x}" for x in lines[1:])])
    try:
        data = f"{text}\n".encode()
    except UnicodeEncodeError:
        raise AssayError("what was given is not all text", hint="It has to be UTF-8.") from None
    return f"{text}\n", read_model(parse_source(data, "decision", error=PolicyError), model, error=PolicyError)


def _flow(value: Any) -> str:
    """As JSON, which is YAML too, so that nothing is read as something else; what YAML would fold is escaped."""
    text = json.dumps(value, ensure_ascii=False)
    return "".join(char if char.isprintable() else f"\\U{ord(char):08x}" for char in text)
