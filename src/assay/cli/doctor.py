"""`assay doctor`."""

from __future__ import annotations

import argparse
import platform
import shutil
from typing import Any

from assay.cli.terminal import say

PACKAGES = (
    "cryptography", "duckdb", "fairlearn", "jinja2", "narwhals", "numpy", "pandas", "pikepdf", "pydantic", "pyhanko",
    "pyyaml", "rfc8785", "scikit-learn", "scipy", "shap", "skops", "weasyprint",
)  # fmt: skip
EXTRAS = {"python-pkcs11": "signs with keys on tokens (pip install 'assay[pkcs11]')"}
TOOLS = {
    "openssl": "verifies the bundle's signature",
    "pdfsig": "verifies the PDF's signature (Debian: poppler-utils, macOS: poppler)",
    "mutool": "looks for changes after the PDF's signatures (Debian: mupdf-tools, macOS: mupdf-tools)",
    "qpdf": "checks the PDF's syntax",
    "softhsm2-util": "makes a token in software, to try keys on tokens (Debian: softhsm2, macOS: softhsm)",
}


def add_to(commands: Any) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "doctor",
        help="say what is installed, what is missing, and how to get it",
        description="Say what is installed, what is missing, and how to get it. Exit 2 when something is missing.",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:  # noqa: ARG001
    """Look at Python, packages, system libraries and outside verifiers."""
    from importlib.metadata import PackageNotFoundError, version

    missing = False
    say(f"ok       python {platform.python_version()}")
    for package in PACKAGES:
        try:
            say(f"ok       {package} {version(package)}")
        except PackageNotFoundError:
            missing = True
            say(f"MISSING  {package}: pip install {package}")
    for package, use in EXTRAS.items():
        try:
            say(f"ok       {package} {version(package)}: {use}")
        except PackageNotFoundError:
            say(f"optional {package}: {use}")
    missing |= not _pdf()
    for tool, use in TOOLS.items():
        found = shutil.which(tool) is not None
        say(f"{'ok      ' if found else 'optional'} {tool}: {use}")
    return 2 if missing else 0


def _pdf() -> bool:
    from assay.api import require_pdf
    from assay.errors import AssayError

    try:
        require_pdf()
    except AssayError as error:
        say(f"MISSING  {error}")
        return False
    say("ok       system libraries for PDF reports")
    return True
