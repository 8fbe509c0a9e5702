"""Templates of a folder stand in for ours, in a sandbox; what is wrong in them is told with its place."""

import pytest

from assay.api import render_view
from assay.errors import AssayError
from auditing import DECIDED, control, evaluate, people, write_csv

ROWS = (("a", "yes", 300), ("a", "no", 150), ("b", "yes", 200), ("b", "no", 150))


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    folder = tmp_path_factory.mktemp("own")
    data = write_csv(folder / "d.csv", *people(*ROWS))
    return evaluate(folder, data, DECIDED, control(), out=folder / "out", pdf=False).bundle


def written(tmp_path, **files):
    own = tmp_path / "templates"
    own.mkdir()
    for name, text in files.items():
        (own / name.replace("_html", ".html.j2").replace("_css", ".css")).write_text(text)
    return own


def test_a_template_of_the_house_stands_in_for_ours_and_its_text_is_escaped(bundle, tmp_path):
    own = written(tmp_path, executive_html="<p>{{ '<b>' }} House style</p>")
    assert render_view(bundle, "executive", templates=own) == b"<p>&lt;b&gt; House style</p>"
    assert b"House style" not in render_view(bundle, "executive")


def test_a_style_sheet_of_the_house_is_taken_and_allowed_by_its_hash(bundle, tmp_path):
    own = written(tmp_path, executive_css="h1 { color: rgb(1, 2, 3) }")
    page = render_view(bundle, "executive", templates=own).decode()
    assert "h1 { color: rgb(1, 2, 3) }" in page
    assert page.count("rgb(1, 2, 3)") == 1
    assert render_view(bundle, "executive").decode() != page


@pytest.mark.parametrize(
    "text",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ self.__init__.__globals__ }}",
        "{% include '../../secret' %}",
        "{{ missing }}",
        "{% for i in range(10**9) %}{% endfor %}",
    ],
)
def test_what_a_template_may_not_do_is_an_error_with_its_place(bundle, tmp_path, text):
    (tmp_path / "secret").write_text("SECRET")
    own = written(tmp_path, executive_html=f"one\n{text}")
    with pytest.raises(AssayError) as caught:
        render_view(bundle, "executive", templates=own)
    assert "executive.html.j2:2" in caught.value.where
    assert "cannot be filled" in caught.value.what


def test_a_typo_is_told_with_its_line(bundle, tmp_path):
    own = written(tmp_path, executive_html="one\ntwo\n{% if %}")
    with pytest.raises(AssayError) as caught:
        render_view(bundle, "executive", templates=own)
    assert caught.value.where.endswith("executive.html.j2:3")


def test_a_folder_that_is_not_there_is_an_error(bundle, tmp_path):
    with pytest.raises(AssayError, match="is no folder"):
        render_view(bundle, "executive", templates=tmp_path / "nowhere")


def test_the_report_of_the_bundle_is_never_made_with_other_templates(bundle, tmp_path):
    own = written(tmp_path, report_html="mine")
    assert render_view(bundle, "full", templates=own) == b"mine"
    assert render_view(bundle, "full") == (bundle / "report.html").read_bytes()
