"""Where templates, style sheets, catalogues and fonts come from: ours, or those of a folder that stand in for them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from assay.resources import packaged

_own: ContextVar[Path | None] = ContextVar("own templates", default=None)


@contextmanager
def own_templates(folder: Path | None) -> Iterator[None]:
    """Templates, style sheets and catalogues of the folder stand in for those of the same name while this lasts."""
    token = _own.set(folder)
    try:
        yield
    finally:
        _own.reset(token)


def own() -> Path | None:
    """The folder that stands in, where there is one."""
    return _own.get()


def part(name: str) -> Path:
    """A style sheet or a catalogue: the reader's own, where there is one."""
    folder = _own.get()
    return folder / name if folder is not None and (folder / name).is_file() else templates() / name


def templates() -> Path:
    """Where our templates, style sheets, catalogues and scripts lie."""
    return packaged("templates")


def fonts() -> Path:
    """Where the font files lie."""
    return templates() / "fonts"
