"""YAML events → plain values, each with its position."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from assay.errors import AssayError
from assay.source.told import short

MAXIMUM_DEPTH = 50
EXACT = 2**53 - 1
"""Largest whole number which JSON holds exactly."""


FORBIDDEN = re.compile("[^\\n\\r\\x20-\\x7e\\xa0-\\u2027\\u202f-\\u2065\\u206a-\\ud7ff\\ue000-\\ufefe"
                        "\\uff00-\\ufffd\\U00010000-\\U0010ffff]")  # fmt: skip
"""Control characters, tabs, Unicode line breaks, direction overrides, byte order marks, surrogates."""
_INT = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|(0|[1-9][0-9]*)(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_WORDS: dict[str, bool | None] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip


@dataclass(slots=True)
class Node:
    """Where a value stands (line and column from 1) and where its keys and members stand."""

    at: tuple[int, int]
    members: dict[str, Node] | list[Node] | None = None
    keys: dict[str, tuple[int, int]] | None = None


class Composer:
    """Events → values and positions, without recursion and without looking at more than 50 levels."""

    def __init__(self, name: str, error: type[AssayError]) -> None:
        self.name, self.error = name, error
        self.problems: list[AssayError] = []

    def document(self, events: Iterator[Any]) -> tuple[Any, Node]:
        """The one document of the stream; an empty one is None."""
        result: tuple[Any, Node] = (None, Node((1, 1)))
        documents = 0
        open_: list[_Open] = []
        for event in events:
            at = (event.start_mark.line + 1, event.start_mark.column + 1)
            match event:
                case yaml.ScalarEvent() | yaml.AliasEvent():
                    done = (self._scalar(event, at), Node(at))
                    result = self._add(open_, *done, text=getattr(event, "value", ""), plain=_is_plain(event)) or result
                case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                    self._refuse_extras(event, at)
                    if len(open_) == MAXIMUM_DEPTH:
                        raise self._problem(f"nested deeper than {MAXIMUM_DEPTH} levels", at, "Flatten it.")
                    open_.append(_Open({} if isinstance(event, yaml.MappingStartEvent) else [], at))
                case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                    closed = open_.pop()
                    result = self._add(open_, closed.value, closed.node) or result
                case yaml.DocumentStartEvent():
                    documents += 1
                    if documents > 1:
                        raise self._problem("a second document begins here", at, "A file holds one document.")
        return result

    def _add(
        self, open_: list[_Open], value: Any, node: Node, *, text: str | None = None, plain: bool = False
    ) -> tuple[Any, Node] | None:
        """Put a finished value into what is open; give it back where nothing is: it is the document."""
        if not open_:
            return value, Node((1, 1)) if value is None else node
        inside = open_[-1]
        if text == "" and plain:  # nothing is written there: the readers differ on where nothing stands
            node.at = inside.keys[inside.key] if inside.has_key and inside.key is not None else inside.node.at
        if isinstance(inside.value, list):
            inside.value.append(value)
            inside.members.append(node)
        elif not inside.has_key:
            inside.has_key, inside.key = True, self._key(inside, text, node.at, plain=plain)
        else:
            inside.has_key = False
            if inside.key is not None:
                inside.value[inside.key] = value
                inside.members[inside.key] = node
        return None

    def _key(self, inside: _Open, text: str | None, at: tuple[int, int], *, plain: bool) -> str | None:
        """The key, or None where it cannot be used."""
        if text is None:
            self._tell("a key must be a text", at, "A list or mapping cannot be a key.")
        elif plain and text == "<<":
            self._tell("a merge key (<<) is not allowed", at, "Write the keys out.")
        elif text in inside.keys:
            line, column = inside.keys[text]
            self._tell(f"the key `{short(text)}` is there twice", at, f"First in line {line}, column {column}.")
        else:
            inside.keys[text] = at
            return text
        return None

    def _scalar(self, event: Any, at: tuple[int, int]) -> Any:
        if isinstance(event, yaml.AliasEvent):
            return self._tell(
                "an alias (*) is not allowed", at, "Write the value out, or quote a text with a leading *."
            )
        self._refuse_extras(event, at)
        text: str = event.value
        # the text of the file has been searched; only an escape inside double quotes can stand for something else
        if event.style == '"' and (bad := FORBIDDEN.search(text.replace("\t", " "))):
            return self._tell(f"the character U+{ord(bad.group()):04X} is not allowed in a text", at, "Remove it.")
        return self._plain(text, at) if _is_plain(event) else text

    def _plain(self, text: str, at: tuple[int, int]) -> Any:
        if text[:1].isalpha() and text not in _WORDS:
            return text
        if _NOT_FINITE.fullmatch(text):
            return self._tell(f"{text} is not a finite number", at, "Leave the key out where there is no number.")
        value = scalar(text)
        if isinstance(value, float) and not math.isfinite(value):
            return self._tell(f"the number {short(text, 30)} is too large", at, "Put it in quotes if it is a text.")
        return value

    def _refuse_extras(self, event: Any, at: tuple[int, int]) -> None:
        if event.anchor is not None:
            self._tell("an anchor (&) is not allowed", at, "Write the value out where it is used.")
        if event.tag is not None:
            self._tell("a tag (!) is not allowed", at, "Quote a text that begins with an exclamation mark.")

    def _problem(self, what: str, at: tuple[int, int], hint: str) -> AssayError:
        return self.error(what, where=f"{self.name}:{at[0]}:{at[1]}", hint=hint)

    def _tell(self, what: str, at: tuple[int, int], hint: str) -> Any:
        """Note a problem and give None for a value; reading goes on, so that all of them are told."""
        self.problems.append(self._problem(what, at, hint))


class _Open:
    """A mapping or list that has begun."""

    __slots__ = ("has_key", "key", "keys", "members", "node", "value")

    def __init__(self, value: Any, at: tuple[int, int]) -> None:
        self.value: Any = value
        self.members: Any = {} if isinstance(value, dict) else []
        self.keys: dict[str, tuple[int, int]] = {}
        self.node = Node(at, self.members, self.keys)
        self.has_key = False
        self.key: str | None = None


def _is_plain(event: Any) -> bool:
    return isinstance(event, yaml.ScalarEvent) and not event.style


def scalar(text: str) -> bool | int | float | str | None:
    """What a plain scalar means. A number too large for JSON to hold exactly becomes infinite."""
    if text in _WORDS:
        return _WORDS[text]
    if _INT.fullmatch(text):
        return int(text) if len(text) <= 17 and abs(int(text)) <= EXACT else math.inf
    return float(text) if _FLOAT.fullmatch(text) else text
