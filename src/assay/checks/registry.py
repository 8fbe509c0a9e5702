"""How a check is written, and how one is found. A check's module is imported only when a policy names it."""

from __future__ import annotations

import difflib
import importlib
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from assay.errors import PolicyError
from assay.record.artefact import Role
from assay.record.condition import Condition
from assay.record.frozen import Frozen
from assay.record.policy import DecideOn

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    from assay.evidence.request import Needs
    from assay.evidence.value import Evidence
    from assay.evidence.view import SubjectView
    from assay.record.finding import Measured

Design = Literal["weight", "entity"]
"""How the rows came to be, as the manifest's columns say it: they have sampling weights, somebody stands in several."""

Good = Literal["higher", "lower"] | float | None
"""Which estimates are the better ones: higher, lower, near a number, or neither."""

Estimates = Mapping[str, Good | Mapping[str, Good]]
"""Name → what is good. A name may hold the value of a parameter, as `{metric}_gap`; where that also says what is good,
there is a mapping of the names as they then are."""

SECTIONS = ("Method", "Evidence", "Inconclusive when", "Limits", "Source")
"""The headings which every docstring of a check has; the first paragraph is the requirement."""


class CheckParameters(Frozen):
    """Parameters of a check. Each field is named in the check's docstring."""

    @field_validator("*")
    @classmethod
    def _names_something(cls, value: object, info: ValidationInfo) -> object:
        """An empty list in the place of a word such as `declared` would leave nothing to be measured."""
        if value == () and isinstance(cls.model_fields[str(info.field_name)].default, str):
            raise ValueError(f"`{info.field_name}` is an empty list, so that nothing would be measured")
        return value


class DataParameters(CheckParameters):
    """For checks that read one dataset."""

    data: Role = "test"
    """The dataset that is measured: its role in the manifest."""
    where: Condition | None = None
    """A condition on columns of the data: only rows that meet it are measured."""


class AgainstParameters(DataParameters):
    """For checks that compare one dataset with another."""

    against: Role = Field(default="train", validate_default=True)
    """The dataset it is compared with."""

    @field_validator("against")
    @classmethod
    def _another(cls, against: Role, info: ValidationInfo) -> Role:
        """Beside itself a dataset differs in nothing."""
        if against == info.data.get("data"):
            raise ValueError(f"`data` and `against` are both {against}; name another dataset in one of them")
        return against


def _grouping(name: str) -> str:
    """Names of different attributes, joined by `*`: an attribute with itself would pass for an intersection."""
    parts = [part.strip() for part in name.split("*")]
    if "" in parts:
        raise ValueError(f"the grouping {name[:60]!r} has an empty part; write an attribute, or several as sex*age")
    if twice := [part for part in dict.fromkeys(parts) if parts.count(part) > 1]:
        raise ValueError(
            f"the grouping {name[:60]!r} names {twice[0][:60]!r} twice; an intersection is of different attributes"
        )
    return name


class GroupingParameters(DataParameters):
    """For checks that measure each group by itself."""

    groups: tuple[Annotated[str, AfterValidator(_grouping)], ...] | Literal["declared"] = "declared"
    """Groupings of the manifest, intersections as `sex*age_band`; `declared`: every attribute the manifest declares."""
    missing: Literal["exclude", "group"] = "exclude"
    """People whose group is unknown: counted and left out, or a group of their own."""


class GroupParameters(GroupingParameters):
    """For checks that compare groups."""

    reference: str = "highest"
    """`highest`, `largest`, or the name of a group."""


def _quiet(stage: str, done: int, total: int) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class Context:
    """What the policy says around a check."""

    view: SubjectView
    confidence: float
    decide_on: DecideOn
    minimum: int
    """Least denominator of an estimate that is judged by the usual interval."""
    progress: Callable[[str, int, int], None] = field(default=_quiet)


