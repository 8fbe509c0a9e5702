"""What differs between two audits: keyed by policy, control and group, never by position. Worst first throughout."""

from typing import Literal

from assay.record.artefact import Digest
from assay.record.estimate import Interval
from assay.record.finding import Outcome, Reason
from assay.record.frozen import Day, Frozen, Moment
from assay.record.gate import Effect
from assay.record.policy import Severity, Stage

Loss = Literal["evidence_missing", "not_applicable", "estimates"]
"""Nothing is there to measure, the control is no longer asked, or some of its numbers are gone."""
Direction = Literal["looser", "changed", "stricter"]


class ComparedGate(Frozen):
    """The gate of one of the two audits."""

    state: Literal["open", "closed"]
    stage: Stage
    exit_code: int
    at: Moment
    why: tuple[str, ...]


class Compared(Frozen):
    """One of the two audits."""

    audit: str
    at: Moment
    law_at: Day
    model: str
    """Id of the subject."""
    name: str
    version: str
    digest: Digest
    """Of the subject."""
    gate: ComparedGate | None = None
    """None where only the record was given."""


class FindingChange(Frozen):
    """A finding that is not what it was, or of which some groups are not."""

    finding: str
    """`<policy>/<control>`."""
    title: str
    severity: Severity
    before: Outcome | None
    """None: the control was not there."""
    after: Outcome | None
    """None: the control is gone."""
    before_reason: Reason | None = None
    after_reason: Reason | None = None
    sentence: str
    """Why it is what it is now; of a control that is gone, why it was what it was."""
    parts: tuple[str, ...] = ()
    """The groups, or other parts of the control, that changed in this way: `sex: female`."""
    before_effect: Effect | None = None
    """What it did to the gate; None where there is no gate."""
    after_effect: Effect | None = None
    after_why: str | None = None
    """Why it does that to the gate now; None where there is no gate."""
    waived_by: str | None = None
    """The waivers that excuse it now."""

    @property
    def closes(self) -> bool:
        """Whether it closes the gate, and did not before."""
        effects = self.before_effect, self.after_effect
        return tuple(effect in ("sign_off", "block") for effect in effects) == (False, True)


class Evidence(Frozen):
    """A finding that was measured on one side and is not on the other, as a whole or for some of its groups."""

    finding: str
    title: str
    severity: Severity
    kind: Loss
    parts: tuple[str, ...] = ()
    """With `estimates`: whose numbers they were."""
    sentence: str
    """What the audit without the evidence says."""


class Movement(Frozen):
    """An estimate that both audits have, and that is not the same, or not as far from its threshold."""

    finding: str
    estimate: str
    """Its id in the new audit: `impact_ratio[sex: female / male]`."""
    severity: Severity
    before: float
    after: float
    before_interval: Interval | None = None
    after_interval: Interval | None = None
    before_reference: str | None = None
    after_reference: str | None = None
    """The group it is compared with, which can change where it is the one that fares best."""
    before_outcome: Outcome | None = None
    """None where nothing judges it."""
    after_outcome: Outcome | None = None
    before_margin: float | None = None
    """Distance to the nearest threshold: positive on the good side; None where there is none."""
    after_margin: float | None = None
    beyond: bool = False
    """It is more than noise by the old interval: the new value lies outside it, or the intervals do not meet. A number
    without sampling error moves beyond with every change."""

    @property
    def nearer(self) -> bool:
        """Whether it came nearer to its threshold, or went further beyond it."""
        return (
            self.before_margin is not None and self.after_margin is not None and self.after_margin < self.before_margin
        )


class PolicyChange(Frozen):
    """A policy that is new, gone or has other bytes."""

    id: str
    title: str
    before_version: str | None = None
    """None: the policy was not there."""
    after_version: str | None = None
    """None: the policy is gone."""
    before_digest: Digest | None = None
    after_digest: Digest | None = None


