import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from assay.errors import AssayError, PolicyError, Problems
from assay.policy.catalogue import load_citations
from assay.policy.load import load_policy
from assay.verdict.conditions import evaluate

TODAY = date(2026, 3, 31)

ROOT = Path(__file__).parents[2]
PACKS = ROOT / "policies"

POLICY = """\
assay: policy/v1
id: house
version: 1.0.0
title: House rules
applies_to: {field: risk.tier, in: [high, critical]}
parameters:
  floor: {type: number, default: 0.85, minimum: 0.80}
  rows: {type: integer, default: 500}
controls:
  - id: FAIR-01
    title: Four fifths
    cites: [{ref: us-ugesp/1607.4(D)}, {ref: framework/S17}]
    when: {field: columns.decision, is: present}
    check: fairness.impact_ratio
    with: {groups: [sex, sex*age_band], reference: highest}
    criterion: {at_least: $floor, source: convention}
  - id: DOC-01
    title: The validator is not the developer
    require: {field: owners.validator, disjoint_from: {field: owners.developer}}
  - id: EXPL-01
    title: Adds up
    check: explainability.additivity
    with: {rows: $rows}
    criterion: {at_most: 0.01, source: house}
"""


def load(tmp_path, text, **files):
    for name, content in files.items():
        (tmp_path / name.replace("_yaml", ".yaml")).write_text(content)
    (tmp_path / "policy.yaml").write_text(text)
    return load_policy(tmp_path / "policy.yaml")


def told(tmp_path, text, **files):
    """Errors as (line:column, what, hint)."""
    with pytest.raises(AssayError) as caught:
        load(tmp_path, text, **files)
    found = caught.value.problems if isinstance(caught.value, Problems) else [caught.value]
    start = f"{tmp_path / 'policy.yaml'}:"
    assert all(problem.where.startswith(start) for problem in found)
    return [(problem.where.removeprefix(start), problem.what, problem.hint) for problem in found]


def changed(before, after):
    """The policy with one text replaced; the place of § in `after` as line:column."""
    assert POLICY.count(before) == 1
    text = POLICY.replace(before, after)
    line, rest = next((i, line) for i, line in enumerate(text.splitlines(), 1) if "§" in line)
    return text.replace("§", ""), f"{line}:{rest.index('§') + 1}"


def test_a_policy_loads_with_parameters_citations_and_checked_parameters_of_checks(tmp_path):
    loaded = load(tmp_path, POLICY)
    fair, doc, explain = loaded.policy.controls
    assert fair.criteria[0].at_least == 0.85
    assert loaded.parameters(fair).groups == ("sex", "sex*age_band")
    assert loaded.parameters(explain).rows == 500
    assert doc.check is None
    assert loaded.citations["us-ugesp/1607.4(D)"].startswith("Uniform Guidelines on Employee Selection Procedures (29")
    assert "four-fifths" in loaded.citations["us-ugesp/1607.4(D)"]
    assert loaded.place("DOC-01") == "policy.yaml:17"
    assert loaded.source.place(("controls", 0, "check")) == "policy.yaml:14:12"
    assert loaded.digest.startswith("sha256:")
    assert len(loaded.digest) == 71