@dataclass(frozen=True)
class Check:
    """A registered procedure: evidence in, estimates out."""

    id: str
    version: int
    measure: Callable[[Evidence, Any, Context], Measured]
    needs: Callable[[Any, SubjectView], Needs]
    parameters: type[CheckParameters]
    docstring: str
    estimates: Estimates
    """All that it gives. It gives the first that there is first: that one is judged where a criterion names none."""
    honours: tuple[Design, ...] = ()
    """What the check takes into account where the manifest declares it; data with anything else it does not measure."""
    exploratory: bool = False
    """What it tests was found by a search: a control of it informs or warns, and cannot close a gate."""

    def gives(self, p: CheckParameters) -> dict[str, Good]:
        """The names of its estimates with these parameters, and what is good."""
        named = ((name.format_map(vars(p)), good) for name, good in self.estimates.items())
        return {name: good[name] if isinstance(good, Mapping) else good for name, good in named}

    def listed(self) -> Iterator[tuple[str, str]]:
        """Every estimate there is, as `<metric>_gap`, and which are better: `higher`, `near 1`, or nothing."""
        for name, good in self.estimates.items():
            of = good if isinstance(good, Mapping) else {name.replace("{", "<").replace("}", ">"): good}
            for each, one in of.items():
                yield each, one if isinstance(one, str) else "" if one is None else f"near {one:g}"


_registered: dict[str, Check] = {}


def check(
    id: str,  # noqa: A002
    *,
    version: int,
    estimates: Estimates,
    honours: tuple[Design, ...] = (),
    exploratory: bool = False,
) -> Callable[[Callable[[Evidence, Any, Context], Measured]], Check]:
    """Register a function of a module which also holds `Parameters` and `needs`.

    `estimates` names all that it gives, so that a policy which asks for another is refused before anything is read.
    A check that `honours` weight or entity gives numbers and intervals that are right where the manifest declares
    them. Any other is inconclusive there. No policy lets one that is `exploratory` close a gate.
    """

    def register(measure: Callable[[Evidence, Any, Context], Measured]) -> Check:
        module = importlib.import_module(measure.__module__)
        doc = importlib.import_module("inspect").cleandoc(measure.__doc__ or "")
        absent = [name for name in SECTIONS if f"\n{name}:" not in doc]
        if absent:
            raise TypeError(f"check {id}: the docstring lacks {', '.join(absent)}")
        unnamed = [name for name in module.Parameters.model_fields if name not in doc]
        if unnamed:
            raise TypeError(f"check {id}: the docstring does not name the parameters {', '.join(unnamed)}")
        if id in _registered and _registered[id].measure.__module__ != measure.__module__:
            raise TypeError(f"check {id} is registered twice")

        @wraps(measure)
        def as_named(evidence: Evidence, p: Any, context: Context) -> Measured:
            measured, named = measure(evidence, p, context), made.gives(p)
            there = list(dict.fromkeys(estimate.name for estimate in measured.estimates))
            if unnamed := {*there} - {*named}:
                raise TypeError(f"check {id} gives estimates that it does not name: {', '.join(sorted(unnamed))}")
            if there and there[0] != (first := next(name for name in named if name in there)):
                raise TypeError(f"check {id} gives {there[0]} first, and names {first} before it")
            return measured

        made = Check(id, version, as_named, module.needs, module.Parameters, doc, estimates, honours, exploratory)
        _registered[id] = made
        return made

    return register


@cache
def _external() -> dict[str, EntryPoint]:
    from importlib.metadata import entry_points

    return {entry.name: entry for entry in entry_points(group="assay.checks")}


def _folders() -> list[Path]:
    return [Path(folder) for folder in importlib.import_module("assay.checks").__path__]


def _built_in(id: str) -> bool:  # noqa: A002
    family, _, name = id.partition(".")
    if not (family.isidentifier() and name.isidentifier()) or id.startswith("_") or name.startswith("_"):
        return False
    return any((folder / family / f"{name}.py").is_file() for folder in _folders())


def exists(id: str) -> bool:  # noqa: A002
    """Whether there is such a check, without importing one. A check of ours is never replaced by an installed one."""
    return _built_in(id) or id in _external()


@cache
def names() -> tuple[str, ...]:
    """Ids of all checks that can be named, without importing one."""
    found = set(_external())
    for folder in _folders():
        for family in pkgutil.iter_modules([str(folder)]):
            if family.ispkg:
                modules = pkgutil.iter_modules([str(folder / family.name)])
                found |= {f"{family.name}.{module.name}" for module in modules if not module.name.startswith("_")}
    return tuple(sorted(found))


def find(id: str) -> Check:  # noqa: A002
    """The check of that id; imports its module."""
    if not exists(id):
        near = difflib.get_close_matches(id, names(), 1)
        hint = f"Did you mean {near[0]!r}?" if near else f"Known: {', '.join(names())}"
        raise PolicyError(f"unknown check {id!r}", hint=hint)
    if id not in _registered:
        if _built_in(id):
            importlib.import_module(f"assay.checks.{id}")
        else:
            _external()[id].load()
    return _registered[id]
