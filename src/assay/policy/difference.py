"""What changed between two policies, control by control: looser, stricter or not comparable, judged as children are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import product
from typing import TYPE_CHECKING, Any, Literal

from assay.policy.demands import shown
from assay.record.asked import AskedStatement
from assay.record.frozen import Frozen
from assay.record.policy import STAGES, TIERS, Comparison, Control, Criterion, InForce, Policy
from assay.verdict.stricter import ANSWERS, milder_than_inconclusive, narrower, no_milder, when_inconclusive

if TYPE_CHECKING:
    from assay.policy.load import LoadedPolicy

Kind = Literal["looser", "gone", "changed", "stricter", "new"]
ORDER: tuple[Kind, ...] = ("looser", "gone", "changed", "stricter", "new")
"""What opens a gate comes first."""
Facet = tuple[Kind, str]


class Difference(Frozen):
    """A control, or the policy itself, that is not what it was."""

    kind: Kind
    """The first of the kinds of its facets, in the order looser, changed, stricter."""
    name: str
    """`FAIR-01`, `ml-governance/DOC-01` where it is inherited; the id of a policy for what holds for all of it."""
    title: str
    facets: tuple[str, ...] = ()
    """`stricter: at_least 0.8 → at_least 0.85`."""
    before: str | None = None
    """Where it stands in the old policy: `policy.yaml:12`."""
    after: str | None = None


Family = tuple["LoadedPolicy", Sequence["LoadedPolicy"]]
"""A policy, and all policies that were loaded with it."""


def differences(old: Family, new: Family) -> tuple[Difference, ...]:
    """Every control that differs, the loosened ones first, and what differs in the policies themselves."""
    same = _same_name(old, new)
    found = list(_between(_policies(old, same=same), _policies(new, same=same), _policy_facets, lambda one: one.title))
    found += _between(
        _controls(old, same=same), _controls(new, same=same), control_facets, lambda control: control.title
    )
    return tuple(sorted(found, key=lambda difference: (ORDER.index(difference.kind), difference.name)))


def _same_name(old: Family, new: Family) -> bool:
    """Whether the two are versions of one another, rather than parent and child."""
    ids = [{policy.policy.id for policy in family} for _, family in (old, new)]
    own = old[0].policy.id, new[0].policy.id
    return own[0] == own[1] or (own[0] not in ids[1] and own[1] not in ids[0])


def _policies(family: Family, *, same: bool) -> dict[str, tuple[Policy, str]]:
    own, everybody = family
    return {
        "the policy" if policy is own and same else policy.policy.id: (policy.policy, policy.source.name)
        for policy in everybody
    }


def _controls(family: Family, *, same: bool) -> dict[str, tuple[Control, str]]:
    own, everybody = family
    return {
        control.id if policy is own and same else f"{policy.policy.id}/{control.id}": (
            control,
            policy.place(control.id),
        )
        for policy in everybody
        for control in policy.policy.controls
    }


def _between(
    old: dict[str, tuple[Any, str]],
    new: dict[str, tuple[Any, str]],
    facets: Callable[[Any, Any], Iterator[Facet]],
    title: Callable[[Any], str],
) -> Iterator[Difference]:
    for name in sorted(old.keys() | new.keys()):
        if name not in new:
            yield Difference(kind="gone", name=name, title=title(old[name][0]), before=old[name][1])
        elif name not in old:
            yield Difference(kind="new", name=name, title=title(new[name][0]), after=new[name][1])
        elif found := sorted(facets(old[name][0], new[name][0]), key=lambda facet: (ORDER.index(facet[0]), facet[1])):
            told = tuple(f"{kind}: {what}" for kind, what in found)
            before, after = old[name][1], new[name][1]
            yield Difference(
                kind=found[0][0], name=name, title=title(new[name][0]), facets=told, before=before, after=after
            )


def control_facets(old: Control, new: Control) -> Iterator[Facet]:
    """Everything in which two versions of a control differ."""
    if _planned(old) != _planned(new):
        yield (
            ("looser", "no longer evaluated: planned")
            if _planned(new)
            else ("stricter", "evaluated, no longer planned")
        )
        return
    yield from _criteria(old, new)
    if old.severity != new.severity:
        higher = TIERS.index(new.severity) > TIERS.index(old.severity)
        yield _moved("severity", old.severity, new.severity, stricter=higher, looser=not higher)
    if old.enforcement != new.enforcement:
        up, down = no_milder(new.enforcement, old.enforcement), no_milder(old.enforcement, new.enforcement)
        if not (up and down):
            words = shown(old.enforcement), shown(new.enforcement)
            yield _moved("enforcement", *words, stricter=up, looser=down)
    answers = [(before, after) for before, after in zip(_answers(old), _answers(new), strict=True) if before != after]
    if answers and old.on_inconclusive != new.on_inconclusive:
        up, down = (all((after > before) is wanted for before, after in answers) for wanted in (True, False))
        yield _moved("on_inconclusive", _answer(old), _answer(new), stricter=up, looser=down)
    if old.waivable != new.waivable:
        yield _moved("waivable", old.waivable, new.waivable, stricter=not new.waivable, looser=new.waivable)
    allowed = old.small_groups.maximum_unassessed, new.small_groups.maximum_unassessed
    if allowed[0] != allowed[1]:
        yield _moved("maximum_unassessed", *allowed, stricter=allowed[1] < allowed[0], looser=allowed[1] > allowed[0])
    if old.small_groups.minimum != new.small_groups.minimum:
        yield "changed", f"small_groups.minimum {old.small_groups.minimum} → {new.small_groups.minimum}"
    for name in ("maximum_unlabelled", "maximum_undecided", "maximum_unknown"):
        if getattr(old, name) != getattr(new, name):
            yield "changed", f"{name} {shown(getattr(old, name))} → {shown(getattr(new, name))}"
    yield from _narrowed("when", old.when, new.when)
    yield from _attested(old.attest, new.attest)
    for name in ("title", "description", "cites", "require", "check"):
        if getattr(old, name) != getattr(new, name):
            yield "changed", f"`{name}` is another"
    if old.with_ != new.with_:
        keys = sorted(key for key in old.with_.keys() | new.with_.keys() if old.with_.get(key) != new.with_.get(key))
        yield "changed", f"`with` is another: {', '.join(keys)}"
    yield from _in_force(old, new)


def _policy_facets(old: Policy, new: Policy) -> Iterator[Facet]:
    most = [
        float("inf") if policy.maximum_open_waivers is None else policy.maximum_open_waivers for policy in (old, new)
    ]
    if most[0] != most[1]:
        words = ("any" if number == float("inf") else number for number in most)
        yield _moved("maximum_open_waivers", *words, stricter=most[1] < most[0], looser=most[1] > most[0])
    if old.unsigned_waivers != new.unsigned_waivers:
        accepts = new.unsigned_waivers == "accept"
        yield _moved(
            "unsigned_waivers", old.unsigned_waivers, new.unsigned_waivers, stricter=not accepts, looser=accepts
        )
    if old.signatures != new.signatures:
        words = (", ".join(policy.signatures) or "none" for policy in (old, new))
        stricter, looser = _within(old.signatures, new.signatures), _within(new.signatures, old.signatures)
        yield _moved("signatures", *words, stricter=stricter, looser=looser)
    yield from _narrowed("applies_to", old.applies_to, new.applies_to)
    if old.version != new.version:
        yield "changed", f"version {old.version} → {new.version}"
    for name in ("id", "title", "description", "owners", "review_by", "waiver_warning_days"):
        if getattr(old, name) != getattr(new, name):
            yield "changed", f"`{name}` is another"
    parents = [{extension.pack: extension.version for extension in policy.extends} for policy in (old, new)]
    if parents[0] != parents[1]:
        told = [", ".join(f"{name} {parents[i][name]}" for name in sorted(parents[i])) or "nothing" for i in (0, 1)]
        yield "changed", f"extends {told[0]} → {told[1]}"
    yield from _in_force(old, new)


def _within(fewer: Sequence[str], more: Sequence[str]) -> bool:
    """Whether the one stands in the other, in the same order."""
    left = iter(more)
    return all(one in left for one in fewer)


def _attested(old: AskedStatement | None, new: AskedStatement | None) -> Iterator[Facet]:
    if old is None or new is None or old.statement != new.statement:
        if old != new:
            yield "changed", "`attest` is another"
        return
    yield from _among("attest.roles", old.roles, new.roles, more_is="looser")
    if old.evidence != new.evidence:
        required = new.evidence == "required"
        yield _moved("attest.evidence", old.evidence, new.evidence, stricter=required, looser=not required)
    days = [float("inf") if one.maximum_days is None else one.maximum_days for one in (old, new)]
    if days[0] != days[1]:
        shorter = days[1] < days[0]
        yield _moved("attest.maximum_days", old.maximum_days, new.maximum_days, stricter=shorter, looser=not shorter)


def _among(
    name: str, old: Sequence[str] | None, new: Sequence[str] | None, *, more_is: Literal["looser", "stricter"]
) -> Iterator[Facet]:
    """A list of those whom it speaks of; no list: everybody."""
    if old == new:
        return
    before, after = (None if one is None else set(one) for one in (old, new))
    more = after is None or (before is not None and before < after)
    fewer = before is None or (after is not None and after < before)
    told = (", ".join(one) if one else "everybody" for one in (old, new))
    stricter, looser = (more, fewer) if more_is == "stricter" else (fewer, more)
    yield _moved(name, *told, stricter=stricter, looser=looser)


def _criteria(old: Control, new: Control) -> Iterator[Facet]:
    """Criteria with the same estimate and operator are compared; another one more asks for more."""
    left = list(new.criteria)
    for criterion in old.criteria:
        other = next((one for one in left if _key(one) == _key(criterion)), None)
        if other is None:
            yield "looser", f"no longer {_words(criterion)}"
            continue
        left.remove(other)
        if criterion != other:
            yield _compared(criterion, other, new)
    for other in left:
        yield "stricter", f"also {_words(other)}"


def _compared(old: Criterion, new: Criterion, control: Control) -> Facet:
    rule = ["sides", "decide_on", "confidence"] + ["significance"] * (old.operator == "margin")
    what = f"{_words(old)} → {_words(new)}"
    for name in rule:
        if getattr(old, name) != getattr(new, name):
            return "changed", f"{what}, {name} {getattr(old, name)} → {getattr(new, name)}"
    if old.threshold == new.threshold:
        return "changed", what if old.source != new.source else "the note of a criterion is another"
    if narrower(new, old):
        if milder_than_inconclusive(control.enforcement, control.on_inconclusive) is None:
            return "stricter", what
        return "changed", f"{what}, where a fail weighs less than an inconclusive"
    return ("looser" if narrower(old, new) else "changed"), what


def _in_force(old: InForce, new: InForce) -> Iterator[Facet]:
    if old.status != new.status:
        yield "changed", f"status {old.status} → {new.status}"
    for name, sign in (("applies_from", 1), ("applies_until", -1)):
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            ended = before is None or (after is not None and (after > before) is (sign > 0))
            yield _moved(name, before, after, stricter=not ended, looser=ended)
    yield from _among("roles", old.roles, new.roles, more_is="stricter")
    for name in ("superseded_by", "verified_on", "jurisdiction"):
        if getattr(old, name) != getattr(new, name):
            yield "changed", f"{name} {getattr(old, name) or 'none'} → {getattr(new, name) or 'none'}"


def _planned(one: InForce) -> bool:
    return str(one.status) == "planned"


def _narrowed(name: str, old: object, new: object) -> Iterator[Facet]:
    """A condition where there was none leaves something out."""
    if old != new:
        kind: Kind = "looser" if old is None else "stricter" if new is None else "changed"
        yield (
            kind,
            {"looser": f"`{name}` is asked first", "stricter": f"`{name}` is no longer asked"}.get(
                kind, f"`{name}` is another"
            ),
        )


def _moved(name: str, before: object, after: object, *, stricter: bool, looser: bool) -> Facet:
    told = [
        str(value).lower() if isinstance(value, bool) else "none" if value is None else str(value)
        for value in (before, after)
    ]
    kind: Kind = "stricter" if stricter and not looser else "looser" if looser and not stricter else "changed"
    return kind, f"{name} {told[0]} → {told[1]}"


def _answers(control: Control) -> list[int]:
    """What an inconclusive does at every stage and tier, as a rank."""
    return [
        ANSWERS.index(when_inconclusive(control.enforcement, control.on_inconclusive, stage, tier))
        for stage, tier in product(STAGES, TIERS)
    ]


def _answer(control: Control) -> str:
    given = control.on_inconclusive
    if given is None or isinstance(given, str):
        return given or "the enforcement"
    return ", ".join(f"{tier} {answer}" for tier, answer in given.model_dump(by_alias=True, exclude_none=True).items())


def _key(criterion: Comparison) -> tuple[str | None, str]:
    return criterion.estimate, criterion.operator


def _words(criterion: Criterion) -> str:
    of = f"{criterion.estimate} " if criterion.estimate else ""
    threshold = f" {shown(criterion.threshold)}" if criterion.threshold is not None else ""
    level = criterion.significance if criterion.operator == "margin" else None
    beside = "" if level is None else f", significance {shown(level)}"
    return f"{of}{criterion.operator}{threshold}{beside} ({criterion.source})"
