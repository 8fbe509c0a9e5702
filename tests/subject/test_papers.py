import shutil
from pathlib import Path

import pytest

from assay.engines.papers import read_papers
from assay.errors import ManifestError
from assay.subject.papers import count_words, headings_of, part_under, slug
from assay.subject.paths import digest
from subjects import subject

SIGNED = Path(__file__).parent / "model_signing"

TEXT = """# Model card

Intro of four words.

## Intended use

Offers a line.

### Limits & risks!

Only *card* clients.

```
## Not a heading
```

## Intended use

Again.

Data
====

Two words
"""


def document(folder, text=TEXT, **section):
    (folder / "card.md").write_bytes(text.encode() if isinstance(text, str) else text)
    sections = {"use": {"path": "card.md", **section}}
    return read_papers(subject(folder, docs={"sections": sections})).documents[0]


# Anchors as the forge prints them for these headings.
@pytest.mark.parametrize(("heading", "anchor"), [
    ("Intended use", "intended-use"),
    ("Limits & risks!", "limits--risks"),
    ("1.2 What's `new`?", "12-whats-new"),
    ("A_b - c", "a_b---c"),
    ("[Data](x.md) sheet", "data-sheet"),
    ("Überwachung", "überwachung"),
])  # fmt: skip
def test_anchors_are_those_of_the_forge(heading, anchor):
    assert slug(heading) == anchor


def test_headings_that_repeat_are_numbered_and_code_holds_none():
    assert [heading.anchor for heading in headings_of(TEXT)] == [
        "model-card", "intended-use", "limits--risks", "intended-use-1", "data",
    ]  # fmt: skip


def test_a_part_ends_at_the_next_heading_of_its_level_or_above():
    parts = {heading.anchor: part_under(TEXT, heading) for heading in headings_of(TEXT)}
    assert "Only *card* clients." in parts["intended-use"]
    assert "Again" not in parts["intended-use"]
    assert "Again" in parts["model-card"]
    assert "Two words" not in parts["model-card"]


def test_words_count_in_the_file_or_under_the_heading(tmp_path):
    assert document(tmp_path, anchor="data").words == 2
    assert document(tmp_path, anchor="#intended-use-1").words == 1
    assert document(tmp_path).words == count_words(TEXT)


def test_comments_and_bare_signs_are_no_words():
    assert count_words("<!-- to be written later -->  - | * one, two-three <!-- and") == 2


def test_a_heading_that_is_not_there_is_a_section_not_found_and_names_the_nearest(tmp_path):
    found = document(tmp_path, anchor="intended-uses")
    assert not found.found
    assert found.words == 0
    assert "'intended-use'" in found.problem


def test_a_file_that_is_no_utf8_text_is_found_but_not_counted(tmp_path):
    found = document(tmp_path, text=b"caf\xe9 " * 100)
    assert (found.found, found.words) == (True, 0)
    assert "not UTF-8" in found.problem
    assert not document(tmp_path, text=b"# caf\xe9", anchor="caf").found


def test_a_missing_file_and_a_folder_are_not_found(tmp_path):
    (tmp_path / "folder").mkdir()
    sections = {"a": {"path": "no.md"}, "b": {"path": "folder"}}
    papers = read_papers(subject(tmp_path, docs={"sections": sections}))
    assert [(d.id, d.found, d.problem) for d in papers.documents] == [
        ("a", False, "there is no such file"), ("b", False, "it is a folder, not a file"),
    ]  # fmt: skip


def test_every_artefact_of_the_manifest_has_its_declared_and_computed_digest(tmp_path):
    for name in ("test.csv", "train.py", "model.skops", "a.md", "b.md"):
        (tmp_path / name).write_text(name)
    wrong = "sha256:" + "1" * 64
    artefact = {"path": "model.skops", "format": "skops", "digest": wrong}
    made = subject(
        tmp_path,
        identity={"id": "m", "name": "M", "version": "1", "artefact": artefact},
        data={"test": {"path": "test.csv", "digest": digest(tmp_path / "test.csv")}},
        training={"script": {"path": "train.py"}},
        champion={"path": "gone.skops"},
        docs={"sections": {"a": {"path": "a.md"}, "b": {"path": "b.md", "digest": wrong}}},
    )
    rows = [(a.role, a.declared, a.computed) for a in read_papers(made).artefacts]
    assert rows == [
        ("data.test", digest(tmp_path / "test.csv"), digest(tmp_path / "test.csv")),
        ("identity.artefact", wrong, digest(tmp_path / "model.skops")),
        ("training.script", None, digest(tmp_path / "train.py")),
        ("champion", None, None),
        ("docs.b", wrong, digest(tmp_path / "b.md")),
    ]


def test_a_hundred_thousand_headings_are_read_in_a_moment(tmp_path):
    text = "".join(f"# h{i}\nword\n" for i in range(100_000))
    assert document(tmp_path, text=text, anchor="h99999").words == 1


def signed(folder, **signature):
    """Papers of a manifest whose model is a folder with an OpenSSF signature."""
    shutil.copytree(SIGNED, folder, dirs_exist_ok=True)
    artefact = {"path": "model", "signature": {"path": "good.sig", **signature}}
    made = subject(folder, identity={"id": "m", "name": "M", "version": "1", "artefact": artefact})
    (found,) = read_papers(made).artefacts
    return made, found


def test_a_signed_folder_is_checked_and_signature_and_key_are_part_of_the_subject(tmp_path):
    made, found = signed(tmp_path, public_key="keys/signer.pub")
    assert (found.role, found.signature, found.computed) == ("identity.artefact", "holds", digest(tmp_path / "model"))
    assert found.signed.startswith("key sha256:")
    assert {file.role: file.digest for file in made.files if file.role.startswith("signature")} == {
        "signature.model": digest(tmp_path / "good.sig"),
        "signature.model.public_key": digest(tmp_path / "keys" / "signer.pub"),
    }


def test_a_signature_that_is_not_there_does_not_hold(tmp_path):
    _, found = signed(tmp_path, path="lost.sig", public_key="keys/signer.pub")
    assert (found.signature, found.signed) == ("does not hold", "lost.sig is not there")


def test_a_signature_outside_of_the_folder_is_refused_with_its_place(tmp_path):
    with pytest.raises(ManifestError) as error:
        signed(tmp_path, public_key="../key.pub")
    assert error.value.where.startswith("model.yaml:")
    with pytest.raises(ManifestError, match="not with both"):
        signed(tmp_path, public_key="keys/signer.pub", certificate="sha256:" + "0" * 64)
