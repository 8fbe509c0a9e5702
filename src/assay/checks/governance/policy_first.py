"""Whether the thresholds stood before the test set was looked at."""

from __future__ import annotations

from assay.checks.exhibit import columns
from assay.checks.governance._history import request
from assay.checks.registry import CheckParameters, Context, check
from assay.evidence.history import FixedPolicy, History
from assay.evidence.request import HistoryRequest, Needs
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.estimate import Estimate, Exhibit
from assay.record.finding import Measured


class Parameters(CheckParameters):
    """None."""


def needs(p: Parameters, view: SubjectView) -> Needs:  # noqa: ARG001
    """The ledger's history, and a test set."""
    return request(view, test_set=True)


@check("governance.policy_first", version=1, estimates={"share_fixed_first": "higher", "fixed_later": "lower"})
def policy_first(evidence: Evidence, p: Parameters, context: Context) -> Measured:  # noqa: ARG001
    """The policies were fixed before anybody saw a result on the test set.

    Method: an audit writes the digest of each policy, and then its plan, into the ledger before it measures anything.
        A policy was fixed first when its digest stands in the ledger before the first plan or audit that used this
        test file, by its SHA-256; where this audit is the first on it, every policy is. `share_fixed_first` is the
        share of the applied policies that were, `fixed_later` the number of those that were not. Both are facts of the
        ledger's order, which its signed checkpoints hold fast.
    Evidence: the ledger as it was before this audit. The bundle holds the part that was used, as a table.
    Inconclusive when: there is no ledger, or the manifest names no test data.
    Limits: results that nobody wrote into this ledger leave no trace. A policy whose bytes changed in any way, be it a
        comment, counts as another policy.
    Source: Regulation (EU) 2024/1689, Article 9(8): testing against prior defined metrics and probabilistic thresholds.
        Unverified.
    """
    history = evidence.of(HistoryRequest(), History)
    first = min((past.index for past in history.audits if past.same_test_set), default=None)
    fixed = [_before(policy, first) for policy in history.policies]
    n, good = len(fixed), sum(fixed)
    if not n:
        return Measured(missing=("a policy in the ledger",))
    return Measured(
        estimates=(
            Estimate(name="share_fixed_first", value=good / n, n=n, numerator=good, denominator=n, basis="exact",
                     method="fixed first over applied policies"),
            Estimate(name="fixed_later", value=float(n - good), n=n, basis="exact", method="count"),
        ),
        exhibits=(_table(history, fixed),),
        notes=("This is the first audit of the ledger on this test set.",) if first is None else
        (f"Entry {first} of the ledger is the first that used this test set.",),
    )  # fmt: skip


def _before(policy: FixedPolicy, first: int | None) -> bool:
    return first is None or (policy.index is not None and policy.index < first)


def _table(history: History, fixed: list[bool]) -> Exhibit:
    return Exhibit(
        name="policies",
        title="Where the ledger first has each policy",
        columns=columns(
            ("policy", "Policy", "text"), ("entry", "Entry", "count"), ("first", "Before the test set was used", "text")
        ),
        rows=tuple(
            (policy.policy, policy.index, "yes" if first else "no")
            for policy, first in zip(history.policies, fixed, strict=True)
        ),
    )  # fmt: skip
