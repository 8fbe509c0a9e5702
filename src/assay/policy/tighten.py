"""Several children, one parent: the strictest of what they ask for, whatever the order in which they were named."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from assay.errors import AssayError, PolicyError
from assay.policy.demands import Demand, Key, criterion_loc, demands, shown
from assay.record.policy import TIERS, Control, Criterion, EnforcementByStage, Policy, Tightened
from assay.source import Loc, in_order, raise_all
from assay.source.told import short
from assay.verdict.stricter import has_raised, put_in, strictest, strictest_enforcement

if TYPE_CHECKING:
    from assay.policy.load import LoadedPolicy

LONGEST_NOTE = 4000
_MOST_OLD = 300


@dataclass(frozen=True)
class Changed:
    """A value in the place of the one that is written."""

    value: Any
    place: str
    """Of the child that asks for it: `card.yaml:8`."""


def tighten(family: dict[str, LoadedPolicy]) -> tuple[LoadedPolicy, ...]:
    """All policies, sorted by id, each as strict as the strictest of its children asks.

    Raises Problems where a child loosens, and where what two children ask for cannot be had together.
    """
    asked: dict[str, dict[Key, list[Demand]]] = {name: {} for name in family}
    problems: list[AssayError] = []
    for _, child in sorted(family.items()):
        refused: list[AssayError] = []
        for index, extension in enumerate(child.policy.extends):
            found = demands(child, index, family[extension.pack])
            refused += found.refused
            for key, demand in found.accepted:
                asked[extension.pack].setdefault(key, []).append(demand)
        problems += in_order(refused)
    raise_all(problems, *(child.as_given for child in family.values()))
    joined = [_Joined(policy, _sorted(asked[name]), []) for name, policy in sorted(family.items())]
    resolved = tuple(one.policy() for one in joined)
    raise_all([problem for one in joined for problem in one.conflicts], *(child.as_given for child in family.values()))
    return resolved


def _sorted(asked: dict[Key, list[Demand]]) -> dict[Key, list[Demand]]:
    return {key: sorted(asked[key], key=lambda demand: demand.order) for key in sorted(asked)}


@dataclass
class _Joined:
    """A parent and everything that is asked of it."""

    parent: LoadedPolicy
    asked: dict[Key, list[Demand]]
    conflicts: list[AssayError]

    def policy(self) -> LoadedPolicy:
        if not self.asked:
            return self.parent
        self.changed: dict[Loc, Changed] = {}
        self.told: list[Tightened] = []
        record = self.parent.policy
        parameters = {name: self._parameter(name) for name in record.parameters}
        controls = tuple(self._control(control) for control in record.controls)
        tightened: Policy = record.model_copy(update={"parameters": parameters, "controls": controls})
        return replace(self.parent, policy=tightened, changed=self.changed, tightened=tuple(self.told))

    def _parameter(self, name: str) -> Any:
        parameter = self.parent.policy.parameters[name]
        asked = self.asked.get(("parameter", name, 0))
        if not asked:
            return parameter
        value = (max if parameter.tighten == "up" else min)(demand.value for demand in asked)
        who = next(demand for demand in asked if demand.value == value)
        self.changed["parameters", name, "default"] = Changed(value, who.place)
        return parameter.model_copy(update={"default": value})

    def _control(self, control: Control) -> Control:
        update: dict[str, Any] = {}
        criteria = [self._criterion(control, number) for number in range(len(control.criteria))]
        if criteria != list(control.criteria):
            update["criterion"] = tuple(criteria) if isinstance(control.criterion, tuple) else criteria[0]
        if asked := self.asked.get(("severity", control.id, 0)):
            severity = max((demand.value for demand in asked), key=TIERS.index)
            self._tell(control, "severity", severity, [demand for demand in asked if demand.value == severity])
            update["severity"] = severity
        if asked := self.asked.get(("enforcement", control.id, 0)):
            enforcement = strictest_enforcement([control.enforcement, *(demand.value for demand in asked)])
            who = [d for d in asked if has_raised(d.value, enforcement, control.enforcement)]
            self._tell(control, "enforcement", enforcement, who)
            update["enforcement"] = enforcement
        return control.model_copy(update=update) if update else control

    def _tell(self, control: Control, kind: str, value: Any, who: list[Demand]) -> None:
        written = value.model_dump() if isinstance(value, EnforcementByStage) else value
        self.changed[(*self.parent.loc(control.id), kind)] = Changed(written, _joined(d.place for d in who))
        self._note(control, kind, getattr(control, kind), value, who)

    def _note(self, control: Control, what: str, before: Any, after: Any, who: list[Demand]) -> None:
        by, place = _joined(demand.by for demand in who), _joined(demand.place for demand in who)
        self.told.append(
            Tightened(control=control.id, what=what, before=shown(before), after=shown(after), by=by, place=place)
        )

    def _criterion(self, control: Control, number: int) -> Criterion:
        criterion, asked = control.criteria[number], self.asked.get(("criterion", control.id, number), [])
        final = strictest([criterion, *(put_in(criterion, demand.value) for demand in asked)])
        if final is None:
            self._conflict(control, asked)
            return criterion
        if final.threshold == criterion.threshold:
            return criterion
        who = _who(criterion, final, asked)
        notes = [demand.note for demand in who if demand.note]
        by, old = _joined(demand.by for demand in who), shown(criterion.threshold)
        from_ = short(f"tightened by {by} from {old} ({criterion.source})", _MOST_OLD)
        room = LONGEST_NOTE - len(from_) - 2
        note = f"{short('; '.join(notes), room)}; {from_}" if notes else from_
        what = criterion.operator + (f" of {criterion.estimate}" if criterion.estimate else "")
        self._note(control, what, criterion.threshold, final.threshold, who)
        self._change(control, number, final, who, note)
        return final.model_copy(update={"source": who[0].source, "note": note})

    def _change(self, control: Control, number: int, final: Criterion, who: list[Demand], note: str) -> None:
        loc, place = criterion_loc(self.parent, control.id, number), _joined(demand.place for demand in who)
        before, after = control.criteria[number].threshold, final.threshold
        if isinstance(before, tuple) and isinstance(after, tuple):
            for bound in (0, 1):
                if before[bound] != after[bound]:
                    mine = next(demand for demand in who if demand.value[bound] == after[bound])
                    self.changed[(*loc, "between", bound)] = Changed(after[bound], mine.place)
        else:
            self.changed[(*loc, final.operator)] = Changed(after, place)
        self.changed[(*loc, "source")] = Changed(who[0].source, who[0].place)
        self.changed[(*loc, "note")] = Changed(note, place)

    def _conflict(self, control: Control, asked: list[Demand]) -> None:
        """Two that cannot be had together."""
        pairs = ((a, b) for i, a in enumerate(asked) for b in asked[i + 1 :])
        criterion = control.criteria[0]
        for number, one in enumerate(control.criteria):
            if self.asked.get(("criterion", control.id, number)) is asked:
                criterion = one
        first, second = next(
            (pair for pair in pairs if strictest([put_in(criterion, demand.value) for demand in pair]) is None),
            (asked[0], asked[-1]),
        )
        name = f"{control.id} of {self.parent.policy.id}"
        told = [f"{d.place}: {d.by} asks for {criterion.operator} {shown(d.value)}" for d in (first, second)]
        self.conflicts.append(
            PolicyError(f"what is asked of {name} cannot be had together", where=first.where, hint="\n  ".join(told))
        )


def _who(criterion: Criterion, final: Criterion, asked: list[Demand]) -> list[Demand]:
    """Who made the threshold what it is: one, or one for each bound."""
    before, after = criterion.threshold, final.threshold
    if not isinstance(before, tuple) or not isinstance(after, tuple):
        return [next(demand for demand in asked if demand.value == after)]
    found = [
        next(demand for demand in asked if demand.value[bound] == after[bound])
        for bound in (0, 1)
        if before[bound] != after[bound]
    ]
    return sorted({demand.order: demand for demand in found}.values(), key=lambda demand: demand.order)


def _joined(texts: Any) -> str:
    return " and ".join(dict.fromkeys(texts))
