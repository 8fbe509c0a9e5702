"""The estimates of a bundle once more, from its evidence through the checks that are installed here.

Nothing outside the record and the tables is read. What is given may be made up: every table is read with limits, and
so much work as a large audit takes is done and no more.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib.metadata import version
from itertools import islice
from pathlib import Path

from pydantic import ValidationError

from assay.checks.registry import Check, CheckParameters, exists, find
from assay.errors import AssayError, ManifestError
from assay.evidence.request import Needs, Request
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.audit import Audit
from assay.record.finding import CheckRecord, Finding, Measured
from assay.record.manifest import Manifest
from assay.record.policy import SmallGroups
from assay.run.compared import differences, exhibit_differences, same
from assay.run.decide import context_of, measured_by
from assay.run.evidence_again import Contradiction, EvidenceAgain, NotComputed
from assay.run.mitigation import CONSTRAINTS, Asked, Fitted, mitigation, to_analyse
from assay.run.plan import needs_of, scored_by_model
from assay.run.second import LIBRARY, METRICS, compute_again
from assay.source import parse_source
from assay.subject.manifest import read_manifest

MANIFEST = "policy/model.yaml"
MAKES = ("assay", "fairlearn", "narwhals", "numpy", "pandas", "scikit-learn")
"""What an analysis is made with."""
NOT_SAID = "evidence"
"""What records of earlier versions say of each table."""
MOST_TOLD = 100


@dataclass(frozen=True)
class Recomputation:
    """What came of it."""

    differences: tuple[str, ...]
    """Where the record says something else than the evidence gives; empty: nowhere."""
    recomputed: int
    """Estimates computed again."""
    controls: int
    """Controls they belong to."""
    left_out: tuple[str, ...]
    """What could not be computed again, and why."""
    unanswered: tuple[str, ...] = ()
    """Controls left out because the check that the record names is another one here, or none."""


class _OtherCheck(NotComputed):
    """The check of the record is not the one that is here, or there is none."""


def recompute(audit: Audit, files: Mapping[str, bytes], *, elsewhere: bool = False) -> Recomputation:
    """Compute the estimates and exhibits of every control again, and compare. Never raises for what it is given.

    `files`: the manifest `policy/model.yaml` and what the record names as evidence. Counts and texts have to be the
    same, other numbers to 1e-12 of the larger one. What this version of assay always says has to be there, unless
    another build of it is known to have made the audit `elsewhere`.
    """
    ours = not elsewhere and audit.versions.get("assay") == version("assay")
    if audit.evidence and all(one.role == NOT_SAID for one in audit.evidence):
        why = "the record does not say which question each table of its evidence answers"
        if ours:
            return Recomputation((f"{why}, and this version of assay always says it",), 0, 0, ())
        return Recomputation((), 0, 0, (f"everything: {why}",))
    try:
        manifest = _manifest(audit, files.get(MANIFEST))
    except Contradiction as why:
        return Recomputation((_seen(str(why)),), 0, 0, ())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of arithmetic on counts that nobody can have counted
        view = SubjectView(manifest)
        return _Recomputing(audit, view, EvidenceAgain(audit, view, files), ours).all()


def _manifest(audit: Audit, data: bytes | None) -> Manifest:
    """The manifest as its owner wrote it: the record holds the same, but not the order of its mappings."""
    if data is None:
        raise Contradiction(f"{MANIFEST} is not there or too large")
    try:
        manifest = read_manifest(parse_source(data, MANIFEST, error=ManifestError), Path()).manifest
    except AssayError as error:
        raise Contradiction(f"{MANIFEST} cannot be read: {_one_line(error)}") from error
    if manifest.model_dump(mode="json", by_alias=True, exclude_none=True) != audit.manifest:
        raise Contradiction(f"{MANIFEST} is not the manifest that the record holds")
    return manifest


@dataclass
class _Recomputing:
    audit: Audit
    view: SubjectView
    evidence: EvidenceAgain
    ours: bool
    asked: list[Request] = field(default_factory=list)
    parameters: dict[str, CheckParameters] = field(default_factory=dict)
    fitted: Fitted = field(default_factory=Fitted)
    again: list[tuple[Needs, Finding]] = field(default_factory=list)
    not_again: list[Finding] = field(default_factory=list)
    """What is left out."""
    unanswered: list[str] = field(default_factory=list)

    def all(self) -> Recomputation:
        found: list[str] = []
        left_out: list[str] = []
        recomputed = controls = 0
        for finding in self.audit.findings:
            try:
                measured = self._measured(finding)
                found += [
                    f"{finding.id}: {what}" for what in islice(differences(finding.measured, measured), MOST_TOLD)
                ]
                recomputed += len(measured.estimates)
                controls += bool(measured.estimates)
            except NotComputed as why:
                left_out.append(f"{finding.id}: {why}")
                self.not_again.append(finding)
                self.unanswered += [finding.id] if isinstance(why, _OtherCheck) else []
            except Contradiction as why:
                found.append(f"{finding.id}: {why}")
        for finding in self.audit.findings:
            try:
                found += [f"{finding.id}: {what}" for what in islice(self._analysed(finding), MOST_TOLD)]
            except NotComputed as why:
                left_out.append(f"{finding.id}: its analysis of what other decisions could reach: {why}")
            except Contradiction as why:
                found.append(f"{finding.id}: its analysis of what other decisions could reach: {why}")
        why_not = self._no_second()
        found += self._second() if why_not is None else ()
        left_out += [f"the second computation: {why_not}"] if why_not is not None else []
        more = (f"and {len(found) - MOST_TOLD} more differences",) if len(found) > MOST_TOLD else ()
        told = (*map(_seen, found[:MOST_TOLD]), *more)
        unanswered = tuple(map(_seen, self.unanswered))
        return Recomputation(told, recomputed, controls, tuple(map(_seen, left_out)), unanswered)

    def _measured(self, finding: Finding) -> Measured:
        """What the check of the finding measures in the evidence."""
        record = finding.check
        if record is None or not (finding.applicability is None or finding.applicability.result is True):
            return Measured()
        if finding.error is not None:
            raise NotComputed("its check raised an error")
        check, parameters = self._check(record)
        try:
            needs = needs_of(check, parameters, self.view)
        except Exception as error:
            raise Contradiction(f"the check cannot ask for evidence: {_one_line(error)}") from error
        self.asked += needs.requests
        for request in needs.requests:
            self.evidence.require(request, finding)
        if not finding.criteria:
            raise Contradiction("it has a check and no criterion")
        self.evidence.spend(needs, parameters, finding)
        small_groups = finding.small_groups or SmallGroups()
        context = context_of(finding.criteria, small_groups, self.view, lambda stage, done, total: None)  # noqa: ARG005
        measured, failed = measured_by(check, parameters, needs, Evidence(self.evidence.values), context)
        if failed is not None:
            raise Contradiction(f"the check cannot measure the evidence: {_one_line(failed.splitlines()[-1])}")
        self.again.append((needs, finding))
        self.parameters[finding.id] = parameters
        return measured

    def _check(self, record: CheckRecord) -> tuple[Check, CheckParameters]:
        """The installed check and its parameters, read as strictly as those of a policy."""
        if not exists(record.id):
            raise _OtherCheck(f"the check {record.id[:80]} is not installed here")
        try:
            check = find(record.id)
        except Exception as error:  # whatever a check that somebody installed raises
            raise _OtherCheck(f"the check {record.id} cannot be loaded: {_one_line(error)}") from error
        shipped = check.measure.__module__.startswith("assay.")
        otherwise = Contradiction if self.ours else _OtherCheck
        if check.version != record.version:
            both = f"made by version {record.version} of {record.id}, here is version {check.version}"
            if shipped and self.ours:
                raise Contradiction(f"{both}, and this is the assay that the record names")
            raise _OtherCheck(both)
        if shipped and self.ours and check.docstring != record.docstring:
            raise Contradiction(f"the description of {record.id} is not the one that the check publishes")
        try:
            text = json.dumps(record.parameters)
            parameters = check.parameters.model_validate_json(text, strict=True, by_alias=True, by_name=False)
        except (ValidationError, TypeError, ValueError) as error:
            told = _first(error) if isinstance(error, ValidationError) else _one_line(error)
            raise otherwise(f"{record.id} has no such parameters: {told}") from error
        if parameters.model_dump(mode="json", by_alias=True, exclude_none=True) != record.parameters:
            raise otherwise(f"{record.id} does not write its parameters so")
        return check, parameters

    @cached_property
    def _chosen(self) -> dict[str, tuple[str, Asked]]:
        """What was analysed: finding → grouping, and what that takes."""
        pairs = [(finding, self.parameters.get(finding.id)) for finding in self.audit.findings]
        scored = scored_by_model(self.asked, self.view)
        return {finding.id: (grouping, one) for finding, grouping, one in to_analyse(pairs, self.view, scored)}

    def _analysed(self, finding: Finding) -> Iterator[str]:
        """Where its analysis, made again, differs from the recorded one."""
        if not finding.mitigation and finding.id not in self._chosen:
            return
        if other := next((one for one in MAKES if self.audit.versions.get(one) != version(one)), None):
            if finding.mitigation:
                raise NotComputed(f"it was made with another version of {other}")
            return
        if other := next((one.id for one in self.not_again if one.check and one.check.id in CONSTRAINTS), None):
            raise NotComputed(f"what is analysed depends on {other}")
        made = None
        if finding.id in self._chosen:
            grouping, asked = self._chosen[finding.id]
            for request in asked.requests:
                self.evidence.has(request)  # what the audit could not have has no table
            self.evidence.spend_on_thresholds(asked)
            try:
                made = mitigation(finding, grouping, asked, Evidence(self.evidence.values), self.view, self.fitted)
            except Exception as error:
                raise Contradiction(f"it cannot be made: {_one_line(error)}") from error
        yield from exhibit_differences(finding.mitigation, () if made is None else (made,))

    def _no_second(self) -> str | None:
        """Why the second computation is not made again: a control that it compared, or another version."""
        recorded, installed = self.audit.second_computation, version(LIBRARY)
        if recorded is not None and recorded.version != installed:
            return f"made by version {recorded.version[:80]} of {LIBRARY}, here is version {installed}"
        compared = (one for one in self.not_again if one.measured.estimates and one.check and one.check.id in METRICS)
        return next((f"it compares the groups of {one.id}" for one in compared), None)

    def _second(self) -> Iterator[str]:
        """Where the second computation, made again, differs from the recorded one."""
        recorded = self.audit.second_computation
        try:
            made = compute_again(self.again, Evidence(self.evidence.values), version(LIBRARY))
        except Exception as error:  # noqa: BLE001  whatever the library says to counts that nobody can have counted
            yield f"the second computation cannot be made: {_one_line(error)}"
            return
        stored, found = (
            None if one is None else (one.library, one.compared, tuple(sorted(one.left_out)), one.agrees)
            for one in (recorded, made)
        )
        if not same(stored, found):
            yield f"the second computation is recorded as {stored}, the evidence gives {found}"[:300]


def _first(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    return _one_line(f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}")


def _one_line(what: object) -> str:
    return " ".join(str(what).split())[:200]


def _seen(text: str) -> str:
    """Foreign text, harmless on a terminal."""
    return "".join(letter if letter.isprintable() else "?" for letter in text[:600])
