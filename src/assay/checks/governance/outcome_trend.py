"""How earlier audits of the model ended, one after the other."""

from __future__ import annotations

from collections.abc import Sequence

from assay.checks.exhibit import columns
from assay.checks.governance._history import MOST_ROWS, request
from assay.checks.registry import CheckParameters, Context, check
from assay.evidence.history import History, PastAudit
from assay.evidence.request import HistoryRequest, Needs
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.estimate import Estimate, Exhibit
from assay.record.finding import Measured


class Parameters(CheckParameters):
    """None."""


def needs(p: Parameters, view: SubjectView) -> Needs:  # noqa: ARG001
    """The ledger's history."""
    return request(view)


@check(
    "governance.outcome_trend",
    version=1,
    estimates={"closed_gates_in_a_row": "lower", "more_failures": "lower", "failed_share": "lower"},
)
def outcome_trend(evidence: Evidence, p: Parameters, context: Context) -> Measured:  # noqa: ARG001
    """The model does not get worse from audit to audit.

    Method: earlier audits of this model in the ledger, of whatever version, are put in the order of their entries.
        `closed_gates_in_a_row` is the number of the newest of them whose gate was closed, back to the last one whose
        gate was open; 0 where the newest was open. `more_failures` is the number of controls that failed in the newest
        less those that failed in the one before it. `failed_share` is the share of controls that failed in the newest,
        of those that passed, failed or stayed open. All are facts of the ledger.
    Evidence: the ledger as it was before this audit. The bundle holds the part that was used, as a table.
    Inconclusive when: there is no ledger, or it knows no earlier audit of this model, or only one (more_failures), or
        no control of it passed, failed or stayed open (failed_share); the ledger does not tell a gate or a count.
    Limits: this audit is not among them: its own outcomes are in its report. Audits under different policies ask
        different things; the counts are of controls, whatever they weigh. A model is known by `identity.id`.
    Source: none; the audits are counted.
    """
    history = evidence.of(HistoryRequest(), History)
    done = [past for past in history.audits if past.same_model and past.kind == "audit"]
    notes = (f"The ledger {history.ledger} held {history.size} entries before this audit.",)
    estimates = (_closed(done), _more(done), _share(done))
    return Measured(estimates=estimates, exhibits=(_table(history, done),) if done else (), notes=notes)


def _closed(done: Sequence[PastAudit]) -> Estimate:
    name = "closed_gates_in_a_row"
    if not done:
        return _undefined(name, "the ledger knows no earlier audit of this model", 0)
    closed = next((at for at, past in enumerate(reversed(done)) if past.gate != "closed"), len(done))
    if closed < len(done) and done[-1 - closed].gate != "open":
        return _undefined(name, "the ledger does not tell how the gate of an earlier audit stood", len(done))
    return Estimate(name=name, value=float(closed), n=len(done), basis="exact", method="count")


def _more(done: Sequence[PastAudit]) -> Estimate:
    name = "more_failures"
    if len(done) < 2 or done[-1].failed is None or done[-2].failed is None:
        return _undefined(name, "the ledger knows no two earlier audits of this model", len(done))
    more = float(done[-1].failed - done[-2].failed)
    return Estimate(name=name, value=more, n=len(done), basis="exact", method="difference of counts")


def _share(done: Sequence[PastAudit]) -> Estimate:
    name, newest = "failed_share", done[-1] if done else None
    counted = (newest.passed, newest.failed, newest.open) if newest else ()
    passed, failed, open_ = counted if counted and None not in counted else (0, 0, 0)
    controls = (passed or 0) + (failed or 0) + (open_ or 0)
    if not controls or failed is None:
        return _undefined(name, "the ledger knows no earlier audit of this model with a control that was decided", 0)
    return Estimate(
        name=name, value=failed / controls, n=controls, numerator=failed, denominator=controls, basis="exact",
        method="failed over controls",
    )  # fmt: skip


def _undefined(name: str, why: str, n: int) -> Estimate:
    return Estimate(name=name, undefined=why, undefined_as="evidence_missing", n=n, basis="exact", method="count")


def _table(history: History, done: Sequence[PastAudit]) -> Exhibit:
    newest = list(done)[-MOST_ROWS:]
    left_out = len(done) - len(newest)
    return Exhibit(
        name="outcomes",
        title=f"Earlier audits of this model in the ledger {history.ledger}"
        + (f"; {left_out} older ones left out" if left_out else ""),
        columns=columns(
            ("entry", "Entry", "count"), ("days", "Days before", "count"), ("version", "Version", "text"),
            ("passed", "Passed", "count"), ("failed", "Failed", "count"), ("open", "Open", "count"),
            ("gate", "Gate", "text"),
        ),
        rows=tuple(
            (past.index, past.days_before, past.version, past.passed, past.failed, past.open, past.gate)
            for past in newest
        ),
    )  # fmt: skip
