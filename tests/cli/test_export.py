"""`-o FORMAT=FILE` of `assay audit` and `assay export`: what lands where, and what is refused before any work."""

import json
import shutil

import pytest
import yaml

import assay
from assay.cli.main import main
from assay.cli.outputs import FORMATS
from auditing import people, write_csv

GROUPS = [("a", "yes", 100), ("a", "no", 400), ("b", "yes", 300), ("b", "no", 200)]
MANIFEST = {
    "assay": "manifest/v1",
    "identity": {"id": "m", "name": "M", "version": "1"},
    "data": {"test": {"path": "people.csv"}},
    "columns": {
        "decision": {"column": "decision", "favourable": "yes"},
        "groups": {"group": {"column": "group"}},
    },
}
CONTROL = {
    "id": "FAIR-01", "title": "Alike", "severity": "high", "check": "fairness.impact_ratio",
    "criterion": {"at_least": 0.8, "source": "convention"},
}  # fmt: skip
POLICY = {"assay": "policy/v1", "id": "p", "version": "1.0.0", "title": "P", "controls": [CONTROL]}
AUDIT = ["audit", "models/model.yaml", "--policy", "policies/p.yaml", "--stage", "staging", "--no-pdf"]
PLACED = ["--manifest", "models/model.yaml", "--policy", "policies/p.yaml"]


def filled(folder):
    """A repository: a manifest and a policy in folders of their own."""
    for name, document in (("models/model.yaml", MANIFEST), ("policies/p.yaml", POLICY)):
        (folder / name).parent.mkdir()
        (folder / name).write_text(yaml.safe_dump(document, sort_keys=False))
    write_csv(folder / "models" / "people.csv", *people(*GROUPS))
    return folder


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    """With two bundles of the same audit: `open`, which nobody signed, and `signed`."""
    folder = filled(tmp_path_factory.mktemp("repository"))
    identity = assay.api.make_demo_identity(tmp_path_factory.mktemp("identity"))
    for name, signer in (("open", None), ("signed", assay.load_signer(identity))):
        result = assay.audit(
            folder / "models" / "model.yaml", policies=[folder / "policies" / "p.yaml"], stage="staging",
            out=folder / "made", pdf=False, sign=signer,
        )  # fmt: skip
        result.bundle.rename(folder / name)
    return folder


@pytest.fixture
def here(repository, tmp_path, monkeypatch):
    """The repository as the working directory, to spoil at will."""
    shutil.copytree(repository, tmp_path / "here")
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path / "here"


@pytest.fixture
def fresh(tmp_path, monkeypatch):
    """The repository before any audit."""
    monkeypatch.chdir(tmp_path)
    return filled(tmp_path)


def export(*arguments):
    return main(["export", *arguments])


def location(path):
    (result,) = json.loads(path.read_text())["runs"][0]["results"]
    physical = result["locations"][0]["physicalLocation"]
    return physical["artifactLocation"]["uri"], physical["region"]["startLine"]


def test_an_audit_writes_every_output_and_keeps_the_exit_code_of_its_gate(fresh, capsys):
    (fresh / "a.sarif").write_text("of the run before")
    asked = ["-o", "sarif=a.sarif", "-o", "gitlab=b.json", "-o", "html=c.html", "-o", "github"]
    assert main([*AUDIT, *asked]) == 1
    assert location(fresh / "a.sarif") == ("policies/p.yaml", 6)
    assert [one["check_name"] for one in json.loads((fresh / "b.json").read_text())] == ["p/FAIR-01"]
    (report,) = fresh.glob("reports/*/*/report.html")
    assert (fresh / "c.html").read_bytes() == report.read_bytes()
    printed = capsys.readouterr()
    assert printed.out.startswith("::error title=gate closed for staging")
    assert all(line.startswith("::") for line in printed.out.splitlines())
    assert "gate CLOSED for staging (exit 1)" in printed.err
    assert "bundle: reports/m-1/" in printed.err


def test_the_summary_stays_on_standard_output_where_no_export_takes_it(fresh, capsys):
    assert main([*AUDIT, "-o", "github=notes.txt"]) == 1
    printed = capsys.readouterr()
    assert "gate CLOSED for staging (exit 1)" in printed.out
    assert "::error" not in printed.out
    assert (fresh / "notes.txt").read_text().startswith("::error ")


