import shutil
from pathlib import Path

import pytest

from assay import resources
from assay.errors import AssayError

ROOT = Path(__file__).parents[1]


def test_a_checkout_finds_policies_and_templates_beside_the_code():
    assert (resources.packaged("policies") / "baseline" / "policy.yaml").is_file()
    assert resources.packaged("templates").is_dir()


def test_an_installed_wheel_finds_them_inside_the_package(tmp_path, monkeypatch):
    shutil.copytree(ROOT / "policies", tmp_path / "assay" / "packaged" / "policies")
    monkeypatch.setattr(resources, "_HERE", tmp_path / "assay")
    assert resources.packaged("policies") == tmp_path / "assay" / "packaged" / "policies"
    with pytest.raises(AssayError, match="templates is not installed") as caught:
        resources.packaged("templates")
    assert caught.value.hint
