"""A user's own script passes mypy --strict, and a mistake in it does not."""

import sys
import tomllib
from pathlib import Path

import pytest

api = pytest.importorskip("mypy.api")
ROOT = Path(__file__).parents[2]
CACHE = ROOT / ".mypy_cache" / "script"

SCRIPT = """\
from pathlib import Path

import pandas as pd

import assay


def closed(manifest: Path) -> list[str]:
    result: assay.Evaluation = assay.audit(manifest, policies=["baseline"], stage="staging")
    gate: assay.Gate = result.gate
    record: assay.Audit = result.audit
    first: assay.Finding = record.findings[0]
    numbers: tuple[assay.Estimate, ...] = first.measured.estimates
    frame: pd.DataFrame = result.estimates()
    assert gate.open or numbers or len(frame)
    return list(gate.why)


def in_hand(model: object, inputs: pd.DataFrame, labels: pd.Series) -> int:
    try:
        return assay.audit(
            model=model, X=inputs, y=labels, groups=["sex"], favourable=1, decision={"below": 0.1}, score_of=0
        ).gate.exit_code
    except assay.AssayError as error:
        print(error.hint)
        return 2
"""
WRONG = """\

assay.audit("model.yaml", stage="nowhere")
print(assay.audit("model.yaml").gate.opened)
assay.evaluate("model.yaml")
"""


def test_a_script_of_a_user_is_checked_against_our_types(tmp_path):
    lines = len(SCRIPT.splitlines())
    (tmp_path / "script.py").write_text(SCRIPT + WRONG)
    options = ["--strict", "--python-executable", sys.executable, "--cache-dir", str(CACHE), "--no-error-summary"]
    told, problem, _ = api.run([*options, str(tmp_path / "script.py")])
    assert problem == ""
    found = [int(line.split(":")[1]) for line in told.splitlines()]
    assert found == [lines + 2, lines + 3, lines + 4], told


def test_the_wheel_says_that_it_is_typed():
    assert (ROOT / "src" / "assay" / "py.typed").is_file()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert wheel["packages"] == ["src/assay"]
    assert "exclude" not in wheel
    assert "Typing :: Typed" in project["project"]["classifiers"]
