"""No evidence opens the gate of a child where the parent's is closed; the order of names changes nothing."""

from datetime import UTC, datetime
from itertools import pairwise

from hypothesis import event, given, settings
from hypothesis import strategies as st

from assay.errors import AssayError
from assay.policy.tighten import tighten
from assay.record.audit import AppliedPolicy, Audit, EnforcementOf, Subject
from assay.record.estimate import Estimate, Interval
from assay.record.finding import Finding, Measured
from assay.record.policy import STAGES, TIERS
from assay.verdict.gate import draw_gate
from assay.verdict.rollup import conclude
from policies import in_memory, policy

AT = datetime(2026, 3, 31, 12, tzinfo=UTC)
DIGEST = "sha256:" + "0" * 64
NUMBERS = (-2.0, -1.0, -0.5, -0.1, 0.0, 0.05, 0.1, 0.5, 0.7, 0.8, 0.9, 1.0, 1.1, 1.25, 2.0, 5.0)
"""Thresholds: among them 0 and 1, where a difference and a ratio are equal, and numbers and their inverses."""
BETWEEN = tuple(sorted({*NUMBERS, *((a + b) / 2 for a, b in pairwise(NUMBERS))}))
"""Estimates: on the thresholds and between them."""
ENFORCEMENTS = ("inform", "warn", "block")
ANSWERS = ("inform", "warn", "sign_off", "block")
OPERATORS = ("at_least", "at_most", "above", "below", "between")
CLOSED = ("block", "sign_off")

enforcements = st.one_of(
    st.sampled_from(ENFORCEMENTS), st.dictionaries(st.sampled_from(STAGES), st.sampled_from(ENFORCEMENTS), min_size=1)
)
answers = st.one_of(
    st.none(),
    st.sampled_from(ANSWERS),
    st.dictionaries(st.sampled_from((*TIERS, "else")), st.sampled_from(ANSWERS), min_size=1),
)


@st.composite
def thresholds(draw, operator):
    if operator == "between":
        return sorted((draw(st.sampled_from(NUMBERS)), draw(st.sampled_from(NUMBERS))))
    return draw(st.sampled_from(NUMBERS))


@st.composite
def parents(draw, name="parent", count=2):
    """A policy with thresholds written out or as parameters."""
    controls, parameters = [], {}
    for number in range(draw(st.integers(1, count))):
        criteria = []
        for index, operator in enumerate(
            draw(st.lists(st.sampled_from(OPERATORS), min_size=1, max_size=2, unique=True))
        ):
            threshold = draw(thresholds(operator))
            if operator != "between" and draw(st.booleans()):
                key = f"p{number}{index}"
                direction = draw(st.sampled_from(("up", "down", "up" if operator in ("at_least", "above") else "down")))
                parameters[key] = {"default": threshold, "tighten": direction}
                threshold = f"${key}"
            criteria.append({operator: threshold, "source": "house"})
        rule = {"decide_on": draw(st.sampled_from(("interval", "estimate")))}
        sides = draw(st.sampled_from(("one", "two", "two")))
        control = {
            "id": f"C{number}",
            "title": "t",
            "check": "performance.auc",
            "enforcement": draw(enforcements),
            "criterion": [criterion | rule | {"sides": sides} for criterion in criteria],
        }
        answer = draw(answers)
        controls.append(control | ({"on_inconclusive": answer} if answer is not None else {}))
    return policy(name, *controls, **({"parameters": parameters} if parameters else {}))


def stricter(draw, operator, before, honest):
    """A number near the parent's, more often on the strict side than not."""

    def step(value, up):
        place = NUMBERS.index(value) + (1 if up else -1) * draw(st.integers(0, 3))
        return NUMBERS[min(max(place, 0), len(NUMBERS) - 1)]

    as_asked = honest or draw(st.integers(0, 4)) > 0
    if operator == "between":
        return sorted((step(before[0], as_asked), step(before[1], not as_asked)))
    return step(before, (operator in ("at_least", "above")) == as_asked)


