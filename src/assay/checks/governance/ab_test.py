"""An experiment on people or traffic: what its counts say, beside what its owner declares."""

from __future__ import annotations

from typing import Literal

from assay.checks.exhibit import columns
from assay.checks.registry import CheckParameters, Context, check
from assay.evidence.request import Needs, PapersRequest
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.estimate import Estimate, Exhibit, Interval
from assay.record.finding import Measured
from assay.record.manifest import AbTest
from assay.stats.experiment import Arm, Means, Rates
from assay.stats.proportion import wilson

LARGEST = 1e100
"""Of a mean or a standard deviation: squares stay finite."""
Kind = Literal["estimate_undefined", "sample_too_small", "evidence_missing", "estimate_unstable"]
_PATH = "metrics.ab_test"
_RATES = ("successes_control", "successes_treatment")
_MEANS = ("mean_control", "mean_treatment", "sd_control", "sd_treatment")


class Parameters(CheckParameters):
    """None."""


def needs(p: Parameters, view: SubjectView) -> Needs:  # noqa: ARG001
    """The manifest's record of the experiment, with counts."""
    declared = _declared(view)
    if declared is None:
        return Needs((), (_PATH,))
    wanted = _MEANS if any(getattr(declared, name) is not None for name in _MEANS) else _RATES
    missing = [f"{_PATH}.{name}" for name in ("n_control", "n_treatment", *wanted) if getattr(declared, name) is None]
    return Needs(() if missing else (PapersRequest(),), tuple(missing))


def _declared(view: SubjectView) -> AbTest | None:
    return view.manifest.metrics.ab_test if view.manifest.metrics else None


@check(
    "governance.ab_test",
    version=1,
    estimates={"effect": "higher", "declared_effect_off_by": "lower", "declared_p_value_off_by": "lower"},
)
def ab_test(evidence: Evidence, p: Parameters, context: Context) -> Measured:  # noqa: ARG001
    """The experiment shows what its owner says it shows, by its own counts.

    Method: everything is computed from the counts of both arms; the declared effect and p-value decide nothing. The
        estimate `effect` is the rate, or the mean, of the treatment minus that of the control, turned round where the
        manifest says that lower is better: positive is better, so `above: 0` says that the treatment is better, and
        `at_least: -0.01` that it is not worse by more than a hundredth. A test, a margin or a range finds only a worse
        treatment: `significance: 0.05` fails where the p-value is at most 0.05 and the effect is below 0, and passes
        only with a `margin`, where the interval does not reach below minus that. Interval of two rates: Newcombe's, or
        where an arm is under the minimum from Clopper-Pearson limits; of two means: Welch's. Its p-value is that of the
        z-test where each of the four cells has at least 10 people, or there are more than a million, else of Fisher's
        exact test; of means, Welch's. `declared_effect_off_by` is by how much the declared effect differs from the
        computed one. `declared_p_value_off_by` is by how much the declared p-value differs from the nearest of those
        that these counts give two-sided: by z, z with continuity correction, Fisher up to a million people and Boschloo
        up to 200; of means by Welch, Student and z. Both are facts, without sampling error; a rounded number is off by
        its rounding.
    Evidence: `metrics.ab_test` of the manifest: people of both arms, and successes, or means and standard deviations.
    Inconclusive when: the counts are not there, whatever is declared; an arm has nobody, or of means fewer than two;
        nothing varies; an arm has fewer people than the minimum, unless the p-value speaks against the treatment; the
        interval straddles the threshold; no effect or no p-value is declared (what these are off by).
    Limits: the counts are those of the owner; nobody counts again. Whether people were assigned at random, once each,
        and whether the end was fixed before, they do not say: peeking makes intervals and p-values too good. People are
        taken as independent. A one-sided p-value counts as off.
    Source: Newcombe 1998; Clopper and Pearson 1934; Welch 1938; Fleiss, Levin and Paik 2003; Yates 1934; Boschloo 1970.
    """
    declared = _declared(context.view)
    if declared is None:
        return Measured(missing=(_PATH,))
    n, m = declared.n_treatment or 0, declared.n_control or 0
    sign = -1.0 if declared.direction == "lower" else 1.0
    made = _rates(declared) if declared.successes_control is not None else _means(declared)
    if not isinstance(made, (Rates, Means)):
        why, kind = made
        names = ("effect", "declared_effect_off_by", "declared_p_value_off_by")
        return Measured(estimates=tuple(Estimate(name=e, undefined=why, undefined_as=kind) for e in names))
    if isinstance(made, Rates):
        interval: Interval | None = made.interval(context.confidence, few=min(n, m) < context.minimum)
    else:
        interval = made.interval(context.confidence)
    tests = made.p_values()
    test, p_value = next(iter(tests.items()))
    effect = Estimate(
        name="effect",
        value=sign * made.effect + 0.0,
        n=min(n, m),
        p_value=p_value,
        worse_only=True,
        interval=_turned(interval) if interval is not None and sign < 0 else interval,
        method=f"{'difference of two rates' if isinstance(made, Rates) else 'difference of two means'}; {test}",
    )
    off = (
        _off("declared_effect_off_by", "effect", declared.effect, [sign * made.effect], n + m),
        _off("declared_p_value_off_by", "p-value", declared.p_value, list(tests.values()), n + m),
    )
    return Measured(
        estimates=(effect, *off), exhibits=(_arms(declared, context), _beside(declared, effect.value, tests))
    )


