"""Parameters of a policy: `$name` in `criterion` or `with` becomes the number it stands for."""

from __future__ import annotations

import re
from typing import Any

from assay.errors import AssayError, PolicyError
from assay.source import Loc, Source, nearest

_REFERENCE = re.compile(r"\$[A-Za-z_][A-Za-z0-9_]*")
_PLACES = ("criterion", "with")


Uses = dict[str, tuple[Loc, ...]]
"""Parameter → every place of the policy where it stands."""


def put_in(source: Source) -> tuple[Any, Uses, list[AssayError]]:
    """The tree with every `$name` replaced by the parameter's default, where each stood, and the unknown ones."""
    tree = source.tree
    if not isinstance(tree, dict) or not isinstance(tree.get("controls"), list):
        return tree, {}, []
    declared = tree.get("parameters")
    values = {
        name: parameter.get("default")
        for name, parameter in (declared.items() if isinstance(declared, dict) else ())
        if isinstance(parameter, dict)
    }
    uses: Uses = {}
    problems: list[AssayError] = []

    def replaced(value: Any, loc: Loc) -> Any:
        if isinstance(value, dict):
            return {key: replaced(member, (*loc, key)) for key, member in value.items()}
        if isinstance(value, list):
            return [replaced(member, (*loc, index)) for index, member in enumerate(value)]
        if not isinstance(value, str) or not _REFERENCE.fullmatch(value):
            return value
        if value[1:] not in values:
            hint = nearest(value, [f"${name}" for name in values]) or "Declare it under `parameters`."
            problems.append(PolicyError(f"unknown parameter `{value}`", where=source.place(loc), hint=hint))
            return 0
        uses[value[1:]] = (*uses.get(value[1:], ()), loc)
        return values[value[1:]]

    def control(given: Any, index: int) -> Any:
        if not isinstance(given, dict):
            return given
        loc = ("controls", index)
        return {key: replaced(part, (*loc, key)) if key in _PLACES else part for key, part in given.items()}

    controls = [control(given, index) for index, given in enumerate(tree["controls"])]
    return {**tree, "controls": controls}, uses, problems
