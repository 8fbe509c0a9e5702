"""How long ago the model was last audited."""

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
    """The ledger's history."""
    return request(view)


@check("governance.audit_age", version=1, estimates={"days_since_last_audit": "lower"})
def audit_age(evidence: Evidence, p: Parameters, context: Context) -> Measured:  # noqa: ARG001
    """The last audit of the model is not too long ago.

    Method: `days_since_last_audit` is the number of whole days from the newest earlier audit of this model in the
        ledger, of whatever version, to this one; an audit that was planned and never carried out does not count. It is
        a fact of the ledger.
    Evidence: the ledger as it was before this audit. The bundle holds the part that was used, as a table.
    Inconclusive when: there is no ledger, or it knows no earlier audit of this model: then the age is undefined, and
        never 0.
    Limits: the entries' times are those of the clock of whoever wrote them. A model is known by `identity.id`; under
        another id it has no history.
    Source: none; the longest time between two audits is for the policy to say.
    """
    history = evidence.of(HistoryRequest(), History)
    done = [past for past in history.audits if past.same_model and past.kind == "audit"]
    notes = (f"The ledger {history.ledger} held {history.size} entries before this audit.",)
    if not done:
        never = Estimate(
            name="days_since_last_audit", value=None, n=0, basis="exact", method="days",
            undefined="the ledger knows no earlier audit of this model",
        )  # fmt: skip
        return Measured(estimates=(never,), notes=notes)
    days = min(past.days_before for past in done)
    age = Estimate(name="days_since_last_audit", value=float(days), n=len(done), basis="exact", method="days")
    return Measured(
        estimates=(age,), exhibits=(past_audits(history, done, "Earlier audits of this model"),), notes=notes
    )
