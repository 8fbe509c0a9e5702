"""Policies: a pack by its name, or a file, with all that it extends. All that is wrong in a file is told at once."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.checks.registry import CheckParameters, exists, find, names
from assay.errors import AssayError, PolicyError
from assay.policy.catalogue import load_citations
from assay.policy.estimates import estimate_problems
from assay.policy.exploratory import closing_problems
from assay.policy.extend import follow
from assay.policy.fields import condition_problems
from assay.policy.lock import check_locks
from assay.policy.packs import FILE, find_pack, packs, policy_path
from assay.policy.parameters import Uses, put_in
from assay.policy.versions import EXAMPLES, check_range
from assay.record.policy import Control, Policy, Tightened
from assay.source import Loc, Source, check_model, in_order, nearest, raise_all, read_source

if TYPE_CHECKING:
    from assay.policy.tighten import Changed


MOST_PATTERNS = 100
"""Different patterns of one policy."""


@dataclass(frozen=True)
class LoadedPolicy:
    """A policy that can be used: every check, parameter, field and citation that it names exists."""

    policy: Policy
    """Tightened by every policy loaded with it that extends it."""
    source: Source
    """Its places are without folder: `policy.yaml:12:5`, or `ml-governance/policy.yaml:12:5` of a pack."""
    digest: str
    """`sha256:…` of the file's bytes."""
    citations: dict[str, str]
    """Citation → title, edition and words of the place."""
    path: Path
    """Its file, as it was found."""
    checked: dict[str, CheckParameters] = field(default_factory=dict)
    uses: Uses = field(default_factory=dict)
    changed: dict[Loc, Changed] = field(default_factory=dict)
    """Where a child put another value in the place of what is written."""
    tightened: tuple[Tightened, ...] = ()
    """The same for readers, in the order of the controls."""
    locked: bool = False
    """Whether a lock file beside it holds everything that it extends to the bytes that were read."""

    def parameters(self, control: Control) -> CheckParameters:
        """The parameters of the control's check, as the check's own model read them."""
        return self.checked[control.id]

    def loc(self, control_id: str) -> Loc:
        """Where the control stands in the tree of the source."""
        return "controls", next(i for i, control in _controls(self.source) if control.get("id") == control_id)

    def place(self, control_id: str) -> str:
        """`policy.yaml:12`: where the control begins."""
        return self.line(self.loc(control_id))

    def line(self, loc: Loc) -> str:
        """`policy.yaml:12`: where the value at `loc` stands."""
        return f"{self.source.name}:{self.source.position(loc)[0]}"

    @property
    def as_given(self) -> Source:
        """The source under the path by which it was found, for errors."""
        return replace(self.source, name=str(self.path))


def load_policy(name_or_path: str | Path) -> LoadedPolicy:
    """Load a pack by its name or a policy by the path of its file or folder.

    What it extends is read, so that every error is found, and is not part of the result. Raises PolicyError, or
    Problems where there are several, each with its line and column.
    """
    return load_family(name_or_path)[0]


def load_family(name_or_path: str | Path) -> tuple[LoadedPolicy, tuple[LoadedPolicy, ...]]:
    """A policy, and all policies that `load_policies` gives for it: itself and what it extends."""
    (given,) = _given([name_or_path])
    family = _resolved([given])
    return next(policy for policy in family if policy.policy.id == given.policy.id), family


def load_policies(names_or_paths: Sequence[str | Path]) -> tuple[LoadedPolicy, ...]:
    """Load policies and all that they extend, each once, tightened by the strictest of its children, sorted by id.

    Raises as `load_policy` does, and where none is given or one is given twice.
    """
    given = _given(names_or_paths)
    if not given:
        raise AssayError("no policy was given", hint="--policy FILE or --policy PACK; `baseline` is the default")
    ids = [policy.policy.id for policy in given]
    for name in ids:
        if ids.count(name) > 1:
            raise AssayError(f"policy {name!r} was given twice", hint="each policy once")
    return _resolved(given)


def load_unlocked(path: str | Path) -> tuple[LoadedPolicy, dict[str, LoadedPolicy]]:
    """A policy file and all that it extends by their ids, as they stand in their files, whatever its lock says."""
    if os.fspath(path) in packs():
        hint = "A lock stands beside a policy file of your own."
        raise PolicyError(f"`{os.fspath(path)}` is a pack, not a file", hint=hint)
    (given,) = _given([path])
    family = follow([given], read_policy)
    _tightened(family)
    return given, family


def _given(names_or_paths: Sequence[str | Path]) -> list[LoadedPolicy]:
    return [read_policy(policy_path(os.fspath(name))) for name in names_or_paths]


def _resolved(given: Sequence[LoadedPolicy]) -> tuple[LoadedPolicy, ...]:
    return _tightened(check_locks(follow(given, read_policy)))


def _tightened(family: dict[str, LoadedPolicy]) -> tuple[LoadedPolicy, ...]:
    if not any(policy.policy.extends for policy in family.values()):
        return tuple(family.values())
    from assay.policy.tighten import tighten  # most policies extend nothing, and comparing strictness costs an import

    return tighten(family)


