"""Bytes → a tree of plain values, each with its line and column.

A strict subset of YAML 1.2: UTF-8, one document, no tabs, no directives, no tags, no anchors, aliases or merge keys, no
duplicate keys, at most 1 MiB and 50 levels. Plain scalars follow the core schema of YAML 1.2 without its octal and
hexadecimal numbers: `no`, `012`, `1:30`, `1_000` and `2026-03-31` are text. Keys are text as written.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from assay.errors import AssayError
from assay.source.compose import FORBIDDEN, Composer, Node
from assay.source.told import BREAK, nearest, quoting, raise_all, short

MAXIMUM_BYTES = 1 << 20
Loc = tuple[str | int, ...]
FASTEST: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_DISPUTED = re.compile(r"[!?]|[|>][-+0-9]*#")
"""Where the readers differ, the one which is always there decides."""
_DIRECTIVE = re.compile(r"^%", re.MULTILINE)


@dataclass(frozen=True)
class Source:
    """A YAML file: its bytes, its values, and the position of each of them."""

    name: str
    """As the user wrote it; errors begin with it."""
    data: bytes = field(repr=False)
    tree: Any
    """dict, list, str, int, float, bool, None."""
    root: Node = field(repr=False, compare=False)

    def position(self, loc: Loc, *, key: bool = False) -> tuple[int, int]:
        """Line and column of the value at `loc`, or of its key; of the nearest thing around where it is absent."""
        node, at = self.root, self.root.at
        for step in loc:
            members = node.members
            if isinstance(members, dict) and isinstance(step, str) and step in members:
                at = (node.keys or {})[step]
                node = members[step]
            elif isinstance(members, list) and isinstance(step, int) and 0 <= step < len(members):
                node = members[step]
                at = node.at
            else:
                return node.at
        return at if key else node.at

    def place(self, loc: Loc, key: bool = False) -> str:
        """`policy.yaml:12:5`: where the value at `loc` stands, or its key."""
        line, column = self.position(loc, key=key)
        return f"{self.name}:{line}:{column}"


def read_source(path: Path, *, error: type[AssayError], name: str | None = None) -> Source:
    """Read a YAML file of at most 1 MiB. Errors say what stands beside a file that is missing."""
    name = name if name is not None else str(path)
    try:
        if path.is_dir():
            raise error("this is a folder, not a file", where=name, hint=_beside(path / "x"))
        if not path.is_file():
            raise error("there is no such file", where=name, hint=_beside(path))
        with path.open("rb") as file:
            data = file.read(MAXIMUM_BYTES + 1)
    except (OSError, ValueError) as problem:
        reason = problem.strerror if isinstance(problem, OSError) and problem.strerror else "the path is not valid"
        raise error(f"cannot be read: {reason.lower()}", where=short(name, 200)) from problem
    return parse_source(data, name, error=error)


def _beside(path: Path) -> str:
    """A hint: the YAML file whose name is nearest."""
    try:
        names = [other.name for other in path.parent.iterdir() if other.suffix in (".yaml", ".yml")]
    except (OSError, ValueError):
        return f"There is no folder {short(str(path.parent), 200)}."
    return nearest(path.name, names) or "There is no YAML file in that folder."


def parse_source(data: bytes, name: str, *, error: type[AssayError], loader: Any = None) -> Source:
    """Parse the bytes of a YAML file. All duplicate keys, aliases, tags and numbers out of range are told at once."""
    with quoting(_Unread(name, data)):
        return _parsed(data, name, error, loader)


@dataclass(frozen=True)
class _Unread:
    """A file that could not be parsed."""

    name: str
    data: bytes


def _parsed(data: bytes, name: str, error: type[AssayError], loader: Any) -> Source:
    text = _text(data, name, error)
    loader = yaml.SafeLoader if _DISPUTED.search(text) else loader or FASTEST
    composer = Composer(name, error)
    try:
        tree, root = composer.document(yaml.parse(text, Loader=loader))
    except yaml.MarkedYAMLError as problem:
        if loader is not yaml.SafeLoader:  # the same words and the same place, whichever reader is installed
            return _parsed(data, name, error, yaml.SafeLoader)
        raise _syntax_error(problem, name, error) from None
    except (yaml.YAMLError, ValueError, OverflowError):
        raise error("this is not YAML", where=name) from None
    raise_all(composer.problems)
    return Source(name, data, tree, root)


def _text(data: bytes, name: str, error: type[AssayError]) -> str:
    if len(data) > MAXIMUM_BYTES:
        raise error("the file is larger than 1 MiB", where=name, hint="Data and documents do not belong into YAML.")
    data = data.removeprefix(b"\xef\xbb\xbf")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as problem:
        before = data[: problem.start].decode("utf-8")
        raise error(
            f"the file is not UTF-8 (byte 0x{data[problem.start]:02x})",
            where=_where(name, before, len(before)),
            hint="Save it in your editor with the encoding UTF-8.",
        ) from None
    if bad := FORBIDDEN.search(text):
        raise error(where=_where(name, text, bad.start()), **_forbidden(bad.group()))
    if directive := _DIRECTIVE.search(text):
        raise error("a directive (%) is not allowed", where=_where(name, text, directive.start()))
    return text


def _where(name: str, text: str, index: int) -> str:
    lines = BREAK.split(text[:index])
    return f"{name}:{len(lines)}:{len(lines[-1]) + 1}"


def _forbidden(character: str) -> dict[str, str]:
    if character == "\t":
        return {"what": "a tab is not allowed", "hint": "Indent with spaces; inside double quotes write \\t."}
    return {"what": f"the character U+{ord(character):04X} is not allowed", "hint": "Remove it; it cannot be seen."}


_EXPLAINED = (
    ("mapping values are not allowed", "a colon is not allowed here", "Put a text that holds `: ` in quotes."),
    ("could not find expected ':'", "a key without a colon", "Write `key: value`, with a space after the colon."),
    ("expected <block end>", "the indentation does not fit the lines above", "Align it with the entries beside it."),
    ("expected ',' or", "a bracket is not closed, or a comma is missing", "Close every [ and {."),
    ("unexpected end of stream", "a quote is not closed", "Close it, or double it inside single quotes."),
    ("cannot start any token", "a text cannot begin with this character", "Put the text in quotes."),
    ("unknown escape character", "unknown escape after a backslash", "Use single quotes where \\ means itself."),
)


def _syntax_error(problem: yaml.MarkedYAMLError, name: str, error: type[AssayError]) -> AssayError:
    mark, said = problem.problem_mark or problem.context_mark, problem.problem or ""
    if "unexpected end of stream" in said:  # where the quote was opened; its end is that of the file
        mark = problem.context_mark or mark
    where = f"{name}:{mark.line + 1}:{mark.column + 1}" if mark else name
    for sign, what, hint in _EXPLAINED:
        if sign in said:
            return error(f"not valid YAML: {what}", where=where, hint=hint)
    return error("not valid YAML", where=where, hint=f"The YAML reader says: {said}." if said else "")


def as_json(tree: Any) -> str:
    """The tree as JSON text."""
    return json.dumps(tree, ensure_ascii=False, allow_nan=False)
