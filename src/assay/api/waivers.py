"""Waiver files: read, checked against policies, listed, begun from a bundle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from assay.api.policies import load_policies
from assay.errors import AssayError
from assay.source.told import short

if TYPE_CHECKING:
    from assay.policy.waivers import LoadedWaivers
    from assay.record.audit import Audit
    from assay.record.waiver import Waiver

WARNED = 30
"""Days before its last day from which a waiver is warned about, where no policy says it."""

LARGEST_RECORD = 64_000_000


@dataclass(frozen=True)
class Remark:
    """What is to be said about one waiver of a file."""

    where: str
    what: str
    wrong: bool
    """Whether it can never hold; otherwise it does not hold now, or not much longer."""


@dataclass(frozen=True)
class ListedWaiver:
    """One waiver as a list shows it."""

    waiver: Waiver
    file: str
    days_left: int
    state: str
    """`in time`, `expires in 12 days`, `EXPIRED on …`. Whether it fits a subject, only an audit says."""
    in_time: bool
    signed_by: tuple[str, ...] = ()
    """The names in the certificates of those who signed the file. Whether to believe them, only a trust file says."""


def load_waivers(path: str | Path) -> LoadedWaivers:
    """Read a waiver file; raises PolicyError with the place of every error."""
    from assay.policy.waivers import load_waivers as load

    return load(Path(path))


def load_waiver_files(paths: Sequence[str | Path]) -> tuple[LoadedWaivers, ...]:
    """Read several waiver files; the same id in two of them is an error."""
    from assay.policy.waivers import load_waiver_files as load

    return load([Path(path) for path in paths])


def check_waivers(
    paths: Sequence[str | Path], *, policies: Sequence[str | Path], at: datetime
) -> tuple[tuple[LoadedWaivers, ...], tuple[Remark, ...]]:
    """Read waiver files and compare them with policies, where any are given, and with the clock.

    Raises AssayError for files that cannot be read and for an id that is there twice.
    """
    from assay.run.applied import applied
    from assay.verdict.waivers import expiring, never, out_of_time, policy_of

    files = load_waiver_files(paths)
    loaded = load_policies(policies) if policies else ()
    known = [applied(policy, at.date(), at.date()) for policy in loaded]
    warned = {policy.id: policy.waiver_warning_days for policy in known}
    remarks = []
    for path, file in zip(paths, files, strict=True):
        for index, waiver in enumerate(file.decisions):
            line, column = file.source.position(("waivers", index, "id"))
            wrong = never(waiver, known) if known else None
            soon = expiring(waiver, at, warned.get(policy_of(waiver.control), WARNED))
            what = wrong or out_of_time(waiver, at) or soon
            if what is not None:
                remarks.append(Remark(f"{path}:{line}:{column}", f"{waiver.id}: {what}", wrong is not None))
    return files, tuple(remarks)


def list_waivers(paths: Sequence[str | Path], *, at: datetime) -> tuple[ListedWaiver, ...]:
    """The waivers of files and folders, the one that ends first at the top."""
    from assay.api.decisions import signed_by
    from assay.verdict.waivers import days_left, expiring, out_of_time

    found = [file for path in paths for file in _files(Path(path))]
    listed = []
    for path, file in zip(found, load_waiver_files(found), strict=True):
        signers = signed_by(path)
        for waiver in file.decisions:
            late = out_of_time(waiver, at)
            state = late or expiring(waiver, at, WARNED) or "in time"
            listed.append(ListedWaiver(waiver, str(path), days_left(waiver, at), state, late is None, signers))
    return tuple(sorted(listed, key=lambda one: (one.waiver.expires, one.waiver.id)))


def draft_waiver(bundle: str | Path, control: str, *, groups: Mapping[str, Sequence[str]], expires: date | None) -> str:
    """The text of a waiver for a failing or inconclusive control of a bundle, blank where a person must speak.

    Raises AssayError where there is nothing to waive.
    """
    from assay.policy.waiver_draft import draft

    return draft(_audit(Path(bundle)), control, groups=groups, expires=expires)


def _files(path: Path) -> list[Path]:
    try:
        if not path.is_dir():
            return [path]
        found = sorted(file for file in path.iterdir() if file.suffix in (".yaml", ".yml"))
    except OSError as problem:
        told = (problem.strerror or "error").lower()
        raise AssayError(f"cannot be read: {told}", where=short(str(path), 200)) from problem
    if not found:
        raise AssayError("there is no waiver file in this folder", where=str(path), hint="They end in .yaml or .yml.")
    return found


def _audit(bundle: Path) -> Audit:
    """The record of a bundle, which may be unsigned: what is drafted from it, a person reads before it counts."""
    from pydantic import ValidationError

    from assay.record.audit import Audit

    path = bundle / "audit.json"
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_RECORD + 1)
    except (OSError, ValueError) as error:
        told = getattr(error, "strerror", None) or "the path is not valid"
        raise AssayError(
            f"cannot be read: {told.lower()}", where=str(path), hint="Give the folder of a bundle."
        ) from None
    try:
        return Audit.model_validate_json(data[:LARGEST_RECORD], strict=True)
    except (ValidationError, ValueError):
        raise AssayError("is not the record of an audit", where=str(path), hint="`assay verify` says more.") from None
