"""What a child asks of a parent: read, compared with the parent, and refused where it is no stricter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from assay.errors import AssayError, PolicyError
from assay.policy import exploratory
from assay.record.policy import TIERS, Comparison, Control, Criterion, Enforcement, EnforcementByStage, Parameter
from assay.source import Loc, nearest
from assay.verdict.stricter import milder_than_inconclusive, narrower, no_milder, put_in, strictest_enforcement

if TYPE_CHECKING:
    from assay.policy.load import LoadedPolicy

Key = tuple[str, str, int]
"""`parameter` and its name, or `severity`, `enforcement` or `criterion` and the control; which criterion, from 0."""
Threshold = float | tuple[float, float]

ONLY_TIGHTEN = "A child may only tighten. A waiver is the way to loosen, because everybody sees it."
_THRESHOLDS = ("at_least", "at_most", "above", "below", "between", "margin", "significance")


@dataclass(frozen=True)
class Demand:
    """One stricter value, and who asks for it."""

    child: LoadedPolicy
    loc: Loc
    """Where in the child."""
    value: Any
    source: str = ""
    note: str | None = None

    @property
    def by(self) -> str:
        """`retail-credit 2.3.0`."""
        return f"{self.child.policy.id} {self.child.policy.version}"

    @property
    def place(self) -> str:
        """`card.yaml:8`."""
        return self.child.line(self.loc)

    @property
    def where(self) -> str:
        """`card.yaml:8:21`, with its folder: for errors."""
        return self.child.as_given.place(self.loc)

    @property
    def order(self) -> tuple[str, tuple[int, int]]:
        """By which demands are sorted, whoever was named first."""
        return self.child.policy.id, self.child.source.position(self.loc)


@dataclass(frozen=True)
class Demands:
    """All that one extension asks for."""

    accepted: list[tuple[Key, Demand]]
    refused: list[AssayError]


def demands(child: LoadedPolicy, index: int, parent: LoadedPolicy) -> Demands:
    """What the extension at `index` of the child asks of its parent."""
    asked = _Asked(child, ("extends", index, "tighten"), parent, Demands([], []))
    tightening = child.policy.extends[index].tighten
    for name in tightening.parameters:
        asked.parameter(name, tightening.parameters[name].value)
    for name in tightening.controls:
        asked.control(name)
    asked.refuse_open_gates()
    return asked.found


def criterion_loc(policy: LoadedPolicy, control: str, number: int) -> Loc:
    """Where a criterion of a control stands."""
    loc = (*policy.loc(control), "criterion")
    tree = policy.source.tree["controls"][loc[1]]
    return (*loc, number) if isinstance(tree["criterion"], list) else loc


def shown(value: Any) -> str:
    """A threshold or an enforcement in words."""
    match value:
        case float():
            return f"{value:.0f}" if value.is_integer() and abs(value) < 1e15 else repr(value)
        case tuple():
            return f"[{', '.join(shown(number) for number in value)}]"
        case EnforcementByStage():
            return ", ".join(f"{stage} {answer}" for stage, answer in value.model_dump().items())
        case _:
            return str(value)


def _words(criterion: Comparison) -> str:
    return f"{criterion.operator} {shown(criterion.threshold)} ({criterion.source})"


@dataclass(frozen=True)
class _Asked:
    child: LoadedPolicy
    at: Loc
    parent: LoadedPolicy
    found: Demands

    def parameter(self, name: str, value: float) -> None:
        loc = (*self.at, "parameters", name)
        parameter = self.parent.policy.parameters.get(name)
        if parameter is None:
            hint = nearest(name, self.parent.policy.parameters)
            self._refuse(f"`{self.parent.policy.id}` has no parameter `{name}`", loc, hint, key=True)
            return
        if value == parameter.default:
            return
        if wrong := self._misfit(name, parameter, value):
            self._refuse(f"the parameter `{name}` of {self.parent.policy.id} {wrong}", (*loc, "value"))
            return
        given = self.child.policy.extends[int(self.at[1])].tighten.parameters[name]
        demand = Demand(self.child, (*loc, "value"), value, given.source, given.note)
        if (value > parameter.default) != (parameter.tighten == "up"):
            before = f"{shown(parameter.default)}, which may only go {parameter.tighten}"
            place = self.parent.line(("parameters", name, "default"))
            self._loosens(f"the parameter `{name}`", demand, (place, before), f"{shown(value)} ({given.source})")
            return
        stricter = [self._stricter(use, demand) for use in self._used(name)]  # every use is judged: all errors at once
        if all(stricter):
            self.found.accepted.append((("parameter", name, 0), demand))

    def _misfit(self, name: str, parameter: Parameter, value: float) -> str:
        if parameter.tighten is None:
            return "does not say which direction is strict, so that no child may change it"
        if parameter.type == "integer" and not value.is_integer():
            return f"is a whole number, found {shown(value)}"
        low, high = parameter.minimum, parameter.maximum
        if (low is not None and value < low) or (high is not None and value > high):
            bounds = [f"at least {shown(low)}"] * (low is not None) + [f"at most {shown(high)}"] * (high is not None)
            return f"has to be {' and '.join(bounds)}, found {shown(value)}"
        for loc in self.parent.uses.get(name, ()):
            if not _is_threshold(loc) or self._stands_beside(loc):
                return f"is not only a threshold ({self.parent.line(loc)}), so that no child may change it"
        return ""

    def _used(self, name: str) -> Iterator[tuple[Control, int, int | None]]:
        """The criteria in which a parameter stands, and which bound of a `between` it is."""
        for loc in self.parent.uses.get(name, ()):
            rest = loc[3:]
            number = rest[0] if isinstance(rest[0], int) else 0
            bound = rest[-1] if isinstance(rest[-1], int) else None
            yield self.parent.policy.controls[int(loc[1])], number, bound

    def _stands_beside(self, loc: Loc) -> bool:
        """Whether it is the significance beside a margin, which is no threshold of its own."""
        control, number = self.parent.policy.controls[int(loc[1])], loc[3] if isinstance(loc[3], int) else 0
        return "significance" in loc and control.criteria[number].operator == "margin"

    def _stricter(self, use: tuple[Control, int, int | None], demand: Demand) -> bool:
        """Note the threshold that follows from a parameter, where it is a stricter one."""
        control, number, bound = use
        criterion = control.criteria[number]
        threshold: Threshold = demand.value
        if bound is not None and criterion.between is not None:
            low, high = criterion.between
            threshold = (demand.value, high) if bound == 0 else (low, demand.value)
        return self._threshold(control, number, Demand(self.child, demand.loc, threshold, demand.source, demand.note))

    def control(self, name: str) -> None:
        loc = (*self.at, "controls", name)
        control = next((one for one in self.parent.policy.controls if one.id == name), None)
        if control is None:
            hint = nearest(name, [one.id for one in self.parent.policy.controls])
            self._refuse(f"`{self.parent.policy.id}` has no control `{name}`", loc, hint, key=True)
            return
        asked = self.child.policy.extends[int(self.at[1])].tighten.controls[name]
        if asked.severity is not None:
            milder = TIERS.index(asked.severity) < TIERS.index(control.severity)
            self._word(control, "severity", asked.severity, control.severity, milder=milder)
        if asked.enforcement is not None and exploratory.closes(control, asked.enforcement):
            self._refuse(exploratory.told(control.check), (*loc, "enforcement"), exploratory.HINT)
        elif asked.enforcement is not None:
            milder = not no_milder(asked.enforcement, control.enforcement)
            self._word(control, "enforcement", asked.enforcement, control.enforcement, milder=milder)
        for index, comparison in enumerate(asked.criteria):
            at: Loc = ("criterion", index) if isinstance(asked.criterion, tuple) else ("criterion",)
            self._criterion(control, comparison, (*loc, *at, comparison.operator))

    def _word(self, control: Control, kind: str, value: Any, before: Any, *, milder: bool) -> None:
        demand = Demand(self.child, (*self.at, "controls", control.id, kind), value)
        if milder:
            place = self.parent.line((*self.parent.loc(control.id), kind))
            self._loosens(control.id, demand, (place, f"{kind} {shown(before)}"), f"{kind} {shown(value)}")
        elif value != before:
            self.found.accepted.append(((kind, control.id, 0), demand))

    def _criterion(self, control: Control, comparison: Comparison, loc: Loc) -> None:
        """Note a stricter threshold for every criterion with the same estimate and the same operator."""
        same = [
            number
            for number, criterion in enumerate(control.criteria)
            if (criterion.operator, criterion.estimate) == (comparison.operator, comparison.estimate)
        ]
        if not same or comparison.threshold is None:
            has = "; ".join(_asks(criterion) for criterion in control.criteria) or "no criterion"
            what = f"{control.id} of {self.parent.policy.id} has no criterion `{_asks(comparison)}`"
            self._refuse(what, loc, f"It has: {has}. A child gives the same estimate and operator.")
            return
        beside = control.criteria[same[0]].significance
        if comparison.operator == "margin" and comparison.significance not in (None, beside):
            what = f"the significance beside the margin of {control.id} of {self.parent.policy.id} may not change"
            self._refuse(what, (*loc[:-1], "significance"), "Give the margin alone.")
            return
        for number in same:
            demand = Demand(self.child, loc, comparison.threshold, comparison.source, comparison.note)
            self._threshold(control, number, demand)

    def _threshold(self, control: Control, number: int, demand: Demand) -> bool:
        criterion = control.criteria[number]
        asked = put_in(criterion, demand.value).model_copy(update={"source": demand.source})
        if demand.value == criterion.threshold:
            return True
        if narrower(asked, criterion):
            self.found.accepted.append((("criterion", control.id, number), demand))
            return True
        loc = (*criterion_loc(self.parent, control.id, number), criterion.operator)
        before = (self.parent.line(loc), _words(criterion))
        if criterion.operator in _THRESHOLDS and not narrower(criterion, asked):
            why = "A ratio or difference is judged on both sides, so that the one refuses what the other accepts."
            self._loosens(control.id, demand, before, _words(asked), verb="does not tighten", why=why)
        else:
            self._loosens(control.id, demand, before, _words(asked))
        return False

    def refuse_open_gates(self) -> None:
        """A stricter threshold turns inconclusives into fails: where these weigh less, the gate would open."""
        for control in self.parent.policy.controls:
            mine = [(key[0], demand) for key, demand in self.found.accepted if key[1] == control.id]
            thresholds = [demand for kind, demand in mine if kind == "criterion"]
            raised: list[Enforcement | EnforcementByStage] = [d.value for kind, d in mine if kind == "enforcement"]
            if not thresholds:
                continue
            opened = milder_than_inconclusive(
                strictest_enforcement([control.enforcement, *raised]), control.on_inconclusive
            )
            if opened is not None:
                stage, tier = opened
                self._refuse(
                    f"tightening {control.id} would open a gate: in {stage}, tier {tier}, a fail weighs less than an "
                    "inconclusive",
                    thresholds[0].loc,
                    "A stricter threshold can turn an inconclusive into a fail. Raise `enforcement` as well.",
                )

    def _refuse(self, what: str, loc: Loc, hint: str = "", *, key: bool = False) -> None:
        where = self.child.as_given.place(loc, key=key)
        self.found.refused.append(PolicyError(what, where=where, hint=hint))

    def _loosens(
        self, what: str, demand: Demand, before: tuple[str, str], after: str, verb: str = "loosens", why: str = ""
    ) -> None:
        place, text = before
        width = max(len(place), len(demand.place)) + 3
        lines = (f"{place:<{width}}{text}", f"{demand.place:<{width}}{after}", why or ONLY_TIGHTEN)
        told = f"{verb} {what} of {self.parent.policy.id} {self.parent.policy.version}"
        self.found.refused.append(PolicyError(told, where=demand.where, hint="\n  ".join(lines)))


def _asks(criterion: Criterion | Comparison) -> str:
    return criterion.operator + (f" of {criterion.estimate}" if criterion.estimate else "")


def _is_threshold(loc: Loc) -> bool:
    """Whether a `$name` stands as a threshold: `criterion.at_least`, `criterion.1.between.0`."""
    if loc[2] != "criterion":
        return False
    rest = loc[4:] if isinstance(loc[3], int) else loc[3:]
    return rest[0] in _THRESHOLDS and len(rest) == (2 if rest[0] == "between" else 1)
