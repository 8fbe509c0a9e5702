"""Mutation: which changes of a policy its tests notice, and which survive."""

from textwrap import dedent

import pytest

from assay.api import run_policy_tests
from assay.errors import AssayError
from assay.run.mutants import mutants_of_control, mutants_of_scope

HEAD = "assay: policy/v1\nid: small\nversion: 1.0.0\ntitle: Small\ncontrols:\n"
RATIO = """\
  - id: FAIR-01
    title: Four fifths
    check: fairness.impact_ratio
    with: {groups: [sex, age]}
    criterion: {at_least: 0.8, source: convention}
"""
ROLE = """\
  - id: ROLE-01
    title: The validator of a model that matters is not the developer
    when: {field: risk.tier, at_least: high}
    require:
      all:
        - {field: owners.validator, is: present}
        - {field: owners.validator, disjoint_from: {field: owners.developer}}
"""


def mutated(tmp_path, controls, tests, *, head=HEAD, survivors=None):
    (tmp_path / "tests").mkdir(exist_ok=True)
    (tmp_path / "policy.yaml").write_text(head + controls)
    (tmp_path / "tests" / "all.yaml").write_text("assay: policy-tests/v1\n" + dedent(tests))
    if survivors is not None:
        (tmp_path / "tests" / "survivors.yaml").write_text("assay: survivors/v1\nsurvivors:\n" + dedent(survivors))
    return run_policy_tests(tmp_path, mutate=True)


def named(mutation):
    return [survivor.mutation for survivor in mutation.survivors]


def counted(name, young_women, old_women, young_men, old_men, outcome):
    """A test of four times 5 000 people, of whom so many are approved."""
    approved = {"f, y": young_women, "f, o": old_women, "m, y": young_men, "m, o": old_men}
    rows = [f"[{who}, approve, {n}], [{who}, refuse, {5000 - n}]" for who, n in approved.items()]
    table = f"{{columns: [sex, age, decision, n], rows: [{', '.join(rows)}]}}"
    return f"- {{name: {name}, counts: {{test: {table}}}, expect: {{FAIR-01: {outcome}}}}}\n"


COLUMNS = """\
manifest:
  columns:
    decision: {column: decision, favourable: approve}
    groups: {sex: {column: sex}, age: {column: age}}
tests:
"""


def test_a_policy_without_tests_at_the_boundary_scores_low_and_the_survivors_are_named(tmp_path):
    tests = counted("equal", 2500, 2500, 2500, 2500, "pass") + counted("far", 500, 500, 2500, 2500, "fail")
    report = mutated(tmp_path, RATIO, COLUMNS + tests)
    mutation = report.mutation
    assert mutation.score < 0.95
    assert named(mutation) == [
        "criterion.at_least 0.8 -> 0.72", "criterion.at_least 0.8 -> 0.88", "with.groups.1 dropped (age)"
    ]  # fmt: skip
    assert [survivor.place for survivor in mutation.survivors] == ["policy.yaml:10", "policy.yaml:10", "policy.yaml:9"]
    assert (mutation.mutants, mutation.killed) == (5, 2)


def test_tests_on_both_sides_of_the_threshold_and_for_each_grouping_notice_every_change(tmp_path):
    tests = counted("just above", 2100, 2100, 2500, 2500, "pass")
    tests += counted("just below", 1900, 1900, 2500, 2500, "fail") + counted("the old", 2500, 500, 2500, 500, "fail")
    report = mutated(tmp_path, RATIO, COLUMNS + tests)
    assert (report.mutation.score, report.mutation.mutants) == (1.0, 5)


ROLES = """\
tests:
  - name: another person
    manifest: {risk: {tier: high}, owners: {validator: [{id: ann}], developer: [{id: bob}]}}
    expect: {ROLE-01: pass}
  - name: the same person
    manifest: {risk: {tier: critical}, owners: {validator: [{id: ann}], developer: [{id: ann}]}}
    expect: {ROLE-01: fail}
  - name: nobody
    manifest: {risk: {tier: high}, owners: {developer: [{id: ann}]}}
    expect: {ROLE-01: fail}
  - name: a validator and no developer
    manifest: {risk: {tier: high}, owners: {validator: [{id: ann}]}}
    expect: {ROLE-01: inconclusive}
  - name: a model that matters less
    manifest: {risk: {tier: medium}}
    expect: {ROLE-01: not_applicable}
"""


def test_conditions_are_changed_and_good_tests_notice_all_of_it(tmp_path):
    report = mutated(tmp_path, ROLE, ROLES)
    assert report.mutation.survivors == ()
    assert report.mutation.mutants == 9


def test_without_the_test_of_a_part_the_part_can_be_dropped(tmp_path):
    before, _, after = ROLES.partition("  - name: nobody\n")
    without = before + after[after.index("  - name:") :]
    assert named(mutated(tmp_path, ROLE, without).mutation) == ["require.all.0 dropped"]


