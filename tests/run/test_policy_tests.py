"""Policy tests: what the field got wrong, by name, and what a test of a policy may rely on."""

import re
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from assay.api import run_policy_tests
from assay.errors import AssayError, Problems

POLICY = """\
assay: policy/v1
id: small
version: 1.0.0
title: Small
controls:
  - id: FAIR-01
    title: Four fifths
    enforcement: warn
    check: fairness.impact_ratio
    with: {groups: [sex]}
    criterion: {at_least: 0.8, source: convention}
  - id: ROLE-01
    title: The validator is not the developer
    require:
      all:
        - {field: owners.validator, is: present}
        - {field: owners.validator, disjoint_from: {field: owners.developer}}
  - id: DOC-01
    title: Use and limits are written down
    when: {field: risk.tier, in: [high, critical]}
    check: governance.documents
    with: {sections: [use, limits], minimum_words: 3}
    criterion: {estimate: incomplete_sections, at_most: 0, source: house}
  - id: LATER-01
    title: Not yet
    status: planned
"""
COUNTED = "columns: {decision: {column: decision, favourable: approve}, groups: {sex: {column: sex}}}"


def written(tmp_path, tests, *, head="", policy=POLICY, name="all.yaml"):
    (tmp_path / "tests").mkdir(exist_ok=True)
    (tmp_path / "policy.yaml").write_text(policy)
    text = f"assay: policy-tests/v1\n{head}\ntests:\n{dedent(tests)}"
    (tmp_path / "tests" / name).write_text(text)
    return tmp_path


def run(tmp_path, tests, **more):
    return run_policy_tests(written(tmp_path, tests, **more))


def told(tmp_path, tests, **more):
    """Every error as (place, what)."""
    with pytest.raises(AssayError) as caught:
        run(tmp_path, tests, **more)
    problems = caught.value.problems if isinstance(caught.value, Problems) else [caught.value]
    return [(p.where.removeprefix(f"{tmp_path}/"), p.what) for p in problems]


def one(report):
    (line,) = report.lines
    return line


def test_a_test_is_run_for_real_and_tells_what_was_read(tmp_path):
    report = run(tmp_path, """\
        - name: a validator who developed the model
          manifest: {owners: {validator: [{id: ann}], developer: [{id: ann}]}}
          expect: {ROLE-01: pass}
        """)  # fmt: skip
    line = one(report)
    assert (line.holds, line.expected, line.found) == (False, "pass", "fail")
    assert (line.place, line.control_place) == ("tests/all.yaml:6", "policy.yaml:12")
    assert "owners.validator shares nothing with owners.developer: it is ann (all.yaml:5:34)" in line.sentence
    assert "owners.developer is ann (all.yaml:5:58)" in line.sentence
    assert report.failures == (line,)


def test_a_control_that_does_not_exist_is_an_error_and_not_a_pass(tmp_path):
    """kyverno#1876: a test that matched nothing looked like a pass."""
    problems = told(tmp_path, """\
        - name: a typo
          expect: {ROLE-1: pass}
        - name: another one
          expect: {FAIR-01: pass}
          estimates: {FAIR-1: [{name: impact_ratio, value: 1, n: 9}]}
        """)  # fmt: skip
    assert problems == [
        ("tests/all.yaml:5:12", "the policy has no control `ROLE-1`"),
        ("tests/all.yaml:8:15", "the policy has no control `FAIR-1`"),
    ]


