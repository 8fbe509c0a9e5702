"""The report in German: every text of ours is translated, what the record says is not, and both are marked."""

import re
from html.parser import HTMLParser
from io import BytesIO

import pikepdf
import polib
import pytest
from pypdf import PdfReader

from assay.api import load_signer, make_demo_identity, render_view, verify
from assay.checks.registry import find, names
from assay.errors import AssayError
from assay.report.language import gettext, language, ngettext, speaking
from assay.report.page import render_html
from assay.report.parts import own_templates, templates
from assay.report.pdf import render_pdf
from assay.report.words import in_words, phrase, title
from auditing import DECIDED, control, evaluate, people, write_csv
from messages import messages
from report.conftest import signing_of
from viewing import example

CATALOGUE = templates() / "languages" / "de.po"
PLACE = re.compile(r"%\(\w+\)s")


@pytest.fixture(scope="module")
def german():
    return polib.pofile(str(CATALOGUE))


def test_each_text_of_ours_has_a_german_one_and_no_german_one_is_unused(german):
    held = {entry.msgid: entry.msgid_plural or None for entry in german if entry.translated()}
    asked = messages()
    assert {text for text in asked if text not in held} == set(), "texts without German"
    assert {text for text in held if text not in asked} == set(), "German for texts that are gone"
    assert held == asked


def test_a_translation_holds_the_same_values(german):
    for entry in german:
        for english, told in _pairs(entry):
            assert set(PLACE.findall(english)) == set(PLACE.findall(told)), entry.msgid
            assert told % {name[2:-2]: "" for name in PLACE.findall(told)} or not told
            assert re.findall(r"</?\w+", english) == re.findall(r"</?\w+", told), entry.msgid


def _pairs(entry):
    if not entry.msgid_plural:
        return [(entry.msgid, entry.msgstr)]
    assert set(entry.msgstr_plural) == {0, 1}
    return [(entry.msgid_plural, entry.msgstr_plural[1]), (entry.msgid_plural, entry.msgstr_plural[0])]


def test_numbers_are_counted_as_german_counts_them(german):
    assert german.metadata["Plural-Forms"] == "nplurals=2; plural=(n != 1);"
    with speaking("de"):
        told = [ngettext("%(n)s control", "%(n)s controls", n, n=n) for n in (0, 1, 2)]
    assert told == ["0 Kontrollen", "1 Kontrolle", "2 Kontrollen"]


def test_the_language_holds_as_long_as_it_was_chosen_for():
    with speaking("de"):
        assert (language(), gettext("Control")) == ("de", "Kontrolle")
        with speaking(None):
            assert gettext("Control") == "Kontrolle"
        with speaking("en"):
            assert gettext("Control") == "Control"
    assert (language(), gettext("Control")) == ("en", "Control")


@pytest.fixture
def marked(tmp_path):
    """A catalogue that puts what is ours between ⟦ and ⟧, but for the values in it."""
    made = polib.POFile()
    for one, many in messages().items():
        told = {"msgstr": _between(one)} if many is None else {
            "msgid_plural": many, "msgstr_plural": {0: _between(one), 1: _between(many)},
        }  # fmt: skip
        made.append(polib.POEntry(msgid=one, **told))
    (tmp_path / "languages").mkdir()
    made.save(str(tmp_path / "languages" / "de.po"))
    with own_templates(tmp_path), speaking("de"):
        yield


def _between(text):
    return "".join(part if PLACE.fullmatch(part) else f"⟦{part}⟧" for part in re.split(f"({PLACE.pattern})", text))


@pytest.mark.parametrize("signer", [None, "Mei Tanaka"])
@pytest.mark.parametrize("of", ["sample", "example"])
def test_no_text_of_ours_is_left_in_english(marked, audited, of, signer):
    audit, gate = (audited.audit, audited.gate) if of == "sample" else example()
    signing = signing_of(signer)
    page = render_html(audit, gate, audit_digest=gate.audit, signing=signing, ledger=signer and "origin\n1\n")
    assert left_over(page, [audit, gate, *([signing] if signing else [])]) == []


def left_over(page, records):
    """Visible words that are neither ours nor marked as English nor values of the records."""
    known = {form for record in records for value in _values(record.model_dump(mode="json")) for form in _forms(value)}
    known = known - {*messages()} | {"audit.json", "SHA-256"}
    values = re.compile("|".join(re.escape(value) for value in sorted(known, key=len, reverse=True)))
    texts = Texts()
    texts.feed(page)
    told = (_without_a_cut_value(text.replace("\u202f", " "), known) for text in texts.others)
    return [text for text in told if re.search("[A-Za-z]{2}", values.sub("", text))]


def _without_a_cut_value(text, known):
    """A label for which there is no room ends in the beginning of a value: `education: graduate sch…`."""
    before, colon, cut = text.rpartition(": ")
    begun = cut.endswith("…") and any(value.startswith(cut.removesuffix("…")) for value in known)
    return before + colon if begun else text


def _values(value):
    match value:
        case dict():
            for name, inner in value.items():
                yield str(name)
                yield from _values(inner)
        case list() | tuple():
            for inner in value:
                yield from _values(inner)
        case str() if value:
            yield value


def _forms(value):
    return {value, title(value), phrase(value), value.removeprefix("sha256:"), value.removeprefix("sha256:")[:16]}