@st.composite
def children(draw, name, parent, honest=False):
    """A policy that asks for stricter thresholds and enforcements; unless it is honest, at times for milder ones."""
    parameters, controls = {}, {}
    for key, parameter in parent.get("parameters", {}).items():
        if draw(st.booleans()):
            operator = "at_least" if parameter["tighten"] == "up" else "at_most"
            parameters[key] = {"value": stricter(draw, operator, parameter["default"], honest), "source": "guidance"}
    for control in parent["controls"]:
        asked = {}
        if honest or draw(st.booleans()):
            asked["enforcement"] = draw(st.just("block") if honest else st.one_of(st.just("block"), enforcements))
        criteria = []
        for criterion in control["criterion"]:
            operator = next(one for one in OPERATORS if one in criterion)
            written = criterion[operator]
            before = parent["parameters"][written[1:]]["default"] if isinstance(written, str) else written
            if draw(st.booleans()):
                criteria.append(
                    {operator: stricter(draw, operator, before, honest), "source": "guidance", "note": name}
                )
        if criteria:
            asked["criterion"] = criteria
        if asked:
            controls[control["id"]] = asked
    tightening = {"parameters": parameters, "controls": controls}
    extension = {"pack": parent["id"], "version": "^1.0", "tighten": {k: v for k, v in tightening.items() if v}}
    return policy(name, extends=[extension])


@st.composite
def intervals(draw, value):
    low, high = (draw(st.sampled_from((*BETWEEN, None))) for _ in (0, 1))
    low = None if low is None else min(low, value)
    high = None if high is None else max(high, value)
    return Interval(low=low, high=high, confidence=0.95, method="m")


def wider(draw, interval):
    """The simultaneous interval holds the other one."""

    def further(bound, sign):
        return None if bound is None or draw(st.integers(0, 5)) == 0 else bound + sign * draw(st.sampled_from((0, 0.3)))

    return interval.model_copy(update={"low": further(interval.low, -1), "high": further(interval.high, 1)})


@st.composite
def estimates(draw, number):
    grouping = draw(st.sampled_from((None, "sex", "sex*age")))
    who = {"name": "e", "grouping": grouping, "group": f"g{number}", "share": draw(st.sampled_from((0.01, 0.04, 0.5)))}
    shape = draw(st.sampled_from(("value", "ratio", "ratio", "difference")))
    what = {"shape": shape, "worse_only": draw(st.integers(0, 4)) == 0}
    match draw(st.integers(0, 19)):
        case 0:
            return Estimate(**who, **what, undefined="nobody")
        case 1:
            return Estimate(**who, **what, value=1.0, excluded="two percent")
        case 2 | 3 | 4:
            of, ref, n = (draw(st.integers(0, 40)) for _ in range(3))
            own, other = (
                {"numerator": of, "denominator": 40},
                {"reference_numerator": ref + 1, "reference_denominator": 41},
            )
            value = {"value": of / 40, "ratio": of * 41 / (40 * (ref + 1)), "difference": of / 40 - (ref + 1) / 41}
            return Estimate(**who, **what, **own, **other, value=value[what["shape"]], basis="exact", n=n)
        case _:
            value = draw(st.sampled_from(BETWEEN))
            own = draw(st.one_of(st.none(), intervals(value)))
            family = wider(draw, own) if own is not None and draw(st.booleans()) else None
            n = draw(st.sampled_from((10, 500)))
            return Estimate(**who, **what, value=value, n=n, interval=own, simultaneous=family)


@st.composite
def measurements(draw):
    return Measured(
        estimates=tuple(draw(estimates(number)) for number in range(draw(st.sampled_from((1, 1, 1, 2, 3))))),
        missing=("data.test",) if draw(st.integers(0, 9)) == 0 else (),
        unlabelled=draw(st.sampled_from((None, None, 0.0, 0.0, 0.2))),
        unknown={"sex*age": 0.2} if draw(st.integers(0, 9)) == 0 else {},
    )


