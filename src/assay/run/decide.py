"""Evidence → findings: each check measures, verdict/ compares."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Sequence
from pathlib import Path

from assay.checks.registry import Check, CheckParameters, Context
from assay.evidence.request import Needs
from assay.evidence.value import Evidence, EvidenceFailed, EvidenceMissing
from assay.evidence.view import SubjectView
from assay.record.finding import CheckRecord, Finding, Judgement, Measured
from assay.record.policy import Criterion, SmallGroups
from assay.run.people import people_to_decide
from assay.run.plan import PlannedControl
from assay.run.sensitivity import with_sensitivity
from assay.verdict.rollup import Conclusion, conclude

Progress = Callable[[str, int, int], None]
A_MILLION = 1_000_000


def decide(planned: PlannedControl, evidence: Evidence, view: SubjectView, progress: Progress) -> Finding:
    """The finding of one control. An exception inside its check becomes the outcome `error`."""
    measured, error = Measured(missing=planned.needs.missing), None
    if planned.check is not None and planned.parameters is not None and planned.applies:
        control = planned.control
        context = context_of(control.criteria, control.small_groups, view, progress)
        measured, error = measured_by(planned.check, planned.parameters, planned.needs, evidence, context)
    return finding_of(planned, measured, error)


def measured_by(
    check: Check, parameters: CheckParameters, needs: Needs, evidence: Evidence, context: Context
) -> tuple[Measured, str | None]:
    """What the check finds in the evidence, and the exception inside it, or why the model failed, where it did."""
    if not needs.requests:
        return Measured(missing=needs.missing), None
    try:
        measured = check.measure(evidence, parameters, context)
        return measured.model_copy(update={"missing": (*measured.missing, *needs.missing)}), None
    except EvidenceMissing as unavailable:
        return Measured(missing=(str(unavailable), *needs.missing)), None
    except EvidenceFailed as failed:
        return Measured(missing=needs.missing), str(failed)  # nothing of ours: where it arose tells nobody anything
    except Exception as exception:  # noqa: BLE001  the other controls still run; this one is reported as an error
        return Measured(missing=needs.missing), _sanitised(exception)


def _limits(planned: PlannedControl) -> tuple[float, float, float]:
    control = planned.control
    return control.maximum_unlabelled, control.maximum_undecided, control.maximum_unknown


def _concluded(planned: PlannedControl, measured: Measured, error: str | None) -> Conclusion:
    return conclude(
        applicability=planned.applicability,
        requirement=planned.requirement,
        attest=planned.control.attest,
        criteria=planned.control.criteria,
        small_groups=planned.control.small_groups,
        limits=_limits(planned),
        measured=measured,
        error=error,
    )


def context_of(
    criteria: Sequence[Criterion], small_groups: SmallGroups, view: SubjectView, progress: Progress
) -> Context:
    """What the check is told; where criteria differ, the first one's confidence and rule hold."""
    first = criteria[0]
    return Context(
        view=view,
        confidence=first.confidence,
        decide_on=first.decide_on,
        minimum=small_groups.minimum,
        progress=progress,
    )


def finding_of(planned: PlannedControl, measured: Measured, error: str | None = None) -> Finding:
    """The finding that follows from what was measured, or from the exception inside the check."""
    conclusion = _concluded(planned, measured, error)
    control, check, parameters = planned.control, planned.check, planned.parameters
    record = None
    if check is not None and parameters is not None:
        bound = parameters.model_dump(mode="json", by_alias=True, exclude_none=True)
        record = CheckRecord(id=check.id, version=check.version, parameters=bound, docstring=check.docstring)
    estimates = {estimate.id: estimate for estimate in measured.estimates}
    judgements = tuple(
        judgement.model_copy(
            update={
                "people_to_decide": people_to_decide(
                    estimates[judgement.estimate], control.criteria[judgement.criterion], control.small_groups
                )
            }
        )
        if judgement.reason in ("interval_straddles", "sample_too_small")
        else judgement
        for judgement in conclusion.judgements
    )
    judgements = with_sensitivity(judgements, conclusion.leading, estimates, control.criteria, control.small_groups)
    return Finding(
        policy=planned.policy.policy.id,
        control=control.id,
        title=control.title,
        description=control.description,
        severity=control.severity,
        citations=control.cites,
        place=planned.policy.place(control.id),
        outcome=conclusion.outcome,
        reason=conclusion.reason,
        sentence=_with_people(conclusion, judgements),
        applicability=planned.applicability,
        requirement=planned.requirement if planned.applies else None,
        attest=control.attest,
        check=record,
        criteria=control.criteria,
        small_groups=control.small_groups if check is not None else None,
        limits=_limits(planned),
        measured=measured,
        judgements=judgements,
        error=error,
    )


def _with_people(conclusion: Conclusion, judgements: tuple[Judgement, ...]) -> str:
    """The sentence, with the number of people that would decide where one would."""
    leading = conclusion.leading
    if leading is None or conclusion.outcome != "inconclusive":
        return conclusion.sentence
    people = next(
        j.people_to_decide for j in judgements if (j.estimate, j.criterion) == (leading.estimate, leading.criterion)
    )
    if not people:
        return conclusion.sentence
    told = f"about {people:,}" if people <= A_MILLION else "more than a million"
    return f"{conclusion.sentence}; {told} people in that group would decide"


def _sanitised(exception: Exception) -> str:
    """The traceback, with file names only: a record holds no path of the machine it was made on."""
    frames = traceback.extract_tb(exception.__traceback__)
    lines = [f"{Path(frame.filename).name}:{frame.lineno} in {frame.name}" for frame in frames]
    return "\n".join([*lines, f"{type(exception).__name__}: {exception}"])