def _rates(declared: AbTest) -> Rates | tuple[str, Kind]:
    n, m = declared.n_treatment or 0, declared.n_control or 0
    if not n or not m:
        return "an arm of the experiment has nobody", "sample_too_small"
    return Rates((declared.successes_treatment or 0, n), (declared.successes_control or 0, m))


def _means(declared: AbTest) -> Means | tuple[str, Kind]:
    arms = [
        Arm(mean or 0.0, sd or 0.0, n or 0)
        for mean, sd, n in (
            (declared.mean_treatment, declared.sd_treatment, declared.n_treatment),
            (declared.mean_control, declared.sd_control, declared.n_control),
        )
    ]
    if min(arm.people for arm in arms) < 2:
        return "an arm of the experiment has fewer than two people", "sample_too_small"
    if max(max(abs(arm.mean), arm.sd) for arm in arms) > LARGEST:
        return f"a mean or a standard deviation is beyond {LARGEST:g}", "estimate_undefined"
    if not sum(arm.squared_error for arm in arms):
        return "nothing varies in either arm, so the effect has no error", "estimate_undefined"
    return Means(*arms)


def _turned(interval: Interval) -> Interval:
    low, high = (None if end is None else -end for end in (interval.high, interval.low))
    return interval.model_copy(update={"low": low, "high": high})


def _off(name: str, told: str, declared: float | None, found: list[float], n: int) -> Estimate:
    if declared is None:
        why = f"the record of the experiment declares no {told}"
        return Estimate(name=name, undefined=why, undefined_as="evidence_missing", n=n)
    value = min(abs(declared - each) for each in found)
    return Estimate(name=name, value=value, n=n, basis="exact", method=f"declared {told} against the counts")


def _arms(declared: AbTest, c: Context) -> Exhibit:
    rows: list[tuple[str | float | None, ...]] = []
    rates = declared.successes_control is not None
    for arm in ("control", "treatment"):
        n = getattr(declared, f"n_{arm}")
        if rates:
            k = getattr(declared, f"successes_{arm}")
            rows.append((arm.capitalize(), k / n, *wilson(k, n, c.confidence), k, n))
        else:
            rows.append((arm.capitalize(), getattr(declared, f"mean_{arm}"), getattr(declared, f"sd_{arm}"), n))
    of_rates = columns(
        ("label", "Arm", "text"), ("value", "Rate", "rate"), ("low", "From", "rate"), ("high", "To", "rate"),
        ("successes", "Successes", "count"), ("people", "People", "count"),
    )  # fmt: skip
    of_means = columns(
        ("label", "Arm", "text"), ("value", "Mean", "number"), ("sd", "Standard deviation", "number"),
        ("people", "People", "count"),
    )  # fmt: skip
    return Exhibit(
        name="arms", title=f"Experiment: {declared.metric or 'the metric'} in both arms",
        columns=of_rates if rates else of_means, rows=tuple(rows), chart="interval" if rates else "none",
    )  # fmt: skip


def _beside(declared: AbTest, effect: float | None, tests: dict[str, float]) -> Exhibit:
    """What is declared beside what the counts give."""
    rows: list[tuple[str | float | None, ...]] = [("Effect", declared.effect, effect)]
    rows += [(f"p-value, {test}", declared.p_value, value) for test, value in tests.items()]
    return Exhibit(
        name="declared",
        title="Experiment: what is declared, and what the counts give",
        columns=columns(("label", "", "text"), ("declared", "Declared", "number"), ("computed", "Computed", "number")),
        rows=tuple(rows),
    )
