"""A starting manifest: what was found is a key, what was not said is a blank that says who asks for it."""

import subprocess

import duckdb
import pytest

import assay
from assay.api import start_manifest
from assay.errors import AssayError, DataError, ManifestError, PolicyError
from assay.policy.packs import packs
from assay.subject.blanks import is_field
from assay.subject.manifest import load_manifest
from assay.subject.paths import digest
from auditing import AT, write_csv

OPTIONS = {"label": "repaid=yes", "decision": "decision=approve", "groups": "sex,age:25,40"}


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "Card lending"
    (made / "docs").mkdir(parents=True)
    people = [(sex, age, repaid, decision, p / 1000, f"client {age}") for p, (sex, age, repaid, decision) in enumerate(
        (sex, age, repaid, decision) for sex in ("f", "m") for age in range(20, 60)
        for repaid in ("yes", "no") for decision in ("approve", "refuse"))]  # fmt: skip
    write_csv(made / "scored.csv", ("sex", "age", "repaid", "decision", "pd", "who"), people)
    (made / "model.skops").write_bytes(b"not really")
    (made / "README.md").write_text("# Card lending\n\n## Limits\n\nOne country.\n")
    (made / "docs" / "use.md").write_text("# Intended use\n\nClients.\n")
    (made / "requirements.txt").write_text("numpy==2.0\n")
    return made


def test_nothing_but_facts_becomes_a_key(folder):
    made = start_manifest(folder, today=AT.date())
    (folder / "model.yaml").write_text(made.text)
    manifest = load_manifest(folder / "model.yaml").manifest
    assert manifest.model_dump(exclude_defaults=True) == {
        "assay": "manifest/v1",
        "identity": {"id": "Card-lending", "name": "Card lending", "version": "0.0.0"},
        "training": {"environment": {"lockfile_digest": digest(folder / "requirements.txt")}},
    }
    assert made.facts == 5
    assert "# Candidates: scored.csv. Give one with --data, and its columns are told.\n  #test:\n" in made.text
    assert "  # Candidates: model.skops.\n  #artefact:\n" in made.text


def test_what_the_options_say_becomes_a_key_and_can_be_audited(folder):
    made = start_manifest(folder, data=folder / "scored.csv", model=folder / "model.skops", **OPTIONS, today=AT.date())
    (folder / "model.yaml").write_text(made.text)
    manifest = load_manifest(folder / "model.yaml").manifest
    assert manifest.identity.artefact.model_dump(exclude_none=True) == {
        "path": "model.skops", "format": "skops", "digest": digest(folder / "model.skops")
    }  # fmt: skip
    assert (manifest.data["test"].rows, manifest.data["test"].digest) == (320, digest(folder / "scored.csv"))
    assert manifest.columns.groups["age"].edges == (25, 40)
    audit = assay.audit(folder / "model.yaml", at=AT).audit
    assert {one.control: one.outcome for one in audit.findings}["GOV-01"] == "fail"
    assert {one.id.split("/")[1] for one in made.standings if one.outcome is None} == {"FAIR-01", "FAIR-02", "DATA-01"}


def test_candidates_are_told_by_their_shape_and_not_chosen(folder):
    text = start_manifest(folder, data=folder / "scored.csv", today=AT.date()).text
    label = text[text.index("# columns.label") : text.index("#label:")]
    flat = " ".join(label.replace("#", " ").split())
    assert '"sex" (f: 160 rows, m: 160 rows)' in flat
    assert '"repaid" (no: 160 rows, yes: 160 rows)' in flat
    score = text[text.index("# columns.score") : text.index("#score:")]
    assert '"pd"' in score
    assert '"age"' not in score
    groups = text[text.index("# columns.groups") : text.index("#groups:")]
    assert '"age"' in groups
    assert "columns:" not in [line for line in text.splitlines() if not line.lstrip().startswith("#")]


def test_a_value_that_few_people_hold_is_not_written_down(tmp_path):
    write_csv(tmp_path / "d.csv", ("illness",), [("common",)] * 90 + [("rare",)] * 4)
    text = start_manifest(tmp_path, data=tmp_path / "d.csv", today=AT.date()).text
    assert '"illness" (2 different values)' in text
    assert "rare" not in text


def test_a_blank_says_which_control_asks_for_it(folder):
    text = start_manifest(folder, today=AT.date()).text
    assert "  # owners.business: Who answers for the model and its use." in text
    assert (
        "  # Asked by baseline GOV-01: Somebody answers for the model, and its intended use is written down\n" in text
    )


def test_the_missing_fields_name_their_controls(folder):
    made = start_manifest(folder, today=AT.date())
    assert {one.id for one in made.missing["owners.business"]} == {"baseline/GOV-01"}
    assert "columns.decision" not in made.missing, "a control that does not apply misses nothing"


def test_a_heading_that_bears_the_name_of_a_section_is_offered(folder, tmp_path):
    policy = tmp_path / "policy.yaml"
    policy.write_text("""\
assay: policy/v1
id: papers
version: 1.0.0
title: Papers
controls:
  - {id: D-1, title: The limits are written down, require: {field: docs.sections.limits, is: present}}
  - {id: D-2, title: The use is written down, require: {field: docs.sections.intended_use, is: present}}
  - {id: D-3, title: The costs are written down, require: {field: docs.sections.costs, is: present}}
""")
    text = start_manifest(folder, policies=[policy], today=AT.date()).text
    assert '    #limits: {path: "README.md", anchor: "limits"}\n' in text
    assert '    #intended_use: {path: "docs/use.md", anchor: "intended-use"}\n' in text
    assert "    #costs:\n" in text
    assert load_text(tmp_path, text).docs is None


