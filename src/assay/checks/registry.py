"""How a check is written, and how one is found. A check's module is imported only when a policy names it."""

from __future__ import annotations

import difflib
import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator

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

SECTIONS = ("Method", "Evidence", "Inconclusive when", "Limits", "Source")
"""The headings which every docstring of a check has; the first paragraph is the requirement."""


class CheckParameters(Frozen):
    """Parameters of a check. Each field is named in the check's docstring."""


class DataParameters(CheckParameters):
    """For checks that read one dataset."""

    data: Role = "test"
    """The dataset that is measured: its role in the manifest."""
    where: Condition | None = None
    """A condition on columns of the data: only rows that meet it are measured."""


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
    honours: tuple[Design, ...] = ()
    """What the check takes into account where the manifest declares it; data with anything else it does not measure."""
    exploratory: bool = False
    """What it tests was found by a search: a control of it informs or warns, and cannot close a gate."""


_registered: dict[str, Check] = {}


def check(
    id: str,  # noqa: A002
    *,
    version: int,
    honours: tuple[Design, ...] = (),
    exploratory: bool = False,
) -> Callable[[Callable[[Evidence, Any, Context], Measured]], Check]:
    """Register a function of a module which also holds `Parameters` and `needs`.

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
        made = Check(id, version, measure, module.needs, module.Parameters, doc, honours, exploratory)
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