def test_nothing_is_mutated_while_a_test_fails(tmp_path):
    report = mutated(tmp_path, ROLE, ROLES.replace("ROLE-01: pass", "ROLE-01: fail"))
    assert report.mutation is None
    assert len(report.failures) == 1


BLIND = "tests:\n  - {name: nobody, manifest: {risk: {tier: low}}, expect: {ROLE-01: not_applicable}}\n"


def test_an_explained_survivor_still_counts_as_survived(tmp_path):
    plain = mutated(tmp_path, ROLE, BLIND)
    report = mutated(tmp_path, ROLE, BLIND, survivors="""\
        - {control: ROLE-01, mutation: require.all.0 dropped, why: the other part says so too}
        """)  # fmt: skip
    assert report.mutation.score == plain.mutation.score < 0.95
    explained = {survivor.mutation: survivor.why for survivor in report.mutation.survivors if survivor.why}
    assert explained == {"require.all.0 dropped": "the other part says so too"}


@pytest.mark.parametrize(
    ("control", "mutation", "hint"),
    [
        ("ROLE-01", "require.all.0 droped", "Did you mean `require.all.0 dropped`?"),
        ("ROLE-01", "when dropped", "Known here: "),
        ("ROLE-1", "require.all.0 dropped", "Take the explanation out."),
    ],
)
def test_an_explanation_of_what_does_not_survive_is_an_error(tmp_path, control, mutation, hint):
    text = f"- {{control: {control}, mutation: {mutation}, why: because}}\n"
    with pytest.raises(AssayError) as caught:
        mutated(tmp_path, ROLE, BLIND, survivors=text)
    assert f"`{control}` has no survivor called `{mutation}`" in str(caught.value)
    assert "tests/survivors.yaml:3:" in caught.value.where
    assert caught.value.hint.startswith(hint)


def test_the_scope_of_a_policy_is_changed_too(tmp_path):
    head = HEAD.replace("controls:", "applies_to: {field: purpose.decision.domain, equals: credit}\ncontrols:")
    tests = """\
        tests:
          - {name: credit, manifest: {purpose: {decision: {domain: credit}}}, expect: {ROLE-01: inconclusive}}
        """
    survived = [s for s in mutated(tmp_path, ROLE, tests, head=head).mutation.survivors if s.control == "small"]
    assert [(s.mutation, s.place) for s in survived] == [("applies_to dropped", "policy.yaml:5")]


def test_what_cannot_be_evaluated_any_more_is_noticed(tmp_path):
    control = "  - {id: A, title: A, require: {field: risk.tier, at_least: high}}\n"
    tests = """\
        tests:
          - {name: critical, manifest: {risk: {tier: critical}}, expect: {A: pass}}
          - {name: high, manifest: {risk: {tier: high}}, expect: {A: pass}}
          - {name: medium, manifest: {risk: {tier: medium}}, expect: {A: fail}}
        """
    assert mutated(tmp_path, control, tests).mutation.survivors == ()


def test_thresholds_that_a_child_tightens_are_changed_in_the_tests_of_the_child(tmp_path):
    child = "assay: policy/v1\nid: child\nversion: 1.0.0\ntitle: Child\n" + dedent("""\
        extends:
          - pack: small
            version: ^1.0
            tighten: {controls: {FAIR-01: {criterion: {at_least: 0.9, source: house}}}}
        """)  # fmt: skip
    (tmp_path / "small.yaml").write_text(HEAD + RATIO)
    tests = """\
        manifest:
          columns: {decision: {column: decision, favourable: approve}, groups: {sex: {column: sex}, age: {column: age}}}
        tests:
          - name: between the old and the new threshold
            estimates: {small/FAIR-01: [{name: impact_ratio, value: 0.85, n: 500, basis: exact}]}
            expect: {small/FAIR-01: fail}
        """
    mutation = mutated(tmp_path, "", tests, head=child).mutation
    assert (mutation.mutants, mutation.killed) == (2, 1)
    (survivor,) = mutation.survivors
    assert (survivor.control, survivor.mutation) == ("small/FAIR-01", "criterion.at_least 0.9 -> 0.99")
    assert survivor.place == "policy.yaml:8"


def names_of(**control):
    return [mutant.name for mutant in mutants_of_control(control)]