def load_text(folder, text):
    (folder / "written.yaml").write_text(text)
    return load_manifest(folder / "written.yaml").manifest


def test_the_checkout_is_told(folder):
    for arguments in (["init", "-q"], ["add", "."], ["-c", "user.name=t", "-c", "user.email=t@t", "commit", "-qm", "x"],
                      ["remote", "add", "origin", "https://jo:secret@code.example/m.git"]):  # fmt: skip
        subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True)
    text = start_manifest(folder, today=AT.date()).text
    source = load_text(folder, text).lineage.source
    assert (source.repo, source.dirty, len(source.commit)) == ("https://code.example/m.git", False, 40)
    assert "secret" not in text


def test_several_lock_files_are_candidates(folder):
    (folder / "uv.lock").write_text("x")
    text = start_manifest(folder, today=AT.date()).text
    assert load_text(folder, text).training is None
    assert f"Candidate: uv.lock, {digest(folder / 'uv.lock')}" in " ".join(text.replace("#", " ").split())


def test_hostile_columns_are_told_without_harm(tmp_path):
    nasty = ["a: b\n#c", '"q"', "<script>", "x" * 500, "\u202egnp", "ok"]
    columns = ", ".join('{} AS "{}"'.format(i % 2, name.replace('"', '""')) for i, name in enumerate(nasty))
    duckdb.connect().execute(f"COPY (SELECT {columns} FROM range(9)) TO '{tmp_path / 'd.parquet'}' (FORMAT parquet)")
    text = start_manifest(tmp_path, data=tmp_path / "d.parquet", today=AT.date(), decision="ok=1").text
    manifest = load_text(tmp_path, text)
    assert manifest.columns.decision.column == "ok"
    assert "\u202e" not in text
    assert "1 have a name with characters" in text


def test_two_thousand_columns_make_a_short_manifest(tmp_path):
    header = [f"column_{i}" for i in range(2000)]
    write_csv(tmp_path / "d.csv", header, [[(i + row) % 2 for i in range(2000)] for row in range(12)])
    text = start_manifest(tmp_path, data=tmp_path / "d.csv", today=AT.date()).text
    assert "and 1900 more" in text
    assert "and 1970 more" in text
    assert len(text) < 20_000


@pytest.mark.parametrize(
    ("options", "error", "told"),
    [
        ({"label": "repayed=yes"}, DataError, "no column 'repayed'"),
        ({"label": "repaid=ja"}, DataError, "no row holds 'ja'"),
        ({"groups": "sexx"}, DataError, "Did you mean `sex`"),
        ({"score": "pd"}, ManifestError, "--score needs --label"),
        ({"data": None, "label": "repaid=yes"}, ManifestError, "there is no --data"),
        ({"data": "nowhere.csv"}, DataError, "no such file"),
        ({"data": "../elsewhere.csv"}, ManifestError, "does not lie below"),
        ({"model": "docs"}, DataError, "no such file"),
        ({"policies": ["no-such-pack"]}, PolicyError, "no-such-pack"),
    ],
)
def test_what_cannot_be_used_is_told(folder, options, error, told):
    (folder.parent / "elsewhere.csv").write_text("a\n1\n")
    given = {"data": "scored.csv", **options}
    paths = {key: folder / given[key] for key in ("data", "model") if given.get(key)}
    with pytest.raises(error, match=told):
        start_manifest(folder, today=AT.date(), **{**given, **paths})


@pytest.mark.parametrize("pack", packs())
def test_every_blank_of_a_pack_is_a_field_and_the_text_loads(folder, pack):
    made = start_manifest(folder, policies=[pack], today=AT.date().replace(month=11, day=20))
    assert load_text(folder, made.text)
    assert made.missing
    assert [path for path in made.missing if not is_field(path)] == []
    before = ""
    for line in made.text.splitlines():
        if line.lstrip().startswith("#") and not line.lstrip().startswith("# "):
            assert before.lstrip().startswith("# ") or before.endswith(":") or not before, line
            assert line.endswith((":", "}"))
        before = line
        assert line.isprintable()
        assert len(line) <= 120


def test_what_has_to_stand_beside_a_blank_is_a_blank_too(tmp_path):
    policy = tmp_path / "policy.yaml"
    policy.write_text("""\
assay: policy/v1
id: p
version: 1.0.0
title: P
controls:
  - {id: D-1, title: The model has a digest, require: {field: identity.artefact.digest, is: present}}
""")
    text = start_manifest(tmp_path, policies=[policy], today=AT.date()).text
    artefact = text[text.index("#artefact:") : text.index("#owners:")]
    assert [line.strip() for line in artefact.splitlines() if ": " not in line and "# " not in line] == [
        "#artefact:", "#path:", "#digest:", ""
    ]  # fmt: skip


def test_an_empty_folder_has_a_manifest_too(tmp_path):
    made = start_manifest(tmp_path, today=AT.date())
    assert load_text(tmp_path, made.text).identity.version == "0.0.0"


def test_a_folder_that_is_not_there_is_told(tmp_path):
    with pytest.raises(AssayError, match="cannot be read"):
        start_manifest(tmp_path / "nowhere", today=AT.date())


def test_a_blank_without_explanation_is_not_written(tmp_path):
    lines = start_manifest(tmp_path, today=AT.date()).text.splitlines()

    def depth(line):
        return len(line) - len(line.lstrip())

    pairs = zip(lines, [*lines[1:], ""], ["", *lines], strict=False)
    leaves = [(line, above) for line, below, above in pairs if line.endswith(":") and depth(below) <= depth(line)]
    assert len(leaves) > 5
    assert [line for line, above in leaves if not above.lstrip().startswith("# ")] == []
