"""What veraPDF says of reports: the judge of PDF/A and PDF/UA that regulators and archives use."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from assay.attest.pdf.material import ValidationMaterial
from assay.attest.pdf.signing import sign_pdf, timestamp_pdf
from assay.attest.timestamps import HttpAuthority
from attest.pki import pki
from attest.tsa import timestamp_authority

EXAMPLE = next((Path(__file__).parents[2] / "reports" / "example").glob("*/*/report.pdf"))
JAXB = ("jaxb-api", "jaxb-core", "jaxb-runtime", "jaxb-impl", "javax.activation", "istack-commons-runtime", "txw2")
WHERE = "ASSAY_VERAPDF"
"""The jar that holds veraPDF; `.ci/run` unpacks it."""


def test_unsigned_signed_and_archived_reports_are_pdf_a_3a_and_pdf_ua_1(tmp_path):
    if WHERE not in os.environ:
        pytest.skip(f"needs the jar of veraPDF in {WHERE}")
    assert shutil.which("java"), "veraPDF needs Java"
    people = pki()
    material = ValidationMaterial(
        roots=(people.root.der,), timestamp_roots=(people.stamp_root.der,), crls=people.crls()
    )
    signed = EXAMPLE.read_bytes()
    unsigned = signed[: signed.index(b"%%EOF") + len(b"%%EOF\n")]
    once = sign_pdf(unsigned, people.author.signer, meaning="author")
    with timestamp_authority(people.stamper) as tsa:
        authority = HttpAuthority(tsa.url)
        twice = sign_pdf(once, people.approver.signer, meaning="approver", authority=authority, validation=material)
        archived = timestamp_pdf(twice, authority, validation=material)
    versions = {"unsigned.pdf": unsigned, "once.pdf": once, "twice.pdf": twice, "archived.pdf": archived}
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