def effects(loaded, measured, stage, tier):
    """What the gate does with every control, and its exit code."""
    findings, rules = [], []
    for control in loaded.policy.controls:
        found = conclude(criteria=control.criteria, small_groups=control.small_groups, measured=measured)
        findings.append(
            Finding(
                policy=loaded.policy.id,
                control=control.id,
                title="t",
                severity="high",
                place="p.yaml:1",
                outcome=found.outcome,
                reason=found.reason,
                sentence="s",
                criteria=control.criteria,
                measured=measured,
                judgements=found.judgements,
            )
        )
        name = f"{loaded.policy.id}/{control.id}"
        rules.append(
            EnforcementOf(control=name, enforcement=control.enforcement, on_inconclusive=control.on_inconclusive)
        )
    applied = AppliedPolicy(
        id=loaded.policy.id,
        version="1.0.0",
        title="t",
        digest=DIGEST,
        path="p",
        status="current",
        enforcements=tuple(rules),
    )
    subject = Subject(id="m", name="m", version="1", digest=DIGEST, tier=tier)
    audit = Audit(
        id="0" * 16,
        at=AT,
        subject=subject,
        policies=(applied,),
        findings=tuple(findings),
        seed="s",
        **({"law_at": {"day": AT.date(), "why": "w"}} if "law_at" in Audit.model_fields else {}),
    )
    gate = draw_gate(audit, audit_digest=DIGEST, stage=stage, at=AT, made=AT)
    return {line.finding: line.effect for line in gate.lines}, gate


def resolved(*trees):
    """The policies, or None where a child loosens."""
    try:
        return {loaded.policy.id: loaded for loaded in tighten({tree["id"]: in_memory(tree) for tree in trees})}
    except AssayError:
        return None


@settings(max_examples=300)
@given(st.data())
def test_no_evidence_opens_the_gate_of_a_child_where_that_of_the_parent_is_closed(data):
    parent = data.draw(parents())
    first, second = (data.draw(children(name, parent)) for name in ("first", "second"))
    families = [
        family for family in (resolved(parent), resolved(parent, first), resolved(parent, first, second)) if family
    ]
    event(f"{len(families) - 1} of 2 children accepted")
    if len(families) == 1:
        return
    changed = families[-1]["parent"].tightened != ()
    event("tightened" if changed else "nothing changed")
    for _ in range(8):
        measured = data.draw(measurements())
        stage, tier = data.draw(st.sampled_from(STAGES)), data.draw(st.sampled_from((*TIERS, None)))
        drawn = [effects(family["parent"], measured, stage, tier) for family in families]
        for (before, before_gate), (after, after_gate) in pairwise(drawn):
            opened = [name for name in before if before[name] in CLOSED and after[name] not in CLOSED]
            assert not opened
            if before_gate.state == "closed" and before_gate.why != ("nothing was evaluated",):
                assert after_gate.state == "closed"


def told(family):
    """Everything but the places, which move with the order of the entries; the kind of error where there is one."""
    try:
        loaded = tighten({one.policy.id: one for one in family})
    except AssayError as error:
        return type(error)
    return [
        (
            one.policy.model_copy(update={"extends": ()}),
            [changed.model_copy(update={"place": ""}) for changed in one.tightened],
            [(loc, changed.value) for loc, changed in one.changed.items()],
        )
        for one in loaded
    ]


@settings(max_examples=100)
@given(st.data())
def test_the_order_of_extends_and_of_names_changes_nothing(data):
    parent, other = data.draw(parents()), data.draw(parents("other", 1))
    trees = [data.draw(children(name, parent, honest=True)) for name in ("first", "second", "third")]
    for tree in trees:
        tree["extends"] += data.draw(children("any", other, honest=True))["extends"]
    everybody = [in_memory(tree) for tree in (parent, other, *trees)]
    turned = [
        in_memory(tree | {"extends": tree["extends"][::-1]}) if "extends" in tree else in_memory(tree)
        for tree in data.draw(st.permutations((parent, other, *trees)))
    ]
    before = told(everybody)
    event("refused" if isinstance(before, type) else "accepted")
    if isinstance(before, type):
        assert isinstance(told(turned), type)
    else:
        assert told(turned) == before
