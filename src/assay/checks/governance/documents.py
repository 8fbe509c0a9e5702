"""The papers: whether they are there and say something."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from assay.checks.exhibit import columns
from assay.checks.registry import CheckParameters, Context, check
from assay.evidence.papers import Document, Papers
from assay.evidence.request import Needs, PapersRequest
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.estimate import Estimate, Exhibit
from assay.record.finding import Measured


class Parameters(CheckParameters):
    """Which sections are required, and how long a section is at least."""

    sections: tuple[str, ...] | Literal["declared"] = "declared"
    """The sections that are required; `declared`: those the manifest lists."""
    minimum_words: int = Field(default=50, ge=1)
    """Fewest words of a section that counts as written."""


def _required(p: Parameters, view: SubjectView) -> tuple[str, ...]:
    declared = view.manifest.docs.sections if view.manifest.docs else {}
    return tuple(declared) if p.sections == "declared" else tuple(dict.fromkeys(p.sections))


def needs(p: Parameters, view: SubjectView) -> Needs:
    """The documents. A section that the manifest does not list is incomplete; a manifest without any says nothing."""
    declared = view.manifest.docs.sections if view.manifest.docs else {}
    missing = () if declared and _required(p, view) else ("docs.sections",)
    return Needs(() if missing else (PapersRequest(),), missing)


@check(
    "governance.documents",
    version=2,
    estimates={"share_of_complete_sections": "higher", "incomplete_sections": "lower"},
)
def documents(evidence: Evidence, p: Parameters, context: Context) -> Measured:
    """Every required section of the documentation is there and is more than a heading.

    Method: a section named in `sections` (all that the manifest declares, where it says `declared`) is complete when
        the manifest lists it, its file is found, the heading its anchor names is found, the text under it has at least
        `minimum_words` words, and no required section before it holds the same text. The estimate
        `share_of_complete_sections` is the share of required sections that are complete, `incomplete_sections` the
        number of those that are not. Both are facts about the files, without sampling error.
    Evidence: the files named in the manifest's `docs.sections`; the number of words and the digest of each section.
    Inconclusive when: the manifest declares no section at all.
    Limits: words are counted, not read: whether the text is true, sufficient or current is for a person to judge.
    Source: none; the length is a house rule.
    """
    found = {document.id: document for document in evidence.of(PapersRequest(), Papers).documents}
    problems: dict[str, str | None] = {}
    said: dict[str, str] = {}
    for name in _required(p, context.view):
        document = found.get(name)
        problems[name] = _problem(document, p.minimum_words)
        if document is not None and document.text is not None and said.setdefault(document.text, name) != name:
            problems[name] = problems[name] or f"the same text as {said[document.text]}"
    required, lacking = len(problems), sum(problem is not None for problem in problems.values())
    if not required:
        return Measured(missing=("docs.sections",))
    complete = required - lacking
    estimates = (
        Estimate(name="share_of_complete_sections", value=complete / required, n=required, numerator=complete,
                 denominator=required, basis="exact", method="complete over required sections"),
        Estimate(name="incomplete_sections", value=float(lacking), n=required, basis="exact", method="count"),
    )  # fmt: skip
    table = Exhibit(
        name="sections",
        title="Required sections",
        columns=columns(
            ("section", "Section", "text"), ("path", "File", "text"), ("words", "Words", "count"), ("found", "", "text")
        ),
        rows=tuple(
            (name, found[name].path if name in found else None, found[name].words if name in found else None,
             problem or "complete")
            for name, problem in problems.items()
        ),
    )  # fmt: skip
    return Measured(estimates=estimates, exhibits=(table,))


def _problem(document: Document | None, minimum_words: int) -> str | None:
    if document is None:
        return "not in the manifest"
    if not document.found:
        return document.problem or "not found"
    if document.words < minimum_words:
        return f"a stub: {document.words} words, fewer than {minimum_words}"
    return None
