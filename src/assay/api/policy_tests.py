"""Policy tests, and the mutants they notice."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assay.policy.load import LoadedPolicy
    from assay.record.policy_tests import PolicyTestReport


@dataclass(frozen=True)
class ListedExpectation:
    """What one test expects of one control, or of the gate. It is not run."""

    test: str
    control: str
    """`FAIR-01`, `parent/FAIR-01` or `gate`."""
    place: str
    """`tests/fairness.yaml:12`."""


def list_policy_tests(name_or_path: str | Path) -> tuple[ListedExpectation, ...]:
    """What the tests beside a policy expect, in the order of the lines that `run_policy_tests` gives.

    Raises PolicyError, or Problems, for a policy or tests that cannot be used, and for a policy without tests.
    """
    from assay.run.policy_tests import cases_of, places

    own, policies = _family(name_or_path)
    return tuple(
        ListedExpectation(case.test.name, control, place)
        for case in cases_of(own, policies).cases
        for control, place in places(case)
    )


def run_policy_tests(name_or_path: str | Path, *, mutate: bool = False) -> PolicyTestReport:
    """Run the tests beside a policy; with `mutate`, also count which changes of the policy they notice.

    Nothing is mutated while a test fails. Raises PolicyError, or Problems, for a policy or tests that cannot be used,
    and for a policy without tests.
    """
    from assay.run.policy_tests import run_tests

    own, policies = _family(name_or_path)
    report, files, tested = run_tests(own, policies)
    if not mutate or report.failures:
        return report
    from assay.run.mutation import mutate as mutated

    return report.model_copy(update={"mutation": mutated(own, policies, files, tested)})


def policy_tests_junit(reports: Sequence[PolicyTestReport]) -> bytes:
    """The reports as JUnit XML: a suite per policy, a test case per test and control."""
    from assay.export.policy_junit import junit

    return junit(reports)


def _family(name_or_path: str | Path) -> tuple[LoadedPolicy, Sequence[LoadedPolicy]]:
    """The policy, and it with all that it extends."""
    from assay.policy.load import load_policies
    from assay.policy.packs import policy_path

    policies = load_policies([name_or_path])
    path = policy_path(os.fspath(name_or_path))
    return next(policy for policy in policies if policy.path == path), policies
