"""A small, true bundle: a record with two findings, its gate, a page, a PDF with the record, a table, a policy."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pikepdf
import pytest

from assay.attest.bundle import write_bundle
from assay.attest.canonical import canonical, digest
from assay.attest.keys import Signer, load_signer, make_demo_identity
from assay.record.audit import AppliedPolicy, Audit, EnforcementOf, FileDigest, LawAt, Subject
from assay.record.estimate import Estimate, Interval
from assay.record.finding import CheckRecord, ConditionReading, Finding, Measured
from assay.record.policy import Criterion
from assay.verdict.gate import draw_gate
from assay.verdict.rollup import conclude_again
from attest.pki import Pki
from attest.pki import pki as make_pki
from attest.tokens import Token, make_token
from attest.tsa import Tsa, timestamp_authority

AT = datetime(2026, 3, 31, 12, 0, tzinfo=UTC)
TABLE = b"group,n,approved\nfemale,1000,700\nmale,1000,720\n"
POLICY = b"assay: policy/v1\nid: house\n"


@pytest.fixture(scope="session")
def identity(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a demonstration identity."""
    folder = tmp_path_factory.mktemp("identity") / "demo"
    make_demo_identity(folder)
    return folder


@pytest.fixture(scope="session")
def signer(identity: Path) -> Signer:
    return load_signer(identity / "signer.pem")


@pytest.fixture(scope="session")
def files() -> dict[str, bytes]:
    """The files of a bundle, before it is signed."""
    return files_of(an_audit())


@pytest.fixture(scope="session")
def signed(tmp_path_factory: pytest.TempPathFactory, files: dict[str, bytes], signer: Signer) -> Path:
    """A signed bundle which no test changes; tests change copies."""
    target = tmp_path_factory.mktemp("signed") / "house-1"
    write_bundle(target, files, signer=signer)
    return target


@pytest.fixture
def bundle(signed: Path, tmp_path: Path) -> Path:
    """A copy of the signed bundle, to be tampered with."""
    return Path(shutil.copytree(signed, tmp_path / "bundle"))


@pytest.fixture(scope="session")
def pki() -> Pki:
    """Authorities, people and a timestamp authority's certificate."""
    return make_pki()


@pytest.fixture(scope="session")
def tsa(pki: Pki) -> Iterator[Tsa]:
    """A timestamp authority on the loopback (`attest.tsa.timestamp_authority` makes further ones)."""
    if shutil.which("openssl") is None:
        run_tool("openssl")
    with timestamp_authority(pki.stamper) as running:
        yield running


@pytest.fixture(scope="session")
def token(pki: Pki, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Token]:
    """A PKCS #11 token in software with a P-256 and an RSA-3072 key below the test authority."""
    with pytest.MonkeyPatch.context() as environment:
        yield make_token(tmp_path_factory.mktemp("softhsm"), pki.house, environment, run_tool)


@pytest.fixture(scope="session")
def make_files() -> Callable[[Audit], dict[str, bytes]]:
    return files_of


@pytest.fixture(scope="session")
def make_audit() -> Callable[[], Audit]:
    return an_audit


@pytest.fixture(scope="session")
def tool() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run a public tool; the test is skipped where it is not installed, unless ASSAY_REQUIRE_TOOLS=1."""
    return run_tool


def run_tool(*command: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    name = str(command[0])
    if shutil.which(name) is None:
        if os.environ.get("ASSAY_REQUIRE_TOOLS") == "1":
            pytest.fail(f"{name} is not installed, and ASSAY_REQUIRE_TOOLS=1 demands it")
        pytest.skip(f"{name} is not installed: the outside judge cannot be asked")
    return subprocess.run(
        [str(part) for part in command], cwd=cwd, capture_output=True, text=True, check=False, timeout=60
    )


def an_audit() -> Audit:
    policy = AppliedPolicy(
        id="house",
        version="1.0.0",
        title="House rules",
        digest=digest(POLICY),
        path="policy/house.yaml",
        status="current",
        enforcements=(
            EnforcementOf(control="house/DOC-01", enforcement="block"),
            EnforcementOf(control="house/PERF-01", enforcement="warn"),
        ),
    )
    return Audit(
        id="0123456789abcdef",
        at=AT,
        law_at=LawAt(day=AT.date(), why="the day of the audit"),
        subject=Subject(id="m", name="Grenzfälle", version="1", digest=digest(b"inputs"), tier="high"),
        policies=(policy,),
        findings=(_concluded(_condition_finding()), _concluded(_check_finding())),
        evidence=(FileDigest(role="cells", path="evidence/cells.csv", digest=digest(TABLE)),),
        versions={"assay": "0.1.0"},
        seed="sha256:00",
        manifest={"identity": {"id": "m"}, "cut": 0.15},
    )


def _condition_finding() -> Finding:
    return Finding(
        policy="house",
        control="DOC-01",
        title="There is a validator",
        severity="high",
        place="policy.yaml:12",
        outcome="pass",
        sentence="",
        requirement=ConditionReading(sentence="owners.validator is present (model.yaml:3:5)", result=True),
    )


def _check_finding() -> Finding:
    auc = Estimate(
        name="auc", value=0.71, n=2000, interval=Interval(low=0.69, high=0.73, confidence=0.95, method="DeLong")
    )
    return Finding(
        policy="house",
        control="PERF-01",
        title="The score ranks",
        severity="medium",
        place="policy.yaml:20",
        outcome="pass",
        sentence="",
        check=CheckRecord(id="performance.auc", version=1, parameters={"data": "test"}, docstring="AUC."),
        criteria=(Criterion(at_least=0.65, source="house"),),
        measured=Measured(estimates=(auc,)),
    )


def _concluded(finding: Finding) -> Finding:
    again = conclude_again(finding)
    return finding.model_copy(
        update={
            "outcome": again.outcome,
            "reason": again.reason,
            "sentence": again.sentence,
            "judgements": again.judgements,
        }
    )


def files_of(audit: Audit) -> dict[str, bytes]:
    record = canonical(audit)
    gate = draw_gate(audit, audit_digest=digest(record), stage="production", at=AT, made=AT)
    page = f"<!doctype html><title>Audit</title><p>audit.json <code>{digest(record)}</code></p>"
    return {
        "audit.json": record,
        "gate.json": canonical(gate),
        "report.html": page.encode(),
        "report.pdf": pdf_with(record),
        "evidence/cells.csv": TABLE,
        "policy/house.yaml": POLICY,
    }


def pdf_with(record: bytes) -> bytes:
    """A PDF of two pages with the record attached, as the report has it."""
    pdf = pikepdf.new()
    for text in (b"first", b"second"):
        page = pdf.add_blank_page(page_size=(300, 300))
        page.contents_add(b"BT /F1 12 Tf 20 20 Td (" + text + b") Tj ET")
    pdf.attachments["audit.json"] = pikepdf.AttachedFileSpec(pdf, record, filename="audit.json")
    out = io.BytesIO()
    pdf.save(out, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return out.getvalue()
