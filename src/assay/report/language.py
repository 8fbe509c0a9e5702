"""The language of a report: each English text of ours is the key under which a catalogue holds the translated one.

What the record says is never translated. A text is written where it is used, in templates as `{% trans %}` or `_()`:

    gettext("%(n)s more", n=count(3))
    ngettext("%(n)s control", "%(n)s controls", len(found), n=count(len(found)))
    OUTCOMES = {"pass": message("pass")}  # of a table; translated where it is told: gettext(OUTCOMES["pass"])
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import lru_cache

from assay.errors import AssayError
from assay.record.audit import Audit
from assay.record.report import Language
from assay.record.said import at
from assay.report.parts import part


@dataclass(frozen=True)
class Catalogue:
    """The texts of a language by the English ones; English needs none."""

    language: Language
    texts: Mapping[str, str] = field(default_factory=dict)
    counted: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """English text of one → the texts of one and of several."""


_ENGLISH = Catalogue("en")
_chosen: ContextVar[Catalogue | None] = ContextVar("language", default=None)


def language() -> Language:
    """What is spoken here."""
    return _catalogue().language


def gettext(text: str, /, **values: object) -> str:
    """The text as the report tells it; `%(name)s` stands for a value, `%%` for a percent sign."""
    return _catalogue().texts.get(text, text) % values


def ngettext(one: str, many: str, amount: int, /, **values: object) -> str:
    """The text of one or of several."""
    return _catalogue().counted.get(one, (one, many))[amount != 1] % values


def named(name: str) -> str:
    """A name that the record gives in the language of the report, where the catalogue has a word for it."""
    return _catalogue().texts.get(name, name)


def message(text: str) -> str:
    """The same text: says that it is one of ours, of which a catalogue has to hold a translation."""
    return text


@contextmanager
def speaking(chosen: Language | None) -> Iterator[None]:
    """Reports are in this language while this lasts, whatever their records ask for; None chooses nothing."""
    if chosen is None:
        yield
        return
    token = _chosen.set(_ENGLISH if chosen == "en" else _held(chosen))
    try:
        yield
    finally:
        _chosen.reset(token)


@contextmanager
def speaking_as(audit: Audit) -> Iterator[None]:
    """The language that the manifest asks for, where nobody has chosen one."""
    with speaking(_asked(audit) if _chosen.get() is None else None):
        yield


def _asked(audit: Audit) -> Language:
    return "de" if at(audit.manifest, "report.language") == "de" else "en"


def _catalogue() -> Catalogue:
    return _chosen.get() or _ENGLISH


def _held(chosen: Language) -> Catalogue:
    file = part(f"languages/{chosen}.po")
    try:
        return _read(chosen, file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise AssayError(f"the catalogue cannot be read: {error}", where=str(file)) from error


@lru_cache(maxsize=4)
def _read(chosen: Language, text: str) -> Catalogue:
    """The catalogue in the format of gettext; a text without translation stays English."""
    import polib

    no_path = text + "\n" + " " * 1_000  # polib opens a file where the text is the name of one; none is that long
    entries = [entry for entry in polib.pofile(no_path) if entry.translated()]
    several = {entry.msgid: (entry.msgstr_plural[0], entry.msgstr_plural[1]) for entry in entries if entry.msgid_plural}
    return Catalogue(chosen, {entry.msgid: entry.msgstr for entry in entries if not entry.msgid_plural}, several)
