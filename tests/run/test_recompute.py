"""A bundle's estimates computed again from its evidence: the same, or told where not."""

import json
import random

import pytest

from assay.attest.canonical import canonical
from assay.record.audit import Audit
from assay.run import evidence_again as limits
from assay.run import recompute as module
from assay.run.recompute import recompute
from auditing import write_csv
from recorded import control, recorded

HEADER = ("g", "region", "decision", "y", "p", "x", "c")
COLUMNS = {
    "label": {"column": "y", "favourable": 1},
    "decision": {"column": "decision", "favourable": "yes"},
    "score": {"column": "p", "kind": "probability", "of": 1},
    "groups": {"g": {"column": "g"}, "region": {"column": "region"}},
}
FEATURES = [{"name": "x", "dtype": "number"}, {"name": "c", "dtype": "category"}]
NORTH = {"where": {"field": "region", "equals": "=north"}}
CONTROLS = {
    "RATIO": ("fairness.impact_ratio", {"at_least": 0.5}, {"groups": ["g", "region", "g*region"]}),
    "NORTH": ("fairness.impact_ratio", {"at_least": 0.5}, {"groups": ["g"], "missing": "group", **NORTH}),
    "EQUAL": ("fairness.equal_opportunity", {"at_most": 0.4}, {}),
    "AUC": ("performance.auc", {"at_least": 0.5}, {}),
    "CALIBRATED": ("performance.calibration", {"reported": True}, NORTH),
    "GAP": ("performance.train_test_gap", {"at_most": 0.2}, {}),
    "DRIFT": ("data.drift", {"at_most": 0.5}, {"bins": 4}),
    "SHIFT": ("data.distribution_shift", {"at_most": 0.5}, {}),
    "NEW": ("data.new_categories", {"at_most": 0.5}, {}),
    "SCHEMA": ("data.schema", {"at_most": 0.5}, {}),
    "TOLD": ("data.domain_classifier", {"at_most": 0.9}, {}),
    "MISSING": ("data.missing", {"at_most": 0.5}, {}),
    "OVERLAP": ("data.overlap", {"at_most": 0.5, "estimate": "share_of_shared_rows"}, {}),
    "DIGESTS": ("governance.digests", {"at_least": 1, "estimate": "share_of_matching_files"}, {"require": "all"}),
    "PAPERS": ("governance.documents", {"at_least": 1, "estimate": "share_of_complete_sections"}, {}),
    "NONE": ("data.drift", {"at_most": 0.5}, {"against": "production"}),
}


def people(n, seed):
    """Rows with hostile labels, gaps, ties and both outcomes in every group."""
    draw = random.Random(seed)
    for _ in range(n):
        p = draw.choice([0.1, 0.25, 0.4, 0.6, 0.8])
        yield (
            draw.choice(["a", "'b", ""]), draw.choice(["=north", "so, uth"]), draw.choice(["yes", "yes", "no"]),
            int(draw.random() < p), p, draw.choice(["", *range(12)]), draw.choice(["k", "-m", "\u202ez"]),
        )  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """An audit with a control of every kind of check that needs no model, as it is written, and its tables."""
    folder = tmp_path_factory.mktemp("recompute")
    for role, seed in (("test", 1), ("train", 2)):
        write_csv(folder / f"{role}.csv", HEADER, people(400, seed))
    (folder / "use.md").write_text("# Use\n\n" + "word " * 60)
    controls = [control(name, *asked) for name, asked in CONTROLS.items()]
    data = {role: {"path": f"{role}.csv"} for role in ("test", "train")}
    docs = {"sections": {"use": {"path": "use.md"}, "limits": {"path": "lost.md"}}}
    return recorded(folder, controls, columns=COLUMNS, data=data, features=FEATURES, docs=docs)


def finding(audit, control):
    return next(one for one in audit.findings if one.control == control)


