"""`assay doctor`."""

from __future__ import annotations

import argparse
import platform
import shutil
from typing import Any

PACKAGES = (
    "cryptography", "duckdb", "fairlearn", "jinja2", "narwhals", "numpy", "pandas", "pikepdf", "pydantic", "pyhanko",
    "pyyaml", "rfc8785", "scikit-learn", "scipy", "shap", "skops", "weasyprint",
)  # fmt: skip
TOOLS = {
    "openssl": "verifies the bundle's signature",
    "pdfsig": "verifies the PDF's signature (Debian: poppler-utils, macOS: poppler)",
    "qpdf": "checks the PDF's syntax",
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
    print(f"ok       python {platform.python_version()}")  # noqa: T201
    for package in PACKAGES:
        try:
            print(f"ok       {package} {version(package)}")  # noqa: T201
        except PackageNotFoundError:
            missing = True
            print(f"MISSING  {package}: pip install {package}")  # noqa: T201
    missing |= not _pdf()
    for tool, use in TOOLS.items():
        found = shutil.which(tool) is not None
        print(f"{'ok      ' if found else 'optional'} {tool}: {use}")  # noqa: T201
    return 2 if missing else 0


def _pdf() -> bool:
    from assay.api import require_pdf
    from assay.errors import AssayError

    try:
        require_pdf()
    except AssayError as error:
        print(f"MISSING  {error}")  # noqa: T201
        return False
    print("ok       system libraries for PDF reports")  # noqa: T201
    return True
