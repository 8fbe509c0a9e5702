"""Policy tests are run for real: the loader, the conditions, the engine, the checks and the verdict of an audit."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from pathlib import Path

from assay.errors import AssayError, PolicyError, Problems
from assay.evidence.merging import merge
from assay.evidence.request import HistoryRequest, PapersRequest, Request
from assay.evidence.value import Evidence, Unavailable, Value
from assay.evidence.view import SubjectView
from assay.policy.load import LoadedPolicy
from assay.record.audit import Audit, LawAt
from assay.record.audit import Subject as SubjectRecord
from assay.record.finding import Finding, Measured, Outcome
from assay.record.frozen import Scalar
from assay.record.manifest import Manifest
from assay.record.policy import Control, Stage
from assay.record.policy_tests import Expectation, PolicyTestLine, PolicyTestReport, Table
from assay.run.applied import applied
from assay.run.decide import decide, finding_of
from assay.run.in_force import choose_law, stage_of
from assay.run.plan import Plan, PlannedControl, make_plan
from assay.run.test_files import FOLDER, Case, TestFiles, read_tests
from assay.source import raise_all
from assay.subject.paths import inside
from assay.subject.scratch import scratch_folder
from assay.subject.subject import load_subject
from assay.verdict.gate import draw_gate

TO_BE_SEEN: tuple[Outcome, ...] = ("pass", "fail", "inconclusive")
GATE = "gate"
"""What a report calls the gate, among the controls."""
_NO_DIGEST = "sha256:" + "0" * 64


@dataclass(frozen=True)
class Target:
    """A control under test, as the only one of its policy: an audit of it costs what it costs alone."""

    name: str
    """`FAIR-01`, or `parent/FAIR-01` where it is inherited."""
    policy: LoadedPolicy
    place: str


@dataclass(frozen=True)
class Tested:
    """A case that has been run."""

    case: Case
    evidence: Evidence
    findings: dict[str, Finding]
    """By the name of the control."""


def targets(own: LoadedPolicy, policies: Sequence[LoadedPolicy]) -> dict[str, Target]:
    """The controls that tests may name: the policy's own by their ids, inherited ones as `parent/ID`."""
    found: dict[str, Target] = {}
    for policy in policies:
        for control in policy.policy.controls:
            alone = replace(policy, policy=policy.policy.model_copy(update={"controls": (control,)}))
            name = control.id if policy is own else f"{policy.policy.id}/{control.id}"
            found[name] = Target(name, alone, policy.place(control.id))
    return found


def cases_of(own: LoadedPolicy, policies: Sequence[LoadedPolicy]) -> TestFiles:
    """The tests beside a policy, read and not run."""
    planned = {
        name: target.policy.policy.controls[0].status == "planned" for name, target in targets(own, policies).items()
    }
    return read_tests(own.path.parent / FOLDER, own.policy.id, planned)


def places(case: Case) -> Iterable[tuple[str, str]]:
    """Each control that the case expects something of, and where, in the order of the lines of a report."""
    yield from ((name, case.place("expect", name)) for name in case.test.expect)
    if case.test.gate:
        yield GATE, case.place("gate")


def run_tests(own: LoadedPolicy, policies: Sequence[LoadedPolicy]) -> tuple[PolicyTestReport, TestFiles, list[Tested]]:
    """Run the tests beside a policy; `policies` holds it and all that it extends.

    Raises PolicyError, or Problems, for tests that cannot be used or are not there.
    """
    known = targets(own, policies)
    files = cases_of(own, policies)
    tested: list[Tested] = []
    lines: list[PolicyTestLine] = []
    problems: list[AssayError] = []
    for case in files.cases:
        try:
            done, gate = _run(case, known, own, policies)
        except Problems as several:
            problems += several.problems
            continue
        except AssayError as problem:
            problems.append(problem)
            continue
        tested.append(done)
        lines += [_line(case, known[name], expected, done.findings[name]) for name, expected in _expected(case)]
        lines += gate
    raise_all(problems)
    seen = {name: {e.outcome for case in files.cases for n, e in _expected(case) if n == name} for name in known}
    mine = [control.id for control in own.policy.controls if control.status != "planned"]
    missed = {control.id: _unseen(control, seen[control.id]) for control in own.policy.controls if control.id in mine}
    report = PolicyTestReport(
        policy=own.policy.id,
        version=own.policy.version,
        tests=len(files.cases),
        lines=tuple(lines),
        untested=tuple(name for name in mine if not seen[name]),
        unreached={name: outcomes for name, outcomes in missed.items() if outcomes and seen[name]},
    )
    return report, files, tested


