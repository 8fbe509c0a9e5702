"""The command line: what it loads, what it returns, how it complains."""

import subprocess
import sys

import pytest

from assay.cli.main import main

HEAVY = ("pandas", "sklearn", "fairlearn", "shap", "weasyprint", "duckdb", "matplotlib", "pyspark", "scipy", "pyhanko")
POLICY = """
assay: policy/v1
id: p
version: 1.0.0
title: P
controls:
  - id: A
    title: The AUC is high enough
    check: performance.auc
    criterion: {at_least: 0.7, source: house}
"""


def loaded_by(*arguments):
    """The heavy libraries that a run of the command leaves in sys.modules, and its exit code."""
    code = (
        "import sys\nfrom assay.cli.main import main\n"
        f"try:\n    code = main({list(arguments)!r})\nexcept SystemExit as stop:\n    code = stop.code\n"
        f"print('LOADED', code, *[name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    _, exit_code, *names = done.stderr.splitlines()[-1].split()
    return int(exit_code), names


@pytest.mark.parametrize("arguments", [["--help"], ["audit", "--help"], ["--version"]], ids=" ".join)
def test_help_loads_no_heavy_library(arguments):
    assert loaded_by(*arguments) == (0, [])


def test_checking_a_policy_loads_no_heavy_library(tmp_path):
    (tmp_path / "p.yaml").write_text(POLICY)
    assert loaded_by("policy", "check", str(tmp_path / "p.yaml")) == (0, [])


def test_no_command_prints_the_help_and_is_wrong_usage(capsys):
    assert main([]) == 2
    assert "exit codes" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments", [["audit"], ["nonsense"], ["audit", "x", "--stage", "prod"], ["audit", "x", "--at", "soon"]]
)
def test_wrong_usage_is_2(arguments, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    assert "usage:" in capsys.readouterr().err


def test_a_time_needs_a_zone(capsys):
    with pytest.raises(SystemExit):
        main(["audit", "x.yaml", "--at", "2026-03-31T12:00"])
    assert "no time zone" in capsys.readouterr().err


def test_policy_check_says_every_error_of_every_file(tmp_path, capsys):
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_text(POLICY)
    bad.write_text(POLICY.replace("performance.auc", "performance.auk").replace("title: P\n", "tittle: P\n"))
    assert main(["policy", "check", str(bad), str(good)]) == 2
    captured = capsys.readouterr()
    assert "p 1.0.0, 1 controls" in captured.out
    for told in ("bad.yaml:5:1: unknown key `tittle`", "Did you mean `title`?", "bad.yaml:9:12: unknown check"):
        assert told in captured.err


def test_explain_prints_the_published_text(capsys):
    assert main(["explain", "fairness.impact_ratio"]) == 0
    text = capsys.readouterr().out
    assert "Inconclusive when:" in text
    assert main(["explain"]) == 0
    assert "performance.auc" in capsys.readouterr().out
    assert main(["explain", "fairness.impact-ratio"]) == 2
    assert "fairness.impact_ratio" in capsys.readouterr().err


def test_schema_is_json_schema(capsys):
    import json

    from jsonschema import Draft202012Validator

    assert main(["policy", "schema"]) == 0
    schema = json.loads(capsys.readouterr().out)
    Draft202012Validator.check_schema(schema)
    assert "controls" in schema["properties"]


def test_doctor_names_python_and_packages(capsys):
    main(["doctor"])
    told = capsys.readouterr().out
    assert "ok       python" in told
    assert "weasyprint" in told


def test_a_bug_is_3_with_its_traceback_never_the_code_of_a_blocking_fail(tmp_path):
    (tmp_path / "assay_bug.py").write_text(
        "import sys, types\nimport assay.api\ndef boom(*a, **k): raise ZeroDivisionError('oops')\n"
        "assay.api.check_names = boom\nfrom assay.cli.main import main\nsys.exit(main(['explain']))\n"
    )
    done = subprocess.run([sys.executable, tmp_path / "assay_bug.py"], capture_output=True, text=True, check=False)
    assert done.returncode == 3
    assert "ZeroDivisionError: oops" in done.stderr
    assert "bug in assay" in done.stderr


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_time_outside_the_calendar_is_wrong_usage(at, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["audit", "x.yaml", "--at", at])
    assert stopped.value.code == 2
    assert "calendar" in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--policy", "--out", "--sign", "--waivers"])
def test_an_empty_name_is_wrong_usage_not_the_working_folder(option, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["audit", "x.yaml", option, ""])
    assert stopped.value.code == 2
    assert "is empty" in capsys.readouterr().err


def test_a_reader_who_goes_away_changes_no_exit_code(tmp_path):
    (tmp_path / "bad.yaml").write_text(POLICY.replace("performance.auc", "performance.auk"))
    assay = f"{sys.executable} -m assay.cli.main policy check {tmp_path / 'bad.yaml'}"
    gone = subprocess.run(["bash", "-c", f"{assay} 2>&1 | true; exit ${{PIPESTATUS[0]}}"], check=False)
    assert gone.returncode == 2
    closed = subprocess.run(["bash", "-c", f"{assay} >&-"], check=False, capture_output=True)
    assert closed.returncode == 2
