"""`assay report`: a view of a bundle in a new file, or one clear error."""

import shutil

import pytest
import yaml
from PIL import Image

from assay.api.views import PUBLIC, VIEWS
from assay.cli import report
from assay.cli.main import main

MANIFEST = {
    "assay": "manifest/v1",
    "identity": {"id": "hiring", "name": "Hiring", "version": "1.0.0"},
    "purpose": {"decision": {"domain": "employment"}},
    "data": {"test": {"path": "d.csv"}},
    "columns": {
        "decision": {"column": "selected", "favourable": "yes"},
        "groups": {"sex": {"column": "sex"}, "race_ethnicity": {"column": "race"}},
    },
}


@pytest.fixture(scope="module")
def bundles(tmp_path_factory):
    """One with the tables of Local Law 144, one without."""
    folder = tmp_path_factory.mktemp("report")
    people = [f"{sex},{race},{level}" for sex in "fm" for race in ("Asian", "White")
              for level, n in (("yes", 30), ("no", 20)) for _ in range(n)]  # fmt: skip
    (folder / "d.csv").write_text("\n".join(["sex,race,selected", *people, ""]))
    (folder / "model.yaml").write_text(yaml.safe_dump(MANIFEST))
    found = []
    for pack in ("nyc-ll144", "us-ugesp"):
        out = folder / pack
        asked = ["audit", str(folder / "model.yaml"), "--policy", pack, "--no-pdf", "--out", str(out)]
        assert main(asked) in (1, 4)
        (record,) = out.glob("*/*/audit.json")
        found.append(record.parent)
    return found


def asked(bundle, out, view="ll144-summary", *more):
    return ["report", str(bundle), "--view", view, "-o", str(out), *more]


def test_the_summary_is_written_as_html_and_as_pdf(bundles, tmp_path, capsys):
    assert main(asked(bundles[0], tmp_path / "summary.html")) == 0
    assert "summary.html: ll144-summary of" in capsys.readouterr().out
    assert "60.0 %" in (tmp_path / "summary.html").read_text(encoding="utf-8")
    pytest.importorskip("weasyprint", exc_type=OSError)
    assert main(asked(bundles[0], tmp_path / "summary.PDF")) == 0
    assert (tmp_path / "summary.PDF").read_bytes().startswith(b"%PDF-")


@pytest.mark.parametrize(
    ("view", "told", "seen"),
    [
        ("full", "Audit report", "internal, not redacted"),
        ("executive", "Summary for decision-makers", "internal, not redacted"),
        ("annex-iv", "Technical documentation", "internal, not redacted"),
        ("fair-lending", "Fair-lending analysis", "internal, not redacted"),
        ("model-card", "Model card", "may be published"),
        ("ll144-summary", "Bias audit", "may be published"),
    ],
)
def test_every_view_is_written_and_says_who_may_see_it(bundles, tmp_path, capsys, view, told, seen):
    assert main(asked(bundles[0], tmp_path / "it.html", view)) == 0
    assert f"it.html: {view} of {bundles[0]} ({seen})" in " ".join(capsys.readouterr().out.split())
    assert told in (tmp_path / "it.html").read_text(encoding="utf-8")


def test_the_views_of_the_command_are_those_of_python():
    assert report.VIEWS == VIEWS
    assert report.PUBLIC == PUBLIC


def test_the_full_report_written_again_is_that_of_the_bundle(bundles, tmp_path):
    assert main(asked(bundles[0], tmp_path / "again.html", "full")) == 0
    assert (tmp_path / "again.html").read_bytes() == (bundles[0] / "report.html").read_bytes()
    pytest.importorskip("weasyprint", exc_type=OSError)
    from pypdf import PdfReader

    assert main(asked(bundles[0], tmp_path / "again.pdf", "full")) == 0
    attached = PdfReader(tmp_path / "again.pdf").attachments
    assert attached["audit.json"] == [(bundles[0] / "audit.json").read_bytes()]
    assert attached["gate.json"] == [(bundles[0] / "gate.json").read_bytes()]


def test_a_public_view_takes_another_minimum_and_an_internal_one_none(bundles, tmp_path, capsys):
    assert main(asked(bundles[0], tmp_path / "card.html", "model-card", "--minimum-cell", "21")) == 0
    assert "withheld</td>" in (tmp_path / "card.html").read_text(encoding="utf-8")
    assert main(asked(bundles[0], tmp_path / "all.html", "model-card", "--minimum-cell", "0")) == 0
    assert "withheld</td>" not in (tmp_path / "all.html").read_text(encoding="utf-8")
    assert main(asked(bundles[0], tmp_path / "one.html", "executive", "--minimum-cell", "9")) == 2
    assert "executive leaves nothing out" in capsys.readouterr().err
    assert main(asked(bundles[0], tmp_path / "one.html", "model-card", "--minimum-cell", "-1")) == 2
    assert not (tmp_path / "one.html").exists()


def test_a_file_that_is_there_is_not_written_over(bundles, tmp_path, capsys):
    (tmp_path / "summary.html").write_text("mine")
    assert main(asked(bundles[0], tmp_path / "summary.html")) == 2
    assert "the file is there already" in capsys.readouterr().err
    assert (tmp_path / "summary.html").read_text() == "mine"


def test_a_bundle_without_the_tables_is_refused(bundles, tmp_path, capsys):
    assert main(asked(bundles[1], tmp_path / "summary.html")) == 2
    told = capsys.readouterr().err
    assert "the record holds no table of Local Law 144" in told
    assert "--policy nyc-ll144" in told
    assert not (tmp_path / "summary.html").exists()


@pytest.mark.parametrize(("name", "what"), [("summary", "HTML or as PDF"), ("summary.txt", "HTML or as PDF")])
def test_another_ending_is_refused_before_anything_is_read(tmp_path, capsys, name, what):
    assert main(asked(tmp_path / "nowhere", tmp_path / name)) == 2
    assert what in capsys.readouterr().err


def test_what_is_no_bundle_is_refused(tmp_path, capsys):
    assert main(asked(tmp_path / "nowhere", tmp_path / "summary.html")) == 2
    assert capsys.readouterr().err.startswith("assay: ")


def test_a_record_that_was_changed_after_its_gate_was_drawn_is_refused(bundles, tmp_path, capsys):
    copy = shutil.copytree(bundles[0], tmp_path / "bundle")
    record = (copy / "audit.json").read_text(encoding="utf-8")
    assert record.count('"Asian"') > 1
    (copy / "audit.json").write_text(record.replace('"Asian"', '"Others"'), encoding="utf-8")
    assert main(asked(copy, tmp_path / "summary.html")) == 2
    assert "its gate was drawn from another record" in capsys.readouterr().err
    assert not (tmp_path / "summary.html").exists()


def test_language_and_logo_are_taken_by_the_command_and_what_is_no_logo_is_an_error(bundles, tmp_path, capsys):
    logo = tmp_path / "logo.png"
    Image.new("RGB", (30, 10)).save(logo)
    assert main([*asked(bundles[0], tmp_path / "it.html", "full"), "--language", "de", "--logo", str(logo)]) == 0
    page = (tmp_path / "it.html").read_text(encoding="utf-8")
    assert '<html lang="de">' in page
    assert "data:image/png;base64," in page
    capsys.readouterr()
    assert main([*asked(bundles[0], tmp_path / "no.html", "full"), "--logo", __file__]) == 2
    assert "the logo is no picture that can be decoded" in capsys.readouterr().err
    assert not (tmp_path / "no.html").exists()