@pytest.mark.parametrize(
    ("condition", "names"),
    [
        ({"field": "risk.tier", "is": "present"}, ["require.is present -> absent"]),
        ({"field": "risk.tier", "equals": "high"}, ["require equals -> not_equals", "require.equals high -> critical"]),
        ({"field": "risk.tier", "at_least": "high"},
         ["require at_least -> at_most", "require.at_least high -> medium", "require.at_least high -> critical"]),
        ({"field": "risk.tier", "in": ["high", "critical"]},
         ["require in -> not_in", "require.in.0 dropped (high)", "require.in.1 dropped (critical)"]),
        ({"field": "purpose.decision.domain", "in": ["credit"]},
         ["require in -> not_in", "require.in.0 credit -> creditx"]),
        ({"field": "purpose.decision.consequential", "equals": True},
         ["require equals -> not_equals", "require.equals true -> false"]),
        ({"field": "data.test.rows", "at_least": 100},
         ["require at_least -> at_most", "require.at_least 100 -> 99", "require.at_least 100 -> 101"]),
        ({"field": "lifecycle.dates.approved", "after": "2026-03-31"},
         ["require after -> before", "require.after 2026-03-31 -> 2026-03-30",
          "require.after 2026-03-31 -> 2026-04-01"]),
        ({"field": "lifecycle.dates.approved", "before": "today"},
         ["require before -> after", "require before -> at_most"]),
        ({"field": "lifecycle.dates.approved", "at_most": {"field": "lifecycle.dates.deployed"}},
         ["require at_most -> at_least", "require at_most -> before"]),
        ({"field": "lifecycle.dates.approved", "within": "90d"},
         ["require within negated", "require.within 90d -> 89d", "require.within 90d -> 91d"]),
        ({"field": "owners.validator", "length": {"at_least": 2}},
         ["require length negated", "require.length.at_least 2 -> 1", "require.length.at_least 2 -> 3"]),
        ({"field": "owners.validator", "disjoint_from": {"field": "owners.developer"}},
         ["require disjoint_from -> subset_of"]),
        ({"field": "owners.validator", "unique": True}, ["require unique negated"]),
        ({"field": "identity.version", "matches": "[0-9]+"},
         ["require matches negated", "require.matches [0-9]+ -> [0-9]+x"]),
        ({"field": "owners.validator", "for_all": {"field": "role", "equals": "head"}},
         ["require for_all -> for_any", "require.for_all equals -> not_equals",
          "require.for_all.equals head -> headx"]),
        ({"not": {"field": "risk.tier", "is": "absent"}}, ["require not removed", "require.not.is absent -> present"]),
        ({"any": [{"field": "risk.tier", "is": "present"}, {"field": "model.kind", "is": "present"}]},
         ["require any -> all", "require.any.0 dropped", "require.any.1 dropped", "require.any.0.is present -> absent",
          "require.any.1.is present -> absent"]),
        ({"all": [{"field": "risk.tier", "is": "present"}]}, ["require.all.0.is present -> absent"]),
    ],
)  # fmt: skip
def test_every_kind_of_condition_has_its_changes(condition, names):
    assert names_of(require=condition) == names


@pytest.mark.parametrize(
    ("criterion", "names"),
    [
        ({"at_least": 0.8}, ["at_least 0.8 -> 0.72", "at_least 0.8 -> 0.88", "at_least -> at_most"]),
        ({"at_most": 0}, ["at_most 0 -> -0.1", "at_most 0 -> 0.1", "at_most -> at_least"]),
        ({"below": -2.5}, ["below -2.5 -> -2.75", "below -2.5 -> -2.25", "below -> above"]),
        ({"between": [0.5, 1]},
         ["between.0 0.5 -> 0.45", "between.0 0.5 -> 0.55", "between.1 1 -> 0.9", "between.1 1 -> 1.1"]),
        ({"equals": 3}, ["equals 3 -> 2.7", "equals 3 -> 3.3"]),
        ({"reported": True}, []),
    ],
)  # fmt: skip
def test_thresholds_move_by_a_tenth_and_comparisons_turn_round(criterion, names):
    assert [name.removeprefix("criterion").strip(" .") for name in names_of(criterion=criterion)] == names
    listed = names_of(criterion=[{"reported": True}, criterion])
    assert [name.removeprefix("criterion.1").strip(" .") for name in listed] == names


def test_lists_of_parameters_lose_an_item_and_a_list_of_one_stays():
    assert names_of(**{"with": {"groups": ["sex", "age"], "sections": ["use"], "reference": "highest"}}) == [
        "with.groups.0 dropped (sex)", "with.groups.1 dropped (age)"
    ]  # fmt: skip


def test_when_and_applies_to_are_also_dropped():
    condition = {"field": "risk.tier", "is": "present"}
    assert names_of(when=condition) == ["when.is present -> absent", "when dropped"]
    mutants = list(mutants_of_scope(condition))
    assert [mutant.name for mutant in mutants] == ["applies_to.is present -> absent", "applies_to dropped"]
    assert mutants[-1].tree is None


def test_every_mutant_is_changed_in_one_place_and_leaves_the_original_alone():
    control = {"when": {"all": [{"field": "a", "equals": 1}, {"field": "b", "in": [1, 2]}]}}
    before = repr(control)
    trees = [mutant.tree for mutant in mutants_of_control(control)]
    assert repr(control) == before
    assert control not in trees
    assert len({repr(tree) for tree in trees}) == len(trees)


def test_the_shipped_baseline_is_tested_well_enough():
    mutation = run_policy_tests("baseline", mutate=True).mutation
    assert mutation.score >= 0.95
    assert mutation.mutants > 50
