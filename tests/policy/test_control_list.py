"""The control list says what the policy says, in words, the same bytes each time."""

# ruff: noqa: E501  the lines of the list are as long as they are

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.api import policy_docs
from assay.cli.main import main
from assay.policy.control_list import MARK, escaped

CATALOGUE = """\
assay: catalogue/v1
instruments:
  - {id: bank, title: Rulebook, edition: "2026", verified_on: 2026-01-05, places: {"4.2": "Ask | twice <b>"}}
"""
POLICY = """\
assay: policy/v1
id: house
version: 1.2.0
title: House *rules*
status: draft
applies_from: 2026-01-01
jurisdiction: EU
roles: [creditor]
owners: [ann@bank.example]
review_by: 2027-01-01
applies_to: {field: risk.tier, in: [high, critical]}
parameters:
  floor: {default: 0.85, minimum: 0.8, tighten: up, description: Least ratio}
controls:
  - id: FAIR-01
    title: Four fifths
    description: "# no heading\\n- no list"
    severity: high
    enforcement: {development: inform, staging: warn}
    on_inconclusive: {high: sign_off, else: warn}
    waivable: false
    cites: [{ref: bank/4.2}]
    when: {field: columns.decision, is: present}
    check: fairness.impact_ratio
    with: {groups: [sex, sex*age_band], where: {field: region, equals: north}}
    criterion: {at_least: $floor, source: house, note: agreed}
    maximum_unknown: 0.1
  - id: DATE-01
    title: Validated lately
    require: {all: [{field: lifecycle.dates.last_validation, within: 365d},
                    {field: lifecycle.dates.next_validation, after: today}]}
  - {id: LATER-01, title: Later, status: planned, cites: [{ref: bank/4.2}]}
"""


@pytest.fixture
def policy(tmp_path):
    (tmp_path / "catalogue.yaml").write_text(CATALOGUE)
    (tmp_path / "policy.yaml").write_text(POLICY)
    return tmp_path / "policy.yaml"


def test_the_list_says_what_the_policy_says(policy):
    assert policy_docs([policy]) == (
        MARK
        + r"""

# House \*rules\*

- `house` 1.2.0, draft
- Jurisdiction: EU
- Binds: creditor
- Holds from 2026-01-01
- Owners: ann@bank.example
- To be reviewed by 2027-01-01
- Applies to a model where risk.tier is one of high, critical

| parameter | value | bounds | a child may | what it is |
|---|---|---|---|---|
| `floor` | 0.85 | at least 0.8 | raise it | Least ratio |

## FAIR-01: Four fifths

\# no heading - no list

- Asked where columns.decision is present
- Measures `fairness.impact_ratio`: Each group receives the favourable decision about as often as the group that receives it most often.
- With where: region equals north; groups: sex, sex\*age\_band
- Passes when the estimate is at least 0.85. Source: house (agreed)
- Decided by the whole 95 % interval
- A group under 30 people is judged by an exact interval and never passes; intersections with together at most 5 % of the people may stay undecided
- Inconclusive where more than 10 % are unknown
- Severity high; a fail: inform in development, warn in staging, block in production, block in monitoring
- Inconclusive: sign_off from tier high on, else warn
- No waiver covers it
- Cites bank/4.2: Rulebook (2026): Ask \| twice \<b\>

## DATE-01: Validated lately

- Requires that lifecycle.dates.last\_validation is today or at most 365 days before; and lifecycle.dates.next\_validation lies after today
- Severity medium; a fail: block
- Inconclusive: as a fail

## Planned, not yet asked

- LATER-01: Later (bank/4.2)
"""
    )  # fmt: skip


def test_a_parent_is_listed_as_its_child_tightens_it(tmp_path):
    (tmp_path / "policy.yaml").write_text(
        "assay: policy/v1\nid: mine\nversion: 1.0.0\ntitle: Mine\nextends:\n  - pack: baseline\n    version: ^1.0\n"
        "    tighten: {parameters: {four_fifths: {value: 0.9, source: house, note: n}}}\n"
    )
    text = policy_docs([tmp_path])
    assert "- Extends `baseline` ^1.0" in text
    assert "- Passes when the estimate is at least 0.9." in text
    assert "- Tightened by mine 1.0.0: at\\_least 0.9 in the place of 0.8" in text


def test_the_check_of_a_hook_tells_current_from_stale(policy, tmp_path, capsys):
    listed = tmp_path / "controls.md"
    assert main(["policy", "docs", str(policy), "--check", str(listed)]) == 2
    assert main(["policy", "docs", str(policy), "--out", str(listed)]) == 0
    assert listed.read_text() == policy_docs([policy])
    assert main(["policy", "docs", str(policy), "--check", str(listed)]) == 0
    policy.write_text(POLICY.replace("0.85", "0.9"))
    assert main(["policy", "docs", str(policy), "--check", str(listed)]) == 1
    assert "not current" in capsys.readouterr().err
    assert main(["policy", "docs", str(policy), "--out", str(listed)]) == 0
    assert main(["policy", "docs", str(policy), "--check", str(listed)]) == 0
    listed.write_bytes(b"\xff")
    assert main(["policy", "docs", str(policy), "--check", str(listed)]) == 1


def test_no_file_but_a_control_list_is_written_over(policy, capsys):
    before = policy.read_text()
    assert main(["policy", "docs", str(policy), "--out", str(policy)]) == 2
    assert "is no control list" in capsys.readouterr().err
    assert policy.read_text() == before


@pytest.mark.parametrize(("out", "code"), [(".", 2), ("..", 2), ("no/such/folder.md", 3), ("a\0b", 2), ("x" * 300, 2)])
def test_a_place_where_nothing_can_be_written_is_told(policy, tmp_path, monkeypatch, out, code):
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.iterdir())
    assert main(["policy", "docs", str(policy), "--out", out]) == code
    assert sorted(tmp_path.iterdir()) == before


def test_the_list_is_printed(policy, capsys):
    assert main(["policy", "docs", str(policy)]) == 0
    assert capsys.readouterr().out == policy_docs([policy])


@pytest.mark.parametrize("text", ["- a", "1. a", "# a", "+ a", "a | b", "<script>", "[a](b)", "`a`", "***", "=="])
def test_foreign_text_is_no_markdown(text):
    shown = escaped(text)
    assert shown != text
    assert shown.replace("\\", "") == text


@given(st.text())
def test_foreign_text_stays_on_its_line(text):
    assert "\n" not in escaped(text)
    assert len(escaped(text).splitlines()) <= 1


def test_a_child_is_listed_before_its_parents():
    headings = [line for line in policy_docs(["ml-governance"]).splitlines() if line.startswith("# ")]
    assert [heading.rpartition(" ")[2] for heading in headings] == ["gold", "silver", "bronze"]
