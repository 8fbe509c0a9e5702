"""What verifying says of bundles that this very assay made, and of those that another version or build made."""

import json
from importlib.metadata import version

import pytest
from jinja2 import UndefinedError

import assay
from assay.api import verifying
from assay.api.bundles import html, read
from assay.api.verifying import report_problem
from assay.attest.bundle import write_bundle
from assay.attest.canonical import canonical, digest
from assay.attest.rounds.making import signing_by
from assay.record.audit import Audit
from assay.resources import build
from auditing import AT, write_csv

OTHER = "sha256:" + "0" * 64
PEOPLE = [(g, d, y) for g in ("f", "m") for d, y in (("yes", 1), ("no", 0)) for _ in range(200)]
MANIFEST = """
assay: manifest/v1
identity: {id: m, name: M, version: "1"}
data: {test: {path: people.csv}}
columns:
  label: {column: repaid, favourable: 1}
  decision: {column: decision, favourable: "yes"}
  groups: {sex: {column: sex}}
"""


@pytest.fixture(scope="module")
def signer(tmp_path_factory):
    from assay.api import make_demo_identity

    return assay.load_signer(make_demo_identity(tmp_path_factory.mktemp("identity")))


@pytest.fixture(scope="module")
def bundle(tmp_path_factory, signer):
    """A signed bundle without a PDF."""
    folder = tmp_path_factory.mktemp("audit")
    write_csv(folder / "people.csv", ("sex", "decision", "repaid"), PEOPLE)
    (folder / "model.yaml").write_text(MANIFEST)
    return assay.audit(folder / "model.yaml", out=folder / "out", at=AT, sign=signer, pdf=False).bundle


def signed_again(
    bundle, signer, target, *, made_by=None, change=lambda tree: tree, page=lambda page: page, drawn=lambda gate: gate,
    **more,
):  # fmt: skip
    """The bundle as another build would have signed it, with another record, gate or report, and with more files."""
    names = ("META-INF", "SHA256SUMS", "VERIFY.txt", "mimetype", "signatures", "statement.dsse.json", "report.pdf")
    kept = [f for f in bundle.rglob("*") if f.is_file() and f.relative_to(bundle).parts[0] not in names]
    files = {file.relative_to(bundle).as_posix(): file.read_bytes() for file in kept} | more
    record, gate = read(bundle, assay.verify(bundle))
    record = Audit.model_validate_json(json.dumps(change(json.loads(canonical(record)))))
    files["audit.json"] = canonical(record)
    gate = drawn(gate.model_copy(update={"audit": digest(files["audit.json"])}))
    said = signing_by(signer, number=1, meaning="author", now=gate.made).model_copy(
        update={"build": {None: build(), "": None}.get(made_by, made_by)}
    )
    files |= {"gate.json": canonical(gate), "report.html": page(html(record, gate, said))}
    write_bundle(target, files, signer=signer, signing=said)
    return target


def reworded(page):
    assert b"Method" in page
    return page.replace(b"Method", b"Way", 1)


def described_otherwise(tree):
    for finding in tree["findings"]:
        if finding["check"]:
            finding["check"]["docstring"] += "\nOne sentence more."
    return tree


def of_an_old_version(tree):
    return {**tree, "versions": {**tree["versions"], "assay": "0.0.1"}}


def test_a_report_of_this_build_is_compared_and_one_without_a_pdf_says_nothing_of_a_pdf(bundle):
    found = assay.verify(bundle)
    assert found.problems == ()
    assert found.statements[-1] == "report.html says what the record says"
    assert "the bundle holds no PDF report" in found.statements
    assert not any("report.pdf" in told for told in found.statements)


def test_a_forged_report_of_this_build_is_found_though_it_is_signed(bundle, signer, tmp_path):
    (problem,) = assay.verify(signed_again(bundle, signer, tmp_path / "b", page=reworded)).problems
    assert (problem.file, problem.what) == ("report.html", "is not the report of this record")


def test_a_report_that_another_build_words_otherwise_is_not_called_changed(bundle, signer, tmp_path):
    made = signed_again(bundle, signer, tmp_path / "b", made_by=OTHER, page=reworded)
    found = assay.verify(made)
    assert found.intact
    assert found.statements[-1] == (
        f"the report was made by another build of assay {version('assay')}, and cannot be made again by this one; its "
        "signature holds, its text was not compared with the record"
    )
    assert not any("the gate was drawn by" in told for told in found.statements), "it was drawn again"
    record, gate = read(made, found)
    assert report_problem(made, record, gate, found.signers[0].said) is not None


def test_a_report_of_another_version_names_both_versions(bundle, signer, tmp_path):
    found = assay.verify(signed_again(bundle, signer, tmp_path / "b", change=of_an_old_version, page=reworded))
    assert found.intact
    *_, of_gate, of_report = found.statements
    other = f"assay 0.0.1, another version than {version('assay')}"
    assert of_gate == f"the gate was drawn by {other}, and was not drawn again with the waivers"
    assert of_report.startswith(f"the report was made by {other}, and cannot be made again by this one; ")


@pytest.mark.parametrize("change", [lambda tree: tree, of_an_old_version], ids=["another build", "another version"])
def test_a_report_that_is_made_again_to_the_byte_says_what_the_record_says_whoever_made_it(
    bundle, signer, tmp_path, change
):
    found = assay.verify(signed_again(bundle, signer, tmp_path / "b", made_by=OTHER, change=change))
    assert found.problems == ()
    assert found.statements[-1] == "report.html says what the record says"


@pytest.mark.parametrize("error", [IndexError("no such row"), UndefinedError("no such row")])
@pytest.mark.parametrize("made_by", [OTHER, None])
def test_a_record_of_which_no_report_can_be_made_is_a_problem_of_this_build_and_no_crash(
    bundle, signer, tmp_path, made_by, error, monkeypatch
):
    made = signed_again(bundle, signer, tmp_path / "b", made_by=made_by)

    def unprintable(*_):
        raise error

    monkeypatch.setattr(verifying, "html", unprintable)
    found = assay.verify(made)
    if made_by is None:
        (problem,) = found.problems
        assert str(problem) == "report.html: cannot be made again from the record: no such row"
    else:
        assert found.intact
        assert "its text was not compared with the record" in found.statements[-1]


def test_nothing_of_a_bundle_may_be_changed_whoever_is_said_to_have_made_it(bundle, signer, tmp_path):
    made = signed_again(bundle, signer, tmp_path / "b", made_by=OTHER)
    (made / "report.html").write_bytes(reworded((made / "report.html").read_bytes()))
    assert "report.html" in {problem.file for problem in assay.verify(made).problems}


@pytest.mark.parametrize("made_by", [OTHER, None])
def test_a_check_that_another_build_describes_otherwise_is_computed_again_all_the_same(
    bundle, signer, tmp_path, made_by
):
    made = signed_again(bundle, signer, tmp_path / "b", made_by=made_by, change=described_otherwise)
    found = assay.verify(made, recompute=True)
    if made_by is None:
        assert {problem.file for problem in found.problems} == {"audit.json"}
        assert any("is not the one that the check publishes" in problem.what for problem in found.problems)
    else:
        assert found.intact
        (counted,) = [told for told in found.statements if "computed again from the evidence" in told]
        assert not counted.startswith("0 of")