def read_policy(path: Path) -> LoadedPolicy:
    """One policy as it stands in its file; what it extends is not looked at."""
    written = read_source(path, error=PolicyError)
    tree, uses, unknown = put_in(written)
    source = replace(written, tree=tree)
    policy, invalid = check_model(source, Policy, error=PolicyError)
    checked, uncheckable, wrong = _checked(source)
    citations, uncited = _cited(source, path)
    unknown += [*uncheckable, *uncited]
    told = {problem.where for problem in unknown}
    others = [*invalid, *wrong, *_field_problems(source), *_name_problems(source)]
    raise_all(in_order([*unknown, *(problem for problem in others if problem.where not in told)]), source)
    assert policy is not None  # noqa: S101
    digest = "sha256:" + sha256(source.data).hexdigest()
    short = f"{policy.id}/{FILE}" if (path.resolve().parent.name, path.name) == (policy.id, FILE) else path.name
    return LoadedPolicy(policy, replace(source, name=short), digest, citations, path, checked, uses)


def _controls(source: Source) -> Iterator[tuple[int, dict[str, Any]]]:
    controls = source.tree.get("controls") if isinstance(source.tree, dict) else None
    for index, control in enumerate(controls if isinstance(controls, list) else []):
        if isinstance(control, dict):
            yield index, control


def _patterns(condition: Any) -> Iterator[str]:
    for member in condition.values() if isinstance(condition, dict) else condition:
        if isinstance(member, (dict, list)):
            yield from _patterns(member)
    if isinstance(condition, dict) and isinstance(condition.get("matches"), str):
        yield condition["matches"]


def _field_problems(source: Source) -> Iterator[AssayError]:
    if len(set(_patterns([source.tree]))) > MOST_PATTERNS:
        hint = "Each costs time and memory. Split the policy."
        yield PolicyError(
            f"more than {MOST_PATTERNS} different patterns in `matches`", where=source.place(()), hint=hint
        )
        return
    if isinstance(source.tree, dict):
        yield from condition_problems(source, source.tree.get("applies_to"), ("applies_to",))
    for index, control in _controls(source):
        for key in ("when", "require"):
            yield from condition_problems(source, control.get(key), ("controls", index, key))


def _name_problems(source: Source) -> Iterator[AssayError]:
    """Version ranges that cannot be read, two controls of one name, controls replaced by one that does not exist."""
    extends = source.tree.get("extends") if isinstance(source.tree, dict) else None
    for index, extension in enumerate(extends if isinstance(extends, list) else []):
        wanted = extension.get("version") if isinstance(extension, dict) else None
        try:
            check_range(wanted if isinstance(wanted, str) else "1.0.0")
        except ValueError as wrong:
            yield PolicyError(str(wrong), where=source.place(("extends", index, "version")), hint=EXAMPLES)
    ids = [str(control.get("id")) for _, control in _controls(source)]
    first: dict[str, int] = {}
    for index, control in _controls(source):
        name = str(control.get("id"))
        if first.setdefault(name, index) != index and "id" in control:
            line = source.position(("controls", first[name], "id"))[0]
            what, where = f"the control `{name}` is there twice", source.place(("controls", index, "id"))
            yield PolicyError(what, where=where, hint=f"First in line {line}.")
        successor = control.get("superseded_by")
        if isinstance(successor, str) and successor not in ids:
            where = source.place(("controls", index, "superseded_by"))
            yield PolicyError(f"the policy has no control `{successor}`", where=where, hint=nearest(successor, ids))


def _cited(source: Source, path: Path) -> tuple[dict[str, str], list[AssayError]]:
    """The words of every citation, and an error for each which no catalogue holds: shipped, own, or of a parent."""
    refs = dict(_references(source))
    folders = (path.parent, *_parent_folders(source, path))
    known = load_citations(*folders, cited=refs.values())
    words = {ref: said for ref in refs.values() if (said := known.words(ref)) is not None}
    unknown = {loc: ref for loc, ref in refs.items() if ref not in words}
    whole = load_citations(*folders) if unknown else known
    return words, [
        PolicyError(f"unknown citation `{ref}`", where=source.place(loc), hint=whole.hint(ref))
        for loc, ref in unknown.items()
    ]


def _parent_folders(source: Source, path: Path) -> Iterator[Path]:
    """Where the policies that this one extends were found; what cannot be found is told when they are followed."""
    extends = source.tree.get("extends") if isinstance(source.tree, dict) else None
    for extension in extends if isinstance(extends, list) else []:
        name = extension.get("pack") if isinstance(extension, dict) else None
        if isinstance(name, str):
            with suppress(PolicyError):
                yield find_pack(name, beside=path).path.parent


def _references(source: Source) -> Iterator[tuple[Loc, str]]:
    for index, control in _controls(source):
        cites = control.get("cites")
        for number, cite in enumerate(cites if isinstance(cites, list) else []):
            ref = cite.get("ref") if isinstance(cite, dict) else None
            if isinstance(ref, str) and "/" in ref:
                yield ("controls", index, "cites", number, "ref"), ref


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
    source = replace(source, tree=deepcopy(source.tree))
    checked: dict[str, CheckParameters] = {}
    unknown: list[AssayError] = []
    problems: list[AssayError] = []
    for index, control in _controls(source):
        id_, loc = control.get("check"), ("controls", index, "check")
        if not isinstance(id_, str):
            continue
        if not exists(id_):
            hint = nearest(id_, names())
            unknown.append(PolicyError(f"unknown check `{id_}`", where=source.place(loc), hint=hint))
            continue
        if not isinstance(control.get("with", {}), dict):
            continue
        control.setdefault("with", {})  # a check may have parameters without default
        read, wrong = check_model(source, find(id_).parameters, error=PolicyError, at=("controls", index, "with"))
        problems += wrong + _one_sided(source, index, control, read)
        if find(id_).exploratory:
            problems += closing_problems(source, index, control)
        if read is not None:
            checked[str(control.get("id"))] = read
            problems += estimate_problems(source, index, control, find(id_).gives(read))
    return checked, unknown, problems