class TermChange(Frozen):
    """What a control asks, or what its answer does, is not what it was."""

    finding: str
    what: str
    """`at_least`, `enforcement`, `severity`."""
    before: str
    after: str
    direction: Direction


class FileChange(Frozen):
    """A file of the subject with another digest."""

    role: str
    """`model`, `data.test`."""
    before: Digest | None
    """None: it was not there."""
    after: Digest | None
    """None: it is gone."""


class WaiverChange(Frozen):
    """A waiver that holds on one side only."""

    id: str
    control: str
    kind: Literal["gained", "lost", "expired"]
    why: str


class AuditDifference(Frozen):
    """Everything in which the new audit is not the old one."""

    assay: Literal["difference/v1"] = "difference/v1"
    old: Compared
    new: Compared
    newly_error: tuple[FindingChange, ...] = ()
    newly_failing: tuple[FindingChange, ...] = ()
    lost: tuple[Evidence, ...] = ()
    """Measured before, not now."""
    removed: tuple[FindingChange, ...] = ()
    """Controls that are gone: their evidence is lost as well."""
    newly_inconclusive: tuple[FindingChange, ...] = ()
    """But for those whose evidence is missing, which is lost."""
    newly_closing: tuple[FindingChange, ...] = ()
    """The same outcome, but it closes the gate now and did not: a waiver expired, a policy became stricter, …"""
    closed_by: tuple[str, ...] = ()
    """Where the gate was open and is closed: the reasons that no control has, such as a signature that is missing."""
    effects: tuple[FindingChange, ...] = ()
    """The same outcome, but the gate does something else with it that does not close it."""
    fixed: tuple[FindingChange, ...] = ()
    """Now pass, and did not: error, fail or inconclusive."""
    gained: tuple[Evidence, ...] = ()
    """Measured now, not before."""
    added: tuple[FindingChange, ...] = ()
    """Controls that came."""
    policies: tuple[PolicyChange, ...] = ()
    terms: tuple[TermChange, ...] = ()
    files: tuple[FileChange, ...] = ()
    waivers: tuple[WaiverChange, ...] = ()
    moved: tuple[Movement, ...] = ()
    """Those beyond their interval first, then those that came nearest to their threshold."""

    @property
    def other_model(self) -> bool:
        """Whether the two audits are of different models, not of versions of one."""
        return self.old.model != self.new.model

    @property
    def closed(self) -> bool:
        """Whether the gate was open and is closed."""
        gates = self.old.gate, self.new.gate
        return tuple(gate.state if gate else None for gate in gates) == ("open", "closed")

    @property
    def worse(self) -> bool:
        """Whether something newly fails, is an error or inconclusive, lost its evidence, or closes the gate.

        A control that is gone counts where it was judged, one that came where it does not pass. What was open and is
        closed counts whatever the cause is: a waiver that expired, too.
        """
        lists = (self.newly_error, self.newly_failing, self.lost, self.newly_inconclusive, self.newly_closing)
        gone = any(change.before in ("pass", "fail", "inconclusive") for change in self.removed)
        came = any(change.after in ("error", "fail", "inconclusive") for change in self.added)
        return any(lists) or gone or came or self.closed

    @property
    def empty(self) -> bool:
        """Whether nothing differs but which audit it is and when it was made."""
        lists = (
            self.newly_error, self.newly_failing, self.lost, self.removed, self.newly_inconclusive,
            self.newly_closing, self.effects, self.fixed, self.gained, self.added, self.policies, self.terms,
            self.files, self.waivers, self.moved,
        )  # fmt: skip
        gates = [gate and (gate.state, gate.stage, gate.exit_code) for gate in (self.old.gate, self.new.gate)]
        subjects = [(side.model, side.version, side.digest, side.law_at) for side in (self.old, self.new)]
        return not any(lists) and (None in gates or gates[0] == gates[1]) and subjects[0] == subjects[1]