def changed(audit, change, *controls):
    """The record with something else in the findings of these controls, or of all."""
    tree = json.loads(canonical(audit))
    for one in tree["findings"]:
        if not controls or one["control"] in controls:
            change(one)
    return Audit.model_validate_json(json.dumps(tree))


def with_manifest(files, tree):
    return {**files, "policy/model.yaml": json.dumps(tree).encode()}


def test_every_estimate_is_computed_again_to_the_same(made):
    audit, tables = made
    found = recompute(audit, tables)
    assert found.differences == ()
    assert found.left_out == ()
    assert found.recomputed == sum(len(one.measured.estimates) for one in audit.findings) > 30
    assert found.controls == len(CONTROLS) - 1
    assert audit.second_computation.agrees


def test_the_record_says_of_each_table_what_it_answers(made):
    where = ' where {"equals": "=north", "field": "region"}'
    assert {file.path.removeprefix("evidence/"): file.role for file in made[0].evidence} == {
        "cells-test.csv": "cells of test",
        "cells-test-2.csv": "cells of test" + where,
        "scores-test.csv": "scores of test",
        "scores-test-2.csv": "scores of test" + where,
        "scores-train.csv": "scores of train",
        "profile-test.csv": "profile of test in 1 bin",
        "profile-test-train.csv": "profile of test against train in 4 bins",
        "distributions-test-train.csv": "distributions of test beside train",
        "code-book-test.csv": "what test holds beside what the manifest says of each feature",
        "proxies-test-train.csv": "10000 rows of test and train told apart by inputs",
        "shared-rows-test-train.csv": "rows of test that stand in train",
        "papers.csv": "papers",
    }


@pytest.mark.parametrize(
    ("table", "controls"),
    [
        ("cells-test", {"RATIO", "EQUAL"}), ("cells-test-2", {"NORTH"}), ("scores-test", {"AUC", "GAP"}),
        ("scores-test-2", {"CALIBRATED"}), ("scores-train", {"GAP"}), ("shared-rows-test-train", {"OVERLAP"}),
    ],
)  # fmt: skip
def test_one_count_more_in_a_table_is_found_in_every_control_that_reads_it(made, table, controls):
    audit, tables = made
    name = f"evidence/{table}.csv"
    lines = tables[name].decode().split("\n")
    counted = [line for line in range(1, len(lines)) if any(cell.isdigit() for cell in lines[line].split(","))]
    place = next((line for line in counted if lines[line].startswith("favourable,favourable")), counted[-1])
    cells = lines[place].split(",")
    at = next(i for i in range(len(cells) - 1, -1, -1) if cells[i].isdigit())
    cells[at] = str(int(cells[at]) + 1)
    lines[place] = ",".join(cells)
    found = recompute(audit, {**tables, name: "\n".join(lines).encode()}).differences
    named = {one.split(":")[0] for one in found if not one.startswith("the second computation")}
    assert named == {f"p/{control}" for control in controls}


def test_the_difference_names_the_control_the_estimate_and_both_numbers(made):
    audit, tables = made
    name = "evidence/shared-rows-test-train.csv"
    value = finding(audit, "OVERLAP").measured.estimates[0]
    other = tables[name].replace(b"400,400,%d" % value.numerator, b"400,400,1")
    found = recompute(audit, {**tables, name: other}).differences
    assert f"p/OVERLAP: share_of_shared_rows is recorded as {value.value!r}, the evidence gives 0.0025" in found
    assert f"p/OVERLAP: shared_rows is recorded as {float(value.numerator)}, the evidence gives 1.0" in found


@pytest.mark.parametrize("by", [1e-9, 0.01])
def test_an_estimate_that_was_changed_in_the_record_is_found(made, by):
    audit, tables = made
    value = finding(audit, "AUC").measured.estimates[0].value

    def raise_it(one):
        one["measured"]["estimates"][0]["value"] += by

    found = recompute(changed(audit, raise_it, "AUC"), tables).differences
    assert found == (f"p/AUC: auc is recorded as {value + by!r}, the evidence gives {value!r}",)


