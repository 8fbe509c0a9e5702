"""What veraPDF says of reports: the judge of PDF/A and PDF/UA that regulators and archives use."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from PIL import Image

from assay.attest.pdf.material import ValidationMaterial
from assay.attest.pdf.signing import sign_pdf, timestamp_pdf
from assay.attest.timestamps import HttpAuthority
from assay.report import annex_iv, executive, fair_lending, ll144, model_card
from assay.report.language import speaking
from assay.report.logo import bearing
from assay.report.pdf import render_pdf
from attest.pki import pki
from attest.tsa import timestamp_authority
from auditing import evaluate, write_csv
from report.conftest import sample, sample_audit
from viewing import HOSTILE, example

EXAMPLE = next((Path(__file__).parents[2] / "reports" / "example").glob("*/*/report.pdf"))
JAXB = ("jaxb-api", "jaxb-core", "jaxb-runtime", "jaxb-impl", "javax.activation", "istack-commons-runtime", "txw2")
LIGHT = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
"""A run of seconds: the better compiler and the other collector take more time than they save."""
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
    assert_conform(tmp_path, versions)


def test_views_are_pdf_a_3a_and_pdf_ua_1(tmp_path):
    if WHERE not in os.environ:
        pytest.skip(f"needs the jar of veraPDF in {WHERE}")
    assert shutil.which("java"), "veraPDF needs Java"
    audit, gate = example()
    digest = gate.audit
    assert_conform(
        tmp_path,
        {
            "executive.pdf": executive.render_pdf(audit, gate, audit_digest=digest, signing=None),
            "annex-iv.pdf": annex_iv.render_pdf(audit, audit_digest=digest, signing=None),
            "fair-lending.pdf": fair_lending.render_pdf(audit, audit_digest=digest),
            "model-card.pdf": model_card.render_pdf(audit, audit_digest=digest),
        },
    )


def test_the_summary_of_local_law_144_is_pdf_a_3a_and_pdf_ua_1(tmp_path):
    if WHERE not in os.environ:
        pytest.skip(f"needs the jar of veraPDF in {WHERE}")
    data = write_csv(tmp_path / "d.csv", ("sex", "race", "selected"), _applicants())
    columns = {"decision": {"column": "selected", "favourable": "yes"},
               "groups": {"sex": {"column": "sex"}, "race_ethnicity": {"column": "race"}}}  # fmt: skip
    told = {"purpose": {"decision": {"domain": "employment"}}, "identity": {"id": "m", "name": HOSTILE, "version": "1"}}
    audit = evaluate(tmp_path, data, columns, policies=["nyc-ll144"], manifest=told).audit
    assert_conform(tmp_path, {"summary.pdf": ll144.render_pdf(audit, audit_digest="ab" * 32)})


def test_a_german_report_with_a_logo_is_pdf_a_3a_and_pdf_ua_1(tmp_path):
    if WHERE not in os.environ:
        pytest.skip(f"needs the jar of veraPDF in {WHERE}")
    logo = tmp_path / "logo.png"
    Image.new("RGBA", (60, 20), (29, 78, 121, 128)).save(logo)
    found = sample(sample_audit(manifest={"organisation": {"name": "Sparkasse Überall"}}))
    with speaking("de"), bearing(logo):
        made = render_pdf(found.audit, found.gate, audit_json=found.audit_json, signing=None)
    assert_conform(tmp_path, {"bericht.pdf": made})


def _applicants():
    return [(sex, race, level) for sex in ("f", HOSTILE) for race in ("Asian", "White")
            for level, n in (("yes", 30), ("no", 20)) for _ in range(n)] + [("f", "Other", "yes")] * 3  # fmt: skip


def assert_conform(folder, files):
    """Both profiles pass for each file."""
    asked = []
    for name, data in files.items():
        (folder / name).write_bytes(data)
        asked += ["PDFA-3A", name, "PDFUA-1", name]
    jars = [os.environ[WHERE], *(f"/usr/share/java/{jar}.jar" for jar in JAXB)]
    command = ["java", *LIGHT, "-cp", ":".join(jars), str(Path(__file__).with_name("Validate.java")), *asked]
    answer = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert [line.split()[:3] for line in answer.stdout.splitlines()] == [
        ["PASS", profile, name] for name in files for profile in ("PDFA-3A", "PDFUA-1")
    ], answer.stdout + answer.stderr
