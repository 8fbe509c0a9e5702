"""Files of policy tests → cases: each with a whole manifest that has been read as strictly as `model.yaml` is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from assay.errors import AssayError, PolicyError, Problems
from assay.record.policy_tests import COUNT, PolicyTest, PolicyTests, Survivors
from assay.source import Loc, Source, in_order, nearest, raise_all, read_model, read_source
from assay.source.compose import Node
from assay.subject.manifest import LoadedManifest, read_manifest

FOLDER = "tests"
SURVIVORS = "survivors.yaml"
AT = date(2026, 1, 1)
"""The day of the audit where neither test nor file says one: tests have no clock."""
MINIMAL = {"assay": "manifest/v1", "identity": {"id": "model", "name": "Model", "version": "1.0.0"}}


@dataclass(frozen=True)
class Case:
    """A test, ready to be run."""

    test: PolicyTest
    manifest: LoadedManifest
    at: date
    source: Source
    loc: Loc
    """Where the test stands in its file."""
    shown: str
    """The file as messages name it: `tests/fairness.yaml`."""

    def place(self, *inner: str) -> str:
        """`tests/fairness.yaml:12`: where a key of the test stands."""
        return f"{self.shown}:{self.source.position((*self.loc, *inner), key=True)[0]}"


@dataclass(frozen=True)
class TestFiles:
    """All tests beside a policy, and the explained survivors."""

    __test__ = False  # not a pytest class

    cases: tuple[Case, ...]
    survivors: Survivors | None = None
    survivors_source: Source | None = field(default=None, repr=False)


def read_tests(folder: Path, policy: str, known: Mapping[str, bool]) -> TestFiles:
    """The tests of the folder that are for the policy, in the order of file names.

    `known`: control → whether it is planned. Raises PolicyError, or Problems with all errors of all files, for what
    cannot be used, and where there is no test.
    """
    problems: list[AssayError] = []
    cases: list[Case] = []
    survivors: tuple[Survivors, Source] | None = None
    for path in sorted(folder.glob("*.yaml")):
        try:
            source = read_source(path, error=PolicyError)
            if path.name == SURVIVORS:
                survivors = read_model(source, Survivors, error=PolicyError), source
                continue
            tests = read_model(source, PolicyTests, error=PolicyError)
            if tests.policy not in (None, policy):
                _require_policy(tests.policy or "", folder.parent, source)
                continue
            raise_all(in_order(_wrong_names(tests, source, known)), source)
            cases += _cases(tests, source)
        except Problems as several:
            problems += several.problems
        except AssayError as problem:
            problems.append(problem)
    raise_all(problems)
    if not cases:
        hint = f"Put a file that begins with `assay: policy-tests/v1` into {FOLDER}/ beside the policy."
        raise PolicyError(f"the policy `{policy}` has no tests", where=str(folder), hint=hint)
    return TestFiles(tuple(cases), *(survivors or (None, None)))


def _require_policy(policy: str, folder: Path, source: Source) -> None:
    """A test that matches no policy is an error: it would look like a pass."""
    ids: list[str] = []
    for path in sorted(folder.glob("*.yaml")):
        tree = read_source(path, error=PolicyError).tree
        ids += [tree["id"]] if isinstance(tree, dict) and isinstance(tree.get("id"), str) else []
    if policy not in ids:
        where = source.place(("policy",))
        raise_all([PolicyError(f"there is no policy `{policy}` here", where=where, hint=nearest(policy, ids))], source)


def _wrong_names(tests: PolicyTests, source: Source, known: Mapping[str, bool]) -> Iterator[AssayError]:
    seen: set[str] = set()
    for index, test in enumerate(tests.tests):
        if test.name in seen:
            where = source.place(("tests", index, "name"))
            yield PolicyError(f"the test `{test.name}` is there twice", where=where, hint="Give it a name of its own.")
        seen.add(test.name)
        for key in ("expect", "estimates"):
            for name in getattr(test, key):
                where = source.place(("tests", index, key, name), key=True)
                if name not in known:
                    yield PolicyError(f"the policy has no control `{name}`", where=where, hint=nearest(name, known))
                elif known[name]:
                    hint = "A planned control is not evaluated."
                    yield PolicyError(f"the control `{name}` is planned", where=where, hint=hint)
        for name in test.estimates:
            if name in known and test.gate is None and name not in test.expect:
                where = source.place(("tests", index, "estimates", name), key=True)
                what = f"the test expects nothing of `{name}`, whose estimates it gives"
                yield PolicyError(what, where=where, hint="Name the control under `expect`.")
        yield from _wrong_tables(test, source, index)


def _wrong_tables(test: PolicyTest, source: Source, index: int) -> Iterator[AssayError]:
    counted = {role: COUNT in table.columns for role, table in test.counts.items()}
    if len(set(counted.values())) > 1:
        where, hint = source.place(("tests", index, "counts")), "Give all tables of a test the column n, or none."
        yield PolicyError(f"only some tables have a column {COUNT}", where=where, hint=hint)


def _cases(tests: PolicyTests, source: Source) -> list[Case]:
    """The manifests of all tests; an error in one of them is told at its place in the fragment."""
    cases: list[Case] = []
    problems: list[AssayError] = []
    for index, test in enumerate(tests.tests):
        try:
            cases.append(_case(tests, test, source, ("tests", index)))
        except Problems as several:
            problems += several.problems
        except AssayError as problem:
            problems.append(problem)
    raise_all(in_order(problems))
    return cases


def _case(tests: PolicyTests, test: PolicyTest, source: Source, loc: Loc) -> Case:
    at = source.position(loc)
    tree, node = MINIMAL, _nodes(MINIMAL, lambda _: at)
    for given, inner in ((tests.manifest, ("manifest",)), (test.manifest, (*loc, "manifest"))):
        if given:
            tree, node = overlaid(tree, node, given, _node(source, inner))
    if test.counts:
        given = _told_by_counts(test, tree)
        tree, node = overlaid(tree, node, given, _nodes(given, lambda _: source.position((*loc, "counts"))))
    whole = replace(source, tree=tree, root=node)
    path = Path(source.name)
    return Case(test, read_manifest(whole, Path()), test.at or tests.at or AT, source, loc, f"{FOLDER}/{path.name}")


def _told_by_counts(test: PolicyTest, tree: Mapping[str, Any]) -> dict[str, Any]:
    """The file of each table, and the column that counts. What is no mapping is left for the manifest to refuse."""
    data, columns = tree.get("data", {}), tree.get("columns", {})
    given: dict[str, Any] = {}
    if isinstance(data, dict):
        given["data"] = {role: {"path": f"{role}.csv"} for role in test.counts}
    counted = any(COUNT in table.columns for table in test.counts.values())
    if counted and isinstance(columns, dict) and "count" not in columns:
        given["columns"] = {"count": COUNT}
    return given


def _node(source: Source, loc: Loc) -> Node:
    node = source.root
    for step in loc:
        assert node.members is not None  # noqa: S101
        node = node.members[step]  # type: ignore[index]
    return node


def _nodes(tree: Any, at: Callable[[Any], tuple[int, int]]) -> Node:
    """Positions of values that stand nowhere themselves."""
    if not isinstance(tree, dict):
        return Node(at(tree))
    return Node(at(tree), {key: _nodes(value, at) for key, value in tree.items()}, {key: at(tree) for key in tree})


def overlaid(below: Any, below_node: Node, above: Any, above_node: Node) -> tuple[Any, Node]:
    """One tree of values, with its positions, over another: mappings are merged, null removes, anything else replaces.

    Whatever the upper one does not name keeps its value and its position.
    """
    if not isinstance(above, dict):
        return above, above_node
    onto = below if isinstance(below, dict) else {}
    members = below_node.members if isinstance(below, dict) and isinstance(below_node.members, dict) else {}
    tree, nodes, keys = dict(onto), dict(members), dict(below_node.keys or {}) if onto else {}
    assert isinstance(above_node.members, dict)  # noqa: S101
    for key, value in above.items():
        if value is None:
            for known in (tree, nodes, keys):
                known.pop(key, None)
            continue
        tree[key], nodes[key] = overlaid(onto.get(key), members.get(key, below_node), value, above_node.members[key])
        keys[key] = (above_node.keys or {})[key]
    return tree, Node(above_node.at, nodes, keys)
