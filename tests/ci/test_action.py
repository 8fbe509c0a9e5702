"""The action of GitHub: its file is valid, its scripts run, and nothing that somebody wrote becomes a command."""

import re
from xml.etree import ElementTree

import pytest

from ci.steps import ACTION, ROOT, STEPS, runner
from schemas import check_jsonschema


@pytest.fixture
def audit(tmp_path, write_model):
    """Run the audit step on a model of that kind."""

    def run(kind, **inputs):
        write_model(tmp_path / "workspace", kind)
        steps = runner(tmp_path, **{"policy": "policy.yaml", "options": "--no-pdf", **inputs})
        return steps, steps.run("Audit")

    return run


def test_the_file_is_what_github_publishes_as_its_schema():
    done = check_jsonschema("--builtin-schema", "vendor.github-actions", ROOT / "action.yml")
    assert done.exit_code == 0, done.stdout


def test_no_script_holds_an_expression_and_every_input_is_used():
    steps = ACTION["runs"]["steps"]
    assert [step["name"] for step in steps if "${{" in step.get("run", "")] == []
    text = (ROOT / "action.yml").read_text(encoding="utf-8").partition("\nruns:\n")[2]
    assert [name for name in ACTION["inputs"] if f"inputs.{name}" not in text] == []
    for step in steps:
        assert step.get("shell", "bash") == "bash"
        if "run" in step:
            assert [name for name in step.get("env", {}) if name not in step["run"] and name != "GH_TOKEN"] == []
        else:
            assert re.fullmatch(r"[\w.-]+/[\w./-]+@v[0-9]+", step["uses"])


@pytest.mark.parametrize(
    ("kind", "code", "gate"), [("passing", 0, "open"), ("failing", 1, "closed"), ("inconclusive", 4, "closed")]
)
def test_the_job_ends_with_the_code_of_the_audit_after_everything_was_kept(audit, kind, code, gate):
    steps, done = audit(kind)
    assert done.returncode == 0, done.stdout
    assert (steps.output("exit-code"), steps.output("gate")) == (str(code), gate)
    assert (steps.workspace / steps.output("bundle") / "audit.json").is_file()
    assert steps.output("sarif") == str(steps.results / "assay.sarif")
    ElementTree.parse(steps.results / "junit.xml")
    assert (steps.results / "bundle" / "audit.json").is_file()
    assert steps.summary.read_text() == (steps.results / "summary.md").read_text() != ""
    assert not list(steps.results.glob(".*"))
    assert steps.run("End as the audit did").returncode == code


def test_input_that_cannot_be_used_ends_with_two_and_says_so_on_the_summary(audit):
    steps, done = audit("passing", policy="no-such-pack")
    assert done.returncode == 0
    assert steps.outputs == {"exit-code": "2", "gate": "closed", "bundle": "", "sarif": ""}
    assert "gate closed" in steps.summary.read_text()
    assert "there is no pack `no-such-pack`" in done.stdout
    assert steps.run("End as the audit did").returncode == 2


def test_an_audit_that_never_ran_is_no_success(tmp_path):
    (tmp_path / "workspace").mkdir()
    assert runner(tmp_path).run("End as the audit did").returncode == 3


def test_an_older_bundle_in_the_folder_is_not_taken_for_that_of_this_audit(audit):
    steps, _ = audit("passing")
    first = steps.output("bundle")
    steps, _ = audit("failing")
    assert steps.output("bundle") not in ("", first)
    steps, _ = audit("passing", policy="no-such-pack")
    assert steps.output("bundle") == ""


def test_lists_are_lines_and_blanks_around_them_do_not_count(audit, write_model, tmp_path):
    (tmp_path / "workspace" / "more rules").mkdir(parents=True)
    write_model(tmp_path / "workspace" / "more rules", "passing")
    other = tmp_path / "workspace" / "more rules" / "policy.yaml"
    other.write_text(other.read_text().replace("id: p\n", "id: q\n"))
    steps, done = audit("passing", policy="\n  policy.yaml  \n\n more rules/policy.yaml\n", stage="staging")
    assert steps.output("exit-code") == "0", done.stdout
    assert "q/C" in done.stdout
    assert "gate OPEN for staging" in done.stdout


@pytest.mark.parametrize(("out", "told"), [("a b/c", "./a b/c/"), ("-x", "./-x/"), ("./r", "././r/")])
def test_a_path_with_a_blank_or_a_dash_is_one_path(tmp_path, write_model, out, told):
    folder = write_model(tmp_path / "workspace" / "the model", "failing")
    (folder / "policy.yaml").rename(folder / "the policy.yaml")
    given = {"manifest": "the model/model.yaml", "policy": "the model/the policy.yaml", "out": out}
    steps = runner(tmp_path, options="--no-pdf\n--at=2026-03-31T12:00:00Z\n", stage="staging", **given)
    done = steps.run("Audit")
    assert (done.returncode, steps.output("exit-code"), steps.output("gate")) == (0, "1", "closed"), done.stdout
    assert steps.output("bundle").startswith(told)
    assert (steps.workspace / steps.output("bundle") / "audit.json").is_file()
    assert (steps.results / "bundle" / "gate.json").is_file()
    assert "file=the model/the policy.yaml," in (steps.results / "annotations.txt").read_text()


