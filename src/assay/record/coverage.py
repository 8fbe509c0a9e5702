"""What covers what: places of laws, controls, outcomes, and what is left over on either side."""

from assay.record.finding import Outcome
from assay.record.frozen import Frozen


class CoveringControl(Frozen):
    """A control, and its outcome where an audit is given."""

    control: str
    """`<policy>/<control>`."""
    title: str
    planned: bool
    outcome: Outcome | None = None
    """None: planned, or in no audit that was given."""


class CitablePlace(Frozen):
    """A place that can be cited, and the controls that cite it."""

    ref: str
    words: str
    controls: tuple[CoveringControl, ...]


class CoveredInstrument(Frozen):
    """One instrument with all of its places."""

    instrument: str
    title: str
    edition: str
    places: tuple[CitablePlace, ...]

    @property
    def covered(self) -> int:
        """Places with at least one control that is more than planned."""
        return sum(any(not control.planned for control in place.controls) for place in self.places)


class Coverage(Frozen):
    """Places → controls → outcomes, and what is left over on either side."""

    instruments: tuple[CoveredInstrument, ...]
    """Those that a control cites."""
    uncited: tuple[CoveringControl, ...]
    """Controls that cite nothing."""
    unread: tuple[str, ...] | None
    """Fields that the manifest gives and no control reads; None where no manifest is given."""
    notes: tuple[str, ...] = ()
