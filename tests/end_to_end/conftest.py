"""The trained example and a demo identity, once for all tests that audit it whole."""

import subprocess
import sys

import pytest

import assay
from auditing import AT, ROOT

EXAMPLE = ROOT / "examples" / "credit_default"


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    """The folder with model.yaml, models, data, documents and the waiver file of the example."""
    folder = tmp_path_factory.mktemp("example") / "credit_default"
    for script in ("train.py", "waive.py"):
        subprocess.run([sys.executable, EXAMPLE / script, folder], check=True, capture_output=True)
    return folder


@pytest.fixture(scope="session")
def identity(tmp_path_factory):
    from assay.api import make_demo_identity

    return make_demo_identity(tmp_path_factory.mktemp("identity"))


@pytest.fixture(scope="session")
def example(trained, identity, tmp_path_factory):
    """The example's audit with its signed bundle."""
    return assay.audit(
        trained / "model.yaml",
        policies=[EXAMPLE / "policy.yaml"],
        waivers=[trained / "waivers.yaml"],
        out=tmp_path_factory.mktemp("reports"),
        at=AT,
        sign=assay.load_signer(identity),
    )