@pytest.mark.parametrize(
    ("before", "after", "what", "hint"),
    [
        ("title: Four fifths", "§sevrity: high\n    title: x", "unknown key `sevrity`",
         "Did you mean `severity`?"),
        ("check: fairness.impact_ratio", "check: §fairness.impact-ratio", "", "fairness.impact_ratio"),
        ("check: fairness.impact_ratio", "check: §fairness.impact_ration", "unknown check `fairness.impact_ration`",
         "Did you mean `fairness.impact_ratio`?"),
        ("reference: highest", "§refrence: highest", "unknown key `refrence`", "Did you mean `reference`?"),
        ("reference: highest", "reference: §3", "`reference`: expected text, found the number 3", '"3"'),
        ("groups: [sex, sex*age_band]", "groups: §declred", '`groups` cannot be "declred"', "Did you mean `declared`?"),
        ("reference: highest", "data: §tset", '`data` cannot be "tset"', "Did you mean `test`?"),
        ("at_least: $floor", "at_least: §$flor", "unknown parameter `$flor`", "Did you mean `$floor`?"),
        ("rows: $rows", "rows: §$Rows", "unknown parameter `$Rows`", "Did you mean `$rows`?"),
        ("{type: integer, default: 500}", "§{type: integer, default: 500.5}", "500.5 is no whole number", ""),
        ("ref: us-ugesp/1607.4(D)", "ref: §us-ugesp/1607.4(d)", "unknown citation `us-ugesp/1607.4(d)`",
         "Did you mean `us-ugesp/1607.4(D)`?"),
        ("ref: framework/S17", "ref: §framewrok/S17", "unknown citation", "Did you mean `framework`?"),
        ("field: columns.decision", "field: §columns.decison", "the manifest has no field `columns.decison`",
         "Did you mean `columns.decision`?"),
        ("{field: owners.developer}", "{field: §owners.developr}", "the manifest has no field `owners.developr`",
         "Did you mean `owners.developer`?"),
        ("field: risk.tier", "field: §rsk.tier", "the manifest has no field `rsk`", "Did you mean `risk`?"),
        ("[high, critical]", "[high, §critcal]", '`risk.tier` is never "critcal"', "Did you mean `critical`?"),
        ("in: [high, critical]", "equals: §3", "`risk.tier` is never the number 3", "It is text."),
        ("in: [high, critical]", "in: §high", "`in` takes a list", "in: [a, b]"),
        ("in: [high, critical]", "in: §[]", "`in` has an empty list", ""),
        ("in: [high, critical]", "§im: [high]", "unknown key `im`", "Known here: above, after, all"),
        ("field: owners.validator", "field: §owners.validator.id", "`owners.validator` is a list: a path ends there",
         "field: owners.validator"),
        ("field: risk.tier", "field: §risk.tier.x", "`risk.tier` has no parts", ""),
        ("source: convention", "source: §law", '`source` cannot be "law"', "Known here: convention, guidance"),
        (", source: convention", "§", "`source` is missing", ""),
    ],
)  # fmt: skip
def test_each_fault_is_told_with_line_column_and_nearest_name(tmp_path, before, after, what, hint):
    text, place = changed(before, after)
    found = told(tmp_path, text)
    said = [problem for problem in found if what in problem[1] and hint in problem[2]]
    assert said, found
    if after != "§":
        assert said[0][0] == place
        assert len(found) == (2 if "500.5" in after else 1)


def test_all_faults_of_a_policy_are_told_at_once_in_the_order_of_its_lines(tmp_path):
    text = (
        POLICY.replace("risk.tier", "risk.teir")
        .replace("title: Four fifths", "titel: Four fifths")
        .replace("framework/S17", "framework/S999")
        .replace("$floor", "$flor")
        .replace("highest", "[1]")
        .replace("explainability.additivity", "explainability.aditivity")
    )
    assert [(where, what) for where, what, _ in told(tmp_path, text)] == [
        ("5:21", "the manifest has no field `risk.teir`"),
        ("10:5", "`title` is missing"),
        ("11:5", "unknown key `titel`"),
        ("12:46", "unknown citation `framework/S999`"),
        ("15:52", "`reference`: expected text, found a list"),
        ("16:27", "unknown parameter `$flor`"),
        ("22:12", "unknown check `explainability.aditivity`"),
    ]


@pytest.mark.parametrize("field", ["data.test.digest", "docs.sections.anything.reviewed", "identity.labels.team",
                                   "training.hyperparameters.depth", "lifecycle.dates.approved"])  # fmt: skip
def test_fields_below_mappings_with_free_keys_are_valid(tmp_path, field):
    assert load(tmp_path, POLICY.replace("field: columns.decision", f"field: {field}"))


@pytest.mark.parametrize(("field", "hint"), [("data.tset.path", "`data.test`"), ("docs.sections.x.pth", "x.path")])
def test_a_role_or_a_part_that_does_not_exist_is_an_error(tmp_path, field, hint):
    ((where, what, hinted),) = told(tmp_path, POLICY.replace("field: columns.decision", f"field: {field}"))
    assert where == "13:19"
    assert "the manifest has no field" in what
    assert hint in hinted


@pytest.mark.parametrize(
    ("operator", "what"),
    [
        ("at_least: 2026-13-01", 'is never the text "2026-13-01"'),
        ("at_least: 20260101", "is never the number 20260101"),
        ("equals: true", "is never true"),
    ],
)
def test_a_day_is_compared_with_days_only(tmp_path, operator, what):
    text = POLICY.replace("columns.decision, is: present", f"lifecycle.dates.approved, {operator}")
    ((_, said, hint),) = told(tmp_path, text)
    assert what in said
    assert hint == "It is a day such as 2026-03-31."


