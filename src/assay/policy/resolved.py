"""Policies flattened into one YAML document: every value as it is applied, and the file and line it came from."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from assay.source import Loc
from assay.source.compose import scalar
from assay.source.told import short

if TYPE_CHECKING:
    from assay.policy.load import LoadedPolicy

_PLAIN = re.compile(r"[A-Za-z0-9_^~/][A-Za-z0-9_^~./*() -]*(?<! )")
_OLD_WORDS = {"yes", "no", "on", "off", "y", "n"}
"""Read as true and false by other YAML readers."""


def render_resolved(policies: Sequence[LoadedPolicy]) -> str:
    """A mapping from the id of each policy to its content. Parameters are put in, children have tightened."""
    lines: list[str] = []
    for policy in policies:
        lines += [f"{policy.policy.id}:", *_Flat(policy).block(_applied(policy), (), 1)]
    return "\n".join(lines) + "\n"


def _applied(policy: LoadedPolicy) -> Any:
    """The tree of the file with what the children ask for."""
    tree = deepcopy(policy.source.tree)
    for loc, changed in policy.changed.items():
        here = tree
        for step in loc[:-1]:
            here = here[step]
        here[loc[-1]] = changed.value
    return tree


class _Flat:
    def __init__(self, policy: LoadedPolicy) -> None:
        self.policy = policy
        self.names = {loc: name for name, locs in policy.uses.items() for loc in locs}

    def block(self, value: Any, loc: Loc, level: int) -> Iterator[str]:
        """The members of a mapping or list, one scalar a line."""
        margin = "  " * level
        members = value.items() if isinstance(value, dict) else enumerate(value)
        for key, member in members:
            at = (*loc, key)
            start = f"{margin}{_text(key)}:" if isinstance(value, dict) else f"{margin}-"
            if isinstance(member, (dict, list)) and member:
                inner = list(self.block(member, at, level + 1))
                yield from [start, *inner] if isinstance(value, dict) else [f"{start} {inner[0].lstrip()}", *inner[1:]]
            else:
                yield f"{start} {_text(member)}  # {self.origin(at)}"

    def origin(self, loc: Loc) -> str:
        """The place of a value; where a child changed it, the child's, and what it was."""
        changed = next((loc[:end] for end in range(len(loc), 0, -1) if loc[:end] in self.policy.changed), None)
        if changed is None:
            parameter = f"${self.names[loc]}, " if loc in self.names else ""
            return short(parameter + self.policy.line(loc), 200)
        place, was = self.policy.changed[changed].place, self._written(changed)
        return short(place + (f", was {was} at {self.policy.line(changed)}" if was else ""), 300)

    def _written(self, loc: Loc) -> str:
        here = self.policy.source.tree
        for step in loc:
            if isinstance(here, dict) and step not in here:
                return ""
            here = here[step]
        words = ", ".join(f"{key} {value}" for key, value in here.items()) if isinstance(here, dict) else str(here)
        return short(words, 100)


def _text(value: Any) -> str:
    """A scalar, or an empty mapping or list, that every YAML reader reads alike."""
    if isinstance(value, float):
        text = repr(value)
        return text.replace("e", ".0e") if "e" in text and "." not in text else text
    if not isinstance(value, str):
        return json.dumps(value)
    plain = _PLAIN.fullmatch(value) and isinstance(scalar(value), str) and value.lower() not in _OLD_WORDS
    return value if plain and not value[0].isdigit() else json.dumps(value, ensure_ascii=False)