def test_evidence_is_restored_before_and_kept_after_the_audit_and_the_code_comes_last():
    names = [step["name"] for step in ACTION["runs"]["steps"]]
    order = ["Install Assay", "Restore evidence", "Audit", "Keep evidence", "Upload bundle and exports"]
    assert [name for name in names if name in order] == order
    assert names[-1] == "End as the audit did"
    restored, kept = STEPS["Restore evidence"], STEPS["Keep evidence"]
    assert restored["if"] == kept["if"] == "inputs.cache-key != ''"
    assert restored["with"]["path"] == kept["with"]["path"]
    assert restored["with"]["key"] == kept["with"]["key"], "what is new is kept under a name of its own"
    assert restored["with"]["key"].startswith(restored["with"]["restore-keys"]), "and found again by the next run"


@pytest.mark.parametrize(
    "text", ["$(touch pwned)", "`touch pwned`", '"; touch pwned; "', "policy.yaml; touch pwned", "*"]
)
@pytest.mark.parametrize("name", ["policy", "manifest", "waivers", "stage", "out", "sign", "base", "options"])
def test_no_input_is_a_command(tmp_path, text, name):
    """The program is one that only writes down what it was given: its arguments are what this is about."""
    folder = tmp_path / "workspace"
    folder.mkdir()
    (folder / "a").touch()
    steps = runner(tmp_path, **{name: text})
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "assay").write_text('#!/bin/sh\nfor given in "$@"; do printf "<%s>\\n" "$given"; done\n')
    (tmp_path / "bin" / "assay").chmod(0o755)
    steps.environment["PATH"] = f"{tmp_path / 'bin'}:{steps.environment['PATH']}"
    done = steps.run("Audit")
    assert not (folder / "pwned").exists()
    option = {"manifest": "", "options": ""}.get(name, f"--{name}=")
    assert f"<{option}{text}>" in done.stdout.splitlines()


def test_what_an_audit_prints_gives_the_runner_no_commands(tmp_path, write_model):
    title = "x\n::set-env name=PATH::/evil\n::error::fake\n"
    write_model(tmp_path / "workspace", "failing", title=title)
    tokens = set()
    for _ in range(2):
        done = runner(tmp_path, policy="policy.yaml", options="--no-pdf").run("Audit")
        lines = done.stdout.splitlines()
        token = lines[0].removeprefix("::stop-commands::")
        assert re.fullmatch(r"[0-9a-f]{32}", token)
        tokens.add(token)
        after = lines[lines.index(f"::{token}::") + 1 :]
        assert all(line.startswith(("::error ", "::warning ", "::notice ")) for line in after if "::" in line)
        assert "fake" not in "".join(line for line in after if line.startswith("::error::"))
    assert len(tokens) == 2


def test_evidence_is_kept_for_whoever_has_the_secret_only(tmp_path, write_model):
    write_model(tmp_path / "workspace", "passing")
    given = {"policy": "policy.yaml", "options": "--no-pdf"}
    runner(tmp_path, **given).run("Audit")
    assert not (tmp_path / "temp" / "assay-cache").exists()
    first = runner(tmp_path, cache_key="a secret of many characters, of 32", **given).run("Audit")
    entries = sorted((tmp_path / "temp" / "assay-cache" / "evidence").iterdir())
    assert len(entries) > 0
    assert "cache" not in first.stdout
    (tmp_path / "temp" / "assay-cache").chmod(0o777)  # as what was unpacked may be
    again = runner(tmp_path, cache_key="a secret of many characters, of 32", **given).run("Audit")
    assert "cache" not in again.stdout
    other = runner(tmp_path, cache_key="another secret", **given).run("Audit")
    assert "cache" in other.stdout
    for done in (first, again, other):
        assert "a secret" not in done.stdout


GH = """#!/bin/sh
printf '%s ' "$@" >>calls; echo >>calls
case "$*" in *--paginate*) [ -f broken ] && exit 1; cat found;; esac
"""


@pytest.mark.parametrize(
    ("found", "method"),
    [("", "POST repos/bank/credit/issues/7/comments"), ("41\n42\n", "PATCH repos/bank/credit/issues/comments/41")],
)
def test_one_comment_is_written_and_written_over(audit, tmp_path, found, method):
    steps, _ = audit("failing")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "gh").write_text(GH)
    (tmp_path / "bin" / "gh").chmod(0o755)
    steps.environment["PATH"] = f"{tmp_path / 'bin'}:{steps.environment['PATH']}"
    (steps.workspace / "found").write_text(found)
    done = steps.run("Comment on the pull request")
    assert (done.returncode, done.stdout) == (0, "")
    asked, wrote = (steps.workspace / "calls").read_text().splitlines()
    assert asked.startswith("api --paginate repos/bank/credit/issues/7/comments --jq ")
    assert wrote == f"api --silent --method {method} -F body=@{steps.results / 'comment.md'} "
    assert (steps.results / "comment.md").read_text().startswith("<!-- ")
    (steps.workspace / "broken").touch()
    done = steps.run("Comment on the pull request")
    assert done.returncode == 0
    assert done.stdout.startswith("::warning title=Assay::")


def test_the_install_takes_this_revision_unless_somebody_says_another(tmp_path):
    (tmp_path / "workspace").mkdir()
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").write_text('#!/bin/sh\nfor given in "$@"; do printf "<%s>" "$given"; done\n')
    (tmp_path / "bin" / "python").chmod(0o755)
    for given, wanted in (("", "</the action>"), ("assay[onnx]\n \n  other >= 2\n", "<assay[onnx]><other >= 2>")):
        steps = runner(tmp_path, install=given)
        steps.environment |= {"PATH": f"{tmp_path / 'bin'}:/usr/bin:/bin", "GITHUB_ACTION_PATH": "/the action"}
        printed = steps.run("Install Assay").stdout
        assert printed == f"<-m><pip><install><--quiet><--disable-pip-version-check>{wanted}"
    assert set(STEPS) >= {"Audit", "End as the audit did"}
