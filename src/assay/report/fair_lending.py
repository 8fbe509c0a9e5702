"""The fair-lending analysis of a record: for each protected attribute what was compared, how, and what was not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from assay.errors import AssayError
from assay.record.audit import Audit
from assay.record.estimate import Estimate, Exhibit
from assay.record.finding import WORST_FIRST, Finding
from assay.record.said import at, lines
from assay.report.charts import exhibit_chart
from assay.report.drawing import Chart
from assay.report.language import gettext, message, speaking
from assay.report.methodology import Paragraph, paragraphs
from assay.report.requirement import requirements
from assay.report.sheet import Fact, as_html, as_pdf, head, page
from assay.report.tables import EstimateTable, ExhibitTable, estimate_tables, exhibit_table
from assay.report.words import OUTCOMES, SYMBOLS, enumeration, percent, phrase, plain, printed, sentence, title

ANALYSES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("ratios", "Adverse impact ratios",
     ("fairness.impact_ratio", "fairness.uncertain_impact_ratio", "fairness.scoring_ratio")),
    ("differences", "Differences of approval rates", ("fairness.parity_difference",)),
    ("errors", "Differences between groups of the same merit",
     ("fairness.equal_opportunity", "fairness.equalised_odds", "fairness.false_positive_rate",
      "fairness.false_negative_rate", "fairness.false_discovery_rate", "fairness.false_omission_rate",
      "fairness.predictive_parity", "fairness.calibration_within_groups", "fairness.auc_parity",
      "fairness.metric_gap", "fairness.group_sufficiency", "fairness.residual_bias",
      "fairness.mean_absolute_error_ratio", "fairness.no_group_worse_off")),
    ("significance", "Statistical significance", ("fairness.significance",)),
    ("means", "Standardised mean differences of the score",
     ("fairness.standardised_mean_difference", "fairness.score_distribution_gap")),
    ("strata", "Comparisons with circumstances held fixed (strata)", ("fairness.conditional_disparity",)),
    ("shortfall", "Shortfall: how many more would have been approved", ("fairness.shortfall",)),
    ("alternatives", "Less discriminatory alternatives", ("fairness.less_discriminatory_alternative",)),
    ("proxies", "Inputs that stand in for a protected attribute",
     ("fairness.proxy_strength", "fairness.proxy_use", "explainability.reliance")),
    ("individuals", "Like people treated alike",
     ("fairness.individual_consistency", "fairness.counterfactual_flips", "fairness.ranking_exposure")),
)  # fmt: skip
"""Id, title and checks of each analysis. Titles here, and names below, are English texts that are told by `gettext`."""
_ABSENT = {
    "ratios": message("adverse impact ratios"),
    "differences": message("differences of approval rates"),
    "significance": message("statistical significance"),
    "means": message("standardised mean differences of the score"),
    "strata": message("comparisons with circumstances held fixed (strata)"),
    "shortfall": message("shortfall: how many more would have been approved"),
    "alternatives": message("less discriminatory alternatives"),
    "proxies": message("inputs that stand in for a protected attribute"),
}
"""The analyses whose absence is said for each attribute, in the middle of a sentence."""
_OF = {check: name for name, _, checks in ANALYSES for check in checks}
LEGAL = (
    "The final rule on Regulation B of 22 April 2026, in effect since 21 July 2026, removes the effects test: under "
    "ECOA neutral criteria violate the rule only where proxies are used with intent. Differences in outcomes remain "
    "indicators of risk under state law, the Fair Housing Act, Title VII and private suits. The duty to state the "
    "specific principal reasons of an adverse action, 12 CFR 1002.9(b)(2), is unchanged. CFPB circular 2022-03 was "
    "withdrawn on 12 May 2025. A challenge to the rule is pending.",
    "As known on 20 November 2026, in our own words (paraphrase), not compared with the original. Whether it still "
    "holds, and what follows from it, is a question for counsel.",
)
SCOPE = (
    ("Product and purpose", "purpose.context"), ("Decision", "purpose.decision"),
    ("Whom it concerns", "purpose.affected_persons"), ("Favourable decision", "columns.decision.favourable"),
    ("Data", "data.test.origin"), ("Period", "data.test.period"), ("Rows", "data.test.rows"),
    ("Alternatives that were looked at", "bias.alternatives"), ("What was done about bias", "bias.mitigations"),
    ("Overruled decisions, share", "oversight.override_rate"),
)  # fmt: skip
REASONS = (
    ("Method", "explanation.method"), ("Background", "explanation.background"),
    ("Reasons told", "explanation.reason_codes.k"), ("Compared with", "explanation.reason_codes.reference_point"),
    ("Limits", "explanation.limits"),
)  # fmt: skip
"""Names and paths of the manifest."""


@dataclass(frozen=True)
class Drawn:
    """An exhibit and the picture of it."""

    table: ExhibitTable
    chart: Chart | None
    anchor: str


@dataclass(frozen=True)
class Analysed:
    """A control, as far as it speaks of one attribute."""

    title: str
    control: str
    outcome: str
    symbol: str
    word: str
    whole: str
    """The outcome of the whole control, where that of this attribute is another."""
    found: str
    asked: tuple[str, ...]
    tables: tuple[EstimateTable, ...]
    exhibits: tuple[Drawn, ...]
    method: str
    """Id of the check, whose method stands at the end."""


@dataclass(frozen=True)
class Analysis:
    """The controls of one kind."""

    title: str
    controls: tuple[Analysed, ...]


@dataclass(frozen=True)
class Attribute:
    """A protected attribute, or several together."""

    anchor: str
    name: str
    title: str
    analyses: tuple[Analysis, ...]
    absent: tuple[str, ...]
    left_out: tuple[str, ...]
    """Who was not counted, and which groups were not compared."""


@dataclass(frozen=True)
class Method:
    """What a check says of itself."""

    check: str
    version: int
    paragraphs: tuple[Paragraph, ...]
    parameters: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class FairLending:
    """Everything the template prints."""

    scope: tuple[Fact, ...]
    legal: tuple[str, ...]
    inputs: tuple[tuple[str, str, str], ...]
    """Inputs that are protected or stand in for something protected: name, for what, and why, where that is said."""
    reasons: tuple[tuple[str, str], ...]
    attributes: tuple[Attribute, ...]
    unassigned: tuple[Analysed, ...]
    """Controls that speak of no single attribute."""
    notes: tuple[str, ...]
    methods: tuple[Method, ...]


def render_html(audit: Audit, *, audit_digest: str) -> str:
    """The analysis on screen. `audit_digest` is the SHA-256 of audit.json."""
    return as_html(lambda shown: _page(audit, audit_digest, shown), audit)


def render_pdf(audit: Audit, *, audit_digest: str) -> bytes:
    """The analysis as PDF."""
    return as_pdf(lambda shown: _page(audit, audit_digest, shown), audit, audit_digest)


def _page(audit: Audit, digest: str, shown: Callable[[str], str]) -> str:
    return page("fair-lending", shown, head=head(audit, digest, shown), analysis=fair_lending(audit, shown))


def fair_lending(audit: Audit, shown: Callable[[str], str] = str) -> FairLending:
    """The analysis; `shown` may lengthen labels of charts. Raises AssayError where the record compares no groups."""
    found = [f for f in audit.findings if f.check and f.check.id in _OF and f.outcome != "not_applicable"]
    names = dict.fromkeys(e.grouping for f in found for e in f.measured.estimates if e.grouping)
    if not names:
        hint = "Declare columns.groups in model.yaml and audit with controls such as fairness.impact_ratio."
        raise AssayError("the record compares no groups", where="audit.json", hint=hint)
    ordered = sorted(names, key=lambda name: name.count("*"))
    return FairLending(
        scope=tuple(_scope(audit)),
        legal=tuple(map(gettext, LEGAL)),
        inputs=tuple(_inputs(audit)),
        reasons=tuple(_reasons(audit)),
        attributes=tuple(_attribute(found, name, f"attribute-{i}", shown) for i, name in enumerate(ordered, 1)),
        unassigned=tuple(
            _analysed(finding, finding, f"other-{i}", shown)
            for i, finding in enumerate(found, 1)
            if not any(e.grouping for e in finding.measured.estimates)
        ),
        notes=tuple(dict.fromkeys(sentence(printed(note)) for f in found for note in f.measured.notes)),
        methods=tuple(_methods(found)),
    )


def _scope(audit: Audit) -> Iterator[Fact]:
    manifest, absent = audit.manifest, gettext("not stated in the record")
    for name, path in SCOPE:
        said = "; ".join(lines(manifest, path))
        yield Fact(gettext(name), said or absent, bool(said))
    yield Fact(gettext("Protected attributes"), enumeration(phrase(name) for name in _declared(audit)) or absent)
    guessed = [phrase(name) for name, column in _declared(audit).items() if column.get("probabilities")]
    if guessed:
        told = gettext("%(attributes)s: a proxy method, such as BISG, with its errors", attributes=enumeration(guessed))
        yield Fact(gettext("Known by probabilities only"), told)


def _declared(audit: Audit) -> dict[str, dict[str, object]]:
    return at(audit.manifest, "columns.groups") or {}


def _inputs(audit: Audit) -> Iterator[tuple[str, str, str]]:
    for one in audit.manifest.get("features") or ():
        stands_for = [phrase(name) for name in one.get("proxy_for") or ()]
        if one.get("protected") or stands_for:
            other = gettext("stands in for %(attributes)s", attributes=enumeration(stands_for))
            what = gettext("protected itself") if one.get("protected") else other
            yield one["name"], what, one.get("justification") or ""


def _reasons(audit: Audit) -> Iterator[tuple[str, str]]:
    """How adverse action is explained."""
    told = [one for one in audit.manifest.get("features") or () if one.get("reason_text")]
    for name, path in REASONS:
        if said := "; ".join(lines(audit.manifest, path)):
            yield gettext(name), said
    if told:
        yield gettext("Inputs with a text for the person"), str(len(told))


def _attribute(found: list[Finding], name: str, anchor: str, shown: Callable[[str], str]) -> Attribute:
    analyses, absent = [], []
    for kind, heading, checks in ANALYSES:
        controls = [
            _analysed(finding, _only(finding, name), f"{anchor}-{kind}-{i}", shown)
            for i, finding in enumerate(found, 1)
            if finding.check and finding.check.id in checks and _speaks_of(finding, name)
        ]
        if controls:
            analyses.append(Analysis(gettext(heading), tuple(controls)))
        elif kind in _ABSENT:
            absent.append(f"{gettext(_ABSENT[kind])} ({checks[0]})")
    return Attribute(
        anchor=anchor,
        name=name,
        title=title(name),
        analyses=tuple(analyses),
        absent=tuple(absent),
        left_out=tuple(dict.fromkeys(told for finding in found for told in _left_out(finding, name))),
    )


def _speaks_of(finding: Finding, name: str) -> bool:
    return any(estimate.grouping == name for estimate in finding.measured.estimates)


def _only(finding: Finding, name: str) -> Finding:
    """The finding with what it says of one grouping."""
    measured = finding.measured
    kept = tuple(estimate for estimate in measured.estimates if estimate.grouping == name)
    of_others = {estimate.grouping for estimate in measured.estimates if estimate.grouping} - {name}
    shown = tuple(exhibit for exhibit in measured.exhibits if _of(exhibit, name, of_others))
    ids = {estimate.id for estimate in kept}
    return finding.model_copy(update={
        "measured": measured.model_copy(update={"estimates": kept, "exhibits": shown}),
        "judgements": tuple(judged for judged in finding.judgements if judged.estimate in ids),
        "mitigation": tuple(exhibit for exhibit in finding.mitigation if _of(exhibit, name, of_others)),
    })  # fmt: skip


def _of(exhibit: Exhibit, name: str, others: set[str]) -> bool:
    """Whether an exhibit, such as `rates[sex]` or `strata[sex: f / m]`, speaks of the grouping, or of none."""
    inside = exhibit.name.partition("[")[2]
    if inside.startswith((f"{name}]", f"{name}:")):
        return True
    return not any(inside.startswith((f"{other}]", f"{other}:")) for other in others) and not inside


def _analysed(finding: Finding, part: Finding, anchor: str, shown: Callable[[str], str]) -> Analysed:
    published = (*part.measured.exhibits, *part.mitigation)
    judged = [one for one in part.judgements if not one.tolerated]
    outcome, found = finding.outcome, finding.sentence
    if part is not finding and judged:
        worst = min(judged, key=lambda one: WORST_FIRST.index(one.outcome))
        outcome, found = worst.outcome, worst.sentence
    elif part is not finding:
        found = "No estimate of this attribute decides"
    return Analysed(
        title=finding.title,
        control=finding.id,
        outcome=outcome,
        symbol=SYMBOLS[outcome],
        word=gettext(OUTCOMES[outcome]),
        whole="" if outcome == finding.outcome else gettext(OUTCOMES[finding.outcome]),
        found=sentence(printed(found)),
        asked=tuple(f"{one.text} {one.source}." for one in requirements(finding)),
        tables=estimate_tables(part),
        exhibits=tuple(_drawn(one, f"{anchor}-{i}", shown) for i, one in enumerate(published, 1)),
        method=finding.check.id if finding.check else "",
    )


def _drawn(exhibit: Exhibit, anchor: str, shown: Callable[[str], str]) -> Drawn:
    few = exhibit.chart == "interval" and len(exhibit.rows) < 3 and exhibit.limit is None
    return Drawn(exhibit_table(exhibit), None if few else exhibit_chart(exhibit, shown=shown), anchor)


def _left_out(finding: Finding, name: str) -> Iterator[str]:
    unknown = finding.measured.unknown.get(name)
    if unknown:
        yield gettext(
            "%(control)s: %(share)s of the rows have no known %(attribute)s and are not compared.",
            control=finding.control, share=percent(unknown), attribute=phrase(name),
        )  # fmt: skip
    for estimate in finding.measured.estimates:
        if estimate.grouping == name and estimate.headline and estimate.excluded is not None:
            yield gettext(
                "%(control)s: %(group)s is left out of the comparison: %(why)s.",
                control=finding.control, group=_who(estimate), why=estimate.excluded,
            )  # fmt: skip
        elif estimate.grouping == name and estimate.headline and estimate.value is None:
            yield gettext(
                "%(control)s: %(group)s has no value: %(why)s.",
                control=finding.control, group=_who(estimate), why=estimate.undefined,
            )  # fmt: skip


def _who(estimate: Estimate) -> str:
    return estimate.group or phrase(estimate.grouping or estimate.name)


def _methods(found: list[Finding]) -> Iterator[Method]:
    printed_already = set()
    for finding in found:
        check = finding.check
        if check is None or check.id in printed_already:
            continue
        printed_already.add(check.id)
        used = [f.check.parameters for f in found if f.check and f.check.id == check.id]
        same = [key for key in used[0] if all(one.get(key) == used[0][key] for one in used)]
        with speaking("en"):  # as the policies name them
            shared = tuple((title(key), plain(used[0][key])) for key in same if used[0][key] is not None)
        yield Method(check.id, check.version, paragraphs(check.docstring), shared)
