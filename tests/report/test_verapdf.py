"""What veraPDF says of reports: the judge of PDF/A and PDF/UA that regulators and archives use."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from assay.attest.keys import load_signer, make_demo_identity
from assay.attest.pdf import sign_pdf

EXAMPLE = next((Path(__file__).parents[2] / "reports" / "example").glob("*/*/report.pdf"))
JAXB = ("jaxb-api", "jaxb-core", "jaxb-runtime", "jaxb-impl", "javax.activation", "istack-commons-runtime", "txw2")
WHERE = "ASSAY_VERAPDF"
"""The jar that holds veraPDF; `.ci/run` unpacks it."""


def test_unsigned_once_and_twice_signed_reports_are_pdf_a_3a_and_pdf_ua_1(tmp_path):
    if WHERE not in os.environ:
        pytest.skip(f"needs the jar of veraPDF in {WHERE}")
    assert shutil.which("java"), "veraPDF needs Java"
    signer = [load_signer(make_demo_identity(tmp_path / name)) for name in ("author", "approver")]
    once = EXAMPLE.read_bytes()
    unsigned = once[: once.index(b"%%EOF") + len(b"%%EOF\n")]
    versions = {
        "unsigned.pdf": unsigned,
        "once.pdf": sign_pdf(unsigned, signer[0], meaning="author"),
    }
    versions["twice.pdf"] = sign_pdf(versions["once.pdf"], signer[1], meaning="approver")
    asked = []
    for name, data in versions.items():
        (tmp_path / name).write_bytes(data)
        asked += ["PDFA-3A", name, "PDFUA-1", name]
    jars = [os.environ[WHERE], *(f"/usr/share/java/{jar}.jar" for jar in JAXB)]
    source = Path(__file__).with_name("Validate.java")
    command = ["java", "-cp", ":".join(jars), str(source), *asked]
    answer = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert [line.split()[:3] for line in answer.stdout.splitlines()] == [
        ["PASS", profile, name] for name in versions for profile in ("PDFA-3A", "PDFUA-1")
    ], answer.stdout + answer.stderr
