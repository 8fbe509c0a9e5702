"""A manifest as text with blanks: facts are keys, what nobody has said yet is a marked and explained comment.

An explanation begins with `# `. A blank is `#` right before its key, so that it becomes a key when the `#` is taken
away; without a value it still claims nothing.
"""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, get_args, get_origin

from pydantic import BaseModel

from assay.record.described import descriptions
from assay.record.manifest import Manifest
from assay.source.compose import FORBIDDEN
from assay.source.shape import branches, choices, fields, keys_of, types_at

WIDTH = 110
MOST_KEYS = 8
"""Keys of a mapping that an explanation names."""
MEANINGS = {
    "identity.artefact": "The model's file.",
    "owners.business": "Who answers for the model and its use.",
    "owners.technical": "Who answers for how the model is built and run.",
    "owners.developer": "Who built the model.",
    "owners.validator": "Who validated the model; nobody who built it.",
    "purpose.context": "What the model is for, in a sentence.",
    "purpose.intended_use": "What the model may be used for.",
    "purpose.prohibited_use": "What it may not be used for.",
    "purpose.users": "Who works with its output.",
    "purpose.affected_persons": "Whom its decisions concern.",
    "risk.tier": "How much harm the model can do; without it, it counts as critical.",
    "lifecycle.stage": "Where the model stands.",
    "lifecycle.dates.last_validation": "The day on which it was last validated.",
    "lifecycle.dates.next_validation": "The day by which it is to be validated again.",
    "model.algorithm": "The algorithm, in words.",
    "model.limitations": "What the model cannot do.",
    "model.assumptions": "What has to be true for the model to be right.",
    "data.train": "The data that the model was trained on.",
    "data.test": "The data of people whom the model has scored and not seen before.",
    "columns.label": "What happened: {column: …, favourable: <value>}.",
    "columns.decision": "What was decided: {column: …, favourable: <value>}, or a cut of the score: "
    "{from: score, favourable: {below: 0.15}}.",
    "columns.score": "The model's number: {column: …, kind: probability, of: <value of the label>}.",
    "columns.groups": "By what people are compared: name: {column: …} for few values, {column: …, edges: […]} for "
    "numbers.",
    "docs.sections": 'The documents: name: {path: "README.md", anchor: "a-heading"}.',
}
"""What fields mean whose model says less, or whose form needs an example."""
_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass
class _Part:
    """A key of the manifest: a fact, a blank, or a mapping of such."""

    fact: Any = None
    notes: list[str] = field(default_factory=list)
    suggested: Any = None
    inner: dict[str, _Part] = field(default_factory=dict)

    def below(self, path: Sequence[str]) -> _Part:
        part = self
        for step in path:
            part = part.inner.setdefault(step, _Part())
        return part

    def find(self, path: Sequence[str]) -> _Part | None:
        part: _Part | None = self
        for step in path:
            part = part.inner.get(step) if part is not None else None
        return part

    @property
    def holds_facts(self) -> bool:
        return self.fact is not None or any(part.holds_facts for part in self.inner.values())


class Draft:
    """Facts, notes and blanks by their path; `render` writes them in the order of the manifest."""

    def __init__(self) -> None:
        self._root = _Part()

    def fact(self, path: str, value: Any) -> None:
        """A value that is known; None is none."""
        if value is not None:
            self._root.below(path.split(".")).fact = value

    def note(self, path: str, text: str) -> None:
        """An explanation over the key; a key without a fact becomes a blank."""
        notes = self._root.below(_parts(path)).notes
        if text not in notes:
            notes.append(text)

    def has_fact(self, path: str) -> bool:
        """Whether the key has a value, or holds one that has."""
        part = self._root.find(_parts(path))
        return part is not None and part.holds_facts

    def suggest(self, path: str, value: Any) -> None:
        """What may stand in the blank, for somebody to look at."""
        self._root.below(_parts(path)).suggested = value

    def blanks_of(self, path: str) -> tuple[str, ...]:
        """The keys below a path that have no fact."""
        part = self._root.find(path.split("."))
        return () if part is None else tuple(key for key, inner in part.inner.items() if not inner.holds_facts)

    @property
    def counts(self) -> tuple[int, int]:
        """Facts and blanks."""
        leaves = list(_leaves(self._root))
        return sum(part.fact is not None for part in leaves), sum(part.fact is None for part in leaves)

    def render(self, header: Iterable[str]) -> str:
        """The text of the manifest."""
        lines = [line for text in header for line in _comment(text, 0)]
        for key, part in _in_order(self._root, ()):
            lines += ["", *_lines(key, part, 0, (key,))] if key != "assay" else _lines(key, part, 0, (key,))
        return "\n".join(lines) + "\n"


def _leaves(part: _Part) -> Iterator[_Part]:
    for inner in part.inner.values():
        if inner.inner and inner.fact is None:
            yield from _leaves(inner)
        else:
            yield inner


