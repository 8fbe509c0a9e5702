import pytest

from assay.errors import DataError, ManifestError
from assay.subject.paths import digest
from subjects import subject

WRONG = "sha256:" + "0" * 64


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "test.csv").write_text("y\n1\n")
    (tmp_path / "train.csv").write_text("y\n0\n")
    (tmp_path / "notes.md").write_text("# Notes\nwords\n")
    return tmp_path


def test_a_dataset_to_be_read_whose_digest_differs_is_an_error_that_says_both(folder):
    with pytest.raises(DataError) as error:
        subject(folder, roles=("test",), data={"test": {"path": "test.csv", "digest": WRONG}})
    assert WRONG in error.value.what
    assert digest(folder / "test.csv") in error.value.what
    assert error.value.where == "model.yaml:9:13"
    assert error.value.hint


def test_a_dataset_which_is_not_read_may_differ_and_is_recorded_as_it_is(folder):
    made = subject(folder, data={"test": {"path": "test.csv", "digest": WRONG}})
    assert made.files[1].digest == digest(folder / "test.csv")


def test_a_document_whose_digest_differs_is_left_to_the_control(folder):
    docs = {"sections": {"notes": {"path": "notes.md", "digest": WRONG}}}
    made = subject(folder, docs=docs, roles=("test",), data={"test": {"path": "test.csv"}})
    assert [file.role for file in made.files] == ["manifest", "data.test", "docs.notes"]


def test_a_missing_dataset_is_an_error_with_the_nearest_name(folder):
    with pytest.raises(DataError, match=r"'tset.csv' of data.test is not there") as error:
        subject(folder, roles=("test",), data={"test": {"path": "tset.csv"}})
    assert error.value.where == "model.yaml:8:11"
    assert error.value.hint == "Did you mean 'test.csv'?"


def test_a_dataset_that_is_a_folder_is_an_error(folder):
    (folder / "parts").mkdir()
    with pytest.raises(DataError, match="is a folder"):
        subject(folder, roles=("test",), data={"test": {"path": "parts"}})


@pytest.mark.parametrize("block", [{"data": {"test": {"path": "../x.csv"}}},
                                   {"docs": {"sections": {"a": {"path": "/etc/passwd"}}}},
                                   {"training": {"script": {"path": "../train.py"}}}])  # fmt: skip
def test_a_path_of_any_block_which_leaves_the_folder_is_an_error_of_the_manifest(folder, block):
    with pytest.raises(ManifestError) as error:
        subject(folder, **block)
    assert error.value.where.startswith("model.yaml:")


def test_the_digest_of_the_subject_does_not_depend_on_what_is_read(folder):
    data = {"test": {"path": "test.csv"}, "train": {"path": "train.csv"}}
    assert subject(folder, data=data).digest == subject(folder, data=data, roles=("test", "train")).digest


def test_the_digest_of_the_subject_changes_with_every_file(folder):
    data = {"test": {"path": "test.csv"}, "train": {"path": "train.csv"}}
    docs = {"sections": {"notes": {"path": "notes.md"}}}
    digests = [subject(folder, data=data, docs=docs).digest]
    for name in ("test.csv", "train.csv", "notes.md"):
        (folder / name).write_text("y\n5\n")
        digests.append(subject(folder, data=data, docs=docs).digest)
    assert len(set(digests)) == 4


@pytest.mark.parametrize(("artefact", "hint"), [
    ({"format": "joblib"}, "digest"),
    ({"format": "joblib", "digest": "right"}, "--trust-model"),
    ({"format": "other"}, "skops"),
])  # fmt: skip
def test_a_model_that_may_not_be_loaded_is_an_error_before_anything_runs(folder, artefact, hint):
    (folder / "model.bin").write_bytes(b"anything")
    if "digest" in artefact:
        artefact = artefact | {"digest": digest(folder / "model.bin")}
    identity = {"id": "m", "name": "M", "version": "1", "artefact": {"path": "model.bin", **artefact}}
    with pytest.raises(DataError) as error:
        subject(folder, identity=identity, needs_model=True)
    assert hint in error.value.hint
    assert subject(folder, identity=identity).manifest.identity.artefact is not None


def test_a_model_whose_digest_differs_is_an_error_when_it_is_to_be_loaded(folder):
    (folder / "model.bin").write_bytes(b"anything")
    artefact = {"path": "model.bin", "format": "skops", "digest": WRONG}
    identity = {"id": "m", "name": "M", "version": "1", "artefact": artefact}
    with pytest.raises(DataError, match="declared sha256:000"):
        subject(folder, identity=identity, needs_model=True)