def test_the_last_digit_of_a_number_that_is_no_count_is_the_machines(made):
    audit, tables = made

    def nudge(one):
        one["measured"]["estimates"][0]["value"] *= 1 + 1e-14

    assert recompute(changed(audit, nudge, "AUC"), tables).differences == ()


@pytest.mark.parametrize(
    ("control", "change", "told"),
    [
        ("RATIO", lambda one: one["measured"]["estimates"].pop(), "is not recorded, and the evidence gives it"),
        ("AUC", lambda one: one["measured"]["estimates"].append(dict(one["measured"]["estimates"][0], name="more")),
         "more is recorded, and the evidence gives no such estimate"),
        ("AUC", lambda one: one["measured"]["estimates"][0]["interval"].update(low=0.9), "low of its interval"),
        ("AUC", lambda one: one["measured"]["exhibits"][0]["rows"][1].__setitem__(1, 0.999), "roc: y in line 2"),
        ("AUC", lambda one: one["measured"]["exhibits"][0]["rows"].pop(), "the number of its lines"),
        ("AUC", lambda one: one["measured"]["exhibits"].pop(), "the names of the exhibits"),
        ("RATIO", lambda one: one["measured"]["estimates"].reverse(), "in another order"),
        ("RATIO", lambda one: one["measured"]["estimates"][0].update(n=1), "its n is recorded as 1"),
        ("AUC", lambda one: one["measured"].update(unlabelled=0.01), "`unlabelled` is recorded as 0.01"),
        ("RATIO", lambda one: one["measured"]["unknown"].update(g=0.0), "`unknown` is recorded as"),
        ("MISSING", lambda one: one["measured"].update(notes=["Nothing to see here."]), "`notes`"),
        ("NONE", lambda one: one["measured"].update(missing=[]), "`missing`"),
        ("AUC", lambda one: one["check"].update(docstring="Better than chance."), "is not the one that the check"),
        ("AUC", lambda one: one["check"]["parameters"].update(data="moon"), "has no such parameters: data"),
        ("AUC", lambda one: one["check"]["parameters"].update(more=1), "has no such parameters: more"),
        ("DRIFT", lambda one: one["check"]["parameters"].pop("bins"), "does not write its parameters so"),
        ("DRIFT", lambda one: one["check"]["parameters"].update(bins=5), "does not answer what it asks: profile of"),
        ("AUC", lambda one: one["check"]["parameters"].update(data="train"), "is recorded as"),
        ("AUC", lambda one: one.update(criteria=[]), "no criterion"),
        ("AUC", lambda one: one.update(check=None), "auc is recorded, and the evidence gives no such estimate"),
        ("AUC", lambda one: one.update(applicability={"sentence": "no", "result": False}), "gives no such estimate"),
    ],
)  # fmt: skip
def test_whatever_else_was_changed_in_the_record_is_found(made, control, change, told):
    audit, tables = made
    found = recompute(changed(audit, change, control), tables)
    assert found.left_out == ()
    assert [one for one in found.differences if one.startswith(f"p/{control}: ") and told in one]


def test_a_control_whose_confidence_was_changed_has_other_intervals(made):
    audit, tables = made
    found = recompute(changed(audit, lambda one: one["criteria"][0].update(confidence=0.8), "AUC"), tables)
    assert "low of its interval is recorded" in found.differences[0]


@pytest.mark.parametrize(
    ("control", "change", "told", "unanswered"),
    [
        ("AUC", lambda one: one["check"].update(id="mine.own"), "the check mine.own is not installed here", True),
        ("AUC", lambda one: one.update(outcome="error", error="ValueError: no"), "its check raised an error", False),
    ],
)
def test_what_cannot_be_computed_again_is_told_and_the_rest_is(made, control, change, told, unanswered):
    audit, tables = made
    found = recompute(changed(audit, change, control), tables)
    assert found.left_out == (f"p/{control}: {told}",)
    assert (found.differences, found.controls) == ((), len(CONTROLS) - 2)
    assert found.unanswered == ((f"p/{control}",) if unanswered else ())