@pytest.mark.parametrize(
    ("test", "place", "what"),
    [
        ("expect: {}", 4, "a test that expects nothing passes always; name a control under `expect`"),
        ("expect: {LATER-01: pass}", 5, "the control `LATER-01` is planned"),
        ("expect: {ROLE-01: passes}", 5, '`ROLE-01` cannot be "passes"'),
        ("expect: {ROLE-01: {outcome: inconclusive, reason: too_small}}", 5, '`reason` cannot be "too_small"'),
        ("expect: {ROLE-01: {outcome: fail, reason: evidence_missing}}", 5, "only inconclusive has a reason, not fail"),
        ("expects: {ROLE-01: pass}", 5, "unknown key `expects`"),
        ("counts: {test: {columns: [a, b], rows: [[1]]}}\n  expect: {ROLE-01: pass}", 5,
         "row 1 has 1 values for 2 columns"),
        ("counts: {test: {columns: [n], rows: []}, train: {columns: [a], rows: []}}\n  expect: {ROLE-01: pass}", 5,
         "only some tables have a column n"),
        ("counts: {tests: {columns: [a], rows: []}}\n  expect: {ROLE-01: pass}", 5, "unknown key `tests`"),
        ("estimates: {FAIR-01: [{name: a, value: 1}]}\n  expect: {ROLE-01: pass}", 5,
         "the test expects nothing of `FAIR-01`, whose estimates it gives"),
        ("estimates: {ROLE-01: [{name: a, value: 1}]}\n  expect: {ROLE-01: pass}", 5,
         "the control `ROLE-01` has no check: it takes no estimates"),
        ("estimates: {FAIR-01: []}\n  expect: {FAIR-01: pass}", 5, "`FAIR-01` is empty"),
        ("manifest: {risk: {tier: hihg}}\n  expect: {ROLE-01: fail}", 5, '`tier` cannot be "hihg"'),
        ("manifest: {identity: null}\n  expect: {ROLE-01: fail}", 5, "`identity` is missing"),
        ("documents: {../a.md: x}\n  counts: {test: {columns: [n], rows: []}}\n  expect: {DOC-01: fail}\n"
         "  manifest: {risk: {tier: high}, docs: {sections: {use: {path: a}}}}", 5,
         "the path '../a.md' leaves the manifest's folder"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_an_error_with_its_place(tmp_path, test, place, what):
    problems = told(tmp_path, f"- name: x\n  {test}\n")
    assert [(where.split(":")[1], said) for where, said in problems if said == what] == [(str(place), what)], problems


def test_errors_of_all_files_are_told_at_once(tmp_path):
    written(tmp_path, "- name: x\n  expect: {A: pass}\n", name="a.yaml")
    problems = told(tmp_path, "- name: x\n  expect: {B: pass}\n", name="b.yaml")
    assert [where for where, _ in problems] == ["tests/a.yaml:5:12", "tests/b.yaml:5:12"]


def test_a_policy_without_tests_is_an_error(tmp_path):
    (tmp_path / "policy.yaml").write_text(POLICY)
    with pytest.raises(AssayError, match="the policy `small` has no tests"):
        run_policy_tests(tmp_path)


def test_a_file_for_a_policy_that_is_not_there_is_an_error_and_one_for_a_neighbour_is_left_out(tmp_path):
    problems = told(tmp_path, "- name: x\n  expect: {ROLE-01: pass}\n", head="policy: smal")
    assert problems == [("tests/all.yaml:2:9", "there is no policy `smal` here")]
    (tmp_path / "other.yaml").write_text(POLICY.replace("id: small", "id: other"))
    written(tmp_path, "- name: x\n  expect: {NEW-01: pass}\n", head="policy: other")
    report = run(tmp_path, "- name: x\n  expect: {ROLE-01: fail}\n", name="mine.yaml")
    assert (report.tests, one(report).holds) == (1, True)


def test_a_name_that_is_there_twice_is_an_error(tmp_path):
    twice = "- name: x\n  expect: {ROLE-01: fail}\n" * 2
    assert told(tmp_path, twice) == [("tests/all.yaml:6:9", "the test `x` is there twice")]


def test_counts_are_measured_by_the_engine(tmp_path):
    table = (
        "columns: [sex, decision, n], rows: [[f, approve, {}], [f, refuse, {}], [m, approve, 500], [m, refuse, 500]]"
    )
    report = run(tmp_path, f"""\
        - name: well below
          counts: {{test: {{{table.format(300, 700)}}}}}
          expect: {{FAIR-01: fail}}
        - name: well above
          counts: {{test: {{{table.format(480, 520)}}}}}
          expect: {{FAIR-01: pass}}
        - name: too few
          counts: {{test: {{{table.format(6, 10)}}}}}
          expect: {{FAIR-01: {{outcome: inconclusive, reason: sample_too_small}}}}
        - name: no data at all
          expect: {{FAIR-01: {{outcome: inconclusive, reason: evidence_missing}}}}
        """, head=f"manifest: {{{COUNTED}}}")  # fmt: skip
    assert [line.found for line in report.failures] == []
    assert "impact_ratio of f is 0.6" in report.lines[0].sentence or "0.6" in report.lines[0].sentence


def test_a_declared_digest_is_read_by_conditions_and_not_compared_with_the_table(tmp_path):
    policy = POLICY.replace("- {field: owners.validator, is: present}", "- {field: data.test.digest, is: present}")
    digest = f"sha256:{'0' * 64}"
    report = run(tmp_path, f"""\
        - name: both
          manifest: {{data: {{test: {{digest: {digest}}}}}, owners: {{validator: [{{id: a}}], developer: [{{id: b}}]}}}}
          counts: {{test: {{columns: [sex, decision, n], rows: [[f, approve, 90], [m, approve, 90]]}}}}
          expect: {{ROLE-01: pass, FAIR-01: pass}}
        """, head=f"manifest: {{{COUNTED}}}", policy=policy)  # fmt: skip
    assert [line.sentence for line in report.failures] == []


@pytest.mark.parametrize("fragment", ["{columns: [sex]}", "{data: [test.csv]}"])
def test_a_fragment_of_the_wrong_shape_is_not_hidden_by_counts(tmp_path, fragment):
    problems = told(tmp_path, f"""\
        - name: x
          manifest: {fragment}
          counts: {{test: {{columns: [n], rows: [[1]]}}}}
          expect: {{FAIR-01: pass}}
        """)  # fmt: skip
    assert [what.split(":")[1] for _, what in problems] == [" expected a mapping of keys to values, found a list"]


def test_rows_without_a_count_are_one_person_each_and_null_is_missing(tmp_path):
    people = ", ".join(["[f, approve]"] * 40 + ["[f, null]"] * 40 + ["[m, approve]"] * 80)
    report = run(tmp_path, f"""\
        - name: half of the women undecided
          counts: {{test: {{columns: [sex, decision], rows: [{people}]}}}}
          expect: {{FAIR-01: {{outcome: inconclusive, reason: evidence_missing}}}}
        """, head=f"manifest: {{{COUNTED}}}")  # fmt: skip
    assert "25.0% have no decision" in one(report).sentence
    assert one(report).holds


def test_counts_that_do_not_hold_what_the_manifest_says_are_an_error_of_the_test(tmp_path):
    problems = told(tmp_path, """\
        - name: no column sex
          counts: {test: {columns: [decision, n], rows: [[approve, 5]]}}
          expect: {FAIR-01: pass}
        """, head=f"manifest: {{{COUNTED}}}")  # fmt: skip
    ((where, what),) = problems
    assert where == "tests/all.yaml:5:3"
    assert what.startswith("the data of the test `no column sex` cannot be measured: ")


def test_documents_are_read_and_papers_without_documents_are_missing(tmp_path):
    head = "manifest: {risk: {tier: high}, docs: {sections: {use: {path: docs/use.md}, limits: {path: limits.md}}}}"
    report = run(tmp_path, """\
        - name: both
          documents: {docs/use.md: for small loans, limits.md: not for large ones}
          expect: {DOC-01: pass}
        - name: one is a stub
          documents: {docs/use.md: for small loans, limits.md: none}
          expect: {DOC-01: fail}
        - name: nothing written down
          expect: {DOC-01: {outcome: inconclusive, reason: evidence_missing}}
        - name: not asked
          manifest: {risk: {tier: low}}
          expect: {DOC-01: not_applicable}
        - name: not known
          manifest: {risk: null}
          expect: {DOC-01: {outcome: inconclusive, reason: applicability_unknown}}
        """, head=head)  # fmt: skip
    assert [line.sentence for line in report.failures] == []


def test_estimates_are_judged_without_an_engine(tmp_path):
    head = f"manifest: {{{COUNTED}}}"
    report = run(tmp_path, """\
        - name: at the bound
          estimates: {FAIR-01: [{name: impact_ratio, value: 0.8, n: 500, basis: exact}]}
          expect: {FAIR-01: pass}
        - name: below it
          estimates: {FAIR-01: [{name: impact_ratio, value: 0.7999, n: 500, basis: exact}]}
          expect: {FAIR-01: fail}
        - name: undefined
          estimates: {FAIR-01: [{name: impact_ratio, undefined: nobody was approved}]}
          expect: {FAIR-01: {outcome: inconclusive, reason: estimate_undefined}}
        """, head=head)  # fmt: skip
    assert [line.sentence for line in report.failures] == []


def test_estimates_and_metadata_load_neither_the_engine_nor_numpy(tmp_path):
    written(tmp_path, "- name: x\n  manifest: {owners: {validator: [{id: a}]}}\n"
            "  expect: {ROLE-01: inconclusive}\n", head=f"manifest: {{{COUNTED}}}")  # fmt: skip
    program = (
        "import sys; from assay.api import run_policy_tests\n"
        f"assert not run_policy_tests({str(tmp_path)!r}).failures\n"
        "print(sorted({'duckdb', 'pandas', 'scipy', 'narwhals', 'sklearn'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_fragments_are_merged_and_null_removes(tmp_path):
    head = "manifest: {owners: {validator: [{id: ann}], developer: [{id: bob}]}}"
    report = run(tmp_path, """\
        - name: shared
          expect: {ROLE-01: pass}
        - name: a list takes the place of a list
          manifest: {owners: {validator: [{id: bob}]}}
          expect: {ROLE-01: fail}
        - name: null removes the key and leaves the others
          manifest: {owners: {validator: null}}
          expect: {ROLE-01: fail}
        - name: unknown where only the other one is known
          manifest: {owners: {developer: null}}
          expect: {ROLE-01: {outcome: inconclusive, reason: evidence_missing}}
        """, head=head)  # fmt: skip
    assert [line.sentence for line in report.failures] == []
    assert "(all.yaml:2:" in report.lines[0].sentence
    assert "bob (all.yaml:7:" in report.lines[1].sentence
    assert "bob (all.yaml:2:" in report.lines[1].sentence


DATED = """\
assay: policy/v1
id: dated
version: 1.0.0
title: Dated
controls:
  - id: NEW-01
    title: From August on
    applies_from: 2026-08-02
    require: {field: owners.validator, is: present}
  - id: AGE-01
    title: Validated within a year
    enforcement: {development: inform, production: block}
    require: {field: lifecycle.dates.last_validation, after: "2025-03-31"}
"""


def test_the_clock_is_that_of_the_test_then_of_the_file_and_the_law_has_its_own(tmp_path):
    report = run(tmp_path, """\
        - name: the file's day lies before
          expect: {NEW-01: not_applicable}
        - name: the test's own day
          at: 2026-08-02
          expect: {NEW-01: fail}
        - name: the day of the law
          law_at: 2026-08-02
          expect: {NEW-01: fail}
        """, head="at: 2026-08-01", policy=DATED)  # fmt: skip
    assert [line.sentence for line in report.failures] == []
    assert "in force from 2026-08-02" in report.lines[0].sentence


def test_the_gate_is_asked_at_the_stage_of_the_test(tmp_path):
    old = "manifest: {lifecycle: {dates: {last_validation: 2020-01-01}}"
    report = run(tmp_path, f"""\
        - name: production is the default
          {old}}}
          gate: closed
        - name: the stage of the test
          {old}}}
          stage: development
          expect: {{AGE-01: fail}}
          gate: open
        """, policy=DATED)  # fmt: skip
    assert [line.sentence for line in report.failures] == []
    assert [line.control for line in report.lines] == ["gate", "AGE-01", "gate"]


def test_a_gate_that_is_not_as_expected_says_why(tmp_path):
    report = run(tmp_path, "- name: x\n  gate: open\n")
    assert (one(report).expected, one(report).found) == ("open", "closed")
    assert "small/ROLE-01: fails" in one(report).sentence


def test_controls_without_a_test_and_outcomes_never_seen_are_listed_and_planned_ones_are_not(tmp_path):
    report = run(tmp_path, "- name: x\n  expect: {ROLE-01: fail}\n")
    assert report.untested == ("FAIR-01", "DOC-01")
    assert report.unreached == {"ROLE-01": ("pass", "inconclusive")}


def test_controls_of_a_parent_are_named_with_it_and_are_not_counted_as_untested(tmp_path):
    child = """\
assay: policy/v1
id: child
version: 1.0.0
title: Child
extends:
  - {pack: small, version: ^1.0, tighten: {controls: {FAIR-01: {criterion: {at_least: 0.9, source: house}}}}}
controls:
  - {id: OWN-01, title: A purpose, require: {field: purpose.context, is: present}}
"""
    (tmp_path / "small.yaml").write_text(POLICY)
    report = run(tmp_path, """\
        - name: tightened
          estimates: {small/FAIR-01: [{name: impact_ratio, value: 0.85, n: 500, basis: exact}]}
          expect: {small/FAIR-01: fail, OWN-01: fail}
        """, head=f"manifest: {{{COUNTED}}}", policy=child)  # fmt: skip
    assert [line.sentence for line in report.failures] == []
    assert report.untested == ()
    problems = told(tmp_path, "- name: x\n  expect: {FAIR-01: pass}\n", policy=child)
    assert problems == [("tests/all.yaml:5:12", "the policy has no control `FAIR-01`")]


def test_the_same_tests_give_the_same_report(tmp_path):
    tests = "- name: x\n  expect: {ROLE-01: fail, FAIR-01: inconclusive}\n  gate: closed\n"
    assert run(tmp_path, tests) == run(tmp_path, tests)


def test_the_example_of_the_documentation_holds(tmp_path):
    """conftest#781: its own example failed."""
    text = (Path(__file__).parents[2] / "docs" / "architecture.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"(?ms)^```yaml\n(assay: policy-tests/v1\n.*?)^```$", text)
    (tmp_path / "tests").mkdir()
    (tmp_path / "policy.yaml").write_text(POLICY)
    (tmp_path / "tests" / "example.yaml").write_text(example, encoding="utf-8")
    report = run_policy_tests(tmp_path)
    assert (report.tests, len(report.lines), report.failures) == (2, 4, ())


def test_the_tests_of_the_shipped_baseline_hold():
    report = run_policy_tests("baseline")
    assert report.failures == ()
    assert report.untested == ()