def test_conditions_on_people_take_their_ids(tmp_path):
    text = POLICY.replace("disjoint_from: {field: owners.developer}", "disjoint_from: [ann, bob]")
    assert load(tmp_path, text)
    assert "is never the number 3" in told(tmp_path, text.replace("bob", "3"))[0][1]


def test_a_policy_may_cite_the_catalogue_beside_it(tmp_path):
    catalogue = (
        "assay: catalogue/v1\ninstruments:\n"
        "  - {id: bank, title: Rulebook, edition: '2026', verified_on: 2026-01-05, places: {'4.2': Ask twice.}}\n"
    )
    loaded = load(tmp_path, POLICY.replace("framework/S17", "bank/4.2"), catalogue_yaml=catalogue)
    assert loaded.citations["bank/4.2"] == "Rulebook (2026): Ask twice."


def test_nobody_may_reword_a_shipped_instrument(tmp_path):
    catalogue = (
        "assay: catalogue/v1\ninstruments:\n"
        "  - {id: us-ugesp, title: x, edition: x, places: {1607.4(D): anything goes}}\n"
    )
    with pytest.raises(PolicyError, match="`us-ugesp` is in another catalogue already") as caught:
        load(tmp_path, POLICY, catalogue_yaml=catalogue)
    assert caught.value.where.endswith("catalogue.yaml:3:10")


def test_a_copy_of_a_shipped_pack_can_be_loaded_by_its_path(tmp_path):
    shutil.copytree(PACKS / "baseline", tmp_path / "baseline")
    assert load_policy(tmp_path / "baseline").digest == load_policy("baseline").digest


def test_words_that_nobody_compared_with_the_original_say_so():
    assert load_citations().words("us-ugesp/1607.4(D)").endswith("[not yet compared with the original]")


def test_every_row_of_the_framework_can_be_cited():
    known = load_citations()
    assert all(known.words(f"framework/S{row}") for row in range(1, 179))
    assert known.words("framework/S179") is None


def test_a_missing_policy_and_an_unknown_pack_name_the_nearest(tmp_path):
    with pytest.raises(PolicyError, match="there is no pack `basline`") as caught:
        load_policy("basline")
    assert "Did you mean `baseline`?" in caught.value.hint
    (tmp_path / "policy.yaml").write_text(POLICY)
    with pytest.raises(PolicyError, match="there is no such file") as missing:
        load_policy(tmp_path / "polcy.yaml")
    assert missing.value.hint == "Did you mean `policy.yaml`?"
    assert load_policy(tmp_path).policy.id == "house"


@pytest.mark.parametrize(
    "text",
    ["", "- a", "3", "assay: policy/v1", "controls: 3", "assay: policy/v1\ncontrols: [3, [], {}, {check: 3, with: 3}]",
     "assay: policy/v1\nparameters: [1]\ncontrols: [{criterion: $x}]", "assay: policy/v1\napplies_to: {all: 3, not: 3}",
     "assay: policy/v1\ncontrols: [{cites: 3, when: {field: ''}, with: {a: $}}, {cites: [{ref: /}], check: a.b}]"],
)  # fmt: skip
def test_any_shape_of_a_policy_is_an_error_of_ours(tmp_path, text):
    assert all(what for _, what, _ in told_anywhere(tmp_path, text))


def told_anywhere(tmp_path, text):
    with pytest.raises(AssayError) as caught:
        load(tmp_path, text)
    found = caught.value.problems if isinstance(caught.value, Problems) else [caught.value]
    return [(problem.where, problem.what, problem.hint) for problem in found]