def test_a_bundle_gives_the_same_bytes_as_the_audit_did(fresh, capsys):
    assert main([*AUDIT, "-o", "sarif=a.sarif", "-o", "gitlab=a.json"]) == 1
    (bundle,) = fresh.glob("reports/*/*")
    capsys.readouterr()
    assert export(str(bundle), "-o", "sarif=b.sarif", "-o", "gitlab=-", *PLACED) == 0
    assert (fresh / "b.sarif").read_bytes() == (fresh / "a.sarif").read_bytes()
    printed = capsys.readouterr()
    assert printed.out == (fresh / "a.json").read_text()
    assert "b.sarif: sarif of" in printed.err


@pytest.mark.parametrize("bundle", ["open", "signed"])
def test_a_bundle_is_exported_whether_or_not_somebody_signed_it(here, bundle):
    assert export(bundle, "-o", "sarif=a.sarif", *PLACED) == 0
    assert location(here / "a.sarif") == ("policies/p.yaml", 6)


def test_an_archive_is_exported_like_its_folder(here):
    assert main(["archive", "pack", "signed", "--out", "bundle.asice"]) == 0
    assert export("bundle.asice", "-o", "sarif=a.sarif", "-o", "html=a.html", *PLACED) == 0
    assert (here / "a.html").read_bytes() == (here / "signed" / "report.html").read_bytes()
    assert export("signed", "-o", "sarif=b.sarif", *PLACED) == 0
    assert (here / "a.sarif").read_bytes() == (here / "b.sarif").read_bytes()


@pytest.mark.parametrize("name", [name for name in FORMATS if name not in ("html", "pdf")])
def test_every_format_is_written_for_a_bundle(here, name, capsys):
    assert export("open", "-o", f"{name}=out", *PLACED) == 0
    written = (here / "out").read_bytes().decode()
    assert written == assay.api.export("open", name, manifest="models/model.yaml", policies=["policies/p.yaml"])
    capsys.readouterr()
    assert export("open", "-o", name, *PLACED) == 0
    assert capsys.readouterr().out == written


def test_help_names_the_formats_that_there_are():
    assert tuple(assay.api.export_formats()) == FORMATS


@pytest.mark.parametrize("command", [AUDIT, ["export", "reports"]], ids=["audit", "export"])
@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        (["sarfi=a.sarif"], "there is no format 'sarfi'. Did you mean `sarif`?"),
        (["sarif="], "names no file"),
        (["html"], "html goes to a file: html=FILE"),
        (["pdf=-"], "pdf goes to a file: pdf=FILE"),
    ],
    ids=str,
)
def test_a_wrong_output_is_said_before_anything_is_measured(fresh, capsys, command, wanted, told):
    with pytest.raises(SystemExit) as stop:
        main([*command, *(part for one in wanted for part in ("-o", one))])
    assert stop.value.code == 2
    assert told in capsys.readouterr().err
    assert not (fresh / "reports").exists()


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        (["sarif=nowhere/a.sarif"], "nowhere: the folder is not there"),
        (["sarif=models"], "models: is a folder"),
        (["github", "gitlab=-"], "only one output can be printed"),
        (["sarif=a", "gitlab=./a"], "sarif and gitlab go to the same file"),
        (["pdf=a.pdf"], "--no-pdf and -o pdf=FILE contradict each other"),
    ],
    ids=str,
)
def test_an_output_without_a_place_is_said_before_anything_is_measured(fresh, capsys, wanted, told):
    assert main([*AUDIT, *(part for one in wanted for part in ("-o", one))]) == 2
    assert told in capsys.readouterr().err
    assert not (fresh / "reports").exists()
    assert not (fresh / "a").exists()


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (["-o", "sarif=a.sarif", "--base", "nothing"], "nothing"),
        (["--base", "open"], "--base goes with -o"),
        (["--report", "https://ci.example/1"], "--report goes with -o"),
    ],
    ids=str,
)
def test_a_base_that_cannot_be_read_or_serves_nothing_is_said_before_anything_is_measured(fresh, capsys, more, told):
    assert main([*AUDIT, *more]) == 2
    assert told in capsys.readouterr().err
    assert not (fresh / "reports").exists()


def test_what_cannot_be_written_is_exit_3_and_the_other_outputs_are_there(fresh, capsys):
    too_long = "x" * 300
    assert main([*AUDIT, "-o", f"sarif={too_long}", "-o", "gitlab=b.json"]) == 3
    assert "cannot be written" in capsys.readouterr().err
    assert json.loads((fresh / "b.json").read_text())
    assert len(list(fresh.glob("reports/*/*/audit.json"))) == 1


