"""The template of GitLab: it is valid, its script runs, and its reports lie where the job says."""

import json
import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml

from ci.steps import ROOT
from schemas import check_jsonschema

TEMPLATE = ROOT / "docs" / "ci" / "gitlab.yml"
DOCUMENT = yaml.safe_load(TEMPLATE.read_text(encoding="utf-8"))
JOB = DOCUMENT["assay"]


def run(folder, *shell, **variables):
    """The script of the job as a runner gives it to a shell, with the variables of the project."""
    (script,) = JOB["script"]
    environment = {
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "HOME": str(folder), "LANG": "C.UTF-8",
        **DOCUMENT["variables"], **variables,
    }  # fmt: skip
    return subprocess.run(
        [*shell, "-c", f"set -e\n{script}"], cwd=folder, text=True, env=environment,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip


def test_the_file_is_what_gitlab_publishes_as_its_schema():
    done = check_jsonschema("--builtin-schema", "vendor.gitlab-ci", "--data-transform", "gitlab-ci", TEMPLATE)
    assert done.exit_code == 0, done.stdout


@pytest.mark.parametrize(
    ("kind", "code", "shell"),
    [("passing", 0, ["sh"]), ("failing", 1, ["bash", "-o", "pipefail"]), ("inconclusive", 4, ["sh"])],
)
def test_the_job_ends_with_the_code_of_the_audit_and_leaves_its_reports(tmp_path, write_model, kind, code, shell):
    write_model(tmp_path, kind)
    done = run(tmp_path, *shell, ASSAY_POLICY="policy.yaml", ASSAY_OPTIONS="--no-pdf\n")
    assert done.returncode == code, done.stdout
    reports = JOB["artifacts"]["reports"]
    failures = sum(
        int(suite.get("failures")) for suite in ElementTree.parse(tmp_path / reports["junit"]).iter("testsuite")
    )
    assert (failures == 0) is (code == 0)
    assert (json.loads((tmp_path / reports["codequality"]).read_text()) == []) is (code == 0)
    for path in JOB["artifacts"]["paths"]:
        assert list((tmp_path / path.replace("$ASSAY_OUT", DOCUMENT["variables"]["ASSAY_OUT"])).iterdir())


def test_input_that_cannot_be_used_ends_with_two(tmp_path, write_model):
    write_model(tmp_path, "passing")
    assert run(tmp_path, "sh", ASSAY_POLICY="no-such-pack").returncode == 2


def test_every_variable_reaches_the_audit_and_none_is_a_command(tmp_path):
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "assay").write_text('#!/bin/sh\nfor given in "$@"; do printf "<%s>\\n" "$given"; done\n')
    (tmp_path / "bin" / "assay").chmod(0o755)
    text = "$(touch pwned) `touch pwned` *"
    names = ("MANIFEST", "POLICY", "WAIVERS", "STAGE", "OUT", "OPTIONS", "SIGN")
    done = run(
        tmp_path, "sh", PATH=f"{tmp_path / 'bin'}:{os.environ['PATH']}", ASSAY_PASSWORD="x",
        **{f"ASSAY_{name}": text for name in names},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert not (tmp_path / "pwned").exists()
    given = done.stdout.splitlines()
    assert given[-2:] == ["<-->", f"<{text}>"]
    options = [f"<--{name}={text}>" for name in ("out", "policy", "waivers", "stage", "sign")]
    assert set(given) >= {*options, f"<{text}>", "<--password-env=ASSAY_PASSWORD>", "<--no-cache>"}


def test_evidence_is_kept_where_there_is_a_secret_in_a_folder_that_a_runner_left_open(tmp_path, write_model):
    write_model(tmp_path, "passing")
    (tmp_path / ".assay-cache").mkdir()
    (tmp_path / ".assay-cache").chmod(0o777)
    secret = "a secret of many characters, of 32"
    for _ in range(2):
        done = run(tmp_path, "sh", ASSAY_POLICY="policy.yaml", ASSAY_OPTIONS="--no-pdf", ASSAY_CACHE_KEY=secret)
        assert done.returncode == 0
        assert "cache" not in done.stdout
        assert secret not in done.stdout
    (cached,) = JOB["cache"]["paths"]
    assert list((tmp_path / cached / "evidence").iterdir())