def test_a_check_of_another_version_is_told_and_under_the_same_assay_it_is_a_contradiction(made):
    audit, tables = made
    same = changed(audit, lambda one: one["check"].update(version=7), "AUC")
    told = "p/AUC: made by version 7 of performance.auc, here is version 2"
    found = recompute(same, tables)
    assert (found.differences, found.left_out) == ((f"{told}, and this is the assay that the record names",), ())
    assert found.unanswered == ()
    other = same.model_copy(update={"versions": {**same.versions, "assay": "0.0.1"}})
    for found in (recompute(other, tables), recompute(same, tables, elsewhere=True)):
        assert (found.differences, found.left_out, found.unanswered) == ((), (told,), ("p/AUC",))


@pytest.mark.parametrize(
    ("control", "change", "told"),
    [
        ("AUC", lambda one: one["check"]["parameters"].update(more=1), "performance.auc has no such parameters: more"),
        ("DRIFT", lambda one: one["check"]["parameters"].pop("bins"), "data.drift does not write its parameters so"),
    ],
)
def test_parameters_of_another_build_that_a_shipped_check_does_not_know_leave_its_control_unanswered(
    made, control, change, told
):
    audit, tables = made
    found = recompute(changed(audit, change, control), tables, elsewhere=True)
    assert (found.differences, found.unanswered) == ((), (f"p/{control}",))
    (left_out,) = found.left_out
    assert left_out.startswith(f"p/{control}: {told}")


def test_attributions_cannot_be_computed_again_since_rows_never_enter_a_bundle(made):
    audit, tables = made
    tree, manifest = json.loads(canonical(audit)), json.loads(tables["policy/model.yaml"])
    for one in (tree["manifest"], manifest):
        one["identity"]["artefact"] = {"path": "m.skops", "format": "skops"}
    audit, tables = Audit.model_validate_json(json.dumps(tree)), with_manifest(tables, manifest)
    check = {"id": "explainability.additivity", "version": 1, "parameters": {"rows": 50, "data": "test"}}
    check["parameters"]["background"] = "train"

    def explain(one):
        one["check"] = {**check, "docstring": module.find("explainability.additivity").docstring}

    found = recompute(changed(audit, explain, "AUC"), tables)
    assert found.left_out == ("p/AUC: rows and their attributions never enter a bundle",)
    assert found.differences == ()


def test_the_second_computation_is_compared_too(made):
    audit, tables = made
    tree = json.loads(canonical(audit))
    tree["second_computation"]["compared"] += 1
    forged = Audit.model_validate_json(json.dumps(tree))
    (found,) = recompute(forged, tables).differences
    assert found.startswith("the second computation is recorded as")
    without = changed(forged, lambda one: one["check"].update(id="mine.own"), "AUC")
    assert recompute(without, tables).differences == (found,)  # what is left out has no group metric


def test_a_second_computation_by_another_version_is_told_and_not_held_against_the_record(made):
    audit, tables = made
    tree = json.loads(canonical(audit))
    tree["second_computation"] |= {"version": "0.0.1", "compared": 1}
    found = recompute(Audit.model_validate_json(json.dumps(tree)), tables)
    assert found.differences == ()
    (told,) = found.left_out
    assert told.startswith("the second computation: made by version 0.0.1 of fairlearn, here is version ")


def test_a_record_of_an_earlier_version_is_not_computed_again_and_says_so(made):
    audit, tables = made
    tree = json.loads(canonical(audit))
    for one in tree["evidence"]:
        one["role"] = "evidence"
    ours = recompute(Audit.model_validate_json(json.dumps(tree)), tables)
    assert ours.differences[0].endswith("and this version of assay always says it")
    tree["versions"]["assay"] = "0.0.1"
    found = recompute(Audit.model_validate_json(json.dumps(tree)), tables)
    assert (found.differences, found.recomputed) == ((), 0)
    assert "does not say which question each table" in found.left_out[0]


