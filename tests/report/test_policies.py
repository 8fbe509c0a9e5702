"""What the report says of a policy and of a control that a child made stricter."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from assay.record.policy import Tightened
from assay.report.page import render_html
from assay.report.policies import policy_row

from .conftest import sample, sample_audit

STRICTER = Tightened(
    control="FAIR-01", what="at_least", before="0.8", after="0.85", by="card-lending 2.0.0", place="card.yaml:8"
)


def page(**changes: Any) -> str:
    audit = sample_audit()
    policy = audit.policies[0].model_copy(update=changes)
    made = sample(sample_audit(policies=(policy,)))
    return render_html(made.audit, made.gate, audit_digest=made.digest, signing=None)


def facts(**changes: Any) -> dict[str, str]:
    policy = sample_audit().policies[0].model_copy(update=changes)
    return dict(policy_row(policy, None).facts)


def test_that_nobody_compared_a_policy_with_the_law_is_said() -> None:
    assert facts() == {"Compared with the law": "not verified"}
    assert facts(verified_on=date(2026, 3, 1)) == {"Compared with the law": "1 March 2026"}


@pytest.mark.parametrize(
    ("changes", "name", "told"),
    [
        ({"applies_from": date(2024, 8, 1)}, "In force", "from 1 August 2024"),
        (
            {"applies_from": date(2024, 8, 1), "applies_until": date(2027, 1, 31)},
            "In force",
            "from 1 August 2024 until 31 January 2027",
        ),
        ({"roles": ("provider", "deployer")}, "Whom it binds", "provider and deployer"),
        ({"extends": (("ml-governance", "^1.0"),)}, "Extends", "ml-governance ^1.0"),
        ({"extends": (("ml-governance", "^1.0"),)}, "Lock", "no lock file"),
        (
            {"extends": (("ml-governance", "^1.0"),), "locked": True},
            "Lock",
            "its parents are the ones of its lock file, byte for byte",
        ),
        (
            {"maximum_open_waivers": 1},
            "Most open waivers",
            "1 waiver; where more are open, none of them opens the gate",
        ),
        ({"planned": (("M-01", "Drift"), ("M-02", "Costs"))}, "Planned, not evaluated", "M-01, Drift; M-02, Costs"),
    ],
)
def test_the_policy_table_tells_what_the_policy_says(changes: dict[str, Any], name: str, told: str) -> None:
    assert facts(**changes)[name] == told


def test_a_stricter_threshold_stands_beside_its_control_with_who_asked_for_it() -> None:
    told = "Made stricter. At least: 0.85 in place of 0.8, asked for by card-lending 2.0.0 (card.yaml:8)."
    assert page(tightened=(STRICTER,)).count(told) == 1
    assert "Made stricter." not in page()


def test_hostile_notes_stay_text() -> None:
    shown = page(notes=("superseded by <script>alert(1)</script>",))
    assert "<script>" not in shown
    assert shown.count("Superseded by &lt;script&gt;") == 2