def holds(expected: Expectation, finding: Finding) -> bool:
    """Whether the finding is what the test expects."""
    return finding.outcome == expected.outcome and expected.reason in (None, finding.reason)


def plan_alone(policy: LoadedPolicy, case: Case) -> PlannedControl:
    """The only control of the policy, planned for the subject of the case."""
    return _plan((policy,), case).controls[0]


def measure(requests: Iterable[Request], case: Case) -> Evidence:
    """The evidence that the test writes down; what it does not write down is not there."""
    asked = list(dict.fromkeys(requests))
    unavailable: dict[Request, Value] = {r: Unavailable(why) for r in asked if (why := _unavailable(r, case))}
    wanted = merge([request for request in asked if request not in unavailable])
    if not wanted:
        return Evidence(unavailable)
    from assay.engines.measure import measure as measure_requests

    with scratch_folder("data") as name:
        folder = Path(name)
        for role, table in case.test.counts.items():
            _write(folder / f"{role}.csv", table)
        for relative, text in case.test.documents.items():
            _write_document(folder, relative, text, case)
        loaded = replace(case.manifest, manifest=_without_digests(case), folder=folder)
        try:
            subject = load_subject(loaded, roles=Plan((), tuple(wanted)).roles, needs_model=False)
            measured = measure_requests(wanted, subject, seed=0, progress=_quiet)
        except AssayError as error:
            what = f"the data of the test `{case.test.name}` cannot be measured: {error.what}"
            raise PolicyError(what, where=case.source.place((*case.loc, "counts"), key=True), hint=error.hint) from None
    return Evidence({**measured, **unavailable})


def find(planned: PlannedControl, case: Case, evidence: Evidence, name: str) -> Finding:
    """The finding of a control in a case: from the estimates that the test gives for it, else measured."""
    estimates = case.test.estimates.get(name)
    if estimates is not None and planned.check is not None:
        return finding_of(planned, Measured(estimates=estimates))
    return decide(planned, evidence, SubjectView(case.manifest.manifest), _quiet)


def _run(
    case: Case, known: dict[str, Target], own: LoadedPolicy, policies: Sequence[LoadedPolicy]
) -> tuple[Tested, tuple[PolicyTestLine, ...]]:
    _require_checks(case, known)
    names = list(known) if case.test.gate else list(case.test.expect)
    names = [name for name in names if known[name].policy.policy.controls[0].status != "planned"]
    planned = {name: plan_alone(known[name].policy, case) for name in names}
    needed = (p for name, p in planned.items() if name not in case.test.estimates)
    evidence = measure((request for p in needed for request in p.needs.requests), case)
    findings = {name: find(p, case, evidence, name) for name, p in planned.items()}
    gate = (_gate(case, tuple(findings.values()), own, policies),) if case.test.gate else ()
    return Tested(case, evidence, findings), gate


def _unseen(control: Control, seen: set[Outcome]) -> tuple[Outcome, ...]:
    """The outcomes that no test expects, of those that there can be: what a person attests, no test decides."""
    possible = ("inconclusive",) if control.attest is not None else TO_BE_SEEN
    return tuple(outcome for outcome in possible if outcome not in seen)


def _require_checks(case: Case, known: dict[str, Target]) -> None:
    """A condition takes no estimates: they would be ignored."""
    for name in case.test.estimates:
        if known[name].policy.policy.controls[0].check is None:
            where = case.source.place((*case.loc, "estimates", name), key=True)
            raise PolicyError(f"the control `{name}` has no check: it takes no estimates", where=where)


