import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assay.errors import AssayError, DataError, ManifestError
from assay.subject.from_data import load_data, manifest_from_data
from assay.subject.manifest import load_manifest


@pytest.fixture
def data(tmp_path):
    path = tmp_path / "scored.csv"
    path.write_text("repaid,decision,pd,sex,age\n")
    return path


def made(data, label="repaid=yes", decision="decision=approve", score=None, groups=None):
    return manifest_from_data(data, label=label, decision=decision, score=score, groups=groups)


def test_the_short_form_makes_the_manifest_that_it_says(data):
    manifest, _ = made(data, score="pd", groups="sex,age:25,35,45,60")
    assert manifest.model_dump(mode="json", by_alias=True, exclude_defaults=True) == {
        "assay": "manifest/v1",
        "identity": {"id": "scored", "name": "scored.csv", "version": "unversioned"},
        "data": {"test": {"path": "scored.csv"}},
        "columns": {
            "label": {"column": "repaid", "favourable": "yes"},
            "decision": {"column": "decision", "favourable": "approve"},
            "score": {"column": "pd", "kind": "probability", "of": "yes"},
            "groups": {"sex": {"column": "sex"}, "age": {"column": "age", "edges": [25, 35, 45, 60]}},
        },
    }


def test_a_long_file_name_makes_an_id_that_is_cut(data):
    long = data.rename(data.with_name("x" * 200 + ".csv"))
    assert made(long)[0].identity.id == "x" * 80


def test_what_save_manifest_writes_loads_again_to_the_same_manifest(data):
    manifest, written = made(data, score="pd=no", groups="age:0.5,1.5,sex,height:-1,2")
    (data.parent / "model.yaml").write_bytes(written)
    assert load_manifest(data.parent / "model.yaml").manifest == manifest


@pytest.mark.parametrize(
    ("given", "favourable"),
    [("y=1", 1), ("y=0.5", 0.5), ("y=true", True), ("y=yes", "yes"), ("y=no", "no"), ("y=01", "01"), ("y=a=b", "a=b"),
     ("y= approve ", "approve"), ("y=1e3", 1000.0), ('y="', '"'), ("y=é", "é")],
)  # fmt: skip
def test_values_are_read_as_yaml_reads_them(data, given, favourable):
    column = made(data, label=given)[0].columns.label
    assert (column.favourable, type(column.favourable)) == (favourable, type(favourable))


def test_the_score_speaks_for_the_favourable_level_unless_it_says_otherwise(data):
    assert made(data, label="repaid=1", score="pd")[0].columns.score.of == 1
    assert made(data, score="pd=no")[0].columns.score.of == "no"


def test_a_number_continues_the_edges_of_the_group_before_it(data):
    groups = made(data, groups="age:25,35,sex,income:1000,2000,race")[0].columns.groups
    assert {name: group.edges for name, group in groups.items()} == {
        "age": (25, 35), "sex": None, "income": (1000, 2000), "race": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("options", "what", "hint"),
    [
        ({"label": "repaid"}, "does not say which value is favourable", "--label COLUMN=FAVOURABLE"),
        ({"label": "=yes"}, "says no column", "--label COLUMN=FAVOURABLE"),
        ({"decision": "decision="}, "does not say which value", "decision=approve"),
        ({"label": "y=null"}, '"null" is no value', "Give a text"),
        ({"label": "y=1e999"}, "is no value", "Give a text"),
        ({"label": None, "decision": None}, "needs --label, --decision or both", "--label repaid=yes"),
        ({"label": None, "score": "pd"}, "--score needs --label", "--label"),
        ({"score": ""}, "says no column or level", "--score pd"),
        ({"score": "pd="}, "says no column or level", "--score pd"),
        ({"groups": ""}, "empty name", "--groups sex,age:25,35,45,60"),
        ({"groups": "sex,,age"}, "empty name", "--groups"),
        ({"groups": "sex,25"}, "25 is a number, and no group before it has edges", "age:25,35"),
        ({"groups": "age:"}, 'the edge "" is no number', "--groups"),
        ({"groups": "age:old"}, 'the edge "old" is no number', "--groups"),
        ({"groups": "age:25,35,30"}, "the edges of age do not rise", "--groups"),
        ({"groups": "age:25,25"}, "the edges of age do not rise", "--groups"),
        ({"groups": "sex,sex"}, "names sex twice", "--groups"),
        ({"groups": "sex*age"}, "sex*age is an intersection", "a policy names intersections"),
        ({"groups": "age:012"}, 'the edge "012" cannot be used', "25"),
        ({"label": "a\x7fb=1"}, "the options make no manifest", "model.yaml"),
        ({"label": "a\x00=1"}, "the options make no manifest", "model.yaml"),
        ({"label": "a\ud800=1"}, "the options make no manifest", "model.yaml"),
    ],
)
def test_what_cannot_be_read_is_an_error_with_a_hint(data, options, what, hint):
    with pytest.raises(ManifestError) as caught:
        made(data, **options)
    assert what in caught.value.what
    assert hint in caught.value.hint


def test_a_missing_data_file_names_the_nearest(data):
    with pytest.raises(DataError, match="there is no such data file") as caught:
        made(data.with_name("scord.csv"))
    assert caught.value.hint == "Did you mean `scored.csv`?"
    with pytest.raises(DataError, match="a folder, not a data file") as caught:
        made(data.parent)
    assert "a manifest such as model.yaml" in caught.value.hint


def test_files_that_hold_no_people_are_no_suggestion(tmp_path):
    (tmp_path / "demo.log").write_text("")
    with pytest.raises(DataError) as caught:
        made(tmp_path / "people.csv")
    assert caught.value.hint == "Give a CSV, Parquet or Arrow file, or a manifest such as model.yaml."


def test_a_model_in_the_place_of_the_data_is_told_what_to_do_with_it(tmp_path):
    (tmp_path / "model.skops").write_bytes(b"")
    with pytest.raises(DataError, match="a model, not a table") as caught:
        made(tmp_path / "model.skops")
    assert "assay init --model" in caught.value.hint


def test_a_file_with_an_odd_name_gets_a_usable_id(tmp_path):
    for name, expected in [("2026 scored (final).csv.gz", "2026-scored-final"), ("é.csv", "data"), ("-x.csv", "x")]:
        path = tmp_path / name
        path.write_text("a\n")
        manifest, _ = made(path)
        assert (manifest.identity.id, manifest.data["test"].path) == (expected, name)


option = st.none() | st.text(max_size=20) | st.text(alphabet="ab=:,*1.5 -\"'{}#&!", max_size=20)


@given(option, option, option, option)
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_options_give_a_manifest_that_loads_again_or_an_error_of_ours(data, label, decision, score, groups):
    try:
        loaded = load_data(data, label=label, decision=decision, score=score, groups=groups)
    except AssayError:
        return
    (data.parent / "again.yaml").write_bytes(loaded.source.data)
    assert load_manifest(data.parent / "again.yaml").manifest == loaded.manifest
