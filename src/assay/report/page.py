"""The report as one self-contained HTML document: no script, no external address, all text escaped."""

from __future__ import annotations

import re
import unicodedata
from base64 import b64encode
from functools import cache, partial
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from assay.record.audit import Audit
from assay.record.gate import Gate
from assay.record.signature import Signing
from assay.report.language import gettext, language, message, ngettext, speaking_as
from assay.report.logo import logo
from assay.report.parts import fonts, own, part, templates
from assay.report.view import view

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

    with speaking_as(audit):
        style = spoken(style)
        return (
            environment(shown)
            .get_template("report.html.j2")
            .render(
                report=view(audit, gate, audit_digest=audit_digest, signing=signing, ledger=ledger, shown=shown),
                style=Markup(style),  # noqa: S704  our own file, without anything of the audit
                style_hash=b64encode(sha256(style.encode()).digest()).decode(),
            )
        )


def legible(text: str) -> str:
    """Characters that steer or hide text (bidirectional controls, control codes) become visible codes.

    What is far longer than any sentence is cut in the middle, so that nobody can drown the report.
    """
    if len(text) > LONGEST_TEXT:
        left = gettext("%(n)s characters are left out here; all of them are in audit.json", n=len(text) - LONGEST_TEXT)
        text = f"{text[: LONGEST_TEXT // 2]} … ({left}) … {text[-LONGEST_TEXT // 2 :]}"
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
    return f"{_faces()}\n{part('report.css').read_text(encoding='utf-8')}{_browsers()}"


def _browsers() -> str:
    return f"\n{part('browser.css').read_text(encoding='utf-8')}"


@cache
def _faces() -> str:
    return "\n".join(
        f"@font-face{{font-family:'{family}';font-weight:{weight};font-style:{style};"
        f"src:url(data:font/woff;base64,{b64encode((fonts() / f'{file}.woff').read_bytes()).decode()}) "
        f"format('woff')}}"
        for family, weight, style, file in FACES
    )


def spoken(style: str) -> str:
    """The style sheet with what it prints on each page in the language of the report."""
    for text in _PRINTED if language() != "en" else ():
        style = style.replace(f'"{text}"', f'"{gettext(text)}"')
    return style


_PRINTED = (message("SHA-256 of audit.json "), message("Page "), message(" of "))


def print_stylesheet() -> str:
    """The same for paper."""
    return on_paper(stylesheet())


def on_paper(style: str) -> str:
    """A style sheet without what browsers alone know, and with values in the place of their names.

    WeasyPrint would warn of the one, and look up the other for every element.
    """
    before, _, rest = style.replace(_browsers(), "", 1).partition(":root {")
    named, _, rules = rest.partition("}")
    values = dict(re.findall(r"(--[a-z-]+): ([^;]+);", named))
    return before + re.sub(r"var\((--[a-z-]+)\)", lambda name: values[name[1]], rules)


def compile_templates() -> None:
    """Compile those of the report ahead, which takes a tenth of a second: for who has to wait before there is one."""
    compiling, names = environment(legible), ["report.html.j2"]
    for name in names:
        compiling.get_template(name)
        used = re.findall(r'{% (?:extends|from|include) "([^"]+)"', (templates() / name).read_text(encoding="utf-8"))
        names += [other for other in used if other not in names]


@cache
def _compiled() -> Any:
    """Our templates as code, by their text: HTML and PDF of a report, and verifying it, compile them once."""
    from jinja2 import BytecodeCache

    class Compiled(BytecodeCache):
        def __init__(self) -> None:
            self._held: dict[tuple[str, str], Any] = {}

        def load_bytecode(self, bucket: Any) -> None:
            bucket.code = self._held.get((bucket.key, bucket.checksum))

        def dump_bytecode(self, bucket: Any) -> None:
            self._held[bucket.key, bucket.checksum] = bucket.code

    return Compiled()


def environment(shown: Callable[[str], str]) -> Environment:
    """Where templates come from; `shown` is applied to every text before it is escaped.

    Templates of somebody else run in a sandbox: they see what is printed, and can change and call nothing else.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment
    from markupsafe import Markup, escape

    folder = own()

    def finalize(value: object) -> object:
        return shown(value) if isinstance(value, str) and not isinstance(value, Markup) else value

    def told(told: Callable[..., str], *texts: Any, **values: object) -> Markup:
        """A text of ours is HTML; the values in it are shown and escaped like all others."""
        return Markup(told(*texts, **{name: escape(finalize(value)) for name, value in values.items()}))  # noqa: S704

    made = (Environment if folder is None else ImmutableSandboxedEnvironment)(
        bytecode_cache=_compiled() if folder is None else None,
        loader=FileSystemLoader([*([] if folder is None else [folder]), templates()]),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=finalize,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )

    def recorded(text: str) -> Markup:
        """What the record says, in the midst of a text of ours."""
        given = escape(finalize(text))
        return given if language() == "en" else Markup('<span lang="en">%s</span>') % given

    made.filters["recorded"] = recorded
    made.newstyle_gettext = True  # type: ignore[attr-defined]  # of the extension: values are ours to put in
    made.policies["ext.i18n.trimmed"] = True
    made.globals |= {
        "gettext": partial(told, gettext),
        "ngettext": partial(told, ngettext),
        "language": language(),
        "logo": logo(),
        "recorded": Markup("" if language() == "en" else ' lang="en"'),  # noqa: S704  ours
    }
    return made
