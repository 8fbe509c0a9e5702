"""Libraries that only some installations have: a test without one is skipped, or fails where all are demanded."""

import importlib
import os

import pytest


def library(name):
    """The module; the test module that asks for it is skipped without it, unless ASSAY_REQUIRE_TOOLS=1."""
    try:
        return importlib.import_module(name)
    except ImportError:
        if os.environ.get("ASSAY_REQUIRE_TOOLS") == "1":
            pytest.fail(f"{name} is not installed, and ASSAY_REQUIRE_TOOLS=1 demands it")
        pytest.skip(f"{name} is not installed", allow_module_level=True)
