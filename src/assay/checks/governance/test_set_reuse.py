"""How often a test set has been looked at."""

from __future__ import annotations

from assay.checks.governance._history import past_audits, request
from assay.checks.registry import CheckParameters, Context, check
from assay.evidence.history import History
from assay.evidence.request import HistoryRequest, Needs
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.estimate import Estimate
from assay.record.finding import Measured


class Parameters(CheckParameters):
    """None."""


def needs(p: Parameters, view: SubjectView) -> Needs:  # noqa: ARG001
    """The ledger's history, and a test set."""
    return request(view, test_set=True)


@check("governance.test_set_reuse", version=1, estimates={"earlier_uses": "lower", "earlier_versions": "lower"})
def test_set_reuse(evidence: Evidence, p: Parameters, context: Context) -> Measured:  # noqa: ARG001
    """A model is judged on a test set that has not been used up by earlier attempts.

    Method: earlier entries of the ledger are counted that used the very test file of this audit, by its SHA-256.
        `earlier_uses` is the number of earlier audits on it, of this model or of any other, each counted once whether
        it was planned only or carried out: an audit that was begun and not finished may have shown its result too.
        `earlier_versions` is the number of different models and versions among them. Both are facts of the ledger.
    Evidence: the ledger as it was before this audit. The bundle holds the part that was used, as a table.
    Inconclusive when: there is no ledger, or the manifest names no test data.
    Limits: only audits that were written into this ledger count. A test set that was looked at in a notebook, or under
        a copy with other bytes, leaves no trace. How many uses are too many depends on how the results were used.
    Source: Dwork et al., The reusable holdout, Science 349 (2015) 636-638.
    """
    history = evidence.of(HistoryRequest(), History)
    earlier = [past for past in history.audits if past.same_test_set]
    uses = len({past.audit for past in earlier})
    versions = len({(past.model, past.version) for past in earlier})
    return Measured(
        estimates=(
            Estimate(name="earlier_uses", value=float(uses), n=uses, basis="exact", method="count"),
            Estimate(name="earlier_versions", value=float(versions), n=versions, basis="exact", method="count"),
        ),
        exhibits=(past_audits(history, earlier, "Earlier audits on this test set"),) if earlier else (),
        notes=(f"The ledger {history.ledger} held {history.size} entries before this audit.",),
    )
