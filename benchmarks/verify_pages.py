"""What it costs to verify a signed PDF report, by the rows of its tables and the number of its signatures.

`python benchmarks/verify_pages.py` makes tagged PDF/A-3a reports of an audit with 500, 1 000 and 2 000 estimates, signs
each once and twice, and prints for each: pages, bytes, wall and CPU seconds of reading it (the process of its own, the
comparison of its revisions), the CPU time beside that of half as many rows, and wall seconds of making and signing it.
A report signed once is covered whole by its signature; signed twice, what came after the first is compared object by
object. Medians; nothing here is a test.
"""

from __future__ import annotations

import io
import os
import platform
import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pikepdf

from assay.attest.canonical import canonical, digest
from assay.attest.keys import load_signer, make_demo_identity
from assay.attest.pdf import sign_pdf
from assay.attest.pdf_reading import read_pdf
from assay.record.audit import AppliedPolicy, Audit, EnforcementOf, LawAt, Subject
from assay.record.estimate import Estimate, Interval
from assay.record.finding import CheckRecord, Finding, Measured
from assay.record.policy import Criterion
from assay.report.pdf import render_pdf
from assay.verdict.gate import draw_gate
from assay.verdict.rollup import conclude_again

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
SIZES = (500, 1000, 2000)
RUNS = 3


def audit_of(rows: int) -> Audit:
    """An audit of one control whose check gives so many estimates, each a row of the report."""
    estimates = tuple(
        Estimate(
            name="auc",
            value=0.7 + (row % 100) / 1000,
            n=2000,
            grouping="branch",
            group=f"branch {row}",
            interval=Interval(low=0.68, high=0.82, confidence=0.95, method="DeLong"),
        )
        for row in range(rows)
    )
    finding = Finding(
        policy="house",
        control="PERF-01",
        title="The score ranks in every branch",
        severity="medium",
        place="policy.yaml:20",
        outcome="pass",
        sentence="",
        check=CheckRecord(id="performance.auc", version=1, parameters={"data": "test"}, docstring="AUC."),
        criteria=(Criterion(at_least=0.65, source="house"),),
        measured=Measured(estimates=estimates),
    )
    again = conclude_again(finding)
    finding = finding.model_copy(
        update={"outcome": again.outcome, "reason": again.reason, "sentence": again.sentence,
                "judgements": again.judgements}
    )  # fmt: skip
    policy = AppliedPolicy(
        id="house",
        version="1.0.0",
        title="House rules",
        digest=digest(b""),
        path="policy/house.yaml",
        status="current",
        enforcements=(EnforcementOf(control="house/PERF-01", enforcement="warn"),),
    )
    return Audit(
        id="0123456789abcdef",
        at=AT,
        law_at=LawAt(day=AT.date(), why="the day of the audit"),
        subject=Subject(id="m", name="Branches", version="1", digest=digest(b"inputs"), tier="high"),
        policies=(policy,),
        findings=(finding,),
        evidence=(),
        versions={"assay": "0.1.0"},
        seed="sha256:00",
        manifest={},
    )


def report_of(rows: int) -> bytes:
    audit = audit_of(rows)
    record = canonical(audit)
    gate = draw_gate(audit, audit_digest=digest(record), stage="production", at=AT, made=AT)
    return render_pdf(audit, gate, audit_json=record, signer="ASSAY DEMO - NOT A REAL IDENTITY")


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Median wall seconds, and median CPU seconds of this process and those it starts."""

    def cpu() -> float:
        used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        return sum(one.ru_utime + one.ru_stime for one in used)

    walls, cpus = [], []
    for _ in range(RUNS):
        wall, before = time.perf_counter(), cpu()
        work()
        walls.append(time.perf_counter() - wall)
        cpus.append(cpu() - before)
    return statistics.median(walls), statistics.median(cpus)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        make_demo_identity(Path(folder) / "demo")
        signer = load_signer(Path(folder) / "demo" / "signer.pem")
    print(f"Python {platform.python_version()}, {os.cpu_count()} CPUs, {platform.system()}; median of {RUNS}\n")
    head = ("rows", "pages", "kB", "signatures", "wall s", "CPU s", "CPU beside half as many")
    print("  ".join(f"{one:>{max(len(one), 6)}}" for one in head))
    before: dict[int, float] = {}
    for rows in SIZES:
        unsigned = report_of(rows)
        with pikepdf.open(io.BytesIO(unsigned)) as pdf:
            pages = len(pdf.pages)
        once = sign_pdf(unsigned, signer)
        for count, data in ((1, once), (2, sign_pdf(once, signer, meaning="approver"))):
            assert not read_pdf(data).faults
            wall, cpu = timed(lambda data=data: read_pdf(data))
            beside = f"{cpu / before[count]:.2f}" if count in before else ""
            before[count] = cpu
            row = (rows, pages, len(data) // 1000, count, f"{wall:.2f}", f"{cpu:.2f}", beside)
            print("  ".join(f"{one!s:>{max(len(name), 6)}}" for name, one in zip(head, row, strict=True)), flush=True)


if __name__ == "__main__":
    main()