def _expected(case: Case) -> Iterable[tuple[str, Expectation]]:
    return case.test.expected.items()


def _line(case: Case, target: Target, expected: Expectation, finding: Finding) -> PolicyTestLine:
    found = Expectation(outcome=finding.outcome, reason=finding.reason)
    applies = f"{finding.applicability.sentence}; " if finding.applicability and finding.outcome == "fail" else ""
    return PolicyTestLine(
        test=case.test.name,
        place=case.place("expect", target.name),
        control=target.name,
        control_place=target.place,
        expected=str(expected),
        found=str(found),
        sentence=f"{applies}{finding.sentence}",
        holds=holds(expected, finding),
    )


def _gate(
    case: Case, findings: tuple[Finding, ...], own: LoadedPolicy, policies: Sequence[LoadedPolicy]
) -> PolicyTestLine:
    """The gate at the stage of the test, on the day of its audit."""
    manifest = case.manifest.manifest
    at = datetime.combine(case.at, time(), UTC)
    law = _law(case)
    audit = Audit(
        id="0" * 16,
        at=at,
        law_at=law,
        subject=SubjectRecord(
            id=manifest.identity.id,
            name=manifest.identity.name,
            version=manifest.identity.version,
            digest=_NO_DIGEST,
            tier=manifest.risk.tier if manifest.risk else None,
        ),
        policies=tuple(applied(policy, law.day, case.at) for policy in policies),
        findings=findings,
        seed="0",
    )
    gate = draw_gate(audit, audit_digest=_NO_DIGEST, stage=_stage(case), at=at, made=at)
    return PolicyTestLine(
        test=case.test.name,
        place=case.place("gate"),
        control=GATE,
        control_place=own.source.name,
        expected=str(case.test.gate),
        found=gate.state,
        sentence="; ".join(gate.why),
        holds=gate.state == case.test.gate,
    )


def _stage(case: Case) -> Stage:
    return stage_of(case.manifest.manifest, case.test.stage)


def _law(case: Case) -> LawAt:
    return choose_law(case.manifest.manifest, stage=_stage(case), today=case.at, asked=case.test.law_at)


def _plan(policies: Sequence[LoadedPolicy], case: Case) -> Plan:
    manifest = case.manifest
    view = SubjectView(manifest.manifest)
    return make_plan(policies, view, manifest.source.tree, manifest.source.place, case.at, _law(case).day)


def _unavailable(request: Request, case: Case) -> str:
    """Why a test cannot give what a check asks for; empty where it can."""
    if isinstance(request, PapersRequest):
        return "" if case.test.documents or case.test.counts else "documents: the test writes none down"
    if isinstance(request, HistoryRequest):
        return "a ledger: a test has none, and gives estimates instead"
    plan = Plan((), (request,))
    if plan.needs_model(SubjectView(case.manifest.manifest)):
        return "the model: a test has none, and gives estimates instead"
    lacking = [f"data.{role}" for role in plan.roles if role not in case.test.counts]
    return f"{', '.join(lacking)}: the test writes none down" if lacking else ""


def _without_digests(case: Case) -> Manifest:
    """The manifest, without digests of the tables: what it declares is for conditions to read, not for the engine."""
    manifest = case.manifest.manifest
    counted = {role: manifest.data[role].model_copy(update={"digest": None}) for role in case.test.counts}
    return manifest.model_copy(update={"data": {**manifest.data, **counted}})


def _write(path: Path, table: Table) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(table.columns)
        writer.writerows([_cell(value) for value in row] for row in table.rows)


def _cell(value: Scalar | None) -> Scalar:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else value


def _write_document(folder: Path, relative: str, text: str, case: Case) -> None:
    where = case.source.place((*case.loc, "documents", relative), key=True)
    path = inside(folder, relative, where=where)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError:
        raise PolicyError(f"no document can be called {relative!r}", where=where) from None


def _quiet(stage: str, done: int, total: int) -> None:
    """Tell nobody."""
