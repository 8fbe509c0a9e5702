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


def test_a_changed_module_or_template_is_another_build_and_a_pack_is_none(tmp_path, monkeypatch):
    house = tmp_path / "assay"
    for name in ("a.py", "room/b.py", "packaged/templates/t.j2", "packaged/policies/p/policy.yaml"):
        (house / name).parent.mkdir(parents=True, exist_ok=True)
        (house / name).write_text("one")
    monkeypatch.setattr(resources, "_HERE", house)
    made = resources.build.__wrapped__()
    assert made == resources.build.__wrapped__()
    (house / "packaged/policies/p/policy.yaml").write_text("two")
    assert resources.build.__wrapped__() == made
    for name in ("a.py", "room/b.py", "packaged/templates/t.j2"):
        (house / name).write_text("two")
        assert resources.build.__wrapped__() != made
        (house / name).write_text("one")
    (house / "a.py").rename(house / "c.py")
    assert resources.build.__wrapped__() != made
