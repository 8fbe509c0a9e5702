"""The report as one self-contained HTML document: no script, no external address, all text escaped."""

from __future__ import annotations

import re
import unicodedata
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from assay.record.audit import Audit
from assay.record.gate import Gate
from assay.record.signature import Signing
from assay.report.view import view
from assay.resources import packaged

if TYPE_CHECKING:
    from collections.abc import Callable

    from jinja2 import Environment

FACES = (
    ("Assay Serif", "400", "normal", "serif"),
    ("Assay Serif", "700", "normal", "serif-bold"),
    ("Assay Serif", "400", "italic", "serif-italic"),
    ("Assay Sans", "400", "normal", "sans"),
    ("Assay Sans", "700", "normal", "sans-bold"),
    ("Assay Mono", "400", "normal", "mono"),
    ("Assay Math", "400", "normal", "math"),
    ("Assay Symbols", "400", "normal", "symbols"),
)
"""Family, weight, style, file: the fonts that every report carries."""
LONGEST_TEXT = 6_000
"""Characters of one text in a report; the manifest allows 4 000, a traceback may have more."""
_own: ContextVar[Path | None] = ContextVar("own templates", default=None)
_HARMLESS = "\n\t\u00ad\u200c\u200d"


def render_html(
    audit: Audit, gate: Gate, *, audit_digest: str, signing: Signing | None, ledger: str | None = None
) -> str:
    """The report on screen. `audit_digest` is the SHA-256 of audit.json; no `signing`: the report says NOT SIGNED.

    `ledger` is the signed checkpoint of the ledger in which the audit stands.
    """
    return render(
        audit, gate, audit_digest=audit_digest, signing=signing, ledger=ledger, shown=legible, style=stylesheet()
    )


def render(
    audit: Audit,
    gate: Gate,
    *,
    audit_digest: str,
    signing: Signing | None,
    ledger: str | None,
    shown: Callable[[str], str],
    style: str,
) -> str:
    """The one template. `shown` is applied to every text before it is escaped; `style` is the CSS."""
    from markupsafe import Markup

    return (
        environment(shown)
        .get_template("report.html.j2")
        .render(
            report=view(audit, gate, audit_digest=audit_digest, signing=signing, ledger=ledger),
            style=Markup(style),  # noqa: S704  our own file, without anything of the audit
            style_hash=b64encode(sha256(style.encode()).digest()).decode(),
        )
    )


def legible(text: str) -> str:
    """Characters that steer or hide text (bidirectional controls, control codes) become visible codes.

    What is far longer than any sentence is cut in the middle, so that nobody can drown the report.
    """
    if len(text) > LONGEST_TEXT:
        left = len(text) - LONGEST_TEXT
        told = f" \u2026 ({left} characters are left out here; all of them are in audit.json) \u2026 "
        text = f"{text[: LONGEST_TEXT // 2]}{told}{text[-LONGEST_TEXT // 2 :]}"
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        character if character in _HARMLESS or unicodedata.category(character) not in _STEERING else code(character)
        for character in text
    )


_STEERING = ("Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp")


def code(character: str) -> str:
    """`[U+202E]`."""
    return f"[U+{ord(character):04X}]"


def stylesheet() -> str:
    """The CSS with its fonts inside, for a browser."""
    return f"{_faces()}\n{part('report.css').read_text(encoding='utf-8')}"


@cache
def _faces() -> str:
    return "\n".join(
        f"@font-face{{font-family:'{family}';font-weight:{weight};font-style:{style};"
        f"src:url(data:font/woff;base64,{b64encode((fonts() / f'{file}.woff').read_bytes()).decode()}) "
        f"format('woff')}}"
        for family, weight, style, file in FACES
    )


def print_stylesheet() -> str:
    """The same for paper: values in the place of their names, which WeasyPrint would look up for every element."""
    before, _, rest = stylesheet().partition(":root {")
    named, _, rules = rest.partition("}")
    values = dict(re.findall(r"(--[a-z-]+): ([^;]+);", named))
    return before + re.sub(r"var\((--[a-z-]+)\)", lambda name: values[name[1]], rules)


def environment(shown: Callable[[str], str]) -> Environment:
    """Where templates come from; `shown` is applied to every text before it is escaped.

    Templates of somebody else run in a sandbox: they see what is printed, and can change and call nothing else.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment
    from markupsafe import Markup

    own = _own.get()

    def finalize(value: object) -> object:
        return shown(value) if isinstance(value, str) and not isinstance(value, Markup) else value

    return (Environment if own is None else ImmutableSandboxedEnvironment)(
        loader=FileSystemLoader([*([] if own is None else [own]), templates()]),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@contextmanager
def own_templates(folder: Path | None) -> Iterator[None]:
    """Templates and style sheets of the folder stand in for those of the same name, as long as this lasts."""
    token = _own.set(folder)
    try:
        yield
    finally:
        _own.reset(token)


def part(name: str) -> Path:
    """A style sheet: the reader's own, where there is one."""
    own = _own.get()
    return own / name if own is not None and (own / name).is_file() else templates() / name


def templates() -> Path:
    """Where our templates, style sheets and scripts lie."""
    return packaged("templates")


def fonts() -> Path:
    """Where the font files lie."""
    return templates() / "fonts"
