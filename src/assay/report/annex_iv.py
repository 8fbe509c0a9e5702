"""The technical documentation that Annex IV of the EU AI Act asks for, as far as a record evidences it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from assay.errors import AssayError
from assay.record.audit import Audit
from assay.record.finding import WORST_FIRST, Finding
from assay.record.said import lines
from assay.record.signature import Signing
from assay.report.annex_points import CHAPTERS, Point
from assay.report.language import gettext, ngettext
from assay.report.sheet import Fact, as_html, as_pdf, head, page
from assay.report.tables import EstimateTable, estimate_tables
from assay.report.words import MEANINGS, OUTCOMES, SYMBOLS, count, day, hexadecimal, printed, sentence

MOST_LINES = 30
"""Of a field of the manifest; the rest is in audit.json."""
_IDENTITY = ("identity.name", "identity.version", "risk.tier")
"""What every record states, so that it evidences nothing by itself."""


@dataclass(frozen=True)
class Stated:
    """What the manifest says, and where."""

    name: str
    lines: tuple[str, ...]
    more: int
    source: str


@dataclass(frozen=True)
class Evidenced:
    """What a control found."""

    anchor: str
    title: str
    control: str
    symbol: str
    outcome: str
    word: str
    found: str
    tables: tuple[EstimateTable, ...]


@dataclass(frozen=True)
class PointTold:
    """A point with what evidences it."""

    ref: str
    anchor: str
    title: str
    asks: str
    stated: tuple[Stated, ...]
    unstated: str
    """Which fields of the manifest would say more."""
    evidenced: tuple[Evidenced, ...]
    values: bool
    """Whether the numbers of the controls stand here, and not only what was found."""
    tests: tuple[Fact, ...]

    @property
    def empty(self) -> bool:
        """Whether nothing in the record evidences it."""
        return not self.stated and not self.evidenced and not self.tests


@dataclass(frozen=True)
class Chapter:
    """One of the nine points of the annex."""

    number: str
    title: str
    points: tuple[PointTold, ...]


@dataclass(frozen=True)
class Documentation:
    """Everything the template prints."""

    chapters: tuple[Chapter, ...]
    evidenced: str
    """How many sub-points have some evidence, in a sentence."""
    absent: tuple[tuple[str, str], ...]
    """Those without any: anchor and reference."""


def render_html(audit: Audit, *, audit_digest: str, signing: Signing | None) -> str:
    """The documentation on screen. `audit_digest` is the SHA-256 of audit.json."""
    return as_html(lambda shown: _page(audit, audit_digest, signing, shown), audit)


def render_pdf(audit: Audit, *, audit_digest: str, signing: Signing | None) -> bytes:
    """The documentation as PDF."""
    return as_pdf(lambda shown: _page(audit, audit_digest, signing, shown), audit, audit_digest)


def _page(audit: Audit, digest: str, signing: Signing | None, shown: Callable[[str], str]) -> str:
    made = documentation(audit, signing, digest)
    return page("annex-iv", shown, head=head(audit, digest, shown), annex=made)


def documentation(audit: Audit, signing: Signing | None, audit_digest: str) -> Documentation:
    """Every point, in the order of the annex. Raises AssayError where the record evidences none of them."""
    if not any(True for _, _, points in CHAPTERS for point in points if _speaks(audit, point)):
        hint = "Describe the system in model.yaml: purpose, model, data, oversight, monitoring."
        raise AssayError("the record holds nothing that Annex IV asks for", where="audit.json", hint=hint)
    chapters = tuple(
        Chapter(number, gettext(title), tuple(_point(audit, point, signing, audit_digest) for point in points))
        for number, title, points in CHAPTERS
    )
    told = [point for chapter in chapters for point in chapter.points]
    empty = [point for point in told if point.empty]
    return Documentation(
        chapters=chapters,
        evidenced=ngettext(
            "%(n)s of %(all)s points of the annex has evidence in this audit.",
            "%(n)s of %(all)s points of the annex have evidence in this audit.",
            len(told) - len(empty),
            n=count(len(told) - len(empty)),
            all=count(len(told)),
        ),
        absent=tuple((point.anchor, point.ref) for point in empty),
    )


def _speaks(audit: Audit, point: Point) -> bool:
    fields = (path for _, path in point.fields if path not in _IDENTITY)
    return any(lines(audit.manifest, path) for path in fields) or any(_findings(audit, point))


def _point(audit: Audit, point: Point, signing: Signing | None, digest: str) -> PointTold:
    anchor = "point-" + point.ref.replace("(", "-").replace(")", "")
    found = [(name, path, lines(audit.manifest, path)) for name, path in point.fields]
    return PointTold(
        ref=point.ref,
        anchor=anchor,
        title=gettext(point.title),
        asks=gettext(point.asks),
        stated=tuple(
            Stated(gettext(name), said[:MOST_LINES], max(0, len(said) - MOST_LINES), path)
            for name, path, said in found
            if said
        ),
        unstated=", ".join(path for _, path, said in found if not said),
        evidenced=tuple(
            _evidenced(finding, f"{anchor}-{place}", point)
            for place, finding in enumerate(sorted(_findings(audit, point), key=_worst_first), 1)
        ),
        values=point.values,
        tests=_tests(audit, signing, digest) if point.tests else (),
    )


def _worst_first(finding: Finding) -> tuple[int, str]:
    return WORST_FIRST.index(finding.outcome), finding.id


def _findings(audit: Audit, point: Point) -> Iterator[Finding]:
    for finding in audit.findings:
        if finding.outcome == "not_applicable":
            continue
        if finding.check is not None:
            belongs = finding.check.id in point.checks or finding.check.id.split(".")[0] in point.checks
        else:
            belongs = _asks_of(finding, point)
        if belongs:
            yield finding


def _asks_of(finding: Finding, point: Point) -> bool:
    """Whether a condition reads a field of the point, which its sentence names."""
    sentence_of = finding.requirement.sentence if finding.requirement else ""
    read = set(re.findall(r"[a-z_]+(?:\.[a-z_*]+)+", sentence_of))
    return any(path in read or any(one.startswith(path + ".") for one in read) for _, path in point.fields)


def _evidenced(finding: Finding, anchor: str, point: Point) -> Evidenced:
    return Evidenced(
        anchor=anchor,
        title=finding.title,
        control=finding.id,
        symbol=SYMBOLS[finding.outcome],
        outcome=finding.outcome,
        word=gettext(OUTCOMES[finding.outcome]),
        found=sentence(printed(finding.sentence)),
        tables=estimate_tables(finding) if point.values else (),
    )


def _tests(audit: Audit, signing: Signing | None, digest: str) -> tuple[Fact, ...]:
    """The record as a test log: when it was made, of what, and who signed it."""
    if signing is None:
        signed = gettext("NOT SIGNED: point 2(g) asks for a report that the responsible persons signed")
    else:
        signed = gettext(
            "signed by %(name)s (%(meaning)s); whether that holds, `assay verify` tells",
            name=signing.name, meaning=gettext(MEANINGS[signing.meaning]),
        )  # fmt: skip
    record = gettext("audit.json of audit %(id)s, SHA-256 %(digest)s", id=audit.id, digest=hexadecimal(digest))
    files = [f"{file.role.replace('_', ' ')}: {file.path}" for file in audit.subject.files]
    return (
        Fact(gettext("Test record"), record),
        Fact(gettext("Date"), day(audit.at.date())),
        Fact(gettext("Signature"), signed),
        Fact(gettext("What was tested"), "; ".join(files) or gettext("no file"), recorded=bool(files)),
        Fact(gettext("Policies"), "; ".join(f"{policy.id} {policy.version}" for policy in audit.policies)),
    )
