"""One finding as a section of the report."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from assay.record.asked import AskedStatement
from assay.record.audit import Audit
from assay.record.estimate import Exhibit
from assay.record.finding import Finding
from assay.record.gate import Gate, GateLine
from assay.report.charts import estimates_chart, exhibit_chart
from assay.report.drawing import Chart
from assay.report.language import gettext, ngettext, speaking
from assay.report.methodology import Paragraph, method_anchor, paragraphs
from assay.report.papers import PAPERS, listed
from assay.report.policies import tightened
from assay.report.requirement import Requirement, limits, requirements
from assay.report.sensitivity import told as sensitivity
from assay.report.tables import (
    EstimateTable,
    ExhibitTable,
    deciding,
    estimate_tables,
    exhibit_table,
    further,
    shortened,
)
from assay.report.words import (
    EFFECTS,
    LEVELS,
    NAMES,
    OUTCOMES,
    REASONS,
    SYMBOLS,
    count,
    enumeration,
    in_words,
    level,
    percent,
    phrase,
    plain,
    printed,
    sentence,
    title,
    within,
)


@dataclass(frozen=True)
class Measure:
    """A table of estimates and the picture of it, where a picture says more."""

    table: EstimateTable
    chart: Chart | None


@dataclass(frozen=True)
class Published:
    """An exhibit and the picture of it."""

    table: ExhibitTable
    chart: Chart | None


@dataclass(frozen=True)
class Section:
    """Everything a reader is told about one control."""

    anchor: str
    key: str
    """`<policy>/<control>`."""
    control: str
    """Its name in the report: with its policy where two policies have a control of that name."""
    policy: str
    title: str
    description: str | None
    severity: str
    place: str
    outcome: str
    word: str
    symbol: str
    sentence: str
    reason: str | None
    effect: str
    does: str
    """The effect by its name in the gate: none, inform, warn, sign_off, block."""
    waived_by: str | None
    waiver_holds: bool
    citations: tuple[tuple[str, str], ...]
    requirements: tuple[Requirement, ...]
    tightened: tuple[str, ...]
    requirement: str | None
    asked: tuple[str, ...]
    """What a person has to say, who may say it, and how."""
    applicability: str | None
    missing: tuple[str, ...]
    shares: tuple[str, ...]
    sensitivity: str | None
    measures: tuple[Measure, ...]
    further: str
    further_table: EstimateTable | None
    exhibits: tuple[Published, ...]
    mitigation: tuple[Published, ...]
    notes: tuple[str, ...]
    check: str | None
    check_version: int | None
    parameters: str
    """Of its check: `Data: test; Groups: sex.`; empty where there are none."""
    method: tuple[Paragraph, ...]
    method_at: str | None
    """The control whose section holds the method, where an earlier one uses the same check."""
    same_as: str | None
    """The control before it that measured exactly the same, and whose exhibits are not printed again."""
    error: str | None
    listed: tuple[str, ...]
    """What was found of each paper that a control of papers asks for."""

    @property
    def flag(self) -> str:
        """What stands beside the outcome where there is a waiver."""
        if self.waived_by is None:
            return ""
        return gettext("waived") if self.waiver_holds else gettext("waiver without effect")

    @property
    def method_anchor(self) -> str:
        """Where the report describes its check."""
        return method_anchor(self.check or "")

    @property
    def of_papers(self) -> bool:
        """Whether the manifest, a document or a person answers, so that a row of a table is enough."""
        return self.check in (None, PAPERS)

    @property
    def closes(self) -> bool:
        """Whether it keeps the gate closed."""
        return self.does in ("block", "sign_off")


def section(
    finding: Finding,
    anchor: str,
    audit: Audit,
    gate: Gate,
    *,
    method_at: str | None,
    shared: str | None,
    cited_at: Mapping[str, str],
    whole: str = "audit.json",
    same_as: str | None = None,
    name: str | None = None,
    shown: Callable[[str], str] = str,
) -> Section:
    """The finding with the gate's line on it.

    `cited_at`: references whose words an earlier control prints; `whole`: where all rows of cut tables are;
    `same_as`: an earlier control that measured the same; `name`: what to call it; `shown` may lengthen labels.
    """
    line = next((line for line in gate.lines if line.finding == finding.id), None)
    told, table = further(finding, whole)
    return Section(
        anchor=anchor,
        key=finding.id,
        control=name or finding.control,
        policy=finding.policy,
        title=finding.title,
        description=finding.description,
        severity=gettext(LEVELS[finding.severity]),
        place=finding.place,
        outcome=finding.outcome,
        word=gettext(OUTCOMES[finding.outcome]),
        symbol=SYMBOLS[finding.outcome],
        sentence=sentence(_readable(finding.sentence, finding)),
        reason=gettext(REASONS[finding.reason]) if finding.reason else None,
        effect=_effect(line),
        does=line.effect if line else "none",
        waived_by=line.waived_by if line else None,
        waiver_holds=bool(line and line.waived_by and line.effect == "none"),
        citations=_citations(finding, audit, cited_at),
        requirements=requirements(finding),
        tightened=tuple(t for p in audit.policies if p.id == finding.policy for t in tightened(p, finding.control)),
        requirement=sentence(finding.requirement.sentence) if finding.requirement else None,
        asked=_asked(finding.attest),
        applicability=_applies(finding, shared),
        missing=_missing(finding),
        shares=_shares(finding),
        sensitivity=sensitivity(finding),
        measures=tuple(Measure(table, estimates_chart(table, shown)) for table in estimate_tables(finding, whole)),
        further=told,
        further_table=table,
        exhibits=() if same_as else tuple(_published(one, finding, whole, shown) for one in finding.measured.exhibits),
        mitigation=() if same_as else tuple(_published(one, finding, whole, shown) for one in finding.mitigation),
        notes=tuple(sentence(printed(note)) for note in finding.measured.notes),
        check=finding.check.id if finding.check else None,
        check_version=finding.check.version if finding.check else None,
        parameters=_parameters(finding),
        method=paragraphs(finding.check.docstring) if finding.check else (),
        method_at=method_at,
        same_as=same_as,
        error=finding.error,
        listed=listed(finding),
    )


def _published(exhibit: Exhibit, finding: Finding, whole: str, shown: Callable[[str], str]) -> Published:
    named = exhibit.model_copy(
        update={
            "title": _readable(exhibit.title, finding),
            "note": printed(exhibit.note) if exhibit.note else None,
            "rows": tuple(_spoken(row, in_words) for row in exhibit.rows),
        }
    )
    table = exhibit_table(named, deciding(finding), whole)
    threshold = _limit(exhibit, finding)
    if exhibit.chart == "interval" and len(exhibit.rows) < 3 and exhibit.limit is None:
        return Published(table, None)  # two numbers are read faster than a picture of them
    held = {criterion.confidence for criterion in finding.criteria}
    drawn = named.model_copy(update={"rows": tuple(_spoken(row, title) for row in exhibit.rows)})
    kept = shortened(drawn, deciding(finding)) if exhibit.chart in ("bar", "interval") else drawn
    return Published(table, exhibit_chart(kept, level(held.pop()) if len(held) == 1 else "", threshold, shown))


def _spoken(
    row: tuple[str | int | float | None, ...], told: Callable[[str], str]
) -> tuple[str | int | float | None, ...]:
    """A row whose label is the name of a measure, such as `observed_expected`, with the name in words."""
    first = row[0] if row else None
    return (told(first), *row[1:]) if isinstance(first, str) and first in NAMES else row


def _limit(exhibit: Exhibit, finding: Finding) -> float | None:
    """The one threshold of the measure that the bars of the exhibit show: without it small bars look tall."""
    if exhibit.limit is not None or exhibit.chart != "bar" or len(exhibit.columns) < 2 or len(finding.criteria) != 1:
        return None
    measure = next((e for e in finding.measured.estimates if in_words(e.name) == exhibit.columns[1].title), None)
    region = limits(finding.criteria[0], measure) if measure else None
    return region.bounds[0] if region and len(region.bounds) == 1 else None


def _readable(text: str, finding: Finding) -> str:
    """The record's sentence with the names of measures and groupings written as in the tables."""
    text = printed(text)
    names = {part for e in finding.measured.estimates for part in (e.name, *(e.grouping or "").split("*")) if part}
    for name in sorted(names, key=lambda name: (-len(name), name)):
        for written in dict.fromkeys((name, name.replace("_", " "))):
            if "_" in name or within(name) != name:
                text = re.sub(rf"(?<![\w.]){re.escape(written)}(?![\w.])", within(name), text, flags=re.IGNORECASE)
    return text