def test_a_table_that_is_lost_broken_or_there_twice_is_told(made):
    audit, tables = made
    name = "evidence/scores-train.csv"
    lost = recompute(audit, {path: data for path, data in tables.items() if path != name})
    assert lost.differences == ("p/GAP: its evidence evidence/scores-train.csv is not there or too large",)
    broken = recompute(audit, {**tables, name: b"\xff"})
    assert broken.differences[0].startswith(
        "p/GAP: its evidence evidence/scores-train.csv cannot be read: it is no CSV"
    )
    tree = json.loads(canonical(audit))
    tree["evidence"].append({**next(one for one in tree["evidence"] if one["path"] == name), "path": "evidence/b.csv"})
    twice = recompute(Audit.model_validate_json(json.dumps(tree)), {**tables, "evidence/b.csv": tables[name]})
    assert twice.differences == ("p/GAP: there are two tables for the same: scores of train",)


def test_tables_that_were_exchanged_do_not_pass_for_each_other(made):
    audit, tables = made
    one, other = "evidence/scores-test.csv", "evidence/scores-train.csv"
    found = recompute(audit, {**tables, one: tables[other], other: tables[one]}).differences
    assert {"p/AUC: auc", "p/GAP: auc_gap"} <= {told.split(" is recorded")[0] for told in found}


def test_another_manifest_than_the_one_of_the_record_is_refused_in_one_sentence(made):
    audit, files = made
    tree = json.loads(canonical(audit))["manifest"]
    other = {**tree, "identity": {**tree["identity"], "version": "2"}}
    for manifest, told in (
        (other, "policy/model.yaml is not the manifest that the record holds"),
        ({**tree, "data": {"moon": 1}}, "policy/model.yaml cannot be read: policy/model.yaml:1:"),
    ):
        (found,) = recompute(audit, with_manifest(files, manifest)).differences
        assert found.startswith(told)
    (found,) = recompute(audit, {name: data for name, data in files.items() if "model" not in name}).differences
    assert found == "policy/model.yaml is not there or too large"


def test_counts_that_nobody_can_have_counted_end_in_a_sentence(made):
    audit, tables = made
    name = "evidence/cells-test.csv"
    lines = tables[name].decode().split("\n")
    lines[1] = ",".join([*lines[1].split(",")[:-1], str(2**53 - 10_000)])
    found = recompute(audit, {**tables, name: "\n".join(lines).encode()})
    assert all(len(one) < 700 for one in found.differences)
    assert found.differences


def test_groups_without_end_are_not_compared(made):
    audit, tables = made
    name = "evidence/cells-test-2.csv"
    rows = "".join(f"favourable,{i:07d},40\n" for i in range(2000))
    found = recompute(audit, {**tables, name: f"decision,group:g,n\n{rows}".encode()})
    assert found.left_out == (
        "p/NORTH: 2000 groups of g are more than are compared again",
        "the second computation: it compares the groups of p/NORTH",
    )


def test_work_has_an_end(made, monkeypatch):
    audit, tables = made
    monkeypatch.setattr(limits, "MOST_WORK", 10_000)
    found = recompute(audit, tables)
    assert found.differences == ()
    assert len(found.left_out) > 5
    *controls, second = found.left_out
    assert all(one.endswith("computing all controls again takes more work than is done") for one in controls)
    assert second.startswith("the second computation: it compares the groups of")


def test_foreign_text_in_a_difference_is_harmless(made):
    audit, tables = made
    found = recompute(
        changed(audit, lambda one: one["measured"].update(notes=["\x1b[2J\u202e" + "x" * 9999]), "AUC"), tables
    ).differences
    assert len(found[0]) < 700
    assert found[0].isprintable()
