"""Fragments of manifests, one over the other: the values are those of RFC 7396, and every value keeps its place."""

import json

from hypothesis import given
from hypothesis import strategies as st

from assay.errors import PolicyError
from assay.run.test_files import overlaid
from assay.source import parse_source

LEAVES = st.none() | st.integers(0, 9) | st.lists(st.integers(0, 9), max_size=2)
MAPPINGS = st.recursive(
    st.dictionaries(st.sampled_from("abc"), LEAVES, max_size=3),
    lambda inner: st.dictionaries(st.sampled_from("abc"), LEAVES | inner, max_size=3),
    max_leaves=12,
)


def read(tree, line):
    """The tree as a file whose values all stand on the given line."""
    return parse_source(("\n" * (line - 1) + json.dumps(tree)).encode(), "x.yaml", error=PolicyError)


def merged(target, patch):
    """RFC 7396, section 2, as it is written there."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merged(result.get(name), value)
    return result


def over(below, above):
    return overlaid(below.tree, below.root, above.tree, above.root)


def lines(tree, node):
    """The line of every value, in the shape of the tree; fails where the shapes differ."""
    if isinstance(tree, dict):
        assert set(tree) == set(node.members) == set(node.keys)
        return {key: lines(value, node.members[key]) for key, value in tree.items()} or node.at[0]
    if isinstance(tree, list):
        return [lines(value, inner) for value, inner in zip(tree, node.members, strict=True)] or node.at[0]
    return node.at[0]


@given(MAPPINGS, MAPPINGS)
def test_a_fragment_over_another_is_a_merge_patch(below, above):
    tree, node = over(read(below, 1), read(above, 2))
    assert tree == merged(below, above)
    lines(tree, node)


@given(MAPPINGS)
def test_a_fragment_over_itself_changes_only_the_places(given):
    tree, _ = over(read(given, 1), read(given, 2))
    assert over(read(tree, 1), read(tree, 2))[0] == tree


def test_what_the_upper_one_does_not_name_keeps_its_place():
    tree, node = over(read({"a": {"b": 1, "c": 2}, "d": [3]}, 1), read({"a": {"c": 4, "e": 5}, "d": None}, 2))
    assert tree == {"a": {"b": 1, "c": 4, "e": 5}}
    assert lines(tree, node) == {"a": {"b": 1, "c": 2, "e": 2}}