def _applies(finding: Finding, shared: str | None) -> str | None:
    """Why the control applies, where its policy does not say it for all controls at once."""
    reading = finding.applicability
    if reading is None or not reading.result or reading.sentence == shared:
        return None
    return reading.sentence


def _asked(asked: AskedStatement | None) -> tuple[str, ...]:
    if asked is None:
        return ()
    if asked.roles:
        roles = gettext(" or ").join(asked.roles)
        told = [
            gettext("To be attested by somebody in the role %(roles)s: “%(statement)s”", roles=roles,
                    statement=asked.statement)
        ]  # fmt: skip
    else:
        told = [gettext("To be attested by somebody: “%(statement)s”", statement=asked.statement)]
    if asked.evidence == "required":
        told.append(gettext("The attestation has to name a file that shows it."))
    if (days := asked.maximum_days) is not None:
        told.append(
            ngettext("It counts for %(n)s day after it was made.", "It counts for %(n)s days after it was made.", days,
                     n=count(days))
        )  # fmt: skip
    return tuple(told)


def _effect(line: GateLine | None) -> str:
    if line is None:
        return gettext("not part of the gate")
    if line.waived_by and line.effect == "none":
        return gettext("waived by %(waiver)s", waiver=line.waived_by)
    if line.effect == "none" and line.outcome == "not_applicable":
        return gettext("not counted")
    return gettext(EFFECTS[line.effect])