@pytest.mark.parametrize("bundle", ["open", "signed"])
@pytest.mark.parametrize(
    ("file", "before", "after"),
    [("gate.json", '"exit_code":1', '"exit_code":0'), ("audit.json", '"outcome":"fail"', '"outcome":"pass"')],
)
def test_a_bundle_that_was_changed_is_refused(here, capsys, bundle, file, before, after):
    path = here / bundle / file
    path.chmod(0o644)
    path.write_text(path.read_text().replace(before, after))
    assert export(bundle, "-o", "sarif=a.sarif") == 2
    assert f"{bundle}/" in capsys.readouterr().err
    assert not (here / "a.sarif").exists()


def test_a_bundle_without_a_gate_is_refused(here, capsys):
    (here / "open" / "gate.json").unlink()
    assert export("open", "-o", "sarif=a.sarif") == 2
    assert "gate.json" in capsys.readouterr().err


@pytest.mark.parametrize(("option", "file"), [("--policy", "policies/p.yaml"), ("--manifest", "models/model.yaml")])
def test_a_file_whose_lines_have_moved_since_is_refused(here, capsys, option, file):
    path = here / file
    path.write_text("# one line more\n" + path.read_text())
    assert export("open", "-o", "sarif=a.sarif", option, file) == 2
    assert f"{file}: is" in capsys.readouterr().err
    assert export("open", "-o", "sarif=a.sarif", option, "absent.yaml") == 2
    assert "absent.yaml: cannot be read" in capsys.readouterr().err


def test_files_that_nobody_names_or_that_lie_elsewhere_have_no_place(here, monkeypatch):
    assert export("open", "-o", "sarif=a.sarif") == 0
    assert location(here / "a.sarif") == ("model.yaml", 1)
    monkeypatch.chdir(here / "models")
    assert export("../open", "-o", "sarif=a.sarif", "--manifest", "model.yaml", "--policy", "../policies/p.yaml") == 0
    assert location(here / "models" / "a.sarif") == ("model.yaml", 1)


def test_a_link_is_shown_where_it_points_for_forges_show_nothing_at_a_link(here):
    (here / "link.yaml").symlink_to("policies/p.yaml")
    assert export("open", "-o", "sarif=a.sarif", "--policy", "link.yaml") == 0
    assert location(here / "a.sarif") == ("policies/p.yaml", 6)


def test_a_pack_has_no_place_in_the_repository(fresh):
    asked = ["audit", "models/model.yaml", "--stage", "staging", "--no-pdf", "-o", "sarif=a.sarif"]
    assert main(asked) in (0, 1, 4)
    results = json.loads((fresh / "a.sarif").read_text())["runs"][0]["results"]
    places = {one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for one in results}
    assert places == {"models/model.yaml"}


def test_the_link_to_the_report_reaches_the_outputs(here, capsys):
    assert export("open", "-o", "sarif", "--report", "https://ci.example/report.html") == 0
    run = json.loads(capsys.readouterr().out)["runs"][0]
    assert run["properties"]["report"] == "https://ci.example/report.html"


def test_a_comment_says_what_differs_from_the_base(fresh):
    assert main([*AUDIT, "--out", "before"]) == 1
    (before,) = fresh.glob("before/*/*")
    write_csv(fresh / "models" / "people.csv", *people(*[(group, level, 300) for group, level, _ in GROUPS]))
    assert main([*AUDIT, "-o", "comment=a.md", "--base", str(before)]) == 0
    (after,) = fresh.glob("reports/*/*")
    assert export(str(after), "-o", "comment=b.md", "--base", str(before), *PLACED) == 0
    assert export(str(after), "-o", "comment=c.md", *PLACED) == 0
    assert (fresh / "a.md").read_text() == (fresh / "b.md").read_text()
    assert (fresh / "c.md").read_text() != (fresh / "b.md").read_text()
    assert "Compared with" in (fresh / "b.md").read_text()


def test_a_copy_of_a_report_that_the_bundle_lacks_is_refused(here, capsys):
    assert export("open", "-o", "pdf=a.pdf") == 3
    assert "open: the bundle has no report.pdf" in capsys.readouterr().err