def _parts(path: str) -> list[str]:
    """Up to the first `*`: the entries of a list are explained at the list."""
    steps = path.split(".")
    return steps[: steps.index("*")] if "*" in steps else steps


def _in_order(part: _Part, path: tuple[str, ...]) -> list[tuple[str, _Part]]:
    known = list(keys_of(types_at(Manifest, path)))
    return sorted(part.inner.items(), key=lambda pair: known.index(pair[0]) if pair[0] in known else len(known))


def _lines(key: str, part: _Part, depth: int, path: tuple[str, ...]) -> Iterator[str]:
    indent = "  " * depth
    for note in part.notes:
        yield from _comment(note, depth)
    written = key if _PLAIN_KEY.fullmatch(key) else quoted(key)
    if part.fact is not None:
        yield f"{indent}{written}: {flow(part.fact)}"
        return
    if part.inner:
        yield f"{indent}{'' if part.holds_facts else '#'}{written}:"
        for inner_key, inner in _in_order(part, path):
            yield from _lines(inner_key, inner, depth + 1, (*path, inner_key))
    else:
        suggested = "" if part.suggested is None else " " + flow(part.suggested)
        yield f"{indent}#{written}:{suggested}"


def _comment(text: str, depth: int) -> list[str]:
    indent = "  " * depth + "# "
    flat = FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", " ".join(text.split()))
    return textwrap.wrap(flat, WIDTH, initial_indent=indent, subsequent_indent=indent + "  ") or []


def quoted(text: str) -> str:
    """A text in double quotes, as YAML and JSON write it."""
    return json.dumps(text, ensure_ascii=False)


def flow(value: Any) -> str:
    """A value as YAML on one line, every text in quotes, so that nothing is read as something else."""
    if isinstance(value, Mapping):
        pairs = (f"{key if _PLAIN_KEY.fullmatch(key) else quoted(key)}: {flow(inner)}" for key, inner in value.items())
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(flow(member) for member in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def can_be_written(text: str) -> bool:
    """Whether a manifest can hold the text: it has no character that cannot be seen."""
    return FORBIDDEN.search(text.replace("\t", " ")) is None


def is_field(path: str) -> bool:
    """Whether the manifest has such a field."""
    return bool(types_at(Manifest, _parts(path)))


def required_beside(path: str) -> Iterator[str]:
    """The fields without which the mappings around a field cannot be read: `identity.artefact.path`."""
    steps = _parts(path)
    for length in range(1, len(steps)):
        for kind in types_at(Manifest, steps[:length]):
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                yield from (
                    ".".join((*steps[:length], key)) for key, info in fields(kind).items() if info.is_required()
                )


def described(path: str) -> str:
    """What the field is and what it may hold: `owners.validator: Who validated the model. A list, each {id, name}.`."""
    steps = _parts(path)
    name = ".".join(steps)
    types = types_at(Manifest, steps)
    words = MEANINGS.get(name) or _said_by_field(steps) or _said_by_class(types)
    form = "" if "{" in words else _form(types)
    return " ".join(part for part in (f"{name}:", _sentence(words), _sentence(form[:1].upper() + form[1:])) if part)


def _said_by_field(steps: Sequence[str]) -> str:
    """The words under the field in its own model."""
    for kind in types_at(Manifest, steps[:-1]):
        if isinstance(kind, type) and issubclass(kind, BaseModel) and steps[-1] in descriptions(kind):
            return descriptions(kind)[steps[-1]]
    return ""


def _said_by_class(types: Sequence[Any]) -> str:
    models = (kind for kind in types if isinstance(kind, type) and issubclass(kind, BaseModel))
    return next(((kind.__doc__ or "").strip().partition("\n")[0] for kind in models), "")


def _sentence(text: str) -> str:
    flat = " ".join(text.split())
    return flat if not flat or flat.endswith((".", "!", "?")) else flat + "."


_PLAIN = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    date: "a day such as 2026-03-31",
    str: "text",
}


def _form(types: Sequence[Any]) -> str:
    """`a list, each {id, name}`: what may stand there."""
    literals = choices(types)
    if literals:
        return "one of " + ", ".join(literals)
    told = []
    for kind in types:
        if kind in _PLAIN:
            told.append(_PLAIN[kind])
        elif get_origin(kind) in (tuple, list):
            told.append(f"a list, each {_form(branches(get_args(kind)[0]))}")
        elif get_origin(kind) is dict:
            told.append(f"names, each with {_form(branches(get_args(kind)[1]))}")
        elif isinstance(kind, type) and issubclass(kind, BaseModel):
            keys = list(fields(kind))
            told.append("{" + ", ".join(keys[:MOST_KEYS] + ["…"] * (len(keys) > MOST_KEYS)) + "}")
    return " or ".join(dict.fromkeys(told))
