"""Policies: a pack by its name, or a file. Everything that can be wrong in the file is told at once."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from assay.checks.registry import CheckParameters, find, names
from assay.errors import AssayError, PolicyError
from assay.policy.catalogue import load_citations
from assay.policy.fields import condition_problems
from assay.policy.parameters import put_in
from assay.record.policy import Control, Policy
from assay.resources import packaged
from assay.source import Loc, Source, check_model, in_order, nearest, raise_all, read_source

FILE = "policy.yaml"


@dataclass(frozen=True)
class LoadedPolicy:
    """A policy that can be used: every check, parameter, field and citation that it names exists."""

    policy: Policy
    source: Source
    """Its places are without folder: `policy.yaml:12:5`."""
    digest: str
    """`sha256:…` of the file's bytes."""
    citations: dict[str, str]
    """Citation → title, edition and words of the place."""
    checked: dict[str, CheckParameters] = field(default_factory=dict)

    def parameters(self, control: Control) -> CheckParameters:
        """The parameters of the control's check, as the check's own model read them."""
        return self.checked[control.id]

    def place(self, control_id: str) -> str:
        """`policy.yaml:12`: where the control begins."""
        index = [control.id for control in self.policy.controls].index(control_id)
        return f"{self.source.name}:{self.source.position(('controls', index))[0]}"


def packs() -> tuple[str, ...]:
    """Names of the shipped packs."""
    return tuple(sorted(file.parent.name for file in packaged("policies").glob(f"*/{FILE}")))


def load_policy(name_or_path: str | Path) -> LoadedPolicy:
    """Load a pack by its name or a policy by the path of its file or folder.

    Raises PolicyError, or Problems where there are several, each with its line and column.
    """
    path = _path(os.fspath(name_or_path))
    written = read_source(path, error=PolicyError)
    tree, unknown = put_in(written)
    source = replace(written, tree=tree)
    policy, invalid = check_model(source, Policy, error=PolicyError)
    checked, uncheckable, wrong = _checked(source)
    citations, uncited = _cited(source, path.parent)
    unknown += [*uncheckable, *uncited]
    told = {problem.where for problem in unknown}
    others = [*invalid, *wrong, *_field_problems(source)]
    raise_all(in_order([*unknown, *(problem for problem in others if problem.where not in told)]))
    assert policy is not None  # noqa: S101
    digest = "sha256:" + sha256(source.data).hexdigest()
    return LoadedPolicy(policy, replace(source, name=path.name), digest, citations, checked)


def _path(name: str) -> Path:
    if name in packs():
        return packaged("policies") / name / FILE
    if not name.strip():
        raise PolicyError("the name of the policy is empty", hint=f"A path, or one of: {', '.join(packs())}")
    path = Path(name)
    if re.fullmatch(r"[A-Za-z0-9_-]+", name) and not path.exists():
        raise PolicyError(f"there is no pack `{name}`", hint=nearest(name, packs()) + " A path names a file.")
    return path / FILE if path.is_dir() else path


def _controls(source: Source) -> Iterator[tuple[int, dict[str, Any]]]:
    controls = source.tree.get("controls") if isinstance(source.tree, dict) else None
    for index, control in enumerate(controls if isinstance(controls, list) else []):
        if isinstance(control, dict):
            yield index, control


def _field_problems(source: Source) -> Iterator[AssayError]:
    if isinstance(source.tree, dict):
        yield from condition_problems(source, source.tree.get("applies_to"), ("applies_to",))
    for index, control in _controls(source):
        for key in ("when", "require"):
            yield from condition_problems(source, control.get(key), ("controls", index, key))


def _cited(source: Source, folder: Path) -> tuple[dict[str, str], list[AssayError]]:
    """The words of every citation, and an error for each which no catalogue holds."""
    known = load_citations(folder)
    words: dict[str, str] = {}
    problems: list[AssayError] = []
    for index, control in _controls(source):
        cites = control.get("cites")
        for number, cite in enumerate(cites if isinstance(cites, list) else []):
            ref = cite.get("ref") if isinstance(cite, dict) else None
            if not isinstance(ref, str) or "/" not in ref:
                continue
            found = known.words(ref)
            if found is None:
                where = source.place(("controls", index, "cites", number, "ref"))
                problems.append(PolicyError(f"unknown citation `{ref}`", where=where, hint=known.hint(ref)))
            else:
                words[ref] = found
    return words, problems


def _one_sided(source: Source, index: int, control: dict[str, Any], read: CheckParameters | None) -> list[AssayError]:
    """With `reference: highest` every group is measured against every other; one direction would ask for nothing."""
    given = control.get("criterion")
    criteria: list[Any] = given if isinstance(given, list) else [given]
    found: list[AssayError] = []
    for number, criterion in enumerate(criteria):
        one = isinstance(criterion, dict) and criterion.get("sides") == "one"
        if one and getattr(read, "reference", None) == "highest":
            item: Loc = (number,) if isinstance(given, list) else ()
            loc: Loc = ("controls", index, "criterion", *item, "sides")
            hint = "Name a reference group, or `largest`, in `with`; or leave `sides` out."
            what = "`sides: one` needs a fixed reference; `highest` measures every group against every other"
            found.append(PolicyError(what, where=source.place(loc), hint=hint))
    return found


def _checked(source: Source) -> tuple[dict[str, CheckParameters], list[AssayError], list[AssayError]]:
    """The parameters of each control's check by control id; an error for each unknown check; every error in `with`."""
    checked: dict[str, CheckParameters] = {}
    unknown: list[AssayError] = []
    problems: list[AssayError] = []
    for index, control in _controls(source):
        id_, loc = control.get("check"), ("controls", index, "check")
        if not isinstance(id_, str):
            continue
        if id_ not in names():
            hint = nearest(id_, names())
            unknown.append(PolicyError(f"unknown check `{id_}`", where=source.place(loc), hint=hint))
            continue
        if not isinstance(control.get("with", {}), dict):
            continue
        control.setdefault("with", {})  # the tree is our own copy; a check may have parameters without default
        read, wrong = check_model(source, find(id_).parameters, error=PolicyError, at=("controls", index, "with"))
        problems += wrong + _one_sided(source, index, control, read)
        if read is not None:
            checked[str(control.get("id"))] = read
    return checked, unknown, problems