class Texts(HTMLParser):
    """The texts of a page that stand in the page's own language, without what ⟦ and ⟧ enclose."""

    def __init__(self):
        super().__init__()
        self.others, self.inside, self.open = [], 0, []

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if tag not in ("meta", "br", "input", "img", "link"):
            self.open.append((tag, given.get("lang")))
        for name in ("alt", "aria-label", *(["content"] if given.get("name") == "description" else [])):
            self.handle_data(given.get(name) or "")

    def handle_endtag(self, tag):
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data):
        spoken = next((lang for _, lang in reversed(self.open) if lang), None)
        if spoken == "en" or any(tag in ("style", "script", "code", "pre") for tag, _ in self.open):
            data = re.sub("[^⟦⟧]", "", data)
        rest = []
        for character in data:
            self.inside += (character == "⟦") - (character == "⟧")
            rest.append(" " if self.inside or character == "⟧" else character)
        if "".join(rest).strip():
            self.others.append(" ".join("".join(rest).split()))


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    """A signed bundle whose manifest asks for German."""
    folder = tmp_path_factory.mktemp("german")
    data = write_csv(
        folder / "d.csv", *people(("a", "yes", 300), ("a", "no", 150), ("b", "yes", 200), ("b", "no", 150))
    )
    signer = load_signer(make_demo_identity(folder / "identity"))
    asks = {"report": {"language": "de"}, "purpose": {"context": "Decides."}}
    return evaluate(folder, data, DECIDED, control(), manifest=asks, out=folder / "out", sign=signer, pdf=False).bundle


def test_the_manifest_chooses_the_language_of_the_signed_report_which_verifying_makes_again(bundle):
    page = (bundle / "report.html").read_text(encoding="utf-8")
    assert '<html lang="de">' in page
    assert "Freigabe: VERWEIGERT" in page or "Freigabe: ERTEILT" in page
    assert '<h3 id="control-1-title" lang="en">Every group is favoured' in page
    assert "Was verlangt war" in page
    found = verify(bundle)
    assert found.intact
    assert any("report.html says what the record says" in told for told in found.statements)


@pytest.mark.parametrize("view", ["full", "executive", "fair-lending", "model-card", "annex-iv"])
def test_a_view_speaks_the_language_of_its_record_unless_another_one_is_asked_for(bundle, view):
    assert b'<html lang="de">' in render_view(bundle, view)
    assert b'<html lang="en">' in render_view(bundle, view, language="en")
    assert b'<html lang="de">' in render_view(bundle, view, language="de")


def test_a_language_that_there_is_not_is_an_error(bundle):
    with pytest.raises(AssayError, match="no language 'fr'"):
        render_view(bundle, "full", language="fr")


def test_a_manifest_with_another_language_is_refused(tmp_path):
    data = write_csv(tmp_path / "d.csv", *people(("a", "yes", 3)))
    with pytest.raises(AssayError, match="language"):
        evaluate(tmp_path, data, DECIDED, control(), manifest={"report": {"language": "fr"}})


def test_a_house_has_words_of_its_own_without_breaking_what_is_signed(bundle, tmp_path):
    (tmp_path / "languages").mkdir()
    words = polib.pofile(str(CATALOGUE))
    words.find("Control").msgstr = "Vorgabe <&>"
    words.save(str(tmp_path / "languages" / "de.po"))
    page = render_view(bundle, "full", templates=tmp_path).decode()
    assert "Vorgabe <&></th>" in page
    assert b"Vorgabe" not in render_view(bundle, "full")


@pytest.mark.parametrize("text", ['msgid "Control"\nmsgstr "%(nothing)s"', "no catalogue", 'msgid "a\nmsgstr'])
def test_a_broken_catalogue_of_a_house_is_told_with_its_file(bundle, tmp_path, text):
    (tmp_path / "languages").mkdir()
    (tmp_path / "languages" / "de.po").write_text(text)
    with pytest.raises(AssayError) as caught:
        render_view(bundle, "full", templates=tmp_path)
    assert str(tmp_path) in caught.value.where


def test_a_catalogue_that_is_the_name_of_another_file_does_not_open_it(bundle, tmp_path):
    (tmp_path / "other.po").write_text('msgid "Control"\nmsgstr "SECRET"\n')
    (tmp_path / "languages").mkdir()
    (tmp_path / "languages" / "de.po").write_text(str(tmp_path / "other.po"))
    with pytest.raises(AssayError, match="the catalogue cannot be read: Syntax error"):
        render_view(bundle, "full", templates=tmp_path)


def test_a_german_pdf_says_its_language_in_its_catalogue_its_title_and_on_each_page(audited):
    with speaking("de"):
        made = render_pdf(audited.audit, audited.gate, audit_json=audited.audit_json, signing=None)
    with pikepdf.open(BytesIO(made)) as opened:
        assert str(opened.Root.Lang) == "de"
        assert opened.open_metadata()["dc:title"] == "Auditbericht: Credit default, cards 1.4.0"
    text = "\n".join(page.extract_text() for page in PdfReader(BytesIO(made)).pages)
    assert "Seite 1 von" in text


def test_each_measure_of_a_built_in_check_has_a_name_in_german(german):
    held = {entry.msgid for entry in german}
    given = {name for check in names() for name in find(check).estimates if "{" not in name}
    assert {name for name in given if in_words(name) not in held} == set()
    with speaking("de"):
        assert title("impact_ratio") == "Auswahlquotient"
        assert title("auc_relative_gap") == "Relativer AUC-Abstand"
        assert phrase("false_positive_rate_ratio") == "Verhältnis der Falsch-positiv-Rate"
        assert title("measure_of_a_plug_in") == "Measure of a plug in"