def test_baseline_has_six_controls_and_asks_of_a_data_file_only_what_it_can_answer():
    loaded = load_policy("baseline")
    controls = {control.id: control for control in loaded.policy.controls}
    assert list(controls) == ["FAIR-01", "FAIR-02", "PERF-01", "PERF-02", "DATA-01", "GOV-01"]
    thresholds = {name: (c.criteria[0].threshold, c.criteria[0].source) for name, c in controls.items() if c.check}
    assert thresholds == {
        "FAIR-01": (0.80, "convention"), "FAIR-02": (0.10, "house"), "PERF-01": (0.70, "convention"),
        "PERF-02": (0.05, "house"), "DATA-01": (0.05, "convention"),
    }  # fmt: skip
    assert all(c.criteria[0].note for c in controls.values() if c.check)

    def applies(**columns):
        tree = {"assay": "manifest/v1", "identity": {"id": "a", "name": "a", "version": "unversioned"},
                "data": {"test": {"path": "a.csv"}}, "columns": columns}  # fmt: skip
        readings = {n: evaluate(c.when, tree, lambda loc: "m", TODAY).result for n, c in controls.items() if c.when}
        assert None not in readings.values()
        return {name for name, holds in readings.items() if holds}

    label, decision, score, groups = {"column": "y"}, {"column": "d"}, {"column": "p"}, {"sex": {"column": "sex"}}
    assert applies(decision=decision, groups=groups) == {"FAIR-01"}
    assert applies(label=label, decision=decision, groups=groups) == {"FAIR-01", "FAIR-02"}
    assert applies(label=label, score=score) == {"PERF-01"}
    assert applies(label=label) == set()


def test_baseline_asks_for_owner_and_use_as_soon_as_there_is_a_version():
    control = load_policy("baseline").policy.controls[-1]
    identity = {"identity": {"version": "1.0.0"}}
    assert evaluate(control.when, identity, str, TODAY).result is True
    assert evaluate(control.require, identity, str, TODAY).result is False
    whole = identity | {"owners": {"technical": {"id": "a"}}, "purpose": {"intended_use": ["offers"]}}
    assert evaluate(control.require, whole, str, TODAY).result is True


@pytest.mark.parametrize(
    ("grouping", "what"),
    [
        ("sex*sex", "the grouping 'sex*sex' names 'sex' twice; an intersection is of different attributes"),
        ("'sex*'", "the grouping 'sex*' has an empty part; write an attribute, or several as sex*age"),
        ("''", "the grouping '' has an empty part; write an attribute, or several as sex*age"),
    ],
)
def test_a_grouping_of_an_attribute_with_itself_or_with_nothing_is_told_with_its_place(tmp_path, grouping, what):
    text, place = changed("groups: [sex, sex*age_band]", f"groups: [sex, §{grouping}]")
    assert told(tmp_path, text) == [(place, what, "")]


def test_more_than_two_percent_cannot_be_set_aside(tmp_path):
    text, place = changed("reference: highest}", "reference: highest, exclude_under: §0.9}")
    assert told(tmp_path, text) == [(place, "`exclude_under` has to be at most 0.02, found the number 0.9", "")]


def test_a_control_that_is_there_twice_is_told_where_it_stands_again(tmp_path):
    file = tmp_path / "policy.yaml"
    one = "  - {{id: {0}, title: T, require: {{field: owners, is: present}}}}\n"
    head = "assay: policy/v1\nid: p\nversion: 1.0.0\ntitle: P\ncontrols:\n"
    file.write_text(head + one.format("A") + one.format("B") + one.format("A"))
    with pytest.raises(PolicyError) as told:
        load_policy(file)
    assert (told.value.where, told.value.what) == (f"{file}:8:10", "the control `A` is there twice")
    assert told.value.hint == "First in line 6."


def test_a_misspelt_operator_is_one_error(tmp_path):
    file = tmp_path / "policy.yaml"
    file.write_text(
        "assay: policy/v1\nid: p\nversion: 1.0.0\ntitle: P\ncontrols:\n"
        "  - {id: A, title: T, require: {field: lifecycle.dates.last_validation, wihtin: 365d}}\n"
    )
    with pytest.raises(PolicyError, match="unknown key `wihtin`") as told:
        load_policy(file)
    assert "Did you mean `within`?" in told.value.hint


def test_only_the_checks_that_a_policy_names_are_imported(tmp_path):
    file = tmp_path / "policy.yaml"
    file.write_text(
        "assay: policy/v1\nid: p\nversion: 1.0.0\ntitle: P\ncontrols:\n"
        "  - {id: A, title: T, check: data.missing, criterion: {at_most: 0.05, source: house}}\n"
    )
    program = (
        "import sys; from assay.cli.main import main\n"
        f"main(['policy', 'check', {str(file)!r}])\n"
        "families = ('data', 'explainability', 'fairness', 'governance', 'performance')\n"
        "print(*sorted(name for name in sys.modules if name.count('.') == 3 and name.split('.')[2] in families))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "assay.checks.data.missing"