def _citations(finding: Finding, audit: Audit, cited_at: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    words = next((policy.citations for policy in audit.policies if policy.id == finding.policy), {})
    return tuple((c.ref, _cited(words.get(c.ref, ""), cited_at.get(c.ref))) for c in finding.citations)


def _cited(words: str, earlier: str | None) -> str:
    """The words of a reference, once; what says that they are not confirmed stands every time."""
    if earlier is None or len(words) < 80:
        return words
    mark = words[words.rindex(" [") :] if words.endswith("]") and " [" in words else ""
    return gettext("printed under %(control)s", control=earlier) + mark


def _missing(finding: Finding) -> tuple[str, ...]:
    readings = (finding.requirement, finding.applicability)
    paths = [path for reading in readings if reading is not None for path in reading.missing]
    return tuple(dict.fromkeys([*finding.measured.missing, *paths]))


def _shares(finding: Finding) -> tuple[str, ...]:
    """Who could not be counted, against what the control tolerates."""
    measured = finding.measured
    unlabelled, undecided, unknown = finding.limits
    shares = [
        (gettext("label"), measured.unlabelled, unlabelled),
        (gettext("decision"), measured.undecided, undecided),
    ]
    shares += [
        (gettext("group of “%(name)s”", name=phrase(name)), share, unknown) for name, share in measured.unknown.items()
    ]
    told = [_share(share, what, limit) for what, share, limit in shares if share]
    complete = [what for what, share, _ in shares if share == 0]
    if complete:
        told.append(gettext("Every row has a known %(what)s.", what=enumeration(complete)))
    return tuple(told)


def _share(share: float, what: str, limit: float) -> str:
    told = {"share": percent(share), "what": what, "limit": level(limit)}
    if share > limit:
        return gettext("%(share)s of the rows have no known %(what)s, more than the tolerated %(limit)s.", **told)
    return gettext("%(share)s of the rows have no known %(what)s; tolerated up to %(limit)s.", **told)


def _parameters(finding: Finding) -> str:
    given = finding.check.parameters if finding.check else {}
    with speaking("en"):  # as the policy names them
        told = [f"{title(name)}: {plain(value)}" for name, value in given.items() if value is not None]
    return f"{'; '.join(told)}." if told else ""
