"""Every text of ours in templates and in the code of reports, as a catalogue has to hold it."""

import ast
from pathlib import Path

from assay.report import annex_points, card_content, fair_lending
from assay.report.page import environment, legible
from assay.report.parts import templates

REPORT = Path(__file__).parents[1] / "src" / "assay" / "report"
CALLS = ("gettext", "ngettext", "message")


def messages() -> dict[str, str | None]:
    """English text → that of several, where it is counted; in the order of templates, then of modules."""
    found: dict[str, str | None] = {}
    for one, many in (*_of_templates(), *_of_code(), *_of_tables()):
        assert found.setdefault(one, many) == many, f"{one!r} is told both with and without a number"
    return found


def _of_templates():
    made = environment(legible)
    for file in sorted(templates().glob("*.j2")):
        for _, name, told in made.extract_translations(file.read_text(encoding="utf-8")):
            texts = [text for text in (told if isinstance(told, tuple) else (told,)) if text is not None]
            yield texts[0], texts[1] if name == "ngettext" else None


def _of_code():
    for file in sorted(REPORT.glob("*.py")):
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name) or call.func.id not in CALLS:
                continue
            texts = [arg.value for arg in call.args[:2] if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
            assert not isinstance(call.args[0], ast.JoinedStr), (
                f"{file.name}:{call.lineno}: the text depends on a value"
            )
            if texts:
                yield texts[0], texts[1] if call.func.id == "ngettext" else None


def _of_tables():
    """Long tables of texts, which are told by `gettext` as those of `message` are."""
    for _, title, points in annex_points.CHAPTERS:
        yield title, None
        yield from ((text, None) for point in points for text in (point.title, point.asks))
        yield from ((name, None) for point in points for name, _ in point.fields)
    for _, title, facts in card_content.SECTIONS:
        yield from ((text, None) for text in (title, *(name for name, _ in facts)))
    for _, title, _ in fair_lending.ANALYSES:
        yield title, None
    yield from ((text, None) for text in fair_lending.LEGAL)
    yield from ((name, None) for name, _ in (*fair_lending.SCOPE, *fair_lending.REASONS))
